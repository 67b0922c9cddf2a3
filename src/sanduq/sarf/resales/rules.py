"""Shariah checks of gold sold freely: neither side is taken in about the price."""

from __future__ import annotations

from sanduq.kit.money import Asset, Money
from sanduq.sarf.resales.model import Bounds
from sanduq.shariah.model import Finding, Severity
from sanduq.shariah.rulebook import found


def far_from_market(price_minor: int, fair: Bounds, asset: Asset) -> list[Finding]:
    """A price far from the market, whomever it favours, is for the scholars to look at (SRF-19)."""
    if fair.holds(price_minor):
        return []
    is_low = price_minor < fair.least_minor
    limit = fair.least_minor if is_low else fair.most_minor
    message = f"the price lies so far {'below' if is_low else 'above'} the market that the board is"
    return [
        found(
            "SRF-19", "price", f"{message} asked", observed=_printed(price_minor, asset),
            limit=_printed(limit, asset), severity=Severity.REVIEW,
        )
    ]  # fmt: skip


def _printed(minor: int, asset: Asset) -> str:
    return f"{Money(minor, asset).decimal:f}"
