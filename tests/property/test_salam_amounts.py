"""Capital and cost of salam goods divide without rest, whatever comes in or goes out."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from sanduq.microfinance.loans.salam.facts import Quality
from sanduq.microfinance.loans.salam.model_goods import Lot, drawn
from sanduq.microfinance.loans.salam.postings import divided
from tests.make.salam import GRADE_A, TODAY, USD

LAST = datetime(2024, 11, 1, tzinfo=UTC)


@given(
    capital=st.integers(0, 10**12),
    market=st.none() | st.integers(0, 10**12),
    discount=st.integers(0, 10**12),
)
def test_capital_of_goods_received_divides_without_rest(capital, market, discount) -> None:
    discount = min(discount, capital)
    parts = divided(capital, market_minor=market, discount_minor=discount)
    assert parts.capital_minor == capital
    assert min(parts.goods_minor, parts.loss_minor, parts.discount_minor) >= 0
    assert market is None or parts.goods_minor <= market


@given(
    lots=st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 10**12)), min_size=1),
    shares=st.lists(st.integers(1, 100), min_size=1),
)
def test_goods_leave_the_register_with_all_of_their_cost_and_no_more(lots, shares) -> None:
    register = [_lot(place, *lot) for place, lot in enumerate(lots)]
    cost = taken = 0
    for share in [*shares, 100]:
        left = sum(lot.left_milli for lot in register)
        quantity = left * share // 100
        draws = drawn(register, quantity)
        assert sum(draw.quantity_milli for draw in draws) == quantity
        changed = {draw.lot.goods_id: draw.lot for draw in draws}
        register = [changed.get(lot.goods_id, lot) for lot in register]
        cost += sum(draw.cost_minor for draw in draws)
        taken += quantity
        assert all(draw.cost_minor >= 0 for draw in draws)
    assert taken == sum(quantity for quantity, _ in lots)
    assert cost == sum(minor for _, minor in lots)


def _lot(place, quantity, cost):
    return Lot(
        goods_id=f"gds_{place}", contract_id="slm_1", branch_id="brn_main", asset=USD,
        commodity="wheat", quantity_unit="kg", specifications=GRADE_A, quality=Quality.AS_AGREED,
        place="here", received_on=TODAY, quantity_milli=quantity, left_milli=quantity,
        cost_minor=cost, left_cost_minor=cost, created_at=LAST, created_by="user_1",
    )  # fmt: skip
