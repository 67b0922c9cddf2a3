"""Each rule of salam passes a lawful contract and refuses what it is there to refuse."""

from __future__ import annotations

from datetime import date

import pytest

from sanduq.kit.errors import ValidationFailed
from sanduq.microfinance.loans.salam import rules
from sanduq.microfinance.loans.salam.facts import (
    Action,
    CommodityKind,
    Delivery,
    FreightPayer,
    Payment,
    PriceSource,
    Quality,
    Remedy,
    Security,
    SecurityCall,
    SecurityKind,
    Settlement,
)
from sanduq.microfinance.loans.salam.model import Clauses
from sanduq.microfinance.loans.salam.rules import CHECKS, RULES_BY_ACTION, evaluate
from sanduq.shariah.facts import Beneficiary, LateCharge
from sanduq.shariah.model import Severity, ShariahProfile
from sanduq.shariah.rulebook import Implementation, load_rulebook
from tests.make.salam import HARVEST, TODAY, USD, a_salam, wheat


def findings(rule_id, facts):
    return CHECKS[rule_id](facts)


def codes(facts, action):
    return {f.code for evaluation in evaluate(facts, action) for f in evaluation.findings}


def paying(on=TODAY, amount=50_000, left=0, **changes):
    return a_salam(price=Payment(on, amount, left, **changes))


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


def test_a_lawful_salam_passes_every_rule_of_every_action() -> None:
    facts = a_salam(
        price=Payment(TODAY, 50_000, 0),
        remedies_offered=frozenset(Remedy),
        instalment_total_minor=50_000,
        contract_amount_minor=50_000,
        outstanding_minor=50_000,
    )
    for action in Action:
        assert codes(facts, action) == set(), action


def test_every_rule_of_salam_is_run_by_some_action() -> None:
    run = frozenset().union(*RULES_BY_ACTION.values())
    assert {rule_id for rule_id in CHECKS if rule_id.startswith("SLM")} <= run
    assert run == set(CHECKS)


def test_the_rulebook_names_the_functions_that_are_run() -> None:
    book = load_rulebook()
    whole = {f"SLM-{number:02d}" for number in range(1, 20)} | {"DEF-06"}
    assert whole <= book.keys()
    for rule_id in whole:
        check = CHECKS[rule_id]
        assert book[rule_id].implementation is Implementation.IMPLEMENTED
        assert book[rule_id].function == f"{check.__module__}.{check.__name__}"
    assert book["SLM-01"].unweakenable
    assert book["SLM-17"].severity is Severity.REVIEW


# The price


@pytest.mark.parametrize("day", [15, 16, 17, 18])
def test_slm_01_the_price_may_come_up_to_three_days_after_the_contract(day) -> None:
    assert not findings("SLM-01", paying(date(2024, 1, day)))


def test_slm_01_t24_forty_percent_on_the_tenth_day_are_too_late() -> None:
    (finding,) = findings("SLM-01", paying(date(2024, 1, 25), 20_000))
    assert (finding.code, finding.observed, finding.limit) == (
        "SALAM_PRICE_UNPAID", "10 days", "3 days",
    )  # fmt: skip


def test_slm_01_the_price_comes_sooner_than_the_goods_are_due() -> None:
    soon = ((date(2024, 1, 17), 1_000_000),)
    assert not findings("SLM-01", a_salam(dues=soon, price=Payment(date(2024, 1, 16), 1, 0)))
    (finding,) = findings("SLM-01", a_salam(dues=soon, price=Payment(date(2024, 1, 17), 1, 0)))
    assert finding.limit == "2024-01-17"


def test_slm_01_no_product_gives_more_than_three_days() -> None:
    assert not findings("SLM-01", a_salam(payment_days_max=0))
    (finding,) = findings("SLM-01", a_salam(payment_days_max=4))
    assert finding.limit == "3"


