"""What keeping pledges costs and what lies in the vault: pure figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sanduq.custody.takaful.model import Position as Cover
from sanduq.kit.money import Asset
from sanduq.kit.ratio import Ratio, ratio
from sanduq.qard.true_ups.model import Standing
from sanduq.rahnu.fees.cost_studies.model import CostDriver, CustodyCostStudy


@dataclass(frozen=True, slots=True)
class Kept:
    """What was really kept in a span, in months: a day counts as its part of its month."""

    item_months: Fraction = Fraction(0)
    mg_months: Fraction = Fraction(0)


def study_cost_minor(study: CustodyCostStudy, kept: Kept) -> int:
    """What a study says such keeping costs, rounded down."""
    of_items = Fraction(study.cost_minor(CostDriver.PER_ITEM_MONTH), study.item_months)
    of_weight = Fraction(study.cost_minor(CostDriver.PER_GRAM_MONTH), study.mg_months)
    return int(of_items * kept.item_months + of_weight * kept.mg_months)


@dataclass(frozen=True, slots=True)
class FeeCover:
    """Custody fees of a span in one currency against what keeping cost.

    `study_minor` is None where no study is in force on the last day.
    """

    standing: Standing
    kept: Kept
    study_id: str | None
    study_minor: int | None

    @property
    def asset(self) -> Asset:
        return self.standing.asset

    @property
    def is_surplus(self) -> bool:
        """Fees beyond their cost: in substance what RHN-10 forbids, until it is given up."""
        return self.standing.surplus_minor > 0

    @property
    def fee_over_cost(self) -> Ratio:
        return ratio(self.standing.fees_minor, self.standing.direct_cost_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """The latest finished stock-take of a branch. `place_id` None: all of the branch."""

    stocktake_id: str
    place_id: str | None
    finished_on: date
    age_days: int
    expected_bags: int
    found_bags: int
    missing_bags: int
    differences: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultBranch:
    """What the register says lies in a branch, beside what was counted and what is covered."""

    branch_id: str
    name: str
    bags: int
    things: int
    gross_mg: int
    fine_mg: int
    count: Count | None
    covers: Sequence[Cover]
