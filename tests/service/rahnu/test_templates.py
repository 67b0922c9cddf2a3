"""Pledge templates: approved by another, under a resolution, as they stand (GEN-01, RHN-21)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from sanduq.access.errors import MakerMayNotApprove, NoAuthority
from sanduq.events import service as outbox
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import Conflict, ValidationFailed
from sanduq.kit.money import currency
from sanduq.kit.pages import PageRequest
from sanduq.rahnu.fees.errors import FeePolicyState
from sanduq.rahnu.templates import service
from sanduq.rahnu.templates.errors import (
    NoDefaultTemplate,
    TemplateChanged,
    TemplateExternalIdTaken,
    TemplateStateRefuses,
    UnknownTemplate,
)
from sanduq.rahnu.templates.model import OperatorLicence, PledgeTerms, TemplateStatus
from sanduq.rahnu.templates.schemas import PledgeTemplateIn, PledgeTemplatePatch
from sanduq.shariah import service as shariah
from sanduq.shariah.errors import ShariahViolation
from sanduq.shariah.schemas import ResolutionIn
from tests.make.fees import active_fee_policy, drawn_up
from tests.make.offers import a_resolution
from tests.make.pledge_templates import a_clause, a_template

USD, EUR = currency("USD"), currency("EUR")


def a_ruling(work, *scope, **changes):
    with work("user_shariah") as uow:
        return shariah.create_resolution(
            uow, ResolutionIn(**a_resolution(*scope, **changes)).command()
        ).resolution_id


@pytest.fixture
def ruling(work):
    return a_ruling(work, "GEN-01")


def drawn(work, user="user_maker", **changes):
    with work(user) as uow:
        return service.create(uow, PledgeTemplateIn(**a_template(**changes)).command())


def approved(work, **changes):
    template = drawn(work, **changes)
    with work("user_shariah") as uow:
        return service.approve(uow, template.template_id)


def changed(work, template, user="user_maker", **changes):
    with work(user) as uow:
        return service.change(uow, template.template_id, PledgeTemplatePatch(**changes).revise)


def refused_codes(work, **changes):
    with work() as uow, pytest.raises(ShariahViolation) as refused:
        service.create(uow, PledgeTemplateIn(**a_template(**changes)).command())
    return {detail["code"] for detail in refused.value.details if detail["severity"] != "warn"}


def test_a_template_reads_back_as_it_was_drawn_up(work, ruling):
    template = drawn(
        work,
        terms={"ltv_max": "0.65", "reserve": 0, "cross_pledge_months": 3, "has_sale_agency": True},
        licence={"kind": "islamic_pawnbroker", "number": "IPB-7", "expires_on": "2024-12-31"},
        resolution_id=ruling,
        external_id="counter",
        metadata={"branch": "main"},
    )
    assert template.terms == PledgeTerms(
        ltv_max_bp=6_500, reserve_bp=0, cross_pledge_months=3, has_sale_agency=True
    )
    with work() as uow:
        assert service.get(uow, template.template_id) == template
        assert service.load(uow, [template.template_id, "rpt_x"]) == {
            template.template_id: template
        }


def test_another_user_approves_a_template_under_its_resolution(work, ruling):
    template = approved(work, resolution_id=ruling)
    assert (template.status, template.approved_by) == (TemplateStatus.ACTIVE, "user_shariah")
    assert template.is_as_approved
    with work() as uow:
        assert service.is_live(uow, template)
        assert service.template_for(uow, template.template_id, USD) == template


def test_whoever_drew_up_or_changed_a_template_may_not_approve_it(work, ruling):
    template = drawn(work, user="user_shariah", resolution_id=ruling)
    with work("user_shariah") as uow, pytest.raises(MakerMayNotApprove):
        service.approve(uow, template.template_id)
    template = drawn(work, resolution_id=ruling)
    changed(work, template, user="user_shariah", name="Another name")
    with work("user_shariah") as uow, pytest.raises(MakerMayNotApprove):
        service.approve(uow, template.template_id)


def test_a_role_without_authority_may_not_approve_a_template(work, ruling):
    template = drawn(work, resolution_id=ruling)
    with work("user_finance") as uow, pytest.raises(NoAuthority):
        service.approve(uow, template.template_id)


def test_without_a_resolution_nothing_is_approved_and_the_refusal_names_the_step(work):
    template = drawn(work)
    with work("user_shariah") as uow, pytest.raises(TemplateStateRefuses) as refused:
        service.approve(uow, template.template_id)
    (detail,) = refused.value.details
    assert (detail["field"], detail["message"]) == ("resolution_id", "GEN-01")


def test_gen_01_a_resolution_that_is_over_or_speaks_of_else_approves_nothing(work):
    over = a_ruling(work, "GEN-01", valid_from="2023-01-01", valid_to="2024-01-15")
    for named in (over, a_ruling(work, "RHN-11")):
        template = drawn(work, resolution_id=named)
        with work("user_shariah") as uow, pytest.raises(ShariahViolation) as refused:
            service.approve(uow, template.template_id)
        assert [each["rule_id"] for each in refused.value.details] == ["GEN-01"]
        with work() as uow:
            assert service.get(uow, template.template_id).status is TemplateStatus.DRAFT


def test_a_template_lives_no_longer_than_its_resolution_and_its_own_words(work):
    template = approved(work, resolution_id=a_ruling(work, "GEN-01", valid_to="2024-02-01"))
    with work() as uow:
        tampered = replace(template, terms=replace(template.terms, ltv_max_bp=7_500))
        assert not service.is_live(uow, tampered)
        assert not service.is_live(uow, replace(template, status=TemplateStatus.RETIRED))
        uow.clock = FixedClock(uow.now + timedelta(days=17))
        assert not service.is_live(uow, template)


def test_a_changed_template_asks_for_approval_again(work, ruling):
    template = drawn(work, resolution_id=ruling)
    after = changed(work, template, terms={"ltv_max": "0.6"})
    assert after.template_hash != template.template_hash
    assert after.version == 2
    with work("user_shariah") as uow:
        assert service.approve(uow, template.template_id).approved_hash == after.template_hash


def test_an_approved_template_is_not_changed_for_pledges_stand_under_its_words(work, ruling):
    template = approved(work, resolution_id=ruling)
    with work() as uow, pytest.raises(TemplateStateRefuses) as refused:
        service.change(uow, template.template_id, PledgeTemplatePatch(name="x").revise)
    assert refused.value.facts["allowed"] == ["licence", "pledge", "retire"]
    licence = OperatorLicence("islamic_pawnbroker", "IPB-8", None)
    with work() as uow:
        renewed = service.record_licence(uow, template.template_id, licence)
        assert service.record_licence(uow, template.template_id, licence) == renewed
        assert service.is_live(uow, renewed)
    assert renewed.licence == licence


def test_a_change_is_based_on_what_was_read(work, ruling):
    template = drawn(work, resolution_id=ruling)
    with work() as uow, pytest.raises(TemplateChanged):
        service.change(
            uow, template.template_id, PledgeTemplatePatch(name="x").revise, if_match='"v9"'
        )
    assert changed(work, template, name=template.name) == template  # nothing to change


def test_one_template_is_the_default_of_its_currency(work, ruling):
    with work() as uow, pytest.raises(NoDefaultTemplate):
        service.template_for(uow, None, USD)
    first = approved(work, resolution_id=ruling, is_default=True)
    other = approved(work, resolution_id=ruling, is_default=True, currency="EUR")
    second = approved(work, resolution_id=ruling, is_default=True)
    with work() as uow:
        assert service.template_for(uow, None, USD) == second
        assert service.template_for(uow, None, EUR) == other
        assert not service.get(uow, first.template_id).is_default
        with pytest.raises(ValidationFailed):
            service.template_for(uow, other.template_id, USD)


def test_a_retired_template_takes_no_pledges(work, ruling):
    template = approved(work, resolution_id=ruling, is_default=True)
    with work() as uow:
        assert service.retire(uow, template.template_id).status is TemplateStatus.RETIRED
    with work() as uow:
        for call in (service.retire, service.approve):
            with pytest.raises(TemplateStateRefuses):
                call(uow, template.template_id)
        with pytest.raises(TemplateStateRefuses):
            service.template_for(uow, template.template_id, USD)
        with pytest.raises(NoDefaultTemplate):
            service.template_for(uow, None, USD)


def test_rhn_21_a_clause_of_forfeiture_is_refused_in_every_language(work):
    for text, language in (
        ("pledge becomes ours on default", "en"),
        ("Barang gadaian menjadi milik kami.", "ms"),
        ("Le gage devient la propriété du créancier.", "fr"),
        ("يصبح الرهن ملكا للمرتهن", "ar"),
    ):
        assert refused_codes(work, clauses=[a_clause(text, language)]) == {"PLEDGE_FORFEITURE"}


def test_rhn_15_and_16_a_clause_that_lends_or_uses_the_pledge_is_refused(work):
    lent = a_clause("The institution may lend the gold.")
    assert refused_codes(work, clauses=[lent]) == {"PLEDGE_REHYPOTHECATION"}
    used = a_clause("The institution may use the gold free of charge.")
    assert refused_codes(work, clauses=[used]) == {"PLEDGE_USED_BY_CREDITOR"}


def test_rhn_23_a_top_up_clause_needs_a_ruling_in_force(work):
    terms = {"has_top_up_clause": True}
    assert refused_codes(work, terms=terms) == {"PLEDGE_SALE_BEFORE_DUE"}
    a_ruling(work, "RHN-23")
    assert drawn(work, terms=terms).terms.has_top_up_clause


def test_gen_22_a_word_of_interest_is_noted_and_does_not_stop_the_template(work):
    template = drawn(work, name="Low interest pledge")
    with work() as uow:
        stored = shariah.list_evaluations(
            uow, PageRequest(), subject_id=template.template_id, rule_id="GEN-22"
        ).items
    assert [finding["observed"] for each in stored for finding in each.findings] == ["interest"]


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"ltv_max": "0.85"}, "terms.watch_at"),
        ({"watch_at": "0.86"}, "terms.margin_call_at"),
        ({"critical_at": "0.85"}, "terms.critical_at"),
        ({"ltv_max": 0}, "terms.ltv_max"),
        ({"hysteresis": "0.05"}, "terms.hysteresis"),
        ({"ltv_max": "1.1"}, "terms.ltv_max"),
        ({"ltv_max": "0.70001"}, "terms.ltv_max"),
        ({"fee_policy_id": "fpl_unknown"}, "terms.fee_policy_id"),
        ({"fee_policy_id": "prd_1"}, "terms.fee_policy_id"),
    ],
)
def test_terms_that_contradict_each_other_are_refused_by_field(work, terms, field):
    with work() as uow, pytest.raises(ValidationFailed) as refused:
        service.create(uow, PledgeTemplateIn(**a_template(terms=terms)).command())
    assert field in [detail["field"] for detail in refused.value.details]


def test_one_language_is_written_once(work):
    clauses = [a_clause("One."), a_clause("Two.")]
    with work() as uow, pytest.raises(ValidationFailed) as refused:
        service.create(uow, PledgeTemplateIn(**a_template(clauses=clauses)).command())
    assert refused.value.details[0]["field"] == "clauses.1.language"


def test_a_fee_policy_of_the_template_is_of_its_currency_and_in_force(work, ruling):
    policy_id = active_fee_policy(work).fee_policy_id
    template = approved(work, resolution_id=ruling, terms={"fee_policy_id": policy_id})
    assert template.terms.fee_policy_id == policy_id
    with pytest.raises(ValidationFailed):
        drawn(work, currency="EUR", terms={"fee_policy_id": policy_id})
    draft = drawn_up(work).fee_policy_id
    waiting = drawn(work, resolution_id=ruling, terms={"fee_policy_id": draft})
    with work("user_shariah") as uow, pytest.raises(FeePolicyState):
        service.approve(uow, waiting.template_id)


def test_an_external_id_is_taken_once(work):
    drawn(work, external_id="counter")
    with work() as uow, pytest.raises(TemplateExternalIdTaken):
        service.create(uow, PledgeTemplateIn(**a_template(external_id="counter")).command())


def test_an_unknown_template_or_resolution_is_refused(work):
    with work() as uow:
        for call in (service.get, service.approve, service.retire):
            with pytest.raises(UnknownTemplate):
                call(uow, "rpt_unknown")
        with pytest.raises(ValidationFailed):
            service.create(
                uow, PledgeTemplateIn(**a_template(resolution_id="res_unknown")).command()
            )


def test_every_step_is_told_to_the_outside(work, ruling):
    template = approved(work, resolution_id=ruling)
    with work() as uow:
        service.retire(uow, template.template_id)
    with work() as uow:
        told = outbox.list_events(
            uow, type_name=None, subject_id=template.template_id, request=PageRequest()
        ).items
    assert [each.type for each in told][::-1] == [
        "rahnu.template.created",
        "rahnu.template.approved",
        "rahnu.template.retired",
    ]


def test_the_database_holds_no_active_template_but_as_approved(work, owner_url, ruling):
    template = approved(work, resolution_id=ruling)
    with psycopg.connect(owner_url) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            "update rahnu.template set template_hash = '\\x00' where template_id = %s",
            (template.template_id,),
        )


def test_a_refused_template_stays_a_draft_that_may_be_changed(work, ruling):
    template = drawn(work, resolution_id=ruling)
    with work("user_shariah") as uow:
        service.refuse(uow, template.template_id, reason="say what custody costs")
    with work("user_shariah") as uow, pytest.raises(Conflict):
        service.approve(uow, template.template_id)
    again = changed(work, template, name="Pledge, with its costs")
    with work("user_shariah") as uow:
        assert service.approve(uow, again.template_id).status is TemplateStatus.ACTIVE
