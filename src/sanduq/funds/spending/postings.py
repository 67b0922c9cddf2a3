"""The fund's side of a drawing and of a return: each pair balances within the fund."""

from __future__ import annotations

from datetime import date

from sanduq.funds.spending.model import FundKind, FundSource
from sanduq.kit.money import Asset, Money
from sanduq.ledger.model import AccountPlace, Entry, Journal, credit, debit

CASH = "1000"
EQUITY = {FundKind.WAQF: "3110", FundKind.SADAQAH: "3200", FundKind.ZAKAT: "3300"}


def cash_place(asset: Asset, source: FundSource) -> AccountPlace:
    """The fund's own money."""
    return AccountPlace(CASH, asset, source.fund)


def equity_place(asset: Asset, source: FundSource) -> AccountPlace:
    """What the fund may still spend: of a waqf its income, never its corpus."""
    return AccountPlace(EQUITY[source.kind], asset, source.fund)


def drawn(source: FundSource, amount: Money) -> tuple[Entry, ...]:
    """Dr the fund, Cr its cash; nothing where the institution pays itself."""
    if source.kind not in EQUITY:
        return ()
    return (
        debit(equity_place(amount.asset, source), amount.amount_minor),
        credit(cash_place(amount.asset, source), amount.amount_minor),
    )


def returned(source: FundSource, amount: Money) -> tuple[Entry, ...]:
    """Dr its cash, Cr the fund."""
    if source.kind not in EQUITY:
        return ()
    return (
        debit(cash_place(amount.asset, source), amount.amount_minor),
        credit(equity_place(amount.asset, source), amount.amount_minor),
    )


def granted(journal_id: str, entries: tuple[Entry, ...], on: date, spending_id: str) -> Journal:
    """A gift from sadaqah, which needs no other room's entries."""
    return Journal(journal_id, "fund.granted", on, entries, reference=spending_id)
