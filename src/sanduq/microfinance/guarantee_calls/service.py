"""Calls on a group: the debtor first, then the common fund, then those who answer for him.

A payment repays the loan once; what was paid is then the debtor's debt to the payer (SS 5 3/3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.kit.clock import local_date
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.microfinance.common_fund import service as common_fund
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups.guarantees import service as guarantees
from sanduq.microfinance.groups.guarantees.facts import (
    Action,
    CallFacts,
    KafalahFacts,
    RecourseFacts,
    ShareFacts,
)
from sanduq.microfinance.groups.guarantees.model import Guarantee
from sanduq.microfinance.groups.guarantees.rules import evaluate
from sanduq.microfinance.groups.model import ClaimOrder, Group, GroupAction
from sanduq.microfinance.guarantee_calls import events, recourses, store
from sanduq.microfinance.guarantee_calls.errors import (
    CallChangedMeanwhile,
    CallNotFound,
    CallStateRefuses,
    FundPaysElsewhere,
    NobodyAnswers,
    NoSuchShare,
)
from sanduq.microfinance.guarantee_calls.model import (
    COMMON_FUND,
    PAYABLE,
    Call,
    CallRule,
    CallStatus,
    Recourse,
    Share,
    Surety,
    divide,
    paid,
)
from sanduq.microfinance.guarantee_calls.store import PaidShare
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.loans.model import Loan, LoanAction
from sanduq.microfinance.loans.repayments import RepayLoan, record_repayment
from sanduq.obligations import service as obligations
from sanduq.obligations.model import overdue_minor
from sanduq.shariah import service as shariah
from sanduq.shariah.facts import DebtorState
from sanduq.shariah.model import ShariahProfile

CALL = "guarantee.call"
METHOD = "guarantee"

FundPayer = Callable[[UnitOfWork, "Call", Money], "SharePayment"]
"""Pays the common fund's share of a call: takes the money from the fund, then `pay_share`."""

_fund_payers: list[FundPayer] = []


def register_fund_payer(payer: FundPayer) -> None:
    """Names who pays for the common fund, wired at assembly; the last one named wins."""
    _fund_payers[:] = [payer]


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call as it is asked for; None: all that is overdue, by the group's own order."""

    loan_id: str
    reason: str
    amount: Money | None = None
    rule: CallRule | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class SharePayment:
    """What became of a payment on a call."""

    payment_id: str
    payer_id: str
    amount: Money
    repayment_id: str
    call: Call
    recourse: Recourse | None


def call(uow: UnitOfWork, group_id: str, new: NewCall) -> Call:
    """Asks those who answer for a member to pay what he is late with.

    Refuses NOT_FOUND; FORBIDDEN without the authority `guarantee.call`; CONFLICT by the state
    of group or loan, a call open for the loan, nobody who answers; VALIDATION_ERROR a loan of
    another group, more than all caps hold; SHARIAH_VIOLATION nothing overdue or the common
    fund passed over (KFL-04), more than is overdue (KFL-09), an insolvent guarantor (KFL-11).
    """
    group = groups.locked_group(uow, group_id, GroupAction.CALL)
    loan, overdue = _late_loan(uow, new.loan_id)
    if loan.group_id != group_id or loan.asset != group.asset:
        message = f"{loan.loan_id} is not a loan of {group_id} in {group.asset.code}"
        raise ValidationFailed.field("loan_id", "not_of_group", message)
    is_fund_before = group.claim_order is ClaimOrder.DEBTOR_FUND_MEMBERS
    fund = fund_minor(uow, group) if is_fund_before else 0
    answering = _answering(uow, loan)
    rule = new.rule or (CallRule.COMMON_FUND_FIRST if fund else CallRule.EQUAL)
    of_fund = fund if rule is CallRule.COMMON_FUND_FIRST else 0
    amount_minor = _amount(new, overdue, of_fund + sum(one.room_minor for one in answering))
    sureties = [Surety(one.guarantor_id, one.cap_minor, one.room_minor) for one in answering]
    parts = divide(amount_minor, sureties, rule, of_fund)
    facts = _call_facts(uow, group, answering, parts, CallFacts(
        overdue, None if new.amount is None else new.amount.amount_minor,
        fund_minor=fund, is_fund_before=is_fund_before,
    ))  # fmt: skip
    evaluations = evaluate(facts, Action.CALL)
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    if not parts:
        raise NobodyAnswers
    access.require_authority(uow, CALL, Money(amount_minor, group.asset))
    made = _made(uow, loan, new, rule, overdue, parts, answering)
    store.insert(uow, made)
    guarantees.take(
        uow, [(one.guarantee_id, one.amount_minor) for one in made.shares if one.guarantee_id]
    )
    shariah.store_evaluations(uow, made.call_id, Action.CALL.value, evaluations, facts)
    return _tell(uow, events.CALLED, CALL, made, new.reason)


