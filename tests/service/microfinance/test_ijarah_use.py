"""Leases while they run: rents, downtime, upkeep, faults. Amounts in cents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from sanduq import demo
from sanduq.kit.errors import (
    Forbidden,
    NotFound,
    ValidationFailed,
)
from sanduq.microfinance.loans.ijarah import end_of_day, service_use
from sanduq.microfinance.loans.ijarah.errors import (
    RentRunsAlready,
    RentStoppedAlready,
)
from sanduq.microfinance.loans.ijarah.model import Fault, MaintenanceKind, Side
from sanduq.microfinance.loans.ijarah.step_commands import (
    Amendment,
    Claim,
    Upkeep,
)
from sanduq.microfinance.loans.model import LoanStatus
from sanduq.obligations.end_of_day import run_days
from tests.coherent import assert_coherent
from tests.make.ijarah import (
    OPENING,
    Lessor,
    Work,
    broken,
)


@pytest.fixture
def lessor(demo_work: Work) -> Lessor:
    return Lessor(demo_work)


@pytest.fixture(autouse=True)
def coherent_at_the_end(demo_work: Work) -> Iterator[None]:
    """Every test leaves books that recompute to themselves."""
    yield
    with demo_work(demo.MAKER) as uow:
        assert_coherent(uow)


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

    def test_closing_a_day_twice_bills_and_writes_down_nothing_twice(
        self, lessor: Lessor, demo_work: Work
    ) -> None:
        loan_id, idle = lessor.delivered(), lessor.delivered(on=None)
        lessor.go_to(date(2024, 6, 21))
        lessor.suspend(idle, date(2024, 6, 21))
        lessor.go_to(date(2024, 7, 1))
        before = [lessor.balances(each, "1600", "1590") for each in (loan_id, idle)]
        assert before == [(120_00, -100_00), (80_00, -100_00)]
        june = date(2024, 6, 30)
        with demo_work(demo.MAKER) as uow:
            assert run_days(uow, through=june) == []
            assert end_of_day.depreciate(uow, june) == 0
            assert end_of_day.bill_rents(uow, june) == 0
            assert end_of_day.pass_gifts(uow, june) == 0
        assert [lessor.balances(each, "1600", "1590") for each in (loan_id, idle)] == before
        assert (lessor.total("4500"), lessor.total("5400")) == (-200_00, 200_00)

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

    def test_t26_the_lessor_pays_major_repairs_and_takaful(
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
