"""What meetings tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.microfinance.groups.meetings.model import Meeting, MeetingCalendar, Move
from sanduq.microfinance.groups.meetings.schemas import calendar_out, meeting_out, move_out

CALENDAR_SET = "microfinance.meeting.calendar_set"
MOVED = "microfinance.meeting.moved"
HELD = "microfinance.meeting.held"

declare(
    EventType(CALENDAR_SET, "When a group meets was agreed", "MeetingCalendarOut"),
    EventType(
        MOVED, "A meeting moved, and due dates of the group's loans with it", "MeetingMoveOut"
    ),
    EventType(HELD, "A meeting was held", "MeetingOut"),
)


def calendar_set(calendar: MeetingCalendar) -> Event:
    """A calendar, under its group."""
    return Event(CALENDAR_SET, calendar.group_id, calendar_out(calendar))


def moved(move: Move) -> Event:
    """A move, under its group."""
    return Event(MOVED, move.meeting.group_id, move_out(move))


def held(meeting: Meeting) -> Event:
    """A meeting that took place, under its group."""
    return Event(HELD, meeting.group_id, meeting_out(meeting))
