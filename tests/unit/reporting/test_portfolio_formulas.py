"""Portfolio indicators on the sample set: seven loans, 5,000 dollars, one year."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.kit.money import currency
from sanduq.kit.ratio import NO_BASE, Ratio, less_than_one, ratio
from sanduq.reporting.portfolio.model import (
    PAR_DAYS,
    Quality,
    Repayment,
    Retention,
    Span,
    annual_loss_rate,
    average,
    resting_since,
)
from sanduq.reporting.portfolio.model_economics import Adjustments, Earned, Sustainability
from tests.make.portfolio_book import Exposure, summed

USD = currency("USD")
YEAR = Span(date(2023, 1, 1), date(2023, 12, 31))


def cents(dollars: int) -> int:
    return dollars * 100


SET_A = [
    Exposure(cents(1000)),
    Exposure(cents(800), 15),
    Exposure(cents(600), 35),
    Exposure(cents(400), 65),
    Exposure(cents(200), 95),
    Exposure(cents(500), is_rescheduled=True),
    Exposure(cents(1500)),
]
BOOK = summed(SET_A)
QUALITY = Quality(
    asset=USD,
    months=YEAR.months,
    gross_opening_minor=cents(4600),
    gross_closing_minor=cents(5000),
    gross_average_minor=average([cents(4600), cents(5000)]),
    written_off_minor=cents(150),
    forgiven_minor=cents(50),
    recovered_minor=cents(20),
    settled_by_others_minor=0,
    allowance_minor=cents(300),
    at_risk_30_minor=BOOK.at_risk_minor[30],
)
REPAID = Repayment(
    asset=USD,
    due_minor=cents(1000),
    on_time_minor=cents(870),
    late_minor=cents(60),
    arrears_opening_minor=cents(130),
    arrears_paid_minor=cents(120),
    called_minor=cents(10000),
    called_paid_minor=cents(9400),
    ended_loans=4,
    ended_loans_on_time=3,
    ended_minor=cents(2000),
    ended_on_time_minor=cents(1500),
    term_days_average=Fraction(365, 4),
)
EARNED = Earned(
    qard_fee_minor=cents(120),
    trade_minor=cents(744),
    other_minor=cents(36),
    social_minor=cents(200),
    impairment_minor=cents(120),
    operating_expense_minor=cents(1080),
    direct_qard_cost_minor=cents(110),
)
SUSTAINED = Sustainability(
    asset=USD,
    months=YEAR.months,
    earned=EARNED,
    adjustments=Adjustments(in_kind_minor=cents(100), funds_minor=cents(300)),
    gross_average_minor=Fraction(cents(4800)),
    gross_closing_minor=cents(5000),
    qard_average_minor=Fraction(cents(3000)),
    borrowers_average=average([90, 110]),
    borrowers_closing=110,
    officers_closing=2,
    loans_disbursed=60,
    disbursed_minor=cents(3000),
)
STAYED = Retention(
    active_start=90, active_end=110, new=40, new_active_end=40, returning=0, resting=0, forgiven=0
)


@pytest.mark.parametrize(
    ("found", "percent"),
    [
        (BOOK.par(0), "40.00"),
        (BOOK.par(30), "24.00"),
        (BOOK.par(60), "12.00"),
        (BOOK.par(90), "4.00"),
        (BOOK.par_anew(30), "34.00"),
        (QUALITY.write_off_ratio, "3.13"),
        (QUALITY.forgiveness_ratio, "1.04"),
        (QUALITY.write_off_ratio_net, "2.71"),
        (QUALITY.risk_coverage, "25.00"),
        (REPAID.on_time_rate, "87.00"),
        (REPAID.current_rate, "105.00"),
        (REPAID.cumulative_rate, "94.00"),
        (REPAID.loans_on_time_rate, "75.00"),
        (annual_loss_rate(ratio(95, 100), Fraction(1, 4)), "40.00"),
        (SUSTAINED.portfolio_revenue_ratio, "18.00"),
        (SUSTAINED.qard_fee_recovery, "4.00"),
        (SUSTAINED.cost_recovery, "109.09"),
        (SUSTAINED.self_sufficiency, "75.00"),
        (SUSTAINED.self_sufficiency_with_social, "91.67"),
        (SUSTAINED.financial_self_sufficiency, "56.25"),
        (SUSTAINED.operating_expense_ratio, "22.50"),
        (SUSTAINED.operating_expense_ratio_closing, "21.60"),
        (STAYED.retention, "77.78"),
        (STAYED.retention_with_new, "84.62"),
        (STAYED.dropout, "22.22"),
    ],
)
def test_the_sample_set_gives_the_published_shares(found, percent):
    assert found.percent == Decimal(percent)


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (SUSTAINED.cost_per_borrower, "10.80"),
        (SUSTAINED.cost_per_loan, "18.00"),  # 1,080 over 60 loans
        (SUSTAINED.borrowers_per_officer, "55.00"),
        (SUSTAINED.loan_size_average, "50.00"),  # 3,000 over 60 loans
        (SUSTAINED.balance_average, "45.45"),
    ],
)
def test_the_sample_set_gives_the_published_numbers(found, shown):
    assert found.shown == Decimal(shown)


def test_a_loan_exactly_thirty_days_late_is_out_of_par_30():
    at, over = summed([Exposure(100, 30)]), summed([Exposure(100, 31)])
    assert (at.at_risk_minor[30], over.at_risk_minor[30]) == (0, 100)


def test_a_rescheduled_loan_that_is_late_counts_once_in_par_with_rescheduled():
    assert summed([Exposure(100, 40, is_rescheduled=True)]).at_risk_anew_minor[30] == 100


def test_the_shares_of_the_ageing_buckets_are_the_whole_portfolio():
    assert sum(bucket.gross_minor for bucket in BOOK.buckets) == BOOK.gross_minor
    assert [bucket.gross_minor // 100 for bucket in BOOK.buckets] == [3000, 800, 600, 400, 200, 0]


def test_arrears_are_only_what_is_late_and_so_understate_the_risk():
    book = summed([Exposure(cents(900), 40, overdue_minor=cents(90)), Exposure(cents(100))])
    assert (book.arrears_rate.percent, book.par(30).percent) == (Decimal(9), Decimal(90))


EMPTY = summed([])
NOTHING_REPAID = Repayment(USD, *(0,) * 11, Fraction(0))
NOBODY = Retention(0, 10, 10, 10, 0, 0, 0)
IDLE = replace(
    SUSTAINED,
    earned=Earned(),
    adjustments=Adjustments(),
    gross_average_minor=Fraction(0),
    gross_closing_minor=0,
    qard_average_minor=Fraction(0),
    borrowers_average=Fraction(0),
    borrowers_closing=0,
    officers_closing=0,
    loans_disbursed=0,
    disbursed_minor=0,
)


@pytest.mark.parametrize(
    "found",
    [
        EMPTY.par(30),
        EMPTY.par_anew(30),
        EMPTY.arrears_rate,
        replace(QUALITY, gross_average_minor=Fraction(0)).write_off_ratio,
        replace(QUALITY, gross_average_minor=Fraction(0)).forgiveness_ratio,
        replace(QUALITY, at_risk_30_minor=0).risk_coverage,
        NOTHING_REPAID.on_time_rate,
        NOTHING_REPAID.current_rate,
        NOTHING_REPAID.cumulative_rate,
        NOTHING_REPAID.loans_on_time_rate,
        NOTHING_REPAID.annual_loss_rate,
        replace(REPAID, term_days_average=Fraction(0)).annual_loss_rate,
        IDLE.portfolio_revenue_ratio,
        IDLE.qard_fee_recovery,
        IDLE.cost_recovery,
        IDLE.self_sufficiency,
        IDLE.self_sufficiency_with_social,
        IDLE.financial_self_sufficiency,
        IDLE.operating_expense_ratio,
        IDLE.operating_expense_ratio_closing,
        IDLE.cost_per_borrower,
        IDLE.cost_per_loan,
        IDLE.borrowers_per_officer,
        IDLE.loan_size_average,
        IDLE.balance_average,
        NOBODY.retention,
        NOBODY.dropout,
        NOBODY.dropout_without_resting,
    ],
)
def test_without_a_base_there_is_no_ratio_and_the_reason_is_said(found):
    assert found == Ratio(None, NO_BASE)
    assert found.percent is None
    assert found.shown is None


def test_shadow_costs_touch_the_financial_measure_alone():
    bare = replace(SUSTAINED, adjustments=Adjustments())
    assert bare.self_sufficiency == SUSTAINED.self_sufficiency
    assert bare.financial_self_sufficiency == bare.self_sufficiency


def test_a_current_rate_above_one_is_not_capped_and_its_loss_is_negative():
    assert REPAID.current_rate.value == Decimal("1.050000")
    assert REPAID.annual_loss_rate.value == Decimal("-0.400000")  # −5 % ÷ 0.25 × 2


def test_clients_who_rest_or_were_forgiven_are_no_dropouts():
    found = replace(STAYED, resting=9, forgiven=2)
    assert found.dropout.percent == Decimal("22.22")
    assert found.dropout_without_resting.percent == Decimal("10.00")  # (20 − 9 − 2) ÷ 90


def test_a_new_client_who_left_again_is_no_loss_of_the_old_ones():
    # 90 at the start, all of whom stay; 40 new, 10 of whom leave: 120 at the end.
    found = replace(STAYED, active_end=120, new_active_end=30)
    assert found.retention.percent == Decimal("100.00")
    assert found.retention_with_new.percent == Decimal("92.31")  # 120 ÷ 130


def test_flows_of_a_part_of_a_year_are_made_yearly_and_stocks_are_not():
    half = replace(QUALITY, months=Span(date(2023, 1, 1), date(2023, 6, 30)).months)
    assert half.write_off_ratio.percent == Decimal("6.25")
    assert half.risk_coverage == QUALITY.risk_coverage


@pytest.mark.parametrize(
    ("from_on", "to_on", "months"),
    [
        (date(2023, 1, 1), date(2023, 12, 31), 12),
        (date(2024, 1, 1), date(2024, 1, 31), 1),
        (date(2024, 1, 15), date(2024, 2, 14), 1),
        (date(2024, 2, 1), date(2024, 2, 29), 1),
        (date(2024, 1, 1), date(2024, 2, 15), Fraction(15, 29) + 1),
        (date(2024, 1, 10), date(2024, 1, 10), Fraction(1, 31)),
        (date(2024, 1, 31), date(2024, 2, 28), 1),  # the month of 31 January ends with February
        (date(2022, 7, 1), date(2023, 12, 31), 18),
    ],
)
def test_the_months_of_a_span_are_counted_by_the_calendar(from_on, to_on, months):
    assert Span(from_on, to_on).months == months


def test_a_year_is_measured_at_thirteen_month_ends_and_less_at_both_ends():
    ends = YEAR.measured_on
    assert (len(ends), ends[0], ends[2], ends[-1]) == (
        13, date(2022, 12, 31), date(2023, 2, 28), date(2023, 12, 31),
    )  # fmt: skip
    quarter = Span(date(2023, 1, 1), date(2023, 3, 31))
    assert quarter.measured_on == (date(2022, 12, 31), date(2023, 3, 31))


def test_a_client_rests_for_ninety_days():
    assert resting_since(date(2023, 12, 31)) == date(2023, 10, 3)  # 90 days, both ends counted


def test_ratios_are_kept_to_six_decimals_and_shown_to_two():
    third = ratio(1, 3)
    assert (third.value, third.percent, third.shown) == (
        Decimal("0.333333"), Decimal("33.33"), Decimal("0.33"),
    )  # fmt: skip
    assert less_than_one(third).value == Decimal("0.666667")


@given(
    st.lists(
        st.tuples(st.integers(0, 10**9), st.integers(0, 400), st.booleans()).map(
            lambda made: Exposure(*made)
        ),
        min_size=1,
    )
)
def test_risk_never_exceeds_the_portfolio_and_falls_with_the_days(exposures):
    book = summed(exposures)
    late = [book.at_risk_minor[days] for days in PAR_DAYS]
    anew = [book.at_risk_anew_minor[days] for days in PAR_DAYS]
    assert late == sorted(late, reverse=True)
    assert all(few <= many <= book.gross_minor for few, many in zip(late, anew, strict=True))
    assert sum(bucket.gross_minor for bucket in book.buckets) == book.gross_minor


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 2000))
def test_the_months_of_a_span_grow_with_its_days(from_on, days):
    def months(more: int) -> Fraction:
        return Span(from_on, date.fromordinal(from_on.toordinal() + days + more)).months

    assert 0 < months(0) < months(1)
