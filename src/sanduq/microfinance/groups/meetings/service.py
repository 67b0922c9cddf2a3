"""Meetings: planned ahead by the group's rule, moved with the due dates tied to them, held."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups.meetings import events, store
from sanduq.microfinance.groups.meetings.errors import (
    MeetingChangedMeanwhile,
    MeetingIsOver,
    MeetingNotFound,
    MeetingNotYet,
    MeetingPassesAnother,
    NoMeetingCalendar,
)
from sanduq.microfinance.groups.meetings.model import (
    Mark,
    Meeting,
    MeetingCalendar,
    MeetingRule,
    MeetingStatus,
    Move,
    meeting_dates,
    moved_schedule,
    next_dates,
)
from sanduq.microfinance.groups.members import service as members
from sanduq.microfinance.groups.model import Group, GroupAction
from sanduq.obligations import service as obligations
from sanduq.qard.facts import QardFacts
from sanduq.qard.rules import rule_qrd_15
from sanduq.shariah import service as shariah
from sanduq.shariah.model import Evaluation, ShariahProfile

AHEAD_DAYS = 35
YEARS_BACK_MAX = 3660


@dataclass(frozen=True, slots=True)
class NewCalendar:
    """When a group is to meet, and how many meetings to plan ahead at a time."""

    rule: MeetingRule
    starts_on: date
    starts_at: time
    place: str
    periods: int


def set_calendar(uow: UnitOfWork, group_id: str, new: NewCalendar) -> MeetingCalendar:
    """Agrees when a group meets and plans the meetings ahead; a calendar before it ends.

    Due dates of loans that exist stay where they are: they were agreed with their borrowers.
    Refuses NOT_FOUND, CONFLICT by the group's state, VALIDATION_ERROR a start long past.
    """
    groups.locked_group(uow, group_id, GroupAction.MEET)
    if abs((new.starts_on - uow.today).days) > YEARS_BACK_MAX:
        message = "starts_on must lie within ten years of today"
        raise ValidationFailed.field("starts_on", "too_far", message)
    calendar = MeetingCalendar(
        calendar_id=new_id("mcl"),
        group_id=group_id,
        rule=new.rule,
        starts_on=new.starts_on,
        starts_at=new.starts_at,
        place=new.place,
        periods=new.periods,
        replaced_at=None,
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    store.replace_calendar(uow, calendar)
    days = meeting_dates(new.rule, new.starts_on, new.periods)
    store.insert_meetings(uow, [(calendar, days)])
    audit.record(uow, [Deed("group.calendar_set", group_id)])
    outbox.record(uow, [events.calendar_set(calendar)])
    return calendar


def plan_ahead(uow: UnitOfWork, day: date) -> int:
    """Plans more meetings where a calendar runs out within five weeks; for the end of a day."""
    running_out = store.calendars_running_out(uow, day + timedelta(days=AHEAD_DAYS))
    planned = [(calendar, _dates_after(calendar, last)) for calendar, last in running_out]
    return store.insert_meetings(uow, planned) if planned else 0


def get_calendar(uow: UnitOfWork, group_id: str) -> MeetingCalendar:
    """When a group meets. Refuses NOT_FOUND (group), CONFLICT without a calendar."""
    groups.get_group(uow, group_id)
    calendar = store.live_calendar(uow, group_id)
    if calendar is None:
        raise NoMeetingCalendar
    return calendar


def due_dates(uow: UnitOfWork, group_id: str, from_on: date, count: int) -> list[date]:
    """`count` days on which the group meets, from `from_on` on, moved meetings where they are
    now: the due dates of a loan that is repaid at the meetings.

    Refuses NOT_FOUND (group), CONFLICT without a calendar.
    """
    calendar = get_calendar(uow, group_id)
    (first,) = meeting_dates(calendar.rule, calendar.starts_on, 1)
    last = store.planned_through(uow, calendar.calendar_id) or first
    planned = [m.meets_on for m in store.of_days(uow, group_id, from_on, None, limit=count)]
    return next_dates(planned, calendar.rule, last, from_on, count)


def list_meetings(
    uow: UnitOfWork, group_id: str, from_on: date | None, to_on: date | None, request: PageRequest
) -> Page[Meeting]:
    """Meetings of these days, earliest first; from today on when no first day is said.

    Refuses NOT_FOUND.
    """
    groups.get_group(uow, group_id)
    start = from_on or uow.today
    found = store.of_days(
        uow, group_id, start, to_on, limit=request.limit + 1,
        after=request.cursor[1] if request.cursor else None, offset=request.offset,
    )  # fmt: skip
    total = store.count_of_days(uow, group_id, start, to_on) if request.page is not None else None
    return Page.of(found, request, lambda m: (m.created_at, m.meeting_id), total)


def get_meeting(uow: UnitOfWork, group_id: str, meeting_id: str) -> Meeting:
    """One meeting of a group. Refuses NOT_FOUND."""
    meeting = store.get(uow, meeting_id)
    if meeting is None or meeting.group_id != group_id:
        raise MeetingNotFound
    return meeting


def meeting_on(uow: UnitOfWork, group_id: str, day: date) -> Meeting | None:
    """The meeting of a group that is on that day, if there is one."""
    found = store.of_days(uow, group_id, day, day, limit=1)
    return found[0] if found else None


def move(
    uow: UnitOfWork,
    group_id: str,
    meeting_id: str,
    *,
    to_on: date,
    reason: str,
    place: str | None = None,
    is_agreed: bool = False,
    if_match: str | None = None,
) -> Move:
    """Moves a meeting; what is due on the old day is due on the new one, amounts unchanged.

    Refuses NOT_FOUND; CONFLICT by state, a meeting that is over or changed, another meeting
    passed or met; VALIDATION_ERROR a day gone by; SCHEDULE_DATES_INVALID a loan's other due
    date passed; SHARIAH_VIOLATION an earlier day without the borrowers' consent (QRD-15, AAOIFI
    SS 19 cl. 6: a term binds the lender).
    """
    group = groups.locked_group(uow, group_id, GroupAction.MEET)
    before = _planned(uow, group_id, meeting_id, if_match)
    if to_on < uow.today:
        raise ValidationFailed.field("to", "in_the_past", f"to must be {uow.today} or later")
    earlier, later = store.neighbours(uow, before)
    if (earlier is not None and to_on <= earlier) or (later is not None and to_on >= later):
        raise MeetingPassesAnother(
            f"the meeting must stay after {earlier or 'any day'} and before {later or 'any day'}"
        )
    meeting = replace(
        before, meets_on=to_on, place=place or before.place, version=before.version + 1
    )
    store.set_moved(uow, meeting)
    moved = Move(
        meeting, before.meets_on, to_on, reason,
        _move_due_dates(uow, group, before.meets_on, to_on, reason, is_agreed),
    )  # fmt: skip
    store.insert_move(uow, moved, is_agreed=is_agreed)
    deeds = [Deed("meeting.move", group_id, reason, {"meeting_id": meeting_id})]
    deeds += [Deed("loan.rescheduled", loan_id, reason) for loan_id in moved.loan_ids]
    audit.record(uow, deeds)
    outbox.record(uow, [events.moved(moved)])
    return moved


def record_attendance(uow: UnitOfWork, meeting_id: str, marks: Mapping[str, Mark]) -> Meeting:
    """Writes down who was there; the meeting was held. Marks sent again are corrections.

    Refuses NOT_FOUND a meeting, people who were not members that day; CONFLICT a meeting that
    is cancelled or ahead.
    """
    meeting = _current(uow, meeting_id)
    members.require_members(uow, meeting.group_id, list(marks), meeting.meets_on)
    store.set_attendance(uow, {meeting_id: marks})
    details = {party_id: str(mark) for party_id, mark in marks.items()}
    return _hold(uow, meeting, Deed("meeting.attendance", meeting_id, None, details))


def load_meetings(uow: UnitOfWork, meeting_ids: Collection[str]) -> dict[str, Meeting]:
    """The meetings of these ids, whatever their group. Refuses NOT_FOUND."""
    return _all_of(store.load(uow, meeting_ids), meeting_ids)


def locked_meetings(uow: UnitOfWork, meeting_ids: Collection[str]) -> dict[str, Meeting]:
    """Meetings that may be written down, locked in id order.

    Refuses NOT_FOUND, CONFLICT one that is cancelled or ahead.
    """
    found = _all_of(store.load(uow, meeting_ids, is_locked=True), meeting_ids)
    for meeting in found.values():
        _require_begun(uow, meeting)
    return found


def hold_all(
    uow: UnitOfWork, meetings: Collection[Meeting], marks: Mapping[str, Mapping[str, Mark]]
) -> list[Meeting]:
    """Meetings, locked by `locked_meetings`, that were held with these people there.

    `marks` by meeting; the caller has made sure that they are of members of that day.
    """
    ids = [meeting.meeting_id for meeting in meetings]
    store.set_attendance(uow, marks)
    store.set_all_held(uow, ids)
    held = store.load(uow, ids)
    audit.record(
        uow,
        [
            Deed("meeting.attendance", meeting_id, None,
                 {party_id: str(mark) for party_id, mark in marks.get(meeting_id, {}).items()})
            for meeting_id in ids
        ],
    )  # fmt: skip
    news = [meeting for meeting in meetings if meeting.status is MeetingStatus.PLANNED]
    outbox.record(uow, [events.held(held[meeting.meeting_id]) for meeting in news])
    return [held[meeting_id] for meeting_id in ids]


def record_minutes(uow: UnitOfWork, group_id: str, meeting_id: str, text: str) -> Meeting:
    """Writes what was said and decided; the meeting was held. Earlier minutes stay in the audit.

    Refuses NOT_FOUND, CONFLICT a meeting that is cancelled or ahead.
    """
    get_meeting(uow, group_id, meeting_id)
    meeting = _current(uow, meeting_id)
    return _hold(uow, meeting, Deed("meeting.minutes", meeting_id, None, {"text": text}), text)


def _current(uow: UnitOfWork, meeting_id: str) -> Meeting:
    meeting = store.get(uow, meeting_id, is_locked=True)
    if meeting is None:
        raise MeetingNotFound
    _require_begun(uow, meeting)
    return meeting


def _require_begun(uow: UnitOfWork, meeting: Meeting) -> None:
    if meeting.status is MeetingStatus.CANCELLED or meeting.meets_on > uow.today:
        raise MeetingNotYet(
            f"the meeting of {meeting.meets_on} is {meeting.status}; today is {uow.today}"
        )


def _all_of(found: dict[str, Meeting], meeting_ids: Collection[str]) -> dict[str, Meeting]:
    missing = sorted(set(meeting_ids) - found.keys())
    if missing:
        raise MeetingNotFound(f"there is no meeting {missing[0]}")
    return found


def _hold(uow: UnitOfWork, meeting: Meeting, deed: Deed, minutes: str | None = None) -> Meeting:
    store.set_held(uow, meeting.meeting_id, minutes=minutes)
    held = get_meeting(uow, meeting.group_id, meeting.meeting_id)
    audit.record(uow, [deed])
    if meeting.status is MeetingStatus.PLANNED:
        outbox.record(uow, [events.held(held)])
    return held


def _planned(uow: UnitOfWork, group_id: str, meeting_id: str, if_match: str | None) -> Meeting:
    meeting = store.get(uow, meeting_id, is_locked=True)
    if meeting is None or meeting.group_id != group_id:
        raise MeetingNotFound
    if if_match is not None and meeting.etag not in [tag.strip() for tag in if_match.split(",")]:
        raise MeetingChangedMeanwhile
    if meeting.status is not MeetingStatus.PLANNED:
        raise MeetingIsOver(f"the meeting of {meeting.meets_on} is {meeting.status}")
    return meeting


def _move_due_dates(
    uow: UnitOfWork, group: Group, from_on: date, to_on: date, reason: str, is_agreed: bool
) -> tuple[str, ...]:
    due = {loan.obligation_id: loan for loan in store.loans_due_on(uow, group.group_id, from_on)}
    debts = obligations.load_locked(uow, sorted(due)) if due else {}
    versions = [
        (debt, schedule)
        for debt in debts.values()
        if (schedule := moved_schedule(debt.debt, from_on, to_on)) is not None
    ]
    if not versions:
        return ()
    # A term agreed upon binds the lender; with the borrowers it may be agreed anew.
    facts = QardFacts(
        on=to_on,
        asset=group.asset,
        profile=ShariahProfile(uow.shariah_profile),
        due_on=None if is_agreed else from_on,
    )
    findings = rule_qrd_15(facts)
    shariah.enforce(findings)
    obligations.adopt_schedules(uow, versions, reason=f"meeting moved: {reason}"[:500])
    evaluation = Evaluation("QRD-15", tuple(findings))
    shariah.store_evaluations(uow, group.group_id, "meeting_move", [evaluation], facts)
    return tuple(sorted(due[debt.debt.obligation_id].loan_id for debt, _ in versions))


def _dates_after(calendar: MeetingCalendar, last: date) -> tuple[date, ...]:
    return meeting_dates(calendar.rule, last, calendar.periods + 1)[1:]
