"""What the vault and the valuers came upon: a bar with a core, a light bag, gold in trust."""

from __future__ import annotations

from datetime import date

from sanduq import demo
from sanduq.assets.instruments import service as instruments
from sanduq.assets.instruments.model import InstrumentKind
from sanduq.assets.items.model import ItemKind
from sanduq.assets.valuations import service as valuations
from sanduq.assets.valuations.model import Assay, AssayKind, Findings, NewValuation, Second
from sanduq.custody.bags import service as bags
from sanduq.custody.bags.model import Bag, BagFilters
from sanduq.custody.model import BagStatus
from sanduq.custody.moves import service as moves
from sanduq.custody.moves.model import NewTransport
from sanduq.custody.places import service as places
from sanduq.custody.places.model import PlaceFilters, PlaceKind
from sanduq.custody.stocktakes import service as stocktakes
from sanduq.custody.stocktakes.model import NewScan, NewStocktake, StocktakeStatus
from sanduq.custody.takaful import service as takaful
from sanduq.custody.takaful.model import NewCover
from sanduq.demo_world.counter import Brought, Counter
from sanduq.demo_world.telling import Story
from sanduq.demo_world.world import USD, usd
from sanduq.kit.db import UnitOfWork
from sanduq.kit.pages import PageRequest
from sanduq.rahnu.deposits import service as deposits
from sanduq.rahnu.deposits.model import NewDeposit
from sanduq.rahnu.facts import DepositBasis
from sanduq.rahnu.fees.cost_studies.model import CustodyCostKind
from sanduq.rahnu.fees.costs import service as costs
from sanduq.rahnu.fees.costs.model import NewCustodyCost
from sanduq.rahnu.templates import service as templates

BAR = Brought("Bar of 20 g, stamped 999.9", 20_000, 9_999, ItemKind.BAR)
HEIRLOOM = Brought("Belt of an heirloom, 21 carat", 62_500, 8_750, marks="875")
SEED = 786
LIGHTER_MG = 400
"""By how much the bag was too light that somebody had been at."""


def begin(counter: Counter) -> None:
    """Puts the stories into the diary."""
    diary = counter.world.diary
    diary.begin(date(2023, 2, 6), _covered(counter))
    diary.begin(date(2023, 11, 27), _left_in_trust(counter))
    diary.begin(date(2023, 12, 20), _core_of_tungsten(counter))
    diary.begin(date(2023, 12, 28), _costs(counter))
    diary.begin(date(2024, 1, 3), _moved(counter))
    diary.begin(date(2024, 1, 9), _counted(counter))


def _covered(counter: Counter) -> Story:
    """A year of takaful for what the first branch keeps."""
    with counter.world.teller.acting(demo.CHECKER) as uow:
        takaful.record_cover(
            uow,
            NewCover(
                branch_id="brn_main", policy_number="TKF-2023-17", provider="Takaful of the valley",
                is_takaful=True, covered=usd(250_000_00), premium=usd(600_00),
                valid_from_on=date(2023, 2, 1), valid_to_on=date(2024, 1, 31),
            ),
        )  # fmt: skip
    yield from ()


def _left_in_trust(counter: Counter) -> Story:
    """Somebody who borrows nothing leaves a belt in the vault, and pays what a borrower pays."""
    owner_id = "cpty_pledgor_01"
    item = counter.take(owner_id, HEIRLOOM)
    with counter.world.teller.acting() as uow:
        policy_id = templates.template_for(uow, None, USD).terms.fee_policy_id
        left = NewDeposit(
            owner_id=owner_id, asset=USD, item_ids=(item.item_id,),
            liability_basis=DepositBasis.AMANAH, fee_policy_id=policy_id, vault_class=1,
            takaful_premium_minor=0, perks=(), branch_id="brn_main", external_id="demo-deposit",
            metadata={},
        )  # fmt: skip
        deposit = deposits.open_deposit(uow, left)
    counter.seal(deposit.deposit_id, [item], "brn_main", "deposit")
    yield from ()


