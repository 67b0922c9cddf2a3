"""Where a recovery belongs: a loss that a fund met is that fund's, and so is what comes back."""

from __future__ import annotations

from dataclasses import dataclass

from sanduq.kit.money import Money
from sanduq.ledger.model import OWN_FUND, Entry
from sanduq.shariah.model import Finding
from sanduq.shariah.rulebook import found

_EQUITY = frozenset({"2010", "3100", "3110", "3200", "3300"})


@dataclass(frozen=True, slots=True)
class RecoveryFacts:
    """A recovery about to be booked: the fund that bore the loss, and the journal's entries."""

    absorbing_fund: str
    recovered: Money
    entries: tuple[Entry, ...]


def rule_def_17(facts: RecoveryFacts) -> list[Finding]:
    """What is recovered is credited to the fund that bore the loss, all of it.

    A loss the institution bore itself is its own to recover.
    """
    if facts.absorbing_fund == OWN_FUND:
        return []
    returned = -sum(
        e.amount_minor
        for e in facts.entries
        if e.place.fund == facts.absorbing_fund and e.place.code in _EQUITY
    )
    if returned >= facts.recovered.amount_minor:
        return []
    return [
        found(
            "DEF-17",
            "recovery",
            f"what is recovered goes back to {facts.absorbing_fund}, which bore the loss",
            observed=f"{Money(returned, facts.recovered.asset).decimal:f}",
            limit=f"{facts.recovered.decimal:f}",
        )
    ]
