"""Rescheduling a loan: other days for the same debt, never more of it (rule DEF-09)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sanduq import demo
from sanduq.access import service as access
from sanduq.access.errors import NoAuthority
from sanduq.kit.errors import Conflict, ValidationFailed
from sanduq.kit.money import Money
from sanduq.microfinance.loans import repayments, rescheduling, service, terms
from sanduq.microfinance.loans.errors import LoanChangedMeanwhile, LoanStateRefuses
from sanduq.microfinance.loans.rescheduling import Request
from sanduq.obligations import service as obligations
from sanduq.obligations.errors import (
    NothingToReschedule,
    RescheduleIncrease,
    ScheduleDatesInvalid,
)
from tests.coherent import assert_coherent
from tests.make.institution import standing
from tests.make.loans import USD, asked, disbursed, payment

FIRST = date(2024, 3, 1)
REASON = "The harvest came late."

KINDS = {
    "move_due_date": Request(
        "move_due_date", REASON, from_due_on=FIRST, to_due_on=date(2024, 3, 20)
    ),
    "holiday": Request("holiday", REASON, from_due_on=FIRST, periods=3),
    "extend": Request("extend", REASON, instalments=24),
    "extend_from": Request("extend", REASON, instalments=5, first_due_on=date(2024, 6, 15)),
    "lines": Request(
        "lines",
        REASON,
        lines=(
            (date(2024, 4, 1), Money(100_000, USD), Money(4_000, USD)),
            (date(2024, 9, 1), Money(100_000, USD), Money(0, USD)),
        ),
    ),
}


@pytest.fixture
def loan(demo_work):
    """2,000.00 and a fee of 40.00 in twelve instalments from 1 March on."""
    return disbursed(demo_work)


@pytest.fixture(autouse=True)
def coherent(demo_work):
    yield
    with demo_work() as uow:
        assert_coherent(uow)


def agreed(work, loan_id, request, user=demo.MAKER, etag=None):
    with work(user) as uow:
        return rescheduling.agree_anew(uow, loan_id, request, etag=etag)


def lines_of(work, loan_id):
    with work() as uow:
        schedule = terms.schedule_of(uow, loan_id).schedule
    return list(schedule.lines)


def line(on, principal_minor, fee_minor):
    return (on, Money(principal_minor, USD), Money(fee_minor, USD))


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_reschedule_changes_what_is_owed(demo_work, loan, kind) -> None:
    changed = agreed(demo_work, loan.loan_id, KINDS[kind])
    assert changed.balance.outstanding_minor == 204_000
    assert changed.balance.schedule_version == 2
    lines = lines_of(demo_work, loan.loan_id)
    assert sum(line.principal_minor for line in lines) == 200_000
    assert sum(line.fee_minor for line in lines) == 4_000
    assert changed.status == "DISBURSED"


def test_a_moved_date_takes_the_later_ones_along(demo_work, loan) -> None:
    agreed(demo_work, loan.loan_id, KINDS["move_due_date"])
    assert [one.due_on for one in lines_of(demo_work, loan.loan_id)[:3]] == [
        date(2024, 3, 20), date(2024, 4, 20), date(2024, 5, 20)
    ]  # fmt: skip


def test_a_holiday_shifts_every_date_and_keeps_their_number(demo_work, loan) -> None:
    agreed(demo_work, loan.loan_id, KINDS["holiday"])
    dates = [one.due_on for one in lines_of(demo_work, loan.loan_id)]
    assert dates[0] == date(2024, 6, 1)
    assert dates[-1] == date(2025, 5, 1)
    assert len(dates) == 12


def test_an_extension_spreads_only_what_is_left(demo_work, loan) -> None:
    with demo_work() as uow:
        repayments.record_repayment(uow, payment(loan.loan_id, 17_000))
    changed = agreed(demo_work, loan.loan_id, KINDS["extend_from"])
    assert changed.balance.outstanding_minor == 187_000
    new = [one for one in lines_of(demo_work, loan.loan_id) if one.due_on >= date(2024, 6, 15)]
    assert [one.due_on.isoformat() for one in new] == [
        "2024-06-15", "2024-07-15", "2024-08-15", "2024-09-15", "2024-10-15"
    ]  # fmt: skip
    assert sum(one.total_minor for one in new) == 187_000
    assert max(one.total_minor for one in new) - min(one.total_minor for one in new) <= 1


def test_a_loan_rescheduled_is_repaid_to_the_same_total(demo_work, loan) -> None:
    with demo_work() as uow:
        repayments.record_repayment(uow, payment(loan.loan_id, 30_000))
    agreed(demo_work, loan.loan_id, KINDS["extend"])
    with demo_work() as uow:
        result = repayments.record_repayment(uow, payment(loan.loan_id, 174_000))
    assert result.status == "COMPLETED"
    with demo_work() as uow:
        paid = repayments.list_repayments(uow, loan.loan_id)
    assert sum(item.principal_minor for item in paid) == 200_000
    assert sum(item.fee_minor for item in paid) == 4_000


class TestIncrease:
    @pytest.mark.parametrize(
        ("principal_minor", "fee_minor"),
        [(101_000, 0), (100_001, 0), (100_000, 1), (99_000, 1_000), (99_999, 0), (99_000, 0)],
    )
    def test_a_thousand_is_not_made_any_other_sum(
        self, demo_work, demo_url, principal_minor, fee_minor
    ) -> None:
        # 1,000 without a fee, to be rescheduled as 1,010, or a cent more, or as fee, or as less.
        loan = disbursed(demo_work, asked(100_000, 0, instalments=10))
        before = standing(demo_url)
        with pytest.raises(RescheduleIncrease) as refusal:
            agreed(
                demo_work,
                loan.loan_id,
                Request(
                    "lines", REASON, lines=(line(date(2024, 6, 1), principal_minor, fee_minor),)
                ),
            )
        assert refusal.value.code == "RESCHEDULE_INCREASE"
        assert standing(demo_url) == before

    def test_after_a_payment_only_the_rest_may_be_written_down(self, demo_work, loan) -> None:
        with demo_work() as uow:
            repayments.record_repayment(uow, payment(loan.loan_id, 17_000))
        whole = (line(date(2024, 6, 1), 200_000, 4_000),)
        with pytest.raises(RescheduleIncrease):
            agreed(demo_work, loan.loan_id, Request("lines", REASON, lines=whole))
        # Of the first 170.00, 166.67 was principal and 3.33 fee.
        rest = (line(date(2024, 6, 1), 183_333, 3_667),)
        changed = agreed(demo_work, loan.loan_id, Request("lines", REASON, lines=rest))
        assert changed.balance.outstanding_minor == 187_000

    def test_late_borrowers_owe_no_more_when_rescheduled(self, demo_work, loan) -> None:
        with demo_work() as uow:
            access.move_clock(uow, datetime(2024, 9, 10, 9, 0, tzinfo=UTC))
        changed = agreed(demo_work, loan.loan_id, KINDS["extend"])
        assert changed.balance.outstanding_minor == 204_000
        assert lines_of(demo_work, loan.loan_id)[0].due_on > date(2024, 9, 10)


class TestRefusals:
    @pytest.mark.parametrize(
        ("request_", "field"),
        [
            (Request("move_due_date", REASON, to_due_on=FIRST), "from_due_date"),
            (Request("move_due_date", REASON, from_due_on=FIRST), "to_due_date"),
            (Request("holiday", REASON, from_due_on=FIRST), "periods"),
            (Request("holiday", REASON, periods=1), "from_due_date"),
            (Request("extend", REASON), "installments"),
            (Request("lines", REASON), "lines"),
        ],
    )
    def test_a_field_the_kind_needs_is_named(self, demo_work, loan, request_, field) -> None:
        with pytest.raises(ValidationFailed) as refusal:
            agreed(demo_work, loan.loan_id, request_)
        assert refusal.value.details[0]["field"] == field
        assert refusal.value.details[0]["code"] == "missing_field"

    @pytest.mark.parametrize(
        "request_",
        [
            Request("move_due_date", REASON, from_due_on=FIRST, to_due_on=date(9999, 12, 1)),
            Request("extend", REASON, instalments=600, first_due_on=date(9999, 12, 1)),
            Request("lines", REASON, lines=(line(date(9999, 12, 31), 200_000, 4_000),)),
        ],
    )
    def test_a_day_the_calendar_hardly_has_is_refused(self, demo_work, loan, request_) -> None:
        with pytest.raises(ValidationFailed) as refusal:
            agreed(demo_work, loan.loan_id, request_)
        assert refusal.value.details[0]["code"] == "too_far"

    @pytest.mark.parametrize(
        "request_",
        [
            Request("move_due_date", REASON, from_due_on=FIRST, to_due_on=date(2024, 1, 14)),
            Request("extend", REASON, instalments=3, first_due_on=date(2024, 1, 1)),
            Request("lines", REASON, lines=(line(date(2024, 1, 14), 200_000, 4_000),)),
            Request(
                "lines",
                REASON,
                lines=(line(FIRST, 100_000, 4_000), line(FIRST, 100_000, 0)),
            ),
        ],
    )
    def test_days_past_or_out_of_order_are_refused(self, demo_work, loan, request_) -> None:
        with pytest.raises(ScheduleDatesInvalid):
            agreed(demo_work, loan.loan_id, request_)

    def test_a_due_date_that_is_not_on_the_schedule_is_not_moved(self, demo_work, loan) -> None:
        request = Request(
            "move_due_date", REASON, from_due_on=date(2024, 3, 2), to_due_on=date(2024, 3, 9)
        )
        with pytest.raises(NothingToReschedule):
            agreed(demo_work, loan.loan_id, request)

    def test_only_a_running_loan_is_rescheduled(self, demo_work, loan) -> None:
        with demo_work() as uow:
            waiting = service.create(uow, asked())
            repayments.record_repayment(uow, payment(loan.loan_id, 204_000))
        for loan_id in (waiting.loan_id, loan.loan_id):
            with pytest.raises(LoanStateRefuses):
                agreed(demo_work, loan_id, KINDS["extend"])

    def test_a_role_without_the_decision_reschedules_nothing(self, demo_work, loan) -> None:
        with pytest.raises(NoAuthority):
            agreed(demo_work, loan.loan_id, KINDS["extend"], user=demo.FINANCE)

    def test_a_schedule_agreed_on_an_old_copy_is_refused(self, demo_work, loan) -> None:
        agreed(demo_work, loan.loan_id, KINDS["holiday"], etag=loan.etag)
        with pytest.raises(LoanChangedMeanwhile):
            agreed(demo_work, loan.loan_id, KINDS["extend"], etag=loan.etag)
        assert issubclass(LoanChangedMeanwhile, Conflict)


def test_every_version_of_the_schedule_is_kept_with_its_reason(demo_work, loan) -> None:
    agreed(demo_work, loan.loan_id, KINDS["holiday"])
    agreed(demo_work, loan.loan_id, KINDS["extend"])
    with demo_work() as uow:
        kept = obligations.schedules_of(uow, loan.contract_id)
    assert [(each.schedule.version, each.reason) for each in kept] == [
        (1, "disbursed"), (2, REASON), (3, REASON)
    ]  # fmt: skip
    assert kept[0].schedule.due_on[0] == FIRST
