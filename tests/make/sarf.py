"""Sittings held through the real services: a house that buys gold, bars, bags, releases.

The house's figures: gold of 999 at 200.00 a gram, so a bar of 50 g of 999 is worth 10,000.00; it
buys at 70%, 7,000.00. Such a bar holds 49,950 mg of pure gold. Capital is 100,000.00.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sanduq.access import service as access
from sanduq.assets.items.model import Item
from sanduq.assets.model import Metal
from sanduq.assets.price_boards import service as price_boards
from sanduq.assets.price_boards.model import NewBoard, PriceMethod
from sanduq.custody.places import service as places
from sanduq.custody.places.model import NewPlace, PlaceKind
from sanduq.custody.releases import service as releases
from sanduq.kit.clock import FixedClock
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import Refusal
from sanduq.kit.money import Money
from sanduq.ledger.capital import add_capital
from sanduq.parties import service as parties
from sanduq.parties.model import Document, NewParty, NewVerification, PartyKind
from sanduq.sarf.facts import SarfFacts
from sanduq.sarf.facts_facility import ContractOneFact
from sanduq.sarf.model import Leg, PossessionKind, SessionKind, market_minor
from sanduq.sarf.pieces import service as pieces
from sanduq.sarf.sessions import closing, receiving, service
from sanduq.sarf.sessions.model import (
    MoneyBack,
    NewPossession,
    NewSession,
    Session,
    SessionTerms,
)
from sanduq.sarf.terms import service as terms_service
from sanduq.sarf.terms.model import Terms
from sanduq.shariah.facts import PartyCapacity
from tests.make.custody import seen
from tests.make.pledges import CHECKER, MAKER, USD, a_bar, keep, value
from tests.make.sarf_terms import active_terms

__all__ = ["CHECKER", "MAKER", "USD", "a_bar", "keep", "value"]
HOUSE, CUSTOMER, BUYER = "cpty_house", "cpty_aminah", "cpty_buyer"
PER_KG_MINOR = 20_000_000
PRICE, WORTH, FINE_MG = 700_000, 1_000_000, 49_950
_counter = itertools.count(1)


@dataclass(frozen=True, slots=True)
class House:
    """Where sittings are held; it stands in for the shop of pledges where bars are made."""

    work: Any
    place_id: str
    branch_id: str
    terms: Terms
    board_id: str

    @contextmanager
    def at(self, when: datetime | None = None, user_id: str = MAKER) -> Iterator[UnitOfWork]:
        """A unit of work of a user, at another time if asked."""
        with self.work(user_id) as uow:
            if when is not None:
                uow.clock = FixedClock(when)
            yield uow


def open_house(work: Any, *, capital: str = "100000", **settings: Any) -> House:
    """An institution that buys gold: people, money, a vault, terms, today's price."""
    with work(MAKER) as uow:
        parties.install_tiers(uow, [USD])
        people = [(CUSTOMER, "Aminah Yusof"), (BUYER, "Bilal Hamid")]
        parties.create_parties(
            uow,
            [
                *(
                    NewParty(PartyKind.PERSON, name, party_id, birth_on=date(1980, 2, 1))
                    for party_id, name in people
                ),
                NewParty(PartyKind.ORGANISATION, "The house", HOUSE),
            ],
        )
        for party_id, _ in people:
            proofs = [Document("national_id", party_id), Document("proof_of_address", "Bill")]
            parties.record_verifications(uow, [NewVerification(party_id, proofs)])
        add_capital(uow, Money(int(capital) * 100, USD), "brn_main")
        vault = places.create_place(
            uow, NewPlace("Vault", PlaceKind.VAULT, 1_000, branch_id="brn_main", vault_class=1)
        )
    terms = active_terms(work, **settings)
    return House(work, vault.place_id, "brn_main", terms, hang_gold_board(work))


def hang_gold_board(
    work: Any,
    per_kg_minor: int = PER_KG_MINOR,
    *,
    at: datetime | None = None,
    explanation: str | None = None,
) -> str:
    """Today's price of a kilogram of 999, published by two users: the board's id."""
    with work(MAKER) as uow:
        uow.clock = FixedClock(at) if at else uow.clock
        board = price_boards.propose(
            uow,
            NewBoard(
                metal=Metal.GOLD, asset=USD, method=PriceMethod.FINE_PRICE,
                grades={9_990: per_kg_minor}, source="market", observed_at=uow.now,
                spike_explanation=explanation,
            ),
        )  # fmt: skip
    with work(CHECKER) as uow:
        uow.clock = FixedClock(at) if at else uow.clock
        price_boards.approve(uow, board.price_board_id)
    return board.price_board_id


