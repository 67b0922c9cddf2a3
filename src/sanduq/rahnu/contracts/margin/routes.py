"""HTTP of values, margins, calls and top-ups: parse, call one service function, render."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, if_match, scope
from sanduq.kit.wire import PageQuery, asset_of, checked_id
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.margin import book, revaluing, service, top_ups
from sanduq.rahnu.contracts.margin.schemas import (
    BookRevaluationList,
    BookRevaluationOut,
    MarginCallList,
    MarginCallOut,
    MarginOut,
    RevaluationList,
    TopUpList,
    TopUpOut,
    book_revaluation_out,
    margin_call_out,
    margin_out,
    revaluation_out,
    top_up_out,
)
from sanduq.rahnu.contracts.margin.schemas_in import (
    BookRevaluationIn,
    BookRevaluationQuery,
    Identifier,
    MarginCallFilters,
    NoticeDeliveryIn,
    PledgeRevaluation,
    TopUpIn,
    TopUpReturnIn,
)
from sanduq.rahnu.contracts.schemas import PledgeObject, pledge_out

router = APIRouter(prefix="/v1/rails/rahnu", tags=["Pledge margins"])

READ, WRITE = "rahnu:read", "rahnu:write"


def _id(value: str) -> str:
    return checked_id(value, "rhn", "contract_id")


@router.post(
    "/contracts/{contract_id}/revalue",
    response_model=PledgeObject,
    openapi_extra=scope(WRITE, is_extension=False),
)
def revalue_pledge(
    request: Request, contract_id: Identifier, body: PledgeRevaluation | None = None
) -> Any:
    """Values a pledge anew, on the board of today or by fresh valuations."""

    def work(uow: UnitOfWork) -> Any:
        asset = contracts.get(uow, _id(contract_id)).asset
        asked = (body or PledgeRevaluation()).command(asset)
        after = revaluing.revalue(uow, contract_id, asked, etag=if_match(request))
        return pledge_out(after)

    return gateway(request).write(request, work)


@router.get(
    "/contracts/{contract_id}/revaluations",
    response_model=RevaluationList,
    openapi_extra=scope(READ),
)
def list_revaluations(
    request: Request, contract_id: Identifier, query: Annotated[PageQuery, Query()]
) -> Any:
    """How a pledge was valued, newest first."""

    def work(uow: UnitOfWork) -> Any:
        asset = contracts.get(uow, _id(contract_id)).asset
        found = service.list_revaluations(uow, contract_id, query.page_request())
        return found.render(lambda one: revaluation_out(one, asset))

    return gateway(request).read(request, work)


@router.get("/contracts/{contract_id}/margin", response_model=MarginOut, openapi_extra=scope(READ))
def get_margin(request: Request, contract_id: Identifier) -> Any:
    """How near claims are to the value of a pledge, and at which prices flags are raised."""
    return gateway(request).read(
        request, lambda uow: margin_out(*service.standing(uow, _id(contract_id)))
    )


@router.post(
    "/contracts/{contract_id}/top-up",
    status_code=201,
    response_model=TopUpOut,
    openapi_extra=scope(WRITE),
)
def top_up(request: Request, contract_id: Identifier, body: TopUpIn) -> Any:
    """Takes cash the owner leaves as additional pledge; it stays the owner's."""

    def work(uow: UnitOfWork) -> Any:
        asset = contracts.get(uow, _id(contract_id)).asset
        money, etag = body.money(asset), if_match(request)
        return top_up_out(top_ups.receive(uow, contract_id, money, reason=body.reason, etag=etag))

    return gateway(request).write(request, work, status=201)


@router.post(
    "/contracts/{contract_id}/top-up/return",
    status_code=201,
    response_model=TopUpOut,
    openapi_extra=scope(WRITE),
)
def return_top_up(
    request: Request, contract_id: Identifier, body: TopUpReturnIn | None = None
) -> Any:
    """Gives cash back to the owner, as far as the debt stays covered."""
    asked = body or TopUpReturnIn()

    def work(uow: UnitOfWork) -> Any:
        asset = contracts.get(uow, _id(contract_id)).asset
        money, etag = asked.money(asset), if_match(request)
        return top_up_out(
            top_ups.give_back(uow, contract_id, money, reason=asked.reason, etag=etag)
        )

    return gateway(request).write(request, work, status=201)


@router.get("/contracts/{contract_id}/top-ups", response_model=TopUpList, openapi_extra=scope(READ))
def list_top_ups(
    request: Request, contract_id: Identifier, query: Annotated[PageQuery, Query()]
) -> Any:
    """Cash left beside a pledge and given back, newest first."""
    return gateway(request).read(
        request,
        lambda uow: top_ups.list_top_ups(uow, _id(contract_id), query.page_request()).render(
            top_up_out
        ),
    )


@router.post(
    "/revaluations",
    status_code=201,
    response_model=BookRevaluationOut,
    openapi_extra=scope(WRITE),
)
def revalue_book(request: Request, body: BookRevaluationIn) -> Any:
    """Values all pledges of a metal and currency on the board of today."""
    return gateway(request).write(
        request,
        lambda uow: book_revaluation_out(book.revalue_book(uow, *body.pair())),
        status=201,
    )


@router.get("/revaluations", response_model=BookRevaluationList, openapi_extra=scope(READ))
def list_book_revaluations(
    request: Request, query: Annotated[BookRevaluationQuery, Query()]
) -> Any:
    """Revaluations of the whole book, newest first."""
    asset = None if query.currency is None else asset_of(query.currency)
    return gateway(request).read(
        request,
        lambda uow: book.list_runs(
            uow, query.page_request(), metal=query.metal, asset=asset
        ).render(book_revaluation_out),
    )


@router.get("/revaluations/{run_id}", response_model=BookRevaluationOut, openapi_extra=scope(READ))
def get_book_revaluation(request: Request, run_id: Identifier) -> Any:
    """One revaluation of the whole book."""
    return gateway(request).read(
        request,
        lambda uow: book_revaluation_out(book.get_run(uow, checked_id(run_id, "rvr", "run_id"))),
    )


@router.get("/margin-calls", response_model=MarginCallList, openapi_extra=scope(READ))
def list_margin_calls(request: Request, query: Annotated[MarginCallFilters, Query()]) -> Any:
    """Margin calls, newest first, by any combination of filters."""
    return gateway(request).read(
        request,
        lambda uow: service.search_calls(
            uow, query.status, query.filters(), query.page_request()
        ).render(margin_call_out),
    )


@router.get(
    "/margin-calls/{margin_call_id}", response_model=MarginCallOut, openapi_extra=scope(READ)
)
def get_margin_call(request: Request, margin_call_id: Identifier) -> Any:
    """One margin call, with its notice."""
    return gateway(request).read(
        request,
        lambda uow: margin_call_out(
            service.get_call(uow, checked_id(margin_call_id, "mgc", "margin_call_id"))
        ),
    )


@router.post(
    "/margin-calls/{margin_call_id}/delivery",
    response_model=MarginCallOut,
    openapi_extra=scope(WRITE),
)
def record_delivery(request: Request, margin_call_id: Identifier, body: NoticeDeliveryIn) -> Any:
    """Writes down how the notice reached the owner; the days to answer count from then."""
    named = checked_id(margin_call_id, "mgc", "margin_call_id")
    return gateway(request).write(
        request,
        lambda uow: margin_call_out(
            service.record_delivery(uow, named, body.delivery(uow.actor.user_id))
        ),
    )
