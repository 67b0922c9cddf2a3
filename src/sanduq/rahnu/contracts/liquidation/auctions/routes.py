"""Auctions of pledges, and the register of people who may not buy at them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import PageQuery, checked_id
from sanduq.rahnu.contracts.liquidation.auctions import bids, closing, related, service
from sanduq.rahnu.contracts.liquidation.auctions.schemas import (
    AnnouncementIn,
    AuctionFilters,
    AuctionIn,
    BidderIn,
    PledgeAuctionList,
    PledgeAuctionOut,
    PledgeBidderList,
    PledgeBidderOut,
    ReasonIn,
    RelatedFilters,
    RelatedPartyIn,
    RelatedPartyList,
    RelatedPartyOut,
    auction_out,
    bidder_out,
    related_out,
)

router = APIRouter(prefix="/v1/rails/rahnu", tags=["Rahnu"])
READ, WRITE = scope("rahnu:read"), scope("rahnu:write")


@router.post("/auctions", response_model=PledgeAuctionOut, status_code=201, openapi_extra=WRITE)
def plan_auction(request: Request, body: AuctionIn) -> Any:
    """Plan a public sale; with `announced_on` it is announced already."""
    return gateway(request).write(
        request, lambda uow: auction_out(service.plan(uow, body.command())), status=201
    )


@router.get("/auctions", response_model=PledgeAuctionList, openapi_extra=READ)
def list_auctions(request: Request, filters: Annotated[AuctionFilters, Query()]) -> Any:
    """Auctions, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.search(uow, filters.chosen(), filters.page_request()).render(
            auction_out
        ),
    )


@router.get("/auctions/{auction_id}", response_model=PledgeAuctionOut, openapi_extra=READ)
def get_auction(request: Request, auction_id: str) -> Any:
    """One auction."""

    def found(uow: UnitOfWork) -> Tagged:
        auction = service.get(uow, _auction(auction_id))
        return Tagged(auction_out(auction), auction.etag)

    return gateway(request).read(request, found)


@router.post(
    "/auctions/{auction_id}/announce", response_model=PledgeAuctionOut, openapi_extra=WRITE
)
def announce_auction(request: Request, auction_id: str, body: AnnouncementIn) -> Any:
    """Say when and how the sale was made public."""
    return gateway(request).write(
        request,
        lambda uow: auction_out(
            service.announce(
                uow,
                _auction(auction_id),
                announced_on=body.announced_on,
                announcement=body.announcement,
                etag=if_match(request),
            )
        ),
    )


@router.post("/auctions/{auction_id}/open", response_model=PledgeAuctionOut, openapi_extra=WRITE)
def open_auction(request: Request, auction_id: str) -> Any:
    """Open the session for bids."""
    return gateway(request).write(
        request,
        lambda uow: auction_out(
            service.open_session(uow, _auction(auction_id), etag=if_match(request))
        ),
    )


@router.post("/auctions/{auction_id}/close", response_model=PledgeAuctionOut, openapi_extra=WRITE)
def close_auction(request: Request, auction_id: str) -> Any:
    """Close the session and strike each lot to its highest bid."""
    return gateway(request).write(
        request,
        lambda uow: auction_out(closing.close(uow, _auction(auction_id), etag=if_match(request))),
    )


@router.post("/auctions/{auction_id}/cancel", response_model=PledgeAuctionOut, openapi_extra=WRITE)
def cancel_auction(request: Request, auction_id: str, body: ReasonIn) -> Any:
    """Call an auction off before it opens."""
    return gateway(request).write(
        request,
        lambda uow: auction_out(
            closing.cancel(uow, _auction(auction_id), body.reason, etag=if_match(request))
        ),
    )


@router.post(
    "/auctions/{auction_id}/bidders",
    response_model=PledgeBidderOut,
    status_code=201,
    openapi_extra=WRITE,
)
def admit_bidder(request: Request, auction_id: str, body: BidderIn) -> Any:
    """Admit an identified bidder who is not on the creditor's side."""
    return gateway(request).write(
        request,
        lambda uow: bidder_out(
            bids.admit(uow, _auction(auction_id), checked_id(body.party_id, "cpty", "party_id"))
        ),
        status=201,
    )


@router.get("/auctions/{auction_id}/bidders", response_model=PledgeBidderList, openapi_extra=READ)
def list_bidders(request: Request, auction_id: str, page: Annotated[PageQuery, Query()]) -> Any:
    """Who is admitted to an auction, latest first."""
    return gateway(request).read(
        request,
        lambda uow: bids.list_bidders(uow, _auction(auction_id), page.page_request()).render(
            bidder_out
        ),
    )


@router.post(
    "/related-parties", response_model=RelatedPartyOut, status_code=201, openapi_extra=WRITE
)
def record_related_party(request: Request, body: RelatedPartyIn) -> Any:
    """Put somebody who may not buy a pledge on the register."""
    return gateway(request).write(
        request,
        lambda uow: related_out(
            related.record(
                uow,
                checked_id(body.party_id, "cpty", "party_id"),
                body.relation,
                user_id=body.user_id,
                note=body.note,
            )
        ),
        status=201,
    )


@router.get("/related-parties", response_model=RelatedPartyList, openapi_extra=READ)
def list_related_parties(request: Request, filters: Annotated[RelatedFilters, Query()]) -> Any:
    """The register of people on the creditor's side, newest first."""
    return gateway(request).read(
        request,
        lambda uow: related.list_related(
            uow, filters.page_request(), relation=filters.relation
        ).render(related_out),
    )


@router.post("/related-parties/{party_id}/end", response_model=RelatedPartyOut, openapi_extra=WRITE)
def end_related_party(request: Request, party_id: str, body: ReasonIn) -> Any:
    """Say that somebody no longer stands on the creditor's side."""
    return gateway(request).write(
        request,
        lambda uow: related_out(
            related.end(uow, checked_id(party_id, "cpty", "party_id"), body.reason)
        ),
    )


def _auction(auction_id: str) -> str:
    return checked_id(auction_id, "auc", "auction_id")
