"""Sittings against a small model of them: random acts, legal and not, at random hours and days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

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
from sanduq.assets.model import Metal
from sanduq.assets.price_boards import service as price_boards
from sanduq.assets.price_boards.errors import NoPriceBoard
from sanduq.custody.register import service as register
from sanduq.kit.db import Database
from sanduq.kit.errors import Refusal
from sanduq.sarf.facilities import sittings
from sanduq.sarf.model import PossessionKind
from sanduq.sarf.pieces import service as pieces
from sanduq.sarf.position.checks import CHECKS
from sanduq.sarf.sessions import receiving, service, undoing
from sanduq.sarf.sessions.model import SessionStatus, VoidGround
from tests.coherent import assert_coherent
from tests.conftest import INSTITUTION, copied
from tests.make.sarf import (
    CHECKER,
    CUSTOMER,
    MAKER,
    USD,
    House,
    back_in_cash,
    bagged,
    hang_gold_board,
    in_cash,
    in_hand,
    open_house,
    opened,
    sold,
    valued,
)

START = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)
BAR_MG, PRICE = 1_000, 14_000  # a gram of 999 at 200.00, bought at 70%
LASTS = timedelta(minutes=240)
_S = SessionStatus


@dataclass
class Model:
    """What a sitting comes to: where it stands, and when which side was received."""

    status: SessionStatus = _S.OPEN
    accepted_at: datetime | None = None
    bagged_at: datetime | None = None
    has_gold: bool = False
    money_at: datetime | None = None
    is_money_back: bool = False
    is_asked: bool = False
    is_sold_on: bool = False

    @property
    def is_running(self) -> bool:
        return self.status in (_S.OPEN, _S.ACCEPTED)

    @property
    def is_owned(self) -> bool:
        return self.status is _S.CLOSED and not self.is_sold_on

    def is_spot(self, at: datetime) -> bool:
        """Whether what is received then is received in the sitting."""
        return self.accepted_at is not None and self.accepted_at <= at <= START + LASTS


class SittingMachine(RuleBasedStateMachine):
    db: Database
    house: House

    def work(self, user_id: str = MAKER):
        return access.work_as(self.db, INSTITUTION, user_id, "req_machine")

    def session(self):
        with self.work() as uow:
            return service.get(uow, self.session_id)

    def done(self, act, user_id: str = MAKER) -> bool:
        """Whether the act was taken; a refusal changes nothing."""
        before = self.session()
        try:
            with self.house.at(self.now, user_id) as uow:
                act(uow)
        except Refusal:
            assert self.session() == before
            return False
        return True

    @initialize()
    def offer(self) -> None:
        self.now, self.model = START, Model()
        self.bar = valued(self.house, BAR_MG, at=START)
        self.session_id = opened(self.house, [self.bar.item_id], at=START).session_id

    @rule(minutes=st.sampled_from([1, 5, 30, 120, 24 * 60]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def accept(self) -> None:
        is_right = self.model.status is _S.OPEN and self.now <= START + LASTS

        def act(uow) -> None:
            service.accept(uow, self.session_id, accepted_by_id=CUSTOMER)

        assert self.done(act) == is_right
        if is_right:
            self.model.status, self.model.accepted_at = _S.ACCEPTED, self.now

    @precondition(lambda self: self.model.bagged_at is None)
    @rule()
    def seal_in_a_bag(self) -> None:
        bagged(self.house, self.session(), [self.bar], at=self.now)
        self.model.bagged_at = self.now

    @rule(is_whole=st.booleans())
    def receive_gold(self, is_whole: bool) -> None:
        model = self.model
        is_right = model.status is _S.ACCEPTED and not model.has_gold and is_whole
        is_right = is_right and model.bagged_at is not None and model.is_spot(model.bagged_at)
        weighed = in_hand(weight_mg=BAR_MG if is_whole else BAR_MG // 2)
        act = lambda uow: receiving.receive_gold(uow, self.session_id, weighed)  # noqa: E731
        assert self.done(act) == is_right
        model.has_gold |= is_right

    @rule(
        later=st.sampled_from([timedelta(0), timedelta(hours=1), timedelta(days=1)]),
        minor=st.sampled_from([PRICE, PRICE, PRICE - 1, PRICE + 1]),
        kind=st.sampled_from(PossessionKind),
    )
    def receive_money(self, later: timedelta, minor: int, kind: PossessionKind) -> None:
        model, at = self.model, self.now + later
        is_right = model.status is _S.ACCEPTED and model.money_at is None and model.is_spot(at)
        is_right = is_right and minor == PRICE
        is_right = is_right and kind not in (
            PossessionKind.GOLD_IN_HAND, PossessionKind.ALLOCATED_BAR,
        )  # fmt: skip
        paid = in_cash(minor, kind=kind, reference="R-1", received_at=at)
        act = lambda uow: receiving.receive_money(uow, self.session_id, paid)  # noqa: E731
        assert self.done(act) == is_right
        if is_right:
            model.money_at = at

    @rule()
    def close(self) -> None:
        model = self.model
        is_right = model.status is _S.ACCEPTED and model.has_gold and model.money_at is not None
        is_right = is_right and model.money_at <= self.now <= START + LASTS
        assert self.done(lambda uow: sittings.close(uow, self.session_id)) == is_right
        if is_right:
            model.status = _S.CLOSED

    @rule()
    def unwind(self) -> None:
        is_right = self.model.is_running or self.model.status is _S.UNWOUND
        assert self.done(lambda uow: sittings.unwind(uow, self.session_id, "no")) == is_right
        if is_right:
            self.model.status = _S.UNWOUND

    @rule()
    def end_yesterday(self) -> None:
        day = self.now.date() - timedelta(days=1)
        assert self.done(lambda uow: sittings.unwind_unfinished(uow, day), "user_finance")
        if self.model.is_running and day >= START.date():
            self.model.status = _S.UNWOUND

    @rule()
    def give_money_back(self) -> None:
        model = self.model
        is_right = model.status is _S.UNWOUND and model.money_at is not None
        is_right = is_right and not model.is_money_back
        act = lambda uow: undoing.return_money(uow, self.session_id, back_in_cash())  # noqa: E731
        assert self.done(act) == is_right
        model.is_money_back |= is_right

    @rule(ground=st.sampled_from(VoidGround))
    def ask_void(self, ground: VoidGround) -> None:
        model = self.model
        is_right = model.status is _S.CLOSED and not model.is_asked
        if ground is VoidGround.HIDDEN_DEFECT:
            is_right = is_right and self.now.date() <= START.date() + timedelta(days=7)
        act = lambda uow: sittings.ask_void(  # noqa: E731
            uow, self.session_id, ground, "x", back_in_cash()
        )
        assert self.done(act) == is_right
        model.is_asked |= is_right

    @rule(is_approved=st.booleans(), user_id=st.sampled_from([MAKER, CHECKER]))
    def decide_void(self, is_approved: bool, user_id: str) -> None:
        model = self.model
        is_right = model.status is _S.CLOSED and model.is_asked
        is_right = is_right and not (is_approved and (user_id == MAKER or model.is_sold_on))
        act = lambda uow: sittings.decide_void(  # noqa: E731
            uow, self.session_id, is_approved=is_approved, reason="x"
        )
        assert self.done(act, user_id) == is_right
        if is_right:
            model.is_asked = False
            model.status = _S.VOID if is_approved else _S.CLOSED

    @precondition(lambda self: self.model.status is _S.OPEN and self.model.bagged_at is None)
    @rule()
    def carry_through(self) -> None:
        """The right steps in their order, which chance alone seldom takes."""
        self.accept()
        self.seal_in_a_bag()
        self.receive_gold(is_whole=True)
        self.receive_money(timedelta(0), PRICE, PossessionKind.CASH)
        self.close()

    @precondition(lambda self: self.model.is_owned)
    @rule()
    def sell_on(self) -> None:
        with self.house.at(self.now) as uow:
            try:
                price_boards.current_board(uow, Metal.GOLD, USD)
                is_priced = True
            except NoPriceBoard:
                is_priced = False
        if not is_priced:
            hang_gold_board(self.house.work, at=self.now)
        sold(self.house, [self.bar.item_id], at=self.now)
        self.model.is_sold_on = True

    @invariant()
    def it_stands_where_the_model_says(self) -> None:
        if not hasattr(self, "session_id"):
            return
        found, model = self.session(), self.model
        assert found.status is model.status
        assert (found.journal_id is not None) == (model.status in (_S.CLOSED, _S.VOID))
        assert (found.reversal_id is not None) == (model.status is _S.VOID)
        is_due = model.status is _S.UNWOUND and model.money_at is not None
        due_minor = PRICE if is_due and not model.is_money_back else 0
        assert found.money_due_back_minor == due_minor

    @invariant()
    def gold_is_owned_only_from_closing_until_it_leaves(self) -> None:
        if not hasattr(self, "session_id"):
            return
        item_id = self.bar.item_id
        with self.work() as uow:
            assert (item_id in pieces.owned(uow, [item_id])) == self.model.is_owned
            held = register.load_holdings(uow, [item_id])
        is_here = self.model.bagged_at is not None and not self.model.is_sold_on
        assert (item_id in held) == is_here

    def teardown(self) -> None:
        with self.work() as uow:
            assert [fault for check in CHECKS.values() for fault in check(uow)] == []


@pytest.fixture(scope="module")
def database(server_url, template):
    registry.wire()
    with copied(server_url, template) as url, Database(url) as db:
        yield db


@pytest.mark.slow
def test_sittings_follow_the_model(database) -> None:
    def work(user_id: str = MAKER):
        return access.work_as(database, INSTITUTION, user_id, "req_machine")

    class Machine(SittingMachine):
        db = database
        house = open_house(work)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert_coherent(database)
