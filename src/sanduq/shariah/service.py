"""Shariah: the board's resolutions, the rulebook, and what the rules found, written down."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime

from sanduq.audit import service as audit
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.shariah import store
from sanduq.shariah.board import BoardResolution, Evaluated, NewResolution, StoredEvaluation
from sanduq.shariah.errors import ShariahViolation, UnknownResolution, UnknownRule
from sanduq.shariah.model import Evaluation, Finding, Resolution, Severity, blocking
from sanduq.shariah.rulebook import RULEBOOK_VERSION, Rule, load_rulebook

_START = datetime(1970, 1, 1, tzinfo=UTC)


def create_resolution(uow: UnitOfWork, new: NewResolution) -> BoardResolution:
    """Records a ruling of the board. It is a fact from then on: a later ruling is another one.

    Refuses VALIDATION_ERROR a rule the rulebook does not hold, a validity that ends before it
    begins, and a ruling made for demonstration in a live institution.
    """
    unknown = sorted(set(new.scope) - load_rulebook().keys())
    if unknown:
        message = f"the rulebook holds no rule {', '.join(unknown)}"
        raise ValidationFailed.field("scope", "unknown_rule", message)
    if new.valid_until_on <= new.valid_from_on:
        raise ValidationFailed.field(
            "valid_to", "not_after_start", "valid_to must be a day after valid_from"
        )
    if new.is_demonstration and uow.actor.is_live:
        raise ValidationFailed.field(
            "is_demonstration", "live_institution", "a live institution needs a real ruling"
        )
    resolution = BoardResolution(
        resolution_id=new_id("res"),
        title=new.title,
        question=new.question,
        ruling=new.ruling,
        scope=tuple(sorted(set(new.scope))),
        signers=new.signers,
        valid_from_on=new.valid_from_on,
        valid_until_on=new.valid_until_on,
        is_demonstration=new.is_demonstration,
        answers=tuple(sorted(set(new.answers))),
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    store.insert_resolution(uow, resolution)
    details = {
        "scope": list(resolution.scope),
        "answers": list(resolution.answers),
        "signers": list(resolution.signers),
    }
    audit.record(uow, [audit.Deed("resolution.create", resolution.resolution_id, details=details)])
    return resolution


def get_resolution(uow: UnitOfWork, resolution_id: str) -> BoardResolution:
    """One resolution, in force or not. Refuses NOT_FOUND."""
    found = store.load_resolutions(uow, [resolution_id])
    if not found:
        raise UnknownResolution
    return found[0]


def load_resolutions(uow: UnitOfWork, ids: Collection[str]) -> dict[str, BoardResolution]:
    """The resolutions of these ids, in force or not; ids nobody knows are left out."""
    return {r.resolution_id: r for r in store.load_resolutions(uow, ids)} if ids else {}


def list_resolutions(
    uow: UnitOfWork, request: PageRequest, *, in_force_on: date | None = None
) -> Page[BoardResolution]:
    """Resolutions, newest first, optionally those in force on a day."""
    return store.list_resolutions(uow, request, in_force_on)


def live_resolutions(uow: UnitOfWork, on: date) -> tuple[Resolution, ...]:
    """Every resolution in force on that day, as the rules look at them."""
    return tuple(found.as_resolution for found in store.live_resolutions(uow, on))


def get_rule(rule_id: str) -> Rule:
    """One rule of the rulebook. Refuses NOT_FOUND."""
    rule = load_rulebook().get(rule_id)
    if rule is None:
        raise UnknownRule
    return rule


def list_rules(
    request: PageRequest, *, section: str | None = None, severity: Severity | None = None
) -> Page[Rule]:
    """The rulebook in the order in which it is evaluated.

    Refuses VALIDATION_ERROR a cursor that marks no rule.
    """
    rules = [
        rule
        for rule in load_rulebook().values()
        if section in (None, rule.section) and severity in (None, rule.severity)
    ]
    start = request.offset
    if request.cursor is not None:
        places = {rule.id: place for place, rule in enumerate(rules, start=1)}
        if request.cursor[1] not in places:
            raise ValidationFailed.field("cursor", "unknown_cursor", "that cursor marks no rule")
        start = places[request.cursor[1]]
    total = len(rules) if request.page is not None else None
    found = rules[start : start + request.limit + 1]
    return Page.of(found, request, lambda rule: (_START, rule.id), total)


def enforce(findings: Iterable[Finding], acknowledged: Collection[str] = ()) -> None:
    """Lets the command through, or refuses SHARIAH_VIOLATION with every finding as a detail.

    A `block` always refuses; a `review` unless a resolution in force settles it; a `disclose`
    unless its rule id is among `acknowledged`; a `warn` never does.
    """
    found = tuple(findings)
    stopping = blocking(found, acknowledged)
    if not stopping:
        return
    more = f" (and {len(stopping) - 1} more)" if len(stopping) > 1 else ""
    raise ShariahViolation(
        f"{stopping[0].message}{more}", details=[finding.as_details() for finding in found]
    )


def store_evaluations(
    uow: UnitOfWork,
    subject_id: str,
    action: str,
    evaluations: Sequence[Evaluation],
    inputs: object,
) -> None:
    """Writes down what each rule found on one subject; `inputs` are kept as a fingerprint."""
    store_evaluations_of(uow, action, [Evaluated(subject_id, tuple(evaluations), inputs)])


def store_evaluations_of(uow: UnitOfWork, action: str, subjects: Sequence[Evaluated]) -> None:
    """The same for many subjects of one action, in one statement."""
    if any(subject.evaluations for subject in subjects):
        store.insert_evaluations(uow, action, RULEBOOK_VERSION, subjects)


def list_evaluations(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    subject_id: str | None = None,
    rule_id: str | None = None,
) -> Page[StoredEvaluation]:
    """Evaluations, newest first, of one subject or one rule."""
    return store.list_evaluations(uow, request, subject_id=subject_id, rule_id=rule_id)
