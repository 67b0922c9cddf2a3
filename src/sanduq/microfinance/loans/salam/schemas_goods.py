"""Wire shapes of commodities and of goods in hand."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from sanduq.kit.clock import rfc3339
from sanduq.kit.money import Money, json_number
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
    number,
)
from sanduq.microfinance.loans.salam.facts import CommodityKind, Quality
from sanduq.microfinance.loans.salam.model_goods import Commodity, Lot, SoldGoods
from sanduq.microfinance.loans.salam.model_terms import quantity_number
from sanduq.microfinance.loans.salam.schemas import Code, Unit
from sanduq.microfinance.loans.schemas_application import Identifier

EXAMPLE: dict[str, Any] = {
    "code": "wheat",
    "name": "Wheat",
    "kind": "crop",
    "unit": "kg",
    "is_fungible": True,
    "required_specifications": ["grade", "moisture_content_max"],
    "harvest_months": [5, 6, 7],
}

Specification = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Month = Annotated[int, Field(ge=1, le=12, strict=True)]


class NewCommodityIn(Input):
    """A commodity: how it is counted, what must be said of it, and its months (none: all year)."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    code: Code
    name: Text
    kind: CommodityKind
    unit: Unit
    is_fungible: bool
    required_specifications: Annotated[list[Specification], Field(max_length=30)]
    harvest_months: Annotated[list[Month], Field(max_length=12)] = Field(default_factory=list)
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)


class CommodityObject(Output):
    id: str
    type: Literal["commodity"]
    code: str
    external_id: str | None
    name: str
    kind: CommodityKind
    unit: str
    is_fungible: bool
    required_specifications: list[str]
    harvest_months: list[int]
    metadata: dict[str, str]
    created_by: str
    created_at: str


class CommodityList(ListOutput):
    data: list[CommodityObject]


def commodity_out(commodity: Commodity) -> dict[str, Any]:
    """A commodity as the API and its events render it."""
    return CommodityObject(
        id=commodity.commodity_id,
        type="commodity",
        code=commodity.code,
        external_id=commodity.external_id,
        name=commodity.name,
        kind=commodity.kind,
        unit=commodity.unit,
        is_fungible=commodity.is_fungible,
        required_specifications=list(commodity.required_specifications),
        harvest_months=list(commodity.harvest_months),
        metadata=dict(commodity.metadata),
        created_by=commodity.created_by,
        created_at=rfc3339(commodity.created_at),
    ).model_dump()


class SalamGoodsObject(Output):
    """Goods received at once; `quantity_in_hand` and `cost_in_hand` are what is left of them."""

    id: str
    type: Literal["salam_goods"]
    contract_id: str
    branch_id: str
    commodity: str
    quantity: AmountOut
    quantity_unit: str
    quantity_in_hand: AmountOut
    currency: str
    cost: AmountOut
    cost_in_hand: AmountOut
    quality: Quality
    quality_specifications: dict[str, str]
    place: str
    received_on: str
    created_by: str
    created_at: str


class SalamGoodsList(ListOutput):
    data: list[SalamGoodsObject]


class GoodsFilters(PageQuery):
    commodity: Code | None = None


def goods_out(lot: Lot) -> dict[str, Any]:
    """Goods in hand as the API and their events render them."""
    return SalamGoodsObject(
        id=lot.goods_id,
        type="salam_goods",
        contract_id=lot.contract_id,
        branch_id=lot.branch_id,
        commodity=lot.commodity,
        quantity=quantity_number(lot.quantity_milli),
        quantity_unit=lot.quantity_unit,
        quantity_in_hand=quantity_number(lot.left_milli),
        currency=lot.asset.code,
        cost=json_number(Money(lot.cost_minor, lot.asset)),
        cost_in_hand=json_number(Money(lot.left_cost_minor, lot.asset)),
        quality=lot.quality,
        quality_specifications=dict(lot.specifications),
        place=lot.place,
        received_on=lot.received_on.isoformat(),
        created_by=lot.created_by,
        created_at=rfc3339(lot.created_at),
    ).model_dump()


class SellGoodsIn(Input):
    """A sale of goods in hand for cash."""

    buyer_id: Identifier
    quantity: AmountIn
    price: AmountIn
    on: IsoDate | None = None
    document: Text


class SalamSaleObject(Output):
    id: str
    type: Literal["salam_sale"]
    loan_id: str
    contract_id: str
    buyer_id: str
    quantity: AmountOut
    currency: str
    price: AmountOut
    cost: AmountOut
    profit: AmountOut
    sold_on: str
    journal_id: str


def sale_out(sold: SoldGoods) -> dict[str, Any]:
    """A sale as the API and its event render it. A loss is a negative profit."""
    return SalamSaleObject(
        id=sold.sale_id,
        type="salam_sale",
        loan_id=sold.loan_id,
        contract_id=sold.contract_id,
        buyer_id=sold.buyer_id,
        quantity=quantity_number(sold.quantity_milli),
        currency=sold.price.asset.code,
        price=number(sold.price),
        cost=number(sold.cost),
        profit=number(sold.price - sold.cost),
        sold_on=sold.on.isoformat(),
        journal_id=sold.journal_id,
    ).model_dump()


class WriteDownIn(Input):
    """What the goods left of a lot would fetch in all."""

    market_value: AmountIn
    currency: Currency
    on: IsoDate | None = None
    document: Text
