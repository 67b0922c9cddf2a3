"""Giving fees back in proportion: sums exactly, and nobody gets back more than his share."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from sanduq.qard.true_ups.model import refunds

BORNE = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3), st.integers(0, 10_000), min_size=1
).filter(lambda fees: sum(fees.values()) > 0)


@given(BORNE, st.integers(1, 5_000))
def test_refunds_add_up_and_follow_the_fees_to_the_minor_unit(
    borne: dict[str, int], surplus: int
) -> None:
    found = refunds(surplus, borne)
    total = sum(borne.values())
    assert sum(found.values()) == surplus
    for borrower, minor in found.items():
        assert abs(minor - Fraction(surplus * borne[borrower], total)) < 1


@given(BORNE, st.integers(1, 5_000))
def test_refunds_do_not_hang_on_the_order_of_the_borrowers(
    borne: dict[str, int], surplus: int
) -> None:
    backwards = dict(reversed(list(borne.items())))
    assert refunds(surplus, borne) == refunds(surplus, backwards)
