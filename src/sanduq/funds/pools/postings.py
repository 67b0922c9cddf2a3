"""Capital of pools as journals: from a fund's own cash to its cash within the pool, and back."""

from __future__ import annotations

from datetime import date

from sanduq.funds.pools.model import Origin, Pool
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.ledger.model import AccountPlace, Journal, credit, debit

CASH, SADAQAH, ZAKAT = "1000", "3200", "3300"
PLACED, WITHDRAWN = "pool.placed", "pool.withdrawn"


def pool_place(asset: Asset, fund: str, pool_id: str) -> AccountPlace:
    """The cash of one pool that belongs to one fund."""
    return AccountPlace(CASH, asset, fund, pool_id)


def moved(pool: Pool, origin: Origin, amount_minor: int, on: date) -> Journal:
    """Capital into the pool, or out of it where the amount is below zero."""
    inside = pool_place(pool.asset, origin.fund, pool.pool_id)
    outside = origin.home(pool.asset)
    kind = PLACED if amount_minor > 0 else WITHDRAWN
    return Journal(
        new_id("jrn"),
        kind,
        on,
        (debit(inside, amount_minor), credit(outside, amount_minor)),
        reference=pool.pool_id,
    )


def bearer_place(asset: Asset, fund: str) -> AccountPlace:
    """The donors' money that bears the claims it was lent on."""
    return AccountPlace(SADAQAH if fund.startswith("sadaqah:") else ZAKAT, asset, fund)


def given_up(
    asset: Asset, fund: str, amount_minor: int, on: date, reference: str, claim: AccountPlace
) -> Journal:
    """A claim that donors' money was lent on is given up: the donors' fund bears it."""
    bearer = bearer_place(asset, fund)
    return Journal(
        new_id("jrn"),
        "pool.claim_given_up",
        on,
        (debit(bearer, amount_minor), credit(claim, amount_minor)),
        reference=reference,
    )
