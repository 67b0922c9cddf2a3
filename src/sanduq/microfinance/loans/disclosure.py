"""What the borrower is told before accepting: every cost in money, and its weight per year.

The effective rate here is disclosure of the fee's weight, never a price (rules QRD-23, DIS-01).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sanduq.kit.annual_rate import effective_annual_rate, ratio_rounded
from sanduq.kit.money import Money
from sanduq.obligations.schedule import Schedule

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
        flat_ratio=ratio_rounded(Decimal(fee.amount_minor) / principal.amount_minor),
        effective_annual_rate=effective_annual_rate(principal.amount_minor, paid_out_on, flows),
    )
