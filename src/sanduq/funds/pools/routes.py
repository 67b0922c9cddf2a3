"""Pools: money set apart to be lent again and again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.funds.pools import service
from sanduq.funds.pools.schemas import (
    PoolCapitalIn,
    PoolFilters,
    PoolIn,
    PoolList,
    PoolOut,
    PoolPlacementList,
    PoolSourceIn,
    PoolStepIn,
    placement_out,
    pool_out,
)
from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, if_match, scope
from sanduq.kit.wire import PageQuery, checked_id

router = APIRouter(prefix="/v1/funds/pools", tags=["Funds"])
READ, WRITE = scope("funds:read"), scope("funds:write")


@router.post("", response_model=PoolOut, status_code=201, openapi_extra=WRITE)
def create_pool(request: Request, body: PoolIn) -> Any:
    """Record a pool; it waits for another person's approval."""
    return gateway(request).write(
        request, lambda uow: pool_out(service.create_pool(uow, body.command())), status=201
    )


@router.get("", response_model=PoolList, openapi_extra=READ)
def list_pools(request: Request, filters: Annotated[PoolFilters, Query()]) -> Any:
    """List pools with their figures, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_pools(uow, filters.page_request(), filters.columns()).render(
            pool_out
        ),
    )


@router.get("/{pool_id}", response_model=PoolOut, openapi_extra=READ)
def get_pool(request: Request, pool_id: str) -> Any:
    """One pool: its sources, its uses, what is lent, what is free, how often it has revolved."""
    return gateway(request).read(
        request, lambda uow: pool_out(service.get_pool(uow, _checked(pool_id)))
    )


@router.post("/{pool_id}/approve", response_model=PoolOut, openapi_extra=WRITE)
def approve_pool(request: Request, pool_id: str, body: PoolStepIn | None = None) -> Any:
    """Approve a pool another person made."""

    def approved(uow: UnitOfWork) -> dict[str, Any]:
        return pool_out(
            service.approve_pool(
                uow,
                _checked(pool_id),
                reason=body.reason if body else None,
                if_match=if_match(request),
            )
        )

    return gateway(request).write(request, approved)


@router.post("/{pool_id}/sources", response_model=PoolOut, status_code=201, openapi_extra=WRITE)
def place_capital(request: Request, pool_id: str, body: PoolSourceIn) -> Any:
    """Place capital in a pool; answers the pool."""

    def placed(uow: UnitOfWork) -> dict[str, Any]:
        _, state = service.place_capital(
            uow, _checked(pool_id), body.origin(), body.money(), memo=body.memo
        )
        return pool_out(state)

    return gateway(request).write(request, placed, status=201)


@router.get("/{pool_id}/placements", response_model=PoolPlacementList, openapi_extra=READ)
def list_placements(request: Request, pool_id: str, query: Annotated[PageQuery, Query()]) -> Any:
    """Capital put in and taken back, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_placements(uow, _checked(pool_id), query.page_request()).render(
            lambda moved: placement_out(*moved)
        ),
    )


@router.post("/{pool_id}/sources/{source_no}/withdraw", response_model=PoolOut, openapi_extra=WRITE)
def withdraw_capital(request: Request, pool_id: str, source_no: int, body: PoolCapitalIn) -> Any:
    """Return free capital to the fund it came from; answers the pool."""

    def withdrawn(uow: UnitOfWork) -> dict[str, Any]:
        _, state = service.withdraw_capital(
            uow, _checked(pool_id), source_no, body.money(), memo=body.memo
        )
        return pool_out(state)

    return gateway(request).write(request, withdrawn)


def _checked(pool_id: str) -> str:
    return checked_id(pool_id, "pool", "pool_id")
