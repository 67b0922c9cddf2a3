"""Pledge templates: under what terms pledges are taken, and under which resolution."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import asset_of, checked_id
from sanduq.rahnu.templates import service
from sanduq.rahnu.templates.schemas import (
    LicenceIn,
    PledgeTemplateActIn,
    PledgeTemplateFilters,
    PledgeTemplateIn,
    PledgeTemplateList,
    PledgeTemplateOut,
    PledgeTemplatePatch,
    template_out,
)

router = APIRouter(prefix="/v1/rails/rahnu/templates", tags=["Rahnu"])

READ, WRITE = scope("rahnu:read"), scope("rahnu:write")


@router.post("", response_model=PledgeTemplateOut, status_code=201, openapi_extra=WRITE)
def create_pledge_template(request: Request, body: PledgeTemplateIn) -> Any:
    """Draw up a pledge template; with a resolution named it waits for approval."""
    return gateway(request).write(
        request,
        lambda uow: template_out(service.create(uow, body.command())),
        status=201,
    )


@router.get("", response_model=PledgeTemplateList, openapi_extra=READ)
def list_pledge_templates(
    request: Request, filters: Annotated[PledgeTemplateFilters, Query()]
) -> Any:
    """List pledge templates, newest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        return service.list_templates(
            uow,
            filters.page_request(),
            status=filters.status,
            asset=asset_of(filters.currency) if filters.currency is not None else None,
            external_id=filters.external_id,
        ).render(template_out)

    return gateway(request).read(request, found)


@router.get("/{template_id}", response_model=PledgeTemplateOut, openapi_extra=READ)
def get_pledge_template(request: Request, template_id: str) -> Any:
    """One pledge template."""

    def found(uow: UnitOfWork) -> Tagged:
        template = service.get(uow, _checked(template_id))
        return Tagged(template_out(template), template.etag)

    return gateway(request).read(request, found)


@router.patch("/{template_id}", response_model=PledgeTemplateOut, openapi_extra=WRITE)
def change_pledge_template(request: Request, template_id: str, body: PledgeTemplatePatch) -> Any:
    """Change a pledge template that nobody has approved yet; its approval is asked anew."""
    return gateway(request).write(
        request,
        lambda uow: template_out(
            service.change(uow, _checked(template_id), body.revise, if_match=if_match(request))
        ),
    )


@router.post("/{template_id}/licence", response_model=PledgeTemplateOut, openapi_extra=WRITE)
def record_pledge_licence(request: Request, template_id: str, body: LicenceIn) -> Any:
    """Record the licence under which pledges of this template are taken, or its renewal."""
    return gateway(request).write(
        request,
        lambda uow: template_out(
            service.record_licence(
                uow, _checked(template_id), body.licence(), if_match=if_match(request)
            )
        ),
    )


@router.post("/{template_id}/approve", response_model=PledgeTemplateOut, openapi_extra=WRITE)
def approve_pledge_template(
    request: Request, template_id: str, body: PledgeTemplateActIn | None = None
) -> Any:
    """Approve a pledge template as it stands, under its resolution."""
    return gateway(request).write(
        request,
        lambda uow: template_out(
            service.approve(
                uow,
                _checked(template_id),
                reason=body.reason if body is not None else None,
                if_match=if_match(request),
            )
        ),
    )


@router.post("/{template_id}/retire", response_model=PledgeTemplateOut, openapi_extra=WRITE)
def retire_pledge_template(
    request: Request, template_id: str, body: PledgeTemplateActIn | None = None
) -> Any:
    """Take no new pledges under a template; those under it run on."""
    return gateway(request).write(
        request,
        lambda uow: template_out(
            service.retire(
                uow,
                _checked(template_id),
                reason=body.reason if body is not None else None,
                if_match=if_match(request),
            )
        ),
    )


def _checked(template_id: str) -> str:
    return checked_id(template_id, "rpt", "template_id")
