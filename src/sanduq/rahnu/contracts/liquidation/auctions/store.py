"""SQL of auctions, lots, bidders and bids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import psycopg
from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps, loads
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.contracts.liquidation.auctions.errors import (
    AuctionExternalIdTaken,
    BidderRegistered,
    ItemListedAlready,
)
from sanduq.rahnu.contracts.liquidation.auctions.model import (
    OVER,
    Auction,
    AuctionStatus,
    Bid,
    Bidder,
    BidMode,
    Lot,
    LotItem,
    LotStatus,
)

_AUCTION = tuple(each.name for each in fields(Auction))
_LOT = tuple(each.name for each in fields(Lot) if each.name != "items")
_BID = "bid_id, lot_id, auction_id, party_id, amount_minor, is_accepted, bid_at, recorded_by"


def _select(columns: Sequence[str], table: str) -> sql.SQL:
    names = ", ".join("metadata::text" if name == "metadata" else name for name in columns)
    return sql.SQL(f"select {names} from rahnu.{table} where institution_id = %(institution)s")


_SELECT_AUCTION = _select(_AUCTION, "auction")
_SELECT_LOT = _select(_LOT, "lot")


def _stored(value: Any) -> Any:
    if isinstance(value, Asset | AuctionStatus | LotStatus | BidMode):
        return str(value)
    if isinstance(value, Mapping):
        return dumps(dict(value)).decode()
    return list(value) if isinstance(value, tuple) else value


def _insert(uow: UnitOfWork, table: str, columns: Sequence[str], record: Any) -> None:
    marks = ", ".join(["%s"] * len(columns))
    uow.execute(
        f"insert into rahnu.{table} (institution_id, {', '.join(columns)}) values (%s, {marks})",
        uow.institution_id,
        *(_stored(getattr(record, name)) for name in columns),
    )


def _update(uow: UnitOfWork, table: str, row_id: str, changed: Mapping[str, Any]) -> None:
    pairs = ", ".join(f"{name} = %s" for name in changed)
    uow.execute(
        f"update rahnu.{table} set {pairs}, version = version + 1"
        f" where institution_id = %s and {table}_id = %s",
        *(_stored(value) for value in changed.values()),
        uow.institution_id,
        row_id,
    )


def insert_auction(uow: UnitOfWork, auction: Auction) -> None:
    """Writes an auction. Refuses CONFLICT an external id that is taken."""
    try:
        with uow.savepoint():
            _insert(uow, "auction", _AUCTION, auction)
    except psycopg.errors.UniqueViolation:
        raise AuctionExternalIdTaken from None


def update_auction(uow: UnitOfWork, auction_id: str, **changed: Any) -> None:
    """Writes the named columns of an auction and counts its version up."""
    assert changed.keys() <= set(_AUCTION)
    _update(uow, "auction", auction_id, changed)


def get_auction(uow: UnitOfWork, auction_id: str, *, lock: str = "") -> Auction | None:
    """One auction; `lock` is `for update`, or `for share` by those who bid."""
    rows = uow.composed(
        _SELECT_AUCTION + sql.SQL(f" and auction_id = %(id)s {lock}"),
        {"institution": uow.institution_id, "id": auction_id},
    )
    return _auction(rows[0]) if rows else None


def search_auctions(
    uow: UnitOfWork, filters: Mapping[str, str], request: PageRequest
) -> Page[Auction]:
    """Auctions that match every filter, newest first."""
    query: sql.Composable = _SELECT_AUCTION
    for name in filters:
        query = query + sql.SQL(f" and {name} = %({name})s")
    parameters = {"institution": uow.institution_id, **filters}
    rows, total = newest_first(uow, query, parameters, request, order=["auction_id"])
    found = [_auction(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.auction_id), total)


def _auction(row: Row) -> Auction:
    values = dict(zip(_AUCTION, row, strict=True))
    values.update(
        status=AuctionStatus(values["status"]),
        mode=BidMode(values["mode"]),
        asset=asset_from_text(values["asset"]),
        metadata=loads(values["metadata"]),
    )
    return Auction(**values)


def insert_lot(uow: UnitOfWork, lot: Lot) -> None:
    """Writes a lot with its things. Refuses CONFLICT a thing that is put up elsewhere."""
    try:
        with uow.savepoint():
            _insert(uow, "lot", _LOT, lot)
            uow.execute(
                "insert into rahnu.lot_item select %s, %s, n.item_id, n.market, true"
                " from unnest(%s::text[], %s::bigint[]) n(item_id, market)",
                uow.institution_id, lot.lot_id, lot.item_ids,
                [one.market_minor for one in lot.items],
            )  # fmt: skip
    except psycopg.errors.UniqueViolation:
        raise ItemListedAlready from None


def update_lot(uow: UnitOfWork, lot_id: str, **changed: Any) -> None:
    """Writes the named columns of a lot; when it comes to its end its things may be put up anew."""
    assert changed.keys() <= set(_LOT)
    if changed.get("status") in OVER:
        changed["ended_at"] = uow.now
        uow.execute(
            "update rahnu.lot_item set is_open = false where institution_id = %s and lot_id = %s",
            uow.institution_id,
            lot_id,
        )
    _update(uow, "lot", lot_id, changed)


def lots(uow: UnitOfWork, where: str, value: str, *, is_locked: bool = False) -> list[Lot]:
    """The lots of an auction or a pledge, or one lot, in the order of their ids."""
    assert where in ("lot_id", "auction_id", "contract_id")
    tail = f" and {where} = %(value)s order by lot_id" + (" for update" if is_locked else "")
    rows = uow.composed(
        _SELECT_LOT + sql.SQL(tail), {"institution": uow.institution_id, "value": value}
    )
    return _lots(uow, rows)


def search_lots(uow: UnitOfWork, filters: Mapping[str, str], request: PageRequest) -> Page[Lot]:
    """Lots that match every filter, newest first."""
    query: sql.Composable = _SELECT_LOT
    for name in filters:
        query = query + sql.SQL(f" and {name} = %({name})s")
    parameters = {"institution": uow.institution_id, **filters}
    rows, total = newest_first(uow, query, parameters, request, order=["lot_id"])
    found = _lots(uow, rows)
    return Page.of(found, request, lambda one: (one.created_at, one.lot_id), total)


def _lots(uow: UnitOfWork, rows: Sequence[Row]) -> list[Lot]:
    ids = [row[0] for row in rows]
    things: dict[str, list[LotItem]] = {lot_id: [] for lot_id in ids}
    lines = uow.all(
        "select lot_id, item_id, market_minor from rahnu.lot_item where institution_id = %s"
        " and lot_id = any(%s) order by lot_id, item_id",
        uow.institution_id,
        ids,
    ) if ids else []  # fmt: skip
    for line in lines:
        things[line[0]].append(LotItem(line[1], line[2]))
    return [_lot(row, tuple(things[row[0]])) for row in rows]


def _lot(row: Row, items: tuple[LotItem, ...]) -> Lot:
    values = dict(zip(_LOT, row, strict=True))
    values.update(
        status=LotStatus(values["status"]),
        asset=asset_from_text(values["asset"]),
        price_board_ids=tuple(values["price_board_ids"]),
        passed_bid_ids=tuple(values["passed_bid_ids"]),
    )
    return Lot(**values, items=items)


def last_number(uow: UnitOfWork, auction_id: str) -> int:
    """The highest lot number of an auction, whose row is locked."""
    row = uow.one(
        "select coalesce(max(number), 0) from rahnu.lot where institution_id = %s"
        " and auction_id = %s",
        uow.institution_id,
        auction_id,
    )
    return int(row[0]) if row else 0


def unsold_before(uow: UnitOfWork, item_ids: Sequence[str]) -> int:
    """How often the least fortunate of these things was put up and found no buyer."""
    row = uow.one(
        "select coalesce(max(times), 0) from (select count(*) as times from rahnu.lot_item i"
        " join rahnu.lot l on l.institution_id = i.institution_id and l.lot_id = i.lot_id"
        " where i.institution_id = %s and i.item_id = any(%s) and l.status = 'UNSOLD'"
        " group by i.item_id) counted",
        uow.institution_id,
        list(item_ids),
    )
    return int(row[0]) if row else 0


def insert_bidder(uow: UnitOfWork, bidder: Bidder) -> Bidder:
    """Admits a bidder under the next number. Refuses CONFLICT one admitted already."""
    try:
        with uow.savepoint():
            row = uow.one(
                "insert into rahnu.bidder select %s, %s, %s, 1 + coalesce(max(paddle), 0), %s, %s"
                " from rahnu.bidder where institution_id = %s and auction_id = %s"
                " returning paddle",
                uow.institution_id, bidder.auction_id, bidder.party_id, bidder.registered_at,
                bidder.registered_by, uow.institution_id, bidder.auction_id,
            )  # fmt: skip
    except psycopg.errors.UniqueViolation:
        raise BidderRegistered from None
    assert row is not None
    return Bidder(
        bidder.auction_id, bidder.party_id, row[0], bidder.registered_at, bidder.registered_by
    )


def get_bidder(uow: UnitOfWork, auction_id: str, party_id: str) -> Bidder | None:
    """A party as it is admitted to an auction, if it is."""
    row = uow.one(
        "select auction_id, party_id, paddle, registered_at, registered_by from rahnu.bidder"
        " where institution_id = %s and auction_id = %s and party_id = %s",
        uow.institution_id, auction_id, party_id,
    )  # fmt: skip
    return None if row is None else Bidder(*row)


def list_bidders(uow: UnitOfWork, auction_id: str, request: PageRequest) -> Page[Bidder]:
    """Who is admitted to an auction, latest first."""
    query = sql.SQL(
        "select auction_id, party_id, paddle, registered_at, registered_by from rahnu.bidder"
        " where institution_id = %(institution)s and auction_id = %(auction)s"
    )
    parameters = {"institution": uow.institution_id, "auction": auction_id}
    rows, total = newest_first(uow, query, parameters, request, order=["registered_at", "party_id"])
    found = [Bidder(*row) for row in rows]
    return Page.of(found, request, lambda one: (one.registered_at, one.party_id), total)


def insert_bid(uow: UnitOfWork, bid: Bid) -> None:
    """Writes a bid, once and for good."""
    uow.execute(
        "insert into rahnu.bid values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        uow.institution_id, bid.bid_id, bid.lot_id, bid.auction_id, bid.party_id,
        bid.amount_minor, bid.is_accepted, bid.bid_at, bid.recorded_by,
    )  # fmt: skip


def bids_of(uow: UnitOfWork, lot_ids: Sequence[str]) -> dict[str, list[Bid]]:
    """All bids of lots, in the order they were made, in one query; a list for each id."""
    found: dict[str, list[Bid]] = {lot_id: [] for lot_id in lot_ids}
    rows = uow.all(
        f"select {_BID} from rahnu.bid where institution_id = %s and lot_id = any(%s)"
        " order by bid_id",
        uow.institution_id,
        list(lot_ids),
    )
    for row in rows:
        found[row[1]].append(Bid(*row))
    return found


def list_bids(uow: UnitOfWork, lot_id: str, request: PageRequest) -> Page[Bid]:
    """Bids of a lot, newest first."""
    query = sql.SQL(
        f"select {_BID} from rahnu.bid where institution_id = %(institution)s and lot_id = %(lot)s"
    )
    parameters = {"institution": uow.institution_id, "lot": lot_id}
    rows, total = newest_first(uow, query, parameters, request, order=["bid_id"])
    found = [Bid(*row) for row in rows]
    return Page.of(found, request, lambda one: (one.bid_at, one.bid_id), total)
