"""Receiving: who got what, when, where and how; of gold, what custody's officers vouch for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sanduq.access import service as access
from sanduq.custody.bags import service as bags
from sanduq.custody.bags.model import Bag
from sanduq.custody.model import BagStatus
from sanduq.custody.places import service as places
from sanduq.custody.register import service as register
from sanduq.custody.releases import service as releases
from sanduq.custody.releases.model import NewRelease, ReleaseReason, ReleaseStatus
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.sarf.facts import SarfAction
from sanduq.sarf.facts_exchange import PartDelivery
from sanduq.sarf.model import Leg
from sanduq.sarf.pieces.model import INVENTORY
from sanduq.sarf.rules_spot import rule_srf_05
from sanduq.sarf.sessions import events, store
from sanduq.sarf.sessions.errors import GoldNotInHand, LegReceivedAlready, NotOfThisSession
from sanduq.sarf.sessions.facts import session_facts
from sanduq.sarf.sessions.model import (
    Direction,
    NewPossession,
    Possession,
    Session,
    SessionAction,
)
from sanduq.sarf.sessions.service import SESSION, judge, locked, told
from sanduq.shariah import service as shariah

FAR = timedelta(days=366)
YEARS = range(2000, 9000)


def receive_gold(
    uow: UnitOfWork,
    session_id: str,
    new: NewPossession,
    *,
    leg: Leg | None = None,
    etag: str | None = None,
) -> Session:
    """Records that the gold was received, as custody's two officers vouch for it.

    Gold that comes lies in sealed bags for this sitting; gold that leaves was handed over by the
    release order of this sitting. Refuses NOT_FOUND; CONFLICT (state, a side received already);
    GOLD_NOT_IN_HAND; VALIDATION_ERROR a side that is not of this sitting; SHARIAH_VIOLATION gold
    lighter than sold (SRF-05), received before the acceptance or on another day (SRF-01).
    """
    access.require_authority(uow, SESSION, None)
    session = locked(uow, session_id, SessionAction.RECEIVE, etag)
    side = _gold_side(session, leg)
    direction = Direction.IN if side is Leg.GOLD_IN else Direction.OUT
    at = _came(uow, session) if direction is Direction.IN else _went(uow, session)
    fine_mg = session.fine_mg(direction)
    part = _part(uow, session, direction, new)
    if direction is Direction.IN:
        held = register.held(uow, [session_id])[session_id]
        lying_mg = sum(one.fine_weight_mg for one in held)
        if lying_mg < fine_mg:
            part = _parted(session, fine_mg, lying_mg)
    coming = Possession(
        leg=side, kind=new.kind, received_by_id=new.received_by_id,
        handed_over_by=new.handed_over_by, place=new.place, amount_minor=None,
        fine_weight_mg=fine_mg if part is None else part.valid_fine_mg, reference=new.reference,
        received_at=at, recorded_at=uow.now, recorded_by=uow.actor.user_id,
    )  # fmt: skip
    _record(uow, session, coming, part)
    _order_release(uow, session, coming)
    return told(uow, session_id, events.GOLD_RECEIVED, "sarf.session.receive_gold")


def receive_money(
    uow: UnitOfWork, session_id: str, new: NewPossession, *, etag: str | None = None
) -> Session:
    """Records that the money was received: cash, or what its receiver can draw the same day.

    Refuses NOT_FOUND; CONFLICT; VALIDATION_ERROR more than the price, or a sitting without
    money; SHARIAH_VIOLATION less than the price (SRF-05), a kind that is no possession (SRF-06),
    money that could be drawn only on another day (SRF-01).
    """
    access.require_authority(uow, SESSION, None)
    session = locked(uow, session_id, SessionAction.RECEIVE, etag)
    if Leg.MONEY not in session.legs:
        raise NotOfThisSession.field("kind", "no_money", "no money changes hands in this sitting")
    assert new.amount is not None
    paid_minor, due_minor = new.amount.amount_minor, session.money_minor
    if paid_minor > due_minor:
        message = f"the price is {session.money(due_minor).decimal:f}: nothing more is taken"
        raise ValidationFailed.field("amount", "above_price", message)
    coming = Possession(
        leg=Leg.MONEY, kind=new.kind, received_by_id=new.received_by_id,
        handed_over_by=new.handed_over_by, place=new.place, amount_minor=paid_minor,
        fine_weight_mg=None, reference=new.reference, received_at=_instant(uow, new.received_at),
        recorded_at=uow.now, recorded_by=uow.actor.user_id,
    )  # fmt: skip
    part = None
    if paid_minor < due_minor:
        part = PartDelivery(
            valid_fine_mg=0, valid_minor=paid_minor, void_fine_mg=0,
            void_minor=due_minor - paid_minor,
        )  # fmt: skip
    _record(uow, session, coming, part)
    _order_release(uow, session, coming)
    return told(uow, session_id, events.MONEY_RECEIVED, "sarf.session.receive_money")


def _record(
    uow: UnitOfWork, session: Session, coming: Possession, part: PartDelivery | None
) -> None:
    if session.received(coming.leg) is not None:
        raise LegReceivedAlready(
            f"{coming.leg} of {session.session_id} was received and recorded already"
        )
    facts = replace(session_facts(uow, session, coming=coming), part=part)
    judge(uow, session, SarfAction.RECEIVE, facts)
    # A side is recorded once, so it is whole or not recorded: nobody closes on a part later.
    assert facts.session is not None
    ending = replace(facts.session, closed_at=uow.now)
    shariah.enforce(rule_srf_05(replace(facts, session=ending)))
    store.insert_possession(uow, session.session_id, coming)
    store.touch(uow, session.session_id)


def _gold_side(session: Session, leg: Leg | None) -> Leg:
    sides = [one for one in session.legs if one is not Leg.MONEY]
    if leg is None and len(sides) == 1:
        return sides[0]
    if leg not in sides:
        known = ", ".join(sides)
        raise NotOfThisSession.field("leg", "not_of_this_session", f"say which of: {known}")
    return leg


def _came(uow: UnitOfWork, session: Session) -> datetime:
    """When two officers had all of it: the last of its bags was confirmed."""
    return max(_confirmed(bag) for bag in brought_in(uow, session))


def brought_in(uow: UnitOfWork, session: Session) -> list[Bag]:
    """The sealed bags in which all that is sold lies for this sitting, and nothing else.

    Refuses GOLD_NOT_IN_HAND when something lacks, waits for its second officer, or lies with it.
    """
    held = [
        bag
        for bag in bags.bags_of(uow, [session.session_id])[session.session_id]
        if bag.is_held and bag.item_ids
    ]
    sealed = [bag for bag in held if bag.status is BagStatus.IN_CUSTODY]
    sold = {one.item_id for one in session.moving(Direction.IN)}
    lacking = sold - {item_id for bag in sealed for item_id in bag.item_ids}
    if lacking:
        raise GoldNotInHand(
            f"{', '.join(sorted(lacking))} does not lie in a sealed bag for {session.session_id},"
            " confirmed by two officers: receive it in custody with basis own and that subject"
        )
    others = {item_id for bag in held for item_id in bag.item_ids} - sold
    if others:
        raise GoldNotInHand(
            f"{', '.join(sorted(others))} lies with what is sold in {session.session_id} and is no"
            " part of it: unwind the sitting, and receive only what is sold"
        )
    return sealed


def _confirmed(bag: Bag) -> datetime:
    assert bag.confirmed_at is not None
    return bag.confirmed_at


def _went(uow: UnitOfWork, session: Session) -> datetime:
    """When the second officer confirmed the hand-over."""
    if session.release_id is None:
        raise GoldNotInHand(
            f"no release of the gold of {session.session_id} is ordered yet: it is, once the"
            " other side was received"
        )
    order = releases.get_release(uow, session.release_id)
    if order.status is not ReleaseStatus.HANDED_OVER or order.handed_over_at is None:
        raise GoldNotInHand(
            f"{order.release_id} is {order.status}: two officers hand the gold over first"
        )
    return order.handed_over_at


def _part(
    uow: UnitOfWork, session: Session, direction: Direction, new: NewPossession
) -> PartDelivery | None:
    """What stands and what falls when the receiver weighed less than was sold."""
    moving = session.moving(direction)
    sold_mg = sum(one.gross_weight_mg for one in moving)
    if new.weight_mg is None or sold_mg - new.weight_mg <= places.tolerance_mg(uow):
        return None
    fine_mg = session.fine_mg(direction)
    return _parted(session, fine_mg, fine_mg * new.weight_mg // sold_mg)


def _parted(session: Session, sold_mg: int, received_mg: int) -> PartDelivery:
    valid_minor = session.price_minor * received_mg // sold_mg
    return PartDelivery(
        valid_fine_mg=received_mg,
        valid_minor=valid_minor,
        void_fine_mg=sold_mg - received_mg,
        void_minor=session.price_minor - valid_minor,
    )


def _order_release(uow: UnitOfWork, session: Session, coming: Possession) -> None:
    """Gold leaves only once all the institution is to receive was received."""
    leaving = session.moving(Direction.OUT)
    if not leaving or session.release_id is not None:
        return
    lacking = {leg for leg in session.missing_legs if leg is not Leg.GOLD_OUT} - {coming.leg}
    if lacking:
        return
    order = releases.order(
        uow,
        NewRelease(
            subject_id=INVENTORY,
            item_ids=tuple(one.item_id for one in leaving),
            recipient_id=session.customer_id,
            agent_id=None,
            reason=ReleaseReason.SALE,
            proof=None,
        ),
    )
    store.update(uow, session.session_id, release_id=order.release_id)


def _instant(uow: UnitOfWork, stated: datetime | None) -> datetime:
    if stated is None:
        return uow.now
    if stated.year not in YEARS or abs(stated - uow.now) > FAR:
        raise ValidationFailed.field(
            "available_at", "out_of_range", "money of this sitting can be drawn on its day"
        )
    return stated
