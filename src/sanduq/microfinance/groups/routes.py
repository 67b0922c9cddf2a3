"""HTTP of lending groups: parse, call one service function, render."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import checked_id
from sanduq.microfinance.groups import service
from sanduq.microfinance.groups.schemas import (
    GroupActIn,
    GroupFilters,
    GroupIn,
    GroupList,
    GroupOut,
    GroupPatch,
    GroupReasonIn,
    GroupSuspensionIn,
    Identifier,
    group_out,
)

router = APIRouter(prefix="/v1/rails/microfinance/groups", tags=["Microfinance groups"])

READ, WRITE = "microfinance:read", "microfinance:write"


def _group_id(value: str) -> str:
    return checked_id(value, "grp", "group_id")


@router.post(
    "", status_code=201, response_model=GroupOut, openapi_extra=scope(WRITE, is_extension=False)
)
def create_group(request: Request, body: GroupIn) -> Any:
    """Forms a lending group."""
    return gateway(request).write(
        request, lambda uow: group_out(service.form_group(uow, body.command())), status=201
    )


@router.get("", response_model=GroupList, openapi_extra=scope(READ))
def list_groups(request: Request, query: Annotated[GroupFilters, Query()]) -> Any:
    """Groups, newest first, by any combination of filters."""
    return gateway(request).read(
        request,
        lambda uow: service.list_groups(uow, query.filters(), query.page_request()).render(
            group_out
        ),
    )


@router.get("/{group_id}", response_model=GroupOut, openapi_extra=scope(READ))
def get_group(request: Request, group_id: Identifier) -> Any:
    """One group."""

    def work(uow: UnitOfWork) -> Tagged:
        group = service.get_group(uow, _group_id(group_id))
        return Tagged(group_out(group), group.etag)

    return gateway(request).read(request, work)


@router.patch("/{group_id}", response_model=GroupOut, openapi_extra=scope(WRITE))
def change_group(request: Request, group_id: Identifier, body: GroupPatch) -> Any:
    """Changes by-laws, branch or facilitator."""
    return gateway(request).write(
        request,
        lambda uow: group_out(
            service.change_group(uow, _group_id(group_id), body.changes, if_match=if_match(request))
        ),
    )


@router.post("/{group_id}/activate", response_model=GroupOut, openapi_extra=scope(WRITE))
def activate_group(request: Request, group_id: Identifier, body: GroupActIn | None = None) -> Any:
    """Sets a group to work, or back to work."""
    reason = body.reason if body else None
    return gateway(request).write(
        request,
        lambda uow: group_out(
            service.activate(uow, _group_id(group_id), reason=reason, if_match=if_match(request))
        ),
    )


@router.post("/{group_id}/suspend", response_model=GroupOut, openapi_extra=scope(WRITE))
def suspend_group(request: Request, group_id: Identifier, body: GroupSuspensionIn) -> Any:
    """Holds a group back from new loans."""
    return gateway(request).write(
        request,
        lambda uow: group_out(
            service.suspend(
                uow,
                _group_id(group_id),
                reason=body.reason,
                until=body.until,
                if_match=if_match(request),
            )
        ),
    )


@router.post("/{group_id}/close", response_model=GroupOut, openapi_extra=scope(WRITE))
def close_group(request: Request, group_id: Identifier, body: GroupReasonIn) -> Any:
    """Closes a group that has nothing open."""
    return gateway(request).write(
        request,
        lambda uow: group_out(
            service.close(uow, _group_id(group_id), reason=body.reason, if_match=if_match(request))
        ),
    )
