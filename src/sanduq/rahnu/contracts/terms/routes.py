"""HTTP of extensions and renewals: parse, call one service function, render."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, if_match, scope
from sanduq.kit.wire import PageQuery, checked_id
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.schemas import PledgeObject, pledge_out
from sanduq.rahnu.contracts.terms import service
from sanduq.rahnu.contracts.terms.schemas import (
    Identifier,
    PledgeExtension,
    PledgeRenewal,
    TermChangeList,
    term_change_out,
)

router = APIRouter(prefix="/v1/rails/rahnu/contracts", tags=["Pledge terms"])

READ, WRITE = "rahnu:read", "rahnu:write"


def _id(value: str) -> str:
    return checked_id(value, "rhn", "contract_id")


@router.post("/{contract_id}/extend", response_model=PledgeObject, openapi_extra=scope(WRITE))
def extend_pledge(request: Request, contract_id: Identifier, body: PledgeExtension) -> Any:
    """Gives more time for the same debt; custody fee to the day is paid first."""

    def work(uow: UnitOfWork) -> Any:
        asked = body.command(contracts.get(uow, _id(contract_id)).asset)
        after = service.extend(uow, contract_id, asked, etag=if_match(request))
        return pledge_out(after)

    return gateway(request).write(request, work)


@router.post("/{contract_id}/renew", response_model=PledgeObject, openapi_extra=scope(WRITE))
def renew_pledge(request: Request, contract_id: Identifier, body: PledgeRenewal) -> Any:
    """Gives a new term for what is still owed, on a valuation of the day."""

    def work(uow: UnitOfWork) -> Any:
        asked = body.command(contracts.get(uow, _id(contract_id)).asset)
        after = service.renew(uow, contract_id, asked, etag=if_match(request))
        return pledge_out(after)

    return gateway(request).write(request, work)


@router.get("/{contract_id}/term-changes", response_model=TermChangeList, openapi_extra=scope(READ))
def list_term_changes(
    request: Request, contract_id: Identifier, query: Annotated[PageQuery, Query()]
) -> Any:
    """Extensions and renewals of a pledge, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_changes(uow, _id(contract_id), query.page_request()).render(
            term_change_out
        ),
    )