def pay(
    uow: UnitOfWork, call_id: str, payer_id: str, amount: Money, received_on: date | None = None
) -> SharePayment:
    """Records a payment of whoever has a share: a member, or the common fund by its own room.

    Refuses CONFLICT the fund where none is kept, and what `pay_share` refuses.
    """
    if payer_id != COMMON_FUND:
        return pay_share(uow, call_id, payer_id, amount, received_on=received_on)
    if not _fund_payers:
        raise FundPaysElsewhere
    return _fund_payers[0](uow, get(uow, call_id), amount)


def pay_share(
    uow: UnitOfWork,
    call_id: str,
    payer_id: str,
    amount: Money,
    *,
    received_on: date | None = None,
    cash_entries: Sequence[Journal] | None = None,
    is_recourse_kept: bool | None = None,
) -> SharePayment:
    """Records that a payer paid on a call: the loan is repaid, and the debtor owes the payer.

    `cash_entries` are posted first: journals, their accounts open, by which the payer's money
    comes to the cash desk (the common fund's own). `is_recourse_kept`: None takes what the
    guarantee stipulates, and for the common fund a gift. Refuses NOT_FOUND; CONFLICT by state;
    VALIDATION_ERROR another currency, more than the share; SHARIAH_VIOLATION more than is
    overdue by now (KFL-09); and what the repayment of the loan refuses.
    """
    seen = get(uow, call_id)
    _, overdue = _late_loan(uow, seen.loan_id)  # locked before the call, as reversals have it
    found = _locked(uow, call_id, None)
    share = found.share_of(payer_id)
    if share is None:
        raise NoSuchShare(f"{payer_id} has no share in {call_id}")
    _check_amount(found, share, amount)
    guarantee = guarantees.load(uow, [share.guarantee_id] if share.guarantee_id else [])
    keeps = any(one.has_recourse for one in guarantee.values())
    has_recourse = keeps if is_recourse_kept is None else is_recourse_kept
    facts = KafalahFacts(
        on=uow.today,
        asset=found.asset,
        profile=ShariahProfile(uow.shariah_profile),
        call=CallFacts(overdue, shares=(_paid_facts(share, amount),)),
        recourse=RecourseFacts(amount.amount_minor, amount.amount_minor if has_recourse else 0),
    )
    evaluations = evaluate(facts, Action.PAY)
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    if cash_entries:
        ledger.post(uow, cash_entries)
    result = record_repayment(
        uow, RepayLoan(found.loan_id, amount, received_on, METHOD, reference=call_id)
    )
    assert result.repayment is not None
    payment = PaidShare(
        new_id("gpy"), call_id, payer_id, amount.amount_minor, result.repayment.repayment_id,
        None, result.repayment.received_on,
    )  # fmt: skip
    after = paid(found, payer_id, amount.amount_minor, uow.now)
    store.insert_payment(uow, payment)
    store.update(uow, after)
    shariah.store_evaluations(uow, payment.payment_id, Action.PAY.value, evaluations, facts)
    recourse = recourses.open_recourse(uow, after, payment) if has_recourse else None
    _tell(uow, events.PAID, "guarantee.pay", after, None, payment)
    return SharePayment(payment.payment_id, payer_id, amount, payment.repayment_id, after, recourse)


def cancel(uow: UnitOfWork, call_id: str, *, reason: str, if_match: str | None = None) -> Call:
    """Asks for the rest of a call no longer; what was paid stays paid and recoverable.

    Refuses NOT_FOUND, CONFLICT by state, FORBIDDEN without the authority `guarantee.call`.
    """
    found = _locked(uow, call_id, if_match)
    access.require_authority(uow, CALL, None)
    return _cancelled(uow, found, reason)


def discharge(uow: UnitOfWork, loan_ids: Sequence[str], *, reason: str) -> list[Call]:
    """Cancels the open calls of loans whose debtor was freed: the guarantor is free with him
    (rule DEF-16, AAOIFI SS 5 3/3/2). For the act that frees the debtor, which decides alone."""
    return [
        _cancelled(uow, _locked(uow, call_id, None), reason)
        for call_id in store.open_of_loans(uow, loan_ids)
    ]


def get(uow: UnitOfWork, call_id: str) -> Call:
    """One call with its shares. Refuses NOT_FOUND."""
    found = store.get(uow, call_id)
    if found is None:
        raise CallNotFound
    return found


def list_calls(
    uow: UnitOfWork, group_id: str, status: CallStatus | None, request: PageRequest
) -> Page[Call]:
    """Calls on a group, newest first. Refuses NOT_FOUND."""
    groups.get_group(uow, group_id)
    return store.select_page(uow, group_id, status, request)


def fund_minor(uow: UnitOfWork, group: Group) -> int:
    """What the group's common fund could pay now, by its by-laws and its cash."""
    fund = common_fund.load_funds(uow, [group.group_id]).get(group.group_id)
    return 0 if fund is None else common_fund.could_cover_minor(uow, fund)


