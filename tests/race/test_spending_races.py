"""Many draw on one fund at the same moment: together they never take more than it holds."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from sanduq.access import service as access
from sanduq.api import registry
from sanduq.funds.spending import service as spending
from sanduq.funds.spending.errors import ReturnCollided, ReturnTooLarge
from sanduq.funds.spending.model import FundSource, GiveBack
from sanduq.funds.zakat import service as zakat
from sanduq.funds.zakat.schemas import ZakatPaymentIn
from sanduq.kit.errors import FundsInsufficient
from sanduq.kit.ids import new_id
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.shariah import service as shariah
from sanduq.shariah.errors import ShariahViolation
from sanduq.shariah.schemas import ResolutionIn
from tests.coherent import assert_coherent
from tests.make.giving import (
    DEBTOR,
    LOAN,
    a_draw,
    draw_and_post,
    given,
    giving_people,
    held_minor,
    usd,
    zakat_given,
)
from tests.make.offers import a_resolution

RELIEF = "sadaqah:debt_relief"
THREADS = 16


def at_once(task, threads=THREADS):
    """How often each outcome came, of a task run in many threads that start together."""
    gate = threading.Barrier(threads)
    outcomes: Counter[str] = Counter()

    def run(number):
        gate.wait()
        outcomes[task(number)] += 1

    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(run, number) for number in range(threads)]:
            done.result()
    return outcomes


def acting(db, user="user_maker"):
    return access.work_as(db, "inst_test", user, "req_race")


def test_drawings_at_one_moment_never_overspend_a_fund(db, work):
    """A fund of 50.00 and sixteen drawings of 10.00: five are paid, eleven are refused."""
    registry.wire()
    giving_people(work)
    given(work, category="debt_relief", amount=50)

    def draw(number):
        try:
            with acting(db) as uow:
                draw_and_post(uow, a_draw(RELIEF, usd(10), subject_id=f"mfl_{number}"))
        except FundsInsufficient:
            return "refused"
        return "paid"

    assert at_once(draw) == {"paid": 5, "refused": THREADS - 5}
    with work() as uow:
        assert held_minor(uow, "3200", RELIEF) == held_minor(uow, "1000", RELIEF) == 0
        spent = spending.spent_on(uow, [f"mfl_{number}" for number in range(THREADS)])
    assert len(spent) == 5
    assert_coherent(db)


def test_recoveries_at_one_moment_never_return_more_than_was_spent(db, work):
    registry.wire()
    giving_people(work)
    given(work, category="debt_relief", amount=50)
    with work() as uow:
        draw_and_post(uow, a_draw(RELIEF, usd(50)))

    def give_back(_):
        journal_id = new_id("jrn")
        back = GiveBack(FundSource.read(RELIEF), usd(20), LOAN, DEBTOR, journal_id)
        try:
            with acting(db) as uow:
                (found,) = spending.give_back(uow, [back])
                journal = Journal(journal_id, "loan.recovered", uow.today, found.entries)
                ledger.post(uow, [journal])
        except (ReturnCollided, ReturnTooLarge):
            return "refused"
        return "returned"

    outcomes = at_once(give_back)
    assert 1 <= outcomes["returned"] <= 2
    with work() as uow:
        assert held_minor(uow, "3200", RELIEF) == 20_00 * outcomes["returned"]
    assert_coherent(db)


def test_administrators_paid_at_one_moment_stay_within_the_boards_share(db, work):
    """An eighth of 1,000.00 is 125.00: of sixteen payments of 20.00 six are made (ZKT-08)."""
    registry.wire()
    giving_people(work)
    zakat_given(work, 1000)
    with work("user_shariah") as uow:
        body = ResolutionIn(**a_resolution("ZKT-01", "ZKT-08"))
        ruling = shariah.create_resolution(uow, body.command()).resolution_id
    with work("user_finance") as uow:
        zakat.set_cap(uow, 1250, ruling)
    payment = ZakatPaymentIn(
        amount=20, currency="USD", recipient_id=DEBTOR, asnaf_code="AMILIN",
        ssb_definition=ruling, paid_to="account 1",
    ).command()  # fmt: skip

    def pay(_):
        try:
            with acting(db, "user_finance") as uow:
                zakat.pay(uow, payment)
        except ShariahViolation:
            return "refused"
        return "paid"

    assert at_once(pay) == {"paid": 6, "refused": THREADS - 6}
    assert_coherent(db)
