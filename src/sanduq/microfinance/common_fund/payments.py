"""Payments out of a common fund: asked for, signed by two officers of the group, then paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.microfinance.common_fund import events, postings, service, store, store_payments
from sanduq.microfinance.common_fund.errors import (
    FundLoanNotFound,
    FundNeedsOfficers,
    FundPaymentNotFound,
    FundPaymentPending,
    FundPaymentStateRefuses,
    NotAnOfficer,
    SignedAlready,
    StillAMember,
)
from sanduq.microfinance.common_fund.facts import (
    Action,
    CommonFundFacts,
    LoanFacts,
    PaymentFacts,
    SurplusFacts,
)
from sanduq.microfinance.common_fund.model import (
    OFFICES,
    Contribution,
    ContributionKind,
    Fund,
    Holdings,
    Nature,
    Payment,
    PaymentStatus,
    Signature,
    SurplusMode,
    Use,
    exit_minor,
    is_signed,
    shared,
    signed,
)
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups.members.model import Membership
from sanduq.microfinance.guarantee_calls import service as calls
from sanduq.microfinance.guarantee_calls.model import COMMON_FUND, Call
from sanduq.microfinance.guarantee_calls.service import SharePayment
from sanduq.parties import service as parties
from sanduq.shariah import service as shariah
from sanduq.shariah.model import ShariahProfile

PAY = "common_fund.pay"
_TO_ONE = frozenset({Use.HELP, Use.COSTS, Use.RETURN_ON_LEAVING})


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A payment as it is asked for. Without an amount: all that the use gives (on leaving, on
    winding up, of a loan)."""

    use: Use
    reason: str
    amount: Money | None = None
    nature: Nature | None = None
    mode: SurplusMode | None = None
    beneficiary_id: str | None = None
    call_id: str | None = None
    fund_loan_id: str | None = None


def ask(uow: UnitOfWork, group_id: str, new: NewPayment) -> Payment:
    """Writes down a payment that is asked for; it is paid when two officers have signed.

    Refuses NOT_FOUND; CONFLICT a closed fund, a member who did not leave, other payments in the
    way of winding up; VALIDATION_ERROR a use without what it needs; SHARIAH_VIOLATION by CMF-02,
    CMF-04, CMF-05, CMF-06 and CMF-07.
    """
    fund = service.locked_fund(uow, group_id)
    held = store.holdings(uow, fund)
    stays = store.stays(uow, [group_id])
    shares, amount = _shares(uow, fund, held, stays, new)
    nature = new.nature or _nature(fund, new.use)
    payment = Payment(
        payment_id=new_id("cfp"),
        group_id=group_id,
        status=PaymentStatus.ASKED,
        use=new.use,
        nature=nature,
        mode=new.mode,
        amount=amount,
        beneficiary_id=new.beneficiary_id,
        call_id=new.call_id,
        fund_loan_id=new.fund_loan_id,
        reason=new.reason,
        cancel_reason=None,
        repayment_id=None,
        journal_id=None,
        paid_on=None,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        version=1,
        shares=shares,
    )
    facts = _facts(uow, fund, held, stays, payment)
    evaluations = service.judged(facts, Action.ASK)
    store_payments.insert(uow, payment)
    shariah.store_evaluations(uow, payment.payment_id, str(Action.ASK), evaluations, facts)
    return _tell(uow, events.PAYMENT_ASKED, "common_fund.ask", payment, new.reason)


def approve(
    uow: UnitOfWork, group_id: str, payment_id: str, *, officer_id: str, signature: str
) -> Payment:
    """Records an officer's signature; with the second one the payment is made.

    Refuses FORBIDDEN or LIMIT_EXCEEDED without `common_fund.pay`; NOT_FOUND; CONFLICT by state,
    a person without office, one who signed; SHARIAH_VIOLATION by the rules at the day of paying
    (CMF-02, CMF-04 to CMF-07, CMF-09); FUNDS_INSUFFICIENT; and what a covered call refuses.
    """
    fund = service.locked_fund(uow, group_id)
    payment = _asked(uow, group_id, payment_id)
    access.require_authority(uow, PAY, payment.amount)
    stays = store.stays(uow, [group_id])
    roles = {one.party_id: one.role for one in stays if one.left_on is None}
    role = roles.get(officer_id)
    if role is None or role not in OFFICES:
        raise NotAnOfficer(f"{officer_id} is no chair, treasurer or secretary of {group_id}")
    if any(one.officer_id == officer_id for one in payment.signatures):
        raise SignedAlready(f"{officer_id} signed {payment_id} already: another officer must")
    one = Signature(officer_id, role, signature, uow.now, uow.actor.user_id)
    payment = signed(payment, one)
    store_payments.insert_signature(uow, payment_id, one)
    details = {"payment_id": payment_id, "officer_party_id": officer_id}
    audit.record(uow, [Deed("common_fund.sign", group_id, None, details)])
    if not is_signed(payment):
        store_payments.update(uow, payment)
        return payment
    return _pay(uow, fund, payment, stays)


