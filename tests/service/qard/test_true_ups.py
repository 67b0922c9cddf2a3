"""Fees beyond the direct cost of a period are given back or go to charity (rule QRD-10).

Three loans with a fee of 40.00 are paid out in December: 120.00 of fees. The receipts of that
month come to 150.00, of which donors paid 40.00, so that 110.00 was borne and 10.00 is over.
"""

from __future__ import annotations

from datetime import date

import pytest

from sanduq import demo
from sanduq.api.registry import wire
from sanduq.kit.errors import Conflict, Forbidden, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.ledger import service as ledger
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from sanduq.qard.true_ups import service
from sanduq.qard.true_ups.model import NewDirectCost, Outcome
from sanduq.shariah.errors import ShariahViolation
from sanduq.shariah.model import DirectCategory
from tests.coherent import assert_coherent
from tests.make.institution import balance_minor
from tests.make.loans import USD, Work, asked, disbursed

STARTS, ENDS = date(2023, 12, 1), date(2023, 12, 31)


@pytest.fixture(autouse=True)
def books_are_coherent(demo_work: Work):
    yield
    with demo_work() as uow:
        assert_coherent(uow)


@pytest.fixture(autouse=True)
def wired() -> None:
    wire()


@pytest.fixture
def december(demo_work: Work) -> None:
    for _ in range(3):
        disbursed(demo_work, asked(10_000, 4_000), on=date(2023, 12, 5))


def incurred(demo_work: Work, minor: int) -> None:
    with demo_work(demo.FINANCE) as uow:
        new = NewDirectCost(
            Money(minor, USD), DirectCategory.STAMP_DUTY, "R-1", date(2023, 12, 20), "brn_main"
        )
        service.record_cost(uow, new)


def subsidised(demo_work: Work, minor: int) -> None:
    """Donors' money that lowers the cost, as a drawing on a fund books it."""
    with demo_work() as uow:
        cash = AccountPlace("1000", USD, subject="brn_main")
        entries = (debit(cash, minor), credit(AccountPlace("5100", USD), minor))
        ledger.post(uow, [Journal(new_id("jrn"), "loan.cost_subsidised", ENDS, entries)])


def standing(demo_work: Work):
    with demo_work() as uow:
        return service.standing_of(uow, USD, STARTS, ENDS)


def test_the_surplus_is_what_fees_bring_beyond_cost_net_of_subsidy(demo_work, december):
    incurred(demo_work, 15_000)
    subsidised(demo_work, 4_000)
    found = standing(demo_work)
    assert (found.fees_minor, found.direct_cost_minor) == (12_000, 11_000)
    assert found.surplus_minor == 1_000


def test_days_with_unresolved_fees_are_not_closed(demo_work, december):
    incurred(demo_work, 11_000)
    with demo_work(demo.FINANCE) as uow, pytest.raises(ShariahViolation) as refused:
        ledger.close_period(uow, STARTS, ENDS)
    assert refused.value.details[0]["rule_id"] == "QRD-10"
    assert refused.value.details[0]["observed"] == "10.00"


def test_a_refund_is_owed_to_who_bore_the_fees_and_the_days_can_be_closed(
    demo_work, demo_url, december
):
    incurred(demo_work, 11_000)
    with demo_work(demo.FINANCE) as uow:
        made = service.true_up(uow, USD, STARTS, ENDS, Outcome.REFUND)
        ledger.close_period(uow, STARTS, ENDS)
    assert (made.surplus_minor, made.borrowers) == (1_000, 1)
    place = AccountPlace("2000", USD, subject="cpty_borrower_001")
    assert balance_minor(demo_url, place) == -1_000
    assert balance_minor(demo_url, AccountPlace("4100", USD)) == -11_000


def test_what_is_given_to_charity_is_never_income(demo_work, demo_url, december):
    incurred(demo_work, 11_000)
    with demo_work(demo.FINANCE) as uow:
        service.true_up(uow, USD, STARTS, ENDS, Outcome.CHARITY)
    assert balance_minor(demo_url, AccountPlace("2100", USD)) == -1_000
    assert standing(demo_work).surplus_minor == 0


def test_a_surplus_is_given_back_once(demo_work, december):
    with demo_work(demo.FINANCE) as uow:
        service.true_up(uow, USD, STARTS, ENDS, Outcome.REFUND)
    with demo_work(demo.FINANCE) as uow, pytest.raises(Conflict):
        service.true_up(uow, USD, STARTS, ENDS, Outcome.REFUND)


def test_fees_within_their_cost_leave_nothing_to_resolve(demo_work, december):
    incurred(demo_work, 12_000)
    with demo_work(demo.FINANCE) as uow:
        with pytest.raises(Conflict):
            service.true_up(uow, USD, STARTS, ENDS, Outcome.REFUND)
        ledger.close_period(uow, STARTS, ENDS)


def test_days_that_are_not_over_are_not_trued_up(demo_work, december):
    with demo_work(demo.FINANCE) as uow, pytest.raises(ValidationFailed):
        service.true_up(uow, USD, STARTS, date(2024, 1, 15), Outcome.REFUND)


def test_who_lends_does_not_record_the_cost(demo_work):
    new = NewDirectCost(Money(100, USD), DirectCategory.STAMP_DUTY, "R-2", STARTS, "brn_main")
    with demo_work(demo.SHARIAH) as uow, pytest.raises(Forbidden):
        service.record_cost(uow, new)
