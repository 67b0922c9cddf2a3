"""Worked cases of exchange and facility, by number (T14 to T20)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sanduq.assets.model import fine_weight_tenths
from sanduq.kit.days import add_months
from sanduq.sarf.facts import SarfAction
from sanduq.sarf.facts_promise import CounterPromise
from sanduq.sarf.model import Leg, PossessionKind
from tests.make.sarf_facts import (
    BUYING,
    CUSTOMER,
    DAY,
    SALE,
    SOLD_ON,
    SWAP,
    TEN,
    WINDOW,
    bar,
    codes,
    findings_of,
    received,
    with_part,
)


@pytest.mark.parametrize("action", [SarfAction.EXCHANGE, SarfAction.CLOSE])
def test_t14_gold_for_gold_of_another_fineness_is_equal_in_pure_weight(action):
    """T14: 20 g of 916 hold 18.32 g, 20 g of 999 hold 19.98 g."""
    old = bar("itm_916", net_weight_mg=20_000, fineness_bp=9_160,
              fine_tenths=fine_weight_tenths(20_000, 9_160))  # fmt: skip
    new = bar("itm_999", net_weight_mg=20_000, fine_tenths=fine_weight_tenths(20_000, 9_990))
    facts = replace(SWAP, gold_in=(old,), gold_out=(new,))
    assert "GOLD_INEQUALITY" in codes(facts, action)
    (found,) = findings_of("SRF-02", facts)
    assert (found.observed, found.limit) == ("18.3200 g", "19.9800 g")


@pytest.mark.parametrize("action", [SarfAction.RECEIVE, SarfAction.CLOSE])
def test_t15_a_transfer_credited_the_next_day_is_not_spot(action):
    """T15: the money comes by a transfer credited on the following day."""
    credited = received(
        Leg.MONEY, TEN + DAY, amount_minor=7_000_00, reference="FPX-1",
        kind=PossessionKind.BANK_CREDIT_SAME_DAY,
    )  # fmt: skip
    facts = replace(SALE, possessions=(SALE.possessions[0], credited))
    assert codes(facts, action) == {"SARF_NOT_SPOT"}


@pytest.mark.parametrize("action", [SarfAction.OPEN_SECOND, SarfAction.CLOSE_SECOND])
def test_t16_at_210_the_price_is_7875_and_not_a_cent_more(action):
    """T16: 50 g at 210 are worth 10,500; 75% of it is 7,875.00."""
    assert codes(BUYING, action) == set()
    facts = with_part(BUYING, "second", price_minor=7_875_01)
    assert codes(facts, action) == {"SCF_PRICE_CAP"}
    (found,) = findings_of("SCF-06", facts)
    assert (found.observed, found.limit) == ("7875.01", "7875.00")


@pytest.mark.parametrize("action", [SarfAction.ASK, SarfAction.OPEN_SECOND])
def test_t17_a_price_of_the_first_one_and_the_months_is_refused_though_it_is_lower(action):
    """T17: 7,000 × (1 + 1% × 6) is 7,420, below 7,500, and still a price for time."""
    facts = with_part(
        BUYING, "second",
        market_minor=10_000_00, price_minor=7_420_00, is_lower_price_approved=True,
        formula="contract_1_price * (1 + 0.01 * months)",
    )  # fmt: skip
    assert codes(facts, action) == {"SCF_PRICE_FORMULA"}
    with_market = "min(market_price * weight * fineness, contract_1_price * (1 + 0.01 * months))"
    hidden = with_part(facts, "second", formula=with_market)
    assert {each.observed for each in findings_of("SCF-06", hidden)} == {
        "contract_1_price", "months",
    }  # fmt: skip
    promised = with_part(BUYING, "promise", formula=with_market)
    assert codes(promised, SarfAction.PROMISE) == {"SCF_PRICE_FORMULA", "WAD_FORMULA"}


@pytest.mark.parametrize("action", [SarfAction.SAVE_TERMS, SarfAction.OPEN])
def test_t18_a_first_contract_that_speaks_of_repurchase_is_refused(action):
    """T18: "the customer shall repurchase"."""
    facts = with_part(SALE, "purchase", texts=("and the customer shall repurchase",))
    assert "SCF_CONTRACT2_STIPULATED" in codes(facts, action)


@pytest.mark.parametrize("action", [SarfAction.PROMISE, SarfAction.ASK, SarfAction.OPEN_SECOND])
def test_t19_a_customer_who_also_promises_to_buy_makes_it_binding_on_both(action):
    """T19: the customer promises to buy what the institution promises to sell."""
    counter = CounterPromise(
        promisor_id=CUSTOMER, asset="gold", from_on=WINDOW.opens_on, to_on=WINDOW.closes_on
    )
    facts = with_part(BUYING, "promise", counter_promises=(counter,))
    found = codes(facts, action)
    assert found == {"MUWAADAH_BINDING", "SARF_MUWAADAH", "SCF_CUSTOMER_BOUND"}


@pytest.mark.parametrize("action", [SarfAction.ASK, SarfAction.OPEN_SECOND])
def test_t20_at_month_five_the_window_is_shut(action):
    """T20: five months after the sale."""
    day = add_months(SOLD_ON, 5)
    facts = replace(with_part(BUYING, "second", on=day), on=day, moves=())
    assert codes(facts, action) == {"SCF_WINDOW"}
    assert day == date(2026, 6, 15)
