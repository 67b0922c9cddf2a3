"""The custody fee (ujrah) as data: what it may read, and what it comes to. No I/O.

A fee pays for keeping. It reads what is kept, never what was lent against it: the names of a
loan can be written, so that the rule against them can say which one was read (RHN-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from sanduq.kit.formula import (
    Amount,
    Formula,
    FormulaError,
    FormulaNames,
    minor_by_formula,
    read_formula,
)
from sanduq.kit.money import Asset, Money

CUSTODY_NAMES = FormulaNames(
    allowed=frozenset(
        {"days_in_custody", "item_count", "takaful_premium", "vault_class", "volume", "weight"}
    ),
    refused=frozenset(
        {"amount", "appraised_value", "loan", "ltv", "margin", "principal", "ratio", "value"}
    ),
)
DAYS_NAME = "days_in_custody"
DAYS_A_MONTH = 30
"""A month's length where a fee for a number of days is set beside a cost by the month."""


class FeePeriod(StrEnum):
    """What the expression gives: the fee of one month, or of all the days kept."""

    MONTH = "month"
    TOTAL = "total"


class FeePolicyStatus(StrEnum):
    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"


class FeeComponent(StrEnum):
    """What a fee pays for. The last two are named so that they can be refused (WDI-06)."""

    CUSTODY = "custody"
    HANDLING = "handling"
    TAKAFUL = "takaful"
    GUARANTEE = "guarantee"
    RISK_PROTECTION = "risk_protection"


NEXT_STATUSES: Mapping[FeePolicyStatus, frozenset[FeePolicyStatus]] = {
    FeePolicyStatus.DRAFT: frozenset({FeePolicyStatus.ACTIVE, FeePolicyStatus.RETIRED}),
    FeePolicyStatus.ACTIVE: frozenset({FeePolicyStatus.RETIRED}),
    FeePolicyStatus.RETIRED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class FeeBasis:
    """What a custody fee may rest on; the premium is the actual one of a month (or of all the
    days, where the policy gives the fee of all of them), in minor units."""

    weight_mg: int
    volume_mm3: int = 0
    item_count: int = 1
    vault_class: int = 1
    takaful_premium_minor: int = 0


@dataclass(frozen=True, slots=True)
class LoanBeside:
    """The loan for which the things also stand; here only to show that no fee reads it."""

    loan_minor: int
    value_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFeePolicy:
    """A policy about to be drawn up. `resolution_id` names the ruling it is to stand under."""

    name: str
    asset: Asset
    period: FeePeriod
    expression: str
    components: tuple[FeeComponent, ...]
    description: str | None
    resolution_id: str | None
    external_id: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeePolicy(NewFeePolicy):
    """A policy on record; `custody_cost_study_id` is the study its approval rested on."""

    fee_policy_id: str
    status: FeePolicyStatus
    created_at: datetime
    created_by: str
    custody_cost_study_id: str | None = None
    approved_at: datetime | None = None
    approved_by: str | None = None
    retired_at: datetime | None = None
    version: int = 1

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'

    def may_become(self, status: FeePolicyStatus) -> bool:
        return status in NEXT_STATUSES[self.status]


@dataclass(frozen=True, slots=True)
class FeeOfMonth:
    """One line of a quote: the month's first and last day, its fee, and the sum so far."""

    number: int
    from_on: date
    to_on: date
    fee_minor: int
    total_minor: int


def read_custody_formula(text: str) -> Formula:
    """The formula of a custody fee. Refuses (`FormulaError`) what cannot be read."""
    return read_formula(text, CUSTODY_NAMES)


def monthly_fee_minor(policy: NewFeePolicy, basis: FeeBasis) -> int:
    """The fee of one month in minor units, rounded down. It cannot see any loan.

    Refuses (`FormulaError`) with code `not_monthly` a policy that gives the fee of all days
    together, and whatever the formula itself refuses (`missing_value` for a name of a loan).
    """
    if policy.period is not FeePeriod.MONTH:
        raise FormulaError("not_monthly", f"{policy.name} does not give the fee of a month")
    return _fee_minor(policy, basis, None, None)


def fee_for_days_minor(
    policy: NewFeePolicy, basis: FeeBasis, days: int, beside: LoanBeside | None = None
) -> int:
    """The fee of a policy of period `total` for so many days kept; refuses as above."""
    if policy.period is not FeePeriod.TOTAL:
        raise FormulaError("not_total", f"{policy.name} does not give the fee of all days")
    return _fee_minor(policy, basis, days, beside)


def fee_for_months_minor(
    policy: NewFeePolicy, basis: FeeBasis, months: int, beside: LoanBeside | None = None
) -> int:
    """The fee of whole months. With `beside` the names of a loan have the values of that loan:
    only a trial of the policy asks so, to see whether one who borrows would pay another fee."""
    if policy.period is FeePeriod.MONTH:
        return months * _fee_minor(policy, basis, None, beside)
    return _fee_minor(policy, basis, months * DAYS_A_MONTH, beside)


def _fee_minor(
    policy: NewFeePolicy, basis: FeeBasis, days: int | None, beside: LoanBeside | None
) -> int:
    values: dict[str, Amount] = {
        "item_count": basis.item_count,
        "takaful_premium": _major(basis.takaful_premium_minor, policy.asset),
        "vault_class": basis.vault_class,
        "volume": Decimal(basis.volume_mm3).scaleb(-3),
        "weight": Decimal(basis.weight_mg).scaleb(-3),
    }
    if days is not None:
        values[DAYS_NAME] = days
    if beside is not None:
        values.update(_named(beside, policy.asset))
    return minor_by_formula(read_custody_formula(policy.expression), values, policy.asset.digits)


def _named(beside: LoanBeside, asset: Asset) -> dict[str, Amount]:
    value = max(1, beside.value_minor)
    share = Fraction(beside.loan_minor, value)
    return {
        **dict.fromkeys(("amount", "loan", "principal"), _major(beside.loan_minor, asset)),
        **dict.fromkeys(("appraised_value", "value"), _major(beside.value_minor, asset)),
        **dict.fromkeys(("ltv", "margin", "ratio"), share),
    }


def _major(minor: int, asset: Asset) -> Decimal:
    return Money(minor, asset).decimal
