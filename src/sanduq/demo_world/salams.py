"""Harvests bought before they ripen: one salam at each stage."""

from __future__ import annotations

from datetime import date

from sanduq.demo_world import desk
from sanduq.demo_world.telling import Story
from sanduq.demo_world.world import World, usd
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.loans.model import Application, LoanType, Terms
from sanduq.microfinance.loans.salam import service as salam
from sanduq.microfinance.loans.salam import service_commodities as commodities
from sanduq.microfinance.loans.salam import service_delivery as delivery
from sanduq.microfinance.loans.salam import service_goods as goods
from sanduq.microfinance.loans.salam import service_remedies as remedies
from sanduq.microfinance.loans.salam.facts import CommodityKind, Quality, Settlement
from sanduq.microfinance.loans.salam.model import SalamTerms
from sanduq.microfinance.loans.salam.service import PayPrice
from sanduq.microfinance.loans.salam.service_commodities import NewCommodity
from sanduq.microfinance.loans.salam.service_delivery import DeliverGoods
from sanduq.microfinance.loans.salam.service_goods import SellGoods
from sanduq.microfinance.loans.salam.service_remedies import CancelGoods
from sanduq.obligations.schedule import Frequency

GRADE = {"grade": "A", "moisture_content_max": "12"}
HARVEST, NEXT_HARVEST = date(2023, 6, 15), date(2024, 6, 15)
TONNE_MILLI = 1_000_000
PRICE_MINOR = 45
RATHER_LATE = date(2023, 3, 6)


def begin(world: World) -> None:
    """Registers the crops and puts the stories into the diary."""
    with world.teller.acting() as uow:
        for code, months in (("wheat", (5, 6, 7)), ("rice", (10, 11, 12)), ("shea_nuts", ())):
            commodities.create(uow, _crop(code, months))
    diary = world.diary
    diary.begin(date(2024, 1, 12), _requested(world))
    diary.begin(date(2024, 1, 11), _approved(world))
    diary.begin(date(2024, 1, 13), _partly_paid(world))
    diary.begin(date(2023, 12, 11), _paid(world))
    diary.begin(date(2023, 2, 27), _partly_delivered(world))
    diary.begin(RATHER_LATE, _delivered(world))
    diary.begin(date(2023, 3, 20), _given_back(world))
    diary.begin(date(2023, 11, 6), _cancelled(world))


def _crop(code: str, months: tuple[int, ...]) -> NewCommodity:
    return NewCommodity(
        code=code,
        name=code.replace("_", " ").capitalize(),
        kind=CommodityKind.CROP,
        unit="kg",
        is_fungible=True,
        required_specifications=tuple(GRADE),
        harvest_months=months,
    )


def _application(world: World, stage: str, due_on: date) -> Application:
    """A tonne of wheat at 0.45 a kilogram."""
    role = world.cast()
    return Application(
        type=LoanType.SALAM_MICRO,
        borrower_id=role.party_id,
        amount=usd(TONNE_MILLI * PRICE_MINOR // 1000),
        purpose="agriculture",
        terms=Terms(1, Frequency.MONTHLY, 0),
        group_id=role.group_id,
        branch_id=role.branch_id,
        external_id=f"demo-salam-{stage}",
        trade=SalamTerms(
            commodity="wheat",
            quantity_milli=TONNE_MILLI,
            quantity_unit="kg",
            price_per_unit=usd(PRICE_MINOR),
            dues=((due_on, TONNE_MILLI),),
            specifications=GRADE,
        ),
    )


def _bought(world: World, stage: str, due_on: date, minor: int | None = None) -> str:
    """The loan of a harvest whose price is paid, whole or in part."""
    loan_id = desk.approved(world, _application(world, stage, due_on))
    with world.teller.acting() as uow:
        salam.pay_price(uow, loan_id, PayPrice(usd(minor) if minor else None, uow.today))
    return loan_id


def _brought(world: World, loan_id: str, quantity_milli: int) -> None:
    with world.teller.acting() as uow:
        brought = DeliverGoods(
            quantity_milli=quantity_milli, on=uow.today, quality=Quality.AS_AGREED,
            settlement=Settlement.ACCEPT, document="weight note of the mill",
        )  # fmt: skip
        delivery.deliver(uow, loan_id, brought)


def _requested(world: World) -> Story:
    desk.applied(world, _application(world, "requested", NEXT_HARVEST))
    yield from ()


def _approved(world: World) -> Story:
    desk.approved(world, _application(world, "approved", NEXT_HARVEST))
    yield from ()


def _partly_paid(world: World) -> Story:
    """The rest of the price must follow within three days of the contract."""
    _bought(world, "partly-paid", NEXT_HARVEST, 300_00)
    yield from ()


def _paid(world: World) -> Story:
    _bought(world, "paid", NEXT_HARVEST)
    yield from ()


def _partly_delivered(world: World) -> Story:
    """Six tenths came; for the rest the farmer was given time till the next harvest."""
    loan_id = _bought(world, "partly-delivered", HARVEST)
    yield HARVEST
    _brought(world, loan_id, 600_000)
    yield date(2023, 7, 10)
    with world.teller.acting() as uow:
        remedies.wait(uow, loan_id, until=NEXT_HARVEST, reason="hail took part of the field")


def _delivered(world: World) -> Story:
    """All of it came, and the mill bought it."""
    loan_id = _bought(world, "delivered", HARVEST)
    yield HARVEST
    _brought(world, loan_id, TONNE_MILLI)
    yield date(2023, 7, 5)
    with world.teller.acting() as uow:
        sale = SellGoods(
            buyer_id="cpty_mill", quantity_milli=TONNE_MILLI, price=usd(530_00), on=uow.today,
            document="invoice of the mill",
        )  # fmt: skip
        goods.sell(uow, loan_id, sale)


def _given_back(world: World) -> Story:
    """The harvest failed: the capital comes back to the cent, in three payments."""
    loan_id = _bought(world, "capital-returned", HARVEST)
    yield date(2023, 6, 26)
    with world.teller.acting() as uow:
        given_up = CancelGoods(
            on=uow.today, reason="the harvest failed", document="letter of the farmer",
            refund_due_on=date(2023, 11, 30),
        )  # fmt: skip
        remedies.cancel_salam(uow, loan_id, given_up)
    for day in (date(2023, 8, 1), date(2023, 10, 2)):
        yield day
        desk.pay(world, loan_id, 150_00)
    yield date(2023, 11, 28)
    desk.pay(world, loan_id)


def _cancelled(world: World) -> Story:
    loan_id = desk.approved(world, _application(world, "cancelled", NEXT_HARVEST))
    yield date(2023, 11, 9)
    with world.teller.acting() as uow:
        loans.cancel(uow, loan_id, reason="the field was let to a neighbour")
