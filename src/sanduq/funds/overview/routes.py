"""Funds: what each holds and what may still be spent."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.funds.overview import service
from sanduq.funds.overview.schemas import FundFilters, FundList, fund_out
from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import asset_of

router = APIRouter(prefix="/v1/funds", tags=["Funds"])


@router.get("", response_model=FundList, openapi_extra=scope("funds:read"))
def list_funds(request: Request, filters: Annotated[FundFilters, Query()]) -> Any:
    """List funds with their balances, newest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        return service.list_funds(
            uow,
            filters.page_request(),
            kind=filters.kind,
            asset=asset_of(filters.currency) if filters.currency is not None else None,
        ).render(fund_out)

    return gateway(request).read(request, found)
