"""HTTP of the true-up of custody fees: parse, call one service function, render."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import asset_of
from sanduq.rahnu.fees.true_ups import service
from sanduq.rahnu.fees.true_ups.schemas import (
    CustodyFeeStanding,
    CustodyStandingQuery,
    CustodyTrueUpIn,
    CustodyTrueUpList,
    CustodyTrueUpObject,
    CustodyTrueUpQuery,
    standing_out,
    true_up_out,
)

router = APIRouter(prefix="/v1/rails/rahnu/custody-costs", tags=["Custody fees and their cost"])

READ, WRITE = scope("rahnu:read"), scope("rahnu:write")


@router.get("/standing", response_model=CustodyFeeStanding, openapi_extra=READ)
def get_custody_fee_standing(
    request: Request, query: Annotated[CustodyStandingQuery, Query()]
) -> Any:
    """Custody fees against what keeping really cost over some days."""
    return gateway(request).read(
        request,
        lambda uow: standing_out(
            service.standing_of(uow, asset_of(query.currency), query.from_on, query.to_on)
        ),
    )


@router.post("/true-up", status_code=201, response_model=CustodyTrueUpObject, openapi_extra=WRITE)
def true_up_custody_fees(request: Request, body: CustodyTrueUpIn) -> Any:
    """Moves custody fees beyond their cost out of income: owed back, or to charity."""
    return gateway(request).write(
        request, lambda uow: true_up_out(service.true_up(uow, body.command())), status=201
    )


@router.get("/true-ups", response_model=CustodyTrueUpList, openapi_extra=READ)
def list_custody_true_ups(request: Request, query: Annotated[CustodyTrueUpQuery, Query()]) -> Any:
    """True-ups of custody fees, newest first."""
    asset = asset_of(query.currency) if query.currency else None
    return gateway(request).read(
        request,
        lambda uow: service.list_true_ups(uow, query.page_request(), asset=asset).render(
            true_up_out
        ),
    )
