"""Tariffs of others, for comparison and disclosure."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import asset_of, checked_id
from sanduq.rahnu.tariffs import service
from sanduq.rahnu.tariffs.schemas import (
    TariffActivationIn,
    TariffComparisonIn,
    TariffComparisonOut,
    TariffList,
    TariffOut,
    TariffQuoteIn,
    TariffQuoteOut,
    comparison_out,
    tariff_out,
    tariff_quote_out,
)

router = APIRouter(prefix="/v1/rails/rahnu/tariffs", tags=["Rahnu"])

READ, WRITE = "rahnu:read", "rahnu:write"


@router.get("", response_model=TariffList, openapi_extra=scope(READ))
def list_tariffs(request: Request) -> Any:
    """Every tariff kept for comparison."""
    return gateway(request).read(
        request,
        lambda _: {"type": "tariffs", "data": [tariff_out(t) for t in service.list_tariffs()]},
    )


@router.post("/compare", response_model=TariffComparisonOut, openapi_extra=scope(READ))
def compare_tariffs(request: Request, body: TariffComparisonIn) -> Any:
    """The same pledge under every tariff, beside a fee policy of our own."""

    def compared(uow: UnitOfWork) -> dict[str, Any]:
        asset, basis = asset_of(body.currency), body.basis()
        found = service.compare(uow, asset, body.case(uow.today), basis, body.fee_policy_id)
        return comparison_out(found, asset, basis, body.fine_weight_tenths())

    return gateway(request).read(request, compared)


@router.get("/{tariff_id}", response_model=TariffOut, openapi_extra=scope(READ))
def get_tariff(request: Request, tariff_id: str) -> Any:
    """One tariff."""
    return gateway(request).read(
        request, lambda _: tariff_out(service.get_tariff(_checked(tariff_id)))
    )


@router.post("/{tariff_id}/quote", response_model=TariffQuoteOut, openapi_extra=scope(READ))
def quote_tariff(request: Request, tariff_id: str, body: TariffQuoteIn) -> Any:
    """What a tariff comes to for a pledge, and what it weighs beside the loan."""
    return gateway(request).read(
        request,
        lambda uow: tariff_quote_out(
            service.quote_tariff(
                _checked(tariff_id), body.case(uow.today), rate=body.rate(), gaps=body.gaps
            ),
            asset_of(body.currency),
        ),
    )


@router.post("/{tariff_id}/activate", response_model=TariffOut, openapi_extra=scope(WRITE))
def activate_tariff(request: Request, tariff_id: str, body: TariffActivationIn) -> Any:
    """Always refused, with what the rules find: such a tariff is compared with, never charged."""
    return gateway(request).write(
        request,
        lambda uow: service.activate(uow, _checked(tariff_id), asset_of(body.currency)),
    )


def _checked(tariff_id: str) -> str:
    return checked_id(tariff_id, "trf", "tariff_id")
