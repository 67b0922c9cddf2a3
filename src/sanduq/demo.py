"""The demonstration world: one sandbox institution in which every documented request works.

Its clock stands at 2024-01-15T10:30:00Z until it is advanced, and its history lies before that.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import psycopg

from sanduq import demo_pledges, demo_sarf
from sanduq.access import founding
from sanduq.access import service as access
from sanduq.access.model import SCOPES
from sanduq.kit.clock import FixedClock
from sanduq.kit.db import Database, UnitOfWork
from sanduq.kit.money import Asset, Money, currency, parse_amount
from sanduq.kit.pages import PageRequest
from sanduq.ledger.capital import add_capital
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups.members import service as members
from sanduq.microfinance.groups.members.model import Role
from sanduq.microfinance.groups.members.service import NewMember
from sanduq.microfinance.groups.model import GroupStatus, GroupType, NewGroup
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.products import service as products
from sanduq.microfinance.products.model import Disclosure, NewProduct, ProductTerms
from sanduq.obligations.calendar import WorkingDays
from sanduq.obligations.model import ComponentOrder
from sanduq.obligations.schedule import Anchor, Frequency
from sanduq.parties import service as parties
from sanduq.parties.model import Document, Gender, NewParty, NewVerification, PartyKind
from sanduq.qard import service as qard
from sanduq.qard.cost_studies import service as cost_studies
from sanduq.qard.cost_studies.model import Capacity, NewCostStudy, StudiedLine
from sanduq.qard.model import AllocationMethod
from sanduq.qard.service import NewQard
from sanduq.shariah import service as shariah
from sanduq.shariah.board import NewResolution
from sanduq.shariah.model import CostLine

INSTITUTION = "inst_demo"
NUMBER = 1
NOW = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)
OPENED = datetime(2023, 12, 1, 9, 0, tzinfo=UTC)
PLEDGES_BEGAN = datetime(2023, 1, 9, 9, 0, tzinfo=UTC)
PRICES_AT = datetime(2024, 1, 15, 8, 0, tzinfo=UTC)
"""When the price boards of the institution's first morning were hung out."""

CURRENCIES = ("USD", "MYR", "PKR", "TND")

MAKER_KEY = "sk_test_demo"
CHECKER_KEY = "sk_test_demo_checker"

USERS = {
    "user_field_officer_001": (
        "Salma Idris",
        ("field_officer", "fund_manager", "pawn_clerk", "valuer", "vault_keeper", "auction_officer",
         "gold_dealer", "administrator"),
    ),
    "user_branch_manager_001": (
        "Yusuf Rahman",
        ("branch_manager", "fund_manager", "valuer", "vault_keeper", "administrator"),
    ),
    "user_finance_officer_001": ("Huda Karim", ("finance_officer",)),
    "user_shariah_reviewer_001": ("Dr. Ibrahim Saleh", ("shariah_reviewer",)),
}  # fmt: skip
MAKER, CHECKER, FINANCE, SHARIAH = USERS

VILLAGE = "grp_village_003"
ROSTER = (NewMember("cpty_borrower_001", Role.CHAIR), NewMember("cpty_borrower", Role.TREASURER))

# Direct cost of serving one loan, in US dollars: 41.20 in all, so that a fee of 40 is covered.
COSTS = (
    ("bureau_query", "Credit bureau query", "4.50"),
    ("stamp_duty", "Stamp duty on the agreement", "10.00"),
    ("field_visit_third_party", "Field visit by an outside assessor", "18.20"),
    ("transfer_charge", "Bank's charge for the payout", "3.50"),
    ("documentation", "Printing and courier of documents", "5.00"),
)
# What one US dollar of cost, capital or product limit is about worth elsewhere.
SCALE = {"USD": 1, "MYR": 4, "PKR": 280, "TND": 3}

Progress = Callable[[str], None]


