"""Receiving in sealed bags: two officers, each thing once, nothing lighter than its content."""

from __future__ import annotations

import pytest

from sanduq.access.errors import NoAuthority
from sanduq.custody.bags import service as bags
from sanduq.custody.bags.errors import BagState, NumberTaken
from sanduq.custody.errors import AdlMove, BagTooLight, SameOfficer, WeightDiffers
from sanduq.custody.kya.errors import ItemAlreadyPledged
from sanduq.custody.model import BagStatus, Consents
from sanduq.custody.places import service as places
from sanduq.custody.places.errors import PlaceUnfit
from sanduq.custody.register import service as register
from sanduq.custody.register.checks import check_custody
from sanduq.custody.register.errors import ItemInCustody
from sanduq.custody.register.model import MovementFilters
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.pages import PageRequest
from tests.coherent import assert_coherent
from tests.make.custody import TARE_MG, an_item, an_owner, in_custody, place, received, vault

SUBJECT = "rhn_one"


@pytest.fixture
def item(work):
    with work() as uow:
        an_owner(uow)
        vault(uow)
        return an_item(uow)


def sound(work):
    with work() as uow:
        assert list(check_custody(uow)) == []


def test_a_bag_is_in_custody_once_a_second_officer_has_weighed_it(work, db, item):
    with work() as uow:
        bag = received(uow, SUBJECT, [item.item_id])
        assert bag.status is BagStatus.AWAITING_SECOND
        assert register.held(uow, [SUBJECT]) == {SUBJECT: []}  # one officer vouches for nothing
    with work("user_checker") as uow:
        bag = bags.confirm(uow, bag.bag_id, bag.sealed_weight_mg + 20)
    assert bag.status is BagStatus.IN_CUSTODY
    assert (bag.first_officer_id, bag.second_officer_id) == ("user_maker", "user_checker")
    assert bag.received_weight_mg == 22_500 + TARE_MG
    assert bag.confirmed_weight_mg == 22_520 + TARE_MG
    with work() as uow:
        (held,) = register.held(uow, [SUBJECT])[SUBJECT]
        assert bags.bags_of(uow, [SUBJECT, "rhn_none"]) == {SUBJECT: [bag], "rhn_none": []}
    assert (held.item_id, held.bag_id, held.place_id) == (item.item_id, bag.bag_id, bag.place_id)
    assert (held.gross_weight_mg, held.fine_weight_mg) == (22_500, 20_610)  # 22.5 × 0.916
    assert_coherent(db)


def test_the_first_officer_never_confirms_his_own_bag(work, item):
    with work() as uow:
        bag = received(uow, SUBJECT, [item.item_id])
    with work() as uow, pytest.raises(SameOfficer):
        bags.confirm(uow, bag.bag_id, bag.sealed_weight_mg)


@pytest.mark.parametrize("off_mg", [-21, 21])
def test_a_second_weighing_beyond_the_tolerance_changes_nothing(work, item, off_mg):
    with work() as uow:
        bag = received(uow, SUBJECT, [item.item_id])
    with work("user_checker") as uow, pytest.raises(WeightDiffers) as refused:
        bags.confirm(uow, bag.bag_id, bag.sealed_weight_mg + off_mg)
    assert refused.value.code == "BAG_WEIGHT_DIFFERS"
    with work() as uow:
        assert bags.get_bag(uow, bag.bag_id) == bag


def test_the_institution_sets_its_own_tolerance(work, item):
    with work() as uow:
        bag = received(uow, SUBJECT, [item.item_id])
    with work("user_checker") as uow:
        assert places.set_tolerance(uow, 5) == 5
    with work("user_checker") as uow, pytest.raises(WeightDiffers):
        bags.confirm(uow, bag.bag_id, bag.sealed_weight_mg + 6)
    with work("user_checker") as uow:
        bags.confirm(uow, bag.bag_id, bag.sealed_weight_mg + 5)
    with work("user_checker") as uow, pytest.raises(ValidationFailed):
        places.set_tolerance(uow, 1001)


def test_a_bag_weighs_at_least_what_is_in_it(work, item):
    with work() as uow, pytest.raises(BagTooLight):
        received(uow, SUBJECT, [item.item_id], weight_mg=22_499)
    with work() as uow:
        received(uow, SUBJECT, [item.item_id], weight_mg=22_500)


def test_a_thing_that_is_held_is_not_received_again(work, item):
    in_custody(work, SUBJECT, [item.item_id])
    with work() as uow, pytest.raises(ItemInCustody) as refused:
        received(uow, "rhn_two", [item.item_id])
    assert item.item_id in refused.value.message
    sound(work)


