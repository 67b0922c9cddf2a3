"""HTTP of deposits: safe-keeping without a loan."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import PageQuery, checked_id
from sanduq.rahnu.deposits import service
from sanduq.rahnu.deposits.schemas import (
    DepositFilters,
    DepositIn,
    DepositList,
    DepositOut,
    DepositPaymentIn,
    DepositPaymentList,
    DepositPaymentOut,
    DepositWithdrawalIn,
    deposit_out,
    payment_out,
)

router = APIRouter(prefix="/v1/rails/rahnu/deposits", tags=["Rahnu"])

READ, WRITE = "rahnu:read", "rahnu:write"


@router.post("", response_model=DepositOut, status_code=201, openapi_extra=scope(WRITE))
def open_deposit(request: Request, body: DepositIn) -> Any:
    """Take things on for safe-keeping; their bag is then received at /v1/custody/bags."""
    return gateway(request).write(
        request, lambda uow: deposit_out(service.open_deposit(uow, body.command())), status=201
    )


@router.get("", response_model=DepositList, openapi_extra=scope(READ))
def list_deposits(request: Request, filters: Annotated[DepositFilters, Query()]) -> Any:
    """List deposits, newest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        return service.list_deposits(
            uow,
            filters.page_request(),
            status=filters.status,
            owner_id=filters.owner_id,
            external_id=filters.external_id,
        ).render(deposit_out)

    return gateway(request).read(request, found)


@router.get("/{deposit_id}", response_model=DepositOut, openapi_extra=scope(READ))
def get_deposit(request: Request, deposit_id: str) -> Any:
    """One deposit."""

    def found(uow: UnitOfWork) -> Tagged:
        deposit = service.get_deposit(uow, _checked(deposit_id))
        return Tagged(deposit_out(deposit), deposit.etag)

    return gateway(request).read(request, found)


@router.get("/{deposit_id}/payments", response_model=DepositPaymentList, openapi_extra=scope(READ))
def list_deposit_payments(
    request: Request, deposit_id: str, query: Annotated[PageQuery, Query()]
) -> Any:
    """Payments of a deposit's fee, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_payments(uow, _checked(deposit_id), query.page_request()).render(
            payment_out
        ),
    )


@router.post(
    "/{deposit_id}/payments",
    response_model=DepositPaymentOut,
    status_code=201,
    openapi_extra=scope(WRITE),
)
def pay_deposit_fee(request: Request, deposit_id: str, body: DepositPaymentIn) -> Any:
    """Take the fee for keeping, charged up to today."""

    def paid(uow: UnitOfWork) -> dict[str, Any]:
        asset = service.asset_of_deposit(uow, _checked(deposit_id))
        payment = service.pay_fee(uow, deposit_id, body.money(asset), reference=body.reference)
        return payment_out(payment)

    return gateway(request).write(request, paid, status=201)


@router.post("/{deposit_id}/withdraw", response_model=DepositOut, openapi_extra=scope(WRITE))
def withdraw_deposit(request: Request, deposit_id: str, body: DepositWithdrawalIn) -> Any:
    """Make a deposit ready to be fetched, its fee paid; custody hands it over."""
    return gateway(request).write(
        request,
        lambda uow: deposit_out(
            service.withdraw(
                uow,
                _checked(deposit_id),
                agent_id=body.agent_id,
                proof=body.proof,
                reason=body.reason,
                if_match=if_match(request),
            )
        ),
    )


def _checked(deposit_id: str) -> str:
    return checked_id(deposit_id, "dep", "deposit_id")
