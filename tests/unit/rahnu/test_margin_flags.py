"""Flags, trigger prices and notices of a margin: figures by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sanduq.kit.money import currency
from sanduq.rahnu.contracts.margin.model import (
    Cover,
    FlagChange,
    MarginCause,
    Metalled,
    cure_by,
    flag_after,
    notice_text,
    percent,
    status_of,
    triggers,
)
from sanduq.rahnu.contracts.model import MarginFlag, PledgeStatus
from sanduq.rahnu.templates.model import PledgeTerms

TERMS = PledgeTerms()  # watched at 80%, called at 85%, critical at 90%, calm again 2 points below
USD = currency("USD")
NONE, WATCH, CALL, CRITICAL = (
    MarginFlag.NONE, MarginFlag.WATCH, MarginFlag.CALL, MarginFlag.CRITICAL,
)  # fmt: skip
FIFTY_GRAMS = Metalled(fine_tenths=500_000, other_minor=0)


def at_share(basis_points: int) -> Cover:
    """Claims of so many basis points of a value of 10,000.00."""
    return Cover(claims_minor=basis_points * 100, value_minor=1_000_000)


def test_trigger_prices_of_claims_on_fifty_grams() -> None:
    """7,210.00 ÷ (50 × 0.70, 0.80, 0.85, 0.90): 206.00, 180.25, 169.647…, 160.222…"""
    cover = Cover(claims_minor=721_000, value_minor=1_000_000)
    found = triggers(cover, FIFTY_GRAMS, TERMS)
    assert [(one.flag, one.price_minor) for one in found] == [
        (NONE, 20_600), (WATCH, 18_025), (CALL, 16_965), (CRITICAL, 16_022),
    ]  # fmt: skip
    assert cover.ltv_bp == 7_210


def test_cash_and_things_without_a_price_lower_the_trigger() -> None:
    """(7,210 ÷ 0.85 − 1,000 − 500) ÷ 50 g = 139.647…"""
    cover = Cover(721_000, 1_000_000, held_minor=100_000)
    metal = Metalled(500_000, other_minor=50_000)
    assert triggers(cover, metal, TERMS)[2].price_minor == 13_965


def test_a_haircut_raises_the_trigger() -> None:
    """7,210 ÷ (50 g × 0.9 × 0.80) = 200.277…"""
    cover = Cover(721_000, 1_000_000)
    assert triggers(cover, Metalled(500_000, 0, haircut_bp=1_000), TERMS)[1].price_minor == 20_028


@pytest.mark.parametrize(
    ("cover", "metal"),
    [
        (Cover(0, 1_000_000), FIFTY_GRAMS),
        (Cover(721_000, 1_000_000, held_minor=2_000_000), FIFTY_GRAMS),
        (Cover(721_000, 1_000_000), Metalled(0, 1_000_000)),
    ],
)
def test_no_price_triggers_what_needs_no_metal(cover: Cover, metal: Metalled) -> None:
    assert {one.price_minor for one in triggers(cover, metal, TERMS)} == {None}


@pytest.mark.parametrize(
    ("share", "flag"),
    [
        (7_000, NONE), (7_999, NONE), (8_000, WATCH), (8_499, WATCH), (8_500, CALL),
        (8_999, CALL), (9_000, CRITICAL), (12_000, CRITICAL),
    ],
)  # fmt: skip
def test_a_flag_is_raised_where_its_share_is_reached(share: int, flag: MarginFlag) -> None:
    assert flag_after(NONE, at_share(share), TERMS) is flag


@pytest.mark.parametrize(
    ("before", "share", "after"),
    [
        (WATCH, 7_800, WATCH), (WATCH, 7_799, NONE),
        (CALL, 8_300, CALL), (CALL, 8_299, WATCH), (CALL, 7_850, WATCH), (CALL, 7_000, NONE),
        (CRITICAL, 8_800, CRITICAL), (CRITICAL, 8_799, CALL), (CRITICAL, 8_299, WATCH),
        (WATCH, 8_600, CALL), (CALL, 9_100, CRITICAL),
    ],
)  # fmt: skip
def test_a_flag_is_lowered_only_two_points_below(
    before: MarginFlag, share: int, after: MarginFlag
) -> None:
    assert flag_after(before, at_share(share), TERMS) is after


def test_no_rounding_makes_a_call() -> None:
    """One minor unit short of 85% of 9,999.99 is 84.9999…%: rounded up it would read 85%."""
    value = 999_999
    reached = -(-8_500 * value // 10_000)
    short = Cover(reached - 1, value)
    assert short.ltv_bp == 8_500
    assert flag_after(NONE, short, TERMS) is WATCH
    assert flag_after(NONE, Cover(reached, value), TERMS) is CALL


def test_cash_held_counts_as_cover() -> None:
    assert flag_after(NONE, Cover(860_000, 1_000_000), TERMS) is CALL
    assert flag_after(NONE, Cover(860_000, 1_000_000, held_minor=100_000), TERMS) is NONE


def test_nothing_owed_raises_no_flag_whatever_the_value() -> None:
    assert flag_after(CRITICAL, Cover(0, 0), TERMS) is NONE
    assert Cover(0, 0).ltv_bp == 0


def test_claims_without_cover_are_critical() -> None:
    assert flag_after(NONE, Cover(1, 0), TERMS) is CRITICAL
    assert Cover(1, 0).ltv_bp is None


def test_a_called_flag_shows_as_margin_call_and_a_watched_one_as_active() -> None:
    assert [status_of(flag) for flag in (NONE, WATCH, CALL, CRITICAL)] == [
        PledgeStatus.ACTIVE, PledgeStatus.ACTIVE,
        PledgeStatus.MARGIN_CALL, PledgeStatus.MARGIN_CALL,
    ]  # fmt: skip


def test_only_crossing_the_call_is_a_call_or_its_cure() -> None:
    def change(before: MarginFlag, after: MarginFlag) -> FlagChange:
        return FlagChange("rhn_1", before, after, at_share(8_600), MarginCause.PRICE)

    assert change(WATCH, CALL).is_called
    assert change(NONE, CRITICAL).is_called
    assert not change(CALL, CRITICAL).is_called
    assert not change(NONE, WATCH).is_called
    assert change(CRITICAL, WATCH).is_cured
    assert not change(CRITICAL, CALL).is_cured


def test_days_to_answer_count_from_the_notice_that_arrived() -> None:
    called = date(2024, 1, 15)
    assert cure_by(called, None, 7) == date(2024, 1, 22)
    assert cure_by(called, date(2024, 1, 18), 7) == date(2024, 1, 25)


def test_the_notice_says_that_it_gives_no_right_to_sell() -> None:
    """RHN-23: a call offers part payment, another thing or cash, and sells nothing."""
    text = notice_text(Cover(721_000, 848_000), TERMS, USD, date(2024, 1, 22))
    assert "7210.00 USD" in text
    assert "85.03% of" in text
    assert "2024-01-22" in text
    assert "gives nobody a right to sell" in text


def test_other_terms_move_the_flags() -> None:
    tight = replace(TERMS, watch_bp=7_200, margin_call_bp=7_500, critical_bp=8_000)
    assert flag_after(NONE, at_share(7_600), tight) is CALL
    assert percent(7_210) == "72.10%"
    assert percent(8_500) == "85%"
