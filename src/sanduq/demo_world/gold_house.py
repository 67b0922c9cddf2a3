"""The gold house of the world: quotes, sittings with both sides received, promises, resales."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sanduq import demo
from sanduq.assets.items import service as items
from sanduq.demo_world.counter import Brought, Counter
from sanduq.demo_world.pledge_lives import hand_over
from sanduq.demo_world.telling import Story
from sanduq.demo_world.world import USD, usd
from sanduq.kit.days import ONE_DAY
from sanduq.sarf.facilities import buying, days, opening, promising, sittings
from sanduq.sarf.facilities import service as facilities
from sanduq.sarf.facilities.model import (
    Facility,
    IndependentQuote,
    NewBuyBack,
    NewFacility,
    NewPromise,
)
from sanduq.sarf.facilities.quotes import service as quotes
from sanduq.sarf.facilities.quotes.model import NewQuote, Quote
from sanduq.sarf.model import PossessionKind
from sanduq.sarf.pieces.model import INVENTORY
from sanduq.sarf.resales import service as resales
from sanduq.sarf.resales.model import NewResale
from sanduq.sarf.sessions import receiving
from sanduq.sarf.sessions import service as sessions
from sanduq.sarf.sessions.model import NewPossession, Session
from sanduq.sarf.terms import disclosure

TIME_TO_THINK = timedelta(days=2)
ELSEWHERE_PERCENT = 68
"""What the goldsmith next door gives, in parts of a hundred of the market."""
UNTIL_CLOSED = timedelta(days=9)
"""From the last day of a window until the facility is out of sight."""


@dataclass(slots=True)
class GoldHouse:
    """Gold is bought and sold at the counter where pledges are taken."""

    counter: Counter

    @property
    def today(self) -> date:
        """The day that is told."""
        return self.counter.world.teller.today

    def by_weight(self, item_ids: Sequence[str]) -> list[str]:
        """Things with the lightest first."""
        with self.counter.world.teller.acting() as uow:
            found = items.load_items(uow, item_ids)
        return sorted(found, key=lambda item_id: found[item_id].gross_weight_mg)

    def quote(
        self, seller_id: str, brought: Sequence[Brought], language: str | None = None
    ) -> Quote:
        """What today's board would give for things somebody brings."""
        taken = [self.counter.take(seller_id, one) for one in brought]
        self.counter.hang()
        with self.counter.world.teller.acting() as uow:
            return quotes.quote(
                uow,
                NewQuote(
                    customer_id=seller_id, asset=USD, language=language,
                    item_ids=tuple(item.item_id for item in taken),
                ),
            )  # fmt: skip

    def open(self, external_id: str, quote: Quote) -> Facility:
        """The gold valued by two officers, and a facility on the quote: nothing is sold yet."""
        item_ids = [one.item_id for one in quote.lines if one.item_id is not None]
        with self.counter.world.teller.acting() as uow:
            brought = items.load_items(uow, item_ids)
        for item_id in item_ids:
            self.counter.value(brought[item_id])
        with self.counter.world.teller.acting() as uow:
            return opening.create(
                uow,
                NewFacility(
                    quote_id=quote.quote_id,
                    item_ids=(),
                    owner_declaration="it is mine; I bought it of my savings",
                    stolen_goods_check="marks compared with the list of the police: none",
                    acknowledged_lines=disclosure.LINE_CODES,
                    independent_quote=IndependentQuote(
                        source="Lembah Goldsmiths",
                        amount=usd(quote.market_minor * ELSEWHERE_PERCENT // 100),
                        quoted_on=uow.today,
                    ),
                    external_id=external_id,
                ),
            )

    def begin_sale(self, facility: Facility) -> Session:
        """The offer accepted, the gold in sealed bags, a bag a piece: only the money is lacking."""
        with self.counter.world.teller.acting() as uow:
            session = sittings.open_session(uow, facility.facility_id)
            brought = items.load_items(uow, facility.item_ids)
        with self.counter.world.teller.acting() as uow:
            sessions.accept(uow, session.session_id, accepted_by_id=facility.customer_id)
        for item_id in facility.item_ids:
            self.counter.seal(
                session.session_id, [brought[item_id]], facility.branch_id, "own", series="GOLD"
            )
        with self.counter.world.teller.acting() as uow:
            taken = _possession(session, PossessionKind.GOLD_IN_HAND, is_customer_given=True)
            return receiving.receive_gold(uow, session.session_id, taken)

    def selling(
        self, external_id: str, seller_id: str, brought: Sequence[Brought],
        language: str | None = None,
    ) -> Generator[date, None, Facility]:  # fmt: skip
        """A customer asks, thinks it over, sells; the institution promises, later and apart."""
        quote = self.quote(seller_id, brought, language)
        yield self.today + TIME_TO_THINK
        facility = self.open(external_id, quote)
        session = self.begin_sale(facility)
        with self.counter.world.teller.acting() as uow:
            paid = _possession(session, PossessionKind.CASH, is_customer_given=False)
            receiving.receive_money(uow, session.session_id, paid)
        with self.counter.world.teller.acting() as uow:
            sittings.close(uow, session.session_id)
        with self.counter.world.teller.acting() as uow:
            facility = promising.undertake(uow, facility.facility_id, NewPromise())
        promise = facility.promise
        assert promise is not None
        diary = self.counter.world.diary
        for day in (
            promise.opens_on, promise.closes_on + ONE_DAY, promise.closes_on + UNTIL_CLOSED,
        ):  # fmt: skip
            diary.begin(day, self.night())
        return facility

    def buy_back(self, facility: Facility, item_ids: Sequence[str]) -> Facility:
        """A customer chooses this day, and these pieces, at the most the promise allows."""
        self.counter.hang()
        with self.counter.world.teller.acting() as uow:
            buying.ask(uow, facility.facility_id, NewBuyBack(item_ids=tuple(item_ids)))
        with self.counter.world.teller.acting() as uow:
            session = sittings.open_session(uow, facility.facility_id)
        self._finish_outgoing(session)
        with self.counter.world.teller.acting() as uow:
            return facilities.get(uow, facility.facility_id)

    def resell(self, external_id: str, buyer_id: str, item_ids: Sequence[str]) -> None:
        """Gold of the house sold to anybody, at the market of the day."""
        self.counter.hang()
        with self.counter.world.teller.acting(demo.CHECKER) as uow:
            session = resales.open_resale(
                uow,
                NewResale(buyer_id=buyer_id, item_ids=tuple(item_ids), external_id=external_id),
            )
        self._finish_outgoing(session)

    def night(self) -> Story:
        """What the night before did: windows opened, promises lapsed, sittings were unwound."""
        with self.counter.world.teller.clockwork() as uow:
            days.pass_day(uow, self.today - ONE_DAY)
        yield from ()

    def give_back(self, session_id: str) -> None:
        """The gold of a sitting that was unwound goes home."""
        with self.counter.world.teller.acting() as uow:
            session = sessions.get(uow, session_id)
        hand_over(self.counter, session_id, session.return_ids, None)

    def _finish_outgoing(self, session: Session) -> None:
        """Paid first; two officers hand the gold over; then the books."""
        with self.counter.world.teller.acting() as uow:
            sessions.accept(uow, session.session_id, accepted_by_id=session.customer_id)
        with self.counter.world.teller.acting() as uow:
            paid = _possession(session, PossessionKind.CASH, is_customer_given=True)
            session = receiving.receive_money(uow, session.session_id, paid)
        assert session.release_id is not None
        hand_over(self.counter, INVENTORY, (session.release_id,), None)
        with self.counter.world.teller.acting() as uow:
            given = _possession(session, PossessionKind.GOLD_IN_HAND, is_customer_given=False)
            receiving.receive_gold(uow, session.session_id, given)
        with self.counter.world.teller.acting() as uow:
            sittings.close(uow, session.session_id)


def _possession(
    session: Session, kind: PossessionKind, *, is_customer_given: bool
) -> NewPossession:
    """One side over the counter: from the customer to our officer, or the other way."""
    ours, theirs = demo.MAKER, session.customer_id
    return NewPossession(
        kind=kind,
        received_by_id=ours if is_customer_given else theirs,
        handed_over_by=theirs if is_customer_given else ours,
        place=f"counter of {session.branch_id}",
        amount=session.money(session.money_minor) if kind is PossessionKind.CASH else None,
    )
