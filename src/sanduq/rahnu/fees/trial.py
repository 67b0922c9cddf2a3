"""A custody fee tried on a grid of things kept, with and without a loan, beside its cost. Pure.

The grid runs from a gram to a kilogram, from one thing to ten, from a month to a year; gold at
18 carat takes the room it takes. The loan set beside each is seven tenths of a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from sanduq.kit.weight import Weight
from sanduq.rahnu.fees.accrual import custody_cost_minor
from sanduq.rahnu.fees.cost_studies.model import CustodyCostStudy
from sanduq.rahnu.fees.model import (
    FeeBasis,
    LoanBeside,
    NewFeePolicy,
    fee_for_months_minor,
)

WEIGHTS_MG = (1_000, 5_000, 10_000, 20_000, 50_000, 100_000, 500_000, 1_000_000)
ITEM_COUNTS = (1, 2, 5, 10)
MONTHS = (1, 6, 12)
VAULT_CLASSES = (1, 2)
DENSITY_MG_PER_MM3 = 15
VALUE_MINOR_PER_GRAM = 20_000
LOAN_TENTHS = 7


@dataclass(frozen=True, slots=True)
class FeeTrial:
    """One point of the grid: the fee for a depositor, for a borrower, and the cost (if known)."""

    basis: FeeBasis
    months: int
    without_loan_minor: int
    with_loan_minor: int
    cost_minor: int | None

    @property
    def label(self) -> str:
        """The point as it is printed: `50 g, 2 item(s), vault class 1, 6 month(s)`."""
        things = f"{Weight(self.basis.weight_mg)}, {self.basis.item_count} item(s)"
        return f"{things}, vault class {self.basis.vault_class}, {self.months} month(s)"

    @property
    def excess_minor(self) -> int:
        """How far the higher of both fees is above the cost; below zero where it is not."""
        fee = max(self.without_loan_minor, self.with_loan_minor)
        return fee - (self.cost_minor or 0)


def grid() -> tuple[tuple[FeeBasis, int], ...]:
    """The things and months a policy is tried on."""
    return tuple(
        (FeeBasis(weight_mg, weight_mg // DENSITY_MG_PER_MM3, items, vault_class), months)
        for weight_mg, items, vault_class, months in product(
            WEIGHTS_MG, ITEM_COUNTS, VAULT_CLASSES, MONTHS
        )
    )


def loan_beside(basis: FeeBasis) -> LoanBeside:
    """The loan for which such things would stand."""
    value = basis.weight_mg * VALUE_MINOR_PER_GRAM // 1_000
    return LoanBeside(value * LOAN_TENTHS // 10, value)


def trials(policy: NewFeePolicy, study: CustodyCostStudy | None) -> tuple[FeeTrial, ...]:
    """The policy on the whole grid.

    Refuses (`FormulaError`) an expression that cannot be read, or that has no value, or a
    negative one, for some of it.
    """
    return tuple(
        FeeTrial(
            basis,
            months,
            fee_for_months_minor(policy, basis, months, _without(basis)),
            fee_for_months_minor(policy, basis, months, loan_beside(basis)),
            custody_cost_minor(study, basis, months) if study is not None else None,
        )
        for basis, months in grid()
    )


def worst(tried: tuple[FeeTrial, ...]) -> FeeTrial:
    """The point where the fee stands highest above its cost."""
    return max(tried, key=lambda one: one.excess_minor)


def _without(basis: FeeBasis) -> LoanBeside:
    # The thing is worth the same; only the loan is not there.
    return LoanBeside(0, loan_beside(basis).value_minor)
