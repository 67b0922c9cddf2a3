"""The price of a pledge shared out, as journals. All of it passes 2210, which ends at zero.

What is left is the owner's, in 2200; no account of income can be reached from here (rule RHN-34).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.ledger.model import AccountPlace, Entry, Journal, credit, debit, without_zeros
from sanduq.obligations.receipts.model import Parts, PayDebt
from sanduq.obligations.receipts.postings import cash_place, pool_place, receipt
from sanduq.qard.postings import cleared
from sanduq.rahnu.contracts.liquidation.auctions.postings import clearing_place
from sanduq.rahnu.contracts.liquidation.surplus.postings import surplus_place
from sanduq.rahnu.contracts.postings import fee_place
from sanduq.rahnu.model import Waterfall

PAYABLES, GOLD, EXPENSE = "2000", "1210", "5900"


@dataclass(frozen=True, slots=True)
class Lender:
    """Whose money a qard was lent from."""

    fund: str
    pool_id: str | None


@dataclass(frozen=True, slots=True)
class Shared:
    """A sale whose price is shared out."""

    sale_id: str
    contract_id: str
    branch_id: str
    asset: Asset
    waterfall: Waterfall
    costs_paid_minor: int
    surplus_id: str | None


def creditor_place(asset: Asset, contract_id: str) -> AccountPlace:
    """What a sale recovered for a creditor who is not us."""
    return AccountPlace(PAYABLES, asset, subject=contract_id)


def gold_place(asset: Asset) -> AccountPlace:
    """Things the institution bought of their owners, at their price."""
    return AccountPlace(GOLD, asset)


def price_entries(shared: Shared, *, is_bought: bool) -> tuple[Entry, ...]:
    """The price: cash of a dealer, or, bought of the owner, the thing itself."""
    source = gold_place(shared.asset) if is_bought else cash_place(shared.asset, shared.branch_id)
    price = shared.waterfall.price_minor
    return (
        debit(source, price),
        credit(clearing_place(shared.asset, shared.contract_id), price),
    )


def sharing_entries(shared: Shared) -> tuple[Entry, ...]:
    """Costs, custody fee and surplus out of the price; the debt has entries of its own.

    What was paid to third parties and the price does not bear is the creditor's expense.
    """
    parts = shared.waterfall
    borne = parts.costs_minor + parts.to_collection_minor
    clearing = clearing_place(shared.asset, shared.contract_id)
    entries = [
        debit(clearing, borne + parts.to_fee_minor + parts.surplus_minor),
        debit(AccountPlace(EXPENSE, shared.asset), shared.costs_paid_minor - borne),
        credit(cash_place(shared.asset, shared.branch_id), shared.costs_paid_minor),
        credit(fee_place(shared.asset, shared.contract_id), parts.to_fee_minor),
    ]
    if shared.surplus_id is not None:
        entries.append(credit(surplus_place(shared.asset, shared.surplus_id), parts.surplus_minor))
    return without_zeros(*entries)


def to_creditor(shared: Shared) -> tuple[Entry, ...]:
    """What the price recovered for a creditor outside is owed to him."""
    amount = shared.waterfall.to_principal_minor
    return without_zeros(
        debit(clearing_place(shared.asset, shared.contract_id), amount),
        credit(creditor_place(shared.asset, shared.contract_id), amount),
    )


def handed_to_rail(shared: Shared) -> tuple[Entry, ...]:
    """What goes to a debt of another rail, which takes it in as cash."""
    amount = shared.waterfall.to_principal_minor
    return without_zeros(
        debit(clearing_place(shared.asset, shared.contract_id), amount),
        credit(cash_place(shared.asset, shared.branch_id), amount),
    )


def balance_paid(shared: Shared) -> tuple[Entry, ...]:
    """Bought of the owner, what the price exceeds the debt by is paid out at once (RHN-21)."""
    assert shared.surplus_id is not None
    amount = shared.waterfall.surplus_minor
    return (
        debit(surplus_place(shared.asset, shared.surplus_id), amount),
        credit(cash_place(shared.asset, shared.branch_id), amount),
    )


def sold(shared: Shared, on: date, entries: Sequence[Entry]) -> Journal:
    """One journal of all that a sale does beside the debt."""
    return Journal(new_id("jrn"), "pledge.sold", on, tuple(entries), reference=shared.sale_id)


def debt_recovered(
    command: PayDebt, parts: Parts, lender: Lender, *, contract_id: str, branch_id: str
) -> Journal:
    """A qard paid out of the price: Dr 2210 Cr 1100 and 1110.

    Where a fund lent the money its pool receives the principal from the branch's cash.
    """
    asset = command.amount.asset
    clearing = clearing_place(asset, contract_id)
    entries = [debit(clearing, parts.principal_minor + parts.fee_minor)]
    if lender.pool_id is not None:
        entries += [
            credit(cash_place(asset, branch_id), parts.principal_minor),
            debit(pool_place(asset, lender.fund, lender.pool_id), parts.principal_minor),
        ]
    settled = cleared(
        asset, command.obligation_id, lender.fund, parts.principal_minor, parts.fee_minor
    )
    return receipt("pledge.debt_recovered", command, parts, *entries, *settled)


def creditor_paid(
    asset: Asset, contract_id: str, branch_id: str, amount_minor: int, on: date, sale_id: str
) -> Journal:
    """What was recovered for a creditor outside goes to him: Dr 2000 Cr 1000."""
    entries = (
        debit(creditor_place(asset, contract_id), amount_minor),
        credit(cash_place(asset, branch_id), amount_minor),
    )
    return Journal(new_id("jrn"), "pledge.creditor_paid", on, entries, reference=sale_id)
