"""What the rules are told of a sitting: gathered once per verb; the caller adds what it knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sanduq.assets.model import fine_weight_tenths
from sanduq.assets.policies import service as policies
from sanduq.assets.price_boards.model import PriceBoard
from sanduq.kit.clock import local_date
from sanduq.kit.db import UnitOfWork
from sanduq.sarf.facts import SarfFacts
from sanduq.sarf.facts_exchange import AgentFact, GoldPiece, PossessionFact, PriceFact, SessionFact
from sanduq.sarf.model import Leg, SessionKind, market_value
from sanduq.sarf.sessions.model import Direction, Possession, Session, SessionPiece
from sanduq.shariah import service as shariah
from sanduq.shariah.facts_contracts import Conclusion
from sanduq.shariah.model import ShariahProfile


def session_facts(
    uow: UnitOfWork,
    session: Session,
    *,
    board: PriceBoard | None = None,
    coming: Possession | None = None,
    closed_at: datetime | None = None,
) -> SarfFacts:
    """A sitting as the rules look at it; `coming` is a side about to be recorded as received."""
    possessions = [*session.possessions, *([coming] if coming is not None else [])]
    terms = session.terms
    price = None
    if board is not None and session.kind is SessionKind.PURCHASE:
        price = PriceFact(
            market_minor=market_value(board, metals(session.moving(Direction.IN))),
            has_independent_quote=terms.has_independent_quote,
            independent_quote_above_bp=terms.independent_quote_above_bp,
            review_discount_above_bp=terms.review_discount_above_bp,
        )
    policy = policies.current_policy(uow)
    return SarfFacts(
        on=uow.today,
        asset=session.asset,
        profile=ShariahProfile(uow.shariah_profile),
        resolutions=shariah.live_resolutions(uow, uow.today),
        session=_sitting(uow, session, closed_at),
        possessions=tuple(_possession(uow, one) for one in possessions),
        gold_in=tuple(_gold(one) for one in session.moving(Direction.IN)),
        gold_out=tuple(_gold(one) for one in session.moving(Direction.OUT)),
        scale_tolerance_tenths=10 * policy.weight_tolerance_mg,
        money_minor=session.price_minor if session.kind is SessionKind.EXCHANGE else 0,
        service_fee_minor=session.service_fee_minor,
        service_cost_minor=session.service_cost_minor,
        price=price,
        agent=_agent(session, possessions),
        possession_kinds=frozenset(terms.possession_kinds),
        is_jewellery_gold=terms.is_jewellery_gold,
        conclusion=Conclusion(session.opened_at, session.accepted_at, session.accepted_by_id),
    )


def metals(pieces: Iterable[SessionPiece]) -> Sequence[tuple[int, int]]:
    """Net weight and fineness, piece by piece."""
    return [(one.net_weight_mg, one.fineness_bp) for one in pieces]


def _sitting(uow: UnitOfWork, session: Session, closed_at: datetime | None) -> SessionFact:
    accepted = session.accepted_at
    return SessionFact(
        session_id=session.session_id,
        kind=session.kind,
        session_on=session.opened_on,
        opened_at=session.opened_at,
        expires_at=session.expires_at,
        offered_at=session.opened_at,
        accepted_at=accepted,
        accepted_by=session.accepted_by_id,
        accepted_on=local_date(accepted, uow.time_zone) if accepted is not None else None,
        closed_at=closed_at,
        ended_how=session.ended_how,
        price_minor=session.price_minor,
        price_lock_expires_at=session.expires_at,
    )


def _possession(uow: UnitOfWork, one: Possession) -> PossessionFact:
    return PossessionFact(
        leg=one.leg,
        kind=one.kind,
        received_at=one.received_at,
        received_on=local_date(one.received_at, uow.time_zone),
        received_by_id=one.received_by_id,
        reference=one.reference,
        amount_minor=one.amount_minor,
        fine_weight_mg=one.fine_weight_mg,
    )


def _gold(one: SessionPiece) -> GoldPiece:
    return GoldPiece(
        item_id=one.item_id,
        net_weight_mg=one.net_weight_mg,
        fineness_bp=one.fineness_bp,
        fine_tenths=fine_weight_tenths(one.net_weight_mg, one.fineness_bp),
        kind=one.kind,
    )


def _agent(session: Session, possessions: Sequence[Possession]) -> AgentFact | None:
    """Who received money in the customer's place, on what authority."""
    if session.kind is not SessionKind.PURCHASE:
        return None
    paid = next((one for one in possessions if one.leg is Leg.MONEY), None)
    if paid is None or paid.received_by_id == session.customer_id:
        return None
    return AgentFact(
        agent_id=paid.received_by_id,
        principal_id=session.customer_id,
        authority_document_id=paid.reference,
    )
