"""Two people at the same loan at the same moment: one fact, and the books stay whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import httpx
import pytest
from fastapi.testclient import TestClient

from sanduq import demo
from sanduq.access import service as access
from sanduq.kit.db import Database
from sanduq.ledger.model import AccountPlace
from tests.coherent import assert_coherent
from tests.conftest import Work
from tests.make.institution import a_borrower, balance_minor
from tests.make.ledger import post_move
from tests.make.loans import LOANS, USD, Desk
from tests.make.rows import counted, journals
from tests.make.serving import at_once, caller, served

CASH = AccountPlace("1000", USD, subject="brn_main")
COSTS = AccountPlace("5100", USD)


@dataclass(frozen=True, slots=True)
class Counters:
    """Two servers on one database: each person can be reached at both."""

    makers: Sequence[httpx.Client]
    checkers: Sequence[httpx.Client]

    def maker(self, number: int) -> httpx.Client:
        return self.makers[number % 2]

    def checker(self, number: int) -> httpx.Client:
        return self.checkers[number % 2]


@pytest.fixture
def desk(demo_client: TestClient, demo_checker: TestClient) -> Desk:
    """Brings loans to the state a race begins in."""
    return Desk(demo_client, demo_checker)


@pytest.fixture
def counters(demo_db: Database) -> Iterator[Counters]:
    """Two servers; afterwards the books recompute."""
    with (
        served(demo_db.url) as one,
        served(demo_db.url) as two,
        caller(one, demo.MAKER_KEY) as maker_one,
        caller(two, demo.MAKER_KEY) as maker_two,
        caller(one, demo.CHECKER_KEY) as checker_one,
        caller(two, demo.CHECKER_KEY) as checker_two,
    ):
        yield Counters((maker_one, maker_two), (checker_one, checker_two))
    with access.work_as_system(demo_db, demo.INSTITUTION, "req_coherent") as uow:
        assert_coherent(uow)


def statuses(answers: Sequence[httpx.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def test_repayments_at_once_never_pay_more_than_is_owed(
    demo_db: Database, desk: Desk, counters: Counters
) -> None:
    """2,040.00 are owed: of twenty payments of 170.00 at once twelve fit, whichever they are."""
    loan_id = desk.disbursed()
    cash = balance_minor(demo_db.url, CASH)
    body = {"amount": "170.00", "currency": "USD"}
    path = f"{LOANS}/{loan_id}/repayments"
    pay = [partial(counters.maker(number).post, path, json=body) for number in range(20)]
    answers = at_once(pay)
    assert statuses(answers)[201] == 12
    assert set(statuses(answers)) <= {201, 409, 422}
    outstanding = sorted(a.json()["outstanding"] for a in answers if a.status_code == 201)
    assert outstanding == [170 * number for number in range(12)]
    assert desk.loan(loan_id)["status"] == "COMPLETED"
    assert desk.loan(loan_id)["balance"]["outstanding"] == 0
    assert balance_minor(demo_db.url, CASH) == cash + 2_040_00


def test_a_last_payment_larger_than_the_rest_is_refused_however_many_try(
    desk: Desk, counters: Counters
) -> None:
    """Of 2,040.00 two payments of 700.00 leave 640.00: a third does not fit, whichever it is."""
    loan_id = desk.disbursed()
    body = {"amount": "700.00", "currency": "USD"}
    path = f"{LOANS}/{loan_id}/repayments"
    pay = [partial(counters.maker(number).post, path, json=body) for number in range(8)]
    answers = at_once(pay)
    assert statuses(answers)[201] == 2
    assert desk.loan(loan_id)["balance"]["outstanding"] == 640
    assert desk.loan(loan_id)["status"] == "REPAYING"


def test_a_reversal_and_its_twin_take_a_repayment_back_once(
    demo_db: Database, desk: Desk, counters: Counters
) -> None:
    loan_id = desk.disbursed()
    repayment_id = desk.paid(loan_id, "170.00")["id"]
    before = journals(demo_db.url)
    path = f"{LOANS}/{loan_id}/repayments/{repayment_id}/reverse"
    reverse = [
        partial(counters.maker(number).post, path, json={"reason": "counted twice"})
        for number in range(6)
    ]
    answers = at_once(reverse)
    assert statuses(answers) == {201: 1, 409: 5}
    assert journals(demo_db.url) == before + 1
    assert desk.loan(loan_id)["balance"]["outstanding"] == 2040


def test_a_loan_paid_out_at_two_counters_is_paid_out_once(
    demo_db: Database, desk: Desk, counters: Counters
) -> None:
    loan_id = desk.approved()
    cash = balance_minor(demo_db.url, CASH)
    pay_out = [partial(counters.maker(n).post, f"{LOANS}/{loan_id}/disburse") for n in range(8)]
    answers = at_once(pay_out)
    assert statuses(answers) == {200: 1, 409: 7}
    assert balance_minor(demo_db.url, CASH) == cash - 2_000_00
    assert counted(demo_db.url, "select count(*) from obligations.schedule") == 1
    told = "select count(*) from events.event where type = 'microfinance.loan.disbursed'"
    assert counted(demo_db.url, told) == 1


def test_approval_and_rejection_at_once_decide_once(
    demo_db: Database, desk: Desk, counters: Counters
) -> None:
    for _ in range(3):
        loan_id = desk.applied()
        path = f"{LOANS}/{loan_id}"
        decide: list[Callable[[], httpx.Response]] = []
        for number in range(3):
            checker = counters.checker(number)
            decide += [
                partial(checker.post, f"{path}/approve"),
                partial(checker.post, f"{path}/reject", json={"reason": "not now"}),
            ]
        answers = at_once(decide)
        assert statuses(answers) == {200: 1, 409: 5}
        (answer,) = [each.json() for each in answers if each.status_code == 200]
        assert desk.loan(loan_id)["status"] == answer["status"]
        decisions = (
            "select count(*) from access.approval where subject_id = %s and status <> 'PENDING'"
        )
        assert counted(demo_db.url, decisions, loan_id) == 1


def test_cancelling_and_paying_out_at_once_do_one_of_them(
    demo_db: Database, desk: Desk, counters: Counters
) -> None:
    loan_id = desk.approved()
    cash = balance_minor(demo_db.url, CASH)
    path = f"{LOANS}/{loan_id}"
    answers = at_once(
        [
            partial(counters.maker(0).post, f"{path}/disburse"),
            partial(counters.maker(1).post, f"{path}/cancel", json={"reason": "changed mind"}),
        ]
    )
    assert statuses(answers) == {200: 1, 409: 1}
    is_paid_out = answers[0].status_code == 200
    assert desk.loan(loan_id)["status"] == ("DISBURSED" if is_paid_out else "CANCELLED")
    lent = 2_000_00 if is_paid_out else 0
    assert balance_minor(demo_db.url, CASH) == cash - lent


def test_loans_paid_out_at_once_never_take_the_cash_below_its_floor(
    demo_db: Database, demo_work: Work, desk: Desk, counters: Counters
) -> None:
    """With 3,500.00 in the till three loans of 1,000.00 can be paid out, not four."""
    borrowers = [f"cpty_race_{number}" for number in range(8)]
    with demo_work() as uow:
        for borrower_id in borrowers:
            a_borrower(uow, borrower_id)
    loans = [
        desk.approved(borrower_id=borrower_id, amount=1000, service_fee=0, group_id=...)
        for borrower_id in borrowers
    ]
    with demo_work() as uow:
        post_move(uow, CASH, COSTS, balance_minor(demo_db.url, CASH) - 3_500_00)
    pay_out = [
        partial(counters.maker(number).post, f"{LOANS}/{loan_id}/disburse")
        for number, loan_id in enumerate(loans)
    ]
    answers = at_once(pay_out)
    assert statuses(answers) == {200: 3, 422: 5}
    codes = {answer.json()["code"] for answer in answers if answer.status_code == 422}
    assert codes == {"FUNDS_INSUFFICIENT"}
    assert balance_minor(demo_db.url, CASH) == 500_00
    waiting = "select count(*) from microfinance.loan where status = 'APPROVED'"
    assert counted(demo_db.url, waiting) == 5
