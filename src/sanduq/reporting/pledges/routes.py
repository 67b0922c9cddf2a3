"""HTTP of reports on pledges."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.reporting.pledges import schemas, schemas_custody, service
from sanduq.reporting.portfolio.service import span_of

router = APIRouter(prefix="/v1/reports/pledges", tags=["Reports"])

_READ = scope("reports:read")


@router.get("", response_model=schemas.PledgeBookOut, openapi_extra=_READ)
def get_pledge_book(request: Request, query: Annotated[schemas.PledgeBookQuery, Query()]) -> Any:
    """Pledges in force: number, weight, value, what they answer for; and what waits to be."""
    return gateway(request).read(
        request,
        lambda uow: schemas.book_out(
            service.book(
                uow, query.as_of, asset=query.asset, branch_id=query.branch_id, by=query.by
            )
        ),
    )


@router.get("/maturities", response_model=schemas.MaturitiesOut, openapi_extra=_READ)
def get_pledge_maturities(
    request: Request, query: Annotated[schemas.PledgeSpanQuery, Query()]
) -> Any:
    """Pledges by the month their term ends, and those whose term is over."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        span, ending = service.maturities(
            uow, query.from_on, query.to_on, asset=query.asset, branch_id=query.branch_id
        )
        return schemas.maturities_out(span, ending)

    return gateway(request).read(request, found)


@router.get("/ltv", response_model=schemas.LtvReportOut, openapi_extra=_READ)
def get_pledge_ltv(request: Request, query: Annotated[schemas.PledgeFilters, Query()]) -> Any:
    """How loan-to-value ratios lie, by tenths up to one and above."""
    return gateway(request).read(
        request,
        lambda uow: schemas.ltv_out(
            uow.today, service.ltv(uow, asset=query.asset, branch_id=query.branch_id)
        ),
    )


@router.get("/margin", response_model=schemas.WatchListOut, openapi_extra=_READ)
def list_watched_pledges(
    request: Request, query: Annotated[schemas.WatchListQuery, Query()]
) -> Any:
    """Pledges that are flagged or called, highest loan-to-value ratio first."""
    return gateway(request).read(
        request,
        lambda uow: service.watch_list(
            uow, query.page_request(), asset=query.asset, branch_id=query.branch_id
        ).render(schemas.watched_out),
    )


@router.get("/custody-fees", response_model=schemas_custody.CustodyFeesOut, openapi_extra=_READ)
def get_custody_fee_cover(
    request: Request, query: Annotated[schemas_custody.CustodySpanQuery, Query()]
) -> Any:
    """Custody fees of a span of days against what keeping cost, as paid and by the study."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        span = span_of(uow, query.from_on, query.to_on)
        return schemas_custody.custody_fees_out(span, service.custody_fees(uow, span, query.asset))

    return gateway(request).read(request, found)


@router.get("/vault", response_model=schemas_custody.VaultOut, openapi_extra=_READ)
def get_pledge_vault(request: Request, query: Annotated[schemas.PledgeFilters, Query()]) -> Any:
    """What lies in each branch, its value today, the last count and the takaful cover."""
    return gateway(request).read(
        request,
        lambda uow: schemas_custody.vault_out(
            uow.today, service.vault(uow, asset=query.asset, branch_id=query.branch_id)
        ),
    )


@router.get("/auctions", response_model=schemas_custody.PledgeSalesOut, openapi_extra=_READ)
def get_pledge_sales(request: Request, query: Annotated[schemas.PledgeSpanQuery, Query()]) -> Any:
    """Auctions, sales and what they left for owners in a span of days."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        span = span_of(uow, query.from_on, query.to_on)
        made = service.sales(uow, span, asset=query.asset, branch_id=query.branch_id)
        return schemas_custody.sales_out(span, made)

    return gateway(request).read(request, found)
