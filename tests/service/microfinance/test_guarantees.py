"""Mutual guarantee: given in person, withdrawn in time, called in order, paid once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sanduq import demo
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.groups.guarantees import service as guarantees
from sanduq.microfinance.groups.guarantees.errors import GuaranteeEnded
from sanduq.microfinance.groups.guarantees.model import Scope
from sanduq.microfinance.groups.members.errors import NotAMember
from sanduq.parties import service as parties
from sanduq.parties.model import NewParty, PartyKind
from sanduq.shariah import service as shariah
from sanduq.shariah.board import NewResolution
from sanduq.shariah.errors import ShariahViolation
from tests.make.groups import a_group, a_group_loan, a_guarantee, given, usd

ALL = PageRequest(limit=100)
BADIA, CARIMA, DALAL = "cpty_badia", "cpty_carima", "cpty_dalal"


def rules_of(refusal):
    return sorted({detail["rule_id"] for detail in refusal.details})


@pytest.fixture
def late(demo_work):
    """A group whose first member is late with 100.00, and three who answer for her."""
    with demo_work() as uow:
        group = a_group(uow)
        given(uow, group.group_id, (BADIA, 30_00), (CARIMA, 100_00), (DALAL, 100_00))
    return a_group_loan(demo_work, group.group_id, "cpty_amina")


def test_a_member_hears_the_largest_call_before_giving_a_guarantee(demo_work):
    with demo_work() as uow:
        group = a_group(uow)
    a_group_loan(demo_work, group.group_id, "cpty_amina", 120_000)
    a_group_loan(demo_work, group.group_id, BADIA, 60_000)
    with demo_work() as uow:
        told = guarantees.preview(uow, group.group_id, CARIMA)
        # 1,800.00 of the others, shared by the three who answer for each
        assert (told.others_outstanding_minor, told.largest_call_minor) == (1_800_00, 600_00)
        own = guarantees.preview(uow, group.group_id, "cpty_amina", 150_00)
        assert (own.others_outstanding_minor, own.largest_call_minor) == (600_00, 150_00)
        new = a_guarantee(CARIMA, 1_000_00)
        too_little = replace(new, consent=replace(new.consent, explained=usd(599_99)))
        with pytest.raises(ShariahViolation) as refused:
            guarantees.give(uow, group.group_id, too_little)
        assert rules_of(refused.value) == ["DIS-04"]
        told_all = replace(new, consent=replace(new.consent, explained=usd(600_00)))
        assert guarantees.give(uow, group.group_id, told_all).explained_minor == 600_00


def test_nobody_signs_for_another_and_nobody_is_paid_for_it(demo_work):
    with demo_work() as uow:
        group = a_group(uow)
        new = a_guarantee(BADIA, 400_00)
        chair = replace(new, consent=replace(new.consent, given_by="cpty_amina"))
        with pytest.raises(ShariahViolation) as refused:
            guarantees.give(uow, group.group_id, chair)
        assert rules_of(refused.value) == ["KFL-02"]
        with pytest.raises(ShariahViolation) as refused:  # one per cent of 400.00
            guarantees.give(uow, group.group_id, replace(new, fee=usd(4_00)))
        assert [one["code"] for one in refused.value.details] == ["GUARANTEE_FEE"]


def test_a_person_outside_the_group_does_not_answer_for_it(demo_work):
    with demo_work() as uow:
        group = a_group(uow)
        with pytest.raises(NotAMember):
            guarantees.give(uow, group.group_id, a_guarantee("cpty_borrower", 10_00))
        with pytest.raises(NotAMember):
            guarantees.preview(uow, group.group_id, "cpty_borrower")


def test_an_organisation_gives_without_recourse_under_a_resolution_alone(demo_work):
    gift = a_guarantee("cpty_institution", 400_00, has_recourse=False)
    with demo_work() as uow:
        group = a_group(uow)
        with pytest.raises(ShariahViolation) as refused:
            guarantees.give(uow, group.group_id, gift)
        assert rules_of(refused.value) == ["KFL-12"]
        shariah.create_resolution(
            uow,
            NewResolution(
                title="Gifts", question="May it give?", ruling="It may.", scope=("KFL-12",),
                signers=("Board",), valid_from_on=date(2024, 1, 1),
                valid_until_on=date(2025, 1, 1), is_demonstration=True,
            ),
        )  # fmt: skip
        assert not guarantees.give(uow, group.group_id, gift).has_recourse


def test_staff_do_not_answer_for_borrowers(demo_work):
    with demo_work() as uow:
        group = a_group(uow, facilitator_id=demo.MAKER)
        other = NewParty(
            PartyKind.ORGANISATION, "Agency", "cpty_agency", metadata={"staff_user_id": demo.MAKER}
        )
        parties.create_parties(uow, [other])
        with pytest.raises(ShariahViolation) as refused:
            guarantees.give(uow, group.group_id, a_guarantee("cpty_agency", 10_00))
        assert rules_of(refused.value) == ["KFL-07", "KFL-13"]


def test_more_than_a_years_surplus_is_written_down_and_let_through(demo_work):
    with demo_work() as uow:
        group = a_group(uow)
        first = guarantees.give(
            uow, group.group_id, a_guarantee(BADIA, 400_00, annual_surplus=usd(500_00))
        )
        second = guarantees.give(
            uow, group.group_id, a_guarantee(BADIA, 101_00, annual_surplus=usd(500_00))
        )

        def passed(guarantee):
            (found,) = shariah.list_evaluations(
                uow, ALL, subject_id=guarantee.guarantee_id, rule_id="KFL-08"
            ).items
            return found.has_passed

        assert (passed(first), passed(second)) == (True, False)


def test_named_loans_must_be_open_loans_of_the_others(demo_work, late):
    with demo_work() as uow:
        for loan_ids in (("mfl_none",), (late.loan_id,)):
            guarantor = "cpty_amina" if loan_ids == (late.loan_id,) else BADIA
            new = a_guarantee(guarantor, 10_00, scope=Scope.LOANS, loan_ids=loan_ids)
            with pytest.raises(ValidationFailed):
                guarantees.give(uow, late.group_id, new)
        new = a_guarantee(BADIA, 10_00, scope=Scope.LOANS, loan_ids=(late.loan_id,))
        assert guarantees.give(uow, late.group_id, new).loan_ids == (late.loan_id,)


def test_a_guarantee_is_withdrawn_before_the_debt_arises_and_not_after(demo_work):
    with demo_work() as uow:
        group = a_group(uow)
        early, late = given(uow, group.group_id, (BADIA, 30_00), (CARIMA, 30_00))
        gone = guarantees.withdraw(uow, group.group_id, early.guarantee_id, reason="less work")
        assert (gone.status, gone.standing_loan_ids) == ("WITHDRAWN", ())
        with pytest.raises(GuaranteeEnded):
            guarantees.withdraw(uow, group.group_id, early.guarantee_id, reason="again")
    loan = a_group_loan(demo_work, group.group_id, "cpty_amina")
    with demo_work() as uow:
        with pytest.raises(ShariahViolation) as refused:
            guarantees.withdraw(uow, group.group_id, late.guarantee_id, reason="less work")
        assert rules_of(refused.value) == ["KFL-03"]
        kept = guarantees.withdraw(
            uow, group.group_id, late.guarantee_id, reason="less work", is_only_future=True
        )
        assert kept.standing_loan_ids == (loan.loan_id,)
        assert kept.covers(loan.loan_id, "cpty_amina", date(2023, 12, 4))
        assert not kept.covers("mfl_later", "cpty_amina", date(2024, 1, 15))
