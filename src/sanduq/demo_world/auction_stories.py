"""Debts that stayed unpaid: noticed, assessed, auctioned; a surplus fetched, one nobody fetches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time

from sanduq import demo
from sanduq.demo_world.counter import Brought, Counter
from sanduq.demo_world.telling import Story
from sanduq.demo_world.world import USD, usd
from sanduq.kit.pages import PageRequest
from sanduq.parties import service as parties
from sanduq.parties.model import Document, NewParty, NewVerification, PartyKind
from sanduq.rahnu.contracts.liquidation.auctions import bids, closing, lots, related
from sanduq.rahnu.contracts.liquidation.auctions import service as auctions
from sanduq.rahnu.contracts.liquidation.auctions.lots import NewLot
from sanduq.rahnu.contracts.liquidation.auctions.model import BidMode, NewAuction, Relation
from sanduq.rahnu.contracts.liquidation.model import Finding
from sanduq.rahnu.contracts.liquidation.notices import defaults
from sanduq.rahnu.contracts.liquidation.notices import service as notices
from sanduq.rahnu.contracts.liquidation.notices.defaults import NewFinding
from sanduq.rahnu.contracts.liquidation.notices.model import (
    DeliveryOutcome,
    NewNotice,
    NoticeChannel,
    NoticeKind,
)
from sanduq.rahnu.contracts.liquidation.sales import service as sales
from sanduq.rahnu.contracts.liquidation.sales.model import Cost, CostKind, NewSale, SaleMethod
from sanduq.rahnu.contracts.liquidation.surplus import payouts
from sanduq.rahnu.contracts.liquidation.surplus import service as surpluses
from sanduq.rahnu.contracts.liquidation.surplus.model import Capacity, TraceMethod, TraceOutcome
from sanduq.rahnu.contracts.liquidation.surplus.payouts import PaySurplus
from sanduq.rahnu.contracts.model import Contract

BELT = Brought("Belt, 21 carat", 42_000, 8_750, marks="875")
CHAIN = Brought("Necklace, 22 carat", 18_400, 9_160, marks="916")
BRACELET = Brought("Bracelet, 22 carat", 24_000, 9_160, marks="916")
DEALER, RIVAL = "cpty_gold_dealer", "cpty_gold_rival"
TAKEN_ON, DUE_ON, MONTHS = date(2023, 2, 13), date(2023, 6, 13), 4
HALL = "Market hall of the town"
OPENS, CLOSES = time(9), time(17)
SALE_ON = date(2023, 8, 14)
LADDER = (
    (NoticeKind.REMINDER, date(2023, 5, 30)), (NoticeKind.MATURITY, DUE_ON),
    (NoticeKind.DEFAULT, date(2023, 6, 20)), (NoticeKind.AUCTION, date(2023, 7, 25)),
)  # fmt: skip


def begin(counter: Counter) -> None:
    """Puts the story into the diary: three pledges in one auction."""
    counter.world.diary.begin(TAKEN_ON, _auctioned(counter))


def _auctioned(counter: Counter) -> Story:
    """One lot sells well and its surplus is fetched, one sells and nobody comes, one is unsold."""
    _buyers(counter)
    pledged = [
        counter.pledge(f"demo-pledge-auction-{number}", who, [what], loan_minor, months=MONTHS)
        for number, who, what, loan_minor in (
            (1, "cpty_pledgor_02", BELT, 1_200_00), (2, "cpty_pledgor_04", CHAIN, 550_00),
            (3, "cpty_pledgor_06", BRACELET, 800_00),
        )
    ]  # fmt: skip
    yield from _noticed(counter, pledged)
    yield date(2023, 8, 1)
    with counter.world.teller.acting() as uow:
        auction_id = auctions.plan(uow, _plan()).auction_id
    yield SALE_ON
    counter.world.teller.go_to(SALE_ON, OPENS)
    counter.hang()
    with counter.world.teller.acting() as uow:
        listed = [
            lots.put_up(uow, NewLot(auction_id, contract.contract_id)) for contract in pledged
        ]
        auctions.open_session(uow, auction_id)
        for buyer in (DEALER, RIVAL):
            bids.admit(uow, auction_id, buyer)
    # Gold stands at 66.00 for 999.9: the belt is worth 2,425.74, the necklace 1,112.49.
    for lot, buyer, minor in (
        (listed[0], RIVAL, 2_400_00), (listed[0], DEALER, 2_450_00), (listed[1], DEALER, 1_115_00),
        (listed[2], RIVAL, 900_00),
    ):  # fmt: skip
        with counter.world.teller.acting() as uow:
            bids.place(uow, lot.lot_id, buyer, usd(minor))
    counter.world.teller.go_to(SALE_ON, CLOSES)
    with counter.world.teller.acting(demo.CHECKER) as uow:
        closing.close(uow, auction_id)
    for lot, minor in ((listed[0], 2_450_00), (listed[1], 1_115_00)):
        with counter.world.teller.acting() as uow:
            closing.receive_payment(
                uow, lot.lot_id, usd(minor), method="transfer", reference="bank slip"
            )
        with counter.world.teller.acting(demo.FINANCE) as uow:
            sales.liquidate(uow, _sale(lot.contract_id, lot.lot_id))
    yield date(2023, 8, 18)
    _fetched(counter, pledged[0])
    yield date(2023, 9, 4)
    _sought(counter, pledged[1])


def _buyers(counter: Counter) -> None:
    """Two who may bid, and one of the house who may not."""
    with counter.world.teller.acting() as uow:
        people = [
            NewParty(PartyKind.ORGANISATION, "Lembah Goldsmiths", DEALER),
            NewParty(PartyKind.PERSON, "Idris Goldsmith", RIVAL, birth_on=date(1970, 1, 2)),
            NewParty(PartyKind.PERSON, "Brother of a valuer", "cpty_related"),
        ]
        parties.create_parties(uow, people)
        proofs = [Document("national_id", "NID-9")]
        parties.record_verifications(
            uow, [NewVerification(DEALER, proofs), NewVerification(RIVAL, proofs)]
        )
        related.record(uow, "cpty_related", Relation.KIN, note="his brother values here")


def _noticed(counter: Counter, pledged: list[Contract]) -> Iterator[date]:
    for kind, day in LADDER:
        yield day
        counter.hang()
        for contract in pledged:
            with counter.world.teller.acting() as uow:
                new = NewNotice(
                    contract_id=contract.contract_id, kind=kind, channel=NoticeChannel.HAND,
                    sent_on=day, metadata={},
                )  # fmt: skip
                if kind is NoticeKind.AUCTION:
                    new = replace(new, sale_on=SALE_ON, place=HALL)
                made = notices.give(uow, new)
                notices.record_delivery(
                    uow, made.notice_id, outcome=DeliveryOutcome.DELIVERED, delivered_on=day,
                    proof="signed for",
                )  # fmt: skip
    for contract in pledged:
        with counter.world.teller.acting() as uow:
            defaults.find(
                uow,
                NewFinding(
                    contract.contract_id, Finding.SOLVENT_DELAYING, "was visited; has an income",
                    date(2023, 6, 20), date(2023, 7, 25),
                ),
            )  # fmt: skip


def _plan() -> NewAuction:
    return NewAuction(
        name="August auction", mode=BidMode.OPEN, asset=USD, channel="public", place=HALL,
        announced_on=date(2023, 8, 1), announcement="in the paper and at the door",
        opens_at=datetime.combine(SALE_ON, OPENS, UTC),
        closes_at=datetime.combine(SALE_ON, CLOSES, UTC), branch_id="brn_main",
        auctioneer_party_id=None, licence=None, is_licence_required=False,
        bids_max_per_bidder=3, payment_days=3, external_id="demo-auction", metadata={},
    )  # fmt: skip


def _sale(contract_id: str, lot_id: str) -> NewSale:
    return NewSale(
        contract_id=contract_id, method=SaleMethod.AUCTION, lot_id=lot_id, buyer_id=None,
        price_minor=None, item_ids=None,
        costs=(Cost(CostKind.AUCTIONEER, 15_00, "R-17", "the hammer"),), quotes=(),
        owner_sale_contract=None, payment_method="transfer", payment_reference="bank slip",
        external_id=None, metadata={},
    )  # fmt: skip


def _surplus_of(counter: Counter, contract: Contract) -> str:
    with counter.world.teller.acting() as uow:
        asked = {"contract_id": contract.contract_id}
        (found,) = surpluses.search(uow, asked, PageRequest()).items
    return found.surplus_id


def _fetched(counter: Counter, contract: Contract) -> None:
    """The owner comes for what is hers; two officers pay it out."""
    surplus_id = _surplus_of(counter, contract)
    with counter.world.teller.acting(demo.CHECKER) as uow:
        asked = payouts.ask_payment(
            uow, PaySurplus(surplus_id, contract.pledgor_id, Capacity.OWNER)
        )
    with counter.world.teller.acting(demo.FINANCE) as uow:
        payouts.approve(uow, asked.payout_id)


def _sought(counter: Counter, contract: Contract) -> None:
    """Nobody came; somebody went to the house."""
    surplus_id = _surplus_of(counter, contract)
    with counter.world.teller.acting(demo.CHECKER) as uow:
        surpluses.trace(
            uow, surplus_id, tried_on=uow.today, method=TraceMethod.VISIT,
            outcome=TraceOutcome.MOVED, note="the house stands empty",
        )  # fmt: skip
