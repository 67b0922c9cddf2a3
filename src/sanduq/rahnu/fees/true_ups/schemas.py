"""Wire shapes of the true-up of custody fees."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sanduq.kit.clock import rfc3339
from sanduq.kit.money import Asset, Money, json_number
from sanduq.kit.wire import (
    AmountOut,
    Currency,
    Input,
    IsoDate,
    ListOutput,
    Output,
    PageQuery,
    Text,
    asset_of,
    checked_id,
)
from sanduq.qard.true_ups.model import Standing
from sanduq.rahnu.fees.true_ups.model import CustodyTrueUp, NewTrueUp, SurplusUse

Timestamp = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]


class CustodyTrueUpIn(Input):
    """`refund_provision` owes the surplus back to who bore the fees, `charity` gives it away."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {"from": "2023-01-01", "to": "2023-12-31", "currency": "USD",
                 "use": "refund_provision"}
            ]
        },
    )  # fmt: skip

    from_on: Annotated[IsoDate, Field(alias="from")]
    to_on: Annotated[IsoDate, Field(alias="to")]
    currency: Currency
    use: SurplusUse
    resolution_id: Text | None = None

    def command(self) -> NewTrueUp:
        """The true-up meant. Refuses VALIDATION_ERROR currencies and ids."""
        resolution_id = self.resolution_id
        if resolution_id is not None:
            resolution_id = checked_id(resolution_id, "res", "resolution_id")
        return NewTrueUp(asset_of(self.currency), self.from_on, self.to_on, self.use, resolution_id)


class CustodyStandingQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_on: Annotated[IsoDate, Field(alias="from")]
    to_on: Annotated[IsoDate, Field(alias="to")]
    currency: Currency


class CustodyTrueUpQuery(PageQuery):
    currency: Currency | None = None


class CustodyFeeStanding(Output):
    """Custody fees against what keeping really cost; `surplus` is what nothing was done with."""

    type: Literal["custody_fee_standing"]
    currency: str
    from_date: Day
    to_date: Day
    fees: AmountOut
    cost: AmountOut
    refunded: AmountOut
    to_charity: AmountOut
    surplus: AmountOut
    is_surplus: bool


class CustodyTrueUpObject(Output):
    id: str
    type: Literal["custody_true_up"]
    currency: str
    from_date: Day
    to_date: Day
    fees: AmountOut
    cost: AmountOut
    surplus: AmountOut
    use: SurplusUse
    owners: int
    resolution_id: str | None
    journal_id: str
    created_by: str
    created_at: Timestamp


class CustodyTrueUpList(ListOutput):
    data: list[CustodyTrueUpObject]


def _number(minor: int, asset: Asset) -> Any:
    return json_number(Money(minor, asset))


def standing_out(standing: Standing) -> dict[str, Any]:
    """Custody fees against their cost, as the API writes it."""
    asset = standing.asset
    return CustodyFeeStanding(
        type="custody_fee_standing",
        currency=asset.code,
        from_date=standing.starts_on.isoformat(),
        to_date=standing.ends_on.isoformat(),
        fees=_number(standing.fees_minor, asset),
        cost=_number(standing.direct_cost_minor, asset),
        refunded=_number(standing.refunded_minor, asset),
        to_charity=_number(standing.to_charity_minor, asset),
        surplus=_number(standing.surplus_minor, asset),
        is_surplus=standing.surplus_minor > 0,
    ).model_dump()


def true_up_out(made: CustodyTrueUp) -> dict[str, Any]:
    """A true-up as the API and its events render it."""
    return CustodyTrueUpObject(
        id=made.true_up_id,
        type="custody_true_up",
        currency=made.asset.code,
        from_date=made.from_on.isoformat(),
        to_date=made.to_on.isoformat(),
        fees=_number(made.fees_minor, made.asset),
        cost=_number(made.cost_minor, made.asset),
        surplus=_number(made.surplus_minor, made.asset),
        use=made.use,
        owners=made.owners,
        resolution_id=made.resolution_id,
        journal_id=made.journal_id,
        created_by=made.created_by,
        created_at=rfc3339(made.created_at),
    ).model_dump()
