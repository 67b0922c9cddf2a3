"""Custody cost studies: what keeping gold costs, and so the most a custody fee may be."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import asset_of, checked_id
from sanduq.rahnu.fees.cost_studies import service
from sanduq.rahnu.fees.cost_studies.schemas import (
    CustodyCostApprovalIn,
    CustodyCostStudyFilters,
    CustodyCostStudyIn,
    CustodyCostStudyList,
    CustodyCostStudyOut,
    custody_cost_study_out,
)

router = APIRouter(prefix="/v1/rails/rahnu/custody-cost-studies", tags=["Rahnu"])

READ, WRITE = "rahnu:read", "rahnu:write"


@router.post("", response_model=CustodyCostStudyOut, status_code=201, openapi_extra=scope(WRITE))
def create_custody_cost_study(request: Request, body: CustodyCostStudyIn) -> Any:
    """Record what keeping cost; it waits for finance and for the Shariah board."""
    return gateway(request).write(
        request,
        lambda uow: custody_cost_study_out(service.create_study(uow, body.command())),
        status=201,
    )


@router.get("", response_model=CustodyCostStudyList, openapi_extra=scope(READ))
def list_custody_cost_studies(
    request: Request, filters: Annotated[CustodyCostStudyFilters, Query()]
) -> Any:
    """List custody cost studies, newest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        return service.list_studies(
            uow,
            filters.page_request(),
            asset=asset_of(filters.currency) if filters.currency is not None else None,
            external_id=filters.external_id,
        ).render(custody_cost_study_out)

    return gateway(request).read(request, found)


@router.get(
    "/{custody_cost_study_id}", response_model=CustodyCostStudyOut, openapi_extra=scope(READ)
)
def get_custody_cost_study(request: Request, custody_cost_study_id: str) -> Any:
    """One custody cost study."""

    def found(uow: UnitOfWork) -> Tagged:
        record = service.get_study(uow, _checked(custody_cost_study_id))
        return Tagged(custody_cost_study_out(record), record.etag)

    return gateway(request).read(request, found)


@router.post(
    "/{custody_cost_study_id}/approve",
    response_model=CustodyCostStudyOut,
    openapi_extra=scope(WRITE),
)
def approve_custody_cost_study(
    request: Request, custody_cost_study_id: str, body: CustodyCostApprovalIn
) -> Any:
    """Agree to a custody cost study for finance or for the Shariah board."""
    return gateway(request).write(
        request,
        lambda uow: custody_cost_study_out(
            service.approve_study(
                uow,
                _checked(custody_cost_study_id),
                body.capacity,
                reason=body.reason,
                if_match=if_match(request),
            )
        ),
    )


def _checked(custody_cost_study_id: str) -> str:
    return checked_id(custody_cost_study_id, "ccs", "custody_cost_study_id")
