"""Goods in hand: the register, lot by lot, their sale, and their value at the end of a period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as events
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.microfinance.loans.salam import events as names
from sanduq.microfinance.loans.salam import postings, store_goods
from sanduq.microfinance.loans.salam.errors import GoodsNotFound
from sanduq.microfinance.loans.salam.facts import Action, Sale
from sanduq.microfinance.loans.salam.gathering import loan_facts
from sanduq.microfinance.loans.salam.model_goods import Draw, Lot, Move, MoveKind, SoldGoods, drawn
from sanduq.microfinance.loans.salam.schemas_goods import goods_out, sale_out
from sanduq.microfinance.loans.salam.service import TRADE_STEP, books_of, contract, loan_of
from sanduq.microfinance.loans.salam.stepping import judged
from sanduq.parties import service as parties


@dataclass(frozen=True, slots=True, kw_only=True)
class SellGoods:
    """Goods of one contract sold for cash."""

    buyer_id: str
    quantity_milli: int
    price: Money
    on: date
    document: str


def search(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    loan_id: str | None = None,
    commodity: str | None = None,
) -> Page[Lot]:
    """Lots received, newest first, also those with nothing left. Refuses NOT_FOUND a loan."""
    contract_id = None if loan_id is None else loan_of(uow, loan_id, is_locked=False).contract_id
    return store_goods.list_lots(uow, request, contract_id=contract_id, commodity_code=commodity)


def sell(uow: UnitOfWork, loan_id: str, command: SellGoods) -> SoldGoods:
    """Sells goods of a contract that are in hand, oldest first.

    Refuses NOT_FOUND (loan, buyer), FORBIDDEN, VALIDATION_ERROR (a day before the goods came or
    after today), SHARIAH_VIOLATION more than was received and is left (SLM-09).
    """
    loan = loan_of(uow, loan_id)
    salam = contract(uow, loan.contract_id)
    parties.get_party(uow, command.buyer_id)
    access.require_authority(uow, TRADE_STEP, command.price)
    lots = store_goods.lots_in_hand(uow, salam.contract_id)
    held = sum(lot.left_milli for lot in lots)
    facts = loan_facts(uow, loan, salam, sale=Sale(command.quantity_milli, held))
    judged(uow, salam, facts, Action.SELL_GOODS)
    draws = drawn(lots, command.quantity_milli)
    check_sale_day(uow, draws, command.on)
    sale_id = new_id("sal")
    parts = [postings.Drawn(draw.lot.contract_id, draw.cost_minor) for draw in draws]
    journal = postings.goods_sold(
        books_of(salam), command.price.amount_minor, parts, command.on, sale_id
    )
    take_out(uow, draws, MoveKind.SALE, sale_id, journal.journal_id, command.on)
    sold = SoldGoods(
        sale_id=sale_id,
        loan_id=loan_id,
        contract_id=salam.contract_id,
        buyer_id=command.buyer_id,
        quantity_milli=command.quantity_milli,
        price=command.price,
        cost=Money(sum(draw.cost_minor for draw in draws), salam.asset),
        on=command.on,
        journal_id=journal.journal_id,
    )
    details = {"sale_id": sale_id, "buyer_id": command.buyer_id, "document": command.document}
    audit.record(uow, [Deed("salam.goods_sold", loan_id, None, details)])
    events.record(uow, [Event(names.GOODS_SOLD, loan_id, sale_out(sold))])
    ledger.open_accounts(uow, postings.sale_places(salam.asset, salam.branch_id))
    ledger.post(uow, [journal])
    return sold


def check_sale_day(uow: UnitOfWork, draws: Sequence[Draw], on: date) -> None:
    """Refuses VALIDATION_ERROR a day before the goods came or after today."""
    came = max(draw.lot.received_on for draw in draws)
    if not came <= on <= uow.today:
        message = f"on must lie between {came}, when the goods came, and {uow.today}"
        raise ValidationFailed.field("on", "impossible_date", message)


def take_out(
    uow: UnitOfWork,
    draws: Sequence[Draw],
    kind: MoveKind,
    reference: str,
    journal_id: str,
    on: date,
) -> None:
    """Writes what left the register; the lots must be locked."""
    store_goods.update_lots(uow, [draw.lot for draw in draws])
    store_goods.insert_moves(
        uow,
        [
            Move(
                draw.lot.goods_id, kind, -draw.quantity_milli, -draw.cost_minor, reference,
                journal_id, on,
            )
            for draw in draws
        ],
    )  # fmt: skip


def write_down(
    uow: UnitOfWork, goods_id: str, *, market_value: Money, on: date, document: str
) -> Lot:
    """Takes goods in hand to what they would fetch, where that is less than their cost.

    Refuses NOT_FOUND, FORBIDDEN, VALIDATION_ERROR a value that is not below the cost (goods are
    never written up) or in another currency, and a day that cannot be.
    """
    lot = store_goods.get_lot(uow, goods_id)
    if lot is None:
        raise GoodsNotFound
    if market_value.asset != lot.asset:
        message = f"the goods are kept in {lot.asset.code}"
        raise ValidationFailed.field("currency", "currency_differs", message)
    loss = lot.left_cost_minor - market_value.amount_minor
    access.require_authority(uow, TRADE_STEP, Money(max(loss, 0), lot.asset))
    if loss <= 0:
        cost = Money(lot.left_cost_minor, lot.asset)
        message = f"the goods stand at {cost}; only a lower market value is written"
        raise ValidationFailed.field("market_value", "not_below_cost", message)
    if not lot.received_on <= on <= uow.today:
        message = f"on must lie between {lot.received_on} and {uow.today}"
        raise ValidationFailed.field("on", "impossible_date", message)
    after = replace(lot, left_cost_minor=market_value.amount_minor)
    salam = contract(uow, lot.contract_id)
    journal = postings.goods_written_down(books_of(salam), loss, on, goods_id)
    store_goods.update_lots(uow, [after])
    move = Move(goods_id, MoveKind.WRITE_DOWN, 0, -loss, goods_id, journal.journal_id, on)
    store_goods.insert_moves(uow, [move])
    audit.record(uow, [Deed("salam.goods_written_down", goods_id, None, {"document": document})])
    events.record(uow, [Event(names.GOODS_WRITTEN_DOWN, goods_id, goods_out(after))])
    ledger.open_accounts(uow, [postings.loss_place(lot.asset)])
    ledger.post(uow, [journal])
    return after
