"""What custody may cost the owner, and in which structure (RHN-10 to RHN-14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sanduq.rahnu.facts_pledge import CostKind, FeeSample, JoinedContract, OwnerCost
from sanduq.shariah.model import Severity, ShariahProfile, blocking
from tests.make.rahn_facts import (
    PLEDGE,
    TERMS,
    fields_refused,
    findings_of,
    pledge,
    with_first,
    with_part,
)

REFUSED = [
    ("RHN-10", with_part("fee", monthly_minor=28_01), ["safekeeping_fee_monthly"]),
    ("RHN-10", with_part("fee", cost_monthly_minor=None), ["safekeeping_fee_monthly"]),
    ("RHN-11", with_part("fee", names=frozenset({"weight", "ltv"})), ["fee_expression"]),
    ("RHN-11", with_part("fee", names=frozenset({"appraised_value"})), ["fee_expression"]),
    ("RHN-11", with_part("fee", names=None), ["fee_expression"]),
    ("RHN-12", with_part("fee", samples=(FeeSample("a ring", 5_00, 5_01),)), ["samples.a ring"]),
    ("RHN-12", with_part("fee", samples=(FeeSample("a ring", 5_01, 5_00),)), ["samples.a ring"]),
    ("RHN-14", with_first("owner_costs", evidence_minor=None), ["costs.sale"]),
    ("RHN-14", with_first("owner_costs", amount_minor=100_01), ["costs.sale"]),
    ("RHN-14", with_first("owner_costs", kind=CostKind.DOCUMENTATION), ["costs.documentation"]),
    (
        "RHN-14",
        pledge(terms=replace(TERMS, has_owner_custody_costs=False)),
        ["costs.custody"],
    ),
    ("RHN-14", pledge(terms=replace(TERMS, has_owner_sale_costs=False)), ["costs.sale"]),
]
PASSING = [
    ("RHN-10", with_part("fee", monthly_minor=28_00)),
    ("RHN-10", with_part("fee", monthly_minor=0, cost_monthly_minor=None)),
    ("RHN-11", with_part("fee", names=frozenset())),
    ("RHN-12", with_part("fee", samples=())),
    ("RHN-14", with_first("owner_costs", kind=CostKind.DOCUMENTATION, has_clause=True)),
    ("RHN-14", pledge(owner_costs=(OwnerCost(CostKind.REPAIR, 50_00, 50_00),))),
]


@pytest.mark.parametrize(("rule_id", "facts", "fields"), REFUSED)
def test_a_rule_of_the_custody_fee_refuses_what_it_must(rule_id, facts, fields):
    assert fields_refused(rule_id, facts) == fields


@pytest.mark.parametrize(("rule_id", "facts"), PASSING)
def test_a_rule_of_the_custody_fee_passes_what_it_must(rule_id, facts):
    assert findings_of(rule_id, facts) == []


def test_rhn_13_the_joined_structure_is_refused_under_bnm_from_february_2020():
    facts = pledge(profile=ShariahProfile.MY_BNM, made_on=date(2020, 2, 1))
    (found,) = findings_of("RHN-13", facts)
    assert (found.code, found.severity) == ("MY_ARRAHNU_QARD_STRUCTURE", Severity.BLOCK)
    assert findings_of("RHN-13", replace(facts, made_on=date(2020, 1, 31))) == []
    without_fee = facts.joined - {JoinedContract.UJRAH}
    assert findings_of("RHN-13", replace(facts, joined=without_fee)) == []


@pytest.mark.parametrize("profile", sorted(set(ShariahProfile) - {ShariahProfile.MY_BNM}))
def test_rhn_13_is_told_under_other_profiles_before_signing(profile):
    facts = pledge(profile=profile, disclosures_acknowledged=frozenset({("RHN-13", "2")}))
    (found,) = findings_of("RHN-13", facts)
    assert (found.severity, found.limit) == (Severity.DISCLOSE, "3")
    assert not blocking([found], {"RHN-13"})
    told = replace(PLEDGE, profile=profile)
    assert findings_of("RHN-13", told) == []
    assert findings_of("RHN-13", replace(facts, disclosure=None)) == []  # nothing is signed yet
