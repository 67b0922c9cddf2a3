"""Sittings: an offer, its acceptance, both sides received, and the books. Both legs or neither."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta

from sanduq.access import service as access
from sanduq.assets.items import service as items_service
from sanduq.assets.model import Metal
from sanduq.assets.price_boards import service as price_boards
from sanduq.assets.valuations import service as valuations
from sanduq.audit import service as audit
from sanduq.custody.register import service as register
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.parties import service as parties
from sanduq.sarf.facts import SarfAction, SarfFacts
from sanduq.sarf.model import SessionKind
from sanduq.sarf.pieces import service as pieces_service
from sanduq.sarf.pieces.errors import PieceNotFree, PieceOwnedAlready
from sanduq.sarf.pieces.model import INVENTORY, Piece
from sanduq.sarf.rules import evaluate
from sanduq.sarf.sessions import events, store
from sanduq.sarf.sessions.errors import (
    NotValuedToday,
    SessionChanged,
    SessionState,
    UnknownSession,
)
from sanduq.sarf.sessions.facts import session_facts
from sanduq.sarf.sessions.model import (
    Direction,
    NewSession,
    Session,
    SessionAction,
    SessionFilters,
    SessionPiece,
    SessionStatus,
    may,
)
from sanduq.shariah import service as shariah

SESSION, RESALE = "sarf.session", "sarf.resale"
OPENING = {
    SessionKind.PURCHASE: SarfAction.OPEN,
    SessionKind.BUY_BACK: SarfAction.OPEN_SECOND,
    SessionKind.RESALE: SarfAction.RESALE,
    SessionKind.EXCHANGE: SarfAction.EXCHANGE,
}

Extend = Callable[[SarfFacts], SarfFacts]


def as_they_are(facts: SarfFacts) -> SarfFacts:
    """For a caller who knows nothing more than the sitting itself."""
    return facts


def open_session(uow: UnitOfWork, new: NewSession, extend: Extend = as_they_are) -> Session:
    """Opens a sitting with its offer: what changes hands, at a price fixed now.

    Gold that leaves is reserved from here on. Refuses NOT_FOUND a party, branch or item;
    FORBIDDEN and LIMIT_EXCEEDED without authority for its market value; VALIDATION_ERROR a thing
    named twice, of another owner or not of gold; GOLD_NOT_VALUED what two officers have not valued
    within a day; PIECE_NOT_FREE; SHARIAH_VIOLATION; CONFLICT an external_id. Amounts in minor
    units.
    """
    authority = RESALE if new.kind is SessionKind.RESALE else SESSION
    access.require_authority(uow, authority, Money(new.market_minor, new.asset))
    parties.load_parties(uow, {new.customer_id})
    if not access.known_branches(uow, [new.branch_id]):
        raise NotFound(f"there is no branch {new.branch_id}")
    session_id = new_id("sse")
    coming = brought(uow, new.customer_id, new.item_ids_in) if new.item_ids_in else ()
    leaving, owner_id = _leaving(uow, new) if new.item_ids_out else ((), None)
    made = Session(
        session_id=session_id,
        status=SessionStatus.OPEN,
        opened_at=uow.now,
        opened_by=uow.actor.user_id,
        opened_on=uow.today,
        expires_at=uow.now + timedelta(minutes=new.minutes_max),
        accepted_at=None, accepted_by_id=None, accepted_note=None, ended_at=None, ended_by=None,
        ended_how=None, end_reason=None, release_id=None, return_ids=(), journal_id=None,
        reversal_id=None, money_due_back_minor=0, money_back=None, version=1, possessions=(),
        pieces=(*coming, *leaving),
        terms=replace(new.terms, owner_id=owner_id),
        **{name: getattr(new, name) for name in _TAKEN_OVER},
    )  # fmt: skip
    board = price_boards.board_by_id(uow, new.price_board_id)
    facts = extend(session_facts(uow, made, board=board))
    judge(uow, made, OPENING[new.kind], facts)
    store.insert(uow, made)
    if new.item_ids_out:
        pieces_service.reserve(uow, new.item_ids_out, new.asset, session_id)
    return told(uow, session_id, events.OPENED, "sarf.session.open")


_TAKEN_OVER = (
    "external_id", "kind", "branch_id", "customer_id", "asset", "price_minor", "market_minor",
    "price_board_id", "service_fee_minor", "service_cost_minor", "wording", "metadata",
)  # fmt: skip


def accept(
    uow: UnitOfWork,
    session_id: str,
    *,
    accepted_by_id: str,
    note: str | None = None,
    etag: str | None = None,
) -> Session:
    """Records that the offer was accepted, by whom.

    Refuses NOT_FOUND; FORBIDDEN; CONFLICT (state, or read before it changed);
    SHARIAH_VIOLATION a price whose lock has run out (SRF-03), another day (SRF-01).
    """
    access.require_authority(uow, SESSION, None)
    session = locked(uow, session_id, SessionAction.ACCEPT, etag)
    accepted = replace(session, accepted_at=uow.now, accepted_by_id=accepted_by_id)
    judge(uow, accepted, SarfAction.ACCEPT, session_facts(uow, accepted))
    store.update(
        uow, session_id, status=SessionStatus.ACCEPTED, accepted_at=uow.now,
        accepted_by_id=accepted_by_id, accepted_note=note,
    )  # fmt: skip
    return told(uow, session_id, events.ACCEPTED, "sarf.session.accept")


def judge(uow: UnitOfWork, session: Session, action: SarfAction, facts: SarfFacts) -> None:
    """Asks the rules, keeps what they found, and refuses SHARIAH_VIOLATION where they stop."""
    evaluations = evaluate(facts, action)
    told_rules = {rule_id for rule_id, _ in facts.disclosures_acknowledged}
    shariah.enforce([one for each in evaluations for one in each.findings], told_rules)
    summary = {"kind": str(session.kind), "price_minor": session.price_minor}
    shariah.store_evaluations(uow, session.session_id, str(action), evaluations, summary)


def get(uow: UnitOfWork, session_id: str) -> Session:
    """One sitting. Refuses NOT_FOUND."""
    found = store.load(uow, [session_id])
    if session_id not in found:
        raise UnknownSession
    return found[session_id]


def load(uow: UnitOfWork, ids: Collection[str]) -> dict[str, Session]:
    """The sittings of these ids in one query; ids nobody knows are left out."""
    return store.load(uow, ids) if ids else {}


def locked(
    uow: UnitOfWork, session_id: str, action: SessionAction, etag: str | None = None
) -> Session:
    """A sitting, held against others. Refuses NOT_FOUND, CONFLICT (state, or read too early)."""
    if session_id not in store.load(uow, [session_id], is_locked=True):
        raise UnknownSession
    # What was received may have changed while the lock was waited for.
    found = get(uow, session_id)
    if etag is not None and etag != found.etag:
        raise SessionChanged
    if not may(action, found.status):
        raise SessionState.of(session_id, action, found.status)
    return found


def unfinished(uow: UnitOfWork, day: date) -> list[str]:
    """Sittings of a day that is over, or of one before it, which nobody ended."""
    return store.unfinished(uow, day)


def search(uow: UnitOfWork, filters: SessionFilters, request: PageRequest) -> Page[Session]:
    """Sittings, newest first."""
    return store.select_page(uow, filters, request)


def told(
    uow: UnitOfWork, session_id: str, event: str, deed: str, reason: str | None = None
) -> Session:
    """The sitting as it stands now, written down and told."""
    session = get(uow, session_id)
    audit.record(uow, [audit.Deed(deed, session_id, reason, {"kind": str(session.kind)})])
    outbox.record(uow, [events.event(event, session)])
    return session


def brought(uow: UnitOfWork, customer_id: str, item_ids: Sequence[str]) -> tuple[SessionPiece, ...]:
    """What the customer brings, as two officers valued it within the day.

    Refuses NOT_FOUND; VALIDATION_ERROR a thing named twice, of another owner or not of gold;
    PIECE_OWNED what the institution bought already; GOLD_NOT_VALUED.
    """
    if len(set(item_ids)) < len(item_ids):
        raise ValidationFailed.field("item_ids", "repeated", "an item is named twice")
    known = items_service.load_items(uow, item_ids)
    valued = valuations.newest_confirmed(uow, item_ids)
    owned = pieces_service.owned(uow, item_ids)
    found = []
    for item_id in sorted(item_ids):
        item, valuation = known.get(item_id), valued.get(item_id)
        if item_id in owned:
            raise PieceOwnedAlready(f"{item_id} was sold and is the institution's already")
        if item is None:
            raise NotFound(f"there is no item {item_id}")
        if item.owner_id != customer_id:
            message = f"{item_id} is registered as {item.owner_id}'s: only its owner sells it"
            raise ValidationFailed.field("item_ids", "another_owner", message)
        if item.metal is not Metal.GOLD:
            message = f"{item_id} is of {item.metal}: only gold is exchanged here"
            raise ValidationFailed.field("item_ids", "no_gold", message)
        fine_mg = valuation.fine_weight_mg if valuation is not None else None
        if valuation is None or not fine_mg or not valuation.is_valid_on(uow.now):
            raise NotValuedToday(
                f"{item_id} has no valuation of the last day confirmed by two officers: weigh and"
                " test it again"
            )
        assert valuation.fineness_bp is not None
        found.append(
            SessionPiece(
                item_id=item_id, direction=Direction.IN, valuation_id=valuation.valuation_id,
                kind=str(item.kind), gross_weight_mg=valuation.gross_weight_mg,
                net_weight_mg=valuation.net_weight_mg, fineness_bp=valuation.fineness_bp,
                fine_weight_mg=fine_mg,
            )
        )  # fmt: skip
    return tuple(found)


def _leaving(uow: UnitOfWork, new: NewSession) -> tuple[tuple[SessionPiece, ...], str]:
    """The institution's own gold that is to leave, and under whose name it lies in custody."""
    owned = pieces_service.owned(uow, new.item_ids_out)
    held = register.load_holdings(uow, new.item_ids_out)
    lying = {each for each, one in held.items() if one.subject_id == INVENTORY}
    for item_id in sorted(set(new.item_ids_out)):
        if item_id not in owned:
            message = f"{item_id} is not gold of the institution: list its pieces first"
        elif item_id not in lying:
            message = f"{item_id} does not lie in custody as inventory: have the vault counted"
        else:
            continue
        raise PieceNotFree(
            message, details=[{"field": "item_ids", "code": "not_free", "message": message}]
        )
    pieces = tuple(_of_piece(owned[each]) for each in sorted(owned))
    return pieces, held[pieces[0].item_id].owner_id


def _of_piece(one: Piece) -> SessionPiece:
    return SessionPiece(
        item_id=one.item_id, direction=Direction.OUT, valuation_id=None, kind=one.kind,
        gross_weight_mg=one.gross_weight_mg, net_weight_mg=one.net_weight_mg,
        fineness_bp=one.fineness_bp, fine_weight_mg=one.fine_weight_mg,
    )  # fmt: skip
