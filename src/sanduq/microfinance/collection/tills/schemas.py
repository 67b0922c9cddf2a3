"""Wire shapes of tills and their settlements."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from sanduq.kit.money import Money
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Currency,
    Input,
    ListOutput,
    Output,
    Text,
    amount,
    asset_of,
    number,
)
from sanduq.microfinance.collection.tills.model import Direction, Settlement, SettleTill, Till

Identifier = Annotated[str, Field(min_length=1, max_length=70)]
Name = Annotated[Text, Field(max_length=70)]


class TillSettlementIn(Input):
    """`paid_in`: the officer brings cash that was missing. `paid_out`: cash beyond what was
    recorded leaves the till, back to whoever paid it or to be recorded by a repayment."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "direction": "paid_in", "amount": 10, "currency": "USD",
                    "reason": "the note that was missing on 15 January", "reference": "TR-0031",
                }
            ]
        }
    )  # fmt: skip

    direction: Direction
    amount: AmountIn
    currency: Currency
    reason: Annotated[Text, Field(min_length=1, max_length=500)]
    reference: Name | None = None
    branch_id: Name | None = None

    def command(self, officer_id: str) -> SettleTill:
        """The command inside. Refuses VALIDATION_ERROR an amount or a currency."""
        asset = asset_of(self.currency)
        return SettleTill(
            officer_id,
            self.direction,
            amount(self.amount, asset, "amount", is_positive=True),
            self.reason,
            self.reference,
            self.branch_id,
        )


class TillOut(Output):
    """`owed_by_officer`: cash he has still to bring. `kept`: cash of others that he has."""

    type: Literal["till"]
    officer_id: str
    currency: str
    owed_by_officer: AmountOut
    kept: AmountOut


class TillReportOut(Output):
    type: Literal["tills"]
    data: list[TillOut]


class TillSettlementOut(Output):
    id: str
    type: Literal["till_settlement"]
    officer_id: str
    branch_id: str
    direction: Direction
    amount: AmountOut
    currency: str
    reason: str
    reference: str | None
    settled_on: date
    journal_id: str
    created_at: datetime
    created_by: str


class TillSettlementList(ListOutput):
    data: list[TillSettlementOut]


def till_out(till: Till) -> TillOut:
    """A till as the API writes it."""
    return TillOut(
        type="till",
        officer_id=till.officer_id,
        currency=till.asset.code,
        owed_by_officer=number(Money(till.owed_by_officer_minor, till.asset)),
        kept=number(Money(till.kept_minor, till.asset)),
    )


def tills_out(tills: list[Till]) -> dict[str, Any]:
    """Every till as the API writes them."""
    return TillReportOut(type="tills", data=[till_out(one) for one in tills]).model_dump()


def settlement_out(one: Settlement) -> dict[str, Any]:
    """A settlement as the API writes it."""
    return TillSettlementOut(
        id=one.settlement_id,
        type="till_settlement",
        officer_id=one.officer_id,
        branch_id=one.branch_id,
        direction=one.direction,
        amount=number(one.amount),
        currency=one.amount.asset.code,
        reason=one.reason,
        reference=one.reference,
        settled_on=one.settled_on,
        journal_id=one.journal_id,
        created_at=one.created_at,
        created_by=one.created_by,
    ).model_dump()
