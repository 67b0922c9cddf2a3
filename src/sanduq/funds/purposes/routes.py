"""Purposes: what donations may be given for, and what each may be used for."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.funds.purposes import service
from sanduq.funds.purposes.schemas import (
    PurposeFilters,
    PurposeIn,
    PurposeList,
    PurposeOut,
    purpose_out,
)
from sanduq.kit.web import gateway, scope

router = APIRouter(prefix="/v1/funds/purposes", tags=["Funds"])


@router.post("", response_model=PurposeOut, status_code=201, openapi_extra=scope("funds:write"))
def create_purpose(request: Request, body: PurposeIn) -> Any:
    """Add a purpose donations may be given for; its uses never change."""
    return gateway(request).write(
        request, lambda uow: purpose_out(service.create_purpose(uow, body.command())), status=201
    )


@router.get("", response_model=PurposeList, openapi_extra=scope("funds:read"))
def list_purposes(request: Request, filters: Annotated[PurposeFilters, Query()]) -> Any:
    """List purposes, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_purposes(uow, filters.page_request()).render(purpose_out),
    )