def a_gold_bar(
    house: House, weight_mg: int = 50_000, owner_id: str = CUSTOMER, **facts: Any
) -> Item:
    """A registered bar of 999."""
    return a_bar(house, weight_mg, owner_id, **{"fineness_bp": 9_990, **facts})


def valued(
    house: House, weight_mg: int = 50_000, owner_id: str = CUSTOMER,
    *, at: datetime | None = None, **facts: Any,
) -> Item:  # fmt: skip
    """A bar that two officers valued."""
    item = a_gold_bar(house, weight_mg, owner_id, **facts)
    value(house, item, at=at)
    return item


def as_the_terms_say(uow: UnitOfWork, house: House) -> Callable[[SarfFacts], SarfFacts]:
    """What a facility in order adds to the facts of a sitting."""
    board = terms_service.board_questions(uow, house.terms)
    customer = parties.get_party(uow, CUSTOMER)
    institution = access.get_institution(uow)

    def extended(facts: SarfFacts) -> SarfFacts:
        return replace(
            facts,
            approval=terms_service.terms_approval(uow, house.terms),
            board=board,
            purpose_code="gold_sale",
            kyc_rank=1,
            parties=(PartyCapacity("customer", customer.birth_on, institution.majority_age_years),),
            purchase=ContractOneFact(
                owner_declaration="mine", stolen_goods_check="none found", waited_hours=24
            ),
        )

    return extended


def opened(
    house: House, item_ids: Sequence[str], *, kind: SessionKind = SessionKind.PURCHASE,
    price_minor: int | None = None, at: datetime | None = None, user_id: str | None = None,
    **changes: Any,
) -> Session:  # fmt: skip
    """A sitting on these things: by default bought at 70%, or sold at the market, of the day."""
    is_bought = kind is SessionKind.PURCHASE
    side = "item_ids_in" if is_bought else "item_ids_out"
    who = user_id or (MAKER if is_bought else CHECKER)
    with house.at(at, who) as uow:
        board = price_boards.current_board(uow, Metal.GOLD, USD)
        new = NewSession(
            **{
                "kind": kind, "customer_id": CUSTOMER if is_bought else BUYER,
                "branch_id": house.branch_id, "asset": USD, "price_minor": 0, "market_minor": 0,
                "price_board_id": board.price_board_id, "minutes_max": 240,
                "terms": SessionTerms(has_independent_quote=True), side: tuple(item_ids), **changes,
            }
        )  # fmt: skip
        worth = market_minor(board, _metals(uow, new))
        price = price_minor if price_minor is not None else worth * (7 if is_bought else 10) // 10
        new = replace(new, price_minor=price, market_minor=worth)
        extend = as_the_terms_say(uow, house) if is_bought else service.as_they_are
        return service.open_session(uow, new, extend)


def _metals(uow: UnitOfWork, new: NewSession) -> list[tuple[int, int]]:
    from_items = service.brought(uow, new.customer_id, new.item_ids_in)
    owned = pieces.owned(uow, new.item_ids_out).values()
    return [(one.net_weight_mg, one.fineness_bp) for one in (*from_items, *owned)]


def accepted(house: House, session: Session, *, at: datetime | None = None) -> Session:
    """The offer accepted by the customer."""
    with house.at(at) as uow:
        return service.accept(uow, session.session_id, accepted_by_id=session.customer_id)


def bagged(
    house: House, session: Session, taken: Sequence[Item], *, at: datetime | None = None
) -> str:
    """The things in a sealed bag for the sitting, confirmed by a second officer: the bag's id."""
    return keep(house, session.session_id, taken, at=at, basis="own")


def in_hand(**changes: Any) -> NewPossession:
    """Gold taken over the counter."""
    return NewPossession(
        **{
            "kind": PossessionKind.GOLD_IN_HAND, "received_by_id": MAKER,
            "handed_over_by": CUSTOMER, "place": "counter 1", **changes,
        }
    )  # fmt: skip


