"""HTTP of valuations."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.assets.schemas import Identifier
from sanduq.assets.valuations import service
from sanduq.assets.valuations.schemas import (
    ConfirmationIn,
    ValuationFilters,
    ValuationIn,
    ValuationList,
    ValuationOut,
    valuation_out,
)
from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id

router = APIRouter(prefix="/v1/gold/valuations", tags=["Gold"])

READ, WRITE = "gold:read", "gold:write"


@router.post("", response_model=ValuationOut, status_code=201, openapi_extra=scope(WRITE))
def record_valuation(request: Request, body: ValuationIn) -> Any:
    """Record what a valuer found; metal is valued on the price board of the moment."""
    return gateway(request).write(
        request,
        lambda uow: valuation_out(service.record_valuation(uow, body.command())),
        status=201,
    )


@router.get("", response_model=ValuationList, openapi_extra=scope(READ))
def list_valuations(request: Request, filters: Annotated[ValuationFilters, Query()]) -> Any:
    """List valuations, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_valuations(
            uow,
            filters.page_request(),
            item_id=filters.item_id,
            status=filters.status,
            valuer_id=filters.valuer_id,
            external_id=filters.external_id,
            created_from=filters.created_from,
            created_before=filters.created_before,
        ).render(valuation_out),
    )


@router.get("/{valuation_id}", response_model=ValuationOut, openapi_extra=scope(READ))
def get_valuation(request: Request, valuation_id: Identifier) -> Any:
    """One valuation."""
    return gateway(request).read(
        request, lambda uow: valuation_out(service.get_valuation(uow, _checked(valuation_id)))
    )


@router.post("/{valuation_id}/confirm", response_model=ValuationOut, openapi_extra=scope(WRITE))
def confirm_valuation(request: Request, valuation_id: Identifier, body: ConfirmationIn) -> Any:
    """Be the second officer: agree, or dispute; a second valuer's own findings decide."""

    def confirmed(uow: UnitOfWork) -> dict[str, Any]:
        valuation = service.get_valuation(uow, _checked(valuation_id))
        second = body.command(valuation.value.asset)
        return valuation_out(service.confirm(uow, valuation.valuation_id, second))

    return gateway(request).write(request, confirmed)


def _checked(valuation_id: str) -> str:
    return checked_id(valuation_id, "val", "valuation_id")
