"""SQL of the facility's terms."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

from psycopg import errors, sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.sarf.model import PossessionKind
from sanduq.sarf.terms.errors import DefaultTermsTaken, TermsExternalIdTaken
from sanduq.sarf.terms.model import FacilityTerms, Terms, TermsStatus, Wording

_COLUMNS = (
    "terms_id", "external_id", "name", "asset", "status", "settings", "wordings",
    "resolution_id", "approved_hash", "is_default", "metadata", "created_at", "created_by",
    "approved_at", "approved_by", "version",
)  # fmt: skip
_NAMES = sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
_SELECT = sql.SQL("select {} from sarf.terms where institution_id = %(institution)s").format(_NAMES)
_SAVE = sql.SQL(
    "insert into sarf.terms (institution_id, terms_hash, {names})"
    " values (%(institution)s, %(terms_hash)s, {places})"
    " on conflict (institution_id, terms_id) do update set"
    " terms_hash = excluded.terms_hash, {changes} returning terms_id"
).format(
    names=_NAMES,
    places=sql.SQL(", ").join(map(sql.Placeholder, _COLUMNS)),
    changes=sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column))
        for column in _COLUMNS
        if column not in ("terms_id", "created_at", "created_by")
    ),
)

_TAKEN = {"terms_external": TermsExternalIdTaken, "terms_default": DefaultTermsTaken}


def save(uow: UnitOfWork, terms: Terms) -> None:
    """Writes terms as they now are.

    Refuses CONFLICT an external_id of other terms, and a second default at the same moment.
    """
    approved = terms.approved_hash
    parameters: dict[str, Any] = {name: getattr(terms, name) for name in _COLUMNS} | {
        "institution": uow.institution_id,
        "asset": str(terms.asset),
        "status": terms.status.value,
        "settings": dumps(asdict(terms.settings)).decode(),
        "wordings": dumps([asdict(each) for each in terms.wordings]).decode(),
        "terms_hash": bytes.fromhex(terms.terms_hash),
        "approved_hash": bytes.fromhex(approved) if approved is not None else None,
        "metadata": dumps(dict(terms.metadata)).decode(),
    }
    try:
        with uow.savepoint():
            uow.composed(_SAVE, parameters)
    except errors.UniqueViolation as error:
        refusal = _TAKEN.get(error.diag.constraint_name or "")
        if refusal is None:
            raise
        raise refusal from None


def get(uow: UnitOfWork, terms_id: str, *, is_locked: bool = False) -> Terms | None:
    tail = " and terms_id = %(id)s" + (" for update" if is_locked else "")
    rows = uow.composed(
        _SELECT + sql.SQL(tail), {"institution": uow.institution_id, "id": terms_id}
    )
    return _terms(rows[0]) if rows else None


def load(uow: UnitOfWork, ids: Collection[str]) -> list[Terms]:
    rows = uow.composed(
        _SELECT + sql.SQL(" and terms_id = any(%(ids)s)"),
        {"institution": uow.institution_id, "ids": sorted(ids)},
    )
    return [_terms(row) for row in rows]


def approved(uow: UnitOfWork) -> list[Terms]:
    """All that were ever approved, oldest first: they are few."""
    rows = uow.composed(
        _SELECT + sql.SQL(" and approved_hash is not null order by created_at, terms_id"),
        {"institution": uow.institution_id},
    )
    return [_terms(row) for row in rows]


def get_default(uow: UnitOfWork, asset: Asset, *, is_locked: bool = False) -> Terms | None:
    rows = uow.composed(
        _SELECT
        + sql.SQL(
            " and asset = %(asset)s and is_default and status = 'ACTIVE'"
            + (" for update" if is_locked else "")
        ),
        {"institution": uow.institution_id, "asset": str(asset)},
    )
    return _terms(rows[0]) if rows else None


def select_page(
    uow: UnitOfWork, request: PageRequest, filters: Mapping[str, str | None]
) -> Page[Terms]:
    query: sql.Composable = _SELECT
    for column, wanted in filters.items():
        if wanted is not None:
            place = sql.SQL(" and {} = {}").format(sql.Identifier(column), sql.Placeholder(column))
            query = query + place
    parameters = {"institution": uow.institution_id, **filters}
    rows, total = newest_first(uow, query, parameters, request, order=["created_at", "terms_id"])
    found = [_terms(row) for row in rows]
    return Page.of(found, request, lambda t: (t.created_at, t.terms_id), total)


def _terms(row: Row) -> Terms:
    column = dict(zip(_COLUMNS, row, strict=True))
    settings, approved = column["settings"], column["approved_hash"]
    kinds = tuple(PossessionKind(kind) for kind in settings["possession_kinds"])
    return Terms(
        **column
        | {
            "asset": asset_from_text(column["asset"]),
            "status": TermsStatus(column["status"]),
            "settings": FacilityTerms(**settings | {"possession_kinds": kinds}),
            "wordings": tuple(Wording(**each) for each in column["wordings"]),
            "approved_hash": bytes(approved).hex() if approved is not None else None,
        }
    )
