"""Pledges made through the real services: a shop that is open, things valued, bags, contracts.

The shop's figures: gold at 200.00 per gram of pure metal, silver at 2.00; 70% may be lent; 0.40 a
gram each month for custody (20.00 for 50 g). A bar of 50 g of 999.9 is worth 9,999.00.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sanduq.assets.items import service as items
from sanduq.assets.items.model import Item, ItemKind, MediaType, NewItem
from sanduq.assets.model import Metal
from sanduq.assets.price_boards import service as price_boards
from sanduq.assets.price_boards.model import NewBoard, PriceMethod
from sanduq.assets.valuations import service as valuations
from sanduq.assets.valuations.model import Assay, AssayKind, Findings, NewValuation, Second
from sanduq.custody.bags import service as bags
from sanduq.custody.bags.model import NewBag
from sanduq.custody.places import service as places
from sanduq.custody.places.model import NewPlace, PlaceKind
from sanduq.kit.clock import FixedClock
from sanduq.kit.money import Money, currency
from sanduq.ledger.capital import add_capital
from sanduq.parties import service as parties
from sanduq.parties.model import Document, NewParty, NewVerification, PartyKind
from sanduq.rahnu.contracts import drafting, execution, review, service
from sanduq.rahnu.contracts.model import Contract, NewContract, OwnLoan, StatedAsset
from sanduq.rahnu.templates import service as templates
from sanduq.rahnu.templates.model import Clause, NewTemplate, OperatorLicence, PledgeTerms
from sanduq.shariah import service as shariah
from sanduq.shariah.board import NewResolution
from tests.make.fees import active_fee_policy

USD = currency("USD")
MAKER, CHECKER, BOARD = "user_maker", "user_checker", "user_shariah"
PLEDGOR, PLEDGEE = "cpty_aminah", "cpty_house"
GOLD_PER_KG_MINOR = 20_000_000
_counter = itertools.count(1)
_JPEG = b"\xff\xd8\xff\xe0pledged"


@dataclass(frozen=True, slots=True)
class Shop:
    """What pledges are taken with: template, fee policy, tray, branch."""

    work: Any
    template_id: str
    fee_policy_id: str
    place_id: str
    branch_id: str


def open_shop(work: Any, *, terms: PledgeTerms | None = None, capital: str = "100000") -> Shop:
    """An institution that takes pledges: people, money, rulings, terms, a vault, today's price."""
    policy = active_fee_policy(work)
    with work(MAKER) as uow:
        parties.install_tiers(uow, [USD])
        parties.create_parties(
            uow,
            [
                NewParty(
                    PartyKind.PERSON, "Aminah Yusof", PLEDGOR, birth_on=date(1980, 2, 1)
                ),
                NewParty(PartyKind.ORGANISATION, "The house", PLEDGEE),
            ],
        )  # fmt: skip
        proofs = [Document("national_id", "NID-7"), Document("proof_of_address", "Bill")]
        parties.record_verifications(uow, [NewVerification(PLEDGOR, proofs)])
        branch_id = "brn_main"
        add_capital(uow, Money(int(capital) * 100, USD), branch_id)
        vault = places.create_place(
            uow, NewPlace("Vault", PlaceKind.VAULT, 1_000, branch_id=branch_id, vault_class=1)
        )
        ruling = shariah.create_resolution(uow, _ruling()).resolution_id
        template = templates.create(uow, _template(ruling, policy.fee_policy_id, terms))
    with work(BOARD) as uow:
        templates.approve(uow, template.template_id)
    hang_board(work)
    return Shop(work, template.template_id, policy.fee_policy_id, vault.place_id, branch_id)


def hang_board(
    work: Any,
    per_kg_minor: int = GOLD_PER_KG_MINOR,
    *,
    metal: Metal = Metal.GOLD,
    at: datetime | None = None,
    explanation: str | None = None,
) -> str:
    """A fine price published for now (or for `at`) by two users: the board's id."""
    with work(MAKER) as uow:
        uow.clock = FixedClock(at) if at else uow.clock
        board = price_boards.propose(
            uow,
            NewBoard(
                metal=metal, asset=USD, method=PriceMethod.FINE_PRICE,
                grades={10_000: per_kg_minor}, source="market", observed_at=uow.now,
                spike_explanation=explanation,
            ),
        )  # fmt: skip
    with work(CHECKER) as uow:
        uow.clock = FixedClock(at) if at else uow.clock
        price_boards.approve(uow, board.price_board_id)
    return board.price_board_id


def a_bar(shop: Shop, weight_mg: int = 50_000, owner_id: str = PLEDGOR, **facts: Any) -> Item:
    """A registered bar of 999.9 with a serial and a photo of its own."""
    number = next(_counter)
    with shop.work(MAKER) as uow:
        (item,) = items.register_items(
            uow,
            [
                NewItem(
                    **{
                        "owner_id": owner_id, "kind": ItemKind.BAR, "metal": Metal.GOLD,
                        "description": f"Bar {number}", "gross_weight_mg": weight_mg,
                        "fineness_bp": 9_999, "serial": f"SN-{number:06d}", **facts,
                    }
                )
            ],
        )  # fmt: skip
        items.add_photo(uow, item.item_id, _JPEG + str(number).encode(), MediaType.JPEG)
        return items.get_item(uow, item.item_id)


