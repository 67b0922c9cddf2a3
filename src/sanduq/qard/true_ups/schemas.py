"""Wire shapes of direct costs and the true-up of fees."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.kit.clock import rfc3339
from sanduq.kit.money import Money, json_number
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Currency,
    Input,
    IsoDate,
    ListOutput,
    Output,
    PageQuery,
    Text,
    amount,
    asset_of,
    checked_id,
)
from sanduq.qard.true_ups.model import DirectCost, NewDirectCost, Outcome, Standing, TrueUp
from sanduq.shariah.model import DirectCategory

Timestamp = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]


class DirectCostIn(Input):
    amount: AmountIn
    currency: Currency
    category: DirectCategory
    receipt: Text
    incurred_on: IsoDate
    branch_id: Text

    def command(self) -> NewDirectCost:
        """The cost inside. Refuses VALIDATION_ERROR amounts, currencies and ids."""
        asset = asset_of(self.currency)
        return NewDirectCost(
            amount(self.amount, asset, "amount", is_positive=True),
            self.category,
            self.receipt,
            self.incurred_on,
            checked_id(self.branch_id, "brn", "branch_id"),
        )


class TrueUpIn(Input):
    """`refund` gives the surplus back to who bore the fees, `charity` gives it away."""

    currency: Currency
    starts_on: IsoDate
    ends_on: IsoDate
    outcome: Outcome = Outcome.REFUND


class StandingQuery(Input):
    currency: Currency
    starts_on: IsoDate
    ends_on: IsoDate


class CurrencyFilter(PageQuery):
    currency: Currency | None = None


class DirectCostObject(Output):
    id: str
    type: Literal["direct_cost"]
    amount: AmountOut
    currency: str
    category: DirectCategory
    receipt: str
    branch_id: str
    incurred_on: Day
    journal_id: str
    created_by: str
    created_at: Timestamp


class DirectCostList(ListOutput):
    data: list[DirectCostObject]


class FeeStanding(Output):
    """Fees against their direct cost, net of what donors paid towards it."""

    currency: str
    starts_on: Day
    ends_on: Day
    fees: AmountOut
    direct_cost: AmountOut
    refunded: AmountOut
    to_charity: AmountOut
    surplus: AmountOut


class TrueUpObject(Output):
    id: str
    type: Literal["fee_true_up"]
    currency: str
    starts_on: Day
    ends_on: Day
    fees: AmountOut
    direct_cost: AmountOut
    surplus: AmountOut
    outcome: Outcome
    borrowers: int
    journal_id: str
    created_by: str
    created_at: Timestamp


class TrueUpList(ListOutput):
    data: list[TrueUpObject]


def cost_out(cost: DirectCost) -> dict[str, Any]:
    """A direct cost as the API and its events render it."""
    return DirectCostObject(
        id=cost.cost_id,
        type="direct_cost",
        amount=json_number(cost.amount),
        currency=cost.amount.asset.code,
        category=cost.category,
        receipt=cost.receipt,
        branch_id=cost.branch_id,
        incurred_on=cost.incurred_on.isoformat(),
        journal_id=cost.journal_id,
        created_by=cost.created_by,
        created_at=rfc3339(cost.created_at),
    ).model_dump()


def standing_out(standing: Standing) -> dict[str, Any]:
    """Fees against their direct cost."""

    def number(minor: int) -> Any:
        return json_number(Money(minor, standing.asset))

    return FeeStanding(
        currency=standing.asset.code,
        starts_on=standing.starts_on.isoformat(),
        ends_on=standing.ends_on.isoformat(),
        fees=number(standing.fees_minor),
        direct_cost=number(standing.direct_cost_minor),
        refunded=number(standing.refunded_minor),
        to_charity=number(standing.to_charity_minor),
        surplus=number(standing.surplus_minor),
    ).model_dump()


def true_up_out(made: TrueUp) -> dict[str, Any]:
    """A true-up as the API and its events render it."""

    def number(minor: int) -> Any:
        return json_number(Money(minor, made.asset))

    return TrueUpObject(
        id=made.true_up_id,
        type="fee_true_up",
        currency=made.asset.code,
        starts_on=made.starts_on.isoformat(),
        ends_on=made.ends_on.isoformat(),
        fees=number(made.fees_minor),
        direct_cost=number(made.direct_cost_minor),
        surplus=number(made.surplus_minor),
        outcome=made.outcome,
        borrowers=made.borrowers,
        journal_id=made.journal_id,
        created_by=made.created_by,
        created_at=rfc3339(made.created_at),
    ).model_dump()
