"""Worked cases of a pledge, by number, and the arithmetic behind them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.rahnu.facts import RahnAction
from sanduq.rahnu.facts_pledge import (
    ClauseText,
    FeeFact,
    FeeSample,
    LossFact,
    LossFault,
    ObligationKind,
    SecuredObligation,
)
from sanduq.rahnu.facts_sale import ShortfallFact
from sanduq.rahnu.model import ltv_bp, secured_amount_minor, waterfall
from sanduq.shariah.model import ShariahProfile, blocking
from tests.make.rahn_facts import DAY, TODAY, codes, findings_of, pledge

amounts = st.integers(0, 10**12)
# What is owed: the qard of 7,000.00 and a custody fee of 420.00.
OWED = (7_000_00, 420_00)


def test_t7_a_tariff_that_rises_with_the_margin_is_tied_to_the_loan_and_treats_unlike():
    """T7: 0.10 per 100 without a loan, 0.75 per 100 at a margin of 70%."""
    fee = FeeFact(
        names=frozenset({"appraised_value", "ltv"}),
        monthly_minor=0,
        cost_monthly_minor=None,
        samples=(FeeSample("7,500.00 at 0.70", 7_50, 56_25),),
        expression="appraised_value * (0.10 + 0.65 * ltv / 0.70) / 100",
    )
    assert codes(pledge(fee=fee), RahnAction.SAVE_FEE_POLICY) == {
        "CUSTODY_FEE_LINKED_TO_LOAN",
        "CUSTODY_FEE_DISCRIMINATES",
    }


def test_t8_a_loan_a_cent_beyond_what_the_pledge_secures_is_refused():
    """T8: 7,500 at 0.70 secures 5,250; the loan is 5,250.01."""
    assert findings_of("RHN-31", pledge(loan_minor=5_250_00)) == []
    (found,) = findings_of("RHN-31", pledge(loan_minor=5_250_01))
    assert (found.code, found.observed, found.limit) == ("LTV_EXCEEDED", "5250.01", "5250.00")


@pytest.mark.parametrize("action", [RahnAction.LIQUIDATE, RahnAction.SALE])
def test_t9_a_margin_call_alone_never_sells(action):
    """T9: the value fell, the debt is not due."""
    debt = SecuredObligation(ObligationKind.QARD, 5_250_00, TODAY + DAY)
    facts = pledge(obligation=debt, is_margin_call=True)
    assert codes(facts, action) == {"PLEDGE_SALE_BEFORE_DUE"}


def test_t10_what_the_price_leaves_is_the_owners():
    """T10: 8,200 less 100 of costs, 7,420 owed: 680 to the owner."""
    shared = waterfall(8_200_00, 100_00, *OWED, has_owner_sale_costs=True)
    assert (shared.to_principal_minor, shared.to_fee_minor) == OWED
    assert (shared.costs_minor, shared.surplus_minor, shared.shortfall_minor) == (100_00, 680_00, 0)
    facts = pledge(waterfall=shared, surplus=None)
    (found,) = findings_of("RHN-20", facts)
    assert (found.code, found.limit) == ("PLEDGE_SURPLUS_WITHHELD", "680.00")


def test_t11_what_the_price_lacks_stays_owed_without_increase():
    """T11: 6,900 less 100 of costs, 7,420 owed: 620 is left owing."""
    shared = waterfall(6_900_00, 100_00, *OWED, has_owner_sale_costs=True)
    assert (shared.to_principal_minor, shared.to_fee_minor) == (6_800_00, 0)
    assert (shared.surplus_minor, shared.shortfall_minor) == (0, 620_00)
    facts = pledge(waterfall=shared, surplus=None, shortfall=ShortfallFact(620_00))
    assert findings_of("RHN-20", facts) == []
    grown = replace(facts, shortfall=ShortfallFact(620_00, added_minor=1))
    assert [each.code for each in findings_of("RHN-20", grown)] == ["PLEDGE_SURPLUS_WITHHELD"]


@pytest.mark.parametrize("profile", ShariahProfile)
def test_t12_a_clause_of_forfeiture_is_refused_under_every_profile(profile):
    """T12: "pledge becomes ours on default"."""
    clause = ClauseText("en", "pledge becomes ours on default")
    facts = pledge(clauses=(clause,), profile=profile)
    (found,) = findings_of("RHN-21", facts)
    assert (found.code, found.observed) == ("PLEDGE_FORFEITURE", "pledge becomes ours")
    assert blocking([found])
    assert codes(facts, RahnAction.SAVE_TEMPLATE) == {"PLEDGE_FORFEITURE"}


def test_t13_gold_lost_without_fault_costs_the_keeper_nothing_and_leaves_the_debt():
    """T13: no fault, debt 5,250."""
    lost = LossFact(LossFault.NONE, 99_990, 0, 7_500_00, 0, 5_250_00, 5_250_00)
    assert codes(pledge(loss=lost), RahnAction.LOSS) == set()
    paid = replace(lost, liability_mg=99_990)
    assert codes(pledge(loss=paid), RahnAction.LOSS) == {
        "PLEDGE_LOSS_LIABILITY",
        "DEPOSIT_LIABILITY",
    }
    lowered = replace(lost, debt_after_minor=0)
    assert codes(pledge(loss=lowered), RahnAction.LOSS) == {"PLEDGE_LOSS_LIABILITY"}


@pytest.mark.parametrize("action", [RahnAction.CREATE, RahnAction.EXECUTE])
def test_t34_the_joined_structure_is_refused_under_bnm(action):
    """T34: qard, pledge, safe-keeping and fee in one deal of 2025, under MY_BNM."""
    facts = pledge(profile=ShariahProfile.MY_BNM, made_on=date(2025, 6, 1))
    assert codes(facts, action) == {"MY_ARRAHNU_QARD_STRUCTURE"}
    assert codes(replace(facts, profile=ShariahProfile.AAOIFI), action) == set()


@given(amounts, st.integers(0, 10_000))
def test_what_a_pledge_secures_is_rounded_down_and_never_more_than_its_ratio(value, ratio):
    secured = secured_amount_minor(value, ratio)
    assert secured * 10_000 <= value * ratio < (secured + 1) * 10_000
    assert value == 0 or (ltv_bp(secured, value) or 0) <= ratio


def test_a_debt_without_a_value_has_no_ratio():
    assert ltv_bp(1, 0) is None
    assert ltv_bp(0, 0) == 0
    assert ltv_bp(5_250_01, 7_500_00) == 7_001


@given(amounts, amounts, amounts, amounts, amounts, st.booleans())
def test_a_price_is_shared_out_whole_and_pays_nobody_more_than_is_owed(
    price, costs, principal, fee, collection, has_clause
):
    shared = waterfall(price, costs, principal, fee, collection, has_owner_sale_costs=has_clause)
    assert shared.recovered_minor + shared.costs_minor + shared.surplus_minor == price
    assert shared.recovered_minor + shared.shortfall_minor == shared.owed_minor
    assert shared.costs_minor == (min(costs, price) if has_clause else 0)
    assert 0 in (shared.surplus_minor, shared.shortfall_minor)
    assert shared.to_principal_minor <= principal
    assert shared.to_fee_minor in range(fee + 1)
    assert shared.to_collection_minor <= collection
    # the principal comes first, the collection costs last
    assert shared.to_fee_minor == 0 or shared.to_principal_minor == principal
    assert shared.to_collection_minor == 0 or shared.to_fee_minor == fee


@pytest.mark.parametrize("place", range(5))
def test_nothing_negative_is_shared_out(place):
    given_minor = [0, 0, 0, 0, 0]
    given_minor[place] = -1
    with pytest.raises(ValueError, match="not negative"):
        waterfall(*given_minor, has_owner_sale_costs=True)


@pytest.mark.parametrize(("value", "ratio"), [(-1, 7_000), (7_500_00, -1)])
def test_nothing_is_secured_by_less_than_nothing(value, ratio):
    with pytest.raises(ValueError, match="not negative"):
        secured_amount_minor(value, ratio)
