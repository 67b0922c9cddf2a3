"""Donations of sadaqah: announced, received, spent as their donors meant."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.funds.donations import service
from sanduq.funds.donations.schemas import (
    DonationCancelIn,
    DonationFilters,
    DonationIn,
    DonationList,
    DonationOut,
    DonationReceiveIn,
    RestrictionReleaseIn,
    RestrictionReleaseListOut,
    RestrictionReleaseOut,
    donation_out,
    release_out,
)
from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import asset_of, checked_id

router = APIRouter(prefix="/v1/rails/sadaqah/donations", tags=["Sadaqah"])

READ, WRITE = scope("sadaqah:read"), scope("sadaqah:write")


@router.post("", response_model=DonationOut, status_code=201, openapi_extra=WRITE)
def create_donation(request: Request, body: DonationIn) -> Any:
    """Record a gift a donor announces; `receive` takes its money in."""
    return gateway(request).write(
        request,
        lambda uow: donation_out(service.create_donations(uow, [body.command()])[0]),
        status=201,
    )


@router.get("", response_model=DonationList, openapi_extra=READ)
def list_donations(request: Request, filters: Annotated[DonationFilters, Query()]) -> Any:
    """List donations, newest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        return service.list_donations(
            uow,
            filters.page_request(),
            status=filters.status,
            donor_id=filters.donor_id,
            category=filters.category,
            purpose=filters.purpose,
            pledge_id=filters.pledge_id,
            asset=asset_of(filters.currency) if filters.currency is not None else None,
            external_id=filters.external_id,
        ).render(donation_out)

    return gateway(request).read(request, found)


@router.get("/{donation_id}", response_model=DonationOut, openapi_extra=READ)
def get_donation(request: Request, donation_id: str) -> Any:
    """One donation."""

    def found(uow: UnitOfWork) -> Tagged:
        donation = service.get_donation(uow, _checked(donation_id))
        return Tagged(donation_out(donation), donation.etag)

    return gateway(request).read(request, found)


@router.post("/{donation_id}/receive", response_model=DonationOut, openapi_extra=WRITE)
def receive_donation(request: Request, donation_id: str, body: DonationReceiveIn) -> Any:
    """Take the money of a donation into the fund of its purpose."""

    def received(uow: UnitOfWork) -> dict[str, Any]:
        command = body.command(_checked(donation_id), if_match(request))
        return donation_out(service.receive_donations(uow, [command])[0])

    return gateway(request).write(request, received)


@router.post("/{donation_id}/cancel", response_model=DonationOut, openapi_extra=WRITE)
def cancel_donation(request: Request, donation_id: str, body: DonationCancelIn) -> Any:
    """Call off a donation whose money has not come."""
    return gateway(request).write(
        request,
        lambda uow: donation_out(
            service.cancel_donation(
                uow, _checked(donation_id), reason=body.reason, if_match=if_match(request)
            )
        ),
    )


@router.post(
    "/{donation_id}/release-restriction",
    response_model=RestrictionReleaseOut,
    status_code=201,
    openapi_extra=WRITE,
)
def release_restriction(request: Request, donation_id: str, body: RestrictionReleaseIn) -> Any:
    """Give a received gift another purpose, on the donor's word or the board's."""
    return gateway(request).write(
        request,
        lambda uow: release_out(
            service.release_restriction(uow, body.command(_checked(donation_id)))
        ),
        status=201,
    )


@router.get(
    "/{donation_id}/release-restriction",
    response_model=RestrictionReleaseListOut,
    openapi_extra=READ,
)
def list_releases(request: Request, donation_id: str) -> Any:
    """The changes of one gift's purpose, oldest first."""
    return gateway(request).read(
        request,
        lambda uow: {
            "data": [release_out(each) for each in service.releases_of(uow, _checked(donation_id))]
        },
    )


def _checked(donation_id: str) -> str:
    return checked_id(donation_id, "sdq", "donation_id")
