"""A salam as a pure model: goods owed, money paid and to be given back. In cents and grams."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass
class ModelSalam:
    """A salam in two dozen lines: goods owed, money paid and to be given back."""

    quantity: int
    capital: int
    due: date
    paid: int = 0
    contracted: date | None = None
    lapsed: int = 0
    is_settled: bool = False
    received: int = 0
    given_up: int = 0
    refund: int = 0
    refunded: int = 0
    in_hand: int = 0

    @property
    def sold(self) -> int:
        return self.quantity - self.lapsed

    @property
    def undelivered(self) -> int:
        return self.sold - self.received - self.given_up if self.is_settled else 0

    @property
    def capital_open(self) -> int:
        if not self.is_settled:
            return self.paid
        return self.paid * self.undelivered // self.sold

    @property
    def owed(self) -> int:
        return self.refund - self.refunded

    @property
    def status(self) -> str:
        if not self.is_settled:
            return "APPROVED"
        if self.undelivered == 0 and self.owed == 0:
            return "COMPLETED"
        return "REPAYING" if self.received or self.refunded else "DISBURSED"

    def share(self, quantity: int) -> int:
        """The capital that goes with a quantity, cut so that the parts add up."""
        kept = self.paid * (self.undelivered - quantity) // self.sold
        return self.capital_open - kept

    def pay(self, amount: int, today: date) -> str | None:
        if self.is_settled:
            return "CONFLICT"
        if amount > self.capital - self.paid:
            return "VALIDATION_ERROR"
        return "SHARIAH_VIOLATION" if today >= self.due else None

    def step(self, quantity: int) -> str | None:
        """Why goods cannot be delivered, substituted or cancelled."""
        if not self.is_settled or self.undelivered == 0:
            return "CONFLICT"
        return "VALIDATION_ERROR" if quantity > self.undelivered else None

    def close_day(self, day: date) -> None:
        if self.is_settled or not self.paid or self.contracted is None:
            return
        if self.contracted + timedelta(days=3) <= day:
            kept = max(1, self.quantity * self.paid // self.capital)
            self.lapsed, self.is_settled = self.quantity - kept, True
