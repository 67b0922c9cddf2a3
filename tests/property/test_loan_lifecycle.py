"""Loans against a model of them: random commands, legal and not, on real books."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
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
from sanduq.microfinance.loans import repayments, rescheduling, service, terms
from sanduq.microfinance.loans.rescheduling import Request
from sanduq.obligations.end_of_day import run_days
from sanduq.obligations.receipts.model import ExcessUse
from tests.coherent import assert_coherent
from tests.conftest import copied
from tests.make.institution import a_borrower
from tests.make.loan_model import OPEN, ModelLoan
from tests.make.loans import asked, payment

LAST = datetime(2024, 11, 1, tzinfo=UTC)  # the cost study carries fees for a year
LOANS_MAX = 3
TIER_MAX = 10_000_00  # what identity and address let one person owe


def code_of(act) -> str | None:
    """What a command is refused with, or nothing."""
    try:
        act()
    except Refusal as refusal:
        return refusal.code
    return None


class LoanMachine(RuleBasedStateMachine):
    """One borrower's loans in a world that other examples have used before."""

    db: Database
    loans = Bundle("loans")

    def work(self, user_id=demo.MAKER):
        return access.work_as(self.db, demo.INSTITUTION, user_id, "req_machine")

    def _enter(self) -> None:
        self.model: dict[str, ModelLoan] = {}
        self.borrower = new_id("cpty")
        with self.work() as uow:
            a_borrower(uow, self.borrower)

    def _exposure(self) -> int:
        total = 0
        for loan in self.model.values():
            if loan.status in ("PENDING_APPROVAL", "APPROVED"):
                total += loan.principal
            elif loan.status in OPEN:
                with self.work() as uow:
                    balance = service.get(uow, self._id_of(loan)).balance
                total += loan.principal - balance.principal_paid_minor
        return total

    def _id_of(self, loan: ModelLoan) -> str:
        return next(loan_id for loan_id, one in self.model.items() if one is loan)

    @initialize(target=loans, principal=st.integers(10_00, 6_000_00), fee=st.integers(0, 41_20))
    def lend(self, principal, fee):
        """Every example has one loan paid out from its beginning."""
        self._enter()
        with self.work() as uow:
            application = asked(principal, fee, borrower_id=self.borrower)
            loan_id = service.create(uow, application).loan_id
        with self.work(demo.CHECKER) as uow:
            service.approve(uow, loan_id)
        with self.work() as uow:
            service.disburse(uow, loan_id, is_disclosure_acknowledged=True)
            self.model[loan_id] = ModelLoan(principal, fee, "DISBURSED", uow.today)
        return loan_id

    @precondition(lambda self: len(self.model) < LOANS_MAX)
    @rule(
        target=loans,
        principal=st.integers(10_00, 4_000_00),
        fee=st.integers(0, 41_20),
        instalments=st.integers(1, 24),
    )
    def apply(self, principal, fee, instalments):
        application = asked(principal, fee, borrower_id=self.borrower, instalments=instalments)
        is_too_much = self._exposure() + principal > TIER_MAX
        made = []

        def act():
            with self.work() as uow:
                made.append(service.create(uow, application))

        code = code_of(act)
        assert code == ("LIMIT_EXCEEDED" if is_too_much else None)
        if code is not None:
            return multiple()
        self.model[made[0].loan_id] = ModelLoan(principal, fee)
        return made[0].loan_id

    @rule(loan_id=loans, user=st.sampled_from([demo.MAKER, demo.CHECKER]))
    def approve(self, loan_id, user):
        self._decide(loan_id, user, "APPROVED", lambda uow: service.approve(uow, loan_id))

    @rule(loan_id=loans, user=st.sampled_from([demo.MAKER, demo.CHECKER]))
    def reject(self, loan_id, user):
        self._decide(
            loan_id, user, "REJECTED", lambda uow: service.reject(uow, loan_id, reason="no trade")
        )

    def _decide(self, loan_id, user, status, decision):
        loan = self.model[loan_id]
        expected = None
        if loan.status != "PENDING_APPROVAL":
            expected = "CONFLICT"
        elif user == demo.MAKER:
            expected = "FORBIDDEN"

        def act():
            with self.work(user) as uow:
                decision(uow)

        assert code_of(act) == expected
        if expected is None:
            loan.status = status

    @rule(loan_id=loans)
    def cancel(self, loan_id):
        loan = self.model[loan_id]
        is_possible = loan.status in ("PENDING_APPROVAL", "APPROVED")

        def act():
            with self.work() as uow:
                service.cancel(uow, loan_id, reason="went elsewhere")

        assert code_of(act) == (None if is_possible else "CONFLICT")
        if is_possible:
            loan.status = "CANCELLED"

    @rule(loan_id=loans, user=st.sampled_from([demo.MAKER, demo.MAKER, demo.CHECKER]))
    def disburse(self, loan_id, user):
        loan = self.model[loan_id]
        expected = None
        if loan.status != "APPROVED":
            expected = "CONFLICT"
        elif user == demo.CHECKER:
            expected = "FORBIDDEN"

        def act():
            with self.work(user) as uow:
                service.disburse(uow, loan_id, is_disclosure_acknowledged=True)
                loan.started_on = uow.today

        assert code_of(act) == expected
        if expected is None:
            loan.status = "DISBURSED"

    @rule(
        loan_id=loans,
        share=st.integers(1, 130),
        cents=st.integers(0, 99),
        use=st.sampled_from(["refuse", "credit", "gift", "gift without statement"]),
        days_ago=st.sampled_from([0, 0, 0, 1, 40, -1]),
    )
    def pay(self, loan_id, share, cents, use, days_ago):
        loan = self.model[loan_id]
        amount = (loan.principal + loan.fee) * share // 100 + cents
        results = []

        def act():
            with self.work() as uow:
                on = uow.today - timedelta(days=days_ago)
                self.expected = loan.pay(amount, use, on, uow.today)
                found = repayments.record_repayment(
                    uow,
                    payment(
                        loan_id,
                        amount,
                        received_on=on,
                        excess=ExcessUse(use.partition(" ")[0]),
                        is_statement_given=use == "gift",
                    ),
                )
                results.append(found)

        assert code_of(act) == self.expected
        if self.expected is None:
            loan.take(results[0].repayment.repayment_id, amount, use)
            assert results[0].repayment.outstanding_minor == loan.owed
            assert results[0].status == loan.status

    @rule(loan_id=loans, count=st.integers(2, 4), is_all_or_nothing=st.booleans())
    def pay_in_one_batch(self, loan_id, count, is_all_or_nothing):
        """Equal payments of a third of the debt, so that some batches run over it."""
        loan = self.model[loan_id]
        amount = max(1, (loan.principal + loan.fee) // 3)
        rows = [payment(loan_id, amount) for _ in range(count)]
        is_open, left = loan.status in OPEN, loan.owed
        fitting = min(count, left // amount) if is_open else 0
        found = []

        def act():
            with self.work() as uow:
                found.extend(
                    repayments.record_repayments(uow, rows, is_all_or_nothing=is_all_or_nothing)
                )

        is_refused = is_all_or_nothing and fitting < count
        assert code_of(act) == ("BATCH_REFUSED" if is_refused else None)
        if is_refused:
            return
        assert [one.repayment is not None for one in found] == [True] * fitting + [False] * (
            count - fitting
        )
        for one in found[:fitting]:
            loan.take(one.repayment.repayment_id, amount, "refuse")

    @rule(loan_id=loans, which=st.integers(0, 9), user=st.sampled_from([demo.MAKER, demo.CHECKER]))
    def reverse(self, loan_id, which, user):
        loan = self.model[loan_id]
        if not loan.payments:
            return
        one = list(loan.payments.values())[which % len(loan.payments)]
        expected = loan.reverse(one, user == demo.MAKER)

        def act():
            with self.work(user) as uow:
                repayments.reverse(uow, loan_id, one.repayment_id, reason="wrong loan")

        assert code_of(act) == expected
        if expected is None:
            loan.give_back(one)

    @rule(
        loan_id=loans,
        kind=st.sampled_from(["extend", "lines", "more", "less"]),
        instalments=st.integers(1, 36),
    )
    def reschedule(self, loan_id, kind, instalments):
        loan = self.model[loan_id]
        expected = None if loan.status in OPEN else "CONFLICT"
        if expected is None and kind in ("more", "less"):
            expected = "RESCHEDULE_INCREASE"

        def act():
            with self.work() as uow:
                rescheduling.agree_anew(uow, loan_id, self._asked(uow, loan_id, kind, instalments))

        assert code_of(act) == expected

    def _asked(self, uow, loan_id, kind, instalments):
        if kind == "extend":
            return Request("extend", "harvest", instalments=instalments)
        found = service.get(uow, loan_id)
        left = found.balance.outstanding_minor if found.balance else 2
        fee = found.service_fee_minor - (found.balance.fee_paid_minor if found.balance else 0)
        step = {"lines": 0, "more": 1, "less": -1}[kind]
        line = (
            uow.today + timedelta(days=90),
            payment(loan_id, left - fee + step).amount,
            payment(loan_id, fee).amount,
        )
        return Request("lines", "harvest", lines=(line,))

    @rule(days=st.integers(1, 6))
    def time_passes(self, days):
        with self.work() as uow:
            to = uow.now + timedelta(days=days)
            if to > LAST:
                return
            run_days(uow, through=local_date(to, uow.time_zone) - timedelta(days=1))
            access.move_clock(uow, to)

    @invariant()
    def every_loan_is_what_the_model_says(self):
        if not getattr(self, "model", None):
            return
        with self.work() as uow:
            for loan_id, loan in self.model.items():
                found = service.get(uow, loan_id)
                assert found.status == loan.status, loan_id
                if loan.started_on is None:
                    assert found.balance is None
                    continue
                balance = found.balance
                assert balance.outstanding_minor == loan.owed
                assert balance.principal_paid_minor + balance.fee_paid_minor == loan.paid
                assert 0 <= balance.principal_paid_minor <= loan.principal
                assert 0 <= balance.fee_paid_minor <= loan.fee
                assert balance.due_minor <= loan.owed

    def teardown(self):
        if not getattr(self, "model", None):
            return
        with self.work() as uow:
            for loan_id, loan in self.model.items():
                if loan.started_on is None:
                    continue
                found = terms.statement(uow, loan_id, None, None)
                assert found.closing_minor == loan.owed
                taken = repayments.list_repayments(uow, loan_id)
                excess = [one for one in loan.payments.values() if not one.is_reversed]
                assert sum(item.gift_minor for item in taken) == sum(
                    one.excess for one in excess if one.is_gift
                )
                assert sum(item.credit_minor for item in taken) == sum(
                    one.excess for one in excess if not one.is_gift
                )
            assert_coherent(uow)


@pytest.fixture(scope="module")
def world(server_url, demo_template):
    with copied(server_url, demo_template) as url, Database(url) as database:
        yield database


@pytest.mark.slow
def test_loans_follow_the_model_whatever_is_asked_of_them(world) -> None:
    class Machine(LoanMachine):
        db = world

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
