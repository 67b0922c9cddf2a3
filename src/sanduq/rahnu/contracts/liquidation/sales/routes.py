"""The sale of a pledge for a debt that is due and unpaid."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import checked_id
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.liquidation.sales import service
from sanduq.rahnu.contracts.liquidation.sales.schemas import (
    CreditorPaymentIn,
    LiquidateIn,
    PledgeSaleList,
    PledgeSaleOut,
    SaleDecisionIn,
    SaleFilters,
    SaleRejectionIn,
    sale_out,
)

router = APIRouter(prefix="/v1/rails/rahnu", tags=["Rahnu"])
READ, WRITE = scope("rahnu:read"), scope("rahnu:write")


@router.post(
    "/contracts/{contract_id}/liquidate",
    response_model=PledgeSaleOut,
    openapi_extra=scope("rahnu:write", is_extension=False),
)
def liquidate(request: Request, contract_id: str, body: LiquidateIn) -> Any:
    """Sell pledged things: a struck and paid lot at once, any other sale once another approves."""

    def sold(uow: UnitOfWork) -> dict[str, Any]:
        asset = contracts.get(uow, checked_id(contract_id, "rhn", "contract_id")).asset
        new = body.command(contract_id, asset)
        return sale_out(service.liquidate(uow, new, etag=if_match(request)))

    return gateway(request).write(request, sold)


@router.get("/sales", response_model=PledgeSaleList, openapi_extra=READ)
def list_sales(request: Request, filters: Annotated[SaleFilters, Query()]) -> Any:
    """Sales of pledged things, newest first; `status=PROPOSED` is what waits for a decision."""
    return gateway(request).read(
        request,
        lambda uow: service.search(uow, filters.chosen(), filters.page_request()).render(sale_out),
    )


@router.get("/sales/{sale_id}", response_model=PledgeSaleOut, openapi_extra=READ)
def get_sale(request: Request, sale_id: str) -> Any:
    """One sale, and how its price was shared out."""

    def found(uow: UnitOfWork) -> Tagged:
        sale = service.get(uow, _sale(sale_id))
        return Tagged(sale_out(sale), sale.etag)

    return gateway(request).read(request, found)


@router.post("/sales/{sale_id}/approve", response_model=PledgeSaleOut, openapi_extra=WRITE)
def approve_sale(request: Request, sale_id: str, body: SaleDecisionIn) -> Any:
    """Make a sale that another asked for: the price comes in and is shared out."""
    return gateway(request).write(
        request,
        lambda uow: sale_out(
            service.approve(uow, _sale(sale_id), reason=body.reason, etag=if_match(request))
        ),
    )


@router.post("/sales/{sale_id}/reject", response_model=PledgeSaleOut, openapi_extra=WRITE)
def reject_sale(request: Request, sale_id: str, body: SaleRejectionIn) -> Any:
    """Refuse a sale that another asked for."""
    return gateway(request).write(
        request,
        lambda uow: sale_out(
            service.reject(uow, _sale(sale_id), reason=body.reason, etag=if_match(request))
        ),
    )


@router.post("/sales/{sale_id}/creditor-payment", response_model=PledgeSaleOut, openapi_extra=WRITE)
def pay_creditor(request: Request, sale_id: str, body: CreditorPaymentIn) -> Any:
    """Pay what a sale recovered to the creditor of a debt on other books."""
    return gateway(request).write(
        request,
        lambda uow: sale_out(service.pay_creditor(uow, _sale(sale_id), reference=body.reference)),
    )


def _sale(sale_id: str) -> str:
    return checked_id(sale_id, "sal", "sale_id")
