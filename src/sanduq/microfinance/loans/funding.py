"""Blended funding: the program a loan is in names its pool and who bears part of its cost."""

from __future__ import annotations

from dataclasses import replace

from sanduq.funds.pools import service as pools
from sanduq.funds.spending import service as spending
from sanduq.funds.spending.model import Draw, FundSource, SpendingUse
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.ledger import service as ledger
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from sanduq.microfinance.loans.model import Application, Loan
from sanduq.microfinance.programs import service as programs
from sanduq.microfinance.programs.model import Program, ProgramAction
from sanduq.obligations.receipts.postings import cash_place
from sanduq.qard.model import CostStudy, direct_cost_per_loan_minor

DIRECT_COST = "5100"


def program_for(uow: UnitOfWork, application: Application) -> Program | None:
    """The program an application names. Refuses NOT_FOUND, CONFLICT one that takes no loans."""
    if application.program_id is None:
        return None
    return programs.require_program(uow, application.program_id, ProgramAction.ENROL)


def program_of(uow: UnitOfWork, loan: Loan) -> Program | None:
    """The program a loan is in, if it is in one."""
    return programs.program_of(uow, [loan.loan_id]).get(loan.loan_id)


def pool_uses(uow: UnitOfWork, program: Program | None) -> frozenset[str]:
    """What the money lent may be used for: the pool's uses, or the institution's own choice."""
    if program is None or program.pool_id is None:
        return frozenset({"qard"})
    return pools.permitted_uses(uow, program.pool_id)


def borne_study(study: CostStudy | None, program: Program | None) -> CostStudy | None:
    """The cost study with what the program's donors pay of each loan counted as subsidy: a cost
    that is paid for is not charged to the borrower again (rules SDQ-03 and QRD-03)."""
    if study is None or program is None:
        return study
    subsidy = subsidy_minor(study, program)
    total = study.subsidy_minor_total + subsidy * study.loan_count
    return replace(study, subsidy_minor_total=total)


def subsidy_minor(study: CostStudy, program: Program) -> int:
    """What donors pay towards serving one loan; never more than it costs."""
    if program.subsidy is None:
        return 0
    cost = direct_cost_per_loan_minor(study)
    if program.subsidy.amount_minor is not None:
        return min(program.subsidy.amount_minor, cost)
    return cost * (program.subsidy.share_bp or 0) // 10_000


def source_of(uow: UnitOfWork, program: Program | None, amount: Money) -> tuple[str, str | None]:
    """The fund and the pool a loan is paid out of. Refuses FUNDS_INSUFFICIENT an empty pool."""
    if program is None or program.pool_id is None:
        return "own", None
    source = pools.choose_source(uow, program.pool_id, amount)
    return source.fund, source.pool_id


def subsidise(uow: UnitOfWork, loan: Loan, study: CostStudy | None, program: Program) -> None:
    """The donors' part of the cost of a loan that is paid out: it lowers our direct cost."""
    minor = 0 if study is None else subsidy_minor(study, program)
    if minor == 0 or program.subsidy is None:
        return
    amount, journal_id = Money(minor, loan.asset), new_id("jrn")
    draw = Draw(
        FundSource.read(program.subsidy.fund), amount, SpendingUse.SUBSIDISE_COST,
        program.program_id, None, None, journal_id, f"cost of serving {loan.loan_id}",
    )  # fmt: skip
    (drawn,) = spending.draw(uow, [draw])
    own = (
        debit(cash_place(loan.asset, loan.branch_id), minor),
        credit(AccountPlace(DIRECT_COST, loan.asset), minor),
    )
    journal = Journal(
        journal_id, "loan.cost_subsidised", uow.today, (*drawn.entries, *own),
        reference=loan.loan_id,
    )  # fmt: skip
    ledger.open_accounts(uow, {entry.place for entry in journal.entries})
    ledger.post(uow, [journal])
