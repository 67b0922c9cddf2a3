"""SQL of stock-takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import sql

from sanduq.custody.stocktakes.model import (
    Discrepancy,
    Expected,
    NewScan,
    Outcome,
    Scan,
    Stocktake,
    StocktakeFilters,
    StocktakeResult,
    StocktakeStatus,
)
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.pages import Page, PageRequest

_SELECT = sql.SQL(
    "select s.stocktake_id, s.branch_id, s.place_id, s.scope_path, s.status, s.seed,"
    " s.sample_size, s.weight_tolerance_mg, s.recounted_place_ids, s.result, s.certificate,"
    " s.first_signer_id, s.first_signed_at, s.second_signer_id, s.second_signed_at,"
    " s.cancel_reason, (select count(*) from custody.stocktake_scan c"
    "  where c.institution_id = s.institution_id and c.stocktake_id = s.stocktake_id),"
    " s.created_at, s.created_by, s.closed_at, s.version"
    " from custody.stocktake s where s.institution_id = %(institution)s"
)


def insert(uow: UnitOfWork, one: Stocktake) -> None:
    uow.execute(
        "insert into custody.stocktake (institution_id, stocktake_id, branch_id, place_id,"
        " scope_path, status, seed, sample_size, weight_tolerance_mg, recounted_place_ids,"
        " created_at, created_by, version) values (%s,%s,%s,%s,%s,%s,%s,%s,%s,'{}',%s,%s,%s)",
        uow.institution_id, one.stocktake_id, one.branch_id, one.place_id, one.scope_path,
        str(one.status), one.seed, one.sample_size, one.weight_tolerance_mg, one.created_at,
        one.created_by, one.version,
    )  # fmt: skip


def standing(uow: UnitOfWork, place_ids: Sequence[str]) -> list[tuple[Expected, bool]]:
    """Every bag that stands in these places, and whether it is on the way."""
    rows = uow.all(
        "select bag_id, bag_number, seal_number, place_id, sealed_weight_mg, status <> 'OPENED',"
        "  move_id is not null from custody.bag where institution_id = %s"
        " and place_id = any(%s) and status in ('AWAITING_SECOND', 'IN_CUSTODY', 'OPENED')"
        " order by bag_id",
        uow.institution_id, list(place_ids),
    )  # fmt: skip
    return [
        (Expected(row[0], row[1], row[2], row[3], row[4], row[5], is_sampled=False), row[6])
        for row in rows
    ]


def is_awaited(uow: UnitOfWork, place_ids: Sequence[str]) -> bool:
    row = uow.one(
        "select 1 from custody.move where institution_id = %s and to_place_id = any(%s)"
        " and status = 'PROPOSED' and kind = 'transport' limit 1",
        uow.institution_id, list(place_ids),
    )  # fmt: skip
    return row is not None


def freeze(uow: UnitOfWork, stocktake_id: str, expected: Sequence[Expected]) -> None:
    uow.execute(
        "insert into custody.stocktake_expected (institution_id, stocktake_id, bag_id,"
        " bag_number, seal_number, place_id, weight_mg, is_sealed, is_sampled)"
        " select %s, %s, * from unnest(%s::text[], %s::text[], %s::text[], %s::text[],"
        "  %s::bigint[], %s::boolean[], %s::boolean[])",
        uow.institution_id, stocktake_id, [one.bag_id for one in expected],
        [one.bag_number for one in expected], [one.seal_number for one in expected],
        [one.place_id for one in expected], [one.weight_mg for one in expected],
        [one.is_sealed for one in expected], [one.is_sampled for one in expected],
    )  # fmt: skip


def expected(uow: UnitOfWork, stocktake_id: str) -> list[Expected]:
    rows = uow.all(
        "select bag_id, bag_number, seal_number, place_id, weight_mg, is_sealed, is_sampled"
        " from custody.stocktake_expected where institution_id = %s and stocktake_id = %s"
        " order by bag_id",
        uow.institution_id, stocktake_id,
    )  # fmt: skip
    return [Expected(*row) for row in rows]


def sampled(uow: UnitOfWork, stocktake_id: str, bag_numbers: Sequence[str]) -> set[str]:
    rows = uow.all(
        "select bag_number from custody.stocktake_expected where institution_id = %s"
        " and stocktake_id = %s and bag_number = any(%s) and is_sampled",
        uow.institution_id, stocktake_id, list(bag_numbers),
    )  # fmt: skip
    return {row[0] for row in rows}


def add_scans(uow: UnitOfWork, one: Stocktake, scans: Sequence[NewScan]) -> None:
    uow.execute(
        "insert into custody.stocktake_scan (institution_id, stocktake_id, number, count_round,"
        " place_id, bag_number, seal_number, weight_mg, scanned_at, scanned_by)"
        " select %(institution)s, %(id)s, %(before)s + scan.place_in_call, %(round)s,"
        "  scan.place_id, scan.bag_number, scan.seal_number, scan.weight_mg, %(now)s, %(user)s"
        " from unnest(%(places)s::text[], %(bags)s::text[], %(seals)s::text[],"
        "  %(weights)s::bigint[]) with ordinality"
        "  as scan (place_id, bag_number, seal_number, weight_mg, place_in_call)",
        {
            "institution": uow.institution_id,
            "id": one.stocktake_id,
            "before": one.scan_count,
            "round": one.count_round,
            "places": [scan.place_id for scan in scans],
            "bags": [scan.bag_number for scan in scans],
            "seals": [scan.seal_number for scan in scans],
            "weights": [scan.weight_mg for scan in scans],
            "now": uow.now,
            "user": uow.actor.user_id,
        },
    )


def scans(uow: UnitOfWork, stocktake_id: str) -> list[Scan]:
    rows = uow.all(
        "select place_id, bag_number, seal_number, weight_mg, number, count_round, scanned_by"
        " from custody.stocktake_scan where institution_id = %s and stocktake_id = %s"
        " order by number",
        uow.institution_id, stocktake_id,
    )  # fmt: skip
    return [Scan(*row) for row in rows]


def get(uow: UnitOfWork, stocktake_id: str, *, is_locked: bool = False) -> Stocktake | None:
    tail = " and s.stocktake_id = %(id)s" + (" for no key update of s" if is_locked else "")
    parameters = {"institution": uow.institution_id, "id": stocktake_id}
    rows = uow.composed(_SELECT + sql.SQL(tail), parameters)
    if rows and is_locked:  # counted again once the lock is had: another may have scanned before
        rows = uow.composed(_SELECT + sql.SQL(" and s.stocktake_id = %(id)s"), parameters)
    return _stocktake(rows[0]) if rows else None


def change(uow: UnitOfWork, stocktake_id: str, values: Mapping[str, Any]) -> None:
    sets = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in values
    )
    uow.composed(
        sql.SQL(
            "update custody.stocktake set {}, version = version + 1"
            " where institution_id = %(institution)s and stocktake_id = %(id)s"
            " returning stocktake_id"
        ).format(sets),
        {**values, "institution": uow.institution_id, "id": stocktake_id},
    )


def result_as_json(result: StocktakeResult) -> str:
    """A result as it is kept."""
    return dumps(
        {
            "expected_count": result.expected_count,
            "found_count": result.found_count,
            "sampled_count": result.sampled_count,
            "weighed_count": result.weighed_count,
            "expected_weight_mg": result.expected_weight_mg,
            "discrepancies": [
                [str(one.outcome), one.bag_number, one.bag_id, one.expected_place_id,
                 one.found_place_id, one.expected, one.found]
                for one in result.discrepancies
            ],
        }
    ).decode()  # fmt: skip


def latest_finished(uow: UnitOfWork, branch_id: str) -> Stocktake | None:
    rows = uow.composed(
        _SELECT
        + sql.SQL(
            " and s.branch_id = %(branch)s and s.status = 'FINISHED'"
            " order by s.place_id is null desc, s.second_signed_at desc, s.stocktake_id desc"
            " limit 1"
        ),
        {"institution": uow.institution_id, "branch": branch_id},
    )
    return _stocktake(rows[0]) if rows else None


def select_page(
    uow: UnitOfWork, filters: StocktakeFilters, request: PageRequest
) -> Page[Stocktake]:
    query: sql.Composable = _SELECT
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for name in ("branch_id", "status"):
        wanted = getattr(filters, name)
        if wanted is not None:
            parameters[name] = str(wanted)
            query = query + sql.SQL(" and s.{} = {}").format(
                sql.Identifier(name), sql.Placeholder(name)
            )
    rows, total = newest_first(uow, query, parameters, request, order=["stocktake_id"])
    found = [_stocktake(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.stocktake_id), total)


def _stocktake(row: Row) -> Stocktake:
    return Stocktake(
        stocktake_id=row[0], branch_id=row[1], place_id=row[2], scope_path=row[3],
        status=StocktakeStatus(row[4]), seed=row[5], sample_size=row[6],
        weight_tolerance_mg=row[7], recounted_place_ids=tuple(row[8]), result=_result(row),
        certificate=row[10], first_signer_id=row[11], first_signed_at=row[12],
        second_signer_id=row[13], second_signed_at=row[14], cancel_reason=row[15],
        scan_count=row[16], created_at=row[17], created_by=row[18], closed_at=row[19],
        version=row[20],
    )  # fmt: skip


def _result(row: Row) -> StocktakeResult | None:
    kept = row[9]
    if kept is None:
        return None
    return StocktakeResult(
        stocktake_id=row[0],
        branch_id=row[1],
        place_id=row[2],
        finished_at=row[14],
        expected_count=kept["expected_count"],
        found_count=kept["found_count"],
        sampled_count=kept["sampled_count"],
        weighed_count=kept["weighed_count"],
        expected_weight_mg=kept["expected_weight_mg"],
        discrepancies=tuple(
            Discrepancy(Outcome(one[0]), *one[1:]) for one in kept["discrepancies"]
        ),
    )
