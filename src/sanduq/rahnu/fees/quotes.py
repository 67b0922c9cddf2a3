"""What a policy comes to for some things, from a day on, for months or for days. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sanduq.kit.days import add_months
from sanduq.rahnu.fees.accrual import (
    FeeSegment,
    accrued_minor,
    custody_cost_minor,
    month_by_month,
    months_begun,
)
from sanduq.rahnu.fees.cost_studies.model import CustodyCostStudy
from sanduq.rahnu.fees.model import (
    FeeBasis,
    FeeOfMonth,
    FeePeriod,
    FeePolicy,
    LoanBeside,
    fee_for_days_minor,
    fee_for_months_minor,
    monthly_fee_minor,
)
from sanduq.rahnu.fees.trial import loan_beside


@dataclass(frozen=True, slots=True)
class FeeQuote:
    """`total_minor` from the first day to `end_on`; both others show that a loan changes nothing.

    `monthly_minor` None: the policy gives the fee of all days together. `cost_minor`: what the
    whole months of it cost; None without a study, or without a whole month.
    """

    policy: FeePolicy
    start_on: date
    end_on: date
    monthly_minor: int | None
    total_minor: int
    with_loan_minor: int
    without_loan_minor: int
    cost_minor: int | None
    months: tuple[FeeOfMonth, ...]


def quote(
    policy: FeePolicy,
    basis: FeeBasis,
    start_on: date,
    *,
    months: int | None = None,
    days: int | None = None,
    study: CustodyCostStudy | None = None,
) -> FeeQuote:
    """The fee of `months`, or else of `days`; refuses (`FormulaError`) as the policy does."""
    end_on = (
        start_on + timedelta(days=days or 0) if months is None else add_months(start_on, months)
    )
    whole = months_begun(start_on, end_on)[0]
    monthly = monthly_fee_minor(policy, basis) if policy.period is FeePeriod.MONTH else None
    beside = loan_beside(basis)
    return FeeQuote(
        policy=policy,
        start_on=start_on,
        end_on=end_on,
        monthly_minor=monthly,
        total_minor=fee_through_minor(policy, basis, start_on, end_on),
        with_loan_minor=_beside_minor(policy, basis, start_on, end_on, beside),
        without_loan_minor=_beside_minor(
            policy, basis, start_on, end_on, LoanBeside(0, beside.value_minor)
        ),
        cost_minor=custody_cost_minor(study, basis, whole) if study and whole else None,
        months=month_by_month(FeeSegment(start_on, monthly), whole) if monthly is not None else (),
    )


def fee_through_minor(policy: FeePolicy, basis: FeeBasis, from_on: date, through_on: date) -> int:
    """The fee grown from a day on, by a policy of either period."""
    if policy.period is FeePeriod.TOTAL:
        days = max(0, (through_on - from_on).days)
        return fee_for_days_minor(policy, basis, days) if days else 0
    return accrued_minor([FeeSegment(from_on, monthly_fee_minor(policy, basis))], through_on)


def _beside_minor(
    policy: FeePolicy, basis: FeeBasis, from_on: date, through_on: date, beside: LoanBeside
) -> int:
    days = max(0, (through_on - from_on).days)
    if policy.period is FeePeriod.TOTAL:
        return fee_for_days_minor(policy, basis, days, beside) if days else 0
    monthly = fee_for_months_minor(policy, basis, 1, beside)
    return accrued_minor([FeeSegment(from_on, monthly)], through_on)
