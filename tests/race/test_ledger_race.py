"""Sixteen at once on few accounts: no deadlock reaches a client, and the books stay whole."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

from sanduq.access import service as access
from sanduq.kit.db import Database, retrying
from sanduq.kit.ids import new_id
from sanduq.ledger import service
from sanduq.ledger.errors import FloorBroken, PeriodClosed, ReversedAlready
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from tests.coherent import assert_coherent
from tests.make.ledger import CAPITAL, CASH, DAY, USD, a_journal, receivable

Work = Callable[..., Any]
THREADS = 16
SECONDS = 3.0
SEED = 42
SHARED = [AccountPlace("2210", USD, subject=f"mfl_{number:04}") for number in range(12)]


def together(task: Callable[[int], None], threads: int = THREADS) -> None:
    """Runs `task(number)` in many threads that start at one moment; raises what any raised."""
    gate = threading.Barrier(threads)

    def run(number: int) -> None:
        gate.wait()
        task(number)

    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(run, number) for number in range(threads)]:
            done.result()


def opened(work: Work, *places: AccountPlace, capital_minor: int = 0) -> None:
    with work() as uow:
        service.open_accounts(uow, [CASH, CAPITAL, *places])
        if capital_minor:
            service.post(uow, [a_journal(CAPITAL, CASH, capital_minor)])


def group_journal(dice: random.Random) -> Journal:
    """Many debits and one credit, the accounts in no order."""
    chosen = dice.sample(SHARED, 8)
    entries = [debit(place, dice.randint(1, 100)) for place in chosen[1:]]
    entries.append(credit(chosen[0], sum(entry.amount_minor for entry in entries)))
    dice.shuffle(entries)
    return Journal(new_id("jrn"), "test.group", DAY, tuple(entries))


def next_block(dice: random.Random, number: int) -> list[Journal]:
    one, two, three = (SHARED[(number + step) % 3] for step in range(3))
    kind = dice.choice(("pair", "ring", "group"))
    if kind == "pair":
        pair = (one, two) if number % 2 else (two, one)
        return [a_journal(*pair, dice.randint(1, 100))]
    if kind == "ring":
        return [a_journal(one, two, 5), a_journal(two, three, 5), a_journal(three, one, 5)]
    return [group_journal(dice)]


def test_no_posting_deadlocks_and_no_money_is_lost(db: Database, work: Work) -> None:
    opened(work, *SHARED)
    posted: Counter[int] = Counter()
    ends_at = time.monotonic() + SECONDS

    def post_until_the_end(number: int) -> None:
        dice = random.Random(SEED * 100 + number)
        while time.monotonic() < ends_at:
            # No retry here: a deadlock or conflict would reach the client and fail the test.
            with access.work_as(db, "inst_test", "user_maker", f"req_{number}") as uow:
                for _ in range(dice.choice((1, 1, 2))):  # two calls in one unit of work, too
                    block = next_block(dice, number)
                    service.post(uow, block)
                    posted[number] += len(block)

    together(post_until_the_end)
    with work() as uow:
        assert uow.one("select max(journal_seq) from ledger.journal where institution_id = 1") == (
            posted.total(),
        )
    assert min(posted[number] for number in range(THREADS)) > 0
    assert_coherent(db)


def test_a_fund_is_never_overspent_by_a_race(db: Database, work: Work) -> None:
    opened(work, *(receivable(number) for number in range(THREADS)), capital_minor=1000)
    answers: Counter[str] = Counter()

    def spend(number: int) -> None:
        for _ in range(5):
            try:
                with access.work_as(db, "inst_test", "user_maker", f"req_{number}") as uow:
                    service.post(uow, [a_journal(CASH, receivable(number), 100)])
                answers["spent"] += 1
            except FloorBroken:
                answers["refused"] += 1

    together(spend)
    assert answers == {"spent": 10, "refused": THREADS * 5 - 10}
    assert_coherent(db)


def test_a_journal_is_reversed_by_one_of_many(db: Database, work: Work) -> None:
    opened(work)
    journal = a_journal(CAPITAL, CASH, 100)
    with work() as uow:
        service.post(uow, [journal])
    answers: Counter[str] = Counter()

    def reverse(number: int) -> None:
        try:
            with access.work_as(db, "inst_test", "user_maker", f"req_{number}") as uow:
                back = service.reversal_of(uow, [journal.journal_id], effective_on=DAY, memo=None)
                service.post(uow, back)
            answers["reversed"] += 1
        except ReversedAlready:
            answers["refused"] += 1

    together(reverse)
    assert answers == {"reversed": 1, "refused": THREADS - 1}
    assert_coherent(db)


def test_the_same_accounts_are_opened_by_all_at_once(db: Database, work: Work) -> None:
    places = [receivable(number) for number in range(40)]

    def open_and_post(number: int) -> None:
        def once() -> None:
            with access.work_as(db, "inst_test", "user_maker", f"req_{number}") as uow:
                service.open_accounts(uow, [CASH, CAPITAL, *places])
                service.post(uow, [a_journal(CAPITAL, CASH, 1)])

        retrying(once)

    together(open_and_post)
    with work() as uow:
        assert service.get_balance(uow, CASH.account_id).debit_minor == THREADS
    assert_coherent(db)


def test_no_journal_slips_into_a_period_while_it_closes(db: Database, work: Work) -> None:
    opened(work)
    last = date(2024, 1, 14)
    closed = threading.Event()
    after_closing: list[str] = []

    def post_or_close(number: int) -> None:
        if number == 0:
            time.sleep(0.1)
            with access.work_as(db, "inst_test", "user_finance", "req_close") as uow:
                service.close_period(uow, date(2024, 1, 1), last)
            closed.set()
            return
        for _ in range(40):
            was_closed = closed.is_set()
            try:
                with access.work_as(db, "inst_test", "user_maker", f"req_{number}") as uow:
                    service.post(uow, [a_journal(CAPITAL, CASH, 1, effective_on=last)])
            except PeriodClosed:
                return
            if was_closed:
                after_closing.append(f"thread {number}")

    together(post_or_close)
    assert not after_closing
    assert_coherent(db)


def test_a_reader_verifies_while_others_post(db: Database, work: Work) -> None:
    opened(work, *SHARED)
    stop = threading.Event()

    def post_or_verify(number: int) -> None:
        dice = random.Random(number)
        if number == 0:
            try:
                for _ in range(5):
                    assert_coherent(db, institutions=("inst_test",))
            finally:
                stop.set()
            return
        while not stop.is_set():
            with access.work_as(db, "inst_test", "user_maker", f"req_{number}") as uow:
                service.post(uow, [group_journal(dice)])

    together(post_or_verify, threads=4)
