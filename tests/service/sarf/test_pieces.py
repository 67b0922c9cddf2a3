"""Owned gold, piece by piece at what it cost: free, reserved, gone; never owned twice."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.access import service as access
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import currency
from sanduq.kit.pages import PageRequest
from sanduq.sarf.pieces import service
from sanduq.sarf.pieces.errors import PieceNotFree, PieceOwnedAlready
from sanduq.sarf.pieces.model import NEXT, OWNED, NewPiece, PieceFilters, PieceStatus, shared_minor
from tests.coherent import assert_coherent
from tests.make.counting import CountedDatabase, statements
from tests.make.sarf import MAKER, PRICE, USD, bought, open_house, opened, sold, valued


@pytest.fixture
def house(work):
    return open_house(work)


@given(st.integers(0, 10**12), st.lists(st.integers(1, 10**9), min_size=1, max_size=30))
def test_shares_add_up_and_none_is_off_by_a_unit(total: int, weights: list[int]) -> None:
    shares = shared_minor(total, weights)
    whole = sum(weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * whole - total * weight) < whole


def test_a_cent_left_over_goes_to_the_largest_remainder() -> None:
    # 100 by 1, 1 and 1: 33.33 each; the earliest takes what is left.
    assert shared_minor(100, [1, 1, 1]) == (34, 33, 33)
    # 10 by 3 and 4: 4.29 and 5.71.
    assert shared_minor(10, [3, 4]) == (4, 6)


def test_what_is_owned_may_leave_and_only_a_void_sale_brings_it_back() -> None:
    assert set(OWNED) == {PieceStatus.HELD, PieceStatus.RESERVED}
    assert NEXT[PieceStatus.RETURNED] == frozenset()
    assert all(PieceStatus.HELD in NEXT[one] for one in (PieceStatus.SOLD, PieceStatus.EXCHANGED))


def test_a_thing_is_owned_once(house, db) -> None:
    session = bought(house)
    one = session.pieces[0]
    again = NewPiece(
        item_id=one.item_id, kind=one.kind, gross_weight_mg=one.gross_weight_mg,
        net_weight_mg=one.net_weight_mg, fineness_bp=one.fineness_bp,
        fine_weight_mg=one.fine_weight_mg, cost_minor=1,
    )  # fmt: skip
    with house.at() as uow, pytest.raises(PieceOwnedAlready):
        service.acquire(
            uow, [again], asset=USD, branch_id=house.branch_id, session_id=session.session_id
        )
    assert_coherent(db)


def test_a_thing_sold_and_bought_again_is_another_piece_at_its_new_cost(house, db) -> None:
    bar = valued(house)
    bought(house, [bar])
    sold(house, [bar.item_id])
    bought(house, [bar], price_minor=800_000)
    with house.at() as uow:
        page = service.list_pieces(uow, PieceFilters(item_id=bar.item_id), PageRequest())
    assert [(one.status, one.cost_minor) for one in page.items] == [
        (PieceStatus.HELD, 800_000), (PieceStatus.SOLD, PRICE),
    ]  # fmt: skip
    assert_coherent(db)


def test_only_free_pieces_of_the_currency_are_reserved(house) -> None:
    item_id = bought(house).pieces[0].item_id
    with house.at() as uow, pytest.raises(PieceNotFree):
        service.reserve(uow, [item_id], currency("TND"), "sse_x")
    for ids in ([], [item_id, item_id]):
        with house.at() as uow, pytest.raises(ValidationFailed):
            service.reserve(uow, ids, USD, "sse_x")
    opened(house, [item_id], kind="RESALE")
    with house.at() as uow, pytest.raises(PieceNotFree):
        service.reserve(uow, [item_id], USD, "sse_x")


def test_the_application_cannot_rewrite_what_changed_hands(house, db) -> None:
    bought(house)
    for table in ("session_piece", "possession"):
        with house.at() as uow, pytest.raises(psycopg.errors.InsufficientPrivilege):
            uow.execute(f"update sarf.{table} set kind = 'other' where institution_id = 1")


def test_pieces_are_listed_newest_first_and_by_their_state(house, owner_url) -> None:
    ids = [bought(house, [valued(house, 1_000 * n)]).pieces[0].item_id for n in (1, 2, 3)]
    sold(house, [ids[0]])
    with house.at() as uow:
        held = service.list_pieces(uow, PieceFilters(PieceStatus.HELD), PageRequest()).items
        first = service.list_pieces(uow, PieceFilters(), PageRequest(limit=2))
    assert [one.item_id for one in held] == [ids[2], ids[1]]
    assert first.has_more
    with CountedDatabase(owner_url) as counted:

        def list_them(limit: int) -> None:
            with access.work_as(counted, "inst_test", MAKER, "req_count") as uow:
                service.list_pieces(uow, PieceFilters(), PageRequest(limit=limit))

        list_them(1)
        assert statements(lambda: list_them(1)) == statements(lambda: list_them(100))
