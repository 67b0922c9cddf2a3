"""A book of facilities with open promises, and gold measured on boards of several days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sanduq.assets.items.model import Item
from sanduq.sarf.facilities import days
from sanduq.sarf.facilities.model import Facility
from sanduq.sarf.position.revaluations import service as revaluations
from sanduq.sarf.position.revaluations.model import Revaluation
from tests.make import sarf_facilities
from tests.make.sarf import USD, House, hang_gold_board
from tests.make.sarf_facilities import CLOSES_ON, IN_WINDOW, NOW, OPENS_ON

AT_180, AT_200 = 18_000_000, 20_000_000
AFTER = datetime(2024, 9, 16, 10, 0, tzinfo=UTC)
_DAY_BEFORE = datetime(2024, 7, 14, 20, 0, tzinfo=UTC)

__all__ = ["AFTER", "AT_180", "AT_200", "CLOSES_ON", "IN_WINDOW", "NOW", "OPENS_ON"]


def promised(
    house: House, taken: Sequence[Item] | None = None, *, at: datetime = NOW, **changes: Any
) -> Facility:
    """Gold sold and promised: by default a bar of 50 g for 7,000.00, on 15 January."""
    facility = sarf_facilities.sold(house, taken, at=at, **changes)
    return sarf_facilities.promised(house, facility, at=at)


def windows_opened(house: House) -> None:
    """The day before the window of what was sold on 15 January has been closed."""
    with house.at(_DAY_BEFORE) as uow:
        days.pass_day(uow, date(2024, 7, 14))


def priced(house: House, per_kg_minor: int, *, at: datetime = NOW) -> str:
    """A board at another price than the last: its id."""
    return hang_gold_board(house.work, per_kg_minor, at=at, explanation="the market moved")


def revalued(house: House, per_kg_minor: int | None = None, *, at: datetime = NOW) -> Revaluation:
    """A run by the finance officer, on a new board if a price is named."""
    if per_kg_minor is not None:
        priced(house, per_kg_minor, at=at)
    with house.at(at, "user_finance") as uow:
        return revaluations.revalue(uow, USD)


def lapsed(house: House, facility: Facility, *, at: datetime = AFTER) -> Facility:
    """The promise over, nobody having used what was left of it."""
    with house.at(at) as uow:
        return days.lapse(uow, facility.facility_id)
