"""Charity: what the institution may not keep, where it came from and where it goes."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.access import service as access
from sanduq.funds.charity import service
from sanduq.funds.charity.schemas import (
    CharityDecisionIn,
    CharityPaymentFilters,
    CharityPaymentIn,
    CharityPaymentList,
    CharityPaymentOut,
    CharityQuery,
    CharityReceiptFilters,
    CharityReceiptIn,
    CharityReceiptList,
    CharityReceiptOut,
    CharityReportOut,
    payment_out,
    receipt_out,
    report_out,
)
from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import asset_of, checked_id

router = APIRouter(prefix="/v1/funds/charity", tags=["Funds"])

READ, WRITE = scope("funds:read"), scope("funds:write")
DECIDE = scope("shariah-governance:write")


@router.get("", response_model=CharityReportOut, openapi_extra=READ)
def get_charity_report(request: Request, query: Annotated[CharityQuery, Query()]) -> Any:
    """Sources and uses of charity money in a year."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        asset = asset_of(query.currency or access.get_institution(uow).currency)
        return report_out(service.year_report(uow, query.year or uow.today.year, asset))

    return gateway(request).read(request, found)


@router.post("/receipts", response_model=CharityReceiptOut, status_code=201, openapi_extra=WRITE)
def receive_charity(request: Request, body: CharityReceiptIn) -> Any:
    """Set aside money the institution may not keep."""
    return gateway(request).write(
        request, lambda uow: receipt_out(service.receive(uow, body.command())), status=201
    )


@router.get("/receipts", response_model=CharityReceiptList, openapi_extra=READ)
def list_charity_receipts(
    request: Request, filters: Annotated[CharityReceiptFilters, Query()]
) -> Any:
    """List sources of charity money, newest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        return service.list_receipts(
            uow,
            filters.page_request(),
            source=filters.source,
            came_from=filters.came_from,
            asset=asset_of(filters.currency) if filters.currency is not None else None,
            external_id=filters.external_id,
        ).render(receipt_out)

    return gateway(request).read(request, found)


@router.get("/receipts/{receipt_id}", response_model=CharityReceiptOut, openapi_extra=READ)
def get_charity_receipt(request: Request, receipt_id: str) -> Any:
    """One source of charity money."""
    own = checked_id(receipt_id, "chr", "receipt_id")
    return gateway(request).read(request, lambda uow: receipt_out(service.get_receipt(uow, own)))


@router.post("/payments", response_model=CharityPaymentOut, status_code=201, openapi_extra=WRITE)
def request_charity_payment(request: Request, body: CharityPaymentIn) -> Any:
    """Ask for a payment from charity money; the Shariah reviewer decides on it."""
    return gateway(request).write(
        request, lambda uow: payment_out(service.request_payment(uow, body.command())), status=201
    )


@router.get("/payments", response_model=CharityPaymentList, openapi_extra=READ)
def list_charity_payments(
    request: Request, filters: Annotated[CharityPaymentFilters, Query()]
) -> Any:
    """List payments from charity money, newest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        return service.list_payments(
            uow,
            filters.page_request(),
            status=filters.status,
            beneficiary_id=filters.beneficiary_id,
            asset=asset_of(filters.currency) if filters.currency is not None else None,
            external_id=filters.external_id,
        ).render(payment_out)

    return gateway(request).read(request, found)


@router.get("/payments/{payment_id}", response_model=CharityPaymentOut, openapi_extra=READ)
def get_charity_payment(request: Request, payment_id: str) -> Any:
    """One payment from charity money."""
    return gateway(request).read(
        request, lambda uow: payment_out(service.get_payment(uow, _checked(payment_id)))
    )


@router.post(
    "/payments/{payment_id}/approve", response_model=CharityPaymentOut, openapi_extra=DECIDE
)
def approve_charity_payment(request: Request, payment_id: str, body: CharityDecisionIn) -> Any:
    """Sign a payment off and pay it."""
    return gateway(request).write(
        request,
        lambda uow: payment_out(
            service.approve_payment(uow, _checked(payment_id), reason=body.reason)
        ),
    )


@router.post(
    "/payments/{payment_id}/reject", response_model=CharityPaymentOut, openapi_extra=DECIDE
)
def reject_charity_payment(request: Request, payment_id: str, body: CharityDecisionIn) -> Any:
    """Refuse a payment that was asked for."""
    return gateway(request).write(
        request,
        lambda uow: payment_out(
            service.reject_payment(uow, _checked(payment_id), reason=body.reason)
        ),
    )


def _checked(payment_id: str) -> str:
    return checked_id(payment_id, "chp", "payment_id")
