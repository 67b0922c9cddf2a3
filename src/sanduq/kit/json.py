"""JSON in and out without a float: numbers arrive as int or Decimal and leave exactly."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from sanduq.kit.clock import rfc3339
from sanduq.kit.money import Money, json_number, plain_number

_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


EXPONENT_MAX = 100


class JsonError(ValueError):
    """The text is not JSON as this house reads it."""


def loads(text: bytes | str) -> Any:
    """Reads JSON. Refuses (`JsonError`) malformed text, NaN, infinities and doubled keys."""
    try:
        value = json.loads(
            text,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_doubles,
        )
        if (b"\\u" if isinstance(text, bytes) else "\\u") in text:  # type: ignore[operator]
            _refuse_half_characters(value)
        return value
    except (ValueError, RecursionError) as error:
        raise JsonError(str(error)) from None


def dumps(value: Any) -> bytes:
    """Writes JSON; Decimal and Money become plain JSON numbers."""
    return orjson.dumps(value, default=_default, option=_OPTIONS)


def canonical(value: Any) -> bytes:
    """One text per value, whatever order its keys came in: for fingerprints and hashes."""
    return orjson.dumps(value, default=_default, option=_OPTIONS | orjson.OPT_SORT_KEYS)


def _decimal(text: str) -> Decimal:
    if len(text) > 60:
        raise ValueError("a number has too many digits")
    return Decimal(text)


def _integer(text: str) -> int | Decimal:
    # Beyond 64 bits the writer cannot follow; as a Decimal the number stays what it is.
    return int(text) if len(text) <= 18 else _decimal(text)


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is not a JSON number")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _written(number: Decimal) -> str:
    # Written out, 1e999999999 would fill the memory; such a number keeps its exponent.
    if number != 0 and abs(number.adjusted()) > EXPONENT_MAX:
        return str(number)
    return f"{plain_number(number):f}"


def _refuse_half_characters(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        raise ValueError("a text holds half a character (a lone surrogate)") from None


def _default(value: Any) -> Any:
    if isinstance(value, Money):
        value = json_number(value)
    if isinstance(value, Decimal):
        return orjson.Fragment(_written(value))
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset | set):
        return sorted(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    raise TypeError(type(value).__name__)
