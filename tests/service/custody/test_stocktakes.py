"""Blind counts: nobody is told what to find, a drawn sample is weighed, two sign."""

from __future__ import annotations

import pytest

from sanduq.custody.bags import service as bags
from sanduq.custody.errors import SameOfficer
from sanduq.custody.moves import service as moves
from sanduq.custody.moves.model import NewTransport
from sanduq.custody.places.errors import BeingCounted
from sanduq.custody.stocktakes import service as stocktakes
from sanduq.custody.stocktakes.errors import (
    AlreadyCounting,
    InTransit,
    NotWeighed,
    OutOfScope,
    StocktakeState,
)
from sanduq.custody.stocktakes.model import NewScan, NewStocktake, Outcome, StocktakeStatus
from sanduq.custody.stocktakes.schemas import stocktake_out
from tests.coherent import assert_coherent
from tests.make.custody import an_item, an_owner, in_custody, place, received, vault

ALL = NewStocktake(None, None, 99)


@pytest.fixture
def shelf(work):
    """Three bags: two in the main vault, one in a cabinet of it."""
    with work() as uow:
        an_owner(uow)
        main = vault(uow)
        cabinet = place(uow, "Cabinet 1", kind="cabinet", parent_id=main.place_id)
        things = [an_item(uow).item_id for _ in range(3)]
    places = [main.place_id, main.place_id, cabinet.place_id]
    return [
        in_custody(work, f"rhn_{number}", [item_id], place_id=where)
        for number, (item_id, where) in enumerate(zip(things, places, strict=True))
    ]


def as_read(bag, **changes):
    facts = {
        "place_id": bag.place_id,
        "bag_number": bag.bag_number,
        "seal_number": bag.seal_number,
        "weight_mg": bag.sealed_weight_mg,
        **changes,
    }
    return NewScan(**facts)


def counted(work, scans, new=ALL):
    with work() as uow:
        one = stocktakes.start(uow, new)
        stocktakes.scan(uow, one.stocktake_id, scans)
        return stocktakes.close(uow, one.stocktake_id)


def signed(work, one):
    for user in ("user_maker", "user_checker"):
        with work(user) as uow:
            one = stocktakes.sign(uow, one.stocktake_id)
    return one


def test_a_count_that_agrees_is_certified_by_two_signers(work, db, shelf):
    one = counted(work, [as_read(bag) for bag in shelf])
    assert one.status is StocktakeStatus.COUNTED
    with work() as uow:
        one = stocktakes.sign(uow, one.stocktake_id)
    with work() as uow, pytest.raises(SameOfficer):
        stocktakes.sign(uow, one.stocktake_id)
    with work("user_finance") as uow:
        one = stocktakes.sign(uow, one.stocktake_id)
    assert one.status is StocktakeStatus.FINISHED
    assert one.certificate["found_count"] == 3
    assert one.certificate["seed"] == str(one.seed)
    assert len(one.certificate["sample_bag_ids"]) == 3
    assert len(one.certificate["sha256"]) == 64
    with work() as uow:
        result = stocktakes.latest_result(uow, "brn_main")
        assert stocktakes.latest_result(uow, "brn_far") is None
    assert result.is_clean
    assert result.expected_weight_mg == 3 * 26_500
    assert_coherent(db)


def test_nothing_of_what_is_expected_is_told_before_two_have_signed(work, shelf):
    with work() as uow:
        one = stocktakes.start(uow, ALL)
        told = str(stocktake_out(stocktakes.get_stocktake(uow, one.stocktake_id)))
        stocktakes.scan(uow, one.stocktake_id, [as_read(bag) for bag in shelf[:2]])
        recounting = stocktakes.close(uow, one.stocktake_id)
    told += str(stocktake_out(recounting))
    assert recounting.status is StocktakeStatus.RECOUNTING
    assert recounting.recounted_place_ids == (shelf[2].place_id,)
    for hidden in (*(bag.bag_number for bag in shelf), str(one.seed), shelf[2].bag_id):
        assert hidden not in told


