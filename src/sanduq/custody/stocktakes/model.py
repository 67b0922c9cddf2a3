"""A blind count: what is drawn to be weighed, what counts, and how it compares. No I/O."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class StocktakeStatus(StrEnum):
    COUNTING = "COUNTING"
    RECOUNTING = "RECOUNTING"
    COUNTED = "COUNTED"
    FINISHED = "FINISHED"
    CANCELLED = "CANCELLED"


NEXT: Mapping[StocktakeStatus, frozenset[StocktakeStatus]] = {
    StocktakeStatus.COUNTING: frozenset(
        {StocktakeStatus.RECOUNTING, StocktakeStatus.COUNTED, StocktakeStatus.CANCELLED}
    ),
    StocktakeStatus.RECOUNTING: frozenset({StocktakeStatus.COUNTED, StocktakeStatus.CANCELLED}),
    StocktakeStatus.COUNTED: frozenset({StocktakeStatus.FINISHED, StocktakeStatus.CANCELLED}),
    StocktakeStatus.FINISHED: frozenset(),
    StocktakeStatus.CANCELLED: frozenset(),
}
OPEN = (StocktakeStatus.COUNTING, StocktakeStatus.RECOUNTING)
"""While the shelves are counted; nothing moves there meanwhile."""


class Outcome(StrEnum):
    """What a count says of a bag. All but the first are discrepancies."""

    FOUND = "found"
    MISSING = "missing"
    UNEXPECTED = "unexpected"
    WRONG_PLACE = "wrong_place"
    SEAL_DIFFERS = "seal_differs"
    WEIGHT_DIFFERS = "weight_differs"


@dataclass(frozen=True, slots=True)
class NewStocktake:
    """What is to be counted: a branch, or one place and all within it; how many bags to weigh."""

    branch_id: str | None
    place_id: str | None
    sample_size: int


@dataclass(frozen=True, slots=True)
class Expected:
    """A bag as it stood when the count began. An opened bag carries no seal to be read."""

    bag_id: str
    bag_number: str
    seal_number: str
    place_id: str
    weight_mg: int
    is_sealed: bool
    is_sampled: bool


@dataclass(frozen=True, slots=True)
class NewScan:
    """What an officer read off a bag, and where; with its weight if he weighed it."""

    place_id: str
    bag_number: str
    seal_number: str
    weight_mg: int | None = None


@dataclass(frozen=True, slots=True)
class Scan(NewScan):
    """A scan on record, in its order and round."""

    number: int = 0
    count_round: int = 1
    scanned_by: str = ""


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """What was found otherwise than it should be; what is unknown of an unexpected bag is None."""

    outcome: Outcome
    bag_number: str
    bag_id: str | None
    expected_place_id: str | None
    found_place_id: str | None
    expected: str | None
    found: str | None


@dataclass(frozen=True, slots=True)
class StocktakeResult:
    """What was counted against what was expected."""

    stocktake_id: str
    branch_id: str
    place_id: str | None
    finished_at: datetime | None
    expected_count: int
    found_count: int
    sampled_count: int
    weighed_count: int
    expected_weight_mg: int
    discrepancies: tuple[Discrepancy, ...]

    @property
    def is_clean(self) -> bool:
        return not self.discrepancies

    def count_of(self, outcome: Outcome) -> int:
        """How many bags are said to be so."""
        if outcome is Outcome.FOUND:
            return self.found_count
        return sum(one.outcome is outcome for one in self.discrepancies)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stocktake:
    """A stock-take as it stands. `seed` and what was expected stay hidden until it is finished."""

    stocktake_id: str
    branch_id: str
    place_id: str | None
    scope_path: str | None
    status: StocktakeStatus
    seed: int
    sample_size: int
    weight_tolerance_mg: int
    recounted_place_ids: tuple[str, ...]
    result: StocktakeResult | None
    certificate: Mapping[str, Any] | None
    first_signer_id: str | None
    first_signed_at: datetime | None
    second_signer_id: str | None
    second_signed_at: datetime | None
    cancel_reason: str | None
    scan_count: int
    created_at: datetime
    created_by: str
    closed_at: datetime | None
    version: int

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def count_round(self) -> int:
        return 2 if self.status is StocktakeStatus.RECOUNTING else 1

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'


@dataclass(frozen=True, slots=True)
class StocktakeFilters:
    """Which stock-takes a list shows; None does not filter."""

    branch_id: str | None = None
    status: StocktakeStatus | None = None


def drawn(seed: int, bag_ids: Collection[str], sample_size: int) -> frozenset[str]:
    """The bags to be weighed: the same seed and bags give the same draw on any machine."""
    ordered = sorted(bag_ids)
    dice = random.Random(seed)  # noqa: S311 - a draw anybody can repeat, not a secret
    return frozenset(dice.sample(ordered, min(sample_size, len(ordered))))


def effective(scans: Sequence[Scan], recounted_place_ids: Collection[str]) -> dict[str, Scan]:
    """The scan that counts for each bag number: the last one; of a recounted place, of round two.

    What was weighed once and is scanned again in the same place under the same seal keeps its
    weight within a round.
    """
    counted: dict[str, Scan] = {}
    for scan in sorted(scans, key=lambda one: one.number):
        if scan.count_round == 1 and scan.place_id in recounted_place_ids:
            continue
        counted[scan.bag_number] = scan
    return counted


def compare(
    expected: Sequence[Expected], counted: Mapping[str, Scan], tolerance_mg: int
) -> list[Discrepancy]:
    """Everything that is otherwise than it should be, by bag number."""
    known = {one.bag_number for one in expected}
    found = [
        each for one in expected for each in _of(one, counted.get(one.bag_number), tolerance_mg)
    ]
    found += [
        Discrepancy(Outcome.UNEXPECTED, number, None, None, scan.place_id, None, scan.seal_number)
        for number, scan in counted.items()
        if number not in known
    ]
    return sorted(found, key=lambda one: (one.bag_number, one.outcome))


def _of(one: Expected, scan: Scan | None, tolerance_mg: int) -> list[Discrepancy]:
    def differs(outcome: Outcome, due: str | None, read: str | None) -> Discrepancy:
        place = None if scan is None else scan.place_id
        return Discrepancy(outcome, one.bag_number, one.bag_id, one.place_id, place, due, read)

    if scan is None:
        return [differs(Outcome.MISSING, one.seal_number, None)]
    found = []
    if scan.place_id != one.place_id:
        found.append(differs(Outcome.WRONG_PLACE, one.place_id, scan.place_id))
    if one.is_sealed and scan.seal_number != one.seal_number:
        found.append(differs(Outcome.SEAL_DIFFERS, one.seal_number, scan.seal_number))
    if (
        one.is_sealed
        and scan.weight_mg is not None
        and abs(scan.weight_mg - one.weight_mg) > tolerance_mg
    ):
        due, read = f"{one.weight_mg} mg", f"{scan.weight_mg} mg"
        found.append(differs(Outcome.WEIGHT_DIFFERS, due, read))
    return found


def to_recount(discrepancies: Sequence[Discrepancy]) -> tuple[str, ...]:
    """The places to be counted again: where each bag should lie and where it was seen.

    Places, not bags: who counts again still does not know what he looks for.
    """
    places = {
        place
        for one in discrepancies
        for place in (one.expected_place_id, one.found_place_id)
        if place is not None
    }
    return tuple(sorted(places))


def unweighed(expected: Sequence[Expected], counted: Mapping[str, Scan]) -> list[str]:
    """Bag numbers that were drawn and scanned, and whose last scan carries no weight."""
    return sorted(
        one.bag_number
        for one in expected
        if one.is_sampled
        and (scan := counted.get(one.bag_number)) is not None
        and scan.weight_mg is None
    )
