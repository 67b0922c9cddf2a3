"""Endowments of each kind, with what they earned and whom it reached; and the pool they feed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sanduq import demo
from sanduq.demo_world import desk
from sanduq.demo_world.telling import Story
from sanduq.demo_world.world import USD, World, usd
from sanduq.funds.endowments import income, service
from sanduq.funds.endowments.model import (
    AssetForm,
    Beneficiary,
    Deed,
    Frequency,
    Intent,
    Kind,
    NazirPay,
    NewEndowment,
    PayKind,
    Recipient,
)
from sanduq.funds.endowments.model_income import Distribute, ReceiveMoney
from sanduq.funds.pools import service as pools
from sanduq.funds.pools.model import NewPool, Origin, SourceKind
from sanduq.microfinance.programs import service as programs
from sanduq.microfinance.programs.model import NewProgram, Target
from sanduq.parties import service as parties
from sanduq.parties.model import NewParty, PartyKind

FOUNDER, NAZIR, FAMILY = "cpty_waqf_founder", "cpty_waqf_nazir", "cpty_waqf_family"
POOL_PROGRAM = "prg_revolving"


@dataclass(frozen=True, slots=True)
class Waqf:
    """A deed, what its asset earns each quarter, and how often that was given out."""

    external_id: str
    name: str
    deed: Deed
    earned_minor: int
    distributed_minor: int


BUILDING = Deed(
    kind=Kind.KHAYRI,
    asset=USD,
    asset_form=AssetForm.IN_KIND,
    asset_description="Market building, ground floor let to shops",
    asset_value_minor=120_000_00,
    is_specific=True,
    founder_id=FOUNDER,
    founder_capacity="owner",
    nazir_id=NAZIR,
    nazir_kin_ids=(),
    nazir_pay=NazirPay(PayKind.SHARE, 0, 1_000),
    distribution_frequency=Frequency.QUARTERLY,
    beneficiaries=(Beneficiary("education", 6_000), Beneficiary("healthcare", 4_000)),
    purposes=("absorb_default",),
    conditions=(),
    deed_on=date(2022, 1, 10),
    deed_document="deed of waqf 1/2022",
)
CASH = replace(
    BUILDING,
    asset_form=AssetForm.CASH,
    asset_description="Cash, to be lent as qard",
    asset_value_minor=4_000_00,
    kind=Kind.MUSHTARAK,
    beneficiaries=(Beneficiary("founder_family", 3_000), Beneficiary("poor_relief", 7_000)),
    purposes=("absorb_default", "subsidise_cost"),
    deed_on=date(2022, 2, 1),
    deed_document="deed of waqf 2/2022",
    is_qard_allowed=True,
)
ORCHARD = replace(
    BUILDING,
    kind=Kind.AHLI,
    asset_description="Olive orchard of 240 trees",
    asset_value_minor=36_000_00,
    beneficiaries=(Beneficiary("founder_family", 10_000),),
    purposes=(),
    distribution_frequency=Frequency.ANNUALLY,
    deed_on=date(2022, 3, 1),
    deed_document="deed of waqf 3/2022",
)
WAQFS = (
    Waqf("demo-waqf-khayri", "Waqf of the market building", BUILDING, 2_100_00, 1_900_00),
    Waqf("demo-waqf-mushtarak", "Cash waqf for small livelihoods", CASH, 120_00, 100_00),
    Waqf("demo-waqf-ahli", "Waqf of the olive orchard", ORCHARD, 900_00, 800_00),
)
PAYEES = {
    "education": "cpty_village_school",
    "healthcare": "cpty_clinic",
    "founder_family": FAMILY,
    "poor_relief": "cpty_village_school",
}


def begin(world: World) -> None:
    """Enters founder, nazir and family, and puts the stories into the diary."""
    with world.teller.acting() as uow:
        parties.create_parties(
            uow,
            [
                NewParty(PartyKind.ORGANISATION, "Heirs of Hajji Sulaiman Yaacob", FOUNDER),
                NewParty(PartyKind.ORGANISATION, "Amanah Trustees", NAZIR),
                NewParty(PartyKind.PERSON, "Rahmah binti Sulaiman", FAMILY),
            ],
        )
    for waqf in WAQFS:
        assert waqf.deed.deed_on is not None
        world.diary.begin(waqf.deed.deed_on, _endowed(world, waqf))
    world.diary.begin(date(2022, 5, 9), _pool(world))


def _endowed(world: World, waqf: Waqf) -> Story:
    """Recorded, reviewed, approved; then every quarter brings income, of which some is given."""
    with world.teller.acting() as uow:
        new = NewEndowment(
            name=waqf.name, deed=waqf.deed, external_id=waqf.external_id, metadata={}
        )
        wqf_id = service.create_endowment(uow, new).endowment.endowment_id
        service.submit_endowment(uow, wqf_id)
    with world.teller.acting(demo.SHARIAH) as uow:
        service.approve_endowment(uow, wqf_id)
    world.found[waqf.external_id] = wqf_id
    if waqf.deed.asset_form is AssetForm.CASH:
        yield date(2022, 7, 4)
        _receive(world, wqf_id, 600_00, "a gift to the waqf itself", Intent.WAQF)
    for year, month in ((2022, 6), (2022, 9), (2022, 12), (2023, 3), (2023, 6), (2023, 9)):
        yield max(date(year, month, 28), world.teller.today)
        _receive(world, wqf_id, waqf.earned_minor, f"income of the quarter to {month}/{year}")
        if month in (6, 12):
            yield date(year + month // 12, (month + 1) % 12 or 12, 15)
            _distribute(world, wqf_id, waqf)


def _receive(
    world: World, wqf_id: str, minor: int, description: str, intent: Intent | None = None
) -> None:
    command = ReceiveMoney(usd(minor), intent, None, description, None, None, {})
    with world.teller.acting() as uow:
        income.receive(uow, wqf_id, command, is_gift=intent is not None)


def _distribute(world: World, wqf_id: str, waqf: Waqf) -> None:
    named = {each.category for each in waqf.deed.beneficiaries}
    payees = {category: payee for category, payee in PAYEES.items() if category in named}
    command = Distribute(
        usd(waqf.distributed_minor), Recipient.BENEFICIARIES, payees, None, None, {}
    )
    with world.teller.acting(demo.FINANCE) as uow:
        income.distribute(uow, wqf_id, command)


def _pool(world: World) -> Story:
    """Waqf and donors' money in one pool, lent as qard, repaid, and lent again."""
    with world.teller.acting() as uow:
        new = NewPool(
            name="Revolving pool for qard", asset=USD, permitted_uses=frozenset({"qard"}),
            security_policy="the guarantee of the group and a record of repayment",
            external_id="demo-pool", metadata={},
        )  # fmt: skip
        pool_id = pools.create_pool(uow, new).pool.pool_id
    with world.teller.acting(demo.FINANCE) as uow:
        pools.approve_pool(uow, pool_id)
        waqf = Origin(SourceKind.WAQF_CORPUS, endowment_id=world.found["demo-waqf-mushtarak"])
        pools.place_capital(uow, pool_id, waqf, usd(1_500_00), memo="by leave of the deed")
        given = Origin(SourceKind.SADAQAH, purpose="qard")
        pools.place_capital(uow, pool_id, given, usd(900_00), memo="given for lending")
    yield date(2023, 1, 9)
    _program(world, pool_id)
    world.diary.begin(date(2023, 1, 10), _turns(world, "a", 900_00))
    world.diary.begin(date(2023, 1, 11), _turns(world, "b", 750_00))
    world.diary.begin(date(2023, 1, 12), _turns(world, "c", 600_00))


