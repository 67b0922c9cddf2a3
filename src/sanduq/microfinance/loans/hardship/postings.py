"""Default, write-off and recovery as journals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset, Money
from sanduq.ledger.model import AccountPlace, Entry, Journal, credit, debit, without_zeros
from sanduq.obligations.receipts.postings import cash_place, pool_place

ALLOWANCE, IMPAIRMENT, RECOVERIES = "1190", "5200", "4700"
FEE_RECEIVABLE, CHARITY = "1110", "2100"


def cost_place(asset: Asset, cost_id: str) -> AccountPlace:
    """What a borrower owes for one receipt of collection."""
    return AccountPlace(FEE_RECEIVABLE, asset, subject=cost_id)


def cost_charged(amount: Money, branch_id: str, cost_id: str, on: date) -> Journal:
    """Third parties are paid, and the borrower owes exactly that."""
    entries = (
        debit(cost_place(amount.asset, cost_id), amount.amount_minor),
        credit(cash_place(amount.asset, branch_id), amount.amount_minor),
    )
    return Journal(new_id("jrn"), "loan.cost_charged", on, entries, reference=cost_id)


def nets_by_fund(cleared: Sequence[Entry]) -> Mapping[str, int]:
    """What each fund loses when its receivable is cleared."""
    nets: dict[str, int] = {}
    for entry in cleared:
        nets[entry.place.fund] = nets.get(entry.place.fund, 0) - entry.amount_minor
    return nets


def borne_by_allowance(
    cleared: Sequence[Entry], asset: Asset, code: str = ALLOWANCE
) -> tuple[Entry, ...]:
    """The institution bears the loss, against its allowance or, forgiving, as an expense."""
    nets = nets_by_fund(cleared)
    return tuple(debit(AccountPlace(code, asset, fund), minor) for fund, minor in nets.items())


def paid_in(
    cleared: Sequence[Entry], asset: Asset, branch_id: str, pool_id: str | None
) -> tuple[Entry, ...]:
    """Another fund's money comes in where each claim stood: the branch's cash, or the pool's."""
    places = {
        fund: cash_place(asset, branch_id)
        if fund == "own" or pool_id is None
        else pool_place(asset, fund, pool_id)
        for fund in nets_by_fund(cleared)
    }
    nets = nets_by_fund(cleared)
    return tuple(debit(places[fund], minor) for fund, minor in nets.items())


def paid_out(minor: int, asset: Asset, branch_id: str, code: str = ALLOWANCE) -> tuple[Entry, ...]:
    """The institution pays a pool's loss out of its own: its allowance, its branch's cash."""
    return (
        debit(AccountPlace(code, asset), minor),
        credit(cash_place(asset, branch_id), minor),
    )


def journal(kind: str, on: date, entries: Sequence[Entry], reference: str) -> Journal:
    """A journal of this room, without the entries of nothing."""
    return Journal(new_id("jrn"), kind, on, without_zeros(*entries), reference=reference)
