"""Pledges whose price moves: boards of other prices, and valuations of other values."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sanduq.events.service import list_events
from sanduq.kit.json import loads
from sanduq.kit.pages import PageRequest
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.model import Contract
from tests.make.pledges import CHECKER, MAKER, hang_board

LOAN_MINOR = 690_000
"""Lent on a bar of 50 g of 999.9 at 200.00: 69.0069% of 9,999.00."""


def price(work: Any, per_gram: str, *, at: datetime | None = None) -> str:
    """The price of a gram of pure gold from now on: the board's id."""
    major, _, minor = per_gram.partition(".")
    per_kg_minor = (int(major) * 100 + int(minor.ljust(2, "0"))) * 1_000
    return hang_board(work, per_kg_minor, at=at, explanation="the market moved")


def pledge(work: Any, contract_id: str) -> Contract:
    """A pledge as it stands."""
    with work(MAKER) as uow:
        return contracts.get(uow, contract_id)


def told(work: Any, type_name: str, subject_id: str | None = None) -> list[Any]:
    """The data of the events of one type, newest first."""
    with work(CHECKER) as uow:
        found = list_events(
            uow, type_name=type_name, subject_id=subject_id, request=PageRequest(100, None, None)
        ).items
        return [loads(one.data) if isinstance(one.data, str | bytes) else one.data for one in found]
