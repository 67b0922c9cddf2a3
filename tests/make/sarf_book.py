"""A book of facilities: gold really bought in sittings, with the promise that follows each.

The sittings, bags and journals are the services' own; facility, promise and purchase rows are
written here as the rooms of facilities leave them. Figures are those of `tests.make.sarf`: a bar
of 50 g of 999 for 7,000.00 where a gram of 999 is 200.00, promised at no more than 75%.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sanduq.assets.items.model import Item
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.sarf.model import SessionKind
from sanduq.sarf.pieces import service as pieces
from sanduq.sarf.position import provisions
from sanduq.sarf.position.promises.model import PromiseStatus
from sanduq.sarf.sessions import closing
from sanduq.sarf.sessions.model import Session
from sanduq.sarf.terms.model import STANDARD_FORMULA
from tests.make.sarf import (
    BUYER,
    CUSTOMER,
    HOUSE,
    House,
    accepted,
    bought,
    gold_received,
    handed_over,
    opened,
    paid,
)

OPENS_ON, CLOSES_ON = date(2024, 7, 15), date(2024, 9, 15)


@dataclass(frozen=True, slots=True)
class Entered:
    """A facility on the book: its sale, its promise, and the gold it brought."""

    facility_id: str
    promise_id: str
    session: Session

    @property
    def item_ids(self) -> list[str]:
        return [one.item_id for one in self.session.pieces]

    @property
    def fine_mg(self) -> int:
        return sum(one.fine_weight_mg for one in self.session.pieces)


def entered(
    house: House,
    taken: Sequence[Item] | None = None,
    *,
    price_minor: int | None = None,
    opens_on: date = OPENS_ON,
    closes_on: date = CLOSES_ON,
    status: PromiseStatus = PromiseStatus.ISSUED,
    formula: str = STANDARD_FORMULA,
    at: datetime | None = None,
) -> Entered:
    """Gold bought, and promised for a window: by default a bar of 50 g, from July to September."""
    session = bought(house, taken, price_minor=price_minor, at=at)
    with house.at(at) as uow:
        made = Entered(new_id("srf"), new_id("wad"), session)
        _facility(uow, house, made)
        uow.execute(
            "insert into sarf.promise (institution_id, promise_id, facility_id, status,"
            " promisee_id, asset, fine_weight_mg, cap_bp, price_formula, opens_on, closes_on,"
            " language, wording, wording_hash, issued_at, issued_by, version)"
            " values (%s,%s,%s,%s,%s,%s,%s,7500,%s,%s,%s,'en','we undertake','hash',%s,%s,1)",
            uow.institution_id, made.promise_id, made.facility_id, str(status), CUSTOMER,
            str(session.asset), made.fine_mg, formula, opens_on, closes_on, uow.now,
            uow.actor.user_id,
        )  # fmt: skip
    return made


def _facility(uow: UnitOfWork, house: House, made: Entered) -> None:
    quote_id, session = new_id("sqt"), made.session
    uow.execute(
        "insert into sarf.quote values (%s,%s,null,%s,%s,%s,%s,%s,'en','[]',%s,%s,%s,'1','[]',%s,"
        "%s,%s,%s,'{}')",
        uow.institution_id, quote_id, CUSTOMER, house.branch_id, str(session.asset),
        house.terms.terms_id, house.board_id, made.fine_mg, session.market_minor,
        max(session.price_minor, 1), uow.now, uow.now, uow.now, uow.actor.user_id,
    )  # fmt: skip
    uow.execute(
        "insert into sarf.facility (institution_id, facility_id, status, customer_id, branch_id,"
        " asset, terms_id, quote_id, language, item_ids, owner_declaration, stolen_goods_check,"
        " acknowledged_lines, acknowledged_at, purchase_session_id, sold_at, fine_weight_mg,"
        " price_minor, created_at, created_by, metadata, version)"
        " values (%s,%s,'PROMISE_ISSUED',%s,%s,%s,%s,%s,'en',%s,'mine','none found','{}',%s,%s,"
        " %s,%s,%s,%s,%s,'{}',1)",
        uow.institution_id, made.facility_id, CUSTOMER, house.branch_id, str(session.asset),
        house.terms.terms_id, quote_id, made.item_ids, uow.now, session.session_id,
        session.ended_at, made.fine_mg, session.price_minor, uow.now, uow.actor.user_id,
    )  # fmt: skip


def ended(
    house: House, made: Entered, status: PromiseStatus, *, at: datetime | None = None
) -> None:
    """The promise at an end, as the room of facilities writes it; nothing is posted."""
    with house.at(at) as uow:
        _set_promise(uow, made, status, uow.today)
        _set_facility(uow, made, "LAPSED" if status is PromiseStatus.LAPSED else "BOUGHT_BACK")


def bought_back(
    house: House,
    made: Entered,
    item_ids: Sequence[str] | None = None,
    *,
    price_minor: int = 750_000,
    cap_minor: int | None = None,
    reason: str | None = None,
    at: datetime | None = None,
) -> Session:
    """Pieces sold under the promise in a second sitting, its provision used for its share."""
    chosen = made.item_ids if item_ids is None else list(item_ids)
    session = opened(house, chosen, kind=SessionKind.RESALE, price_minor=price_minor, at=at)
    accepted(house, session, at=at)
    paid(house, session, at=at, received_by_id="user_maker", handed_over_by=BUYER)
    handed_over(house, session, at=at)
    gold_received(house, session, at=at, received_by_id=BUYER, handed_over_by="user_maker")
    with house.at(at) as uow:
        leaving = pieces.reserved_for(uow, session.session_id)
        sold_mg = sum(one.fine_weight_mg for one in leaving)
        left_mg = _remaining(uow, made)
        used = provisions.used(
            uow, made.facility_id, sold_mg, left_mg, sum(one.carrying_minor for one in leaving)
        )
        uow.execute(
            "insert into sarf.buy_back (institution_id, buy_back_id, facility_id, promise_id,"
            " status, item_ids, fine_weight_mg, cap_minor, price_minor, price_board_id, asked_on,"
            " reason, session_id, provision_used_minor, created_at, created_by, version)"
            " values (%s,%s,%s,%s,'BOUGHT',%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,1)",
            uow.institution_id, new_id("bbk"), made.facility_id, made.promise_id, chosen, sold_mg,
            price_minor if cap_minor is None else cap_minor, price_minor, session.price_board_id,
            uow.today, reason, session.session_id, used, uow.now, uow.actor.user_id,
        )  # fmt: skip
        is_all = sold_mg == left_mg
        status = PromiseStatus.FULFILLED if is_all else PromiseStatus.OPEN
        _set_promise(uow, made, status, uow.today if is_all else None, sold_mg)
        _set_facility(uow, made, "BOUGHT_BACK" if is_all else "PART_BOUGHT")
        closed = closing.close(
            uow, session.session_id, owner_id=HOUSE, facility_id=made.facility_id,
            provision_minor=used,
        )  # fmt: skip
        # Sold like any other gold, and written down as sold under the promise.
        uow.execute(
            "update sarf.session set kind = %s where institution_id = %s and session_id = %s",
            str(SessionKind.BUY_BACK), uow.institution_id, session.session_id,
        )  # fmt: skip
        return closed


def _remaining(uow: UnitOfWork, made: Entered) -> int:
    row = uow.one(
        "select fine_weight_mg - bought_fine_mg from sarf.promise"
        " where institution_id = %s and promise_id = %s",
        uow.institution_id, made.promise_id,
    )  # fmt: skip
    assert row is not None
    return int(row[0])


def _set_promise(
    uow: UnitOfWork,
    made: Entered,
    status: PromiseStatus,
    ended_on: date | None,
    bought_mg: int = 0,
) -> None:
    uow.execute(
        "update sarf.promise set status = %s, ended_on = %s, bought_fine_mg = bought_fine_mg + %s"
        " where institution_id = %s and promise_id = %s",
        str(status), ended_on, bought_mg, uow.institution_id, made.promise_id,
    )  # fmt: skip


def _set_facility(uow: UnitOfWork, made: Entered, status: str) -> None:
    uow.execute(
        "update sarf.facility set status = %s where institution_id = %s and facility_id = %s",
        status, uow.institution_id, made.facility_id,
    )  # fmt: skip
