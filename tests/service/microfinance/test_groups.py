"""A group from forming to closing: its by-laws, its people, its states."""

from __future__ import annotations

from datetime import date

import pytest

from sanduq import demo
from sanduq.kit.errors import Conflict, NotFound, Refusal, ValidationFailed
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups.errors import (
    GroupHasOpenDebts,
    GroupIdTaken,
    GroupStateRefuses,
    TooFewMembers,
)
from sanduq.microfinance.groups.members import service as members
from sanduq.microfinance.groups.members.errors import (
    InAnotherGroup,
    MemberStillBound,
    OfficeTaken,
)
from sanduq.microfinance.groups.members.model import MemberStatus, Role
from sanduq.microfinance.groups.members.service import NewMember
from sanduq.microfinance.groups.model import GroupStatus, GroupType, NewGroup
from sanduq.parties import service as parties
from sanduq.parties.model import NewParty, PartyKind
from sanduq.shariah import service as shariah
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.groups import PEOPLE, a_group, a_group_loan, given
from tests.make.institution import a_borrower

ALL = PageRequest(limit=100)


def rules_of(refusal):
    return [detail["rule_id"] for detail in refusal.details]


def test_a_group_takes_the_institutions_currency_and_branch(work):
    with work() as uow:
        group = groups.form_group(uow, NewGroup(name="Hill", type=GroupType.VILLAGE_BANK))
        assert (group.status, group.asset.code, group.branch_id) == ("FORMING", "USD", "brn_main")
        assert groups.get_group(uow, group.group_id) == group


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"facilitator_id": "user_nobody"}, "facilitator_id"),
        ({"branch_id": "brn_nowhere"}, "branch_id"),
        ({"contribution": "1.001"}, "common_fund_contribution"),
    ],
)
def test_what_a_group_names_must_exist(work, changes, field):
    with pytest.raises(ValidationFailed) as refused, work() as uow:
        groups.form_group(uow, NewGroup(name="Hill", type=GroupType.SOLIDARITY, **changes))
    assert refused.value.details[0]["field"] == field


def test_an_id_and_an_external_id_are_taken_once(work):
    with work() as uow:
        for _ in range(2):
            groups.form_group(uow, NewGroup(name="Hill", type=GroupType.SOLIDARITY))
        new = NewGroup(name="H", type=GroupType.SOLIDARITY, group_id="grp_hill", external_id="h-1")
        groups.form_group(uow, new)
        with pytest.raises(GroupIdTaken):
            groups.form_group(uow, new)


def test_a_group_goes_to_work_with_two_who_can_answer_for_one_another(work):
    with work() as uow:
        parties.install_tiers(uow, [])
        group = groups.form_group(uow, NewGroup(name="Hill", type=GroupType.SOLIDARITY))
        a_borrower(uow, "cpty_one", is_proven=False)
        members.add_member(uow, group.group_id, NewMember("cpty_one"))
        with pytest.raises(TooFewMembers):
            groups.activate(uow, group.group_id)
        a_borrower(uow, "cpty_two", is_proven=False)
        members.add_member(uow, group.group_id, NewMember("cpty_two"))
        assert groups.activate(uow, group.group_id).status is GroupStatus.ACTIVE


def test_a_group_has_no_more_members_than_places_and_nobody_twice(demo_work):
    with demo_work() as uow:
        group = a_group(uow, max_members=4)
        a_borrower(uow, "cpty_fifth")
        with pytest.raises(ShariahViolation) as refused:
            members.add_member(uow, group.group_id, NewMember("cpty_fifth"))
        assert rules_of(refused.value) == ["KFL-13"]
        with pytest.raises(ShariahViolation):
            groups.change_group(uow, group.group_id, lambda _: {"max_members": 3})
        groups.change_group(uow, group.group_id, lambda _: {"max_members": 5})
        members.add_member(uow, group.group_id, NewMember("cpty_fifth"))
        with pytest.raises(ShariahViolation):
            members.add_member(uow, group.group_id, NewMember("cpty_fifth"))


