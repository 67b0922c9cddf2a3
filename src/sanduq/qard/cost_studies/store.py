"""SQL of cost studies."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from psycopg import errors, sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.qard.cost_studies.errors import CostStudyExternalIdTaken
from sanduq.qard.cost_studies.model import Agreement, Capacity, RecordedCostStudy, StudiedLine
from sanduq.qard.model import AllocationMethod, direct_cost_minor_total, fee_limit_minor
from sanduq.shariah.model import CostLine

_SELECT = sql.SQL(
    "select cost_study_id, external_id, product_type, asset, study_on, loan_count, subsidy_minor,"
    " allocation_method, resolution_id, lines, created_at, created_by, finance_approved_by,"
    " finance_approved_at, shariah_approved_by, shariah_approved_at, metadata, version"
    " from qard.cost_study where institution_id = %(institution)s"
)


def insert(uow: UnitOfWork, record: RecordedCostStudy) -> None:
    lines = [
        {
            "category": studied.line.category,
            "description": studied.line.description,
            "amount_minor": studied.line.amount_minor,
            "is_indirect": studied.line.is_indirect,
            "evidence": studied.evidence,
        }
        for studied in record.lines
    ]
    try:
        with uow.savepoint():
            uow.execute(
                "insert into qard.cost_study (institution_id, cost_study_id, external_id,"
                " product_type, asset, study_on, loan_count, subsidy_minor, allocation_method,"
                " resolution_id, lines, direct_cost_minor, fee_limit_minor, created_at,"
                " created_by, metadata, version)"
                " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s::json,%s,%s,%s,%s,%s::json,%s)",
                uow.institution_id, record.cost_study_id, record.external_id,
                record.product_type, str(record.asset), record.study_on, record.loan_count,
                record.subsidy_minor, record.allocation_method.value, record.resolution_id,
                dumps(lines).decode(), direct_cost_minor_total(record.study),
                fee_limit_minor(record.study), record.created_at, record.created_by,
                dumps(dict(record.metadata)).decode(), record.version,
            )  # fmt: skip
    except errors.UniqueViolation:
        raise CostStudyExternalIdTaken from None


def get(
    uow: UnitOfWork, cost_study_id: str, *, is_locked: bool = False
) -> RecordedCostStudy | None:
    tail = " and cost_study_id = %(id)s" + (" for update" if is_locked else "")
    rows = uow.composed(
        _SELECT + sql.SQL(tail), {"institution": uow.institution_id, "id": cost_study_id}
    )
    return _record(rows[0]) if rows else None


def load(uow: UnitOfWork, ids: Collection[str]) -> list[RecordedCostStudy]:
    rows = uow.composed(
        _SELECT + sql.SQL(" and cost_study_id = any(%(ids)s)"),
        {"institution": uow.institution_id, "ids": sorted(ids)},
    )
    return [_record(row) for row in rows]


def latest_approved(
    uow: UnitOfWork, product_type: str, asset: Asset, on: date
) -> RecordedCostStudy | None:
    """The newest study dated up to `on` that both sides have agreed to."""
    rows = uow.composed(
        _SELECT
        + sql.SQL(
            " and product_type = %(type)s and asset = %(asset)s and study_on <= %(on)s"
            " and finance_approved_at is not null and shariah_approved_at is not null"
            " order by study_on desc, cost_study_id desc limit 1"
        ),
        {
            "institution": uow.institution_id,
            "type": product_type,
            "asset": str(asset),
            "on": on,
        },
    )
    return _record(rows[0]) if rows else None


def set_agreement(uow: UnitOfWork, cost_study_id: str, capacity: Capacity) -> None:
    by, at = (sql.Identifier(f"{capacity.value}_approved_{what}") for what in ("by", "at"))
    uow.composed(
        sql.SQL(
            "update qard.cost_study set {} = %(user)s, {} = %(now)s, version = version + 1"
            " where institution_id = %(institution)s and cost_study_id = %(id)s"
            " returning cost_study_id"
        ).format(by, at),
        {
            "institution": uow.institution_id,
            "id": cost_study_id,
            "user": uow.actor.user_id,
            "now": uow.now,
        },
    )


def select_page(
    uow: UnitOfWork, request: PageRequest, filters: Mapping[str, str | None]
) -> Page[RecordedCostStudy]:
    query: sql.Composable = _SELECT
    for column, wanted in filters.items():
        if wanted is not None:
            place = sql.SQL(" and {} = {}").format(sql.Identifier(column), sql.Placeholder(column))
            query = query + place
    parameters = {"institution": uow.institution_id, **filters}
    rows, total = newest_first(uow, query, parameters, request, order=["cost_study_id"])
    found = [_record(row) for row in rows]
    return Page.of(found, request, lambda r: (r.created_at, r.cost_study_id), total)


def _record(row: Row) -> RecordedCostStudy:
    return RecordedCostStudy(
        cost_study_id=row[0],
        external_id=row[1],
        product_type=row[2],
        asset=asset_from_text(row[3]),
        study_on=row[4],
        loan_count=row[5],
        subsidy_minor=row[6],
        allocation_method=AllocationMethod(row[7]),
        resolution_id=row[8],
        lines=tuple(
            StudiedLine(
                CostLine(
                    line["category"],
                    line["description"],
                    line["amount_minor"],
                    line["is_indirect"],
                ),
                line["evidence"],
            )
            for line in row[9]
        ),
        created_at=row[10],
        created_by=row[11],
        finance=Agreement(row[12], row[13]) if row[12] is not None else None,
        shariah=Agreement(row[14], row[15]) if row[14] is not None else None,
        metadata=row[16],
        version=row[17],
    )
