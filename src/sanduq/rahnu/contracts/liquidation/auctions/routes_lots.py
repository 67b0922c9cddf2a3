"""Lots of an auction: put up, bid on, paid for, passed on."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import PageQuery, amount, checked_id
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.liquidation.auctions import bids, closing, lots, service
from sanduq.rahnu.contracts.liquidation.auctions.lots import NewLot
from sanduq.rahnu.contracts.liquidation.auctions.schemas import (
    BidIn,
    LotFilters,
    LotIn,
    LotPaymentIn,
    PledgeBidList,
    PledgeBidOut,
    PledgeLotList,
    PledgeLotOut,
    ReasonIn,
    bid_out,
    lot_out,
    money_in,
)

router = APIRouter(prefix="/v1/rails/rahnu", tags=["Rahnu"])
READ, WRITE = scope("rahnu:read"), scope("rahnu:write")


@router.post(
    "/auctions/{auction_id}/lots",
    response_model=PledgeLotOut,
    status_code=201,
    openapi_extra=WRITE,
)
def put_up_lot(request: Request, auction_id: str, body: LotIn) -> Any:
    """Put things of one pledge up; without `items` as few as cover debt and costs."""

    def made(uow: UnitOfWork) -> dict[str, Any]:
        contract_id = checked_id(body.contract_id, "rhn", "contract_id")
        asset = contracts.get(uow, contract_id).asset
        new = NewLot(
            auction_id=checked_id(auction_id, "auc", "auction_id"),
            contract_id=contract_id,
            item_ids=None if body.items is None else tuple(body.items),
            reserve_minor=None
            if body.reserve is None
            else money_in(body.reserve, asset, "reserve").amount_minor,
            costs_minor=amount(body.expected_costs, asset, "expected_costs").amount_minor,
            is_best_price=body.is_best_price,
        )
        return lot_out(lots.put_up(uow, new))

    return gateway(request).write(request, made, status=201)


@router.get("/lots", response_model=PledgeLotList, openapi_extra=READ)
def list_lots(request: Request, filters: Annotated[LotFilters, Query()]) -> Any:
    """Lots, newest first."""
    return gateway(request).read(
        request,
        lambda uow: lots.search_lots(uow, filters.chosen(), filters.page_request()).render(lot_out),
    )


@router.get("/lots/{lot_id}", response_model=PledgeLotOut, openapi_extra=READ)
def get_lot(request: Request, lot_id: str) -> Any:
    """One lot."""
    return gateway(request).read(request, lambda uow: lot_out(lots.get_lot(uow, _lot(lot_id))))


@router.post("/lots/{lot_id}/withdraw", response_model=PledgeLotOut, openapi_extra=WRITE)
def withdraw_lot(request: Request, lot_id: str, body: ReasonIn) -> Any:
    """Withdraw a lot before the hammer falls."""
    return gateway(request).write(
        request, lambda uow: lot_out(lots.take_back(uow, _lot(lot_id), body.reason))
    )


@router.post(
    "/lots/{lot_id}/bids", response_model=PledgeBidOut, status_code=201, openapi_extra=WRITE
)
def place_bid(request: Request, lot_id: str, body: BidIn) -> Any:
    """Record a bid, which binds its bidder until the session ends."""

    def made(uow: UnitOfWork) -> dict[str, Any]:
        lot = lots.get_lot(uow, _lot(lot_id))
        party_id = checked_id(body.bidder_id, "cpty", "bidder_id")
        bid = bids.place(uow, lot_id, party_id, money_in(body.amount, lot.asset, "amount"))
        session = service.get(uow, lot.auction_id)
        return bid_out(bid, lot.asset, is_hidden=session.are_bids_hidden)

    return gateway(request).write(request, made, status=201)


@router.get("/lots/{lot_id}/bids", response_model=PledgeBidList, openapi_extra=READ)
def list_bids(request: Request, lot_id: str, page: Annotated[PageQuery, Query()]) -> Any:
    """Bids of a lot, newest first; sealed ones show no amount before the close."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        made, lot, auction = bids.list_bids(uow, _lot(lot_id), page.page_request())
        return made.render(lambda bid: bid_out(bid, lot.asset, is_hidden=auction.are_bids_hidden))

    return gateway(request).read(request, found)


@router.post("/lots/{lot_id}/payment", response_model=PledgeLotOut, openapi_extra=WRITE)
def pay_lot(request: Request, lot_id: str, body: LotPaymentIn) -> Any:
    """Take the price from the buyer."""

    def paid(uow: UnitOfWork) -> dict[str, Any]:
        lot = lots.get_lot(uow, _lot(lot_id))
        price = money_in(body.amount, lot.asset, "amount")
        return lot_out(
            closing.receive_payment(
                uow, lot_id, price, method=body.method, reference=body.reference
            )
        )

    return gateway(request).write(request, paid)


@router.post("/lots/{lot_id}/pass-on", response_model=PledgeLotOut, openapi_extra=WRITE)
def pass_lot_on(request: Request, lot_id: str, body: ReasonIn) -> Any:
    """Pass a lot whose buyer did not pay to the next best bid, or leave it unsold."""
    return gateway(request).write(
        request, lambda uow: lot_out(closing.pass_on(uow, _lot(lot_id), body.reason))
    )


def _lot(lot_id: str) -> str:
    return checked_id(lot_id, "lot", "lot_id")
