"""Payments on a pledge: the custody fee up to the day, then the debt, in one act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import Refusal
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.obligations.model import ObligationStatus
from sanduq.obligations.receipts import service as receipts
from sanduq.obligations.receipts.errors import RepaymentCurrencyDiffers, RepaymentDateImpossible
from sanduq.obligations.receipts.model import ExcessUse, PayDebt
from sanduq.qard import service as qard
from sanduq.rahnu.contracts import meter, postings
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts import store as contract_store
from sanduq.rahnu.contracts.debts import SecuredDebt, secured_by
from sanduq.rahnu.contracts.facts import Gathered, gathered
from sanduq.rahnu.contracts.life.fees import charged_to
from sanduq.rahnu.contracts.life.payments import events, store
from sanduq.rahnu.contracts.life.payments.errors import (
    FeeGivenBack,
    MoreThanFeeDue,
    NothingLeftToPay,
    PaidElsewhere,
    PledgeRepaymentNotFound,
    PledgeRepaymentReversed,
    RepaymentOfEarlierLoan,
)
from sanduq.rahnu.contracts.life.payments.model import (
    ApplyTo,
    Division,
    FeePayment,
    FeePaymentKind,
    PayPledge,
    Repayment,
    divide,
    fee_due_on,
)
from sanduq.rahnu.contracts.life.payments.stopping import as_stopped
from sanduq.rahnu.contracts.life.ruling import keep_rules
from sanduq.rahnu.contracts.life.wire_payments import repayment_out
from sanduq.rahnu.contracts.margin.flagging import reassess
from sanduq.rahnu.contracts.model import Contract, DebtKind, PledgeAction
from sanduq.rahnu.facts import RahnAction
from sanduq.shariah.facts import PaymentTerms

REVERSE = "repayment.reverse"
LOAN_PREFIX = "mfl_"


@dataclass(frozen=True, slots=True)
class Taken:
    """A payment recorded, with the pledge after it and the journals still to be posted."""

    repayment: Repayment
    contract: Contract
    journals: tuple[Journal, ...]


@dataclass(frozen=True, slots=True)
class _OnDebt:
    """What a payment did to the debt."""

    debt_repayment_id: str | None = None
    paid_minor: int = 0
    excess_minor: int = 0
    left_minor: int = 0
    is_settled: bool = False
    journals: tuple[Journal, ...] = ()
    journal_ids: tuple[str, ...] = ()


def repay(
    uow: UnitOfWork, contract_id: str, paid: PayPledge, *, etag: str | None = None
) -> Repayment:
    """Takes money on a pledge: custody is charged up to the day, the fee due paid, then the debt.

    A last payment settles the debt and stops the fee; the pledge is then free and waits to be
    fetched (RHN-19). Refuses CONFLICT (state, a debt that is paid at its own place, an external
    id that is known), VALIDATION_ERROR (currency, day, more than is owed without saying what the
    excess is), SHARIAH_VIOLATION.
    """
    contract = contracts.locked(uow, contract_id, PledgeAction.REPAY, etag)
    taken = take(uow, gathered(uow, contract), paid)
    reassess(uow, [contract_id])
    ledger.post(uow, list(taken.journals))
    return taken.repayment


def take(uow: UnitOfWork, known: Gathered, paid: PayPledge) -> Taken:
    """As `repay`, for a pledge that is locked: everything but the posting, which comes last."""
    debt = known.debt
    contract = as_stopped(uow, known.contract, debt)
    on = _day(uow, contract, paid)
    keep_rules(uow, known, RahnAction.REPAY, payment=PaymentTerms(asset=contract.asset, paid_on=on))
    segments = contract_store.segments_of(uow, [contract.contract_id])[contract.contract_id]
    fee_due = fee_due_on(segments, contract.fee_paid_minor, contract.fee_until_on, on)
    division = divide(paid.amount.amount_minor, fee_due, paid.apply_to)
    _check(uow, contract, debt, paid, division, fee_due)
    done = _on_debt(uow, contract, debt, paid, division.to_debt_minor, on)
    stops_on = on if done.is_settled else contract.fee_until_on
    if stops_on is None:
        charged = tuple(meter.charge(uow, [contract], on))
    else:
        charged = charged_to(uow, contract, segments, stops_on).journals
    if stops_on != known.contract.fee_until_on:
        contract_store.update(uow, contract.contract_id, fee_until_on=stops_on)
    fee_journals: tuple[Journal, ...] = ()
    if division.fee_minor:
        ledger.open_accounts(uow, postings.fee_places(contract))
        fee_journals = (postings.fee_received(contract, division.fee_minor, on),)
    journals = (*charged, *fee_journals, *done.journals)
    made = Repayment(
        repayment_id=new_id("rep"),
        external_id=paid.external_id,
        contract_id=contract.contract_id,
        asset=contract.asset,
        amount_minor=paid.amount.amount_minor,
        fee_minor=division.fee_minor,
        debt_minor=done.paid_minor,
        excess_minor=done.excess_minor,
        is_gift=done.excess_minor > 0 and paid.excess is ExcessUse.GIFT,
        apply_to=paid.apply_to,
        obligation_id=contract.debt_id if done.debt_repayment_id else None,
        debt_repayment_id=done.debt_repayment_id,
        method=paid.method,
        reference=paid.reference,
        received_on=on,
        debt_left_minor=done.left_minor,
        fee_left_minor=fee_due - division.fee_minor,
        journal_ids=tuple(journal.journal_id for journal in (*fee_journals, *done.journals)),
        reverses=None,
        reason=None,
        metadata=paid.metadata,
        recorded_at=uow.now,
        recorded_by=uow.actor.user_id,
    )
    _write(uow, made, fee_journals)
    _tell(uow, made, events.RECEIVED, "pledge.repaid")
    return Taken(made, contracts.get(uow, contract.contract_id), journals)


def _day(uow: UnitOfWork, contract: Contract, paid: PayPledge) -> date:
    if paid.amount.asset != contract.asset:
        raise RepaymentCurrencyDiffers.field(
            "currency", "currency_differs",
            f"the pledge is in {contract.asset.code}, the payment in {paid.amount.asset.code};"
            " agree on a conversion first (rule GEN-10)",
        )  # fmt: skip
    on = paid.received_on or uow.today
    if on == uow.today:
        return on
    # Fee paid up to a later day would else be owed back by a payment that came before it.
    earliest = store.last_received_on(uow, contract.contract_id) or contract.fee_from_on
    if not (earliest is None or earliest <= on) or on > uow.today:
        raise RepaymentDateImpossible.field(
            "received_on", "impossible_date",
            f"received_on must lie between {earliest} and {uow.today}; nothing was recorded",
        )  # fmt: skip
    return on


def _check(
    uow: UnitOfWork,
    contract: Contract,
    debt: SecuredDebt | None,
    paid: PayPledge,
    division: Division,
    fee_due_minor: int,
) -> None:
    """Refuses what cannot be paid here, each with the way out."""
    if division.to_debt_minor == 0:
        return
    fee = contract.money(fee_due_minor)
    if paid.apply_to is ApplyTo.FEE:
        raise MoreThanFeeDue.field(
            "amount", "exceeds_fee_due",
            f"{paid.amount} is more than the custody fee due, {fee}: custody is paid once it was"
            f" given. Send {fee.decimal:f}, or let the rest go to the debt",
        )  # fmt: skip
    if debt is None or debt.is_settled:
        if fee_due_minor == 0:
            raise NothingLeftToPay(
                f"nothing is left to pay on {contract.contract_id}; it can be released"
            )
        raise MoreThanFeeDue.field(
            "amount", "exceeds_fee_due",
            f"the debt is paid; of the custody fee {fee} is left: send {fee.decimal:f}",
        )  # fmt: skip
    elsewhere = paid_elsewhere(uow, contract)
    if elsewhere is not None:
        raise PaidElsewhere(
            f"{elsewhere} Here only the custody fee is paid: {fee} is due.",
            details=[{"field": "apply_to", "code": "paid_elsewhere", "message": elsewhere}],
        )


def paid_elsewhere(uow: UnitOfWork, contract: Contract) -> str | None:
    """Where the debt of a pledge is paid, if that is not here."""
    if contract.outside_debt is not None or contract.debt_id is None:
        outside = contract.outside_debt
        creditor = outside.creditor if outside else "its creditor"
        return (
            f"the debt is owed to {creditor}: it is paid there, and its balance is recorded by"
            f" POST /v1/rails/rahnu/contracts/{contract.contract_id}/debt-statements."
        )
    if contract.debt_kind is not DebtKind.QARD:
        return f"the debt {contract.debt_id} is paid at its own rail, where it was made."
    serves_id = qard.get(uow, contract.debt_id).serves_id
    if serves_id.startswith(LOAN_PREFIX):
        return (
            f"the debt {contract.debt_id} is the loan {serves_id}: it is paid by"
            f" POST /v1/rails/microfinance/loans/{serves_id}/repayments."
        )
    return None


def _on_debt(
    uow: UnitOfWork,
    contract: Contract,
    debt: SecuredDebt | None,
    paid: PayPledge,
    amount_minor: int,
    on: date,
) -> _OnDebt:
    if amount_minor == 0:
        return _OnDebt(left_minor=0 if debt is None else debt.outstanding_minor)
    assert contract.debt_id is not None
    command = PayDebt(
        contract.debt_id, contract.contract_id, Money(amount_minor, contract.asset), on,
        method=paid.method, reference=paid.reference, excess=paid.excess,
        is_statement_given=paid.is_statement_given, metadata=paid.metadata,
    )  # fmt: skip
    results, journals = receipts.record_unposted(uow, [[command]], qard.journal_of)
    result = results[0]
    if isinstance(result, Refusal):
        raise result
    repayment, owed = result[0].repayment, result[0].obligation
    assert repayment is not None
    assert owed is not None
    if owed.debt.is_settled:
        qard.settle(uow, [contract.debt_id])
    return _OnDebt(
        repayment.repayment_id,
        repayment.principal_minor + repayment.fee_minor,
        repayment.credit_minor + repayment.gift_minor,
        owed.debt.outstanding_minor,
        owed.debt.is_settled,
        tuple(journals),
    )


def _write(uow: UnitOfWork, made: Repayment, fee_journals: Sequence[Journal]) -> None:
    """Writes a payment or a reversal with its custody fee."""
    store.insert(uow, made)
    if made.fee_minor == 0:
        return
    kind = FeePaymentKind.PAID if made.fee_minor > 0 else FeePaymentKind.REVERSED
    store.insert_fee_payments(
        uow,
        [
            FeePayment(
                new_id("fpy"), made.contract_id, made.repayment_id, made.fee_minor, kind,
                made.received_on, fee_journals[0].journal_id, uow.now, uow.actor.user_id,
            )
        ],
    )  # fmt: skip
    paid = contracts.get(uow, made.contract_id).fee_paid_minor
    contract_store.update(uow, made.contract_id, fee_paid_minor=paid + made.fee_minor)


def _tell(uow: UnitOfWork, made: Repayment, event: str, deed: str) -> None:
    details = {"repayment_id": made.repayment_id, "amount_minor": made.amount_minor}
    audit.record(uow, [Deed(deed, made.contract_id, made.reason, details)])
    outbox.record(uow, [Event(event, made.contract_id, repayment_out(made))])


def reverse(uow: UnitOfWork, contract_id: str, repayment_id: str, *, reason: str) -> Repayment:
    """Takes one payment back by a new fact that names it; a settled debt is open again.

    Refuses NOT_FOUND, FORBIDDEN or LIMIT_EXCEEDED, CONFLICT (a pledge no longer in force, a
    second reversal, a loan that another replaced, custody fee given back since),
    FUNDS_INSUFFICIENT when the money is no longer there.
    """
    contract = contracts.locked(uow, contract_id, PledgeAction.REPAY)
    original = store.get(uow, contract_id, repayment_id)
    if original is None:
        raise PledgeRepaymentNotFound
    if original.reverses is not None or store.is_reversed(uow, repayment_id):
        raise PledgeRepaymentReversed
    if original.obligation_id not in (None, contract.debt_id):
        raise RepaymentOfEarlierLoan
    if contract.fee_paid_minor < original.fee_minor:
        raise FeeGivenBack
    access.require_authority(uow, REVERSE, contract.money(original.amount_minor))
    fee_part = store.fee_payment_of(uow, repayment_id)
    fee_journals: list[Journal] = []
    if fee_part is not None:
        fee_journals = ledger.reversal_of(
            uow, [fee_part.journal_id], effective_on=uow.today, memo=reason
        )
    back = _take_back(uow, contract, original, fee_journals, reason)
    if back.left_minor > 0 and contract.fee_until_on is not None:
        # The pledge was not free after all: its keeping was given on all those days.
        contract_store.update(uow, contract_id, fee_until_on=None)
        contract = replace(contract, fee_until_on=None)
    segments = contract_store.segments_of(uow, [contract_id])[contract_id]
    paid_minor = contract.fee_paid_minor - original.fee_minor
    made = replace(
        original,
        repayment_id=new_id("rep"),
        external_id=None,
        amount_minor=-original.amount_minor,
        fee_minor=-original.fee_minor,
        debt_minor=-original.debt_minor,
        excess_minor=-original.excess_minor,
        debt_repayment_id=back.debt_repayment_id,
        received_on=uow.today,
        debt_left_minor=back.left_minor,
        fee_left_minor=fee_due_on(segments, paid_minor, contract.fee_until_on, uow.today),
        journal_ids=(*(each.journal_id for each in fee_journals), *back.journal_ids),
        reverses=repayment_id,
        reason=reason,
        recorded_at=uow.now,
        recorded_by=uow.actor.user_id,
    )
    _write(uow, made, fee_journals)
    _tell(uow, made, events.REVERSED, "pledge.repayment_reversed")
    reassess(uow, [contract_id])
    if fee_journals and not back.journal_ids:
        ledger.post(uow, fee_journals)
    return made


def _take_back(
    uow: UnitOfWork,
    contract: Contract,
    original: Repayment,
    fee_journals: list[Journal],
    reason: str,
) -> _OnDebt:
    """Takes back what was paid on the debt; the fee's reversal is posted in the same block."""
    if original.debt_repayment_id is None:
        debt = secured_by(uow, contract)
        return _OnDebt(left_minor=0 if debt is None else debt.outstanding_minor)
    outcome = receipts.reverse(
        uow, contract.contract_id, original.debt_repayment_id, reason=reason,
        beside=lambda *_: fee_journals,
    )  # fmt: skip
    assert outcome.repayment is not None
    assert outcome.obligation is not None
    if outcome.obligation.status is ObligationStatus.ACTIVE:
        qard.reopen(uow, outcome.repayment.obligation_id)
    return _OnDebt(
        debt_repayment_id=outcome.repayment.repayment_id,
        left_minor=outcome.obligation.debt.outstanding_minor,
        journal_ids=(outcome.repayment.journal_id,),
    )


def repayments(uow: UnitOfWork, contract_id: str, request: PageRequest) -> Page[Repayment]:
    """Payments and reversals of a pledge, newest first. Refuses NOT_FOUND."""
    contracts.get(uow, contract_id)
    return store.select_page(uow, contract_id, request)