def test_slm_02_a_debt_of_the_seller_is_no_price() -> None:
    assert not findings("SLM-02", paying(source=PriceSource.BANK_TRANSFER))
    (finding,) = findings("SLM-02", paying(source=PriceSource.OFFSET_OF_DEBT))
    assert finding.code == "SALAM_DEBT_AS_PRICE"


# The goods


def test_slm_03_goods_are_fungible_and_of_no_named_field() -> None:
    assert not findings("SLM-03", a_salam())
    assert findings("SLM-03", a_salam(goods=wheat(is_fungible=False)))
    for kind in rules.rules_goods.PARTICULAR_KINDS:
        assert findings("SLM-03", a_salam(goods=wheat(kind=kind))), kind
    named = {"grade": "A", "moisture_content_max": "12", "plot": "north field"}
    (finding,) = findings("SLM-03", a_salam(goods=wheat(specifications=named)))
    assert (finding.code, finding.observed) == ("SALAM_SPECIFIC_OBJECT", "plot")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("gold", None),
        ("fine_gold_999", CommodityKind.RAW_MATERIAL),
        ("bars", CommodityKind.GOLD),
        ("coins", CommodityKind.SILVER),
        ("USD", None),
        ("notes", CommodityKind.CURRENCY),
    ],
)
def test_slm_04_t25_gold_silver_and_money_are_not_sold_by_salam(code, kind) -> None:
    (finding,) = findings("SLM-04", a_salam(goods=wheat(code=code, kind=kind)))
    assert finding.code == "SALAM_RIBAWI_PAIR"


@pytest.mark.parametrize("code", ["wheat", "goldenrod", "silverfish", "usda_beans"])
def test_slm_04_other_goods_pass_whatever_their_name_reminds_of(code) -> None:
    assert not findings("SLM-04", a_salam(goods=wheat(code=code)))


def test_slm_05_the_description_is_whole() -> None:
    assert not findings("SLM-05", a_salam())
    for goods in (
        None,
        wheat(quantity_milli=0),
        wheat(unit="tonne"),
        wheat(specifications={"grade": "A"}),
        wheat(specifications={"grade": " ", "moisture_content_max": "12"}),
    ):
        (finding,) = findings("SLM-05", a_salam(goods=goods))
        assert finding.code == "SALAM_SPEC_INCOMPLETE"


def test_slm_06_days_are_fixed_lie_ahead_and_cover_the_quantity() -> None:
    later = date(2024, 7, 15)
    two = ((HARVEST, 400_000), (later, 600_000))
    assert not findings("SLM-06", a_salam(dues=two, price=Payment(TODAY, 50_000, 0)))
    for dues in (
        (),
        ((TODAY, 1_000_000),),
        ((later, 400_000), (HARVEST, 600_000)),
        ((HARVEST, 400_000), (HARVEST, 600_000)),
        ((HARVEST, 1_000_000), (later, 0)),
        ((HARVEST, 400_000), (later, 500_000)),
    ):
        (finding,) = findings("SLM-06", a_salam(dues=dues))
        assert finding.code == "SALAM_DATE_UNKNOWN"


def test_slm_06_several_days_need_the_whole_price_at_once() -> None:
    two = ((HARVEST, 400_000), (date(2024, 7, 15), 600_000))
    (finding,) = findings("SLM-06", a_salam(dues=two, price=Payment(TODAY, 30_000, 20_000)))
    assert (finding.observed, finding.limit) == ("300.00", "500.00")


def test_slm_07_the_place_is_stated() -> None:
    assert not findings("SLM-07", a_salam())
    assert findings("SLM-07", a_salam(place=" "))[0].code == "SALAM_PLACE"


def test_slm_08_goods_are_to_be_had_in_their_month() -> None:
    assert not findings("SLM-08", a_salam())
    winter = ((date(2024, 12, 1), 1_000_000),)
    (finding,) = findings("SLM-08", a_salam(dues=winter))
    assert (finding.code, finding.limit) == ("SALAM_OFF_SEASON", "months 5, 6, 7")
    assert not findings("SLM-08", a_salam(goods=wheat(harvest_months=frozenset()), dues=winter))


