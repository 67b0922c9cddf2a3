"""Prices from outside: a sheet or an answer that was fetched, read into boards to propose.

Fetching and reading are apart, so that no unit of work is open while the network is waited for:
`PriceFeed.fetch` first, then `service.propose_fetched` in a unit of work with what came back.
"""

from __future__ import annotations

import csv
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from enum import StrEnum
from http import HTTPStatus
from io import StringIO
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

from sanduq.assets.model import FINE_BP, Metal, price_per_kg_of_ounce
from sanduq.assets.price_boards.errors import FeedUnreadable
from sanduq.assets.price_boards.model import NewBoard, PriceMethod, QuotedUnit
from sanduq.assets.schemas import price_milli
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.json import JsonError, loads
from sanduq.kit.money import Asset
from sanduq.kit.wire import asset_of
from sanduq.kit.wire_weight import fineness_bp

ROWS_MAX = 500
SIZE_MAX_BYTES = 1024 * 1024
TIMEOUT_S = 10

_COLUMNS = frozenset(
    {"metal", "fineness", "price_per_gram", "price_per_ounce", "currency", "observed_at"}
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FeedFormat(StrEnum):
    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedMapping:
    """Where in an answer the price stands, and what it is a price of.

    For JSON: `price_path` and `observed_at_path` name keys and places from the top down. A CSV
    has its columns; only `source` is taken from here then.
    """

    source: str
    format: FeedFormat
    metal: Metal = Metal.GOLD
    asset: Asset | None = None
    unit: QuotedUnit = QuotedUnit.TROY_OUNCE
    quoted_fineness_bp: int = FINE_BP
    price_path: tuple[str, ...] = ()
    observed_at_path: tuple[str, ...] = ()


def read_payload(payload: bytes, mapping: FeedMapping) -> list[NewBoard]:
    """The boards in an answer that was fetched, ready to propose.

    Refuses FEED_UNREADABLE what is not the format or has nothing at the places named,
    VALIDATION_ERROR a price or an instant that cannot be read. Digits of a price beyond a
    thousandth of a minor unit fall away.
    """
    try:
        text = payload.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FeedUnreadable("the price feed is not text in UTF-8") from None
    if mapping.format is FeedFormat.CSV:
        return read_csv(text, mapping.source)
    if mapping.asset is None:
        raise FeedUnreadable("the mapping of this price feed names no currency")
    try:
        found = loads(text)
    except JsonError as error:
        raise FeedUnreadable(f"the price feed is not JSON: {error}") from None
    price = _at(found, mapping.price_path)
    return [
        NewBoard(
            metal=mapping.metal,
            asset=mapping.asset,
            method=PriceMethod.FINE_PRICE,
            grades={
                mapping.quoted_fineness_bp: per_kg(price, mapping.unit, mapping.asset, "price")
            },
            quoted_unit=mapping.unit,
            source=mapping.source,
            observed_at=_instant(_at(found, mapping.observed_at_path), "observed_at"),
        )
    ]


def read_csv(text: str, source: str) -> list[NewBoard]:
    """The boards in a sheet: one for each metal and currency.

    One row of a metal and currency is a fine price, quoted for its fineness; several are prices
    by grade. Refuses VALIDATION_ERROR by row: unknown columns, both prices or none, a fineness
    twice, rows of one board observed at different instants.
    """
    try:
        rows = list(csv.DictReader(StringIO(text.removeprefix("\ufeff"))))
    except csv.Error as error:
        raise ValidationFailed.field("csv", "not_csv", f"the sheet is no CSV: {error}") from None
    if not 0 < len(rows) <= ROWS_MAX:
        raise ValidationFailed.field("csv", "row_count", f"send 1 to {ROWS_MAX} rows under a head")
    boards: dict[tuple[str, str], list[_Row]] = {}
    for place, cells in enumerate(rows, start=1):
        row = _row(cells, f"rows.{place}")
        boards.setdefault((row.metal.value, row.asset.code), []).append(row)
    return [_board(found, source) for found in boards.values()]


def per_kg(value: object, unit: QuotedUnit, asset: Asset, field: str) -> int:
    """A quoted price as minor units per kilogram, rounded down."""
    milli = price_milli(_truncated(value, asset, field), asset, field)
    return milli if unit is QuotedUnit.GRAM else price_per_kg_of_ounce(milli)


class PriceFeed:
    """One address that answers with prices. Only the worker and the command line fetch."""

    def __init__(
        self, url: str, *, timeout_s: float = TIMEOUT_S, size_max_bytes: int = SIZE_MAX_BYTES
    ) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise FeedUnreadable("a price feed is fetched by http or https")
        self.url = url
        self.timeout_s = timeout_s
        self.size_max_bytes = size_max_bytes

    def fetch(self) -> bytes:
        """What stands at the address now. Call it while no unit of work is open.

        Refuses FEED_UNREADABLE no answer in time, any status but 200, a redirect (it may lead
        anywhere), and more than `size_max_bytes`.
        """
        opener = urllib.request.build_opener(_StayHere)
        request = urllib.request.Request(self.url, headers={"User-Agent": "sanduq"})  # noqa: S310
        try:
            with opener.open(request, timeout=self.timeout_s) as answer:
                status, body = answer.status, answer.read(self.size_max_bytes + 1)
        except (URLError, OSError) as error:
            raise FeedUnreadable(f"the price feed gave no answer: {error}") from None
        if status != HTTPStatus.OK:
            raise FeedUnreadable(f"the price feed answered with status {status}")
        if len(body) > self.size_max_bytes:
            raise FeedUnreadable(f"the price feed sent more than {self.size_max_bytes} bytes")
        return bytes(body)


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the caller gets its status as an error."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@dataclass(frozen=True, slots=True)
class _Row:
    field: str
    metal: Metal
    asset: Asset
    fineness: int
    price_per_kg_minor: int
    unit: QuotedUnit
    observed_at: datetime


def _row(cells: Mapping[str | Any, Any], field: str) -> _Row:
    given = {name: cell.strip() for name, cell in cells.items() if isinstance(cell, str)}
    unknown = [str(name) for name in cells if name not in _COLUMNS]
    if unknown:
        raise ValidationFailed.field(field, "unknown_column", f"{field}: no column {unknown[0]}")
    prices = [name for name in ("price_per_gram", "price_per_ounce") if given.get(name)]
    if len(prices) != 1:
        raise ValidationFailed.field(
            field, "one_price", f"{field}: write price_per_gram or price_per_ounce, and one of them"
        )
    if given.get("metal") not in (Metal.GOLD.value, Metal.SILVER.value):
        raise ValidationFailed.field(f"{field}.metal", "unknown_metal", f"{field}: gold or silver")
    asset = asset_of(given.get("currency", ""), f"{field}.currency")
    unit = QuotedUnit.GRAM if prices[0] == "price_per_gram" else QuotedUnit.TROY_OUNCE
    return _Row(
        field=field,
        metal=Metal(given["metal"]),
        asset=asset,
        fineness=fineness_bp(given.get("fineness", ""), f"{field}.fineness"),
        price_per_kg_minor=per_kg(given[prices[0]], unit, asset, f"{field}.{prices[0]}"),
        unit=unit,
        observed_at=_instant(given.get("observed_at", ""), f"{field}.observed_at"),
    )


def _board(rows: list[_Row], source: str) -> NewBoard:
    first = rows[0]
    for row in rows[1:]:
        if row.observed_at != first.observed_at or row.unit is not first.unit:
            raise ValidationFailed.field(
                row.field, "not_one_board", f"{row.field}: observed or quoted unlike {first.field}"
            )
    grades = {row.fineness: row.price_per_kg_minor for row in rows}
    if len(grades) < len(rows):
        raise ValidationFailed.field(first.field, "fineness_twice", "a fineness has one price")
    return NewBoard(
        metal=first.metal,
        asset=first.asset,
        method=PriceMethod.FINE_PRICE if len(rows) == 1 else PriceMethod.PER_GRADE,
        grades=grades,
        quoted_unit=first.unit,
        source=source,
        observed_at=first.observed_at,
    )


def _at(found: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if isinstance(found, dict) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        else:
            raise FeedUnreadable(f"the price feed has nothing at {'.'.join(path)}")
    return found


def _instant(value: Any, field: str) -> datetime:
    """An instant with its offset, or whole seconds since 1970."""
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return _EPOCH + timedelta(seconds=value)
        found = datetime.fromisoformat(value)
        if found.tzinfo is None:
            raise ValueError("no offset")
        return found
    except (TypeError, ValueError, OverflowError):
        raise ValidationFailed.field(
            field, "not_an_instant", f"{field}: write it as in 2024-01-15T10:30:00Z"
        ) from None


def _truncated(value: object, asset: Asset, field: str) -> object:
    """Drops digits finer than a price is kept in; feeds send as many as their machine has."""
    try:
        number = Decimal(value) if isinstance(value, str | int | Decimal) else None
    except InvalidOperation:
        number = None
    if number is None or isinstance(value, bool) or not number.is_finite():
        raise ValidationFailed.field(field, "not_a_number", f"{field} must be a number")
    if abs(number.adjusted()) > 15:
        return number
    return number.quantize(Decimal(1).scaleb(-3 - asset.digits), rounding=ROUND_DOWN)
