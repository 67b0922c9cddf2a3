"""HTTP of a group's performance."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id
from sanduq.microfinance.groups.performance import service
from sanduq.microfinance.groups.performance.schemas import (
    GroupPerformanceOut,
    PerformanceQuery,
    performance_out,
)

router = APIRouter(prefix="/v1/rails/microfinance/groups", tags=["Microfinance groups"])


@router.get(
    "/{group_id}/performance",
    response_model=GroupPerformanceOut,
    openapi_extra=scope("microfinance:read", is_extension=False),
)
def get_group_performance(
    request: Request, group_id: str, query: Annotated[PerformanceQuery, Query()]
) -> Any:
    """How a group repays, meets and stands together, over a span of days."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        checked = checked_id(group_id, "grp", "group_id")
        span = (query.from_on, query.to_on)
        return performance_out(
            service.performance_of(uow, checked, *span), service.parts_of(uow, checked, *span)
        )

    return gateway(request).read(request, found)
