"""Tests say which second officer is needed, and whether two officers found the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.assets.items.model import ItemKind, MediaType, media_type_of
from sanduq.assets.model import GRADES, Metal
from sanduq.assets.policies.model import DEFAULT, DensityBand, alloy_band
from sanduq.assets.valuations.deciding import (
    disagreements,
    is_bar_unproven,
    second_required,
    stamped_fineness_bp,
)
from sanduq.assets.valuations.model import (
    Assay,
    AssayKind,
    SecondOfficer,
    SecondReason,
    ValuationStatus,
    density_of,
)
from sanduq.kit.money import Money, currency
from tests.make.gold_model import NOW, USD, a_valuation, an_item, findings


def xrf(fineness):
    return Assay(kind=AssayKind.XRF, instrument_id="ins_1", fineness_bp=fineness)


def acid(fineness):
    return Assay(kind=AssayKind.ACID, instrument_id="ins_1", fineness_bp=fineness)


def stamp(fineness):
    return Assay(kind=AssayKind.HALLMARK, stamp="a stamp", fineness_bp=fineness)


def sound(has_passed, kind=AssayKind.ULTRASONIC):
    return Assay(kind=kind, instrument_id="ins_1", has_passed=has_passed)


def weighed(density):
    band = alloy_band(Metal.GOLD, 9160)
    return Assay(kind=AssayKind.DENSITY, instrument_id="ins_1", density=density, band=band)


def reasons(*tests, value=388_384, item=None, **found):
    return second_required(
        item or an_item(), findings(tests=tests, **found), Money(value, USD), DEFAULT
    )


def test_density_by_archimedes():
    # 100 g that displace 5.17 g of water: 100 / 5.17 x 0.9982 = 19.3075...
    assert density_of(100_000, 94_830) == 19_308
    # 22.50 g that displace 1.262 g: 17.7967...
    assert density_of(22_500, 21_238) == 17_797


@given(air=st.integers(2, 10**9), share=st.integers(1, 10**6))
def test_density_is_the_exact_quotient_to_the_nearest_unit(air, share):
    displaced = max(1, air * share // 10**6)
    if displaced < air:
        computed = density_of(air, air - displaced)
        assert abs(computed * 10 * displaced - air * 9982) * 2 <= 10 * displaced


def test_pure_gold_is_between_19_2_and_19_4():
    assert alloy_band(Metal.GOLD, 9990) == DensityBand(19_200, 19_400)
    assert alloy_band(Metal.GOLD, 9999).holds(19_320)
    assert not alloy_band(Metal.GOLD, 9990).holds(19_199)
    assert alloy_band(Metal.GOLD, 9990).holds(19_400)


@pytest.mark.parametrize(
    ("fineness", "low", "high"),
    # 1 / (f / 19.32 + (1 - f) / 8.96) - 0.1 and 1 / (f / 19.32 + (1 - f) / 10.49) + 0.1
    [(9160, 17_509, 18_144), (7500, 14_886, 16_060), (3750, 11_115, 12_759)],
)
def test_the_band_of_an_alloy_lies_between_all_copper_and_all_silver(fineness, low, high):
    band = alloy_band(Metal.GOLD, fineness)
    assert abs(band.low - low) <= 2
    assert abs(band.high - high) <= 2


def test_bands_rise_with_fineness():
    bands = [alloy_band(Metal.GOLD, grade) for grade in sorted(GRADES[Metal.GOLD])]
    assert [b.low for b in bands] == sorted(b.low for b in bands)
    silver = alloy_band(Metal.SILVER, 9250)
    assert silver.holds(10_360)
    assert not silver.holds(11_340)  # lead


def test_an_everyday_piece_needs_a_witness_only():
    tests = (xrf(9180), stamp(9160), acid(9160), weighed(17_800), sound(True, AssayKind.MAGNET))
    assert reasons(*tests) == (SecondOfficer.WITNESS, ())


@pytest.mark.parametrize(
    ("tests", "reason"),
    [
        ((weighed(17_000),), SecondReason.DENSITY_OUT_OF_BAND),
        ((xrf(8750), stamp(9160)), SecondReason.XRF_DISAGREES_WITH_STAMP),
        ((xrf(8750),), SecondReason.XRF_DISAGREES_WITH_CONCLUSION),
        ((acid(8750),), SecondReason.ACID_BELOW_CONCLUSION),
        ((sound(False),), SecondReason.TEST_FAILED),
        ((sound(False, AssayKind.MAGNET),), SecondReason.TEST_FAILED),
    ],
)
def test_a_test_that_speaks_against_it_asks_for_a_second_valuer(tests, reason):
    officer, found = reasons(*tests)
    assert officer is SecondOfficer.VALUER
    assert reason in found


def test_an_xrf_reading_may_differ_by_the_tolerance():
    assert reasons(xrf(9210), stamp(9160))[1] == ()  # 5 per mille
    assert reasons(xrf(9211), stamp(9160))[1] == (
        SecondReason.XRF_DISAGREES_WITH_STAMP,
        SecondReason.XRF_DISAGREES_WITH_CONCLUSION,
    )


def test_a_value_above_the_limit_of_its_currency_asks_for_a_second_valuer():
    assert reasons(value=1_000_000) == (SecondOfficer.WITNESS, ())  # 10,000.00 is the limit
    assert reasons(value=1_000_001)[1] == (SecondReason.VALUE_ABOVE_LIMIT,)
    own = replace(DEFAULT, second_valuer_limits={"USD/2": 500_00})
    assert own.second_valuer_limit_minor(USD) == 500_00
    assert own.second_valuer_limit_minor(currency("TND")) == 10_000_000


@pytest.mark.parametrize(
    ("kind", "gross", "serial", "tests", "is_unproven"),
    [
        (ItemKind.BAR, 20_000, None, (), True),
        (ItemKind.BAR, 19_999, None, (), False),
        (ItemKind.BAR, 20_000, "A123", (), False),
        (ItemKind.BAR, 20_000, None, (sound(True),), False),
        (ItemKind.BAR, 20_000, None, (sound(False),), True),
        (ItemKind.BAR, 20_000, None, (weighed(19_300), sound(True, AssayKind.MAGNET)), True),
        (ItemKind.COIN, 31_100, None, (), False),
    ],
)
def test_tungsten_hides_from_a_density_test_so_a_bar_needs_more(
    kind, gross, serial, tests, is_unproven
):
    bar = an_item(kind=kind, gross_weight_mg=gross, stone_weight_mg=0, serial=serial)
    assert is_bar_unproven(bar, tests, gross) is is_unproven


@pytest.mark.parametrize(
    ("text", "fineness"),
    [("916", 9160), ("999.9 Fine Gold", 9999), ("22K", 9167), ("18 kt", None), ("18kt", 7500),
     ("Au750", None), ("AU 750", 7500), ("no stamp", None), ("123", None), ("916.", 9160)],
)  # fmt: skip
def test_a_stamp_is_read_where_it_is_plain(text, fineness):
    assert stamped_fineness_bp(Metal.GOLD, text) == fineness


def test_two_valuers_agree_on_fineness_and_on_weight_within_the_scales():
    first = a_valuation()
    assert disagreements(first, findings(gross_weight_mg=22_520), DEFAULT) == ()
    assert disagreements(first, findings(gross_weight_mg=22_521), DEFAULT) == ("net_weight",)
    assert disagreements(first, findings(fineness_bp=8750), DEFAULT) == ("fineness",)
    failed = findings(tests=(sound(False),))
    assert disagreements(first, failed, DEFAULT) == ("test_failed",)


def test_of_what_is_no_metal_the_values_lie_within_a_share():
    found = findings(fineness_bp=None, stated_minor=100_00)
    first = a_valuation(metal=Metal.NONE, findings=found, value=Money(100_00, USD))
    assert disagreements(first, replace(found, stated_minor=105_00), DEFAULT) == ()
    assert disagreements(first, replace(found, stated_minor=105_01), DEFAULT) == ("value",)


def test_a_valuation_is_worth_something_for_a_day_once_confirmed():
    valuation = a_valuation()
    assert valuation.is_valid_on(NOW)
    assert valuation.is_valid_on(NOW + timedelta(hours=24))
    assert not valuation.is_valid_on(NOW + timedelta(hours=24, seconds=1))
    assert not valuation.is_valid_on(NOW - timedelta(seconds=1))
    for status in (ValuationStatus.AWAITING_SECOND, ValuationStatus.DISPUTED):
        assert not a_valuation(status=status).is_valid_on(NOW)
    assert (valuation.net_weight_mg, valuation.fine_weight_tenths) == (21_200, 194_192)
    assert valuation.fine_weight_mg == 19_419


def test_a_photo_is_known_by_its_first_bytes():
    assert media_type_of(b"\xff\xd8\xff\xe0") is MediaType.JPEG
    assert media_type_of(b"\x89PNG\r\n\x1a\n....") is MediaType.PNG
    assert media_type_of(b"RIFF\x00\x00\x00\x00WEBPVP8 ") is MediaType.WEBP
    assert media_type_of(b"%PDF-1.7") is None
