"""HTTP of commodities and of the parallel salam."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import PageQuery, amount, asset_of, checked_id
from sanduq.microfinance.loans.salam import service_commodities, service_parallel
from sanduq.microfinance.loans.salam.model_terms import QUANTITY
from sanduq.microfinance.loans.salam.schemas_goods import (
    CommodityList,
    CommodityObject,
    NewCommodityIn,
    commodity_out,
)
from sanduq.microfinance.loans.salam.schemas_parallel import (
    NewParallelIn,
    ParallelDeliveryIn,
    ParallelFilters,
    ParallelSalamList,
    ParallelSalamObject,
    parallel_out,
)
from sanduq.microfinance.loans.salam.service_commodities import NewCommodity
from sanduq.microfinance.loans.salam.service_parallel import NewParallel
from sanduq.microfinance.loans.schemas_application import Identifier

router = APIRouter(prefix="/v1/rails/microfinance", tags=["Salam"])

READ, WRITE = scope("microfinance:read"), scope("microfinance:write")


@router.post("/commodities", status_code=201, response_model=CommodityObject, openapi_extra=WRITE)
def create_commodity(request: Request, body: NewCommodityIn) -> Any:
    """Registers a commodity, so that contracts can describe it in full."""
    new = NewCommodity(
        code=body.code,
        name=body.name,
        kind=body.kind,
        unit=body.unit,
        is_fungible=body.is_fungible,
        required_specifications=tuple(body.required_specifications),
        harvest_months=tuple(body.harvest_months),
        external_id=body.external_id,
        metadata=body.metadata,
    )
    return gateway(request).write(
        request, lambda uow: commodity_out(service_commodities.create(uow, new)), status=201
    )


@router.get("/commodities", response_model=CommodityList, openapi_extra=READ)
def list_commodities(request: Request, query: Annotated[PageQuery, Query()]) -> Any:
    """Commodities, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service_commodities.search(uow, query.page_request()).render(commodity_out),
    )


@router.get("/commodities/{commodity_id}", response_model=CommodityObject, openapi_extra=READ)
def get_commodity(request: Request, commodity_id: Identifier) -> Any:
    """One commodity."""
    checked = checked_id(commodity_id, "cmd", "commodity_id")
    return gateway(request).read(
        request, lambda uow: commodity_out(service_commodities.get(uow, checked))
    )


@router.post(
    "/parallel-salams", status_code=201, response_model=ParallelSalamObject, openapi_extra=WRITE
)
def create_parallel(request: Request, body: NewParallelIn) -> Any:
    """Concludes a sale by salam to a buyer, who pays the whole price now."""
    asset = asset_of(body.currency)
    new = NewParallel(
        buyer_id=checked_id(body.counterparty_id, "cpty", "counterparty_id"),
        commodity=body.commodity,
        quantity_milli=amount(body.quantity, QUANTITY, "quantity", is_positive=True).amount_minor,
        quantity_unit=body.quantity_unit,
        price_per_unit=amount(body.price_per_unit, asset, "price_per_unit", is_positive=True),
        price=None if body.price is None else amount(body.price, asset, "price"),
        specifications=body.quality_specifications,
        delivery_on=body.delivery_date,
        delivery_place=body.delivery_location,
        branch_id=body.branch_id and checked_id(body.branch_id, "brn", "branch_id"),
        notes=body.notes,
        external_id=body.external_id,
        metadata=body.metadata,
    )
    return gateway(request).write(
        request, lambda uow: parallel_out(service_parallel.create(uow, new)), status=201
    )


@router.get("/parallel-salams", response_model=ParallelSalamList, openapi_extra=READ)
def list_parallels(request: Request, query: Annotated[ParallelFilters, Query()]) -> Any:
    """Parallel salams, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service_parallel.search(
            uow,
            query.page_request(),
            status=query.status and str(query.status),
            buyer_id=query.counterparty_id,
        ).render(parallel_out),
    )


@router.get(
    "/parallel-salams/{parallel_id}", response_model=ParallelSalamObject, openapi_extra=READ
)
def get_parallel(request: Request, parallel_id: Identifier) -> Any:
    """One parallel salam."""
    checked = checked_id(parallel_id, "psl", "parallel_id")

    def work(uow: UnitOfWork) -> Any:
        found = service_parallel.get(uow, checked)
        return Tagged(parallel_out(found), found.etag)

    return gateway(request).read(request, work)


@router.post(
    "/parallel-salams/{parallel_id}/deliver",
    response_model=ParallelSalamObject,
    openapi_extra=WRITE,
)
def deliver_parallel(request: Request, parallel_id: Identifier, body: ParallelDeliveryIn) -> Any:
    """Delivers goods in hand of the description to the buyer."""
    checked, etag = checked_id(parallel_id, "psl", "parallel_id"), if_match(request)
    quantity = amount(body.quantity, QUANTITY, "quantity", is_positive=True).amount_minor
    return gateway(request).write(
        request,
        lambda uow: parallel_out(
            service_parallel.deliver(
                uow,
                checked,
                quantity_milli=quantity,
                on=body.on or uow.today,
                document=body.document,
                etag=etag,
            )
        ),
    )