def in_cash(amount_minor: int, **changes: Any) -> NewPossession:
    """Money counted over the counter."""
    return NewPossession(
        **{
            "kind": PossessionKind.CASH, "received_by_id": CUSTOMER, "handed_over_by": MAKER,
            "place": "counter 1", "amount": Money(amount_minor, USD), **changes,
        }
    )  # fmt: skip


def back_in_cash(**changes: Any) -> MoneyBack:
    """Money counted back over the counter."""
    return MoneyBack(
        **{
            "kind": PossessionKind.CASH, "received_by_id": MAKER, "handed_over_by": CUSTOMER,
            "place": "counter 1", "reference": None, **changes,
        }
    )  # fmt: skip


def gold_received(
    house: House, session: Session, *, leg: Leg | None = None, at: datetime | None = None,
    **changes: Any,
) -> Session:  # fmt: skip
    """The gold's receipt recorded."""
    with house.at(at) as uow:
        return receiving.receive_gold(uow, session.session_id, in_hand(**changes), leg=leg)


def paid(
    house: House, session: Session, amount_minor: int | None = None,
    *, at: datetime | None = None, **changes: Any,
) -> Session:  # fmt: skip
    """The price received in cash."""
    minor = session.money_minor if amount_minor is None else amount_minor
    with house.at(at) as uow:
        return receiving.receive_money(uow, session.session_id, in_cash(minor, **changes))


def closed(house: House, session: Session, *, at: datetime | None = None) -> Session:
    """The sitting closed, the institution the owner of what came in."""
    with house.at(at) as uow:
        return closing.close(uow, session.session_id, owner_id=HOUSE)


def handed_over(house: House, session: Session, *, at: datetime | None = None) -> None:
    """The gold of a sitting leaves by its release order: two officers hand it over."""
    with house.at(at) as uow:
        found = service.get(uow, session.session_id)
    assert found.release_id is not None
    _hand_over(house, found.release_id, at)


def _hand_over(house: House, release_id: str, at: datetime | None) -> None:
    with house.at(at) as uow:
        laid_out = seen(uow, releases.get_release(uow, release_id))
        releases.hand_over(uow, release_id, laid_out)
    with house.at(at, CHECKER) as uow:
        releases.confirm_hand_over(uow, release_id, laid_out.items_weight_mg)


def hand_back(house: House, session: Session, *, at: datetime | None = None) -> None:
    """All that is ordered back by an undone sitting leaves custody, handed over by two officers."""
    with house.at(at) as uow:
        orders = [releases.get_release(uow, one) for one in session.return_ids]
    for order in orders:
        _hand_over(house, order.release_id, at)


def bought(
    house: House, taken: Sequence[Item] | None = None, *, price_minor: int | None = None,
    at: datetime | None = None,
) -> Session:  # fmt: skip
    """Gold bought in one sitting: by default a bar of 50 g for 7,000.00."""
    items = list(taken) if taken is not None else [valued(house, at=at)]
    session = opened(house, [one.item_id for one in items], price_minor=price_minor, at=at)
    accepted(house, session, at=at)
    bagged(house, session, items, at=at)
    gold_received(house, session, at=at)
    paid(house, session, at=at)
    return closed(house, session, at=at)


def sold(
    house: House, item_ids: Sequence[str], *, kind: SessionKind = SessionKind.RESALE,
    price_minor: int | None = None, at: datetime | None = None,
) -> Session:  # fmt: skip
    """Gold of the house sold in one sitting, by default at the market of the day."""
    session = opened(house, item_ids, kind=kind, price_minor=price_minor, at=at)
    accepted(house, session, at=at)
    paid(house, session, at=at, received_by_id=MAKER, handed_over_by=BUYER)
    handed_over(house, session, at=at)
    gold_received(house, session, at=at, received_by_id=BUYER, handed_over_by=MAKER)
    return closed(house, session, at=at)


def taken(house: House, act: Callable[[UnitOfWork], object], *, at: datetime | None = None) -> bool:
    """Whether an act was taken; refused, it left nothing behind."""
    try:
        with house.at(at) as uow:
            act(uow)
    except Refusal:
        return False
    return True
