"""Moving, opening and sealing again: two officers, two weighings, and never out of the house."""

from __future__ import annotations

import pytest

from sanduq.custody.bags import service as bags
from sanduq.custody.bags.errors import BagOnTheWay, BagState, NumberTaken
from sanduq.custody.errors import AdlMove, BagTooLight, SameOfficer, SealDiffers, WeightDiffers
from sanduq.custody.model import BagStatus, Consents
from sanduq.custody.moves import service as moves
from sanduq.custody.moves.errors import MoveOpen, MoveState, NotOpened, SamePlace
from sanduq.custody.moves.model import (
    MoveStatus,
    NewOpening,
    NewResealing,
    NewTransport,
    OpeningReason,
)
from sanduq.custody.places.errors import PlaceUnfit
from sanduq.custody.register import service as register
from sanduq.custody.register.model import HoldingFilters
from sanduq.custody.releases import service as releases
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.pages import PageRequest
from tests.coherent import assert_coherent
from tests.make.custody import TARE_MG, an_item, an_owner, in_custody, ordered, place, seen, vault

SUBJECT = "rhn_one"


@pytest.fixture
def there(work):
    with work() as uow:
        an_owner(uow)
        vault(uow)
        return place(uow, "Second vault", capacity=1)


@pytest.fixture
def bag(work, there):
    with work() as uow:
        item_ids = [an_item(uow).item_id, an_item(uow).item_id]
    return in_custody(work, SUBJECT, item_ids)


def sent(uow, bag, there, **changes):
    facts = {"weight_mg": bag.sealed_weight_mg, "reason": "room", **changes}
    return moves.transport(uow, NewTransport(bag.bag_id, there.place_id, **facts))


def opening(uow, bag, **changes):
    facts = {
        "seal_number": bag.seal_number,
        "weight_mg": bag.sealed_weight_mg,
        "reason": OpeningReason.VALUATION,
        "present": ("the owner",),
        **changes,
    }
    return moves.open_bag(uow, NewOpening(bag.bag_id, **facts))


def opened(work, bag):
    with work() as uow:
        move = opening(uow, bag)
    with work("user_checker") as uow:
        moves.confirm(uow, move.move_id, bag.sealed_weight_mg)
        return bags.get_bag(uow, bag.bag_id)


def test_a_bag_is_on_the_way_until_another_officer_confirms_it_where_it_arrives(
    work, db, bag, there
):
    with work() as uow:
        move = sent(uow, bag, there)
        assert move.is_in_transit
        assert bags.get_bag(uow, bag.bag_id).is_in_transit
        page = register.list_holdings(uow, HoldingFilters(subject_id=SUBJECT), PageRequest())
        assert [one.is_in_transit for one in page.items] == [True, True]
        (total,) = register.totals(uow, by_place=True)
        assert (total.is_in_transit, total.gross_weight_mg) == (True, 45_000)
    with work() as uow, pytest.raises(SameOfficer):
        moves.confirm(uow, move.move_id, bag.sealed_weight_mg)
    with work("user_checker") as uow, pytest.raises(WeightDiffers):
        moves.confirm(uow, move.move_id, bag.sealed_weight_mg - 21)
    with work("user_checker") as uow:
        move = moves.confirm(uow, move.move_id, bag.sealed_weight_mg - 20)
        moved = bags.get_bag(uow, bag.bag_id)
    assert (move.first_officer_id, move.second_officer_id) == ("user_maker", "user_checker")
    assert move.second_weight_mg == bag.sealed_weight_mg - 20
    assert (moved.place_id, moved.is_in_transit) == (there.place_id, False)
    with work("user_checker") as uow, pytest.raises(MoveState):
        moves.confirm(uow, move.move_id, bag.sealed_weight_mg)
    assert_coherent(db)


def test_a_bag_on_the_way_is_turned_back_and_never_forgotten(work, db, bag, there):
    with work() as uow:
        move = sent(uow, bag, there)
    with work() as uow, pytest.raises(MoveState):
        moves.cancel(uow, move.move_id, "x")
    with work() as uow, pytest.raises(BagOnTheWay):
        sent(uow, bag, there)
    with work() as uow, pytest.raises(SameOfficer):
        moves.turn_back(uow, move.move_id, bag.sealed_weight_mg)
    with work("user_checker") as uow:
        move = moves.turn_back(uow, move.move_id, bag.sealed_weight_mg)
        assert bags.get_bag(uow, bag.bag_id).place_id == bag.place_id
    assert move.status is MoveStatus.RETURNED
    assert_coherent(db)


def test_a_bag_goes_only_where_there_is_room_and_with_its_own_weight(work, bag, there):
    with work() as uow, pytest.raises(SamePlace):
        moves.transport(uow, NewTransport(bag.bag_id, bag.place_id, bag.sealed_weight_mg, "x"))
    with work() as uow, pytest.raises(WeightDiffers):
        sent(uow, bag, there, weight_mg=bag.sealed_weight_mg + 21)
    with work() as uow:
        other = an_item(uow)
    second = in_custody(work, SUBJECT, [other.item_id])
    with work() as uow:
        sent(uow, bag, there)
    with work() as uow, pytest.raises(PlaceUnfit):  # room for one, and that one is on the way
        sent(uow, second, there)


