"""The purchase by the customer, and what is left after the window (SCF-06 to 08, 12 to 15, 19)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.sarf.facts import SarfAction
from sanduq.sarf.facts_facility import MonitorFact
from sanduq.sarf.model import share_minor
from sanduq.shariah.model import Severity, blocking
from tests.make.sarf_facts import (
    BUYING,
    DAY,
    SALE,
    SOLD_ON,
    WINDOW,
    codes,
    codes_of,
    findings_of,
    with_part,
)

markets = st.fractions(min_value=0, max_value=10**12, max_denominator=10**6)


def buying(**changes):
    return with_part(BUYING, "second", **changes)


@given(markets, st.integers(1, 10_000))
def test_scf_06_the_cap_is_never_above_its_share_and_less_than_a_unit_below_it(market, cap_bp):
    exact = market * cap_bp / 10_000
    assert exact - 1 < share_minor(market, cap_bp) <= exact


@given(markets, st.integers(0, 10**6))
def test_scf_06_a_price_a_cent_above_the_cap_is_refused_and_the_cap_is_not(market, above):
    cap = share_minor(market, 7_500)
    at_cap = buying(market_minor=market, price_minor=cap)
    assert codes_of("SCF-06", at_cap) == []
    over = buying(market_minor=market, price_minor=cap + 1 + above)
    assert codes_of("SCF-06", over) == ["SCF_PRICE_CAP"]


def test_scf_06_the_share_is_the_one_promised():
    """The terms may have changed since: what was promised at 75% is not sold at 80%."""
    facts = buying(cap_bp=8_000, price_minor=8_400_00)
    (found,) = findings_of("SCF-06", facts)
    assert (found.code, found.limit) == ("SCF_PRICE_CAP", "7875.00")


def test_scf_06_the_second_contract_speaks_of_neither_the_first_price_nor_a_loan():
    for text in ("As agreed in the first contract.", "This repays the loan."):
        assert set(codes_of("SCF-06", buying(text=text))) == {"SCF_PRICE_FORMULA"}


def test_scf_07_no_more_than_is_left_of_the_fineness_promised():
    assert codes_of("SCF-07", buying(fine_mg=20_000)) == []  # a part
    over = buying(fine_mg=20_001, remaining_fine_mg=20_000)
    (found,) = findings_of("SCF-07", over)
    assert (found.code, found.observed, found.limit) == ("SCF_QUANTITY", "20.001 g", "20.000 g")
    assert codes_of("SCF-07", buying(has_promised_fineness=False)) == ["SCF_QUANTITY"]
    assert codes_of("SCF-07", buying(fine_mg=0)) == ["SCF_QUANTITY"]
    assert codes_of("SCF-07", with_part(BUYING, "promise", fine_mg=49_951)) == ["SCF_QUANTITY"]


def test_scf_08_the_price_is_paid_whole_and_at_once():
    assert codes_of("SCF-08", BUYING) == []
    assert codes_of("SCF-08", buying(payment_terms="6 months")) == ["SCF_CONTRACT2_DEFERRED"]
    assert codes_of("SCF-08", buying(set_offs=("loan_9",))) == ["SCF_CONTRACT2_DEFERRED"]


def test_scf_12_after_the_window_the_promise_is_over():
    still = replace(BUYING, on=WINDOW.closes_on + DAY)
    assert codes_of("SCF-12", still) == ["SCF_AFTER_WINDOW"]
    assert codes_of("SCF-12", replace(BUYING, on=WINDOW.closes_on)) == []
    ended = with_part(still, "after", ended_on=WINDOW.closes_on + DAY)
    assert codes_of("SCF-12", ended) == []
    too_soon = with_part(BUYING, "after", ended_on=WINDOW.closes_on)
    assert codes_of("SCF-12", too_soon) == ["SCF_AFTER_WINDOW"]


@pytest.mark.parametrize("passed", ["passed_gain_minor", "passed_loss_minor"])
def test_scf_12_neither_gain_nor_loss_passes_to_the_customer(passed):
    assert codes_of("SCF-12", with_part(BUYING, "after", **{passed: 1})) == ["SCF_AFTER_WINDOW"]


def monitored(**changes):
    return replace(SALE, monitor=MonitorFact(sample=10, **changes))


def test_scf_13_one_sign_is_noted_and_two_are_for_the_board():
    assert findings_of("SCF-13", monitored(at_cap_bp=10_000)) == []
    found = findings_of("SCF-13", monitored(at_cap_bp=10_000, take_up_bp=9_001))
    assert {each.field for each in found} == {"take_up", "at_cap"}
    assert all(each.severity is Severity.REVIEW for each in found)
    assert blocking(found)
    assert "SCF_SIMULATED_SALE" in codes(
        monitored(own_name_bags=1, debt_word_messages=1), SarfAction.MONITOR
    )


def test_scf_13_limits_are_passed_and_not_reached_and_small_samples_tell_nothing():
    at_limits = monitored(same_piece_bp=5_000, take_up_bp=9_000, at_cap_bp=9_000)
    assert findings_of("SCF-13", at_limits) == []
    few = replace(SALE, monitor=MonitorFact(sample=9, take_up_bp=10_000, at_cap_bp=10_000))
    assert findings_of("SCF-13", few) == []


@pytest.mark.parametrize(
    "change",
    [
        {"is_netted": True},
        {"has_own_invoice": False},
        {"session_id": BUYING.second.first_session_id},
        {"on": SOLD_ON},
    ],
)
def test_scf_14_two_sittings_two_days_two_papers_and_no_netting(change):
    assert codes_of("SCF-14", buying(**change)) == ["SCF_NETTED"]


def test_scf_14_a_first_day_nobody_knows_is_not_another_day():
    unknown = with_part(buying(first_on=None), "promise", purchase_on=None)
    assert codes_of("SCF-14", unknown) == ["SCF_NETTED"]
    assert codes_of("SCF-14", buying(first_on=None)) == []  # the promise tells it


def test_scf_15_promises_are_covered_by_gold_and_provided_for():
    short = with_part(BUYING, "cover", free_fine_mg=49_949)
    (found,) = findings_of("SCF-15", short)
    assert (found.code, found.severity) == ("SCF_PROMISE_COVER", Severity.WARN)
    assert codes_of("SCF-15", with_part(BUYING, "cover", free_fine_mg=49_950)) == []
    half = with_part(short, "cover", free_fine_mg=24_975, cover_ratio_bp=5_000)
    assert codes_of("SCF-15", half) == []
    # At 180.00 the promise brings 6,750 for what cost 7,000: 250 is set aside.
    onerous = with_part(BUYING, "cover", onerous_minor=250_00, provision_minor=249_99)
    assert codes_of("SCF-15", onerous) == ["SCF_PROMISE_COVER"]


def test_scf_19_a_lower_price_is_agreed_that_day_and_never_promised():
    lower = buying(price_minor=7_874_99)
    assert codes_of("SCF-19", lower) == ["SCF_DISCOUNT_PROMISED"]
    approved = buying(price_minor=7_000_00, is_lower_price_approved=True)
    assert codes_of("SCF-19", approved) == []
    beforehand = with_part(approved, "promise", lower_price_promised=True)
    assert codes_of("SCF-19", beforehand) == ["SCF_DISCOUNT_PROMISED"]


@given(st.integers(0, 10_500_00))
def test_scf_06_and_scf_19_leave_one_price_without_anyones_approval(price):
    found = {*codes_of("SCF-06", buying(price_minor=price)),
             *codes_of("SCF-19", buying(price_minor=price))}  # fmt: skip
    assert (found == set()) == (price == 7_875_00)


def test_a_rounded_market_gives_no_higher_cap():
    exact = Fraction(10_000_01, 3)
    assert share_minor(int(exact), 7_500) <= share_minor(exact, 7_500)
