"""A common fund against a small model of it: random commands, legal and not, on real books."""

from __future__ import annotations

from dataclasses import dataclass, field

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
from sanduq.api import registry
from sanduq.kit.db import Database
from sanduq.kit.errors import Refusal
from sanduq.kit.ids import new_id
from sanduq.microfinance.common_fund import fund_loans, payments, service, statements
from sanduq.microfinance.common_fund.checks import check_common_funds
from sanduq.microfinance.common_fund.model import NewPayment, SurplusMode, Use
from sanduq.microfinance.common_fund.service import Contribute, NewFund
from sanduq.microfinance.groups.members import service as members
from sanduq.microfinance.groups.members.model import Role
from tests.coherent import assert_coherent
from tests.conftest import copied
from tests.make.common_fund import GIVEN, OWNED
from tests.make.groups import a_group, usd
from tests.make.institution import a_borrower

OFFICES = (Role.CHAIR, Role.TREASURER, Role.SECRETARY, Role.MEMBER)
people = st.integers(0, len(OFFICES) - 1)
minors = st.integers(1, 100)


@dataclass
class Asked:
    """A payment in the model: how much, whose own it is, and who signed."""

    use: str
    minor: int
    to: int | None = None
    loan_id: str | None = None
    signers: set[int] = field(default_factory=set)
    status: str = "ASKED"


@dataclass
class ModelFund:
    """A purse in a dozen lines. What came in is given, or each member's own; lent money is owed
    and is spent once the gifts are."""

    is_owned: bool
    given: dict[int, int] = field(default_factory=dict)
    own: dict[int, int] = field(default_factory=dict)
    loans: dict[str, int] = field(default_factory=dict)  # to what is still owed
    cash: int = 0
    is_open: bool = True
    asked: dict[str, Asked] = field(default_factory=dict)

    @property
    def loans_owed(self) -> int:
        return sum(self.loans.values())

    @property
    def free(self) -> int:
        """Given, not spent, and not needed to give a loan back."""
        return max(0, self.cash - self.loans_owed)


