"""Goods of salam in hand: sold only then, at their cost, and never written up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.money import Money
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.loans.salam import (
    service_goods,
)
from sanduq.microfinance.loans.salam.facts import (
    Quality,
)
from sanduq.microfinance.loans.salam.service_goods import SellGoods
from sanduq.shariah.errors import ShariahViolation
from tests.make.salam import (
    HARVEST,
    MILL,
    USD,
    delivered,
    on_day,
    paid,
    prepared,
    usd,
)
from tests.make.salam_steps import (
    books,
    codes_of,
    contract,
    deliver,
    held,
    verified,
)


@pytest.fixture
def farm(demo_work):
    """The demonstration institution with wheat, a mill and a product of salam."""
    prepared(demo_work)
    return demo_work


INVOICE = SellGoods(buyer_id=MILL, quantity_milli=1, price=usd(1), on=HARVEST, document="Invoice 9")


def sell(work, loan_id, quantity_milli, minor, on=HARVEST):
    command = replace(INVOICE, quantity_milli=quantity_milli, price=usd(minor), on=on)
    with work() as uow:
        return service_goods.sell(on_day(uow, on), loan_id, command)


def test_goods_are_sold_only_once_they_are_in_hand(farm) -> None:
    loan_id = paid(farm)
    with pytest.raises(ShariahViolation) as refused:
        sell(farm, loan_id, 1, 1)
    assert codes_of(refused) == {"SALAM_RESALE_BEFORE_POSSESSION"}
    deliver(farm, loan_id, 400_000)
    with pytest.raises(ShariahViolation):
        sell(farm, loan_id, 400_001, 1)


def test_a_sale_earns_its_price_and_bears_its_cost(farm, demo_url) -> None:
    loan_id = delivered(farm)
    first = sell(farm, loan_id, 333_333, 20_000)
    rest = sell(farm, loan_id, 666_667, 36_000)
    # 50,000 cents over 1,000 kg: 16,666.65 for the first, cut down; the last takes the rest.
    assert (first.cost, rest.cost) == (usd(16_666), usd(33_334))
    assert held(demo_url, "4400") == -56_000
    assert held(demo_url, "5300") == 50_000
    assert books(demo_url, contract(farm, loan_id), "1410") == (0,)
    verified(farm)


def test_goods_sold_come_out_oldest_first_each_at_its_own_cost(farm) -> None:
    loan_id = paid(farm)
    deliver(farm, loan_id, 400_000)
    deliver(farm, loan_id, 600_000, quality=Quality.WORSE, market_value=usd(24_000))
    sold = sell(farm, loan_id, 500_000, 30_000)
    assert sold.cost == usd(20_000 + 4_000)  # 400 kg at 0.50, 100 of 600 kg that stand at 240.00
    verified(farm)


def test_goods_are_sold_neither_before_they_came_nor_tomorrow(farm) -> None:
    loan_id = delivered(farm)
    with pytest.raises(ValidationFailed):
        sell(farm, loan_id, 1, 1, on=HARVEST - timedelta(days=1))
    with pytest.raises(NotFound), farm() as uow:
        service_goods.sell(on_day(uow, HARVEST), loan_id, replace(INVOICE, buyer_id="cpty_x"))


def test_goods_in_hand_are_written_down_and_never_up(farm, demo_url) -> None:
    loan_id = delivered(farm)
    with farm() as uow:
        (lot,) = service_goods.search(uow, PageRequest(), loan_id=loan_id).items

    def value(money, on=HARVEST):
        with farm() as uow:
            return service_goods.write_down(
                on_day(uow, HARVEST), lot.goods_id, market_value=money, on=on, document="Prices"
            )

    assert value(usd(47_000)).left_cost_minor == 47_000
    assert held(demo_url, "5500") == 3_000
    for wrong in (usd(47_000), usd(48_000), Money(1, replace(USD, code="EUR"))):
        with pytest.raises(ValidationFailed):
            value(wrong)
    with pytest.raises(ValidationFailed):
        value(usd(1), on=HARVEST - timedelta(days=1))
    verified(farm)


def test_capital_undelivered_is_there_for_figures_of_the_portfolio(farm) -> None:
    loan_id = paid(farm)
    deliver(farm, loan_id, 400_000)
    with farm() as uow:
        rows = uow.all(
            "select loan_id, branch_id, asset, capital_undelivered_minor,"
            " oldest_undelivered_due_on from microfinance.salam_exposure"
        )
    assert rows == [(loan_id, "brn_main", "USD/2", 30_000, HARVEST)]
