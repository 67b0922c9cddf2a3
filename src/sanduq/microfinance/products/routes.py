"""Products: what loans are offered, and under which resolution."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import asset_of, checked_id
from sanduq.microfinance.products import service
from sanduq.microfinance.products.schemas import (
    ProductActIn,
    ProductFilters,
    ProductIn,
    ProductList,
    ProductOut,
    ProductPatch,
    product_out,
)

router = APIRouter(prefix="/v1/rails/microfinance/products", tags=["Microfinance"])

READ, WRITE = scope("microfinance:read"), scope("microfinance:write")


@router.post("", response_model=ProductOut, status_code=201, openapi_extra=WRITE)
def create_product(request: Request, body: ProductIn) -> Any:
    """Draw up a product; with a resolution named it waits for approval."""
    return gateway(request).write(
        request,
        lambda uow: product_out(service.create_product(uow, body.command())),
        status=201,
    )


@router.get("", response_model=ProductList, openapi_extra=READ)
def list_products(request: Request, filters: Annotated[ProductFilters, Query()]) -> Any:
    """List products, newest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        return service.list_products(
            uow,
            filters.page_request(),
            type_name=filters.type,
            status=filters.status,
            asset=asset_of(filters.currency) if filters.currency is not None else None,
            external_id=filters.external_id,
        ).render(product_out)

    return gateway(request).read(request, found)


@router.get("/{product_id}", response_model=ProductOut, openapi_extra=READ)
def get_product(request: Request, product_id: str) -> Any:
    """One product."""

    def found(uow: UnitOfWork) -> Tagged:
        product = service.get_product(uow, _checked(product_id))
        return Tagged(product_out(product), product.etag)

    return gateway(request).read(request, found)


@router.patch("/{product_id}", response_model=ProductOut, openapi_extra=WRITE)
def change_product(request: Request, product_id: str, body: ProductPatch) -> Any:
    """Change a product that nobody has approved yet."""
    return gateway(request).write(
        request,
        lambda uow: product_out(
            service.change_product(
                uow, _checked(product_id), body.revise, if_match=if_match(request)
            )
        ),
    )


@router.post("/{product_id}/approve", response_model=ProductOut, openapi_extra=WRITE)
def approve_product(request: Request, product_id: str, body: ProductActIn | None = None) -> Any:
    """Approve a product as it stands, under its resolution."""
    return gateway(request).write(
        request,
        lambda uow: product_out(
            service.approve_product(
                uow,
                _checked(product_id),
                reason=body.reason if body is not None else None,
                if_match=if_match(request),
            )
        ),
    )


@router.post("/{product_id}/retire", response_model=ProductOut, openapi_extra=WRITE)
def retire_product(request: Request, product_id: str, body: ProductActIn | None = None) -> Any:
    """Offer a product no more; its loans run on."""
    return gateway(request).write(
        request,
        lambda uow: product_out(
            service.retire_product(
                uow,
                _checked(product_id),
                reason=body.reason if body is not None else None,
                if_match=if_match(request),
            )
        ),
    )


def _checked(product_id: str) -> str:
    return checked_id(product_id, "prd", "product_id")
