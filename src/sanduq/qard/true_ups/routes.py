"""HTTP of direct costs and the true-up of fees."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import asset_of
from sanduq.qard.true_ups import service
from sanduq.qard.true_ups.schemas import (
    CurrencyFilter,
    DirectCostIn,
    DirectCostList,
    DirectCostObject,
    FeeStanding,
    StandingQuery,
    TrueUpIn,
    TrueUpList,
    TrueUpObject,
    cost_out,
    standing_out,
    true_up_out,
)

router = APIRouter(prefix="/v1/rails/microfinance", tags=["Fees and their cost"])

READ, WRITE = scope("microfinance:read"), scope("microfinance:write")


@router.post("/direct-costs", status_code=201, response_model=DirectCostObject, openapi_extra=WRITE)
def record_direct_cost(request: Request, body: DirectCostIn) -> Any:
    """Books a direct cost of serving loans, on its receipt."""
    return gateway(request).write(
        request, lambda uow: cost_out(service.record_cost(uow, body.command())), status=201
    )


@router.get("/direct-costs", response_model=DirectCostList, openapi_extra=READ)
def list_direct_costs(request: Request, query: Annotated[CurrencyFilter, Query()]) -> Any:
    """Direct costs, newest first."""
    asset = asset_of(query.currency) if query.currency else None
    return gateway(request).read(
        request,
        lambda uow: service.list_costs(uow, query.page_request(), asset=asset).render(cost_out),
    )


@router.get("/fee-true-ups/standing", response_model=FeeStanding, openapi_extra=READ)
def get_fee_standing(request: Request, query: Annotated[StandingQuery, Query()]) -> Any:
    """Fees against their direct cost over some days."""
    return gateway(request).read(
        request,
        lambda uow: standing_out(
            service.standing_of(uow, asset_of(query.currency), query.starts_on, query.ends_on)
        ),
    )


@router.post("/fee-true-ups", status_code=201, response_model=TrueUpObject, openapi_extra=WRITE)
def true_up_fees(request: Request, body: TrueUpIn) -> Any:
    """Gives back the fees beyond their cost, to who bore them or to charity."""
    return gateway(request).write(
        request,
        lambda uow: true_up_out(
            service.true_up(
                uow, asset_of(body.currency), body.starts_on, body.ends_on, body.outcome
            )
        ),
        status=201,
    )


@router.get("/fee-true-ups", response_model=TrueUpList, openapi_extra=READ)
def list_true_ups(request: Request, query: Annotated[CurrencyFilter, Query()]) -> Any:
    """True-ups of fees, newest first."""
    asset = asset_of(query.currency) if query.currency else None
    return gateway(request).read(
        request,
        lambda uow: service.list_true_ups(uow, query.page_request(), asset=asset).render(
            true_up_out
        ),
    )
