"""A lease in weeks as a pure model: rents, days out of use, payments. Amounts in cents.

Worked out its own way: each rent from scratch, every time it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

WEEK = 7
OVER = ("ENDED", "LOST", "RETURNED", "TRANSFERRED")


@dataclass
class Outage:
    """Days out of use from the first on, up to the day before `until`. `counted` is the last
    day taken off a rent while it still lasts."""

    first: date
    is_blameless: bool
    until: date | None = None
    counted: date | None = None


@dataclass
class ModelLease:
    """Its rents by number from nought, what was paid, and what was given back."""

    rents: list[int]
    price: int
    market: int
    status: str = "AGREED"
    started: date | None = None
    outages: list[Outage] = field(default_factory=list)
    last_used: date | None = None
    is_market_due: bool = False
    paid: int = 0
    refunded: int = 0
    counted: dict[int, int] = field(default_factory=dict)
    billed: set[int] = field(default_factory=set)

    def first_day(self, number: int) -> date:
        assert self.started is not None
        return self.started + timedelta(days=WEEK * number)

    def last_day(self, number: int) -> date:
        return self.first_day(number) + timedelta(days=WEEK - 1)

    @property
    def open_outage(self) -> Outage | None:
        return next((one for one in self.outages if one.until is None), None)

    def _days_out(self, number: int, through: date) -> int:
        days = [self.first_day(number) + timedelta(days=n) for n in range(WEEK)]
        return sum(
            1
            for day in days
            for one in self.outages
            if one.is_blameless
            and one.first <= day
            and (day <= through if one.until is None else day < one.until)
        )

    def count(self, numbers: list[int], through: date) -> None:
        """Takes the days out of use off these rents."""
        for number in numbers:
            days = self._days_out(number, through)
            self.counted[number] = max(days, self.counted.get(number, 0))
        self.settle_up()

    def owed_of(self, number: int) -> int:
        """What stays of one rent, rounded down once."""
        rent, out = self.rents[number], self.counted.get(number, 0)
        usable = WEEK - out
        if self.last_used is not None and self.last_used < self.last_day(number):
            used = min(max((self.last_used - self.first_day(number)).days + 1, 0), WEEK)
            usable = max(used - out, 0)
        left = rent * usable // WEEK
        if self.is_market_due and rent > self.market:
            left -= -(-left * (rent - self.market) // rent)
        return left

    @property
    def owed(self) -> int:
        return sum(self.owed_of(number) for number in range(len(self.rents)))

    @property
    def earned(self) -> int:
        return sum(self.owed_of(number) for number in self.billed)

    @property
    def outstanding(self) -> int:
        return self.owed + self.refunded - self.paid

    @property
    def position(self) -> tuple[int, int]:
        """Rent owed now and rent paid ahead."""
        net = self.earned + self.refunded - self.paid
        return max(net, 0), max(-net, 0)

    def settle_up(self) -> None:
        """What was paid beyond all that is owed goes back."""
        self.refunded += max(0, self.paid - self.refunded - self.owed)

    def close(self, day: date) -> None:
        """A day ends: what is due is billed, less the days out of use."""
        if self.started is None:
            return
        due = [n for n in range(len(self.rents)) if self.last_day(n) <= day]
        outage = self.open_outage
        if self.status == "DELIVERED" and outage is not None and outage.is_blameless:
            self.count(due, day)
            if outage.first <= day and any(outage.first <= self.last_day(n) for n in due):
                outage.counted = day
        if self.status in ("DELIVERED", "RETURNED"):
            self.billed |= set(due)

    def resume(self, on: date) -> None:
        outage = self.open_outage
        assert outage is not None
        outage.until = on
        self.count(list(range(len(self.rents))), on - timedelta(days=1))

    def stop(self, status: str, last_used: date, *, is_market_due: bool) -> None:
        """The lease ends early."""
        if self.open_outage is not None:
            self.open_outage.until = max(last_used + timedelta(days=1), self.open_outage.first)
        self.count(list(range(len(self.rents))), last_used)
        self.status, self.last_used, self.is_market_due = status, last_used, is_market_due
        self.billed = set(range(len(self.rents)))
        self.settle_up()

    @property
    def loan_status(self) -> str:
        if self.status in ("AGREED", "ACQUIRED"):
            return "APPROVED"
        if self.status in OVER and self.outstanding == 0:
            return "COMPLETED"
        return "REPAYING" if self.paid else "DISBURSED"
