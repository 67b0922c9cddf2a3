"""A pool against a model of it: capital of four givers placed, lent, lost and recovered."""

from __future__ import annotations

from dataclasses import replace
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
from sanduq.api import registry
from sanduq.funds.endowments import service as endowments
from sanduq.funds.endowments.schemas import EndowmentIn
from sanduq.funds.pools import service as pools
from sanduq.funds.pools.model import Origin, PoolStatus, SourceKind
from sanduq.funds.pools.schemas import PoolIn
from sanduq.funds.zakat import service as zakat
from sanduq.funds.zakat.model import NewZakatReceipt
from sanduq.kit.db import Database
from sanduq.kit.errors import Refusal
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.microfinance.loans import repayments
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.loans.hardship import forgiving, write_offs
from sanduq.microfinance.loans.hardship import service as hardship
from sanduq.shariah import service as shariah
from sanduq.shariah.facts import DebtorState
from sanduq.shariah.schemas import ResolutionIn
from tests.coherent import assert_coherent
from tests.conftest import copied
from tests.make.giving import held_minor
from tests.make.hardship import given
from tests.make.institution import a_borrower
from tests.make.loans import USD, asked, disbursed, payment
from tests.make.offers import a_resolution
from tests.make.pool_model import OWN, RUNNING, ZAKAT, ModelPool, ModelSource
from tests.make.programs import active_program
from tests.make.waqf import a_cash_waqf, waqf_people

SADAQAH = "sadaqah:qard"
KINDS = (SourceKind.OWN, SourceKind.WAQF_CORPUS, SourceKind.SADAQAH, SourceKind.ZAKAT)
PLENTY = 1_000_000_00  # of the institution's own money: more than an example can place
LENT_ON = date(2023, 12, 5)  # so that the one instalment is overdue
LEAST = 10_00  # that anybody borrows
amounts = st.integers(1, 900_00)
kinds = st.sampled_from(KINDS)
often = st.sampled_from([True, True, False])
fees = st.integers(0, 41_20)
users = st.sampled_from([demo.FINANCE, demo.FINANCE, demo.FINANCE, demo.SHARIAH])


def usd(minor: int) -> Money:
    return Money(minor, USD)


