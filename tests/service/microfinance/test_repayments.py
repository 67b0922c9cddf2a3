"""Repayments: rows that stand for themselves, reversals, excess, dates and statements."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sanduq import demo
from sanduq.access import service as access
from sanduq.access.errors import AboveRoleLimit, NoAuthority
from sanduq.kit.errors import FundsInsufficient
from sanduq.kit.money import Money, currency
from sanduq.ledger import service as ledger
from sanduq.ledger.errors import PeriodClosed
from sanduq.ledger.model import AccountPlace
from sanduq.microfinance.loans import repayments, service
from sanduq.microfinance.loans.errors import BatchRefused, LoanNotFound, LoanStateRefuses
from sanduq.microfinance.loans.model import LoanStatus
from sanduq.obligations.receipts.errors import (
    NothingOwed,
    RepaymentCurrencyDiffers,
    RepaymentDateImpossible,
    RepaymentExceedsOutstanding,
    RepaymentKnown,
    RepaymentNotFound,
    RepaymentReversedAlready,
)
from sanduq.obligations.receipts.model import ExcessUse
from tests.coherent import assert_coherent
from tests.make.institution import balance_minor, standing
from tests.make.ledger import post_move
from tests.make.loans import USD, asked, disbursed, payment

TODAY = date(2024, 1, 15)
CASH = AccountPlace("1000", USD, subject="brn_main")
CREDIT = AccountPlace("2000", USD, subject="cpty_borrower_001")
UNKNOWN = "mfl_00000000000000000000000000"


@pytest.fixture
def loan(demo_work):
    """2,000.00 and a fee of 40.00, paid out today."""
    return disbursed(demo_work)


@pytest.fixture(autouse=True)
def coherent(demo_work):
    """Whatever a test here does, the books recompute to themselves."""
    yield
    with demo_work() as uow:
        assert_coherent(uow)


def recorded(work, *payments, **more):
    with work() as uow:
        return repayments.record_repayments(uow, list(payments), **more)


def paid(work, loan_id, amount_minor, **changes):
    with work() as uow:
        return repayments.record_repayment(uow, payment(loan_id, amount_minor, **changes)).repayment


def reversed_(work, loan_id, repayment_id, user=demo.MAKER):
    with work(user) as uow:
        return repayments.reverse(uow, loan_id, repayment_id, reason="booked on the wrong loan")


def read(work, loan_id):
    with work() as uow:
        return service.get(uow, loan_id)


def owed_minor(work, loan_id):
    return read(work, loan_id).balance.outstanding_minor


class TestBatch:
    def test_a_refused_row_leaves_the_others_recorded(self, demo_work, demo_url, loan) -> None:
        other = disbursed(demo_work)
        with demo_work(demo.MAKER) as uow:
            waiting = service.create(uow, asked())
        ringgit = Money(17000, currency("MYR"))
        results = recorded(
            demo_work,
            payment(loan.loan_id, 17000),
            payment(UNKNOWN, 17000),
            payment(waiting.loan_id, 17000),
            payment(other.loan_id, 204001),
            repayments.RepayLoan(other.loan_id, ringgit),
            payment(other.loan_id, 100, received_on=TODAY + timedelta(days=1)),
            payment(other.loan_id, 204000),
        )
        assert [type(result.refusal) for result in results] == [
            type(None), LoanNotFound, LoanStateRefuses, RepaymentExceedsOutstanding,
            RepaymentCurrencyDiffers, RepaymentDateImpossible, type(None),
        ]  # fmt: skip
        assert [result.status for result in results if result.status] == ["REPAYING", "COMPLETED"]
        assert owed_minor(demo_work, loan.loan_id) == 187000
        assert read(demo_work, other.loan_id).status == "COMPLETED"
        counted = standing(demo_url)
        assert counted["obligations.repayment"] == 2

    def test_a_row_in_a_closed_period_spoils_no_other(self, demo_work) -> None:
        # Without a fee, for a period with fees beyond their cost does not close (QRD-10).
        old = disbursed(demo_work, asked(fee_minor=0), on=date(2024, 1, 2))
        with demo_work(demo.FINANCE) as uow:
            ledger.close_period(uow, date(2023, 12, 1), date(2024, 1, 10))
        early, late = recorded(
            demo_work,
            payment(old.loan_id, 17000, received_on=date(2024, 1, 10)),
            payment(old.loan_id, 17000, received_on=date(2024, 1, 11)),
        )
        assert isinstance(early.refusal, PeriodClosed)
        assert late.refusal is None
        assert owed_minor(demo_work, old.loan_id) == 183000

    def test_all_or_nothing_records_nothing_when_one_row_is_refused(
        self, demo_work, demo_url, loan
    ) -> None:
        before = standing(demo_url)
        with pytest.raises(BatchRefused) as refusal:
            recorded(
                demo_work,
                payment(loan.loan_id, 17000),
                payment(UNKNOWN, 17000),
                payment(loan.loan_id, 900_000),
                is_all_or_nothing=True,
            )
        assert [detail["field"] for detail in refusal.value.details] == [
            "repayments.1", "repayments.2"
        ]  # fmt: skip
        assert standing(demo_url) == before

    def test_all_or_nothing_records_all_when_none_is_refused(self, demo_work, loan) -> None:
        rows = [payment(loan.loan_id, 17000) for _ in range(12)]
        results = recorded(demo_work, *rows, is_all_or_nothing=True)
        assert [result.status for result in results] == ["REPAYING"] * 11 + ["COMPLETED"]

    def test_two_payments_of_one_loan_in_one_batch_count_one_after_the_other(
        self, demo_work, loan
    ) -> None:
        # The second finds what the first left: 204.00 of fee and principal are 200.00 and 4.00.
        first, second, third = recorded(
            demo_work,
            payment(loan.loan_id, 20400),
            payment(loan.loan_id, 183600),
            payment(loan.loan_id, 1),
        )
        assert first.repayment.outstanding_minor == 183600
        assert second.repayment.outstanding_minor == 0
        assert second.status is LoanStatus.COMPLETED
        assert isinstance(third.refusal, NothingOwed)
        parts = [first.repayment, second.repayment]
        assert sum(part.principal_minor for part in parts) == 200_000
        assert sum(part.fee_minor for part in parts) == 4_000

    def test_a_batch_ends_where_single_payments_end(self, demo_work, loan) -> None:
        twin = disbursed(demo_work)
        amounts = [1, 16999, 500, 83333, 103167]
        batch = recorded(demo_work, *[payment(loan.loan_id, amount) for amount in amounts])
        single = [paid(demo_work, twin.loan_id, amount) for amount in amounts]
        assert [(r.repayment.principal_minor, r.repayment.fee_minor) for r in batch] == [
            (r.principal_minor, r.fee_minor) for r in single
        ]

    def test_an_empty_batch_is_nothing(self, demo_work, demo_url) -> None:
        before = standing(demo_url)
        assert recorded(demo_work) == []
        assert standing(demo_url) == before


class TestExternalIds:
    def test_an_external_id_is_recorded_once(self, demo_work, loan) -> None:
        paid(demo_work, loan.loan_id, 17000, external_id="mpesa-1")
        with pytest.raises(RepaymentKnown):
            paid(demo_work, loan.loan_id, 17000, external_id="mpesa-1")
        assert owed_minor(demo_work, loan.loan_id) == 187000

    def test_an_external_id_doubled_in_one_batch_is_recorded_once(self, demo_work, loan) -> None:
        other = disbursed(demo_work)
        results = recorded(
            demo_work,
            payment(loan.loan_id, 17000, external_id="mpesa-1"),
            payment(other.loan_id, 17000, external_id="mpesa-1"),
            payment(other.loan_id, 17000, external_id="mpesa-2"),
        )
        assert [type(result.refusal) for result in results] == [
            type(None), RepaymentKnown, type(None)
        ]  # fmt: skip

    def test_a_refused_row_does_not_use_its_external_id_up(self, demo_work, loan) -> None:
        refused, taken = recorded(
            demo_work,
            payment(loan.loan_id, 900_000, external_id="mpesa-1"),
            payment(loan.loan_id, 17000, external_id="mpesa-1"),
        )
        assert refused.refusal is not None
        assert taken.repayment is not None

    def test_a_reversal_does_not_free_the_external_id(self, demo_work, loan) -> None:
        found = paid(demo_work, loan.loan_id, 17000, external_id="mpesa-1")
        reversed_(demo_work, loan.loan_id, found.repayment_id)
        with pytest.raises(RepaymentKnown):
            paid(demo_work, loan.loan_id, 17000, external_id="mpesa-1")


class TestReversal:
    def test_the_only_payment_taken_back_leaves_the_loan_as_paid_out(self, demo_work, loan) -> None:
        found = paid(demo_work, loan.loan_id, 17000)
        taken = reversed_(demo_work, loan.loan_id, found.repayment_id)
        assert (taken.amount.amount_minor, taken.reverses) == (-17000, found.repayment_id)
        after = read(demo_work, loan.loan_id)
        assert after.status is LoanStatus.DISBURSED
        assert after.balance.outstanding_minor == 204_000

    def test_a_reversal_reopens_a_completed_loan(self, demo_work, loan, demo_url) -> None:
        first = paid(demo_work, loan.loan_id, 17000)
        paid(demo_work, loan.loan_id, 187000)
        assert read(demo_work, loan.loan_id).closed_at is not None
        reversed_(demo_work, loan.loan_id, first.repayment_id)
        after = read(demo_work, loan.loan_id)
        assert after.status is LoanStatus.REPAYING
        assert after.closed_at is None
        assert after.balance.outstanding_minor == 17000
        assert paid(demo_work, loan.loan_id, 17000).outstanding_minor == 0
        assert read(demo_work, loan.loan_id).status is LoanStatus.COMPLETED
        receivable = AccountPlace("1100", USD, subject=loan.contract_id)
        assert balance_minor(demo_url, receivable) == 0

    def test_a_payment_is_reversed_once_and_a_reversal_never(self, demo_work, loan) -> None:
        first = paid(demo_work, loan.loan_id, 17000)
        paid(demo_work, loan.loan_id, 17000)
        taken = reversed_(demo_work, loan.loan_id, first.repayment_id)
        for repayment_id in (first.repayment_id, taken.repayment_id):
            with pytest.raises(RepaymentReversedAlready):
                reversed_(demo_work, loan.loan_id, repayment_id)
        assert owed_minor(demo_work, loan.loan_id) == 187000

    def test_a_payment_of_another_loan_is_not_found(self, demo_work, loan) -> None:
        other = disbursed(demo_work)
        found = paid(demo_work, other.loan_id, 17000)
        paid(demo_work, loan.loan_id, 17000)
        with pytest.raises(RepaymentNotFound):
            reversed_(demo_work, loan.loan_id, found.repayment_id)

    def test_a_reversal_above_the_role_s_limit_needs_a_greater_one(
        self, demo_work, demo_url, loan
    ) -> None:
        # A field officer may take back 1,000.00; a branch manager any amount.
        found = paid(demo_work, loan.loan_id, 1_000_01)
        before = standing(demo_url)
        with pytest.raises(AboveRoleLimit):
            reversed_(demo_work, loan.loan_id, found.repayment_id)
        assert standing(demo_url) == before
        reversed_(demo_work, loan.loan_id, found.repayment_id, user=demo.CHECKER)

    def test_a_reversal_at_the_limit_itself_is_within_it(self, demo_work, loan) -> None:
        found = paid(demo_work, loan.loan_id, 1_000_00)
        reversed_(demo_work, loan.loan_id, found.repayment_id)

    def test_a_role_without_the_decision_reverses_nothing(self, demo_work, loan) -> None:
        found = paid(demo_work, loan.loan_id, 100)
        with pytest.raises(NoAuthority):
            reversed_(demo_work, loan.loan_id, found.repayment_id, user=demo.FINANCE)

    def test_what_was_credited_and_paid_on_cannot_be_taken_back(
        self, demo_work, demo_url, loan
    ) -> None:
        found = paid(demo_work, loan.loan_id, 204_500, excess=ExcessUse.CREDIT)
        with demo_work() as uow:
            post_move(uow, CASH, CREDIT, 300)  # 3.00 of the 5.00 handed back
        before = standing(demo_url)
        with pytest.raises(AboveRoleLimit):  # who may decide comes before what is there
            reversed_(demo_work, loan.loan_id, found.repayment_id)
        with pytest.raises(FundsInsufficient):
            reversed_(demo_work, loan.loan_id, found.repayment_id, user=demo.CHECKER)
        assert standing(demo_url) == before

    def test_nothing_is_reversed_on_a_loan_without_payments(self, demo_work, loan) -> None:
        with pytest.raises(LoanStateRefuses):
            reversed_(demo_work, loan.loan_id, "rep_00000000000000000000000000")


class TestExcess:
    def test_an_excess_is_refused_unless_its_use_is_said(self, demo_work, loan) -> None:
        with pytest.raises(RepaymentExceedsOutstanding):
            paid(demo_work, loan.loan_id, 204_001)

    def test_an_excess_kept_for_the_borrower_is_never_income(
        self, demo_work, demo_url, loan
    ) -> None:
        found = paid(demo_work, loan.loan_id, 204_500, excess=ExcessUse.CREDIT)
        assert (found.credit_minor, found.gift_minor) == (500, 0)
        assert balance_minor(demo_url, CREDIT) == -500
        for income in ("4100", "4800", "4700"):
            expected = -4000 if income == "4100" else 0
            assert balance_minor(demo_url, AccountPlace(income, USD)) == expected

    def test_a_gift_without_the_borrower_s_statement_is_refused(self, demo_work, loan) -> None:
        with pytest.raises(RepaymentExceedsOutstanding):
            paid(demo_work, loan.loan_id, 204_500, excess=ExcessUse.GIFT)

    def test_a_gift_taken_back_is_owed_by_nobody(self, demo_work, demo_url, loan) -> None:
        found = paid(
            demo_work, loan.loan_id, 204_500, excess=ExcessUse.GIFT, is_statement_given=True
        )
        assert balance_minor(demo_url, AccountPlace("4800", USD)) == -500
        reversed_(demo_work, loan.loan_id, found.repayment_id, user=demo.CHECKER)
        assert balance_minor(demo_url, AccountPlace("4800", USD)) == 0
        assert owed_minor(demo_work, loan.loan_id) == 204_000


class TestDates:
    def test_a_payment_counts_from_the_day_it_was_received(self, demo_work) -> None:
        old = disbursed(demo_work, on=date(2024, 1, 2))
        found = paid(demo_work, old.loan_id, 17000, received_on=date(2024, 1, 5))
        assert found.received_on == date(2024, 1, 5)
        with demo_work() as uow:
            journal = uow.one(
                "select effective_on from ledger.journal where institution_id = %s"
                " and journal_id = %s",
                uow.institution_id, found.journal_id,
            )  # fmt: skip
        assert journal == (date(2024, 1, 5),)

    def test_no_payment_before_the_debt_or_after_today(self, demo_work) -> None:
        old = disbursed(demo_work, on=date(2024, 1, 2))
        for day in (date(2024, 1, 1), TODAY + timedelta(days=1)):
            with pytest.raises(RepaymentDateImpossible):
                paid(demo_work, old.loan_id, 17000, received_on=day)
        for day in (date(2024, 1, 2), TODAY):
            paid(demo_work, old.loan_id, 17000, received_on=day)

    def test_the_day_of_payment_changes_nothing_of_what_is_owed(self, demo_work) -> None:
        early = disbursed(demo_work, on=date(2024, 1, 2))
        late = disbursed(demo_work, on=date(2024, 1, 2))
        with demo_work() as uow:
            access.move_clock(uow, datetime(2025, 6, 1, 9, 0, tzinfo=UTC))
        one = paid(demo_work, early.loan_id, 50_000, received_on=date(2024, 1, 3))
        other = paid(demo_work, late.loan_id, 50_000, received_on=date(2025, 6, 1))
        assert (one.principal_minor, one.fee_minor, one.outstanding_minor) == (
            other.principal_minor, other.fee_minor, other.outstanding_minor
        )  # fmt: skip
