"""Money is exact or refused, never rounded on its way in or out."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.kit.money import (
    MINOR_MAX,
    AmountError,
    Money,
    allocate,
    asset_from_text,
    currency,
    json_number,
    parse_amount,
    sum_money,
)

USD, TND, XOF = currency("USD"), currency("TND"), currency("XOF")
ASSETS = st.sampled_from([USD, TND, XOF])
MINOR = st.integers(min_value=0, max_value=MINOR_MAX)


@given(MINOR, ASSETS)
def test_an_amount_written_out_is_read_back_exactly(minor: int, asset: object) -> None:
    money = Money(minor, asset)  # type: ignore[arg-type]
    assert parse_amount(json_number(money), money.asset) == money
    assert parse_amount(f"{money.decimal:f}", money.asset) == money


@given(MINOR, st.integers(min_value=1, max_value=400), st.integers(min_value=1, max_value=5000))
def test_shares_sum_to_the_whole_and_none_is_negative(total: int, parts: int, step: int) -> None:
    shares = allocate(total, parts, multiple_of_minor=step)
    assert sum(shares) == total
    assert len(shares) == parts
    assert min(shares) >= 0
    assert all(share % step == 0 for share in shares[:-1])
    assert len(set(shares[:-1])) <= 1


def test_the_documented_loan_divides_as_documented() -> None:
    # 2000.00 over 12 is 11 times 166.67 and 166.63; 40.00 is 11 times 3.33 and 3.37.
    assert allocate(200_000, 12) == (16_667,) * 11 + (16_663,)
    assert allocate(4_000, 12) == (333,) * 11 + (337,)


def test_halves_round_to_even() -> None:
    # 1250 over 4 in whole units: 312.5 goes to 312, the last takes 314.
    assert allocate(125_000, 4, multiple_of_minor=100) == (31_200, 31_200, 31_200, 31_400)


@pytest.mark.parametrize(
    ("value", "minor"),
    [
        (170, 17_000),
        (Decimal("170.50"), 17_050),
        (Decimal("1E+2"), 10_000),
        ("0170.5", 17_050),
        ("1.500000", 150),
        (0, 0),
    ],
)
def test_exact_amounts_are_read(value: object, minor: int) -> None:
    assert parse_amount(value, USD) == Money(minor, USD)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (Decimal("NaN"), "not_a_number"),
        (Decimal("Infinity"), "not_a_number"),
        (True, "not_a_number"),
        (1.5, "not_a_number"),
        (None, "not_a_number"),
        ("", "not_a_number"),
        ("1e2", "not_a_number"),
        ("1,000", "not_a_number"),
        (" 1", "not_a_number"),
        ("١٢٣", "not_a_number"),
        ("１２３", "not_a_number"),
        (-1, "negative"),
        ("-1", "negative"),
        (Decimal("-0"), "negative"),
        (Decimal("1.005"), "too_many_decimals"),
        ("1.005", "too_many_decimals"),
        (Decimal("1E-3"), "too_many_decimals"),
        (Decimal("1E-999999"), "too_many_decimals"),
        (10**30, "too_large"),
        (Decimal("1E+999999"), "too_large"),
        ("9" * 60, "too_large"),
    ],
)
def test_what_is_not_exact_is_refused_with_the_reason(value: object, code: str) -> None:
    with pytest.raises(AmountError) as refusal:
        parse_amount(value, USD)
    assert refusal.value.code == code


def test_each_currency_has_its_own_decimals() -> None:
    assert parse_amount("1.005", TND) == Money(1005, TND)
    with pytest.raises(AmountError):
        parse_amount("1.5", XOF)


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(AmountError) as refusal:
        currency("XXX")
    assert refusal.value.code == "unknown_currency"


def test_assets_do_not_mix() -> None:
    with pytest.raises(ValueError, match="cannot combine"):
        Money(1, USD) + Money(1, TND)


def test_an_asset_is_written_with_its_decimals() -> None:
    assert str(TND) == "TND/3"
    assert asset_from_text("TND/3") == TND
    assert str(Money(1005, TND)) == "1.005 TND"
    assert sum_money([Money(1, USD), Money(2, USD)], USD) == Money(3, USD)
    assert sum_money([], USD) == Money(0, USD)
