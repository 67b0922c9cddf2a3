"""Goods of a salam: brought, looked at, taken or refused; or others in their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sanduq.access import service as access
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.microfinance.loans.salam import events as names
from sanduq.microfinance.loans.salam import postings, store, store_goods
from sanduq.microfinance.loans.salam import service_commodities as commodities
from sanduq.microfinance.loans.salam.facts import (
    Action,
    Delivery,
    FreightPayer,
    Goods,
    Quality,
    Remedy,
    Settlement,
    Substitution,
)
from sanduq.microfinance.loans.salam.gathering import loan_facts
from sanduq.microfinance.loans.salam.model import (
    Salam,
    Settled,
    Step,
    after_settling,
    capital_of,
    last_due_of,
    overdue_milli,
)
from sanduq.microfinance.loans.salam.model_goods import Lot, Move, MoveKind
from sanduq.microfinance.loans.salam.service import TRADE_STEP, books_of
from sanduq.microfinance.loans.salam.stepping import (
    check_day,
    check_quantity,
    claim,
    judged,
    money_of,
    opened,
    written,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverGoods:
    """Goods brought by the seller. `document` is the weight note or receipt of the store."""

    quantity_milli: int
    on: date
    quality: Quality
    settlement: Settlement
    document: str
    place: str | None = None
    market_value: Money | None = None
    discount: Money | None = None
    reason: str | None = None
    freight_payer: FreightPayer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstituteGoods:
    """Other goods taken in place of those sold. Without `replaces_milli`: of all overdue ones."""

    commodity: str
    quantity_milli: int
    quantity_unit: str
    specifications: Mapping[str, str]
    market_value: Money
    original_market_value: Money
    on: date
    document: str
    replaces_milli: int | None = None
    place: str | None = None


def deliver(
    uow: UnitOfWork, loan_id: str, command: DeliverGoods, *, etag: str | None = None
) -> dict[str, Any]:
    """Receives goods, in part or whole, early or on the day, or refuses them with the reason.

    Refuses CONFLICT (the price comes first, SLM-01; nothing is owed), FORBIDDEN, VALIDATION_ERROR
    (more than is owed, a day that cannot be, worse goods without their value), SHARIAH_VIOLATION
    (SLM-12, SLM-13, SLM-19).
    """
    loan, salam = opened(uow, loan_id, Step.DELIVER, etag)
    check_day(uow, salam, command.on)
    check_quantity(salam, command.quantity_milli)
    _check_value(command)
    capital = capital_of(salam, command.quantity_milli)
    access.require_authority(uow, TRADE_STEP, money_of(salam, capital))
    discount = command.discount.amount_minor if command.discount else 0
    brought = Delivery(
        on=command.on,
        due_on=last_due_of(salam, command.quantity_milli),
        quality=command.quality,
        settlement=command.settlement,
        capital_minor=capital,
        discount_minor=discount,
        reason=command.reason,
        freight_payer=command.freight_payer,
    )
    judged(uow, salam, loan_facts(uow, loan, salam, delivery=brought), Action.DELIVER)
    details = _details(command, salam)
    if command.settlement is Settlement.REFUSE:
        step = store.step_fact(
            uow, salam, "refuse", command.on, quantity_milli=command.quantity_milli,
            details=details,
        )  # fmt: skip
        return written(uow, loan, salam, [step], names.REFUSED, reason=command.reason)
    after = after_settling(salam, command.quantity_milli, Settled.DELIVERED)
    if discount:
        after = claim(
            uow, after, discount, on=command.on, due_on=command.on, reason="discount on goods"
        )
    market = command.market_value.amount_minor if command.market_value else None
    parts = postings.divided(capital, market_minor=market, discount_minor=discount)
    lot = _lot(
        uow, salam, command.quantity_milli, parts.goods_minor, command.on,
        quality=command.quality, place=command.place or salam.delivery_place,
    )  # fmt: skip
    journal = postings.goods_received(books_of(salam), parts, command.on, "salam.delivered")
    step = store.step_fact(
        uow, salam, Step.DELIVER, command.on, quantity_milli=command.quantity_milli,
        amount_minor=capital, details={**details, "goods_id": lot.goods_id},
        journal_id=journal.journal_id if capital else None,
    )  # fmt: skip
    _stock(uow, lot, step.step_id, step.journal_id)
    told = {"quality": str(command.quality)}
    rendered = written(uow, loan, after, [step], names.DELIVERED, details=told)
    _post(uow, salam, journal)
    return rendered


def substitute(
    uow: UnitOfWork, loan_id: str, command: SubstituteGoods, *, etag: str | None = None
) -> dict[str, Any]:
    """Takes other goods, now in hand, in place of goods that are due (SLM-10).

    Refuses what `deliver` does, and SHARIAH_VIOLATION goods that could not be sold by salam or
    are worth more than those they replace.
    """
    loan, salam = opened(uow, loan_id, Step.SUBSTITUTE, etag)
    check_day(uow, salam, command.on)
    replaces = command.replaces_milli
    if replaces is None:
        replaces = overdue_milli(salam, command.on) or salam.undelivered_milli
    check_quantity(salam, replaces, "replaces_quantity")
    capital = capital_of(salam, replaces)
    access.require_authority(uow, TRADE_STEP, money_of(salam, capital))
    goods = Goods(
        commodities.facts_of(uow, command.commodity),
        command.quantity_milli,
        command.quantity_unit,
        command.specifications,
    )
    asked = Substitution(
        on=command.on,
        due_on=last_due_of(salam, replaces),
        goods=goods,
        value_minor=command.market_value.amount_minor,
        original_value_minor=command.original_market_value.amount_minor,
    )
    facts = loan_facts(uow, loan, salam, substitution=asked, remedies_offered=frozenset(Remedy))
    judged(uow, salam, facts, Action.SUBSTITUTE)
    after = after_settling(salam, replaces, Settled.SUBSTITUTED)
    parts = postings.divided(capital, market_minor=command.market_value.amount_minor)
    lot = _lot(
        uow, salam, command.quantity_milli, parts.goods_minor, command.on,
        quality=Quality.AS_AGREED, place=command.place or salam.delivery_place,
        commodity=command.commodity, unit=command.quantity_unit,
        specifications=command.specifications,
    )  # fmt: skip
    journal = postings.goods_received(books_of(salam), parts, command.on, "salam.substituted")
    details = {
        "commodity": command.commodity,
        "substitute_quantity": str(command.quantity_milli),
        "market_value": str(command.market_value.decimal),
        "original_market_value": str(command.original_market_value.decimal),
        "document": command.document,
        "goods_id": lot.goods_id,
    }
    step = store.step_fact(
        uow, salam, Step.SUBSTITUTE, command.on, quantity_milli=replaces, amount_minor=capital,
        details=details, journal_id=journal.journal_id if capital else None,
    )  # fmt: skip
    _stock(uow, lot, step.step_id, step.journal_id)
    rendered = written(uow, loan, after, [step], names.SUBSTITUTED)
    _post(uow, salam, journal)
    return rendered


def _check_value(command: DeliverGoods) -> None:
    is_worse = command.quality is Quality.WORSE
    is_taken = command.settlement is not Settlement.REFUSE
    if is_worse and is_taken and command.market_value is None:
        message = "worse goods are taken at their market value of the day: send market_value"
        raise ValidationFailed.field("market_value", "missing_field", message)
    if command.market_value is not None and not (is_worse and is_taken):
        message = "only worse goods that are taken have a market_value; the others stand at cost"
        raise ValidationFailed.field("market_value", "not_applicable", message)
    is_discounted = command.settlement is Settlement.ACCEPT_AT_DISCOUNT
    if is_discounted and not (command.discount and command.discount.amount_minor):
        message = "settle accept_at_discount needs the discount agreed"
        raise ValidationFailed.field("discount", "missing_field", message)
    if command.discount is not None and not is_discounted:
        message = "a discount goes with settle accept_at_discount"
        raise ValidationFailed.field("discount", "not_applicable", message)


def _details(command: DeliverGoods, salam: Salam) -> dict[str, Any]:
    value, discount = command.market_value, command.discount
    return {
        "quality": str(command.quality),
        "settle": str(command.settlement),
        "place": command.place or salam.delivery_place,
        "document": command.document,
        "reason": command.reason,
        "market_value": str(value.decimal) if value else None,
        "discount": str(discount.decimal) if discount else None,
        "freight_payer": str(command.freight_payer or salam.freight_payer),
    }


def _lot(
    uow: UnitOfWork,
    salam: Salam,
    quantity_milli: int,
    cost_minor: int,
    on: date,
    *,
    quality: Quality,
    place: str,
    commodity: str | None = None,
    unit: str | None = None,
    specifications: Mapping[str, str] | None = None,
) -> Lot:
    return Lot(
        goods_id=new_id("gds"),
        contract_id=salam.contract_id,
        branch_id=salam.branch_id,
        asset=salam.asset,
        commodity=commodity or salam.commodity,
        quantity_unit=unit or salam.quantity_unit,
        specifications=salam.specifications if specifications is None else specifications,
        quality=quality,
        place=place,
        received_on=on,
        quantity_milli=quantity_milli,
        left_milli=quantity_milli,
        cost_minor=cost_minor,
        left_cost_minor=cost_minor,
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )


def _stock(uow: UnitOfWork, lot: Lot, reference: str, journal_id: str | None) -> None:
    store_goods.insert_lot(uow, lot)
    move = Move(
        lot.goods_id, MoveKind.RECEIPT, lot.quantity_milli, lot.cost_minor, reference, journal_id,
        lot.received_on,
    )  # fmt: skip
    store_goods.insert_moves(uow, [move])


def _post(uow: UnitOfWork, salam: Salam, journal: Journal) -> None:
    """Posts, unless so little came that its capital is less than a minor unit."""
    if not journal.entries:
        return
    asset, contract_id = salam.asset, salam.contract_id
    ledger.open_accounts(
        uow,
        [
            postings.goods_place(asset, contract_id),
            postings.refundable_place(asset, contract_id),
            postings.cash_place(asset, salam.branch_id),
            postings.loss_place(asset),
        ],
    )
    ledger.post(uow, [journal])