def test_what_nobody_confirmed_can_be_given_back_and_received_again(work, db, item):
    with work() as uow:
        bag = received(uow, SUBJECT, [item.item_id])
    with work() as uow:
        ended = bags.cancel(uow, bag.bag_id, "the customer changed his mind")
    assert (ended.status, ended.item_ids) == (BagStatus.CANCELLED, ())
    again = in_custody(work, SUBJECT, [item.item_id], bag_number=bag.bag_number)
    with work() as uow:
        ways = register.list_movements(
            uow, MovementFilters(thing_id=item.item_id), PageRequest()
        ).items
    assert [(one.from_position, one.to_position) for one in reversed(ways)] == [
        ("owner:cpty_owner", f"bag:{bag.bag_id}"),
        (f"bag:{bag.bag_id}", "owner:cpty_owner"),
        ("owner:cpty_owner", f"bag:{again.bag_id}"),
    ]
    assert_coherent(db)


def test_a_confirmed_bag_is_never_cancelled(work, item):
    bag = in_custody(work, SUBJECT, [item.item_id])
    with work() as uow, pytest.raises(BagState):
        bags.cancel(uow, bag.bag_id, "x")
    with work("user_checker") as uow, pytest.raises(BagState):
        bags.confirm(uow, bag.bag_id, bag.sealed_weight_mg)


def test_a_place_that_is_closed_full_or_elsewhere_takes_no_bag(work, item):
    with work() as uow:
        small = place(uow, "Small safe", capacity=1)
        shelf = place(uow, "Corridor", capacity=0)
        other = an_item(uow)
    with work() as uow, pytest.raises(PlaceUnfit):
        received(uow, SUBJECT, [item.item_id], place_id=shelf.place_id)
    with work() as uow, pytest.raises(PlaceUnfit):
        received(uow, SUBJECT, [item.item_id], place_id=small.place_id, branch_id="brn_far")
    in_custody(work, SUBJECT, [item.item_id], place_id=small.place_id)
    with work() as uow, pytest.raises(PlaceUnfit):
        received(uow, SUBJECT, [other.item_id], place_id=small.place_id)
    with work() as uow:
        closed = places.set_open(uow, vault(uow).place_id, is_open=False, reason="repair")
    with work() as uow, pytest.raises(PlaceUnfit):
        received(uow, SUBJECT, [other.item_id], place_id=closed.place_id)


def test_bag_and_seal_numbers_are_used_once_at_a_time(work, item):
    bag = in_custody(work, SUBJECT, [item.item_id])
    with work() as uow:
        other = an_item(uow)
    for field in ("bag_number", "seal_number"):
        with work() as uow, pytest.raises(NumberTaken) as refused:
            received(uow, SUBJECT, [other.item_id], **{field: getattr(bag, field)})
        assert refused.value.details[0]["field"] == field


def test_a_third_partys_place_takes_a_bag_by_consent_of_both_sides(work, item):
    """RHN-26: the agreed keeper ('adl) holds it for both."""
    with work() as uow:
        an_owner(uow, "cpty_keeper")
        kept = place(uow, "Keeper's safe", keeper_party_id="cpty_keeper")
    with work() as uow, pytest.raises(AdlMove) as refused:
        received(uow, SUBJECT, [item.item_id], place_id=kept.place_id)
    assert refused.value.code == "ADL_MOVE"
    with work() as uow, pytest.raises(AdlMove):
        received(
            uow, SUBJECT, [item.item_id], place_id=kept.place_id, consents=Consents("C-1", " ")
        )
    bag = in_custody(
        work, SUBJECT, [item.item_id], place_id=kept.place_id, consents=Consents("C-1", "C-2")
    )
    assert bag.consents == Consents("C-1", "C-2")


@pytest.mark.parametrize(
    ("first", "second", "matched_on"),
    [
        ({"serial": "AB-123 456"}, {"serial": "ab123456", "gross_weight_mg": 30_000}, "serial"),
        (
            {"marks": "MKS 916 / 88"},
            {"marks": "mks916-88", "gross_weight_mg": 22_550},
            "marks_and_weight",
        ),
    ],
)
def test_the_same_thing_under_another_record_is_refused(work, item, first, second, matched_on):
    with work() as uow:
        held, again = an_item(uow, **first), an_item(uow, **second)
    in_custody(work, SUBJECT, [held.item_id])
    with work() as uow, pytest.raises(ItemAlreadyPledged) as refused:
        received(uow, "rhn_two", [again.item_id])
    assert refused.value.details[0]["subject_id"] == SUBJECT
    assert refused.value.details[0]["code"] == f"same_{matched_on}"


def test_what_only_resembles_is_another_thing(work, item):
    with work() as uow:
        held = an_item(uow, marks="916 MKS", serial=None)
        heavier = an_item(uow, marks="916 MKS", gross_weight_mg=22_551)
        plain = an_item(uow)
    in_custody(work, SUBJECT, [held.item_id, plain.item_id])
    in_custody(work, "rhn_two", [heavier.item_id, item.item_id])
    sound(work)


def test_only_a_vault_keeper_receives(work, item):
    with work() as uow:
        where = vault(uow).place_id
    with work("user_finance") as uow, pytest.raises(NoAuthority):
        received(uow, SUBJECT, [item.item_id], place_id=where)
