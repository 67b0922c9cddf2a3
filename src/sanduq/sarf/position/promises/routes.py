"""HTTP of the register of promises: parse, call one service function, render."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, scope
from sanduq.kit.wire import checked_id
from sanduq.sarf.position.promises import service
from sanduq.sarf.position.promises.schemas import (
    ExposureQuery,
    PromiseCoverOut,
    PromiseExposureOut,
    PromiseQuery,
    SarfPromiseList,
    SarfPromiseOut,
    cover_out,
    exposure_out,
    promise_out,
)

router = APIRouter(prefix="/v1/rails/sarf/promises", tags=["Sarf"])

READ = "sarf:read"


@router.get("", response_model=SarfPromiseList, openapi_extra=scope(READ))
def list_promises(request: Request, query: Annotated[PromiseQuery, Query()]) -> Any:
    """List promises, newest first, each with what is left of it at today's price."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        page = service.list_promises(uow, query.page_request(), query.filters())
        return page.render(lambda one: promise_out(*one, uow.today))

    return gateway(request).read(request, found)


@router.get("/cover", response_model=PromiseCoverOut, openapi_extra=scope(READ))
def get_promise_cover(request: Request) -> Any:
    """Gold at hand beside what is promised, by currency and in all, and what may be called when."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        by_asset, total = service.covers(uow)
        return cover_out(
            by_asset, total, service.window_months(uow), service.evaluations(uow), uow.today
        )

    return gateway(request).read(request, found)


@router.get("/exposure", response_model=PromiseExposureOut, openapi_extra=scope(READ))
def get_promise_exposure(request: Request, query: Annotated[ExposureQuery, Query()]) -> Any:
    """What open promises bring or cost at several prices of gold, and where they break even."""
    return gateway(request).read(
        request,
        lambda uow: exposure_out(service.exposed(uow, query.asset(), query.per_kg_minor())),
    )


@router.get("/{promise_id}", response_model=SarfPromiseOut, openapi_extra=scope(READ))
def get_promise(request: Request, promise_id: str) -> Any:
    """One promise."""

    def found(uow: UnitOfWork) -> Tagged:
        promise, cap = service.get(uow, checked_id(promise_id, "wad", "promise_id"))
        return Tagged(promise_out(promise, cap, uow.today), promise.etag)

    return gateway(request).read(request, found)
