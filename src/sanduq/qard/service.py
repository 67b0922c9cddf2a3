"""The benevolent loan as a contract: agreed, paid out, repaid, reversed.

Serves microfinance and rahnu. Repayments come as sequences: what is needed is read in one
query, decided in pure Python and written in one call per kind of fact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import Refusal
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset, Money
from sanduq.ledger import service as ledger
from sanduq.ledger.errors import PeriodClosed
from sanduq.ledger.model import AccountPlace, Journal, Period
from sanduq.obligations import service as obligations
from sanduq.obligations.model import Allocation, ComponentOrder, Debt, ObligationStatus
from sanduq.obligations.schedule import Schedule
from sanduq.obligations.service import NewDebt, Obligation
from sanduq.qard import postings, store
from sanduq.qard.contract import (
    CashSource,
    ExcessUse,
    Qard,
    QardStatus,
    Repayment,
    RepayQard,
)
from sanduq.qard.errors import (
    NothingOwed,
    QardNotAgreed,
    QardNotFound,
    RepaymentCurrencyDiffers,
    RepaymentDateImpossible,
    RepaymentExceedsOutstanding,
    RepaymentKnown,
    RepaymentNotFound,
    RepaymentReversedAlready,
)


@dataclass(frozen=True, slots=True)
class NewQard:
    """What the parties agreed."""

    serves_id: str
    borrower_id: str
    branch_id: str
    principal: Money
    fee_minor: int
    component_order: ComponentOrder
    cost_study_id: str | None
    qard_id: str | None = None


@dataclass(frozen=True, slots=True)
class Disbursement:
    """A qard to pay out on a day, with the schedule that then binds."""

    qard_id: str
    on: date
    schedule: Schedule
    source: CashSource = CashSource.CASH


def agree(uow: UnitOfWork, news: Sequence[NewQard]) -> list[Qard]:
    """Writes agreed contracts. No debt arises before possession (rule QRD-17)."""
    contracts = [
        Qard(
            new.qard_id or new_id("qrd"), new.serves_id, new.borrower_id, new.branch_id,
            new.principal.asset, new.principal.amount_minor, new.fee_minor,
            str(new.component_order), new.cost_study_id, QardStatus.AGREED, None, None,
            uow.now, uow.actor.user_id,
        )
        for new in news
    ]  # fmt: skip
    store.insert(uow, contracts)
    return contracts


def cancel(uow: UnitOfWork, qard_id: str) -> None:
    """Ends an agreement that was never paid out. Refuses CONFLICT one that was."""
    _agreed(uow, [qard_id])
    store.set_status(uow, [qard_id], QardStatus.CANCELLED)


def _agreed(uow: UnitOfWork, ids: Sequence[str]) -> dict[str, Qard]:
    found = store.load_locked(uow, ids)
    for qard_id in ids:
        if qard_id not in found:
            raise QardNotFound
        if found[qard_id].status is not QardStatus.AGREED:
            raise QardNotAgreed
    return found


def disburse(uow: UnitOfWork, disbursements: Sequence[Disbursement]) -> dict[str, Journal]:
    """Pays out, opens the debts and posts the journals; the journal by qard id.

    All or none. Refuses CONFLICT a qard that is not agreed, FUNDS_INSUFFICIENT when the branch
    has not the cash.
    """
    ids = [item.qard_id for item in disbursements]
    found = _agreed(uow, ids)
    places: set[AccountPlace] = set()
    journals: dict[str, Journal] = {}
    debts: list[NewDebt] = []
    for item in disbursements:
        qard = found[item.qard_id]
        places.update(postings.disbursement_places(qard, item.source))
        journals[item.qard_id] = postings.disbursement(qard, item.on, item.source)
        debt = Debt(
            qard.qard_id, qard.asset, item.schedule, 0, 0, ComponentOrder(qard.component_order)
        )
        debts.append(NewDebt(debt, qard.borrower_id, qard.branch_id, item.on))
    ledger.open_accounts(uow, places)
    ledger.post(uow, list(journals.values()))
    obligations.open_debts(uow, debts, reason="disbursed")
    store.set_status(
        uow, ids, QardStatus.ACTIVE,
        disbursed_on=[item.on for item in disbursements],
        journal_ids=[journals[qard_id].journal_id for qard_id in ids],
    )  # fmt: skip
    return journals


@dataclass(frozen=True, slots=True)
class RepaymentOutcome:
    """One command's result: the repayment and the debt after it, or the refusal."""

    repayment: Repayment | None
    obligation: Obligation | None
    refusal: Refusal | None


