"""An endowment against a model of it: random commands, legal and not, on real books."""

from __future__ import annotations

from dataclasses import dataclass

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
from sanduq.funds.endowments import corpus, income, service
from sanduq.funds.endowments.model import Intent, Recipient
from sanduq.funds.endowments.model_income import ReceiveMoney
from sanduq.funds.endowments.schemas import EndowmentIn
from sanduq.kit.db import Database
from sanduq.kit.errors import Refusal
from sanduq.kit.money import Money
from tests.coherent import assert_coherent
from tests.conftest import INSTITUTION, copied
from tests.make.waqf import USD, a_cash_waqf, giving, waqf_people

amounts = st.integers(1, 3_000_00)


@dataclass
class ModelWaqf:
    """A cash waqf of 10,000.00 in a few numbers; a tenth of its income is the nazir's."""

    status: str = "DRAFT"
    corpus: int = 10_000_00
    gap: int = 0
    earned: int = 0
    paid: int = 0
    undistributed: int = 0
    given: int = 0

    @property
    def owed(self) -> int:
        return self.earned // 10 - self.paid

    def distribute(self, amount: int, recipient: Recipient) -> str | None:
        """The code of the refusal, or nothing once the money has flowed down."""
        restored = min(amount, self.gap)
        to_nazir = min(amount - restored, self.owed)
        rest = amount - restored - to_nazir
        if recipient is Recipient.NAZIR and rest:
            return "SHARIAH_VIOLATION"
        if amount > self.undistributed:
            return "FUNDS_INSUFFICIENT"
        self.gap -= restored
        self.corpus += restored
        self.paid += to_nazir
        self.given += rest
        self.undistributed -= amount
        return None

    def restore(self, amount: int) -> str | None:
        if amount > self.gap:
            return "SHARIAH_VIOLATION"  # this deed lets no income join the corpus
        if amount > self.undistributed:
            return "FUNDS_INSUFFICIENT"
        self.gap -= amount
        self.corpus += amount
        self.undistributed -= amount
        return None

    def lose(self, amount: int) -> str | None:
        if amount > self.corpus:
            return "FUNDS_INSUFFICIENT"
        self.corpus -= amount
        self.gap += amount
        return None

    def spend(self, amount: int) -> str | None:
        """What the door says to another room; the books would say the rest."""
        return "SHARIAH_VIOLATION" if self.gap or self.owed else None


def code_of(act) -> str | None:
    """What a command is refused with, or nothing."""
    try:
        act()
    except Refusal as refused:
        return refused.code
    return None


