"""What the demonstration institution needs before it takes pledges: rulings, fees, terms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sanduq.access import service as access
from sanduq.assets.instruments import service as instruments
from sanduq.assets.instruments.model import Calibration, InstrumentKind, NewInstrument
from sanduq.assets.model import Metal
from sanduq.assets.price_boards import service as price_boards
from sanduq.assets.price_boards.model import NewBoard, PriceMethod
from sanduq.custody.places import service as places
from sanduq.custody.places.model import NewPlace, PlaceKind
from sanduq.kit.clock import FixedClock
from sanduq.kit.days import ONE_DAY, add_months
from sanduq.kit.db import Database, UnitOfWork
from sanduq.kit.money import Asset, parse_amount
from sanduq.kit.pages import PageRequest
from sanduq.qard.cost_studies.model import Capacity
from sanduq.rahnu.fees import service as fees
from sanduq.rahnu.fees.cost_studies import service as cost_studies
from sanduq.rahnu.fees.cost_studies.model import (
    CostDriver,
    CustodyCostLine,
    NewCustodyCostStudy,
)
from sanduq.rahnu.fees.model import FeeComponent, FeePeriod, NewFeePolicy
from sanduq.rahnu.templates import service as templates
from sanduq.rahnu.templates.model import Clause, NewTemplate, OperatorLicence, PledgeTerms
from sanduq.shariah import service as shariah
from sanduq.shariah.board import NewResolution

ITEM_MONTHS, GRAM_MONTHS = 12_000, 360_000
# Keeping one thing a month costs 22.00 US dollars and 0.06 for each gram: 28.00 for a bar of
# 100 g, of which the policy charges 25.00.
COSTS = (
    ("vault_rent", "Rent of the vault", CostDriver.PER_ITEM_MONTH, "15.00"),
    ("security_service", "Guarding by an outside service", CostDriver.PER_ITEM_MONTH, "5.50"),
    ("seals", "Bags and seals", CostDriver.PER_ITEM_MONTH, "1.50"),
    ("takaful_premium", "Takaful of what is kept, by weight", CostDriver.PER_GRAM_MONTH, "0.06"),
)
FEE_OF_ITEM, FEE_OF_GRAM = "20.00", "0.05"
# Per gram of fineness 999.9, and of pure silver.
GOLD, SILVER = "75.00", "0.80"
CLAUSES = (
    (
        "en",
        "The pledgor keeps the ownership of the pledged things. They are held in trust and are not"
        " used. If the debt falls due and stays unpaid, the pledgee sells them at the market price"
        " as the pledgor's agent, takes what is owed, and pays the rest to the pledgor.",
    ),
    (
        "ms",
        "Pemilikan barang gadaian kekal pada penggadai. Barang disimpan sebagai amanah dan tidak"
        " digunakan. Jika hutang matang dan tidak dibayar, pemegang gadaian menjualnya pada harga"
        " pasaran sebagai wakil penggadai, mengambil apa yang terhutang dan membayar lebihannya"
        " kepada penggadai.",
    ),
)


def is_prepared(uow: UnitOfWork) -> bool:
    """Whether pledges can be taken: there are templates already."""
    return bool(templates.list_templates(uow, PageRequest(limit=1)).items)


def prepare(
    db: Database,
    institution: str,
    users: Sequence[str],
    at: datetime,
    assets: Sequence[tuple[Asset, int]],
) -> None:
    """Everything a pledge rests on, drawn up and approved as of `at` by maker, finance and board.

    `users`: maker, checker, finance, Shariah reviewer. `assets`: each currency with what one US
    dollar is about worth in it. Prices of the day are `publish_prices`'s.
    """
    maker, _, _, board = users
    _agree_on_costs(db, institution, users, at, assets)
    with access.work_as(db, institution, maker, "req_demo") as uow:
        uow.clock = FixedClock(at)
        ruling = shariah.create_resolution(uow, _ruling()).resolution_id
        policies = [
            fees.create_policy(uow, _policy(asset, scale, ruling)).fee_policy_id
            for asset, scale in assets
        ]
        terms = [
            templates.create(uow, _template(asset, policy, ruling)).template_id
            for (asset, _), policy in zip(assets, policies, strict=True)
        ]
        _vault(uow)
    with access.work_as(db, institution, board, "req_demo") as uow:
        uow.clock = FixedClock(at)
        for policy_id in policies:
            fees.approve_policy(uow, policy_id)
        for template_id in terms:
            templates.approve(uow, template_id)


def renew(
    db: Database,
    institution: str,
    users: Sequence[str],
    at: datetime,
    assets: Sequence[tuple[Asset, int]],
) -> None:
    """What is made anew each year: the study of the cost of custody, calibrated instruments."""
    _agree_on_costs(db, institution, users, at, assets)
    with access.work_as(db, institution, users[0], "req_demo") as uow:
        uow.clock = FixedClock(at)
        _instruments(uow, at.date())


def _agree_on_costs(
    db: Database,
    institution: str,
    users: Sequence[str],
    at: datetime,
    assets: Sequence[tuple[Asset, int]],
) -> None:
    maker, _, finance, board = users
    with access.work_as(db, institution, maker, "req_demo") as uow:
        uow.clock = FixedClock(at)
        studies = [
            cost_studies.create_study(uow, _study(asset, scale, at.date())).custody_cost_study_id
            for asset, scale in assets
        ]
    for user_id, capacity in ((finance, Capacity.FINANCE), (board, Capacity.SHARIAH)):
        with access.work_as(db, institution, user_id, "req_demo") as uow:
            uow.clock = FixedClock(at)
            for study_id in studies:
                cost_studies.approve_study(uow, study_id, capacity)


def publish_prices(
    db: Database,
    institution: str,
    users: Sequence[str],
    at: datetime,
    assets: Sequence[tuple[Asset, int]],
    *,
    gold: str = GOLD,
    silver: str = SILVER,
    explanation: str | None = None,
) -> None:
    """Gold and silver boards of the day of `at`, proposed by one and published by another."""
    maker, checker, *_ = users
    with access.work_as(db, institution, maker, "req_demo") as uow:
        uow.clock = FixedClock(at)
        proposed = [
            price_boards.propose(uow, board).price_board_id
            for asset, scale in assets
            for board in (
                _board(Metal.GOLD, asset, gold, scale, 9_999, at, explanation),
                _board(Metal.SILVER, asset, silver, scale, 9_990, at, explanation),
            )
        ]
    with access.work_as(db, institution, checker, "req_demo") as uow:
        uow.clock = FixedClock(at)
        for board_id in proposed:
            price_boards.approve(uow, board_id)


def _board(
    metal: Metal,
    asset: Asset,
    dollars: str,
    scale: int,
    fineness_bp: int,
    at: datetime,
    explanation: str | None,
) -> NewBoard:
    # A price per gram with three digits more than the currency is the price of a kilogram.
    per_kg_minor = parse_amount(dollars, Asset(asset.code, asset.digits + 3)).amount_minor * scale
    return NewBoard(
        metal=metal,
        asset=asset,
        method=PriceMethod.FINE_PRICE,
        grades={fineness_bp: per_kg_minor},
        source="Demonstration market, morning fixing",
        observed_at=at,
        spike_explanation=explanation,
    )


def _ruling() -> NewResolution:
    return NewResolution(
        title="Demonstration resolution on Ar-Rahnu",
        question="May gold be taken in pledge for benevolent loans, with a custody fee at cost?",
        ruling="It may, under the terms and the fee policy approved with this resolution: the fee"
        " reads what is kept and never the loan. This text is a demonstration and no ruling of"
        " any board.",
        scope=("GEN-01", "RHN-11"),
        signers=("Demonstration board",),
        valid_from_on=date(2021, 1, 1),
        valid_until_on=date(2034, 1, 1),
        is_demonstration=True,
    )


def _minor(dollars: str, asset: Asset, scale: int) -> int:
    return parse_amount(dollars, asset).amount_minor * scale


def _study(asset: Asset, scale: int, study_on: date) -> NewCustodyCostStudy:
    volume = {CostDriver.PER_ITEM_MONTH: ITEM_MONTHS, CostDriver.PER_GRAM_MONTH: GRAM_MONTHS}
    return NewCustodyCostStudy(
        asset=asset,
        study_on=study_on,
        period_from_on=add_months(study_on, -12),
        period_to_on=study_on - ONE_DAY,
        item_months=ITEM_MONTHS,
        mg_months=GRAM_MONTHS * 1_000,
        lines=tuple(
            CustodyCostLine(
                kind, text, driver, _minor(cost, asset, scale) * volume[driver],
                evidence="contracts and receipts of the year",
            )
            for kind, text, driver, cost in COSTS
        ),
        external_id=None,
        metadata={},
    )  # fmt: skip


def _policy(asset: Asset, scale: int, ruling: str) -> NewFeePolicy:
    of_item = parse_amount(FEE_OF_ITEM, asset).decimal * scale
    of_gram = parse_amount(FEE_OF_GRAM, asset).decimal * scale
    return NewFeePolicy(
        name=f"Keeping at cost ({asset.code})",
        asset=asset,
        period=FeePeriod.MONTH,
        expression=f"{of_item:f} * item_count + {of_gram:f} * weight",
        components=(FeeComponent.CUSTODY,),
        description="So much for each thing and for each gram, whoever owns them",
        resolution_id=ruling,
        external_id=None,
        metadata={},
    )


def _template(asset: Asset, fee_policy_id: str, ruling: str) -> NewTemplate:
    return NewTemplate(
        name=f"Pledge for a benevolent loan ({asset.code})",
        asset=asset,
        terms=PledgeTerms(
            has_sale_agency=True, has_owner_sale_costs=True, has_owner_custody_costs=True,
            fee_policy_id=fee_policy_id,
        ),
        clauses=tuple(Clause(language, text) for language, text in CLAUSES),
        licence=OperatorLicence("demonstration", "DEMO-0001", date(2034, 1, 1)),
        resolution_id=ruling,
        is_default=True,
        external_id=None,
        metadata={},
    )  # fmt: skip


def _vault(uow: UnitOfWork) -> None:
    """One vault with two cabinets of ten trays each, at the first branch."""
    branch_id = access.default_branch(uow)
    vault = places.create_place(
        uow, NewPlace("Main vault", PlaceKind.VAULT, 0, branch_id=branch_id, vault_class=1)
    )
    for letter in "AB":
        cabinet = places.create_place(
            uow, NewPlace(f"Cabinet {letter}", PlaceKind.CABINET, 0, parent_id=vault.place_id)
        )
        for number in range(1, 11):
            places.create_place(
                uow,
                NewPlace(
                    f"Tray {letter}{number:02d}", PlaceKind.TRAY, 100, parent_id=cabinet.place_id
                ),
            )


def _instruments(uow: UnitOfWork, calibrated_on: date) -> None:
    for kind, serial, text in (
        (InstrumentKind.BALANCE, "BAL-1001", "Counter balance, 1 mg"),
        (InstrumentKind.DENSITY_KIT, "DEN-2001", "Density kit"),
        (InstrumentKind.XRF, "XRF-3001", "X-ray spectrometer"),
    ):
        instruments.register_instrument(
            uow,
            NewInstrument(
                kind=kind,
                serial=serial,
                description=text,
                calibration=Calibration(calibrated_on, add_months(calibrated_on, 12)),
            ),
        )
