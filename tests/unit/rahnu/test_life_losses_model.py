"""What is owed for a loss: nothing without fault (RHN-08), the like or the value (RHN-09)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.rahnu.contracts.life.losses.model import Liability, Remedy, liability, set_off
from sanduq.rahnu.facts_pledge import LossFault

FAULTS = [one for one in LossFault if one is not LossFault.NONE]


@given(fine=st.integers(0, 10**9), value=st.integers(0, 10**12), remedy=st.sampled_from(Remedy))
def test_without_fault_nothing_is_owed(fine, value, remedy) -> None:
    assert liability(LossFault.NONE, remedy, fine, value) == Liability(0, 0)


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_owes_the_like_or_the_value(fault) -> None:
    assert liability(fault, Remedy.LIKE, 49_995, 999_900) == Liability(49_995, 0)
    assert liability(fault, Remedy.VALUE, 49_995, 999_900) == Liability(0, 999_900)


def test_a_set_off_goes_as_far_as_the_debt_and_only_by_agreement() -> None:
    # value 10,000, debt 7,000: 3,000 is left for the owner
    assert set_off(1_000_000, 700_000, is_agreed=True) == 700_000
    assert set_off(500_000, 700_000, is_agreed=True) == 500_000
    assert set_off(1_000_000, 700_000, is_agreed=False) == 0
