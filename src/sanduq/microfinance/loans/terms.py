"""The course of a loan: its schedule as covered, its statement, its settlement quote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from sanduq.kit.clock import local_date
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.microfinance.loans.errors import NoSchedule
from sanduq.microfinance.loans.kinds import KINDS
from sanduq.microfinance.loans.model import Loan, LoanAction, LoanType
from sanduq.microfinance.loans.owing import RebateOffer
from sanduq.microfinance.loans.service import get, locked, planned
from sanduq.obligations import service as obligations
from sanduq.obligations.model import (
    Debt,
    InstalmentState,
    SettlementQuote,
    settled_by_schedule,
    settlement_quote,
)
from sanduq.obligations.receipts import service as receipts
from sanduq.obligations.schedule import Schedule

Move = tuple[date, str, str | None, int, int]
"""Day, kind, reference, owed anew, paid or fallen away."""

# Schedule versions of this reason follow the rents, which a statement lists one by one.
_TOLD_BY_RENTS = "ijarah."


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a loan's schedule with the state of each line today."""

    loan: Loan
    schedule: Schedule
    states: list[InstalmentState]
    reason: str | None


def schedule_of(uow: UnitOfWork, loan_id: str) -> Version:
    """The schedule in force, or the plan of a qard not paid out yet.

    Refuses NOT_FOUND, CONFLICT a trade contract that has not come to a debt in money.
    """
    loan = get(uow, loan_id)
    obligation = obligations.load(uow, [loan.contract_id]).get(loan.contract_id)
    if obligation is None and loan.type is not LoanType.QARD_HASAN:
        raise NoSchedule
    if obligation is None:
        schedule = planned(uow, loan).schedule
        debt = Debt(loan.contract_id, loan.asset, schedule)
        return Version(loan, schedule, settled_by_schedule(debt, uow.today), "planned")
    states = settled_by_schedule(obligation.debt, uow.today)
    reason = obligations.schedules_of(uow, loan.contract_id)[-1].reason
    return Version(loan, obligation.debt.schedule, states, reason)


def quote(uow: UnitOfWork, loan_id: str, on: date | None) -> tuple[Loan, SettlementQuote]:
    """What settles the loan on a day, at no charge (rule QRD-16). Refuses CONFLICT by state."""
    loan = locked(uow, loan_id, LoanAction.QUOTE, None)
    day = on or uow.today
    if day < uow.today:
        raise ValidationFailed.field("on", "in_the_past", f"on must be {uow.today} or later")
    obligation = obligations.get(uow, loan.contract_id)
    return loan, settlement_quote(obligation.debt, day)


def rebate_offer(uow: UnitOfWork, loan: Loan, on: date) -> RebateOffer | None:
    """What comes off by settling the loan on a day; None where its kind gives nothing up."""
    offered = KINDS[loan.type].rebate_offer
    return None if offered is None else offered(uow, loan, on)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What was owed anew or paid, and what was left."""

    on: date
    kind: str
    reference: str | None
    owed_minor: int
    paid_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class Statement:
    loan: Loan
    opening_minor: int
    closing_minor: int
    lines: list[StatementLine]


def statement(uow: UnitOfWork, loan_id: str, from_on: date | None, to_on: date | None) -> Statement:
    """What came to be owed and payments in order of their dates: of a qard the sum lent and its
    fee, of a sale cost and profit, of a lease each rent on the day it falls due (below nothing
    while rent is paid ahead). Refuses NOT_FOUND."""
    loan = get(uow, loan_id)
    moves = _moves(uow, loan)
    lines: list[StatementLine] = []
    balance = opening = 0
    for on, kind, reference, owed, paid in moves:
        balance += owed - paid
        if from_on is not None and on < from_on:
            opening = balance
        elif to_on is None or on <= to_on:
            lines.append(StatementLine(on, kind, reference, owed, paid, balance))
    closing = lines[-1].balance_minor if lines else opening
    return Statement(loan, opening, closing, lines)


def _opening(uow: UnitOfWork, loan: Loan, started: date, first: Schedule) -> list[Move]:
    """How the debt came about: as its kind tells it, or as one sum and its fee."""
    told = KINDS[loan.type].owing
    if told is not None:
        return [
            (line.on, line.kind, line.reference, line.owed_minor, line.lowered_minor)
            for line in told(uow, loan, started)
        ]
    opened = "disbursement" if loan.type is LoanType.QARD_HASAN else "contract"
    moves: list[Move] = [(started, opened, loan.loan_id, first.principal_total_minor, 0)]
    if first.fee_total_minor:
        moves.append((started, "service_fee", loan.loan_id, first.fee_total_minor, 0))
    return moves


def _moves(uow: UnitOfWork, loan: Loan) -> list[Move]:
    obligation = obligations.load(uow, [loan.contract_id]).get(loan.contract_id)
    if obligation is None:
        return []
    versions = [
        (version.schedule, version.reason, local_date(version.agreed_at, uow.time_zone))
        for version in obligations.schedules_of(uow, loan.contract_id)
    ]
    first, started = versions[0][0], obligation.started_on
    moves = _opening(uow, loan, started, first)
    for (before, _, _), (after, reason, on) in pairwise(versions):
        if (reason or "").startswith(_TOLD_BY_RENTS):
            continue
        if after.total_minor < before.total_minor:
            moves.append((on, "reduction", reason, 0, before.total_minor - after.total_minor))
    for item in receipts.repayments_of(uow, loan.loan_id):
        kind = "reversal" if item.reverses else "repayment"
        moves.append(
            (item.received_on, kind, item.repayment_id, 0, item.principal_minor + item.fee_minor)
        )
    return sorted(moves, key=lambda move: move[0])
