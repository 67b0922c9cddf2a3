"""The gold itself: pure weight, what it is mixed with, its price below the market (SRF)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.assets.model import fine_weight_tenths
from sanduq.sarf.facts_exchange import DefectFact, PriceFact
from sanduq.sarf.facts_promise import CounterPromise
from sanduq.sarf.model import Leg, MixClass, PossessionKind, fine_equal
from sanduq.shariah.model import Severity
from tests.make.sarf_facts import (
    BUYING,
    CUSTOMER,
    HOUSE,
    SALE,
    SWAP,
    bar,
    codes_of,
    findings_of,
    received,
    with_part,
)

tenths = st.integers(0, 10**8)


def swap(coming, going, **changes):
    return replace(SWAP, gold_in=tuple(coming), gold_out=tuple(going), **changes)


def test_srf_02_fineness_and_age_do_not_matter_and_pure_weight_does():
    # 54.53 g of 916 hold 49.9495 g: as much as 50 g of 999 (49.9500 g) on a scale of 1 mg.
    old = bar(net_weight_mg=54_530, fineness_bp=9_160, fine_tenths=499_494)
    assert codes_of("SRF-02", swap([old], [bar()], scale_tolerance_tenths=10)) == []
    assert codes_of("SRF-02", swap([old], [bar()])) == ["GOLD_INEQUALITY"]


def test_srf_02_nothing_is_paid_beside_gold_for_gold():
    assert codes_of("SRF-02", swap([bar()], [bar()], money_minor=1)) == ["GOLD_INEQUALITY"]
    assert codes_of("SRF-02", swap([bar()], [])) == ["GOLD_INEQUALITY"]


def test_srf_02_gold_for_silver_may_differ_in_weight():
    silver = bar(metal="silver", net_weight_mg=900_000, fine_tenths=8_991_000)
    assert codes_of("SRF-02", swap([bar()], [silver], money_minor=5_00)) == []


@given(tenths, tenths, st.integers(0, 1000))
def test_srf_02_equal_weight_is_the_same_from_both_sides(coming, going, tolerance):
    assert fine_equal(coming, going, tolerance) == fine_equal(going, coming, tolerance)
    there = swap([bar(fine_tenths=coming)], [bar(fine_tenths=going)])
    back = swap([bar(fine_tenths=going)], [bar(fine_tenths=coming)])
    assert codes_of("SRF-02", there) == codes_of("SRF-02", back)


def test_a_scale_has_no_negative_tolerance():
    with pytest.raises(ValueError, match="not negative"):
        fine_equal(1, 1, -1)


def test_srf_07_gold_without_a_number_is_sold_only_in_the_hand():
    heap = bar(is_allocated=False)
    on_paper = received(
        Leg.GOLD_IN, SALE.possessions[0].received_at, kind=PossessionKind.ALLOCATED_BAR
    )
    facts = replace(SALE, gold_in=(heap,), possessions=(on_paper,))
    assert codes_of("SRF-07", facts) == ["GOLD_UNALLOCATED"]
    assert codes_of("SRF-07", replace(facts, possessions=SALE.possessions)) == []
    assert codes_of("SRF-07", replace(facts, gold_in=(bar(),))) == []


@pytest.mark.parametrize(
    "change",
    [
        {"promisors": (HOUSE, CUSTOMER)},
        {"counter_promises": (CounterPromise(promisor_id=CUSTOMER, asset="gold",
                                             from_on=date(2026, 8, 1), to_on=date(2026, 8, 2)),)},
        {"text": "The institution sells and the customer shall buy."},
    ],
)  # fmt: skip
def test_srf_10_a_promise_never_binds_both_sides(change):
    assert codes_of("SRF-10", with_part(BUYING, "promise", **change)) == ["SARF_MUWAADAH"]


@pytest.mark.parametrize("mix", [None, "unknown", MixClass.TRACE])
def test_srf_12_plating_and_unknown_mixtures_are_not_gold(mix):
    assert codes_of("SRF-12", replace(SALE, gold_in=(bar(mix_class=mix),))) == ["GOLD_MIX_CLASS"]


@pytest.mark.parametrize(
    "mix", [MixClass.GOLD_AND_SILVER, MixClass.MOSTLY_GOLD, MixClass.HALF_GOLD_OR_LESS]
)
def test_srf_12_gold_joined_with_other_goods_is_sold_for_money_only(mix):
    joined = bar(mix_class=mix)
    assert codes_of("SRF-12", replace(SALE, gold_in=(joined,))) == []
    assert codes_of("SRF-12", swap([joined], [bar()])) == ["GOLD_MIX_CLASS"]


@given(st.integers(1, 10**6), st.integers(1, 10_000))
def test_srf_12_no_more_than_the_pure_part_is_counted(net_mg, fineness_bp):
    pure = fine_weight_tenths(net_mg, fineness_bp)
    piece = bar(net_weight_mg=net_mg, fineness_bp=fineness_bp, fine_tenths=pure)
    assert codes_of("SRF-12", replace(SALE, gold_in=(piece,))) == []
    more = replace(piece, fine_tenths=pure + 1)
    assert codes_of("SRF-12", replace(SALE, gold_in=(more,))) == ["GOLD_MIX_CLASS"]


def test_srf_13_white_gold_and_silver_follow_the_rules_and_nothing_else_is_exchanged():
    for metal in ("gold", "white_gold", "silver"):
        assert codes_of("SRF-13", replace(SALE, gold_in=(bar(metal=metal),))) == []
    assert codes_of("SRF-13", replace(SALE, gold_in=(bar(metal="platinum"),))) == ["METAL_RULES"]
    white = bar(metal="white_gold", fine_tenths=400_000)
    assert codes_of("SRF-02", swap([white], [bar()])) == ["GOLD_INEQUALITY"]


def test_srf_14_a_service_beside_gold_for_gold_is_at_cost():
    at_cost = replace(SWAP, service_fee_minor=30_00, service_cost_minor=30_00)
    assert codes_of("SRF-14", at_cost) == []
    assert codes_of("SRF-14", replace(at_cost, service_fee_minor=30_01)) == ["GOLD_SERVICE_FEE"]
    assert codes_of("SRF-14", replace(at_cost, service_cost_minor=None)) == ["GOLD_SERVICE_FEE"]
    assert codes_of("SRF-14", replace(at_cost, gold_in=(), service_fee_minor=90_00)) == []


def test_srf_15_jewellery_is_gold_unless_the_board_rules_otherwise():
    (found,) = findings_of("SRF-15", replace(SALE, is_jewellery_gold=False))
    assert (found.code, found.severity) == ("JEWELLERY_EXEMPTION", Severity.REVIEW)


def test_srf_18_a_hidden_defect_found_in_time_is_honoured():
    defect = DefectFact(
        item_id="itm_bar", sold_on=date(2026, 1, 15), found_on=date(2026, 1, 22), term_days=7,
        choice="return",
    )  # fmt: skip
    assert codes_of("SRF-18", replace(SALE, defect=defect)) == []
    refused = replace(defect, is_honoured=False)
    assert codes_of("SRF-18", replace(SALE, defect=refused)) == ["GOLD_DEFECT"]
    too_late = replace(refused, found_on=date(2026, 1, 23))
    assert codes_of("SRF-18", replace(SALE, defect=too_late)) == []


def price(market, asked, *, quoted=True):
    shown = PriceFact(market_minor=market, has_independent_quote=quoted)
    return with_part(replace(SALE, price=shown), "session", price_minor=asked)


def test_srf_19_a_price_more_than_30_percent_below_the_market_waits_for_the_board():
    assert findings_of("SRF-19", price(10_000_00, 7_000_00)) == []
    (found,) = findings_of("SRF-19", price(10_000_00, 6_999_99))
    assert (found.severity, found.limit) == (Severity.REVIEW, "7000.00")


def test_srf_19_a_price_more_than_15_percent_below_the_market_needs_anothers_quote():
    assert findings_of("SRF-19", price(10_000_00, 8_500_00, quoted=False)) == []
    (found,) = findings_of("SRF-19", price(10_000_00, 8_499_99, quoted=False))
    assert (found.code, found.severity) == ("GHABN_FAHISH", Severity.WARN)
    assert codes_of("SRF-19", replace(SALE, price=None)) == ["GHABN_FAHISH"]


@given(st.fractions(min_value=1, max_value=10**12, max_denominator=10**6))
def test_srf_19_rounding_a_price_down_does_not_bring_it_before_the_board(market):
    seventy = int(market * Fraction(7, 10))
    assert seventy == 0 or findings_of("SRF-19", price(market, seventy)) == []


def test_srf_20_the_notice_is_acknowledged_in_its_version():
    assert codes_of("SRF-20", SALE) == []
    other = replace(SALE, disclosures_acknowledged=frozenset({("SRF-20", "2025.1")}))
    assert codes_of("SRF-20", other) == ["MY_SARF_SCOPE"]
    assert codes_of("SRF-20", replace(SALE, disclosure=None)) == ["MY_SARF_SCOPE"]