def load_demo(owner_url: str, db: Database, progress: Progress | None = None) -> bool:
    """Makes the demonstration institution, if it is not there; whether it was made now."""
    say = progress or (lambda _text: None)
    with psycopg.connect(owner_url) as connection:
        taken = connection.execute(
            "select 1 from access.institution where id = %s", (INSTITUTION,)
        ).fetchone()
        if taken is None:
            say("institution, users and keys")
            _found(connection)
        else:
            _give_roles(connection)
    if taken is not None:
        _catch_up(db)
        return False
    say("resolution, cost studies, products")
    with access.work_as(db, INSTITUTION, MAKER, "req_demo") as uow:
        study_ids, product_ids = _prepare(uow)
    for user_id, capacity in ((FINANCE, Capacity.FINANCE), (SHARIAH, Capacity.SHARIAH)):
        with access.work_as(db, INSTITUTION, user_id, "req_demo") as uow:
            uow.clock = FixedClock(OPENED)
            for study_id in study_ids:
                cost_studies.approve_cost_study(uow, study_id, capacity)
    with access.work_as(db, INSTITUTION, SHARIAH, "req_demo") as uow:
        uow.clock = FixedClock(OPENED)
        for product_id in product_ids:
            products.approve_product(uow, product_id)
    say("borrowers, groups, capital")
    with access.work_as(db, INSTITUTION, MAKER, "req_demo") as uow:
        _people(uow)
    say("custody fees, pledge terms, vault, prices of the day")
    _pledges(db)
    say("ruling and terms for buying gold")
    _gold(db, PLEDGES_BEGAN)
    return True


def _gold(db: Database, at: datetime) -> None:
    assets = [currency(code) for code in CURRENCIES]
    demo_sarf.prepare(db, INSTITUTION, list(USERS), at, assets)


def _pledges(db: Database) -> None:
    assets = [(currency(code), SCALE[code]) for code in CURRENCIES]
    users = list(USERS)
    demo_pledges.prepare(db, INSTITUTION, users, PLEDGES_BEGAN, assets)
    demo_pledges.renew(db, INSTITUTION, users, OPENED, assets)
    demo_pledges.publish_prices(db, INSTITUTION, users, PRICES_AT, assets)


def is_untouched(db: Database) -> bool:
    """Whether nobody has lent in the institution yet or moved its clock."""
    with access.work_as(db, INSTITUTION, MAKER, "req_demo") as uow:
        return uow.now == NOW and not loans.search(uow, {}, PageRequest(limit=1)).items


def _give_roles(connection: psycopg.Connection) -> None:
    """The users of a demonstration that an earlier version made have today's roles."""
    for user_id, (_, roles) in USERS.items():
        connection.execute(
            "update access.staff_user set roles = %s where institution_id = %s and user_id = %s",
            (list(roles), NUMBER, user_id),
        )


def _catch_up(db: Database) -> None:
    """What an earlier version left out: the documented group has members, pledges can be taken,
    gold can be bought."""
    with access.work_as(db, INSTITUTION, MAKER, "req_demo") as uow:
        group = groups.load_groups(uow, [VILLAGE]).get(VILLAGE)
        if group is not None and not members.members_on(uow, VILLAGE, uow.today):
            members.add_members(uow, VILLAGE, ROSTER)
            if group.status is GroupStatus.FORMING:
                groups.activate(uow, VILLAGE)
        takes_pledges = demo_pledges.is_prepared(uow)
        buys_gold = demo_sarf.is_prepared(uow)
        now = uow.now
    if not takes_pledges and now == NOW:
        _pledges(db)
    if not buys_gold:
        _gold(db, PLEDGES_BEGAN if now == NOW else now)


def _found(connection: psycopg.Connection) -> None:
    founding.found_institution(
        connection,
        founding.NewInstitution(
            NUMBER,
            INSTITUTION,
            "Sanduq demonstration institution",
            "USD",
            clock_frozen_at=NOW,
            branch_id="brn_main",
        ),
    )
    for user_id, (name, roles) in USERS.items():
        founding.add_user(connection, NUMBER, user_id, name, roles)
    founding.add_key(connection, NUMBER, MAKER, MAKER_KEY, sorted(SCOPES))
    founding.add_key(connection, NUMBER, CHECKER, CHECKER_KEY, sorted(SCOPES))


