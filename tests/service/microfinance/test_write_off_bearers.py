"""Who bears a loss: the fund named, the program's order, or the givers whose money was lent.

The loan of every test: 2,000 and a fee of 40, in default on 15 January 2024. US cents.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sanduq import demo
from sanduq.audit import service as audit
from sanduq.funds.endowments import income
from sanduq.funds.endowments import service as endowments
from sanduq.funds.endowments.model_income import ReceiveMoney
from sanduq.funds.pools import service as pools
from sanduq.funds.pools.model import Origin, SourceKind
from sanduq.kit.json import loads
from sanduq.kit.money import Money
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.loans import service
from sanduq.microfinance.loans.hardship import forgiving, write_offs
from sanduq.microfinance.loans.model import LoanStatus
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.hardship import defaulted, endowed, given, holds, lending_pool, written_off
from tests.make.loans import USD, asked, disbursed
from tests.make.programs import active_program

OWED = 204_000


@pytest.fixture(autouse=True)
def books_are_coherent(demo_work):
    yield
    with demo_work() as uow:
        assert_coherent(uow)


def lent(demo_work, **program):
    """A loan of a program, one instalment of it overdue."""
    made = active_program(demo_work, **program)
    application = replace(asked(grace_months=0), program_id=made.program_id)
    return disbursed(demo_work, application, on=date(2023, 12, 5))


def of_sadaqah(demo_work):
    given(demo_work, 300_000, "qard")
    origin = Origin(SourceKind.SADAQAH, purpose="qard")
    return lending_pool(demo_work, origin, 300_000)


def of_corpus(demo_work):
    wqf_id = endowed(demo_work)
    origin = Origin(SourceKind.WAQF_CORPUS, endowment_id=wqf_id)
    return wqf_id, lending_pool(demo_work, origin, 500_000)


def earned(demo_work, wqf_id, minor):
    with demo_work() as uow:
        command = ReceiveMoney(Money(minor, USD), None, None, "rent", None, None, {})
        income.receive(uow, wqf_id, command, is_gift=False)


def gap_of(demo_work, wqf_id):
    with demo_work() as uow:
        return endowments.get_endowment(uow, wqf_id).standing.gap_minor


def recovered(demo_work, loan_id, minor):
    with demo_work() as uow:
        return forgiving.recover(uow, loan_id, Money(minor, USD), None)


class TestMoneyOfGivers:
    def test_givers_bear_what_was_lent_of_theirs_and_we_our_fee(self, demo_work, demo_url):
        pool_id = of_sadaqah(demo_work)
        loan = lent(demo_work, pool_id=pool_id)
        posted = written_off(demo_work, loan.loan_id, None)
        assert (posted.fund, posted.spending_id) == ("sadaqah:qard", None)
        # 3,000.00 given less the principal of 2,000.00; the fee of 40.00 is our own loss.
        assert holds(demo_url, "3200", "sadaqah:qard") == -100_000
        assert holds(demo_url, "1100", "sadaqah:qard", loan.contract_id) == 0
        assert holds(demo_url, "1190") == 4_000
        with demo_work() as uow:
            state = pools.get_pool(uow, pool_id)
            found = service.get(uow, loan.loan_id)
        assert (state.capital_minor, state.available_minor) == (100_000, 100_000)
        assert (state.lost_minor, state.out_minor) == (200_000, 0)
        assert found.status is LoanStatus.WRITTEN_OFF

    def test_what_comes_back_is_again_the_givers_and_can_be_lent_again(self, demo_work, demo_url):
        pool_id = of_sadaqah(demo_work)
        loan = lent(demo_work, pool_id=pool_id)
        written_off(demo_work, loan.loan_id, None)
        recovered(demo_work, loan.loan_id, OWED)
        assert holds(demo_url, "3200", "sadaqah:qard") == -300_000
        assert holds(demo_url, "4700") == -4_000  # the fee, which was ours
        with demo_work() as uow:
            state = pools.get_pool(uow, pool_id)
        assert (state.capital_minor, state.available_minor) == (300_000, 300_000)
        assert (state.lost_minor, state.out_minor) == (0, 0)

    def test_a_corpus_lent_and_lost_has_a_gap_that_a_recovery_closes(self, demo_work, demo_url):
        wqf_id, pool_id = of_corpus(demo_work)
        loan = lent(demo_work, pool_id=pool_id)
        posted = written_off(demo_work, loan.loan_id, None)
        assert posted.fund == f"waqf:{wqf_id}"
        assert holds(demo_url, "3100", f"waqf:{wqf_id}") == -800_000
        assert gap_of(demo_work, wqf_id) == 200_000
        recovered(demo_work, loan.loan_id, OWED)
        assert holds(demo_url, "3100", f"waqf:{wqf_id}") == -1_000_000
        assert gap_of(demo_work, wqf_id) == 0

    def test_what_income_made_whole_comes_back_as_income(self, demo_work, demo_url):
        wqf_id, pool_id = of_corpus(demo_work)
        loan = lent(demo_work, pool_id=pool_id)
        written_off(demo_work, loan.loan_id, None)
        earned(demo_work, wqf_id, 150_000)
        with demo_work(demo.FINANCE) as uow:
            income.restore(uow, wqf_id, Money(150_000, USD))
        recovered(demo_work, loan.loan_id, OWED)
        # The gap left is 500.00: that goes to the corpus, 1,500.00 back to the income.
        assert holds(demo_url, "3100", f"waqf:{wqf_id}") == -1_000_000
        assert holds(demo_url, "3110", f"waqf:{wqf_id}") == -150_000

    def test_the_institution_may_make_a_pool_whole(self, demo_work, demo_url):
        loan = lent(demo_work, pool_id=of_sadaqah(demo_work))
        written_off(demo_work, loan.loan_id, "own")
        assert holds(demo_url, "3200", "sadaqah:qard") == -300_000
        assert holds(demo_url, "1190") == OWED
        recovered(demo_work, loan.loan_id, OWED)
        assert holds(demo_url, "4700") == -OWED

    @pytest.mark.parametrize("is_forgiven", [True, False])
    def test_our_own_money_lost_is_not_told_as_lent(self, demo_work, is_forgiven):
        """The claim is ours, and so is the loss: less capital of ours in the pool."""
        origin = Origin(SourceKind.OWN, branch_id="brn_main")
        pool_id = lending_pool(demo_work, origin, 300_000)
        loan = lent(demo_work, pool_id=pool_id)
        if is_forgiven:
            with demo_work(demo.CHECKER) as uow:
                forgiving.forgive(uow, loan.loan_id, forgiving.Forgiving("minutes 7", "mercy"))
        else:
            written_off(demo_work, loan.loan_id)
            recovered(demo_work, loan.loan_id, OWED)  # to the branch: income, no capital
        with demo_work() as uow:
            state = pools.get_pool(uow, pool_id)
        assert (state.capital_minor, state.available_minor) == (100_000, 100_000)
        assert (state.lost_minor, state.out_minor) == (200_000, 0)

    def test_a_corpus_is_not_asked_to_bear_our_losses(self, demo_work):
        """T31: default absorbed from waqf corpus: WAQF_ABSORBS_FROM_CORPUS."""
        wqf_id = endowed(demo_work)
        loan = disbursed(demo_work, asked(grace_months=0), on=date(2023, 12, 5))
        with pytest.raises(ShariahViolation) as refused:
            written_off(demo_work, loan.loan_id, f"waqf:{wqf_id}:corpus")
        assert "WAQF_ABSORBS_FROM_CORPUS" in {each["code"] for each in refused.value.details}


class TestTheOrderOfAProgram:
    def test_the_first_fund_that_holds_enough_bears_the_loss(self, demo_work, demo_url):
        wqf_id = endowed(demo_work)
        earned(demo_work, wqf_id, 50_000)
        given(demo_work, 300_000)
        order = [f"waqf:{wqf_id}", "sadaqah:debt_relief", "own"]
        loan = lent(demo_work, absorption_order=order)
        posted = written_off(demo_work, loan.loan_id, None)
        assert posted.fund == "sadaqah:debt_relief"
        assert holds(demo_url, "3200", "sadaqah:debt_relief") == -96_000
        assert holds(demo_url, "3110", f"waqf:{wqf_id}") == -50_000
        with demo_work() as uow:
            found = audit.list_records(
                uow, subject_id=loan.loan_id, user_id=None, action="loan.write_off_asked",
                request=PageRequest(),
            ).items  # fmt: skip
        (why,) = loads(found[0].details)["passed_over"]
        assert why.startswith(f"waqf:{wqf_id}: ")
        assert "500.00" in why

    def test_income_bears_it_where_there_is_enough(self, demo_work, demo_url):
        wqf_id = endowed(demo_work)
        earned(demo_work, wqf_id, 300_000)
        loan = lent(demo_work, absorption_order=[f"waqf:{wqf_id}", "own"])
        assert written_off(demo_work, loan.loan_id, None).fund == f"waqf:{wqf_id}"
        assert holds(demo_url, "3110", f"waqf:{wqf_id}") == -96_000
        assert holds(demo_url, "3100", f"waqf:{wqf_id}") == -1_000_000

    def test_charity_is_passed_over_and_we_bear_what_nobody_can(self, demo_work, demo_url):
        given(demo_work, 100_000)
        loan = lent(demo_work, absorption_order=["charity", "sadaqah:debt_relief"])
        assert written_off(demo_work, loan.loan_id, None).fund == "own"
        assert holds(demo_url, "1190") == OWED

    def test_a_fund_that_is_named_goes_before_the_order(self, demo_work):
        given(demo_work, 300_000)
        loan = lent(demo_work, absorption_order=["sadaqah:debt_relief"])
        assert written_off(demo_work, loan.loan_id, "own").fund == "own"

    def test_outside_a_program_the_loss_is_ours(self, demo_work):
        loan = disbursed(demo_work, asked(grace_months=0), on=date(2023, 12, 5))
        defaulted(demo_work, loan.loan_id)
        with demo_work() as uow:
            assert write_offs.ask(uow, loan.loan_id, reason="cannot pay").fund == "own"
