"""Which things to sell, what a lot must bring, who wins, how old a surplus is."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.rahnu.contracts.liquidation.auctions.model import (
    ALLOWED,
    LOT_NEXT,
    OVER,
    AuctionAction,
    AuctionStatus,
    Bid,
    LotStatus,
    best_bid,
    rises_above,
)
from sanduq.rahnu.contracts.liquidation.model import is_oversale, minimal_lot, reserve_minor
from sanduq.rahnu.contracts.liquidation.notices.model import NoticeKind, due_on, earliest_sale_on
from sanduq.rahnu.contracts.liquidation.sales.model import Quote, independent_quote_minor
from sanduq.rahnu.contracts.liquidation.surplus.model import AgeBucket, bucket_days, bucket_of
from sanduq.rahnu.templates.model import PledgeTerms

NOON = datetime(2024, 8, 15, 12, 0, tzinfo=UTC)
VALUES = st.dictionaries(
    st.sampled_from([f"itm_{n:02d}" for n in range(20)]), st.integers(1, 10_000), min_size=1
)


def a_bid(bid_id: str, minor: int, at: datetime = NOON) -> Bid:
    return Bid(bid_id, "lot_1", "auc_1", "cpty_1", minor, True, at, "user_1")


def test_the_least_that_covers_is_sold() -> None:
    values = {"a": 500, "b": 300, "c": 250}
    assert minimal_lot(values, 520) == ("b", "c")
    assert minimal_lot(values, 500) == ("a",)
    assert minimal_lot(values, 1) == ("c",)
    assert minimal_lot(values, 2_000) == ("a", "b", "c")
    assert minimal_lot(values, 0) == ()


@given(VALUES, st.integers(1, 150_000))
def test_no_thing_of_a_minimal_lot_could_stay_home(values, needed) -> None:
    chosen = minimal_lot(values, needed)
    total = sum(values[one] for one in chosen)
    assert total >= min(needed, sum(values.values()))
    assert total < needed or not is_oversale(values, chosen, needed)


def test_the_reserve_is_a_share_of_the_market_rounded_up() -> None:
    assert reserve_minor(824_917, 9_000) == 742_426
    assert reserve_minor(1, 9_000) == 1


def test_the_highest_bid_wins_and_the_earliest_of_equals() -> None:
    later = NOON.replace(hour=13)
    bids = [a_bid("bid_3", 900, later), a_bid("bid_2", 900), a_bid("bid_1", 800)]
    winner = best_bid(bids, 850)
    assert winner is not None
    assert winner.bid_id == "bid_2"
    assert best_bid(bids, 901) is None
    passed = best_bid(bids, 850, ["bid_2"])
    assert passed is not None
    assert passed.bid_id == "bid_3"


def test_an_open_bid_goes_higher_than_the_one_that_stands() -> None:
    assert rises_above(None, 1)
    assert rises_above(10, 11)
    assert not rises_above(10, 10)


def test_every_state_of_auctions_and_lots_is_reached_or_a_beginning() -> None:
    reached = {target for targets in LOT_NEXT.values() for target in targets}
    assert reached | {LotStatus.LISTED} == set(LotStatus)
    assert all(not LOT_NEXT[status] for status in OVER)
    assert all(ALLOWED[action] for action in AuctionAction)
    assert AuctionStatus.SETTLED not in {s for states in ALLOWED.values() for s in states}


@pytest.mark.parametrize(
    ("kind", "day"),
    [
        (NoticeKind.REMINDER, date(2024, 7, 1)),
        (NoticeKind.MATURITY, date(2024, 7, 15)),
        (NoticeKind.DEFAULT, date(2024, 7, 22)),
    ],
)
def test_the_ladder_counts_from_the_due_day(kind, day) -> None:
    assert due_on(kind, date(2024, 7, 15), PledgeTerms()) == day


def test_a_sale_waits_fourteen_days_for_its_notice() -> None:
    assert earliest_sale_on(date(2024, 8, 1), PledgeTerms()) == date(2024, 8, 15)


def test_a_quote_counts_when_its_giver_is_independent() -> None:
    quotes = [
        Quote("cpty_kin", 900, "Q-1", date(2024, 8, 1)),
        Quote("The assay office", 800, "Q-2", date(2024, 8, 1)),
    ]
    assert independent_quote_minor(quotes, frozenset({"cpty_kin"})) == 800
    assert independent_quote_minor([], frozenset()) is None


@given(st.integers(0, 4_000))
def test_every_age_has_one_bucket(days) -> None:
    first, last = bucket_days(bucket_of(days))
    assert first <= days
    assert last is None or days <= last
    assert sum(bucket_of(days) is each for each in AgeBucket) == 1
