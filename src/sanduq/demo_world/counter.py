"""The pledge counter of the world: the price of the day, things valued, sealed and pledged."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sanduq import demo, demo_pledges
from sanduq.assets.items import service as items
from sanduq.assets.items.model import Item, ItemKind, MediaType, NewItem
from sanduq.assets.model import Metal
from sanduq.assets.valuations import service as valuations
from sanduq.assets.valuations.model import Assay, AssayKind, Findings, NewValuation, Second
from sanduq.custody.bags import service as bags
from sanduq.custody.bags.model import NewBag
from sanduq.custody.places import service as places
from sanduq.custody.places.model import NewPlace, PlaceKind
from sanduq.demo_world.world import BRANCHES, USD, World, usd
from sanduq.parties import service as parties
from sanduq.parties.model import Document, Gender, NewParty, NewVerification, PartyKind
from sanduq.rahnu.contracts import drafting, execution, review
from sanduq.rahnu.contracts.model import Contract, NewContract, OwnLoan, StatedAsset

PLEDGEE = "cpty_institution"
_JPEG = b"\xff\xd8\xff\xe0"

# US dollars for a gram of 999.9, from its day on; in the last week of September it fell, and rose
# again by the middle of October.
PRICES = (
    (date(2023, 1, 1), "60.00"), (date(2023, 3, 1), "62.50"), (date(2023, 5, 1), "65.00"),
    (date(2023, 7, 1), "66.00"), (date(2023, 9, 25), "53.00"), (date(2023, 10, 16), "65.50"),
    (date(2023, 12, 1), "70.00"), (date(2024, 1, 8), "74.00"),
)  # fmt: skip
FROM_PAPER = "entered from the paper boards of that year"
SPIKE_EXPLANATIONS = {
    date(2023, 9, 25): "the market fell by a fifth over the week-end; confirmed with two dealers",
    date(2023, 10, 16): "the market came back; confirmed with two dealers",
}


@dataclass(frozen=True, slots=True)
class Brought:
    """A thing somebody brings to the counter; grams and fineness as they are found."""

    description: str
    weight_mg: int
    fineness_bp: int
    kind: ItemKind = ItemKind.JEWELLERY
    stone_weight_mg: int = 0
    marks: str | None = None


@dataclass(slots=True)
class Counter:
    """The counter while the history is told. `trays` are where bags lie, by branch."""

    world: World
    trays: dict[str, str] = field(default_factory=dict)
    hung: set[date] = field(default_factory=set)
    bag_ids: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def open(self) -> None:
        """A vault with one tray at each branch that has none, and the people who bring gold."""
        with self.world.teller.acting() as uow:
            for branch in BRANCHES:
                vault = places.create_place(
                    uow,
                    NewPlace(
                        f"Counter vault {branch.name}", PlaceKind.VAULT, 500,
                        branch_id=branch.branch_id, vault_class=1,
                    ),
                )  # fmt: skip
                self.trays[branch.branch_id] = vault.place_id

    def hang(self) -> None:
        """The boards of today, once a day."""
        today = self.world.teller.today
        if today in self.hung:
            return
        self.hung.add(today)
        begins, gold = [line for line in PRICES if line[0] <= today][-1]
        demo_pledges.publish_prices(
            self.world.teller.db, demo.INSTITUTION, list(demo.USERS), self.world.teller.moment(),
            [(USD, 1)], gold=gold, explanation=SPIKE_EXPLANATIONS.get(begins, FROM_PAPER),
        )  # fmt: skip

    def welcome(self, party_id: str, name: str, branch_id: str, gender: Gender) -> str:
        """Somebody new, identified."""
        with self.world.teller.acting() as uow:
            person = NewParty(
                PartyKind.PERSON, name, party_id, birth_on=date(1981, 4, 9), gender=gender,
                branch_id=branch_id,
            )  # fmt: skip
            parties.create_parties(uow, [person])
            proofs = [
                Document("national_id", f"NID-{party_id[5].upper()}{party_id[-2:]}"),
                Document("proof_of_address", "Utility bill"),
            ]
            parties.record_verifications(uow, [NewVerification(party_id, proofs)])
        return party_id

    def take(self, owner_id: str, brought: Brought) -> Item:
        """Registers and photographs a thing."""
        self.count += 1
        with self.world.teller.acting() as uow:
            (item,) = items.register_items(
                uow,
                [
                    NewItem(
                        owner_id=owner_id, kind=brought.kind, metal=Metal.GOLD,
                        description=brought.description, gross_weight_mg=brought.weight_mg,
                        stone_weight_mg=brought.stone_weight_mg,
                        fineness_bp=brought.fineness_bp,
                        marks=f"{brought.marks or 'unstamped'} goldsmith {self.count}",
                        serial=f"DM-{self.count:05d}" if brought.kind is ItemKind.BAR else None,
                    )
                ],
            )  # fmt: skip
            content = _JPEG + item.item_id.encode()
            items.add_photo(uow, item.item_id, content, MediaType.JPEG)
            return items.get_item(uow, item.item_id)

    def value(self, item: Item) -> None:
        """Two officers weigh and test a thing, and agree."""
        self.hang()
        stamp = f"{item.fineness_bp or 0:d}"
        found = Findings(
            gross_weight_mg=item.gross_weight_mg,
            stone_weight_mg=item.stone_weight_mg,
            fineness_bp=item.fineness_bp,
            tests=(Assay(kind=AssayKind.HALLMARK, stamp=stamp, fineness_bp=item.fineness_bp),),
        )
        with self.world.teller.acting() as uow:
            made = valuations.record_valuation(
                uow,
                NewValuation(
                    item_id=item.item_id, asset=USD, findings=found, is_customer_present=True
                ),
            )  # fmt: skip
        with self.world.teller.acting(demo.CHECKER) as uow:
            valuations.confirm(uow, made.valuation_id, Second(is_agreed=True, findings=found))

    def seal(
        self, subject_id: str, kept: list[Item], branch_id: str, basis: str, *, series: str = "BAG"
    ) -> str:
        """Two officers seal things in a bag and put it away: the bag's id."""
        self.count += 1
        weight_mg = sum(item.gross_weight_mg for item in kept) + 4_000
        with self.world.teller.acting() as uow:
            bag = bags.receive(
                uow,
                NewBag(
                    subject_id, basis, tuple(item.item_id for item in kept),
                    f"{series}-{self.count:05d}", f"SEAL-{self.count:05d}", weight_mg,
                    self.trays[branch_id],
                ),
            )  # fmt: skip
        with self.world.teller.acting(demo.CHECKER) as uow:
            bags.confirm(uow, bag.bag_id, weight_mg)
        self.bag_ids[subject_id] = bag.bag_id
        return bag.bag_id

    def draft(
        self, external_id: str, pledgor_id: str, brought: list[Brought], loan_minor: int,
        *, months: int = 6,
    ) -> Contract:  # fmt: skip
        """A draft on things that were valued today, for a loan of so much."""
        kept = [self.take(pledgor_id, one) for one in brought]
        for item in kept:
            self.value(item)
        with self.world.teller.acting() as uow:
            return drafting.create(
                uow,
                NewContract(
                    pledgor_id, PLEDGEE, USD,
                    tuple(
                        StatedAsset("gold", item.description, 0, None, item_id=item.item_id)
                        for item in kept
                    ),
                    loan=OwnLoan(usd(loan_minor)), term_months=months, has_owner_declared=True,
                    external_id=external_id,
                ),
            )  # fmt: skip

    def pledge(
        self, external_id: str, pledgor_id: str, brought: list[Brought], loan_minor: int,
        *, months: int = 6,
    ) -> Contract:  # fmt: skip
        """A pledge taken today, its loan paid out."""
        contract = self.draft(external_id, pledgor_id, brought, loan_minor, months=months)
        kept = [one.item for one in contract.items]
        with self.world.teller.acting() as uow:
            review.submit(uow, contract.contract_id)
        self.seal(contract.contract_id, kept, contract.branch_id, "pledge")
        with self.world.teller.acting() as uow:
            return execution.execute(uow, contract.contract_id, is_disclosure_acknowledged=True)
