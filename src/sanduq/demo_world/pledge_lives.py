"""What becomes of pledges: paid on, extended, fetched, called when the price fell, given up."""

from __future__ import annotations

from datetime import date

from sanduq import demo
from sanduq.assets.items import service as items
from sanduq.assets.model import Metal
from sanduq.custody.bags import service as bags
from sanduq.custody.releases import service as releases
from sanduq.custody.releases.model import CHECKLIST, BagAtRelease, HandOver
from sanduq.demo_world.counter import Brought, Counter
from sanduq.demo_world.telling import Story
from sanduq.demo_world.world import USD, usd
from sanduq.rahnu.contracts import termination
from sanduq.rahnu.contracts.life.losses import service as losses
from sanduq.rahnu.contracts.life.losses.model import Judgement, LossKind, NewLoss, Remedy
from sanduq.rahnu.contracts.life.payments import service as payments
from sanduq.rahnu.contracts.life.payments.model import PayPledge
from sanduq.rahnu.contracts.life.payments.quotes import redemption_quote
from sanduq.rahnu.contracts.life.people import service as people
from sanduq.rahnu.contracts.life.people.model import AgentScope, NewAgent
from sanduq.rahnu.contracts.life.things import service as things
from sanduq.rahnu.contracts.life.things.changes import partial_release
from sanduq.rahnu.contracts.life.things.model import Fetching, Redeem
from sanduq.rahnu.contracts.margin import book, top_ups
from sanduq.rahnu.contracts.terms import service as terms
from sanduq.rahnu.contracts.terms.model import Extend
from sanduq.rahnu.facts_pledge import LossFault, PartySide

CHAIN = Brought("Necklace, 22 carat", 18_400, 9_160, marks="916")
BANGLES = Brought("Two bangles, 21 carat", 31_250, 8_750, marks="875")
COIN = Brought("Gold coin, quarter ounce", 7_800, 9_160, marks="916")
AMINAH, ROHANI, ZAINAB, HEDI, FATOUMATA, MOUSSA = (
    f"cpty_pledgor_{number:02d}" for number in range(1, 7)
)


def begin(counter: Counter) -> None:
    """Puts the stories into the diary."""
    diary = counter.world.diary
    diary.begin(date(2023, 6, 12), _fetched(counter))
    diary.begin(date(2023, 8, 7), _extended(counter))
    diary.begin(date(2023, 8, 21), _topped_up(counter))
    diary.begin(date(2023, 9, 11), _called_and_back(counter))
    diary.begin(date(2023, 10, 30), _part_fetched(counter))
    diary.begin(date(2023, 11, 13), _given_up(counter))
    diary.begin(date(2023, 9, 18), _lost(counter))
    diary.begin(date(2023, 9, 25), _price_falls(counter))
    diary.begin(date(2023, 10, 16), _price_falls(counter))


def _fetched(counter: Counter) -> Story:
    """Paid in part, then whole, and fetched by its owner: gone through two officers' hands."""
    contract = counter.pledge("demo-pledge-released", AMINAH, [CHAIN], 600_00)
    yield date(2023, 8, 14)
    with counter.world.teller.acting() as uow:
        payments.repay(uow, contract.contract_id, PayPledge(usd(200_00)))
    yield date(2023, 12, 4)
    with counter.world.teller.acting() as uow:
        owed = redemption_quote(uow, contract.contract_id).total_minor
        freed = things.release(
            uow, contract.contract_id,
            Redeem(Fetching(ticket_number=contract.ticket_number), PayPledge(usd(owed))),
        )  # fmt: skip
    hand_over(counter, contract.contract_id, freed.change.release_ids, contract.ticket_number)


