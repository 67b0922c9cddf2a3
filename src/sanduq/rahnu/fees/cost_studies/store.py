"""SQL of custody cost studies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date

from psycopg import errors, sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.qard.cost_studies.model import Agreement, Capacity
from sanduq.rahnu.fees.cost_studies.errors import CustodyCostStudyExternalIdTaken
from sanduq.rahnu.fees.cost_studies.model import CostDriver, CustodyCostLine, CustodyCostStudy

_SELECT = sql.SQL(
    "select custody_cost_study_id, external_id, asset, study_on, period_from_on, period_to_on,"
    " item_months, mg_months, lines, created_at, created_by, finance_approved_by,"
    " finance_approved_at, shariah_approved_by, shariah_approved_at, metadata, version"
    " from rahnu.custody_cost_study where institution_id = %(institution)s"
)


def insert(uow: UnitOfWork, record: CustodyCostStudy) -> None:
    lines = [asdict(line) for line in record.lines]
    try:
        with uow.savepoint():
            uow.execute(
                "insert into rahnu.custody_cost_study (institution_id, custody_cost_study_id,"
                " external_id, asset, study_on, period_from_on, period_to_on, item_months,"
                " mg_months, lines, created_at, created_by, metadata, version)"
                " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s::json,%s,%s,%s::json,%s)",
                uow.institution_id, record.custody_cost_study_id, record.external_id,
                str(record.asset), record.study_on, record.period_from_on, record.period_to_on,
                record.item_months, record.mg_months, dumps(lines).decode(), record.created_at,
                record.created_by, dumps(dict(record.metadata)).decode(), record.version,
            )  # fmt: skip
    except errors.UniqueViolation:
        raise CustodyCostStudyExternalIdTaken from None


def get(uow: UnitOfWork, study_id: str, *, is_locked: bool = False) -> CustodyCostStudy | None:
    tail = " and custody_cost_study_id = %(id)s" + (" for update" if is_locked else "")
    rows = uow.composed(
        _SELECT + sql.SQL(tail), {"institution": uow.institution_id, "id": study_id}
    )
    return _record(rows[0]) if rows else None


def latest_approved(uow: UnitOfWork, asset: Asset, on: date) -> CustodyCostStudy | None:
    """The newest study dated up to `on` that both offices have agreed to."""
    rows = uow.composed(
        _SELECT
        + sql.SQL(
            " and asset = %(asset)s and study_on <= %(on)s"
            " and finance_approved_at is not null and shariah_approved_at is not null"
            " order by study_on desc, custody_cost_study_id desc limit 1"
        ),
        {"institution": uow.institution_id, "asset": str(asset), "on": on},
    )
    return _record(rows[0]) if rows else None


def set_agreement(uow: UnitOfWork, study_id: str, capacity: Capacity) -> None:
    by, at = (sql.Identifier(f"{capacity.value}_approved_{what}") for what in ("by", "at"))
    uow.composed(
        sql.SQL(
            "update rahnu.custody_cost_study set {} = %(user)s, {} = %(now)s,"
            " version = version + 1"
            " where institution_id = %(institution)s and custody_cost_study_id = %(id)s"
            " returning custody_cost_study_id"
        ).format(by, at),
        {
            "institution": uow.institution_id,
            "id": study_id,
            "user": uow.actor.user_id,
            "now": uow.now,
        },
    )


def select_page(
    uow: UnitOfWork, request: PageRequest, filters: Mapping[str, str | None]
) -> Page[CustodyCostStudy]:
    query: sql.Composable = _SELECT
    for column, wanted in filters.items():
        if wanted is not None:
            place = sql.SQL(" and {} = {}").format(sql.Identifier(column), sql.Placeholder(column))
            query = query + place
    parameters = {"institution": uow.institution_id, **filters}
    order = ["created_at", "custody_cost_study_id"]
    rows, total = newest_first(uow, query, parameters, request, order=order)
    found = [_record(row) for row in rows]
    return Page.of(found, request, lambda r: (r.created_at, r.custody_cost_study_id), total)


def _record(row: Row) -> CustodyCostStudy:
    return CustodyCostStudy(
        custody_cost_study_id=row[0],
        external_id=row[1],
        asset=asset_from_text(row[2]),
        study_on=row[3],
        period_from_on=row[4],
        period_to_on=row[5],
        item_months=row[6],
        mg_months=row[7],
        lines=tuple(
            CustodyCostLine(**{**line, "driver": CostDriver(line["driver"])}) for line in row[8]
        ),
        created_at=row[9],
        created_by=row[10],
        finance=Agreement(row[11], row[12]) if row[11] is not None else None,
        shariah=Agreement(row[13], row[14]) if row[13] is not None else None,
        metadata=row[15],
        version=row[16],
    )
