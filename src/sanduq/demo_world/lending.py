"""The groups' loans on the books, month by month: lent from the till, repaid into it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sanduq import demo
from sanduq.demo_world.books import Payment, PlannedLoan, planned_loans
from sanduq.demo_world.world import BRANCHES, World, usd
from sanduq.microfinance.loans import importing
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.loans.import_rows import ImportedBorrower, ImportedLoan
from sanduq.microfinance.loans.repayments import RepayLoan, record_repayments
from sanduq.obligations.receipts.model import CashSource
from sanduq.qard.true_ups import service as true_ups
from sanduq.qard.true_ups.model import NewDirectCost
from sanduq.shariah.model import DirectCategory

Month = tuple[int, int]


def month_of(day: date) -> Month:
    """Year and month of a day."""
    return day.year, day.month


@dataclass(slots=True)
class Lending:
    """What is lent and what is paid in each month."""

    lent: dict[Month, list[PlannedLoan]] = field(default_factory=dict)
    paid: dict[Month, list[tuple[Payment, str]]] = field(default_factory=dict)


def plan_lending(world: World) -> Lending:
    """The loans of all groups, sorted into months."""
    plan = Lending()
    for village in world.villages:
        for loan in planned_loans(world.teller.dice, village):
            plan.lent.setdefault(month_of(loan.disbursed_on), []).append(loan)
            for payment in loan.payments:
                entry = (payment, loan.external_id)
                plan.paid.setdefault(month_of(payment.on), []).append(entry)
    return plan


def tell_month(world: World, plan: Lending, month: Month) -> None:
    """Enters what the branches lent and received in a month that is over."""
    fresh = sorted(plan.lent.get(month, []), key=lambda loan: loan.disbursed_on)
    for branch in BRANCHES:
        _lend(world, branch.manager_id, [one for one in fresh if one.village.branch is branch])
    _receive(world, sorted(plan.paid.get(month, []), key=lambda entry: entry[0].on))
    if fresh:
        _spend(world, len(fresh), month)


def _lend(world: World, manager_id: str, fresh: Sequence[PlannedLoan]) -> None:
    if not fresh:
        return
    rows = [_row(number, loan) for number, loan in enumerate(fresh, start=1)]
    with world.teller.acting(manager_id) as uow:
        result = importing.import_loans(uow, rows, source=CashSource.CASH)
        assert not result.faults, result.faults[0]
        world.found.update(loans.ids_by_external_id(uow, [row.external_id for row in rows]))


def _row(number: int, loan: PlannedLoan) -> ImportedLoan:
    borrower = ImportedBorrower(loan.member.external_id, loan.member.name, None, None, None, None)
    return ImportedLoan(
        number, loan.external_id, borrower, usd(loan.amount_minor), usd(loan.fee_minor),
        loan.disbursed_on, loan.terms, loan.schedule, loan.purpose, loan.village.group_id,
        loan.village.branch.branch_id, (),
    )  # fmt: skip


def _receive(world: World, paid: Iterable[tuple[Payment, str]]) -> None:
    commands = [
        RepayLoan(world.found[external_id], usd(payment.minor), received_on=payment.on)
        for payment, external_id in paid
    ]
    with world.teller.acting(demo.MAKER) as uow:
        record_repayments(uow, commands, is_all_or_nothing=True)


COSTS: Mapping[DirectCategory, tuple[int, str]] = {
    DirectCategory.STAMP_DUTY: (4_00, "stamps of the agreements"),
    DirectCategory.DOCUMENTATION: (2_50, "printing and courier"),
    DirectCategory.TRANSFER_CHARGE: (2_10, "charges for payouts"),
}
"""Direct cost of serving one loan in cents, by category."""


def _spend(world: World, count: int, month: Month) -> None:
    """What serving the month's loans cost, on receipts: the most that fees may recover."""
    with world.teller.acting(demo.FINANCE) as uow:
        for category, (minor, receipt) in COSTS.items():
            cost = NewDirectCost(
                usd(minor * count), category, f"{receipt}, {month[0]}-{month[1]:02}", uow.today,
                BRANCHES[0].branch_id,
            )  # fmt: skip
            true_ups.record_cost(uow, cost)
