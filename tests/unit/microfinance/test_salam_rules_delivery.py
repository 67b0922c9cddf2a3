"""The rules of salam goods once they are due, and of the parallel salam (SLM-09 to SLM-17)."""

from __future__ import annotations

from datetime import date

import pytest

from sanduq.microfinance.loans.salam import rules
from sanduq.microfinance.loans.salam.facts import (
    Action,
    Cancellation,
    Delivery,
    Extension,
    Parallel,
    Quality,
    Remedy,
    Sale,
    Settlement,
    Substitution,
)
from sanduq.microfinance.loans.salam.rules import CHECKS, evaluate
from sanduq.shariah.facts import DebtMeasure, DebtorState
from sanduq.shariah.model import Resolution, Severity
from tests.make.salam import HARVEST, a_salam, wheat


def findings(rule_id, facts):
    return CHECKS[rule_id](facts)


def delivering(**changes):
    given = {
        "on": HARVEST,
        "due_on": HARVEST,
        "quality": Quality.AS_AGREED,
        "settlement": Settlement.ACCEPT,
        "capital_minor": 50_000,
        **changes,
    }
    return a_salam(delivery=Delivery(**given))


def substituting(**changes):
    given = {
        "on": HARVEST,
        "due_on": HARVEST,
        "goods": wheat(code="barley", harvest_months=frozenset()),
        "value_minor": 55_000,
        "original_value_minor": 56_000,
        **changes,
    }
    return a_salam(substitution=Substitution(**given))


def parallel(text="delivered to the mill", **changes):
    given = {
        "texts": (text,),
        "buyer_id": "cpty_mill",
        "seller_ids": frozenset({"cpty_farmer"}),
        **changes,
    }
    return a_salam(parallel=Parallel(**given))


def test_slm_09_only_goods_in_hand_are_sold() -> None:
    assert not findings("SLM-09", a_salam(sale=Sale(1_000, 1_000)))
    (finding,) = findings("SLM-09", a_salam(sale=Sale(1_001, 1_000)))
    assert (finding.code, finding.observed, finding.limit) == (
        "SALAM_RESALE_BEFORE_POSSESSION", "1.001", "1.000",
    )  # fmt: skip


def test_slm_10_a_substitute_comes_after_the_day_and_is_worth_no_more() -> None:
    assert not findings("SLM-10", substituting())
    assert not findings("SLM-10", substituting(value_minor=56_000))
    for facts in (
        substituting(on=date(2024, 6, 14)),
        substituting(value_minor=56_001),
        substituting(goods=wheat(code="gold")),
        substituting(goods=wheat(is_fungible=False)),
        substituting(goods=wheat(specifications={})),
        a_salam(is_substitution_stipulated=True),
    ):
        assert {finding.code for finding in findings("SLM-10", facts)} == {"SALAM_SUBSTITUTE"}


@pytest.mark.parametrize(
    ("text", "is_stipulated"),
    [
        ("barley may be substituted", True),
        ("other crops in lieu of wheat", True),
        ("wheat for the mill", False),
    ],
)
def test_slm_10_what_stipulates_a_substitute_is_read_in_the_texts(text, is_stipulated) -> None:
    assert rules.stipulates_substitute((text,)) is is_stipulated


def test_slm_11_what_is_given_up_comes_back_at_its_price() -> None:
    def given_up(refund, quantity=400_000):
        return a_salam(cancellation=Cancellation(quantity, refund, 1_000_000, 50_000))

    assert not findings("SLM-11", given_up(20_000))
    (finding,) = findings("SLM-11", given_up(20_001))
    assert (finding.code, finding.observed, finding.limit) == (
        "SALAM_CANCEL_GAIN", "200.01", "200.00",
    )  # fmt: skip
    assert findings("SLM-11", given_up(19_999))
    # A third of a cent either way is no gain: 333 g at 0.50 a kilogram are 16.65 cents.
    assert not findings("SLM-11", given_up(16, 333))
    assert not findings("SLM-11", given_up(17, 333))
    assert findings("SLM-11", given_up(18, 333))


def test_slm_12_better_goods_cost_nothing_more() -> None:
    assert not findings("SLM-12", delivering(quality=Quality.BETTER))
    (finding,) = findings("SLM-12", delivering(quality=Quality.BETTER, extra_price_minor=1))
    assert finding.code == "SALAM_QUALITY"