class EndowmentMachine(RuleBasedStateMachine):
    db: Database

    def work(self, user: str = "user_finance"):
        return access.work_as(self.db, INSTITUTION, user, "req_machine")

    @initialize(is_active=st.booleans())
    def found(self, is_active):
        self.model = ModelWaqf()
        with self.work("user_maker") as uow:
            new = EndowmentIn(**a_cash_waqf()).command()
            self.wqf_id = service.create_endowment(uow, new).endowment.endowment_id
        if is_active:
            self.submit()
            self.approve("user_shariah")

    def told(self, act, user="user_finance"):
        def run():
            with self.work(user) as uow:
                act(uow)

        return code_of(run)

    def expected(self, decide):
        """The model's answer to a command that moves money."""
        return decide() if self.model.status == "ACTIVE" else "CONFLICT"

    @rule()
    def submit(self):
        answer = self.told(lambda uow: service.submit_endowment(uow, self.wqf_id), "user_maker")
        assert answer == (None if self.model.status == "DRAFT" else "CONFLICT")
        if answer is None:
            self.model.status = "PENDING_SHARIAH_REVIEW"

    @rule(user=st.sampled_from(["user_shariah", "user_maker", "user_finance"]))
    def approve(self, user):
        answer = self.told(lambda uow: service.approve_endowment(uow, self.wqf_id), user)
        if self.model.status != "PENDING_SHARIAH_REVIEW":
            assert answer == "CONFLICT"
            return
        assert answer == (None if user == "user_shariah" else "FORBIDDEN")
        if answer is None:
            self.model.status = "ACTIVE"

    @rule()
    def send_back(self):
        answer = self.told(
            lambda uow: service.send_back_endowment(uow, self.wqf_id, reason="again"),
            "user_shariah",
        )
        is_waiting = self.model.status == "PENDING_SHARIAH_REVIEW"
        assert answer == (None if is_waiting else "CONFLICT")
        if is_waiting:
            self.model.status = "DRAFT"

    @rule(amount=amounts, intent=st.sampled_from([None, *Intent]), is_gift=st.booleans())
    def receive(self, amount, intent, is_gift):
        intent = intent if is_gift else None
        command = ReceiveMoney(Money(amount, USD), intent, None, None, None, None, {})
        answer = self.told(
            lambda uow: income.receive(uow, self.wqf_id, command, is_gift=is_gift), "user_maker"
        )
        is_unsaid = is_gift and intent is None
        assert answer == self.expected(lambda: "SHARIAH_VIOLATION" if is_unsaid else None)
        if answer is not None:
            return
        if intent is Intent.WAQF:
            self.model.corpus += amount
        else:
            self.model.undistributed += amount
            self.model.earned += 0 if is_gift else amount

    @rule(amount=amounts, recipient=st.sampled_from(Recipient))
    def distribute(self, amount, recipient):
        answer = self.told(
            lambda uow: income.distribute(uow, self.wqf_id, giving(Money(amount, USD), recipient))
        )
        assert answer == self.expected(lambda: self.model.distribute(amount, recipient))

    @precondition(lambda self: self.model.owed > 0)
    @rule()
    def pay_the_nazir(self):
        owed = self.model.gap + self.model.owed
        answer = self.told(
            lambda uow: income.distribute(
                uow, self.wqf_id, giving(Money(owed, USD), Recipient.NAZIR)
            )
        )
        assert answer == self.expected(lambda: self.model.distribute(owed, Recipient.NAZIR))

    @rule(amount=amounts)
    def lose(self, amount):
        answer = self.told(
            lambda uow: corpus.record_loss(
                uow, self.wqf_id, Money(amount, USD), reason="theft", evidence="report"
            )
        )
        assert answer == self.expected(lambda: self.model.lose(amount))

    @rule(amount=amounts, is_exact=st.booleans())
    def restore(self, amount, is_exact):
        amount = self.model.gap if is_exact and self.model.gap else amount
        answer = self.told(lambda uow: income.restore(uow, self.wqf_id, Money(amount, USD)))
        assert answer == self.expected(lambda: self.model.restore(amount))

    @rule(amount=amounts)
    def ask_to_spend(self, amount):
        answer = self.told(
            lambda uow: service.require_purpose(
                uow, self.wqf_id, "absorb_default", amount=Money(amount, USD)
            )
        )
        assert answer == self.expected(lambda: self.model.spend(amount))

    @rule()
    def take_back(self):
        answer = self.told(lambda uow: service.close_endowment(uow, self.wqf_id), "user_shariah")
        assert answer == self.expected(lambda: "SHARIAH_VIOLATION")

    @invariant()
    def the_books_are_what_the_model_says(self):
        model = getattr(self, "model", None)
        if model is None:
            return
        with self.work() as uow:
            state = service.get_endowment(uow, self.wqf_id)
        assert state.endowment.status == model.status
        if model.status != "ACTIVE":
            return
        stands = state.standing
        assert (stands.corpus_minor, stands.booked_minor) == (model.corpus, model.corpus)
        assert (stands.gap_minor, state.owed_to_nazir_minor) == (model.gap, model.owed)
        assert stands.undistributed_minor == model.undistributed
        assert stands.cash_minor == model.corpus + model.undistributed

    def teardown(self):
        if not hasattr(self, "model"):
            return
        with self.work("user_maker") as uow:
            told = income.statement(uow, self.wqf_id, from_on=None, to_on=None)
            assert told.closing_minor == self.model.undistributed
            given = sum(-m.amount_minor for m in told.movements if m.kind == "waqf.distributed")
            assert given == self.model.given
            assert_coherent(uow)


@pytest.fixture(scope="module")
def world(server_url, template):
    registry.wire()
    with copied(server_url, template) as url, Database(url) as database:

        def work(user: str = "user_maker", institution: str = INSTITUTION):
            return access.work_as(database, institution, user, "req_machine")

        waqf_people(work)
        yield database


@pytest.mark.slow
def test_endowments_follow_the_model_whatever_is_asked_of_them(world) -> None:
    class Machine(EndowmentMachine):
        db = world

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
