"""Receipts: payments on debts of any contract, many in one call, and payments taken back.

What a payment does to the accounts is the contract's to say: the caller brings `journal_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date

from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import Refusal
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.ledger import service as ledger
from sanduq.ledger.errors import PeriodClosed
from sanduq.ledger.model import AccountPlace, Journal, Period
from sanduq.obligations import service as obligations
from sanduq.obligations.model import Allocation, ObligationStatus
from sanduq.obligations.receipts import store
from sanduq.obligations.receipts.errors import (
    NothingOwed,
    RepaymentCurrencyDiffers,
    RepaymentDateImpossible,
    RepaymentExceedsOutstanding,
    RepaymentKnown,
    RepaymentNotFound,
    RepaymentReversedAlready,
)
from sanduq.obligations.receipts.model import ExcessUse, Parts, PayDebt, Repayment
from sanduq.obligations.receipts.postings import excess_places
from sanduq.obligations.service import Obligation

JournalOf = Callable[[PayDebt, Obligation, Parts], Journal]
"""The journal of one payment on a debt that stands as given (before the payment)."""

Beside = Callable[[UnitOfWork, Repayment, Journal], list[Journal]]
"""What a contract posts beside the reversal of a receipt, in the same block."""

Decided = tuple["RepaymentOutcome", Journal, list[AccountPlace]]


@dataclass(frozen=True, slots=True)
class RepaymentOutcome:
    """One command's result: the repayment and the debt after it, or the refusal."""

    repayment: Repayment | None
    obligation: Obligation | None
    refusal: Refusal | None


def record(
    uow: UnitOfWork,
    commands: Sequence[PayDebt],
    journal_of: JournalOf,
    *,
    status: ObligationStatus = ObligationStatus.ACTIVE,
) -> list[RepaymentOutcome]:
    """Records payments in order; a refused one leaves no trace and spoils no other.

    Refuses per command: CONFLICT (nothing owed, external id known, a day in a closed period),
    VALIDATION_ERROR (another currency, impossible date, more than owed without saying what the
    excess is). The accounts of the debts must be open. `status`: WRITTEN_OFF for recoveries.
    """
    bundles = [[command] for command in commands]
    results, journals = record_unposted(uow, bundles, journal_of, status=status)
    # Posting comes last: it takes the head of the chain, which others wait for until we commit.
    if journals:
        ledger.post(uow, journals)
    return [
        RepaymentOutcome(None, None, result) if isinstance(result, Refusal) else result[0]
        for result in results
    ]


def record_unposted(
    uow: UnitOfWork,
    bundles: Sequence[Sequence[PayDebt]],
    journal_of: JournalOf,
    *,
    status: ObligationStatus = ObligationStatus.ACTIVE,
) -> tuple[list[Refusal | list[RepaymentOutcome]], list[Journal]]:
    """As `record`, for bundles of payments that stand or fall together; one result for each.

    The journals come back with their accounts open: the caller posts them, with what else
    belongs to the same event, in one call.
    """
    commands = [command for bundle in bundles for command in bundle]
    if not commands:
        return [[] for _ in bundles], []
    debts = obligations.load_locked(uow, sorted({c.obligation_id for c in commands}))
    external_ids = [command.external_id for command in commands if command.external_id]
    known = store.known_external_ids(uow, external_ids) if external_ids else set()
    # A period is closed once it is over, so payments of today need not ask.
    is_backdated = any(command.received_on < uow.today for command in commands)
    closed = ledger.list_periods(uow) if is_backdated else []
    results: list[Refusal | list[RepaymentOutcome]] = []
    decided: list[Decided] = []
    for bundle in bundles:
        try:
            found, changed = _decide_bundle(uow, bundle, debts, known, journal_of, status, closed)
        except Refusal as refusal:
            results.append(refusal)
            continue
        debts.update(changed)
        known.update(command.external_id for command in bundle if command.external_id)
        decided += found
        results.append([outcome for outcome, _, _ in found])
    places = {place for _, _, opened in decided for place in opened}
    _write(uow, [outcome for outcome, _, _ in decided], places)
    return results, [journal for _, journal, _ in decided]


