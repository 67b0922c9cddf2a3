"""Zakat: received, paid to the eight classes, and how long the rest has lain."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.access import service as access
from sanduq.funds.zakat import service
from sanduq.funds.zakat.schemas import (
    ZakatCapIn,
    ZakatCapOut,
    ZakatPaymentFilters,
    ZakatPaymentIn,
    ZakatPaymentList,
    ZakatPaymentOut,
    ZakatQuery,
    ZakatReceiptFilters,
    ZakatReceiptIn,
    ZakatReceiptList,
    ZakatReceiptOut,
    ZakatStandingOut,
    cap_out,
    payment_out,
    receipt_out,
    standing_out,
)
from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import asset_of, checked_id

router = APIRouter(prefix="/v1/funds/zakat", tags=["Funds"])

READ, WRITE = scope("funds:read"), scope("funds:write")


@router.get("", response_model=ZakatStandingOut, openapi_extra=READ)
def get_zakat(request: Request, query: Annotated[ZakatQuery, Query()]) -> Any:
    """Where the zakat of a currency stands; ZAKAT_OVERDUE when some has lain too long."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        asset = asset_of(query.currency or access.get_institution(uow).currency)
        standing, findings = service.standing(uow, asset)
        return standing_out(standing, service.get_cap(uow), findings)

    return gateway(request).read(request, found)


@router.post("/receipts", response_model=ZakatReceiptOut, status_code=201, openapi_extra=WRITE)
def receive_zakat(request: Request, body: ZakatReceiptIn) -> Any:
    """Take zakat in for distribution."""
    return gateway(request).write(
        request, lambda uow: receipt_out(service.receive(uow, body.command())), status=201
    )


@router.get("/receipts", response_model=ZakatReceiptList, openapi_extra=READ)
def list_zakat_receipts(request: Request, filters: Annotated[ZakatReceiptFilters, Query()]) -> Any:
    """List zakat received, newest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        return service.list_receipts(
            uow,
            filters.page_request(),
            asset=asset_of(filters.currency) if filters.currency is not None else None,
            payer_id=filters.payer_id,
            external_id=filters.external_id,
        ).render(receipt_out)

    return gateway(request).read(request, found)


@router.get("/receipts/{receipt_id}", response_model=ZakatReceiptOut, openapi_extra=READ)
def get_zakat_receipt(request: Request, receipt_id: str) -> Any:
    """One receipt of zakat."""
    own = checked_id(receipt_id, "zkr", "receipt_id")
    return gateway(request).read(request, lambda uow: receipt_out(service.get_receipt(uow, own)))


@router.post("/payments", response_model=ZakatPaymentOut, status_code=201, openapi_extra=WRITE)
def pay_zakat(request: Request, body: ZakatPaymentIn) -> Any:
    """Pay zakat to one of the eight classes, without a condition."""
    return gateway(request).write(
        request, lambda uow: payment_out(service.pay(uow, body.command())), status=201
    )


@router.get("/payments", response_model=ZakatPaymentList, openapi_extra=READ)
def list_zakat_payments(request: Request, filters: Annotated[ZakatPaymentFilters, Query()]) -> Any:
    """List zakat paid, newest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        return service.list_payments(
            uow,
            filters.page_request(),
            asset=asset_of(filters.currency) if filters.currency is not None else None,
            asnaf=filters.asnaf_code,
            recipient_id=filters.recipient_id,
            external_id=filters.external_id,
        ).render(payment_out)

    return gateway(request).read(request, found)


@router.get("/payments/{payment_id}", response_model=ZakatPaymentOut, openapi_extra=READ)
def get_zakat_payment(request: Request, payment_id: str) -> Any:
    """One payment of zakat."""
    own = checked_id(payment_id, "zkp", "payment_id")
    return gateway(request).read(request, lambda uow: payment_out(service.get_payment(uow, own)))


@router.post("/caps", response_model=ZakatCapOut, status_code=201, openapi_extra=WRITE)
def set_zakat_cap(request: Request, body: ZakatCapIn) -> Any:
    """Set the share of zakat that its administrators may be paid, as the board ruled."""

    def done(uow: UnitOfWork) -> dict[str, Any]:
        own = checked_id(body.resolution_id, "res", "resolution_id")
        return cap_out(service.set_cap(uow, body.share_bp(), own))

    return gateway(request).write(request, done, status=201)