def test_neither_side_alone_moves_what_a_third_party_keeps(work, bag):
    """RHN-26: to the keeper and from him only with the consent of both."""
    with work() as uow:
        an_owner(uow, "cpty_keeper")
        kept = place(uow, "Keeper's safe", keeper_party_id="cpty_keeper")
    with work() as uow, pytest.raises(AdlMove):
        sent(uow, bag, kept)
    with work() as uow:
        move = sent(uow, bag, kept, consents=Consents("C-1", "C-2"))
    with work("user_checker") as uow:
        moves.confirm(uow, move.move_id, bag.sealed_weight_mg)
    with work() as uow, pytest.raises(AdlMove):
        sent(uow, bag, vault(uow))
    with work() as uow, pytest.raises(AdlMove):
        ordered(uow, SUBJECT, bag.item_ids)
    with work() as uow:
        ordered(uow, SUBJECT, bag.item_ids, consents=Consents("C-1", "C-2"))


def test_a_seal_is_broken_by_two_who_read_it_and_weigh_the_bag(work, db, bag):
    with work() as uow, pytest.raises(SealDiffers):
        opening(uow, bag, seal_number="S-other")
    with work() as uow, pytest.raises(WeightDiffers):
        opening(uow, bag, weight_mg=bag.sealed_weight_mg - 21)
    with work() as uow, pytest.raises(ValidationFailed):
        opening(uow, bag, present=())
    with work() as uow:
        move = opening(uow, bag)
        assert bags.get_bag(uow, bag.bag_id).status is BagStatus.IN_CUSTODY
    with work() as uow, pytest.raises(MoveOpen):
        opening(uow, bag)
    with work() as uow, pytest.raises(SameOfficer):
        moves.confirm(uow, move.move_id, bag.sealed_weight_mg)
    with work("user_checker") as uow:
        moves.confirm(uow, move.move_id, bag.sealed_weight_mg)
        assert bags.get_bag(uow, bag.bag_id).status is BagStatus.OPENED
    assert_coherent(db)


def test_a_seal_break_nobody_confirmed_is_withdrawn(work, bag):
    with work() as uow:
        move = opening(uow, bag)
        assert moves.cancel(uow, move.move_id, "not today").status is MoveStatus.CANCELLED
        opening(uow, bag)


def test_a_bag_is_sealed_again_under_a_new_seal_at_its_own_weight(work, db, bag):
    open_bag = opened(work, bag)
    again = NewResealing(bag.bag_id, "S-new", 45_000 + TARE_MG - 500, "valued")
    with work() as uow, pytest.raises(SealDiffers):
        moves.reseal(uow, NewResealing(bag.bag_id, open_bag.seal_number, 49_000, "x"))
    with work() as uow, pytest.raises(BagTooLight):
        moves.reseal(uow, NewResealing(bag.bag_id, "S-new", 44_999, "x"))
    with work() as uow:
        move = moves.reseal(uow, again)
    with work("user_checker") as uow:
        moves.confirm(uow, move.move_id, again.weight_mg)
        sealed = bags.get_bag(uow, bag.bag_id)
    assert (sealed.status, sealed.seal_number) == (BagStatus.IN_CUSTODY, "S-new")
    assert sealed.sealed_weight_mg == again.weight_mg
    with work() as uow, pytest.raises(BagState):
        moves.reseal(uow, again)
    assert_coherent(db)


def test_a_seal_number_in_use_is_not_used_a_second_time(work, bag):
    with work() as uow:
        other = an_item(uow)
    second = in_custody(work, SUBJECT, [other.item_id])
    opened(work, bag)
    with work() as uow:
        move = moves.reseal(uow, NewResealing(bag.bag_id, second.seal_number, 49_000, "x"))
    with work("user_checker") as uow, pytest.raises(NumberTaken):
        moves.confirm(uow, move.move_id, 49_000)


def test_things_change_bags_only_between_opened_bags_of_one_subject(work, db, bag):
    with work() as uow:
        own, alien = an_item(uow).item_id, an_item(uow).item_id
    second, third = in_custody(work, SUBJECT, [own]), in_custody(work, "rhn_two", [alien])
    opened(work, bag)
    for put_in in ((own,), (alien,), ("itm_nobody",)):  # closed, another's, unknown
        with work() as uow, pytest.raises(NotOpened):
            moves.reseal(uow, NewResealing(bag.bag_id, "S-new", 80_000, "x", put_in))
    opened(work, third)
    with work() as uow, pytest.raises(NotOpened):
        moves.reseal(uow, NewResealing(bag.bag_id, "S-new", 80_000, "x", (alien,)))
    opened(work, second)
    with work() as uow:
        move = moves.reseal(uow, NewResealing(bag.bag_id, "S-new", 71_500, "together", (own,)))
    with work("user_checker") as uow:
        moves.confirm(uow, move.move_id, 71_500)
        together = bags.load_bags(uow, [bag.bag_id, second.bag_id])
    assert set(together[bag.bag_id].item_ids) == {*bag.item_ids, own}
    assert together[second.bag_id].status is BagStatus.EMPTY
    assert_coherent(db)


def test_an_opened_bag_is_handed_over_by_its_content(work, db, bag):
    opened(work, bag)
    with work() as uow:
        order = ordered(uow, SUBJECT, bag.item_ids)
        releases.hand_over(uow, order.release_id, seen(uow, order))
    with work("user_checker") as uow:
        releases.confirm_hand_over(uow, order.release_id, 45_000)
        assert bags.get_bag(uow, bag.bag_id).status is BagStatus.EMPTY
    assert_coherent(db)