def test_a_bag_is_known_to_be_drawn_only_when_it_has_been_scanned(work, shelf):
    with work() as uow:
        one = stocktakes.start(uow, NewStocktake(None, None, 1), seed=7)
        asked = [
            stocktakes.scan(uow, one.stocktake_id, [as_read(bag, weight_mg=None)]) for bag in shelf
        ]
        assert sum(len(each) for each in asked) == 1
    with work() as uow, pytest.raises(NotWeighed):
        stocktakes.close(uow, one.stocktake_id)
    (number,) = [each[0] for each in asked if each]
    (drawn,) = [bag for bag in shelf if bag.bag_number == number]
    with work() as uow:
        assert stocktakes.scan(uow, one.stocktake_id, [as_read(drawn)]) == []
        assert stocktakes.close(uow, one.stocktake_id).status is StocktakeStatus.COUNTED


def test_what_differs_is_counted_again_and_then_stands(work, db, shelf):
    first, second, third = shelf
    strange = NewScan(first.place_id, "B-strange", "S-strange")
    scans = [
        as_read(first, seal_number="S-wrong"),
        as_read(second, place_id=third.place_id, weight_mg=second.sealed_weight_mg - 21),
        strange,
    ]
    with work() as uow:
        one = stocktakes.start(uow, ALL)
        stocktakes.scan(uow, one.stocktake_id, scans)
        one = stocktakes.close(uow, one.stocktake_id)
        assert one.recounted_place_ids == tuple(sorted({first.place_id, third.place_id}))
        again = [as_read(first), *scans[1:]]  # the seal was misread; the rest is so
        stocktakes.scan(uow, one.stocktake_id, again)
        one = stocktakes.close(uow, one.stocktake_id)
    one = signed(work, one)
    found = {(each.bag_number, each.outcome) for each in one.result.discrepancies}
    assert found == {
        (second.bag_number, Outcome.WRONG_PLACE),
        (second.bag_number, Outcome.WEIGHT_DIFFERS),
        (third.bag_number, Outcome.MISSING),
        ("B-strange", Outcome.UNEXPECTED),
    }
    assert (one.result.expected_count, one.result.found_count) == (3, 1)
    assert_coherent(db)


def test_nothing_moves_where_it_is_being_counted(work, shelf):
    with work() as uow:
        other = place(uow, "Second vault")
        item_id = an_item(uow).item_id
        main_id = vault(uow).place_id
        one = stocktakes.start(uow, NewStocktake(None, main_id, 0))
    bag = shelf[2]
    new = NewTransport(bag.bag_id, other.place_id, bag.sealed_weight_mg, "x")
    with work() as uow, pytest.raises(BeingCounted):
        moves.transport(uow, new)
    with work() as uow, pytest.raises(BeingCounted):
        received(uow, "rhn_9", [item_id])
    with work() as uow, pytest.raises(AlreadyCounting):
        stocktakes.start(uow, ALL)
    with work() as uow, pytest.raises(OutOfScope):
        stocktakes.scan(uow, one.stocktake_id, [NewScan(other.place_id, "B", "S")])
    with work() as uow:
        stocktakes.cancel(uow, one.stocktake_id, "fire alarm")
        moves.transport(uow, new)
    with work() as uow, pytest.raises(InTransit):
        stocktakes.start(uow, ALL)


def test_a_count_is_scanned_while_open_and_signed_once_counted(work, shelf):
    with work() as uow:
        one = stocktakes.start(uow, ALL)
    with work() as uow, pytest.raises(StocktakeState):
        stocktakes.sign(uow, one.stocktake_id)
    one = signed(work, _closed(work, one, [as_read(bag) for bag in shelf]))
    for verb in (stocktakes.close, stocktakes.sign):
        with work() as uow, pytest.raises(StocktakeState):
            verb(uow, one.stocktake_id)
    with work() as uow, pytest.raises(StocktakeState):
        stocktakes.cancel(uow, one.stocktake_id, "x")
    with work() as uow, pytest.raises(StocktakeState):
        stocktakes.scan(uow, one.stocktake_id, [as_read(shelf[0])])
    with work() as uow:
        assert bags.get_bag(uow, shelf[0].bag_id) == shelf[0]


def _closed(work, one, scans):
    with work() as uow:
        stocktakes.scan(uow, one.stocktake_id, scans)
        return stocktakes.close(uow, one.stocktake_id)
