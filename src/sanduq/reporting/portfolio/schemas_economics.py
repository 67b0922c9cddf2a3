"""Wire shapes of what a portfolio earns and costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset
from sanduq.kit.wire import AmountIn, AmountOut, Output, amount
from sanduq.kit.wire_ratio import NumberOut, QuotientOut, RatioOut, quotient_out, ratio_out
from sanduq.reporting.portfolio.model import Span
from sanduq.reporting.portfolio.model_economics import Adjustments, Sustainability
from sanduq.reporting.portfolio.schemas import (
    SpanOutput,
    SpanQuery,
    mean_out,
    money_out,
    number_out,
    span_frame,
)

_ADJUSTMENTS = (
    "in_kind_subsidy",
    "subsidised_funds_adjustment",
    "inflation_adjustment",
    "provisioning_adjustment",
)


class SustainabilityQuery(SpanQuery):
    in_kind_subsidy: AmountIn = 0
    subsidised_funds_adjustment: AmountIn = 0
    inflation_adjustment: AmountIn = 0
    provisioning_adjustment: AmountIn = 0

    def adjustments(self, asset: Asset | None) -> Adjustments:
        """The shadow costs in the currency asked for.

        Refuses VALIDATION_ERROR amounts without a currency, and what cannot be read.
        """
        given = sorted(self.model_fields_set & set(_ADJUSTMENTS))
        if asset is None:
            if given:
                raise ValidationFailed.field(
                    given[0], "currency_missing", f"{given[0]} is an amount: say of which currency"
                )
            return Adjustments()
        return Adjustments(
            *(amount(getattr(self, field), asset, field).amount_minor for field in _ADJUSTMENTS)
        )


class SustainabilityOut(Output):
    currency: str
    revenue_basis: str
    qard_fees: AmountOut
    trade_profit: AmountOut
    lease_income: AmountOut
    other_income: AmountOut
    social_support: AmountOut
    financial_expense: AmountOut
    impairment_expense: AmountOut
    operating_expense: AmountOut
    gross_portfolio_average: AmountOut
    qard_portfolio_average: AmountOut
    active_borrowers: int
    active_borrowers_average: NumberOut
    officers: int
    loans_disbursed: int
    amount_disbursed: AmountOut
    portfolio_revenue_ratio: RatioOut
    qard_fee_recovery: RatioOut
    cost_recovery: RatioOut
    operational_self_sufficiency: RatioOut
    operational_self_sufficiency_with_social: RatioOut
    financial_self_sufficiency: RatioOut
    operating_expense_ratio: RatioOut
    operating_expense_ratio_closing: RatioOut
    cost_per_borrower: QuotientOut
    cost_per_loan: QuotientOut
    borrowers_per_officer: QuotientOut
    average_loan_size: QuotientOut
    average_balance: QuotientOut


class SustainabilityReportOut(SpanOutput):
    data: list[SustainabilityOut]


def sustainability_out(span: Span, found: Sequence[Sustainability]) -> dict[str, Any]:
    """What the portfolio earns and costs, as the API writes it."""
    data = [_sustainability_out(one) for one in found]
    return SustainabilityReportOut(
        **span_frame("portfolio_sustainability", span), data=data
    ).model_dump()


def _sustainability_out(one: Sustainability) -> SustainabilityOut:
    asset, earned = one.asset, one.earned
    return SustainabilityOut(
        currency=asset.code,
        revenue_basis="accrual",
        qard_fees=money_out(earned.qard_fee_minor, asset),
        trade_profit=money_out(earned.trade_minor, asset),
        lease_income=money_out(earned.lease_minor, asset),
        other_income=money_out(earned.other_minor, asset),
        social_support=money_out(earned.social_minor, asset),
        financial_expense=money_out(earned.financial_expense_minor, asset),
        impairment_expense=money_out(earned.impairment_minor, asset),
        operating_expense=money_out(earned.operating_expense_minor, asset),
        gross_portfolio_average=mean_out(one.gross_average_minor, asset),
        qard_portfolio_average=mean_out(one.qard_average_minor, asset),
        active_borrowers=one.borrowers_closing,
        active_borrowers_average=number_out(one.borrowers_average, 2),
        officers=one.officers_closing,
        loans_disbursed=one.loans_disbursed,
        amount_disbursed=money_out(one.disbursed_minor, asset),
        portfolio_revenue_ratio=ratio_out(one.portfolio_revenue_ratio),
        qard_fee_recovery=ratio_out(one.qard_fee_recovery),
        cost_recovery=ratio_out(one.cost_recovery),
        operational_self_sufficiency=ratio_out(one.self_sufficiency),
        operational_self_sufficiency_with_social=ratio_out(one.self_sufficiency_with_social),
        financial_self_sufficiency=ratio_out(one.financial_self_sufficiency),
        operating_expense_ratio=ratio_out(one.operating_expense_ratio),
        operating_expense_ratio_closing=ratio_out(one.operating_expense_ratio_closing),
        cost_per_borrower=quotient_out(one.cost_per_borrower),
        cost_per_loan=quotient_out(one.cost_per_loan),
        borrowers_per_officer=quotient_out(one.borrowers_per_officer),
        average_loan_size=quotient_out(one.loan_size_average),
        average_balance=quotient_out(one.balance_average),
    )
