"""Actual direct cost, and the most a fee may be."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.kit.money import currency
from sanduq.qard.model import (
    CostStudy,
    direct_cost_per_loan_minor,
    fee_limit_minor,
    is_study_current,
)
from sanduq.shariah.model import CostLine

amounts = st.integers(min_value=0, max_value=10**12)
lines = st.builds(
    CostLine,
    category=st.sampled_from(["courier", "stamp_duty", "documentation", "salary", "rent"]),
    description=st.just(""),
    amount_minor=amounts,
    is_indirect=st.booleans(),
)


def a_study(
    study_lines: Iterable[CostLine],
    loan_count: int = 1,
    subsidy_minor_total: int = 0,
    study_on: date = date(2026, 1, 10),
) -> CostStudy:
    return CostStudy(
        cost_study_id="cst_1",
        product_id="prd_1",
        asset=currency("USD"),
        study_on=study_on,
        loan_count=loan_count,
        lines=tuple(study_lines),
        subsidy_minor_total=subsidy_minor_total,
    )


@given(st.lists(lines, max_size=8), st.integers(1, 5000), amounts)
def test_fees_at_the_limit_never_exceed_what_the_institution_bore(
    study_lines: list[CostLine], loans: int, subsidy: int
) -> None:
    study = a_study(study_lines, loans, subsidy)
    borne = sum(
        line.amount_minor
        for line in study_lines
        if line.category in ("courier", "stamp_duty", "documentation") and not line.is_indirect
    )
    limit = fee_limit_minor(study)
    assert 0 <= limit * loans <= max(0, borne - subsidy)
    assert (limit + 1) * loans > borne - subsidy


def test_direct_cost_is_rounded_down_per_loan() -> None:
    # 100.00 over 3 loans: 33.33, and never 33.34
    assert direct_cost_per_loan_minor(a_study([CostLine("courier", "", 10_000)], 3)) == 3333


@pytest.mark.parametrize(
    ("study_on", "on", "is_current"),
    [
        (date(2026, 1, 10), date(2026, 1, 9), False),
        (date(2026, 1, 10), date(2026, 1, 10), True),
        (date(2026, 1, 10), date(2027, 1, 10), True),
        (date(2026, 1, 10), date(2027, 1, 11), False),
        (date(2024, 2, 29), date(2025, 2, 28), True),
        (date(2024, 2, 29), date(2025, 3, 1), False),
    ],
)
def test_a_study_serves_from_its_day_for_twelve_months(
    study_on: date, on: date, is_current: bool
) -> None:
    assert is_study_current(a_study([], study_on=study_on), on) is is_current


def test_a_study_of_no_loans_or_of_negative_amounts_cannot_be() -> None:
    with pytest.raises(ValueError, match="at least one loan"):
        a_study([], 0)
    with pytest.raises(ValueError, match="not negative"):
        a_study([CostLine("courier", "", -1)])
    with pytest.raises(ValueError, match="not negative"):
        a_study([], subsidy_minor_total=-1)
