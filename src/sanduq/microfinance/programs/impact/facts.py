"""What the privacy rule of impact reports looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

CELL_MINIMUM = 5


class Action(StrEnum):
    """What is being done with what people said."""

    COLLECT = "collect"
    RECORD = "record"
    PUBLISH = "publish"


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """One respondent's consent. `field` is where it stands in the request."""

    field: str
    is_given: bool
    given_on: date | None
    collected_on: date


@dataclass(frozen=True, slots=True)
class CellFact:
    """One figure about `respondents` people; None: nobody says how many. Hidden ones are safe."""

    field: str
    respondents: int | None
    is_suppressed: bool


@dataclass(frozen=True, slots=True)
class ImpactFacts:
    """Facts on which rule DIS-06 is decided."""

    on: date
    consents: tuple[ConsentFact, ...] = ()
    cells: tuple[CellFact, ...] = ()
    cell_minimum: int = CELL_MINIMUM
