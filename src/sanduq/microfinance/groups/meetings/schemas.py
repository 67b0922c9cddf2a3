"""Wire shapes of meetings."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from sanduq.kit.wire import Input, IsoDate, ListOutput, LongText, Output, PageQuery, Text
from sanduq.microfinance.groups.meetings.model import (
    PERIODS_MAX,
    Mark,
    Meeting,
    MeetingCalendar,
    MeetingRule,
    MeetingStatus,
    Move,
)
from sanduq.obligations.schedule import Frequency

Identifier = Annotated[str, Field(min_length=1, max_length=70)]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
ClockTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["09:30"])]


class MeetingCalendarIn(Input):
    """Weekly and biweekly meetings take `weekday`; monthly ones `nth` and `weekday` (second
    Tuesday), or `day_of_month`."""

    frequency: Frequency
    weekday: Weekday | None = None
    nth: Literal[1, 2, 3, 4, 5, -1] | None = None
    day_of_month: Annotated[int, Field(ge=1, le=31, strict=True)] | None = None
    place: Text
    time: ClockTime
    starts_on: IsoDate
    periods: Annotated[int, Field(ge=1, le=PERIODS_MAX, strict=True)] = 12

    def rule(self) -> MeetingRule:
        """The rule asked for. Refuses VALIDATION_ERROR one that says too much or too little."""
        weekday = None if self.weekday is None else WEEKDAYS.index(self.weekday)
        return MeetingRule(self.frequency, weekday, self.nth, self.day_of_month)


class MeetingCalendarOut(Output):
    id: str
    type: Literal["meeting_calendar"]
    group_id: str
    frequency: Frequency
    weekday: Weekday | None
    nth: int | None
    day_of_month: int | None
    place: str
    time: str
    starts_on: date
    periods: int
    created_at: datetime
    created_by: str


class MeetingOut(Output):
    id: str
    type: Literal["meeting"]
    group_id: str
    status: MeetingStatus
    planned_on: date
    meets_on: date
    time: str
    place: str
    minutes: str | None
    attendance: dict[str, Mark]
    created_at: datetime
    etag: str


class MeetingList(ListOutput):
    data: list[MeetingOut]


class MeetingQuery(PageQuery):
    """Meetings of these days, earliest first; without a first day, from today on."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_date: Annotated[IsoDate | None, Field(alias="from")] = None
    to_date: Annotated[IsoDate | None, Field(alias="to")] = None


class MeetingMoveIn(Input):
    """`borrowers_agree`: the borrowers whose instalment falls due sooner by it have agreed."""

    to: IsoDate
    place: Text | None = None
    reason: Text
    borrowers_agree: bool = False


class MeetingMoveOut(Output):
    meeting: MeetingOut
    moved_from: date
    moved_to: date
    reason: str
    loan_ids: list[str]


class MinutesIn(Input):
    text: LongText


class AttendanceIn(Input):
    """Marks by party: P present, A absent, AA absent with leave, L late."""

    marks: Annotated[dict[str, Mark], Field(min_length=1, max_length=500)]


def _clock(at: time) -> str:
    return f"{at:%H:%M}"


def calendar_out(calendar: MeetingCalendar) -> dict[str, Any]:
    """A calendar as the API writes it."""
    rule = calendar.rule
    return MeetingCalendarOut(
        id=calendar.calendar_id,
        type="meeting_calendar",
        group_id=calendar.group_id,
        frequency=rule.frequency,
        weekday=None if rule.weekday is None else WEEKDAYS[rule.weekday],  # type: ignore[arg-type]
        nth=rule.nth,
        day_of_month=rule.day_of_month,
        place=calendar.place,
        time=_clock(calendar.starts_at),
        starts_on=calendar.starts_on,
        periods=calendar.periods,
        created_at=calendar.created_at,
        created_by=calendar.created_by,
    ).model_dump()


def meeting_out(meeting: Meeting) -> dict[str, Any]:
    """A meeting as the API writes it."""
    return _meeting(meeting).model_dump()


def _meeting(meeting: Meeting) -> MeetingOut:
    return MeetingOut(
        id=meeting.meeting_id,
        type="meeting",
        group_id=meeting.group_id,
        status=meeting.status,
        planned_on=meeting.planned_on,
        meets_on=meeting.meets_on,
        time=_clock(meeting.starts_at),
        place=meeting.place,
        minutes=meeting.minutes,
        attendance=dict(meeting.attendance),
        created_at=meeting.created_at,
        etag=meeting.etag,
    )


def move_out(move: Move) -> dict[str, Any]:
    """A move as the API writes it."""
    return MeetingMoveOut(
        meeting=_meeting(move.meeting),
        moved_from=move.from_on,
        moved_to=move.to_on,
        reason=move.reason,
        loan_ids=list(move.loan_ids),
    ).model_dump()
