"""HTTP of quotes."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id
from sanduq.sarf.facilities.quotes import service
from sanduq.sarf.facilities.quotes.schemas import (
    QuoteIn,
    QuoteList,
    QuoteOut,
    QuoteQuery,
    quote_out,
)

router = APIRouter(prefix="/v1/rails/sarf/quotes", tags=["Sarf"])


@router.post("", response_model=QuoteOut, status_code=201, openapi_extra=scope("sarf:write"))
def make_quote(request: Request, body: QuoteIn) -> Any:
    """Tell what gold would fetch today, and what a sale means. It is no offer."""
    return gateway(request).write(
        request, lambda uow: quote_out(service.quote(uow, body.command())), status=201
    )


@router.get("", response_model=QuoteList, openapi_extra=scope("sarf:read"))
def list_quotes(request: Request, query: Annotated[QuoteQuery, Query()]) -> Any:
    """List quotes, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_quotes(uow, query.filters(), query.page_request()).render(
            quote_out
        ),
    )


@router.get("/{quote_id}", response_model=QuoteOut, openapi_extra=scope("sarf:read"))
def get_quote(request: Request, quote_id: str) -> Any:
    """One quote."""
    found = checked_id(quote_id, "sqt", "quote_id")
    return gateway(request).read(request, lambda uow: quote_out(service.get_quote(uow, found)))
