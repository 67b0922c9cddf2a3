"""The life of a pledge against a small model of it: random acts, legal and not, on real books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

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

from sanduq.access import service as access
from sanduq.api import registry
from sanduq.custody.register import service as register
from sanduq.kit.clock import FixedClock
from sanduq.kit.days import add_months
from sanduq.kit.db import Database
from sanduq.kit.errors import Refusal
from sanduq.kit.money import Money
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.life.checks import check_losses, check_pledge_fees, check_pledge_items
from sanduq.rahnu.contracts.life.payments import quotes
from sanduq.rahnu.contracts.life.payments import service as payments
from sanduq.rahnu.contracts.life.payments.model import ApplyTo, PayPledge
from sanduq.rahnu.contracts.life.things import changes, service
from sanduq.rahnu.contracts.life.things.model import Fetching, Redeem, SwapThings
from sanduq.rahnu.contracts.model import ItemStatus, PledgeStatus
from tests.coherent import assert_coherent
from tests.conftest import INSTITUTION, copied
from tests.make.pledges import MAKER, USD, a_bar, active_pledge, hang_board, keep, open_shop, value

START = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)
LOAN = 60_000
BAR_MG, BAR_VALUE, BAR_FEE = 5_000, 99_990, 200  # 4.9995 g fine at 200.00; 0.40 a gram
LTV_BP = 7_000


def kept(monthly: int, from_on: date, to_on: date) -> int:
    """Whole months in full, the days of the month begun by that month's length."""
    months = 0
    while add_months(from_on, months + 1, anchor_day=from_on.day) <= to_on:
        months += 1
    begun = add_months(from_on, months, anchor_day=from_on.day)
    length = (add_months(from_on, months + 1, anchor_day=from_on.day) - begun).days
    return monthly * months + monthly * (to_on - begun).days // length