def _program(world: World, pool_id: str) -> None:
    with world.teller.acting() as uow:
        program = NewProgram(
            program_id=POOL_PROGRAM, external_id="demo-program-revolving",
            name="Revolving qard", description="Small loans out of the pool of waqf and donors",
            starts_on=date(2023, 1, 9), ends_on=None, asset=USD, branch_ids=(), product_ids=(),
            group_ids=(), pool_id=pool_id, subsidy=None,
            absorption_order=("sadaqah:debt_relief", "own"),
            targets=(Target("clients_total", Decimal(0), Decimal(12), None),), metadata={},
        )  # fmt: skip
        programs.create_program(uow, program)
    with world.teller.acting(demo.CHECKER) as uow:
        programs.approve_program(uow, POOL_PROGRAM)


def _turns(world: World, key: str, minor: int) -> Story:
    """The same money lent three times over: each time repaid in three instalments."""
    for turn, month in enumerate((1, 5, 9), start=1):
        yield max(date(2023, month, 16), world.teller.today)
        loan_id = desk.disbursed(
            world,
            desk.qard(
                world.cast(), f"demo-pool-{key}-{turn}", minor, instalments=3,
                program_id=POOL_PROGRAM,
            ),
        )  # fmt: skip
        days = desk.firsts(date(2023, month, 16), 3)
        for day in days[:2] if turn == 3 else days:
            yield day
            desk.pay(world, loan_id, minor // 3)
