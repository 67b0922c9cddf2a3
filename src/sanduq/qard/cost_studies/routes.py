"""Cost studies: what serving a loan costs, and so the most its fee may be."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import asset_of, checked_id
from sanduq.qard.cost_studies import service
from sanduq.qard.cost_studies.schemas import (
    CostStudyApprovalIn,
    CostStudyFilters,
    CostStudyIn,
    CostStudyList,
    CostStudyOut,
    cost_study_out,
)

router = APIRouter(prefix="/v1/rails/microfinance/cost-studies", tags=["Microfinance"])


@router.post(
    "", response_model=CostStudyOut, status_code=201, openapi_extra=scope("microfinance:write")
)
def create_cost_study(request: Request, body: CostStudyIn) -> Any:
    """Record a cost study; it waits for finance and for the Shariah board."""
    return gateway(request).write(
        request,
        lambda uow: cost_study_out(service.create_cost_study(uow, body.command())),
        status=201,
    )


@router.get("", response_model=CostStudyList, openapi_extra=scope("microfinance:read"))
def list_cost_studies(request: Request, filters: Annotated[CostStudyFilters, Query()]) -> Any:
    """List cost studies, newest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        return service.list_cost_studies(
            uow,
            filters.page_request(),
            product_type=filters.product_type,
            asset=asset_of(filters.currency) if filters.currency is not None else None,
            external_id=filters.external_id,
        ).render(cost_study_out)

    return gateway(request).read(request, found)


@router.get(
    "/{cost_study_id}", response_model=CostStudyOut, openapi_extra=scope("microfinance:read")
)
def get_cost_study(request: Request, cost_study_id: str) -> Any:
    """One cost study."""

    def found(uow: UnitOfWork) -> Tagged:
        record = service.get_cost_study(uow, _checked(cost_study_id))
        return Tagged(cost_study_out(record), record.etag)

    return gateway(request).read(request, found)


@router.post(
    "/{cost_study_id}/approve",
    response_model=CostStudyOut,
    openapi_extra=scope("microfinance:write"),
)
def approve_cost_study(request: Request, cost_study_id: str, body: CostStudyApprovalIn) -> Any:
    """Agree to a cost study for finance or for the Shariah board."""
    return gateway(request).write(
        request,
        lambda uow: cost_study_out(
            service.approve_cost_study(
                uow,
                _checked(cost_study_id),
                body.capacity,
                reason=body.reason,
                if_match=if_match(request),
            )
        ),
    )


def _checked(cost_study_id: str) -> str:
    return checked_id(cost_study_id, "cst", "cost_study_id")
