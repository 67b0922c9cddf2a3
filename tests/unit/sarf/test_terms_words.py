"""The papers' placeholders, and what a customer is told with its numbers (SCF-16)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from string import Template

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.kit.money import currency
from sanduq.sarf.clause_words import TextKind, faulty
from sanduq.sarf.terms import disclosure
from sanduq.sarf.terms.disclosure import LINE_CODES, lines, purchase_cost
from sanduq.sarf.terms.model import (
    FacilityTerms,
    Paper,
    TermsAction,
    TermsStatus,
    Wording,
    actions_of,
    is_allowed,
    settings_faults,
)
from sanduq.sarf.terms.wording import (
    PLACEHOLDERS,
    REQUIRED,
    render,
    standard_wordings,
    wording_faults,
)

MYR, JPY, TND = currency("MYR"), currency("JPY"), currency("TND")
TERMS = FacilityTerms(institution_party_id="cpty_house")
LANGUAGES = [each.language for each in standard_wordings()]
STANDARD = standard_wordings()[0]


def told(market_minor=1_000_000, price_minor=700_000, *, terms=TERMS, asset=MYR, language="en"):
    return {
        line.code: line.text for line in lines(terms, market_minor, price_minor, asset, language)
    }


def test_scf_16_the_cost_of_the_papers_example_at_an_unchanged_price():
    # 50 g at 200: worth 10,000, sold for 7,000; bought for 75% of 10,000 = 7,500.
    cost = purchase_cost(TERMS, 1_000_000, 700_000)
    assert (cost.cap_minor, cost.cost_minor) == (750_000, 50_000)
    assert cost.flat == Fraction(500, 7_000)  # 7.14%
    assert cost.simple_at_opening == Fraction(1_000, 7_000)  # 7.14% x 12 / 6 = 14.29%
    assert cost.simple_at_closing == Fraction(750, 7_000)  # 7.14% x 12 / 8 = 10.71%
    assert cost.compound_at_opening == Decimal("0.147959")  # (7500/7000)^(12/6) - 1
    assert cost.compound_at_closing == Decimal("0.109034")  # (7500/7000)^(12/8) - 1


def test_scf_16_every_line_is_told_with_its_figures():
    texts = told()
    assert tuple(texts) == LINE_CODES
    assert "sale" in texts["is_sale"]
    assert "no longer yours" in texts["ownership_passes"]
    for figure in ("70%", "7000.00 MYR", "10000.00 MYR"):
        assert figure in texts["price_received"]
    for figure in ("6", "8", "75%", "may buy", "need not"):
        assert figure in texts["may_buy"]
    for figure in ("3000.00 MYR", "30.00%"):
        assert figure in texts["difference_borne"]
    for figure in (
        "7500.00 MYR", "500.00 MYR", "7.14%", "14.29%", "10.71%", "14.80%", "10.90%",
        "after 6 months", "after 8",
    ):  # fmt: skip
        assert figure in texts["cost_today"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_figures_are_told_in_every_language_and_never_as_interest(language):
    texts = told(language=language)
    assert tuple(texts) == LINE_CODES
    for figure in ("7500.00 MYR", "500.00 MYR", "7.14%", "14.29%", "10.71%", "14.80%", "10.90%"):
        assert figure in texts["cost_today"]
    for text in texts.values():
        assert "$" not in text
        assert faulty(text, TextKind.MESSAGE) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_purchase_that_costs_nothing_is_said_to_cost_nothing(language):
    terms = replace(TERMS, buy_bp=8_000)
    text = told(1_000_000, 800_000, terms=terms, language=language)["cost_today"]
    assert "7500.00 MYR" in text
    assert "-" not in text
    assert "%" not in text


def test_amounts_are_written_with_the_decimals_of_their_currency():
    assert "7000 JPY of 10000 JPY" in told(10_000, 7_000, asset=JPY)["price_received"]
    assert "7.000 TND of 10.000 TND" in told(10_000, 7_000, asset=TND)["price_received"]


def test_a_cost_out_of_all_proportion_is_told_without_a_yearly_figure():
    terms = replace(TERMS, opens_months=1, gap_months_min=1, cap_bp=10_000, buy_bp=5_000)
    cost = purchase_cost(terms, 10_000, 5_000)
    assert cost.compound_at_opening is None  # doubled in a month: 4,095 times a year
    assert "> 1000%" in told(10_000, 5_000, terms=terms)["cost_today"]


def test_nothing_is_disclosed_of_a_price_of_nothing():
    with pytest.raises(ValueError, match="more than zero"):
        purchase_cost(TERMS, 1_000_000, 0)


@given(market=st.integers(1, 10**14), buy_bp=st.integers(5_000, 10_000))
def test_the_cap_is_rounded_down_and_the_cost_is_what_it_exceeds_the_price_by(market, buy_bp):
    price = max(market * buy_bp // 10_000, 1)
    cost = purchase_cost(replace(TERMS, buy_bp=buy_bp), market, price)
    assert cost.cap_minor <= Fraction(market * 3, 4) < cost.cap_minor + 1
    assert cost.cost_minor == cost.cap_minor - price
    assert cost.flat * price == cost.cost_minor
    assert cost.simple_at_opening * 6 == cost.simple_at_closing * 8 == cost.flat * 12


@pytest.mark.parametrize("wording", standard_wordings(), ids=LANGUAGES)
def test_scf_03_wad_01_scf_09_the_words_of_the_house_pass_the_lint(wording):
    assert faulty(wording.contract_1, TextKind.CONTRACT_1) == []
    assert faulty(wording.promise, TextKind.PROMISE) == []
    assert faulty(wording.contract_2, TextKind.CONTRACT_2) == []
    for paper in Paper:
        assert faulty(wording.of(paper), TextKind.MESSAGE) == []


@pytest.mark.parametrize("wording", standard_wordings(), ids=LANGUAGES)
def test_the_words_of_the_house_use_every_placeholder_and_no_other(wording):
    for paper in Paper:
        assert set(Template(wording.of(paper)).get_identifiers()) == PLACEHOLDERS[paper]


def test_a_paper_is_rendered_with_its_values_and_a_dollar_sign_stays():
    assert render("$price ($$), on $date", {"price": "7,000", "date": "2024-01-15", "x": "y"}) == (
        "7,000 ($), on 2024-01-15"
    )
    with pytest.raises(KeyError):
        render("$price", {})


@pytest.mark.parametrize(
    ("paper", "words", "code", "said"),
    [
        ("contract_1", " $window_opens", "unknown_placeholder", "$window_opens"),
        ("contract_1", " $cap", "unknown_placeholder", "$cap"),
        ("contract_1", " $wieght_grams", "unknown_placeholder", "nearest is $weight_grams"),
        ("promise", " $price", "unknown_placeholder", "$price"),
        ("contract_2", " $promised_weight_grams", "unknown_placeholder", "$promised_weight_grams"),
        ("window_notice", " $customer", "unknown_placeholder", "$customer"),
        ("contract_2", " for $5", "unreadable", "$$"),
    ],
)
def test_a_placeholder_a_paper_does_not_have_is_named_with_the_nearest(paper, words, code, said):
    wording = replace(STANDARD, **{paper: STANDARD.of(Paper(paper)) + words})
    (fault,) = wording_faults((wording,))
    assert (fault["field"], fault["code"]) == (f"wordings.0.{paper}", code)
    assert said in fault["message"]


def test_a_paper_without_what_it_is_about_is_refused():
    bare = Wording("en", *("Words." for _ in Paper))
    faults = list(wording_faults((STANDARD, bare)))
    missing = {
        (fault["field"], fault["message"].split("$")[1])
        for fault in faults
        if fault["code"] == "missing_placeholder"
    }
    assert missing == {(f"wordings.1.{paper}", name) for paper in Paper for name in REQUIRED[paper]}
    assert [fault["field"] for fault in faults if fault["code"] == "repeated"] == [
        "wordings.1.language"
    ]


def test_some_words_there_must_be():
    assert [fault["code"] for fault in wording_faults(())] == ["missing_field"]


@pytest.mark.parametrize("status", TermsStatus)
def test_only_a_draft_changes_and_only_active_terms_open_a_facility(status):
    assert is_allowed(TermsAction.CHANGE, status) == (status is TermsStatus.DRAFT)
    assert is_allowed(TermsAction.APPROVE, status) == (status is TermsStatus.DRAFT)
    assert is_allowed(TermsAction.OPEN, status) == (status is TermsStatus.ACTIVE)
    assert is_allowed(TermsAction.RETIRE, status) == (status is not TermsStatus.RETIRED)
    assert actions_of(TermsStatus.RETIRED) == []


def test_the_settings_of_the_house_are_within_their_bounds():
    assert list(settings_faults(TERMS)) == []
    assert disclosure.VERSION
