"""Salam against a model of it: random commands, legal and not, on real books.

After each, account 1400 of a contract is the capital of goods undelivered and not given up, and
account 1420 what is still to be given back.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sanduq import demo
from sanduq.access import service as access
from sanduq.kit.clock import local_date
from sanduq.kit.db import Database
from sanduq.kit.errors import Refusal
from sanduq.kit.ids import new_id
from sanduq.microfinance.loans import service
from sanduq.microfinance.loans.repayments import record_repayment
from sanduq.microfinance.loans.salam import service as salam
from sanduq.microfinance.loans.salam import (
    service_delivery,
    service_goods,
    service_remedies,
)
from sanduq.microfinance.loans.salam.facts import Quality, Settlement
from sanduq.microfinance.loans.salam.service import PayPrice
from sanduq.microfinance.loans.salam.service_delivery import SubstituteGoods
from sanduq.microfinance.loans.salam.service_goods import SellGoods
from sanduq.microfinance.loans.salam.service_remedies import CancelGoods
from sanduq.obligations.end_of_day import run_days
from tests.coherent import assert_coherent
from tests.conftest import copied
from tests.make.institution import a_borrower
from tests.make.loans import payment
from tests.make.salam import (
    GRADE_A,
    MILL,
    asked,
    brought,
    prepared,
    terms,
    usd,
)
from tests.make.salam_model import ModelSalam

LAST = datetime(2024, 11, 1, tzinfo=UTC)
CONTRACTS_MAX = 2


def code_of(act) -> str | None:
    """What a command is refused with, or nothing."""
    try:
        act()
    except Refusal as refusal:
        return refusal.code
    return None


class SalamMachine(RuleBasedStateMachine):
    """One farmer's salams in a world that other examples have used before."""

    db: Database
    salams = Bundle("salams")

    def work(self, user_id=demo.MAKER):
        return access.work_as(self.db, demo.INSTITUTION, user_id, "req_machine")

    def today(self) -> date:
        with self.work() as uow:
            return uow.today

    def _agree(self, kilograms: int, cents: int, days: int) -> str:
        due = self.today() + timedelta(days=days)
        quantity = kilograms * 1000
        trade = terms(quantity, cents, ((due, quantity),), commodity="barley")
        with self.work() as uow:
            loan_id = service.create(uow, asked(trade, borrower_id=self.farmer)).loan_id
        with self.work(demo.CHECKER) as uow:
            service.approve(uow, loan_id)
        self.model[loan_id] = ModelSalam(quantity, kilograms * cents, due)
        return loan_id

    @initialize(
        target=salams,
        kilograms=st.integers(1, 2000),
        cents=st.integers(1, 150),
        days=st.integers(2, 40),
        is_paid=st.booleans(),
    )
    def begin(self, kilograms, cents, days, is_paid):
        """Every example has one contract from its beginning, more often than not paid."""
        self.model: dict[str, ModelSalam] = {}
        self.farmer = new_id("cpty")
        with self.work() as uow:
            a_borrower(uow, self.farmer)
        loan_id = self._agree(kilograms, cents, days)
        if is_paid:
            self.pay(loan_id, 100)
        return loan_id

    @precondition(lambda self: len(self.model) < CONTRACTS_MAX)
    @rule(
        target=salams,
        kilograms=st.integers(1, 2000),
        cents=st.integers(1, 150),
        days=st.integers(2, 40),
    )
    def agree(self, kilograms, cents, days):
        return self._agree(kilograms, cents, days)

    @rule(loan_id=salams, share=st.sampled_from([33, 50, 99, 100, 100, 120]))
    def pay(self, loan_id, share):
        one = self.model[loan_id]
        amount = max(1, (one.capital - one.paid) * share // 100)
        today = self.today()
        expected = one.pay(amount, today)

        def act():
            with self.work() as uow:
                salam.pay_price(uow, loan_id, PayPrice(usd(amount), today))

        assert code_of(act) == expected
        if expected is None:
            one.paid += amount
            one.contracted = one.contracted or today
            one.is_settled = one.paid == one.capital

    @rule(
        loan_id=salams,
        share=st.sampled_from([1, 20, 50, 100, 110]),
        milli=st.integers(0, 999),
        how=st.sampled_from(["as_agreed", "better", "worse", "discount", "refuse"]),
    )
    def deliver(self, loan_id, share, milli, how):
        one = self.model[loan_id]
        quantity = max(1, one.undelivered * share // 100 + (milli if share < 100 else 0))
        expected = one.step(quantity)
        capital = one.share(quantity) if expected is None else 0
        discount = capital // 4 if how == "discount" else 0
        if how == "discount" and not discount:
            how = "worse"
        command = brought(
            quantity,
            self.today(),
            Quality(how) if how in ("as_agreed", "better") else Quality.WORSE,
            {"discount": Settlement.ACCEPT_AT_DISCOUNT, "refuse": Settlement.REFUSE}.get(
                how, Settlement.ACCEPT
            ),
            market_value=usd(capital // 2) if how in ("worse", "discount") else None,
            discount=usd(discount) if how == "discount" else None,
        )

        def act():
            with self.work() as uow:
                service_delivery.deliver(uow, loan_id, command)

        assert code_of(act) == expected
        if expected is None and how != "refuse":
            one.received += quantity
            one.in_hand += quantity
            one.refund += discount

    @rule(loan_id=salams, share=st.sampled_from([10, 50, 100, 130]))
    def cancel(self, loan_id, share):
        one = self.model[loan_id]
        quantity = max(1, one.undelivered * share // 100)
        expected = one.step(quantity)
        today = self.today()
        command = CancelGoods(on=today, reason="hail", document="Letter", quantity_milli=quantity)

        def act():
            with self.work() as uow:
                service_remedies.cancel_salam(uow, loan_id, command)

        assert code_of(act) == expected
        if expected is None:
            one.refund += one.share(quantity)
            one.given_up += quantity

    @rule(loan_id=salams, share=st.sampled_from([30, 100]), is_worth_more=st.booleans())
    def substitute(self, loan_id, share, is_worth_more):
        one = self.model[loan_id]
        quantity = max(1, one.undelivered * share // 100)
        today = self.today()
        expected = one.step(quantity)
        if expected is None and (today < one.due or is_worth_more):
            expected = "SHARIAH_VIOLATION"
        command = SubstituteGoods(
            commodity="barley", quantity_milli=quantity, quantity_unit="kg",
            specifications=GRADE_A, market_value=usd(101 if is_worth_more else 100),
            original_market_value=usd(100), on=today, document="Note", replaces_milli=quantity,
        )  # fmt: skip

        def act():
            with self.work() as uow:
                service_delivery.substitute(uow, loan_id, command)

        assert code_of(act) == expected
        if expected is None:
            one.received += quantity
            one.in_hand += quantity

    @rule(loan_id=salams, days=st.integers(1, 30))
    def wait(self, loan_id, days):
        one = self.model[loan_id]
        until = self.today() + timedelta(days=days)
        expected = one.step(1)
        if expected is None and until <= one.due:
            expected = "VALIDATION_ERROR"

        def act():
            with self.work() as uow:
                service_remedies.wait(uow, loan_id, until=until, reason="late rain")

        assert code_of(act) == expected
        if expected is None:
            one.due = until

    @rule(loan_id=salams, share=st.sampled_from([25, 100, 140]))
    def give_back(self, loan_id, share):
        one = self.model[loan_id]
        amount = max(1, one.owed * share // 100)
        expected = None
        if one.status not in ("DISBURSED", "REPAYING") or one.owed == 0:
            expected = "CONFLICT"
        elif amount > one.owed:
            expected = "VALIDATION_ERROR"

        def act():
            with self.work() as uow:
                record_repayment(uow, payment(loan_id, amount))

        assert code_of(act) == expected
        if expected is None:
            one.refunded += amount

    @rule(loan_id=salams, share=st.sampled_from([10, 60, 100, 101]))
    def sell(self, loan_id, share):
        one = self.model[loan_id]
        quantity = max(1, -(-one.in_hand * share // 100))
        command = SellGoods(
            buyer_id=MILL, quantity_milli=quantity, price=usd(1_00), on=self.today(),
            document="Invoice",
        )  # fmt: skip
        expected = None if quantity <= one.in_hand else "SHARIAH_VIOLATION"

        def act():
            with self.work() as uow:
                service_goods.sell(uow, loan_id, command)

        assert code_of(act) == expected
        if expected is None:
            one.in_hand -= quantity

    @rule(days=st.sampled_from([1, 1, 2, 5, 15]))
    def time_passes(self, days):
        with self.work() as uow:
            to = uow.now + timedelta(days=days)
            if to > LAST:
                return
            closed = local_date(to, uow.time_zone) - timedelta(days=1)
            run_days(uow, through=closed)
            access.move_clock(uow, to)
        for one in self.model.values():
            one.close_day(closed)

    @invariant()
    def every_contract_is_what_the_model_says(self):
        with self.work() as uow:
            for loan_id, one in getattr(self, "model", {}).items():
                loan = service.get(uow, loan_id)
                found = salam.contract(uow, loan.contract_id)
                assert loan.status == one.status, loan_id
                assert found.undelivered_milli == one.undelivered
                assert found.capital_open_minor == one.capital_open
                assert found.refundable_minor == one.refund
                assert (loan.balance.outstanding_minor if loan.balance else 0) == one.owed
                late = found.oldest_undelivered_due_on
                assert late == (one.due if one.undelivered else None)
                books = dict(
                    uow.all(
                        "select a.code, b.balance_minor from ledger.account a join ledger.balance b"
                        " using (institution_id, account_id) where a.institution_id = %s"
                        " and a.subject = %s",
                        uow.institution_id,
                        loan.contract_id,
                    )
                )
                assert books.get("1400", 0) == one.capital_open
                assert books.get("1420", 0) == one.owed

    def teardown(self):
        if getattr(self, "model", None):
            with self.work() as uow:
                assert_coherent(uow)


@pytest.fixture(scope="module")
def world(server_url, demo_template):
    with copied(server_url, demo_template) as url, Database(url) as database:
        prepared(lambda user_id=demo.MAKER: access.work_as(
            database, demo.INSTITUTION, user_id, "req_test"
        ))  # fmt: skip
        yield database


@pytest.mark.slow
def test_salam_follows_the_model_whatever_is_asked_of_it(world) -> None:
    class Machine(SalamMachine):
        db = world

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
