"""Selling gold the institution owns: to anybody, at the market of the day, in a sitting."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

from sanduq.access import service as access
from sanduq.assets.model import Metal
from sanduq.assets.price_boards import service as price_boards
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset
from sanduq.sarf.facts import SarfAction, SarfFacts
from sanduq.sarf.facts_facility import CoverFact
from sanduq.sarf.model import SessionKind, market_value
from sanduq.sarf.pieces import service as pieces_service
from sanduq.sarf.pieces.errors import PieceNotFree
from sanduq.sarf.pieces.model import Piece
from sanduq.sarf.position.promises import service as promises
from sanduq.sarf.resales.model import NewResale, bounds
from sanduq.sarf.resales.rules import far_from_market
from sanduq.sarf.rules_second import rule_scf_15
from sanduq.sarf.sessions import service as sessions
from sanduq.sarf.sessions.model import NewSession, Session, SessionTerms
from sanduq.sarf.terms import service as terms_service
from sanduq.shariah import service as shariah
from sanduq.shariah.model import Evaluation, settled


def asset_of_pieces(uow: UnitOfWork, item_ids: Sequence[str]) -> Asset:
    """The one currency in which pieces stand in the books. Refuses PIECE_NOT_FREE."""
    return _owned(uow, item_ids)[0].asset


def open_resale(uow: UnitOfWork, new: NewResale) -> Session:
    """Opens a sitting in which free gold is sold; what it brings is the institution's alone.

    Neither gain nor loss goes to whom the gold was bought from (SCF-12). That less gold than is
    promised stays behind is a finding, not a refusal (SCF-15). Refuses NOT_FOUND a buyer or
    branch; FORBIDDEN without authority for `sarf.resale`; PIECE_NOT_FREE; CONFLICT no terms in
    this currency; NO_PRICE_BOARD; VALIDATION_ERROR the institution as its own buyer;
    SHARIAH_VIOLATION a price far from the market that no resolution allows (SRF-19).
    """
    leaving = _owned(uow, new.item_ids)
    asset = leaving[0].asset
    settings = terms_service.terms_for(uow, None, asset).settings
    if new.buyer_id == settings.institution_party_id:
        message = "the institution does not buy of itself: name another buyer"
        raise ValidationFailed.field("buyer_id", "own_party", message)
    board = price_boards.current_board(uow, Metal.GOLD, asset)
    market = market_value(board, [(one.net_weight_mg, one.fineness_bp) for one in leaving])
    price_minor = floor(market) if new.price_minor is None else new.price_minor
    fair = bounds(market, settings.review_discount_above_bp)
    found = far_from_market(price_minor, fair, asset)
    resolutions = shariah.live_resolutions(uow, uow.today)
    fairness = Evaluation("SRF-19", tuple(settled(one, resolutions, uow.today) for one in found))
    shariah.enforce(fairness.findings)
    session = sessions.open_session(
        uow,
        NewSession(
            kind=SessionKind.RESALE,
            customer_id=new.buyer_id,
            branch_id=new.branch_id or access.default_branch(uow),
            asset=asset,
            price_minor=price_minor,
            market_minor=floor(market),
            price_board_id=board.price_board_id,
            minutes_max=settings.session_minutes_max,
            item_ids_out=new.item_ids,
            terms=SessionTerms.under(settings),
            external_id=new.external_id,
            metadata=new.metadata,
        ),
    )
    shariah.store_evaluations(
        uow, session.session_id, str(SarfAction.RESALE), [fairness, _cover(uow, asset)],
        {"price_minor": price_minor, "market_minor": floor(market)},
    )  # fmt: skip
    return session


def _owned(uow: UnitOfWork, item_ids: Sequence[str]) -> list[Piece]:
    if not item_ids or len(set(item_ids)) < len(item_ids):
        raise ValidationFailed.field(
            "item_ids", "doubled_or_none", "name each item once, and one at least"
        )
    found = pieces_service.owned(uow, item_ids)
    missing = sorted(set(item_ids) - found.keys())
    if missing:
        message = f"{missing[0]} is not gold of the institution: list its pieces first"
        raise PieceNotFree(
            message, details=[{"field": "item_ids", "code": "not_free", "message": message}]
        )
    return [found[each] for each in sorted(found)]


def _cover(uow: UnitOfWork, asset: Asset) -> Evaluation:
    """What is left for the promises that stand, once this gold is reserved for its buyer."""
    _, left = promises.covers(uow)
    facts = SarfFacts(
        on=uow.today,
        asset=asset,
        cover=CoverFact(
            free_fine_mg=left.at_hand_mg,
            promised_fine_mg=left.promised_mg,
            cover_ratio_bp=left.required_bp,
        ),
    )
    return Evaluation("SCF-15", tuple(rule_scf_15(facts)))
