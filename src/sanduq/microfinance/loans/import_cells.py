"""The cells of one row as values, and everything that is wrong with them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sanduq.kit.money import AmountError, Asset, Money, parse_amount

# A loan's repayments are named after it (`L-17:3`), and an external id holds 120 characters.
EXTERNAL_ID_LENGTH_MAX = 110

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

_AMOUNT_REMEDIES = {
    "too_many_decimals": "leave out the digits the currency does not have",
    "negative": "give the amount without a sign",
    "too_large": "give the amount in whole units of the currency",
    "not_a_number": "write plain digits with a point, such as 1250.50",
}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """One row as a file holds it. The header is row 1, as spreadsheets count."""

    number: int
    cells: Mapping[str, str]
    surplus_cells: int = 0


@dataclass(frozen=True, slots=True)
class RowFault:
    """One thing wrong with one row, and what to do about it. `code` is for programs."""

    row: int
    external_id: str
    column: str
    code: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.column}: {self.problem}; {self.remedy}"


class Reading:
    """A row while it is read: gives cells as values, and collects what is wrong with them."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.faults: list[RowFault] = []

    def refuse(self, column: str, code: str, problem: str, remedy: str) -> None:
        name = " ".join(self.row.cells.get("external_id", "").split())
        external_id = name[:EXTERNAL_ID_LENGTH_MAX]
        self.faults.append(RowFault(self.row.number, external_id, column, code, problem, remedy))

    def text(self, column: str, *, length_max: int = 500, is_needed: bool = False) -> str | None:
        text = " ".join(self.row.cells.get(column, "").split())
        if not text:
            if is_needed:
                self.refuse(column, "missing", "the cell is empty", "fill it in")
            return None
        if "\x00" in text:
            self.refuse(column, "bad_text", "the text holds a NUL character", "remove it")
            return None
        if len(text) > length_max:
            problem = f"the text has {len(text)} characters"
            self.refuse(column, "too_long", problem, f"use {length_max} at most")
            return None
        return text

    def day(self, column: str, *, is_needed: bool = False) -> date | None:
        text = self.text(column, is_needed=is_needed)
        return None if text is None else self.day_in(column, text)

    def day_in(self, column: str, text: str) -> date | None:
        if _DAY.fullmatch(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                problem = f"there is no day {text}"
        else:
            problem = f"{text[:40]!r} is not a date"
        self.refuse(column, "not_a_date", problem, "write it as 2024-01-31")
        return None

    def amount(self, column: str, asset: Asset | None, *, is_needed: bool) -> Money | None:
        text = self.text(column, is_needed=is_needed)
        return None if text is None or asset is None else self.amount_in(column, text, asset)

    def amount_in(self, column: str, text: str, asset: Asset) -> Money | None:
        try:
            return parse_amount(text, asset)
        except AmountError as error:
            problem = f"{text[:40]!r} is refused: {error}"
            self.refuse(column, error.code, problem, _AMOUNT_REMEDIES[error.code])
            return None

    def positive(self, column: str, text: str, asset: Asset) -> Money | None:
        money = self.amount_in(column, text, asset)
        if money is not None and money.amount_minor == 0:
            self.refuse(column, "not_positive", "the amount is zero", "give more than zero")
            return None
        return money

    def choice(self, column: str, choices: Mapping[str, T], *, is_needed: bool) -> T | None:
        text = self.text(column, is_needed=is_needed)
        if text is None:
            return None
        if text.lower() not in choices:
            problem = f"{text[:40]!r} is none of the values known"
            self.refuse(column, "unknown_value", problem, f"use {' or '.join(choices)}")
            return None
        return choices[text.lower()]

    def pattern(self, column: str, shape: re.Pattern[str], code: str, remedy: str) -> str | None:
        """A text of a given shape; personal facts are not repeated in the message."""
        text = self.text(column)
        if text is not None and not shape.fullmatch(text):
            self.refuse(column, code, "the text has another shape", remedy)
            return None
        return text
