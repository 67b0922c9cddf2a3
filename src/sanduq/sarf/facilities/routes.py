"""HTTP of facilities."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import checked_id
from sanduq.sarf.facilities import buying, days, opening, promising, service, sittings
from sanduq.sarf.facilities.model import Facility
from sanduq.sarf.facilities.quotes.service import get_quote
from sanduq.sarf.facilities.schemas import (
    BuyBackQuoteOut,
    BuyBackQuoteQuery,
    FacilityIn,
    FacilityList,
    FacilityOut,
    FacilityQuery,
    buy_back_quote_out,
    facility_out,
)
from sanduq.sarf.facilities.schemas_promise import (
    BuyBackIn,
    PromiseObject,
    UndertakingIn,
    promise_out,
)
from sanduq.sarf.schemas_sessions import ReasonIn, SessionOut, session_out

router = APIRouter(prefix="/v1/rails/sarf/facilities", tags=["Sarf"])

READ, WRITE = "sarf:read", "sarf:write"


def _tagged(facility: Facility) -> Tagged:
    return Tagged(facility_out(facility), facility.etag)


@router.post("", response_model=FacilityOut, status_code=201, openapi_extra=scope(WRITE))
def create_facility(request: Request, body: FacilityIn) -> Any:
    """Open a facility on a quote; nothing is sold by it."""

    def work(uow: UnitOfWork) -> dict[str, Any]:
        asset = get_quote(uow, checked_id(body.quote_id, "sqt", "quote_id")).asset
        return facility_out(opening.create(uow, body.command(asset)))

    return gateway(request).write(request, work, status=201)


@router.get("", response_model=FacilityList, openapi_extra=scope(READ))
def list_facilities(request: Request, query: Annotated[FacilityQuery, Query()]) -> Any:
    """List facilities, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.search(uow, query.filters(), query.page_request()).render(facility_out),
    )


@router.get("/{facility_id}", response_model=FacilityOut, openapi_extra=scope(READ))
def get_facility(request: Request, facility_id: str) -> Any:
    """One facility with its promise and purchases."""
    found = _id(facility_id)
    return gateway(request).read(request, lambda uow: _tagged(service.get(uow, found)))


@router.post("/{facility_id}/cancel", response_model=FacilityOut, openapi_extra=scope(WRITE))
def cancel_facility(request: Request, facility_id: str, body: ReasonIn) -> Any:
    """Give a facility up before anything is sold."""
    found, tag = _id(facility_id), if_match(request)
    return gateway(request).write(
        request, lambda uow: facility_out(opening.cancel(uow, found, body.reason, etag=tag))
    )


@router.post(
    "/{facility_id}/sessions",
    response_model=SessionOut,
    status_code=201,
    openapi_extra=scope(WRITE),
)
def open_session(request: Request, facility_id: str) -> Any:
    """Open the sitting that is next: the sale, or the purchase agreed today."""
    found, tag = _id(facility_id), if_match(request)
    return gateway(request).write(
        request,
        lambda uow: session_out(sittings.open_session(uow, found, etag=tag)),
        status=201,
    )


@router.post(
    "/{facility_id}/undertaking",
    response_model=FacilityOut,
    status_code=201,
    openapi_extra=scope(WRITE),
)
def undertake(request: Request, facility_id: str, body: UndertakingIn) -> Any:
    """Issue the institution's promise to sell; the customer is bound by nothing."""
    found, tag = _id(facility_id), if_match(request)

    def work(uow: UnitOfWork) -> dict[str, Any]:
        asset = service.get(uow, found).asset
        return facility_out(promising.undertake(uow, found, body.command(asset), etag=tag))

    return gateway(request).write(request, work, status=201)


@router.get("/{facility_id}/undertaking", response_model=PromiseObject, openapi_extra=scope(READ))
def get_undertaking(request: Request, facility_id: str) -> Any:
    """The promise, word for word."""
    found = _id(facility_id)
    return gateway(request).read(
        request, lambda uow: promise_out(promising.promise_of(uow, found)).model_dump()
    )


@router.get(
    "/{facility_id}/buy-back-quote", response_model=BuyBackQuoteOut, openapi_extra=scope(READ)
)
def get_buy_back_quote(
    request: Request, facility_id: str, query: Annotated[BuyBackQuoteQuery, Query()]
) -> Any:
    """The most that may be asked today, for all that remains or for so much pure gold."""
    found = _id(facility_id)
    return gateway(request).read(
        request,
        lambda uow: buy_back_quote_out(buying.buy_back_quote(uow, found, query.fine_weight_mg())),
    )


@router.post(
    "/{facility_id}/buy-back",
    response_model=FacilityOut,
    status_code=201,
    openapi_extra=scope(WRITE),
)
def ask_buy_back(request: Request, facility_id: str, body: BuyBackIn) -> Any:
    """Record that the customer chooses to buy pieces today."""
    found, tag = _id(facility_id), if_match(request)

    def work(uow: UnitOfWork) -> dict[str, Any]:
        asset = service.get(uow, found).asset
        return facility_out(buying.ask(uow, found, body.command(asset), etag=tag))

    return gateway(request).write(request, work, status=201)


@router.post(
    "/{facility_id}/buy-back/withdraw", response_model=FacilityOut, openapi_extra=scope(WRITE)
)
def withdraw_buy_back(request: Request, facility_id: str) -> Any:
    """Record that the customer does not buy after all; nothing follows."""
    found, tag = _id(facility_id), if_match(request)
    return gateway(request).write(
        request, lambda uow: facility_out(buying.withdraw(uow, found, etag=tag))
    )


@router.post("/{facility_id}/lapse", response_model=FacilityOut, openapi_extra=scope(WRITE))
def lapse_promise(request: Request, facility_id: str) -> Any:
    """End a promise whose window is over; days end it by themselves as well."""
    found, tag = _id(facility_id), if_match(request)
    return gateway(request).write(
        request, lambda uow: facility_out(days.lapse(uow, found, etag=tag))
    )


def _id(value: str) -> str:
    return checked_id(value, "srf", "facility_id")
