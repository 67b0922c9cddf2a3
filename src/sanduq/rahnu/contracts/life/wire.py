"""Spellings shared by the wire shapes of a pledge's life."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from sanduq.kit.money import Asset, Money, json_number

Timestamp = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]


def _text(value: Any) -> Any:
    if isinstance(value, str) and "\x00" in value:
        raise ValueError("an id must not contain the NUL character")
    return value


Identifier = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=80)]


def number(minor: int, asset: Asset) -> Decimal:
    """An amount on its way out."""
    return json_number(Money(minor, asset))


def day(value: date | None) -> str | None:
    """A day on its way out, if there is one."""
    return None if value is None else value.isoformat()
