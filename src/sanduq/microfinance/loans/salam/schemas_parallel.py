"""Wire shapes of the parallel salam. No field names another contract (SLM-16)."""

from __future__ import annotations

from typing import Any, Literal

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
    LongText,
    Metadata,
    Output,
    PageQuery,
    Text,
)
from sanduq.microfinance.loans.salam.model_goods import ParallelSalam, ParallelStatus
from sanduq.microfinance.loans.salam.model_terms import quantity_number
from sanduq.microfinance.loans.salam.schemas import Code, Specifications, Unit
from sanduq.microfinance.loans.schemas_application import Identifier

EXAMPLE: dict[str, Any] = {
    "counterparty_id": "cpty_mill_001",
    "commodity": "wheat",
    "quantity": 1000,
    "quantity_unit": "kg",
    "price_per_unit": "0.56",
    "currency": "USD",
    "delivery_date": "2024-06-30",
    "quality_specifications": {"grade": "A", "moisture_content_max": "12"},
}


class NewParallelIn(Input):
    """A sale by salam: the buyer pays the whole price now."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    counterparty_id: Identifier
    commodity: Code
    quantity: AmountIn
    quantity_unit: Unit
    price_per_unit: AmountIn
    currency: Currency
    price: AmountIn | None = None
    quality_specifications: Specifications = Field(default_factory=dict)
    delivery_date: IsoDate
    delivery_location: Text | None = None
    branch_id: Identifier | None = None
    notes: LongText | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)


class ParallelDeliveryIn(Input):
    quantity: AmountIn
    on: IsoDate | None = None
    document: Text


class ParallelSalamObject(Output):
    id: str
    type: Literal["parallel_salam"]
    status: ParallelStatus
    counterparty_id: str
    branch_id: str
    commodity: str
    quantity: AmountOut
    quantity_unit: str
    price_per_unit: AmountOut
    currency: str
    total_price: AmountOut
    quality_specifications: dict[str, str]
    delivery_date: str
    delivery_location: str
    quantity_delivered: AmountOut
    price_earned: AmountOut
    notes: str | None
    external_id: str | None
    metadata: dict[str, str]
    created_by: str
    created_at: str


class ParallelSalamList(ListOutput):
    data: list[ParallelSalamObject]


class ParallelFilters(PageQuery):
    status: ParallelStatus | None = None
    counterparty_id: Identifier | None = None


def parallel_out(parallel: ParallelSalam) -> dict[str, Any]:
    """A parallel salam as the API and its events render it."""

    def money(minor: int) -> Any:
        return json_number(Money(minor, parallel.asset))

    return ParallelSalamObject(
        id=parallel.parallel_id,
        type="parallel_salam",
        status=parallel.status,
        counterparty_id=parallel.buyer_id,
        branch_id=parallel.branch_id,
        commodity=parallel.commodity,
        quantity=quantity_number(parallel.quantity_milli),
        quantity_unit=parallel.quantity_unit,
        price_per_unit=money(parallel.price_per_unit_minor),
        currency=parallel.asset.code,
        total_price=money(parallel.price_minor),
        quality_specifications=dict(parallel.specifications),
        delivery_date=parallel.delivery_on.isoformat(),
        delivery_location=parallel.delivery_place,
        quantity_delivered=quantity_number(parallel.delivered_milli),
        price_earned=money(parallel.earned_minor),
        notes=parallel.notes,
        external_id=parallel.external_id,
        metadata=dict(parallel.metadata),
        created_by=parallel.created_by,
        created_at=rfc3339(parallel.created_at),
    ).model_dump()
