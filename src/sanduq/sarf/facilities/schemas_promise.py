"""Wire shapes of a promise and of purchases under it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from sanduq.kit.money import Asset, Money
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Input,
    IsoDate,
    LongText,
    Output,
    Text,
    amount,
    number,
)
from sanduq.kit.wire_weight import NumberOut, WeightIn, fraction, grams, weight_mg
from sanduq.sarf.facilities.model import (
    BuyBack,
    BuyBackStatus,
    NewBuyBack,
    NewPromise,
    Promise,
    PromiseStatus,
    StatedCounterPromise,
)
from sanduq.sarf.schemas_sessions import Identifier, ItemId


class CounterPromiseIn(Input):
    promisor_id: Identifier
    from_on: IsoDate
    to_on: IsoDate
    is_binding: bool = True


class UndertakingIn(Input):
    """A fee, a counter-promise and the like are there to be refused, with the rule."""

    weight_grams: WeightIn | None = None
    price_formula: Text | None = None
    is_transferable: bool = False
    fee: AmountIn | None = None
    counter_promises: Annotated[list[CounterPromiseIn], Field(max_length=10)] = Field(
        default_factory=list
    )
    is_lower_price_promised: bool = False

    def command(self, asset: Asset) -> NewPromise:
        """The promise to issue; `weight_grams` is pure gold."""
        wanted, fee = self.weight_grams, self.fee
        return NewPromise(
            fine_weight_mg=None
            if wanted is None
            else weight_mg(wanted, "weight_grams", is_positive=True),
            price_formula=self.price_formula,
            is_transferable=self.is_transferable,
            fee=None if fee is None else amount(fee, asset, "fee"),
            counter_promises=tuple(
                StatedCounterPromise(
                    promisor_id=one.promisor_id, from_on=one.from_on, to_on=one.to_on,
                    is_binding=one.is_binding,
                )
                for one in self.counter_promises
            ),
            lower_price_promised=self.is_lower_price_promised,
        )  # fmt: skip


class BuyBackIn(Input):
    """`price` None: the most the promise allows. What the rules refuse can be stated here."""

    item_ids: Annotated[list[ItemId], Field(min_length=1, max_length=50)]
    price: AmountIn | None = None
    price_formula: Text | None = None
    payment_terms: Text = "spot"
    set_off_ids: Annotated[list[Identifier], Field(max_length=10)] = Field(default_factory=list)
    reason: LongText | None = None

    def command(self, asset: Asset) -> NewBuyBack:
        """What the customer chooses."""
        return NewBuyBack(
            item_ids=tuple(self.item_ids),
            price=None
            if self.price is None
            else amount(self.price, asset, "price", is_positive=True),
            price_formula=self.price_formula,
            payment_terms=self.payment_terms,
            set_off_ids=tuple(self.set_off_ids),
            reason=self.reason,
        )


class PromiseObject(Output):
    id: str
    facility_id: str
    status: PromiseStatus
    promisee_id: str
    is_promisee_bound: bool
    is_transferable: bool
    currency: str
    weight_grams: NumberOut
    bought_weight_grams: NumberOut
    remaining_weight_grams: NumberOut
    cap_fraction: NumberOut
    price_formula: str
    opens_on: date
    closes_on: date
    language: str
    wording: str
    wording_hash: str
    issued_at: datetime
    issued_by: str
    ended_on: date | None


class BuyBackOut(Output):
    id: str
    status: BuyBackStatus
    item_ids: list[str]
    weight_grams: NumberOut
    price_at_most: AmountOut
    price: AmountOut
    price_board_id: str
    asked_on: date
    reason: str | None
    approved_by: str | None
    session_id: str | None
    created_at: datetime
    created_by: str


def promise_out(one: Promise) -> PromiseObject:
    """A promise as the API writes it: one side is bound, and may not be charged for or sold."""
    return PromiseObject(
        id=one.promise_id,
        facility_id=one.facility_id,
        status=one.status,
        promisee_id=one.promisee_id,
        is_promisee_bound=False,
        is_transferable=False,
        currency=one.asset.code,
        weight_grams=grams(one.fine_weight_mg),
        bought_weight_grams=grams(one.bought_fine_mg),
        remaining_weight_grams=grams(one.remaining_fine_mg),
        cap_fraction=fraction(one.cap_bp),
        price_formula=one.price_formula,
        opens_on=one.opens_on,
        closes_on=one.closes_on,
        language=one.language,
        wording=one.wording,
        wording_hash=one.wording_hash,
        issued_at=one.issued_at,
        issued_by=one.issued_by,
        ended_on=one.ended_on,
    )


def buy_back_out(one: BuyBack, asset: Asset) -> BuyBackOut:
    """A purchase under a promise as the API writes it."""

    def money(minor: int) -> Any:
        return number(Money(minor, asset))

    return BuyBackOut(
        id=one.buy_back_id,
        status=one.status,
        item_ids=list(one.item_ids),
        weight_grams=grams(one.fine_weight_mg),
        price_at_most=money(one.cap_minor),
        price=money(one.price_minor),
        price_board_id=one.price_board_id,
        asked_on=one.asked_on,
        reason=one.reason,
        approved_by=one.approved_by,
        session_id=one.session_id,
        created_at=one.created_at,
        created_by=one.created_by,
    )
