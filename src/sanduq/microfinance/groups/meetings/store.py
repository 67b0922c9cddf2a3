"""SQL of meetings, their calendars, attendance, and the loans that are due on them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import psycopg

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.microfinance.groups.meetings.errors import MeetingDayTaken
from sanduq.microfinance.groups.meetings.model import (
    Mark,
    Meeting,
    MeetingCalendar,
    MeetingRule,
    MeetingStatus,
    Move,
)
from sanduq.obligations.schedule import Frequency

_CALENDAR = (
    "c.calendar_id, c.group_id, c.frequency, c.weekday, c.nth, c.day_of_month, c.starts_on,"
    " c.starts_at, c.place, c.periods, c.replaced_at, c.created_at, c.created_by"
)
_MEETING = (
    "select m.meeting_id, m.group_id, m.calendar_id, m.planned_on, m.meets_on, m.starts_at,"
    " m.place, m.status, m.minutes, m.created_at, m.version,"
    " array(select a.party_id || '=' || a.mark from microfinance.attendance a"
    "   where a.institution_id = m.institution_id and a.meeting_id = m.meeting_id"
    "   order by a.party_id)"
    " from microfinance.meeting m where m.institution_id = "
)


def _calendar(row: Row) -> MeetingCalendar:
    return MeetingCalendar(
        calendar_id=row[0],
        group_id=row[1],
        rule=MeetingRule(Frequency(row[2]), row[3], row[4], row[5]),
        starts_on=row[6],
        starts_at=row[7],
        place=row[8],
        periods=row[9],
        replaced_at=row[10],
        created_at=row[11],
        created_by=row[12],
    )


def _meeting(row: Row) -> Meeting:
    marks = (text.rpartition("=") for text in row[11])
    return Meeting(
        meeting_id=row[0],
        group_id=row[1],
        calendar_id=row[2],
        planned_on=row[3],
        meets_on=row[4],
        starts_at=row[5],
        place=row[6],
        status=MeetingStatus(row[7]),
        minutes=row[8],
        created_at=row[9],
        version=row[10],
        attendance=tuple((party_id, Mark(mark)) for party_id, _, mark in marks),
    )


def replace_calendar(uow: UnitOfWork, new: MeetingCalendar) -> None:
    """Puts a calendar in force; meetings planned before for its days, from today on, are off."""
    uow.execute(
        "update microfinance.meeting set status = 'CANCELLED', version = version + 1"
        " where institution_id = %s and group_id = %s and status = 'PLANNED' and meets_on >= %s",
        uow.institution_id,
        new.group_id,
        max(uow.today, new.starts_on),
    )
    uow.execute(
        "update microfinance.meeting_calendar set replaced_at = %s"
        " where institution_id = %s and group_id = %s and replaced_at is null",
        uow.now,
        uow.institution_id,
        new.group_id,
    )
    uow.execute(
        "insert into microfinance.meeting_calendar (institution_id, calendar_id, group_id,"
        " frequency, weekday, nth, day_of_month, starts_on, starts_at, place, periods,"
        " created_at, created_by) values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, new.calendar_id, new.group_id, str(new.rule.frequency),
        new.rule.weekday, new.rule.nth, new.rule.day_of_month, new.starts_on, new.starts_at,
        new.place, new.periods, new.created_at, new.created_by,
    )  # fmt: skip


def insert_meetings(
    uow: UnitOfWork, planned: Sequence[tuple[MeetingCalendar, Sequence[date]]]
) -> int:
    """Plans meetings of any number of groups in one statement; a day taken is passed over."""
    rows = [(calendar, day) for calendar, days in planned for day in days]
    return uow.execute(
        "insert into microfinance.meeting (institution_id, meeting_id, group_id, calendar_id,"
        " planned_on, meets_on, starts_at, place, status, created_at, version)"
        " select %s, n.id, n.of_group, n.calendar, n.day, n.day, n.at, n.place, 'PLANNED', %s, 1"
        " from unnest(%s::text[], %s::text[], %s::text[], %s::date[], %s::time[], %s::text[])"
        " n(id, of_group, calendar, day, at, place)"
        " on conflict (institution_id, group_id, meets_on) where status <> 'CANCELLED' do nothing",
        uow.institution_id, uow.now, [new_id("mtg") for _ in rows],
        [calendar.group_id for calendar, _ in rows],
        [calendar.calendar_id for calendar, _ in rows], [day for _, day in rows],
        [calendar.starts_at for calendar, _ in rows], [calendar.place for calendar, _ in rows],
    )  # fmt: skip


def live_calendar(uow: UnitOfWork, group_id: str) -> MeetingCalendar | None:
    row = uow.one(
        f"select {_CALENDAR} from microfinance.meeting_calendar c"
        " where c.institution_id = %s and c.group_id = %s and c.replaced_at is null",
        uow.institution_id,
        group_id,
    )
    return _calendar(row) if row else None


def calendars_running_out(uow: UnitOfWork, on: date) -> list[tuple[MeetingCalendar, date]]:
    """Calendars of open groups with no meeting planned after a day, and their last planned day."""
    rows = uow.all(
        f"select {_CALENDAR}, last.planned_on from microfinance.meeting_calendar c"
        " join microfinance.lending_group g on g.institution_id = c.institution_id"
        "  and g.group_id = c.group_id and g.status <> 'CLOSED'"
        " cross join lateral (select max(m.planned_on) as planned_on from microfinance.meeting m"
        "  where m.institution_id = c.institution_id and m.calendar_id = c.calendar_id) last"
        " where c.institution_id = %s and c.replaced_at is null and last.planned_on < %s"
        " order by c.calendar_id",
        uow.institution_id,
        on,
    )
    return [(_calendar(row), row[13]) for row in rows]


def get(uow: UnitOfWork, meeting_id: str, *, is_locked: bool = False) -> Meeting | None:
    row = uow.one(
        f"{_MEETING}%s and m.meeting_id = %s" + (" for no key update of m" if is_locked else ""),
        uow.institution_id,
        meeting_id,
    )
    return _meeting(row) if row else None


def load(uow: UnitOfWork, ids: Collection[str], *, is_locked: bool = False) -> dict[str, Meeting]:
    """Meetings by id, locked in id order if asked; ids nobody knows are left out."""
    lock = " order by m.meeting_id for no key update of m" if is_locked else ""
    rows = uow.all(
        f"{_MEETING}%s and m.meeting_id = any(%s){lock}", uow.institution_id, sorted(set(ids))
    )
    return {row[0]: _meeting(row) for row in rows}


def of_days(
    uow: UnitOfWork,
    group_id: str,
    from_on: date,
    to_on: date | None,
    *,
    limit: int | None = None,
    after: str | None = None,
    offset: int = 0,
) -> list[Meeting]:
    """Meetings of a group that are on, by day."""
    rows = uow.all(
        f"{_MEETING}%(i)s and m.group_id = %(g)s and m.status <> 'CANCELLED'"
        " and m.meets_on >= %(from)s and m.meets_on <= coalesce(%(to)s::date, 'infinity')"
        " and m.meets_on > coalesce((select x.meets_on from microfinance.meeting x"
        "   where x.institution_id = %(i)s and x.meeting_id = %(after)s), '-infinity')"
        " order by m.meets_on limit %(limit)s offset %(offset)s",
        {
            "i": uow.institution_id, "g": group_id, "from": from_on, "to": to_on,
            "after": after, "limit": limit, "offset": offset,
        },
    )  # fmt: skip
    return [_meeting(row) for row in rows]


def count_of_days(uow: UnitOfWork, group_id: str, from_on: date, to_on: date | None) -> int:
    row = uow.one(
        "select count(*) from microfinance.meeting where institution_id = %s and group_id = %s"
        " and status <> 'CANCELLED' and meets_on >= %s"
        " and meets_on <= coalesce(%s::date, 'infinity')",
        uow.institution_id,
        group_id,
        from_on,
        to_on,
    )
    return int(row[0]) if row else 0


def neighbours(uow: UnitOfWork, meeting: Meeting) -> tuple[date | None, date | None]:
    """The days of the meeting before and of the one after."""
    row = uow.one(
        "select max(meets_on) filter (where meets_on < %(on)s),"
        " min(meets_on) filter (where meets_on > %(on)s) from microfinance.meeting"
        " where institution_id = %(i)s and group_id = %(g)s and status <> 'CANCELLED'",
        {"i": uow.institution_id, "g": meeting.group_id, "on": meeting.meets_on},
    )
    return (row[0], row[1]) if row else (None, None)


def planned_through(uow: UnitOfWork, calendar_id: str) -> date | None:
    row = uow.one(
        "select max(planned_on) from microfinance.meeting"
        " where institution_id = %s and calendar_id = %s",
        uow.institution_id,
        calendar_id,
    )
    return row[0] if row else None


def set_moved(uow: UnitOfWork, meeting: Meeting) -> None:
    """Refuses CONFLICT a day on which the group meets already."""
    try:
        with uow.savepoint():
            uow.execute(
                "update microfinance.meeting set meets_on = %s, place = %s, version = %s"
                " where institution_id = %s and meeting_id = %s",
                meeting.meets_on,
                meeting.place,
                meeting.version,
                uow.institution_id,
                meeting.meeting_id,
            )
    except psycopg.errors.UniqueViolation:
        raise MeetingDayTaken from None


def insert_move(uow: UnitOfWork, move: Move, *, is_agreed: bool) -> None:
    uow.execute(
        "insert into microfinance.meeting_move (institution_id, move_id, meeting_id, from_on,"
        " to_on, place, reason, borrowers_agree, loan_ids, moved_at, moved_by)"
        " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, new_id("mmv"), move.meeting.meeting_id, move.from_on, move.to_on,
        move.meeting.place, move.reason, is_agreed, list(move.loan_ids), uow.now,
        uow.actor.user_id,
    )  # fmt: skip


def set_held(uow: UnitOfWork, meeting_id: str, *, minutes: str | None = None) -> None:
    uow.execute(
        "update microfinance.meeting set status = 'HELD', minutes = coalesce(%s, minutes),"
        " version = version + 1 where institution_id = %s and meeting_id = %s",
        minutes,
        uow.institution_id,
        meeting_id,
    )


def set_all_held(uow: UnitOfWork, meeting_ids: Collection[str]) -> None:
    uow.execute(
        "update microfinance.meeting set status = 'HELD', version = version + 1"
        " where institution_id = %s and meeting_id = any(%s)",
        uow.institution_id,
        sorted(meeting_ids),
    )


def set_attendance(uow: UnitOfWork, marks: Mapping[str, Mapping[str, Mark]]) -> None:
    """Writes marks of any number of meetings over those of the same people."""
    rows = [
        (meeting_id, party_id, str(mark))
        for meeting_id, people in marks.items()
        for party_id, mark in people.items()
    ]
    uow.execute(
        "insert into microfinance.attendance (institution_id, meeting_id, party_id, mark,"
        " recorded_at, recorded_by) select %s, a.meeting, a.party, a.mark, %s, %s"
        " from unnest(%s::text[], %s::text[], %s::text[]) a(meeting, party, mark)"
        " on conflict (institution_id, meeting_id, party_id) do update"
        " set mark = excluded.mark, recorded_at = excluded.recorded_at,"
        " recorded_by = excluded.recorded_by",
        uow.institution_id, uow.now, uow.actor.user_id,
        [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class DueLoan:
    """A loan of a group that is being repaid, and the debt behind it."""

    loan_id: str
    obligation_id: str


def loans_due_on(uow: UnitOfWork, group_id: str, on: date) -> list[DueLoan]:
    """Loans of a group with an instalment due that day in the schedule in force."""
    rows = uow.all(
        "select l.loan_id, l.contract_id from microfinance.loan l"
        " join obligations.obligation o on o.institution_id = l.institution_id"
        "  and o.obligation_id = l.contract_id and o.status = 'ACTIVE'"
        " join obligations.schedule s on s.institution_id = o.institution_id"
        "  and s.obligation_id = o.obligation_id and s.version = o.schedule_version"
        " where l.institution_id = %s and l.group_id = %s"
        "  and l.status in ('DISBURSED', 'REPAYING', 'DEFAULTED') and %s = any(s.due_on)"
        " order by l.loan_id",
        uow.institution_id,
        group_id,
        on,
    )
    return [DueLoan(*row) for row in rows]