def hand_over(
    counter: Counter, subject_id: str, release_ids: tuple[str, ...], ticket: str | None
) -> None:
    """Two officers break the seal before the owner and give the things back."""
    for release_id in release_ids:
        with counter.world.teller.acting() as uow:
            order = releases.get_release(uow, release_id)
            inside = [
                bag
                for bag in bags.bags_of(uow, [subject_id])[subject_id]
                if set(bag.item_ids) & set(order.item_ids)
            ]
            leaving = items.load_items(uow, order.item_ids)
            weight_mg = sum(item.gross_weight_mg for item in leaving.values())
            releases.hand_over(
                uow, release_id,
                HandOver(
                    received_by_id=order.recipient_id,
                    identity_document="NID",
                    bags=tuple(
                        BagAtRelease(bag.bag_id, bag.seal_number, bag.sealed_weight_mg)
                        for bag in inside
                    ),
                    item_ids=order.item_ids,
                    items_weight_mg=weight_mg,
                    checklist=CHECKLIST,
                    ticket_number=ticket or "none",
                ),
            )  # fmt: skip
        with counter.world.teller.acting(demo.CHECKER) as uow:
            releases.confirm_hand_over(uow, release_id, weight_mg)


def _extended(counter: Counter) -> Story:
    """Six months were not enough: the fee so far is paid, the debt is what it was."""
    contract = counter.pledge("demo-pledge-extended", ROHANI, [BANGLES], 700_00, months=3)
    yield date(2023, 11, 6)
    with counter.world.teller.acting() as uow:
        fee = redemption_quote(uow, contract.contract_id).fee_due_minor
        terms.extend(uow, contract.contract_id, Extend(6, usd(fee), "the harvest comes in spring"))


def _topped_up(counter: Counter) -> Story:
    """Called when the price fell; her brother left cash beside the chain."""
    contract = counter.pledge("demo-pledge-topped-up", ZAINAB, [CHAIN], 760_00)
    yield date(2023, 9, 27)
    with counter.world.teller.acting() as uow:
        top_ups.receive(uow, contract.contract_id, usd(60_00), reason="until the price is back")


def _called_and_back(counter: Counter) -> Story:
    """Called when the price fell, and calm again when it rose: nothing was sold."""
    counter.pledge("demo-pledge-called", HEDI, [BANGLES], 1_250_00)
    yield from ()


def _lost(counter: Counter) -> Story:
    """A clasp broke off under our hands: our fault, and its value is hers."""
    contract = counter.pledge("demo-pledge-loss", AMINAH, [BANGLES, COIN], 700_00)
    yield date(2023, 12, 6)
    counter.hang()
    with counter.world.teller.acting() as uow:
        people.appoint(
            uow,
            contract.contract_id,
            NewAgent(ROHANI, (AgentScope.REDEEM,), "letter of 1 December 2023"),
        )
        loss = losses.report(
            uow, contract.contract_id,
            NewLoss(
                LossKind.LOSS, (contract.items[1].item_id,), uow.today,
                "the coin was not in the bag when it was opened for a valuation",
                LossFault.NEGLIGENCE,
            ),
        )  # fmt: skip
    with counter.world.teller.acting(demo.CHECKER) as uow:
        losses.decide(
            uow,
            contract.contract_id,
            loss.loss_id,
            Judgement(fault=LossFault.NEGLIGENCE, remedy=Remedy.VALUE, agreement="minutes no. 3"),
        )


def _price_falls(counter: Counter) -> Story:
    """A new board, and the whole book valued on it."""
    counter.hang()
    with counter.world.teller.acting() as uow:
        book.revalue_book(uow, Metal.GOLD, USD)
    yield from ()


def _part_fetched(counter: Counter) -> Story:
    """Two things for one debt; half is paid, and the coin goes home."""
    contract = counter.pledge("demo-pledge-partly-released", FATOUMATA, [CHAIN, COIN], 900_00)
    yield date(2023, 12, 11)
    counter.hang()
    coin = contract.items[1].item_id
    with counter.world.teller.acting() as uow:
        payments.repay(uow, contract.contract_id, PayPledge(usd(400_00)))
    with counter.world.teller.acting() as uow:
        parted = partial_release(
            uow, contract.contract_id, (coin,), Fetching(ticket_number=contract.ticket_number)
        )
    hand_over(counter, contract.contract_id, parted.release_ids, contract.ticket_number)


def _given_up(counter: Counter) -> Story:
    """A guarantor came forward, and the institution gave its security up."""
    contract = counter.pledge("demo-pledge-terminated", MOUSSA, [COIN], 250_00)
    yield date(2023, 12, 18)
    with counter.world.teller.acting(demo.CHECKER) as uow:
        termination.terminate(
            uow, contract.contract_id, by=PartySide.CREDITOR,
            reason="his cooperative stands surety",
        )  # fmt: skip
