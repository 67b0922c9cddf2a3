"""Murabaha events as journals: the only place that knows both a murabaha and an account.

Inventory, receivable, deferred profit and security margin are kept per contract.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sanduq.kit.ids import new_id
from sanduq.ledger.model import OWN_FUND, AccountPlace, Entry, Journal, credit, debit, without_zeros
from sanduq.microfinance.loans.murabaha.model import MarginSettlement, Murabaha
from sanduq.obligations.receipts.model import Parts, PayDebt
from sanduq.obligations.receipts.postings import cash_place, credit_place, money_in
from sanduq.obligations.receipts.postings import receipt as received

INVENTORY, RECEIVABLE, DEFERRED, MARGIN = "1200", "1300", "1390", "2300"
REVENUE, DEFERRAL, AMORTISED, COST = "4300", "4305", "4310", "5300"


def _kept(code: str, contract: Murabaha) -> AccountPlace:
    return AccountPlace(code, contract.asset, subject=contract.murabaha_id)


def _cash(contract: Murabaha) -> AccountPlace:
    return cash_place(contract.asset, contract.branch_id)


def _journal(kind: str, contract: Murabaha, on: date, *entries: Entry) -> Journal:
    return Journal(new_id("jrn"), kind, on, without_zeros(*entries), reference=contract.murabaha_id)


def places(journals: Iterable[Journal]) -> set[AccountPlace]:
    """The accounts these journals need open."""
    return {entry.place for journal in journals for entry in journal.entries}


def sale_places(contract: Murabaha) -> set[AccountPlace]:
    """The accounts a sold murabaha needs open for all that follows."""
    own = {_kept(code, contract) for code in (RECEIVABLE, DEFERRED)}
    return own | {
        _cash(contract), *(AccountPlace(c, contract.asset) for c in (AMORTISED, DEFERRAL))
    }  # fmt: skip


def margin_taken(contract: Murabaha, on: date) -> Journal:
    """The customer lays down a security margin; it stays his."""
    return _journal(
        "murabaha.margin_taken", contract, on,
        debit(_cash(contract), contract.margin_minor),
        credit(_kept(MARGIN, contract), contract.margin_minor),
    )  # fmt: skip


def margin_returned(contract: Murabaha, amount_minor: int, on: date) -> Journal:
    """A security margin goes back."""
    return _journal(
        "murabaha.margin_returned", contract, on,
        debit(_kept(MARGIN, contract), amount_minor),
        credit(_cash(contract), amount_minor),
    )  # fmt: skip


def purchased(contract: Murabaha, on: date) -> Journal:
    """Price and direct expenses paid: the goods are the institution's (FAS 28 5-6)."""
    return _journal(
        "murabaha.purchased", contract, on,
        debit(_kept(INVENTORY, contract), contract.inventory_minor),
        credit(_cash(contract), contract.inventory_minor),
    )  # fmt: skip


def sold(contract: Murabaha, on: date) -> Journal:
    """The receivable at face, the cost of what was sold, the profit deferred (FAS 28 8-10, 22-24).

    `contract` as it stands before its inventory is gone.
    """
    price, profit = contract.price_minor, contract.profit_minor
    revenue = AccountPlace(REVENUE, contract.asset)
    return _journal(
        "murabaha.sold", contract, on,
        debit(_kept(RECEIVABLE, contract), price),
        credit(revenue, price),
        debit(AccountPlace(COST, contract.asset), contract.inventory_minor),
        credit(_kept(INVENTORY, contract), contract.inventory_minor),
        debit(AccountPlace(DEFERRAL, contract.asset), profit),
        credit(_kept(DEFERRED, contract), profit),
    )  # fmt: skip


def margin_credited(contract: Murabaha, command: PayDebt, parts: Parts, owed_minor: int) -> Journal:
    """The security margin pays of the price (FAS 28 37)."""
    return received(
        "murabaha.margin_credited", command, parts,
        debit(_kept(MARGIN, contract), parts.principal_minor),
        *_paid(contract, parts, owed_minor),
    )  # fmt: skip


def receipt(contract: Murabaha, command: PayDebt, parts: Parts, owed_minor: int) -> Journal:
    """An instalment received; an excess is owed back or, if said so, a gift (FAS 28 15-16).

    `owed_minor`: before the payment. What is paid ahead earns the profit it leaves no debt for.
    """
    cash = money_in(
        command, branch_id=contract.branch_id, debtor_id=contract.borrower_id, fund=OWN_FUND,
        pool_id=None, parts=parts,
    )  # fmt: skip
    return received("murabaha.repaid", command, parts, *cash, *_paid(contract, parts, owed_minor))


