"""Letting things go: to the one entitled, by two officers, exactly what was ordered."""

from __future__ import annotations

import pytest

from sanduq.custody.bags import service as bags
from sanduq.custody.errors import SameOfficer, SealDiffers, WeightDiffers
from sanduq.custody.model import BagStatus
from sanduq.custody.register import service as register
from sanduq.custody.register.model import HoldingFilters
from sanduq.custody.releases import service as releases
from sanduq.custody.releases.errors import (
    ItemNotHeld,
    NotHandedOverYet,
    RecipientNotEntitled,
    ReleaseOrdered,
    ReleaseState,
    WrongThings,
)
from sanduq.custody.releases.model import BagAtRelease, ReleaseReason, ReleaseStatus
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.pages import PageRequest
from tests.coherent import assert_coherent
from tests.make.custody import an_item, an_owner, handed_over, in_custody, ordered, received, seen

SUBJECT = "rhn_one"


@pytest.fixture
def bag(work):
    with work() as uow:
        an_owner(uow)
        an_owner(uow, "cpty_other")
        item_ids = [an_item(uow).item_id, an_item(uow).item_id]
    return in_custody(work, SUBJECT, item_ids)


def test_things_leave_by_two_officers_and_are_held_no_more(work, db, bag):
    with work() as uow:
        order = ordered(uow, SUBJECT, bag.item_ids)
        assert order.status is ReleaseStatus.READY
        assert len(register.held(uow, [SUBJECT])[SUBJECT]) == 2  # held until it is handed over
    done = handed_over(work, order)
    assert done.status is ReleaseStatus.HANDED_OVER
    assert (done.first_officer_id, done.second_officer_id) == ("user_maker", "user_checker")
    assert done.items_weight_mg == 45_000
    with work() as uow:
        assert register.held(uow, [SUBJECT]) == {SUBJECT: []}
        assert register.list_holdings(uow, HoldingFilters(), PageRequest()).items == []
        assert bags.get_bag(uow, bag.bag_id).status is BagStatus.EMPTY
        assert releases.orders_of(uow, [SUBJECT]) == {SUBJECT: [done]}
    with work() as uow, pytest.raises(ReleaseState):
        releases.cancel(uow, order.release_id, "x")
    assert_coherent(db)


def test_what_left_can_be_brought_again(work, db, bag):
    with work() as uow:
        order = ordered(uow, SUBJECT, bag.item_ids)
    handed_over(work, order)
    again = in_custody(work, "rhn_two", bag.item_ids, bag_number=bag.bag_number)
    assert again.subject_id == "rhn_two"
    assert_coherent(db)


def test_a_part_leaves_and_the_rest_waits_open_for_a_new_seal(work, db, bag):
    kept, out = bag.item_ids
    with work() as uow:
        order = ordered(uow, SUBJECT, [out], reason=ReleaseReason.PARTIAL)
    handed_over(work, order)
    with work() as uow:
        rest = bags.get_bag(uow, bag.bag_id)
    assert (rest.status, rest.item_ids) == (BagStatus.OPENED, (kept,))
    assert_coherent(db)


def test_only_what_two_officers_hold_for_the_subject_is_released(work, bag):
    with work() as uow:
        waiting = an_item(uow).item_id
        received(uow, SUBJECT, [waiting])
        loose = an_item(uow).item_id
    for subject, item_id in ((SUBJECT, waiting), (SUBJECT, loose), ("rhn_two", bag.item_ids[0])):
        with work() as uow, pytest.raises(ItemNotHeld):
            ordered(uow, subject, [item_id])


def test_a_thing_is_promised_to_one_at_a_time(work, bag):
    with work() as uow:
        order = ordered(uow, SUBJECT, bag.item_ids)
    with work() as uow, pytest.raises(ReleaseOrdered):
        ordered(uow, SUBJECT, bag.item_ids[:1])
    with work() as uow:
        assert releases.cancel(uow, order.release_id, "x").status is ReleaseStatus.CANCELLED
        ordered(uow, SUBJECT, bag.item_ids[:1])


def test_a_thing_goes_to_its_owner_or_to_a_proven_agent(work, bag):
    """ARN-12."""
    with work() as uow, pytest.raises(RecipientNotEntitled):
        ordered(uow, SUBJECT, bag.item_ids, recipient_id="cpty_other")
    with work() as uow, pytest.raises(RecipientNotEntitled):
        ordered(uow, SUBJECT, bag.item_ids, agent_id="cpty_other")
    with work() as uow:
        order = ordered(
            uow, SUBJECT, bag.item_ids, agent_id="cpty_other", proof="power of attorney 7"
        )
        releases.hand_over(uow, order.release_id, seen(uow, order, received_by_id="cpty_other"))


def test_a_buyer_receives_what_was_sold(work, bag):
    with work() as uow:
        order = ordered(
            uow, SUBJECT, bag.item_ids, recipient_id="cpty_other", reason=ReleaseReason.SALE
        )
        releases.hand_over(uow, order.release_id, seen(uow, order, ticket_number=None))
    assert handed_over(work, order).recipient_id == "cpty_other"


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"received_by_id": "cpty_other"}, RecipientNotEntitled),
        ({"identity_document": " "}, ValidationFailed),
        ({"ticket_number": None}, ValidationFailed),
        ({"checklist": ("identity_seen",)}, ValidationFailed),
        ({"item_ids": ("itm_other",)}, WrongThings),
        ({"items_weight_mg": 44_979}, WeightDiffers),
        ({"bags": (BagAtRelease("bag_other", "S", 1),)}, WrongThings),
    ],
)
def test_nothing_is_handed_over_that_is_not_as_it_should_be(work, bag, change, refusal):
    with work() as uow:
        order = ordered(uow, SUBJECT, bag.item_ids)
        right = seen(uow, order)
    with work() as uow, pytest.raises(refusal):
        releases.hand_over(uow, order.release_id, seen(uow, order, **change))
    with work() as uow:
        releases.hand_over(
            uow,
            order.release_id,
            seen(uow, order, ticket_number=None, loss_declaration="L-1", bags=right.bags),
        )


def test_the_seal_and_the_weight_of_the_bag_are_those_on_record(work, bag):
    with work() as uow:
        order = ordered(uow, SUBJECT, bag.item_ids)
    for brought, refusal in (
        (BagAtRelease(bag.bag_id, "S-other", bag.sealed_weight_mg), SealDiffers),
        (BagAtRelease(bag.bag_id, bag.seal_number, bag.sealed_weight_mg - 21), WeightDiffers),
    ):
        with work() as uow, pytest.raises(refusal):
            releases.hand_over(uow, order.release_id, seen(uow, order, bags=(brought,)))


def test_one_officer_never_hands_over_alone(work, bag):
    with work() as uow:
        order = ordered(uow, SUBJECT, bag.item_ids)
    with work() as uow, pytest.raises(NotHandedOverYet):
        releases.confirm_hand_over(uow, order.release_id, 45_000)
    with work() as uow:
        releases.hand_over(uow, order.release_id, seen(uow, order))
    with work() as uow, pytest.raises(SameOfficer):
        releases.confirm_hand_over(uow, order.release_id, 45_000)
    with work("user_checker") as uow, pytest.raises(WeightDiffers):
        releases.confirm_hand_over(uow, order.release_id, 45_021)
