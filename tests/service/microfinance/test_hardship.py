"""Default, write-off, recovery and forgiveness in the books of the demonstration world.

The loan of every test: 2,000 and a fee of 40 in twelve instalments of 170 from 1 January 2024, of
which the first is overdue on the 15th, when the clock stands.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from sanduq import demo
from sanduq.access.errors import MakerMayNotApprove
from sanduq.funds.spending.model import FundSource
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import Conflict, FundsInsufficient, ValidationFailed
from sanduq.kit.money import Money
from sanduq.microfinance.loans import repayments, service
from sanduq.microfinance.loans.hardship import costs, forgiving, write_offs
from sanduq.microfinance.loans.hardship import service as hardship
from sanduq.microfinance.loans.hardship import store as hardship_store
from sanduq.microfinance.loans.hardship.errors import NothingOverdue, WriteOffAsked
from sanduq.microfinance.loans.hardship.model import Channel
from sanduq.microfinance.loans.model import Loan, LoanStatus
from sanduq.shariah import service as shariah
from sanduq.shariah.board import NewResolution
from sanduq.shariah.errors import ShariahViolation
from sanduq.shariah.facts import DebtorState
from tests.coherent import assert_coherent
from tests.make.hardship import classed, defaulted, given, holds, written_off
from tests.make.loans import USD, Work, asked, disbursed, payment

OWED = 204_000


@pytest.fixture
def loan(demo_work: Work) -> Loan:
    return disbursed(demo_work, asked(grace_months=0), on=date(2023, 12, 5))


@pytest.fixture(autouse=True)
def books_are_coherent(demo_work):
    yield
    with demo_work() as uow:
        assert_coherent(uow)


def days_later(uow, days: int) -> None:
    moved: datetime = demo.NOW + timedelta(days=days)
    uow.clock = FixedClock(moved)


class TestBeforeDefault:
    def test_nothing_is_demanded_before_it_is_overdue(self, demo_work):
        fresh = disbursed(demo_work)
        with demo_work() as uow, pytest.raises(NothingOverdue):
            hardship.demand(uow, fresh.loan_id, channel=Channel.VISIT)

    def test_a_demand_names_what_is_overdue_and_gives_time(self, demo_work, loan):
        with demo_work() as uow:
            made = hardship.demand(uow, loan.loan_id, channel=Channel.VISIT)
        assert made.overdue == Money(17_000, USD)
        assert made.respond_by_on == date(2024, 1, 29)

    def test_nobody_is_put_in_default_unclassed(self, demo_work, loan):
        with demo_work(demo.CHECKER) as uow, pytest.raises(ShariahViolation) as refused:
            hardship.default(uow, loan.loan_id, reason="late")
        assert refused.value.details[0]["rule_id"] == "DEF-01"
        with demo_work() as uow:
            assert service.get(uow, loan.loan_id).status is LoanStatus.DISBURSED

    def test_delay_is_shown_by_a_demand_that_ran_out(self, demo_work, loan):
        classed(demo_work, loan.loan_id, DebtorState.SOLVENT_DELAYING)
        with demo_work() as uow:
            hardship.demand(uow, loan.loan_id, channel=Channel.LETTER)
        with demo_work(demo.CHECKER) as uow, pytest.raises(ShariahViolation):
            hardship.default(uow, loan.loan_id, reason="delays")
        with demo_work(demo.CHECKER) as uow:
            days_later(uow, 15)
            changed = hardship.default(uow, loan.loan_id, reason="delays")
        assert changed.status is LoanStatus.DEFAULTED

    def test_default_changes_nothing_of_what_is_owed(self, demo_work, demo_url, loan):
        defaulted(demo_work, loan.loan_id)
        with demo_work() as uow:
            balance = service.get(uow, loan.loan_id).balance
        assert balance is not None
        assert balance.outstanding_minor == OWED
        assert holds(demo_url, "1100", subject=loan.contract_id) == 200_000

    def test_a_payment_ends_the_default(self, demo_work, loan):
        defaulted(demo_work, loan.loan_id)
        with demo_work() as uow:
            result = repayments.record_repayment(uow, payment(loan.loan_id, 17_000))
        assert result.status is LoanStatus.REPAYING


class TestCharges:
    def test_only_an_able_debtor_who_delays_bears_receipts_of_collection(self, demo_work, loan):
        classed(demo_work, loan.loan_id)
        new = costs.NewCost(Money(1_500, USD), "A. Bailiff", "R-17", date(2024, 1, 10))
        with demo_work(demo.CHECKER) as uow, pytest.raises(ShariahViolation) as refused:
            costs.charge(uow, loan.loan_id, new)
        assert {each["rule_id"] for each in refused.value.details} == {"DEF-02", "DEF-07"}

    def test_a_receipt_is_owed_beside_the_loan_and_paid_apart(self, demo_work, demo_url, loan):
        classed(demo_work, loan.loan_id, DebtorState.SOLVENT_DELAYING)
        new = costs.NewCost(Money(1_500, USD), "A. Bailiff", "R-17", date(2024, 1, 10))
        with demo_work(demo.CHECKER) as uow:
            cost = costs.charge(uow, loan.loan_id, new)
        assert holds(demo_url, "1110", subject=cost.cost_id) == 1_500
        with demo_work() as uow:
            balance = service.get(uow, loan.loan_id).balance
            assert balance is not None
            assert balance.outstanding_minor == OWED
            costs.pay_cost(uow, loan.loan_id, cost.cost_id, Money(1_500, USD), uow.today)
            assert costs.costs_of(uow, loan.loan_id)[0].outstanding_minor == 0
        assert holds(demo_url, "1110", subject=cost.cost_id) == 0

    def test_a_pledge_on_a_qard_needs_a_ruling_and_goes_to_charity(self, demo_work, demo_url, loan):
        classed(demo_work, loan.loan_id, DebtorState.SOLVENT_DELAYING)
        with demo_work(demo.CHECKER) as uow, pytest.raises(ShariahViolation) as refused:
            costs.pledge(uow, loan.loan_id, Money(500, USD), note="said in May")
        assert refused.value.details[0]["rule_id"] == "DEF-05"
        ruled_on(demo_work, "DEF-05")
        with demo_work(demo.CHECKER) as uow:
            costs.pledge(uow, loan.loan_id, Money(500, USD), note="said in May")
        assert holds(demo_url, "2100") == -500
        assert holds(demo_url, "4900") == 0


def ruled_on(demo_work: Work, *rules: str) -> None:
    with demo_work(demo.MAKER) as uow:
        shariah.create_resolution(
            uow,
            NewResolution(
                title="A ruling", question="May it be?", ruling="It may.", scope=rules,
                signers=("The board",), valid_from_on=date(2023, 1, 1),
                valid_until_on=date(2030, 1, 1), is_demonstration=True,
            ),
        )  # fmt: skip


class TestWriteOff:
    def test_only_a_defaulted_loan_is_written_off(self, demo_work, loan):
        with demo_work() as uow, pytest.raises(Conflict):
            write_offs.ask(uow, loan.loan_id, fund="own", reason="late")

    def test_who_asks_does_not_approve(self, demo_work, loan):
        defaulted(demo_work, loan.loan_id)
        with demo_work(demo.CHECKER) as uow:
            waiting = write_offs.ask(uow, loan.loan_id, fund="own", reason="cannot pay")
        with demo_work(demo.CHECKER) as uow, pytest.raises(MakerMayNotApprove):
            write_offs.approve(uow, waiting.write_off_id)

    def test_one_write_off_is_asked_for_at_a_time(self, demo_work, loan):
        defaulted(demo_work, loan.loan_id)
        with demo_work() as uow:
            waiting = write_offs.ask(uow, loan.loan_id, fund="own", reason="cannot pay")
            with pytest.raises(WriteOffAsked):
                write_offs.ask(uow, loan.loan_id, fund="own", reason="again")
        with demo_work(demo.CHECKER) as uow:
            write_offs.refuse(uow, waiting.write_off_id, reason="visit him once more")
        with demo_work() as uow:
            write_offs.ask(uow, loan.loan_id, fund="own", reason="visited")

    def test_our_own_loss_is_borne_by_the_allowance_and_the_claim_survives(
        self, demo_work, demo_url, loan
    ):
        posted = written_off(demo_work, loan.loan_id)
        assert (posted.principal_minor, posted.fee_minor) == (200_000, 4_000)
        assert holds(demo_url, "1190") == OWED
        assert holds(demo_url, "1100", subject=loan.contract_id) == 0
        with demo_work() as uow:
            found = service.get(uow, loan.loan_id)
        assert found.status is LoanStatus.WRITTEN_OFF
        assert found.balance is not None
        assert found.balance.outstanding_minor == OWED

    def test_what_is_recovered_of_our_own_loss_is_a_recovery(self, demo_work, demo_url, loan):
        written_off(demo_work, loan.loan_id)
        with demo_work() as uow:
            forgiving.recover(uow, loan.loan_id, Money(3_000, USD), None)
        assert holds(demo_url, "4700") == -3_000
        with demo_work() as uow, pytest.raises(ValidationFailed):
            forgiving.recover(uow, loan.loan_id, Money(OWED, USD), None)

    def test_donors_bear_a_loss_and_get_back_what_is_recovered(self, demo_work, demo_url, loan):
        given(demo_work, 300_000)
        cash = holds(demo_url, "1000", subject="brn_main")
        posted = written_off(demo_work, loan.loan_id, "sadaqah:debt_relief")
        assert posted.spending_id is not None
        # The fund paid all of it to the branch: 3,000.00 given less 2,040.00 is 960.00.
        assert holds(demo_url, "3200", "sadaqah:debt_relief") == -96_000
        assert holds(demo_url, "1000", subject="brn_main") == cash + OWED
        assert holds(demo_url, "1190") == 0
        with demo_work() as uow:
            forgiving.recover(uow, loan.loan_id, Money(4_000, USD), None)
        assert holds(demo_url, "3200", "sadaqah:debt_relief") == -100_000
        assert holds(demo_url, "4700") == 0

    def test_a_fund_that_holds_too_little_bears_nothing(self, demo_work, demo_url, loan):
        given(demo_work, 100_000)
        with pytest.raises(FundsInsufficient):
            written_off(demo_work, loan.loan_id, "sadaqah:debt_relief")
        with demo_work() as uow:
            assert service.get(uow, loan.loan_id).status is LoanStatus.DEFAULTED
        assert holds(demo_url, "3200", "sadaqah:debt_relief") == -100_000

    def test_charity_never_pays_our_own_claims(self, demo_work, loan):
        """T32: the charity fund pays its own borrower's arrears: CHARITY_SELF_COLLECTION."""
        with pytest.raises(ShariahViolation) as refused:
            written_off(demo_work, loan.loan_id, "charity")
        assert "CHARITY_SELF_COLLECTION" in {each["code"] for each in refused.value.details}

    def test_recovering_all_of_it_ends_the_claim(self, demo_work, loan):
        written_off(demo_work, loan.loan_id)
        with demo_work() as uow:
            forgiving.recover(uow, loan.loan_id, Money(OWED, USD), None)
            found = service.get(uow, loan.loan_id)
        assert (found.status, found.settled_by) == (LoanStatus.WRITTEN_OFF, "recovery")
        with demo_work() as uow, pytest.raises(Conflict):
            forgiving.recover(uow, loan.loan_id, Money(1, USD), None)


