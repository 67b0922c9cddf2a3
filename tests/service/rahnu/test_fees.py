"""A custody fee is what keeping costs, and the same with a loan as without (RHN-10 to RHN-12)."""

from __future__ import annotations

from datetime import date

import pytest

from sanduq.access.errors import MakerMayNotApprove, NoAuthority, NothingToApprove
from sanduq.events import service as outbox
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import currency
from sanduq.kit.pages import PageRequest
from sanduq.rahnu.fees import service
from sanduq.rahnu.fees.errors import (
    FeePolicyChanged,
    FeePolicyExternalIdTaken,
    FeePolicyState,
    FeePolicyWithoutResolution,
    FeePolicyWithoutStudy,
    UnknownFeePolicy,
)
from sanduq.rahnu.fees.model import FeeBasis, FeePolicyStatus
from sanduq.shariah import service as shariah
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.fees import (
    a_cost,
    a_custody_ruling,
    active_fee_policy,
    approved_study,
    drawn_up,
)

USD = currency("USD")
LADDER = "(0.10 + (0.75 - 0.10) * margin / 0.70) * value / 100"
"""The paper's tariff in one line: 0.10 for every 100 without a loan, 0.75 at seven tenths."""


def findings(refused) -> set[tuple[str, str]]:
    return {(found["rule_id"], found["code"]) for found in refused.value.details}


def test_a_policy_is_approved_under_a_ruling_and_a_study(work):
    policy = active_fee_policy(work)
    assert policy.status is FeePolicyStatus.ACTIVE
    assert policy.approved_by == "user_shariah"
    with work() as uow:
        study = service.cost_studies.latest_approved(uow, USD, uow.today)
        assert policy.custody_cost_study_id == study.custody_cost_study_id
        page = shariah.list_evaluations(uow, PageRequest(), subject_id=policy.fee_policy_id)
        checked = {one.rule_id for one in page.items}
        assert {"RHN-10", "RHN-11", "RHN-12", "WDI-06"} <= checked
        assert all(one.has_passed for one in page.items)
        told = outbox.list_events(
            uow, type_name=None, subject_id=policy.fee_policy_id, request=PageRequest()
        )
        assert [event.type for event in told.items] == [
            "rahnu.fee_policy.approved",
            "rahnu.fee_policy.created",
        ]
        assert_coherent(uow)


def test_t7_the_papers_ladder_is_refused_as_linked_and_as_unequal(work):
    with pytest.raises(ShariahViolation) as refused:
        drawn_up(work, expression=LADDER)
    assert findings(refused) == {
        ("RHN-11", "CUSTODY_FEE_LINKED_TO_LOAN"),
        ("RHN-12", "CUSTODY_FEE_DISCRIMINATES"),
    }
    with work() as uow:
        assert service.list_policies(uow, PageRequest()).items == []


@pytest.mark.parametrize(
    "name",
    ["amount", "appraised_value", "loan", "ltv", "margin", "principal", "ratio", "value"],
)
def test_no_name_of_a_loan_or_a_value_may_be_read(work, name):
    with pytest.raises(ShariahViolation) as refused:
        drawn_up(work, expression=f"0.1 * weight + 0 * {name}")
    assert ("RHN-11", "CUSTODY_FEE_LINKED_TO_LOAN") in findings(refused)


@pytest.mark.parametrize(
    "changes",
    [
        {"expression": "0.7%"},
        {"expression": "weight ** 2"},
        {"expression": "loan_amount * 0.01"},
        {"description": "0.7 percent of the value of the gold"},
        {"name": "Custody at 0.65 %"},
        {"description": "seventy basis points a month"},
    ],
)
def test_a_percentage_or_what_cannot_be_read_is_no_custody_fee(work, changes):
    with pytest.raises(ShariahViolation) as refused:
        drawn_up(work, **changes)
    assert ("RHN-11", "CUSTODY_FEE_LINKED_TO_LOAN") in findings(refused)


@pytest.mark.parametrize("component", ["risk_protection", "guarantee"])
def test_no_part_of_the_fee_pays_for_a_guarantee(work, component):
    with pytest.raises(ShariahViolation) as refused:
        drawn_up(work, components=["custody", component])
    assert findings(refused) == {("WDI-06", "CUSTODY_GUARANTEE_FEE")}


def test_a_fee_above_its_cost_anywhere_is_refused_and_the_worst_is_shown(work):
    approved_study(work)
    with pytest.raises(ShariahViolation) as refused:
        drawn_up(work, expression="0.41 * weight")  # a gram costs 0.40 a month, a thing 1.00
    (found,) = refused.value.details
    assert found["code"] == "CUSTODY_FEE_EXCEEDS_COST"
    # A kilogram for a year: 4,920.00 asked, 4,812.00 spent.
    assert (found["observed"], found["limit"]) == ("4920.00", "4812.00")


