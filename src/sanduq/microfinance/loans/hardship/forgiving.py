"""What ends a claim by another than its debtor: forgiveness, a donor's payment, a recovery."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from sanduq.access import service as access
from sanduq.funds.pools import service as pools
from sanduq.funds.spending import service as spending
from sanduq.funds.spending.model import Draw, FundSource, GiveBack, SpendingUse
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.ledger import service as ledger
from sanduq.ledger.model import AccountPlace, Entry, Journal, credit
from sanduq.microfinance.loans import repayments
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.loans import store as loan_store
from sanduq.microfinance.loans.hardship import events, postings, store
from sanduq.microfinance.loans.hardship.absorbing import note_own_loss
from sanduq.microfinance.loans.hardship.errors import MoreThanClaimed
from sanduq.microfinance.loans.hardship.facts import Action
from sanduq.microfinance.loans.hardship.model import OWN, Forgiveness, WriteOff, divided
from sanduq.microfinance.loans.hardship.schemas import forgiveness_out
from sanduq.microfinance.loans.hardship.service import debt_of, keep_rules, state_of, tell
from sanduq.microfinance.loans.hardship.write_offs import get as get_write_off
from sanduq.microfinance.loans.kinds import KINDS
from sanduq.microfinance.loans.model import Loan, LoanAction, LoanStatus, LoanType
from sanduq.microfinance.loans.repayments import RepayLoan, RepaymentResult
from sanduq.microfinance.loans.schemas import loan_out, repayment_out
from sanduq.obligations import service as obligations
from sanduq.obligations.model import ObligationStatus
from sanduq.obligations.receipts import service as receipts
from sanduq.obligations.receipts.model import Parts, PayDebt, Repayment
from sanduq.obligations.receipts.postings import money_in, receipt
from sanduq.obligations.service import Obligation
from sanduq.qard import service as qard
from sanduq.shariah.facts import DebtMeasure

FORGIVE = "loan.forgive"

GuaranteesOf = Callable[[UnitOfWork, str], int]
"""How many guarantees still stand for a loan, once those that fall with it were released."""

_release: list[GuaranteesOf] = []


def on_forgiven(release: GuaranteesOf) -> None:
    """Names who frees the guarantors of a loan forgiven whole (rule DEF-16), at assembly."""
    if release not in _release:
        _release.append(release)


@dataclass(frozen=True, slots=True)
class Forgiving:
    """A claim given up. `amount` None: all that is left. `authority`: whose word it is."""

    authority: str
    reason: str
    amount: Money | None = None


def forgive(
    uow: UnitOfWork, loan_id: str, asked: Forgiving, *, etag: str | None = None
) -> Forgiveness:
    """The owner of the money gives up the claim, in whole or in part; guarantors go free.

    The loss is an expense of the institution; where the claim is a pool's, it makes the pool
    whole, for the money of givers is not its to give. After a write-off nothing is posted: the
    loss was borne then. Refuses CONFLICT by state, FORBIDDEN
    or LIMIT_EXCEEDED, VALIDATION_ERROR more than is claimed, SHARIAH_VIOLATION without the
    owner's word (rule DEF-15) or while guarantees stand (DEF-16).
    """
    loan = loans.locked(uow, loan_id, LoanAction.FORGIVE, etag)
    obligation = debt_of(uow, loan)
    debt = obligation.debt
    amount = asked.amount or Money(debt.outstanding_minor, loan.asset)
    if not 0 < amount.amount_minor <= debt.outstanding_minor:
        owed = Money(debt.outstanding_minor, loan.asset)
        raise MoreThanClaimed.field("amount", "exceeds_claim", f"{owed} is claimed, no more")
    access.require_authority(uow, FORGIVE, amount)
    is_whole = amount.amount_minor == debt.outstanding_minor
    keep_rules(
        uow, loan, Action.FORGIVE,
        measures=(DebtMeasure.FORGIVE,), authority=asked.authority, is_forgiven_whole=is_whole,
        guarantees_live_count=sum(free(uow, loan_id) for free in _release) if is_whole else 0,
    )  # fmt: skip
    principal, fee = divided(
        amount.amount_minor, debt.principal_outstanding_minor, debt.fee_outstanding_minor
    )
    journal = None
    if loan.status is not LoanStatus.WRITTEN_OFF:
        journal = _forgiven(uow, loan, obligation, principal, fee)
        note_own_loss(uow, obligation, principal, journal, asked.reason)
    obligations.reduce(uow, obligation, principal_minor=principal, fee_minor=fee, reason="forgiven")
    made = Forgiveness(
        new_id("fgv"), loan_id, loan.asset, _claimant(uow, loan, obligation), principal, fee,
        asked.authority,
        asked.reason, uow.today, journal.journal_id if journal else None, uow.now,
        uow.actor.user_id,
    )  # fmt: skip
    store.insert_forgiveness(uow, made)
    if is_whole:
        _end(uow, loan, "forgiveness")
    tell(uow, loan_id, "loan.forgiven", asked.reason, events.FORGIVEN, forgiveness_out(made))
    if journal is not None:
        ledger.open_accounts(uow, {entry.place for entry in journal.entries})
        ledger.post(uow, [journal])
    return made


def _claimant(uow: UnitOfWork, loan: Loan, obligation: Obligation) -> str:
    """Whose claim is given up: after a write-off it is the fund's that bore the loss."""
    borne = store.write_off_of(uow, loan.loan_id)
    if loan.status is LoanStatus.WRITTEN_OFF and borne is not None:
        return borne.fund
    return obligation.fund


