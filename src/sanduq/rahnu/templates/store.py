"""SQL of pledge templates."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from psycopg import errors, sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.templates.errors import TemplateExternalIdTaken
from sanduq.rahnu.templates.model import (
    Clause,
    OperatorLicence,
    PledgeTerms,
    Template,
    TemplateStatus,
)

_COLUMNS = (
    "template_id", "external_id", "name", "asset", "status", "terms", "clauses", "licence",
    "resolution_id", "approved_hash", "is_default", "metadata", "created_at", "created_by",
    "approved_at", "approved_by", "version",
)  # fmt: skip
_NAMES = sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
_SELECT = sql.SQL("select {} from rahnu.template where institution_id = %(institution)s").format(
    _NAMES
)
_SAVE = sql.SQL(
    "insert into rahnu.template (institution_id, template_hash, fee_policy_id, {names})"
    " values (%(institution)s, %(template_hash)s, %(fee_policy_id)s, {places})"
    " on conflict (institution_id, template_id) do update set"
    " template_hash = excluded.template_hash, fee_policy_id = excluded.fee_policy_id, {changes}"
    " returning template_id"
).format(
    names=_NAMES,
    places=sql.SQL(", ").join(map(sql.Placeholder, _COLUMNS)),
    changes=sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column))
        for column in _COLUMNS
        if column not in ("template_id", "created_at", "created_by")
    ),
)


def save(uow: UnitOfWork, template: Template) -> None:
    """Writes a template as it now is. Refuses CONFLICT an external_id of another template."""
    approved, licence = template.approved_hash, template.licence
    parameters: dict[str, Any] = {name: getattr(template, name) for name in _COLUMNS} | {
        "institution": uow.institution_id,
        "asset": str(template.asset),
        "status": template.status.value,
        "terms": dumps(asdict(template.terms)).decode(),
        "clauses": dumps([asdict(each) for each in template.clauses]).decode(),
        "licence": dumps(asdict(licence)).decode() if licence is not None else None,
        "fee_policy_id": template.terms.fee_policy_id,
        "template_hash": bytes.fromhex(template.template_hash),
        "approved_hash": bytes.fromhex(approved) if approved is not None else None,
        "metadata": dumps(dict(template.metadata)).decode(),
    }
    try:
        with uow.savepoint():
            uow.composed(_SAVE, parameters)
    except errors.UniqueViolation as error:
        if error.diag.constraint_name != "template_external":
            raise
        raise TemplateExternalIdTaken from None


def get(uow: UnitOfWork, template_id: str, *, is_locked: bool = False) -> Template | None:
    tail = " and template_id = %(id)s" + (" for update" if is_locked else "")
    rows = uow.composed(
        _SELECT + sql.SQL(tail), {"institution": uow.institution_id, "id": template_id}
    )
    return _template(rows[0]) if rows else None


def load(uow: UnitOfWork, ids: Collection[str]) -> list[Template]:
    rows = uow.composed(
        _SELECT + sql.SQL(" and template_id = any(%(ids)s)"),
        {"institution": uow.institution_id, "ids": sorted(ids)},
    )
    return [_template(row) for row in rows]


def get_default(uow: UnitOfWork, asset: Asset, *, is_locked: bool = False) -> Template | None:
    rows = uow.composed(
        _SELECT
        + sql.SQL(
            " and asset = %(asset)s and is_default and status = 'ACTIVE'"
            + (" for update" if is_locked else "")
        ),
        {"institution": uow.institution_id, "asset": str(asset)},
    )
    return _template(rows[0]) if rows else None


def select_page(
    uow: UnitOfWork, request: PageRequest, filters: Mapping[str, str | None]
) -> Page[Template]:
    query: sql.Composable = _SELECT
    for column, wanted in filters.items():
        if wanted is not None:
            place = sql.SQL(" and {} = {}").format(sql.Identifier(column), sql.Placeholder(column))
            query = query + place
    parameters = {"institution": uow.institution_id, **filters}
    rows, total = newest_first(uow, query, parameters, request, order=["created_at", "template_id"])
    found = [_template(row) for row in rows]
    return Page.of(found, request, lambda t: (t.created_at, t.template_id), total)


def _template(row: Row) -> Template:
    column = dict(zip(_COLUMNS, row, strict=True))
    approved, licence = column["approved_hash"], column["licence"]
    return Template(
        **column
        | {
            "asset": asset_from_text(column["asset"]),
            "status": TemplateStatus(column["status"]),
            "terms": PledgeTerms(**column["terms"]),
            "clauses": tuple(Clause(**each) for each in column["clauses"]),
            "licence": _licence(licence) if licence is not None else None,
            "approved_hash": bytes(approved).hex() if approved is not None else None,
        }
    )


def _licence(stored: Mapping[str, Any]) -> OperatorLicence:
    expires = stored["expires_on"]
    return OperatorLicence(
        kind=stored["kind"],
        number=stored["number"],
        expires_on=date.fromisoformat(expires) if expires is not None else None,
    )
