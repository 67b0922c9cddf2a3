"""SQL of valuations. None is changed; what the second officer says is a row of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from psycopg import errors, sql

from sanduq.assets.model import Metal
from sanduq.assets.policies.model import DensityBand
from sanduq.assets.valuations.errors import NotAwaitingSecond, ValuationExternalIdTaken
from sanduq.assets.valuations.model import (
    Assay,
    AssayKind,
    Findings,
    Second,
    SecondOfficer,
    SecondReason,
    Valuation,
    ValuationMethod,
    ValuationStatus,
)
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Money, asset_from_text
from sanduq.kit.pages import Page, PageRequest

_SELECT = sql.SQL(
    "select v.valuation_id, v.item_id, v.metal, v.gross_weight_mg, v.stone_weight_mg,"
    " v.other_weight_mg, v.fineness_bp, v.tests, v.basis, v.balance_id, v.method,"
    " v.price_board_id, v.price_source, v.priced_at, v.haircut_bp, v.policy_version,"
    " v.value_minor, v.asset, v.second_required, v.second_reasons, v.is_customer_present,"
    " v.notes, v.external_id, v.metadata, v.valid_until, v.created_at, v.created_by,"
    " coalesce(s.status, 'AWAITING_SECOND'), s.is_agreed, s.findings, s.notes, s.created_at,"
    " s.created_by from assets.valuation v"
    " left join assets.valuation_second s using (institution_id, valuation_id)"
    " where v.institution_id = %(institution)s"
)


def insert(uow: UnitOfWork, one: Valuation) -> None:
    found = one.findings
    try:
        with uow.savepoint():
            uow.execute(
                "insert into assets.valuation (institution_id, valuation_id, item_id, metal,"
                " gross_weight_mg, stone_weight_mg, other_weight_mg, fineness_bp, tests, basis,"
                " balance_id, method, price_board_id, price_source, priced_at, haircut_bp,"
                " policy_version, value_minor, asset, second_required, second_reasons,"
                " is_customer_present, notes, external_id, metadata, valid_until, created_at,"
                " created_by) values (%s,%s,%s,%s,%s,%s,%s,%s,%s::json,%s,%s,%s,%s,%s,%s,%s,%s,%s,"
                " %s,%s,%s::text[],%s,%s,%s,%s::json,%s,%s,%s)",
                uow.institution_id, one.valuation_id, one.item_id, one.metal.value,
                found.gross_weight_mg, found.stone_weight_mg, found.other_weight_mg,
                found.fineness_bp, dumps([_written(test) for test in found.tests]).decode(),
                found.basis, found.balance_id, one.method.value, one.price_board_id,
                one.price_source, one.priced_at, one.haircut_bp, one.policy_version,
                one.value.amount_minor, str(one.value.asset), one.second_required.value,
                [reason.value for reason in one.second_reasons], one.is_customer_present,
                one.notes, one.external_id, dumps(dict(one.metadata)).decode(), one.valid_until,
                one.valued_at, one.valuer_id,
            )  # fmt: skip
    except errors.UniqueViolation:
        raise ValuationExternalIdTaken from None


def decide(uow: UnitOfWork, valuation_id: str, status: ValuationStatus, second: Second) -> None:
    """Refuses CONFLICT when another officer was second in the same moment."""
    findings = None if second.findings is None else _findings_written(second.findings)
    try:
        with uow.savepoint():
            uow.execute(
                "insert into assets.valuation_second (institution_id, valuation_id, status,"
                " is_agreed, findings, notes, valuer_id, created_at, created_by)"
                " select institution_id, valuation_id, %s, %s, %s::json, %s, created_by, %s, %s"
                " from assets.valuation where institution_id = %s and valuation_id = %s",
                status.value, second.is_agreed,
                None if findings is None else dumps(findings).decode(), second.notes, uow.now,
                uow.actor.user_id, uow.institution_id, valuation_id,
            )  # fmt: skip
    except errors.UniqueViolation:
        raise NotAwaitingSecond from None


def load(uow: UnitOfWork, ids: Collection[str]) -> list[Valuation]:
    rows = uow.composed(
        _SELECT + sql.SQL(" and v.valuation_id = any(%(ids)s)"),
        {"institution": uow.institution_id, "ids": sorted(ids)},
    )
    return [_valuation(row) for row in rows]


def newest_confirmed(uow: UnitOfWork, item_ids: Collection[str]) -> list[Valuation]:
    """The last decided valuation of each item, where that is a confirmed one."""
    rows = uow.composed(
        _SELECT
        + sql.SQL(
            " and v.valuation_id in (select newest.valuation_id from unnest(%(ids)s::text[]) wanted"
            " (item_id) cross join lateral (select d.valuation_id, d.status"
            "  from assets.valuation i join assets.valuation_second d"
            "   using (institution_id, valuation_id)"
            "  where i.institution_id = %(institution)s and i.item_id = wanted.item_id"
            "  order by i.created_at desc, i.valuation_id desc limit 1) newest"
            " where newest.status = 'CONFIRMED')"
        ),
        {"institution": uow.institution_id, "ids": sorted(set(item_ids))},
    )
    return [_valuation(row) for row in rows]


def select_page(
    uow: UnitOfWork,
    request: PageRequest,
    equal: Mapping[str, str | None],
    created_from: datetime | None,
    created_before: datetime | None,
) -> Page[Valuation]:
    columns = {
        "item_id": "v.item_id = %(item_id)s",
        "valuer_id": "v.created_by = %(valuer_id)s",
        "external_id": "v.external_id = %(external_id)s",
    }
    query: sql.Composable = _SELECT
    for name, condition in columns.items():
        if equal[name] is not None:
            query = query + sql.SQL(" and ") + sql.SQL(condition)
    if equal["status"] is not None:
        is_waiting = equal["status"] == ValuationStatus.AWAITING_SECOND
        query = query + sql.SQL(
            " and s.status is null" if is_waiting else " and s.status = %(status)s"
        )
    if created_from is not None:
        query = query + sql.SQL(" and v.created_at >= %(created_from)s")
    if created_before is not None:
        query = query + sql.SQL(" and v.created_at < %(created_before)s")
    parameters: dict[str, Any] = {
        "institution": uow.institution_id,
        "created_from": created_from,
        "created_before": created_before,
        **equal,
    }
    rows, total = newest_first(uow, query, parameters, request, order=["valuation_id"])
    found = [_valuation(row) for row in rows]
    return Page.of(found, request, lambda one: (one.valued_at, one.valuation_id), total)


def _written(test: Assay) -> dict[str, Any]:
    band = None if test.band is None else [test.band.low, test.band.high]
    return {
        "kind": test.kind.value,
        "instrument_id": test.instrument_id,
        "fineness_bp": test.fineness_bp,
        "stamp": test.stamp,
        "weight_in_air_mg": test.weight_in_air_mg,
        "weight_in_water_mg": test.weight_in_water_mg,
        "density": test.density,
        "band": band,
        "has_passed": test.has_passed,
    }


def _findings_written(found: Findings) -> dict[str, Any]:
    return {
        "gross_weight_mg": found.gross_weight_mg,
        "stone_weight_mg": found.stone_weight_mg,
        "other_weight_mg": found.other_weight_mg,
        "fineness_bp": found.fineness_bp,
        "tests": [_written(test) for test in found.tests],
        "stated_minor": found.stated_minor,
        "basis": found.basis,
        "source": found.source,
        "balance_id": found.balance_id,
    }


def _test(written: Mapping[str, Any]) -> Assay:
    band = written["band"]
    return Assay(
        **{
            **written,
            "kind": AssayKind(written["kind"]),
            "band": None if band is None else DensityBand(*band),
        }
    )


def _second(row: Row) -> Second | None:
    if row[28] is None:
        return None
    found = row[29]
    if found is not None:
        found = Findings(**{**found, "tests": tuple(_test(test) for test in found["tests"])})
    return Second(is_agreed=row[28], findings=found, notes=row[30])


def _valuation(row: Row) -> Valuation:
    status, method = ValuationStatus(row[27]), ValuationMethod(row[10])
    is_stated = method is ValuationMethod.STATED
    return Valuation(
        valuation_id=row[0],
        item_id=row[1],
        metal=Metal(row[2]),
        status=status,
        findings=Findings(
            gross_weight_mg=row[3],
            stone_weight_mg=row[4],
            other_weight_mg=row[5],
            fineness_bp=row[6],
            tests=tuple(_test(test) for test in row[7]),
            stated_minor=row[16] if is_stated else None,
            basis=row[8],
            source=row[12] if is_stated else None,
            balance_id=row[9],
        ),
        method=method,
        price_board_id=row[11],
        price_source=row[12],
        priced_at=row[13],
        haircut_bp=row[14],
        policy_version=row[15],
        value=Money(row[16], asset_from_text(row[17])),
        second_required=SecondOfficer(row[18]),
        second_reasons=tuple(SecondReason(reason) for reason in row[19]),
        is_customer_present=row[20],
        notes=row[21],
        external_id=row[22],
        metadata=row[23],
        valid_until=row[24],
        valued_at=row[25],
        valuer_id=row[26],
        second=_second(row),
        decided_at=row[31],
        confirmed_at=row[31] if status is ValuationStatus.CONFIRMED else None,
        second_officer_id=row[32],
    )