def _forgiven(
    uow: UnitOfWork, loan: Loan, obligation: Obligation, principal_minor: int, fee_minor: int
) -> Journal:
    cleared = KINDS[loan.type].clear(uow, obligation, principal_minor, fee_minor)
    nets = postings.nets_by_fund(cleared)
    entries: list[Entry] = [*cleared]
    own = tuple(entry for entry in cleared if entry.place.fund == OWN)
    entries += postings.borne_by_allowance(own, loan.asset, postings.IMPAIRMENT)
    if set(nets) - {OWN}:
        # A pool's money is not the institution's to give: the institution makes the pool whole.
        foreign = tuple(entry for entry in cleared if entry.place.fund != OWN)
        entries += postings.paid_in(foreign, loan.asset, obligation.branch_id, obligation.pool_id)
        lost = sum(minor for fund, minor in nets.items() if fund != OWN)
        entries += postings.paid_out(lost, loan.asset, obligation.branch_id, postings.IMPAIRMENT)
    return postings.journal("loan.forgiven", uow.today, entries, loan.loan_id)


def _end(uow: UnitOfWork, loan: Loan, settled_by: str) -> None:
    is_written_off = loan.status is LoanStatus.WRITTEN_OFF
    status = LoanStatus.WRITTEN_OFF if is_written_off else LoanStatus.COMPLETED
    loan_store.mark(uow, loan.loan_id, status, settled_by=settled_by, is_closed=True)
    if loan.type is LoanType.QARD_HASAN and not is_written_off:
        qard.settle(uow, [loan.contract_id])


@dataclass(frozen=True, slots=True)
class ThirdPartyPayment:
    """A debt paid by a donor fund. `amount` None: all that is left."""

    source: FundSource
    note: str
    amount: Money | None = None


def settle_by_fund(uow: UnitOfWork, loan_id: str, asked: ThirdPartyPayment) -> RepaymentResult:
    """A donor fund pays a borrower's debt, in whole or in part, and is named as the payer.

    Refuses CONFLICT by state, FORBIDDEN without `loan.forgive`, SHARIAH_VIOLATION by the rules of
    the fund (SDQ-01, SDQ-04, WQF-03, ZKT-06, CHR-03), FUNDS_INSUFFICIENT.
    """
    loan = loans.locked(uow, loan_id, LoanAction.SETTLE, None)
    if asked.source.fund == OWN:
        raise ValidationFailed.field(
            "fund", "not_a_donor", "what the institution gives up of its own is forgiveness"
        )
    obligation = obligations.get(uow, loan.contract_id)
    amount = asked.amount or Money(obligation.debt.outstanding_minor, loan.asset)
    access.require_authority(uow, FORGIVE, amount)
    journal_id = new_id("jrn")
    draw = Draw(
        asked.source, amount, SpendingUse.THIRD_PARTY_PAYMENT, loan_id, loan.borrower_id,
        state_of(uow, loan), journal_id, asked.note,
    )  # fmt: skip
    (drawn,) = spending.draw(uow, [draw])
    paid = replace(
        postings.journal("loan.paid_by_fund", uow.today, drawn.entries, loan_id),
        journal_id=journal_id,
    )
    ledger.open_accounts(uow, {entry.place for entry in paid.entries})
    ledger.post(uow, [paid])
    result = repayments.record_repayment(
        uow,
        RepayLoan(loan_id, amount, method="third_party", reference=asked.source.fund),
    )
    if result.status is LoanStatus.COMPLETED:
        fund = asked.source.fund
        loan_store.mark(uow, loan_id, LoanStatus.COMPLETED, settled_by=fund, is_closed=True)
        changed = loans.get(uow, loan_id)
        tell(uow, loan_id, "loan.settled", asked.note, events.SETTLED, loan_out(changed))
    return result


