"""SQL of the institution's own indicators."""

from __future__ import annotations

from collections.abc import Collection

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.programs.indicators.model import (
    Aggregate,
    Category,
    Dimension,
    Direction,
    Indicator,
    Source,
    Unit,
)

_SELECT = sql.SQL(
    "select code, name, description, category, unit, aggregate, direction, source,"
    " disaggregations, iris_code, iris_version, created_at, created_by"
    " from microfinance.indicator where institution_id = %(institution)s"
)


def insert(uow: UnitOfWork, indicator: Indicator) -> bool:
    """Writes a definition; whether the code was free."""
    touched = uow.execute(
        "insert into microfinance.indicator (institution_id, code, name, description, category,"
        " unit, aggregate, direction, source, disaggregations, iris_code, iris_version,"
        " created_at, created_by) values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)"
        " on conflict do nothing",
        uow.institution_id, indicator.code, indicator.name, indicator.description,
        indicator.category.value, indicator.unit.value,
        indicator.aggregate.value if indicator.aggregate is not None else None,
        indicator.direction.value, indicator.source.value,
        [each.value for each in indicator.disaggregations], indicator.iris_code,
        indicator.iris_version, indicator.created_at, indicator.created_by,
    )  # fmt: skip
    return touched == 1


def load(uow: UnitOfWork, codes: Collection[str]) -> list[Indicator]:
    rows = uow.composed(
        _SELECT + sql.SQL(" and code = any(%(codes)s)"),
        {"institution": uow.institution_id, "codes": sorted(codes)},
    )
    return [_indicator(row) for row in rows]


def select_page(
    uow: UnitOfWork, request: PageRequest, category: Category | None
) -> Page[Indicator]:
    query: sql.Composable = _SELECT
    parameters = {"institution": uow.institution_id}
    if category is not None:
        query = query + sql.SQL(" and category = %(category)s")
        parameters["category"] = category.value  # type: ignore[assignment]
    rows, total = newest_first(uow, query, parameters, request, order=["created_at", "code"])
    found = [_indicator(row) for row in rows]
    return Page.of(found, request, lambda each: (each.created_at or uow.now, each.code), total)


def _indicator(row: Row) -> Indicator:
    return Indicator(
        code=row[0],
        name=row[1],
        description=row[2],
        category=Category(row[3]),
        unit=Unit(row[4]),
        aggregate=Aggregate(row[5]),
        direction=Direction(row[6]),
        source=Source(row[7]),
        disaggregations=tuple(Dimension(each) for each in row[8]),
        iris_code=row[9],
        iris_version=row[10],
        created_at=row[11],
        created_by=row[12],
    )
