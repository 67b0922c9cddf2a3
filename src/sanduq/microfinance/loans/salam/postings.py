"""The journals of salam (AAOIFI FAS 7): capital, goods, refunds, and their sale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.ledger.model import AccountPlace, Entry, Journal, credit, debit, without_zeros
from sanduq.obligations.receipts.model import Parts, PayDebt
from sanduq.obligations.receipts.postings import cash_place, excess_place, money_in
from sanduq.obligations.receipts.postings import receipt as received

FINANCING, GOODS, REFUNDABLE = "1400", "1410", "1420"
DUE_TO_PLEDGORS, PARALLEL, REVENUE = "2200", "2400", "4400"
COST_OF_SALES, LOSS_OF_VALUE = "5300", "5500"


def financing_place(asset: Asset, contract_id: str) -> AccountPlace:
    """The capital of goods not delivered yet."""
    return AccountPlace(FINANCING, asset, subject=contract_id)


def goods_place(asset: Asset, contract_id: str) -> AccountPlace:
    """Goods in hand that came from one contract, at cost."""
    return AccountPlace(GOODS, asset, subject=contract_id)


def refundable_place(asset: Asset, contract_id: str) -> AccountPlace:
    """Capital of cancelled goods, and discounts, that the seller is to give back."""
    return AccountPlace(REFUNDABLE, asset, subject=contract_id)


def pledgor_place(asset: Asset, pledgor_id: str) -> AccountPlace:
    """What of a pledge's price is its giver's."""
    return AccountPlace(DUE_TO_PLEDGORS, asset, subject=pledgor_id)


def parallel_place(asset: Asset, parallel_id: str) -> AccountPlace:
    """The price received for goods we are to deliver."""
    return AccountPlace(PARALLEL, asset, subject=parallel_id)


def loss_place(asset: Asset) -> AccountPlace:
    return AccountPlace(LOSS_OF_VALUE, asset)


@dataclass(frozen=True, slots=True)
class Contract:
    """Whose books an entry stands in."""

    contract_id: str
    loan_id: str
    branch_id: str
    asset: Asset


def price_paid(contract: Contract, amount_minor: int, on: date) -> Journal:
    """Price paid to the seller (FAS 7 2, 4)."""
    return _journal(
        "salam.price_paid",
        on,
        contract.loan_id,
        debit(financing_place(contract.asset, contract.contract_id), amount_minor),
        credit(cash_place(contract.asset, contract.branch_id), amount_minor),
    )


@dataclass(frozen=True, slots=True)
class Received:
    """How the capital of goods received divides: goods, discount owed back, loss of value."""

    goods_minor: int
    discount_minor: int
    loss_minor: int

    @property
    def capital_minor(self) -> int:
        return self.goods_minor + self.discount_minor + self.loss_minor


def divided(capital_minor: int, *, market_minor: int | None, discount_minor: int = 0) -> Received:
    """Goods stand at what was paid for them, or at their market value where that is less; never
    at more (FAS 7 9, 11)."""
    paid = capital_minor - discount_minor
    goods = paid if market_minor is None else min(paid, market_minor)
    return Received(goods, discount_minor, paid - goods)


def goods_received(contract: Contract, parts: Received, on: date, kind: str) -> Journal:
    """Goods, as agreed or others, in place of the capital."""
    asset, contract_id = contract.asset, contract.contract_id
    return _journal(
        kind,
        on,
        contract.loan_id,
        debit(goods_place(asset, contract_id), parts.goods_minor),
        debit(refundable_place(asset, contract_id), parts.discount_minor),
        debit(loss_place(asset), parts.loss_minor),
        credit(financing_place(asset, contract_id), parts.capital_minor),
    )


def cancelled(contract: Contract, refund_minor: int, on: date) -> Journal:
    """Capital of goods given up, now owed in money (FAS 7 13-14)."""
    return _journal(
        "salam.cancelled",
        on,
        contract.loan_id,
        debit(refundable_place(contract.asset, contract.contract_id), refund_minor),
        credit(financing_place(contract.asset, contract.contract_id), refund_minor),
    )


def receipt(command: PayDebt, parts: Parts, *, branch_id: str, debtor_id: str) -> Journal:
    """Money the seller gives back; what is too much is owed to him, or his gift if he said so."""
    entries = money_in(
        command, branch_id=branch_id, debtor_id=debtor_id, fund="own", pool_id=None, parts=parts
    )
    place = refundable_place(command.amount.asset, command.obligation_id)
    return received(
        "salam.refunded", command, parts, *entries, credit(place, parts.principal_minor)
    )


def pledge_sold(command: PayDebt, parts: Parts, *, branch_id: str, pledgor_id: str) -> Journal:
    """The price of a pledge pays what is due; the surplus is the pledgor's (FAS 7 15)."""
    asset = command.amount.asset
    return received(
        "salam.pledge_sold",
        command,
        parts,
        debit(cash_place(asset, branch_id), command.amount.amount_minor),
        credit(refundable_place(asset, command.obligation_id), parts.principal_minor),
        credit(pledgor_place(asset, pledgor_id), parts.excess_minor),
    )


