"""What the Shariah board has ruled, as recorded, and what the rules found, as stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sanduq.shariah.model import Evaluation, Resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class NewResolution:
    """A ruling about to be recorded. `scope` names the rules it speaks to, `answers` the
    questions it settles.

    In force from `valid_from_on` up to the day before `valid_until_on`.
    """

    title: str
    question: str
    ruling: str
    scope: tuple[str, ...]
    signers: tuple[str, ...]
    valid_from_on: date
    valid_until_on: date
    is_demonstration: bool
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardResolution(NewResolution):
    """A ruling on record."""

    resolution_id: str
    created_at: datetime
    created_by: str

    @property
    def as_resolution(self) -> Resolution:
        """The part of it the rules look at."""
        return Resolution(
            self.resolution_id,
            frozenset(self.scope),
            self.valid_from_on,
            self.valid_until_on,
            frozenset(self.answers),
        )


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Rules run on one subject, and the facts they were run on (anything JSON can hold)."""

    subject_id: str
    evaluations: tuple[Evaluation, ...]
    inputs: object


@dataclass(frozen=True, slots=True)
class StoredEvaluation:
    """The outcome of one rule on one subject, as it was written down."""

    evaluation_id: str
    subject_id: str
    action: str
    rule_id: str
    rulebook_version: str
    inputs_hash: str
    has_passed: bool
    findings: tuple[Mapping[str, Any], ...]
    evaluated_at: datetime
