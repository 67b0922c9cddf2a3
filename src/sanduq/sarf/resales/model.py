"""Gold of the institution sold to anybody at the market of the day. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from sanduq.sarf.model import BP, Rounding, share_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class NewResale:
    """Free gold about to be sold. `price_minor` None: what it is worth on today's board."""

    buyer_id: str
    item_ids: tuple[str, ...]
    branch_id: str | None = None
    price_minor: int | None = None
    external_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Prices between which nobody asks: outside of them the scholars are asked first."""

    least_minor: int
    most_minor: int

    def holds(self, price_minor: int) -> bool:
        """Whether a price lies between them, both included."""
        return self.least_minor <= price_minor <= self.most_minor


def bounds(market: Fraction | int, tolerance_bp: int) -> Bounds:
    """How far from the exact market value a price may lie, in whole minor units."""
    return Bounds(
        share_minor(market, BP - tolerance_bp),
        share_minor(market, BP + tolerance_bp, Rounding.UP),
    )