class TestForgiveness:
    def test_forgiving_takes_the_word_of_whose_money_it_is(self, demo_work, loan):
        with demo_work(demo.CHECKER) as uow, pytest.raises(ShariahViolation) as refused:
            forgiving.forgive(uow, loan.loan_id, forgiving.Forgiving("", "hardship"))
        assert refused.value.details[0]["rule_id"] == "DEF-15"

    def test_part_of_a_claim_is_given_up_last_instalments_first(self, demo_work, demo_url, loan):
        part = forgiving.Forgiving("minutes 7", "hardship", Money(34_000, USD))
        with demo_work(demo.CHECKER) as uow:
            made = forgiving.forgive(uow, loan.loan_id, part)
        # The whole fee of 40.00 and 300.00 of the principal.
        assert (made.principal_minor, made.fee_minor) == (30_000, 4_000)
        assert holds(demo_url, "5200") == 34_000
        with demo_work() as uow:
            balance = service.get(uow, loan.loan_id).balance
        assert balance is not None
        assert balance.outstanding_minor == OWED - 34_000
        assert balance.oldest_unpaid_due_on == date(2024, 1, 1)

    def test_a_claim_given_up_whole_is_completed_by_forgiveness(self, demo_work, demo_url, loan):
        with demo_work() as uow:
            repayments.record_repayment(uow, payment(loan.loan_id, 17_000))
        with demo_work(demo.CHECKER) as uow:
            forgiving.forgive(uow, loan.loan_id, forgiving.Forgiving("minutes 7", "he died poor"))
            found = service.get(uow, loan.loan_id)
        assert (found.status, found.settled_by) == (LoanStatus.COMPLETED, "forgiveness")
        assert holds(demo_url, "5200") == OWED - 17_000
        assert holds(demo_url, "1100", subject=loan.contract_id) == 0

    def test_forgiving_after_a_write_off_posts_nothing_and_ends_the_claim(
        self, demo_work, demo_url, loan
    ):
        written_off(demo_work, loan.loan_id)
        with demo_work(demo.CHECKER) as uow:
            made = forgiving.forgive(uow, loan.loan_id, forgiving.Forgiving("minutes 8", "mercy"))
            found = service.get(uow, loan.loan_id)
            assert made.fund == hardship_store.write_off_of(uow, loan.loan_id).fund
        assert made.journal_id is None
        assert holds(demo_url, "5200") == 0
        assert (found.status, found.settled_by) == (LoanStatus.WRITTEN_OFF, "forgiveness")


class TestThirdParty:
    def test_a_donor_s_payment_is_named_and_is_no_repayment_of_the_borrower(
        self, demo_work, demo_url, loan
    ):
        given(demo_work, 300_000)
        classed(demo_work, loan.loan_id)
        gift = forgiving.ThirdPartyPayment(FundSource.read("sadaqah:debt_relief"), "relief")
        with demo_work(demo.CHECKER) as uow:
            forgiving.settle_by_fund(uow, loan.loan_id, gift)
            found = service.get(uow, loan.loan_id)
        assert (found.status, found.settled_by) == (LoanStatus.COMPLETED, "sadaqah:debt_relief")
        assert holds(demo_url, "3200", "sadaqah:debt_relief") == -96_000

    def test_what_we_give_up_of_our_own_is_forgiveness(self, demo_work, loan):
        gift = forgiving.ThirdPartyPayment(FundSource.read("own"), "relief")
        with demo_work(demo.CHECKER) as uow, pytest.raises(ValidationFailed):
            forgiving.settle_by_fund(uow, loan.loan_id, gift)
