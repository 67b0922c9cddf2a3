"""Officers at the same moment: a thing is received once, promised once, and has one place."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from sanduq.custody.register import service as register
from sanduq.custody.register.checks import check_custody
from sanduq.kit.db import retrying
from sanduq.kit.errors import Refusal
from tests.coherent import assert_coherent
from tests.make.custody import an_item, an_owner, in_custody, ordered, place, received, vault
from tests.make.serving import at_once

THREADS = 6


@pytest.fixture
def item_id(work):
    with work() as uow:
        an_owner(uow)
        vault(uow)
        return an_item(uow, serial="AB 1").item_id


def outcome(work, act, user_id="user_maker"):
    """The refusal of one command in its own unit of work, or nothing."""

    def once():
        with work(user_id) as uow:
            act(uow)

    try:
        retrying(once)
    except Refusal as refused:
        return refused.code
    return None


def test_officers_who_receive_one_thing_at_once_receive_it_once(work, db, item_id):
    acts = [
        partial(
            outcome,
            work,
            lambda uow, n=number: received(uow, f"rhn_{n}", [item_id]),
            "user_checker" if number % 2 else "user_maker",
        )
        for number in range(THREADS)
    ]
    assert Counter(at_once(acts)) == {None: 1, "ITEM_IN_CUSTODY": THREADS - 1}
    with work() as uow:
        assert len(register.load_holdings(uow, [item_id])) == 1
        assert list(check_custody(uow)) == []
    assert_coherent(db)


def test_two_records_of_one_thing_at_once_are_received_once(work, db, item_id):
    with work() as uow:
        twin = an_item(uow, serial="ab-1").item_id
    acts = [
        partial(outcome, work, lambda uow, i=each: received(uow, f"rhn_{i}", [i]))
        for each in (item_id, twin)
    ]
    assert Counter(at_once(acts)) == {None: 1, "ITEM_ALREADY_PLEDGED": 1}


def test_the_last_room_of_a_place_is_given_once(work, db):
    with work() as uow:
        an_owner(uow)
        small = place(uow, "Small safe", capacity=1).place_id
        things = [an_item(uow).item_id for _ in range(THREADS)]
    acts = [
        partial(outcome, work, lambda uow, i=each: received(uow, f"rhn_{i}", [i], place_id=small))
        for each in things
    ]
    assert Counter(at_once(acts)) == {None: 1, "PLACE_UNFIT": THREADS - 1}


def test_a_thing_is_promised_to_one_at_one_moment(work, db, item_id):
    in_custody(work, "rhn_one", [item_id])
    acts = [
        partial(outcome, work, lambda uow: ordered(uow, "rhn_one", [item_id]))
        for _ in range(THREADS)
    ]
    assert Counter(at_once(acts)) == {None: 1, "RELEASE_ORDERED": THREADS - 1}
    assert_coherent(db)
