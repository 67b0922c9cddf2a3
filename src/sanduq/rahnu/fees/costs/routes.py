"""HTTP of custody costs: parse, call one service function, render."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id
from sanduq.rahnu.fees.costs import service
from sanduq.rahnu.fees.costs.schemas import (
    CustodyCostIn,
    CustodyCostList,
    CustodyCostObject,
    CustodyCostQuery,
    CustodyCostReversalIn,
    custody_cost_out,
)

router = APIRouter(prefix="/v1/rails/rahnu/custody-costs", tags=["Custody fees and their cost"])

READ, WRITE = scope("rahnu:read"), scope("rahnu:write")


@router.post("", status_code=201, response_model=CustodyCostObject, openapi_extra=WRITE)
def record_custody_cost(request: Request, body: CustodyCostIn) -> Any:
    """Books what keeping cost, on its receipt, out of a branch's cash."""
    return gateway(request).write(
        request,
        lambda uow: custody_cost_out(service.record_cost(uow, body.command())),
        status=201,
    )


@router.get("", response_model=CustodyCostList, openapi_extra=READ)
def list_custody_costs(request: Request, query: Annotated[CustodyCostQuery, Query()]) -> Any:
    """Custody costs and their counter entries, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_costs(uow, query.filters(), query.page_request()).render(
            custody_cost_out
        ),
    )


@router.get("/{custody_cost_id}", response_model=CustodyCostObject, openapi_extra=READ)
def get_custody_cost(request: Request, custody_cost_id: str) -> Any:
    """One custody cost."""
    return gateway(request).read(
        request, lambda uow: custody_cost_out(service.get_cost(uow, _id(custody_cost_id)))
    )


@router.post(
    "/{custody_cost_id}/reverse",
    status_code=201,
    response_model=CustodyCostObject,
    openapi_extra=WRITE,
)
def reverse_custody_cost(
    request: Request, custody_cost_id: str, body: CustodyCostReversalIn
) -> Any:
    """Takes a cost back by a counter entry; both stay on record."""
    return gateway(request).write(
        request,
        lambda uow: custody_cost_out(
            service.reverse_cost(
                uow, _id(custody_cost_id), reason=body.reason, effective_on=body.effective_on
            )
        ),
        status=201,
    )


def _id(value: str) -> str:
    return checked_id(value, "cuc", "custody_cost_id")
