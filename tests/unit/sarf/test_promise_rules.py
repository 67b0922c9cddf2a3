"""A promise of one side (WAD)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.sarf.facts import SarfAction
from sanduq.sarf.facts_promise import CounterPromise, DamagesFact, SecurityMargin
from sanduq.sarf.price_formula import PROMISE_NAMES
from tests.make.sarf_facts import (
    BUYING,
    CUSTOMER,
    FORMULA,
    HOUSE,
    WINDOW,
    codes,
    codes_of,
    findings_of,
    with_part,
)


def promised(**changes):
    return with_part(BUYING, "promise", **changes)


@pytest.mark.parametrize(
    "change",
    [
        {"promisors": ()},
        {"promisors": (HOUSE, CUSTOMER)},
        {"promisee_duties": ("deposit",)},
        {"text": "The institution sells and the customer must buy 50 g."},
    ],
)
def test_wad_01_one_side_promises_and_the_other_is_free(change):
    assert codes_of("WAD-01", BUYING) == []
    assert codes_of("WAD-01", promised(**change)) == ["WAD_BINDS_PROMISEE"]


def test_wad_02_the_promised_exchange_does_not_come_about_by_itself():
    assert codes_of("WAD-02", BUYING) == []
    assert codes_of("WAD-02", promised(is_automatic=True)) == ["WAD_AUTO_EXECUTED"]
    assert codes_of("WAD-02", replace(BUYING, conclusion=None)) == ["WAD_AUTO_EXECUTED"]


def test_wad_03_no_promise_is_tied_to_a_loan():
    assert codes_of("WAD-03", promised(linked_loan_ids=("loan_1",))) == ["WAD_BENEFITS_LENDER"]
    assert codes_of("WAD-03", promised(serves_device=True)) == ["WAD_BENEFITS_LENDER"]
    assert codes_of("WAD-03", BUYING) == []


def test_wad_04_a_broken_promise_costs_the_actual_loss_and_no_lost_profit():
    """Promised 7,875 and to be had for 10,500 that day: 2,625, and nothing beside it."""
    owed = DamagesFact(claimed_minor=2_625_00, market_minor=10_500_00, promised_minor=7_875_00)
    assert codes_of("WAD-04", promised(damages=owed)) == []
    (found,) = findings_of("WAD-04", promised(damages=replace(owed, claimed_minor=2_625_01)))
    assert (found.code, found.limit) == ("WAD_DAMAGES", "2625.00")
    profit = replace(owed, other_minor=1)
    assert codes_of("WAD-04", promised(damages=profit)) == ["WAD_DAMAGES"]


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_wad_04_where_the_market_is_cheaper_nothing_is_owed(market, promised_minor):
    damages = DamagesFact(
        claimed_minor=1, market_minor=Fraction(market), promised_minor=promised_minor
    )
    refused = codes_of("WAD-04", promised(damages=damages)) == ["WAD_DAMAGES"]
    assert refused == (market <= promised_minor)


def test_wad_05_a_promise_costs_nothing_and_is_not_traded():
    assert codes_of("WAD-05", BUYING) == []
    assert codes_of("WAD-05", promised(fee_minor=1)) == ["WAD_TRADED"]
    assert codes_of("WAD-05", promised(is_transferable=True)) == ["WAD_TRADED"]


@pytest.mark.parametrize(
    ("counter", "is_facing"),
    [
        ({}, True),
        ({"asset": "Gold"}, True),
        ({"from_on": WINDOW.closes_on, "to_on": WINDOW.closes_on}, True),
        ({"from_on": date(2026, 1, 1), "to_on": WINDOW.opens_on}, True),
        ({"from_on": date(2026, 9, 16)}, False),
        ({"from_on": date(2026, 1, 1), "to_on": date(2026, 7, 14)}, False),
        ({"asset": "silver"}, False),
        ({"is_binding": False}, False),
    ],
)
def test_wad_06_two_promises_facing_each_other_bind_both(counter, is_facing):
    facing = CounterPromise(
        promisor_id=CUSTOMER, asset="gold", from_on=WINDOW.opens_on, to_on=date(2026, 12, 31)
    )
    facts = promised(counter_promises=(replace(facing, **counter),))
    assert codes_of("WAD-06", facts) == (["MUWAADAH_BINDING"] if is_facing else [])


def test_wad_06_a_window_nobody_knows_meets_every_day():
    facing = CounterPromise(
        promisor_id=CUSTOMER, asset="gold", from_on=date(2030, 1, 1), to_on=date(2030, 1, 2)
    )
    facts = promised(counter_promises=(facing,), opens_on=None, closes_on=None)
    assert codes_of("WAD-06", facts) == ["MUWAADAH_BINDING"]


@pytest.mark.parametrize(
    "formula",
    [
        FORMULA,
        "0.7 * market_price * weight * fineness",
        "min(promised_fraction, 0.75) * market_price * weight * fineness",
    ],
)
def test_wad_07_a_price_may_follow_the_market_the_weight_and_the_fineness(formula):
    assert codes_of("WAD-07", promised(formula=formula)) == []


@pytest.mark.parametrize("name", sorted(PROMISE_NAMES.refused))
def test_wad_07_a_price_reads_neither_the_first_price_nor_the_time(name):
    (found,) = findings_of("WAD-07", promised(formula=f"{FORMULA} + {name}"))
    assert (found.code, found.observed) == ("WAD_FORMULA", name)


@pytest.mark.parametrize("formula", ["", "7875", "market_price * stars", "market_price *", "1e3"])
def test_wad_07_what_is_no_formula_of_the_market_is_refused(formula):
    assert codes_of("WAD-07", promised(formula=formula)) == ["WAD_FORMULA"]


def test_wad_08_a_promise_of_one_thing_ends_with_it():
    lost = {"is_specific_item": True, "is_specific_item_lost": True}
    assert codes_of("WAD-08", promised(**lost)) == ["WAD_OBJECT_LOST"]
    assert codes_of("WAD-08", promised(**lost, is_in_force=False)) == []
    assert codes_of("WAD-08", promised(is_specific_item_lost=True)) == []  # by weight: goes on


def test_wad_09_money_put_down_is_held_in_trust_and_bears_only_a_real_loss():
    margin = SecurityMargin(amount_minor=500_00, is_held_in_trust=True)
    assert codes_of("WAD-09", promised(margin=margin)) == []
    lost = replace(margin, taken_minor=40_00, actual_loss_minor=40_00)
    assert codes_of("WAD-09", promised(margin=lost)) == []
    for bad in (
        replace(margin, is_held_in_trust=False),
        replace(lost, taken_minor=40_01),
        replace(lost, taken_minor=500_01, actual_loss_minor=900_00),
    ):
        assert codes_of("WAD-09", promised(margin=bad)) == ["HJ_FORFEITED"]


@pytest.mark.parametrize("rule_id", [f"WAD-{n:02d}" for n in range(1, 10)])
def test_where_nothing_is_promised_no_rule_of_promises_finds_anything(rule_id):
    assert codes_of(rule_id, replace(BUYING, promise=None)) == []


def test_a_promise_that_sins_in_many_ways_is_told_them_all():
    facts = promised(fee_minor=1, formula="contract_1_price", promisee_duties=("buy",))
    assert codes(facts, SarfAction.PROMISE) >= {"WAD_TRADED", "WAD_FORMULA", "WAD_BINDS_PROMISEE"}
