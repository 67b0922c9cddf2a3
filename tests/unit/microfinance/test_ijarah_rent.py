"""Periods, credits and write-downs of a lease, in figures worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.kit.errors import ValidationFailed
from sanduq.microfinance.loans.ijarah.model import Clauses, Fault, IjarahTerms, Position
from sanduq.microfinance.loans.ijarah.model_rents import (
    Downtime,
    Rent,
    credit_minor_for,
    cut_off,
    debt_schedule,
    depreciation_due,
    depreciation_months,
    less_above_market,
    less_downtime,
    month_end,
    owed_minor,
    plan_rents,
    restated,
)
from sanduq.microfinance.loans.ijarah.schemas import NewIjarah
from sanduq.obligations.calendar import Calendar, WorkingDays
from sanduq.obligations.schedule import Frequency
from tests.make.ijarah import OPENING, TERMS, USD

JUNE = Rent(1, date(2024, 6, 1), date(2024, 6, 30), date(2024, 6, 30), 120_00)


def planned(delivered_on: date = OPENING, clauses: Clauses | None = None, **changes: object):
    return plan_rents(replace(TERMS, **changes), clauses or Clauses(), delivered_on)


def down(first: int, until: int | None, fault: Fault = Fault.NONE) -> Downtime:
    end = None if until is None else date(2024, 6, until)
    return Downtime(date(2024, 6, first), fault, "the motor broke", end)


def test_periods_run_from_delivery_and_rent_is_due_when_one_ends():
    rents = planned()
    assert len(rents) == 12
    assert (rents[0].starts_on, rents[0].ends_on) == (OPENING, date(2024, 6, 30))
    assert rents[0].due_on == date(2024, 6, 30)
    assert rents[-1].ends_on == date(2025, 5, 31)
    assert owed_minor(rents) == 1_440_00


def test_rent_is_due_when_a_period_begins_where_the_clause_says_so():
    rents = planned(clauses=Clauses(rent_due="start"))
    assert [rent.due_on for rent in rents[:2]] == [OPENING, date(2024, 7, 1)]


def test_a_month_keeps_its_day_through_short_months():
    rents = planned(date(2024, 1, 31))
    assert [rent.starts_on for rent in rents[:4]] == [
        date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30),
    ]  # fmt: skip


def test_rent_free_months_come_first():
    rents = planned(rent_free_months=2)
    assert rents[0].starts_on == date(2024, 8, 1)
    assert rents[-1].ends_on == date(2025, 7, 31)


def test_weeks_are_seven_days():
    rents = planned(frequency=Frequency.WEEKLY, periods=3)
    assert {rent.days for rent in rents} == {7}
    assert rents[-1].ends_on == OPENING + timedelta(days=20)


def test_due_days_are_moved_off_days_without_work():
    rents = plan_rents(
        TERMS, Clauses(), OPENING, working_days=WorkingDays.NEXT_WORKING_DAY,
        calendar=Calendar(weekend=frozenset({5, 6})),
    )  # fmt: skip
    assert rents[0].ends_on == date(2024, 6, 30)  # a Sunday
    assert rents[0].due_on == date(2024, 7, 1)


def test_ten_of_thirty_days_unusable_take_forty_off_a_rent_of_a_hundred_and_twenty():
    assert credit_minor_for(120_00, 10, 30) == 40_00


def test_a_credit_is_rounded_in_the_lessees_favour():
    assert credit_minor_for(100_00, 1, 31) == 3_23  # 3.2258


def test_downtime_is_taken_off_the_periods_it_touches():
    outage = Downtime(date(2024, 6, 21), Fault.NONE, "", date(2024, 7, 11))
    rents = less_downtime(planned(), [outage], date(2024, 7, 10))
    assert [(rent.days_unusable, rent.credited_minor) for rent in rents[:3]] == [
        (10, 40_00),
        (10, 38_71),  # 120.00 × 10 ÷ 31 = 38.7097
        (0, 0),
    ]


def test_several_downtimes_in_a_period_are_rounded_once():
    (rent,) = less_downtime([JUNE], [down(2, 3), down(11, 12)], date(2024, 6, 30))
    assert (rent.days_unusable, rent.credited_minor) == (2, 8_00)


def test_downtime_that_is_the_lessees_fault_takes_nothing_off():
    (rent,) = less_downtime([JUNE], [down(11, 21, Fault.LESSEE)], date(2024, 6, 30))
    assert (rent.days_unusable, rent.credited_minor) == (0, 0)


def test_downtime_that_lasts_is_counted_up_to_the_day_asked_for():
    (rent,) = less_downtime([JUNE], [down(21, None)], date(2024, 6, 25))
    assert (rent.days_unusable, rent.credited_minor) == (5, 20_00)


def test_a_whole_period_of_downtime_leaves_no_rent():
    (rent,) = less_downtime([JUNE], [down(1, None)], date(2024, 7, 30))
    assert rent.net_minor == 0


def test_a_lease_cut_off_owes_the_days_used_and_no_later_rent():
    rents = cut_off(planned(), date(2024, 7, 10), date(2024, 7, 10))
    assert [rent.net_minor for rent in rents[:3]] == [120_00, 38_70, 0]  # 120 × 10 ÷ 31, down
    assert {rent.billed_on for rent in rents} == {date(2024, 7, 10)}


def test_a_cut_off_month_counts_no_unusable_days():
    rents = less_downtime([JUNE], [down(1, 11)], date(2024, 6, 30))
    (rent,) = cut_off(rents, date(2024, 6, 20), date(2024, 6, 20))
    assert rent.net_minor == 40_00  # ten of thirty days were used


def test_rent_above_market_falls_away_in_proportion_to_the_use():
    rents = less_above_market(cut_off(planned(), date(2024, 7, 31), date(2024, 7, 31)), 110_00)
    assert [rent.net_minor for rent in rents[:3]] == [110_00, 110_00, 0]


def test_what_was_paid_beyond_all_rents_is_given_back():
    rents = cut_off(planned(), date(2024, 6, 30), date(2024, 6, 30))
    after = restated(rents, Position(0, 0, 0, 360_00))
    assert after == Position(120_00, 240_00, 0, 360_00)
    assert after.net_minor == 0


def test_forgiveness_that_is_no_longer_needed_is_not_paid_out():
    rents = cut_off(planned(), date(2024, 6, 30), date(2024, 6, 30))
    after = restated(rents, Position(0, 0, 200_00, 100_00))
    assert (after.refunded_minor, after.cleared_minor) == (0, 20_00)
    assert after.net_minor == 0


def test_a_debt_has_one_instalment_for_each_rent():
    rents = planned()
    schedule = debt_schedule(1, rents, 0)
    assert schedule.due_on == tuple(rent.due_on for rent in rents)
    assert schedule.total_minor == 1_440_00


def test_the_asset_is_written_down_by_a_hundred_a_month():
    ends_on = date(2025, 5, 31)
    months = depreciation_months(OPENING, ends_on)
    assert months == 12
    due = depreciation_due(1_200_00, months, 0, OPENING, ends_on, ends_on)
    assert [amount for _, amount in due] == [100_00] * 12
    assert due[0][0] == date(2024, 6, 30)
    assert due[-1][0] == ends_on


def test_a_month_is_written_down_once_and_not_before_it_is_over():
    ends_on = date(2025, 5, 31)
    assert depreciation_due(1_200_00, 12, 1, OPENING, ends_on, date(2024, 7, 30)) == []
    (month,) = depreciation_due(1_200_00, 12, 1, OPENING, ends_on, date(2024, 7, 31))
    assert month == (date(2024, 7, 31), 100_00)


def test_the_last_month_of_a_lease_in_weeks_ends_with_it():
    ends_on = OPENING + timedelta(days=34)
    assert depreciation_months(OPENING, ends_on) == 2
    assert month_end(OPENING, 2, ends_on) == ends_on


leases = st.builds(
    lambda rent, periods, frequency, free: replace(
        TERMS, rental_minor=rent, periods=periods, frequency=frequency, rent_free_months=free
    ),
    st.integers(1, 500_000),
    st.integers(1, 60),
    st.sampled_from(Frequency),
    st.integers(0, 6),
)
days = st.dates(date(2023, 1, 1), date(2026, 12, 31))


@given(terms=leases, delivered_on=days)
def test_periods_follow_one_another_without_gap_and_none_before_delivery(
    terms: IjarahTerms, delivered_on: date
):
    rents = plan_rents(terms, Clauses(), delivered_on)
    assert rents[0].starts_on >= delivered_on
    assert owed_minor(rents) == terms.rental_total_minor
    for rent, later in pairwise(rents):
        assert later.starts_on == rent.ends_on + timedelta(days=1)


@given(terms=leases, delivered_on=days, first=st.integers(0, 400), length=st.integers(0, 400))
def test_downtime_never_leaves_more_than_the_usable_share(
    terms: IjarahTerms, delivered_on: date, first: int, length: int
):
    rents = plan_rents(terms, Clauses(), delivered_on)
    start = delivered_on + timedelta(days=first)
    outage = Downtime(start, Fault.NONE, "", start + timedelta(days=length))
    for rent in less_downtime(rents, [outage], start + timedelta(days=length)):
        assert 0 <= rent.net_minor <= rent.rent_minor
        assert rent.net_minor * rent.days <= rent.rent_minor * (rent.days - rent.days_unusable)


@given(terms=leases, delivered_on=days, used=st.integers(0, 2000), paid=st.integers(0, 40_000_000))
def test_a_cut_never_leaves_more_paid_than_owed(
    terms: IjarahTerms, delivered_on: date, used: int, paid: int
):
    rents = plan_rents(terms, Clauses(), delivered_on)
    end = delivered_on + timedelta(days=used)
    paid = min(paid, owed_minor(rents))
    cut = cut_off(rents, end, end)
    after = restated(cut, Position(0, 0, 0, paid))
    assert after.paid_minor - after.refunded_minor <= owed_minor(cut)
    assert after.advance_minor == 0
    assert debt_schedule(2, cut, after.refunded_minor).total_minor >= paid


@given(
    depreciable=st.integers(0, 10_000_000), delivered_on=days, length=st.integers(0, 1500),
    cuts=st.lists(st.integers(0, 1600), max_size=6),
)  # fmt: skip
def test_write_downs_add_up_however_the_days_are_closed(depreciable, delivered_on, length, cuts):
    ends_on = delivered_on + timedelta(days=length)
    months = depreciation_months(delivered_on, ends_on)
    done = total = 0
    for cut in [*sorted(cuts), 2000]:
        due = depreciation_due(
            depreciable, months, done, delivered_on, ends_on, delivered_on + timedelta(days=cut)
        )
        done += len(due)
        total += sum(amount for _, amount in due)
    assert (done, total) == (months, depreciable)


BODY = {
    "type": "service_ijarah",
    "borrower_id": "cpty_borrower_001",
    "amount": 1200,
    "currency": "USD",
    "purpose": "small_business",
    "repayment_terms": {"installments": 12, "frequency": "monthly"},
    "asset_description": "Industrial sewing machine",
    "lease_type": "ijarah_muntahia_bittamleek",
    "rental_amount": 120,
    "market_rent": 110,
    "lease_terms": {"duration_months": 12, "ownership_transfer": "gift_at_end"},
}


def test_a_request_is_read_as_the_lease_it_asks_for():
    application = NewIjarah(**BODY).application()
    assert application.trade == TERMS
    assert IjarahTerms.read(TERMS.as_mapping() | {"asset": USD}, USD) == TERMS


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"asset_value": 1100}, "asset_value"),
        ({"counterparty_id": "cpty_borrower"}, "counterparty_id"),
        ({"lease_terms": {"ownership_transfer": "gradual_sale"}}, "lease_terms.ownership_transfer"),
        ({"lease_type": "operating_ijarah"}, "lease_terms.ownership_transfer"),
        ({"lease_terms": {"ownership_transfer": "sale_at_end"}}, "lease_terms.transfer_price"),
        (
            {"lease_terms": {"ownership_transfer": "gift_at_end", "transfer_price": 50}},
            "lease_terms.transfer_price",
        ),
        (
            {"lease_terms": {"ownership_transfer": "gift_at_end", "duration_months": 11}},
            "lease_terms.duration_months",
        ),
        (
            {"lease_terms": {"ownership_transfer": "gift_at_end", "frequency": "weekly"}},
            "lease_terms.frequency",
        ),
        (
            {"lease_terms": {"ownership_transfer": "gift_at_end", "residual_value": 1}},
            "lease_terms.residual_value",
        ),
    ],
)
def test_a_request_that_contradicts_itself_is_refused(changes: dict[str, object], field: str):
    with pytest.raises(ValidationFailed) as refused:
        NewIjarah(**BODY | changes).application()
    assert refused.value.details[0]["field"] == field
