"""HTTP of pledge contracts: parse, call one service function, render."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import ListOutput, checked_id
from sanduq.rahnu.contracts import disclosure, drafting, execution, review, service, termination
from sanduq.rahnu.contracts.schemas import (
    PledgeCreated,
    PledgeObject,
    PledgeValidation,
    pledge_created,
    pledge_out,
    validation_out,
)
from sanduq.rahnu.contracts.schemas_disclosure import PledgeDisclosureOut, disclosure_out
from sanduq.rahnu.contracts.schemas_new import (
    DisclosureAcknowledged,
    Identifier,
    NewPledge,
    PledgeChange,
    PledgeDecision,
    PledgeExecution,
    PledgeFilters,
    PledgeRefusal,
    PledgeSubmission,
    PledgeTermination,
)

router = APIRouter(prefix="/v1/rails/rahnu", tags=["Pledges"])

READ, WRITE = "rahnu:read", "rahnu:write"
SEED_WRITE, SEED_READ = scope(WRITE, is_extension=False), scope(READ, is_extension=False)


class PledgeList(ListOutput):
    data: list[PledgeObject]


def _id(value: str) -> str:
    return checked_id(value, "rhn", "contract_id")


@router.post("/contracts", status_code=201, response_model=PledgeCreated, openapi_extra=SEED_WRITE)
def create_pledge(request: Request, body: NewPledge) -> Any:
    """Draws up a pledge contract."""
    return gateway(request).write(
        request, lambda uow: pledge_created(drafting.create(uow, body.command())), status=201
    )


@router.get("/contracts", response_model=PledgeList, openapi_extra=SEED_READ)
def list_pledges(request: Request, query: Annotated[PledgeFilters, Query()]) -> Any:
    """Pledges, newest first, by any combination of filters."""
    return gateway(request).read(
        request,
        lambda uow: service.search(uow, query.filters(), query.page_request()).render(pledge_out),
    )


@router.post("/contracts/validate", response_model=PledgeValidation, openapi_extra=scope(WRITE))
def validate_pledge(request: Request, body: NewPledge) -> Any:
    """Tries a new contract against every rule, and keeps nothing."""
    return gateway(request).write(
        request, lambda uow: validation_out(drafting.validate(uow, body.command()))
    )


@router.get("/contracts/{contract_id}", response_model=PledgeObject, openapi_extra=SEED_READ)
def get_pledge(request: Request, contract_id: Identifier) -> Any:
    """One pledge with its things."""

    def work(uow: UnitOfWork) -> Any:
        contract = service.get(uow, _id(contract_id))
        return Tagged(pledge_out(contract), contract.etag)

    return gateway(request).read(request, work)


@router.patch("/contracts/{contract_id}", response_model=PledgeObject, openapi_extra=scope(WRITE))
def change_pledge(request: Request, contract_id: Identifier, body: PledgeChange) -> Any:
    """Changes a draft: its words, its ratio, the debt it secures, the owner's declaration."""

    def work(uow: UnitOfWork) -> Any:
        asset = service.get(uow, _id(contract_id)).asset
        wanted = body.change(asset)
        return pledge_out(drafting.change(uow, contract_id, wanted, etag=if_match(request)))

    return gateway(request).write(request, work)


@router.post(
    "/contracts/{contract_id}/submit", response_model=PledgeObject, openapi_extra=scope(WRITE)
)
def submit_pledge(
    request: Request, contract_id: Identifier, body: PledgeSubmission | None = None
) -> Any:
    """Puts a draft before Shariah review; resolutions in force may pass it at once."""
    asked = body or PledgeSubmission()
    return gateway(request).write(
        request,
        lambda uow: pledge_out(
            review.submit(
                uow, _id(contract_id), has_owner_declared=asked.owner_declared,
                owner_consent_id=asked.owner_consent_id, is_by_person=asked.by_person,
                etag=if_match(request),
            )
        ),
    )  # fmt: skip


@router.post(
    "/contracts/{contract_id}/approve", response_model=PledgeObject, openapi_extra=scope(WRITE)
)
def approve_pledge(
    request: Request, contract_id: Identifier, body: PledgeDecision | None = None
) -> Any:
    """Passes a pledge through Shariah review; its maker cannot."""
    reason = body.reason if body else None
    return gateway(request).write(
        request,
        lambda uow: pledge_out(
            review.approve(uow, _id(contract_id), reason=reason, etag=if_match(request))
        ),
    )


@router.post(
    "/contracts/{contract_id}/reject", response_model=PledgeObject, openapi_extra=scope(WRITE)
)
def reject_pledge(request: Request, contract_id: Identifier, body: PledgeRefusal) -> Any:
    """Sends a pledge back to its maker, with the reason; it is a draft again."""
    return gateway(request).write(
        request,
        lambda uow: pledge_out(
            review.reject(uow, _id(contract_id), reason=body.reason, etag=if_match(request))
        ),
    )


@router.get(
    "/contracts/{contract_id}/disclosure",
    response_model=PledgeDisclosureOut,
    openapi_extra=scope(READ),
)
def get_disclosure(request: Request, contract_id: Identifier) -> Any:
    """What the pledgor is told before signing."""
    return gateway(request).read(
        request, lambda uow: disclosure_out(disclosure.pack(uow, _id(contract_id)))
    )


@router.post(
    "/contracts/{contract_id}/disclosure", response_model=PledgeObject, openapi_extra=scope(WRITE)
)
def acknowledge_disclosure(
    request: Request, contract_id: Identifier, body: DisclosureAcknowledged
) -> Any:
    """Records that the pledgor was shown the disclosure and accepted it."""
    return gateway(request).write(
        request,
        lambda uow: pledge_out(
            disclosure.acknowledge(
                uow, _id(contract_id), body.version, language=body.language,
                etag=if_match(request),
            )
        ),
    )  # fmt: skip


@router.post(
    "/contracts/{contract_id}/execute", response_model=PledgeObject, openapi_extra=SEED_WRITE
)
def execute_pledge(
    request: Request, contract_id: Identifier, body: PledgeExecution | None = None
) -> Any:
    """Takes the pledge in, once it is in custody by two officers, and pays its loan out."""
    is_told = bool(body and body.disclosure_acknowledged)
    return gateway(request).write(
        request,
        lambda uow: pledge_out(
            execution.execute(
                uow, _id(contract_id), is_disclosure_acknowledged=is_told, etag=if_match(request)
            )
        ),
    )


@router.post(
    "/contracts/{contract_id}/terminate", response_model=PledgeObject, openapi_extra=scope(WRITE)
)
def terminate_pledge(request: Request, contract_id: Identifier, body: PledgeTermination) -> Any:
    """Ends a pledge before it is taken, or gives the security up while the debt lives on."""
    return gateway(request).write(
        request,
        lambda uow: pledge_out(
            termination.terminate(
                uow, _id(contract_id), by=body.by, reason=body.reason, etag=if_match(request)
            )
        ),
    )
