"""The promise: a paper of its own, of one side, after the sale and apart from it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal

from sanduq.access import service as access
from sanduq.assets.model import Metal
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.formula import FormulaError
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money, plain_number
from sanduq.kit.weight import Weight
from sanduq.sarf.facilities import events, store
from sanduq.sarf.facilities.errors import UnknownPromise, WindowOver
from sanduq.sarf.facilities.facts import Deal, deal, facility_facts, sold_on
from sanduq.sarf.facilities.model import (
    Facility,
    FacilityAction,
    FacilityStatus,
    NewPromise,
    Promise,
    PromiseStatus,
)
from sanduq.sarf.facilities.opening import printed
from sanduq.sarf.facilities.service import changed, get, locked
from sanduq.sarf.facts import SarfAction
from sanduq.sarf.facts_promise import CounterPromise, PromiseFact
from sanduq.sarf.model import window
from sanduq.sarf.price_formula import read_price_formula
from sanduq.sarf.rules import evaluate
from sanduq.sarf.terms.model import Paper
from sanduq.sarf.terms.wording import render
from sanduq.shariah import service as shariah

PROMISE = "sarf.promise"
GOLD = str(Metal.GOLD)


def undertake(
    uow: UnitOfWork, facility_id: str, new: NewPromise, *, etag: str | None = None
) -> Facility:
    """Issues the institution's promise to sell up to the weight it bought, in the terms' window.

    The customer signs nothing and owes nothing by it. Refuses NOT_FOUND; CONFLICT before the sale
    is complete, after a promise was issued or after its window; FORBIDDEN, LIMIT_EXCEEDED;
    VALIDATION_ERROR a formula nobody can read, or another than the terms'; SHARIAH_VIOLATION
    (SCF-04, SCF-05, SCF-06 a price that reads the first price or time, SCF-07 more than was sold,
    SCF-19 a lower price promised, WAD-05 a fee or a right to pass it on, WAD-06 a
    counter-promise).
    """
    facility = locked(uow, facility_id, FacilityAction.UNDERTAKE, etag)
    assert facility.price_minor is not None
    assert facility.fine_weight_mg is not None
    access.require_authority(uow, PROMISE, Money(facility.price_minor, facility.asset))
    known = deal(uow, facility)
    promise = _drawn_up(uow, facility, known, new)
    facts = replace(
        facility_facts(uow, known, facility.asset),
        promise=_fact(uow, facility, known, promise, new),
    )
    evaluations = evaluate(facts, SarfAction.PROMISE)
    shariah.enforce(found for each in evaluations for found in each.findings)
    _require_usual(uow, known, promise)
    store.insert_promise(uow, promise)
    store.update(uow, facility_id, status=FacilityStatus.PROMISE_ISSUED)
    summary = {"promise_id": promise.promise_id, "wording_hash": promise.wording_hash}
    shariah.store_evaluations(uow, facility_id, "promise", evaluations, summary)
    return changed(uow, facility_id, events.PROMISED, "sarf.facility.undertake", details=summary)


def promise_of(uow: UnitOfWork, facility_id: str) -> Promise:
    """The promise of a facility. Refuses NOT_FOUND, also when none was issued."""
    promise = get(uow, facility_id).promise
    if promise is None:
        raise UnknownPromise
    return promise


def promise_fact(uow: UnitOfWork, facility: Facility, known: Deal, promise: Promise) -> PromiseFact:
    """A promise that stands, as the rules look at it."""
    return _fact(uow, facility, known, promise, NewPromise())


def _drawn_up(uow: UnitOfWork, facility: Facility, known: Deal, new: NewPromise) -> Promise:
    settings = known.terms.settings
    formula = new.price_formula or settings.price_formula
    try:
        read_price_formula(formula)
    except FormulaError as error:
        raise ValidationFailed.field("price_formula", error.code, str(error)) from None
    days = window(sold_on(uow, facility), settings.opens_months, settings.closes_months)
    assert facility.fine_weight_mg is not None
    fine_mg = facility.fine_weight_mg if new.fine_weight_mg is None else new.fine_weight_mg
    wording = known.terms.wording(facility.language)
    text = render(
        wording.of(Paper.PROMISE),
        {
            **printed(uow, facility, known),
            "promised_weight_grams": f"{Weight(fine_mg).grams:f}",
            "window_opens": days.opens_on.isoformat(),
            "window_closes": days.closes_on.isoformat(),
            "cap": f"{plain_number(Decimal(settings.cap_bp).scaleb(-2)):f}%",
        },
    )
    return Promise(
        promise_id=new_id("wad"), facility_id=facility.facility_id, status=PromiseStatus.ISSUED,
        promisee_id=facility.customer_id, asset=facility.asset, fine_weight_mg=fine_mg,
        bought_fine_mg=0, cap_bp=settings.cap_bp, price_formula=formula,
        opens_on=days.opens_on, closes_on=days.closes_on, language=facility.language,
        wording=text, wording_hash=hashlib.sha256(text.encode()).hexdigest(), issued_at=uow.now,
        issued_by=uow.actor.user_id, ended_on=None,
    )  # fmt: skip


def _require_usual(uow: UnitOfWork, known: Deal, promise: Promise) -> None:
    """A price the board approved in the terms, and a window that is still to come or open."""
    if promise.price_formula != known.terms.settings.price_formula:
        message = f"the promise follows the formula of {known.terms.terms_id}: leave it out"
        raise ValidationFailed.field("price_formula", "not_of_terms", message)
    if promise.closes_on < uow.today:
        raise WindowOver(f"the window of this sale closed on {promise.closes_on}")


def _fact(
    uow: UnitOfWork, facility: Facility, known: Deal, promise: Promise, new: NewPromise
) -> PromiseFact:
    return PromiseFact(
        promisors=(known.terms.settings.institution_party_id,),
        promisee_id=promise.promisee_id,
        text=promise.wording,
        fee_minor=new.fee.amount_minor if new.fee is not None else 0,
        is_transferable=new.is_transferable,
        formula=promise.price_formula,
        cap_bp=promise.cap_bp,
        issued_at=promise.issued_at,
        is_own_document=bool(promise.wording),
        purchase_on=sold_on(uow, facility),
        purchase_closed_at=facility.sold_at,
        is_purchase_closed=facility.sold_at is not None,
        gap_months_min=known.terms.settings.gap_months_min,
        opens_on=promise.opens_on,
        closes_on=promise.closes_on,
        asset=GOLD,
        fine_mg=promise.fine_weight_mg,
        sold_fine_mg=facility.fine_weight_mg,
        counter_promises=tuple(
            CounterPromise(
                promisor_id=one.promisor_id, asset=GOLD, from_on=one.from_on, to_on=one.to_on,
                is_binding=one.is_binding,
            )
            for one in new.counter_promises
        ),
        lower_price_promised=new.lower_price_promised,
        is_in_force=promise.is_standing,
    )  # fmt: skip
