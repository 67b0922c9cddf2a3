"""HTTP of lost gold; another user decides in the inbox of approvals (`sarf.loss`)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id
from sanduq.sarf.losses import service
from sanduq.sarf.losses.schemas import (
    GoldLossIn,
    GoldLossList,
    GoldLossOut,
    GoldLossQuery,
    gold_loss_out,
)

router = APIRouter(prefix="/v1/rails/sarf/losses", tags=["Sarf"])


@router.post("", response_model=GoldLossOut, status_code=201, openapi_extra=scope("sarf:write"))
def report_gold_loss(request: Request, body: GoldLossIn) -> Any:
    """Say that a piece of the institution's gold is gone; another user decides."""
    return gateway(request).write(
        request, lambda uow: gold_loss_out(service.report(uow, body.command())), status=201
    )


@router.get("", response_model=GoldLossList, openapi_extra=scope("sarf:read"))
def list_gold_losses(request: Request, query: Annotated[GoldLossQuery, Query()]) -> Any:
    """List losses of owned gold, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_losses(uow, query.filters(), query.page_request()).render(
            gold_loss_out
        ),
    )


@router.get("/{gold_loss_id}", response_model=GoldLossOut, openapi_extra=scope("sarf:read"))
def get_gold_loss(request: Request, gold_loss_id: str) -> Any:
    """One loss."""
    found = checked_id(gold_loss_id, "gls", "gold_loss_id")
    return gateway(request).read(request, lambda uow: gold_loss_out(service.get_loss(uow, found)))
