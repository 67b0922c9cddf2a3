"""Meetings: the rule gives the days, a move takes the due dates along, attendance closes them."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import Conflict, NotFound, ValidationFailed
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.groups.meetings import service
from sanduq.microfinance.groups.meetings.errors import (
    MeetingChangedMeanwhile,
    MeetingIsOver,
    MeetingNotYet,
    MeetingPassesAnother,
    NoMeetingCalendar,
)
from sanduq.microfinance.groups.meetings.model import (
    LAST,
    Mark,
    MeetingRule,
    MeetingStatus,
    meeting_dates,
    moved_schedule,
    nth_weekday,
)
from sanduq.microfinance.groups.meetings.service import NewCalendar
from sanduq.microfinance.groups.members.errors import NotAMember
from sanduq.obligations import service as obligations
from sanduq.obligations.model import Debt
from sanduq.obligations.schedule import Frequency, Schedule
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.groups import USD, a_group, a_group_loan

ALL = PageRequest(limit=100)
MONTHLY, WEEKLY, BIWEEKLY = Frequency.MONTHLY, Frequency.WEEKLY, Frequency.BIWEEKLY
TUESDAY = 1
FIRSTS = MeetingRule(MONTHLY, day_of_month=1)  # on which monthly instalments fall due

rules = st.one_of(
    st.builds(MeetingRule, st.sampled_from([WEEKLY, BIWEEKLY]), st.integers(0, 6)),
    st.builds(
        MeetingRule, st.just(MONTHLY), st.integers(0, 6), st.sampled_from([1, 2, 3, 4, 5, LAST])
    ),
    st.builds(lambda day: MeetingRule(MONTHLY, day_of_month=day), st.integers(1, 31)),
)


def calendar(rule=FIRSTS, starts_on=date(2024, 1, 15), periods=6):
    return NewCalendar(rule, starts_on, time(9, 30), "School hall", periods)


def planned(uow, group_id):
    return list(service.list_meetings(uow, group_id, None, None, ALL).items)


@pytest.mark.parametrize(
    ("weekday", "nth", "expected"),
    [
        (TUESDAY, 2, ["2024-01-09", "2024-02-13", "2024-03-12"]),
        # five Wednesdays in January, four in February and March: the last one stands in
        (2, 5, ["2024-01-31", "2024-02-28", "2024-03-27"]),
        (2, LAST, ["2024-01-31", "2024-02-28", "2024-03-27"]),
        (0, 1, ["2024-01-01", "2024-02-05", "2024-03-04"]),
    ],
)
def test_the_nth_weekday_of_each_month(weekday, nth, expected):
    found = [nth_weekday(2024, month, weekday, nth).isoformat() for month in (1, 2, 3)]
    assert found == expected
    rule = MeetingRule(MONTHLY, weekday, nth)
    assert [day.isoformat() for day in meeting_dates(rule, date(2024, 1, 1), 3)] == expected


def test_a_day_a_month_does_not_have_is_its_last():
    rule = MeetingRule(MONTHLY, day_of_month=31)
    days = meeting_dates(rule, date(2024, 1, 31), 4)
    assert days == (date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30))


@given(rule=rules, starts_on=st.dates(date(2000, 1, 1), date(2099, 1, 1)), count=st.integers(1, 60))
def test_meetings_increase_from_the_start_on_and_keep_their_rule(rule, starts_on, count):
    days = meeting_dates(rule, starts_on, count)
    assert len(days) == count
    assert days[0] >= starts_on
    assert all(later > day for day, later in itertools.pairwise(days))
    if rule.weekday is not None:
        assert {day.weekday() for day in days} == {rule.weekday}
    if rule.frequency is MONTHLY:
        months = [day.year * 12 + day.month for day in days]
        assert months == list(range(months[0], months[0] + count))
    else:
        step = 7 if rule.frequency is WEEKLY else 14
        assert {(b - a).days for a, b in itertools.pairwise(days)} <= {step}
    # continued from its last day the rule goes on as if it had never stopped
    assert meeting_dates(rule, days[-1], 2)[0] == days[-1]


@pytest.mark.parametrize(
    "parts",
    [
        {"frequency": WEEKLY},
        {"frequency": WEEKLY, "weekday": 1, "nth": 2},
        {"frequency": MONTHLY, "weekday": 1},
        {"frequency": MONTHLY, "nth": 2},
        {"frequency": MONTHLY, "weekday": 1, "nth": 6},
        {"frequency": MONTHLY, "day_of_month": 32},
        {"frequency": MONTHLY, "day_of_month": 3, "weekday": 1},
        {"frequency": BIWEEKLY, "weekday": 7},
    ],
)
def test_a_rule_says_neither_too_much_nor_too_little(parts):
    with pytest.raises(ValidationFailed):
        MeetingRule(**parts)


def test_a_due_date_moves_alone_and_only_while_it_is_unpaid():
    days = tuple(date(2024, month, 1) for month in (1, 2, 3))
    debt = Debt("qrd_1", USD, Schedule(1, days, (100, 100, 100), (0, 0, 0)))
    moved = moved_schedule(debt, days[1], date(2024, 2, 5))
    assert moved.due_on == (days[0], date(2024, 2, 5), days[2])
    assert (moved.version, moved.principal_minor) == (2, (100, 100, 100))
    assert moved_schedule(debt, date(2024, 2, 2), date(2024, 2, 5)) is None
    assert moved_schedule(replace(debt, principal_paid_minor=200), days[1], days[2]) is None


def test_meetings_are_planned_ahead_and_a_new_calendar_takes_over(demo_work):
    with demo_work() as uow:
        group_id = a_group(uow).group_id
        with pytest.raises(NoMeetingCalendar):
            service.due_dates(uow, group_id, uow.today, 1)
        service.set_calendar(uow, group_id, calendar(MeetingRule(WEEKLY, TUESDAY), periods=4))
        days = [m.meets_on for m in planned(uow, group_id)]
        assert days == [date(2024, 1, 16) + timedelta(days=7 * n) for n in range(4)]
        second = calendar(MeetingRule(MONTHLY, TUESDAY, 2), date(2024, 2, 1), 2)
        service.set_calendar(uow, group_id, second)
        days = [m.meets_on.isoformat() for m in planned(uow, group_id)]
        # the weekly meetings before the new start stay
        assert days == ["2024-01-16", "2024-01-23", "2024-01-30", "2024-02-13", "2024-03-12"]
        assert service.get_calendar(uow, group_id).rule.nth == 2


@pytest.mark.parametrize("rule", [MeetingRule(BIWEEKLY, TUESDAY), FIRSTS])
def test_due_dates_are_the_meetings_and_go_on_by_the_rule(demo_work, rule):
    with demo_work() as uow:
        group_id = a_group(uow).group_id
        service.set_calendar(uow, group_id, calendar(rule, periods=3))
        expected = list(meeting_dates(rule, date(2024, 1, 15), 12))
        assert service.due_dates(uow, group_id, date(2024, 1, 15), 12) == expected
        assert service.due_dates(uow, group_id, expected[5], 4) == expected[5:9]
        first = planned(uow, group_id)[0]
        later = first.meets_on + timedelta(days=2)
        service.move(uow, group_id, first.meeting_id, to_on=later, reason="feast")
        found = service.due_dates(uow, group_id, date(2024, 1, 15), 12)
        assert found == [later, *expected[1:]]
        assert service.meeting_on(uow, group_id, later).meeting_id == first.meeting_id


def test_the_end_of_a_day_plans_more_where_a_calendar_runs_out(demo_work):
    with demo_work() as uow:
        group_id = a_group(uow).group_id
        rule = MeetingRule(BIWEEKLY, TUESDAY)
        service.set_calendar(uow, group_id, calendar(rule, periods=2))
        assert service.plan_ahead(uow, uow.today) == 2
        days = tuple(m.meets_on for m in planned(uow, group_id))
        assert days == meeting_dates(rule, date(2024, 1, 15), 4)
        assert service.plan_ahead(uow, uow.today) == 0


@pytest.fixture
def due(demo_work):
    """A group that meets on the first of each month, when its two loans fall due."""
    with demo_work() as uow:
        group = a_group(uow)
        service.set_calendar(uow, group.group_id, calendar())
    loans = [a_group_loan(demo_work, group.group_id, p) for p in ("cpty_amina", "cpty_badia")]
    return group.group_id, loans


def schedules(uow, loans):
    found = obligations.load(uow, [loan.contract_id for loan in loans])
    return [found[loan.contract_id].debt.schedule for loan in loans]


def test_a_later_meeting_takes_the_due_dates_of_the_groups_loans_along(demo_work, due):
    group_id, loans = due
    with demo_work() as uow:
        before = schedules(uow, loans)
        meeting = planned(uow, group_id)[0]
        moved = service.move(
            uow,
            group_id,
            meeting.meeting_id,
            to_on=date(2024, 2, 5),
            reason="flood",
            place="Mosque",
        )
        assert moved.loan_ids == tuple(sorted(loan.loan_id for loan in loans))
        assert (moved.meeting.place, moved.meeting.planned_on) == ("Mosque", date(2024, 2, 1))
        for old, new in zip(before, schedules(uow, loans), strict=True):
            changed = [(a, b) for a, b in zip(old.due_on, new.due_on, strict=True) if a != b]
            assert changed == [(date(2024, 2, 1), date(2024, 2, 5))]
            assert (new.principal_minor, new.version) == (old.principal_minor, old.version + 1)
        assert_coherent(uow)


def test_an_earlier_meeting_needs_the_borrowers_consent(demo_work, due):
    group_id, loans = due
    with demo_work() as uow:
        meeting = planned(uow, group_id)[0]
        with pytest.raises(ShariahViolation) as refused, uow.savepoint():
            service.move(uow, group_id, meeting.meeting_id, to_on=date(2024, 1, 25), reason="feast")
        assert refused.value.details[0]["rule_id"] == "QRD-15"
        service.move(
            uow, group_id, meeting.meeting_id, to_on=date(2024, 1, 25), reason="feast",
            is_agreed=True,
        )  # fmt: skip
        assert {s.due_on[1] for s in schedules(uow, loans)} == {date(2024, 1, 25)}
        assert_coherent(uow)


def test_a_meeting_moves_neither_into_the_past_nor_past_another(demo_work, due):
    group_id, _ = due
    with demo_work() as uow:
        first, second = planned(uow, group_id)[:2]
        with pytest.raises(ValidationFailed):
            service.move(uow, group_id, first.meeting_id, to_on=date(2024, 1, 14), reason="x")
        for day in (second.meets_on, date(2024, 3, 2)):
            with pytest.raises(MeetingPassesAnother):
                service.move(uow, group_id, first.meeting_id, to_on=day, reason="x")
        with pytest.raises(MeetingChangedMeanwhile):
            service.move(
                uow, group_id, first.meeting_id, to_on=date(2024, 2, 2), reason="x",
                if_match='"v9"',
            )  # fmt: skip
        with pytest.raises(NotFound):
            service.move(
                uow, "grp_village_003", first.meeting_id, to_on=date(2024, 2, 2), reason="x"
            )


def test_an_instalment_paid_ahead_stays_where_it_is(demo_work, due):
    group_id, loans = due
    with demo_work() as uow:
        obligation = obligations.get(uow, loans[0].contract_id, is_locked=True)
        paid, _ = obligations.paid(obligation, 300_00, uow.today)
        assert moved_schedule(paid.debt, date(2024, 2, 1), date(2024, 2, 5)) is None
        assert moved_schedule(obligation.debt, date(2024, 2, 1), date(2024, 2, 5)) is not None
        assert group_id


def test_attendance_and_minutes_are_of_a_day_that_has_come(demo_work, due):
    group_id, _ = due
    with demo_work() as uow:
        meeting = planned(uow, group_id)[0]
        marks = {"cpty_amina": Mark.PRESENT, "cpty_badia": Mark.ABSENT_WITH_LEAVE}
        with pytest.raises(MeetingNotYet):
            service.record_attendance(uow, meeting.meeting_id, marks)
        uow.clock = FixedClock(uow.now.replace(month=2, day=1))
        with pytest.raises(NotAMember):
            service.record_attendance(uow, meeting.meeting_id, {"cpty_borrower": Mark.PRESENT})
        held = service.record_attendance(uow, meeting.meeting_id, marks)
        assert held.status is MeetingStatus.HELD
        assert dict(held.attendance) == marks
        late = service.record_attendance(uow, meeting.meeting_id, {"cpty_badia": Mark.LATE})
        assert dict(late.attendance) == {**marks, "cpty_badia": Mark.LATE}
        noted = service.record_minutes(uow, group_id, meeting.meeting_id, "Carima was elected.")
        assert noted.minutes == "Carima was elected."
        with pytest.raises(MeetingIsOver):
            service.move(uow, group_id, meeting.meeting_id, to_on=date(2024, 2, 3), reason="x")
        with pytest.raises(Conflict):
            service.record_minutes(uow, group_id, planned(uow, group_id)[1].meeting_id, "early")
