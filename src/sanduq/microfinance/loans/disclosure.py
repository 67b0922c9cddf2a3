"""What the borrower is told before accepting: every cost in money, and its weight per year.

The effective rate here is disclosure of the fee's weight, never a price (rules QRD-23, DIS-01).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from sanduq.kit.money import Money
from sanduq.obligations.schedule import Schedule

_LOWEST, _HIGHEST = Decimal("-0.99"), Decimal(10)
_TOLERANCE = Decimal("1e-8")
VERSION = "1"
RULES = ("QRD-23", "DIS-01")


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Amounts in money, and ratios as fractions (0.034400)."""

    version: str
    principal: Money
    service_fee: Money
    total: Money
    late_charge: Money
    prepayment_charge: Money
    flat_ratio: Decimal | None
    effective_annual_rate: Decimal | None


def disclose(principal: Money, fee: Money, schedule: Schedule, paid_out_on: date) -> Disclosure:
    """The disclosure of a loan paid out in full on a day and repaid by its schedule."""
    nothing = Money(0, principal.asset)
    flows = [
        (on, total) for on, total in zip(
            schedule.due_on,
            (p + f for p, f in zip(schedule.principal_minor, schedule.fee_minor, strict=True)),
            strict=True,
        )
    ]  # fmt: skip
    return Disclosure(
        version=VERSION,
        principal=principal,
        service_fee=fee,
        total=principal + fee,
        late_charge=nothing,
        prepayment_charge=nothing,
        flat_ratio=_rounded(Decimal(fee.amount_minor) / principal.amount_minor),
        effective_annual_rate=effective_annual_rate(principal.amount_minor, paid_out_on, flows),
    )


def effective_annual_rate(
    received_minor: int, received_on: date, flows: Sequence[tuple[date, int]]
) -> Decimal | None:
    """r with received = Σ flow ÷ (1+r)^(days/365), to six decimals; exactly 0 without charges.

    Bisection on (-0.99, 10); None when no rate there fits.
    """
    if sum(amount for _, amount in flows) == received_minor:
        return Decimal(0)
    times = [(Decimal((on - received_on).days) / 365, amount) for on, amount in flows]
    with localcontext() as context:
        context.prec = 24

        def excess(rate: Decimal) -> Decimal:
            growth = (1 + rate).ln()
            return sum(
                (amount * (-growth * years).exp() for years, amount in times),
                Decimal(-received_minor),
            )

        low, high = _LOWEST, _HIGHEST
        if excess(low) * excess(high) > 0:
            return None
        while high - low > _TOLERANCE:
            middle = (low + high) / 2
            if excess(middle) > 0:
                low = middle
            else:
                high = middle
        return _rounded((low + high) / 2)


def _rounded(ratio: Decimal) -> Decimal:
    return ratio.quantize(Decimal("0.000001"), rounding=ROUND_HALF_EVEN)
