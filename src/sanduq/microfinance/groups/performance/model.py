"""A group's performance: pure formulas over what its members owed, paid and attended.

The score is for talking with the group. It never sets a price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from sanduq.kit.money import Asset
from sanduq.kit.ratio import NO_BASE, Ratio, less_than_one, ratio

WEIGHTS = {"on_time": 40, "at_risk": 20, "contribution": 15, "attendance": 15, "solidarity": 10}
"""Hundredths of the score; parts without a base are left out and the others weigh more."""


@dataclass(frozen=True, slots=True)
class MemberBalance:
    """What one member owes at the end, in the group's currency."""

    party_id: str
    gross_minor: int


@dataclass(frozen=True, slots=True)
class Guarantor:
    """A member's living guarantee: the cap and what calls have taken of it."""

    party_id: str
    cap_minor: int
    called_minor: int


@dataclass(frozen=True, slots=True)
class MaxCall:
    """The most one guarantor can be called for now."""

    party_id: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Performance:
    """A group over a span of days. Amounts in minor units of its currency.

    None where there is no such fact: contributions of a group without a common fund. `excused`
    absences stand apart and are no part of `expected`; leavers found insolvent stand apart from
    the others.
    """

    group_id: str
    asset: Asset
    from_on: date
    to_on: date
    members_start: int
    members_end: int
    leavers: int
    leavers_insolvent: int
    loans: int
    loans_in_other_currencies: int
    due_minor: int
    on_time_minor: int
    late_minor: int
    overdue_minor: int
    at_risk_30_minor: int
    balances: tuple[MemberBalance, ...]
    guarantors: tuple[Guarantor, ...]
    called_minor: int
    called_paid_minor: int
    meetings: int
    expected: int
    attended: int
    excused: int
    contributions_due_minor: int | None
    contributions_minor: int | None
    fund_minor: int | None

    @property
    def gross_minor(self) -> int:
        return sum(one.gross_minor for one in self.balances)

    @property
    def borrowers(self) -> int:
        return sum(one.gross_minor > 0 for one in self.balances)

    @property
    def on_time_rate(self) -> Ratio:
        """Paid by its day ÷ due in the span, over the members' loans."""
        return ratio(self.on_time_minor, self.due_minor)

    @property
    def par_30(self) -> Ratio:
        return ratio(self.at_risk_30_minor, self.gross_minor)

    @property
    def solidarity_rate(self) -> Ratio:
        """Paid by guarantors and the common fund ÷ called; nothing if none was called."""
        return ratio(self.called_paid_minor, self.called_minor)

    @property
    def contribution_rate(self) -> Ratio:
        """Contributions received ÷ due. One that was missed is no debt (rule CMF-08)."""
        if self.contributions_minor is None or self.contributions_due_minor is None:
            return Ratio(None, NO_BASE)
        return ratio(self.contributions_minor, self.contributions_due_minor)

    @property
    def fund_cover(self) -> Ratio:
        """Common fund ÷ PAR30 amount: how many times over."""
        if self.fund_minor is None:
            return Ratio(None, NO_BASE)
        return ratio(self.fund_minor, self.at_risk_30_minor)

    @property
    def attendance_rate(self) -> Ratio:
        return ratio(self.attended, self.expected)

    @property
    def turnover_rate(self) -> Ratio:
        """Leavers who were not found insolvent ÷ average members."""
        average = Fraction(self.members_start + self.members_end, 2)
        return ratio(self.leavers - self.leavers_insolvent, average)

    @property
    def concentration(self) -> Ratio:
        """The largest member's balance ÷ the group's."""
        return ratio(max((one.gross_minor for one in self.balances), default=0), self.gross_minor)

    @property
    def parts(self) -> dict[str, Ratio]:
        """What the score is made of, by the names of the weights."""
        return {
            "on_time": self.on_time_rate,
            "at_risk": less_than_one(self.par_30),
            "contribution": self.contribution_rate,
            "attendance": self.attendance_rate,
            "solidarity": self.solidarity_rate,
        }

    @property
    def score(self) -> Ratio:
        """The weighted parts, of one; parts without a base are left out, the rest re-weighted."""
        return weighted(self.parts)

    @property
    def max_calls(self) -> tuple[MaxCall, ...]:
        return max_calls(self.balances, self.guarantors)


def weighted(parts: dict[str, Ratio]) -> Ratio:
    """The score of these parts by `WEIGHTS`."""
    known = {name: part.value for name, part in parts.items() if part.value is not None}
    total = sum((value * WEIGHTS[name] for name, value in known.items()), Decimal(0))
    return ratio(Fraction(total), sum(WEIGHTS[name] for name in known))


def max_calls(
    balances: Sequence[MemberBalance], guarantors: Sequence[Guarantor]
) -> tuple[MaxCall, ...]:
    """The most each guarantor can be called for: an equal share of every other member's balance,
    up to what is left of the cap (shown to each member, rule DIS-04)."""
    found = []
    for one in guarantors:
        share = Fraction(0)
        for debtor in balances:
            answering = sum(other.party_id != debtor.party_id for other in guarantors)
            if debtor.party_id != one.party_id and answering:
                share += Fraction(debtor.gross_minor, answering)
        left = one.cap_minor - one.called_minor
        found.append(MaxCall(one.party_id, min(left, -(-share.numerator // share.denominator))))
    return tuple(found)
