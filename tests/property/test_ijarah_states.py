"""Leases against a model of them: random steps, legal and not, on real books."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

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
from sanduq.microfinance.loans.ijarah import service_use
from sanduq.microfinance.loans.ijarah.model import Fault, TransferKind
from sanduq.microfinance.loans.ijarah.step_commands import Amendment
from sanduq.obligations.schedule import Frequency
from tests.coherent import assert_coherent
from tests.conftest import copied
from tests.make.ijarah import TERMS, Lessor
from tests.make.ijarah_model import OVER, ModelLease, Outage
from tests.make.institution import a_borrower


def code_of(act) -> str | None:
    """What a command is refused with, or nothing."""
    try:
        act()
    except Refusal as refusal:
        return refusal.code
    return None


class LeaseMachine(RuleBasedStateMachine):
    """One lease of a few weeks, in a world that other examples have used before."""

    db: Database
    lessor: Lessor

    def work(self, user_id=demo.MAKER):
        return access.work_as(self.db, demo.INSTITUTION, user_id, "req_machine")

    @initialize(
        rent=st.integers(1, 300_00),
        weeks=st.integers(1, 5),
        price=st.integers(10_00, 2_000_00),
        market=st.integers(1, 300_00),
        is_running=st.sampled_from([True, True, True, False]),
    )
    def agree(self, rent, weeks, price, market, is_running):
        """Every example has one lease from its beginning, most of them delivered."""
        with self.work() as uow:
            lessee = a_borrower(uow, new_id("cpty"))
        terms = replace(
            TERMS, rental_minor=rent, periods=weeks, frequency=Frequency.WEEKLY,
            asset_value_minor=price, market_rent_minor=market,
        )  # fmt: skip
        self.loan_id = self.lessor.approved(terms, borrower_id=lessee)
        self.model = ModelLease([rent] * weeks, price, market)
        self.payments: list[tuple[str, int]] = []
        if is_running:
            self.acquire()
            self.deliver()

    @property
    def today(self):
        return self.lessor.day

    @rule()
    def acquire(self):
        expected = None if self.model.status == "AGREED" else "CONFLICT"
        act = lambda: self.lessor.acquire(self.loan_id, price_minor=self.model.price)  # noqa: E731
        assert code_of(act) == expected
        if expected is None:
            self.model.status = "ACQUIRED"

    @rule()
    def deliver(self):
        expected = {"ACQUIRED": None, "AGREED": "SHARIAH_VIOLATION"}.get(
            self.model.status, "CONFLICT"
        )
        assert code_of(lambda: self.lessor.deliver(self.loan_id)) == expected
        if expected is None:
            self.model.status, self.model.started = "DELIVERED", self.today

    @rule(amount=st.integers(1, 400_00))
    def pay(self, amount):
        expected = None
        if self.model.loan_status not in ("DISBURSED", "REPAYING") or not self.model.outstanding:
            expected = "CONFLICT"
        elif amount > self.model.outstanding:
            expected = "VALIDATION_ERROR"
        made = []
        assert code_of(lambda: made.append(self.lessor.pay(self.loan_id, amount))) == expected
        if expected is None:
            self.model.paid += amount
            self.payments.append((made[0].repayment_id, amount))

    @precondition(lambda self: self.model.started and self.model.outstanding)
    @rule()
    def pay_all(self):
        self.pay(self.model.outstanding)

    @precondition(lambda self: self.payments)
    @rule(data=st.data())
    def take_back(self, data):
        repayment_id, amount = data.draw(st.sampled_from(self.payments))
        # Money that went back to the lessee cannot also be taken back from him: he owes it.
        assert code_of(lambda: self.lessor.take_back(self.loan_id, repayment_id)) is None
        self.payments.remove((repayment_id, amount))
        self.model.paid -= amount

    @rule(days_ago=st.integers(-1, 12), is_blameless=st.booleans())
    def suspend(self, days_ago, is_blameless):
        first = self.today - timedelta(days=days_ago)
        model = self.model
        expected = None
        if model.status != "DELIVERED" or model.open_outage is not None:
            expected = "CONFLICT"
        else:
            earliest = max(
                [model.started]
                + [max(one.until, one.first + timedelta(days=1)) for one in model.outages]
            )
            if not earliest <= first <= self.today:
                expected = "VALIDATION_ERROR"
        fault = Fault.NONE if is_blameless else Fault.LESSEE
        assert code_of(lambda: self.lessor.suspend(self.loan_id, first, fault)) == expected
        if expected is None:
            model.outages.append(Outage(first, is_blameless))

    @rule(days_ago=st.integers(-1, 12))
    def resume(self, days_ago):
        on = self.today - timedelta(days=days_ago)
        model, expected = self.model, None
        if model.status != "DELIVERED" or model.open_outage is None:
            expected = "CONFLICT"
        else:
            counted = model.open_outage.counted
            earliest = model.open_outage.first if counted is None else counted + timedelta(days=1)
            if not earliest <= on <= self.today:
                expected = "VALIDATION_ERROR"
        assert code_of(lambda: self.lessor.resume(self.loan_id, on)) == expected
        if expected is None:
            model.resume(on)

    @rule(number=st.integers(0, 5), rent=st.integers(0, 300_00))
    def amend(self, number, rent):
        model, expected = self.model, None
        if model.status != "DELIVERED":
            expected = "CONFLICT"
        elif number >= len(model.rents):
            expected = "NOT_FOUND"
        elif model.first_day(number) <= self.today or rent == 0:
            expected = "SHARIAH_VIOLATION"

        def act():
            with self.work() as uow:
                change = Amendment(number + 1, rent, "doc_amended")
                service_use.amend_rent(uow, self.loan_id, change)

        assert code_of(act) == expected
        if expected is None:
            model.rents[number:] = [rent] * (len(model.rents) - number)
            model.settle_up()

    @rule(is_blameless=st.booleans())
    def lose(self, is_blameless):
        model = self.model
        if model.status == "ACQUIRED":
            return
        fault = Fault.NONE if is_blameless else Fault.LESSEE
        expected = None if model.status == "DELIVERED" else "CONFLICT"
        assert code_of(lambda: self.lessor.lose(self.loan_id, fault)) == expected
        if expected is None:
            yesterday = self.today - timedelta(days=1)
            model.stop("LOST", yesterday, is_market_due=is_blameless)

    @rule(reason=st.sampled_from(["agreement", "defect", "whim"]))
    def end(self, reason):
        model = self.model
        if model.status == "ACQUIRED":
            return
        expected = None if model.status == "DELIVERED" else "CONFLICT"
        if expected is None and reason == "whim":
            expected = "SHARIAH_VIOLATION"
        assert code_of(lambda: self.lessor.end(self.loan_id, reason)) == expected
        if expected is None:
            model.stop("ENDED", self.today, is_market_due=reason == "defect")

    @rule()
    def transfer(self):
        model, expected = self.model, None
        if model.status != "DELIVERED":
            expected = "CONFLICT"
        elif model.outstanding:
            expected = "SHARIAH_VIOLATION"
        elif len(model.billed) < len(model.rents):
            expected = "CONFLICT"
        act = lambda: self.lessor.transfer(self.loan_id, TransferKind.GIFT)  # noqa: E731
        assert code_of(act) == expected
        if expected is None:
            model.status = "TRANSFERRED"

    @rule()
    def give_back(self):
        model, expected = self.model, None
        if model.status != "DELIVERED" or self.today < model.last_day(len(model.rents) - 1):
            expected = "CONFLICT"
        assert code_of(lambda: self.lessor.give_back(self.loan_id)) == expected
        if expected is None:
            if model.open_outage is not None:
                model.resume(max(self.today, model.open_outage.first))
            model.status = "RETURNED"

    @rule(days=st.integers(1, 9))
    def time_passes(self, days):
        for _ in range(days):
            self.model.close(self.today)
            self.lessor.go_to(self.today + timedelta(days=1))

    @invariant()
    def the_lease_is_what_the_model_says(self):
        model = getattr(self, "model", None)
        if model is None:
            return
        loan, found = self.lessor.loan(self.loan_id), self.lessor.lease(self.loan_id)
        assert (found.lease.status, loan.status) == (model.status, model.loan_status)
        if model.started is None:
            return
        receivable, advance = self.lessor.balances(self.loan_id, "1600", "2020")
        assert (receivable, -advance) == model.position
        assert loan.balance.outstanding_minor == model.outstanding
        assert found.lease.refunded_minor == model.refunded
        held = self.lessor.balances(self.loan_id, "1500")[0]
        assert held == (0 if model.status in ("LOST", "TRANSFERRED") else model.price)
        assert model.status in OVER or 0 <= found.lease.depreciated_minor <= model.price

    def teardown(self):
        if getattr(self, "model", None) is not None:
            with self.work() as uow:
                assert_coherent(uow)


@pytest.fixture(scope="module")
def world(server_url, demo_template):
    with copied(server_url, demo_template) as url, Database(url) as database:
        yield database


@pytest.mark.slow
def test_leases_follow_the_model_whatever_is_asked_of_them(world) -> None:
    class Machine(LeaseMachine):
        db = world
        lessor = Lessor(lambda user_id=demo.MAKER: access.work_as(
            world, demo.INSTITUTION, user_id, "req_machine"
        ))  # fmt: skip

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
