"""Reads a history of prices from CSV text."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date

from sanduq.kit.errors import ValidationFailed

PRICE_COLUMN, DATE_COLUMN = "price", "date"


def read_history(text: str) -> tuple[float, ...]:
    """The prices of a CSV text, oldest first: one price a line, or a date and a price.

    A first line of names is read by them (`date`, `price`). Empty lines are passed over. Refuses
    VALIDATION_ERROR a price or a date that cannot be read, and dates that do not ascend, each with
    its line.
    """
    try:
        rows = [
            (number, [cell.strip() for cell in row])
            for number, row in enumerate(csv.reader(io.StringIO(text), strict=True), start=1)
        ]
    except csv.Error as error:
        raise _refusal("csv", f"the history is no CSV text: {error}") from None
    rows = [(number, row) for number, row in rows if any(row)]
    if not rows:
        return ()
    price_at, date_at, is_named = _columns(rows[0][1])
    prices: list[float] = []
    last: date | None = None
    for number, row in rows[1:] if is_named else rows:
        prices.append(_price(row, price_at, number))
        if date_at is not None:
            day = _day(row, date_at, number)
            if last is not None and day <= last:
                raise _refusal(
                    "order", f"line {number}: {day} does not follow {last}; oldest first"
                )
            last = day
    return tuple(prices)


def _columns(first: Sequence[str]) -> tuple[int, int | None, bool]:
    names = [cell.lower() for cell in first]
    if PRICE_COLUMN in names:
        date_at = names.index(DATE_COLUMN) if DATE_COLUMN in names else None
        return names.index(PRICE_COLUMN), date_at, True
    if len(first) == 1:
        return 0, None, False
    if len(first) == 2:
        return 1, 0, False
    raise _refusal("columns", "name the columns in the first line: date, price")


def _price(row: Sequence[str], place: int, number: int) -> float:
    try:
        return float(row[place])
    except (ValueError, IndexError):
        raise _refusal("price", f"line {number}: no price that can be read") from None


def _day(row: Sequence[str], place: int, number: int) -> date:
    try:
        return date.fromisoformat(row[place])
    except (ValueError, IndexError):
        raise _refusal("date", f"line {number}: a day is written as in 2024-01-15") from None


def _refusal(code: str, message: str) -> ValidationFailed:
    return ValidationFailed.field("prices.history_csv", code, message)
