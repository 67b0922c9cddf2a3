"""Wire shapes of values, margins, calls and top-ups: what is asked."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from sanduq.assets.model import Metal
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset, Money
from sanduq.kit.wire import (
    AmountIn,
    Currency,
    Input,
    IsoDate,
    PageQuery,
    Text,
    amount,
    asset_of,
    checked_id,
)
from sanduq.rahnu.contracts.margin.model import CallStatus, Channel, Delivery
from sanduq.rahnu.contracts.margin.revaluing import Revalue

Identifier = Annotated[Text, Field(max_length=70)]
Name = Annotated[Text, Field(max_length=70)]


class PledgeRevaluation(Input):
    """Empty: on the board of today. `valuation_ids`: by fresh valuations. `appraised_value`: of
    one thing that is no metal, as its fresh valuation has it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{}, {"valuation_ids": ["val_01hm0000000000000000000001"]}]}
    )

    valuation_ids: Annotated[list[Identifier], Field(min_length=1, max_length=200)] | None = None
    appraised_value: AmountIn | None = None
    source: Text | None = None

    def command(self, asset: Asset) -> Revalue:
        """The command inside. Refuses VALIDATION_ERROR both ways at once, and a wrong id."""
        if self.valuation_ids is not None and self.appraised_value is not None:
            message = "name valuations or an appraised_value, not both"
            raise ValidationFailed.field("appraised_value", "two_ways", message)
        ids = [
            checked_id(one, "val", f"valuation_ids.{place}")
            for place, one in enumerate(self.valuation_ids or ())
        ]
        stated = None
        if self.appraised_value is not None:
            stated = amount(self.appraised_value, asset, "appraised_value", is_positive=True)
        return Revalue(tuple(dict.fromkeys(ids)), stated, self.source)


class BookRevaluationIn(Input):
    """Which pledges are to be valued: those that hold a metal, in a currency."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"metal": "gold", "currency": "USD"}]}
    )

    metal: Metal
    currency: Currency

    def pair(self) -> tuple[Metal, Asset]:
        """The metal and currency. Refuses VALIDATION_ERROR what no board prices."""
        if self.metal is Metal.NONE:
            raise ValidationFailed.field("metal", "no_metal", "what is no metal has no price board")
        return self.metal, asset_of(self.currency)


class BookRevaluationQuery(PageQuery):
    metal: Metal | None = None
    currency: Currency | None = None


class TopUpIn(Input):
    """Cash the owner leaves as additional pledge, in the currency of the pledge."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"amount": 500}]})

    amount: AmountIn
    reason: Text | None = None

    def money(self, asset: Asset) -> Money:
        """The amount. Refuses VALIDATION_ERROR."""
        return amount(self.amount, asset, "amount", is_positive=True)


class TopUpReturnIn(Input):
    """Cash to be given back; without an amount all that is held."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"amount": 200}, {}]})

    amount: AmountIn | None = None
    reason: Text | None = None

    def money(self, asset: Asset) -> Money | None:
        """The amount, if one is named. Refuses VALIDATION_ERROR."""
        if self.amount is None:
            return None
        return amount(self.amount, asset, "amount", is_positive=True)


class NoticeDeliveryIn(Input):
    """How the notice of a margin call reached the owner."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"channel": "letter", "proof": "RR 1234 5678 MY", "delivered_on": "2024-01-16"}
            ]
        }
    )

    channel: Channel
    proof: Text
    delivered_on: IsoDate

    def delivery(self, user_id: str) -> Delivery:
        """The delivery inside."""
        return Delivery(self.channel, self.proof, self.delivered_on, user_id)


class MarginCallFilters(PageQuery):
    """`cure_by.lte`: open calls whose days to answer end by then."""

    status: CallStatus | None = None
    contract_id: Identifier | None = None
    pledgor_id: Identifier | None = None
    branch_id: Name | None = None
    currency: Currency | None = None
    called_on_gte: Annotated[IsoDate | None, Field(alias="called_on.gte")] = None
    called_on_lt: Annotated[IsoDate | None, Field(alias="called_on.lt")] = None
    cure_by_lte: Annotated[IsoDate | None, Field(alias="cure_by.lte")] = None

    def filters(self) -> dict[str, Any]:
        """What is asked for, by the names of the store."""
        asked = {
            "contract_id": self.contract_id,
            "pledgor_id": self.pledgor_id,
            "branch_id": self.branch_id,
            "asset": None if self.currency is None else str(asset_of(self.currency)),
            "called_from": self.called_on_gte,
            "called_before": self.called_on_lt,
            "cure_by": self.cure_by_lte,
        }
        return {name: value for name, value in asked.items() if value is not None}
