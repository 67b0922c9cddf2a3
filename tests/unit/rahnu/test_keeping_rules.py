"""Loss, growth, release, moves, replacement, death and what nobody fetched (RHN)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sanduq.rahnu.facts_pledge import HeldForOther, LossFact, LossFault, PartySide
from sanduq.rahnu.facts_sale import Unclaimed, UnclaimedFate
from sanduq.shariah.model import Severity, blocking
from tests.make.rahn_facts import (
    DAY,
    HOUR,
    NOON,
    TERMS,
    TODAY,
    fields_refused,
    findings_of,
    pledge,
    with_first,
    with_part,
)

NO_FAULT = LossFact(LossFault.NONE, 99_990, 0, 7_500_00, 0, 5_250_00, 5_250_00)
ADL = {"has_adl_keeper": True, "pledgor_consent_id": "d1", "creditor_consent_id": "d2"}
PARTIAL = {"is_partial": True, "debt_left_minor": 3_000_00, "ltv_after_bp": 7_000}
REFUSED = [
    ("RHN-08", pledge(loss=replace(NO_FAULT, liability_mg=1)), ["liability"]),
    ("RHN-08", pledge(loss=replace(NO_FAULT, liability_minor=1)), ["liability"]),
    ("RHN-08", pledge(loss=replace(NO_FAULT, debt_after_minor=5_000_00)), ["debt"]),
    ("RHN-09", with_part("loss", liability_mg=99_989), ["liability"]),
    ("RHN-09", with_part("loss", has_like=False, liability_minor=7_499_99), ["liability"]),
    ("RHN-09", with_part("loss", debt_after_minor=0), ["debt"]),
    ("RHN-09", with_part("loss", set_off_minor=6_000_00, debt_after_minor=0), ["debt"]),
    ("RHN-17", with_first("growth", credited_to="cpty_institution"), ["growth"]),
    ("RHN-18", pledge(terms=replace(TERMS, cross_pledge_months=None)), ["cross_pledge_clause"]),
    (
        "RHN-18",
        pledge(held_for_other=HeldForOther("obl_2", date(2025, 11, 2))),
        ["cross_pledge_clause"],
    ),
    (
        "RHN-18",
        pledge(held_for_other=HeldForOther("obl_2", date(2025, 7, 31))),
        ["cross_pledge_clause"],
    ),
    ("RHN-19", with_part("release", debt_left_minor=1, settled_on=None), ["outstanding"]),
    ("RHN-19", with_part("release", ready_on=TODAY + DAY), ["ready"]),
    ("RHN-19", with_part("release", fee_stops_on=TODAY + DAY), ["fee_stops"]),
    ("RHN-19", with_part("release", ready_on=None), ["ready"]),
    ("RHN-19", with_part("release", **PARTIAL | {"ltv_after_bp": 7_001}), ["loan_to_value_ratio"]),
    ("RHN-26", with_first("movements", has_adl_keeper=True, creditor_consent_id="d"),
     ["movements.itm_bar.pledgor_consent"]),
    ("RHN-26", with_first("movements", has_adl_keeper=True, pledgor_consent_id="d"),
     ["movements.itm_bar.creditor_consent"]),
    ("RHN-28", with_part("replacement", is_agreed=False), ["agreement"]),
    ("RHN-28", with_part("replacement", possessed_at=NOON + HOUR), ["possession"]),
    ("RHN-28", with_part("replacement", valued_at=None), ["valuation"]),
    ("RHN-28", with_part("replacement", ltv_after_bp=7_001), ["loan_to_value_ratio"]),
    ("RHN-34", with_part("unclaimed", fate=UnclaimedFate.INCOME), ["destination"]),
    ("RHN-34", with_part("unclaimed", tracing=()), ["tracing"]),
    ("RHN-34", with_part("unclaimed", authority_reference=None), ["authority_reference"]),
    ("RHN-35", with_part("death", is_release=True), ["death"]),
    ("RHN-35", with_part("death", is_sale=True, died=PartySide.CREDITOR), ["death"]),
]  # fmt: skip
PASSING = [
    ("RHN-08", pledge(loss=NO_FAULT)),
    ("RHN-09", with_part("loss", has_like=False, liability_minor=7_500_00)),
    ("RHN-09", with_part("loss", set_off_minor=5_250_00, debt_after_minor=0)),
    ("RHN-17", with_first("growth", credited_to="cpty_institution", has_agreement=True)),
    ("RHN-18", pledge(held_for_other=HeldForOther("obl_2", date(2025, 11, 1)))),
    ("RHN-18", pledge(held_for_other=None)),
    ("RHN-19", with_part("release", **PARTIAL)),
    ("RHN-19", with_part("release", debt_left_minor=5, settled_on=None, is_by_creditor_will=True)),
    ("RHN-26", with_first("movements", **ADL)),
    ("RHN-28", with_part("replacement", old_released_at=None)),
    ("RHN-34", pledge(unclaimed=Unclaimed(1, UnclaimedFate.HELD))),
    ("RHN-34", pledge(unclaimed=Unclaimed(1, UnclaimedFate.CHARITY, ("letter",)))),
    ("RHN-35", pledge(death=None)),
]


@pytest.mark.parametrize(("rule_id", "facts", "fields"), REFUSED)
def test_a_rule_of_keeping_refuses_what_it_must(rule_id, facts, fields):
    assert fields_refused(rule_id, facts) == fields


@pytest.mark.parametrize(("rule_id", "facts"), PASSING)
def test_a_rule_of_keeping_passes_what_it_must(rule_id, facts):
    assert findings_of(rule_id, facts) == []


def test_rhn_29_a_pledge_without_takaful_is_warned_of_and_never_refused():
    for facts in (
        pledge(takaful=None),
        with_part("takaful", covered_through_on=TODAY - DAY),
        with_part("takaful", is_proceeds_held=False),
    ):
        (found,) = findings_of("RHN-29", facts)
        assert (found.code, found.severity) == ("PLEDGE_TAKAFUL", Severity.WARN)
        assert not blocking([found])
    assert findings_of("RHN-29", pledge()) == []


def test_rhn_32_each_lunar_year_the_owner_is_told_of_the_zakat():
    (found,) = findings_of("RHN-32", pledge(zakat_told_on=TODAY - 354 * DAY))
    assert (found.code, found.severity) == ("ZAKAT_NOTICE_MISSING", Severity.DISCLOSE)
    assert findings_of("RHN-32", pledge(zakat_told_on=TODAY - 353 * DAY)) == []
    never = pledge(zakat_told_on=None)
    assert findings_of("RHN-32", never) == []  # in custody since today
    long_held = replace(never, possession=replace(never.possession, at=NOON - 354 * DAY))
    assert [each.code for each in findings_of("RHN-32", long_held)] == ["ZAKAT_NOTICE_MISSING"]
