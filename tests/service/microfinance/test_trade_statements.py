"""Statements and settlement quotes of sales and leases. Amounts in cents.

A sale is shown as its cost and its profit, a lease as its rents on the days they fall due.
"""

from __future__ import annotations

from datetime import date

import pytest

from sanduq import demo
from sanduq.access import service as access
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Money
from sanduq.microfinance.loans import service, terms
from sanduq.microfinance.loans.errors import StepOutOfOrder
from sanduq.microfinance.loans.hardship import forgiving
from sanduq.microfinance.loans.hardship.forgiving import Forgiving
from sanduq.microfinance.loans.ijarah import service_use
from sanduq.microfinance.loans.ijarah.step_commands import Amendment
from sanduq.microfinance.loans.kinds import KINDS
from sanduq.microfinance.loans.model import LoanStatus
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.counting import CountedDatabase, statements
from tests.make.ijarah import OPERATING, Lessor
from tests.make.murabaha import USD, Trader


@pytest.fixture(autouse=True)
def _books_recompute(demo_work):
    yield
    with demo_work() as uow:
        assert_coherent(uow)


def lines_of(demo_work, loan_id, to_on=None):
    """Kind, owed, paid, balance of each line."""
    with demo_work(demo.MAKER) as uow:
        found = terms.statement(uow, loan_id, None, to_on)
    return [(one.kind, one.owed_minor, one.paid_minor, one.balance_minor) for one in found.lines]


def offered(demo_work, loan_id, on=None):
    with demo_work(demo.MAKER) as uow:
        loan, quote = terms.quote(uow, loan_id, on)
        return quote.total_minor, terms.rebate_offer(uow, loan, quote.quoted_on)


def under_my_bnm(demo_work):
    """The institution follows the Malaysian profile."""
    with demo_work(demo.MAKER) as uow:
        uow.execute(
            "update access.institution set shariah_profile = 'MY_BNM' where institution_id = %s",
            uow.institution_id,
        )


class TestSale:
    def test_a_statement_shows_cost_and_profit_apart(self, demo_work) -> None:
        trader = Trader(demo_work)
        loan_id = trader.possessed()
        assert lines_of(demo_work, loan_id) == []
        trader.sell(loan_id)
        trader.pay(loan_id, 93_33)
        trader.discount(loan_id, 50_00)
        assert lines_of(demo_work, loan_id) == [
            ("cost", 1_000_00, 0, 1_000_00),
            ("profit", 120_00, 0, 1_120_00),
            ("reduction", 0, 56_00, 1_064_00),
            ("repayment", 0, 93_33, 970_67),
        ]
        assert trader.owed(loan_id) == 970_67

    def test_a_rebate_may_be_given_and_the_quote_says_how_much(self, demo_work) -> None:
        trader = Trader(demo_work)
        loan_id = trader.sold()
        total, rebate = offered(demo_work, loan_id, date(2024, 7, 1))
        # After six of twelve instalments 33.44 of the 120.00 are not earned yet.
        assert (total, rebate.amount_minor, rebate.is_agreed) == (1_120_00, 33_44, False)
        assert rebate.rule_id == "MUR-17"
        trader.pay(loan_id, 1_120_00)
        assert trader.loan(loan_id).status is LoanStatus.COMPLETED

    def test_t23_a_rebate_that_was_promised_comes_before_settling_early(self, demo_work) -> None:
        under_my_bnm(demo_work)
        with pytest.raises(ShariahViolation) as refused:
            Trader(demo_work)
        assert {each["code"] for each in refused.value.details} == {"IBRA_CLAUSE_MISSING"}
        trader = Trader(demo_work, has_rebate_clause=True)
        loan_id = trader.sold()
        trader.pay(loan_id, 93_33)
        total, rebate = offered(demo_work, loan_id)
        assert (total, rebate.amount_minor, rebate.is_agreed) == (1_026_67, 120_00, True)
        with pytest.raises(StepOutOfOrder) as conflict:
            trader.pay(loan_id, 1_026_67)
        assert conflict.value.details[0]["message"] == "rebate"
        assert conflict.value.details[0]["rule_id"] == "MUR-17"
        trader.rebate(loan_id)
        trader.pay(loan_id, 906_67)
        assert trader.loan(loan_id).status is LoanStatus.COMPLETED
        assert trader.total("4310") == 0

    def test_the_last_instalment_is_not_an_early_settlement(self, demo_work) -> None:
        under_my_bnm(demo_work)
        trader = Trader(demo_work, has_rebate_clause=True)
        loan_id = trader.sold()
        trader.pay(loan_id, 11 * 93_33)
        trader.go_to(date(2024, 12, 20))
        trader.pay(loan_id, 93_37)
        assert trader.loan(loan_id).status is LoanStatus.COMPLETED

    def test_it_is_read_in_as_many_statements_however_long_its_history(
        self, demo_work, demo_url
    ) -> None:
        trader = Trader(demo_work)
        short, long = trader.sold(), trader.sold()
        for _ in range(4):
            trader.pay(long, 10_00)
            trader.discount(long, 1_00)
        with CountedDatabase(demo_url) as database:

            def read(loan_id):
                with access.work_as(database, demo.INSTITUTION, demo.MAKER, "req_count") as uow:
                    loan = service.get(uow, loan_id)
                    KINDS[loan.type].contract_of(uow, loan)
                    terms.statement(uow, loan_id, None, None)

            first, second = (statements(lambda one=one: read(one)) for one in (short, long))
        assert first == second

    def test_what_was_given_back_since_the_sale_is_less_than_the_price(self, demo_work) -> None:
        trader = Trader(demo_work)
        loan_id = trader.sold()
        trader.discount(loan_id, 600_00)
        with pytest.raises(ValidationFailed):
            trader.discount(loan_id, 400_00)


