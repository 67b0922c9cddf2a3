"""Opening a facility on a quote, and the sitting in which its gold is sold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sanduq.access import service as access
from sanduq.assets.items import service as items_service
from sanduq.assets.model import Metal
from sanduq.assets.price_boards import service as price_boards
from sanduq.assets.valuations import service as valuations
from sanduq.assets.valuations.model import Valuation
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.weight import Weight
from sanduq.parties import service as parties
from sanduq.sarf.facilities import events, store
from sanduq.sarf.facilities.errors import QuoteExpired, TermsNotLive
from sanduq.sarf.facilities.facts import (
    Deal,
    deal,
    disclosure_fact,
    facility_facts,
    purchase_fact,
    scope_acknowledged,
    waited_hours,
    way_of,
)
from sanduq.sarf.facilities.model import (
    Facility,
    FacilityAction,
    FacilityStatus,
    NewFacility,
)
from sanduq.sarf.facilities.quotes import service as quotes
from sanduq.sarf.facilities.quotes.model import Quote
from sanduq.sarf.facilities.service import changed, locked
from sanduq.sarf.facts import SarfAction, SarfFacts
from sanduq.sarf.facts_facility import FeeFact
from sanduq.sarf.model import Rounding, SessionKind, market_value, share_minor
from sanduq.sarf.rules import evaluate
from sanduq.sarf.sessions import service as sessions
from sanduq.sarf.sessions.errors import NotValuedToday
from sanduq.sarf.sessions.model import NewSession, Session, SessionTerms
from sanduq.sarf.terms import service as terms_service
from sanduq.sarf.terms.model import Paper, Terms
from sanduq.sarf.terms.wording import render
from sanduq.shariah import service as shariah


def create(uow: UnitOfWork, new: NewFacility) -> Facility:
    """Opens a facility on a quote: its owner declared, its gold checked, every line told.

    Nothing is sold by it. Refuses NOT_FOUND; QUOTE_EXPIRED; TERMS_NOT_LIVE; CONFLICT a quote used
    already or an external_id; VALIDATION_ERROR no item, one twice, of another owner or not
    quoted; SHARIAH_VIOLATION (SCF-01 without the board's answers, SCF-11 any charge, SCF-13 too
    many signs of a disguised loan, SCF-16 a line that was not acknowledged, SCF-18 without
    declaration and check, SCF-20 a loan tied to it).
    """
    quote = quotes.get_quote(uow, new.quote_id)
    terms = terms_service.get(uow, quote.terms_id)
    if uow.now > quote.expires_at:
        raise QuoteExpired
    if not terms_service.is_live(uow, terms):
        raise TermsNotLive
    quoted = tuple(one.item_id for one in quote.lines if one.item_id)
    item_ids = new.item_ids or quoted
    _require_own(uow, quote, item_ids)
    if len(quoted) == len(quote.lines) and not set(item_ids) <= set(quoted):
        message = "the customer was told of the items quoted: ask for a quote of these"
        raise ValidationFailed.field("item_ids", "not_quoted", message)
    made = Facility(
        facility_id=new_id("srf"), external_id=new.external_id, status=FacilityStatus.QUOTED,
        customer_id=quote.customer_id, branch_id=quote.branch_id, asset=quote.asset,
        terms_id=quote.terms_id, quote_id=quote.quote_id, language=quote.language,
        item_ids=tuple(sorted(item_ids)), owner_declaration=new.owner_declaration,
        stolen_goods_check=new.stolen_goods_check, independent_quote=new.independent_quote,
        acknowledged_lines=new.acknowledged_lines, acknowledged_at=uow.now,
        purchase_session_id=None, sold_at=None, fine_weight_mg=None, price_minor=None,
        provision_minor=0, ended_at=None, end_reason=None, created_at=uow.now,
        created_by=uow.actor.user_id, metadata=new.metadata, version=1, promise=None,
        buy_backs=(),
    )  # fmt: skip
    fees = [FeeFact(kind=one.kind, amount_minor=one.amount.amount_minor) for one in new.charges]
    facts = replace(
        facility_facts(
            uow, deal(uow, made), made.asset, conditions=new.conditions, is_selling=True
        ),
        purchase=purchase_fact(
            made, terms, text="", waited_hours=None, fees=fees,
            debt_references=new.debt_references,
        ),
        disclosure=disclosure_fact(made, quote),
        disclosures_acknowledged=scope_acknowledged(made, quote),
    )  # fmt: skip
    evaluations = evaluate(facts, SarfAction.CREATE)
    shariah.enforce(found for each in evaluations for found in each.findings)
    store.insert(uow, made)
    shariah.store_evaluations(
        uow, made.facility_id, "create", evaluations, {"quote_id": quote.quote_id}
    )
    return changed(uow, made.facility_id, events.CREATED, "sarf.facility.create")


def cancel(uow: UnitOfWork, facility_id: str, reason: str, *, etag: str | None = None) -> Facility:
    """Gives a facility up before anything was sold. Refuses NOT_FOUND, CONFLICT."""
    locked(uow, facility_id, FacilityAction.CANCEL, etag)
    store.update(
        uow, facility_id, status=FacilityStatus.CANCELLED, ended_at=uow.now, end_reason=reason
    )
    return changed(uow, facility_id, events.CANCELLED, "sarf.facility.cancel", reason=reason)


def open_purchase(uow: UnitOfWork, facility: Facility) -> Session:
    """Opens the sitting in which the customer sells, at the terms' share of today's market.

    Refuses QUOTE_EXPIRED; TERMS_NOT_LIVE; NO_PRICE_BOARD; GOLD_NOT_VALUED; FORBIDDEN;
    LIMIT_EXCEEDED; SHARIAH_VIOLATION (SCF-17 before the time to think is over, SCF-03 words that
    speak of a second contract, SCF-13 too many signs of a disguised loan without the board,
    GEN-07 a thing that was sold to the same customer within half a year).
    """
    known = deal(uow, facility)
    quote = quotes.get_quote(uow, facility.quote_id)
    if uow.now > quote.expires_at:
        raise QuoteExpired
    if not terms_service.is_live(uow, known.terms):
        raise TermsNotLive
    settings = known.terms.settings
    board = price_boards.current_board(uow, Metal.GOLD, facility.asset)
    valued = _valued(uow, facility)
    value = market_value(
        board, [(one.net_weight_mg, one.fineness_bp or 0) for one in valued.values()]
    )
    price_minor = share_minor(value, settings.buy_bp, Rounding.UP)
    text = _contract_1(uow, facility, known, valued, price_minor, int(value))
    fine_mg = {item_id: one.fine_weight_mg or 0 for item_id, one in valued.items()}
    moves = way_of(uow, facility.customer_id, fine_mg, price_minor, is_bought=True)
    sale = purchase_fact(facility, known.terms, text=text, waited_hours=waited_hours(uow, quote))
    told = facility_facts(uow, known, facility.asset, is_selling=True)

    def extend(facts: SarfFacts) -> SarfFacts:
        return replace(
            told,
            session=facts.session, possessions=facts.possessions, gold_in=facts.gold_in,
            gold_out=facts.gold_out, scale_tolerance_tenths=facts.scale_tolerance_tenths,
            service_cost_minor=facts.service_cost_minor, price=facts.price,
            conclusion=facts.conclusion, purchase=sale, moves=moves,
        )  # fmt: skip

    session = sessions.open_session(
        uow,
        NewSession(
            kind=SessionKind.PURCHASE, customer_id=facility.customer_id,
            branch_id=facility.branch_id, asset=facility.asset, price_minor=price_minor,
            market_minor=int(value), price_board_id=board.price_board_id,
            minutes_max=settings.session_minutes_max, item_ids_in=facility.item_ids, wording=text,
            terms=session_terms(facility, known.terms),
        ),
        extend,
    )  # fmt: skip
    store.update(
        uow, facility.facility_id, status=FacilityStatus.SESSION1_OPEN,
        purchase_session_id=session.session_id,
    )  # fmt: skip
    changed(uow, facility.facility_id, events.SESSION_OPENED, "sarf.facility.open_session")
    return session


def session_terms(facility: Facility, terms: Terms) -> SessionTerms:
    """What a sitting of a facility is judged by."""
    settings = terms.settings
    return SessionTerms(
        possession_kinds=settings.possession_kinds,
        is_jewellery_gold=settings.is_jewellery_gold,
        has_independent_quote=facility.independent_quote is not None,
        independent_quote_above_bp=settings.independent_quote_above_bp,
        review_discount_above_bp=settings.review_discount_above_bp,
        defect_days=settings.defect_days,
    )


def printed(uow: UnitOfWork, facility: Facility, known: Deal) -> dict[str, str]:
    """What every paper of a facility is filled in with."""
    institution = parties.get_party(uow, known.terms.settings.institution_party_id)
    return {
        "customer": known.customer.name,
        "institution": institution.name,
        "date": uow.today.isoformat(),
        "place": access.branch_name(uow, facility.branch_id),
    }


def _contract_1(
    uow: UnitOfWork,
    facility: Facility,
    known: Deal,
    valued: Mapping[str, Valuation],
    price_minor: int,
    market_minor: int,
) -> str:
    items = items_service.load_items(uow, facility.item_ids)
    net_mg = sum(one.net_weight_mg for one in valued.values())
    values = {
        **printed(uow, facility, known),
        "weight_grams": f"{Weight(net_mg).grams:f}",
        "pieces": "; ".join(items[item_id].description for item_id in sorted(items)),
        "price": str(Money(price_minor, facility.asset)),
        "market_price": str(Money(market_minor, facility.asset)),
    }
    return render(known.terms.wording(facility.language).of(Paper.CONTRACT_1), values)


def _valued(uow: UnitOfWork, facility: Facility) -> Mapping[str, Valuation]:
    valued = valuations.newest_confirmed(uow, facility.item_ids)
    lacking = sorted(set(facility.item_ids) - valued.keys())
    if lacking:
        raise NotValuedToday(
            f"{lacking[0]} has no valuation confirmed by two officers: have it valued today"
        )
    return valued


def _require_own(uow: UnitOfWork, quote: Quote, item_ids: tuple[str, ...]) -> None:
    if not item_ids or len(set(item_ids)) < len(item_ids):
        raise ValidationFailed.field(
            "item_ids", "doubled_or_none", "name each registered item once, and one at least"
        )
    known = items_service.load_items(uow, item_ids)
    for item_id in item_ids:
        item = known.get(item_id)
        if item is None:
            raise NotFound(f"there is no item {item_id}")
        if item.owner_id != quote.customer_id or item.metal is not Metal.GOLD:
            message = f"{item_id} is not gold of {quote.customer_id}: only its owner sells it"
            raise ValidationFailed.field("item_ids", "another_owner", message)