def test_a_facilitator_is_never_a_member_of_the_group(demo_work):
    with demo_work() as uow:
        staff = NewParty(
            PartyKind.PERSON, "Salma Idris", "cpty_salma", metadata={"staff_user_id": demo.MAKER}
        )
        parties.create_parties(uow, [staff])
        group = a_group(uow, facilitator_id=demo.MAKER)
        with pytest.raises(ShariahViolation) as refused:
            members.add_member(uow, group.group_id, NewMember("cpty_salma"))
        assert rules_of(refused.value) == ["KFL-13"]
        other = a_group(uow, ("cpty_e", "cpty_f"), facilitator_id=demo.CHECKER)
        members.add_member(uow, other.group_id, NewMember("cpty_salma"))
        with pytest.raises(ShariahViolation):
            groups.change_group(uow, other.group_id, lambda _: {"facilitator_id": demo.MAKER})


def test_one_group_per_person_and_currency_unless_both_allow_it(demo_work):
    with demo_work() as uow:
        a_group(uow, ("cpty_e", "cpty_f"), allows_other_groups=True)
        closed = a_group(uow, ("cpty_g", "cpty_h"))
        with pytest.raises(InAnotherGroup):
            members.add_member(uow, closed.group_id, NewMember("cpty_e"))
        open_one = a_group(uow, ("cpty_i", "cpty_j"), allows_other_groups=True)
        members.add_member(uow, open_one.group_id, NewMember("cpty_e"))


def test_an_office_has_one_holder_and_its_history_is_kept(demo_work):
    with demo_work() as uow:
        group = a_group(uow)
        members.set_role(uow, group.group_id, "cpty_amina", Role.CHAIR)
        with pytest.raises(OfficeTaken):
            members.set_role(uow, group.group_id, "cpty_badia", Role.CHAIR)
        members.set_role(uow, group.group_id, "cpty_amina", Role.MEMBER, reason="term over")
        members.set_role(uow, group.group_id, "cpty_badia", Role.CHAIR)
        amina = members.member_of(uow, group.group_id, "cpty_amina")
        assert [held.role for held in amina.roles] == ["member", "chair", "member"]
        assert amina.roles[-1].reason == "term over"
        with pytest.raises(NotFound):
            members.set_role(uow, group.group_id, "cpty_nobody", Role.SECRETARY)


def test_who_left_stays_in_the_history_and_may_come_back(demo_work):
    with demo_work() as uow:
        group = a_group(uow)
        members.leave(uow, group.group_id, "cpty_dalal", reason="moved away")
        now = members.list_members(uow, group.group_id, MemberStatus.ACTIVE, ALL).items
        assert {one.party_id for one in now} == set(PEOPLE) - {"cpty_dalal"}
        members.add_member(uow, group.group_id, NewMember("cpty_dalal"))
        stays = members.list_members(uow, group.group_id, None, ALL).items
        assert [one.status for one in stays if one.party_id == "cpty_dalal"] == ["ACTIVE", "LEFT"]
        assert groups.get_group(uow, group.group_id).member_count == 4
        with pytest.raises(NotFound):
            members.leave(uow, group.group_id, "cpty_nobody", reason="never there")


def test_a_member_leaves_only_when_no_loan_and_no_guarantee_binds_him(demo_work):
    with demo_work() as uow:
        group = a_group(uow)
        given(uow, group.group_id, ("cpty_badia", 100_00))
    loan = a_group_loan(demo_work, group.group_id, "cpty_amina")
    with demo_work() as uow:
        for party_id, code in (("cpty_amina", "open_loan"), ("cpty_badia", "guarantees")):
            with pytest.raises(MemberStillBound) as refused:
                members.leave(uow, group.group_id, party_id, reason="moved")
            (detail,) = refused.value.details
            assert (detail["code"], detail["message"]) == (code, loan.loan_id)
        members.leave(uow, group.group_id, "cpty_carima", reason="moved")
        assert_coherent(
            uow,
        )


