"""Pledges of sadaqah: what donors mean to give, and what has come of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.funds.pledges import service
from sanduq.funds.pledges.schemas import (
    PledgeCancelIn,
    PledgeFilters,
    PledgeIn,
    PledgeList,
    PledgeOut,
    PledgeScheduleOut,
    pledge_out,
    pledge_schedule_out,
)
from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import asset_of, checked_id

router = APIRouter(prefix="/v1/rails/sadaqah/pledges", tags=["Sadaqah"])

READ, WRITE = scope("sadaqah:read"), scope("sadaqah:write")


@router.post("", response_model=PledgeOut, status_code=201, openapi_extra=WRITE)
def create_pledge(request: Request, body: PledgeIn) -> Any:
    """Record what a donor means to give regularly; it binds nobody."""
    return gateway(request).write(
        request,
        lambda uow: pledge_out(service.create_pledge(uow, body.command()), uow.today),
        status=201,
    )


@router.get("", response_model=PledgeList, openapi_extra=READ)
def list_pledges(request: Request, filters: Annotated[PledgeFilters, Query()]) -> Any:
    """List pledges, newest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        return service.list_pledges(
            uow,
            filters.page_request(),
            status=filters.status,
            donor_id=filters.donor_id,
            project_id=filters.project_id,
            asset=asset_of(filters.currency) if filters.currency is not None else None,
            external_id=filters.external_id,
        ).render(lambda pledge: pledge_out(pledge, uow.today))

    return gateway(request).read(request, found)


@router.get("/{pledge_id}", response_model=PledgeOut, openapi_extra=READ)
def get_pledge(request: Request, pledge_id: str) -> Any:
    """One pledge."""
    return gateway(request).read(
        request, lambda uow: pledge_out(service.get_pledge(uow, _checked(pledge_id)), uow.today)
    )


@router.get("/{pledge_id}/schedule", response_model=PledgeScheduleOut, openapi_extra=READ)
def get_pledge_schedule(request: Request, pledge_id: str) -> Any:
    """The gifts expected under a pledge, and how much of each has come."""
    return gateway(request).read(
        request,
        lambda uow: pledge_schedule_out(service.get_pledge(uow, _checked(pledge_id)), uow.today),
    )


@router.post("/{pledge_id}/cancel", response_model=PledgeOut, openapi_extra=WRITE)
def cancel_pledge(request: Request, pledge_id: str, body: PledgeCancelIn) -> Any:
    """Withdraw a pledge; nothing was owed under it."""
    return gateway(request).write(
        request,
        lambda uow: pledge_out(
            service.cancel_pledge(uow, _checked(pledge_id), reason=body.reason), uow.today
        ),
    )


def _checked(pledge_id: str) -> str:
    return checked_id(pledge_id, "plg", "pledge_id")
