"""HTTP of leases: each step is parsed, carried out by one service function, and rendered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Asset
from sanduq.kit.web import gateway, if_match, scope
from sanduq.kit.wire import amount, checked_id
from sanduq.microfinance.loans.ijarah import (
    service_deposits,
    service_end,
    service_steps,
    service_use,
)
from sanduq.microfinance.loans.ijarah.reading import LeaseView
from sanduq.microfinance.loans.ijarah.schemas_out import (
    IjarahOut,
    IjarahRents,
    ijarah_out,
    rents_out,
)
from sanduq.microfinance.loans.ijarah.schemas_steps import (
    AcquireIn,
    AmendRentIn,
    CompensationIn,
    DeliverIn,
    DepositIn,
    DepositReleaseIn,
    EndLeaseIn,
    MaintenanceIn,
    ResumeRentIn,
    ReturnIn,
    SuspendRentIn,
    TotalLossIn,
    TransferIn,
)
from sanduq.microfinance.loans.schemas_application import Identifier

router = APIRouter(prefix="/v1/rails/microfinance", tags=["Ijarah"])

READ, WRITE = scope("microfinance:read"), scope("microfinance:write")

Act = Callable[[UnitOfWork, str, str | None], LeaseView]
PricedAct = Callable[[UnitOfWork, str, str | None, Asset], LeaseView]


def _loan_id(value: str) -> str:
    return checked_id(value, "mfl", "loan_id")


def _step(request: Request, loan_id: str, act: Act) -> Any:
    checked = _loan_id(loan_id)
    etag = if_match(request)
    return gateway(request).write(request, lambda uow: ijarah_out(act(uow, checked, etag)))


def _priced_step(request: Request, loan_id: str, act: PricedAct) -> Any:
    """A step whose amounts are read in the currency of the lease."""

    def acted(uow: UnitOfWork, checked: str, etag: str | None) -> LeaseView:
        return act(uow, checked, etag, service_steps.currency_of(uow, checked))

    return _step(request, loan_id, acted)


@router.get("/loans/{loan_id}/rents", response_model=IjarahRents, openapi_extra=READ)
def list_rents(request: Request, loan_id: Identifier) -> Any:
    """The rents of a lease, period by period, with what is credited, billed and paid of each."""
    checked = _loan_id(loan_id)
    return gateway(request).read(
        request, lambda uow: rents_out(*service_steps.list_rents(uow, checked))
    )


@router.post("/loans/{loan_id}/acquire", response_model=IjarahOut, openapi_extra=WRITE)
def acquire_asset(request: Request, loan_id: Identifier, body: AcquireIn) -> Any:
    """The institution comes to own what it will let, before it lets it."""
    return _priced_step(
        request,
        loan_id,
        lambda uow, loan, etag, asset: service_steps.acquire(
            uow, loan, body.command(asset), etag=etag
        ),
    )


def deliver_asset(request: Request, loan_id: str, body: DeliverIn) -> Any:
    """The asset is handed over: rent begins that day. The path is shared with other kinds."""
    return _step(
        request,
        loan_id,
        lambda uow, loan, etag: service_steps.deliver(uow, loan, body.command(), etag=etag),
    )


@router.post("/loans/{loan_id}/suspend-rent", response_model=IjarahOut, openapi_extra=WRITE)
def suspend_rent(request: Request, loan_id: Identifier, body: SuspendRentIn) -> Any:
    """The asset cannot be used: rent stops, unless it is the lessee's fault."""
    return _step(
        request,
        loan_id,
        lambda uow, loan, etag: service_use.suspend_rent(
            uow, loan, body.from_, body.fault, body.report, etag=etag
        ),
    )


@router.post("/loans/{loan_id}/resume-rent", response_model=IjarahOut, openapi_extra=WRITE)
def resume_rent(request: Request, loan_id: Identifier, body: ResumeRentIn) -> Any:
    """The asset can be used again; the days between are credited."""
    return _step(
        request,
        loan_id,
        lambda uow, loan, etag: service_use.resume_rent(uow, loan, body.on, etag=etag),
    )


