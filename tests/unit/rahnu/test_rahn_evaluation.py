"""The rules of a pledge together: the order, the profiles, and what a lawful pledge passes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sanduq.rahnu.facts import RahnAction
from sanduq.rahnu.rules import CHECKS, RULES_BY_ACTION, SELLING, evaluate
from sanduq.shariah.model import Resolution, Severity, ShariahProfile, blocking
from sanduq.shariah.rulebook import Implementation, load_rulebook
from tests.make.rahn_facts import PLEDGE, codes, findings_of, pledge, with_part

SECTIONS = {"RHN": 35, "ARN": 12, "WDI": 7}


def test_every_rule_of_pledge_procedure_and_safe_keeping_is_in_the_book_and_kept_here():
    wanted = [f"{name}-{n:02d}" for name, count in SECTIONS.items() for n in range(1, count + 1)]
    book = load_rulebook()
    assert [rule_id for rule_id in book if rule_id[:3] in SECTIONS] == wanted
    assert all(book[each].implementation is Implementation.IMPLEMENTED for each in wanted)
    assert set(wanted) | {"DIS-05"} <= set(CHECKS)


@pytest.mark.parametrize("rule_id", sorted(CHECKS))
def test_a_lawful_pledge_passes_each_rule(rule_id):
    assert findings_of(rule_id, PLEDGE) == []


@pytest.mark.parametrize("profile", ShariahProfile)
@pytest.mark.parametrize("action", RahnAction)
def test_a_lawful_pledge_passes_every_step_under_every_profile(action, profile):
    joined = frozenset(PLEDGE.joined) - {"wadiah"}  # the joined structure is refused under BNM
    assert codes(replace(PLEDGE, profile=profile, joined=joined), action) == set()


@pytest.mark.parametrize("action", RahnAction)
def test_outcomes_come_in_the_order_of_the_book_one_for_each_rule(action):
    facts = pledge(profile=ShariahProfile.MY_BNM)
    outcomes = [each.rule_id for each in evaluate(facts, action)]
    book = list(load_rulebook())
    assert outcomes == sorted(RULES_BY_ACTION[action], key=book.index)


def test_what_is_unweakenable_binds_every_profile():
    for rule_id in ("RHN-05", "RHN-20", "RHN-21"):
        rule = load_rulebook()[rule_id]
        assert rule.unweakenable
        assert rule.profiles == set(ShariahProfile)
        assert rule.severity is Severity.BLOCK


@pytest.mark.parametrize("action", sorted(SELLING))
def test_a_sale_is_never_judged_without_its_facts(action):
    with pytest.raises(ValueError, match="planned or made"):
        evaluate(pledge(sale=None), action)


def test_a_top_up_clause_waits_for_the_board_and_passes_under_its_ruling():
    """RHN-23: a clause that asks for more in pledge is for the board, by a live resolution."""
    facts = with_part("terms", has_top_up_clause=True)
    for action in (RahnAction.SAVE_TEMPLATE, RahnAction.MARGIN_CALL):
        (found,) = [f for each in evaluate(facts, action) for f in each.findings]
        assert (found.rule_id, found.severity) == ("RHN-23", Severity.REVIEW)
        assert blocking([found])
    ruling = Resolution("res_2", frozenset({"RHN-23"}), date(2026, 1, 1), date(2027, 1, 1))
    ruled = replace(facts, resolutions=(ruling,))
    (settled,) = [f for each in evaluate(ruled, RahnAction.SAVE_TEMPLATE) for f in each.findings]
    assert settled.resolution_id == "res_2"
    assert not blocking([settled])


def test_all_findings_are_returned_and_not_only_the_first():
    facts = pledge(items=(), possession=None, loan_minor=5_250_01)
    assert codes(facts, RahnAction.EXECUTE) >= {
        "PLEDGE_ITEM_INVALID",
        "PLEDGE_NOT_POSSESSED",
        "LTV_EXCEEDED",
    }
