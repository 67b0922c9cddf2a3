"""Wire shapes of the steps of a salam."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from sanduq.kit.money import Asset, Money
from sanduq.kit.wire import AmountIn, AmountOut, Input, IsoDate, Output, Text, amount
from sanduq.microfinance.loans.salam.facts import (
    FreightPayer,
    PriceSource,
    Quality,
    Remedy,
    Settlement,
)
from sanduq.microfinance.loans.salam.model import Salam
from sanduq.microfinance.loans.salam.model_terms import QUANTITY, quantity_number
from sanduq.microfinance.loans.salam.schemas import Code, Specifications, Unit
from sanduq.microfinance.loans.salam.service import PayPrice
from sanduq.microfinance.loans.salam.service_delivery import DeliverGoods, SubstituteGoods
from sanduq.microfinance.loans.salam.service_remedies import CancelGoods, SellPledge


def _milli(value: Any, field: str) -> int:
    return amount(value, QUANTITY, field, is_positive=True).amount_minor


def _money(value: Any | None, asset: Asset, field: str) -> Money | None:
    return None if value is None else amount(value, asset, field)


class PayPriceIn(Input):
    """Without an amount all that is left of the price is paid. `contracted_on` is the day the
    contract was concluded, by default that of the first payment."""

    amount: AmountIn | None = None
    on: IsoDate | None = None
    payment_source: PriceSource = PriceSource.CASH
    contracted_on: IsoDate | None = None
    document: Text | None = None

    def command(self, asset: Asset, today: date) -> PayPrice:
        """The payment inside. Refuses VALIDATION_ERROR an amount that is none."""
        paid = (
            None if self.amount is None else amount(self.amount, asset, "amount", is_positive=True)
        )
        return PayPrice(
            paid, self.on or today, self.payment_source, self.contracted_on, self.document
        )


DELIVERY_EXAMPLE: dict[str, Any] = {
    "quantity": 1000,
    "on": "2024-06-15",
    "quality": "as_agreed",
    "document": "Weight note 114",
}


class DeliverGoodsIn(Input):
    """Goods brought. Worse ones that are taken need their `market_value`; a `discount` goes with
    `accept_at_discount`; refusing conforming goods that come early needs the `reason`."""

    model_config = ConfigDict(json_schema_extra={"examples": [DELIVERY_EXAMPLE]})

    quantity: AmountIn
    on: IsoDate | None = None
    place: Text | None = None
    quality: Quality
    settle: Settlement = Settlement.ACCEPT
    document: Text
    market_value: AmountIn | None = None
    discount: AmountIn | None = None
    reason: Text | None = None
    freight_payer: FreightPayer | None = None

    def command(self, asset: Asset, today: date) -> DeliverGoods:
        """The delivery inside. Refuses VALIDATION_ERROR amounts that are none."""
        return DeliverGoods(
            quantity_milli=_milli(self.quantity, "quantity"),
            on=self.on or today,
            quality=self.quality,
            settlement=self.settle,
            document=self.document,
            place=self.place,
            market_value=_money(self.market_value, asset, "market_value"),
            discount=_money(self.discount, asset, "discount"),
            reason=self.reason,
            freight_payer=self.freight_payer,
        )


class SubstituteIn(Input):
    """Other goods in hand for `replaces_quantity` of those sold (by default all that is overdue);
    both values are those of the market on the day."""

    commodity: Code
    quantity: AmountIn
    quantity_unit: Unit
    quality_specifications: Specifications = Field(default_factory=dict)
    market_value: AmountIn
    original_market_value: AmountIn
    replaces_quantity: AmountIn | None = None
    on: IsoDate | None = None
    place: Text | None = None
    document: Text

    def command(self, asset: Asset, today: date) -> SubstituteGoods:
        """The substitution inside. Refuses VALIDATION_ERROR amounts that are none."""
        return SubstituteGoods(
            commodity=self.commodity,
            quantity_milli=_milli(self.quantity, "quantity"),
            quantity_unit=self.quantity_unit,
            specifications=self.quality_specifications,
            market_value=amount(self.market_value, asset, "market_value"),
            original_market_value=amount(
                self.original_market_value, asset, "original_market_value"
            ),
            on=self.on or today,
            document=self.document,
            replaces_milli=None
            if self.replaces_quantity is None
            else _milli(self.replaces_quantity, "replaces_quantity"),
            place=self.place,
        )


class WaitIn(Input):
    """Time given to the seller; it adds nothing to what is owed."""

    until: IsoDate
    reason: Text


class CancelSalamIn(Input):
    """Without a quantity all undelivered goods are given up. `document` shows the agreement."""

    quantity: AmountIn | None = None
    on: IsoDate | None = None
    refund_due_date: IsoDate | None = None
    reason: Text
    document: Text

    def command(self, today: date) -> CancelGoods:
        """The cancellation inside. Refuses VALIDATION_ERROR a quantity that is none."""
        return CancelGoods(
            on=self.on or today,
            reason=self.reason,
            document=self.document,
            quantity_milli=None if self.quantity is None else _milli(self.quantity, "quantity"),
            refund_due_on=self.refund_due_date,
        )


class SellPledgeIn(Input):
    price: AmountIn
    on: IsoDate | None = None
    document: Text

    def command(self, asset: Asset, today: date) -> SellPledge:
        """The sale inside. Refuses VALIDATION_ERROR a price that is none."""
        price = amount(self.price, asset, "price", is_positive=True)
        return SellPledge(price, self.on or today, self.document)


class RemedyOut(Output):
    remedy: Remedy
    step: str
    effect: str


class RemediesOut(Output):
    """What may be chosen for goods not delivered: these three ways and no other."""

    type: Literal["salam_remedies"]
    loan_id: str
    contract_id: str
    quantity_undelivered: AmountOut
    quantity_unit: str
    oldest_undelivered_due_date: str | None
    remedies: Annotated[list[RemedyOut], Field(min_length=3, max_length=3)]


_EFFECTS = {
    Remedy.WAIT: ("wait", "the day of delivery moves; goods and price stay as they are"),
    Remedy.CANCEL: ("cancel-salam", "the capital of the goods given up comes back, exactly"),
    Remedy.SUBSTITUTE: ("substitute", "other goods worth no more are taken in their place"),
}


def remedies_out(salam: Salam, remedies: list[Remedy]) -> dict[str, Any]:
    """The three ways, each with the step that takes it."""
    oldest = salam.oldest_undelivered_due_on
    path = f"/v1/rails/microfinance/loans/{salam.loan_id}"
    return RemediesOut(
        type="salam_remedies",
        loan_id=salam.loan_id,
        contract_id=salam.contract_id,
        quantity_undelivered=quantity_number(salam.undelivered_milli),
        quantity_unit=salam.quantity_unit,
        oldest_undelivered_due_date=oldest.isoformat() if oldest else None,
        remedies=[
            RemedyOut(
                remedy=remedy, step=f"{path}/{_EFFECTS[remedy][0]}", effect=_EFFECTS[remedy][1]
            )
            for remedy in remedies
        ],
    ).model_dump()
