"""What holds of every schedule and every way of paying it."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sanduq.kit.money import currency
from sanduq.obligations.calendar import Calendar, WorkingDays
from sanduq.obligations.model import (
    ComponentOrder,
    Debt,
    after_payment,
    ageing_by_instalment,
    allocate_payment,
    days_past_due,
    due_minor,
    fee_paid_at,
    overdue_minor,
    settled_by_schedule,
    settlement_quote,
)
from sanduq.obligations.rescheduling import Holiday, NewTerms, reschedule
from sanduq.obligations.schedule import (
    Anchor,
    AnchorKind,
    Frequency,
    ScheduleTerms,
    build_schedule,
    due_dates,
    first_due_on,
)

days = st.dates(date(2000, 1, 1), date(2100, 12, 31))
anchors = st.one_of(
    st.just(Anchor()),
    st.builds(Anchor, st.just(AnchorKind.DAY_OF_MONTH), st.integers(1, 31)),
    st.builds(Anchor, st.just(AnchorKind.WEEKDAY), st.integers(0, 6)),
    st.builds(Anchor, st.just(AnchorKind.DAYS_AFTER), st.integers(0, 400)),
)
terms = st.builds(
    ScheduleTerms,
    instalments=st.integers(1, 40),
    frequency=st.sampled_from(Frequency),
    grace_months=st.integers(0, 12),
    anchor=anchors,
    instalment_multiple_of_minor=st.sampled_from([1, 5, 100, 1_000, 50_000]),
    working_days=st.sampled_from(WorkingDays),
)
assets = st.sampled_from([currency(code) for code in ("XOF", "USD", "TND")])
orders = st.sampled_from(ComponentOrder)
amounts = st.one_of(st.integers(0, 60), st.integers(0, 10**6), st.integers(0, 10**12))


@st.composite
def calendars(draw: st.DrawFn, around: date) -> Calendar:
    closed = draw(st.sets(st.integers(0, 400), max_size=20))
    long_from = draw(st.integers(0, 200))
    long_days = draw(st.integers(0, 25))
    offsets = closed | set(range(long_from, long_from + long_days))
    return Calendar(
        holidays=frozenset(around + timedelta(days=offset) for offset in offsets),
        weekend=draw(st.frozensets(st.integers(0, 6), max_size=3)),
    )


@st.composite
def debts(draw: st.DrawFn) -> Debt:
    asset = draw(assets)
    scale = draw(st.sampled_from([1, 10**asset.digits]))
    principal, fee = draw(amounts) * scale, draw(amounts) * scale
    schedule = build_schedule(principal, fee or 1, draw(terms), draw(days))
    return Debt("obl_p", asset, schedule, component_order=draw(orders))


@st.composite
def paid_debts(draw: st.DrawFn) -> Debt:
    debt = draw(debts())
    for share in draw(st.lists(st.integers(0, 100), max_size=3)):
        amount = debt.outstanding_minor * share // 100
        debt = after_payment(debt, allocate_payment(debt, amount))
        debt = replace(debt, component_order=draw(orders))
    return debt


@given(amounts, amounts, terms, days)
def test_principal_and_fee_each_sum_exactly_and_no_part_is_negative(
    principal: int, fee: int, agreed: ScheduleTerms, on: date
) -> None:
    schedule = build_schedule(principal + 1, fee, agreed, on)
    assert sum(schedule.principal_minor) == schedule.principal_total_minor == principal + 1
    assert sum(schedule.fee_minor) == schedule.fee_total_minor == fee
    assert min(schedule.principal_minor) >= 0
    assert min(schedule.fee_minor) >= 0
    assert len(schedule.lines) == agreed.instalments


@given(amounts, amounts, terms, days)
def test_instalments_lie_within_one_rounding_step_of_the_equal_share_but_for_the_last(
    principal: int, fee: int, agreed: ScheduleTerms, on: date
) -> None:
    schedule = build_schedule(principal + 1, fee, agreed, on)
    count, step = agreed.instalments, agreed.instalment_multiple_of_minor
    *first, last = [line.total_minor for line in schedule.lines]
    for total in first:
        assert total == first[0]
        assert total % step == 0
        assert abs(total * count - (principal + 1 + fee)) < count * step
    # The last takes the steps the others left or took, and nothing else.
    assert last == principal + 1 + fee - sum(first)


@given(terms, days, st.data())
def test_due_dates_strictly_increase_and_none_lies_before_the_debt(
    agreed: ScheduleTerms, on: date, data: st.DataObject
) -> None:
    calendar = data.draw(calendars(on))
    dates = due_dates(agreed, on, calendar)
    assert len(dates) == agreed.instalments
    assert all(day < later for day, later in pairwise(dates))
    assert dates[0] >= on
    if agreed.working_days is not WorkingDays.SAME_DAY:
        assert all(calendar.is_working(day) for day in dates)


@given(st.integers(1, 31), st.integers(1, 60), days)
def test_monthly_dates_are_the_agreed_day_or_the_end_of_a_shorter_month(
    day: int, count: int, on: date
) -> None:
    agreed = ScheduleTerms(count, anchor=Anchor(AnchorKind.DAY_OF_MONTH, day))
    dates = due_dates(agreed, on)
    months = [due.year * 12 + due.month for due in dates]
    assert months == list(range(months[0], months[0] + count))
    assert all(due.day == min(day, monthrange(due.year, due.month)[1]) for due in dates)


@given(days, st.integers(0, 24))
def test_the_first_of_next_month_is_the_first_day_of_month_one_after(on: date, grace: int) -> None:
    by_default = ScheduleTerms(1, grace_months=grace)
    by_day = replace(by_default, anchor=Anchor(AnchorKind.DAY_OF_MONTH, 1))
    assert first_due_on(by_default, on) == first_due_on(by_day, on)


@given(days, st.integers(0, 6), st.sampled_from([Frequency.WEEKLY, Frequency.BIWEEKLY]))
def test_a_group_pays_on_its_meeting_day_each_time(
    on: date, weekday: int, frequency: Frequency
) -> None:
    agreed = ScheduleTerms(6, frequency, anchor=Anchor(AnchorKind.WEEKDAY, weekday))
    dates = due_dates(agreed, on)
    assert {day.weekday() for day in dates} == {weekday}
    assert 1 <= (dates[0] - on).days <= 7


@given(paid_debts(), st.lists(amounts, max_size=6))
def test_one_payment_or_many_end_in_the_same_figures(debt: Debt, payments: list[int]) -> None:
    at_once = allocate_payment(debt, sum(payments))
    in_parts = debt
    excess = 0
    for amount in payments:
        parts = allocate_payment(in_parts, amount)
        assert parts.principal_minor + parts.fee_minor + parts.excess_minor == amount
        assert min(parts.principal_minor, parts.fee_minor, parts.excess_minor) >= 0
        assert parts.principal_minor <= in_parts.principal_outstanding_minor
        assert parts.fee_minor <= in_parts.fee_outstanding_minor
        excess += parts.excess_minor
        in_parts = after_payment(in_parts, parts)
    assert in_parts == after_payment(debt, at_once)
    assert excess == at_once.excess_minor


@given(debts(), st.data())
def test_a_debt_paid_in_one_order_throughout_holds_the_fee_that_order_calls_for(
    debt: Debt, data: st.DataObject
) -> None:
    amount = data.draw(st.integers(0, debt.outstanding_minor))
    paid = after_payment(debt, allocate_payment(debt, amount))
    assert paid.fee_paid_minor == fee_paid_at(debt.schedule, debt.component_order, amount)


@given(debts(), st.data())
def test_the_fee_part_grows_by_at_most_one_unit_with_each_unit_paid(
    debt: Debt, data: st.DataObject
) -> None:
    amount = data.draw(st.integers(0, debt.outstanding_minor - 1))
    step = fee_paid_at(debt.schedule, debt.component_order, amount + 1) - fee_paid_at(
        debt.schedule, debt.component_order, amount
    )
    assert step in (0, 1)


@given(paid_debts(), days, st.integers(0, 4000))
def test_late_repayment_never_adds_to_the_debt(debt: Debt, on: date, wait: int) -> None:
    later = on + timedelta(days=wait)
    assert overdue_minor(debt, on) <= overdue_minor(debt, later) <= debt.outstanding_minor
    assert overdue_minor(debt, on) <= due_minor(debt, on) <= debt.outstanding_minor
    assert settlement_quote(debt, on).total_minor == settlement_quote(debt, later).total_minor
    assert settlement_quote(debt, later).charge_minor == 0


@given(paid_debts(), days)
def test_the_instalments_the_buckets_and_the_totals_tell_one_story(debt: Debt, on: date) -> None:
    states = settled_by_schedule(debt, on)
    assert sum(state.paid_minor for state in states) == debt.paid_minor
    assert sum(state.unpaid_minor for state in states) == debt.outstanding_minor
    buckets = ageing_by_instalment(debt, on)
    assert sum(bucket.amount_minor for bucket in buckets) == overdue_minor(debt, on)
    assert (days_past_due(debt, on) > 0) == (overdue_minor(debt, on) > 0)


@given(paid_debts(), terms, days)
def test_rescheduling_keeps_principal_fee_and_what_is_paid(
    debt: Debt, agreed: ScheduleTerms, on: date
) -> None:
    if debt.is_settled:
        return
    version = reschedule(debt, NewTerms(agreed), on=on)
    assert version.version == debt.schedule.version + 1
    assert version.principal_total_minor == debt.schedule.principal_total_minor
    assert version.fee_total_minor == debt.schedule.fee_total_minor
    renewed = replace(debt, schedule=version, component_order=ComponentOrder.PRO_RATA)
    assert renewed.outstanding_minor == debt.outstanding_minor
    assert overdue_minor(renewed, on) == 0
    assert fee_paid_at(version, ComponentOrder.PRO_RATA, debt.paid_minor) == debt.fee_paid_minor
    settled = after_payment(renewed, allocate_payment(renewed, renewed.outstanding_minor))
    assert settled.is_settled


@given(debts(), st.integers(1, 12), st.data())
def test_a_holiday_moves_days_and_no_amount(debt: Debt, periods: int, data: st.DataObject) -> None:
    before = debt.schedule
    index = data.draw(st.integers(0, len(before.due_on) - 1))
    from_due_on = before.due_on[index]
    version = reschedule(debt, Holiday(from_due_on, periods), on=from_due_on)
    assert version.principal_minor == before.principal_minor
    assert version.fee_minor == before.fee_minor
    assert version.due_on[:index] == before.due_on[:index]
    assert version.due_on[index] > from_due_on
