"""The cost study behind a qard's service fee, and the most a fee may be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sanduq.kit.money import Asset
from sanduq.shariah.model import CostLine


class AllocationMethod(StrEnum):
    """How the cost of many loans comes to one loan."""

    PER_LOAN = "per_loan"
    POOL_PRO_RATA = "pool_pro_rata"


@dataclass(frozen=True, slots=True)
class CostStudy:
    """What serving `loan_count` loans of one product cost, line by line, in `asset`.

    `subsidy_minor_total` is what donors paid towards those same costs.
    `resolution_id` names the board's ruling on the method, where it needs one.
    """

    cost_study_id: str
    product_id: str
    asset: Asset
    study_on: date
    loan_count: int
    lines: tuple[CostLine, ...]
    subsidy_minor_total: int = 0
    finance_approved: bool = False
    shariah_approved: bool = False
    allocation_method: AllocationMethod = AllocationMethod.PER_LOAN
    resolution_id: str | None = None

    def __post_init__(self) -> None:
        if self.loan_count < 1:
            raise ValueError("a cost study covers at least one loan")
        if self.subsidy_minor_total < 0 or any(line.amount_minor < 0 for line in self.lines):
            raise ValueError("the amounts of a cost study are not negative")


def direct_cost_minor_total(study: CostStudy) -> int:
    """All direct lines of the study, in minor units; indirect lines never count."""
    return sum(line.amount_minor for line in study.lines if line.is_direct)


def direct_cost_per_loan_minor(study: CostStudy) -> int:
    """Direct cost borne by the institution for one loan, in whole minor units.

    Direct lines less subsidies, over the number of loans, rounded down so that the fraction
    never favours the creditor (AAOIFI SS 19 9/1-9/2). Never below zero, however large the
    subsidy.
    """
    borne_minor = direct_cost_minor_total(study) - study.subsidy_minor_total
    return max(0, borne_minor) // study.loan_count


def fee_limit_minor(study: CostStudy) -> int:
    """The most a service fee may be under the study, in minor units.

    Both methods of allocation spread by number of loans: a pool's cost is not spread by amount,
    since a fee that follows the principal is the look of a rate (QRD-05).
    """
    return direct_cost_per_loan_minor(study)


def is_study_current(study: CostStudy, on: date) -> bool:
    """Whether the study is dated no later than `on` and is at most twelve months old."""
    return study.study_on <= on <= _year_after(study.study_on)


def _year_after(day: date) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year + 1, 2, 28)
    return day.replace(year=day.year + 1)
