"""SQL of instruments and their calibrations."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from psycopg import errors, sql

from sanduq.assets.instruments.errors import InstrumentKnown
from sanduq.assets.instruments.model import Calibration, Instrument, InstrumentKind
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.pages import Page, PageRequest

_SELECT = sql.SQL(
    "select i.instrument_id, i.kind, i.serial, i.description, i.external_id, i.metadata,"
    " i.created_at, i.created_by, c.calibrated_on, c.valid_until_on, c.certificate"
    " from assets.instrument i cross join lateral ("
    "  select n.calibrated_on, n.valid_until_on, n.certificate from assets.calibration n"
    "  where n.institution_id = i.institution_id and n.instrument_id = i.instrument_id"
    "  order by n.calibrated_on desc, n.calibration_id desc limit 1) c"
    " where i.institution_id = %(institution)s"
)


def insert(uow: UnitOfWork, one: Instrument) -> None:
    try:
        with uow.savepoint():
            uow.execute(
                "insert into assets.instrument (institution_id, instrument_id, kind, serial,"
                " description, external_id, metadata, created_at, created_by)"
                " values (%s,%s,%s,%s,%s,%s,%s::json,%s,%s)",
                uow.institution_id, one.instrument_id, one.kind.value, one.serial,
                one.description, one.external_id, dumps(dict(one.metadata)).decode(),
                one.created_at, one.created_by,
            )  # fmt: skip
    except errors.UniqueViolation:
        raise InstrumentKnown from None


def insert_calibration(uow: UnitOfWork, instrument_id: str, new: Calibration) -> None:
    uow.execute(
        "insert into assets.calibration (institution_id, calibration_id, instrument_id,"
        " calibrated_on, valid_until_on, certificate, created_at, created_by)"
        " values (%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, new_id("cal"), instrument_id, new.calibrated_on, new.valid_until_on,
        new.certificate, uow.now, uow.actor.user_id,
    )  # fmt: skip


def load(uow: UnitOfWork, ids: Collection[str]) -> list[Instrument]:
    rows = uow.composed(
        _SELECT + sql.SQL(" and i.instrument_id = any(%(ids)s)"),
        {"institution": uow.institution_id, "ids": sorted(ids)},
    )
    return [_instrument(row) for row in rows]


def select_page(
    uow: UnitOfWork, request: PageRequest, kind: InstrumentKind | None, external_id: str | None
) -> Page[Instrument]:
    query: sql.Composable = _SELECT
    if kind is not None:
        query = query + sql.SQL(" and i.kind = %(kind)s")
    if external_id is not None:
        query = query + sql.SQL(" and i.external_id = %(external_id)s")
    parameters: dict[str, Any] = {
        "institution": uow.institution_id,
        "kind": kind.value if kind is not None else None,
        "external_id": external_id,
    }
    rows, total = newest_first(uow, query, parameters, request, order=["instrument_id"])
    found = [_instrument(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.instrument_id), total)


def _instrument(row: Row) -> Instrument:
    return Instrument(
        instrument_id=row[0],
        kind=InstrumentKind(row[1]),
        serial=row[2],
        description=row[3],
        external_id=row[4],
        metadata=row[5],
        created_at=row[6],
        created_by=row[7],
        calibration=Calibration(row[8], row[9], row[10]),
    )