@dataclass
class Model:
    """What a pledge comes to: things by count, days, and what was paid; of the loan only itself."""

    debt: int = LOAN
    fee_paid: int = 0
    fee_before: int = 0
    bars: int = 2
    since: date = date(2024, 1, 15)
    until: date | None = None
    is_open: bool = True

    def fee_by(self, on: date) -> int:
        end = on if self.until is None else min(on, self.until)
        return self.fee_before + kept(BAR_FEE * self.bars, self.since, end)

    def fee_due(self, on: date) -> int:
        return self.fee_by(on) - self.fee_paid

    def hold(self, bars: int, on: date) -> None:
        if bars != self.bars or on > self.since:
            self.fee_before, self.bars, self.since = self.fee_by(on), bars, on

    def covers(self, bars: int, on: date) -> bool:
        claims = self.debt + self.fee_due(on)
        return bars > 0 and -(-claims * 10_000 // (BAR_VALUE * bars)) <= LTV_BP


class PledgeMachine(RuleBasedStateMachine):
    db: Database
    shop: object
    is_priced_on: date

    def work(self, user_id: str = MAKER):
        return access.work_as(self.db, INSTITUTION, user_id, "req_machine")

    def done(self, act) -> bool:
        """Whether the act was taken; a refusal changes nothing."""
        before = self.contract()
        try:
            with self.work() as uow:
                uow.clock = FixedClock(self.now)
                act(uow)
        except Refusal:
            assert self.contract() == before
            return False
        return True

    def contract(self):
        with self.work() as uow:
            return contracts.get(uow, self.contract_id)

    @property
    def today(self) -> date:
        return self.now.date()

    @initialize()
    def take(self) -> None:
        self.now = START
        self.model = Model()
        taken = active_pledge(
            self.shop, [a_bar(self.shop, BAR_MG), a_bar(self.shop, BAR_MG)], loan_minor=LOAN
        )
        self.contract_id, self.ticket = taken.contract_id, taken.ticket_number

    @rule(days=st.integers(1, 45))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(minor=st.integers(1, 40_000), apply_to=st.sampled_from(ApplyTo))
    def pay(self, minor: int, apply_to: ApplyTo) -> None:
        model, due = self.model, self.model.fee_due(self.today)
        fee = 0 if apply_to is ApplyTo.DEBT else min(minor, due)
        rest = minor - fee
        is_right = model.is_open and (rest == 0 or (apply_to is not ApplyTo.FEE))
        is_right = is_right and rest <= model.debt
        paid = PayPledge(Money(minor, USD), apply_to)
        assert self.done(lambda uow: payments.repay(uow, self.contract_id, paid)) == is_right
        if is_right:
            model.fee_paid += fee
            model.debt -= rest
            if model.debt == 0 and model.until is None:
                model.until = self.today

    def new_bar(self) -> str:
        if type(self).is_priced_on != self.today:
            hang_board(self.work, at=self.now)
            type(self).is_priced_on = self.today
        bar = a_bar(self.shop, BAR_MG)
        value(self.shop, bar, at=self.now)
        keep(self.shop, self.contract_id, [bar], at=self.now)
        return bar.item_id

    def price_today(self) -> None:
        if type(self).is_priced_on != self.today:
            hang_board(self.work, at=self.now)
            type(self).is_priced_on = self.today

    @precondition(lambda self: self.model.is_open)
    @rule()
    def add(self) -> None:
        item_id = self.new_bar()
        is_right = self.model.until is None
        taken = self.done(lambda uow: changes.add_items(uow, self.contract_id, [item_id]))
        assert taken == is_right
        if is_right:
            self.model.hold(self.model.bars + 1, self.today)

    @rule(place=st.integers(0, 3))
    def part(self, place: int) -> None:
        held = self.contract().item_ids
        if not held:
            return
        self.price_today()
        shown = Fetching(ticket_number=self.ticket)
        out = [held[place % len(held)]]
        is_right = self.model.is_open and self.model.covers(self.model.bars - 1, self.today)
        done = self.done(lambda uow: changes.partial_release(uow, self.contract_id, out, shown))
        assert done == is_right
        if is_right:
            self.model.hold(self.model.bars - 1, self.today)

    @precondition(lambda self: self.model.is_open)
    @rule(place=st.integers(0, 3))
    def swap(self, place: int) -> None:
        held = self.contract().item_ids
        asked = SwapThings(
            (self.new_bar(),), (held[place % len(held)],), "signed",
            Fetching(ticket_number=self.ticket),
        )  # fmt: skip
        model = self.model
        is_right = model.until is None and model.covers(model.bars, self.today)
        assert self.done(lambda uow: changes.swap(uow, self.contract_id, asked)) == is_right
        if is_right:
            model.hold(model.bars, self.today)

    @rule(is_paid=st.booleans())
    def release(self, is_paid: bool) -> None:
        model = self.model
        left = model.debt + model.fee_due(self.today)
        payment = PayPledge(Money(left, USD)) if is_paid and left else None
        is_right = model.is_open and (left == 0 or payment is not None)
        asked = Redeem(Fetching(ticket_number=self.ticket), payment)
        assert self.done(lambda uow: service.release(uow, self.contract_id, asked)) == is_right
        if is_right:
            model.until = model.until or self.today
            model.fee_paid, model.debt, model.is_open = model.fee_by(self.today), 0, False

    @invariant()
    def what_is_owed_is_the_loan_and_the_days(self) -> None:
        if not hasattr(self, "contract_id"):
            return
        found = self.contract()
        assert (found.status is PledgeStatus.RELEASED) is not self.model.is_open
        if self.model.is_open:
            with self.work() as uow:
                uow.clock = FixedClock(self.now)
                quote = quotes.redemption_quote(uow, self.contract_id)
            assert quote.debt_minor == self.model.debt
            assert quote.fee_due_minor == self.model.fee_due(self.today)
            assert quote.is_free == (quote.total_minor == 0)
        else:
            assert found.fee_accrued_minor == found.fee_paid_minor == self.model.fee_paid

    @invariant()
    def every_thing_is_in_one_place(self) -> None:
        if not hasattr(self, "contract_id"):
            return
        pledged = [one.item_id for one in self.contract().items if one.status is ItemStatus.PLEDGED]
        assert len(pledged) == (self.model.bars if self.model.is_open else 0)
        with self.work() as uow:
            held = [one.item_id for one in register.held(uow, [self.contract_id])[self.contract_id]]
        assert set(pledged) <= set(held)
        assert len(set(held)) == len(held)

    def teardown(self) -> None:
        with self.work() as uow:
            for check in (check_pledge_fees, check_pledge_items, check_losses):
                assert list(check(uow)) == []
            assert_coherent(uow)


@pytest.fixture(scope="module")
def world(server_url, template):
    registry.wire()
    with copied(server_url, template) as url, Database(url) as database:
        yield database


@pytest.mark.slow
def test_a_pledge_follows_the_model_whatever_is_done_to_it(world) -> None:
    def work(user_id: str = MAKER):
        return access.work_as(world, INSTITUTION, user_id, "req_machine")

    class Machine(PledgeMachine):
        db = world
        shop = open_shop(work)
        is_priced_on = START.date()

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
