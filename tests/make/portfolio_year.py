"""A random year of lending on real books, by the same services as always: loans, payments, also
late entered ones, reversals, reschedules, write-offs and forgiveness; and the same year read back
as plain Python histories."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sanduq import demo
from sanduq.access import service as access
from sanduq.kit.clock import FixedClock
from sanduq.kit.db import Database, UnitOfWork
from sanduq.kit.errors import LimitExceeded
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset, Money, asset_from_text, currency
from sanduq.ledger import service as ledger
from sanduq.ledger.capital import add_capital
from sanduq.ledger.model import AccountPlace, Journal, credit, debit, without_zeros
from sanduq.microfinance.loans import repayments, rescheduling, service
from sanduq.microfinance.loans import store as loan_store
from sanduq.microfinance.loans.model import LoanStatus
from sanduq.microfinance.loans.repayments import RepayLoan
from sanduq.obligations import service as obligations
from sanduq.obligations.receipts.model import ExcessUse
from sanduq.obligations.schedule import Frequency
from sanduq.qard import service as qard
from tests.make.institution import a_borrower
from tests.make.loans import asked
from tests.make.portfolio_book import Debt, Paid, Version

FIRST = date(2024, 1, 16)
LAST = date(2025, 1, 31)
BRANCHES = ("brn_main", "brn_hill")
ASSETS = (currency("USD"), currency("MYR"))


@dataclass(slots=True)
class Year:
    """What was made, and the dice it is made with."""

    db: Database
    dice: random.Random
    time_zone: str
    loan_ids: list[str] = field(default_factory=list)
    taken: dict[str, list[str]] = field(default_factory=dict)

    def work(self, day: date, user_id: str = demo.MAKER) -> _On:
        return _On(self.db, self.at(day, 3), user_id)

    def at(self, day: date, hour: int) -> datetime:
        """An hour of a day where the institution lives."""
        return datetime.combine(day, time(hour), ZoneInfo(self.time_zone)).astimezone(UTC)


class _On:
    """A unit of work at an instant."""

    def __init__(self, db: Database, instant: datetime, user_id: str) -> None:
        self._inner = access.work_as(db, demo.INSTITUTION, user_id, "req_year")
        self._instant = instant

    def __enter__(self) -> UnitOfWork:
        uow = self._inner.__enter__()
        uow.clock = FixedClock(self._instant)
        return uow

    def __exit__(self, *raised: Any) -> Any:
        return self._inner.__exit__(*raised)


def a_year(db: Database, seed: int, *, time_zone: str = "UTC", loans: int = 36) -> Year:
    """Makes the year and leaves the institution's clock at its last day.

    Everything happens at three in the morning: east of Greenwich the day before, by UTC.
    """
    year = Year(db, random.Random(seed), time_zone)
    borrowers = _people(year)
    starts = sorted(year.dice.randrange(0, 260) for _ in range(loans))
    day = FIRST
    while day <= LAST:
        while starts and day == FIRST + timedelta(days=starts[0]):
            starts.pop(0)
            _lend(year, day, borrowers)
        _live(year, day)
        day += timedelta(days=1)
    with access.work_as(db, demo.INSTITUTION, demo.MAKER, "req_year") as uow:
        access.move_clock(uow, year.at(LAST, 22))
    return year


def _people(year: Year) -> list[str]:
    with year.work(FIRST) as uow:
        access.create_branch(uow, name="Hill branch", branch_id="brn_hill")
        for asset in ASSETS:
            add_capital(uow, Money(100_000_00, asset), "brn_hill")
        return [
            a_borrower(uow, f"cpty_year_{number:02}", branch_id=BRANCHES[number % 2])
            for number in range(14)
        ]


def _lend(year: Year, day: date, borrowers: list[str]) -> None:
    dice, asset = year.dice, year.dice.choice((ASSETS[0], ASSETS[0], ASSETS[1]))
    principal = dice.randint(100_00, 2_900_00)
    fee = dice.choice((0, dice.randint(1, 41_00))) if day < date(2024, 11, 1) else 0
    application = replace(
        asked(
            borrower_id=dice.choice(borrowers),
            instalments=dice.randint(1, 12),
            frequency=dice.choice(list(Frequency)),
            grace_months=dice.choice((0, 0, 1)),
        ),
        amount=Money(principal, asset),
        service_fee=Money(fee, asset),
        officer_id=dice.choice((demo.MAKER, demo.CHECKER)),
    )
    try:
        with year.work(day) as uow:
            loan_id = service.create(uow, application).loan_id
    except LimitExceeded:  # what the borrower's papers let him owe
        return
    with year.work(day, demo.CHECKER) as uow:
        service.approve(uow, loan_id)
    with year.work(day) as uow:
        service.disburse(uow, loan_id, is_disclosure_acknowledged=True)
    year.loan_ids.append(loan_id)


def _live(year: Year, day: date) -> None:
    """What happens to each loan on a day; most days nothing does."""
    for loan_id in year.loan_ids:
        chance = year.dice.random()
        if chance < 0.05:
            _pay(year, day, loan_id)
        elif chance < 0.058:
            _take_back(year, day, loan_id)
        elif chance < 0.066:
            _reschedule(year, day, loan_id)
        elif chance < 0.068:
            _give_up(year, day, loan_id)


def _pay(year: Year, day: date, loan_id: str) -> None:
    dice = year.dice
    with year.work(day) as uow:
        found = service.get(uow, loan_id)
        if found.status not in (LoanStatus.DISBURSED, LoanStatus.REPAYING):
            return
        assert found.balance is not None
        owed = found.balance.outstanding_minor
        share = dice.choice((*(found.instalment_minor,) * 6, owed // 3 + 1, owed))
        amount = min(owed, share) + dice.choice((0, 0, 0, 700)) * (share >= owed)
        started = obligations.get(uow, found.contract_id).started_on
        received = max(started, day - timedelta(days=dice.choice((0, 0, 0, 0, 3, 25))))
        command = RepayLoan(
            loan_id,
            Money(amount, found.asset),
            received_on=received,
            excess=ExcessUse.CREDIT if amount > owed else ExcessUse.REFUSE,
        )
        made = repayments.record_repayment(uow, command)
        year.taken.setdefault(loan_id, []).append(made.repayment.repayment_id)


def _take_back(year: Year, day: date, loan_id: str) -> None:
    paid = year.taken.get(loan_id, [])
    if not paid:
        return
    with year.work(day, demo.CHECKER) as uow:
        status = service.get(uow, loan_id).status
        if status in (LoanStatus.REPAYING, LoanStatus.COMPLETED):
            repayment_id = paid.pop(year.dice.randrange(len(paid)))
            repayments.reverse(uow, loan_id, repayment_id, reason="wrong loan")


def _reschedule(year: Year, day: date, loan_id: str) -> None:
    with year.work(day) as uow:
        if service.get(uow, loan_id).status in (LoanStatus.DISBURSED, LoanStatus.REPAYING):
            request = rescheduling.Request(
                "extend", "harvest", instalments=year.dice.randint(2, 12)
            )
            rescheduling.agree_anew(uow, loan_id, request)


def _give_up(year: Year, day: date, loan_id: str) -> None:
    """A write-off, or half of what is owed forgiven, booked as the rule book has them."""
    with year.work(day, demo.CHECKER) as uow:
        found = service.get(uow, loan_id)
        if found.status not in (LoanStatus.DISBURSED, LoanStatus.REPAYING):
            return
        debt = obligations.get(uow, found.contract_id, is_locked=True)
        principal, fee = debt.debt.principal_outstanding_minor, debt.debt.fee_outstanding_minor
        if year.dice.random() < 0.5 or principal < 2:
            obligations.write_off(uow, debt)
            qard.write_off(uow, found.contract_id)
            loan_store.mark(uow, loan_id, LoanStatus.WRITTEN_OFF, is_closed=True)
            _lose(uow, "loan.written_off", "1190", found.asset, found.contract_id, principal, fee)
        else:
            obligations.reduce(uow, debt, principal_minor=principal // 2, reason="forgiven")
            _lose(uow, "loan.forgiven", "5200", found.asset, found.contract_id, principal // 2, 0)


def _lose(
    uow: UnitOfWork, kind: str, code: str, asset: Asset, contract_id: str, principal: int, fee: int
) -> None:
    bearer = AccountPlace(code, asset)
    entries = without_zeros(
        debit(bearer, principal + fee),
        credit(AccountPlace("1100", asset, subject=contract_id), principal),
        credit(AccountPlace("1110", asset, subject=contract_id), fee),
    )
    ledger.open_accounts(uow, [bearer])
    ledger.post(uow, [Journal(new_id("jrn"), kind, uow.today, entries)])


def histories(uow: UnitOfWork) -> dict[str, tuple[Debt, dict[str, Any]]]:
    """Every debt as a plain history with its keys (asset, branch, officer, product, group)."""
    found: dict[str, tuple[Debt, dict[str, Any]]] = {}
    for row in uow.all(
        "select o.obligation_id, o.debtor_id, o.started_on, o.asset, o.branch_id, l.officer_id,"
        " l.product_id, l.group_id, o.written_off_on, l.amount_minor"
        " from obligations.obligation o join microfinance.loan l"
        "  on l.institution_id = o.institution_id and l.contract_id = o.obligation_id"
        " where o.institution_id = %s",
        uow.institution_id,
    ):
        keys = {
            "asset": asset_from_text(row[3]), "branch": row[4], "officer": row[5],
            "product": row[6], "group": row[7], "type": "qard_hasan", "amount": row[9],
        }  # fmt: skip
        found[row[0]] = (Debt(row[0], row[1], row[2], [], written_off_on=row[8]), keys)
    for obligation_id, due_on, principal, fee, agreed_on in uow.all(
        "select obligation_id, due_on, principal_minor, fee_minor,"
        " (created_at at time zone %s)::date from obligations.schedule"
        " where institution_id = %s order by obligation_id, version",
        uow.time_zone,
        uow.institution_id,
    ):
        versions = found[obligation_id][0].versions
        lines = tuple(zip(due_on, principal, fee, strict=True))
        before = sum(p + f for _, p, f in versions[-1].lines) if versions else None
        is_anew = before == sum(p + f for _, p, f in lines)
        versions.append(Version(agreed_on, lines, is_anew))
    for obligation_id, on, principal, fee, back_on in uow.all(
        "select r.obligation_id, r.received_on, r.principal_minor, r.fee_minor, b.received_on"
        " from obligations.repayment r left join obligations.repayment b"
        "  on b.institution_id = r.institution_id and b.reverses = r.repayment_id"
        " where r.institution_id = %s and r.reverses is null",
        uow.institution_id,
    ):
        found[obligation_id][0].payments.append(Paid(on, principal, fee, back_on))
    return found


def days_of_year() -> list[date]:
    """Every day from the eve of the year to its last."""
    return [FIRST + timedelta(days=n) for n in range(-1, (LAST - FIRST).days + 1)]
