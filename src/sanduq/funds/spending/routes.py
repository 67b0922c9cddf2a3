"""What was spent from funds, by whatever room; and gifts from sadaqah."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.funds.spending import service
from sanduq.funds.spending.schemas import (
    GrantIn,
    SpendingFilters,
    SpendingList,
    SpendingOut,
    spending_out,
)
from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id

router = APIRouter(prefix="/v1/funds/spending", tags=["Funds"])

READ, WRITE = scope("funds:read"), scope("funds:write")


@router.post("", response_model=SpendingOut, status_code=201, openapi_extra=WRITE)
def grant_from_fund(request: Request, body: GrantIn) -> Any:
    """Pay a gift from a fund of sadaqah, within what its donors meant."""
    return gateway(request).write(
        request, lambda uow: spending_out(service.grant(uow, body.command())), status=201
    )


@router.get("", response_model=SpendingList, openapi_extra=READ)
def list_spending(request: Request, filters: Annotated[SpendingFilters, Query()]) -> Any:
    """List drawings on funds, newest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        return service.list_spending(
            uow,
            filters.page_request(),
            kind=filters.kind,
            fund=filters.fund,
            use=filters.use,
            subject_id=filters.subject_id,
            party_id=filters.party_id,
        ).render(spending_out)

    return gateway(request).read(request, found)


@router.get("/{spending_id}", response_model=SpendingOut, openapi_extra=READ)
def get_spending(request: Request, spending_id: str) -> Any:
    """One drawing on a fund."""
    own = checked_id(spending_id, "fsp", "spending_id")
    return gateway(request).read(request, lambda uow: spending_out(service.get_spending(uow, own)))
