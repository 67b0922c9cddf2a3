"""Indicators: what may be measured, and how."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.microfinance.programs.indicators import service
from sanduq.microfinance.programs.indicators.schemas import (
    IndicatorCode,
    IndicatorFilters,
    IndicatorIn,
    IndicatorList,
    IndicatorOut,
    indicator_out,
)

router = APIRouter(prefix="/v1/rails/microfinance/indicators", tags=["Impact"])

READ, WRITE = scope("microfinance:read"), scope("microfinance:write")


@router.post("", response_model=IndicatorOut, status_code=201, openapi_extra=WRITE)
def create_indicator(request: Request, body: IndicatorIn) -> Any:
    """Define an indicator of the institution's own."""
    return gateway(request).write(
        request,
        lambda uow: indicator_out(service.create_indicator(uow, body.command())),
        status=201,
    )


@router.get("", response_model=IndicatorList, openapi_extra=READ)
def list_indicators(request: Request, filters: Annotated[IndicatorFilters, Query()]) -> Any:
    """List the catalogue, or the institution's own indicators."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        page = filters.page_request()
        if filters.origin == "own":
            return service.list_indicators(uow, page, category=filters.category).render(
                indicator_out
            )
        return service.list_catalogue(page, category=filters.category).render(indicator_out)

    return gateway(request).read(request, found)


@router.get("/{code}", response_model=IndicatorOut, openapi_extra=READ)
def get_indicator(request: Request, code: IndicatorCode) -> Any:
    """One indicator, of the catalogue or the institution's own."""
    return gateway(request).read(
        request, lambda uow: indicator_out(service.get_indicator(uow, code))
    )
