"""Goods bought and sold on: one murabaha at each stage, from the request to the last payment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sanduq import demo
from sanduq.demo_world import desk
from sanduq.demo_world.telling import Story
from sanduq.demo_world.world import World, usd
from sanduq.microfinance.loans.hardship import costs
from sanduq.microfinance.loans.hardship import service as hardship
from sanduq.microfinance.loans.hardship.service import NewAssessment
from sanduq.microfinance.loans.model import Application, LoanType, Terms
from sanduq.microfinance.loans.murabaha import aftersale, purchasing, selling
from sanduq.microfinance.loans.murabaha import service as murabaha
from sanduq.microfinance.loans.murabaha.facts import Agent, CostItem, Purchase, Relation
from sanduq.microfinance.loans.murabaha.model import MurabahaTerms
from sanduq.microfinance.loans.murabaha.model_steps import (
    BuyGoods,
    Decline,
    GiveRebate,
    MakePromise,
    MarginChoice,
    ResellGoods,
    SellGoods,
    TakePossession,
)
from sanduq.obligations.schedule import Frequency
from sanduq.shariah.facts import DebtorState

MARGIN_BP = 1_200
MARGIN_MINOR = 40_00
FIRST_SOLD_ON = date(2023, 2, 13)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a customer wants, and of whom it is bought."""

    goods: str
    category: str
    cost_minor: int
    supplier_id: str
    instalments: int = 10


SEWING = Wanted("Industrial sewing machine", "equipment", 800_00, "cpty_supplier_machines")
TRICYCLE = Wanted("Cargo tricycle", "vehicle", 1_100_00, "cpty_supplier_motors")
TOOLS = Wanted("Set of carpenter's tools", "equipment", 400_00, "cpty_supplier_tools", 5)


def begin(world: World) -> None:
    """Puts the stories into the diary."""
    diary = world.diary
    diary.begin(date(2024, 1, 11), _story(world, "requested", SEWING, _requested))
    diary.begin(date(2024, 1, 8), _story(world, "approved", TOOLS, _nothing_more))
    diary.begin(date(2024, 1, 5), _story(world, "promised", TRICYCLE, _promised))
    diary.begin(date(2024, 1, 4), _story(world, "purchased", SEWING, _purchased))
    diary.begin(date(2024, 1, 3), _story(world, "possessed", TRICYCLE, _possessed))
    diary.begin(date(2024, 1, 2), _story(world, "sold", TOOLS, _sold))
    diary.begin(date(2023, 6, 5), _repaying(world))
    diary.begin(FIRST_SOLD_ON, _completed(world))
    diary.begin(date(2023, 4, 17), _late(world))
    diary.begin(date(2023, 10, 16), _story(world, "declined", SEWING, _declined))
    diary.begin(date(2023, 9, 11), _story(world, "resold", TRICYCLE, _resold))
    diary.begin(date(2023, 11, 13), _story(world, "cancelled", TOOLS, _withdrawn))


Ends = Callable[[World, str, Wanted], None]


def _story(world: World, stage: str, wanted: Wanted, ends: Ends) -> Story:
    """A murabaha that is brought to a stage within a day and stays there."""
    application = _application(world, f"demo-murabaha-{stage}", wanted)
    if ends is _requested:
        desk.applied(world, application)
    else:
        ends(world, desk.approved(world, application), wanted)
    yield from ()


def _application(world: World, external_id: str, wanted: Wanted) -> Application:
    role, cost = world.cast(), usd(wanted.cost_minor)
    return Application(
        type=LoanType.MURABAHA_MICRO,
        borrower_id=role.party_id,
        amount=cost,
        purpose="small_business",
        terms=Terms(wanted.instalments, Frequency.MONTHLY, 0),
        group_id=role.group_id,
        branch_id=role.branch_id,
        external_id=external_id,
        trade=MurabahaTerms(
            cost=cost,
            margin_bp=MARGIN_BP,
            instalments=wanted.instalments,
            frequency=Frequency.MONTHLY,
            asset_description=wanted.goods,
            asset_category=wanted.category,
        ),
    )


def _requested(_world: World, _loan_id: str, _wanted: Wanted) -> None:
    """It waits for approval."""


def _nothing_more(_world: World, _loan_id: str, _wanted: Wanted) -> None:
    """It waits for the purchase."""


def _promised(world: World, loan_id: str, _wanted: Wanted) -> None:
    with world.teller.acting() as uow:
        promise = MakePromise(None, None, False, usd(MARGIN_MINOR), "promise to buy")
        purchasing.promise(uow, loan_id, promise)


