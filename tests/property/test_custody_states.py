"""Custody against a small model of it: nothing is ever in two places, no milligram is lost."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from sanduq.access import service as access
from sanduq.custody.bags import service as bags
from sanduq.custody.moves import service as moves
from sanduq.custody.moves.model import NewOpening, NewResealing, NewTransport, OpeningReason
from sanduq.custody.register import service as register
from sanduq.custody.register.checks import check_custody
from sanduq.custody.releases import service as releases
from sanduq.kit.db import Database
from sanduq.kit.errors import Refusal
from sanduq.kit.ids import new_id
from tests.conftest import INSTITUTION, copied
from tests.make.custody import (
    TARE_MG,
    an_item,
    an_owner,
    new_bag,
    ordered,
    place,
    seen,
)

ITEMS, PLACES, ROOM = 4, 3, 2
FIRST, SECOND = "user_maker", "user_checker"
items = st.integers(0, ITEMS - 1)
picks = st.integers(0, 9)


@dataclass
class ModelBag:
    """A bag in the model: its state, where it lies, what is in it, what is proposed for it."""

    status: str
    place: int
    content: set[int]
    weight_mg: int
    open_move: tuple[str, str, int] | None = None  # id, kind, destination
    next_weight_mg: int = 0


@dataclass
class Model:
    """Bags by id; an item is in at most one of those that hold anything."""

    bags: dict[str, ModelBag] = field(default_factory=dict)

    def held(self) -> dict[int, str]:
        return {item: bag_id for bag_id, bag in self.bags.items() for item in bag.content}

    def taken(self, where: int) -> int:
        """Bags that lie in a place or are on the way to it."""
        return sum(
            (bool(bag.content) and bag.place == where)
            + (
                bag.open_move is not None
                and bag.open_move[1] == "transport"
                and bag.open_move[2] == where
            )
            for bag in self.bags.values()
        )


class CustodyMachine(RuleBasedStateMachine):
    """Four things and three small places in a world that other examples have used before."""

    db: Database

    def work(self, user_id=FIRST):
        return access.work_as(self.db, INSTITUTION, user_id, "req_machine")

    def refused(self, act, user_id=FIRST):
        """What a command is refused with, or nothing."""
        try:
            with self.work(user_id) as uow:
                self.answer = act(uow)
        except Refusal as refusal:
            return refusal.code
        return None

    @initialize()
    def furnish(self):
        self.model = Model()
        owner = new_id("cpty")
        with self.work() as uow:
            an_owner(uow, owner)
            self.owner = owner
            self.weights = [10_000 + 7 * number for number in range(ITEMS)]
            self.items = [an_item(uow, owner, gross_weight_mg=mg).item_id for mg in self.weights]
            self.places = [place(uow, new_id("p"), capacity=ROOM).place_id for _ in range(PLACES)]
            self.subject = new_id("rhn")
        for chosen in ({0, 1}, {2}):  # every walk begins with something to walk with
            self.receive(chosen, 0)
            self.confirm_as_weighed(self.answer.bag_id)

    def confirm_as_weighed(self, bag_id):
        bag = self.model.bags[bag_id]
        assert self.refused(lambda u: bags.confirm(u, bag_id, bag.weight_mg), SECOND) is None
        bag.status = "IN_CUSTODY"

    def a_bag(self, pick):
        known = sorted(self.model.bags)
        return known[pick % len(known)] if known else None

    @rule(chosen=st.sets(items, min_size=1, max_size=2), where=st.integers(0, PLACES - 1))
    def receive(self, chosen, where):
        expected = None
        if self.model.taken(where) >= ROOM:
            expected = "PLACE_UNFIT"
        elif chosen & self.model.held().keys():
            expected = "ITEM_IN_CUSTODY"
        weight = sum(self.weights[one] for one in chosen) + TARE_MG
        ids = [self.items[one] for one in chosen]

        def act(uow):
            new = new_bag(
                uow,
                self.subject,
                ids,
                place_id=self.places[where],
                bag_number=new_id("b"),
                seal_number=new_id("s"),
            )
            return bags.receive(uow, new)

        assert self.refused(act) == expected
        if expected is None:
            self.model.bags[self.answer.bag_id] = ModelBag(
                "AWAITING_SECOND", where, set(chosen), weight
            )

    @rule(
        pick=picks, off_mg=st.sampled_from([0, 20, -20, 21]), user=st.sampled_from([FIRST, SECOND])
    )
    def confirm(self, pick, off_mg, user):
        bag_id = self.a_bag(pick)
        if bag_id is None:
            return
        bag = self.model.bags[bag_id]
        expected = None
        if bag.status != "AWAITING_SECOND":
            expected = "CONFLICT"
        elif user == FIRST:
            expected = "FORBIDDEN"
        elif off_mg > 20:
            expected = "BAG_WEIGHT_DIFFERS"
        weight = bag.weight_mg + off_mg
        assert self.refused(lambda u: bags.confirm(u, bag_id, weight), user) == expected
        if expected is None:
            bag.status = "IN_CUSTODY"

    @rule(pick=picks)
    def cancel(self, pick):
        bag_id = self.a_bag(pick)
        if bag_id is None:
            return
        bag = self.model.bags[bag_id]
        expected = None if bag.status == "AWAITING_SECOND" else "CONFLICT"
        assert self.refused(lambda u: bags.cancel(u, bag_id, "x")) == expected
        if expected is None:
            bag.status, bag.content = "CANCELLED", set()

    @rule(pick=picks, where=st.integers(0, PLACES - 1))
    def transport(self, pick, where):
        bag_id = self.a_bag(pick)
        if bag_id is None:
            return
        bag = self.model.bags[bag_id]
        expected = None
        if bag.open_move or bag.status != "IN_CUSTODY" or bag.place == where:
            expected = "CONFLICT"
        elif self.model.taken(where) >= ROOM:
            expected = "PLACE_UNFIT"
        new = NewTransport(bag_id, self.places[where], bag.weight_mg, "x")
        assert self.refused(lambda u: moves.transport(u, new)) == expected
        if expected is None:
            bag.open_move = (self.answer.move_id, "transport", where)

    @rule(pick=picks)
    def open(self, pick):
        bag_id = self.a_bag(pick)
        if bag_id is None:
            return
        bag = self.model.bags[bag_id]
        expected = "CONFLICT" if bag.open_move or bag.status != "IN_CUSTODY" else None

        def act(uow):
            seal = bags.get_bag(uow, bag_id).seal_number
            new = NewOpening(bag_id, seal, bag.weight_mg, OpeningReason.VALUATION, ("owner",))
            return moves.open_bag(uow, new)

        assert self.refused(act) == expected
        if expected is None:
            bag.open_move = (self.answer.move_id, "opening", bag.place)

    @rule(pick=picks)
    def reseal(self, pick):
        """Seals an opened bag again with all that lies in other opened bags beside it."""
        bag_id = self.a_bag(pick)
        if bag_id is None:
            return
        bag = self.model.bags[bag_id]
        expected = "CONFLICT" if bag.open_move or bag.status != "OPENED" else None
        put_in = {
            one
            for other_id, other in self.model.bags.items()
            if other_id != bag_id and other.status == "OPENED" and other.place == bag.place
            for one in other.content
        }
        weight = sum(self.weights[one] for one in bag.content | put_in) + TARE_MG
        new = NewResealing(
            bag_id, new_id("s"), weight, "x", tuple(self.items[one] for one in sorted(put_in))
        )
        assert self.refused(lambda u: moves.reseal(u, new)) == expected
        if expected is None:
            bag.open_move = (self.answer.move_id, "resealing", bag.place)
            bag.next_weight_mg = weight

    @rule(pick=picks, user=st.sampled_from([FIRST, SECOND, SECOND]))
    def confirm_move(self, pick, user):
        bag_id = self.a_bag(pick)
        if bag_id is None or self.model.bags[bag_id].open_move is None:
            return
        bag = self.model.bags[bag_id]
        move_id, kind, where = bag.open_move
        weight = bag.next_weight_mg if kind == "resealing" else bag.weight_mg
        with self.work() as uow:
            put_in = {self.items.index(one) for one in moves.get_move(uow, move_id).item_ids}
        lies_open = {
            one
            for other_id, other in self.model.bags.items()
            if other_id != bag_id and other.status == "OPENED" and other.place == bag.place
            for one in other.content
        }
        expected = "FORBIDDEN" if user == FIRST else None
        if expected is None and not put_in <= lies_open:
            expected = "CONFLICT"  # sealed elsewhere meanwhile, or gone
        if expected is None and kind != "transport" and not bag.content:
            expected = "CONFLICT"
        answer = self.refused(lambda u: moves.confirm(u, move_id, weight), user)
        assert answer == expected
        if expected is None:
            bag.open_move = None
            bag.place = where
            bag.status = "OPENED" if kind == "opening" else "IN_CUSTODY"
            bag.weight_mg = weight
            for other in self.model.bags.values():
                if other is not bag and other.content & put_in:
                    other.content -= put_in
                    if not other.content:
                        other.status = "EMPTY"
            bag.content |= put_in

    @rule(pick=picks)
    def turn_back(self, pick):
        bag_id = self.a_bag(pick)
        if bag_id is None or self.model.bags[bag_id].open_move is None:
            return
        bag = self.model.bags[bag_id]
        move_id, kind, _ = bag.open_move
        expected = None if kind == "transport" else "CONFLICT"
        act = self.refused(lambda u: moves.turn_back(u, move_id, bag.weight_mg), SECOND)
        assert act == expected
        if expected is None:
            bag.open_move = None

    @rule(item=items)
    def release(self, item):
        """Orders one thing, lays it out and lets it go, or is refused and leaves no trace."""
        bag_id = self.model.held().get(item)
        bag = self.model.bags.get(bag_id) if bag_id else None
        expected = None
        if bag is None or bag.status not in ("IN_CUSTODY", "OPENED"):
            expected = "ITEM_NOT_HELD"
        elif bag.open_move is not None:
            expected = "CONFLICT"
        weight = self.weights[item]

        def order(uow):
            made = ordered(uow, self.subject, [self.items[item]], recipient_id=self.owner)
            releases.hand_over(uow, made.release_id, seen(uow, made))
            return made

        assert self.refused(order) == expected
        if expected is None:
            made = self.answer

            def act(uow):
                return releases.confirm_hand_over(uow, made.release_id, weight)

            assert self.refused(act, SECOND) is None
            bag.content.discard(item)
            bag.status = "OPENED" if bag.content else "EMPTY"

    @invariant()
    def each_thing_is_where_the_model_says_and_weighs_what_it_did(self):
        if not hasattr(self, "subject"):
            return
        with self.work() as uow:
            found = register.load_holdings(uow, self.items)
            assert {self.items.index(i): one.bag_id for i, one in found.items()} == (
                self.model.held()
            )
            for item_id, one in found.items():
                bag = self.model.bags[one.bag_id]
                assert one.bag_status == bag.status
                assert one.place_id == self.places[bag.place]
                assert one.gross_weight_mg == self.weights[self.items.index(item_id)]
            assert list(check_custody(uow)) == []


@pytest.fixture(scope="module")
def world(server_url, template):
    with copied(server_url, template) as url, Database(url) as database:
        yield database


@pytest.mark.slow
def test_no_thing_is_ever_in_two_places_and_no_milligram_is_lost(world) -> None:
    class Machine(CustodyMachine):
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
