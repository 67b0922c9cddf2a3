"""HTTP of the comparison: the paper's own case unless another is asked for."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.web import gateway, scope
from sanduq.sarf.comparison.schemas import SarfComparisonOut, SarfComparisonQuery, comparison_out

router = APIRouter(prefix="/v1/rails/sarf/comparison", tags=["Sarf"])


@router.get("", response_model=SarfComparisonOut, openapi_extra=scope("sarf:read"))
def get_sarf_comparison(request: Request, query: Annotated[SarfComparisonQuery, Query()]) -> Any:
    """The same gold pledged and sold, exactly; without parameters the paper's own figures."""
    return gateway(request).read(request, lambda _: comparison_out(query.compared()))
