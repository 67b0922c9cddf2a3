"""Wire shapes of extensions and renewals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from sanduq.kit.money import Asset, Money
from sanduq.kit.wire import AmountIn, AmountOut, Input, ListOutput, Output, Text, amount, number
from sanduq.rahnu.contracts.terms.model import Extend, Renew, TermChange, TermKind

Identifier = Annotated[Text, Field(max_length=70)]
Months = Annotated[int, Field(ge=1, le=60)]


class PledgeExtension(Input):
    """More months for the same debt. `payment`: cash received with it, for the custody fee due to
    the day and then for the debt."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"months": 6, "payment": 210}]})

    months: Months
    payment: AmountIn | None = None
    reason: Text | None = None

    def command(self, asset: Asset) -> Extend:
        """The command inside. Refuses VALIDATION_ERROR an amount."""
        return Extend(self.months, _payment(self.payment, asset), self.reason)


class PledgeRenewal(Input):
    """A new term for what is still owed, once extensions are used up."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"months": 6, "payment": 420, "disclosure_acknowledged": True}]
        }
    )

    months: Months
    payment: AmountIn | None = None
    installments: Months | None = None
    disclosure_acknowledged: bool = False
    reason: Text | None = None

    def command(self, asset: Asset) -> Renew:
        """The command inside. Refuses VALIDATION_ERROR an amount."""
        return Renew(
            self.months,
            _payment(self.payment, asset),
            self.installments,
            self.disclosure_acknowledged,
            self.reason,
        )


def _payment(value: Any, asset: Asset) -> Money | None:
    return None if value is None else amount(value, asset, "payment", is_positive=True)


class TermChangeOut(Output):
    """An extension or a renewal. `outstanding` is the debt after it; nothing was added to it."""

    id: str
    type: Literal["term_change"]
    contract_id: str
    kind: TermKind
    number: int
    months: int
    matured_on: date | None
    matures_on: date
    currency: str
    outstanding: AmountOut
    paid: AmountOut
    custody_fee_paid: AmountOut
    reason: str | None
    created_at: datetime
    created_by: str


class TermChangeList(ListOutput):
    data: list[TermChangeOut]


def term_change_out(one: TermChange) -> dict[str, Any]:
    """A term that moved, as the API writes it."""
    return TermChangeOut(
        id=one.term_change_id,
        type="term_change",
        contract_id=one.contract_id,
        kind=one.kind,
        number=one.number,
        months=one.months,
        matured_on=one.matured_on,
        matures_on=one.matures_on,
        currency=one.asset.code,
        outstanding=number(Money(one.outstanding_minor, one.asset)),
        paid=number(Money(one.paid_minor, one.asset)),
        custody_fee_paid=number(Money(one.fee_paid_minor, one.asset)),
        reason=one.reason,
        created_at=one.created_at,
        created_by=one.created_by,
    ).model_dump()
