"""HTTP of meetings: parse, call one service function, render."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import checked_id
from sanduq.microfinance.groups.meetings import service
from sanduq.microfinance.groups.meetings.schemas import (
    AttendanceIn,
    Identifier,
    MeetingCalendarIn,
    MeetingCalendarOut,
    MeetingList,
    MeetingMoveIn,
    MeetingMoveOut,
    MeetingOut,
    MeetingQuery,
    MinutesIn,
    calendar_out,
    meeting_out,
    move_out,
)

router = APIRouter(
    prefix="/v1/rails/microfinance/groups/{group_id}", tags=["Microfinance meetings"]
)

READ, WRITE = "microfinance:read", "microfinance:write"


def _group_id(value: str) -> str:
    return checked_id(value, "grp", "group_id")


def _meeting_id(value: str) -> str:
    return checked_id(value, "mtg", "meeting_id")


@router.post(
    "/meeting-calendar",
    status_code=201,
    response_model=MeetingCalendarOut,
    openapi_extra=scope(WRITE),
)
def set_calendar(request: Request, group_id: Identifier, body: MeetingCalendarIn) -> Any:
    """Agrees when a group meets, and plans the meetings ahead."""

    def work(uow: UnitOfWork) -> Any:
        new = service.NewCalendar(
            body.rule(), body.starts_on, time.fromisoformat(body.time), body.place, body.periods
        )
        return calendar_out(service.set_calendar(uow, _group_id(group_id), new))

    return gateway(request).write(request, work, status=201)


@router.get("/meeting-calendar", response_model=MeetingCalendarOut, openapi_extra=scope(READ))
def get_calendar(request: Request, group_id: Identifier) -> Any:
    """When a group meets."""
    return gateway(request).read(
        request, lambda uow: calendar_out(service.get_calendar(uow, _group_id(group_id)))
    )


@router.get("/meetings", response_model=MeetingList, openapi_extra=scope(READ))
def list_meetings(
    request: Request, group_id: Identifier, query: Annotated[MeetingQuery, Query()]
) -> Any:
    """Meetings of a group, earliest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_meetings(
            uow, _group_id(group_id), query.from_date, query.to_date, query.page_request()
        ).render(meeting_out),
    )


@router.get("/meetings/{meeting_id}", response_model=MeetingOut, openapi_extra=scope(READ))
def get_meeting(request: Request, group_id: Identifier, meeting_id: Identifier) -> Any:
    """One meeting with its minutes and attendance."""

    def work(uow: UnitOfWork) -> Tagged:
        meeting = service.get_meeting(uow, _group_id(group_id), _meeting_id(meeting_id))
        return Tagged(meeting_out(meeting), meeting.etag)

    return gateway(request).read(request, work)


@router.post(
    "/meetings/{meeting_id}/move", response_model=MeetingMoveOut, openapi_extra=scope(WRITE)
)
def move_meeting(
    request: Request, group_id: Identifier, meeting_id: Identifier, body: MeetingMoveIn
) -> Any:
    """Moves a meeting, and the due dates of the group's loans with it."""
    return gateway(request).write(
        request,
        lambda uow: move_out(
            service.move(
                uow,
                _group_id(group_id),
                _meeting_id(meeting_id),
                to_on=body.to,
                reason=body.reason,
                place=body.place,
                is_agreed=body.borrowers_agree,
                if_match=if_match(request),
            )
        ),
    )


@router.post(
    "/meetings/{meeting_id}/minutes", response_model=MeetingOut, openapi_extra=scope(WRITE)
)
def record_minutes(
    request: Request, group_id: Identifier, meeting_id: Identifier, body: MinutesIn
) -> Any:
    """Writes what was said and decided."""
    return gateway(request).write(
        request,
        lambda uow: meeting_out(
            service.record_minutes(uow, _group_id(group_id), _meeting_id(meeting_id), body.text)
        ),
    )


@router.post(
    "/meetings/{meeting_id}/attendance", response_model=MeetingOut, openapi_extra=scope(WRITE)
)
def record_attendance(
    request: Request, group_id: Identifier, meeting_id: Identifier, body: AttendanceIn
) -> Any:
    """Writes down who was there."""

    def work(uow: UnitOfWork) -> Any:
        meeting = service.get_meeting(uow, _group_id(group_id), _meeting_id(meeting_id))
        return meeting_out(service.record_attendance(uow, meeting.meeting_id, body.marks))

    return gateway(request).write(request, work)
