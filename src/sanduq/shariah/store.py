"""SQL of resolutions and evaluations."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import date

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.json import canonical, dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.pages import Page, PageRequest
from sanduq.shariah.board import BoardResolution, Evaluated, StoredEvaluation

_RESOLUTION = sql.SQL(
    "select resolution_id, title, question, ruling, scope, signers, is_demonstration, valid_from,"
    " valid_to, created_at, created_by, answers from shariah.resolution"
    " where institution_id = %(institution)s"
)


def insert_resolution(uow: UnitOfWork, resolution: BoardResolution) -> None:
    uow.execute(
        "insert into shariah.resolution (institution_id, resolution_id, title, question, ruling,"
        " scope, signers, is_demonstration, valid_from, valid_to, created_at, created_by,"
        " answers) values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, resolution.resolution_id, resolution.title, resolution.question,
        resolution.ruling, list(resolution.scope), list(resolution.signers),
        resolution.is_demonstration, resolution.valid_from_on, resolution.valid_until_on,
        resolution.created_at, resolution.created_by, list(resolution.answers),
    )  # fmt: skip


def load_resolutions(uow: UnitOfWork, ids: Collection[str]) -> list[BoardResolution]:
    query = _RESOLUTION + sql.SQL(" and resolution_id = any(%(ids)s)")
    rows = uow.composed(query, {"institution": uow.institution_id, "ids": sorted(ids)})
    return [_resolution(row) for row in rows]


def live_resolutions(uow: UnitOfWork, on: date) -> list[BoardResolution]:
    query = _RESOLUTION + sql.SQL(
        " and valid_from <= %(on)s and valid_to > %(on)s order by resolution_id"
    )
    rows = uow.composed(query, {"institution": uow.institution_id, "on": on})
    return [_resolution(row) for row in rows]


def list_resolutions(
    uow: UnitOfWork, request: PageRequest, in_force_on: date | None
) -> Page[BoardResolution]:
    query: sql.Composed | sql.SQL = _RESOLUTION
    if in_force_on is not None:
        query = query + sql.SQL(" and valid_from <= %(on)s and valid_to > %(on)s")
    rows, total = newest_first(
        uow,
        query,
        {"institution": uow.institution_id, "on": in_force_on},
        request,
        order=["resolution_id"],
    )
    found = [_resolution(row) for row in rows]
    return Page.of(found, request, lambda r: (r.created_at, r.resolution_id), total)


def _resolution(row: Row) -> BoardResolution:
    return BoardResolution(
        resolution_id=row[0],
        title=row[1],
        question=row[2],
        ruling=row[3],
        scope=tuple(row[4]),
        signers=tuple(row[5]),
        is_demonstration=row[6],
        valid_from_on=row[7],
        valid_until_on=row[8],
        created_at=row[9],
        created_by=row[10],
        answers=tuple(row[11]),
    )


def insert_evaluations(
    uow: UnitOfWork, action: str, rulebook_version: str, subjects: Sequence[Evaluated]
) -> None:
    """Every evaluation of every subject, in one statement."""
    hashes = {id(s): hashlib.sha256(canonical(s.inputs)).digest() for s in subjects}
    rows = [(subject, each) for subject in subjects for each in subject.evaluations]
    uow.execute(
        "insert into shariah.evaluation (institution_id, evaluation_id, subject_id, action,"
        " rule_id, rulebook_version, inputs_hash, has_passed, findings, evaluated_at)"
        " select %s, e.id, e.subject, %s, e.rule, %s, e.inputs, e.passed, e.findings::json, %s"
        " from unnest(%s::text[], %s::text[], %s::text[], %s::bytea[], %s::boolean[], %s::text[])"
        " e(id, subject, rule, inputs, passed, findings)",
        uow.institution_id,
        action,
        rulebook_version,
        uow.now,
        [new_id("evl") for _ in rows],
        [subject.subject_id for subject, _ in rows],
        [each.rule_id for _, each in rows],
        [hashes[id(subject)] for subject, _ in rows],
        [each.passed for _, each in rows],
        [dumps([f.as_details() for f in each.findings]).decode() for _, each in rows],
    )


def list_evaluations(
    uow: UnitOfWork, request: PageRequest, *, subject_id: str | None, rule_id: str | None
) -> Page[StoredEvaluation]:
    query: sql.Composed | sql.SQL = sql.SQL(
        "select evaluation_id, subject_id, action, rule_id, rulebook_version, inputs_hash,"
        " has_passed, findings, evaluated_at from shariah.evaluation"
        " where institution_id = %(institution)s"
    )
    if subject_id is not None:
        query = query + sql.SQL(" and subject_id = %(subject)s")
    if rule_id is not None:
        query = query + sql.SQL(" and rule_id = %(rule)s")
    parameters = {"institution": uow.institution_id, "subject": subject_id, "rule": rule_id}
    rows, total = newest_first(uow, query, parameters, request, order=["evaluation_id"])
    found = [_evaluation(row) for row in rows]
    return Page.of(found, request, lambda e: (e.evaluated_at, e.evaluation_id), total)


def _evaluation(row: Row) -> StoredEvaluation:
    return StoredEvaluation(
        evaluation_id=row[0],
        subject_id=row[1],
        action=row[2],
        rule_id=row[3],
        rulebook_version=row[4],
        inputs_hash=bytes(row[5]).hex(),
        has_passed=row[6],
        findings=tuple(row[7]),
        evaluated_at=row[8],
    )
