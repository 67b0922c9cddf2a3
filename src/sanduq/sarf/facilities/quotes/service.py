"""Quotes: what today's board would give, told with all it means, and time to think."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sanduq.access import service as access
from sanduq.assets.items import service as items_service
from sanduq.assets.model import Metal
from sanduq.assets.price_boards import service as price_boards
from sanduq.assets.valuations import service as valuations
from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.parties import service as parties
from sanduq.sarf.facilities.errors import TermsNotLive
from sanduq.sarf.facilities.quotes import events, store
from sanduq.sarf.facilities.quotes.errors import UnknownQuote
from sanduq.sarf.facilities.quotes.model import NewQuote, Quote, QuotedThing, QuoteFilters
from sanduq.sarf.model import Rounding, fine_mg_of, market_value, share_minor
from sanduq.sarf.terms import disclosure
from sanduq.sarf.terms import service as terms_service
from sanduq.shariah.model import ShariahProfile
from sanduq.shariah.rulebook import load_rulebook


def quote(uow: UnitOfWork, new: NewQuote) -> Quote:
    """Tells what the gold would fetch today, and all that a sale means, in the customer's words.

    The price is the terms' share of the board's value, rounded up: the seller never gets less
    than the share. Nothing is offered before `offer_from` (rule SCF-17). Refuses NOT_FOUND a
    party, branch, item or terms; NO_PRICE_BOARD; TERMS_NOT_LIVE; VALIDATION_ERROR gold whose
    weight or fineness nobody told, things of another owner; CONFLICT an external_id.
    """
    customer = parties.get_party(uow, new.customer_id)
    terms = terms_service.terms_for(uow, new.terms_id, new.asset)
    if not terms_service.is_live(uow, terms):
        raise TermsNotLive
    branch_id = new.branch_id or customer.branch_id or access.default_branch(uow)
    if not access.known_branches(uow, [branch_id]):
        raise NotFound(f"there is no branch {branch_id}")
    things = [*new.stated, *_known(uow, new)]
    if not things:
        raise ValidationFailed.field("items", "missing_field", "name the gold to be quoted")
    board = price_boards.current_board(uow, Metal.GOLD, new.asset)
    metals = [(one.net_weight_mg, one.fineness_bp) for one in things]
    value = market_value(board, metals)
    settings = terms.settings
    market_minor = int(value)
    price_minor = share_minor(value, settings.buy_bp, Rounding.UP)
    fine_mg = int(fine_mg_of(metals))
    if not market_minor or not fine_mg:
        message = "this is less gold than can be counted or paid"
        raise ValidationFailed.field("items", "no_value", message)
    language = new.language or str(customer.language)
    is_scope_told = ShariahProfile(uow.shariah_profile) in load_rulebook()["SRF-20"].profiles
    made = Quote(
        quote_id=new_id("sqt"),
        external_id=new.external_id,
        customer_id=new.customer_id,
        branch_id=branch_id,
        asset=new.asset,
        terms_id=terms.terms_id,
        price_board_id=board.price_board_id,
        language=language,
        lines=tuple(things),
        fine_weight_mg=fine_mg,
        market_minor=market_minor,
        price_minor=price_minor,
        disclosure_version=disclosure.VERSION,
        disclosure=(
            *disclosure.lines(settings, market_minor, price_minor, new.asset, language),
            *([disclosure.scope_line(language)] if is_scope_told else []),
        ),
        offer_from=uow.now + timedelta(hours=settings.pre_offer_wait_hours),
        expires_at=uow.now + timedelta(hours=settings.quote_valid_hours),
        created_at=uow.now,
        created_by=uow.actor.user_id,
        metadata=new.metadata,
    )
    store.insert(uow, made)
    audit.record(uow, [audit.Deed("sarf.quote", made.quote_id)])
    outbox.record(uow, [events.quoted(made)])
    return made


def get_quote(uow: UnitOfWork, quote_id: str) -> Quote:
    """One quote. Refuses NOT_FOUND."""
    found = store.load(uow, [quote_id])
    if quote_id not in found:
        raise UnknownQuote
    return found[quote_id]


def list_quotes(uow: UnitOfWork, filters: QuoteFilters, request: PageRequest) -> Page[Quote]:
    """Quotes, newest first."""
    return store.select_page(uow, filters, request)


def _known(uow: UnitOfWork, new: NewQuote) -> Sequence[QuotedThing]:
    """Registered items, by their newest valuation, else as they were declared."""
    if not new.item_ids:
        return []
    if len(set(new.item_ids)) < len(new.item_ids):
        raise ValidationFailed.field("items", "repeated", "an item is named twice")
    known = items_service.load_items(uow, new.item_ids)
    valued = valuations.newest_confirmed(uow, new.item_ids)
    found = []
    for item_id in new.item_ids:
        item = known.get(item_id)
        if item is None:
            raise NotFound(f"there is no item {item_id}")
        if item.owner_id != new.customer_id:
            message = f"{item_id} is registered as {item.owner_id}'s: only its owner sells it"
            raise ValidationFailed.field("items", "another_owner", message)
        seen = valued.get(item_id, item)
        if item.metal is not Metal.GOLD or not seen.fineness_bp:
            message = f"{item_id} is no gold of known fineness: have it valued first"
            raise ValidationFailed.field("items", "no_fineness", message)
        found.append(
            QuotedThing(
                item_id=item_id, net_weight_mg=seen.net_weight_mg, fineness_bp=seen.fineness_bp
            )
        )
    return found
