"""Exchanging gold for gold: equal in pure weight, at once, with nothing paid on top (SRF-02)."""

from __future__ import annotations

from sanduq.access import service as access
from sanduq.assets.model import Metal
from sanduq.assets.price_boards import service as price_boards
from sanduq.kit.db import UnitOfWork
from sanduq.sarf.exchanges.model import NewExchange
from sanduq.sarf.model import SessionKind, market_minor
from sanduq.sarf.resales.service import asset_of_pieces
from sanduq.sarf.sessions import service as sessions
from sanduq.sarf.sessions.model import NewSession, Session, SessionTerms
from sanduq.sarf.terms import service as terms_service


def open_exchange(uow: UnitOfWork, new: NewExchange) -> Session:
    """Opens a sitting in which gold is exchanged for gold of the institution.

    Refuses NOT_FOUND; FORBIDDEN; PIECE_NOT_FREE; GOLD_NOT_VALUED what the customer brings and two
    officers have not valued today; CONFLICT no terms in this currency; NO_PRICE_BOARD;
    SHARIAH_VIOLATION unequal pure weights (SRF-02), a service above its cost (SRF-14). Amounts in
    minor units of the currency the institution's pieces stand in.
    """
    asset = asset_of_pieces(uow, new.own_item_ids)
    settings = terms_service.terms_for(uow, None, asset).settings
    board = price_boards.current_board(uow, Metal.GOLD, asset)
    coming = sessions.brought(uow, new.customer_id, new.item_ids)
    return sessions.open_session(
        uow,
        NewSession(
            kind=SessionKind.EXCHANGE,
            customer_id=new.customer_id,
            branch_id=new.branch_id or access.default_branch(uow),
            asset=asset,
            price_minor=0,
            market_minor=market_minor(
                board, [(one.net_weight_mg, one.fineness_bp) for one in coming]
            ),
            price_board_id=board.price_board_id,
            minutes_max=settings.session_minutes_max,
            item_ids_in=new.item_ids,
            item_ids_out=new.own_item_ids,
            service_fee_minor=new.service_fee_minor,
            service_cost_minor=new.service_cost_minor,
            terms=SessionTerms.under(settings),
            external_id=new.external_id,
            metadata=new.metadata,
        ),
    )