def cancel(uow: UnitOfWork, group_id: str, payment_id: str, *, reason: str) -> Payment:
    """Asks for a payment no longer. Refuses NOT_FOUND, CONFLICT by state."""
    service.locked_fund(uow, group_id)
    payment = replace(
        _asked(uow, group_id, payment_id), status=PaymentStatus.CANCELLED, cancel_reason=reason
    )
    payment = replace(payment, version=payment.version + 1)
    store_payments.update(uow, payment)
    return _tell(uow, events.PAYMENT_CANCELLED, "common_fund.cancel", payment, reason)


def get(uow: UnitOfWork, group_id: str, payment_id: str) -> Payment:
    """One payment. Refuses NOT_FOUND."""
    found = store_payments.get(uow, payment_id)
    if found is None or found.group_id != group_id:
        raise FundPaymentNotFound
    return found


def list_payments(
    uow: UnitOfWork, group_id: str, status: PaymentStatus | None, request: PageRequest
) -> Page[Payment]:
    """Payments of a fund, newest first. Refuses NOT_FOUND."""
    service.get_fund(uow, group_id)
    return store_payments.select_page(uow, group_id, status, request)


def refuse_unsigned(uow: UnitOfWork, call: Call, amount: Money) -> SharePayment:  # noqa: ARG001
    """What a call is told that asks the fund to pay at once: its officers sign first (CMF-09).

    Refuses CONFLICT, always.
    """
    raise FundNeedsOfficers(
        f"two officers of {call.group_id} sign first: ask by"
        f" POST /groups/{call.group_id}/fund/payments with use cover_call and call_id"
        f" {call.call_id}"
    )


def follow_reversals(uow: UnitOfWork, reversals: Sequence[Event]) -> None:
    """Brings a cover back to the fund when the repayment it made is taken back."""
    reversed_ids = [str(one.data["reverses"]) for one in reversals if one.data.get("reverses")]
    for payment in store_payments.covering(uow, reversed_ids):
        assert payment.journal_id is not None
        journals = ledger.reversal_of(
            uow, [payment.journal_id], effective_on=uow.today, memo="the cover was taken back"
        )
        after = replace(payment, status=PaymentStatus.RETURNED, version=payment.version + 1)
        store_payments.update(uow, after)
        _tell(uow, events.PAYMENT_RETURNED, "common_fund.return", after, None)
        ledger.post(uow, journals)


def follow_recoveries(uow: UnitOfWork, recoveries: Sequence[Event]) -> None:
    """Takes into the fund what a debtor gave back of a cover that was a qard."""
    for one in recoveries:
        if one.data["creditor_id"] != COMMON_FUND:
            continue
        fund = service.locked_fund(uow, str(one.data["group_id"]))
        last = one.data["recoveries"][-1]
        money = Money.of(last["amount"], fund.asset)
        made_id = new_id("cfc")
        journal = postings.contributed(
            fund, str(one.data["debtor_id"]), money.amount_minor, last["on"], made_id
        )
        made = Contribution(
            made_id, fund.group_id, str(one.data["debtor_id"]), ContributionKind.RECOVERY, money,
            last["on"], str(one.data["id"]), journal.journal_id, uow.now, uow.actor.user_id,
        )  # fmt: skip
        store.insert_contributions(uow, [made])
        outbox.record(uow, [events.told_contribution(made)])
        ledger.post(uow, [journal])


