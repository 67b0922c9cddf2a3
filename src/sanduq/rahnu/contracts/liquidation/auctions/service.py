"""Auctions: planned, announced, opened, closed by another, settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.parties import service as parties
from sanduq.rahnu.contracts.liquidation.auctions import events, store
from sanduq.rahnu.contracts.liquidation.auctions.errors import (
    AuctionChanged,
    AuctionStateRefuses,
    AuctionUnknown,
)
from sanduq.rahnu.contracts.liquidation.auctions.model import (
    Auction,
    AuctionAction,
    AuctionStatus,
    NewAuction,
    is_allowed,
    is_settled,
)
from sanduq.rahnu.contracts.liquidation.auctions.related import RUN
from sanduq.rahnu.contracts.liquidation.auctions.schemas import auction_out

FOR_UPDATE, FOR_SHARE = "for update", "for share"


def plan(uow: UnitOfWork, new: NewAuction) -> Auction:
    """Plans a public sale. Refuses FORBIDDEN without `auction.run`; NOT_FOUND an auctioneer;
    VALIDATION_ERROR a session that ends before it begins, or lies in the past, an unknown branch,
    a licence that is asked for and missing (ARN-05); CONFLICT an external id that is taken."""
    access.require_authority(uow, RUN, None)
    if not uow.now < new.opens_at < new.closes_at:
        raise ValidationFailed.field(
            "opens_at", "impossible_session", "a session opens after now and closes after that"
        )
    if new.is_licence_required and not (new.licence or "").strip():
        raise ValidationFailed.field(
            "licence", "missing_field", "the law asks for a licensed auctioneer: name the licence"
        )
    if new.announced_on is not None:
        _check_announced(uow, new.announced_on, new.opens_at)
    if new.branch_id is not None and not access.known_branches(uow, [new.branch_id]):
        raise ValidationFailed.field("branch_id", "unknown_branch", "there is no such branch")
    if new.auctioneer_party_id is not None:
        parties.get_party(uow, new.auctioneer_party_id)
    given = {each.name: getattr(new, each.name) for each in fields(NewAuction)}
    given["branch_id"] = new.branch_id or access.default_branch(uow)
    auction = Auction(
        **given,
        auction_id=new_id("auc"),
        status=AuctionStatus.PLANNED if new.announced_on is None else AuctionStatus.ANNOUNCED,
        reason=None,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        opened_at=None,
        opened_by=None,
        closed_at=None,
        closed_by=None,
        settled_at=None,
        version=1,
    )
    store.insert_auction(uow, auction)
    event = events.PLANNED if new.announced_on is None else events.ANNOUNCED
    return changed(uow, auction.auction_id, event, "auction.plan")


def _check_announced(uow: UnitOfWork, announced_on: date, opens_at: datetime) -> None:
    if announced_on > min(uow.today, opens_at.date()):
        raise ValidationFailed.field(
            "announced_on", "impossible_date", "a sale is announced up to today, before it opens"
        )


def announce(
    uow: UnitOfWork,
    auction_id: str,
    *,
    announced_on: date,
    announcement: str,
    etag: str | None = None,
) -> Auction:
    """Says when and where the sale was made public (ARN-05).

    Refuses NOT_FOUND, FORBIDDEN, CONFLICT (state), VALIDATION_ERROR a day ahead or after the
    opening.
    """
    auction = locked(uow, auction_id, AuctionAction.ANNOUNCE, etag)
    access.require_authority(uow, RUN, None)
    _check_announced(uow, announced_on, auction.opens_at)
    store.update_auction(
        uow, auction_id, status=AuctionStatus.ANNOUNCED, announced_on=announced_on,
        announcement=announcement,
    )  # fmt: skip
    return changed(uow, auction_id, events.ANNOUNCED, "auction.announce", announcement)


def open_session(uow: UnitOfWork, auction_id: str, *, etag: str | None = None) -> Auction:
    """Opens the session; whoever does may not award its lots.

    Refuses NOT_FOUND, FORBIDDEN, CONFLICT (state, before the hour, after the closing time).
    """
    auction = locked(uow, auction_id, AuctionAction.OPEN, etag)
    access.require_authority(uow, RUN, None)
    if not auction.is_session_at(uow.now):
        raise AuctionStateRefuses(
            f"{auction_id} is open from {auction.opens_at:%Y-%m-%d %H:%M} to"
            f" {auction.closes_at:%Y-%m-%d %H:%M} UTC, and it is {uow.now:%Y-%m-%d %H:%M}: open it"
            " then, or call it off and plan another"
        )
    store.update_auction(
        uow, auction_id, status=AuctionStatus.OPEN, opened_at=uow.now, opened_by=uow.actor.user_id
    )
    return changed(uow, auction_id, events.OPENED, "auction.open")


def get(uow: UnitOfWork, auction_id: str) -> Auction:
    """One auction. Refuses NOT_FOUND."""
    found = store.get_auction(uow, auction_id)
    if found is None:
        raise AuctionUnknown
    return found


def search(uow: UnitOfWork, filters: Mapping[str, str], request: PageRequest) -> Page[Auction]:
    """Auctions that match every filter, newest first."""
    return store.search_auctions(uow, filters, request)


def locked(
    uow: UnitOfWork,
    auction_id: str,
    action: AuctionAction,
    etag: str | None = None,
    lock: str = FOR_UPDATE,
) -> Auction:
    """The auction, locked, in a state that allows `action`.

    Refuses NOT_FOUND; CONFLICT when it changed since the caller's copy or its state refuses.
    """
    auction = store.get_auction(uow, auction_id, lock=lock)
    if auction is None:
        raise AuctionUnknown
    if etag is not None and auction.etag not in [tag.strip() for tag in etag.split(",")]:
        raise AuctionChanged
    if not is_allowed(action, auction.status):
        raise AuctionStateRefuses.of(auction_id, auction.status, action)
    return auction


def settle_when_over(uow: UnitOfWork, auction_id: str) -> None:
    """Ends a closed auction once every lot has come to its end."""
    auction = store.get_auction(uow, auction_id, lock=FOR_UPDATE)
    assert auction is not None
    if is_allowed(AuctionAction.SETTLE, auction.status) and is_settled(
        store.lots(uow, "auction_id", auction_id)
    ):
        store.update_auction(uow, auction_id, status=AuctionStatus.SETTLED, settled_at=uow.now)
        changed(uow, auction_id, events.SETTLED, "auction.settle")


def changed(
    uow: UnitOfWork,
    auction_id: str,
    event: str,
    deed: str,
    reason: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> Auction:
    """The auction after a change, told to the audit log and to the outside."""
    auction = get(uow, auction_id)
    audit.record(uow, [Deed(deed, auction_id, reason, dict(details or {}))])
    outbox.record(uow, [Event(event, auction_id, auction_out(auction))])
    return auction
