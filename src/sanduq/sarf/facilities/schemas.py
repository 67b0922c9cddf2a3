"""Wire shapes of facilities."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from sanduq.kit.money import Asset, Money
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    ExternalId,
    Input,
    IsoDate,
    ListOutput,
    LongText,
    Metadata,
    Output,
    PageQuery,
    Text,
    amount,
    number,
)
from sanduq.kit.wire_weight import NumberOut, WeightIn, fraction, grams, weight_mg
from sanduq.sarf.facilities.model import (
    BuyBackQuote,
    Facility,
    FacilityFilters,
    FacilityStatus,
    IndependentQuote,
    NewFacility,
    StatedCharge,
)
from sanduq.sarf.facilities.schemas_promise import (
    BuyBackOut,
    PromiseObject,
    buy_back_out,
    promise_out,
)
from sanduq.sarf.schemas_pieces import PieceOut, piece_out
from sanduq.sarf.schemas_sessions import Identifier, ItemId
from sanduq.shariah.facts import ContractKind


class IndependentQuoteIn(Input):
    source: Text
    amount: AmountIn
    quoted_on: IsoDate


class ChargeIn(Input):
    kind: Text
    amount: AmountIn


class FacilityIn(Input):
    """`charges`, `conditions` and `debt_references` are there to be refused, with the rule."""

    quote_id: Identifier
    item_ids: Annotated[list[ItemId], Field(max_length=50)] = Field(default_factory=list)
    owner_declaration: LongText | None = None
    stolen_goods_check: LongText | None = None
    acknowledged_lines: Annotated[list[Text], Field(max_length=20)] = Field(default_factory=list)
    independent_quote: IndependentQuoteIn | None = None
    charges: Annotated[list[ChargeIn], Field(max_length=20)] = Field(default_factory=list)
    conditions: Annotated[list[ContractKind], Field(max_length=10)] = Field(default_factory=list)
    debt_references: Annotated[list[Identifier], Field(max_length=20)] = Field(default_factory=list)
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self, asset: Asset) -> NewFacility:
        """The facility to open; amounts are in the currency of its quote."""
        shown = self.independent_quote
        return NewFacility(
            quote_id=self.quote_id,
            item_ids=tuple(self.item_ids),
            owner_declaration=self.owner_declaration or "",
            stolen_goods_check=self.stolen_goods_check or "",
            acknowledged_lines=tuple(self.acknowledged_lines),
            independent_quote=None
            if shown is None
            else IndependentQuote(
                source=shown.source,
                amount=amount(shown.amount, asset, "independent_quote.amount", is_positive=True),
                quoted_on=shown.quoted_on,
            ),
            charges=tuple(
                StatedCharge(
                    kind=one.kind, amount=amount(one.amount, asset, f"charges.{place}.amount")
                )
                for place, one in enumerate(self.charges)
            ),
            conditions=tuple(str(one) for one in self.conditions),
            debt_references=tuple(self.debt_references),
            external_id=self.external_id,
            metadata=self.metadata,
        )


class FacilityQuery(PageQuery):
    status: FacilityStatus | None = None
    customer_id: Identifier | None = None
    branch_id: Identifier | None = None
    external_id: ExternalId | None = None

    def filters(self) -> FacilityFilters:
        """Which facilities are asked for."""
        return FacilityFilters(self.status, self.customer_id, self.branch_id, self.external_id)


class BuyBackQuoteQuery(Input):
    weight_grams: WeightIn | None = None

    def fine_weight_mg(self) -> int | None:
        """How much pure gold is asked after; None: all that remains."""
        wanted = self.weight_grams
        return None if wanted is None else weight_mg(wanted, "weight_grams", is_positive=True)


class IndependentQuoteOut(Output):
    source: str
    amount: AmountOut
    quoted_on: date


class FacilityOut(Output):
    id: str
    type: str
    external_id: str | None
    status: FacilityStatus
    customer_id: str
    branch_id: str
    currency: str
    terms_id: str
    quote_id: str
    language: str
    item_ids: list[str]
    owner_declaration: str
    stolen_goods_check: str
    independent_quote: IndependentQuoteOut | None
    acknowledged_lines: list[str]
    acknowledged_at: datetime
    purchase_session_id: str | None
    sold_at: datetime | None
    fine_weight_grams: NumberOut | None
    price: AmountOut | None
    is_customer_bound: bool
    promise: PromiseObject | None
    buy_backs: list[BuyBackOut]
    ended_at: datetime | None
    end_reason: str | None
    created_at: datetime
    created_by: str
    metadata: Metadata


class FacilityList(ListOutput):
    data: list[FacilityOut]


class CandidateOut(PieceOut):
    """A piece that fits, and the most that may be asked for it today."""

    price_at_most: AmountOut


class BuyBackQuoteOut(Output):
    facility_id: str
    promise_id: str
    currency: str
    price_board_id: str
    price_source: str
    priced_at: datetime
    weight_grams: NumberOut
    remaining_weight_grams: NumberOut
    market_value: AmountOut
    cap_fraction: NumberOut
    price_at_most: AmountOut
    window_opens_on: date
    window_closes_on: date
    is_open: bool
    is_customer_bound: bool
    pieces: list[CandidateOut]


def facility_out(one: Facility) -> dict[str, Any]:
    """A facility as the API writes it; `is_customer_bound` is false in every state."""
    shown, fine_mg, paid = one.independent_quote, one.fine_weight_mg, one.price_minor
    return FacilityOut(
        id=one.facility_id,
        type="sarf_facility",
        external_id=one.external_id,
        status=one.status,
        customer_id=one.customer_id,
        branch_id=one.branch_id,
        currency=one.asset.code,
        terms_id=one.terms_id,
        quote_id=one.quote_id,
        language=one.language,
        item_ids=list(one.item_ids),
        owner_declaration=one.owner_declaration,
        stolen_goods_check=one.stolen_goods_check,
        independent_quote=None
        if shown is None
        else IndependentQuoteOut(
            source=shown.source, amount=number(shown.amount), quoted_on=shown.quoted_on
        ),
        acknowledged_lines=list(one.acknowledged_lines),
        acknowledged_at=one.acknowledged_at,
        purchase_session_id=one.purchase_session_id,
        sold_at=one.sold_at,
        fine_weight_grams=None if fine_mg is None else grams(fine_mg),
        price=None if paid is None else number(Money(paid, one.asset)),
        is_customer_bound=False,
        promise=None if one.promise is None else promise_out(one.promise),
        buy_backs=[buy_back_out(each, one.asset) for each in one.buy_backs],
        ended_at=one.ended_at,
        end_reason=one.end_reason,
        created_at=one.created_at,
        created_by=one.created_by,
        metadata=dict(one.metadata),
    ).model_dump()


def buy_back_quote_out(one: BuyBackQuote) -> dict[str, Any]:
    """What the promise is worth today, as the API writes it."""
    asset, promise = one.facility.asset, one.promise
    return BuyBackQuoteOut(
        facility_id=one.facility.facility_id,
        promise_id=promise.promise_id,
        currency=asset.code,
        price_board_id=one.board.price_board_id,
        price_source=one.board.source,
        priced_at=one.board.observed_at,
        weight_grams=grams(one.fine_weight_mg),
        remaining_weight_grams=grams(promise.remaining_fine_mg),
        market_value=number(Money(one.market_minor, asset)),
        cap_fraction=fraction(promise.cap_bp),
        price_at_most=number(Money(one.cap_minor, asset)),
        window_opens_on=promise.opens_on,
        window_closes_on=promise.closes_on,
        is_open=one.is_open,
        is_customer_bound=False,
        pieces=[
            CandidateOut(
                **piece_out(each.piece), price_at_most=number(Money(each.price_minor, asset))
            )
            for each in one.candidates
        ],
    ).model_dump()
