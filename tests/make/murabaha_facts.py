"""Facts of a lawful murabaha, and ways to bend them.

The goods are a sewing machine that cost 1,000.00, sold for 1,120.00.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from sanduq.kit.money import currency
from sanduq.microfinance.loans.murabaha.facts import (
    Action,
    CostItem,
    MurabahaFacts,
    Possession,
    Purchase,
    Relation,
    Sale,
    Supplier,
)
from sanduq.microfinance.loans.murabaha.model import Clauses
from sanduq.microfinance.loans.murabaha.rules import CHECKS, evaluate, late_charges_of
from sanduq.shariah.model import Finding

USD = currency("USD")
CUSTOMER, SUPPLIER, CARRIER = "cpty_borrower_001", "cpty_machines", "cpty_carrier"
PRICE_ITEM = CostItem("price", "sewing machine", 1_000_00, SUPPLIER)

DAY = date(2024, 1, 15)
REQUESTED_ON = date(2024, 1, 10)
PURCHASE = Purchase(
    supplier_id=SUPPLIER,
    invoice_on=date(2024, 1, 12),
    is_addressed_to_institution=True,
    payee_id=SUPPLIER,
    cost_items=(PRICE_ITEM,),
)


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    """A moment of a day, in UTC."""
    return datetime.combine(day, time(hour, minute), UTC)


SALE = Sale(
    offered_at=at(10),
    accepted_at=at(11),
    disclosed_cost_minor=1_000_00,
    disclosed_profit_minor=120_00,
    disclosed_price_minor=1_120_00,
    is_acknowledged=True,
)
LAWFUL = MurabahaFacts(
    on=DAY,
    asset=USD,
    clauses=Clauses(),
    borrower_id=CUSTOMER,
    requested_on=REQUESTED_ON,
    asset_category="equipment",
    cost_minor=1_000_00,
    profit_minor=120_00,
    supplier=Supplier(False, False, 0, Relation.NONE),
    purchase=PURCHASE,
    possession=Possession(at(9), "doc_goods_received"),
    possession_day=DAY,
    sale=SALE,
)


def deal(**changes: Any) -> MurabahaFacts:
    """A lawful murabaha, bent."""
    return replace(LAWFUL, **changes)


def clause(**changes: Any) -> MurabahaFacts:
    """A lawful murabaha with other clauses."""
    clauses = replace(Clauses(), **changes)
    return deal(clauses=clauses, late_charges=late_charges_of(clauses))


def bought(**changes: Any) -> MurabahaFacts:
    return deal(purchase=replace(PURCHASE, **changes))


def sold(**changes: Any) -> MurabahaFacts:
    return deal(sale=replace(SALE, **changes))


def findings_of(rule_id: str, facts: MurabahaFacts) -> list[Finding]:
    """What one rule finds."""
    return CHECKS[rule_id](facts)


def findings_at(action: Action, facts: MurabahaFacts) -> list[Finding]:
    """What the rules of a command find."""
    return [f for each in evaluate(facts, action) for f in each.findings]