def _paid(contract: Murabaha, parts: Parts, owed_minor: int) -> tuple[Entry, ...]:
    left = owed_minor - parts.principal_minor
    ahead = contract.booked_minor(owed_minor) - contract.booked_minor(left)
    return (
        credit(_kept(RECEIVABLE, contract), parts.principal_minor),
        debit(_kept(DEFERRED, contract), ahead),
        credit(AccountPlace(AMORTISED, contract.asset), ahead),
    )


def deferred_again(reversal: Journal) -> int:
    """What the reversal of a receipt defers again."""
    return -sum(e.amount_minor for e in reversal.entries if e.place.code == DEFERRED)


def earned(contract: Murabaha, amount_minor: int, on: date) -> Journal:
    """Deferred profit becomes income; less than nothing takes it back (FAS 28 25-26)."""
    return _journal(
        "murabaha.profit_earned", contract, on,
        debit(_kept(DEFERRED, contract), amount_minor),
        credit(AccountPlace(AMORTISED, contract.asset), amount_minor),
    )  # fmt: skip


def rebated(contract: Murabaha, amount_minor: int, on: date) -> Journal:
    """Profit not yet earned is given up (FAS 28 29)."""
    return _journal(
        "murabaha.rebated", contract, on,
        debit(_kept(DEFERRED, contract), amount_minor),
        credit(_kept(RECEIVABLE, contract), amount_minor),
    )  # fmt: skip


def discounted_before_sale(contract: Murabaha, discount_minor: int, on: date) -> Journal:
    """The supplier gives money back while the goods are in hand: they cost less."""
    return _journal(
        "murabaha.supplier_discount", contract, on,
        debit(_cash(contract), discount_minor),
        credit(_kept(INVENTORY, contract), discount_minor),
    )  # fmt: skip


def discounted_after_sale(
    contract: Murabaha, discount_minor: int, on: date, *, less_minor: int, back_minor: int,
    released_minor: int,
) -> Journal:  # fmt: skip
    """The supplier gives money back, and the customer's price falls in proportion (FAS 28 32-33).

    `less_minor` of it lowers what he still owes, `back_minor` is owed to him; `released_minor` of
    the deferred profit was never to be earned.
    """
    return _journal(
        "murabaha.supplier_discount", contract, on,
        debit(_cash(contract), discount_minor),
        credit(AccountPlace(COST, contract.asset), discount_minor),
        *_price_lowered(contract, less_minor, back_minor, released_minor),
    )  # fmt: skip


def allowed_for_defect(
    contract: Murabaha, on: date, *, less_minor: int, back_minor: int, released_minor: int
) -> Journal:
    """The price is lowered for a hidden defect; as with a discount, without the supplier."""
    return _journal(
        "murabaha.defect_allowance", contract, on,
        *_price_lowered(contract, less_minor, back_minor, released_minor),
    )  # fmt: skip


def _price_lowered(
    contract: Murabaha, less_minor: int, back_minor: int, released_minor: int
) -> tuple[Entry, ...]:
    return (
        debit(AccountPlace(REVENUE, contract.asset), less_minor + back_minor),
        credit(_kept(RECEIVABLE, contract), less_minor),
        credit(credit_place(contract.asset, contract.borrower_id), back_minor),
        debit(_kept(DEFERRED, contract), released_minor),
        credit(AccountPlace(DEFERRAL, contract.asset), released_minor),
    )


def cleared(contract: Murabaha, amount_minor: int, released_minor: int) -> tuple[Entry, ...]:
    """What is forgiven or written off: deferred profit first; whoever bears the rest is added."""
    return without_zeros(
        credit(_kept(RECEIVABLE, contract), amount_minor),
        debit(_kept(DEFERRED, contract), released_minor),
    )


def resold(contract: Murabaha, resale_minor: int, margin: MarginSettlement, on: date) -> Journal:
    """Goods the customer did not want are sold to another for cash; of his margin the actual loss
    makes the cost good, the rest goes back."""
    revenue, cost = AccountPlace(REVENUE, contract.asset), AccountPlace(COST, contract.asset)
    return _journal(
        "murabaha.resold", contract, on,
        debit(_cash(contract), resale_minor),
        credit(revenue, resale_minor),
        debit(cost, contract.inventory_minor),
        credit(_kept(INVENTORY, contract), contract.inventory_minor),
        debit(_kept(MARGIN, contract), margin.kept_minor + margin.returned_minor),
        credit(cost, margin.kept_minor),
        credit(_cash(contract), margin.returned_minor),
    )  # fmt: skip
