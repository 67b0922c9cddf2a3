"""Leases of the demonstration world, and the days they live through.

The lease is a machine bought for 1,200.00 and let for twelve rents of 120.00, a month each.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from sanduq import demo
from sanduq.access import service as access
from sanduq.api import registry
from sanduq.kit.clock import FixedClock
from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Money, currency
from sanduq.microfinance.loans import repayments, service
from sanduq.microfinance.loans.ijarah import service_end, service_steps, service_use
from sanduq.microfinance.loans.ijarah.facts import Action, IjarahFacts
from sanduq.microfinance.loans.ijarah.model import (
    Clauses,
    Fault,
    IjarahTerms,
    LeaseType,
    OwnershipTransfer,
    Subtype,
    TransferKind,
)
from sanduq.microfinance.loans.ijarah.model_rents import Rent
from sanduq.microfinance.loans.ijarah.reading import LeaseView
from sanduq.microfinance.loans.ijarah.rules import CHECKS, evaluate
from sanduq.microfinance.loans.ijarah.step_commands import (
    Acquisition,
    Delivery,
    Ending,
    Loss,
    Transferral,
)
from sanduq.microfinance.loans.model import Application, LoanType, Terms
from sanduq.microfinance.loans.repayments import RepayLoan
from sanduq.microfinance.products import service as products
from sanduq.microfinance.products.model import Disclosure, NewProduct, ProductTerms
from sanduq.obligations.calendar import WorkingDays
from sanduq.obligations.end_of_day import closed_through, run_days
from sanduq.obligations.model import ComponentOrder
from sanduq.obligations.receipts.model import Repayment
from sanduq.obligations.schedule import Anchor, Frequency
from sanduq.parties import service as parties
from sanduq.parties.model import NewParty, PartyKind
from sanduq.shariah import service as shariah
from sanduq.shariah.board import NewResolution
from sanduq.shariah.errors import ShariahViolation
from sanduq.shariah.model import Finding

USD = currency("USD")
SUPPLIER = "cpty_machines"
LESSEE = "cpty_borrower_001"
OPENING = date(2024, 6, 1)  # the day most tests deliver on: June has thirty days
Work = Callable[..., AbstractContextManager[UnitOfWork]]

TERMS = IjarahTerms(
    asset=USD,
    subtype=Subtype.ASSET,
    asset_description="Industrial sewing machine",
    asset_value_minor=1_200_00,
    lease_type=LeaseType.MBT,
    rental_minor=120_00,
    periods=12,
    frequency=Frequency.MONTHLY,
    ownership_transfer=OwnershipTransfer.GIFT_AT_END,
    market_rent_minor=110_00,
)
SOLD = replace(
    TERMS,
    ownership_transfer=OwnershipTransfer.SALE_AT_END,
    transfer_price_minor=50_00,
    residual_minor=50_00,
)
OPERATING = replace(
    TERMS, lease_type=LeaseType.OPERATING, ownership_transfer=None, residual_minor=300_00
)
LAWFUL = IjarahFacts(on=OPENING, asset=USD, clauses=Clauses(), terms=TERMS)


def lease_facts(**changes: Any) -> IjarahFacts:
    """A lawful lease, bent."""
    return replace(LAWFUL, **changes)


def clause(**changes: Any) -> IjarahFacts:
    """A lawful lease with other clauses."""
    return lease_facts(clauses=replace(Clauses(), **changes))


def findings_of(rule_id: str, facts: IjarahFacts) -> list[Finding]:
    """What one rule finds."""
    return CHECKS[rule_id](facts)


def findings_at(action: Action, facts: IjarahFacts) -> list[Finding]:
    """What the rules of a command find."""
    return [f for each in evaluate(facts, action) for f in each.findings]


def broken(act: Callable[[], object]) -> set[str]:
    """The rules an act is refused by."""
    with pytest.raises(ShariahViolation) as refused:
        act()
    return {str(each["rule_id"]) for each in refused.value.details if each["severity"] == "block"}


def asked(terms: IjarahTerms = TERMS, **changes: Any) -> Application:
    """An application for a lease."""
    values: dict[str, Any] = {
        "type": LoanType.SERVICE_IJARAH,
        "borrower_id": LESSEE,
        "amount": Money(terms.asset_value_minor, USD),
        "purpose": "small_business",
        "terms": Terms(terms.periods, terms.frequency, terms.rent_free_months),
        "trade": terms,
    }
    return Application(**values | changes)


class Lessor:
    """The demonstration institution with a product of leases, and time that passes."""

    def __init__(self, work: Work, **clauses: str | bool) -> None:
        registry.wire()
        self.work = work
        self.day = demo.NOW.date()
        with work(demo.MAKER) as uow:
            parties.create_parties(
                uow, [NewParty(PartyKind.ORGANISATION, "Machines and Sons", SUPPLIER)]
            )
            resolution = shariah.create_resolution(uow, _resolution())
            product = products.create_product(uow, _product(resolution.resolution_id, clauses))
        with work(demo.SHARIAH) as uow:
            products.approve_product(uow, product.product_id)
        self.product_id = product.product_id
        self.is_idle = True  # nothing is applied for yet

    def go_to(self, day: date) -> None:
        """Moves the clock on, closing every day between; idle days are passed over."""
        with self.work(demo.MAKER) as uow:
            if self.is_idle:
                uow.execute(
                    "update access.institution set closed_through_on = %s"
                    " where institution_id = %s",
                    day - timedelta(days=1),
                    uow.institution_id,
                )
            closed = closed_through(uow)
            for passed in range(1, (day - closed).days):
                over = closed + timedelta(days=passed)
                end = datetime.combine(over, time(23, 59), UTC)
                uow.clock = FixedClock(max(uow.now, end))
                run_days(uow, through=over)
            access.move_clock(uow, max(uow.now, datetime.combine(day, time(10, 30), UTC)))
        self.day = day

    def applied(self, terms: IjarahTerms = TERMS, **changes: Any) -> str:
        self.is_idle = False
        with self.work(demo.MAKER) as uow:
            return service.create(uow, asked(terms, **changes)).loan_id

    def approved(self, terms: IjarahTerms = TERMS, **changes: Any) -> str:
        loan_id = self.applied(terms, **changes)
        with self.work(demo.CHECKER) as uow:
            service.approve(uow, loan_id)
        return loan_id

    def acquire(self, loan_id: str, **changes: Any) -> LeaseView:
        values: dict[str, Any] = {
            "supplier_id": SUPPLIER,
            "invoice": "INV-7",
            "price_minor": 1_200_00,
            "document": "doc_purchase",
        }
        with self.work(demo.MAKER) as uow:
            return service_steps.acquire(uow, loan_id, Acquisition(**values | changes))

    def deliver(self, loan_id: str, **changes: Any) -> LeaseView:
        values: dict[str, Any] = {"on": None, "condition": "new", "document": "doc_lease"}
        with self.work(demo.MAKER) as uow:
            return service_steps.deliver(uow, loan_id, Delivery(**values | changes))

    def delivered(self, terms: IjarahTerms = TERMS, *, on: date | None = OPENING) -> str:
        """The loan of a lease that runs since `on`."""
        if on is not None:
            self.go_to(on)
        loan_id = self.approved(terms)
        self.acquire(loan_id)
        self.deliver(loan_id)
        return loan_id

    def pay(self, loan_id: str, amount_minor: int, **changes: Any) -> Repayment:
        command = RepayLoan(loan_id, Money(amount_minor, USD), **changes)
        with self.work(demo.MAKER) as uow:
            found = repayments.record_repayment(uow, command).repayment
        assert found is not None
        return found

    def take_back(self, loan_id: str, repayment_id: str) -> None:
        with self.work(demo.CHECKER) as uow:
            repayments.reverse(uow, loan_id, repayment_id, reason="the cheque bounced")

    def suspend(self, loan_id: str, from_on: date, fault: Fault = Fault.NONE) -> LeaseView:
        with self.work(demo.MAKER) as uow:
            return service_use.suspend_rent(uow, loan_id, from_on, fault, "the motor broke")

    def resume(self, loan_id: str, on: date | None = None) -> LeaseView:
        with self.work(demo.MAKER) as uow:
            return service_use.resume_rent(uow, loan_id, on)

    def lose(self, loan_id: str, fault: Fault = Fault.NONE, **changes: Any) -> LeaseView:
        values: dict[str, Any] = {"on": None, "report": "fire", "document": "doc_loss"}
        with self.work(demo.MAKER) as uow:
            return service_end.total_loss(uow, loan_id, Loss(fault=fault, **values | changes))

    def end(self, loan_id: str, reason: str = "agreement", **changes: Any) -> LeaseView:
        values: dict[str, Any] = {"on": None, "report": "agreed", "document": "doc_end"}
        with self.work(demo.MAKER) as uow:
            return service_end.end_lease(uow, loan_id, Ending(reason=reason, **values | changes))

    def transfer(
        self, loan_id: str, kind: TransferKind = TransferKind.GIFT, **changes: Any
    ) -> LeaseView:
        values: dict[str, Any] = {"document": "doc_gift", "accepted_on": self.day}
        with self.work(demo.MAKER) as uow:
            return service_end.transfer(uow, loan_id, Transferral(kind=kind, **values | changes))

    def give_back(self, loan_id: str) -> LeaseView:
        with self.work(demo.MAKER) as uow:
            return service_end.return_asset(uow, loan_id, None, "used", "doc_return")

    def lease(self, loan_id: str) -> LeaseView:
        with self.work(demo.MAKER) as uow:
            return service_steps.get_lease(uow, loan_id)

    def rents(self, loan_id: str) -> list[tuple[Rent, int]]:
        with self.work(demo.MAKER) as uow:
            return service_steps.list_rents(uow, loan_id)[1]

    def balances(self, loan_id: str, *codes: str) -> tuple[int, ...]:
        """Debit balances, in cents, of the accounts kept for a lease."""
        with self.work(demo.MAKER) as uow:
            ijarah_id = service.get(uow, loan_id).contract_id
            rows = uow.all(
                "select a.code, b.balance_minor from ledger.account a"
                " join ledger.balance b using (institution_id, account_id)"
                " where a.institution_id = %s and a.subject = %s",
                uow.institution_id,
                ijarah_id,
            )
        found = dict(rows)
        return tuple(found.get(code, 0) for code in codes)

    def total(self, code: str) -> int:
        """The debit balance of all accounts of a code, in cents of US dollars."""
        with self.work(demo.MAKER) as uow:
            row = uow.one(
                "select coalesce(sum(b.balance_minor), 0)::bigint from ledger.account a"
                " join ledger.balance b using (institution_id, account_id)"
                " where a.institution_id = %s and a.code = %s and a.asset = 'USD/2'",
                uow.institution_id,
                code,
            )
        assert row is not None
        return int(row[0])

    def loan(self, loan_id: str) -> Any:
        with self.work(demo.MAKER) as uow:
            return service.get(uow, loan_id)


def _resolution() -> NewResolution:
    return NewResolution(
        title="Leases",
        question="May the institution let machines, and give them away at the end?",
        ruling="It may, under the terms shown.",
        scope=("GEN-01",),
        signers=("Chair of the board",),
        valid_from_on=date(2024, 1, 1),
        valid_until_on=date(2034, 1, 1),
        is_demonstration=True,
    )


def _product(resolution_id: str, clauses: dict[str, str | bool]) -> NewProduct:
    terms = ProductTerms(
        type="service_ijarah",
        asset=USD,
        amount_min_minor=10_00,
        amount_max_minor=50_000_00,
        instalments_min=1,
        instalments_max=120,
        frequencies=tuple(Frequency),
        grace_months_max=12,
        fee_formula=None,
        component_order=ComponentOrder.PRO_RATA,
        schedule_anchor=Anchor(),
        working_days=WorkingDays.SAME_DAY,
        multiple_of_minor=1,
        kyc_tier_min="simplified",
        disclosure=Disclosure.ATTESTED,
        prerequisites=(),
        clauses=clauses,
    )
    return NewProduct(
        terms=terms,
        name="Leases of machines",
        resolution_id=resolution_id,
        is_default=True,
        external_id=None,
        metadata={},
    )