@router.post("/loans/{loan_id}/maintenance", response_model=IjarahOut, openapi_extra=WRITE)
def record_maintenance(request: Request, loan_id: Identifier, body: MaintenanceIn) -> Any:
    """A repair or takaful is paid by the side that bears it."""
    return _priced_step(
        request,
        loan_id,
        lambda uow, loan, etag, asset: service_use.maintain(
            uow, loan, body.command(asset), etag=etag
        ),
    )


@router.post("/loans/{loan_id}/amend-rent", response_model=IjarahOut, openapi_extra=WRITE)
def amend_rent(request: Request, loan_id: Identifier, body: AmendRentIn) -> Any:
    """Agrees another rent for periods that have not begun."""
    return _priced_step(
        request,
        loan_id,
        lambda uow, loan, etag, asset: service_use.amend_rent(
            uow, loan, body.command(asset), etag=etag
        ),
    )


@router.post("/loans/{loan_id}/compensation", response_model=IjarahOut, openapi_extra=WRITE)
def record_compensation(request: Request, loan_id: Identifier, body: CompensationIn) -> Any:
    """The lessee makes good a loss of his own fault."""
    return _priced_step(
        request,
        loan_id,
        lambda uow, loan, etag, asset: service_use.compensate(
            uow, loan, body.command(asset), etag=etag
        ),
    )


@router.post("/loans/{loan_id}/total-loss", response_model=IjarahOut, openapi_extra=WRITE)
def record_total_loss(request: Request, loan_id: Identifier, body: TotalLossIn) -> Any:
    """The asset is lost; the remaining rents fall away."""
    return _priced_step(
        request,
        loan_id,
        lambda uow, loan, etag, asset: service_end.total_loss(
            uow, loan, body.command(asset), etag=etag
        ),
    )


@router.post("/loans/{loan_id}/end-lease", response_model=IjarahOut, openapi_extra=WRITE)
def end_lease(request: Request, loan_id: Identifier, body: EndLeaseIn) -> Any:
    """Ends a lease before its term, for a reason the contract knows."""
    return _priced_step(
        request,
        loan_id,
        lambda uow, loan, etag, asset: service_end.end_lease(
            uow, loan, body.command(asset), etag=etag
        ),
    )


@router.post("/loans/{loan_id}/transfer", response_model=IjarahOut, openapi_extra=WRITE)
def transfer_ownership(request: Request, loan_id: Identifier, body: TransferIn) -> Any:
    """Ownership passes by its own contract of gift or sale."""
    return _priced_step(
        request,
        loan_id,
        lambda uow, loan, etag, asset: service_end.transfer(
            uow, loan, body.command(asset), etag=etag
        ),
    )


@router.post("/loans/{loan_id}/return", response_model=IjarahOut, openapi_extra=WRITE)
def return_asset(request: Request, loan_id: Identifier, body: ReturnIn) -> Any:
    """The term is over and the asset comes back."""
    return _step(
        request,
        loan_id,
        lambda uow, loan, etag: service_end.return_asset(
            uow, loan, body.on, body.condition, body.document, etag=etag
        ),
    )


@router.post("/loans/{loan_id}/deposit", response_model=IjarahOut, openapi_extra=WRITE)
def take_deposit(request: Request, loan_id: Identifier, body: DepositIn) -> Any:
    """Takes a deposit with the promise to lease, in trust."""
    return _priced_step(
        request,
        loan_id,
        lambda uow, loan, etag, asset: service_deposits.take_deposit(
            uow, loan, amount(body.amount, asset, "amount", is_positive=True), body.document,
            etag=etag,
        ),
    )  # fmt: skip


@router.post("/loans/{loan_id}/deposit-release", response_model=IjarahOut, openapi_extra=WRITE)
def release_deposit(request: Request, loan_id: Identifier, body: DepositReleaseIn) -> Any:
    """Gives the deposit back, less an actual loss."""
    return _priced_step(
        request,
        loan_id,
        lambda uow, loan, etag, asset: service_deposits.release_deposit(
            uow, loan, body.command(asset), etag=etag
        ),
    )
