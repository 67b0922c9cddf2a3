"""HTTP of parties and their verification."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.pages import LIMIT_MAX, Page, PageRequest
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import checked_id
from sanduq.parties import service
from sanduq.parties.schemas import (
    PartyChangesInput,
    PartyInput,
    PartyList,
    PartyObject,
    PartyQuery,
    TierList,
    VerificationInput,
    VerificationList,
    VerificationObject,
    VerificationQuery,
    party_out,
    tier_out,
    verification_out,
)

router = APIRouter(prefix="/v1/parties", tags=["parties"])
kyc_router = APIRouter(prefix="/v1/kyc", tags=["kyc"])

PartyIdInPath = Annotated[str, Path(description="The id of a party, `cpty_…`.")]


@router.post("", status_code=201, response_model=PartyObject, openapi_extra=scope("parties:write"))
def create_party(request: Request, body: PartyInput) -> Any:
    """Enters a person or an organisation, on the tier that asks for no document."""
    return gateway(request).write(
        request,
        lambda uow: party_out(service.create_parties(uow, [body.party()])[0]),
        status=201,
    )


@router.get("", response_model=PartyList, openapi_extra=scope("parties:read"))
def list_parties(request: Request, query: Annotated[PartyQuery, Query()]) -> Any:
    """Parties, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_parties(uow, query.filters(), query.page_request()).render(
            party_out
        ),
    )


@router.get("/{party_id}", response_model=PartyObject, openapi_extra=scope("parties:read"))
def get_party(request: Request, party_id: PartyIdInPath) -> Any:
    """One party."""

    def work(uow: UnitOfWork) -> Tagged:
        party = service.get_party(uow, _party_id(party_id))
        return Tagged(party_out(party), party.etag)

    return gateway(request).read(request, work)


@router.patch("/{party_id}", response_model=PartyObject, openapi_extra=scope("parties:write"))
def change_party(request: Request, party_id: PartyIdInPath, body: PartyChangesInput) -> Any:
    """Changes the fields that are sent; with If-Match only if nobody else did meanwhile."""
    return gateway(request).write(
        request,
        lambda uow: party_out(
            service.change_party(
                uow, _party_id(party_id), body.changes(), if_match=if_match(request)
            )
        ),
    )


@kyc_router.post(
    "/verifications",
    status_code=201,
    response_model=VerificationObject,
    openapi_extra=scope("kyc:write"),
)
def record_verification(request: Request, body: VerificationInput) -> Any:
    """Records documents that were seen; the party's tier follows from all it holds."""
    return gateway(request).write(
        request,
        lambda uow: verification_out(service.record_verifications(uow, [body.verification()])[0]),
        status=201,
    )


@kyc_router.get("/verifications", response_model=VerificationList, openapi_extra=scope("kyc:read"))
def list_verifications(request: Request, query: Annotated[VerificationQuery, Query()]) -> Any:
    """Verifications, newest first."""

    def work(uow: UnitOfWork) -> Any:
        party_id = None if query.party_id is None else _party_id(query.party_id)
        page = service.list_verifications(uow, party_id, query.page_request())
        return page.render(verification_out)

    return gateway(request).read(request, work)


@kyc_router.get("/tiers", response_model=TierList, openapi_extra=scope("kyc:read"))
def list_tiers(request: Request) -> Any:
    """The tiers, what each asks for and how much it allows; lowest first."""
    frame = PageRequest(limit=LIMIT_MAX)
    return gateway(request).read(
        request,
        lambda uow: Page(service.list_tiers(uow), False, frame, None, None).render(tier_out),
    )


def _party_id(value: str) -> str:
    return checked_id(value, service.PREFIX, "party_id")
