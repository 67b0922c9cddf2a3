"""The price of a pledge shared out: to the cent, in order, and never more than is owed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sanduq.kit.ids import new_id
from sanduq.kit.money import currency
from sanduq.rahnu.contracts.liquidation.sales.postings import (
    Shared,
    price_entries,
    sharing_entries,
    to_creditor,
)
from sanduq.rahnu.model import Waterfall, waterfall

AMOUNT = st.integers(0, 10_000_000_00)
USD = currency("USD")


def shared_by(price, costs, principal, fee, collection, owner_bears) -> Waterfall:
    return waterfall(
        price, costs, principal, fee, collection, has_owner_sale_costs=owner_bears
    )  # fmt: skip


WATERFALLS = st.builds(shared_by, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, st.booleans())


@given(WATERFALLS)
def test_every_cent_of_the_price_has_its_place(one: Waterfall) -> None:
    assert one.costs_minor + one.recovered_minor + one.surplus_minor == one.price_minor
    parts = (one.to_principal_minor, one.to_fee_minor, one.to_collection_minor, one.costs_minor)
    assert min(*parts, one.surplus_minor, one.shortfall_minor) >= 0


@given(WATERFALLS)
def test_no_more_is_recovered_than_is_owed(one: Waterfall) -> None:
    assert one.to_principal_minor <= one.principal_due_minor
    assert one.to_fee_minor <= one.fee_due_minor
    assert one.to_collection_minor <= one.collection_costs_minor
    assert one.recovered_minor + one.shortfall_minor == one.owed_minor


@given(WATERFALLS)
def test_a_surplus_and_a_shortfall_never_stand_together(one: Waterfall) -> None:
    assert one.surplus_minor == 0 or one.shortfall_minor == 0


@given(WATERFALLS)
def test_a_later_claim_is_paid_only_once_the_earlier_are(one: Waterfall) -> None:
    if one.to_fee_minor > 0:
        assert one.to_principal_minor == one.principal_due_minor
    if one.to_collection_minor > 0:
        assert one.to_fee_minor == one.fee_due_minor


@given(AMOUNT, AMOUNT, AMOUNT, AMOUNT)
def test_costs_the_owner_did_not_agree_to_bear_take_nothing_from_him(
    price, costs, principal, fee
) -> None:
    without = shared_by(price, 0, principal, fee, 0, True)
    assert shared_by(price, costs, principal, fee, 0, False) == without


@given(AMOUNT, st.integers(0, 1_000_00), AMOUNT, AMOUNT, AMOUNT)
def test_a_higher_price_never_leaves_the_owner_with_less(
    price, more, costs, principal, fee
) -> None:
    lower = shared_by(price, costs, principal, fee, 0, True)
    higher = shared_by(price + more, costs, principal, fee, 0, True)
    assert higher.surplus_minor >= lower.surplus_minor
    assert higher.shortfall_minor <= lower.shortfall_minor


@given(WATERFALLS.filter(lambda one: one.price_minor > 0), AMOUNT)
def test_the_clearing_account_ends_at_zero_and_nothing_reaches_income(
    one: Waterfall, others
) -> None:
    paid = one.costs_minor + one.to_collection_minor + others
    surplus_id = new_id("sps") if one.surplus_minor else None
    asked = Shared("sal_1", "rhn_1", "brn_1", USD, one, paid, surplus_id)
    entries = [
        *price_entries(asked, is_bought=False), *sharing_entries(asked), *to_creditor(asked)
    ]  # fmt: skip
    assert sum(entry.amount_minor for entry in entries) == 0
    assert sum(entry.amount_minor for entry in entries if entry.place.code == "2210") == 0
    assert not any(entry.place.code.startswith("4") for entry in entries)
    owed = sum(-entry.amount_minor for entry in entries if entry.place.code == "2200")
    assert owed == one.surplus_minor
