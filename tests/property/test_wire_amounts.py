"""Amounts on the wire: accepted exactly or refused, whatever is written; never rounded."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sanduq.kit.json import JsonError, canonical, dumps, loads
from sanduq.kit.money import (
    MINOR_MAX,
    AmountError,
    Money,
    currency,
    currency_codes,
    json_number,
    parse_amount,
)

ASSETS = [currency(code) for code in ("JPY", "USD", "TND")]
assets = st.sampled_from(ASSETS)
minors = st.integers(min_value=0, max_value=MINOR_MAX)
PLAIN = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)

digits = st.text("0123456789", min_size=1, max_size=25)
# What JSON calls a number: sign, digits, a fraction, an exponent.
json_numbers = st.builds(
    lambda sign, whole, fraction, exponent: sign + whole + fraction + exponent,
    st.sampled_from(["", "-"]),
    digits.map(lambda text: text.lstrip("0") or "0"),
    st.one_of(st.just(""), digits.map(lambda text: "." + text)),
    st.one_of(
        st.just(""),
        st.builds(
            lambda e, sign, power: f"{e}{sign}{power}",
            st.sampled_from("eE"),
            st.sampled_from(["", "+", "-"]),
            st.integers(0, 40),
        ),
    ),
)


def read(text: str, asset):
    """What the API makes of a JSON value, or the code of the refusal."""
    try:
        value = loads(text)
    except JsonError:
        return "invalid_json"
    try:
        return parse_amount(value, asset)
    except AmountError as error:
        return error.code


@given(minors, assets)
def test_every_amount_written_is_read_back_to_the_minor_unit(minor, asset) -> None:
    money = Money(minor, asset)
    assert read(dumps(money).decode(), asset) == money
    assert read(f'"{money.decimal:f}"', asset) == money
    assert loads(dumps(money)) == json_number(money) == money.decimal


@given(minors, assets)
def test_no_amount_is_written_with_an_exponent_or_a_needless_zero(minor, asset) -> None:
    text = dumps(Money(minor, asset)).decode()
    assert PLAIN.fullmatch(text)
    assert not ("." in text and text.endswith("0"))
    assert not (len(text) > 1 and text.startswith("0") and not text.startswith("0."))


@given(json_numbers, assets)
@example("1e2", ASSETS[1])
@example("1e-3", ASSETS[1])
@example("1.005", ASSETS[1])
@example("1." + "0" * 30 + "1", ASSETS[1])
@example("100.00" + "9" * 40, ASSETS[1])
@example("-0", ASSETS[1])
@example("-0.0", ASSETS[1])
@example("1" + "0" * 30, ASSETS[1])
@example("90000000000000.00", ASSETS[1])
@example("90000000000000.01", ASSETS[1])
def test_a_json_number_is_taken_for_what_it_is_or_refused(text, asset) -> None:
    found = read(text, asset)
    meant = Fraction(Decimal(text)) * 10**asset.digits
    if isinstance(found, Money):
        assert meant == found.amount_minor
        assert found.asset == asset
        return
    # A refusal has its reason in the number itself.
    assert {
        "negative": text.startswith("-"),
        "too_many_decimals": meant.denominator != 1,
        "too_large": meant > MINOR_MAX,
        "invalid_json": len(text) > 60,
    }[found], found


@given(json_numbers, assets)
def test_what_fits_is_never_refused(text, asset) -> None:
    meant = Fraction(Decimal(text)) * 10**asset.digits
    if text.startswith("-") or meant.denominator != 1 or meant > MINOR_MAX or len(text) > 60:
        return
    assert read(text, asset) == Money(int(meant), asset)


@given(st.text(max_size=45), assets)
@example("1." + "0" * 30 + "1", ASSETS[1])
@example("١٠٠", ASSETS[1])
@example("１００", ASSETS[1])
@example("²", ASSETS[1])
@example("1e2", ASSETS[1])
@example("NaN", ASSETS[1])
@example("100\n", ASSETS[1])
def test_a_text_is_an_amount_only_in_plain_digits(text, asset) -> None:
    try:
        money = parse_amount(text, asset)
    except AmountError:
        return
    assert PLAIN.fullmatch(text)
    assert Fraction(text) * 10**asset.digits == money.amount_minor


@given(st.text("0123456789.", min_size=1, max_size=30), assets)
def test_plain_digits_that_fit_are_an_amount(text, asset) -> None:
    if not PLAIN.fullmatch(text):
        return
    meant = Fraction(text) * 10**asset.digits
    if meant.denominator == 1 and meant <= MINOR_MAX:
        assert parse_amount(text, asset).amount_minor == meant
    else:
        with pytest.raises(AmountError):
            parse_amount(text, asset)


@given(st.one_of(st.booleans(), st.none(), st.floats(), st.lists(st.integers()), st.binary()))
def test_nothing_but_numbers_and_digits_is_an_amount(value) -> None:
    with pytest.raises(AmountError) as refusal:
        parse_amount(value, ASSETS[1])
    assert refusal.value.code == "not_a_number"


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_a_decimal_that_is_no_number_is_refused(value) -> None:
    with pytest.raises(AmountError):
        parse_amount(Decimal(value), ASSETS[1])


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "01", "+1", "1.", ".1", "0x1"])
def test_what_json_does_not_know_is_no_json(text) -> None:
    with pytest.raises(JsonError):
        loads(text)


@given(json_numbers)
@example("10000000000000.000000000000001")
def test_one_number_has_one_fingerprint_however_it_is_written(text) -> None:
    if len(text) > 60 or Decimal(text).is_zero():
        return
    shown = canonical({"amount": loads(text)})
    assert canonical(loads(shown)) == shown
    assert Decimal(loads(shown)["amount"]) == Decimal(text)


@given(st.data())
def test_every_currency_reads_its_smallest_unit_and_refuses_a_tenth_of_it(data) -> None:
    asset = currency(data.draw(st.sampled_from(currency_codes())))
    unit = Decimal(1).scaleb(-asset.digits)
    assert parse_amount(unit, asset) == Money(1, asset)
    with pytest.raises(AmountError) as refusal:
        parse_amount(unit / 10, asset)
    assert refusal.value.code == "too_many_decimals"