def _prepare(uow: UnitOfWork) -> tuple[list[str], list[str]]:
    uow.clock = FixedClock(OPENED)
    parties.install_tiers(uow, [currency(code) for code in CURRENCIES])
    resolution = shariah.create_resolution(
        uow,
        NewResolution(
            title="Demonstration resolution on the qard hasan product",
            question="May the institution offer qard hasan with a fee limited to its direct cost?",
            ruling="It may, under the product terms approved with this resolution. This text is a"
            " demonstration and no ruling of any board.",
            scope=("GEN-01",),
            signers=("Demonstration board",),
            valid_from_on=date(2023, 1, 1),
            valid_until_on=date(2034, 1, 1),
            is_demonstration=True,
        ),
    )
    assets = [currency(code) for code in CURRENCIES]
    studies = [cost_studies.create_cost_study(uow, _study(asset)) for asset in assets]
    offered = [
        products.create_product(uow, _product(asset, resolution.resolution_id)) for asset in assets
    ]
    return [each.cost_study_id for each in studies], [each.product_id for each in offered]


def _scaled(dollars: str, asset: Asset) -> int:
    return parse_amount(dollars, asset).amount_minor * SCALE[asset.code]


def _study(asset: Asset) -> NewCostStudy:
    loans = 120
    return NewCostStudy(
        product_type="qard_hasan",
        asset=asset,
        study_on=date(2023, 12, 1),
        loan_count=loans,
        lines=tuple(
            StudiedLine(CostLine(kind, text, _scaled(cost, asset) * loans), "receipts of 2023")
            for kind, text, cost in COSTS
        ),
        subsidy_minor=0,
        allocation_method=AllocationMethod.PER_LOAN,
        resolution_id=None,
        external_id=None,
        metadata={},
    )


def _product(asset: Asset, resolution_id: str) -> NewProduct:
    return NewProduct(
        terms=ProductTerms(
            type="qard_hasan",
            asset=asset,
            amount_min_minor=_scaled("10", asset),
            amount_max_minor=_scaled("50000", asset),
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
        ),
        name=f"Qard hasan for small livelihoods ({asset.code})",
        resolution_id=resolution_id,
        is_default=True,
        external_id=None,
        metadata={},
    )


def _people(uow: UnitOfWork) -> None:
    uow.clock = FixedClock(OPENED)
    people = [
        NewParty(
            PartyKind.PERSON, "Aisha binti Osman", "cpty_borrower_001",
            birth_on=date(1988, 5, 17), gender=Gender.FEMALE, phone="+15550100001",
        ),
        NewParty(
            PartyKind.PERSON, "Mariam Haddad", "cpty_borrower",
            birth_on=date(1979, 11, 2), gender=Gender.FEMALE, phone="+15550100002",
        ),
        NewParty(PartyKind.ORGANISATION, "Sanduq demonstration institution", "cpty_institution"),
    ]  # fmt: skip
    parties.create_parties(uow, people)
    _verify(uow)
    _group(uow)
    branch = access.default_branch(uow)
    for code in CURRENCIES:
        asset = currency(code)
        add_capital(uow, Money(_scaled("250000", asset), asset), branch)
    _pledged_qard(uow, branch)


def _group(uow: UnitOfWork) -> None:
    """The group that the documented loan is made in, at work with two members."""
    village = NewGroup(
        group_id=VILLAGE,
        name="Al-Amal Women Entrepreneurs",
        type=GroupType.SOLIDARITY,
        contribution=50,
        facilitator_id=MAKER,
    )
    group = groups.form_group(uow, village)
    members.add_members(uow, group.group_id, ROSTER)
    groups.activate(uow, group.group_id)


def _verify(uow: UnitOfWork) -> None:
    proofs = [
        Document("national_id", "NID-880517-001"),
        Document("proof_of_address", "Utility bill, November 2023"),
    ]
    parties.record_verifications(
        uow,
        [NewVerification("cpty_borrower_001", proofs), NewVerification("cpty_borrower", proofs)],
    )


def _pledged_qard(uow: UnitOfWork, branch: str) -> None:
    """The agreed loan that the pledge example secures."""
    usd = currency("USD")
    qard.agree(
        uow,
        [
            NewQard(
                "cpty_borrower", "cpty_borrower", branch, Money(525000, usd), 0,
                ComponentOrder.PRO_RATA, None, "qrd_abc123",
            )
        ],
    )  # fmt: skip
