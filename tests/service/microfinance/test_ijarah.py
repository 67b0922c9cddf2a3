"""Leases from application to delivery, on real books. Amounts in cents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from sanduq import demo
from sanduq.kit.errors import (
    Conflict,
    Forbidden,
    FundsInsufficient,
    LimitExceeded,
    NotFound,
    ValidationFailed,
)
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.ledger import service as ledger
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from sanduq.microfinance.loans import service
from sanduq.microfinance.loans.errors import StepOutOfOrder
from sanduq.microfinance.loans.ijarah import service_deposits, service_steps
from sanduq.microfinance.loans.ijarah.errors import (
    AssetNotInStock,
    AssetStillHeld,
    DepositOpen,
    LeaseNotFound,
    LeaseStateRefuses,
)
from sanduq.microfinance.loans.ijarah.model import TransferKind
from sanduq.microfinance.loans.ijarah.step_commands import (
    Delivery,
    Release,
)
from sanduq.microfinance.loans.model import LoanStatus
from tests.coherent import assert_coherent
from tests.make.ijarah import (
    LESSEE,
    OPERATING,
    SOLD,
    SUPPLIER,
    TERMS,
    USD,
    Lessor,
    Work,
    broken,
)
from tests.make.loans import asked as a_qard


@pytest.fixture
def lessor(demo_work: Work) -> Lessor:
    return Lessor(demo_work)


@pytest.fixture(autouse=True)
def coherent_at_the_end(demo_work: Work) -> Iterator[None]:
    """Every test leaves books that recompute to themselves."""
    yield
    with demo_work(demo.MAKER) as uow:
        assert_coherent(uow)


class TestFiguresOfAYear:
    """Cost 1,200, twelve rents of 120, written down by 100 a month, given away at the end."""

    def test_the_asset_is_bought_before_it_is_let(self, lessor: Lessor) -> None:
        loan_id = lessor.approved()
        cash = lessor.total("1000")
        found = lessor.acquire(loan_id)
        assert found.lease.status == "ACQUIRED"
        assert lessor.balances(loan_id, "1500") == (1_200_00,)
        assert lessor.total("1000") == cash - 1_200_00
        assert lessor.loan(loan_id).status is LoanStatus.APPROVED
        assert lessor.loan(loan_id).stage == "ACQUIRED"

    def test_a_month_earns_rent_and_writes_the_asset_down(self, lessor: Lessor) -> None:
        loan_id = lessor.delivered()
        assert lessor.loan(loan_id).status is LoanStatus.DISBURSED
        lessor.go_to(date(2024, 6, 30))
        assert lessor.balances(loan_id, "1600", "1590") == (0, 0)
        lessor.go_to(date(2024, 7, 1))
        assert lessor.balances(loan_id, "1600", "1590") == (120_00, -100_00)
        assert (lessor.total("4500"), lessor.total("5400")) == (-120_00, 100_00)
        lessor.pay(loan_id, 120_00)
        assert lessor.balances(loan_id, "1600", "2020") == (0, 0)
        assert lessor.loan(loan_id).status is LoanStatus.REPAYING

    def test_a_paid_year_ends_with_a_gift(self, lessor: Lessor) -> None:
        loan_id = lessor.delivered()
        lessor.go_to(date(2025, 6, 1))
        assert lessor.balances(loan_id, "1500", "1590", "1600") == (1_200_00, -1_200_00, 1_440_00)
        lessor.pay(loan_id, 1_440_00)
        assert lessor.loan(loan_id).status is LoanStatus.REPAYING  # still the institution's asset
        lessor.transfer(loan_id)
        assert lessor.balances(loan_id, "1500", "1590", "1600", "2020") == (0, 0, 0, 0)
        assert (lessor.total("4500"), lessor.total("5400")) == (-1_440_00, 1_200_00)
        loan = lessor.loan(loan_id)
        assert (loan.status, loan.stage) == (LoanStatus.COMPLETED, "TRANSFERRED")

    def test_a_lease_that_ends_in_a_sale_leaves_the_price_as_residue(self, lessor: Lessor) -> None:
        loan_id = lessor.delivered(SOLD)
        lessor.go_to(date(2025, 6, 1))
        assert lessor.balances(loan_id, "1590") == (-1_150_00,)
        lessor.pay(loan_id, 1_440_00)
        cash = lessor.total("1000")
        lessor.transfer(loan_id, TransferKind.SALE, price_minor=50_00)
        assert lessor.total("1000") == cash + 50_00
        assert lessor.balances(loan_id, "1500", "1590") == (0, 0)
        assert (lessor.total("4900"), lessor.total("5400")) == (0, 1_150_00)

    def test_t27_ten_of_thirty_days_unusable_take_forty_off(self, lessor: Lessor) -> None:
        loan_id = lessor.delivered()
        lessor.go_to(date(2024, 6, 21))
        lessor.suspend(loan_id, date(2024, 6, 11))
        found = lessor.resume(loan_id)
        assert found.steps[-1].details["credit"] == 40
        lessor.go_to(date(2024, 7, 1))
        assert lessor.balances(loan_id, "1600") == (80_00,)
        assert lessor.total("4500") == -80_00
        assert lessor.loan(loan_id).balance.outstanding_minor == 1_400_00
        assert lessor.loan(loan_id).balance.due_minor == 80_00


class TestOrder:
    def test_an_asset_not_owned_is_not_let(self, lessor: Lessor) -> None:
        loan_id = lessor.approved()
        assert broken(lambda: lessor.deliver(loan_id)) == {"IJR-01"}

    def test_a_step_before_another_names_it_and_its_rule(self, lessor: Lessor) -> None:
        loan_id = lessor.approved()
        with pytest.raises(StepOutOfOrder) as refused:
            lessor.suspend(loan_id, lessor.day)
        assert refused.value.details[0]["message"] == "acquire"
        assert refused.value.details[0]["rule_id"] == "IJR-01"
        lessor.acquire(loan_id)
        with pytest.raises(StepOutOfOrder) as refused:
            lessor.transfer(loan_id)
        assert refused.value.details[0]["message"] == "deliver"

    def test_nothing_is_bought_for_an_application(self, lessor: Lessor) -> None:
        loan_id = lessor.applied()
        with pytest.raises(StepOutOfOrder) as refused:
            lessor.acquire(loan_id)
        assert refused.value.details[0]["message"] == "approve"

    def test_the_general_disbursement_names_the_next_step(
        self, lessor: Lessor, demo_work: Work
    ) -> None:
        loan_id = lessor.approved()
        for missing in ("acquire", "deliver"):
            with pytest.raises(StepOutOfOrder) as refused, demo_work(demo.MAKER) as uow:
                service.disburse(uow, loan_id, is_disclosure_acknowledged=True)
            assert refused.value.details[0]["message"] == missing
            if missing == "acquire":
                lessor.acquire(loan_id)

    def test_an_asset_is_bought_and_delivered_once(self, lessor: Lessor) -> None:
        loan_id = lessor.delivered()
        with pytest.raises(LeaseStateRefuses):
            lessor.acquire(loan_id)
        with pytest.raises(LeaseStateRefuses):
            lessor.deliver(loan_id)

    def test_who_approved_neither_buys_nor_delivers(self, lessor: Lessor, demo_work: Work) -> None:
        loan_id = lessor.approved()
        with pytest.raises(Forbidden), demo_work(demo.CHECKER) as uow:
            service_steps.acquire(uow, loan_id, _bought())
        lessor.acquire(loan_id)
        with pytest.raises(Forbidden), demo_work(demo.CHECKER) as uow:
            service_steps.deliver(uow, loan_id, Delivery(None, "new", "doc_lease"))

    def test_another_kind_of_loan_has_no_lease(self, lessor: Lessor, demo_work: Work) -> None:
        with demo_work(demo.MAKER) as uow:
            loan_id = service.create(uow, a_qard()).loan_id
        with pytest.raises(LeaseNotFound):
            lessor.lease(loan_id)
        with pytest.raises(NotFound):
            lessor.deliver("mfl_unknown")

    def test_an_application_is_cancelled_and_an_owned_asset_is_not(
        self, lessor: Lessor, demo_work: Work
    ) -> None:
        loan_id = lessor.approved()
        with demo_work(demo.MAKER) as uow:
            service.cancel(uow, loan_id, reason="changed his mind")
        assert lessor.lease(loan_id).lease.status == "CANCELLED"
        bought = lessor.approved()
        lessor.acquire(bought)
        with pytest.raises(AssetStillHeld), demo_work(demo.MAKER) as uow:
            service.cancel(uow, bought, reason="changed his mind")


def _bought() -> service_steps.Acquisition:
    return service_steps.Acquisition(
        supplier_id=SUPPLIER, invoice="INV-7", price_minor=1_200_00, document="doc_purchase"
    )


class TestBuying:
    def test_a_price_above_the_approved_amount_is_refused(self, lessor: Lessor) -> None:
        loan_id = lessor.approved()
        with pytest.raises(LimitExceeded):
            lessor.acquire(loan_id, price_minor=1_200_01)
        with pytest.raises(ValidationFailed):
            lessor.acquire(loan_id, price_minor=0)
        with pytest.raises(ValidationFailed):
            lessor.acquire(loan_id, on=lessor.day + timedelta(days=1))
        with pytest.raises(NotFound):
            lessor.acquire(loan_id, supplier_id="cpty_nobody")

    def test_the_cash_of_the_branch_is_the_limit(self, lessor: Lessor) -> None:
        loan_id = lessor.approved()
        with lessor.work(demo.MAKER) as uow:
            cash, rent = AccountPlace("1000", USD, subject="brn_main"), AccountPlace("5900", USD)
            left = ledger.get_balance(uow, cash.account_id).debit_minor - 1_199_99
            ledger.open_accounts(uow, [rent])
            entries = (debit(rent, left), credit(cash, left))
            ledger.post(uow, [Journal(new_id("jrn"), "expense", uow.today, entries)])
        with pytest.raises(FundsInsufficient):
            lessor.acquire(loan_id)
        assert lessor.lease(loan_id).lease.status == "AGREED"

    def test_a_purchase_from_the_lessee_hangs_on_no_lease(self, lessor: Lessor) -> None:
        loan_id = lessor.approved()
        assert broken(
            lambda: lessor.acquire(loan_id, supplier_id=LESSEE, is_conditional_on_lease=True)
        ) == {"IJR-02"}
        lessor.acquire(loan_id, supplier_id=LESSEE)
        lessor.deliver(loan_id)
        lessor.go_to(date(2025, 1, 14))  # 365 days less one after the purchase
        assert lessor.lease(loan_id).lease.is_sale_and_lease_back

    def test_what_the_lessee_sold_goes_back_to_him_only_after_the_days_set(
        self, demo_work: Work
    ) -> None:
        lessor = Lessor(demo_work, leaseback_days_min="400")
        loan_id = lessor.approved()
        lessor.acquire(loan_id, supplier_id=LESSEE)
        lessor.deliver(loan_id)
        lessor.go_to(date(2025, 1, 15))
        lessor.pay(loan_id, 1_440_00)
        assert broken(lambda: lessor.transfer(loan_id)) == {"IJR-02"}
        lessor.go_to(date(2025, 2, 18))
        lessor.transfer(loan_id)

    def test_a_customer_as_agent_is_written_down_as_a_warning(
        self, lessor: Lessor, demo_work: Work
    ) -> None:
        loan_id = lessor.approved()
        lessor.acquire(loan_id, agent_id=LESSEE)
        with demo_work(demo.SHARIAH) as uow:
            found = uow.all(
                "select rule_id, has_passed from shariah.evaluation where institution_id = %s"
                " and subject_id = %s and rule_id = 'IJR-17'",
                uow.institution_id,
                loan_id,
            )
        assert [tuple(row) for row in found] == [("IJR-17", False)]

    def test_one_asset_is_not_let_twice(self, lessor: Lessor) -> None:
        marked = replace(TERMS, asset_reference="SN-1")
        first = lessor.approved(marked)
        assert broken(lambda: lessor.applied(marked)) == {"IJR-16"}
        second = lessor.approved()
        assert broken(lambda: lessor.acquire(second, asset_reference="SN-1")) == {"IJR-16"}
        lessor.acquire(first)
        lessor.deliver(first)
        lessor.end(first)
        lessor.acquire(second, asset_reference="SN-1")

    def test_an_asset_that_came_back_is_let_again(self, lessor: Lessor) -> None:
        marked = replace(OPERATING, asset_reference="SN-2")
        first = lessor.delivered(marked)
        lessor.go_to(date(2025, 6, 1))
        lessor.give_back(first)
        again = replace(OPERATING, asset_value_minor=300_00, residual_minor=0)
        second = lessor.approved(again)
        cash = lessor.total("1000")
        found = lessor.acquire(
            second, supplier_id=None, invoice=None, price_minor=None, returned_from=first
        )
        assert found.lease.asset_reference == "SN-2"
        assert lessor.total("1000") == cash
        assert lessor.balances(first, "1500", "1590") == (0, 0)
        assert lessor.balances(second, "1500", "1590") == (1_200_00, -900_00)
        lessor.deliver(second)
        lessor.go_to(date(2025, 7, 1))
        assert lessor.balances(second, "1590") == (-925_00,)
        third = lessor.approved(again)
        with pytest.raises(AssetNotInStock):
            lessor.acquire(
                third, supplier_id=None, invoice=None, price_minor=None, returned_from=first
            )


class TestDeposit:
    def held(self, lessor: Lessor, loan_id: str) -> None:
        with lessor.work(demo.MAKER) as uow:
            service_deposits.take_deposit(uow, loan_id, Money(100_00, USD), "doc_deposit")

    def release(self, lessor: Lessor, loan_id: str, kept: int, loss: int, reason: str) -> None:
        with lessor.work(demo.MAKER) as uow:
            command = Release(reason, kept, loss, "doc_release")
            service_deposits.release_deposit(uow, loan_id, command)

    def test_only_the_actual_loss_is_kept_of_a_deposit(self, lessor: Lessor) -> None:
        loan_id = lessor.approved()
        with pytest.raises(DepositOpen):
            self.release(lessor, loan_id, 0, 0, "not_leased")
        self.held(lessor, loan_id)
        with pytest.raises(DepositOpen):
            self.held(lessor, loan_id)
        assert lessor.balances(loan_id, "2300") == (-100_00,)
        kept = lambda: self.release(lessor, loan_id, 30_01, 30_00, "not_leased")  # noqa: E731
        assert broken(kept) == {"IJR-15"}
        self.release(lessor, loan_id, 30_00, 30_00, "not_leased")
        assert lessor.balances(loan_id, "2300") == (0,)
        assert lessor.total("4700") == -30_00

    def test_who_leases_as_promised_gets_the_whole_deposit_back(self, lessor: Lessor) -> None:
        loan_id = lessor.approved()
        self.held(lessor, loan_id)
        lessor.acquire(loan_id)
        lessor.deliver(loan_id)
        with pytest.raises(ValidationFailed):
            self.release(lessor, loan_id, 1, 1, "leased")
        self.release(lessor, loan_id, 0, 0, "leased")
        assert lessor.total("4700") == 0
        with pytest.raises(Conflict):
            self.held(lessor, loan_id)


class TestRulesOfTheApplication:
    def test_terms_no_lease_may_have_are_refused(self, lessor: Lessor) -> None:
        assert broken(lambda: lessor.applied(replace(TERMS, rental_minor=0))) >= {"IJR-03"}
        assert broken(lambda: lessor.applied(replace(TERMS, ownership_transfer=None))) == {"IJR-12"}
        assert broken(lambda: lessor.applied(purpose="gambling")) == {"GEN-03"}
        assert broken(lambda: lessor.applied(replace(TERMS, asset_use="alcohol"))) == {"GEN-03"}

    def test_a_product_that_shifts_the_risk_is_refused(self, demo_work: Work) -> None:
        assert broken(lambda: Lessor(demo_work, major_maintenance_by="lessee")) == {"IJR-05"}

    def test_what_the_rules_found_is_written_down(self, lessor: Lessor) -> None:
        loan_id = lessor.approved()
        with lessor.work(demo.SHARIAH) as uow:
            rows = uow.all(
                "select distinct action from shariah.evaluation where institution_id = %s"
                " and subject_id = %s",
                uow.institution_id,
                loan_id,
            )
        assert {row[0] for row in rows} == {"create", "approve"}
