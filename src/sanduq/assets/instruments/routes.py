"""HTTP of instruments."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.assets.instruments import service
from sanduq.assets.instruments.schemas import (
    CalibrationIn,
    InstrumentFilters,
    InstrumentIn,
    InstrumentList,
    InstrumentOut,
    instrument_out,
)
from sanduq.assets.schemas import Identifier
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id

router = APIRouter(prefix="/v1/gold/instruments", tags=["Gold"])

READ, WRITE = "gold:read", "gold:write"


@router.post("", response_model=InstrumentOut, status_code=201, openapi_extra=scope(WRITE))
def register_instrument(request: Request, body: InstrumentIn) -> Any:
    """Put an instrument on record, with until when its calibration holds."""
    return gateway(request).write(
        request,
        lambda uow: instrument_out(service.register_instrument(uow, body.command())),
        status=201,
    )


@router.get("", response_model=InstrumentList, openapi_extra=scope(READ))
def list_instruments(request: Request, filters: Annotated[InstrumentFilters, Query()]) -> Any:
    """List instruments, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_instruments(
            uow, filters.page_request(), kind=filters.kind, external_id=filters.external_id
        ).render(instrument_out),
    )


@router.get("/{instrument_id}", response_model=InstrumentOut, openapi_extra=scope(READ))
def get_instrument(request: Request, instrument_id: Identifier) -> Any:
    """One instrument."""
    return gateway(request).read(
        request,
        lambda uow: instrument_out(service.get_instrument(uow, _checked(instrument_id))),
    )


@router.post(
    "/{instrument_id}/calibrations",
    response_model=InstrumentOut,
    status_code=201,
    openapi_extra=scope(WRITE),
)
def calibrate(request: Request, instrument_id: Identifier, body: CalibrationIn) -> Any:
    """Record that an instrument was calibrated again."""
    return gateway(request).write(
        request,
        lambda uow: instrument_out(
            service.calibrate(uow, _checked(instrument_id), body.calibration())
        ),
        status=201,
    )


def _checked(instrument_id: str) -> str:
    return checked_id(instrument_id, "ins", "instrument_id")
