"""Groups against a small model of them: random commands, legal and not, on real books."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sanduq import demo
from sanduq.access import service as access
from sanduq.kit.db import Database
from sanduq.kit.errors import Refusal
from sanduq.kit.ids import new_id
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups.guarantees import service as guarantees
from sanduq.microfinance.groups.members import service as members
from sanduq.microfinance.groups.members.model import MemberStatus, Role
from sanduq.microfinance.groups.members.service import NewMember
from sanduq.microfinance.groups.model import GroupType, NewGroup
from sanduq.microfinance.guarantee_calls.checks import check_groups, check_guarantees
from sanduq.microfinance.loans import repayments
from tests.coherent import assert_coherent
from tests.conftest import copied
from tests.make.groups import USD, a_guarantee
from tests.make.institution import a_borrower
from tests.make.loans import asked, disbursed, payment

PLACES, PEOPLE, LOANS_MAX = 3, 5, 2
ALL = PageRequest(limit=100)
people = st.integers(0, PEOPLE - 1)


@dataclass
class Given:
    """A guarantee in the model: whose, and the debts it stands for once it is withdrawn."""

    guarantor: int
    is_active: bool = True
    standing: set[str] = field(default_factory=set)


@dataclass
class ModelGroup:
    """A group in a dozen lines: a state, people with roles, open loans, guarantees."""

    status: str = "FORMING"
    roles: dict[int, str] = field(default_factory=dict)
    loans: dict[str, int] = field(default_factory=dict)  # open loan to its borrower
    given: dict[str, Given] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.status != "CLOSED"

    def covered(self, one: Given) -> set[str]:
        others = {loan for loan, owner in self.loans.items() if owner != one.guarantor}
        return others if one.is_active else others & one.standing

    def is_bound(self, person: int) -> bool:
        return person in self.loans.values() or any(
            self.covered(one) for one in self.given.values() if one.guarantor == person
        )


class GroupMachine(RuleBasedStateMachine):
    """One group and five people in a world that other examples have used before."""

    db: Database

    def work(self, user_id=demo.MAKER):
        return access.work_as(self.db, demo.INSTITUTION, user_id, "req_machine")

    def refused(self, act, user_id=demo.MAKER):
        """What a command is refused with, or nothing."""
        try:
            with self.work(user_id) as uow:
                self.answer = act(uow)
        except Refusal as refusal:
            return refusal.code
        return None

    @initialize()
    def form(self):
        self.model = ModelGroup()
        self.people = [new_id("cpty") for _ in range(PEOPLE)]
        with self.work() as uow:
            for person in self.people:
                a_borrower(uow, person)
            new = NewGroup(name="Model", type=GroupType.SOLIDARITY, asset=USD, max_members=PLACES)
            self.group_id = groups.form_group(uow, new).group_id

    @rule(person=people)
    def join(self, person):
        expected = None
        if self.model.status not in ("FORMING", "ACTIVE"):
            expected = "CONFLICT"
        elif person in self.model.roles or len(self.model.roles) == PLACES:
            expected = "SHARIAH_VIOLATION"
        new = NewMember(self.people[person])
        assert self.refused(lambda u: members.add_member(u, self.group_id, new)) == expected
        if expected is None:
            self.model.roles[person] = "member"

    @rule(person=people, role=st.sampled_from(list(Role)))
    def set_role(self, person, role):
        holders = [one for one, held in self.model.roles.items() if held == role]
        expected = None
        if not self.model.is_open:
            expected = "CONFLICT"
        elif person not in self.model.roles:
            expected = "NOT_FOUND"
        elif role is not Role.MEMBER and holders not in ([], [person]):
            expected = "CONFLICT"
        party = self.people[person]
        assert self.refused(lambda u: members.set_role(u, self.group_id, party, role)) == expected
        if expected is None:
            self.model.roles[person] = role.value

    @rule(person=people)
    def leave(self, person):
        expected = None
        if not self.model.is_open:
            expected = "CONFLICT"
        elif person not in self.model.roles:
            expected = "NOT_FOUND"
        elif self.model.is_bound(person):
            expected = "CONFLICT"
        party = self.people[person]
        assert (
            self.refused(lambda u: members.leave(u, self.group_id, party, reason="x")) == expected
        )
        if expected is None:
            del self.model.roles[person]
            for one in self.model.given.values():
                if one.guarantor == person:
                    one.is_active = False

    @rule(person=people)
    def give(self, person):
        expected = None
        if self.model.status not in ("FORMING", "ACTIVE"):
            expected = "CONFLICT"
        elif person not in self.model.roles:
            expected = "NOT_FOUND"
        new = a_guarantee(self.people[person], 50_00)
        assert self.refused(lambda u: guarantees.give(u, self.group_id, new)) == expected
        if expected is None:
            self.model.given[self.answer.guarantee_id] = Given(person)

    @precondition(lambda self: self.model.given)
    @rule(data=st.data(), only_future=st.booleans())
    def withdraw(self, data, only_future):
        guarantee_id = data.draw(st.sampled_from(sorted(self.model.given)))
        one = self.model.given[guarantee_id]
        standing = self.model.covered(one)
        expected = None
        if not self.model.is_open or not one.is_active:
            expected = "CONFLICT"
        elif standing and not only_future:
            expected = "SHARIAH_VIOLATION"

        def act(uow):
            return guarantees.withdraw(
                uow, self.group_id, guarantee_id, reason="x", is_only_future=only_future
            )

        assert self.refused(act) == expected
        if expected is None:
            one.is_active, one.standing = False, standing

    @precondition(lambda self: self.model.roles and self.model.is_open)
    @precondition(lambda self: len(self.model.loans) < LOANS_MAX)
    @rule(data=st.data())
    def lend(self, data):
        person = data.draw(st.sampled_from(sorted(self.model.roles)))
        application = asked(10_00, 0, borrower_id=self.people[person], instalments=1)
        in_group = replace(application, group_id=self.group_id)
        if self.model.status != "ACTIVE":
            assert self.refused(lambda _: disbursed(self.work, in_group)) == "CONFLICT"
            return
        self.model.loans[disbursed(self.work, in_group).loan_id] = person

    @precondition(lambda self: self.model.loans)
    @rule(data=st.data())
    def settle(self, data):
        loan_id = data.draw(st.sampled_from(sorted(self.model.loans)))
        with self.work() as uow:
            repayments.record_repayment(uow, payment(loan_id, 10_00))
        del self.model.loans[loan_id]

    @rule()
    def activate(self):
        is_right = self.model.status in ("FORMING", "SUSPENDED") and len(self.model.roles) > 1
        code = self.refused(lambda u: groups.activate(u, self.group_id))
        assert code == (None if is_right else "CONFLICT")
        if is_right:
            self.model.status = "ACTIVE"

    @rule(until=st.sampled_from([None, date(2024, 6, 1), date(2030, 1, 1)]))
    def suspend(self, until):
        is_right = self.model.status == "ACTIVE"
        code = self.refused(lambda u: groups.suspend(u, self.group_id, reason="x", until=until))
        assert code == (None if is_right else "CONFLICT")
        if is_right:
            self.model.status = "SUSPENDED"

    @rule(user=st.sampled_from([demo.MAKER, demo.CHECKER]), is_meant=st.integers(0, 3))
    def close(self, user, is_meant):
        if is_meant:  # one try in four, or few examples would live long
            return
        expected = None
        if not self.model.is_open:
            expected = "CONFLICT"
        elif user == demo.MAKER:
            expected = "FORBIDDEN"
        elif self.model.loans:
            expected = "CONFLICT"
        assert self.refused(lambda u: groups.close(u, self.group_id, reason="x"), user) == expected
        if expected is None:
            self.model.status = "CLOSED"
            self.model.roles.clear()
            for one in self.model.given.values():
                one.is_active = False

    @invariant()
    def the_group_is_what_the_model_says(self):
        if not hasattr(self, "group_id"):
            return
        with self.work() as uow:
            group = groups.get_group(uow, self.group_id)
            assert group.status == self.model.status
            assert group.member_count == len(self.model.roles) <= PLACES
            stays = members.list_members(uow, self.group_id, MemberStatus.ACTIVE, ALL).items
            roles = {self.people.index(one.party_id): one.role.value for one in stays}
            assert roles == self.model.roles
            for guarantee in guarantees.list_guarantees(uow, self.group_id, {}, ALL).items:
                one = self.model.given[guarantee.guarantee_id]
                assert (guarantee.status == "ACTIVE") == one.is_active
                covered = {
                    loan_id
                    for loan_id, owner in self.model.loans.items()
                    if guarantee.covers(loan_id, self.people[owner], uow.today)
                }
                assert covered == self.model.covered(one)

    def teardown(self):
        if not hasattr(self, "group_id"):
            return
        with self.work() as uow:
            assert [*check_groups(uow), *check_guarantees(uow)] == []
            assert_coherent(uow)


@pytest.fixture(scope="module")
def world(server_url, demo_template):
    with copied(server_url, demo_template) as url, Database(url) as database:
        yield database


@pytest.mark.slow
def test_groups_follow_the_model_whatever_is_asked_of_them(world) -> None:
    class Machine(GroupMachine):
        db = world

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
