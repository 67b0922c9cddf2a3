"""How leases end: loss, early end, return, gift and sale. Amounts in cents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from sanduq import demo
from sanduq.kit.errors import (
    ValidationFailed,
)
from sanduq.ledger import service as ledger
from sanduq.ledger.model import AccountPlace
from sanduq.microfinance.loans.ijarah.errors import (
    RentsUnpaid,
    TermNotOver,
)
from sanduq.microfinance.loans.ijarah.model import Fault, TransferKind
from sanduq.microfinance.loans.model import LoanStatus
from tests.coherent import assert_coherent
from tests.make.ijarah import (
    LESSEE,
    OPENING,
    OPERATING,
    SOLD,
    TERMS,
    USD,
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
