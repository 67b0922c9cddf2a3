"""Writing off gold of ours that is gone: the vault, the pieces and the books say so together."""

from __future__ import annotations

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.custody.losses import service as custody
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.sarf import postings
from sanduq.sarf.losses import events, store
from sanduq.sarf.losses.errors import LossDecided, UnknownGoldLoss
from sanduq.sarf.losses.model import (
    GoldLoss,
    GoldLossFilters,
    LossStatus,
    NewGoldLoss,
)
from sanduq.sarf.pieces import service as pieces
from sanduq.sarf.pieces.errors import PieceNotFree
from sanduq.sarf.pieces.model import INVENTORY, PieceStatus

LOSS = "sarf.loss"


def report(uow: UnitOfWork, new: NewGoldLoss) -> GoldLoss:
    """Says that a piece is gone; it is written off when another user agrees.

    The loss is the institution's: whoever sold the gold is asked for nothing (SCF-10), and a
    promise stands as before. Refuses PIECE_NOT_FREE what is not owned or is reserved, CONFLICT
    one that is reported already.
    """
    piece = pieces.owned(uow, [new.item_id]).get(new.item_id)
    if piece is None or piece.status is not PieceStatus.HELD:
        raise PieceNotFree(f"{new.item_id} is no free piece of the institution's gold")
    made = GoldLoss(
        loss_id=new_id("gls"), item_id=new.item_id, piece_id=piece.piece_id, cause=new.cause,
        status=LossStatus.AWAITING_APPROVAL, reason=new.reason, evidence=new.evidence,
        asset=piece.asset, fine_weight_mg=piece.fine_weight_mg,
        amount_minor=piece.carrying_minor, journal_id=None, reported_at=uow.now,
        reported_by=uow.actor.user_id, decided_at=None, decided_by=None,
    )  # fmt: skip
    store.insert(uow, made)
    access.request_approvals(uow, LOSS, [(made.loss_id, Money(made.amount_minor, made.asset))])
    return _told(uow, made.loss_id, events.REPORTED, "sarf.loss.report", new.reason)


def decide(
    uow: UnitOfWork, loss_id: str, *, is_approved: bool, reason: str | None = None
) -> GoldLoss:
    """Believes a report, or not: believed, the piece leaves register, inventory and books at once.

    Refuses NOT_FOUND; CONFLICT one that was decided; FORBIDDEN whoever reported it and roles
    without authority; PIECE_NOT_FREE a piece that was reserved or sold meanwhile; ITEM_NOT_HELD.
    """
    found = store.get(uow, loss_id, is_locked=True)
    if found is None:
        raise UnknownGoldLoss
    if found.status is not LossStatus.AWAITING_APPROVAL:
        raise LossDecided
    access.decide(uow, LOSS, loss_id, is_approved=is_approved, reason=reason)
    if not is_approved:
        store.decide(
            uow, loss_id, LossStatus.REFUSED, amount_minor=found.amount_minor, journal_id=None
        )
        return _told(uow, loss_id, events.DECIDED, "sarf.loss.refuse", reason)
    piece = pieces.lose(uow, found.item_id)
    custody.lose(uow, INVENTORY, [found.item_id], loss_id)
    journal = postings.lost(
        new_id("jrn"), loss_id, uow.today, asset=piece.asset, cost_minor=piece.cost_minor,
        written_down_minor=piece.written_down_minor, fine_mg=piece.fine_weight_mg,
    )  # fmt: skip
    store.decide(
        uow, loss_id, LossStatus.WRITTEN_OFF, amount_minor=piece.carrying_minor,
        journal_id=journal.journal_id,
    )  # fmt: skip
    decided = _told(uow, loss_id, events.DECIDED, "sarf.loss.write_off", reason)
    ledger.open_accounts(uow, postings.places([journal]))
    ledger.post(uow, [journal])
    return decided


def get_loss(uow: UnitOfWork, loss_id: str) -> GoldLoss:
    """One loss. Refuses NOT_FOUND."""
    found = store.get(uow, loss_id)
    if found is None:
        raise UnknownGoldLoss
    return found


def list_losses(uow: UnitOfWork, filters: GoldLossFilters, request: PageRequest) -> Page[GoldLoss]:
    """Losses, newest first."""
    return store.select_page(uow, filters, request)


def _told(uow: UnitOfWork, loss_id: str, event: str, deed: str, reason: str | None) -> GoldLoss:
    loss = get_loss(uow, loss_id)
    audit.record(uow, [audit.Deed(deed, loss_id, reason, {"item_id": loss.item_id})])
    outbox.record(uow, [events.event(event, loss)])
    return loss
