"""HTTP of releases and of changes of the things in pledge."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, if_match, scope
from sanduq.kit.wire import PageQuery, checked_id
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.life.things import changes, schemas, service
from sanduq.rahnu.contracts.life.things.schemas import (
    PledgeChangeList,
    PledgeChangeObject,
    PledgeReleased,
    PledgeReleaseIn,
)
from sanduq.rahnu.contracts.life.wire import Identifier

router = APIRouter(prefix="/v1/rails/rahnu/contracts/{contract_id}", tags=["Pledges"])

READ, WRITE = scope("rahnu:read"), scope("rahnu:write")


def _id(value: str) -> str:
    return checked_id(value, "rhn", "contract_id")


@router.post(
    "/release",
    response_model=PledgeReleased,
    openapi_extra=scope("rahnu:write", is_extension=False),
)
def release_pledge(
    request: Request, contract_id: Identifier, body: PledgeReleaseIn | None = None
) -> Any:
    """Gives the pledge back once nothing is owed; the last payment may come in the same act."""
    asked = body or PledgeReleaseIn()

    def work(uow: UnitOfWork) -> Any:
        command = asked.command(contracts.get(uow, _id(contract_id)).asset)
        done = service.release(uow, contract_id, command, etag=if_match(request))
        return schemas.released_out(done.contract, done.change, done.repayment)

    return gateway(request).write(request, work)


@router.post(
    "/partial-release", status_code=201, response_model=PledgeChangeObject, openapi_extra=WRITE
)
def release_part(request: Request, contract_id: Identifier, body: schemas.PartialReleaseIn) -> Any:
    """Gives some things back while the rest still secures what is owed."""
    return gateway(request).write(
        request,
        lambda uow: schemas.change_out(
            changes.partial_release(
                uow, _id(contract_id), body.item_ids, body.fetching(), etag=if_match(request)
            )
        ),
        status=201,
    )


@router.post("/items", status_code=201, response_model=PledgeChangeObject, openapi_extra=WRITE)
def add_items(request: Request, contract_id: Identifier, body: schemas.AddedItemsIn) -> Any:
    """Takes more things into the pledge; the loan stays what it is."""
    return gateway(request).write(
        request,
        lambda uow: schemas.change_out(
            changes.add_items(uow, _id(contract_id), body.item_ids, etag=if_match(request))
        ),
        status=201,
    )


@router.post("/swap", status_code=201, response_model=PledgeChangeObject, openapi_extra=WRITE)
def swap_items(request: Request, contract_id: Identifier, body: schemas.SwapIn) -> Any:
    """Puts things in the place of others, in one act."""
    return gateway(request).write(
        request,
        lambda uow: schemas.change_out(
            changes.swap(uow, _id(contract_id), body.command(), etag=if_match(request))
        ),
        status=201,
    )


@router.get("/changes", response_model=PledgeChangeList, openapi_extra=READ)
def list_changes(
    request: Request, contract_id: Identifier, query: Annotated[PageQuery, Query()]
) -> Any:
    """What left, joined and was replaced in a pledge, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.changes(uow, _id(contract_id), query.page_request()).render(
            schemas.change_out
        ),
    )
