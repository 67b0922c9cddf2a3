"""The engine against a plain loop, the paper's own paths, and itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sanduq.sarf.simulation import engine, summary
from sanduq.sarf.simulation.behaviour import draw_people
from sanduq.sarf.simulation.engine import simulate
from sanduq.sarf.simulation.model import (
    CHUNK_PATHS,
    Behaviour,
    CustomerGroup,
    PledgeStructure,
    PricePaths,
    SarfStructure,
    SimulationParameters,
    SimulationResult,
)
from sanduq.sarf.simulation.paths import streams
from tests.make.simulations import (
    Person,
    everyone,
    flat_then,
    on_paths,
    plain_pledge,
    plain_sarf,
)

SEVERAL_CHUNKS = SimulationParameters(paths=3 * CHUNK_PATHS + 5, seed=11)

parts = st.floats(0, 1)
positive_parts = st.floats(0.05, 1)


@st.composite
def asked(draw: st.DrawFn) -> SimulationParameters:
    """Any small simulation."""
    kinds = draw(st.lists(st.sampled_from(Behaviour), min_size=1, max_size=4))
    weights = [draw(st.floats(0.1, 1)) for _ in kinds]
    opens = draw(st.integers(1, 8))
    return SimulationParameters(
        paths=draw(st.integers(1, 30)),
        months=draw(st.integers(1, 10)),
        seed=draw(st.integers(0, 2**63 - 1)),
        weight_grams=draw(st.floats(0.5, 100)),
        trade_fraction=draw(positive_parts),
        finds_cash_later=draw(parts),
        renews_without_cash=draw(parts),
        keeping_cost_per_100_per_month=draw(st.floats(0, 2)),
        prices=PricePaths(
            drift=draw(st.floats(-1, 1)),
            volatility=draw(st.floats(0, 1)),
            steps_per_month=draw(st.integers(1, 4)),
        ),
        sarf=SarfStructure(
            buy_fraction=draw(positive_parts),
            cap_fraction=draw(positive_parts),
            opens_months=opens,
            closes_months=opens + draw(st.integers(0, 3)),
            resale_fraction=draw(positive_parts),
        ),
        pledge=PledgeStructure(
            loan_margin=draw(positive_parts),
            fee_per_100_per_month=draw(st.floats(0, 3)),
            maturity_months=draw(st.integers(1, 8)),
            renewal_months=draw(st.integers(0, 4)),
            sale_fraction=draw(positive_parts),
            recovered_fraction=draw(parts),
            call_ratio=draw(positive_parts),
        ),
        customers=tuple(
            CustomerGroup(
                kind,
                weight / sum(weights),
                part=draw(positive_parts),
                short_of_cash=draw(parts),
                worth_threshold=draw(st.floats(0, 2)),
                budget=draw(st.floats(0, 2)),
            )
            for kind, weight in zip(kinds, weights, strict=True)
        ),
        grid_buy_fractions=(draw(positive_parts),),
        grid_cap_fractions=(draw(positive_parts), draw(positive_parts)),
        grid_loan_margins=(draw(positive_parts),),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(asked())
def test_the_engine_does_the_same_sums_as_a_plain_loop(wanted: SimulationParameters) -> None:
    run = engine.begin(wanted)
    engine.reckon(run, 0)
    price_stream, people_stream = streams(wanted.seed, 0)
    prices = run.source.draw(0, wanted.paths, price_stream)
    people = draw_people(wanted, wanted.paths, people_stream)
    tally, close = run.tally, pytest.approx
    for number in range(wanted.paths):
        path = [float(price) for price in prices[:, number]]
        person = Person(
            wanted.customers[people.group[number]],
            bool(people.is_short[number]),
            bool(people.finds_cash[number]),
            bool(people.renews[number]),
        )
        sarf, pledge = plain_sarf(wanted, path, person), plain_pledge(wanted, path, person)
        assert bool(tally.sarf.is_back[number]) is (sarf.bought_at is not None)
        if sarf.bought_at is not None:
            assert tally.sarf.exit_step[number] == sarf.bought_at
        assert tally.sarf.profit[number] == close(sarf.profit, rel=1e-9, abs=1e-7)
        assert tally.sarf.cost[number] == close(sarf.cost, rel=1e-9, abs=1e-7)
        assert bool(tally.pledge.is_back[number]) is pledge.is_redeemed
        assert tally.pledge.exit_step[number] == pledge.ended_at
        assert tally.pledge.profit[number] == close(pledge.profit, rel=1e-9, abs=1e-7)
        assert tally.pledge.cost[number] == close(pledge.cost, rel=1e-9, abs=1e-7)
        assert tally.shortfall[number] == close(pledge.shortfall, rel=1e-9, abs=1e-7)
        assert tally.calls[number] == pledge.calls
        book = [
            sum(share * of(wanted, path, one).profit for one, share in everyone(wanted))
            for of in (plain_sarf, plain_pledge)
        ]
        assert tally.sarf.book[number] == close(book[0], rel=1e-9, abs=1e-6)
        assert tally.pledge.book[number] == close(book[1], rel=1e-9, abs=1e-6)


@pytest.mark.parametrize(
    ("price", "profit", "flat", "simple", "compound"),
    [
        # 75% of 50 g at the day's price, less 7,000; the paper with its labels put right.
        (200, 500, 0.071429, 0.142857, 0.147959),
        (210, 875, 0.125, 0.25, 0.265625),
        (180, -250, -0.035714, -0.071429, -0.070153),
        (205, 687.5, 0.098214, 0.196429, 0.206075),
        (185, -62.5, -0.008929, -0.017857, -0.017777),
    ],
)
def test_the_papers_prices_give_the_papers_profits(
    price: float, profit: float, flat: float, simple: float, compound: float
) -> None:
    result = simulate(on_paths(flat_then(price)))
    side = result.sarf.institution
    assert side.facility.mean == side.book.mean == profit
    cost = result.sarf.customer.mean_with_gold_back
    assert cost is not None
    assert (cost.months, cost.money) == (6, profit)
    assert (cost.flat, cost.simple_per_year, cost.compound_per_year) == (flat, simple, compound)
    assert result.break_even_price == 186.666667


@pytest.mark.parametrize("price", [180, 200, 210])
def test_the_pledge_costs_four_hundred_and_twenty_whatever_the_price(price: float) -> None:
    result = simulate(on_paths(flat_then(price)))
    cost = result.pledge.customer.mean_with_gold_back
    assert cost is not None
    assert (cost.months, cost.money, cost.flat) == (6, 420, 0.06)
    assert (cost.simple_per_year, cost.compound_per_year) == (0.12, 0.1236)
    assert result.pledge.institution.facility.mean == 420


def test_who_never_buys_bears_the_thirty_per_cent_and_the_gold_is_resold() -> None:
    never = (CustomerGroup(Behaviour.NEVER, 1.0),)
    result = simulate(on_paths(flat_then(200), customers=never))
    assert result.sarf.customer.got_gold_back_share == 0
    assert result.sarf.customer.mean_with_gold_back is None
    assert result.sarf.customer.mean_cost_without_gold == 3_000
    # The trade pays 80% of 10,000.
    assert result.sarf.institution.facility.mean == 1_000
    # Sold for 8,000: 7,420 are the institution's, 580 the customer's.
    assert result.pledge.institution.facility.mean == 420
    assert result.pledge.customer.mean_cost_without_gold == 2_420


def test_a_fallen_price_leaves_a_shortfall_in_the_pledge_alone() -> None:
    never = (CustomerGroup(Behaviour.NEVER, 1.0),)
    result = simulate(on_paths(flat_then(160), customers=never))
    # 80% of 8,000 is 6,400 for a debt of 7,420; called once, in the first month: 7,070 / 8,000.
    avoided = result.avoided
    assert (avoided.shortfall_mean, avoided.shortfall_share) == (1_020, 1)
    assert (avoided.called_share, avoided.calls_per_path, avoided.sold_share) == (1, 1, 1)
    assert result.pledge.institution.facility.mean == 420 - 1_020
    assert result.sarf.institution.facility.mean == 6_400 - 7_000


def test_half_the_gold_may_be_bought_back() -> None:
    half = (CustomerGroup(Behaviour.ALWAYS_FIRST_DAY, 1.0, part=0.5),)
    result = simulate(on_paths(flat_then(200), customers=half))
    # Half at 7,500, half resold at 8,000, all bought for 7,000.
    assert result.sarf.institution.facility.mean == 750
    assert result.coverage[7].promised_grams_mean == 25
    assert result.coverage[6].bought_grams_mean == 25


def test_the_same_seed_gives_the_same_result_whatever_the_workers_and_the_order() -> None:
    alone = simulate(SEVERAL_CHUNKS)
    assert simulate(SEVERAL_CHUNKS, workers=3) == alone
    run = engine.begin(SEVERAL_CHUNKS)
    for number in (2, 0, 3, 1):
        engine.reckon(run, number)
    backwards = summary.summed_up(SEVERAL_CHUNKS, run.window, run.source.distinct, run.tally)
    assert backwards == alone
    assert simulate(replace(SEVERAL_CHUNKS, seed=12)) != alone


def test_progress_is_told_after_each_chunk() -> None:
    told: list[int] = []
    simulate(SEVERAL_CHUNKS, workers=2, progress=told.append)
    assert told == [CHUNK_PATHS, 2 * CHUNK_PATHS, 3 * CHUNK_PATHS, 3 * CHUNK_PATHS + 5]


@pytest.mark.parametrize("steps_per_month", [1, 5])
def test_nobody_buys_back_outside_the_window(steps_per_month: int) -> None:
    prices = PricePaths(volatility=0.4, steps_per_month=steps_per_month)
    wanted = SimulationParameters(paths=5_000, months=12, prices=prices)
    run = engine.begin(wanted)
    engine.reckon(run, 0)
    bought = run.tally.sarf.exit_step[run.tally.sarf.is_back]
    assert len(bought) > 1_000
    assert bought.min() >= 6 * steps_per_month
    assert bought.max() <= 8 * steps_per_month
    result = simulate(wanted)
    assert [month.month for month in result.coverage] == list(range(9))
    assert [month.month for month in result.cost_bands if month.sarf] == [6, 7, 8]


def test_a_horizon_before_the_window_lets_nobody_buy_and_says_so() -> None:
    result = simulate(SimulationParameters(paths=100, months=4))
    assert result.sarf.customer.got_gold_back_share == 0
    assert any("nobody buys back" in note for note in result.notes)


def test_the_first_cell_at_the_terms_asked_is_the_book_itself() -> None:
    result = simulate(SimulationParameters(paths=2_000, seed=5))
    (cell,) = (one for one in result.grid if (one.buy_fraction, one.cap_fraction) == (0.70, 0.75))
    book = result.sarf.institution.book
    assert cell.mean == book.mean
    assert cell.expected_shortfall_95 == book.expected_shortfall_95
    (margin,) = (one for one in result.margin_grid if one.loan_margin == 0.70)
    assert margin.mean == result.pledge.institution.book.mean


def test_all_of_the_histogram_is_counted() -> None:
    result = simulate(SimulationParameters(paths=20_000, seed=3))
    bins = result.histogram
    assert len(bins.edges) == len(bins.sarf) + 1 == len(bins.pledge) + 1
    assert sum(bins.sarf) + bins.sarf_below + bins.sarf_above == 20_000
    assert sum(bins.pledge) + bins.pledge_below + bins.pledge_above == 20_000


def test_a_higher_price_never_costs_the_institution_of_a_first_day_buyer() -> None:
    rising = np.linspace(100, 300, 21)
    result: list[SimulationResult] = [simulate(on_paths(flat_then(float(p)))) for p in rising]
    means = [one.sarf.institution.facility.mean for one in result]
    assert means == sorted(means)
