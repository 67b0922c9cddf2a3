"""Terms of the facility: under which settings and words gold is bought, and who allowed it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import asset_of, checked_id
from sanduq.sarf.terms import service
from sanduq.sarf.terms.schemas import (
    SarfStandardWordingsOut,
    SarfTermsActIn,
    SarfTermsFilters,
    SarfTermsIn,
    SarfTermsList,
    SarfTermsOut,
    SarfTermsPatch,
    standard_wordings_out,
    terms_out,
)

router = APIRouter(prefix="/v1/rails/sarf/terms", tags=["Sarf"])

READ, WRITE = scope("sarf:read"), scope("sarf:write")


@router.post("", response_model=SarfTermsOut, status_code=201, openapi_extra=WRITE)
def create_sarf_terms(request: Request, body: SarfTermsIn) -> Any:
    """Draw up terms; with a resolution named they wait for approval."""
    return gateway(request).write(
        request, lambda uow: terms_out(service.create(uow, body.command())), status=201
    )


@router.get("", response_model=SarfTermsList, openapi_extra=READ)
def list_sarf_terms(request: Request, filters: Annotated[SarfTermsFilters, Query()]) -> Any:
    """List terms, newest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        return service.list_terms(
            uow,
            filters.page_request(),
            status=filters.status,
            asset=asset_of(filters.currency) if filters.currency is not None else None,
            external_id=filters.external_id,
        ).render(terms_out)

    return gateway(request).read(request, found)


@router.get("/standard-wordings", response_model=SarfStandardWordingsOut, openapi_extra=READ)
def get_sarf_standard_wordings(request: Request) -> Any:
    """The words terms have when none are sent, and what may be filled in on each paper."""
    return gateway(request).read(request, lambda _: standard_wordings_out())


@router.get("/{terms_id}", response_model=SarfTermsOut, openapi_extra=READ)
def get_sarf_terms(request: Request, terms_id: str) -> Any:
    """One set of terms."""

    def found(uow: UnitOfWork) -> Tagged:
        terms = service.get(uow, _checked(terms_id))
        return Tagged(terms_out(terms), terms.etag)

    return gateway(request).read(request, found)


@router.patch("/{terms_id}", response_model=SarfTermsOut, openapi_extra=WRITE)
def change_sarf_terms(request: Request, terms_id: str, body: SarfTermsPatch) -> Any:
    """Change terms that nobody has approved yet; their approval is asked anew."""
    return gateway(request).write(
        request,
        lambda uow: terms_out(
            service.change(uow, _checked(terms_id), body.revise, if_match=if_match(request))
        ),
    )


@router.post("/{terms_id}/approve", response_model=SarfTermsOut, openapi_extra=WRITE)
def approve_sarf_terms(request: Request, terms_id: str, body: SarfTermsActIn | None = None) -> Any:
    """Approve terms as they stand, under a resolution that answers wafa, inah and gharar."""
    return gateway(request).write(
        request,
        lambda uow: terms_out(
            service.approve(
                uow, _checked(terms_id), reason=_reason(body), if_match=if_match(request)
            )
        ),
    )


@router.post("/{terms_id}/retire", response_model=SarfTermsOut, openapi_extra=WRITE)
def retire_sarf_terms(request: Request, terms_id: str, body: SarfTermsActIn | None = None) -> Any:
    """Open no new facilities under these terms; those under them run on."""
    return gateway(request).write(
        request,
        lambda uow: terms_out(
            service.retire(
                uow, _checked(terms_id), reason=_reason(body), if_match=if_match(request)
            )
        ),
    )


def _checked(terms_id: str) -> str:
    return checked_id(terms_id, "sft", "terms_id")


def _reason(body: SarfTermsActIn | None) -> str | None:
    return body.reason if body is not None else None