# Security, freight, penalty


def test_slm_18_a_security_is_anothers_and_for_this_contract() -> None:
    def secured(kind, giver="cpty_neighbour", secures="slm_1"):
        return a_salam(securities=(Security(kind, giver, secures),))

    assert not findings("SLM-18", secured(SecurityKind.GUARANTEE))
    assert not findings("SLM-18", secured(SecurityKind.PLEDGE, giver="cpty_borrower_001"))
    assert findings("SLM-18", secured(SecurityKind.GUARANTEE, giver="cpty_borrower_001"))
    (finding,) = findings("SLM-18", secured(SecurityKind.PLEDGE, secures="slm_2"))
    assert finding.code == "SALAM_SECURITY_INVALID"


def test_slm_18_a_pledge_is_sold_only_for_money_due() -> None:
    def call(has_pledge=True, due_on=TODAY):
        return a_salam(security_call=SecurityCall(TODAY, has_pledge, due_on))

    assert not findings("SLM-18", call())
    assert findings("SLM-18", call(has_pledge=False))
    assert findings("SLM-18", call(due_on=None))
    assert findings("SLM-18", call(due_on=date(2024, 1, 16)))


def test_slm_19_the_seller_brings_the_goods_unless_agreed_otherwise() -> None:
    buyer = FreightPayer.BUYER
    assert not findings("SLM-19", a_salam())
    assert not findings("SLM-19", a_salam(freight_payer=buyer, is_freight_agreed=True))
    (finding,) = findings("SLM-19", a_salam(freight_payer=buyer))
    assert finding.code == "SALAM_FREIGHT"
    assert findings("SLM-19", delivering(freight_payer=buyer))


def test_def_06_a_salam_carries_no_penalty() -> None:
    assert not findings("DEF-06", a_salam())
    penalty = LateCharge("2% a month", Beneficiary.INSTITUTION)
    (finding,) = findings("DEF-06", a_salam(late_charges=(penalty,)))
    assert (finding.code, finding.severity) == ("SALAM_PENALTY", Severity.BLOCK)


def test_def_06_a_pledge_to_charity_waits_for_the_scholars() -> None:
    pledge = LateCharge("5 to charity", Beneficiary.CHARITY)
    (finding,) = findings("DEF-06", a_salam(late_charges=(pledge,)))
    assert finding.severity is Severity.REVIEW


# Clauses of the product


def product_codes(**clauses):
    evaluations = rules.evaluate_clauses(ShariahProfile.AAOIFI, clauses, TODAY, USD, ())
    return {f.code for evaluation in evaluations for f in evaluation.findings}


def test_the_clauses_of_a_product_keep_the_rules() -> None:
    assert product_codes() == set()
    assert product_codes(freight_payer="buyer", price_window_days="2") == set()
    assert product_codes(price_window_days="4") == {"SALAM_PRICE_UNPAID"}
    assert product_codes(substitution=True) == {"SALAM_SUBSTITUTE"}
    assert product_codes(late_delivery_penalty="1% a week") == {
        "SALAM_PENALTY", "LATE_FEE_TO_CREDITOR",
    }  # fmt: skip
    assert product_codes(late_delivery_charity="5 to charity") == {"SALAM_PENALTY"}


@pytest.mark.parametrize(
    "clauses",
    [
        {"interest": "5"},
        {"price_window_days": "soon"},
        {"price_window_days": True},
        {"freight_payer": "state"},
        {"late_delivery_penalty": ""},
        {"substitution": "yes"},
    ],
)
def test_a_clause_nobody_knows_or_can_read_is_refused(clauses) -> None:
    with pytest.raises(ValidationFailed):
        Clauses.read(clauses)
