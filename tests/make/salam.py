"""Salam in the demonstration world: a product, commodities, contracts brought to a stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from typing import Any

from sanduq import demo
from sanduq.api import registry
from sanduq.kit.clock import FixedClock
from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Money, currency
from sanduq.microfinance.loans import service
from sanduq.microfinance.loans.model import Application, Loan, LoanType, Terms
from sanduq.microfinance.loans.salam import service as salam
from sanduq.microfinance.loans.salam import service_commodities as commodities
from sanduq.microfinance.loans.salam import service_delivery as delivery
from sanduq.microfinance.loans.salam.facts import (
    CommodityFacts,
    CommodityKind,
    Goods,
    Quality,
    SalamFacts,
    Settlement,
)
from sanduq.microfinance.loans.salam.model import SalamTerms
from sanduq.microfinance.loans.salam.service import PayPrice
from sanduq.microfinance.loans.salam.service_commodities import NewCommodity
from sanduq.microfinance.loans.salam.service_delivery import DeliverGoods
from sanduq.microfinance.products import service as products
from sanduq.microfinance.products.model import Disclosure, NewProduct, ProductTerms
from sanduq.obligations.calendar import WorkingDays
from sanduq.obligations.model import ComponentOrder
from sanduq.obligations.schedule import Anchor, Frequency
from sanduq.parties import service as parties
from sanduq.parties.model import NewParty, PartyKind
from sanduq.shariah import service as shariah
from sanduq.shariah.board import NewResolution
from sanduq.shariah.facts import PartyCapacity, TemplateApproval
from sanduq.shariah.model import Resolution

USD = currency("USD")
SELLER = "cpty_borrower_001"
MILL = "cpty_mill_001"
TODAY = date(2024, 1, 15)
HARVEST = date(2024, 6, 15)
GRADE_A = {"grade": "A", "moisture_content_max": "12"}

Work = Callable[..., AbstractContextManager[UnitOfWork]]

# Pure facts: 1,000 kg of wheat at 0.50, due in June, agreed in January.

WHEAT = CommodityFacts(
    "wheat",
    CommodityKind.CROP,
    is_fungible=True,
    unit="kg",
    required_specifications=("grade", "moisture_content_max"),
    harvest_months=frozenset({5, 6, 7}),
)
LAWFUL = SalamFacts(
    on=TODAY,
    asset=USD,
    approval=TemplateApproval(
        Resolution("res_1", frozenset({"GEN-01"}), date(2024, 1, 1)), "hash", "hash"
    ),
    purpose_code="agriculture",
    commodity_code="wheat",
    parties=(PartyCapacity("borrower", date(1988, 5, 17), 18),),
    kyc_rank=1,
    contract_id="slm_1",
    seller_id=SELLER,
    goods=Goods(WHEAT, 1_000_000, "kg", GRADE_A),
    dues=((HARVEST, 1_000_000),),
    place="Main branch",
    contracted_on=TODAY,
)


def a_salam(**changes: Any) -> SalamFacts:
    """A lawful salam, bent as asked."""
    return replace(LAWFUL, **changes)


def wheat(**changes: Any) -> Goods:
    """The same goods, of which some particulars differ."""
    quantity = changes.pop("quantity_milli", 1_000_000)
    unit = changes.pop("unit", "kg")
    specifications = changes.pop("specifications", GRADE_A)
    return Goods(replace(WHEAT, **changes), quantity, unit, specifications)


# The demonstration institution.


def prepared(work: Work, clauses: Mapping[str, Any] | None = None) -> None:
    """Wheat and barley registered, a mill, and a product of salam under a resolution."""
    registry.wire()
    with work(demo.MAKER) as uow:
        for code, months in (("wheat", (5, 6, 7)), ("barley", ())):
            commodities.create(uow, a_commodity(code, months))
        parties.create_parties(uow, [NewParty(PartyKind.ORGANISATION, "Valley mill", MILL)])
        resolution = shariah.create_resolution(uow, _ruling("GEN-01"))
        product = products.create_product(uow, _product(resolution.resolution_id, clauses or {}))
    with work(demo.SHARIAH) as uow:
        products.approve_product(uow, product.product_id)


def a_commodity(code: str, months: tuple[int, ...] = (), **changes: Any) -> NewCommodity:
    """A crop counted in kilograms and known by grade and moisture."""
    new = NewCommodity(
        code=code,
        name=code.title(),
        kind=CommodityKind.CROP,
        unit="kg",
        is_fungible=True,
        required_specifications=("grade", "moisture_content_max"),
        harvest_months=months,
    )
    return replace(new, **changes)


def a_ruling(work: Work, *scope: str) -> str:
    """A resolution in force that speaks to these rules."""
    with work(demo.SHARIAH) as uow:
        return shariah.create_resolution(uow, _ruling(*scope)).resolution_id


def _ruling(*scope: str) -> NewResolution:
    return NewResolution(
        title="Salam", question="May it be offered?", ruling="It may.", scope=scope,
        signers=("Demonstration board",), valid_from_on=date(2023, 1, 1),
        valid_until_on=date(2034, 1, 1), is_demonstration=True,
    )  # fmt: skip


def _product(resolution_id: str, clauses: Mapping[str, Any]) -> NewProduct:
    return NewProduct(
        terms=ProductTerms(
            type="salam_micro",
            asset=USD,
            amount_min_minor=1,
            amount_max_minor=5_000_000,
            instalments_min=1,
            instalments_max=1,
            frequencies=(Frequency.MONTHLY,),
            grace_months_max=0,
            fee_formula=None,
            component_order=ComponentOrder.PRO_RATA,
            schedule_anchor=Anchor(),
            working_days=WorkingDays.SAME_DAY,
            multiple_of_minor=1,
            kyc_tier_min="simplified",
            disclosure=Disclosure.ATTESTED,
            prerequisites=(),
            clauses=clauses,
        ),
        name="Salam for farmers",
        resolution_id=resolution_id,
        is_default=True,
        external_id=None,
        metadata={},
    )


def terms(
    quantity_milli: int = 1_000_000,
    price_per_unit_minor: int = 50,
    dues: tuple[tuple[date, int], ...] | None = None,
    **changes: Any,
) -> SalamTerms:
    """1,000 kg of wheat at 0.50, due in June."""
    agreed = SalamTerms(
        commodity="wheat",
        quantity_milli=quantity_milli,
        quantity_unit="kg",
        price_per_unit=Money(price_per_unit_minor, USD),
        dues=dues if dues is not None else ((HARVEST, quantity_milli),),
        specifications=GRADE_A,
    )
    return replace(agreed, **changes)


def asked(trade: SalamTerms | None = None, **changes: Any) -> Application:
    """The application of a salam whose amount is quantity times price."""
    trade = trade or terms()
    total = trade.quantity_milli * trade.price_per_unit.amount_minor // 1000
    application = Application(
        type=LoanType.SALAM_MICRO,
        borrower_id=SELLER,
        amount=Money(total, USD),
        purpose="agriculture",
        terms=Terms(1, Frequency.MONTHLY, 0),
        trade=trade,
    )
    return replace(application, **changes)


def approved(work: Work, application: Application | None = None) -> str:
    """The id of a salam that waits for its price."""
    with work(demo.MAKER) as uow:
        loan_id = service.create(uow, application or asked()).loan_id
    with work(demo.CHECKER) as uow:
        service.approve(uow, loan_id)
    return loan_id


def paid(work: Work, application: Application | None = None) -> str:
    """The id of a salam whose price is paid in full."""
    loan_id = approved(work, application)
    with work(demo.MAKER) as uow:
        salam.pay_price(uow, loan_id, PayPrice(None, uow.today))
    return loan_id


def usd(minor: int) -> Money:
    return Money(minor, USD)


def on_day(uow: UnitOfWork, day: date) -> UnitOfWork:
    """The same unit of work as if it were another day; the institution's clock stays."""
    uow.clock = FixedClock(demo.NOW.replace(year=day.year, month=day.month, day=day.day))
    return uow


def brought(
    quantity_milli: int = 1_000_000,
    on: date = HARVEST,
    quality: Quality = Quality.AS_AGREED,
    settlement: Settlement = Settlement.ACCEPT,
    **changes: Any,
) -> DeliverGoods:
    """Goods as agreed, on their day."""
    command = DeliverGoods(
        quantity_milli=quantity_milli, on=on, quality=quality, settlement=settlement,
        document="Weight note 114",
    )  # fmt: skip
    return replace(command, **changes)


def delivered(work: Work, application: Application | None = None) -> str:
    """The id of a salam whose goods are all in hand."""
    loan_id = paid(work, application)
    with work(demo.MAKER) as uow:
        contract = salam.contract(uow, loan_of(uow, loan_id).contract_id)
        delivery.deliver(on_day(uow, HARVEST), loan_id, brought(contract.undelivered_milli))
    return loan_id


def loan_of(uow: UnitOfWork, loan_id: str) -> Loan:
    return service.get(uow, loan_id)
