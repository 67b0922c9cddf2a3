"""The facility, its first contract and its promise (SCF-01 to 05, 09 to 11, 16 to 18, 20)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from sanduq.sarf.facts import SarfAction
from sanduq.sarf.facts_facility import FeeFact
from sanduq.sarf.facts_promise import CounterPromise
from sanduq.sarf.model import window
from sanduq.sarf.rules_first import QUESTIONS
from tests.make.sarf_facts import (
    BUYING,
    CUSTOMER,
    DAY,
    LINES,
    RULING,
    SALE,
    TEN,
    WINDOW,
    codes,
    codes_of,
    findings_of,
    with_part,
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_scf_01_every_question_is_answered_by_the_board(question):
    left = frozenset(QUESTIONS) - {question}
    (found,) = findings_of("SCF-01", with_part(SALE, "board", answers=left))
    assert (found.code, found.limit) == ("SCF_SSB_QUESTIONS_OPEN", question)


@pytest.mark.parametrize(
    "change",
    [
        {"resolution": None},
        {"resolution": replace(RULING, valid_until_on=date(2026, 1, 15))},
        {"resolution": replace(RULING, rule_ids=frozenset({"GEN-01"}))},
        {"current": "other words"},
        {"approved": None},
    ],
)
def test_scf_01_the_ruling_is_in_force_for_exactly_these_words(change):
    facts = with_part(SALE, "board", **change)
    assert codes_of("SCF-01", facts) == ["SCF_SSB_QUESTIONS_OPEN"]
    assert codes_of("SCF-01", replace(SALE, board=None)) == ["SCF_SSB_QUESTIONS_OPEN"]


@pytest.mark.parametrize("reference", ["receivable:acc_1", "schedule:sch_1", "guarantee:kfl_1"])
def test_scf_02_nothing_refers_to_the_sale_as_to_a_debt(reference):
    facts = with_part(SALE, "purchase", debt_references=(reference,))
    (found,) = findings_of("SCF-02", facts)
    assert (found.code, found.observed) == ("SCF_DEBT_CREATED", reference)


def test_scf_02_its_words_speak_of_no_debt_and_the_gold_is_owned():
    spoken = with_part(SALE, "purchase", texts=("The loan is due on 15 July.",))
    assert set(codes_of("SCF-02", spoken)) == {"SCF_DEBT_CREATED"}
    kept_apart = with_part(SALE, "purchase", is_owned=False)
    assert codes_of("SCF-02", kept_apart) == ["SCF_DEBT_CREATED"]


@pytest.mark.parametrize(
    "text",
    [
        "The customer may redeem the gold.",
        "The customer has no right to buy it back.",  # even denied
        "Pelanggan boleh menebus emas itu.",
        "Le vendeur pourra racheter l'or.",
        "وللبائع استرداد الذهب",
    ],
)
def test_scf_03_the_first_contract_does_not_speak_of_a_second(text):
    facts = with_part(SALE, "purchase", texts=(text,))
    assert set(codes_of("SCF-03", facts)) == {"SCF_CONTRACT2_STIPULATED"}


def test_scf_03_its_data_name_no_later_contract():
    facts = with_part(SALE, "purchase", links=("wad_1",))
    assert codes_of("SCF-03", facts) == ["SCF_CONTRACT2_STIPULATED"]


@pytest.mark.parametrize(
    "change",
    [
        {"is_own_document": False},
        {"is_purchase_closed": False},
        {"purchase_closed_at": None},
        {"issued_at": None},
        {"issued_at": TEN},
    ],
)
def test_scf_04_the_promise_is_a_paper_of_its_own_after_the_sale(change):
    facts = with_part(BUYING, "promise", **change)
    assert codes_of("SCF-04", facts) == ["SCF_WAD_NOT_SEPARATE"]


def test_scf_04_a_clock_that_stands_still_does_not_forbid_it():
    closed_at = BUYING.promise.purchase_closed_at
    assert codes_of("SCF-04", with_part(BUYING, "promise", issued_at=closed_at)) == []


@pytest.mark.parametrize(
    ("day", "is_inside"),
    [
        (WINDOW.opens_on - DAY, False),
        (WINDOW.opens_on, True),
        (WINDOW.closes_on, True),
        (WINDOW.closes_on + DAY, False),
    ],
)
def test_scf_05_both_days_of_the_window_are_in_it(day, is_inside):
    facts = with_part(BUYING, "second", on=day)
    assert codes_of("SCF-05", facts) == ([] if is_inside else ["SCF_WINDOW"])


def test_scf_05_the_window_opens_after_the_gap_the_board_set():
    too_soon = with_part(BUYING, "promise", opens_on=WINDOW.opens_on - DAY)
    assert codes_of("SCF-05", too_soon) == ["SCF_WINDOW"]
    longer = with_part(BUYING, "promise", gap_months_min=7)
    assert codes_of("SCF-05", longer) == ["SCF_WINDOW"]
    for unknown in ("opens_on", "closes_on", "purchase_on"):
        assert codes_of("SCF-05", with_part(BUYING, "promise", **{unknown: None})) == ["SCF_WINDOW"]
    inverted = with_part(replace(BUYING, second=None), "promise", closes_on=WINDOW.opens_on - DAY)
    assert codes_of("SCF-05", inverted) == ["SCF_WINDOW"]


def test_scf_05_a_sale_at_a_months_end_opens_at_the_months_end():
    """Sold on 31 August 2026: from 28 February to 30 April 2027."""
    held = window(date(2026, 8, 31), 6, 8)
    assert (held.opens_on, held.closes_on) == (date(2027, 2, 28), date(2027, 4, 30))


@pytest.mark.parametrize(
    "facts",
    [
        replace(BUYING, burdens=("black list",)),
        replace(BUYING, messages=("Your repayment is overdue.",)),
        replace(BUYING, messages=("You must buy the gold now.",)),
        with_part(BUYING, "promise", promisee_duties=("buy",)),
        with_part(BUYING, "promise", promisors=(CUSTOMER,)),
        with_part(BUYING, "promise", counter_promises=(CounterPromise(
            promisor_id=CUSTOMER, asset="gold", from_on=date(2026, 1, 1),
            to_on=date(2026, 1, 2)),)),
    ],
)  # fmt: skip
def test_scf_09_the_customer_is_never_bound_nor_pressed(facts):
    assert codes_of("SCF-09", BUYING) == []
    assert set(codes_of("SCF-09", facts)) == {"SCF_CUSTOMER_BOUND"}


@pytest.mark.parametrize("asked", ["margin_call", "top_up", "shortfall"])
def test_scf_10_a_fall_of_gold_asks_nothing_of_the_customer(asked):
    facts = replace(BUYING, recourse=(asked,))
    assert codes_of("SCF-10", facts) == ["SCF_RECOURSE"]
    assert "SCF_RECOURSE" in codes(facts, SarfAction.LAPSE)


def test_scf_11_nobody_pays_for_the_keeping_of_the_institutions_own_gold():
    facts = with_part(SALE, "purchase", fees=(FeeFact(kind="custody", amount_minor=1),))
    assert codes_of("SCF-11", facts) == ["SCF_CUSTODY_FEE"]
    free = with_part(SALE, "purchase", fees=(FeeFact(kind="custody", amount_minor=0),))
    assert codes_of("SCF-11", free) == []


def test_scf_16_every_line_is_acknowledged_by_itself():
    told = with_part(SALE, "disclosure", acknowledged=frozenset(LINES[1:]))
    (found,) = findings_of("SCF-16", told)
    assert (found.code, found.observed) == ("SCF_DISCLOSURE", LINES[0])
    assert codes_of("SCF-16", replace(SALE, disclosure=None)) == ["SCF_DISCLOSURE"]
    assert codes_of("SCF-16", with_part(SALE, "disclosure", lines=())) == ["SCF_DISCLOSURE"]


@pytest.mark.parametrize(
    "change",
    [
        {"waited_hours": Fraction(2399, 100)},
        {"waited_hours": None},
        {"waited_hours": 0, "wait_hours_min": 0},
        {"rescission_days": 7},
    ],
)
def test_scf_17_the_time_to_think_lies_before_the_offer(change):
    assert codes_of("SCF-17", with_part(SALE, "purchase", **change)) == ["SCF_COOLING_OFF"]


@pytest.mark.parametrize("field", ["owner_declaration", "stolen_goods_check"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_scf_18_ownership_is_declared_and_theft_looked_for(field, value):
    assert codes_of("SCF-18", with_part(SALE, "purchase", **{field: value})) == ["SCF_TITLE"]


def test_scf_20_no_loan_hangs_on_the_deal():
    assert codes_of("SCF-20", replace(SALE, ties=("loan_1",))) == ["SCF_TIED_QARD"]
    linked = with_part(BUYING, "promise", linked_loan_ids=("loan_2",))
    assert codes_of("SCF-20", linked) == ["SCF_TIED_QARD"]
    assert codes(linked, SarfAction.PROMISE) == {"SCF_TIED_QARD", "WAD_BENEFITS_LENDER"}
