"""HTTP of revaluations: parse, call one service function, render."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id
from sanduq.sarf.position.revaluations import service
from sanduq.sarf.position.revaluations.schemas import (
    SarfRevaluationFilters,
    SarfRevaluationIn,
    SarfRevaluationList,
    SarfRevaluationOut,
    revaluation_out,
)

router = APIRouter(prefix="/v1/rails/sarf/revaluations", tags=["Sarf"])

READ, WRITE = "sarf:read", "sarf:write"


@router.post("", response_model=SarfRevaluationOut, status_code=201, openapi_extra=scope(WRITE))
def revalue_gold(request: Request, body: SarfRevaluationIn) -> Any:
    """Measure owned gold and open promises on the board of today, and book what moved."""
    return gateway(request).write(
        request, lambda uow: revaluation_out(service.revalue(uow, body.asset())), status=201
    )


@router.get("", response_model=SarfRevaluationList, openapi_extra=scope(READ))
def list_gold_revaluations(
    request: Request, filters: Annotated[SarfRevaluationFilters, Query()]
) -> Any:
    """List revaluations, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_runs(uow, filters.page_request(), filters.asset()).render(
            revaluation_out
        ),
    )


@router.get("/{revaluation_id}", response_model=SarfRevaluationOut, openapi_extra=scope(READ))
def get_gold_revaluation(request: Request, revaluation_id: str) -> Any:
    """One revaluation."""
    return gateway(request).read(
        request,
        lambda uow: revaluation_out(
            service.get(uow, checked_id(revaluation_id, "srv", "revaluation_id"))
        ),
    )
