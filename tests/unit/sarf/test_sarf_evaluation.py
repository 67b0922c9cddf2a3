"""The rules of exchange, promise and facility together: order, profiles, what is lawful."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sanduq.sarf.facts import SarfAction
from sanduq.sarf.rules import CHECKS, NEEDED, RULES_BY_ACTION, evaluate
from sanduq.shariah.model import Resolution, Severity, ShariahProfile, blocking
from sanduq.shariah.rulebook import Implementation, load_rulebook
from tests.make.sarf_facts import BUYING, SALE, SWAP, codes, codes_of, facts_of

SECTIONS = {"SRF": 21, "WAD": 9, "SCF": 20}


def test_every_rule_of_exchange_promise_and_facility_is_in_the_book_and_kept_here():
    wanted = [f"{name}-{n:02d}" for name, count in SECTIONS.items() for n in range(1, count + 1)]
    book = load_rulebook()
    assert [rule_id for rule_id in book if rule_id[:3] in SECTIONS] == wanted
    assert all(book[each].implementation is Implementation.IMPLEMENTED for each in wanted)
    assert set(wanted) <= set(CHECKS)


@pytest.mark.parametrize("facts", [SALE, BUYING, SWAP], ids=["sale", "buying", "swap"])
@pytest.mark.parametrize("rule_id", sorted(CHECKS))
def test_a_lawful_facility_passes_each_rule(rule_id, facts):
    assert codes_of(rule_id, facts) == []


@pytest.mark.parametrize("profile", ShariahProfile)
@pytest.mark.parametrize("action", SarfAction)
def test_a_lawful_facility_passes_every_step_under_every_profile(action, profile):
    assert codes(replace(facts_of(action), profile=profile), action) == set()


@pytest.mark.parametrize("action", SarfAction)
def test_outcomes_come_in_the_order_of_the_book_one_for_each_rule(action):
    facts = replace(facts_of(action), profile=ShariahProfile.MY_BNM)
    outcomes = [each.rule_id for each in evaluate(facts, action)]
    book = list(load_rulebook())
    assert outcomes == sorted(RULES_BY_ACTION[action], key=book.index)


@pytest.mark.parametrize("rule_id", ["SRF-01", "SRF-02", "SRF-08", "SRF-10"])
def test_what_is_unweakenable_binds_every_profile(rule_id):
    rule = load_rulebook()[rule_id]
    assert rule.unweakenable
    assert rule.profiles == set(ShariahProfile)
    assert rule.severity is Severity.BLOCK


@pytest.mark.parametrize("action", sorted(NEEDED))
def test_no_action_is_judged_without_the_facts_it_is_about(action):
    for part in NEEDED[action]:
        with pytest.raises(ValueError, match=f"judged by its {part}"):
            evaluate(replace(facts_of(action), **{part: None}), action)


def test_srf_20_the_central_banks_paper_is_told_under_its_own_profile_only():
    facts = replace(SALE, disclosures_acknowledged=frozenset())
    assert codes(facts, SarfAction.CREATE) == set()
    malaysian = replace(facts, profile=ShariahProfile.MY_BNM)
    assert codes(malaysian, SarfAction.CREATE) == {"MY_SARF_SCOPE"}


def test_jewellery_as_goods_waits_for_the_board_and_passes_under_its_ruling():
    """SRF-15: only a resolution that names the rule settles it."""
    facts = replace(SALE, is_jewellery_gold=False)
    (found,) = [f for each in evaluate(facts, SarfAction.CREATE) for f in each.findings]
    assert (found.rule_id, found.severity) == ("SRF-15", Severity.REVIEW)
    assert blocking([found])
    ruling = Resolution("res_2", frozenset({"SRF-15"}), date(2026, 1, 1), date(2027, 1, 1))
    ruled = replace(facts, resolutions=(ruling,))
    (settled,) = [f for each in evaluate(ruled, SarfAction.CREATE) for f in each.findings]
    assert settled.resolution_id == "res_2"
    assert not blocking([settled])


def test_all_findings_are_returned_and_not_only_the_first():
    facts = replace(SALE, board=None, purchase=replace(SALE.purchase, owner_declaration=" "))
    found = codes(facts, SarfAction.OPEN)
    assert found >= {"SCF_SSB_QUESTIONS_OPEN", "SCF_TITLE"}


def test_a_sitting_of_another_sort_asks_nothing_of_a_facility():
    facts = replace(SWAP, board=None, approval=None, parties=())
    assert codes(facts, SarfAction.EXCHANGE) == set()
    assert codes(facts, SarfAction.CLOSE) == set()
