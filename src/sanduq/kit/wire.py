"""Shapes shared by every domain's `schemas.py`: amounts, ids, strict inputs, exact outputs."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import own_id
from sanduq.kit.money import AmountError, Asset, Money, currency, json_number, parse_amount
from sanduq.kit.pages import LIMIT_DEFAULT, LIMIT_MAX, PageRequest, read_cursor

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class Input(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class Output(BaseModel):
    """An answer: no defaults, so that every field of a type is always there."""

    model_config = ConfigDict(extra="forbid")


AmountIn = Annotated[
    Any,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0},
                {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"},
            ],
            "description": "An exact amount: a JSON number or a decimal string.",
        }
    ),
]
"""An amount on its way in; read it with `amount` once the currency is known."""

AmountOut = Annotated[
    Decimal, WithJsonSchema({"type": "number", "description": "An exact amount."})
]


def _written_day(value: Any) -> Any:
    # pydantic would also read a number, or a text of digits, as seconds since 1970.
    if (isinstance(value, str) and not _DAY.fullmatch(value)) or isinstance(value, int | float):
        raise ValueError("a day is written as in 2024-01-15")
    return value


IsoDate = Annotated[
    date, BeforeValidator(_written_day), Field(json_schema_extra={"format": "date"})
]
"""A calendar day, written `2024-01-15` and in no other way."""


def _text_without_nul(value: Any) -> Any:
    if isinstance(value, str) and "\x00" in value:
        raise ValueError("text must not contain the NUL character")
    return value


Text = Annotated[str, BeforeValidator(_text_without_nul), Field(min_length=1, max_length=500)]
LongText = Annotated[str, BeforeValidator(_text_without_nul), Field(min_length=1, max_length=5000)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["USD"])]
ExternalId = Annotated[str, BeforeValidator(_text_without_nul), Field(min_length=1, max_length=120)]


def _metadata(value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError("metadata must be an object")
    if len(value) > 50:
        raise ValueError("metadata holds at most 50 keys")
    for key, item in value.items():
        if not isinstance(key, str) or not 1 <= len(key) <= 60 or "\x00" in key:
            raise ValueError("a metadata key has 1 to 60 characters")
        if not isinstance(item, str) or len(item) > 500 or "\x00" in item:
            raise ValueError("a metadata value is a text of at most 500 characters")
    return value


Metadata = Annotated[dict[str, str], BeforeValidator(_metadata)]


def asset_of(code: str, field: str = "currency") -> Asset:
    """The asset of a currency code. Refuses VALIDATION_ERROR unknown_currency."""
    try:
        return currency(code)
    except AmountError as error:
        raise ValidationFailed.field(field, error.code, str(error)) from None


def amount(value: object, asset: Asset, field: str, *, is_positive: bool = False) -> Money:
    """An amount read exactly. Refuses VALIDATION_ERROR with the reason in `errors[].code`."""
    try:
        money = parse_amount(value, asset)
    except AmountError as error:
        raise ValidationFailed.field(field, error.code, f"{field}: {error}") from None
    if is_positive and money.amount_minor == 0:
        raise ValidationFailed.field(field, "not_positive", f"{field} must be more than zero")
    return money


def number(money: Money) -> Decimal:
    """An amount on its way out."""
    return json_number(money)


def checked_id(value: str, prefix: str, field: str) -> str:
    """An id of the right kind. Refuses VALIDATION_ERROR wrong_id."""
    return own_id(value, prefix, field)


class PageQuery(BaseModel):
    """`limit` and `cursor`, or `page` and `perPage`."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT
    cursor: Annotated[str, Field(max_length=300)] | None = None
    page: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    per_page: Annotated[int | None, Field(ge=1, le=LIMIT_MAX, alias="perPage")] = None

    def page_request(self) -> PageRequest:
        """What the caller asked for. Refuses a cursor beside a page number."""
        if self.cursor is not None and (self.page is not None or self.per_page is not None):
            raise ValidationFailed.field(
                "cursor", "two_paginations", "send cursor or page, not both"
            )
        page = self.page if self.page is not None else (1 if self.per_page is not None else None)
        return PageRequest(
            limit=self.per_page or self.limit,
            cursor=read_cursor(self.cursor) if self.cursor is not None else None,
            page=page,
        )


class Pagination(Output):
    page: int | None
    perPage: int  # noqa: N815 - the vendor's clients read this spelling
    limit: int
    total: int | None
    totalPages: int | None  # noqa: N815
    pages: int | None
    hasMore: bool  # noqa: N815


class ListOutput(Output):
    """The frame of every list; subclasses say what `data` holds."""

    next_cursor: str | None
    pagination: Pagination


__all__ = [
    "AmountIn", "AmountOut", "Currency", "ExternalId", "Input", "IsoDate", "ListOutput",
    "LongText", "Metadata", "Output", "PageQuery", "Pagination", "Text", "amount", "asset_of",
    "checked_id", "date", "datetime", "number",
]  # fmt: skip
