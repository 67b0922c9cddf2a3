"""The portfolio computed the long way, loan by loan in plain Python: what reports must equal."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sanduq.kit.money import Asset, currency
from sanduq.obligations.model import ageing_class
from sanduq.reporting.portfolio.model import BUCKETS, PAR_DAYS, Bucket, Standing

USD = currency("USD")


@dataclass(frozen=True, slots=True)
class Exposure:
    """One loan on a day: its gross balance, how late it is, what of it is late."""

    gross_minor: int
    days_past_due: int = 0
    is_rescheduled: bool = False
    overdue_minor: int = 0
    debtor_id: str | None = None


def summed(exposures: Sequence[Exposure], asset: Asset = USD, key: str | None = None) -> Standing:
    """The standing of these loans, by the definitions and nothing else."""
    counted = [one for one in exposures if one.gross_minor > 0]

    def total(chosen: Iterable[Exposure]) -> int:
        return sum(one.gross_minor for one in chosen)

    return Standing(
        asset=asset,
        key=key,
        name=None,
        gross_minor=total(exposures),
        loans=len(counted),
        borrowers=len({one.debtor_id or id(one) for one in counted}),
        at_risk_minor={
            days: total(one for one in exposures if one.days_past_due > days) for days in PAR_DAYS
        },
        at_risk_anew_minor={
            days: total(one for one in exposures if one.days_past_due > days or one.is_rescheduled)
            for days in PAR_DAYS
        },
        rescheduled_minor=total(one for one in exposures if one.is_rescheduled),
        rescheduled_loans=sum(one.is_rescheduled for one in counted),
        overdue_minor=sum(one.overdue_minor for one in exposures),
        buckets=tuple(
            Bucket(
                name,
                sum(ageing_class(one.days_past_due) == name for one in counted),
                total(one for one in exposures if ageing_class(one.days_past_due) == name),
            )
            for name in BUCKETS
        ),
    )


@dataclass(frozen=True, slots=True)
class Version:
    """A schedule agreed on a day: (due day, principal, fee) lines."""

    agreed_on: date
    lines: tuple[tuple[date, int, int], ...]
    is_reschedule: bool = False


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment that took effect on a day, and the day it was taken back, if it was."""

    on: date
    principal_minor: int
    fee_minor: int
    back_on: date | None = None

    @property
    def minor(self) -> int:
        return self.principal_minor + self.fee_minor


@dataclass(slots=True)
class Debt:
    """One loan's history."""

    obligation_id: str
    debtor_id: str
    started_on: date
    versions: list[Version]
    payments: list[Paid] = field(default_factory=list)
    written_off_on: date | None = None

    def version(self, day: date) -> Version:
        return [one for one in self.versions if one is self.versions[0] or one.agreed_on <= day][-1]

    def _standing_payments(self, day: date) -> list[Paid]:
        return [
            one
            for one in self.payments
            if one.on <= day and (one.back_on is None or one.back_on > day)
        ]

    def paid(self, day: date) -> int:
        return sum(one.minor for one in self._standing_payments(day))

    def exposure(self, day: date) -> Exposure | None:
        """How the loan stood at the end of a day; none before it began and once it was over."""
        is_out = self.written_off_on is not None and self.written_off_on <= day
        if self.started_on > day or is_out:
            return None
        lines = self.version(day).lines
        paid = self.paid(day)
        if paid == sum(p + f for _, p, f in lines):
            return None
        principal = sum(p for _, p, _ in lines)
        principal -= sum(one.principal_minor for one in self._standing_payments(day))
        cumulative, oldest = 0, None
        for due_on, p, f in lines:
            cumulative += p + f
            if cumulative > paid:
                oldest = due_on
                break
        late = sum(p + f for due_on, p, f in lines if due_on < day)
        return Exposure(
            gross_minor=principal,
            days_past_due=max(0, (day - oldest).days) if oldest else 0,
            is_rescheduled=self._is_rescheduled(day),
            overdue_minor=max(0, late - paid),
            debtor_id=self.debtor_id,
        )

    def _is_rescheduled(self, day: date) -> bool:
        anew = [v.agreed_on for v in self.versions[1:] if v.is_reschedule and v.agreed_on <= day]
        if not anew:
            return False
        before, kept, cumulative = self.paid(anew[-1]), 0, 0
        for due_on, p, f in self.version(day).lines:
            cumulative += p + f
            if p + f and cumulative > before:
                by_then = min(self.paid(min(due_on, day)), self.paid(day))
                kept += by_then >= cumulative
        return kept < 3

    # Repayment rates

    def _stayed(self, day: date, to_on: date) -> int:
        return sum(
            one.minor
            for one in self.payments
            if one.on <= day and (one.back_on is None or one.back_on > to_on)
        )

    def dues(self, from_on: date, to_on: date) -> tuple[int, int, int]:
        """What fell due in a span, what of it was paid by its day, and what later by the end."""
        due = on_time = late = 0
        day = max(from_on, self.started_on)
        while day <= to_on:
            is_out = self.written_off_on is not None and self.written_off_on <= day
            cumulative = 0
            for due_on, p, f in self.version(day).lines:
                if due_on == day and not is_out:
                    by_due = min(p + f, max(0, self._stayed(day, to_on) - cumulative))
                    by_end = min(p + f, max(0, self._stayed(to_on, to_on) - cumulative))
                    due, on_time, late = due + p + f, on_time + by_due, late + by_end - by_due
                cumulative += p + f
            day += timedelta(days=1)
        return due, on_time, late

    def collected(self, from_on: date, to_on: date) -> tuple[int, int, int, int]:
        """Arrears at the beginning, what of them was paid; all dues, what of them was paid."""
        if self.started_on > to_on:
            return 0, 0, 0, 0
        eve = from_on - timedelta(days=1)
        before, by_end = self._stayed(eve, to_on), self._stayed(to_on, to_on)
        arrears = max(0, self._called(eve) - before)
        if self.written_off_on is not None and self.written_off_on < from_on:
            arrears = 0
        called = self._called(to_on)
        return arrears, min(arrears, by_end - before), called, min(called, by_end)

    def _called(self, day: date) -> int:
        if self.started_on > day:
            return 0
        lines = self.version(day).lines
        return sum(p + f for due_on, p, f in lines[: bisect_right([d for d, _, _ in lines], day)])
