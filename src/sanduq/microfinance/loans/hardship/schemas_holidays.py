"""Wire shapes of payment holidays for many loans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.kit.clock import rfc3339
from sanduq.kit.wire import Input, IsoDate, ListOutput, Output, PageQuery, Text
from sanduq.microfinance.loans.hardship.model_holidays import (
    MONTHS_MAX,
    HolidayResult,
    NewHoliday,
    PaymentHoliday,
)
from sanduq.microfinance.loans.schemas import Day, Identifier, Timestamp


class PaymentHolidayIn(Input):
    """Whom it befell (all filters that are given must fit), and how long payments rest:
    `months`, or `until` a day. `document` is where the event and the decision are on paper."""

    branch_id: Identifier | None = None
    group_id: Identifier | None = None
    program_id: Identifier | None = None
    months: Annotated[int, Field(strict=True, ge=1, le=MONTHS_MAX)] | None = None
    until: IsoDate | None = None
    event: Text
    reason: Text
    document: Text

    def command(self) -> NewHoliday:
        return NewHoliday(
            event=self.event,
            reason=self.reason,
            document=self.document,
            branch_id=self.branch_id,
            group_id=self.group_id,
            program_id=self.program_id,
            months=self.months,
            until_on=self.until,
        )


class PaymentHolidayFilters(PageQuery):
    """Holidays have no filters but the page."""


class PaymentHolidayObject(Output):
    """A holiday and how many loans got it."""

    id: str
    type: Literal["payment_holiday"]
    branch_id: str | None
    group_id: str | None
    program_id: str | None
    months: int | None
    until: Day | None
    event: str
    reason: str
    document: str
    given_count: int
    refused_count: int
    given_on: Day
    created_by: str
    created_at: Timestamp


class HolidayResultObject(Output):
    """What became of one loan: the instalment that moved and where to, or why none did."""

    loan_id: str
    status: Literal["GIVEN", "REFUSED"]
    from_due_date: Day | None
    to_due_date: Day | None
    schedule_version: int | None
    code: str | None
    message: str | None


class PaymentHolidayReport(PaymentHolidayObject):
    """A holiday with one result per loan, in the order of their ids."""

    results: list[HolidayResultObject]


class PaymentHolidayList(ListOutput):
    data: list[PaymentHolidayObject]


def holiday_out(holiday: PaymentHoliday) -> dict[str, Any]:
    """A holiday as the API and its events render it."""
    return PaymentHolidayObject(
        id=holiday.holiday_id,
        type="payment_holiday",
        branch_id=holiday.branch_id,
        group_id=holiday.group_id,
        program_id=holiday.program_id,
        months=holiday.months,
        until=holiday.until_on.isoformat() if holiday.until_on else None,
        event=holiday.event,
        reason=holiday.reason,
        document=holiday.document,
        given_count=holiday.given_count,
        refused_count=holiday.refused_count,
        given_on=holiday.given_on.isoformat(),
        created_by=holiday.created_by,
        created_at=rfc3339(holiday.created_at),
    ).model_dump()


def report_out(holiday: PaymentHoliday, results: Sequence[HolidayResult]) -> dict[str, Any]:
    """A holiday with what became of each loan."""
    return holiday_out(holiday) | {"results": [_result_out(each) for each in results]}


def _result_out(result: HolidayResult) -> dict[str, Any]:
    status: Literal["GIVEN", "REFUSED"] = "GIVEN" if result.is_given else "REFUSED"
    return HolidayResultObject(
        loan_id=result.loan_id,
        status=status,
        from_due_date=result.from_due_on.isoformat() if result.from_due_on else None,
        to_due_date=result.to_due_on.isoformat() if result.to_due_on else None,
        schedule_version=result.schedule_version,
        code=result.code,
        message=result.message,
    ).model_dump()
