"""Wire shapes of custody costs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from sanduq.kit.clock import rfc3339
from sanduq.kit.money import json_number
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Currency,
    ExternalId,
    Input,
    IsoDate,
    ListOutput,
    Metadata,
    Output,
    PageQuery,
    Text,
    amount,
    asset_of,
    checked_id,
)
from sanduq.rahnu.fees.cost_studies.model import CustodyCostKind
from sanduq.rahnu.fees.costs.model import CustodyCost, CustodyCostFilters, NewCustodyCost

Timestamp = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]


class CustodyCostIn(Input):
    """A receipt for keeping, paid from the cash of `branch_id` (left out: the default branch)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "vault_rent", "amount": 1500, "currency": "USD",
                 "incurred_on": "2024-01-10", "receipt_reference": "R-2024-17"}
            ]
        }
    )  # fmt: skip

    kind: CustodyCostKind
    amount: AmountIn
    currency: Currency
    incurred_on: IsoDate
    branch_id: Text | None = None
    receipt_reference: Text
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewCustodyCost:
        """The cost inside. Refuses VALIDATION_ERROR amounts, currencies and ids."""
        branch_id = self.branch_id
        if branch_id is not None:
            branch_id = checked_id(branch_id, "brn", "branch_id")
        return NewCustodyCost(
            kind=self.kind,
            amount=amount(self.amount, asset_of(self.currency), "amount", is_positive=True),
            incurred_on=self.incurred_on,
            branch_id=branch_id,
            receipt_reference=self.receipt_reference,
            external_id=self.external_id,
            metadata=self.metadata,
        )


class CustodyCostReversalIn(Input):
    """`effective_on` left out: today. It may lie back to the day of the cost, in open books."""

    reason: Text
    effective_on: IsoDate | None = None


class CustodyCostQuery(PageQuery):
    currency: Currency | None = None
    kind: CustodyCostKind | None = None
    branch_id: Text | None = None
    external_id: ExternalId | None = None
    incurred_on_gte: Annotated[IsoDate | None, Field(alias="incurred_on.gte")] = None
    incurred_on_lt: Annotated[IsoDate | None, Field(alias="incurred_on.lt")] = None

    def filters(self) -> CustodyCostFilters:
        """What the list shows. Refuses VALIDATION_ERROR an unknown currency."""
        return CustodyCostFilters(
            asset=None if self.currency is None else asset_of(self.currency),
            kind=self.kind,
            branch_id=self.branch_id,
            external_id=self.external_id,
            incurred_from=self.incurred_on_gte,
            incurred_before=self.incurred_on_lt,
        )


class CustodyCostObject(Output):
    """A cost of keeping. A counter entry has a negative amount and names what it `reverses`."""

    id: str
    type: Literal["custody_cost"]
    external_id: str | None
    kind: CustodyCostKind
    amount: AmountOut
    currency: str
    branch_id: str
    incurred_on: Day
    receipt_reference: str
    reverses: str | None
    reversed_by: str | None
    reason: str | None
    journal_id: str
    metadata: dict[str, str]
    created_by: str
    created_at: Timestamp


class CustodyCostList(ListOutput):
    data: list[CustodyCostObject]


def custody_cost_out(cost: CustodyCost) -> dict[str, Any]:
    """A custody cost as the API and its events render it."""
    return CustodyCostObject(
        id=cost.custody_cost_id,
        type="custody_cost",
        external_id=cost.external_id,
        kind=cost.kind,
        amount=json_number(cost.amount),
        currency=cost.amount.asset.code,
        branch_id=cost.branch_id,
        incurred_on=cost.incurred_on.isoformat(),
        receipt_reference=cost.receipt_reference,
        reverses=cost.reverses,
        reversed_by=cost.reversed_by,
        reason=cost.reason,
        journal_id=cost.journal_id,
        metadata=dict(cost.metadata),
        created_by=cost.created_by,
        created_at=rfc3339(cost.created_at),
    ).model_dump()