class PoolMachine(RuleBasedStateMachine):
    """One pool that may hold our own money, a waqf's corpus, sadaqah and zakat, and its loans."""

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

    @initialize(first=st.permutations(KINDS), minors=st.tuples(*[amounts] * 3), fee=fees)
    def open(self, first, minors, fee):
        """Every example has three sources and up to three loans from its beginning."""
        self.model = ModelPool()
        given(self.work, 1_000_00, "qard")
        with self.work() as uow:
            zakat.receive(uow, NewZakatReceipt(amount=usd(1_000_00), metadata={}))
            new = EndowmentIn(**a_cash_waqf(asset_value=1_000, nazir_pay=None)).command()
            self.wqf_id = endowments.create_endowment(uow, new).endowment.endowment_id
            endowments.submit_endowment(uow, self.wqf_id)
            body = {"name": "Pool", "currency": "USD", "security_policy": "guarantee"}
            self.pool_id = pools.create_pool(uow, PoolIn(**body).command()).pool.pool_id
        with self.work(demo.SHARIAH) as uow:
            endowments.approve_endowment(uow, self.wqf_id)
        self.equity = {SADAQAH: "3200", ZAKAT: "3300", f"waqf:{self.wqf_id}": "3100"}
        with self.work() as uow:
            self.held = {fund: held_minor(uow, code, fund) for fund, code in self.equity.items()}
            home = {fund: held_minor(uow, "1000", fund) for fund in self.equity}
        self.model.sources = {fund: ModelSource(minor) for fund, minor in home.items()}
        self.model.sources[OWN] = ModelSource(PLENTY)
        self.approve()
        program = active_program(self.work, pool_id=self.pool_id)
        self.program_id = program.program_id
        for kind, minor in zip(first, minors, strict=False):
            self.place(kind, minor, is_beyond=False, user=demo.FINANCE)
        for minor in minors:
            if minor >= LEAST:
                self.a_loan_of(minor, fee)

    def approve(self):
        """Only another than its maker opens a pool, and before that it takes nothing."""
        early = self.refused(
            lambda u: pools.place_capital(u, self.pool_id, self.origin(KINDS[0]), usd(1)),
            demo.FINANCE,
        )
        assert early == "CONFLICT"
        for user, code in ((demo.MAKER, "FORBIDDEN"), (demo.FINANCE, None)):
            assert self.refused(lambda u: pools.approve_pool(u, self.pool_id), user) == code
        assert self.answer.pool.status is PoolStatus.ACTIVE

    def origin(self, kind):
        return Origin(
            kind,
            endowment_id=self.wqf_id if kind is SourceKind.WAQF_CORPUS else None,
            purpose="qard" if kind is SourceKind.SADAQAH else None,
            branch_id="brn_main" if kind is SourceKind.OWN else None,
        )

    @rule(kind=kinds, minor=amounts, is_beyond=st.sampled_from([False] * 4 + [True]), user=users)
    def place(self, kind, minor, is_beyond, user):
        origin = self.origin(kind)
        source = self.model.sources[origin.fund]
        if is_beyond and kind is not SourceKind.OWN:
            minor = source.home + 1
        expected = None
        if user != demo.FINANCE:
            expected = "FORBIDDEN"
        elif minor > source.home:
            expected = "FUNDS_INSUFFICIENT"
        act = lambda u: pools.place_capital(u, self.pool_id, origin, usd(minor))  # noqa: E731
        assert self.refused(act, user) == expected
        if expected is None:
            source.move(minor)
            if origin.fund not in self.model.order:
                self.model.order.append(origin.fund)

    @rule(number=st.integers(1, len(KINDS)), minor=amounts, is_all=often, user=users)
    def withdraw(self, number, minor, is_all, user):
        order = self.model.order  # three sources at first; there is no fourth yet
        source = self.model.sources[order[number - 1]] if number <= len(order) else None
        minor = source.cash if is_all and source and source.cash else minor
        expected = None
        if user != demo.FINANCE:
            expected = "FORBIDDEN"
        elif source is None:
            expected = "NOT_FOUND"
        elif minor > source.cash:
            expected = "FUNDS_INSUFFICIENT"
        act = lambda u: pools.withdraw_capital(u, self.pool_id, number, usd(minor))  # noqa: E731
        assert self.refused(act, user) == expected
        if expected is None:
            source.move(-minor)

    @precondition(lambda self: self.model.order)
    @rule(data=st.data(), is_fitting=st.sampled_from([True, True, True, False]))
    def lend(self, data, is_fitting):
        most = max(self.model.sources[fund].cash for fund in self.model.order)
        if is_fitting and most < LEAST:
            return
        minor = data.draw(st.integers(LEAST, most if is_fitting else 900_00))
        self.a_loan_of(minor, data.draw(fees))

    def a_loan_of(self, minor, fee):
        fund = self.model.covering(minor)
        borrower = new_id("cpty")
        with self.work() as uow:
            a_borrower(uow, borrower)
        application = asked(minor, fee, borrower_id=borrower, instalments=1, grace_months=0)
        application = replace(application, program_id=self.program_id)
        code = None
        try:
            loan = disbursed(self.work, application, on=LENT_ON)
        except Refusal as refusal:
            code = refusal.code
        assert code == (None if fund else "FUNDS_INSUFFICIENT")
        if fund is not None:
            self.model.lend(loan.loan_id, fund, minor, fee)

    def has(self, *statuses):
        return any(loan.status in statuses for loan in self.model.loans.values())

    def a_loan(self, data, *statuses):
        """Mostly one in such a state."""
        every = self.model.loans
        fitting = [one for one, loan in every.items() if loan.status in statuses and loan.owed]
        loan_id = data.draw(st.sampled_from([*fitting * 4, *every]))
        return loan_id, every[loan_id]

    def an_amount(self, data, loan):
        """Often all that is owed, now and then more."""
        owed = loan.owed
        return max(1, data.draw(st.sampled_from([owed // 3, owed // 2, owed, owed, owed + 1])))

    @precondition(lambda self: self.model.loans)
    @rule(data=st.data())
    def repay(self, data):
        loan_id, loan = self.a_loan(data, *RUNNING)
        minor = self.an_amount(data, loan)
        expected = None
        if loan.status not in RUNNING:
            expected = "CONFLICT"
        elif minor > loan.owed:
            expected = "VALIDATION_ERROR"
        command = payment(loan_id, minor)
        assert self.refused(lambda u: repayments.record_repayment(u, command)) == expected
        if expected is None:
            self.model.repay(loan, self.answer.repayment.repayment_id, minor)

    @precondition(lambda self: any(loan.payments for loan in self.model.loans.values()))
    @rule(data=st.data())
    def take_a_payment_back(self, data):
        made = [
            (loan_id, one) for loan_id, loan in self.model.loans.items() for one in loan.payments
        ]
        loan_id, repayment_id = data.draw(st.sampled_from(made))
        loan = self.model.loans[loan_id]
        code = self.refused(
            lambda u: repayments.reverse(u, loan_id, repayment_id, reason="wrong loan"),
            demo.CHECKER,
        )
        assert code == self.model.reverse(loan, loan.payments[repayment_id])

    @precondition(lambda self: self.has(*RUNNING))
    @rule(data=st.data(), bearer=st.sampled_from([None, None, OWN]), decider=st.booleans())
    def write_off(self, data, bearer, decider):
        loan_id, loan = self.a_loan(data, *RUNNING)
        if loan.status in ("DISBURSED", "REPAYING"):
            assessed = hardship.NewAssessment(DebtorState.INSOLVENT, "visited twice")
            with self.work(demo.CHECKER) as uow:
                hardship.assess(uow, loan_id, assessed)
                hardship.default(uow, loan_id, reason="no income")
        expected = self.model.write_off(loan, bearer)
        ask = self.refused(lambda u: write_offs.ask(u, loan_id, fund=bearer, reason="x"))
        if expected == "CONFLICT" or ask:
            assert ask == expected
            return
        waiting = self.answer.write_off_id
        if decider:
            assert self.refused(lambda u: write_offs.approve(u, waiting)) == "FORBIDDEN"
        approved = self.refused(lambda u: write_offs.approve(u, waiting), demo.CHECKER)
        assert approved == expected
        if expected is not None:
            with self.work(demo.CHECKER) as uow:
                write_offs.refuse(uow, waiting, reason="x")

    @precondition(lambda self: self.has("WRITTEN_OFF"))
    @rule(data=st.data())
    def recover(self, data):
        loan_id, loan = self.a_loan(data, "WRITTEN_OFF")
        minor = self.an_amount(data, loan)
        expected = None
        if loan.status != "WRITTEN_OFF" or loan.owed == 0:
            expected = "CONFLICT"
        elif minor > loan.owed:
            expected = "VALIDATION_ERROR"
        assert self.refused(lambda u: forgiving.recover(u, loan_id, usd(minor), None)) == expected
        if expected is None:
            self.model.recover(loan, self.answer.repayment_id, minor)

    @precondition(lambda self: self.has(*RUNNING, "WRITTEN_OFF"))
    @rule(data=st.data(), user=st.sampled_from([demo.CHECKER, demo.CHECKER, demo.FINANCE]))
    def forgive(self, data, user):
        loan_id, loan = self.a_loan(data, *RUNNING, "WRITTEN_OFF")
        minor = self.an_amount(data, loan)
        expected = None
        if loan.status not in (*RUNNING, "WRITTEN_OFF"):
            expected = "CONFLICT"
        elif minor > loan.owed:
            expected = "VALIDATION_ERROR"
        elif user != demo.CHECKER:
            expected = "FORBIDDEN"
        word = forgiving.Forgiving("minutes 7", "mercy", usd(minor))
        assert self.refused(lambda u: forgiving.forgive(u, loan_id, word), user) == expected
        if expected is None:
            self.model.forgive(loan, minor)

    @invariant()
    def each_source_is_what_the_model_says(self):
        if not hasattr(self, "program_id"):
            return
        model = self.model
        with self.work() as uow:
            state = pools.get_pool(uow, self.pool_id)
            homes = {fund: held_minor(uow, "1000", fund) for fund in self.equity}
            equity = {fund: held_minor(uow, code, fund) for fund, code in self.equity.items()}
            waqf = endowments.get_endowment(uow, self.wqf_id).standing
        assert [one.origin.fund for one in state.sources] == model.order
        for one in state.sources:
            source = model.sources[one.origin.fund]
            shown = (one.available_minor, one.lent_minor, one.returned_minor, one.lost_minor)
            assert shown == (source.cash, source.lent, source.returned, source.lost)
            assert one.out_minor == model.out(one.origin.fund)
            assert min(one.available_minor, one.out_minor, one.lost_minor) >= 0
            assert one.available_minor + one.out_minor + one.lost_minor == source.placed
            assert one.capital_minor == source.placed - source.lost
        assert state.revolved_bp == model.revolved_bp
        for fund, was in self.held.items():
            source = model.sources[fund]
            assert homes[fund] == source.home >= 0
            assert equity[fund] == was - source.lost
        assert waqf.gap_minor == model.sources[f"waqf:{self.wqf_id}"].lost

    def teardown(self):
        if not hasattr(self, "program_id"):
            return
        with self.work() as uow:
            for loan_id, loan in self.model.loans.items():
                found = loans.get(uow, loan_id)
                assert (found.status, found.balance.outstanding_minor) == (loan.status, loan.owed)
            assert_coherent(uow)


@pytest.fixture(scope="module")
def world(server_url, demo_template):
    registry.wire()
    with copied(server_url, demo_template) as url, Database(url) as database:

        def work(user_id=demo.MAKER):
            return access.work_as(database, demo.INSTITUTION, user_id, "req_machine")

        waqf_people(work)
        with work(demo.SHARIAH) as uow:
            shariah.create_resolution(uow, ResolutionIn(**a_resolution("ZKT-07")).command())
        yield database


@pytest.mark.slow
def test_pools_follow_the_model_whatever_is_asked_of_them(world) -> None:
    class Machine(PoolMachine):
        db = world

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
