"""Resolutions of the board, the rulebook, and what its rules found."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id
from sanduq.shariah import service
from sanduq.shariah.schemas import (
    EvaluationFilters,
    EvaluationList,
    ResolutionFilters,
    ResolutionIn,
    ResolutionList,
    ResolutionOut,
    RuleFilters,
    RuleList,
    RuleOut,
    evaluation_out,
    resolution_out,
    rule_out,
)

router = APIRouter(prefix="/v1", tags=["Shariah"])

_RESOLUTIONS = "/rails/shariah-governance/resolutions"


@router.post(
    _RESOLUTIONS,
    response_model=ResolutionOut,
    status_code=201,
    openapi_extra=scope("shariah-governance:write"),
)
def create_resolution(request: Request, body: ResolutionIn) -> Any:
    """Record a resolution of the Shariah board."""
    return gateway(request).write(
        request,
        lambda uow: resolution_out(service.create_resolution(uow, body.command())),
        status=201,
    )


@router.get(
    _RESOLUTIONS, response_model=ResolutionList, openapi_extra=scope("shariah-governance:read")
)
def list_resolutions(request: Request, filters: Annotated[ResolutionFilters, Query()]) -> Any:
    """List resolutions, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_resolutions(
            uow, filters.page_request(), in_force_on=filters.in_force_on
        ).render(resolution_out),
    )


@router.get(
    _RESOLUTIONS + "/{resolution_id}",
    response_model=ResolutionOut,
    openapi_extra=scope("shariah-governance:read"),
)
def get_resolution(request: Request, resolution_id: str) -> Any:
    """One resolution."""
    return gateway(request).read(
        request,
        lambda uow: resolution_out(
            service.get_resolution(uow, checked_id(resolution_id, "res", "resolution_id"))
        ),
    )


@router.get("/shariah/rules", response_model=RuleList, openapi_extra=scope("shariah:read"))
def list_rules(request: Request, filters: Annotated[RuleFilters, Query()]) -> Any:
    """List the rulebook, in the order of evaluation."""
    return gateway(request).read(
        request,
        lambda _uow: service.list_rules(
            filters.page_request(), section=filters.section, severity=filters.severity
        ).render(rule_out),
    )


@router.get("/shariah/rules/{rule_id}", response_model=RuleOut, openapi_extra=scope("shariah:read"))
def get_rule(request: Request, rule_id: str) -> Any:
    """One rule."""
    return gateway(request).read(request, lambda _uow: rule_out(service.get_rule(rule_id)))


@router.get(
    "/shariah/evaluations", response_model=EvaluationList, openapi_extra=scope("shariah:read")
)
def list_evaluations(request: Request, filters: Annotated[EvaluationFilters, Query()]) -> Any:
    """List what the rules found, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_evaluations(
            uow,
            filters.page_request(),
            subject_id=filters.subject_id,
            rule_id=filters.rule_id,
        ).render(evaluation_out),
    )
