"""Machines and services let: one lease at each state, from the agreement to the gift at its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sanduq.demo_world import desk
from sanduq.demo_world.telling import Story
from sanduq.demo_world.world import USD, World, usd
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.loans.ijarah import service_end, service_steps, service_use
from sanduq.microfinance.loans.ijarah.model import (
    Fault,
    IjarahTerms,
    LeaseType,
    OwnershipTransfer,
    Subtype,
    TransferKind,
)
from sanduq.microfinance.loans.ijarah.step_commands import (
    Acquisition,
    Delivery,
    Ending,
    Loss,
    Transferral,
)
from sanduq.microfinance.loans.model import Application, LoanType, Terms
from sanduq.obligations.schedule import Frequency

RENT_MINOR = 90_00
MILL = IjarahTerms(
    asset=USD,
    subtype=Subtype.ASSET,
    asset_description="Grain mill with motor",
    asset_value_minor=480_00,
    lease_type=LeaseType.MBT,
    rental_minor=RENT_MINOR,
    periods=6,
    frequency=Frequency.MONTHLY,
    ownership_transfer=OwnershipTransfer.GIFT_AT_END,
    market_rent_minor=80_00,
)
PUMP = replace(
    MILL,
    asset_description="Solar water pump",
    asset_value_minor=900_00,
    periods=12,
)
COOLER = replace(
    MILL,
    asset_description="Cold box for fish",
    lease_type=LeaseType.OPERATING,
    ownership_transfer=None,
    residual_minor=200_00,
    periods=4,
)


def begin(world: World) -> None:
    """Puts the stories into the diary."""
    diary = world.diary
    diary.begin(date(2024, 1, 12), _requested(world))
    diary.begin(date(2024, 1, 9), _agreed(world))
    diary.begin(date(2024, 1, 10), _acquired(world))
    diary.begin(date(2023, 8, 1), _delivered(world))
    diary.begin(date(2023, 3, 1), _transferred(world))
    diary.begin(date(2023, 7, 1), _returned(world))
    diary.begin(date(2023, 6, 1), _lost(world))
    diary.begin(date(2023, 9, 1), _ended(world))
    diary.begin(date(2023, 12, 5), _cancelled(world))


def _application(world: World, state: str, terms: IjarahTerms) -> Application:
    role = world.cast()
    return Application(
        type=LoanType.SERVICE_IJARAH,
        borrower_id=role.party_id,
        amount=usd(terms.asset_value_minor),
        purpose="small_business",
        terms=Terms(terms.periods, terms.frequency, terms.rent_free_months),
        group_id=role.group_id,
        branch_id=role.branch_id,
        external_id=f"demo-ijarah-{state}",
        trade=terms,
    )


def _bought(world: World, state: str, terms: IjarahTerms) -> str:
    """The loan of a lease whose asset the institution owns by now."""
    loan_id = desk.approved(world, _application(world, state, terms))
    with world.teller.acting() as uow:
        bought = Acquisition(
            supplier_id="cpty_supplier_machines", invoice=f"INV-{loan_id[-5:].upper()}",
            price_minor=terms.asset_value_minor, document="contract of purchase",
        )  # fmt: skip
        service_steps.acquire(uow, loan_id, bought)
    return loan_id


def _let(world: World, state: str, terms: IjarahTerms) -> str:
    """The loan of a lease that runs from today."""
    loan_id = _bought(world, state, terms)
    with world.teller.acting() as uow:
        service_steps.deliver(uow, loan_id, Delivery(None, "new", "lease"))
    return loan_id


def _requested(world: World) -> Story:
    desk.applied(world, _application(world, "requested", MILL))
    yield from ()


def _agreed(world: World) -> Story:
    desk.approved(world, _application(world, "agreed", PUMP))
    yield from ()


def _acquired(world: World) -> Story:
    _bought(world, "acquired", MILL)
    yield from ()


def _delivered(world: World) -> Story:
    """Five rents paid; for ten days in October the pump stood still, and no rent was owed."""
    loan_id = _let(world, "delivered", PUMP)
    for day in (date(2023, 9, 2), date(2023, 10, 2)):
        yield day
        desk.pay(world, loan_id, RENT_MINOR)
    yield date(2023, 10, 11)
    with world.teller.acting() as uow:
        service_use.suspend_rent(uow, loan_id, uow.today, Fault.NONE, "the inverter failed")
    yield date(2023, 10, 21)
    with world.teller.acting() as uow:
        service_use.resume_rent(uow, loan_id, uow.today)
    for day in (date(2023, 11, 2), date(2023, 12, 2)):
        yield day
        desk.pay(world, loan_id, 60_00)


def _transferred(world: World) -> Story:
    """Every rent paid, and the mill given to her by a deed of its own."""
    loan_id = _let(world, "transferred", MILL)
    for day in desk.firsts(date(2023, 3, 1), MILL.periods):
        yield day
        desk.pay(world, loan_id, RENT_MINOR)
    yield date(2023, 10, 9)
    with world.teller.acting() as uow:
        gift = Transferral(TransferKind.GIFT, "deed of gift", accepted_on=uow.today)
        service_end.transfer(uow, loan_id, gift)


def _returned(world: World) -> Story:
    """An operating lease: the cold box is back in the store."""
    loan_id = _let(world, "returned", COOLER)
    for day in desk.firsts(date(2023, 7, 1), COOLER.periods):
        yield day
        desk.pay(world, loan_id, RENT_MINOR)
    yield date(2023, 11, 6)
    with world.teller.acting() as uow:
        service_end.return_asset(uow, loan_id, None, "used, in order", "note of return")


def _lost(world: World) -> Story:
    """A fire takes the mill: the rent falls away, and what was paid above market goes back."""
    loan_id = _let(world, "lost", MILL)
    for day in desk.firsts(date(2023, 6, 1), 2):
        yield day
        desk.pay(world, loan_id, RENT_MINOR)
    yield date(2023, 8, 16)
    with world.teller.acting() as uow:
        loss = Loss(None, Fault.NONE, "fire in the market", "report of the fire brigade")
        service_end.total_loss(uow, loan_id, loss)


def _ended(world: World) -> Story:
    """Both agree to end the lease before its term."""
    loan_id = _let(world, "ended", PUMP)
    for day in desk.firsts(date(2023, 9, 1), 3):
        yield day
        desk.pay(world, loan_id, RENT_MINOR)
    yield date(2023, 12, 15)
    with world.teller.acting() as uow:
        ending = Ending("agreement", None, "she moves to the coast", "agreement on the end")
        service_end.end_lease(uow, loan_id, ending)


def _cancelled(world: World) -> Story:
    loan_id = desk.approved(world, _application(world, "cancelled", MILL))
    yield date(2023, 12, 7)
    with world.teller.acting() as uow:
        loans.cancel(uow, loan_id, reason="the miller's son bought one")
