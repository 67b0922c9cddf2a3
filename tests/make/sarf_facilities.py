"""Facilities made through the real services, step by step, at the times they happen.

A bar of 50 g of 999 at 200.00 a gram of 999: worth 10,000.00, sold for 7,000.00 on 15 January
2024; the promise opens on 15 July and closes at the end of 15 September.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sanduq.assets.items.model import Item
from sanduq.custody.releases import service as releases
from sanduq.kit.money import Money
from sanduq.sarf.facilities import buying, days, opening, promising, service, sittings
from sanduq.sarf.facilities.model import (
    Facility,
    IndependentQuote,
    NewBuyBack,
    NewFacility,
    NewPromise,
)
from sanduq.sarf.facilities.quotes import service as quotes
from sanduq.sarf.facilities.quotes.model import NewQuote, Quote
from sanduq.sarf.sessions import receiving
from sanduq.sarf.sessions import service as sessions
from sanduq.sarf.sessions.model import Session
from sanduq.sarf.terms import disclosure
from tests.make.custody import seen
from tests.make.sarf import (
    CHECKER,
    CUSTOMER,
    MAKER,
    USD,
    House,
    a_gold_bar,
    bagged,
    hang_gold_board,
    in_cash,
    in_hand,
    value,
)

NOW = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)
QUOTED = NOW - timedelta(hours=24)
OPENS_ON, CLOSES_ON = date(2024, 7, 15), date(2024, 9, 15)
IN_WINDOW = datetime(2024, 8, 1, 10, 0, tzinfo=UTC)


def quoted(house: House, items: Sequence[Item], *, at: datetime = QUOTED, **changes: Any) -> Quote:
    """A quote, by default of a day ago, on a board of that day."""
    hang_gold_board(house.work, at=at)
    with house.at(at) as uow:
        ids = tuple(item.item_id for item in items)
        return quotes.quote(
            uow, NewQuote(**{"customer_id": CUSTOMER, "asset": USD, "item_ids": ids, **changes})
        )


def created(house: House, quote: Quote, *, at: datetime = NOW, **changes: Any) -> Facility:
    """A facility on a quote, everything told and declared."""
    with house.at(at) as uow:
        return opening.create(
            uow,
            NewFacility(
                **{
                    "quote_id": quote.quote_id,
                    "item_ids": (),
                    "owner_declaration": "bought with my wages",
                    "stolen_goods_check": "no report of theft on 15 January",
                    "acknowledged_lines": disclosure.LINE_CODES,
                    "independent_quote": IndependentQuote(
                        source="goldsmith next door",
                        amount=Money(800_000, USD),
                        quoted_on=at.date(),
                    ),
                    **changes,
                }
            ),
        )


def sold(
    house: House, items: Sequence[Item] | None = None, *, at: datetime = NOW, **changes: Any
) -> Facility:
    """A facility whose gold was sold in one sitting."""
    brought = list(items) if items is not None else [a_gold_bar(house)]
    owner_id = brought[0].owner_id
    quote = quoted(house, brought, at=at - timedelta(hours=24), customer_id=owner_id)
    if at != NOW:
        hang_gold_board(house.work, at=at)
    for item in brought:
        value(house, item, at=at)  # type: ignore[arg-type]
    facility = created(house, quote, at=at, **changes)
    with house.at(at) as uow:
        session = sittings.open_session(uow, facility.facility_id)
    finished(house, session, brought, at=at)
    with house.at(at) as uow:
        return service.get(uow, facility.facility_id)


def finished(
    house: House, session: Session, brought: Sequence[Item], *, at: datetime = NOW
) -> Session:
    """A purchase accepted, received on both sides and closed."""
    with house.at(at) as uow:
        sessions.accept(uow, session.session_id, accepted_by_id=session.customer_id)
    bagged(house, session, brought, at=at)
    with house.at(at) as uow:
        who = session.customer_id
        receiving.receive_gold(uow, session.session_id, in_hand(handed_over_by=who))
        receiving.receive_money(
            uow, session.session_id, in_cash(session.price_minor, received_by_id=who)
        )
        return sittings.close(uow, session.session_id)


def promised(house: House, facility: Facility, *, at: datetime = NOW, **changes: Any) -> Facility:
    """The promise issued."""
    with house.at(at) as uow:
        return promising.undertake(uow, facility.facility_id, NewPromise(**changes))


def asked(
    house: House, facility: Facility, item_ids: Sequence[str], *, at: datetime = IN_WINDOW,
    **changes: Any,
) -> Facility:  # fmt: skip
    """The customer chooses to buy."""
    with house.at(at) as uow:
        return buying.ask(
            uow, facility.facility_id, NewBuyBack(item_ids=tuple(item_ids), **changes)
        )


def bought(
    house: House, facility: Facility, item_ids: Sequence[str], *, at: datetime = IN_WINDOW,
    **changes: Any,
) -> Facility:  # fmt: skip
    """A purchase under the promise from beginning to end."""
    asked(house, facility, item_ids, at=at, **changes)
    session = readied(house, facility, at=at)
    with house.at(at) as uow:
        sittings.close(uow, session.session_id)
        return service.get(uow, facility.facility_id)


def readied(house: House, facility: Facility, *, at: datetime = IN_WINDOW) -> Session:
    """The second sitting opened, accepted and received on both sides: it can close."""
    with house.at(at) as uow:
        session = sittings.open_session(uow, facility.facility_id)
    return received(house, session, at=at)


def received(house: House, session: Session, *, at: datetime = IN_WINDOW) -> Session:
    """Both sides of a sale of the institution received: money first, then the gold."""
    who = session.customer_id
    with house.at(at) as uow:
        sessions.accept(uow, session.session_id, accepted_by_id=who)
        session = receiving.receive_money(
            uow, session.session_id,
            in_cash(session.price_minor, received_by_id=MAKER, handed_over_by=who),
        )  # fmt: skip
    assert session.release_id is not None
    with house.at(at) as uow:
        order = releases.get_release(uow, session.release_id)
        releases.hand_over(uow, order.release_id, seen(uow, order))
    with house.at(at, CHECKER) as uow:
        weight_mg = sum(one.gross_weight_mg for one in session.pieces)
        releases.confirm_hand_over(uow, order.release_id, weight_mg)
    with house.at(at) as uow:
        return receiving.receive_gold(
            uow, session.session_id, in_hand(received_by_id=who, handed_over_by=MAKER)
        )


def priced(house: House, at: datetime, per_gram_minor: int = 20_000) -> str:
    """The board of another day: by default 200.00 for a gram of 999."""
    return hang_gold_board(
        house.work, 1_000 * per_gram_minor, at=at, explanation="as the market of that day says"
    )


def day_ended(house: House, day: date) -> int:
    """What the end of a day does to facilities."""
    with house.at(datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)) as uow:
        return days.pass_day(uow, day)