def _purchased(world: World, loan_id: str, wanted: Wanted) -> None:
    with world.teller.acting() as uow:
        bought = Purchase(
            supplier_id=wanted.supplier_id,
            invoice_on=uow.today,
            is_addressed_to_institution=True,
            payee_id=wanted.supplier_id,
            cost_items=(CostItem("price", wanted.goods, wanted.cost_minor, wanted.supplier_id),),
            agent=Agent.INSTITUTION,
        )
        invoice = f"INV-{loan_id[-5:].upper()}"
        buying = BuyGoods(bought, invoice, f"invoice {invoice}", 0, Relation.NONE, False)
        purchasing.purchase(uow, loan_id, buying)


def _possessed(world: World, loan_id: str, wanted: Wanted) -> None:
    _purchased(world, loan_id, wanted)
    with world.teller.acting() as uow:
        taken = TakePossession(
            "actual", None, "goods received note", "branch store", "institution", "institution"
        )
        purchasing.possess(uow, loan_id, taken)


def _sold(world: World, loan_id: str, wanted: Wanted) -> None:
    _possessed(world, loan_id, wanted)
    offered_at = world.teller.moment()
    with world.teller.acting() as uow:
        contract = murabaha.get(uow, loan_id)
        sale = SellGoods(
            offered_at=offered_at,
            accepted_at=None,
            agent_notice_at=None,
            disclosed_cost=contract.money(contract.cost_minor),
            disclosed_profit=contract.money(contract.profit_minor),
            disclosed_price=contract.money(contract.price_minor),
            is_acknowledged=True,
            title_holder="customer",
            benchmark=None,
            cash_price=None,
            margin=MarginChoice.CREDIT,
            document="contract of sale",
        )
        selling.sell(uow, loan_id, sale)


def _declined(world: World, loan_id: str, wanted: Wanted) -> None:
    """She changes her mind; the machine stands in the store and waits for another buyer."""
    _possessed(world, loan_id, wanted)
    with world.teller.acting() as uow:
        purchasing.decline(uow, loan_id, Decline("she found work in town", None))


def _resold(world: World, loan_id: str, wanted: Wanted) -> None:
    """Bound by a promise: of the security margin the actual loss of the resale is kept."""
    _promised(world, loan_id, wanted)
    _declined(world, loan_id, wanted)
    with world.teller.acting() as uow:
        price = usd(wanted.cost_minor - 25_00)
        resale = ResellGoods(price, "cpty_supplier_tools", "receipt of the resale")
        purchasing.resell(uow, loan_id, resale)


def _withdrawn(world: World, loan_id: str, _wanted: Wanted) -> None:
    with world.teller.acting() as uow:
        purchasing.decline(uow, loan_id, Decline("the price fell at the market", None))


def _repaying(world: World) -> Story:
    application = _application(world, "demo-murabaha-repaying", SEWING)
    loan_id = desk.approved(world, application)
    _sold(world, loan_id, SEWING)
    instalment = SEWING.cost_minor * (10_000 + MARGIN_BP) // 10_000 // SEWING.instalments
    for day in desk.firsts(date(2023, 6, 5), 7):
        yield day
        desk.pay(world, loan_id, instalment)


def _completed(world: World) -> Story:
    """Paid off early; the profit not yet earned is given up."""
    loan_id = desk.approved(world, _application(world, "demo-murabaha-completed", TRICYCLE))
    _sold(world, loan_id, TRICYCLE)
    for day in desk.firsts(FIRST_SOLD_ON, 6):
        yield day
        desk.pay(world, loan_id, 123_20)
    yield date(2023, 8, 21)
    with world.teller.acting(demo.CHECKER) as uow:
        aftersale.rebate(uow, loan_id, GiveRebate(usd(15_00), "settled early", False))
    desk.pay(world, loan_id)


def _late(world: World) -> Story:
    """An able buyer delays, and gives to charity what he pledged in the contract."""
    loan_id = desk.approved(world, _application(world, "demo-murabaha-late", SEWING))
    _sold(world, loan_id, SEWING)
    yield date(2023, 5, 1)
    desk.pay(world, loan_id, 89_60)
    yield date(2023, 11, 27)
    with world.teller.acting(demo.CHECKER) as uow:
        found = NewAssessment(
            DebtorState.SOLVENT_DELAYING, "orders are full, he buys cloth instead"
        )
        hardship.assess(uow, loan_id, found)
        costs.pledge(uow, loan_id, usd(18_00), note="as pledged in the contract of sale")
