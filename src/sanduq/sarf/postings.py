"""Gold and money in the books: one journal holds both sides of an exchange.

In money 1210 is the inventory at cost. In gold (`XAU/3`, milligrams of pure metal) 1210 is what
lies in the vault and 1290 the position it stands against, so that each side balances by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sanduq.kit.money import Asset
from sanduq.ledger.model import AccountPlace, Entry, Journal, credit, debit, without_zeros

GOLD = Asset("XAU", 3)

CASH, INVENTORY, WRITTEN_DOWN, POSITION = "1000", "1210", "1219", "1290"
PROVISION, SALES, SERVICE = "2500", "4600", "4900"
COST_OF_SALES, PROMISE_LOSS, CUSTODY_LOSS = "5300", "5500", "5700"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Pieces that leave: what they cost, what of it was written down, and what a provision for
    the promise bears (`facility_id` says whose)."""

    cost_minor: int
    written_down_minor: int = 0
    provision_minor: int = 0
    facility_id: str | None = None


def cash(asset: Asset, branch_id: str) -> AccountPlace:
    """The cash of one branch."""
    return AccountPlace(CASH, asset, subject=branch_id)


def inventory(asset: Asset) -> AccountPlace:
    """Gold at what it cost in one currency; of `GOLD`, the pure milligrams themselves."""
    return AccountPlace(INVENTORY, asset)


def provision(asset: Asset, facility_id: str) -> AccountPlace:
    """What is provided for one promise."""
    return AccountPlace(PROVISION, asset, subject=facility_id)


def purchase(
    journal_id: str,
    session_id: str,
    on: date,
    *,
    asset: Asset,
    branch_id: str,
    price_minor: int,
    fine_mg: int,
) -> Journal:
    """Gold bought: it enters at its price, and nothing is owed by or to anybody."""
    return Journal(
        journal_id,
        "sarf.purchase",
        on,
        (
            debit(inventory(asset), price_minor),
            credit(cash(asset, branch_id), price_minor),
            debit(inventory(GOLD), fine_mg),
            credit(AccountPlace(POSITION, GOLD), fine_mg),
        ),
        reference=session_id,
    )


def sale(
    journal_id: str,
    session_id: str,
    on: date,
    *,
    asset: Asset,
    branch_id: str,
    price_minor: int,
    fine_mg: int,
    gone: Gone,
) -> Journal:
    """Gold sold: the price is revenue, what it stood at is its cost."""
    booked = gone.cost_minor - gone.written_down_minor - gone.provision_minor
    entries: list[Entry] = [
        debit(cash(asset, branch_id), price_minor),
        credit(AccountPlace(SALES, asset), price_minor),
        debit(AccountPlace(COST_OF_SALES, asset), booked),
        debit(AccountPlace(WRITTEN_DOWN, asset), gone.written_down_minor),
        credit(inventory(asset), gone.cost_minor),
        debit(AccountPlace(POSITION, GOLD), fine_mg),
        credit(inventory(GOLD), fine_mg),
    ]
    if gone.facility_id is not None:
        entries.append(debit(provision(asset, gone.facility_id), gone.provision_minor))
    return Journal(journal_id, "sarf.sale", on, without_zeros(*entries), reference=session_id)


def exchange(
    journal_id: str,
    session_id: str,
    on: date,
    *,
    asset: Asset,
    branch_id: str,
    fine_in_mg: int,
    fine_out_mg: int,
    service_fee_minor: int,
    gone: Gone,
) -> Journal:
    """Gold for gold: what comes takes the cost of what goes; only a service may be paid."""
    entries = [
        debit(inventory(GOLD), fine_in_mg),
        credit(AccountPlace(POSITION, GOLD), fine_in_mg),
        debit(AccountPlace(POSITION, GOLD), fine_out_mg),
        credit(inventory(GOLD), fine_out_mg),
        debit(cash(asset, branch_id), service_fee_minor),
        credit(AccountPlace(SERVICE, asset), service_fee_minor),
        # The write-down goes with the piece that goes; what comes in is measured anew.
        debit(AccountPlace(WRITTEN_DOWN, asset), gone.written_down_minor),
        credit(inventory(asset), gone.written_down_minor),
    ]
    return Journal(journal_id, "sarf.exchange", on, without_zeros(*entries), reference=session_id)


def lost(
    journal_id: str,
    loss_id: str,
    on: date,
    *,
    asset: Asset,
    cost_minor: int,
    written_down_minor: int,
    fine_mg: int,
) -> Journal:
    """Gold that is gone: what it stood at is a loss of custody, and nobody owes it."""
    entries = without_zeros(
        debit(AccountPlace(CUSTODY_LOSS, asset), cost_minor - written_down_minor),
        debit(AccountPlace(WRITTEN_DOWN, asset), written_down_minor),
        credit(inventory(asset), cost_minor),
        debit(AccountPlace(POSITION, GOLD), fine_mg),
        credit(inventory(GOLD), fine_mg),
    )
    return Journal(journal_id, "sarf.loss", on, entries, reference=loss_id)


def write_down_released(
    journal_id: str, session_id: str, on: date, *, asset: Asset, amount_minor: int
) -> list[Journal]:
    """What was written down of gold that is owned no more; nothing for nothing."""
    if not amount_minor:
        return []
    entries = (
        debit(AccountPlace(WRITTEN_DOWN, asset), amount_minor),
        credit(AccountPlace(PROMISE_LOSS, asset), amount_minor),
    )
    return [Journal(journal_id, "sarf.write_down", on, entries, reference=session_id)]


def places(journals: Sequence[Journal]) -> set[AccountPlace]:
    """Every account these journals touch, to be opened first."""
    return {entry.place for journal in journals for entry in journal.entries}