def test_days_of_joining_and_leaving_are_not_ahead(demo_work):
    ahead = date(2024, 1, 16)
    with demo_work() as uow:
        group = a_group(uow)
        a_borrower(uow, "cpty_new")
        with pytest.raises(ValidationFailed):
            members.leave(uow, group.group_id, "cpty_amina", reason="x", on=ahead)
        with pytest.raises(ValidationFailed):
            members.add_member(uow, group.group_id, NewMember("cpty_new", Role.MEMBER, ahead))
        with pytest.raises(ValidationFailed):
            members.leave(uow, group.group_id, "cpty_amina", reason="x", on=date(2024, 1, 1))


def test_a_suspension_without_an_end_is_written_down_as_a_warning(demo_work):
    with demo_work() as uow:
        group = a_group(uow)
        groups.suspend(uow, group.group_id, reason="one cannot pay")
        (found,) = shariah.list_evaluations(
            uow, ALL, subject_id=group.group_id, rule_id="KFL-10"
        ).items
        assert not found.has_passed
        groups.activate(uow, group.group_id)
        groups.suspend(uow, group.group_id, reason="again", until=date(2024, 6, 1))
        newest = shariah.list_evaluations(
            uow, ALL, subject_id=group.group_id, rule_id="KFL-10"
        ).items[0]
        assert newest.has_passed
        with pytest.raises(GroupStateRefuses):
            members.add_member(uow, group.group_id, NewMember("cpty_borrower"))


def test_a_group_with_an_open_loan_is_not_closed_and_closing_needs_authority(demo_work):
    with demo_work() as uow:
        group = a_group(uow)
        given(uow, group.group_id, ("cpty_badia", 100_00))
    loan = a_group_loan(demo_work, group.group_id, "cpty_amina")
    with demo_work(demo.CHECKER) as uow, pytest.raises(GroupHasOpenDebts) as refused:
        groups.close(uow, group.group_id, reason="over")
    assert refused.value.details[0]["message"] == loan.loan_id
    with demo_work() as uow:
        other = a_group(uow, ("cpty_e", "cpty_f"))
        given(uow, other.group_id, ("cpty_e", 100_00))
    with demo_work() as uow, pytest.raises(Refusal) as forbidden:
        groups.close(uow, other.group_id, reason="over")
    assert forbidden.value.code == "FORBIDDEN"
    with demo_work(demo.CHECKER) as uow:
        closed = groups.close(uow, other.group_id, reason="over")
        assert (closed.status, closed.member_count) == (GroupStatus.CLOSED, 0)
        assert groups.get_group(uow, other.group_id).member_count == 0
        with pytest.raises(GroupStateRefuses, match="Nothing more"):
            groups.activate(uow, other.group_id)
        assert_coherent(uow)


def test_what_a_neighbour_demands_stops_the_closing(demo_work, monkeypatch):
    def refuse(_uow, group_id):
        raise Conflict(f"the fund of {group_id} is not empty")

    monkeypatch.setattr(groups, "_closing_checks", [])
    groups.register_closing_check(refuse)
    with demo_work() as uow:
        group = a_group(uow)
    with demo_work(demo.CHECKER) as uow, pytest.raises(Conflict, match="not empty"):
        groups.close(uow, group.group_id, reason="over")


def test_the_documented_group_of_the_demonstration_is_at_work(demo_work):
    with demo_work() as uow:
        group = groups.get_group(uow, "grp_village_003")
        assert (group.status, group.member_count) == (GroupStatus.ACTIVE, 2)
        assert group.facilitator_id == demo.MAKER
        assert groups.known_groups(uow, ["grp_none", group.group_id]) == {group.group_id}
