"""Closing a sitting: ownership passes both ways, in one journal that holds gold and money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sanduq.access import service as access
from sanduq.custody.bags import service as bags
from sanduq.custody.model import Basis
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.sarf import postings
from sanduq.sarf.facts import SarfAction, SessionEnd
from sanduq.sarf.model import SessionKind
from sanduq.sarf.pieces import service as pieces
from sanduq.sarf.pieces.model import INVENTORY, NewPiece, Piece, PieceStatus, shared_minor
from sanduq.sarf.sessions import events, store
from sanduq.sarf.sessions.errors import LegMissing
from sanduq.sarf.sessions.facts import session_facts
from sanduq.sarf.sessions.model import Direction, Session, SessionAction, SessionStatus
from sanduq.sarf.sessions.receiving import brought_in
from sanduq.sarf.sessions.service import SESSION, Extend, as_they_are, judge, locked, told

CLOSING = {
    SessionKind.PURCHASE: SarfAction.CLOSE,
    SessionKind.BUY_BACK: SarfAction.CLOSE_SECOND,
    SessionKind.RESALE: SarfAction.CLOSE,
    SessionKind.EXCHANGE: SarfAction.CLOSE,
}


def close(
    uow: UnitOfWork,
    session_id: str,
    *,
    owner_id: str,
    ended_how: SessionEnd = SessionEnd.PARTING,
    facility_id: str | None = None,
    provision_minor: int = 0,
    also: Sequence[Journal] = (),
    extend: Extend = as_they_are,
    etag: str | None = None,
) -> Session:
    """Closes a sitting of which both sides were received: one journal, two assets.

    Gold that came is the institution's (`owner_id`) and enters its inventory at the price; gold
    that went leaves it at its cost, of which a provision for `facility_id` may bear a part.
    `also` are journals of the caller's, posted in the same call.
    Refuses NOT_FOUND; FORBIDDEN; CONFLICT (state, a side that was not received);
    SHARIAH_VIOLATION what was not received in this sitting (SRF-01); GOLD_NOT_IN_HAND gold that
    lies here no more; FUNDS_INSUFFICIENT.
    """
    access.require_authority(uow, SESSION, None)
    session = locked(uow, session_id, SessionAction.CLOSE, etag)
    if session.missing_legs:
        raise LegMissing.of(session_id, session.missing_legs)
    ending = replace(session, ended_how=str(ended_how))
    facts = extend(session_facts(uow, ending, closed_at=uow.now))
    judge(uow, session, CLOSING[session.kind], facts)
    gone = pieces.let_go(uow, session_id, _left_as(session)) if session.release_id else []
    if session.moving(Direction.IN):
        _take_over(uow, session, owner_id, gone)
    journal = _journal(uow, session, gone, facility_id, provision_minor)
    store.update(
        uow, session_id, status=SessionStatus.CLOSED, ended_at=uow.now,
        ended_by=uow.actor.user_id, ended_how=str(ended_how), journal_id=journal.journal_id,
    )  # fmt: skip
    closed = told(uow, session_id, events.CLOSED, "sarf.session.close")
    journals = [journal, *also]
    ledger.open_accounts(uow, postings.places(journals))
    ledger.post(uow, journals)
    return closed


def _left_as(session: Session) -> PieceStatus:
    is_exchange = session.kind is SessionKind.EXCHANGE
    return PieceStatus.EXCHANGED if is_exchange else PieceStatus.SOLD


def _take_over(uow: UnitOfWork, session: Session, owner_id: str, gone: list[Piece]) -> None:
    """The gold that came is inventory from now on, under the institution's own name."""
    bags.assign(
        uow,
        [bag.bag_id for bag in brought_in(uow, session)],
        INVENTORY,
        Basis.OWN,
        f"bought in {session.session_id}",
        owner_id=owner_id,
    )
    coming = session.moving(Direction.IN)
    # What comes for gold takes the cost of what went for it.
    cost_minor = sum(one.carrying_minor for one in gone) if gone else session.price_minor
    costs = shared_minor(cost_minor, [one.fine_weight_mg for one in coming])
    pieces.acquire(
        uow,
        [
            NewPiece(
                item_id=one.item_id, kind=one.kind, gross_weight_mg=one.gross_weight_mg,
                net_weight_mg=one.net_weight_mg, fineness_bp=one.fineness_bp,
                fine_weight_mg=one.fine_weight_mg, cost_minor=cost,
            )
            for one, cost in zip(coming, costs, strict=True)
        ],
        asset=session.asset,
        branch_id=session.branch_id,
        session_id=session.session_id,
    )  # fmt: skip


def _journal(
    uow: UnitOfWork,
    session: Session,
    gone: list[Piece],
    facility_id: str | None,
    provision_minor: int,
) -> Journal:
    journal_id = new_id("jrn")
    left = postings.Gone(
        cost_minor=sum(one.cost_minor for one in gone),
        written_down_minor=sum(one.written_down_minor for one in gone),
        provision_minor=provision_minor,
        facility_id=facility_id,
    )
    if session.kind is SessionKind.PURCHASE:
        return postings.purchase(
            journal_id, session.session_id, uow.today, asset=session.asset,
            branch_id=session.branch_id, price_minor=session.price_minor,
            fine_mg=session.fine_mg(Direction.IN),
        )  # fmt: skip
    if session.kind is SessionKind.EXCHANGE:
        return postings.exchange(
            journal_id, session.session_id, uow.today, asset=session.asset,
            branch_id=session.branch_id, fine_in_mg=session.fine_mg(Direction.IN),
            fine_out_mg=session.fine_mg(Direction.OUT),
            service_fee_minor=session.service_fee_minor, gone=left,
        )  # fmt: skip
    return postings.sale(
        journal_id, session.session_id, uow.today, asset=session.asset,
        branch_id=session.branch_id, price_minor=session.price_minor,
        fine_mg=session.fine_mg(Direction.OUT), gone=left,
    )  # fmt: skip
