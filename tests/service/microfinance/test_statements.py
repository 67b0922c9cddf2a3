"""What a loan's settlement quote and statement say: all that is owed, and nothing for time."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sanduq.kit.errors import Conflict, NotFound, ValidationFailed
from sanduq.microfinance.loans import repayments, service, terms
from sanduq.microfinance.loans.model import LoanStatus
from tests.coherent import assert_coherent
from tests.make.loans import asked, disbursed, payment

TODAY = date(2024, 1, 15)
UNKNOWN = "mfl_00000000000000000000000000"


@pytest.fixture
def loan(demo_work):
    """2,000.00 and a fee of 40.00, paid out today."""
    return disbursed(demo_work)


@pytest.fixture(autouse=True)
def coherent(demo_work):
    yield
    with demo_work() as uow:
        assert_coherent(uow)


def paid(work, loan_id, amount_minor, **changes):
    with work() as uow:
        return repayments.record_repayment(uow, payment(loan_id, amount_minor, **changes)).repayment


def reversed_(work, loan_id, repayment_id):
    with work() as uow:
        return repayments.reverse(uow, loan_id, repayment_id, reason="booked on the wrong loan")


def read(work, loan_id):
    with work() as uow:
        return service.get(uow, loan_id)


class TestQuote:
    def test_settling_early_costs_nothing_on_any_day(self, demo_work, loan) -> None:
        paid(demo_work, loan.loan_id, 17000)
        with demo_work() as uow:
            for day in (None, TODAY, date(2024, 2, 29), date(2030, 1, 1)):
                _, quote = terms.quote(uow, loan.loan_id, day)
                assert (quote.total_minor, quote.charge_minor) == (187_000, 0)
                assert quote.principal_minor + quote.fee_minor == quote.total_minor

    def test_paying_the_quote_settles(self, demo_work, loan) -> None:
        with demo_work() as uow:
            _, quote = terms.quote(uow, loan.loan_id, None)
        paid(demo_work, loan.loan_id, quote.total_minor)
        assert read(demo_work, loan.loan_id).status is LoanStatus.COMPLETED

    def test_no_quote_for_the_past_nor_for_what_is_not_owed(self, demo_work, loan) -> None:
        with demo_work() as uow, pytest.raises(ValidationFailed):
            terms.quote(uow, loan.loan_id, TODAY - timedelta(days=1))
        paid(demo_work, loan.loan_id, 204_000)
        with demo_work() as uow, pytest.raises(Conflict):
            terms.quote(uow, loan.loan_id, None)
        with demo_work() as uow, pytest.raises(NotFound):
            terms.quote(uow, UNKNOWN, None)


class TestStatement:
    def test_the_lines_add_up_to_what_is_owed(self, demo_work) -> None:
        old = disbursed(demo_work, on=date(2024, 1, 2))
        paid(demo_work, old.loan_id, 17000, received_on=date(2024, 1, 9))
        wrong = paid(demo_work, old.loan_id, 5000, received_on=date(2024, 1, 4))
        reversed_(demo_work, old.loan_id, wrong.repayment_id)
        with demo_work() as uow:
            found = terms.statement(uow, old.loan_id, None, None)
        assert [(line.on.day, line.kind, line.balance_minor) for line in found.lines] == [
            (2, "disbursement", 200_000),
            (2, "service_fee", 204_000),
            (4, "repayment", 199_000),
            (9, "repayment", 182_000),
            (15, "reversal", 187_000),
        ]
        assert sum(line.owed_minor - line.paid_minor for line in found.lines) == 187_000
        assert found.closing_minor == read(demo_work, old.loan_id).balance.outstanding_minor

    def test_a_part_of_it_opens_where_the_part_before_closed(self, demo_work) -> None:
        old = disbursed(demo_work, on=date(2024, 1, 2))
        for day in (4, 9, 15):
            paid(demo_work, old.loan_id, 17000, received_on=date(2024, 1, day))
        with demo_work() as uow:
            for cut in range(1, 17):
                day = date(2024, 1, cut)
                before = terms.statement(uow, old.loan_id, None, day - timedelta(days=1))
                after = terms.statement(uow, old.loan_id, day, None)
                assert before.closing_minor == after.opening_minor, day
                assert after.closing_minor == 204_000 - 51_000
                assert len(before.lines) + len(after.lines) == 5

    def test_a_loan_not_paid_out_has_an_empty_one(self, demo_work) -> None:
        with demo_work() as uow:
            loan_id = service.create(uow, asked()).loan_id
            found = terms.statement(uow, loan_id, None, None)
        assert (found.lines, found.opening_minor, found.closing_minor) == ([], 0, 0)
