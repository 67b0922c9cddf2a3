"""HTTP of the signs of a disguised loan."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.sarf.monitors import service
from sanduq.sarf.monitors.model import ALWAYS
from sanduq.sarf.monitors.schemas import MonitorQuery, SarfMonitorOut, monitor_out
from sanduq.sarf.terms import service as terms_service

router = APIRouter(prefix="/v1/rails/sarf/monitors", tags=["Sarf"])


@router.get("", response_model=SarfMonitorOut, openapi_extra=scope("sarf:read"))
def get_sarf_monitor(request: Request, query: Annotated[MonitorQuery, Query()]) -> Any:
    """Signs that facilities are loans in the guise of sales, beside the limits of the terms."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        asset = query.asset()
        terms = terms_service.terms_for(uow, None, asset)
        period = service.figures(uow, asset, query.period())
        overall = service.figures(uow, asset, ALWAYS)
        evaluations = service.judged(uow, period, asset, terms.settings)
        return monitor_out(asset, terms.terms_id, terms.settings, period, overall, evaluations)

    return gateway(request).read(request, found)