def record_repayments(uow: UnitOfWork, commands: Sequence[RepayQard]) -> list[RepaymentOutcome]:
    """Records payments in order; a refused one leaves no trace and spoils no other.

    Refuses per command: CONFLICT (nothing owed, external id known, a day in a closed period),
    VALIDATION_ERROR (another currency, impossible date, more than owed without saying what the
    excess is).
    """
    debts = obligations.load_locked(uow, sorted({command.qard_id for command in commands}))
    external_ids = [command.external_id for command in commands if command.external_id]
    known = store.known_external_ids(uow, external_ids) if external_ids else set()
    # A period is closed once it is over, so payments of today need not ask.
    is_backdated = any(command.received_on < uow.today for command in commands)
    closed = ledger.list_periods(uow) if is_backdated else []
    outcomes: list[RepaymentOutcome] = []
    journals: list[Journal] = []
    places: set[AccountPlace] = set()
    for command in commands:
        try:
            outcome, journal = _decide(uow, command, debts.get(command.qard_id), known)
            _check_open(command.received_on, closed)
        except Refusal as refusal:
            outcomes.append(RepaymentOutcome(None, None, refusal))
            continue
        assert outcome.obligation is not None
        assert outcome.repayment is not None
        debts[command.qard_id] = outcome.obligation
        if command.external_id:
            known.add(command.external_id)
        journals.append(journal)
        places.update(_excess_places(outcome.repayment, outcome.obligation))
        outcomes.append(outcome)
    _write(uow, outcomes, journals, places)
    return outcomes


def _check_open(day: date, closed: Sequence[Period]) -> None:
    # The ledger refuses it too, but there it would take the other rows down with it.
    if any(period.starts_on <= day <= period.ends_on for period in closed):
        raise PeriodClosed


def _decide(
    uow: UnitOfWork, command: RepayQard, obligation: Obligation | None, known: set[str]
) -> tuple[RepaymentOutcome, Journal]:
    if command.external_id in known:
        raise RepaymentKnown
    if obligation is None or obligation.status is not ObligationStatus.ACTIVE:
        raise NothingOwed
    if command.amount.asset != obligation.debt.asset:
        raise RepaymentCurrencyDiffers.field(
            "currency", "currency_differs",
            f"the debt is in {obligation.debt.asset.code}, the payment in"
            f" {command.amount.asset.code}; agree on a conversion first (rule GEN-10)",
        )  # fmt: skip
    if not obligation.started_on <= command.received_on <= uow.today:
        raise RepaymentDateImpossible.field(
            "received_on", "impossible_date",
            f"received_on must lie between {obligation.started_on} and {uow.today}",
        )  # fmt: skip
    after, allocation = obligations.paid(
        obligation, command.amount.amount_minor, command.received_on
    )
    _check_excess(command, allocation, obligation)
    repayment_id = new_id("rep")
    is_gift = command.excess is ExcessUse.GIFT
    journal = postings.repayment(
        command,
        repayment_id=repayment_id,
        branch_id=obligation.branch_id,
        borrower_id=obligation.debtor_id,
        principal_minor=allocation.principal_minor,
        fee_minor=allocation.fee_minor,
        excess_minor=allocation.excess_minor,
        is_gift=is_gift,
    )
    repayment = Repayment(
        repayment_id, command.external_id, command.qard_id, command.serves_id, command.amount,
        allocation.principal_minor, allocation.fee_minor,
        0 if is_gift else allocation.excess_minor, allocation.excess_minor if is_gift else 0,
        command.method, command.reference, command.received_on, journal.journal_id, None, None,
        uow.now, uow.actor.user_id, command.metadata, after.debt.outstanding_minor,
    )  # fmt: skip
    return RepaymentOutcome(repayment, after, None), journal


def _check_excess(command: RepayQard, allocation: Allocation, obligation: Obligation) -> None:
    """An excess is asked about, never taken (rule QRD-14)."""
    if allocation.excess_minor == 0:
        return
    owed = Money(obligation.debt.outstanding_minor, obligation.debt.asset)
    if command.excess is ExcessUse.REFUSE:
        raise RepaymentExceedsOutstanding.field(
            "amount", "exceeds_outstanding",
            f"{command.amount} is more than the {owed} owed; send {owed.decimal:f}, or say"
            ' excess "credit" to keep the rest for the borrower, or "gift" if the borrower'
            " declares it one",
        )  # fmt: skip
    if command.excess is ExcessUse.GIFT and not command.is_statement_given:
        raise RepaymentExceedsOutstanding.field(
            "borrower_statement", "statement_missing",
            "a gift needs the borrower's own statement that it is given freely (rule QRD-14)",
        )  # fmt: skip


