"""Repayments of microfinance loans: many in one call, one refused row never spoiling another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as events
from sanduq.events.service import Event
from sanduq.funds.zakat import service as zakat
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import Refusal
from sanduq.kit.money import Money
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.microfinance.loans import events as names
from sanduq.microfinance.loans import store
from sanduq.microfinance.loans.errors import BatchRefused, LoanNotFound, LoanStateRefuses
from sanduq.microfinance.loans.kinds import KINDS, going_on, journals_of
from sanduq.microfinance.loans.model import (
    Loan,
    LoanAction,
    LoanStatus,
    LoanType,
    is_allowed,
    status_after_payment,
    status_after_reversal,
)
from sanduq.microfinance.loans.schemas import loan_out, repayment_out
from sanduq.microfinance.loans.service import get, locked
from sanduq.microfinance.loans.store import StatusChange
from sanduq.obligations.model import ObligationStatus
from sanduq.obligations.receipts import service as receipts
from sanduq.obligations.receipts.model import CashSource, ExcessUse, PayDebt, Repayment
from sanduq.obligations.receipts.service import RepaymentOutcome
from sanduq.qard import service as qard
from sanduq.shariah.errors import ShariahViolation

REVERSE = "repayment.reverse"


@dataclass(frozen=True, slots=True)
class RepayLoan:
    """One payment on one loan. Without `received_on` it was received today."""

    loan_id: str
    amount: Money
    received_on: date | None = None
    method: str = "cash"
    reference: str | None = None
    external_id: str | None = None
    excess: ExcessUse = ExcessUse.REFUSE
    is_statement_given: bool = False
    source: CashSource = CashSource.CASH
    metadata: Mapping[str, str] = field(default_factory=dict)
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class RepaymentResult:
    """What became of one command."""

    repayment: Repayment | None
    status: LoanStatus | None
    refusal: Refusal | None


def record_repayments(
    uow: UnitOfWork, commands: Sequence[RepayLoan], *, is_all_or_nothing: bool = False
) -> list[RepaymentResult]:
    """Records payments in the order given; one result per command.

    Refuses per command NOT_FOUND, CONFLICT (the loan's state; a known external id),
    VALIDATION_ERROR (currency, date, more than owed), SHARIAH_VIOLATION a payment on the heels of
    zakat the borrower was given (ZKT-05). With `is_all_or_nothing` one refusal
    refuses the whole batch (BATCH_REFUSED) and nothing is recorded.
    """
    results, journals = record_unposted(uow, [[command] for command in commands])
    found = [
        RepaymentResult(None, None, result) if isinstance(result, Refusal) else result[0]
        for result in results
    ]
    if is_all_or_nothing:
        refused = [(i, r.refusal) for i, r in enumerate(found) if r.refusal is not None]
        if refused:
            raise BatchRefused.of(refused)
    if journals:
        ledger.post(uow, journals)
    return found


def record_unposted(
    uow: UnitOfWork, bundles: Sequence[Sequence[RepayLoan]]
) -> tuple[list[Refusal | list[RepaymentResult]], list[Journal]]:
    """Records bundles of payments, each of which stands or falls together; one result for each.

    The caller posts the journals, with what else belongs to the same event, in one call. Refuses
    per bundle as `record_repayments` does per command.
    """
    loans = store.load_locked(uow, sorted({one.loan_id for bundle in bundles for one in bundle}))
    results: list[Refusal | list[RepaymentResult]] = [[] for _ in bundles]
    payments: list[tuple[int, list[PayDebt]]] = []
    too_soon = _paid_from_zakat(uow, [one for bundle in bundles for one in bundle], loans)
    for index, bundle in enumerate(bundles):
        refusals = [_refusal(command, loans.get(command.loan_id), too_soon) for command in bundle]
        refusal = next((one for one in refusals if one is not None), None)
        if refusal is not None:
            results[index] = refusal
        elif bundle:
            asked = [_command(uow, command, loans[command.loan_id]) for command in bundle]
            payments.append((index, asked))
    outcomes, journals = receipts.record_unposted(
        uow, [asked for _, asked in payments], journals_of(uow, loans.values())
    )
    running = going_on(uow, loans.values())
    statuses = {loan_id: loan.status for loan_id, loan in loans.items()}
    for (index, _), outcome in zip(payments, outcomes, strict=True):
        results[index] = (
            outcome
            if isinstance(outcome, Refusal)
            else [
                _result(command, one, statuses, running)
                for command, one in zip(bundles[index], outcome, strict=True)
            ]
        )
    recorded = [
        pair
        for bundle, result in zip(bundles, results, strict=True)
        if not isinstance(result, Refusal)
        for pair in zip(bundle, result, strict=True)
    ]
    _write(uow, recorded, loans, statuses)
    return results, journals


def record_repayment(uow: UnitOfWork, command: RepayLoan) -> RepaymentResult:
    """Records one payment, or raises its refusal."""
    (result,) = record_repayments(uow, [command])
    if result.refusal is not None:
        raise result.refusal
    return result


def _refusal(
    command: RepayLoan, loan: Loan | None, too_soon: Mapping[tuple[str, date | None], Refusal]
) -> Refusal | None:
    if loan is None:
        return LoanNotFound(f"there is no loan {command.loan_id}")
    if not is_allowed(LoanAction.REPAY, loan.status):
        return LoanStateRefuses.of(loan.loan_id, loan.status, LoanAction.REPAY)
    return too_soon.get((loan.borrower_id, command.received_on))


def _paid_from_zakat(
    uow: UnitOfWork, commands: Sequence[RepayLoan], loans: Mapping[str, Loan]
) -> dict[tuple[str, date | None], Refusal]:
    """Borrowers who would pay on the heels of zakat they were given (ZKT-05), by the day asked."""
    payers = list(
        {
            (loan.borrower_id, command.received_on): loan.asset
            for command in commands
            if (loan := loans.get(command.loan_id)) is not None
        }.items()
    )
    found = zakat.repayment_findings(
        uow, [(payer, asset, day or uow.today) for (payer, day), asset in payers]
    )
    return {
        key: ShariahViolation(
            findings[0].message, details=[finding.as_details() for finding in findings]
        )
        for (key, _), findings in zip(payers, found, strict=True)
        if findings
    }


def _command(uow: UnitOfWork, command: RepayLoan, loan: Loan) -> PayDebt:
    return PayDebt(
        obligation_id=loan.contract_id,
        serves_id=loan.loan_id,
        amount=command.amount,
        received_on=command.received_on or uow.today,
        method=command.method,
        reference=command.reference,
        external_id=command.external_id,
        excess=command.excess,
        is_statement_given=command.is_statement_given,
        source=command.source,
        metadata=command.metadata,
        request_id=command.request_id,
    )


def _result(
    command: RepayLoan,
    outcome: RepaymentOutcome,
    statuses: dict[str, LoanStatus],
    running: frozenset[str],
) -> RepaymentResult:
    assert outcome.obligation is not None
    # A lease whose rents are all paid goes on until the asset is back or has passed.
    is_over = outcome.obligation.debt.obligation_id not in running
    is_settled = outcome.obligation.status is ObligationStatus.SETTLED
    status = status_after_payment(is_settled=is_settled and is_over)
    statuses[command.loan_id] = status
    return RepaymentResult(outcome.repayment, status, None)


def _write(
    uow: UnitOfWork,
    recorded: Sequence[tuple[RepayLoan, RepaymentResult]],
    loans: Mapping[str, Loan],
    statuses: Mapping[str, LoanStatus],
) -> None:
    repayments = [result.repayment for _, result in recorded if result.repayment is not None]
    if not repayments:
        return
    changes = [
        StatusChange(loan_id, status, uow.now if status is LoanStatus.COMPLETED else None)
        for loan_id, status in sorted(statuses.items())
        if status is not loans[loan_id].status
    ]
    if changes:
        store.set_statuses(uow, changes)
    news = [
        Event(names.REPAYMENT_RECEIVED, item.serves_id, repayment_out(item)) for item in repayments
    ]
    completed = [c.loan_id for c in changes if c.status is LoanStatus.COMPLETED]
    qard.settle(
        uow,
        [loans[each].contract_id for each in completed if loans[each].type is LoanType.QARD_HASAN],
    )
    if completed:
        news += [
            Event(names.COMPLETED, loan_id, loan_out(loan))
            for loan_id, loan in sorted(store.load(uow, completed).items())
        ]
    events.record(uow, news)
    audit.record(
        uow,
        [
            Deed(
                "repayment.recorded",
                command.loan_id,
                None,
                {"repayment_id": result.repayment.repayment_id},
                command.request_id,
            )
            for command, result in recorded
            if result.repayment is not None
        ],
    )


def reverse(
    uow: UnitOfWork, loan_id: str, repayment_id: str, *, reason: str, etag: str | None = None
) -> Repayment:
    """Takes a repayment back by a new fact that names it; a completed loan is open again.

    Refuses NOT_FOUND, CONFLICT (state, reversed already), FORBIDDEN or LIMIT_EXCEEDED (the
    role), FUNDS_INSUFFICIENT (the cash is no longer there).
    """
    loan = locked(uow, loan_id, LoanAction.REVERSE, etag)
    # Who may decide it is told before whether the money is still there.
    access.require_authority(uow, REVERSE, receipts.reversible(uow, loan_id, repayment_id).amount)
    outcome = receipts.reverse(
        uow, loan_id, repayment_id, reason=reason, beside=KINDS[loan.type].taken_back
    )
    assert outcome.repayment is not None
    assert outcome.obligation is not None
    status = status_after_reversal(loan.status, has_payments=outcome.obligation.debt.paid_minor > 0)
    store.set_statuses(uow, [StatusChange(loan_id, status, None)])
    if loan.type is LoanType.QARD_HASAN and loan.status is LoanStatus.COMPLETED:
        qard.reopen(uow, loan.contract_id)
    audit.record(uow, [Deed("repayment.reversed", loan_id, reason, {"repayment_id": repayment_id})])
    events.record(uow, [Event(names.REPAYMENT_REVERSED, loan_id, repayment_out(outcome.repayment))])
    return outcome.repayment


def list_repayments(
    uow: UnitOfWork,
    loan_id: str,
    *,
    limit: int | None = None,
    after: str | None = None,
    offset: int = 0,
) -> list[Repayment]:
    """Repayments and reversals of a loan in the order recorded. Refuses NOT_FOUND."""
    get(uow, loan_id)
    return receipts.repayments_of(uow, loan_id, limit=limit, after=after, offset=offset)


def count(uow: UnitOfWork, loan_id: str) -> int:
    """How many repayments and reversals a loan has."""
    return receipts.repayment_count(uow, loan_id)