class FundMachine(RuleBasedStateMachine):
    """One fund of four people, three of them officers, on either basis."""

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

    @initialize(is_owned=st.booleans())
    def open(self, is_owned):
        self.model = ModelFund(is_owned)
        self.people = [new_id("cpty") for _ in OFFICES]
        with self.work() as uow:
            self.outside = a_borrower(uow, new_id("cpty"))
            self.group_id = a_group(uow, tuple(self.people), contribution=1).group_id
            for party_id, role in zip(self.people, OFFICES, strict=True):
                members.set_role(uow, self.group_id, party_id, role)
            service.open_fund(uow, self.group_id, NewFund(OWNED if is_owned else GIVEN))

    @rule(person=people, minor=minors)
    def contribute(self, person, minor):
        expected = None if self.model.is_open else "CONFLICT"
        command = Contribute(self.group_id, self.people[person], usd(minor))
        assert self.refused(lambda u: service.contribute(u, command)) == expected
        if expected is None:
            self.model.cash += minor
            part = self.model.own if self.model.is_owned else self.model.given
            part[person] = part.get(person, 0) + minor

    @rule(minor=minors)
    def lend(self, minor):
        expected = None
        if not self.model.is_open:
            expected = "CONFLICT"
        elif self.model.is_owned:
            expected = "VALIDATION_ERROR"
        code = self.refused(
            lambda u: fund_loans.lend(
                u, self.group_id, lender_id=self.outside, amount=usd(minor), charge=usd(0),
                reason="x",
            )
        )  # fmt: skip
        assert code == expected
        if expected is None:
            self.model.cash += minor
            self.model.loans[self.answer.fund_loan_id] = minor

    def ask(self, expected, one, **what):
        new = NewPayment(Use(one.use), "x", **what)
        expected = expected if self.model.is_open else "CONFLICT"
        assert self.refused(lambda u: payments.ask(u, self.group_id, new)) == expected
        if expected is None:
            self.model.asked[self.answer.payment_id] = one

    @rule(person=people, minor=minors)
    def ask_help(self, person, minor):
        expected = "SHARIAH_VIOLATION" if self.model.is_owned else None
        one = Asked("help_death_illness", minor, person)
        self.ask(expected, one, amount=usd(minor), beneficiary_id=self.people[person])

    @rule(minor=minors)
    def ask_surplus(self, minor):
        is_right = not (self.model.is_owned or self.model.loans_owed or minor > self.model.cash)
        one = Asked("surplus", minor)
        self.ask(
            None if is_right else "SHARIAH_VIOLATION", one, amount=usd(minor),
            mode=SurplusMode.CHARITY, beneficiary_id=self.outside,
        )  # fmt: skip

    @precondition(lambda self: self.model.loans)
    @rule(data=st.data(), minor=minors)
    def ask_to_repay(self, data, minor):
        loan_id = data.draw(st.sampled_from(sorted(self.model.loans)))
        expected = "SHARIAH_VIOLATION" if minor > self.model.loans[loan_id] else None
        one = Asked("repay_loan", minor, loan_id=loan_id)
        self.ask(expected, one, amount=usd(minor), fund_loan_id=loan_id)

    @rule(is_meant=st.integers(0, 3))
    def ask_to_wind_up(self, is_meant):
        if is_meant:  # one try in four, or few examples would live long
            return
        expected = None
        if any(one.status == "ASKED" for one in self.model.asked.values()):
            expected = "CONFLICT"
        elif self.model.cash == 0:
            expected = "VALIDATION_ERROR"
        elif self.model.loans_owed:
            expected = "SHARIAH_VIOLATION"
        to = {} if self.model.is_owned else {"beneficiary_id": self.outside}
        self.ask(expected, Asked("winding_up", self.model.cash), **to)

    @precondition(lambda self: self.model.asked)
    @rule(data=st.data(), officer=people)
    def sign(self, data, officer):
        payment_id = data.draw(st.sampled_from(sorted(self.model.asked)))
        one = self.model.asked[payment_id]
        expected = self.refusal_of(one, officer)

        def act(uow):
            return payments.approve(
                uow, self.group_id, payment_id, officer_id=self.people[officer], signature="x"
            )

        assert self.refused(act, demo.CHECKER) == expected, one
        if expected is None:
            one.signers.add(officer)
            if len(one.signers) == 2:
                self.pay(one)

    def refusal_of(self, one, officer):
        model = self.model
        if not model.is_open or one.status != "ASKED" or officer in one.signers:
            return "CONFLICT"
        if OFFICES[officer] is Role.MEMBER:
            return "CONFLICT"
        if not one.signers:
            return None
        if one.use == "winding_up":
            is_alone = [o.status for o in model.asked.values()].count("ASKED") == 1
            if one.minor != model.cash or not is_alone:
                return "CONFLICT"
        if one.to in {*one.signers, officer}:
            return "SHARIAH_VIOLATION"
        if one.use == "repay_loan" and one.minor > model.loans[one.loan_id]:
            return "SHARIAH_VIOLATION"
        if one.use in ("surplus", "winding_up") and model.loans_owed:
            return "SHARIAH_VIOLATION"
        if one.use == "surplus" and one.minor > model.cash:
            return "SHARIAH_VIOLATION"
        return "FUNDS_INSUFFICIENT" if one.minor > model.cash else None

    def pay(self, one):
        one.status = "PAID"
        self.model.cash -= one.minor
        if one.loan_id is not None:
            self.model.loans[one.loan_id] -= one.minor
        if one.use == "winding_up":
            self.model.is_open = False
            self.model.own = {}

    @precondition(lambda self: self.model.asked)
    @rule(data=st.data())
    def cancel(self, data):
        payment_id = data.draw(st.sampled_from(sorted(self.model.asked)))
        one = self.model.asked[payment_id]
        is_right = self.model.is_open and one.status == "ASKED"
        code = self.refused(lambda u: payments.cancel(u, self.group_id, payment_id, reason="x"))
        assert code == (None if is_right else "CONFLICT")
        if is_right:
            one.status = "CANCELLED"

    @invariant()
    def the_fund_is_what_the_model_says(self):
        if not hasattr(self, "group_id"):
            return
        with self.work() as uow:
            shown = statements.view(uow, self.group_id)
        held = shown.holdings
        assert held.cash_minor == self.model.cash >= 0
        assert held.lent_minor == self.model.loans_owed
        assert held.owned_minor == {self.people[one]: n for one, n in self.model.own.items()}
        assert (shown.fund.status == "OPEN") == self.model.is_open
        paid = {one.party_id: one.paid_minor for one in shown.dues}
        if not self.model.is_owned:
            assert held.surplus_minor == self.model.free
            assert {p: n for p, n in paid.items() if n} == {
                self.people[one]: n for one, n in self.model.given.items()
            }

    def teardown(self):
        if not hasattr(self, "group_id"):
            return
        with self.work() as uow:
            assert list(check_common_funds(uow)) == []
            assert_coherent(uow)


@pytest.fixture(scope="module")
def world(server_url, demo_template):
    registry.wire()
    with copied(server_url, demo_template) as url, Database(url) as database:
        yield database


@pytest.mark.slow
def test_common_funds_follow_the_model_whatever_is_asked_of_them(world) -> None:
    class Machine(FundMachine):
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
