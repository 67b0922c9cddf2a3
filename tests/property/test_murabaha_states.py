"""Murabahas against a model of them: random steps, legal and not, on real books.

After each, 1300 is what the debt owes, 1390 the profit neither earned nor given up and never more
than that, 1200 the goods in hand, 2300 the margin held.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

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
from sanduq.kit.money import Money
from sanduq.microfinance.loans.murabaha import profit
from sanduq.microfinance.loans.murabaha.facts import CostItem
from sanduq.microfinance.loans.murabaha.model_steps import DefectDecision, MarginChoice
from sanduq.obligations import service as obligations
from sanduq.obligations.schedule import Frequency
from tests.coherent import assert_coherent
from tests.conftest import copied
from tests.make.institution import a_borrower
from tests.make.murabaha import TERMS, Trader
from tests.make.murabaha_facts import SUPPLIER, USD
from tests.make.murabaha_model import BEFORE_PURCHASE, IN_HAND, STRAY_CENTS, ModelMurabaha


def code_of(act) -> str | None:
    """What a command is refused with, or nothing."""
    try:
        act()
    except Refusal as refusal:
        return refusal.code
    return None


class MurabahaMachine(RuleBasedStateMachine):
    """One murabaha of a few weeks, in a world that other examples have used before."""

    db: Database
    trader: Trader

    def work(self, user_id=demo.MAKER):
        return access.work_as(self.db, demo.INSTITUTION, user_id, "req_machine")

    @property
    def today(self) -> date:
        with self.work() as uow:
            return uow.today

    @initialize(
        cost=st.integers(10_00, 3_000_00),
        margin_bp=st.sampled_from([0, 1, 333, 1_200, 5_000]),
        weeks=st.integers(1, 5),
        is_sold=st.booleans(),
    )
    def agree(self, cost, margin_bp, weeks, is_sold):
        """Every example has one murabaha from its beginning, many of them sold."""
        self.trader.go_to(self.today + timedelta(days=1))
        with self.work() as uow:
            customer = a_borrower(uow, new_id("cpty"))
        goods = replace(
            TERMS, cost=Money(cost, USD), margin_bp=margin_bp, instalments=weeks,
            frequency=Frequency.WEEKLY,
        )  # fmt: skip
        self.loan_id = self.trader.approved(goods, borrower_id=customer)
        self.model = ModelMurabaha(cost, margin_bp)
        self.payments: list[tuple[str, int]] = []
        if is_sold:
            self.purchase(0)
            self.possess()
            self.sell(is_credited=True)

    @rule(margin=st.integers(0, 400_00))
    def promise(self, margin):
        model, expected = self.model, None
        if model.stage != "REQUESTED":
            expected = "CONFLICT"
        elif margin >= model.cost + model.profit:
            expected = "VALIDATION_ERROR"
        assert code_of(lambda: self.trader.promise(self.loan_id, margin)) == expected
        if expected is None:
            model.stage, model.is_bound, model.margin_held = "PROMISED", True, margin

    @rule(saved=st.integers(-1, 9_00))
    def purchase(self, saved):
        model, expected = self.model, None
        price = model.approved_cost - saved
        if model.stage not in BEFORE_PURCHASE:
            expected = "CONFLICT"
        elif saved < 0:
            expected = "LIMIT_EXCEEDED"
        item = CostItem("price", "machine", price, SUPPLIER)
        assert code_of(lambda: self.trader.purchase(self.loan_id, item)) == expected
        if expected is None:
            model.stage, model.cost, model.inventory = "PURCHASED", price, price

    @rule()
    def possess(self):
        expected = None if self.model.stage == "PURCHASED" else "CONFLICT"
        assert code_of(lambda: self.trader.possess(self.loan_id)) == expected
        if expected is None:
            self.model.stage = "POSSESSED"

    @rule(is_credited=st.booleans())
    def sell(self, is_credited):
        stage = self.model.stage
        expected = None if stage == "POSSESSED" else "CONFLICT"
        if stage in (*BEFORE_PURCHASE, "PURCHASED"):
            expected = "SHARIAH_VIOLATION"  # the rule itself says no (MUR-01)
        margin = MarginChoice.CREDIT if is_credited else MarginChoice.RETURN
        if self.model.margin_held >= self.model.cost + self.model.profit:
            return  # a discount brought the price down to the margin: nothing would be owed
        assert code_of(lambda: self.trader.sell(self.loan_id, margin=margin)) == expected
        if expected is None:
            with self.work() as uow:
                contract_id = self.trader.contract(self.loan_id).murabaha_id
                schedule = obligations.schedules_of(uow, contract_id)[0].schedule
            due = list(zip(schedule.due_on, schedule.principal_minor, strict=True))
            self.model.sell(self.today, due, is_credited=is_credited)

    @rule()
    def decline(self):
        model = self.model
        is_possible = model.stage in (*BEFORE_PURCHASE, *IN_HAND)
        expected = None if is_possible else "CONFLICT"
        assert code_of(lambda: self.trader.decline(self.loan_id)) == expected
        if expected is None:
            is_kept = model.stage in IN_HAND and model.is_bound
            model.stage = "DECLINED" if model.stage in IN_HAND else "CANCELLED"
            model.margin_held = model.margin_held if is_kept else 0

    @rule(price=st.integers(1, 3_000_00))
    def resell(self, price):
        expected = None if self.model.stage == "DECLINED" else "CONFLICT"
        assert code_of(lambda: self.trader.resell(self.loan_id, price)) == expected
        if expected is None:
            self.model.stage, self.model.inventory, self.model.margin_held = "RESOLD", 0, 0

    @rule(amount=st.integers(1, 600_00))
    def pay(self, amount):
        model, expected = self.model, None
        if model.loan_status not in ("DISBURSED", "REPAYING"):
            expected = "CONFLICT"
        elif amount > model.owed:
            expected = "VALIDATION_ERROR"
        made = []
        assert code_of(lambda: made.append(self.trader.pay(self.loan_id, amount))) == expected
        if expected is None:
            model.pay(amount)
            self.payments.append((made[0].repayment_id, amount))

    @precondition(lambda self: self.model.owed)
    @rule()
    def pay_all(self):
        self.pay(self.model.owed)

    @precondition(lambda self: self.payments)
    @rule(data=st.data())
    def take_back(self, data):
        repayment_id, amount = data.draw(st.sampled_from(self.payments))
        assert code_of(lambda: self.trader.take_back(self.loan_id, repayment_id)) is None
        self.payments.remove((repayment_id, amount))
        self.model.pay(-amount)

    @rule(given=st.integers(1, 2_000_00))
    def discount(self, given):
        model, expected = self.model, None
        if model.stage not in (*IN_HAND, "SOLD"):
            expected = "CONFLICT"
        elif model.discounts + given >= model.cost:
            expected = "VALIDATION_ERROR"
        assert code_of(lambda: self.trader.discount(self.loan_id, given)) == expected
        if expected is not None:
            return
        if model.stage != "SOLD":
            model.cost -= given
            model.inventory = model.cost
            return
        model.discounts += given
        self._lower(model.share_of_price(given))

    @rule(allowance=st.integers(1, 3_000_00))
    def allow_for_a_defect(self, allowance):
        model, expected = self.model, None
        lowered = model.allowances + self.lowered_by_discounts if model.stage == "SOLD" else 0
        if model.stage != "SOLD":
            expected = "CONFLICT"
        elif lowered + allowance > model.price:
            expected = "VALIDATION_ERROR"
        act = lambda: self.trader.defect(  # noqa: E731
            self.loan_id, DefectDecision.ACCEPTED, allowance=Money(allowance, USD)
        )
        assert code_of(act) == expected
        if expected is None:
            model.allowances += allowance
            self._lower(allowance)

    def _lower(self, cut):
        released = self.trader.contract(self.loan_id).released_minor - self.model.released
        assert 0 <= released <= cut
        self.model.lower(cut, released)

    @property
    def lowered_by_discounts(self) -> int:
        found = self.trader.shown(self.loan_id)["steps"]
        since = [step["step"] for step in found].index("sell")
        return sum(
            int(step["details"]["price_lowered_by"] * 100)
            for step in found[since:]
            if step["step"] == "supplier-discount"
        )

    @rule(part=st.integers(0, 110))
    def rebate(self, part):
        model, expected = self.model, None
        if model.stage != "SOLD" or model.loan_status == "COMPLETED":
            assert code_of(lambda: self.trader.rebate(self.loan_id)) == "CONFLICT"
            return
        with self.work() as uow:
            contract_id = self.trader.contract(self.loan_id).murabaha_id
            unearned = profit.unearned_minor(uow, contract_id, uow.today)
        given = unearned * part // 100
        if given > unearned:
            expected = "SHARIAH_VIOLATION"
        elif given == 0:
            expected = "VALIDATION_ERROR"
        assert code_of(lambda: self.trader.rebate(self.loan_id, given)) == expected
        if expected is None:
            model.lower(given, given)

    @rule(days=st.integers(1, 9))
    def time_passes(self, days):
        self.trader.go_to(self.today + timedelta(days=days))

    @invariant()
    def the_murabaha_is_what_the_model_says(self):
        model = getattr(self, "model", None)
        if model is None:
            return
        loan, contract = self.trader.loan(self.loan_id), self.trader.contract(self.loan_id)
        assert (contract.stage, loan.status) == (model.stage, model.loan_status)
        books = self.trader.balances(self.loan_id, "1200", "1300", "1390", "2300")
        inventory, receivable, deferred, margin = books
        assert (inventory, receivable, -margin) == (model.inventory, model.owed, model.margin_held)
        if model.sold_on is None:
            assert deferred == 0
            return
        assert loan.balance.outstanding_minor == model.owed == model.price - model.cut - model.paid
        assert -deferred == min(contract.deferred_minor, model.owed) >= 0
        assert contract.released_minor == model.released <= model.profit
        told = contract.recognised_minor + contract.released_minor + contract.deferred_minor
        assert told == model.profit == model.price - model.cost
        if not model.cut:
            self._earned_by_the_effective_method(contract.recognised_minor)

    def _earned_by_the_effective_method(self, recognised):
        """Of a debt nobody lowered: by the plan of the sale, or ahead of it with what was paid."""
        model, today = self.model, self.today
        ahead = model.profit - model.owed
        lowest = max(model.earned_through(today - timedelta(days=1)), 0)
        highest = max(model.earned_through(today), ahead, 0)
        assert lowest - STRAY_CENTS <= recognised <= highest + STRAY_CENTS

    def teardown(self):
        if getattr(self, "model", None) is not None:
            with self.work() as uow:
                assert_coherent(uow)


@pytest.fixture(scope="module")
def world(server_url, demo_template):
    with copied(server_url, demo_template) as url, Database(url) as database:
        yield database


@pytest.mark.slow
def test_murabahas_follow_the_model_whatever_is_asked_of_them(world) -> None:
    class Machine(MurabahaMachine):
        db = world
        trader = Trader(lambda user_id=demo.MAKER: access.work_as(
            world, demo.INSTITUTION, user_id, "req_machine"
        ))  # fmt: skip

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
