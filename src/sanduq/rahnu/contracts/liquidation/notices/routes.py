"""Notices of a pledge, what came of them, what was found out about the debtor, consents."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import PageQuery, checked_id
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.liquidation.notices import defaults, service
from sanduq.rahnu.contracts.liquidation.notices.defaults import NewFinding
from sanduq.rahnu.contracts.liquidation.notices.schemas import (
    DefaultFindingIn,
    DefaultFindingOut,
    DefaultFindings,
    DeliveryIn,
    NoticeFilters,
    NoticeIn,
    NoticeSentIn,
    PledgeNoticeList,
    PledgeNoticeOut,
    SaleConsentIn,
    SaleConsentOut,
    SaleConsents,
    consent_out,
    finding_out,
    notice_out,
)

router = APIRouter(prefix="/v1/rails/rahnu", tags=["Rahnu"])
READ, WRITE = scope("rahnu:read"), scope("rahnu:write")


@router.post(
    "/contracts/{contract_id}/notices",
    response_model=PledgeNoticeOut,
    status_code=201,
    openapi_extra=WRITE,
)
def give_notice(request: Request, contract_id: str, body: NoticeIn) -> Any:
    """Record a notice given to the pledgor."""

    def given(uow: UnitOfWork) -> dict[str, Any]:
        asset = contracts.get(uow, _pledge(contract_id)).asset
        return notice_out(service.give(uow, body.command(contract_id, asset)))

    return gateway(request).write(request, given, status=201)


@router.get("/contracts/{contract_id}/notices", response_model=PledgeNoticeList, openapi_extra=READ)
def list_notices_of_pledge(
    request: Request, contract_id: str, page: Annotated[PageQuery, Query()]
) -> Any:
    """Notices of one pledge, newest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        contracts.get(uow, _pledge(contract_id))
        filters = {"contract_id": contract_id}
        return service.list_notices(uow, filters, page.page_request()).render(notice_out)

    return gateway(request).read(request, found)


@router.get("/notices", response_model=PledgeNoticeList, openapi_extra=READ)
def list_notices(request: Request, filters: Annotated[NoticeFilters, Query()]) -> Any:
    """Notices of all pledges, newest first; `status=PENDING` is what waits to be sent."""
    return gateway(request).read(
        request,
        lambda uow: service.list_notices(uow, filters.chosen(), filters.page_request()).render(
            notice_out
        ),
    )


@router.get("/notices/{notice_id}", response_model=PledgeNoticeOut, openapi_extra=READ)
def get_notice(request: Request, notice_id: str) -> Any:
    """One notice with what came of it."""

    def found(uow: UnitOfWork) -> Tagged:
        notice = service.get(uow, _notice(notice_id))
        return Tagged(notice_out(notice), notice.etag)

    return gateway(request).read(request, found)


@router.post("/notices/{notice_id}/sent", response_model=PledgeNoticeOut, openapi_extra=WRITE)
def mark_notice_sent(request: Request, notice_id: str, body: NoticeSentIn) -> Any:
    """Say of a notice that waited how it was sent."""
    return gateway(request).write(
        request,
        lambda uow: notice_out(
            service.mark_sent(
                uow,
                _notice(notice_id),
                channel=body.channel,
                sent_on=body.sent_on,
                address=body.address,
                proof_reference=body.proof_reference,
                etag=if_match(request),
            )
        ),
    )


@router.post("/notices/{notice_id}/delivery", response_model=PledgeNoticeOut, openapi_extra=WRITE)
def record_delivery(request: Request, notice_id: str, body: DeliveryIn) -> Any:
    """Record what came of a notice, and how that is shown."""
    return gateway(request).write(
        request,
        lambda uow: notice_out(
            service.record_delivery(
                uow,
                _notice(notice_id),
                outcome=body.outcome,
                delivered_on=body.delivered_on,
                proof=body.proof,
            )
        ),
    )


@router.post(
    "/contracts/{contract_id}/default",
    response_model=DefaultFindingOut,
    status_code=201,
    openapi_extra=WRITE,
)
def record_default(request: Request, contract_id: str, body: DefaultFindingIn) -> Any:
    """Class the debtor of a pledge whose debt is late."""
    return gateway(request).write(
        request,
        lambda uow: finding_out(
            defaults.find(uow, NewFinding(contract_id=_pledge(contract_id), **body.model_dump()))
        ),
        status=201,
    )


@router.get("/contracts/{contract_id}/default", response_model=DefaultFindings, openapi_extra=READ)
def list_defaults(request: Request, contract_id: str) -> Any:
    """What was found out about the debtor, latest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        contracts.get(uow, _pledge(contract_id))
        return {"data": [finding_out(one) for one in defaults.findings_of(uow, contract_id)]}

    return gateway(request).read(request, found)


@router.post(
    "/contracts/{contract_id}/sale-consents",
    response_model=SaleConsentOut,
    status_code=201,
    openapi_extra=WRITE,
)
def record_consent(request: Request, contract_id: str, body: SaleConsentIn) -> Any:
    """Record what the owner agreed to about a sale, or what a court ordered."""
    return gateway(request).write(
        request,
        lambda uow: consent_out(defaults.consent(uow, _pledge(contract_id), **body.model_dump())),
        status=201,
    )


@router.get(
    "/contracts/{contract_id}/sale-consents", response_model=SaleConsents, openapi_extra=READ
)
def list_consents(request: Request, contract_id: str) -> Any:
    """Consents and orders of one pledge, latest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        contracts.get(uow, _pledge(contract_id))
        return {"data": [consent_out(one) for one in defaults.consents_of(uow, contract_id)]}

    return gateway(request).read(request, found)


def _pledge(contract_id: str) -> str:
    return checked_id(contract_id, "rhn", "contract_id")


def _notice(notice_id: str) -> str:
    return checked_id(notice_id, "ntc", "notice_id")
