"""A loan as a pure model: a state, a debt that never grows, and payments. Amounts in cents."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

OPEN = ("DISBURSED", "REPAYING")
OFFICER_MAX = 1_000_00  # what a field officer may take back


@dataclass
class Payment:
    """A recorded payment: what it paid of the debt, and what was more than the debt."""

    repayment_id: str
    paid: int
    excess: int
    is_gift: bool
    is_reversed: bool = False


@dataclass
class ModelLoan:
    """A loan in a dozen lines: a state, a debt that never grows, and payments."""

    principal: int
    fee: int
    status: str = "PENDING_APPROVAL"
    started_on: date | None = None
    payments: dict[str, Payment] = field(default_factory=dict)

    @property
    def paid(self) -> int:
        return sum(one.paid for one in self.payments.values() if not one.is_reversed)

    @property
    def owed(self) -> int:
        return self.principal + self.fee - self.paid

    def pay(self, amount: int, use: str, on: date, today: date) -> str | None:
        """The code of the refusal, or nothing."""
        if self.status not in OPEN:
            return "CONFLICT"
        if not (self.started_on is not None and self.started_on <= on <= today):
            return "VALIDATION_ERROR"
        if amount > self.owed and use in ("refuse", "gift without statement"):
            return "VALIDATION_ERROR"
        return None

    def take(self, repayment_id: str, amount: int, use: str) -> None:
        part = min(amount, self.owed)
        is_gift = use == "gift"
        self.payments[repayment_id] = Payment(repayment_id, part, amount - part, is_gift)
        self.status = "COMPLETED" if self.owed == 0 else "REPAYING"

    def reverse(self, one: Payment, is_officer: bool) -> str | None:
        if self.status not in ("REPAYING", "COMPLETED"):
            return "CONFLICT"
        if one.is_reversed:
            return "CONFLICT"
        if is_officer and one.paid + one.excess > OFFICER_MAX:
            return "LIMIT_EXCEEDED"
        return None

    def give_back(self, one: Payment) -> None:
        one.is_reversed = True
        self.status = "REPAYING" if self.paid else "DISBURSED"