def _core_of_tungsten(counter: Counter) -> Story:
    """Its weight in water is that of gold; the second valuer listens to it, and it is none."""
    item = counter.take("cpty_pledgor_04", BAR)
    counter.hang()
    with counter.world.teller.acting() as uow:
        found = instruments.list_instruments(uow, PageRequest(limit=20)).items
        kit = next(one for one in found if one.kind is InstrumentKind.DENSITY_KIT)
        # 20.000 g in air and 18.964 g in water: 19.27 g/cm³, as fine gold has it.
        density = Assay(
            kind=AssayKind.DENSITY, instrument_id=kit.instrument_id,
            weight_in_air_mg=20_000, weight_in_water_mg=18_964,
        )  # fmt: skip
        seen = Findings(gross_weight_mg=20_000, fineness_bp=9_999, tests=(density,))
        made = valuations.record_valuation(
            uow,
            NewValuation(
                item_id=item.item_id, asset=USD, findings=seen, is_customer_present=True,
                notes="a bar of 20 g is listened to by a second valuer",
            ),
        )  # fmt: skip
    with counter.world.teller.acting(demo.CHECKER) as uow:
        valuations.confirm(
            uow, made.valuation_id,
            Second(is_agreed=False, notes="sounds dull: a core of another metal"),
        )  # fmt: skip
    yield from ()


def _costs(counter: Counter) -> Story:
    """What the year's keeping really cost: rent and guards, by receipt."""
    for kind, minor, receipt in (
        (CustodyCostKind.VAULT_RENT, 900_00, "RENT-2023"),
        (CustodyCostKind.SECURITY_SERVICE, 400_00, "GUARD-2023"),
    ):
        with counter.world.teller.acting(demo.FINANCE) as uow:
            costs.record_cost(
                uow,
                NewCustodyCost(
                    kind=kind, amount=usd(minor), incurred_on=uow.today, branch_id="brn_main",
                    receipt_reference=receipt, external_id=None, metadata={},
                ),
            )  # fmt: skip
    yield from ()


def _moved(counter: Counter) -> Story:
    """A bag goes from the counter to a tray of the main vault, weighed at both ends."""
    with counter.world.teller.acting() as uow:
        bag = min(_held(uow), key=lambda one: one.bag_number)
        trays = places.list_places(
            uow, PlaceFilters(branch_id="brn_main"), PageRequest(limit=100)
        ).items
        tray = next(one for one in trays if one.kind is PlaceKind.TRAY)
        move = moves.transport(
            uow, NewTransport(bag.bag_id, tray.place_id, bag.sealed_weight_mg, "kept for long")
        )
    with counter.world.teller.acting(demo.CHECKER) as uow:
        moves.confirm(uow, move.move_id, bag.sealed_weight_mg)
    yield from ()


def _counted(counter: Counter) -> Story:
    """A blind count of the first branch: one bag is not where it should be, one is too light."""
    with counter.world.teller.acting() as uow:
        held = _held(uow)
        count = stocktakes.start(uow, NewStocktake("brn_main", None, len(held)), seed=SEED)
    light, missing, *_ = sorted(held, key=lambda bag: bag.bag_number)
    for _ in range(2):  # what differs is counted again before it is believed
        with counter.world.teller.acting() as uow:
            scans = [_scan(bag, light) for bag in held if bag.bag_id != missing.bag_id]
            stocktakes.scan(uow, count.stocktake_id, scans)
            after = stocktakes.close(uow, count.stocktake_id)
        if after.status is StocktakeStatus.COUNTED:
            break
    for user_id in (demo.MAKER, demo.CHECKER):
        with counter.world.teller.acting(user_id) as uow:
            stocktakes.sign(uow, count.stocktake_id)
    yield from ()


def _held(uow: UnitOfWork) -> list[Bag]:
    found = bags.list_bags(uow, BagFilters(status=BagStatus.IN_CUSTODY), PageRequest(limit=100))
    return [bag for bag in found.items if bag.branch_id == "brn_main"]


def _scan(bag: Bag, light: Bag) -> NewScan:
    weight_mg = bag.sealed_weight_mg - (LIGHTER_MG if bag.bag_id == light.bag_id else 0)
    return NewScan(bag.place_id, bag.bag_number, bag.seal_number, weight_mg)