def value(shop: Shop, item: Item, *, at: datetime | None = None) -> str:
    """A valuation of a thing as registered, recorded and confirmed by two: its id."""
    found = Findings(
        gross_weight_mg=item.gross_weight_mg,
        stone_weight_mg=item.stone_weight_mg,
        other_weight_mg=item.other_weight_mg,
        fineness_bp=item.fineness_bp,
        tests=(Assay(kind=AssayKind.HALLMARK, stamp="stamp", fineness_bp=item.fineness_bp),),
    )
    with shop.work(MAKER) as uow:
        uow.clock = FixedClock(at) if at else uow.clock
        made = valuations.record_valuation(
            uow,
            NewValuation(
                item_id=item.item_id, asset=USD, findings=found, is_customer_present=True
            ),
        )  # fmt: skip
    with shop.work(CHECKER) as uow:
        uow.clock = FixedClock(at) if at else uow.clock
        valuations.confirm(uow, made.valuation_id, Second(is_agreed=True, findings=found))
    return made.valuation_id


def keep(
    shop: Shop,
    subject_id: str,
    taken: Sequence[Item],
    *,
    at: datetime | None = None,
    basis: str = "pledge",
) -> str:
    """Seals things in a bag for a subject and has the second officer confirm it: the bag's id."""
    number = next(_counter)
    weight = sum(item.gross_weight_mg for item in taken) + 5_000
    with shop.work(MAKER) as uow:
        uow.clock = FixedClock(at) if at else uow.clock
        bag = bags.receive(
            uow,
            NewBag(
                subject_id, basis, tuple(item.item_id for item in taken), f"B{number:05d}",
                f"S{number:05d}", weight, shop.place_id,
            ),
        )  # fmt: skip
    with shop.work(CHECKER) as uow:
        uow.clock = FixedClock(at) if at else uow.clock
        bags.confirm(uow, bag.bag_id, weight)
    return bag.bag_id


def stated(item: Item) -> StatedAsset:
    """A known thing, as a contract names it."""
    return StatedAsset(
        str(item.metal), item.description, item.gross_weight_mg, None, item_id=item.item_id
    )


def draft(
    shop: Shop, taken: Sequence[Item], *, loan_minor: int | None = 500_000, **changes: Any
) -> Contract:
    """A draft on valued things, with a loan asked for in one step."""
    loan = None if loan_minor is None else OwnLoan(Money(loan_minor, USD))
    new = NewContract(
        PLEDGOR, PLEDGEE, USD, tuple(stated(item) for item in taken), loan=loan,
        has_owner_declared=True,
    )  # fmt: skip
    with shop.work(MAKER) as uow:
        return drafting.create(uow, replace(new, **changes))


def approved(
    shop: Shop, taken: Sequence[Item] | None = None, *, loan_minor: int | None = 500_000,
    **changes: Any,
) -> Contract:  # fmt: skip
    """A contract that passed review by the resolutions in force, its things in custody."""
    held = list(taken) if taken is not None else [a_bar(shop)]
    for item in held:
        value(shop, item)
    contract = draft(shop, held, loan_minor=loan_minor, **changes)
    with shop.work(MAKER) as uow:
        review.submit(uow, contract.contract_id)
    keep(shop, contract.contract_id, held)
    with shop.work(MAKER) as uow:
        return service.get(uow, contract.contract_id)


def active_pledge(
    shop: Shop, taken: Sequence[Item] | None = None, *, loan_minor: int | None = 500_000,
    **changes: Any,
) -> Contract:  # fmt: skip
    """A pledge in force: by default a bar of 50 g (9,999.00) for a loan of 5,000.00."""
    contract = approved(shop, taken, loan_minor=loan_minor, **changes)
    with shop.work(MAKER) as uow:
        return execution.execute(uow, contract.contract_id, is_disclosure_acknowledged=True)


def _ruling() -> NewResolution:
    return NewResolution(
        title="On pledges",
        question="May gold be taken in pledge?",
        ruling="It may.",
        scope=("GEN-01",),
        signers=("The board",),
        valid_from_on=date(2020, 1, 1),
        valid_until_on=date(2034, 1, 1),
        is_demonstration=True,
    )


def _template(ruling: str, fee_policy_id: str, terms: PledgeTerms | None) -> NewTemplate:
    wanted = terms or PledgeTerms(
        has_sale_agency=True, has_owner_sale_costs=True, has_owner_custody_costs=True
    )
    return NewTemplate(
        name="Pledge",
        asset=USD,
        terms=replace(wanted, fee_policy_id=fee_policy_id),
        clauses=(Clause("en", "The pledgor keeps the ownership of the pledged things."),),
        licence=OperatorLicence("test", "T-1", date(2034, 1, 1)),
        resolution_id=ruling,
        is_default=True,
        external_id=None,
        metadata={},
    )
