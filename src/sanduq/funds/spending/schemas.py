"""Wire shapes of drawings on funds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.funds.spending.model import FundKind, FundSource, Grant, Spending, SpendingUse
from sanduq.kit.money import Money
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Currency,
    Input,
    ListOutput,
    Output,
    PageQuery,
    Text,
    amount,
    asset_of,
    checked_id,
    number,
)
from sanduq.shariah.facts import DebtorState

FundCode = Annotated[Text, Field(examples=["sadaqah:education"])]


class GrantIn(Input):
    fund: FundCode
    amount: AmountIn
    currency: Currency
    recipient_id: Text
    project_id: Text | None = None
    note: Text | None = None

    def command(self) -> Grant:
        """The gift to make. Refuses VALIDATION_ERROR what cannot be read."""
        return Grant(
            FundSource.read(self.fund),
            amount(self.amount, asset_of(self.currency), "amount", is_positive=True),
            checked_id(self.recipient_id, "cpty", "recipient_id"),
            self.project_id,
            self.note,
        )


class SpendingFilters(PageQuery):
    kind: FundKind | None = None
    fund: FundCode | None = None
    use: SpendingUse | None = None
    subject_id: Text | None = None
    party_id: Text | None = None


class SpendingOut(Output):
    id: str
    type: Literal["fund_spending"]
    kind: FundKind
    fund: str
    amount: AmountOut
    currency: str
    use: SpendingUse
    subject_id: str
    party_id: str | None
    debtor_state: DebtorState | None
    returned: AmountOut
    journal_id: str
    note: str | None
    created_at: datetime
    created_by: str


class SpendingList(ListOutput):
    data: list[SpendingOut]


def spending_out(spending: Spending) -> dict[str, Any]:
    """A drawing on a fund as the API writes it."""
    return SpendingOut(
        id=spending.spending_id,
        type="fund_spending",
        kind=spending.kind,
        fund=spending.fund,
        amount=number(spending.amount),
        currency=spending.amount.asset.code,
        use=spending.use,
        subject_id=spending.subject_id,
        party_id=spending.party_id,
        debtor_state=spending.debtor_state,
        returned=number(Money(spending.returned_minor, spending.amount.asset)),
        journal_id=spending.journal_id,
        note=spending.note,
        created_at=spending.created_at,
        created_by=spending.created_by,
    ).model_dump()
