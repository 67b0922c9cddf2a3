"""HTTP of payment holidays for many loans."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id
from sanduq.microfinance.loans.hardship import holidays
from sanduq.microfinance.loans.hardship.schemas_holidays import (
    PaymentHolidayFilters,
    PaymentHolidayIn,
    PaymentHolidayList,
    PaymentHolidayReport,
    holiday_out,
    report_out,
)
from sanduq.microfinance.loans.schemas import Identifier

router = APIRouter(prefix="/v1/rails/microfinance/holidays", tags=["Hardship and default"])

READ, WRITE = scope("microfinance:read"), scope("microfinance:write")


@router.post("", status_code=201, response_model=PaymentHolidayReport, openapi_extra=WRITE)
def give_holiday(request: Request, body: PaymentHolidayIn) -> Any:
    """After a disaster: lets the payments of a branch, group or program rest, without increase."""
    return gateway(request).write(
        request, lambda uow: report_out(*holidays.give(uow, body.command())), status=201
    )


@router.get("", response_model=PaymentHolidayList, openapi_extra=READ)
def list_holidays(request: Request, filters: Annotated[PaymentHolidayFilters, Query()]) -> Any:
    """Holidays given, newest first."""
    return gateway(request).read(
        request,
        lambda uow: holidays.list_holidays(uow, filters.page_request()).render(holiday_out),
    )


@router.get("/{holiday_id}", response_model=PaymentHolidayReport, openapi_extra=READ)
def get_holiday(request: Request, holiday_id: Identifier) -> Any:
    """One holiday and what became of each loan."""
    return gateway(request).read(
        request,
        lambda uow: report_out(*holidays.get(uow, checked_id(holiday_id, "hol", "holiday_id"))),
    )
