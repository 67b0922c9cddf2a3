"""A murabaha in weeks as a pure model: its stage, what is owed, what is earned. Amounts in cents.

Worked out its own way: the effective method in floating point, so that it agrees to a few cents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import pairwise

BEFORE_PURCHASE = ("REQUESTED", "PROMISED")
IN_HAND = ("PURCHASED", "POSSESSED")
STRAY_CENTS = 4


@dataclass
class ModelMurabaha:
    """`cost` is the one asked for until the purchase. `cut` is all that lowered the debt."""

    approved_cost: int
    margin_bp: int
    cost: int = 0
    stage: str = "REQUESTED"
    is_bound: bool = False
    margin_held: int = 0
    inventory: int = 0
    price: int = 0
    owed: int = 0
    paid: int = 0
    cut: int = 0
    released: int = 0
    discounts: int = 0
    allowances: int = 0
    due: Sequence[tuple[date, int]] = ()
    sold_on: date | None = None
    earned_by: list[tuple[date, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cost = self.approved_cost

    @property
    def profit(self) -> int:
        """The margin on the cost, rounded half-even."""
        return round(Fraction(self.cost * self.margin_bp, 10_000))

    @property
    def loan_status(self) -> str:
        if self.stage in ("DECLINED", "RESOLD", "CANCELLED"):
            return "CANCELLED"
        if self.stage != "SOLD":
            return "APPROVED"
        if self.owed == 0:
            return "COMPLETED"
        return "REPAYING" if self.paid else "DISBURSED"

    def sell(self, on: date, due: Sequence[tuple[date, int]], *, is_credited: bool) -> None:
        self.stage, self.sold_on, self.due = "SOLD", on, due
        self.price = self.owed = self.cost + self.profit
        self.inventory = 0
        if is_credited and self.margin_held:
            self.pay(self.margin_held)
        self.margin_held = 0
        self.earned_by = self._plan()

    def pay(self, amount: int) -> None:
        self.owed -= amount
        self.paid += amount

    def lower(self, cut: int, released: int) -> None:
        """The debt falls by an act of the creditor, by no more than is left of it."""
        less = min(cut, self.owed)
        self.owed -= less
        self.cut += less
        self.released += released

    def share_of_price(self, discount: int) -> int:
        """What a supplier's discount takes off the price, rounded up."""
        return -(-discount * self.price // self.cost)

    def earned_through(self, day: date) -> int:
        """What the plan of the sale calls for by the end of a day."""
        return sum(minor for due, minor in self.earned_by if due <= day)

    def _plan(self) -> list[tuple[date, int]]:
        assert self.sold_on is not None
        days = [self.sold_on, *(day for day, _ in self.due)]
        gaps = [max(1, round((later - day).days / 7)) for day, later in pairwise(days)]
        low, high = 0.0, 1e6
        for _ in range(200):
            rate = (low + high) / 2
            if self._worth(gaps, rate) > self.cost:
                low = rate
            else:
                high = rate
        carried, found = float(self.cost), []
        for (day, amount), gap in zip(self.due, gaps, strict=True):
            grown = carried * (1 + low) ** gap
            found.append((day, round(grown - carried)))
            carried = grown - amount
        return found

    def _worth(self, gaps: Sequence[int], rate: float) -> float:
        worth = 0.0
        for (_, amount), gap in zip(reversed(self.due), reversed(gaps), strict=True):
            worth = (worth + amount) / (1 + rate) ** gap
        return worth
