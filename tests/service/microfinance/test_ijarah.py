"""Leases from application to their end, on real books. Amounts in cents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from sanduq.microfinance.loans.ijarah import service_deposits, service_steps, service_use
from sanduq.microfinance.loans.ijarah.errors import (
    AssetNotInStock,
    AssetStillHeld,
    DepositOpen,
    LeaseNotFound,
    LeaseStateRefuses,
    RentRunsAlready,
    RentStoppedAlready,
    RentsUnpaid,
    TermNotOver,
)
from sanduq.microfinance.loans.ijarah.model import Fault, MaintenanceKind, Side, TransferKind
from sanduq.microfinance.loans.ijarah.step_commands import (
    Amendment,
    Claim,
    Delivery,
    Release,
    Upkeep,
)
from sanduq.microfinance.loans.model import LoanStatus
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.ijarah import (
    LESSEE,
    OPENING,
    OPERATING,
    SOLD,
    SUPPLIER,
    TERMS,
    USD,
    Lessor,
    Work,
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


def broken(act: Callable[[], object]) -> set[str]:
    """The rules an act is refused by."""
    with pytest.raises(ShariahViolation) as refused:
        act()
    return {str(each["rule_id"]) for each in refused.value.details if each["severity"] == "block"}


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

    def test_ten_of_thirty_days_unusable_take_forty_off(self, lessor: Lessor) -> None:
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


class TestUse:
    def test_rent_paid_ahead_waits_and_is_used_up_by_billing(self, lessor: Lessor) -> None:
        loan_id = lessor.delivered()
        lessor.pay(loan_id, 200_00)
        assert lessor.balances(loan_id, "1600", "2020") == (0, -200_00)
        lessor.go_to(date(2024, 7, 1))
        assert lessor.balances(loan_id, "1600", "2020") == (0, -80_00)
        lessor.go_to(date(2024, 8, 1))
        assert lessor.balances(loan_id, "1600", "2020") == (40_00, 0)
        paid = [paid for _, paid in lessor.rents(loan_id)]
        assert paid[:3] == [120_00, 80_00, 0]

    def test_a_payment_on_the_day_rent_falls_due_comes_to_the_same(self, lessor: Lessor) -> None:
        loan_id = lessor.delivered()
        lessor.go_to(date(2024, 6, 30))
        lessor.pay(loan_id, 150_00)
        lessor.go_to(date(2024, 7, 1))
        assert lessor.balances(loan_id, "1600", "2020") == (0, -30_00)

    def test_a_payment_taken_back_after_billing_is_owed_again(self, lessor: Lessor) -> None:
        loan_id = lessor.delivered()
        repayment = lessor.pay(loan_id, 200_00)
        lessor.go_to(date(2024, 7, 1))  # 120.00 of it are used up by now
        lessor.take_back(loan_id, repayment.repayment_id)
        assert lessor.balances(loan_id, "1600", "2020") == (120_00, 0)
        assert lessor.loan(loan_id).status is LoanStatus.DISBURSED

    def test_a_payment_taken_back_may_turn_rent_owed_into_rent_ahead(self, lessor: Lessor) -> None:
        loan_id = lessor.delivered()
        lessor.go_to(date(2024, 7, 1))
        first = lessor.pay(loan_id, 100_00)
        lessor.pay(loan_id, 150_00)
        lessor.take_back(loan_id, first.repayment_id)
        assert lessor.balances(loan_id, "1600", "2020") == (0, -30_00)

    def test_a_billed_and_paid_rent_that_is_credited_becomes_rent_ahead(
        self, lessor: Lessor
    ) -> None:
        loan_id = lessor.delivered()
        lessor.go_to(date(2024, 7, 5))
        lessor.pay(loan_id, 120_00)
        lessor.suspend(loan_id, date(2024, 6, 21))
        lessor.resume(loan_id, date(2024, 7, 1))
        assert lessor.balances(loan_id, "1600", "2020") == (0, -40_00)
        assert lessor.total("4500") == -80_00

    def test_no_revenue_stands_for_unusable_days_while_they_last(self, lessor: Lessor) -> None:
        loan_id = lessor.delivered()
        lessor.go_to(date(2024, 6, 21))
        lessor.suspend(loan_id, date(2024, 6, 21))
        lessor.go_to(date(2024, 7, 1))
        assert lessor.balances(loan_id, "1600") == (80_00,)
        lessor.go_to(date(2024, 8, 2))
        rents = [rent for rent, _ in lessor.rents(loan_id)]
        assert [(r.days_unusable, r.net_minor) for r in rents[:2]] == [(10, 80_00), (31, 0)]
        assert lessor.loan(loan_id).balance.due_minor == 80_00
        with pytest.raises(ValidationFailed):  # these days are credited already
            lessor.resume(loan_id, date(2024, 7, 10))
        lessor.resume(loan_id)
        lessor.go_to(date(2024, 9, 1))
        rents = [rent for rent, _ in lessor.rents(loan_id)]
        assert rents[2].days_unusable == 1  # 1 August, the day before it was usable again
        assert rents[2].credited_minor == 3_88  # 120.00 ÷ 31 = 3.8710, rounded up

    def test_rent_billed_ahead_is_credited_day_by_day(self, demo_work: Work) -> None:
        lessor = Lessor(demo_work, rent_due="start")
        loan_id = lessor.delivered()
        lessor.go_to(date(2024, 6, 2))
        assert lessor.balances(loan_id, "1600") == (120_00,)
        lessor.suspend(loan_id, date(2024, 6, 2))
        lessor.go_to(date(2024, 6, 7))
        assert lessor.balances(loan_id, "1600") == (100_00,)  # five of thirty days

    def test_rent_runs_on_where_the_lessee_is_to_blame(self, lessor: Lessor) -> None:
        loan_id = lessor.delivered()
        lessor.suspend(loan_id, OPENING, Fault.LESSEE)
        lessor.go_to(date(2024, 7, 1))
        lessor.resume(loan_id)
        assert lessor.balances(loan_id, "1600") == (120_00,)

    def test_downtime_is_opened_and_closed_in_order(self, lessor: Lessor) -> None:
        loan_id = lessor.delivered()
        lessor.go_to(date(2024, 6, 10))
        with pytest.raises(RentRunsAlready):
            lessor.resume(loan_id)
        with pytest.raises(ValidationFailed):
            lessor.suspend(loan_id, date(2024, 5, 31))
        with pytest.raises(ValidationFailed):
            lessor.suspend(loan_id, date(2024, 6, 11))
        lessor.suspend(loan_id, date(2024, 6, 5))
        with pytest.raises(RentStoppedAlready):
            lessor.suspend(loan_id, date(2024, 6, 6))
        with pytest.raises(ValidationFailed):
            lessor.resume(loan_id, date(2024, 6, 4))
        lessor.resume(loan_id, date(2024, 6, 8))
        with pytest.raises(ValidationFailed):
            lessor.suspend(loan_id, date(2024, 6, 7))
        lessor.suspend(loan_id, date(2024, 6, 8))

    def test_the_lessor_pays_major_repairs_and_takaful(
        self, lessor: Lessor, demo_work: Work
    ) -> None:
        loan_id = lessor.delivered()

        def paid(kind: MaintenanceKind, payer: Side) -> object:
            with demo_work(demo.MAKER) as uow:
                return service_use.maintain(uow, loan_id, Upkeep(kind, payer, 30_00, "doc_receipt"))

        assert broken(lambda: paid(MaintenanceKind.MAJOR, Side.LESSEE)) == {"IJR-05"}
        assert broken(lambda: paid(MaintenanceKind.TAKAFUL, Side.LESSEE)) == {"IJR-05"}
        paid(MaintenanceKind.MAJOR, Side.LESSOR)
        paid(MaintenanceKind.TAKAFUL, Side.LESSOR)
        assert lessor.total("5600") == 60_00
        paid(MaintenanceKind.ORDINARY, Side.LESSEE)
        assert lessor.total("5600") == 60_00

    def test_a_rent_changes_only_for_periods_to_come(self, lessor: Lessor, demo_work: Work) -> None:
        loan_id = lessor.delivered()
        lessor.go_to(date(2024, 7, 15))

        def amended(number: int, rent: int) -> object:
            with demo_work(demo.MAKER) as uow:
                return service_use.amend_rent(uow, loan_id, Amendment(number, rent, "doc_amended"))

        assert broken(lambda: amended(2, 130_00)) == {"IJR-09"}
        assert broken(lambda: amended(1, 130_00)) == {"IJR-09"}
        assert broken(lambda: amended(3, 0)) == {"IJR-03"}
        with pytest.raises(NotFound):
            amended(13, 130_00)
        amended(3, 130_00)
        loan = lessor.loan(loan_id)
        assert loan.balance.outstanding_minor == 1_540_00
        assert loan.repayable_minor == 1_540_00
        amended(4, 100_00)
        assert lessor.loan(loan_id).balance.outstanding_minor == 1_270_00
        lessor.go_to(date(2024, 9, 1))
        assert lessor.balances(loan_id, "1600") == (370_00,)

    def test_the_lessee_pays_for_his_fault_alone(self, lessor: Lessor, demo_work: Work) -> None:
        loan_id = lessor.delivered()

        def claimed(amount: int, fault: Fault) -> object:
            with demo_work(demo.MAKER) as uow:
                claim = Claim(amount, 50_00, fault, "doc_report")
                return service_use.compensate(uow, loan_id, claim)

        assert broken(lambda: claimed(50_00, Fault.NONE)) == {"IJR-08"}
        assert broken(lambda: claimed(50_01, Fault.LESSEE)) == {"IJR-08", "IJR-11"}
        claimed(50_00, Fault.LESSEE)
        assert lessor.total("4700") == -50_00

    def test_steps_above_the_role_are_refused(self, lessor: Lessor, demo_work: Work) -> None:
        loan_id = lessor.delivered()
        repair = Upkeep(MaintenanceKind.MAJOR, Side.LESSOR, 30_00, "doc_receipt")
        with pytest.raises(Forbidden), demo_work(demo.FINANCE) as uow:
            service_use.maintain(uow, loan_id, repair)


class TestEnd:
    def test_after_a_total_loss_no_rent_remains(self, lessor: Lessor) -> None:
        loan_id = lessor.delivered(OPERATING)
        lessor.go_to(date(2024, 7, 11))
        lessor.lose(loan_id)
        # June whole, ten of thirty-one days of July: 120.00 + 38.70
        assert lessor.balances(loan_id, "1600", "1500", "1590") == (158_70, 0, 0)
        assert lessor.total("5200") == 1_125_00  # 1,200.00 less one month of 75.00
        loan = lessor.loan(loan_id)
        assert (loan.status, loan.balance.outstanding_minor) == (LoanStatus.DISBURSED, 158_70)
        lessor.go_to(date(2025, 6, 5))
        assert lessor.balances(loan_id, "1600") == (158_70,)
        lessor.pay(loan_id, 158_70)
        assert lessor.loan(loan_id).status is LoanStatus.COMPLETED

    def test_a_blameless_loss_gives_back_the_rent_above_market(self, lessor: Lessor) -> None:
        loan_id = lessor.delivered()
        lessor.go_to(date(2024, 8, 1))
        lessor.pay(loan_id, 240_00)
        lessor.lose(loan_id)
        # two rents of 120.00 against 110.00: 20.00 go back
        with lessor.work(demo.MAKER) as uow:
            owed = AccountPlace("2000", USD, subject=LESSEE)
            assert ledger.get_balance(uow, owed.account_id).debit_minor == -20_00
        assert lessor.total("4500") == -220_00
        assert lessor.loan(loan_id).status is LoanStatus.COMPLETED

    def test_a_loss_by_the_lessees_fault_gives_nothing_back(self, lessor: Lessor) -> None:
        loan_id = lessor.delivered()
        lessor.go_to(date(2024, 8, 1))
        lessor.lose(loan_id, Fault.LESSEE)
        assert lessor.total("4500") == -240_00

    def test_a_loss_needs_the_market_rent_of_a_lease_that_ends_in_ownership(
        self, lessor: Lessor
    ) -> None:
        loan_id = lessor.delivered(replace(TERMS, market_rent_minor=None))
        lessor.go_to(date(2024, 7, 1))
        assert broken(lambda: lessor.lose(loan_id)) == {"IJR-14"}
        lessor.lose(loan_id, market_rent_minor=120_00)
        assert lessor.total("4500") == -120_00

    def test_a_loss_before_delivery_ends_the_loan_without_a_debt(self, lessor: Lessor) -> None:
        loan_id = lessor.approved()
        lessor.acquire(loan_id)
        lessor.lose(loan_id)
        assert lessor.total("5200") == 1_200_00
        assert lessor.loan(loan_id).status is LoanStatus.CANCELLED

    def test_rent_paid_ahead_goes_back_when_the_lease_ends_early(self, lessor: Lessor) -> None:
        loan_id = lessor.delivered(OPERATING)
        lessor.pay(loan_id, 1_440_00)
        lessor.go_to(date(2024, 7, 1))
        lessor.end(loan_id, on=date(2024, 6, 30))
        with lessor.work(demo.MAKER) as uow:
            owed = AccountPlace("2000", USD, subject=LESSEE)
            assert ledger.get_balance(uow, owed.account_id).debit_minor == -1_320_00
        assert lessor.balances(loan_id, "1600", "2020", "1500") == (0, 0, 1_200_00)
        loan = lessor.loan(loan_id)
        assert (loan.status, loan.stage) == (LoanStatus.COMPLETED, "ENDED")

    def test_a_lease_ends_early_only_for_a_known_reason(self, lessor: Lessor) -> None:
        loan_id = lessor.delivered()
        assert broken(lambda: lessor.end(loan_id, "better_offer")) == {"IJR-18"}
        assert broken(lambda: lessor.end(loan_id, "non_payment")) == {"IJR-18"}
        lessor.go_to(date(2024, 7, 2))
        lessor.end(loan_id, "non_payment")
        assert lessor.loan(loan_id).balance.outstanding_minor == 127_74  # 120.00 + 2 of 31 days

    def test_downtime_ends_with_the_lease(self, lessor: Lessor) -> None:
        loan_id = lessor.delivered(OPERATING)
        lessor.go_to(date(2024, 6, 21))
        lessor.suspend(loan_id, date(2024, 6, 11))
        lessor.end(loan_id, "defect")
        assert lessor.loan(loan_id).balance.outstanding_minor == 40_00  # ten days of use
        assert lessor.lease(loan_id).downtimes[0].until_on is not None
        lessor.go_to(date(2024, 7, 5))

    def test_an_asset_is_kept_in_stock_when_the_customer_does_not_lease(
        self, lessor: Lessor
    ) -> None:
        loan_id = lessor.approved()
        lessor.acquire(loan_id)
        lessor.end(loan_id, "option")
        assert lessor.loan(loan_id).status is LoanStatus.CANCELLED
        assert lessor.balances(loan_id, "1500") == (1_200_00,)

    def test_an_operating_lease_is_returned_when_its_term_is_over(self, lessor: Lessor) -> None:
        loan_id = lessor.delivered(OPERATING)
        lessor.go_to(date(2025, 5, 30))
        with pytest.raises(TermNotOver):
            lessor.give_back(loan_id)
        lessor.go_to(date(2025, 5, 31))
        lessor.give_back(loan_id)
        assert lessor.balances(loan_id, "1500", "1590") == (1_200_00, -900_00)
        lessor.go_to(date(2025, 6, 1))
        assert lessor.balances(loan_id, "1600") == (1_440_00,)
        lessor.pay(loan_id, 1_440_00)
        assert lessor.loan(loan_id).status is LoanStatus.COMPLETED

    def test_a_gift_needs_every_rent_paid_a_new_contract_and_its_own_document(
        self, lessor: Lessor
    ) -> None:
        loan_id = lessor.delivered()
        lessor.go_to(date(2025, 5, 1))
        lessor.pay(loan_id, 1_439_99)
        assert broken(lambda: lessor.transfer(loan_id)) == {"IJR-13"}
        lessor.pay(loan_id, 1)
        assert broken(lambda: lessor.transfer(loan_id, accepted_on=None)) == {"IJR-13"}
        assert broken(lambda: lessor.transfer(loan_id, document="doc_lease")) == {"IJR-12"}
        assert broken(lambda: lessor.transfer(loan_id, on=date(2025, 7, 1))) == {"IJR-12"}
        with pytest.raises(TermNotOver):  # paid ahead, but the use of May is still to come
            lessor.transfer(loan_id)
        lessor.go_to(date(2025, 6, 1))
        with pytest.raises(ValidationFailed):
            lessor.transfer(loan_id, TransferKind.SALE, price_minor=1)
        lessor.transfer(loan_id)

    def test_a_sale_is_at_the_price_promised_or_less(self, lessor: Lessor) -> None:
        loan_id = lessor.delivered(SOLD)
        lessor.go_to(date(2025, 6, 1))
        with pytest.raises(RentsUnpaid):
            lessor.transfer(loan_id, TransferKind.SALE, price_minor=50_00)
        lessor.pay(loan_id, 1_440_00)
        with pytest.raises(ValidationFailed):
            lessor.transfer(loan_id, TransferKind.SALE, price_minor=50_01)
        lessor.transfer(loan_id, TransferKind.SALE, price_minor=20_00)
        assert lessor.total("5400") == 1_180_00  # 30.00 more than the residue are used up

    def test_a_conditional_gift_passes_by_itself_once_all_is_paid(self, demo_work: Work) -> None:
        lessor = Lessor(demo_work, transfer_by="conditional_gift")
        lessor.go_to(OPENING)
        loan_id = lessor.approved()
        lessor.acquire(loan_id)
        assert broken(lambda: lessor.deliver(loan_id)) == {"IJR-12"}
        lessor.deliver(loan_id, gift_document="doc_gift")
        lessor.go_to(date(2025, 6, 1))
        lessor.pay(loan_id, 1_439_99)
        lessor.go_to(date(2025, 6, 2))
        assert lessor.loan(loan_id).stage == "DELIVERED"
        lessor.pay(loan_id, 1)
        lessor.go_to(date(2025, 6, 3))
        loan = lessor.loan(loan_id)
        assert (loan.status, loan.stage) == (LoanStatus.COMPLETED, "TRANSFERRED")
        assert lessor.balances(loan_id, "1500", "1590") == (0, 0)


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
