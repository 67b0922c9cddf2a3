"""Murabahas of the demonstration world, step by step.

The goods are a sewing machine that cost 1,000.00, sold for 1,120.00 in twelve instalments: eleven
of 93.33 and one of 93.37.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sanduq import demo
from sanduq.access import service as access
from sanduq.api import registry
from sanduq.kit.clock import FixedClock
from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Money
from sanduq.microfinance.loans import repayments, service
from sanduq.microfinance.loans.model import Application, Loan, LoanType, Terms
from sanduq.microfinance.loans.murabaha import aftersale, profit, purchasing, selling
from sanduq.microfinance.loans.murabaha import service as murabaha
from sanduq.microfinance.loans.murabaha.facts import (
    Agent,
    CostItem,
    Purchase,
    Relation,
)
from sanduq.microfinance.loans.murabaha.model import Murabaha, MurabahaTerms
from sanduq.microfinance.loans.murabaha.model_steps import (
    BuyGoods,
    DecideDefect,
    Decline,
    DefectDecision,
    GiveRebate,
    MakePromise,
    MarginChoice,
    PassDiscountOn,
    ResellGoods,
    SellGoods,
    TakePossession,
)
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
from tests.make.murabaha_facts import CARRIER, CUSTOMER, PRICE_ITEM, SUPPLIER, USD

Work = Callable[..., AbstractContextManager[UnitOfWork]]

TERMS = MurabahaTerms(
    cost=Money(1_000_00, USD),
    margin_bp=1_200,
    instalments=12,
    frequency=Frequency.MONTHLY,
    asset_description="Industrial sewing machine",
    asset_category="equipment",
)


def asked(goods: MurabahaTerms = TERMS, **changes: Any) -> Application:
    """An application for goods."""
    values: dict[str, Any] = {
        "type": LoanType.MURABAHA_MICRO,
        "borrower_id": CUSTOMER,
        "amount": goods.cost,
        "purpose": "small_business",
        "terms": Terms(goods.instalments, goods.frequency, 0),
        "trade": goods,
    }
    return Application(**values | changes)


class Trader:
    """The demonstration institution with a product of murabahas, and time that passes."""

    def __init__(self, work: Work, **clauses: str | bool) -> None:
        registry.wire()
        self.work = work
        with work(demo.MAKER) as uow:
            parties.create_parties(
                uow,
                [
                    NewParty(PartyKind.ORGANISATION, "Machines and Sons", SUPPLIER),
                    NewParty(PartyKind.ORGANISATION, "Carriers", CARRIER),
                ],
            )
            resolution_id = self.resolved(uow, "GEN-01")
            product = products.create_product(uow, _product(resolution_id, clauses))
        with work(demo.SHARIAH) as uow:
            products.approve_product(uow, product.product_id)
        self.product_id = product.product_id

    def resolved(self, uow: UnitOfWork, *scope: str) -> str:
        """The id of a ruling in force on these rules."""
        return shariah.create_resolution(uow, _resolution(scope)).resolution_id

    def wait(self, minutes: int = 10) -> datetime:
        """Moves the clock on by minutes; the moment it then is."""
        with self.work(demo.MAKER) as uow:
            access.move_clock(uow, uow.now + timedelta(minutes=minutes))
            return uow.now

    def go_to(self, day: date) -> None:
        """Moves the clock on, closing every day between."""
        with self.work(demo.MAKER) as uow:
            closed = closed_through(uow)
            for passed in range(1, (day - closed).days):
                over = closed + timedelta(days=passed)
                uow.clock = FixedClock(max(uow.now, datetime.combine(over, time(23, 59), UTC)))
                run_days(uow, through=over)
            access.move_clock(uow, max(uow.now, datetime.combine(day, time(10, 30), UTC)))

    def earned_through(self, day: date) -> None:
        """Earns what is due by a day without living through those before it."""
        with self.work(demo.MAKER) as uow:
            access.move_clock(uow, datetime.combine(day, time(10, 30), UTC))
            profit.earn_through(uow, day)

    def applied(self, goods: MurabahaTerms = TERMS, **changes: Any) -> str:
        with self.work(demo.MAKER) as uow:
            application = asked(goods, **{"product_id": self.product_id, **changes})
            return service.create(uow, application).loan_id

    def approved(self, goods: MurabahaTerms = TERMS, **changes: Any) -> str:
        loan_id = self.applied(goods, **changes)
        with self.work(demo.CHECKER) as uow:
            service.approve(uow, loan_id)
        return loan_id

    def promise(self, loan_id: str, margin_minor: int = 0, **changes: Any) -> Murabaha:
        values: dict[str, Any] = {
            "signed_at": None,
            "binds": None,
            "has_option": False,
            "security_margin": Money(margin_minor, USD) if margin_minor else None,
            "document": "doc_promise",
        }
        with self.work(demo.MAKER) as uow:
            return purchasing.promise(uow, loan_id, MakePromise(**values | changes))

    def purchase(
        self, loan_id: str, *items: CostItem, share_bp: int | None = 0,
        relation: Relation = Relation.NONE, is_agent: bool = False, user: str = demo.MAKER,
        **changes: Any,
    ) -> Murabaha:  # fmt: skip
        with self.work(user) as uow:
            values: dict[str, Any] = {
                "supplier_id": SUPPLIER,
                "invoice_on": uow.today,
                "is_addressed_to_institution": True,
                "payee_id": SUPPLIER,
                "cost_items": items or (PRICE_ITEM,),
                "agent": Agent.INSTITUTION,
            }
            buying = BuyGoods(
                Purchase(**values | changes), "INV-7", "doc_invoice", share_bp, relation, is_agent
            )
            return purchasing.purchase(uow, loan_id, buying)

    def possess(self, loan_id: str, **changes: Any) -> Murabaha:
        values: dict[str, Any] = {
            "kind": "actual",
            "at": None,
            "evidence": "doc_goods_received",
            "place": "branch store",
            "insured_by": "institution",
            "hazards_by": "institution",
        }
        with self.work(demo.MAKER) as uow:
            return purchasing.possess(uow, loan_id, TakePossession(**values | changes))

    def sell(self, loan_id: str, *, user: str = demo.MAKER, **changes: Any) -> Murabaha:
        offered_at = self.wait()
        self.wait()
        contract = self.contract(loan_id)
        values: dict[str, Any] = {
            "offered_at": offered_at,
            "accepted_at": None,
            "agent_notice_at": None,
            "disclosed_cost": contract.money(contract.cost_minor),
            "disclosed_profit": contract.money(contract.profit_minor),
            "disclosed_price": contract.money(contract.price_minor),
            "is_acknowledged": True,
            "title_holder": "customer",
            "benchmark": None,
            "cash_price": None,
            "margin": MarginChoice.CREDIT,
            "document": "doc_sale",
        }
        with self.work(user) as uow:
            return selling.sell(uow, loan_id, SellGoods(**values | changes))

    def possessed(self, goods: MurabahaTerms = TERMS, margin_minor: int = 0) -> str:
        """The loan of goods in hand."""
        loan_id = self.approved(goods)
        if margin_minor:
            self.promise(loan_id, margin_minor)
        self.purchase(loan_id, CostItem("price", "machine", goods.cost.amount_minor, SUPPLIER))
        self.possess(loan_id)
        return loan_id

    def sold(self, goods: MurabahaTerms = TERMS, margin_minor: int = 0, **changes: Any) -> str:
        """The loan of goods sold."""
        loan_id = self.possessed(goods, margin_minor)
        self.sell(loan_id, **changes)
        return loan_id

    def decline(self, loan_id: str) -> Murabaha:
        with self.work(demo.MAKER) as uow:
            return purchasing.decline(uow, loan_id, Decline("found cheaper", None))

    def resell(self, loan_id: str, price_minor: int, buyer_id: str = CARRIER) -> Murabaha:
        command = ResellGoods(Money(price_minor, USD), buyer_id, "doc_resale")
        with self.work(demo.MAKER) as uow:
            return purchasing.resell(uow, loan_id, command)

    def discount(self, loan_id: str, minor: int) -> Murabaha:
        command = PassDiscountOn(Money(minor, USD), "doc_credit_note")
        with self.work(demo.MAKER) as uow:
            return aftersale.discount(uow, loan_id, command)

    def rebate(
        self, loan_id: str, minor: int | None = None, *, user: str = demo.CHECKER,
        is_for_new_debt: bool = False,
    ) -> Murabaha:  # fmt: skip
        amount = None if minor is None else Money(minor, USD)
        with self.work(user) as uow:
            command = GiveRebate(amount, "early settlement", is_for_new_debt)
            return aftersale.rebate(uow, loan_id, command)

    def defect(self, loan_id: str, decision: DefectDecision, **changes: Any) -> Murabaha:
        values: dict[str, Any] = {
            "description": "the motor is cracked",
            "is_from_before_sale": True,
            "is_from_before_delivery": False,
            "allowance": None,
            "document": "doc_claim",
        }
        with self.work(demo.MAKER) as uow:
            command = DecideDefect(decision=decision, **values | changes)
            return aftersale.decide_defect(uow, loan_id, command)

    def pay(self, loan_id: str, amount_minor: int, **changes: Any) -> Repayment:
        command = RepayLoan(loan_id, Money(amount_minor, USD), **changes)
        with self.work(demo.MAKER) as uow:
            found = repayments.record_repayment(uow, command).repayment
        assert found is not None
        return found

    def take_back(self, loan_id: str, repayment_id: str) -> None:
        with self.work(demo.CHECKER) as uow:
            repayments.reverse(uow, loan_id, repayment_id, reason="the cheque bounced")

    def contract(self, loan_id: str) -> Murabaha:
        with self.work(demo.MAKER) as uow:
            return murabaha.get(uow, loan_id)

    def shown(self, loan_id: str) -> dict[str, Any]:
        with self.work(demo.MAKER) as uow:
            return murabaha.contract_of(uow, service.get(uow, loan_id))

    def loan(self, loan_id: str) -> Loan:
        with self.work(demo.MAKER) as uow:
            return service.get(uow, loan_id)

    def owed(self, loan_id: str) -> int:
        balance = self.loan(loan_id).balance
        assert balance is not None
        return balance.outstanding_minor

    def balances(self, loan_id: str, *codes: str) -> tuple[int, ...]:
        """Debit balances, in cents, of the accounts kept for a murabaha."""
        with self.work(demo.MAKER) as uow:
            rows = uow.all(
                "select a.code, b.balance_minor from ledger.account a"
                " join ledger.balance b using (institution_id, account_id)"
                " where a.institution_id = %s and a.subject = %s",
                uow.institution_id,
                service.get(uow, loan_id).contract_id,
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


def _resolution(scope: tuple[str, ...]) -> NewResolution:
    return NewResolution(
        title="Murabahas",
        question="May the institution sell goods it has bought, at cost plus profit?",
        ruling="It may, under the terms shown.",
        scope=scope,
        signers=("Chair of the board",),
        valid_from_on=date(2024, 1, 1),
        valid_until_on=date(2034, 1, 1),
        is_demonstration=True,
    )


def _product(resolution_id: str, clauses: dict[str, str | bool]) -> NewProduct:
    terms = ProductTerms(
        type="murabaha_micro",
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
        name="Machines by murabaha",
        resolution_id=resolution_id,
        is_default=False,
        external_id=None,
        metadata={},
    )
