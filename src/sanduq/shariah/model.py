"""Findings of the Shariah rules, what they do to a command, and actual direct cost.

A rule says what it found; it never raises. What a finding does follows from its severity:
`block` refuses, `review` waits for the scholars, `disclose` waits for the customer's
acknowledgement, `warn` is stored and lets the command through.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum


class Severity(StrEnum):
    """What a finding does to the command, gentlest first."""

    WARN = "warn"
    DISCLOSE = "disclose"
    REVIEW = "review"
    BLOCK = "block"


_GRAVITY = {severity: gravity for gravity, severity in enumerate(Severity)}


class ShariahProfile(StrEnum):
    """Whose reading of the rules an institution follows."""

    AAOIFI = "AAOIFI"
    MY_BNM = "MY_BNM"
    MY_NONBANK = "MY_NONBANK"
    CUSTOM = "CUSTOM"


class DirectCategory(StrEnum):
    """Costs that arise with one loan and would not exist without it (AAOIFI SS 19 9/1-9/2)."""

    BUREAU_QUERY = "bureau_query"
    COMMUNICATION_PER_LOAN = "communication_per_loan"
    COURIER = "courier"
    DOCUMENTATION = "documentation"
    FIELD_VISIT_THIRD_PARTY = "field_visit_third_party"
    REGISTRATION = "registration"
    STAMP_DUTY = "stamp_duty"
    TRANSFER_CHARGE = "transfer_charge"


@dataclass(frozen=True, slots=True)
class CostLine:
    """One line of a cost study, `amount_minor` over all the loans studied.

    `category` is kept as written, so that a study holding a salary or a rent can be shown to
    whoever wrote it; only a `DirectCategory` line not marked indirect counts.
    """

    category: str
    description: str
    amount_minor: int
    is_indirect: bool = False

    @property
    def is_direct(self) -> bool:
        """Whether the line may be charged to borrowers at all."""
        return not self.is_indirect and self.category in _DIRECT


_DIRECT = frozenset(category.value for category in DirectCategory)


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule found wanting: where, what was seen, and where the limit lies.

    `observed` and `limit` are printed values (`"40.00"`), None where the rule has no number.
    `resolution_id` names the resolution in force that settles the finding, if one does.
    """

    rule_id: str
    code: str
    severity: Severity
    field: str
    observed: str | None
    limit: str | None
    message: str
    source: str
    resolution_id: str | None = None

    def as_details(self) -> dict[str, str | None]:
        """The finding as one entry of an error body."""
        return {
            "rule_id": self.rule_id,
            "code": self.code,
            "severity": self.severity.value,
            "field": self.field,
            "observed": self.observed,
            "limit": self.limit,
            "message": self.message,
            "source": self.source,
            "resolution_id": self.resolution_id,
        }


@dataclass(frozen=True, slots=True)
class Resolution:
    """A board's resolution: the rules it speaks to, and the days it is in force.

    In force from `valid_from_on` up to the day before `valid_until_on` (None: no end set).
    `answers`: the questions it answers, by name (`wafa`, `inah`, `gharar`).
    """

    resolution_id: str
    rule_ids: frozenset[str]
    valid_from_on: date
    valid_until_on: date | None = None
    answers: frozenset[str] = frozenset()

    def is_in_force(self, on: date) -> bool:
        """Whether the resolution stands on that day."""
        return self.valid_from_on <= on and (
            self.valid_until_on is None or on < self.valid_until_on
        )


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The outcome of one rule on one set of facts."""

    rule_id: str
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """True when nothing was found, or a resolution in force settles all that was."""
        return all(finding.resolution_id is not None for finding in self.findings)


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The gravest severity among findings no resolution settles; None when there is none."""
    open_findings = (f.severity for f in findings if f.resolution_id is None)
    return max(open_findings, key=_GRAVITY.__getitem__, default=None)


def settled(finding: Finding, resolutions: Iterable[Resolution], on: date) -> Finding:
    """The finding with the resolution that settles it on that day, or unchanged.

    Only a `review` finding can be settled: a board may permit what the rules leave to its
    judgement, and no resolution lifts a `block`.
    """
    if finding.severity is not Severity.REVIEW:
        return finding
    for resolution in resolutions:
        if finding.rule_id in resolution.rule_ids and resolution.is_in_force(on):
            return replace(finding, resolution_id=resolution.resolution_id)
    return finding


def blocking(
    findings: Iterable[Finding], acknowledged: Collection[str] = ()
) -> tuple[Finding, ...]:
    """The findings that stop the command, in their order.

    A `block` always does; a `review` until a resolution settles it; a `disclose` until its rule
    id is among `acknowledged`; a `warn` never.
    """
    return tuple(finding for finding in findings if _stops(finding, acknowledged))


def _stops(finding: Finding, acknowledged: Collection[str]) -> bool:
    if finding.severity is Severity.WARN:
        return False
    if finding.severity is Severity.DISCLOSE:
        return finding.rule_id not in acknowledged
    if finding.severity is Severity.REVIEW:
        return finding.resolution_id is None
    return True