def _late_loan(uow: UnitOfWork, loan_id: str) -> tuple[Loan, int]:
    loan = loans.locked(uow, loan_id, LoanAction.REPAY, None)
    obligation = obligations.get(uow, loan.contract_id, is_locked=True)
    return loan, overdue_minor(obligation.debt, uow.today)


def _answering(uow: UnitOfWork, loan: Loan) -> list[Guarantee]:
    """One guarantee per person: that with most room, of those who are not insolvent."""
    assert loan.group_id is not None
    assert loan.disbursed_at is not None
    paid_out_on = local_date(loan.disbursed_at, uow.time_zone)
    best: dict[str, Guarantee] = {}
    for one in guarantees.covering(uow, loan.group_id, loan.loan_id, loan.borrower_id, paid_out_on):
        rival = best.get(one.guarantor_id)
        if one.guarantor_state is DebtorState.INSOLVENT or one.room_minor <= 0:
            continue
        if rival is None or one.room_minor > rival.room_minor:
            best[one.guarantor_id] = one
    return list(best.values())


def _amount(new: NewCall, overdue: int, capacity: int) -> int:
    if new.amount is None:
        return max(0, min(overdue, capacity))
    wanted = new.amount.amount_minor
    if capacity < wanted <= overdue:
        left = Money(capacity, new.amount.asset)
        raise ValidationFailed.field(
            "amount", "beyond_caps", f"those who answer for this debt answer for {left} in all"
        )
    return min(wanted, capacity)


def _call_facts(
    uow: UnitOfWork,
    group: Group,
    answering: Sequence[Guarantee],
    parts: dict[str, int],
    asked: CallFacts,
) -> KafalahFacts:
    shares = tuple(
        ShareFacts(one.guarantor_id, parts[one.guarantor_id], one.room_minor, one.guarantor_state)
        for one in answering
        if one.guarantor_id in parts
    )
    return KafalahFacts(
        on=uow.today,
        asset=group.asset,
        profile=ShariahProfile(uow.shariah_profile),
        call=replace(asked, shares=shares, fund_share_minor=parts.get(COMMON_FUND, 0)),
    )


def _made(
    uow: UnitOfWork,
    loan: Loan,
    new: NewCall,
    rule: CallRule,
    overdue: int,
    parts: dict[str, int],
    answering: Sequence[Guarantee],
) -> Call:
    assert loan.group_id is not None
    by_guarantor = {one.guarantor_id: one.guarantee_id for one in answering}
    return Call(
        call_id=new_id("gcl"),
        external_id=new.external_id,
        group_id=loan.group_id,
        loan_id=loan.loan_id,
        debtor_id=loan.borrower_id,
        status=CallStatus.OPEN,
        asset=loan.asset,
        rule=rule,
        overdue_minor=overdue,
        amount_minor=sum(parts.values()),
        paid_minor=0,
        reason=new.reason,
        cancel_reason=None,
        closed_at=None,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        version=1,
        shares=tuple(
            Share(payer_id, by_guarantor.get(payer_id), minor) for payer_id, minor in parts.items()
        ),
    )


def _locked(uow: UnitOfWork, call_id: str, if_match: str | None) -> Call:
    found = store.get(uow, call_id, is_locked=True)
    if found is None:
        raise CallNotFound
    if if_match is not None and found.etag not in [tag.strip() for tag in if_match.split(",")]:
        raise CallChangedMeanwhile
    if found.status not in PAYABLE:
        raise CallStateRefuses.of(found)
    return found


def _check_amount(found: Call, share: Share, amount: Money) -> None:
    if amount.asset != found.asset:
        message = f"the call is in {found.asset.code}"
        raise ValidationFailed.field("currency", "currency_differs", message)
    if not 0 < amount.amount_minor <= share.left_minor:
        left = Money(share.left_minor, found.asset)
        message = f"{share.payer_id} still owes {left} on this call"
        raise ValidationFailed.field("amount", "exceeds_share", message)


def _paid_facts(share: Share, amount: Money) -> ShareFacts:
    return ShareFacts(share.payer_id, amount.amount_minor, share.left_minor)


def _cancelled(uow: UnitOfWork, found: Call, reason: str) -> Call:
    after = replace(
        found,
        status=CallStatus.CANCELLED,
        cancel_reason=reason,
        closed_at=uow.now,
        version=found.version + 1,
    )
    store.update(uow, after)
    guarantees.take(
        uow, [(one.guarantee_id, -one.left_minor) for one in found.shares if one.guarantee_id]
    )
    return _tell(uow, events.CANCELLED, "guarantee.call_cancel", after, reason)


def _tell(
    uow: UnitOfWork,
    event: str,
    deed: str,
    found: Call,
    reason: str | None,
    payment: PaidShare | None = None,
) -> Call:
    details = {"loan_id": found.loan_id, "group_id": found.group_id}
    if payment is not None:
        details.update(payer_id=payment.payer_id, repayment_id=payment.repayment_id)
    audit.record(uow, [Deed(deed, found.call_id, reason, details)])
    outbox.record(uow, [events.told(event, found)])
    return found
