"""Wire shapes of resolutions, rules and evaluations."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from sanduq.kit.wire import Input, ListOutput, LongText, Output, PageQuery, Text
from sanduq.shariah.board import BoardResolution, NewResolution, StoredEvaluation
from sanduq.shariah.model import Severity, ShariahProfile
from sanduq.shariah.rulebook import Implementation, Rule, Verified

RuleId = Annotated[str, Field(pattern=r"^[A-Z]{3}-[0-9]{2}$", examples=["QRD-03"])]

Question = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$", examples=["gharar"])]


class ResolutionIn(Input):
    title: Text
    question: LongText
    ruling: LongText
    scope: Annotated[list[RuleId], Field(min_length=1, max_length=200)]
    signers: Annotated[list[Text], Field(min_length=1, max_length=30)]
    valid_from: date
    valid_to: date
    is_demonstration: bool = False
    answers: Annotated[list[Question], Field(max_length=50)] = Field(default_factory=list)

    def command(self) -> NewResolution:
        """The ruling to record."""
        return NewResolution(
            title=self.title,
            question=self.question,
            ruling=self.ruling,
            scope=tuple(self.scope),
            signers=tuple(self.signers),
            valid_from_on=self.valid_from,
            valid_until_on=self.valid_to,
            is_demonstration=self.is_demonstration,
            answers=tuple(self.answers),
        )


class ResolutionFilters(PageQuery):
    in_force_on: date | None = None


class ResolutionOut(Output):
    id: str
    title: str
    question: str
    ruling: str
    scope: list[str]
    signers: list[str]
    valid_from: date
    valid_to: date
    is_demonstration: bool
    answers: list[str]
    created_at: datetime
    created_by: str


class ResolutionList(ListOutput):
    data: list[ResolutionOut]


def resolution_out(resolution: BoardResolution) -> dict[str, Any]:
    """A resolution as the API writes it."""
    return ResolutionOut(
        id=resolution.resolution_id,
        title=resolution.title,
        question=resolution.question,
        ruling=resolution.ruling,
        scope=list(resolution.scope),
        signers=list(resolution.signers),
        valid_from=resolution.valid_from_on,
        valid_to=resolution.valid_until_on,
        is_demonstration=resolution.is_demonstration,
        answers=list(resolution.answers),
        created_at=resolution.created_at,
        created_by=resolution.created_by,
    ).model_dump()


class RuleFilters(PageQuery):
    section: Text | None = None
    severity: Severity | None = None


class RuleSourceOut(Output):
    clause: str
    verified: Verified


class RuleOut(Output):
    id: str
    section: str
    binds: list[str]
    severity: Severity
    code: str
    text: str
    check: str
    sources: list[RuleSourceOut]
    profiles: list[ShariahProfile]
    profile_note: str | None
    is_unweakenable: bool
    implementation: Implementation
    reason: str | None


class RuleList(ListOutput):
    data: list[RuleOut]


def rule_out(rule: Rule) -> dict[str, Any]:
    """A rule as the API writes it."""
    return RuleOut(
        id=rule.id,
        section=rule.section,
        binds=list(rule.binds),
        severity=rule.severity,
        code=rule.code,
        text=rule.text,
        check=rule.check,
        sources=[RuleSourceOut(clause=s.clause, verified=s.verified) for s in rule.sources],
        profiles=sorted(rule.profiles),
        profile_note=rule.profile_note,
        is_unweakenable=rule.unweakenable,
        implementation=rule.implementation,
        reason=rule.reason,
    ).model_dump()


class EvaluationFilters(PageQuery):
    subject_id: Text | None = None
    rule_id: RuleId | None = None


class FindingOut(Output):
    rule_id: str
    code: str
    severity: Severity
    field: str
    observed: str | None
    limit: str | None
    message: str
    source: str
    resolution_id: str | None


class EvaluationOut(Output):
    id: str
    subject_id: str
    action: str
    rule_id: str
    rulebook_version: str
    inputs_hash: str
    has_passed: bool
    findings: list[FindingOut]
    evaluated_at: datetime


class EvaluationList(ListOutput):
    data: list[EvaluationOut]


def evaluation_out(stored: StoredEvaluation) -> dict[str, Any]:
    """An evaluation as the API writes it."""
    return EvaluationOut(
        id=stored.evaluation_id,
        subject_id=stored.subject_id,
        action=stored.action,
        rule_id=stored.rule_id,
        rulebook_version=stored.rulebook_version,
        inputs_hash=stored.inputs_hash,
        has_passed=stored.has_passed,
        findings=[FindingOut(**finding) for finding in stored.findings],
        evaluated_at=stored.evaluated_at,
    ).model_dump()
