"""HTTP of price boards."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.assets.model import Metal
from sanduq.assets.price_boards import service
from sanduq.assets.price_boards.schemas import (
    ApprovalIn,
    CurrentQuery,
    PriceBoardFilters,
    PriceBoardIn,
    PriceBoardList,
    PriceBoardOut,
    PriceImportIn,
    PriceImportOut,
    PriceQuoteOut,
    QuoteQuery,
    RejectionIn,
    board_out,
    import_out,
    quote_out,
)
from sanduq.assets.schemas import Identifier
from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import asset_of, checked_id

router = APIRouter(prefix="/v1/gold/price-boards", tags=["Gold"])

READ, WRITE = "gold:read", "gold:write"


@router.post("", response_model=PriceBoardOut, status_code=201, openapi_extra=scope(WRITE))
def propose_board(request: Request, body: PriceBoardIn) -> Any:
    """Propose a price board; it takes effect when another user approves it."""
    return gateway(request).write(
        request, lambda uow: board_out(service.propose(uow, body.command())), status=201
    )


@router.post("/import", response_model=PriceImportOut, status_code=201, openapi_extra=scope(WRITE))
def import_boards(request: Request, body: PriceImportIn) -> Any:
    """Propose the boards of a CSV sheet: all of them, or none."""
    return gateway(request).write(
        request,
        lambda uow: import_out(service.import_csv(uow, body.csv, body.source)),
        status=201,
    )


@router.get("", response_model=PriceBoardList, openapi_extra=scope(READ))
def list_boards(request: Request, filters: Annotated[PriceBoardFilters, Query()]) -> Any:
    """List price boards, newest first: the history of prices."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        return service.list_boards(
            uow,
            filters.page_request(),
            metal=Metal(filters.metal) if filters.metal is not None else None,
            asset=asset_of(filters.currency) if filters.currency is not None else None,
            status=filters.status,
            external_id=filters.external_id,
            effective_from=filters.effective_from,
            effective_before=filters.effective_before,
        ).render(board_out)

    return gateway(request).read(request, found)


@router.get("/current", response_model=PriceBoardOut, openapi_extra=scope(READ))
def get_current_board(request: Request, query: Annotated[CurrentQuery, Query()]) -> Any:
    """The board in force now; 409 NO_PRICE_BOARD when there is none, or its price is stale."""
    return gateway(request).read(
        request,
        lambda uow: board_out(
            service.current_board(uow, Metal(query.metal), asset_of(query.currency))
        ),
    )


@router.get("/{price_board_id}", response_model=PriceBoardOut, openapi_extra=scope(READ))
def get_board(request: Request, price_board_id: Identifier) -> Any:
    """One price board."""
    return gateway(request).read(
        request, lambda uow: board_out(service.get_board(uow, _checked(price_board_id)))
    )


@router.get("/{price_board_id}/quote", response_model=PriceQuoteOut, openapi_extra=scope(READ))
def get_quote(
    request: Request, price_board_id: Identifier, query: Annotated[QuoteQuery, Query()]
) -> Any:
    """What a net weight of a fineness is worth on a board, if it is the one in force now."""
    return gateway(request).read(
        request,
        lambda uow: quote_out(
            service.quote(uow, _checked(price_board_id), query.weight(), query.grade())
        ),
    )


@router.post("/{price_board_id}/approve", response_model=PriceBoardOut, openapi_extra=scope(WRITE))
def approve_board(request: Request, price_board_id: Identifier, body: ApprovalIn) -> Any:
    """Publish a proposed board."""
    return gateway(request).write(
        request,
        lambda uow: board_out(service.approve(uow, _checked(price_board_id), reason=body.reason)),
    )


@router.post("/{price_board_id}/reject", response_model=PriceBoardOut, openapi_extra=scope(WRITE))
def reject_board(request: Request, price_board_id: Identifier, body: RejectionIn) -> Any:
    """Refuse a proposed board, with the reason."""
    return gateway(request).write(
        request,
        lambda uow: board_out(service.reject(uow, _checked(price_board_id), reason=body.reason)),
    )


def _checked(price_board_id: str) -> str:
    return checked_id(price_board_id, "pbd", "price_board_id")