def _excess_places(repayment: Repayment, obligation: Obligation) -> list[AccountPlace]:
    asset = repayment.amount.asset
    places = []
    if repayment.credit_minor:
        places.append(postings.credit_place(asset, obligation.debtor_id))
    if repayment.gift_minor:
        places.append(AccountPlace(postings.GIFTS, asset))
    return places


def _write(
    uow: UnitOfWork,
    outcomes: Sequence[RepaymentOutcome],
    journals: Sequence[Journal],
    places: set[AccountPlace],
) -> None:
    recorded = [outcome.repayment for outcome in outcomes if outcome.repayment is not None]
    if not recorded:
        return
    store.insert_repayments(uow, recorded)
    changed: dict[str, Obligation] = {}
    for outcome in outcomes:
        if outcome.obligation is not None:
            changed[outcome.obligation.debt.obligation_id] = outcome.obligation
    obligations.save(uow, list(changed.values()))
    settled = [
        qard_id for qard_id, item in changed.items() if item.status is ObligationStatus.SETTLED
    ]
    if settled:
        store.set_status(uow, settled, QardStatus.SETTLED)
    # Posting comes last: it takes the head of the chain, which others wait for until we commit.
    if places:
        ledger.open_accounts(uow, places)
    ledger.post(uow, journals)


def reversible(uow: UnitOfWork, serves_id: str, repayment_id: str) -> Repayment:
    """A repayment that can still be taken back. Refuses NOT_FOUND, CONFLICT one that cannot."""
    original = store.get_repayment(uow, serves_id, repayment_id)
    if original is None:
        raise RepaymentNotFound
    if original.reverses is not None or store.is_reversed(uow, repayment_id):
        raise RepaymentReversedAlready
    return original


def reverse_repayment(
    uow: UnitOfWork, serves_id: str, repayment_id: str, *, reason: str
) -> RepaymentOutcome:
    """Takes one repayment back by a new fact that names it; a settled debt is open again.

    Refuses NOT_FOUND, CONFLICT for a second reversal, FUNDS_INSUFFICIENT when the money, or the
    borrower's credit from it, is no longer there.
    """
    original = reversible(uow, serves_id, repayment_id)
    obligation = obligations.get(uow, original.qard_id, is_locked=True)
    (journal,) = ledger.reversal_of(uow, [original.journal_id], effective_on=uow.today, memo=reason)
    reversal_id = new_id("rep")
    ledger.post(uow, [replace(journal, reference=reversal_id)])
    after = obligations.unpaid(
        obligation, principal_minor=original.principal_minor, fee_minor=original.fee_minor
    )
    reversal = replace(
        original,
        repayment_id=reversal_id,
        external_id=None,
        amount=-original.amount,
        principal_minor=-original.principal_minor,
        fee_minor=-original.fee_minor,
        credit_minor=-original.credit_minor,
        gift_minor=-original.gift_minor,
        received_on=uow.today,
        journal_id=journal.journal_id,
        reverses=repayment_id,
        reason=reason,
        recorded_at=uow.now,
        recorded_by=uow.actor.user_id,
        outstanding_minor=after.debt.outstanding_minor,
    )
    store.insert_repayments(uow, [reversal])
    obligations.save(uow, [after])
    if obligation.status is not after.status:
        store.set_status(uow, [original.qard_id], QardStatus.ACTIVE)
    return RepaymentOutcome(reversal, after, None)


def repayments_of(
    uow: UnitOfWork,
    serves_id: str,
    *,
    limit: int | None = None,
    after: str | None = None,
    offset: int = 0,
) -> list[Repayment]:
    """Repayments and reversals of a loan, in the order they were recorded."""
    return store.repayments_of(uow, serves_id, limit=limit, after=after, offset=offset)


def repayment_count(uow: UnitOfWork, serves_id: str) -> int:
    """How many repayments and reversals a loan has."""
    return store.repayment_count(uow, serves_id)


def recent_fees(uow: UnitOfWork, asset: Asset, limit: int = 50) -> list[tuple[int, int]]:
    """Principal and fee, in minor units, of the latest contracts (for rule QRD-11)."""
    return store.recent_fees(uow, str(asset), limit)


def debts_of(uow: UnitOfWork, qard_ids: Sequence[str]) -> Mapping[str, Obligation]:
    """The debts of qards, by qard id; a qard that was not paid out has none."""
    return obligations.load(uow, qard_ids)
