"""A facility against a small model of it: random acts and days, legal and not, on real books."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import floor

import pytest
from hypothesis import HealthCheck, given, settings
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
from sanduq.kit.db import Database
from sanduq.kit.errors import Refusal
from sanduq.kit.money import Money
from sanduq.sarf.facilities import buying, days, promising, service, sittings
from sanduq.sarf.facilities.model import NEXT, FacilityStatus, NewBuyBack, NewPromise
from sanduq.sarf.model import share_minor, value_at
from sanduq.sarf.price_formula import promised_price_minor, read_price_formula
from sanduq.sarf.sessions import service as sessions
from sanduq.sarf.terms.model import STANDARD_FORMULA
from tests.coherent import assert_coherent
from tests.conftest import INSTITUTION, copied
from tests.make.sarf import CHECKER, MAKER, USD, House, a_gold_bar, open_house
from tests.make.sarf_facilities import CLOSES_ON, NOW, OPENS_ON, priced, received, sold

S = FacilityStatus
WINDOWED = (S.PROMISE_ISSUED, S.WINDOW_OPEN, S.PART_BOUGHT)
FINE_MG = (29_970, 19_980)  # 30 g and 20 g of 999
CAP_MINOR = (450_000, 300_000)


@dataclass
class Asked:
    """What is asked for: which bar, on which day, and what it waits for."""

    bar: int
    on: date
    is_lower: bool
    is_approved: bool = False


@dataclass
class Model:
    """A facility as this test thinks of it."""

    status: FacilityStatus = S.SOLD
    asked: Asked | None = None
    bought: set[int] = field(default_factory=set)
    ended_at: datetime | None = None

    def by_promise(self, today: date) -> FacilityStatus:
        if len(self.bought) == len(FINE_MG):
            return S.BOUGHT_BACK
        if self.bought:
            return S.PART_BOUGHT
        return S.WINDOW_OPEN if today >= OPENS_ON else S.PROMISE_ISSUED

    def day_over(self, day: date, now: datetime) -> None:
        """The end of a day: nothing of it is left open."""
        if self.asked is not None and self.asked.on <= day:
            self.asked = None
            if self.status is S.SESSION2_OPEN:
                self.status = self.by_promise(now.date())
        if self.status in (S.BOUGHT_BACK, S.LAPSED):
            assert self.ended_at is not None
            if self.ended_at <= now - timedelta(days=7):
                self.status = S.CLOSED
        if self.status in WINDOWED:
            if day >= CLOSES_ON:
                self.status, self.ended_at = S.LAPSED, now
            else:
                self.status = self.by_promise(day + timedelta(days=1))


class FacilityMachine(RuleBasedStateMachine):
    house: House
    priced_on: set[date]

    def done(self, act, user_id: str = MAKER) -> bool:
        """Whether an act was taken; a refusal changes nothing."""
        before = self.facility()
        try:
            with self.house.at(self.now, user_id) as uow:
                act(uow)
        except Refusal:
            assert self.facility() == before
            return False
        return True

    def facility(self):
        with self.house.at(self.now) as uow:
            return service.get(uow, self.facility_id)

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def is_in_window(self) -> bool:
        return OPENS_ON <= self.today <= CLOSES_ON

    @initialize(begun=st.sampled_from(["sold", "promised", "window", "window", "last day"]))
    def sell(self, begun: str) -> None:
        self.now = NOW
        self.model = Model()
        bars = [a_gold_bar(self.house, 30_000), a_gold_bar(self.house, 20_000)]
        self.item_ids = [one.item_id for one in bars]
        self.facility_id = sold(self.house, bars).facility_id
        self.seen = S.SOLD
        if begun != "sold":
            self.promise()
            self.is_as_the_model_says()
        if begun in ("window", "last day"):
            self.go_to(OPENS_ON if begun == "window" else CLOSES_ON)

    @rule(to=st.sampled_from([1, 3, 30, 90, 170]))
    def wait(self, to: int) -> None:
        self.now += timedelta(days=to)
        self.end_day()

    @rule(day=st.sampled_from([OPENS_ON, CLOSES_ON, CLOSES_ON + timedelta(days=1)]))
    def jump(self, day: date) -> None:
        """To a day on which something changes, if it is still to come."""
        if self.today < day:
            self.go_to(day)

    def go_to(self, day: date) -> None:
        self.now = datetime.combine(day, self.now.time(), UTC)
        self.end_day()

    def end_day(self) -> None:
        yesterday = self.today - timedelta(days=1)
        with self.house.at(self.now) as uow:
            days.pass_day(uow, yesterday)
        self.model.day_over(yesterday, self.now)

    @rule()
    def undertake(self) -> None:
        self.promise()

    def promise(self) -> None:
        is_right = self.model.status is S.SOLD and self.today <= CLOSES_ON
        issued = NewPromise()
        assert self.done(lambda uow: promising.undertake(uow, self.facility_id, issued)) == is_right
        if is_right:
            self.model.status = S.PROMISE_ISSUED

    @rule(bar=st.sampled_from([0, 1]), cents_off=st.sampled_from([-1, 0, 0, 0, 1]))
    def ask(self, bar: int, cents_off: int) -> None:
        model = self.model
        if self.today not in self.priced_on:
            priced(self.house, self.now)
            self.priced_on.add(self.today)
        is_right = (
            model.status in WINDOWED
            and model.asked is None
            and self.is_in_window
            and bar not in model.bought
            and cents_off >= 0
        )
        price = Money(CAP_MINOR[bar] - cents_off, USD)
        new = NewBuyBack(item_ids=(self.item_ids[bar],), price=price, reason="he is of old")
        assert self.done(lambda uow: buying.ask(uow, self.facility_id, new)) == is_right
        if is_right:
            model.asked = Asked(bar, self.today, is_lower=cents_off > 0)

    @rule(is_approved=st.booleans())
    def decide(self, is_approved: bool) -> None:
        asked = self.model.asked
        is_right = asked is not None and asked.is_lower and not asked.is_approved
        waiting = self.facility().open_buy_back
        bbk = waiting.buy_back_id if waiting is not None else "bbk_none"

        def act(uow):
            buying.decide_lower(uow, bbk, is_approved=is_approved, reason="seen")

        assert self.done(act, CHECKER) == is_right
        if is_right and asked is not None:
            asked.is_approved = is_approved
            self.model.asked = asked if is_approved else None

    @rule()
    def withdraw(self) -> None:
        is_right = self.model.status in WINDOWED and self.model.asked is not None
        assert self.done(lambda uow: buying.withdraw(uow, self.facility_id)) == is_right
        if is_right:
            self.model.asked = None

    @rule()
    def open_session(self) -> None:
        asked = self.model.asked
        is_right = (
            self.model.status in WINDOWED
            and asked is not None
            and (asked.is_approved or not asked.is_lower)
        )
        assert self.done(lambda uow: sittings.open_session(uow, self.facility_id)) == is_right
        if is_right:
            self.model.status = S.SESSION2_OPEN

    def session(self):
        waiting = self.facility().open_buy_back
        with self.house.at(self.now) as uow:
            return sessions.get(uow, waiting.session_id)

    @precondition(lambda self: self.model.status is S.SESSION2_OPEN)
    @rule()
    def complete(self) -> None:
        session = self.session()
        assert not self.done(lambda uow: sittings.close(uow, session.session_id))
        received(self.house, session, at=self.now)
        assert self.done(lambda uow: sittings.close(uow, session.session_id))
        model = self.model
        assert model.asked is not None
        assert self.is_in_window
        model.bought.add(model.asked.bar)
        model.asked = None
        model.status = model.by_promise(self.today)
        if model.status is S.BOUGHT_BACK:
            model.ended_at = self.now

    @precondition(lambda self: self.model.status is S.SESSION2_OPEN)
    @rule()
    def unwind(self) -> None:
        session = self.session()
        assert self.done(lambda uow: sittings.unwind(uow, session.session_id, "he left"))
        self.model.asked = None
        self.model.status = self.model.by_promise(self.today)

    @rule()
    def lapse(self) -> None:
        # The end of each day has ended what was to end: nobody comes before it.
        assert not self.done(lambda uow: days.lapse(uow, self.facility_id))

    @invariant()
    def is_as_the_model_says(self) -> None:
        if not hasattr(self, "facility_id"):
            return
        found, model = self.facility(), self.model
        assert found.status is model.status
        bought_mg = sum(FINE_MG[bar] for bar in model.bought)
        promised_mg = found.promise.fine_weight_mg if found.promise is not None else 0
        assert (found.promise.bought_fine_mg if found.promise is not None else 0) == bought_mg
        assert bought_mg <= promised_mg or not model.bought
        assert all(one.price_minor <= one.cap_minor for one in found.buy_backs)
        assert found.status is self.seen or is_reached(self.seen, found.status)
        self.seen = found.status

    def teardown(self) -> None:
        with self.house.at(self.now) as uow:
            assert_coherent(uow)


def is_reached(before: FacilityStatus, after: FacilityStatus) -> bool:
    """Whether the table of states leads from one to the other, a day's end taking several steps."""
    return after in NEXT[before] or any(after in NEXT[between] for between in NEXT[before])