def _pay(uow: UnitOfWork, fund: Fund, payment: Payment, stays: Sequence[Membership]) -> Payment:
    held = store.holdings(uow, fund)
    facts = _facts(uow, fund, held, stays, payment)
    evaluations = service.judged(facts, Action.PAY)
    journal = postings.paid(fund, payment, held, uow.today)
    after = replace(
        payment, status=PaymentStatus.PAID, journal_id=journal.journal_id, paid_on=uow.today
    )
    if payment.use is Use.REPAY_LOAN and payment.fund_loan_id is not None:
        store_payments.repay_loan(uow, payment.fund_loan_id, payment.amount.amount_minor)
    ledger.open_accounts(
        uow, postings.places_of(fund, [one for one, _ in payment.shares if fund.basis.is_owned])
    )
    if payment.use is Use.COVER_CALL and payment.call_id is not None:
        made = calls.pay_share(
            uow, payment.call_id, COMMON_FUND, payment.amount, cash_entries=[journal],
            is_recourse_kept=payment.nature is Nature.QARD,
        )  # fmt: skip
        after = replace(after, repayment_id=made.repayment_id)
    store_payments.update(uow, after)
    if payment.use is Use.WINDING_UP:
        store.set_closed(uow, fund.group_id)
        outbox.record(uow, [events.told_fund(events.CLOSED, service.get_fund(uow, fund.group_id))])
    shariah.store_evaluations(uow, after.payment_id, str(Action.PAY), evaluations, facts)
    _tell(uow, events.PAYMENT_MADE, PAY, after, payment.reason)
    if payment.use is not Use.COVER_CALL:
        ledger.post(uow, [journal])
    return after


def _shares(
    uow: UnitOfWork,
    fund: Fund,
    held: Holdings,
    stays: Sequence[Membership],
    new: NewPayment,
) -> tuple[tuple[tuple[str, int], ...], Money]:
    """Whose own the payment is, and how much it is."""
    minor = 0 if new.amount is None else new.amount.amount_minor
    shares: tuple[tuple[str, int], ...] = ()
    if new.use is Use.RETURN_ON_LEAVING:
        party_id = _beneficiary(new)
        if any(one.party_id == party_id and one.left_on is None for one in stays):
            raise StillAMember
        minor = minor or _exit(uow, fund, held, party_id)
        shares = ((party_id, minor),)
    elif new.use is Use.WINDING_UP:
        if store_payments.count_asked(uow, fund.group_id):
            raise FundPaymentPending
        minor = minor or held.cash_minor
        shares = tuple(sorted((held.owned_minor or {}).items())) if fund.basis.is_owned else ()
    elif new.use is Use.SURPLUS and new.mode is SurplusMode.RETURN_TO_MEMBERS:
        shares = shared(minor, _weights(uow, fund, stays))
    elif new.use is Use.REPAY_LOAN:
        loan = _loan_of(uow, fund, new.fund_loan_id)
        minor = minor or loan
    elif new.use is Use.COVER_CALL:
        _check_call(uow, fund, new.call_id)
    if minor <= 0:
        message = "say an amount of more than nothing; there is nothing to pay by itself"
        raise ValidationFailed.field("amount", "missing_field", message)
    _check_needs(uow, fund, new)
    if shares and sum(part for _, part in shares) != minor:
        message = "the amount must be the whole of what is the members' own"
        raise ValidationFailed.field("amount", "not_the_whole", message)
    return shares, Money(minor, fund.asset)


def _check_needs(uow: UnitOfWork, fund: Fund, new: NewPayment) -> None:
    is_outward = not fund.basis.is_owned and (
        new.use is Use.WINDING_UP or new.mode is SurplusMode.CHARITY
    )
    if new.use in _TO_ONE or is_outward:
        parties.get_party(uow, _beneficiary(new))
    if (new.use is Use.SURPLUS) is (new.mode is None):
        message = "a surplus, and only that, is paid by a mode of the by-laws"
        raise ValidationFailed.field("mode", "missing_field", message)
    if new.mode in (SurplusMode.RESERVES, SurplusMode.LOWER_CONTRIBUTIONS):
        message = f"by {new.mode} no money leaves the fund: nothing is to be paid"
        raise ValidationFailed.field("mode", "nothing_to_pay", message)


def _beneficiary(new: NewPayment) -> str:
    if new.beneficiary_id is None:
        message = "say to whom: beneficiary_id is missing"
        raise ValidationFailed.field("beneficiary_id", "missing_field", message)
    return new.beneficiary_id


def _check_call(uow: UnitOfWork, fund: Fund, call_id: str | None) -> None:
    if call_id is None:
        raise ValidationFailed.field("call_id", "missing_field", "say which call is covered")
    if calls.get(uow, call_id).group_id != fund.group_id:
        raise NotFound(f"{call_id} is no call on {fund.group_id}")


