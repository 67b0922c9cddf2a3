"""HTTP of portfolio reports."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Asset
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import asset_of
from sanduq.reporting.portfolio import schemas, schemas_economics, service

router = APIRouter(prefix="/v1/reports/portfolio", tags=["Reports"])

_READ = scope("reports:read")


@router.get("", response_model=schemas.PortfolioOut, openapi_extra=_READ)
def get_portfolio(request: Request, query: Annotated[schemas.PortfolioQuery, Query()]) -> Any:
    """The portfolio at the end of a day: balances, portfolio at risk, ageing, arrears."""
    return gateway(request).read(
        request,
        lambda uow: schemas.portfolio_out(
            service.portfolio(uow, query.as_of, asset=_asset(query.currency), by=query.by)
        ),
    )


@router.get("/quality", response_model=schemas.QualityReportOut, openapi_extra=_READ)
def get_quality(request: Request, query: Annotated[schemas.SpanQuery, Query()]) -> Any:
    """Write-offs, forgiveness, recoveries and risk coverage of a span of days."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        span = service.span_of(uow, query.from_on, query.to_on)
        return schemas.quality_out(span, service.quality(uow, span, _asset(query.currency)))

    return gateway(request).read(request, found)


@router.get("/repayment", response_model=schemas.RepaymentReportOut, openapi_extra=_READ)
def get_repayment(request: Request, query: Annotated[schemas.SpanQuery, Query()]) -> Any:
    """On-time, current and cumulative repayment rates of a span of days."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        span = service.span_of(uow, query.from_on, query.to_on)
        return schemas.repayment_out(span, service.repayment(uow, span, _asset(query.currency)))

    return gateway(request).read(request, found)


@router.get(
    "/sustainability", response_model=schemas_economics.SustainabilityReportOut, openapi_extra=_READ
)
def get_sustainability(
    request: Request, query: Annotated[schemas_economics.SustainabilityQuery, Query()]
) -> Any:
    """What the portfolio earns and costs in a span of days, and whether it carries itself."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        span = service.span_of(uow, query.from_on, query.to_on)
        asset = _asset(query.currency)
        return schemas_economics.sustainability_out(
            span, service.sustainability(uow, span, asset, query.adjustments(asset))
        )

    return gateway(request).read(request, found)


@router.get("/retention", response_model=schemas.RetentionOut, openapi_extra=_READ)
def get_retention(request: Request, query: Annotated[schemas.SpanQuery, Query()]) -> Any:
    """How many borrowers stayed, came and left in a span of days."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        span = service.span_of(uow, query.from_on, query.to_on)
        asset = _asset(query.currency)
        return schemas.retention_out(span, asset, service.retention(uow, span, asset))

    return gateway(request).read(request, found)


def _asset(code: str | None) -> Asset | None:
    return asset_of(code) if code is not None else None
