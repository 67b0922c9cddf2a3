"""What an application comes to once its kind has weighed it and written the contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sanduq.obligations.schedule import Schedule
from sanduq.shariah.model import Evaluation


@dataclass(frozen=True, slots=True)
class Agreed:
    """The contract behind a new loan.

    `repayable_minor`: the money owed in all; `instalment_minor`: the first instalment (nothing
    where goods are owed); `summary`: the inputs of the evaluation, as they are hashed and stored;
    `schedule`: the instalments of a trade, as they would fall due if it were concluded today.
    """

    contract_id: str
    fee_minor: int
    repayable_minor: int
    instalment_minor: int
    first_due_on: date
    stage: str | None
    particulars: Mapping[str, Any] | None
    evaluations: list[Evaluation]
    summary: Mapping[str, Any]
    schedule: Schedule | None = None