def test_a_fee_drawn_up_before_its_study_is_held_against_it_at_approval(work):
    policy = drawn_up(work, expression="0.50 * weight", resolution_id=a_custody_ruling(work))
    with pytest.raises(FeePolicyWithoutStudy), work("user_shariah") as uow:
        service.approve_policy(uow, policy.fee_policy_id)
    approved_study(work)
    with pytest.raises(ShariahViolation) as refused, work("user_shariah") as uow:
        service.approve_policy(uow, policy.fee_policy_id)
    assert findings(refused) == {("RHN-10", "CUSTODY_FEE_EXCEEDS_COST")}
    with work() as uow:
        assert service.policy(uow, policy.fee_policy_id).status is FeePolicyStatus.DRAFT


def test_a_policy_needs_a_ruling_in_force(work):
    approved_study(work)
    expired = a_custody_ruling(work, valid_from="2023-01-01", valid_to="2024-01-15")
    for named in (None, expired):
        policy = drawn_up(work, resolution_id=named)
        with pytest.raises(FeePolicyWithoutResolution), work("user_shariah") as uow:
            service.approve_policy(uow, policy.fee_policy_id)
    with work("user_shariah") as uow:
        approved = service.approve_policy(
            uow, policy.fee_policy_id, resolution_id=a_custody_ruling(work)
        )
    assert approved.status is FeePolicyStatus.ACTIVE


def test_the_maker_and_other_offices_do_not_approve(work):
    policy = drawn_up(work)
    with work("user_maker") as uow, pytest.raises(MakerMayNotApprove):
        service.approve_policy(uow, policy.fee_policy_id)
    with work("user_finance") as uow, pytest.raises(NoAuthority):
        service.approve_policy(uow, policy.fee_policy_id)


def test_a_policy_runs_one_way(work):
    policy = active_fee_policy(work)
    with work("user_shariah") as uow, pytest.raises(FeePolicyState):
        service.approve_policy(uow, policy.fee_policy_id)
    with work() as uow:
        assert service.active_policy(uow, policy.fee_policy_id, USD) == policy
        with pytest.raises(ValidationFailed):
            service.active_policy(uow, policy.fee_policy_id, currency("EUR"))
        retired = service.retire_policy(uow, policy.fee_policy_id)
        assert retired.status is FeePolicyStatus.RETIRED
        with pytest.raises(FeePolicyState):
            service.active_policy(uow, policy.fee_policy_id, USD)
        with pytest.raises(FeePolicyState):
            service.retire_policy(uow, policy.fee_policy_id)


def test_a_draft_that_is_retired_waits_for_nobody(work):
    policy = drawn_up(work)
    with work() as uow:
        service.retire_policy(uow, policy.fee_policy_id)
    with work("user_shariah") as uow, pytest.raises((FeePolicyState, NothingToApprove)):
        service.approve_policy(uow, policy.fee_policy_id)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"expression": "weight / (item_count - 1)"}, "division_by_zero"),
        ({"expression": "weight - 100"}, "negative"),
        ({"expression": "days_in_custody"}, "missing_value"),
        ({"period": "total", "expression": "max(0, 30 - days_in_custody)"}, "falls_with_days"),
        ({"resolution_id": "res_unknown"}, "unknown_resolution"),
    ],
)
def test_an_expression_without_a_value_for_some_things_is_refused_by_field(work, changes, code):
    with pytest.raises(ValidationFailed) as refused:
        drawn_up(work, **changes)
    assert refused.value.details[0]["code"] == code


def test_the_actual_premium_may_be_passed_on(work):
    approved_study(work, lines=[a_cost("vault_rent", "gram", 24_000)])
    policy = drawn_up(work, expression="0.40 * weight + takaful_premium")
    with work() as uow:
        found = service.quote_policy(
            uow, policy, FeeBasis(50_000, takaful_premium_minor=300), months=6
        )
    assert (found.total_minor, found.cost_minor) == (13_800, 13_800)  # (20.00 + 3.00) × 6


def test_twenty_a_month_is_one_hundred_and_twenty_for_six_with_a_loan_or_without(work):
    policy = active_fee_policy(work)
    with work() as uow:
        found = service.quote_policy(
            uow, policy, FeeBasis(50_000), start_on=date(2012, 1, 1), months=6
        )
    assert found.monthly_minor == 2_000
    assert found.total_minor == found.with_loan_minor == found.without_loan_minor == 12_000
    assert found.cost_minor == 12_600
    assert [line.total_minor for line in found.months] == [
        2_000, 4_000, 6_000, 8_000, 10_000, 12_000,
    ]  # fmt: skip


def test_an_external_id_names_one_policy_and_a_stale_reading_changes_nothing(work):
    policy = drawn_up(work, external_id="fee-1")
    with pytest.raises(FeePolicyExternalIdTaken):
        drawn_up(work, external_id="fee-1")
    with work() as uow, pytest.raises(FeePolicyChanged):
        service.retire_policy(uow, policy.fee_policy_id, if_match='"v7"')


def test_the_policy_of_another_institution_does_not_exist_here(work):
    policy = drawn_up(work)
    with work("user_shariah", "inst_other") as uow:
        with pytest.raises(UnknownFeePolicy):
            service.policy(uow, policy.fee_policy_id)
        with pytest.raises(UnknownFeePolicy):
            service.approve_policy(uow, policy.fee_policy_id)
        assert service.load_policies(uow, [policy.fee_policy_id]) == {}