def recover(uow: UnitOfWork, loan_id: str, amount: Money, received_on: date | None) -> Repayment:
    """Money received on a debt that was written off: it goes to the fund that bore the loss.

    Refuses CONFLICT by state, VALIDATION_ERROR more than is still claimed, SHARIAH_VIOLATION
    (rule DEF-17), and what a repayment refuses.
    """
    loan = loans.locked(uow, loan_id, LoanAction.RECOVER, None)
    write_off = get_write_off(uow, loan_id)

    def journal_of(command: PayDebt, obligation: Obligation, parts: Parts) -> Journal:
        return _recovered(uow, write_off, command, obligation, parts)

    command = PayDebt(
        loan.contract_id, loan_id, amount, received_on or uow.today, method="recovery"
    )
    (outcome,) = receipts.record(uow, [command], journal_of, status=ObligationStatus.WRITTEN_OFF)
    if outcome.refusal is not None:
        raise outcome.refusal
    assert outcome.repayment is not None
    assert outcome.obligation is not None
    if outcome.obligation.status is ObligationStatus.SETTLED:
        _end(uow, loan, "recovery")
    tell(uow, loan_id, "loan.recovered", None, events.RECOVERED, repayment_out(outcome.repayment))
    return outcome.repayment


def _recovered(
    uow: UnitOfWork, write_off: WriteOff, command: PayDebt, obligation: Obligation, parts: Parts
) -> Journal:
    source = FundSource.read(write_off.fund)
    if source.fund == OWN:
        entries = money_in(
            command, branch_id=obligation.branch_id, debtor_id=obligation.debtor_id, fund=OWN,
            pool_id=None, parts=parts,
        )  # fmt: skip
        gained = _gained(parts.principal_minor + parts.fee_minor, command)
        _open(uow, [*entries, *gained])
        return receipt("loan.recovered", command, parts, *entries, *gained)
    if write_off.spending_id is None:
        return _returned_to_givers(uow, command, obligation, parts)
    journal_id = new_id("jrn")
    back = GiveBack(source, command.amount, write_off.loan_id, obligation.debtor_id, journal_id)
    (returned,) = spending.give_back(uow, [back])
    ledger.open_accounts(uow, returned.places)
    return replace(
        receipt("loan.recovered", command, parts, *returned.entries), journal_id=journal_id
    )


def _returned_to_givers(
    uow: UnitOfWork, command: PayDebt, obligation: Obligation, parts: Parts
) -> Journal:
    """The principal is again what the givers lend, in the pool it came from; the fee was ours."""
    assert obligation.pool_id is not None
    asset, journal_id = command.amount.asset, new_id("jrn")
    entries = list(
        money_in(
            command, branch_id=obligation.branch_id, debtor_id=obligation.debtor_id,
            fund=obligation.fund, pool_id=obligation.pool_id, parts=parts,
        )
    )  # fmt: skip
    if parts.principal_minor:
        entries += pools.take_back_claim(
            uow, obligation.pool_id, obligation.fund, Money(parts.principal_minor, asset),
            journal_id=journal_id, reference=command.serves_id,
        )  # fmt: skip
    entries += _gained(parts.fee_minor, command)
    _open(uow, entries)
    return replace(receipt("loan.recovered", command, parts, *entries), journal_id=journal_id)


def _gained(minor: int, command: PayDebt) -> list[Entry]:
    return [credit(AccountPlace(postings.RECOVERIES, command.amount.asset), minor)]


def _open(uow: UnitOfWork, entries: Iterable[Entry]) -> None:
    ledger.open_accounts(uow, {entry.place for entry in entries if entry.amount_minor})
