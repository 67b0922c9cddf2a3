"""SQL of programs and of the loans in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from psycopg import errors, sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.programs.errors import ProgramIdTaken
from sanduq.microfinance.programs.model import (
    Candidate,
    Program,
    ProgramStatus,
    Subsidy,
    Target,
)

_COLUMNS = (
    "program_id", "external_id", "name", "description", "status", "starts_on", "ends_on", "asset",
    "branch_ids", "product_ids", "group_ids", "pool_id", "subsidy", "absorption_order", "targets",
    "metadata", "reason", "created_at", "created_by", "approved_at", "approved_by", "closed_at",
    "closed_by", "version",
)  # fmt: skip
_NAMES = sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
_SELECT = sql.SQL(
    "select {} from microfinance.program where institution_id = %(institution)s"
).format(_NAMES)
_INSERT = sql.SQL(
    "insert into microfinance.program (institution_id, {}) values (%(institution)s, {})"
    " returning program_id"
).format(_NAMES, sql.SQL(", ").join(map(sql.Placeholder, _COLUMNS)))
_UPDATE = sql.SQL(
    "update microfinance.program set {} where institution_id = %(institution)s"
    " and program_id = %(program_id)s returning program_id"
).format(
    sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name))
        for name in _COLUMNS
        if name not in ("program_id", "created_at", "created_by")
    )
)


def insert(uow: UnitOfWork, program: Program) -> None:
    """Writes a new program. Refuses CONFLICT an id or external id that is taken."""
    try:
        with uow.savepoint():
            uow.composed(_INSERT, _parameters(uow, program))
    except errors.UniqueViolation:
        raise ProgramIdTaken from None


def update(uow: UnitOfWork, program: Program) -> None:
    """Writes a program as it now is."""
    uow.composed(_UPDATE, _parameters(uow, program))


def get(
    uow: UnitOfWork, program_id: str, *, is_locked: bool = False, is_shared: bool = False
) -> Program | None:
    """A program; locked, for oneself or beside others who only need it to stay as it is."""
    tail = sql.SQL("")
    if is_locked:
        tail = sql.SQL(" for share" if is_shared else " for no key update")
    rows = uow.composed(
        _SELECT + sql.SQL(" and program_id = %(id)s") + tail,
        {"institution": uow.institution_id, "id": program_id},
    )
    return _program(rows[0]) if rows else None


def load(uow: UnitOfWork, ids: Collection[str]) -> list[Program]:
    rows = uow.composed(
        _SELECT + sql.SQL(" and program_id = any(%(ids)s)"),
        {"institution": uow.institution_id, "ids": sorted(ids)},
    )
    return [_program(row) for row in rows]


def select_page(
    uow: UnitOfWork, request: PageRequest, filters: Mapping[str, str | None]
) -> Page[Program]:
    query: sql.Composable = _SELECT
    for column, wanted in filters.items():
        if wanted is not None:
            place = sql.SQL(" and {} = {}").format(sql.Identifier(column), sql.Placeholder(column))
            query = query + place
    parameters = {"institution": uow.institution_id, **filters}
    rows, total = newest_first(uow, query, parameters, request, order=["created_at", "program_id"])
    found = [_program(row) for row in rows]
    return Page.of(found, request, lambda each: (each.created_at, each.program_id), total)


def candidates(uow: UnitOfWork, loan_ids: Sequence[str]) -> dict[str, Candidate]:
    """The loans of these ids and the program each is in, locked in id order."""
    rows = uow.all(
        "select l.loan_id, l.status, l.asset, l.branch_id, l.product_id, l.group_id,"
        " (select e.program_id from microfinance.program_loan e"
        "   where e.institution_id = l.institution_id and e.loan_id = l.loan_id)"
        " from microfinance.loan l where l.institution_id = %s and l.loan_id = any(%s)"
        " order by l.loan_id for key share of l",
        uow.institution_id,
        list(loan_ids),
    )
    return {row[0]: Candidate(row[0], row[1], asset_from_text(row[2]), *row[3:7]) for row in rows}


def enrol(uow: UnitOfWork, program_id: str, loan_ids: Sequence[str]) -> int:
    """Adds loans to a program; how many were in none."""
    return uow.execute(
        "insert into microfinance.program_loan"
        " (institution_id, program_id, loan_id, enrolled_on, enrolled_at, enrolled_by)"
        " select %s, %s, l, %s, %s, %s from unnest(%s::text[]) l on conflict do nothing",
        uow.institution_id, program_id, uow.today, uow.now, uow.actor.user_id, list(loan_ids),
    )  # fmt: skip


def programs_of(uow: UnitOfWork, loan_ids: Collection[str]) -> dict[str, str]:
    """Loan id to program id, of those in one."""
    rows = uow.all(
        "select loan_id, program_id from microfinance.program_loan"
        " where institution_id = %s and loan_id = any(%s)",
        uow.institution_id,
        sorted(loan_ids),
    )
    return {row[0]: row[1] for row in rows}


def _parameters(uow: UnitOfWork, program: Program) -> dict[str, Any]:
    subsidy = program.subsidy
    return {name: getattr(program, name) for name in _COLUMNS} | {
        "institution": uow.institution_id,
        "status": program.status.value,
        "asset": str(program.asset),
        "branch_ids": list(program.branch_ids),
        "product_ids": list(program.product_ids),
        "group_ids": list(program.group_ids),
        "absorption_order": list(program.absorption_order),
        "subsidy": dumps(subsidy).decode() if subsidy is not None else None,
        "targets": dumps(
            [
                {
                    "indicator": each.indicator,
                    # As text: a JSON number would come back as a float.
                    "baseline": str(each.baseline),
                    "target": str(each.target),
                    "by": each.by,
                }
                for each in program.targets
            ]
        ).decode(),
        "metadata": dumps(dict(program.metadata)).decode(),
    }


def _program(row: Row) -> Program:
    column = dict(zip(_COLUMNS, row, strict=True))
    subsidy = column["subsidy"]
    return Program(
        **column
        | {
            "status": ProgramStatus(column["status"]),
            "asset": asset_from_text(column["asset"]),
            "branch_ids": tuple(column["branch_ids"]),
            "product_ids": tuple(column["product_ids"]),
            "group_ids": tuple(column["group_ids"]),
            "absorption_order": tuple(column["absorption_order"]),
            "subsidy": Subsidy(**subsidy) if subsidy is not None else None,
            "targets": tuple(
                Target(
                    each["indicator"],
                    Decimal(each["baseline"]),
                    Decimal(each["target"]),
                    date.fromisoformat(each["by"]) if each["by"] is not None else None,
                )
                for each in column["targets"]
            ),
        }
    )
