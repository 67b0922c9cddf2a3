"""Fee formulas are read, kept exact, and never executed."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.kit.formula import (
    FormulaError,
    minor_by_formula,
)
from sanduq.qard.fee_formula import COST_NAMES, RATE_NAMES, read_fee_formula

counts = st.integers(min_value=0, max_value=1000)


@given(counts, counts)
def test_a_formula_means_what_arithmetic_means(pages: int, visits: int) -> None:
    formula = read_fee_formula("(page_count * 0.10 + 3) * 2 + max(visit_count, 4) / 4")
    fee = minor_by_formula(formula, {"page_count": pages, "visit_count": visits}, 2)
    # 0.10 and 1/4 in minor units: 20 per page, 600 fixed, 25 per visit from the fourth on
    assert fee == 20 * pages + 600 + 25 * max(visits, 4)


def refusal(text: str) -> str | None:
    """The code a formula is refused with; None when it was read, and only known names with it."""
    try:
        formula = read_fee_formula(text)
    except FormulaError as error:
        return error.code
    assert formula.names <= COST_NAMES | RATE_NAMES
    return None


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_and_never_fails_otherwise(text: str) -> None:
    assert refusal(text) in {None, "unreadable", "unknown_name"}


@given(st.text(alphabet="0123456789.e_xj+-*/(), minaxdr", max_size=40))
def test_text_that_looks_like_a_formula_is_read_or_refused(text: str) -> None:
    assert refusal(text) in {None, "unreadable", "unknown_name"}


def test_decimals_are_exact_and_the_fraction_favours_the_borrower() -> None:
    # 0.1 + 0.2 is 0.3 here; 10 / 3 = 3.333… is 3.33
    assert minor_by_formula(read_fee_formula("0.1 + 0.2"), {}, 2) == 30
    assert minor_by_formula(read_fee_formula("10 / 3"), {}, 2) == 333
    assert minor_by_formula(read_fee_formula("20 / 3"), {}, 3) == 6666
    half = {"direct_cost": Fraction(1, 2)}
    assert minor_by_formula(read_fee_formula("direct_cost"), half, 0) == 0


def test_a_formula_names_what_would_make_it_a_rate() -> None:
    assert read_fee_formula("0.02*principal").refused_names == ("principal",)
    assert read_fee_formula("max(days, outstanding) * 2").refused_names == ("days", "outstanding")
    assert read_fee_formula("direct_cost + page_count * 0.10").refused_names == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1 +",
        "-1",
        "2 ** 3",
        "7 // 2",
        "7 % 2",
        "1e5",
        "1_000",
        "0x10",
        "3j",
        "1or 2",
        ".5",
        "1.",
        "min(1)",
        "max()",
        "min(*principal, 1)",
        "abs(1, 2)",
        "min(1, 2).real",
        "direct_cost(1, 2)",
        "(1, 2)",
        "direct_cost if page_count else 1",
        "__import__('os')",
        "lambda: 1",
        "True",
        "1 < 2",
        "not 1",
        "١ + ٢",
        "1\n+ 2",
        "(" * 90 + "1",
    ],
)
def test_anything_beyond_the_language_is_refused(text: str) -> None:
    with pytest.raises(FormulaError) as refused:
        read_fee_formula(text)
    assert refused.value.code == "unreadable"


def test_unknown_names_and_long_formulas_are_refused() -> None:
    with pytest.raises(FormulaError) as unknown:
        read_fee_formula("salary / 12")
    assert unknown.value.code == "unknown_name"
    with pytest.raises(FormulaError) as long:
        read_fee_formula("1+" * 100 + "1")
    assert long.value.code == "too_long"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1 / page_count", "division_by_zero"),
        ("1 - direct_cost", "negative"),
        ("visit_count * 2", "missing_value"),
    ],
)
def test_a_formula_without_a_usable_value_is_refused(text: str, code: str) -> None:
    with pytest.raises(FormulaError) as refused:
        minor_by_formula(read_fee_formula(text), {"page_count": 0, "direct_cost": 5}, 2)
    assert refused.value.code == code