@dataclass(frozen=True, slots=True)
class Drawn:
    """Goods taken out of one contract's lot, at cost."""

    contract_id: str
    cost_minor: int


def goods_sold(
    contract: Contract, price_minor: int, drawn: Sequence[Drawn], on: date, reference: str
) -> Journal:
    """Goods in hand sold for money: the price is revenue, the cost leaves the register."""
    return _journal(
        "salam.goods_sold",
        on,
        reference,
        debit(cash_place(contract.asset, contract.branch_id), price_minor),
        credit(AccountPlace(REVENUE, contract.asset), price_minor),
        *_cost(contract.asset, drawn),
    )


def goods_written_down(contract: Contract, loss_minor: int, on: date, reference: str) -> Journal:
    """Goods in hand at what they would fetch, where that is less than they cost (FAS 7 18)."""
    return _journal(
        "salam.goods_written_down",
        on,
        reference,
        debit(loss_place(contract.asset), loss_minor),
        credit(goods_place(contract.asset, contract.contract_id), loss_minor),
    )


def parallel_price(asset: Asset, branch_id: str, parallel_id: str, minor: int, on: date) -> Journal:
    """The price of goods we owe, received in full (FAS 7 3)."""
    return _journal(
        "parallel_salam.price_received",
        on,
        parallel_id,
        debit(cash_place(asset, branch_id), minor),
        credit(parallel_place(asset, parallel_id), minor),
    )


def parallel_delivered(
    asset: Asset, parallel_id: str, earned_minor: int, drawn: Sequence[Drawn], on: date
) -> Journal:
    """Goods delivered: their price is earned, their cost leaves the register (FAS 7 19)."""
    return _journal(
        "parallel_salam.delivered",
        on,
        parallel_id,
        debit(parallel_place(asset, parallel_id), earned_minor),
        credit(AccountPlace(REVENUE, asset), earned_minor),
        *_cost(asset, drawn),
    )


def sale_places(asset: Asset, branch_id: str) -> list[AccountPlace]:
    """Accounts a sale of goods needs open, those of the goods themselves aside."""
    return [
        cash_place(asset, branch_id),
        AccountPlace(REVENUE, asset),
        AccountPlace(COST_OF_SALES, asset),
    ]


def _cost(asset: Asset, drawn: Sequence[Drawn]) -> list[Entry]:
    by_contract: dict[str, int] = {}
    for part in drawn:
        by_contract[part.contract_id] = by_contract.get(part.contract_id, 0) + part.cost_minor
    total = sum(by_contract.values())
    return [
        debit(AccountPlace(COST_OF_SALES, asset), total),
        *(credit(goods_place(asset, each), cost) for each, cost in sorted(by_contract.items())),
    ]


def _journal(kind: str, on: date, reference: str, *entries: Entry) -> Journal:
    return Journal(new_id("jrn"), kind, on, without_zeros(*entries), reference=reference)


__all__ = [
    "Contract", "Drawn", "Received", "cancelled", "cash_place", "divided", "excess_place",
    "financing_place", "goods_place", "goods_received", "goods_sold", "goods_written_down",
    "loss_place", "parallel_delivered", "parallel_place", "parallel_price", "pledge_sold",
    "pledgor_place", "price_paid", "receipt", "refundable_place", "sale_places",
]  # fmt: skip