def _decide_bundle(
    uow: UnitOfWork,
    bundle: Sequence[PayDebt],
    debts: Mapping[str, Obligation],
    known: AbstractSet[str],
    journal_of: JournalOf,
    status: ObligationStatus,
    closed: Sequence[Period],
) -> tuple[list[Decided], dict[str, Obligation]]:
    """The payments of one bundle and its debts after them; nothing is kept when one is refused."""
    found: list[Decided] = []
    changed: dict[str, Obligation] = {}
    taken: set[str] = set()
    for command in bundle:
        debt = changed.get(command.obligation_id) or debts.get(command.obligation_id)
        if command.external_id in known or command.external_id in taken:
            raise RepaymentKnown
        one = _decide(uow, command, debt, journal_of, status)
        _check_open(command.received_on, closed)
        outcome = one[0]
        assert outcome.obligation is not None
        changed[command.obligation_id] = outcome.obligation
        if command.external_id:
            taken.add(command.external_id)
        found.append(one)
    return found, changed


def _check_open(day: date, closed: Sequence[Period]) -> None:
    # The ledger refuses it too, but there it would take the other rows down with it.
    if any(period.starts_on <= day <= period.ends_on for period in closed):
        raise PeriodClosed


def _decide(
    uow: UnitOfWork,
    command: PayDebt,
    obligation: Obligation | None,
    journal_of: JournalOf,
    status: ObligationStatus,
) -> Decided:
    if obligation is None or obligation.status is not status:
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
    parts = Parts(
        new_id("rep"), allocation.principal_minor, allocation.fee_minor, allocation.excess_minor,
        command.excess is ExcessUse.GIFT,
    )  # fmt: skip
    journal = journal_of(command, obligation, parts)
    repayment = Repayment(
        parts.repayment_id, command.external_id, command.obligation_id, command.serves_id,
        command.amount, parts.principal_minor, parts.fee_minor,
        0 if parts.is_gift else parts.excess_minor, parts.excess_minor if parts.is_gift else 0,
        command.method, command.reference, command.received_on, journal.journal_id, None, None,
        uow.now, uow.actor.user_id, command.metadata, after.debt.outstanding_minor,
    )  # fmt: skip
    opened = excess_places(command.amount.asset, obligation.debtor_id, parts)
    return RepaymentOutcome(repayment, after, None), journal, opened


def _check_excess(command: PayDebt, allocation: Allocation, obligation: Obligation) -> None:
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


def _write(
    uow: UnitOfWork, outcomes: Sequence[RepaymentOutcome], places: Iterable[AccountPlace]
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
    if places:
        ledger.open_accounts(uow, places)


def reversible(uow: UnitOfWork, serves_id: str, repayment_id: str) -> Repayment:
    """A repayment that can still be taken back. Refuses NOT_FOUND, CONFLICT one that cannot."""
    original = store.get_repayment(uow, serves_id, repayment_id)
    if original is None:
        raise RepaymentNotFound
    if original.reverses is not None or store.is_reversed(uow, repayment_id):
        raise RepaymentReversedAlready
    return original


def reverse(
    uow: UnitOfWork,
    serves_id: str,
    repayment_id: str,
    *,
    reason: str,
    beside: Beside | None = None,
) -> RepaymentOutcome:
    """Takes one repayment back by a new fact that names it; a settled debt is open again.

    `beside` gives what else is posted, where the contract's accounts have moved on since.
    Refuses NOT_FOUND, CONFLICT for a second reversal, FUNDS_INSUFFICIENT when the money, or the
    borrower's credit from it, is no longer there.
    """
    original = reversible(uow, serves_id, repayment_id)
    obligation = obligations.get(uow, original.obligation_id, is_locked=True)
    (journal,) = ledger.reversal_of(uow, [original.journal_id], effective_on=uow.today, memo=reason)
    reversal_id = new_id("rep")
    more = [] if beside is None else beside(uow, original, journal)
    ledger.post(uow, [replace(journal, reference=reversal_id), *more])
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
