"""Wire shapes of a loan's terms: disclosure, schedule, preview, settlement quote, statement."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from sanduq.kit.money import Asset, Money, json_number
from sanduq.kit.wire import AmountOut, Input, IsoDate, Output, number
from sanduq.microfinance.loans.disclosure import Disclosure
from sanduq.microfinance.loans.model import LoanType
from sanduq.microfinance.loans.schemas import Day, RepaymentScheduleSummary
from sanduq.obligations.model import InstalmentState
from sanduq.obligations.schedule import Schedule

Share = Annotated[
    Decimal, WithJsonSchema({"type": "number", "description": "A share: 0.02 is two per cent."})
]


class StatementQuery(Input):
    """The days a statement covers."""

    from_on: Annotated[IsoDate | None, Field(alias="from")] = None
    to_on: Annotated[IsoDate | None, Field(alias="to")] = None


class QuoteQuery(Input):
    """The day on which the loan would be settled."""

    on: IsoDate | None = None


class DisclosureOut(Output):
    version: str
    principal: AmountOut
    service_fee: AmountOut
    total: AmountOut
    late_charge: AmountOut
    prepayment_charge: AmountOut
    fee_share_of_principal: Share | None
    effective_annual_cost: Share | None


class InstalmentOut(Output):
    number: int
    due_date: Day
    principal: AmountOut
    service_fee: AmountOut
    total: AmountOut
    paid: AmountOut
    status: str


class ScheduleOut(Output):
    loan_id: str | None
    version: int
    currency: str
    reason: str | None
    installments: list[InstalmentOut]


class PreviewOut(Output):
    amount: AmountOut
    currency: str
    service_fee: AmountOut
    total_repayable: AmountOut
    product_id: str
    repayment_schedule: RepaymentScheduleSummary
    schedule: ScheduleOut
    disclosure: DisclosureOut
    warnings: list[dict[str, Any]]


class TradePreviewOut(Output):
    """A murabaha, salam or ijarah before anything is written: its terms in full, the instalments
    or rents if it were concluded today (none where goods are owed), and what the rules warn of."""

    type: LoanType
    amount: AmountOut
    currency: str
    total_repayable: AmountOut
    product_id: str
    first_due_date: Day
    particulars: dict[str, Any]
    schedule: ScheduleOut | None
    warnings: list[dict[str, Any]]


class SettlementRebateOut(Output):
    """What settling early may take off: promised by the contract (`agreed`), so that it is given
    before such a payment is taken, or given if the institution chooses (`at_discretion`)."""

    amount: AmountOut
    basis: Literal["agreed", "at_discretion"]
    rule_id: str
    total_with_rebate: AmountOut


class SettlementQuoteOut(Output):
    loan_id: str
    on: Day
    currency: str
    principal: AmountOut
    service_fee: AmountOut
    charge: AmountOut
    total: AmountOut
    rebate: SettlementRebateOut | None


class StatementLineOut(Output):
    date: Day
    kind: str
    reference: str | None
    owed: AmountOut
    paid: AmountOut
    balance: AmountOut


class StatementOut(Output):
    loan_id: str
    currency: str
    opening_balance: AmountOut
    closing_balance: AmountOut
    lines: list[StatementLineOut]


def disclosure_out(found: Disclosure) -> DisclosureOut:
    """The disclosure in money, ratios as fractions."""
    return DisclosureOut(
        version=found.version,
        principal=number(found.principal),
        service_fee=number(found.service_fee),
        total=number(found.total),
        late_charge=number(found.late_charge),
        prepayment_charge=number(found.prepayment_charge),
        fee_share_of_principal=found.flat_ratio,
        effective_annual_cost=found.effective_annual_rate,
    )


def schedule_out(
    schedule: Schedule,
    asset: Asset,
    *,
    loan_id: str | None,
    states: list[InstalmentState],
    reason: str | None = None,
) -> ScheduleOut:
    """A schedule, line by line, with what is covered."""
    return ScheduleOut(
        loan_id=loan_id,
        version=schedule.version,
        currency=asset.code,
        reason=reason,
        installments=[
            InstalmentOut(
                number=state.number,
                due_date=state.due_on.isoformat(),
                principal=minor_number(state.principal_minor, asset),
                service_fee=minor_number(state.fee_minor, asset),
                total=minor_number(state.principal_minor + state.fee_minor, asset),
                paid=minor_number(state.paid_minor, asset),
                status=str(state.status),
            )
            for state in states
        ],
    )


def minor_number(minor: int, asset: Asset) -> Decimal:
    """Minor units as the exact amount they are."""
    return json_number(Money(minor, asset))