def test_slm_12_only_worse_goods_are_refused_or_discounted() -> None:
    refuse, discount = Settlement.REFUSE, Settlement.ACCEPT_AT_DISCOUNT
    worse = Quality.WORSE
    assert not findings("SLM-12", delivering(quality=worse, settlement=refuse))
    assert not findings("SLM-12", delivering(quality=worse, settlement=discount, discount_minor=1))
    for facts in (
        delivering(settlement=refuse),
        delivering(quality=Quality.BETTER, settlement=refuse),
        delivering(settlement=discount, discount_minor=1),
        delivering(quality=worse, settlement=discount, discount_minor=50_000),
    ):
        (finding,) = findings("SLM-12", facts)
        assert finding.code == "SALAM_QUALITY"


def test_slm_13_early_goods_are_taken_unless_there_is_a_reason() -> None:
    early = {"on": date(2024, 6, 1), "settlement": Settlement.REFUSE}
    assert not findings("SLM-13", delivering(on=date(2024, 6, 1)))
    assert not findings("SLM-13", delivering(**early, reason="the store is full until the 15th"))
    (finding,) = findings("SLM-13", delivering(**early))
    assert finding.code == "SALAM_EARLY"
    assert not findings("SLM-13", delivering(**early, quality=Quality.WORSE))


def test_slm_14_time_is_given_for_nothing() -> None:
    assert not findings("SLM-14", a_salam(extension=Extension()))
    assert findings("SLM-14", a_salam(extension=Extension(quantity_added_milli=1)))
    (finding,) = findings("SLM-14", a_salam(extension=Extension(amount_added_minor=1)))
    assert finding.code == "SALAM_SELLER_PRESSED"


def test_slm_14_an_insolvent_seller_is_not_pressed() -> None:
    pressed = (DebtMeasure.PRESSURE_COLLECTION,)
    insolvent = {"debtor_state": DebtorState.INSOLVENT}
    assert not findings("SLM-14", a_salam(**insolvent, measures=(DebtMeasure.GRACE,)))
    assert findings("SLM-14", a_salam(**insolvent, measures=pressed))
    assert not findings("SLM-14", a_salam(measures=pressed))


def test_slm_15_there_are_three_ways_and_no_fourth() -> None:
    assert not findings("SLM-15", a_salam(remedies_offered=frozenset(Remedy)))
    for left_out in Remedy:
        offered = frozenset(Remedy) - {left_out}
        (finding,) = findings("SLM-15", a_salam(remedies_offered=offered))
        assert finding.code == "SALAM_REMEDY"


@pytest.mark.parametrize(
    "text",
    [
        "see mfl_01h455vb4pex5vsknk084sn02q",
        "first contract slm_abc",
        "delivery is subject to receipt from the farmer",
        "depends on the harvest of our seller",
        "back-to-back",
        "provided that the farmer delivers",
    ],
)
def test_slm_16_no_word_ties_a_parallel_salam_to_another_contract(text) -> None:
    assert findings("SLM-16", parallel(text))[0].code == "PARALLEL_SALAM_LINKED"


@pytest.mark.parametrize("text", ["deliver to gate 2", "paid by cheque", "wheat of grade A"])
def test_slm_16_other_words_are_free(text) -> None:
    assert not findings("SLM-16", parallel(text))


def test_slm_17_the_buyer_is_not_the_first_seller_nor_his_like() -> None:
    assert not findings("SLM-17", parallel())
    (finding,) = findings("SLM-17", parallel(buyer_id="cpty_farmer"))
    assert (finding.code, finding.severity) == ("PARALLEL_SALAM_INAH", Severity.REVIEW)
    assert findings("SLM-17", parallel(alike_ids=frozenset({"cpty_farmer"})))


def test_slm_17_a_resolution_may_permit_the_buyer() -> None:
    ruling = Resolution("res_9", frozenset({"SLM-17"}), date(2024, 1, 1))
    facts = parallel(buyer_id="cpty_farmer")
    facts = a_salam(parallel=facts.parallel, resolutions=(ruling,))
    evaluation = next(e for e in evaluate(facts, Action.OPEN_PARALLEL) if e.rule_id == "SLM-17")
    assert evaluation.passed
    assert evaluation.findings[0].resolution_id == "res_9"