@pytest.fixture(scope="module")
def world(server_url, template):
    registry.wire()
    with copied(server_url, template) as url, Database(url) as database:
        yield database


@pytest.mark.slow
def test_a_facility_follows_the_model_whatever_is_done_to_it(world) -> None:
    def work(user_id: str = MAKER):
        return access.work_as(world, INSTITUTION, user_id, "req_machine")

    class Machine(FacilityMachine):
        house = open_house(work, capital="1000000")
        priced_on: set[date] = set()  # noqa: RUF012 - one world for every example

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=14,
            stateful_step_count=18,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


pieces_of_gold = st.lists(
    st.tuples(st.integers(1, 5_000_000), st.integers(1, 9_999)), min_size=1, max_size=5
)


@given(
    pieces=pieces_of_gold,
    price=st.integers(1, 10**9),
    cap_bp=st.integers(5_000, 10_000),
    digits=st.sampled_from([0, 2, 3]),
)
def test_what_is_asked_is_never_above_the_share_promised(pieces, price, cap_bp, digits) -> None:
    per_gram = Fraction(price, 999)  # minor units for a gram of pure gold
    formula = read_price_formula(STANDARD_FORMULA)
    asked = promised_price_minor(formula, pieces, per_gram, cap_bp, digits)
    exact = value_at(per_gram, pieces) * cap_bp / 10_000
    assert asked <= exact < asked + 1
    assert asked == share_minor(value_at(per_gram, pieces), cap_bp) == floor(exact)
    more = promised_price_minor(formula, [*pieces, (1_000, 9_990)], per_gram, cap_bp, digits)
    assert more >= asked
