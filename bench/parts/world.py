"""The world the bench runs in: its own server, the demonstration institution, and many loans."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

import psycopg

from sanduq import demo
from sanduq.access import service as access
from sanduq.api import registry
from sanduq.kit.clock import FixedClock
from sanduq.kit.db import Database, UnitOfWork
from sanduq.kit.embedded import EmbeddedServer
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money, currency
from sanduq.ledger.verify import verify
from sanduq.microfinance.loans import store as loan_store
from sanduq.microfinance.loans.model import Loan, LoanStatus, LoanType, Terms
from sanduq.migrations import migrate
from sanduq.obligations.calendar import Calendar
from sanduq.obligations.model import ComponentOrder
from sanduq.obligations.receipts.model import CashSource
from sanduq.obligations.schedule import (
    Anchor,
    AnchorKind,
    Frequency,
    Schedule,
    ScheduleTerms,
    build_schedule,
)
from sanduq.parties import service as parties
from sanduq.parties.model import NewParty, PartyKind
from sanduq.qard import service as qard
from sanduq.qard.service import Disbursement, NewQard

TODAY = demo.NOW.date()
PRINCIPAL_MINOR, FEE_MINOR, INSTALMENTS = 120_000, 1_200, 24
LATE_EVERY = 10  # one loan in ten is late
LATE_DAYS_MAX = 200
DUE_WITHIN_DAYS = 28
LOANS_PER_BORROWER = 5
BATCH = 1000
FREQUENCIES = (Frequency.MONTHLY, Frequency.BIWEEKLY, Frequency.WEEKLY)


@dataclass(frozen=True, slots=True)
class World:
    server: EmbeddedServer
    db: Database

    @property
    def owner_url(self) -> str:
        return self.server.owner_url

    @property
    def postmaster(self) -> int:
        found = self.server.server.get_pid()
        assert found is not None
        return int(found)

    @contextmanager
    def work(self, at: datetime | None = None) -> Iterator[UnitOfWork]:
        """A unit of work of the maker; `at` sets the clock for it alone."""
        with access.work_as(self.db, demo.INSTITUTION, demo.MAKER, new_id("req")) as uow:
            if at is not None:
                uow.clock = FixedClock(at)
            yield uow

    def owner(self, statement: str) -> list[tuple[object, ...]]:
        """Runs one statement as the owner, outside any transaction."""
        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


def open_world(server: EmbeddedServer, pool_max: int = 4) -> World:
    """Migrates, founds the demonstration institution and lifts its quota of requests."""
    migrate(server.owner_url)
    registry.wire()
    db = Database(server.owner_url, pool_max=pool_max)
    db.open()
    demo.load_demo(server.owner_url, db)
    world = World(server, db)
    world.owner("update access.institution set rate_limit_per_minute = 1000000000")
    return world


@cache
def _schedule(frequency: Frequency, first_due_on: date) -> Schedule:
    terms = ScheduleTerms(
        INSTALMENTS, frequency=frequency, anchor=Anchor(AnchorKind.DAYS_AFTER, 1)
    )  # fmt: skip
    return build_schedule(
        PRINCIPAL_MINOR, FEE_MINOR, terms, first_due_on - timedelta(days=1), Calendar()
    )


def first_due_on(number: int) -> date:
    """One loan in ten missed its first instalments; the others fall due in the coming weeks."""
    turn = number // LATE_EVERY
    if number % LATE_EVERY == 0:
        return TODAY - timedelta(days=1 + turn % LATE_DAYS_MAX)
    return TODAY + timedelta(days=number % DUE_WITHIN_DAYS)


def load_loans(world: World, count: int) -> float:
    """Enters `count` paid-out loans through the services, a thousand per unit of work; seconds.

    They come as balances another system brought in, so that no cash is needed for them.
    """
    started = time.perf_counter()
    row = world.owner("select product_id from microfinance.product where asset = 'USD/2' limit 1")
    product_id = str(row[0][0])

    def load(first: int) -> None:
        numbers = range(first, min(first + BATCH, count))
        with world.work() as uow:
            _load_batch(uow, product_id, numbers, _borrowers(uow, numbers))

    load(0)
    # Plans made for empty tables do not suit full ones; a house in use has statistics.
    world.owner("analyze")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(load, range(BATCH, count, BATCH)))
    world.owner("vacuum (analyze)")
    return time.perf_counter() - started


def _borrowers(uow: UnitOfWork, numbers: range) -> list[str]:
    people = [
        NewParty(PartyKind.PERSON, f"Borrower {numbers.start + n}")
        for n in range(0, len(numbers), LOANS_PER_BORROWER)
    ]
    found = [party.party_id for party in parties.create_parties(uow, people)]
    return [found[n // LOANS_PER_BORROWER] for n in range(len(numbers))]


def _load_batch(uow: UnitOfWork, product_id: str, numbers: range, borrowers: Sequence[str]) -> None:
    branch = access.default_branch(uow)
    usd = currency("USD")
    news = [
        NewQard(
            new_id("mfl"), borrower, branch, Money(PRINCIPAL_MINOR, usd), FEE_MINOR,
            ComponentOrder.PRO_RATA, None,
        )
        for borrower in borrowers
    ]  # fmt: skip
    contracts = qard.agree(uow, news)
    schedules = [
        _schedule(FREQUENCIES[(n // DUE_WITHIN_DAYS) % 3], first_due_on(n)) for n in numbers
    ]
    loans = [
        Loan(
            contract.serves_id, None, LoanType.QARD_HASAN, LoanStatus.APPROVED, contract.qard_id,
            product_id, contract.borrower_id, None, branch, usd, PRINCIPAL_MINOR, FEE_MINOR,
            "small_business", None, Terms(INSTALMENTS, Frequency.MONTHLY, 0),
            schedule.lines[0].total_minor, schedule.due_on[0], {}, None, uow.now, demo.CHECKER,
            uow.now, demo.SHARIAH, None, None, None, 1, demo.MAKER, PRINCIPAL_MINOR + FEE_MINOR,
        )
        for contract, schedule in zip(contracts, schedules, strict=True)
    ]  # fmt: skip
    loan_store.insert(uow, loans)
    starts = [min(TODAY, schedule.due_on[0]) - timedelta(days=20) for schedule in schedules]
    qard.disburse(
        uow,
        [
            Disbursement(contract.qard_id, on, schedule, CashSource.OPENING)
            for contract, schedule, on in zip(contracts, schedules, starts, strict=True)
        ],
    )
    loan_store.set_disbursed(
        uow,
        [loan.loan_id for loan in loans],
        at=[uow.now] * len(loans),
        first_due_on=[schedule.due_on[0] for schedule in schedules],
    )


def loan_ids(world: World) -> list[str]:
    """Every loan that is owed on."""
    rows = world.owner(
        "select loan_id from microfinance.loan where status in ('DISBURSED', 'REPAYING')"
        " order by loan_id"
    )
    return [str(row[0]) for row in rows]


def assert_coherent(world: World, after: str) -> float:
    """Recomputes the books and compares debts with them; the seconds it took.

    Refuses (`AssertionError`) to go on with books that are not coherent.
    """
    started = time.perf_counter()
    with access.work_as_system(world.db, demo.INSTITUTION, new_id("req")) as uow:
        report = verify(uow)
        row = uow.one(
            "select (select coalesce(sum(b.balance_minor), 0) from ledger.account a"
            "   join ledger.balance b using (institution_id, account_id) where a.code = '1100'),"
            " (select coalesce(sum(principal_minor - principal_paid_minor), 0)"
            "    from obligations.obligation)"
        )
    assert report.is_coherent, f"after {after}: " + "; ".join(map(str, report.findings))
    assert row is not None
    assert row[0] == row[1], f"after {after}: the books say {row[0]} is owed, the debts {row[1]}"
    return time.perf_counter() - started
