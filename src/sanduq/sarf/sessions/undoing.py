"""Undoing: a sitting that was not completed, or one that is void. Both legs go back, or neither."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sanduq.access import service as access
from sanduq.custody.bags import service as bags
from sanduq.custody.model import BagStatus, Basis
from sanduq.custody.register import service as register
from sanduq.custody.releases import service as releases
from sanduq.custody.releases.model import NewRelease, ReleaseReason, ReleaseStatus
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.ledger import service as ledger
from sanduq.sarf import postings
from sanduq.sarf.facts import SarfAction
from sanduq.sarf.facts_exchange import DefectFact
from sanduq.sarf.model import MONEY_POSSESSIONS, Leg
from sanduq.sarf.pieces import service as pieces
from sanduq.sarf.pieces.model import INVENTORY, Piece
from sanduq.sarf.sessions import events, store
from sanduq.sarf.sessions.errors import GoldNotBack, NothingDueBack, VoidAskedAlready
from sanduq.sarf.sessions.facts import session_facts
from sanduq.sarf.sessions.model import (
    Direction,
    MoneyBack,
    Session,
    SessionAction,
    SessionStatus,
    VoidGround,
)
from sanduq.sarf.sessions.service import SESSION, judge, locked, told

VOID = "sarf.void"
NOT_COMPLETED = "not completed on its day"


def unwind(
    uow: UnitOfWork,
    session_id: str,
    reason: str,
    *,
    is_day_over: bool = False,
    etag: str | None = None,
) -> Session:
    """Ends a sitting that was not completed: nothing was posted, and both sides go back.

    Gold in sealed bags is ordered for release to whom it came from; gold reserved is free again;
    money that was paid is due back until its return is recorded. Said again, it orders back what
    custody confirmed meanwhile. Refuses NOT_FOUND; FORBIDDEN; CONFLICT (state); GOLD_NOT_BACK gold
    that was handed over and does not lie here again.
    """
    session = locked(uow, session_id, SessionAction.UNWIND, etag)
    if session.is_running and not is_day_over and uow.today <= session.opened_on:
        # What its day left open nobody can complete: the day's end unwinds it without a decision.
        access.require_authority(uow, SESSION, None)
    orders = _order_back(uow, session)
    if session.status is SessionStatus.UNWOUND:
        if not orders:
            return session
        store.update(uow, session_id, return_ids=[*session.return_ids, *orders])
        return told(uow, session_id, events.UNWOUND, "sarf.session.unwind", reason)
    if session.moving(Direction.OUT):
        assert session.terms.owner_id is not None
        _put_back(uow, session, session.terms.owner_id)
    paid = session.received(Leg.MONEY)
    store.update(
        uow, session_id, status=SessionStatus.UNWOUND, ended_at=uow.now,
        ended_by=uow.actor.user_id, ended_how="unwound", end_reason=reason,
        return_ids=[*session.return_ids, *orders],
        money_due_back_minor=(paid.amount_minor or 0) if paid is not None else 0,
    )  # fmt: skip
    return told(uow, session_id, events.UNWOUND, "sarf.session.unwind", reason)


def return_money(
    uow: UnitOfWork, session_id: str, back: MoneyBack, *, etag: str | None = None
) -> Session:
    """Records that money of an unwound sitting went back to whom it came from.

    Refuses NOT_FOUND; FORBIDDEN; CONFLICT a sitting whose money is not due back;
    VALIDATION_ERROR a way that is no possession of money.
    """
    access.require_authority(uow, SESSION, None)
    session = locked(uow, session_id, SessionAction.RETURN_MONEY, etag)
    if not session.money_due_back_minor:
        raise NothingDueBack
    _check_money_back(back)
    store.update(uow, session_id, money_due_back_minor=0, money_back=back)
    return told(uow, session_id, events.MONEY_RETURNED, "sarf.session.return_money")


def ask_void(
    uow: UnitOfWork, session_id: str, ground: VoidGround, reason: str, back: MoneyBack | None,
    *, etag: str | None = None,
) -> Session:  # fmt: skip
    """Asks that a closed exchange be declared void; another user decides.

    `back` is how the money goes back, None where none was paid. Refuses NOT_FOUND; FORBIDDEN;
    CONFLICT (state, one that is asked already); VALIDATION_ERROR a hidden defect claimed after its
    term (SRF-18), money back in a way that is no possession, or not at all.
    """
    access.require_authority(uow, SESSION, None)
    session = locked(uow, session_id, SessionAction.VOID, etag)
    if session.end_reason is not None:
        raise VoidAskedAlready
    if (back is None) == (session.money_minor > 0):
        message = "say how the money goes back, where money was paid"
        raise ValidationFailed.field("money_back", "missing_field", message)
    if back is not None:
        _check_money_back(back)
    if ground is VoidGround.HIDDEN_DEFECT:
        _require_in_time(uow, session)
    access.request_approvals(uow, VOID, [(session_id, session.money(session.price_minor))])
    end_reason = f"{ground}: {reason}"
    store.update(uow, session_id, end_reason=end_reason, money_back=back)
    return told(uow, session_id, events.VOID_ASKED, "sarf.session.ask_void", end_reason)


def _require_in_time(uow: UnitOfWork, session: Session) -> None:
    defect = DefectFact(
        item_id=session.pieces[0].item_id, sold_on=session.opened_on, found_on=uow.today,
        term_days=session.terms.defect_days, choice="return",
    )  # fmt: skip
    if uow.today > session.opened_on + timedelta(days=defect.term_days):
        message = f"a hidden defect is claimed within {defect.term_days} days of the sale (SRF-18)"
        raise ValidationFailed.field("ground", "too_late", message)
    facts = replace(session_facts(uow, session), defect=defect)
    judge(uow, session, SarfAction.VOID, facts)


def decide_void(
    uow: UnitOfWork, session_id: str, *, is_approved: bool, reason: str | None, owner_id: str
) -> Session:
    """Decides on a request to void: approved, both sides are back and the journal is reversed.

    Refuses NOT_FOUND; CONFLICT (state, nothing asked); FORBIDDEN who asked; PIECE_NOT_FREE gold
    that was sold on; GOLD_NOT_BACK gold that does not lie here again.
    """
    session = locked(uow, session_id, SessionAction.VOID)
    access.decide(uow, VOID, session_id, is_approved=is_approved, reason=reason)
    if not is_approved:
        store.update(uow, session_id, end_reason=None, money_back=None)
        return told(uow, session_id, events.VOID_REFUSED, "sarf.session.refuse_void", reason)
    given = pieces.give_back(uow, session_id) if session.moving(Direction.IN) else []
    orders = _hand_back(uow, session, given) if given else []
    if session.moving(Direction.OUT):
        _put_back(uow, session, owner_id)
    assert session.journal_id is not None
    memo = f"{session.end_reason or 'void'}"
    (reversal,) = ledger.reversal_of(uow, [session.journal_id], effective_on=uow.today, memo=memo)
    store.update(
        uow, session_id, status=SessionStatus.VOID, return_ids=[*session.return_ids, *orders],
        reversal_id=reversal.journal_id,
    )  # fmt: skip
    voided = told(uow, session_id, events.VOIDED, "sarf.session.void", reason)
    freed = postings.write_down_released(
        new_id("jrn"), session_id, uow.today, asset=session.asset,
        amount_minor=sum(one.written_down_minor for one in given),
    )  # fmt: skip
    ledger.open_accounts(uow, postings.places(freed))
    ledger.post(uow, [reversal, *freed])
    return voided


def _check_money_back(back: MoneyBack) -> None:
    if back.kind not in MONEY_POSSESSIONS:
        raise ValidationFailed.field("kind", "no_money", f"{back.kind} is no way to return money")


def _order_back(uow: UnitOfWork, session: Session) -> list[str]:
    """Release orders for what lies here for this sitting, to whom it came from.

    What was sealed with it by mistake goes back to its own owner.
    """
    leaving = {one.item_id for one in session.moving(Direction.OUT)}
    lying = {one.item_id for one in register.held(uow, [session.session_id])[session.session_id]}
    waiting = {
        item_id
        for order in releases.orders_of(uow, [session.session_id])[session.session_id]
        if order.status is ReleaseStatus.READY
        for item_id in order.item_ids
    }
    due = register.load_holdings(uow, sorted(lying - leaving - waiting))
    owners: dict[str, list[str]] = {}
    for item_id in sorted(due):
        owners.setdefault(due[item_id].owner_id, []).append(item_id)
    return [_order(uow, session.session_id, owner, owners[owner]) for owner in sorted(owners)]


def _hand_back(uow: UnitOfWork, session: Session, given: Sequence[Piece]) -> list[str]:
    """Release orders for gold that was inventory, to whom it was bought from.

    Bags that hold nothing else stand under the customer's name from now on.
    """
    going = {one.item_id for one in given}
    held = register.load_holdings(uow, sorted(going))
    found = bags.load_bags(uow, {one.bag_id for one in held.values()})
    whole = [
        bag
        for bag in found.values()
        if bag.status is BagStatus.IN_CUSTODY and set(bag.item_ids) <= going
    ]
    if whole:
        bags.assign(
            uow, [bag.bag_id for bag in whole], session.session_id, Basis.OWN,
            f"{session.session_id} is void", owner_id=session.customer_id,
        )  # fmt: skip
    alone = {item_id for bag in whole for item_id in bag.item_ids}
    parts = ((session.session_id, going & alone), (INVENTORY, going - alone))
    return [
        _order(uow, subject_id, session.customer_id, sorted(part))
        for subject_id, part in parts
        if part
    ]


def _order(uow: UnitOfWork, subject_id: str, owner_id: str, item_ids: list[str]) -> str:
    order = releases.order(
        uow,
        NewRelease(
            subject_id=subject_id,
            item_ids=tuple(item_ids),
            recipient_id=owner_id,
            agent_id=None,
            reason=ReleaseReason.UNWOUND,
            proof=None,
        ),
    )
    return order.release_id


def _put_back(uow: UnitOfWork, session: Session, owner_id: str) -> None:
    """Gold that was to leave, or left, is free inventory again."""
    leaving = {one.item_id for one in session.moving(Direction.OUT)}
    if session.release_id is not None:
        order = releases.get_release(uow, session.release_id)
        if order.status is ReleaseStatus.READY:
            releases.cancel(uow, order.release_id, f"{session.session_id} was undone")
        elif order.status is ReleaseStatus.HANDED_OVER:
            lying = [
                bag
                for bag in bags.bags_of(uow, [session.session_id])[session.session_id]
                if bag.status is BagStatus.IN_CUSTODY and set(bag.item_ids) <= leaving
            ]
            inside = {item_id for bag in lying for item_id in bag.item_ids}
            if leaving - inside:
                raise GoldNotBack(
                    f"{', '.join(sorted(leaving - inside))} was handed over: receive it in custody"
                    f" for {session.session_id} again (basis own), then undo"
                )
            bags.assign(
                uow, [bag.bag_id for bag in lying], INVENTORY, Basis.OWN,
                f"back from {session.session_id}", owner_id=owner_id,
            )  # fmt: skip
    pieces.put_back(uow, session.session_id)
