"""Wire shapes of quotes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset, Money
from sanduq.kit.wire import (
    AmountOut,
    Currency,
    ExternalId,
    Input,
    ListOutput,
    Metadata,
    Output,
    PageQuery,
    asset_of,
    number,
)
from sanduq.kit.wire_weight import (
    FinenessIn,
    NumberOut,
    WeightIn,
    fineness_bp,
    grams,
    per_mille,
    weight_mg,
)
from sanduq.parties.model import Language
from sanduq.sarf.facilities.quotes.model import NewQuote, Quote, QuotedThing, QuoteFilters
from sanduq.sarf.schemas_sessions import Identifier, ItemId

ITEMS_MAX = 50


class QuotedItemIn(Input):
    """A registered item by its id, or the net weight and fineness its owner tells."""

    item_id: ItemId | None = None
    weight_grams: WeightIn | None = None
    fineness: FinenessIn | None = None


class QuoteIn(Input):
    customer_id: Identifier
    currency: Currency
    items: Annotated[list[QuotedItemIn], Field(min_length=1, max_length=ITEMS_MAX)]
    terms_id: Identifier | None = None
    branch_id: Identifier | None = None
    language: Language | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewQuote:
        """What is asked the price of."""
        asset: Asset = asset_of(self.currency)
        stated = [
            _stated(one, place) for place, one in enumerate(self.items) if one.item_id is None
        ]
        return NewQuote(
            customer_id=self.customer_id,
            asset=asset,
            item_ids=tuple(one.item_id for one in self.items if one.item_id is not None),
            stated=tuple(stated),
            terms_id=self.terms_id,
            branch_id=self.branch_id,
            language=str(self.language) if self.language is not None else None,
            external_id=self.external_id,
            metadata=self.metadata,
        )


def _stated(one: QuotedItemIn, place: int) -> QuotedThing:
    if one.weight_grams is None or one.fineness is None:
        message = "name an item_id, or the weight and fineness"
        raise ValidationFailed.field(f"items.{place}", "missing_field", message)
    return QuotedThing(
        item_id=None,
        net_weight_mg=weight_mg(one.weight_grams, f"items.{place}.weight_grams", is_positive=True),
        fineness_bp=fineness_bp(one.fineness, f"items.{place}.fineness"),
    )


class QuoteQuery(PageQuery):
    customer_id: Identifier | None = None
    external_id: ExternalId | None = None

    def filters(self) -> QuoteFilters:
        """Which quotes are asked for."""
        return QuoteFilters(self.customer_id, self.external_id)


class QuotedItemOut(Output):
    item_id: str | None
    weight_grams: NumberOut
    fineness: NumberOut


class DisclosureLineOut(Output):
    code: str
    text: str


class QuoteOut(Output):
    id: str
    external_id: str | None
    customer_id: str
    branch_id: str
    currency: str
    terms_id: str
    price_board_id: str
    language: str
    items: list[QuotedItemOut]
    fine_weight_grams: NumberOut
    market_value: AmountOut
    price: AmountOut
    is_offer: bool
    disclosure_version: str
    disclosure: list[DisclosureLineOut]
    offer_from: datetime
    expires_at: datetime
    created_at: datetime
    created_by: str
    metadata: Metadata


class QuoteList(ListOutput):
    data: list[QuoteOut]


def quote_out(one: Quote) -> dict[str, Any]:
    """A quote as the API writes it; `is_offer` is always false: a quote offers nothing."""
    return QuoteOut(
        id=one.quote_id,
        external_id=one.external_id,
        customer_id=one.customer_id,
        branch_id=one.branch_id,
        currency=one.asset.code,
        terms_id=one.terms_id,
        price_board_id=one.price_board_id,
        language=one.language,
        items=[
            QuotedItemOut(
                item_id=line.item_id,
                weight_grams=grams(line.net_weight_mg),
                fineness=per_mille(line.fineness_bp),
            )
            for line in one.lines
        ],
        fine_weight_grams=grams(one.fine_weight_mg),
        market_value=number(Money(one.market_minor, one.asset)),
        price=number(Money(one.price_minor, one.asset)),
        is_offer=False,
        disclosure_version=one.disclosure_version,
        disclosure=[DisclosureLineOut(code=line.code, text=line.text) for line in one.disclosure],
        offer_from=one.offer_from,
        expires_at=one.expires_at,
        created_at=one.created_at,
        created_by=one.created_by,
        metadata=dict(one.metadata),
    ).model_dump()