class TestLease:
    def test_a_statement_shows_each_rent_on_its_day(self, demo_work) -> None:
        lessor = Lessor(demo_work)
        loan_id = lessor.delivered()
        lessor.go_to(date(2024, 6, 21))
        lessor.suspend(loan_id, date(2024, 6, 11))
        lessor.resume(loan_id)
        lessor.pay(loan_id, 200_00)
        lessor.go_to(date(2024, 8, 1))
        assert lines_of(demo_work, loan_id, date(2024, 7, 31)) == [
            ("repayment", 0, 200_00, -200_00),
            ("rent", 120_00, 0, -80_00),
            ("rent_credit", 0, 40_00, -120_00),
            ("rent", 120_00, 0, 0),
        ]
        assert lines_of(demo_work, loan_id)[-1] == ("rent", 120_00, 0, 1_200_00)
        assert lessor.loan(loan_id).balance.outstanding_minor == 1_200_00

    def test_a_statement_ends_at_what_is_owed_whatever_became_of_the_rents(self, demo_work) -> None:
        lessor = Lessor(demo_work)
        loan_id = lessor.delivered(OPERATING)
        lessor.go_to(date(2024, 7, 15))
        with demo_work(demo.MAKER) as uow:
            service_use.amend_rent(uow, loan_id, Amendment(3, 130_00, "doc_amended"))
        lessor.pay(loan_id, 300_00)
        lessor.suspend(loan_id, date(2024, 7, 1))
        lessor.resume(loan_id, date(2024, 7, 8))
        owed = lessor.loan(loan_id).balance.outstanding_minor
        assert lines_of(demo_work, loan_id)[-1][3] == owed
        lessor.end(loan_id)
        # Paid beyond the use had: the rest went back, and nothing is owed.
        assert lines_of(demo_work, loan_id)[-1][3] == 0
        assert "given_back" in [kind for kind, *_ in lines_of(demo_work, loan_id)]
        assert lessor.loan(loan_id).status is LoanStatus.COMPLETED

    def test_rent_that_is_forgiven_is_a_line_of_its_own(self, demo_work) -> None:
        lessor = Lessor(demo_work)
        loan_id = lessor.delivered()
        lessor.go_to(date(2024, 7, 1))
        with demo_work(demo.CHECKER) as uow:
            asked = Forgiving("the institution's own decision", "fire", Money(100_00, USD))
            forgiving.forgive(uow, loan_id, asked)
        found = lines_of(demo_work, loan_id)
        assert ("reduction", 0, 100_00) in [line[:3] for line in found]
        assert found[-1][3] == lessor.loan(loan_id).balance.outstanding_minor == 1_340_00

    def test_a_lease_offers_no_rebate_for_use_still_to_come(self, demo_work) -> None:
        lessor = Lessor(demo_work)
        loan_id = lessor.delivered()
        assert offered(demo_work, loan_id) == (1_440_00, None)
