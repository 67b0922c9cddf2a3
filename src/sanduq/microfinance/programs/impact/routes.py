"""Impact of a program: figures reported, the report, and its charts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id
from sanduq.microfinance.programs.impact import drawing, service
from sanduq.microfinance.programs.impact.schemas import (
    ChartKind,
    ChartQuery,
    ImpactFormat,
    ImpactIn,
    ImpactQuery,
    ImpactRecordOut,
    ImpactReportOut,
    impact_record_out,
    impact_report_out,
)

router = APIRouter(prefix="/v1/rails/microfinance/programs", tags=["Impact"])

SEED_READ = scope("microfinance:read", is_extension=False)
SEED_WRITE = scope("microfinance:write", is_extension=False)
SVG = "image/svg+xml"
# The picture asks for nothing; a browser that opens it alone lets it ask for nothing.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
_PICTURE: dict[str, Any] = {SVG: {"schema": {"type": "string"}}}
_CHART: dict[int | str, dict[str, Any]] = {
    200: {"description": "A chart with a title and a description.", "content": _PICTURE}
}
_REPORT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The report, or its targets as a chart.", "content": _PICTURE}
}


@router.post(
    "/{program_id}/impact",
    response_model=ImpactRecordOut,
    status_code=201,
    openapi_extra=SEED_WRITE,
)
def record_impact(request: Request, program_id: str, body: ImpactIn) -> Any:
    """Record figures of a period; what the books know is computed and never posted."""
    return gateway(request).write(
        request,
        lambda uow: impact_record_out(
            service.record_impact(uow, _checked(program_id), body.period.period(), body.given())
        ),
        status=201,
    )


@router.get(
    "/{program_id}/impact",
    response_model=ImpactReportOut,
    responses=_REPORT,
    openapi_extra=SEED_READ,
)
def get_impact(request: Request, program_id: str, query: Annotated[ImpactQuery, Query()]) -> Any:
    """What became of a program: targets, change, parts of the people; nobody is told on."""

    def found(uow: UnitOfWork) -> Any:
        report = service.impact_report(uow, _checked(program_id), query.from_on, query.to_on)
        if query.format is ImpactFormat.SVG:
            return _picture(drawing.draw_targets(report, query.language))
        return impact_report_out(report, uow.now)

    return gateway(request).read(request, found)


@router.get(
    "/{program_id}/impact/chart",
    response_class=Response,
    responses=_CHART,
    openapi_extra=scope("microfinance:read"),
)
def get_impact_chart(
    request: Request, program_id: str, query: Annotated[ChartQuery, Query()]
) -> Any:
    """One indicator as a chart: progress to its target, before and after, or by parts."""

    def found(uow: UnitOfWork) -> Any:
        one = service.measured(
            uow, _checked(program_id), query.indicator, query.from_on, query.to_on
        )
        if query.kind is ChartKind.PROGRESS:
            return _picture(drawing.draw_progress(one, query.language))
        if query.kind is ChartKind.CHANGE:
            return _picture(drawing.draw_change(one, query.language))
        return _picture(drawing.draw_breakdown(one, query.dimension, query.language))

    return gateway(request).read(request, found)


def _picture(text: str) -> Response:
    return Response(text, media_type=SVG, headers=dict(_HEADERS))


def _checked(program_id: str) -> str:
    return checked_id(program_id, "prg", "program_id")
