"""Custody fees charged at the end of each month: for the whole book, once, apart from the debt."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sanduq.api.registry import wire
from sanduq.kit.clock import FixedClock
from sanduq.kit.pages import PageRequest
from sanduq.ledger import service as ledger
from sanduq.obligations.end_of_day import run_day
from sanduq.rahnu.contracts.terms.end_of_day import END_OF_DAY, charge_month
from tests.coherent import assert_coherent
from tests.conftest import Work
from tests.make.margins import LOAN_MINOR, pledge, price
from tests.make.pledges import MAKER, Shop, a_bar, active_pledge, open_shop

PAGE = PageRequest(20, None, None)
MONTH_END = datetime(2024, 2, 29, 20, tzinfo=UTC)


@pytest.fixture
def shop(work: Work) -> Shop:
    return open_shop(work)


def test_the_last_day_of_a_month_charges_what_was_kept(shop: Shop) -> None:
    """20.00 a month from 15 January: a month and 14 of 29 days, 29.65; 40 g at 0.40, 23.72."""
    heavy = active_pledge(shop, loan_minor=100_000)
    light = active_pledge(shop, [a_bar(shop, 40_000)], loan_minor=100_000)
    with shop.work(MAKER) as uow:
        uow.clock = FixedClock(MONTH_END)
        assert charge_month(uow, date(2024, 2, 28)) == 0
        assert charge_month(uow, date(2024, 2, 29)) == 2
        assert charge_month(uow, date(2024, 2, 29)) == 0
        charged = {
            one.contract_id: ledger.list_balances(
                uow, PAGE, code="1120", subject=one.contract_id
            ).items[0].normal.amount_minor
            for one in (heavy, light)
        }  # fmt: skip
        assert_coherent(uow)
    assert charged == {heavy.contract_id: 2_965, light.contract_id: 2_372}
    assert pledge(shop.work, heavy.contract_id).fee_accrued_minor == 2_965


def test_the_day_that_ends_the_month_runs_it(shop: Shop) -> None:
    wire()
    active_pledge(shop)
    with shop.work(MAKER) as uow:
        uow.clock = FixedClock(MONTH_END)
        assert run_day(uow, date(2024, 2, 28)).steps[END_OF_DAY] == 0
        assert run_day(uow, date(2024, 2, 29)).steps[END_OF_DAY] == 1
        assert_coherent(uow)


def test_a_fee_that_is_due_can_call_a_margin_without_any_price(shop: Shop) -> None:
    """13 months at 20.00: 6,900 + 269.33 on 9,999 × 0.85 = 8,499: not yet; at 162.50 it is."""
    made = active_pledge(shop, loan_minor=LOAN_MINOR)
    price(shop.work, "165")
    with shop.work(MAKER) as uow:
        uow.execute(
            "update rahnu.contract_item set value_minor = 825000 where contract_id = %s",
            made.contract_id,
        )
        uow.clock = FixedClock(datetime(2024, 8, 31, 20, tzinfo=UTC))
        assert charge_month(uow, date(2024, 8, 31)) == 1
    after = pledge(shop.work, made.contract_id)
    assert after.fee_accrued_minor == 15_032
    assert after.margin_called_on == date(2024, 8, 31)
