"""Safe-keeping without a loan (WDI), and what a pledgor is told (DIS-05)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sanduq.rahnu.facts import DepositBasis, DepositFact, PledgeDisclosed, PledgeDisclosure
from sanduq.rahnu.facts_pledge import LossFact, LossFault
from sanduq.shariah.model import Severity, blocking
from tests.make.rahn_facts import fields_refused, findings_of, pledge, with_part

GUARANTEED = DepositFact(DepositBasis.DAMANAH)
NO_FAULT = LossFact(LossFault.NONE, 99_990, 0, 7_500_00, 0, 0, 0)
REFUSED = [
    ("WDI-01", with_part("deposit", uses=("lent to a jeweller",)), ["uses"]),
    ("WDI-01", with_part("deposit", is_segregated=False), ["is_segregated"]),
    ("WDI-01", with_part("deposit", is_mixed=True), ["mixing_permission"]),
    ("WDI-02", with_part("deposit", is_fee_on_value=True), ["fee_basis"]),
    ("WDI-02", with_part("fee", names=frozenset({"value"})), ["fee_policy_id"]),
    ("WDI-02", with_part("fee", monthly_minor=28_01), ["fee"]),
    ("WDI-03", with_part("loss", liability_mg=0), ["liability"]),
    ("WDI-03", pledge(loss=replace(NO_FAULT, liability_mg=1)), ["liability"]),
    ("WDI-04", pledge(deposit=replace(GUARANTEED, fee_monthly_minor=1)), ["fee"]),
    ("WDI-05", pledge(deposit=replace(GUARANTEED, is_pledged=True)), ["liability_basis"]),
    (
        "WDI-06",
        with_part("fee", components=frozenset({"custody", "risk_protection"})),
        ["fee.components"],
    ),
    ("WDI-07", pledge(deposit=replace(GUARANTEED, perks=("2 in 100 a year",))), ["perks"]),
    ("DIS-05", pledge(disclosure=None), ["disclosure_ack"]),
    ("DIS-05", pledge(disclosure=PledgeDisclosure("4")), ["disclosure_ack"]),
    *(
        (
            "DIS-05",
            pledge(disclosure=PledgeDisclosure("3", frozenset(PledgeDisclosed) - {part})),
            [f"disclosure.{part}"],
        )
        for part in PledgeDisclosed
    ),
]
PASSING = [
    ("WDI-01", with_part("deposit", is_mixed=True, is_segregated=False,
                         has_mixing_permission=True)),
    ("WDI-01", pledge(deposit=replace(GUARANTEED, uses=("spent",)))),  # it is a loan to its keeper
    ("WDI-02", with_part("deposit", is_pledged=False, is_fee_on_value=True)),
    ("WDI-03", pledge(loss=NO_FAULT)),
    ("WDI-04", pledge(deposit=GUARANTEED)),
    ("WDI-05", pledge(deposit=replace(GUARANTEED, is_pledged=True,
                                      basis_after=DepositBasis.AMANAH))),
    ("WDI-06", pledge(fee=None)),
    ("WDI-07", with_part("deposit", perks=("a calendar",))),  # only a guaranteed one is a loan
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "facts", "fields"), REFUSED)
def test_a_rule_of_safe_keeping_refuses_what_it_must(rule_id, facts, fields):
    assert fields_refused(rule_id, facts) == fields


@pytest.mark.parametrize(("rule_id", "facts"), PASSING)
def test_a_rule_of_safe_keeping_passes_what_it_must(rule_id, facts):
    assert findings_of(rule_id, facts) == []


def test_dis_05_waits_for_the_pledgors_acknowledgement():
    (found,) = findings_of("DIS-05", pledge(disclosures_acknowledged=frozenset()))
    assert (found.code, found.severity, found.limit) == (
        "RAHN_DISCLOSURE",
        Severity.DISCLOSE,
        "3",
    )
    assert blocking([found])