def _loan_of(uow: UnitOfWork, fund: Fund, fund_loan_id: str | None) -> int:
    for loan in store_payments.loans_of(uow, fund.group_id):
        if loan.fund_loan_id == fund_loan_id:
            return loan.outstanding_minor
    raise FundLoanNotFound


def _exit(uow: UnitOfWork, fund: Fund, held: Holdings, party_id: str) -> int:
    given = store.given_by_party(uow, [fund.group_id]).get((fund.group_id, party_id), 0)
    back = store.returned_by_party(uow, fund.group_id).get(party_id, 0)
    due = exit_minor(fund, held.owned(party_id), given)
    return due if fund.basis.is_owned else max(0, due - back)


def _weights(uow: UnitOfWork, fund: Fund, stays: Sequence[Membership]) -> Mapping[str, int]:
    now_in = {one.party_id for one in stays if one.left_on is None}
    given = store.given_by_party(uow, [fund.group_id])
    return {party: minor for (_, party), minor in given.items() if party in now_in}


def _nature(fund: Fund, use: Use) -> Nature:
    if use is Use.COVER_CALL and fund.bylaws.cover_nature is not None:
        return fund.bylaws.cover_nature
    return Nature.DUE if fund.basis.is_owned or use is Use.REPAY_LOAN else Nature.GIFT


def _facts(
    uow: UnitOfWork,
    fund: Fund,
    held: Holdings,
    stays: Sequence[Membership],
    payment: Payment,
) -> CommonFundFacts:
    use, minor = payment.use, payment.amount.amount_minor
    party_id = payment.beneficiary_id
    now_in = {one.party_id: one.role for one in stays if one.left_on is None}
    loan = None
    if use is Use.REPAY_LOAN:
        loan = LoanFacts(_loan_of(uow, fund, payment.fund_loan_id), 0, minor)
    surplus = None
    if use in (Use.SURPLUS, Use.WINDING_UP):
        surplus = SurplusFacts(
            mode=None if payment.mode is None else str(payment.mode),
            surplus_minor=held.surplus_minor,
            owed_minor=held.lent_minor,
            is_winding_up=use is Use.WINDING_UP,
            is_to_members=party_id in {one.party_id for one in stays},
        )
    is_leaving = use is Use.RETURN_ON_LEAVING and party_id is not None
    return CommonFundFacts(
        on=uow.today,
        asset=fund.asset,
        profile=ShariahProfile(uow.shariah_profile),
        loan=loan,
        payment=PaymentFacts(
            use=str(use),
            amount_minor=minor,
            nature=str(payment.nature),
            allowed_uses=frozenset(map(str, fund.bylaws.uses)),
            allowed_modes=frozenset(map(str, fund.bylaws.surplus_modes)),
            cover_nature=None
            if fund.bylaws.cover_nature is None
            else str(fund.bylaws.cover_nature),
            is_owned=fund.basis.is_owned,
            is_to_institution=_is_staff(uow, fund, payment),
            exit_minor=_exit(uow, fund, held, party_id) if is_leaving and party_id else None,
            surplus=surplus,
            beneficiary_id=party_id,
            signer_ids=tuple(one.officer_id for one in payment.signatures),
            officer_ids=frozenset(one for one, role in now_in.items() if role in OFFICES),
        ),
    )


def _is_staff(uow: UnitOfWork, fund: Fund, payment: Payment) -> bool:
    if payment.beneficiary_id is None:
        return False
    party = parties.get_party(uow, payment.beneficiary_id)
    group = groups.get_group(uow, fund.group_id)
    users = {payment.created_by, uow.actor.user_id, group.facilitator_id}
    return any(groups.is_staff_in_person(party, user) for user in users)


def _asked(uow: UnitOfWork, group_id: str, payment_id: str) -> Payment:
    payment = get(uow, group_id, payment_id)
    if payment.status is not PaymentStatus.ASKED:
        raise FundPaymentStateRefuses.of(payment)
    return payment


def _tell(uow: UnitOfWork, event: str, deed: str, payment: Payment, reason: str | None) -> Payment:
    audit.record(uow, [Deed(deed, payment.group_id, reason, {"payment_id": payment.payment_id})])
    outbox.record(uow, [events.told_payment(event, payment)])
    return payment
