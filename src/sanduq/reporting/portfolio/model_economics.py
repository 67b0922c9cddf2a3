"""What a portfolio earns and costs: pure formulas over amounts in minor units and counts."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from sanduq.kit.money import Asset
from sanduq.kit.ratio import Ratio, ratio
from sanduq.reporting.portfolio.model import annual


@dataclass(frozen=True, slots=True)
class Adjustments:
    """Shadow costs, for analysis alone: they never set what a client pays (rule QRD-03)."""

    in_kind_minor: int = 0
    funds_minor: int = 0
    inflation_minor: int = 0
    provisioning_minor: int = 0

    @property
    def total_minor(self) -> int:
        return (
            self.in_kind_minor + self.funds_minor + self.inflation_minor + self.provisioning_minor
        )


@dataclass(frozen=True, slots=True)
class Earned:
    """Income and expense of a span from the institution's own books, in minor units.

    Gifts, recoveries, restricted funds and charity are no revenue. `trade_minor` is the profit
    of murabaha and salam that was earned; `lease_minor` rent less the depreciation of what is
    let. `social_minor` is fund income given to the institution's operations.
    """

    qard_fee_minor: int = 0
    trade_minor: int = 0
    lease_minor: int = 0
    other_minor: int = 0
    social_minor: int = 0
    financial_expense_minor: int = 0
    impairment_minor: int = 0
    operating_expense_minor: int = 0
    direct_qard_cost_minor: int = 0

    @property
    def portfolio_minor(self) -> int:
        """What the gross portfolio itself earned; a lease's asset stands outside it."""
        return self.qard_fee_minor + self.trade_minor

    @property
    def revenue_minor(self) -> int:
        return self.portfolio_minor + self.lease_minor + self.other_minor

    @property
    def expense_minor(self) -> int:
        return self.financial_expense_minor + self.impairment_minor + self.operating_expense_minor


@dataclass(frozen=True, slots=True)
class Sustainability:
    """Whether the institution carries itself, and what serving a borrower costs it."""

    asset: Asset
    months: Fraction
    earned: Earned
    adjustments: Adjustments
    gross_average_minor: Fraction
    gross_closing_minor: int
    qard_average_minor: Fraction
    borrowers_average: Fraction
    borrowers_closing: int
    officers_closing: int
    loans_disbursed: int
    disbursed_minor: int

    @property
    def portfolio_revenue_ratio(self) -> Ratio:
        """Portfolio revenue, as booked, ÷ average gross portfolio."""
        return self._yearly(self.earned.portfolio_minor, self.gross_average_minor)

    @property
    def qard_fee_recovery(self) -> Ratio:
        """Qard fees ÷ average qard portfolio: cost got back, never a return."""
        return self._yearly(self.earned.qard_fee_minor, self.qard_average_minor)

    @property
    def cost_recovery(self) -> Ratio:
        """Qard fees ÷ direct cost net of subsidy; above one the rest goes back (rule QRD-10)."""
        return ratio(self.earned.qard_fee_minor, self.earned.direct_qard_cost_minor)

    @property
    def self_sufficiency(self) -> Ratio:
        """OSS: operating revenue ÷ all expenses."""
        return ratio(self.earned.revenue_minor, self.earned.expense_minor)

    @property
    def self_sufficiency_with_social(self) -> Ratio:
        """OSS with fund income given to operations added to revenue."""
        revenue = self.earned.revenue_minor + self.earned.social_minor
        return ratio(revenue, self.earned.expense_minor)

    @property
    def financial_self_sufficiency(self) -> Ratio:
        """FSS: operating revenue ÷ expenses with the adjustments."""
        expense = self.earned.expense_minor + self.adjustments.total_minor
        return ratio(self.earned.revenue_minor, expense)

    @property
    def operating_expense_ratio(self) -> Ratio:
        return self._yearly(self.earned.operating_expense_minor, self.gross_average_minor)

    @property
    def operating_expense_ratio_closing(self) -> Ratio:
        """The same over the closing portfolio, as IRIS FP8569 has it."""
        return self._yearly(self.earned.operating_expense_minor, Fraction(self.gross_closing_minor))

    @property
    def cost_per_borrower(self) -> Ratio:
        """In major units, a year."""
        return self._yearly(
            self.earned.operating_expense_minor, self._major(self.borrowers_average)
        )

    @property
    def cost_per_loan(self) -> Ratio:
        """In major units, for each loan disbursed."""
        return ratio(self.earned.operating_expense_minor, self._major(self.loans_disbursed))

    @property
    def borrowers_per_officer(self) -> Ratio:
        return ratio(self.borrowers_closing, self.officers_closing)

    @property
    def loan_size_average(self) -> Ratio:
        """In major units."""
        return ratio(self.disbursed_minor, self._major(self.loans_disbursed))

    @property
    def balance_average(self) -> Ratio:
        """In major units, for each active borrower."""
        return ratio(self.gross_closing_minor, self._major(self.borrowers_closing))

    def _yearly(self, flow_minor: int, stock: Fraction) -> Ratio:
        return ratio(annual(flow_minor, self.months), stock)

    def _major(self, count: int | Fraction) -> Fraction:
        return count * Fraction(10) ** self.asset.digits
