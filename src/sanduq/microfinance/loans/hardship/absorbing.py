"""Who bears the loss of a debt that is written off, and how it is booked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sanduq.funds.pools import losses
from sanduq.funds.pools import service as pools
from sanduq.funds.spending import service as spending
from sanduq.funds.spending.model import Draw, FundKind, FundSource, SpendingUse
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.ledger.model import Entry, Journal, without_zeros
from sanduq.microfinance.loans.funding import program_of
from sanduq.microfinance.loans.hardship import postings
from sanduq.microfinance.loans.hardship.model import OWN
from sanduq.microfinance.loans.kinds import KINDS
from sanduq.microfinance.loans.model import Loan
from sanduq.obligations.service import Obligation
from sanduq.shariah.facts import DebtorState

KIND = "loan.written_off"
COMMON = "common:"


@dataclass(frozen=True, slots=True)
class Loss:
    """A debt that will not be paid, what is left of it, and the fund asked to bear it."""

    loan: Loan
    obligation: Obligation
    source: FundSource
    state: DebtorState
    reason: str
    principal_minor: int
    fee_minor: int


@dataclass(frozen=True, slots=True)
class Absorbed:
    """How a loss is borne: the journal that clears the claim first, then what stands alone."""

    journals: tuple[Journal, ...]
    spending_id: str | None


def chosen_fund(uow: UnitOfWork, loan: Loan, obligation: Obligation) -> tuple[str, tuple[str, ...]]:
    """The fund that is to bear a loss nobody named one for, and those passed over, with why.

    The first of the program's order of absorption that holds enough; without an order, or where
    none does, whoever's money was lent bears its own loss.
    """
    program = program_of(uow, loan)
    passed_over: list[str] = []
    lost = Money(obligation.debt.outstanding_minor, loan.asset)
    for fund in program.absorption_order if program is not None else ():
        why = _why_not(uow, fund, obligation, lost)
        if why is None:
            return fund, tuple(passed_over)
        passed_over.append(f"{fund}: {why}")
    return obligation.fund, tuple(passed_over)


def _why_not(uow: UnitOfWork, fund: str, obligation: Obligation, lost: Money) -> str | None:
    if fund in (OWN, obligation.fund):
        return None
    if fund.startswith(COMMON):
        return "a common fund pays by a call on the group"
    source = FundSource.read(fund)
    if source.kind is FundKind.CHARITY:
        return "charity never pays the institution's own claims (rule CHR-03)"
    free = Money(spending.free_minor(uow, source, lost.asset), lost.asset)
    return None if free.amount_minor >= lost.amount_minor else f"{free} free, {lost} to bear"


def is_lenders(fund: str, obligation: Obligation) -> bool:
    """Whether the givers whose money was lent bear the loss of it themselves.

    Zakat never does: it is paid to the debtor, and no claim is waived against it (ZKT-04).
    """
    return obligation.pool_id is not None and fund == obligation.fund not in (OWN, "zakat")


def absorbed(uow: UnitOfWork, loss: Loss) -> Absorbed:
    """Takes principal and fee off the books at the cost of the fund named.

    The institution's own loss goes against its allowance; where the claim is a pool's, the
    institution pays the pool. Givers whose own money was lent bear the principal, and the
    institution its fee. Another donor fund pays by its own rules.
    """
    loan, obligation, source = loss.loan, loss.obligation, loss.source
    cleared = KINDS[loan.type].clear(uow, obligation, loss.principal_minor, loss.fee_minor)
    nets = postings.nets_by_fund(cleared)
    paid = postings.paid_in(cleared, loan.asset, obligation.branch_id, obligation.pool_id)
    if source.fund == OWN:
        others: Sequence[Entry] = postings.borne_by_allowance(cleared, loan.asset)
        if set(nets) - {OWN}:
            lost = sum(nets.values())
            others = (*paid, *postings.paid_out(lost, loan.asset, obligation.branch_id))
        return Absorbed((_cleared(uow, loan, (*cleared, *others)),), None)
    if not source.is_corpus and is_lenders(source.fund, obligation):
        return Absorbed((_borne_by_givers(uow, loss, cleared),), None)
    return _paid_by_fund(uow, loss, cleared, paid)


def note_own_loss(
    uow: UnitOfWork, obligation: Obligation, principal_minor: int, journal: Journal, reason: str
) -> None:
    """Tells the pool that lent our own money that so much of it will not come back to it."""
    if obligation.pool_id is None or obligation.fund != OWN or principal_minor == 0:
        return
    losses.lose_own(
        uow, obligation.pool_id, principal_minor,
        journal_id=journal.journal_id, reference=journal.reference or "", reason=reason,
    )  # fmt: skip


def _borne_by_givers(uow: UnitOfWork, loss: Loss, cleared: Sequence[Entry]) -> Journal:
    loan, obligation = loss.loan, loss.obligation
    rest = tuple(entry for entry in cleared if entry.place.fund == OWN)
    entries: list[Entry] = [*rest, *postings.borne_by_allowance(rest, loan.asset)]
    journal = _cleared(uow, loan, entries)
    assert obligation.pool_id is not None
    for claim in cleared:
        if claim.place.fund == OWN or claim.amount_minor == 0:
            continue
        journal = pools.give_up_claim(
            uow, obligation.pool_id, obligation.fund, Money(-claim.amount_minor, loan.asset),
            claim.place, reason=loss.reason, reference=loan.loan_id,
        )  # fmt: skip
        entries += journal.entries
    return replace(journal, kind=KIND, entries=without_zeros(*entries), reference=loan.loan_id)


def _paid_by_fund(
    uow: UnitOfWork, loss: Loss, cleared: Sequence[Entry], paid: Sequence[Entry]
) -> Absorbed:
    loan, journal_id = loss.loan, new_id("jrn")
    lost = Money(sum(postings.nets_by_fund(cleared).values()), loan.asset)
    draw = Draw(
        loss.source, lost, SpendingUse.ABSORB_DEFAULT, loan.loan_id, loan.borrower_id,
        loss.state, journal_id,
    )  # fmt: skip
    (drawn,) = spending.draw(uow, [draw])
    if drawn.stands_alone:
        alone = postings.journal("loan.paid_by_fund", uow.today, drawn.entries, loan.loan_id)
        main = _cleared(uow, loan, (*cleared, *paid))
        return Absorbed((main, replace(alone, journal_id=journal_id)), drawn.spending_id)
    main = _cleared(uow, loan, (*cleared, *paid, *drawn.entries))
    return Absorbed((replace(main, journal_id=journal_id),), drawn.spending_id)


def _cleared(uow: UnitOfWork, loan: Loan, entries: Sequence[Entry]) -> Journal:
    return postings.journal(KIND, uow.today, entries, loan.loan_id)
