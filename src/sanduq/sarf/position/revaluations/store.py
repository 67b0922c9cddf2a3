"""SQL of revaluation: what is measured, read locked in two statements; runs, written once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.sarf.position.revaluations.model import (
    MeasuredPiece,
    MeasuredPromise,
    Revaluation,
    RevaluationCause,
)

_SELECT = (
    "select revaluation_id, asset, cause, price_board_id, revalued_on, promise_count,"
    " piece_count, provision_before_minor, provision_after_minor, write_down_before_minor,"
    " write_down_after_minor, journal_id, created_at, created_by from sarf.revaluation"
    " where institution_id = %(institution)s"
)


def allow_long_statements(uow: UnitOfWork) -> None:
    """A run over the whole book may take longer than a request's statements are given."""
    uow.execute("set local statement_timeout = '1h'")


def locked_promises(uow: UnitOfWork, asset: Asset) -> list[MeasuredPromise]:
    """Facilities with an open promise or something set aside, locked in the order of their ids."""
    rows = uow.all(
        "select f.facility_id, case when p.status in ('ISSUED', 'OPEN')"
        "  then p.fine_weight_mg - p.bought_fine_mg else 0 end, coalesce(p.cap_bp, 0),"
        "  coalesce(p.price_formula, ''), f.provision_minor"
        " from sarf.facility f left join sarf.promise p on p.institution_id = f.institution_id"
        "  and p.facility_id = f.facility_id"
        " where f.institution_id = %(institution)s and f.facility_id in ("
        "  select facility_id from sarf.promise where institution_id = %(institution)s"
        "   and asset = %(asset)s and status in ('ISSUED', 'OPEN')"
        "  union select facility_id from sarf.facility where institution_id = %(institution)s"
        "   and asset = %(asset)s and provision_minor > 0)"
        " order by f.facility_id for update of f",
        {"institution": uow.institution_id, "asset": str(asset)},
    )
    return [
        MeasuredPromise(
            facility_id=row[0], remaining_mg=row[1], cap_bp=row[2], price_formula=row[3],
            provision_minor=row[4],
        )
        for row in rows
    ]  # fmt: skip


def locked_pieces(uow: UnitOfWork, asset: Asset) -> list[MeasuredPiece]:
    """Every piece on the books in a currency, locked in the order of their items."""
    rows = uow.all(
        "select p.piece_id, f.facility_id, p.net_weight_mg, p.fineness_bp, p.fine_weight_mg,"
        "  p.cost_minor, p.written_down_minor from sarf.piece p"
        " left join sarf.facility f on f.institution_id = p.institution_id"
        "  and f.purchase_session_id = p.acquired_session_id"
        " where p.institution_id = %s and p.asset = %s and p.status in ('HELD', 'RESERVED')"
        " order by p.item_id for update of p",
        uow.institution_id, str(asset),
    )  # fmt: skip
    return [
        MeasuredPiece(
            piece_id=row[0], facility_id=row[1], net_weight_mg=row[2], fineness_bp=row[3],
            fine_weight_mg=row[4], cost_minor=row[5], written_down_minor=row[6],
        )
        for row in rows
    ]  # fmt: skip


def set_written_down(uow: UnitOfWork, amounts: Mapping[str, int]) -> None:
    """Writes by how much each piece stands below its cost, in one statement."""
    uow.execute(
        "update sarf.piece p set written_down_minor = w.minor, version = p.version + 1"
        " from unnest(%s::text[], %s::bigint[]) w(piece_id, minor)"
        " where p.institution_id = %s and p.piece_id = w.piece_id",
        list(amounts), list(amounts.values()), uow.institution_id,
    )  # fmt: skip


def sale_cost_bp(uow: UnitOfWork, asset: Asset) -> int:
    """What selling costs by the default terms of a currency; nothing where there are none."""
    row = uow.one(
        "select (settings ->> 'sale_cost_bp')::integer from sarf.terms"
        " where institution_id = %s and asset = %s and is_default and status = 'ACTIVE'",
        uow.institution_id, str(asset),
    )  # fmt: skip
    return int(row[0]) if row else 0


def open_assets(uow: UnitOfWork) -> list[Asset]:
    """Currencies with gold on the books, an open promise or something set aside."""
    rows = uow.all(
        "select asset from sarf.piece where institution_id = %(institution)s"
        "  and status in ('HELD', 'RESERVED')"
        " union select asset from sarf.promise where institution_id = %(institution)s"
        "  and status in ('ISSUED', 'OPEN')"
        " union select asset from sarf.facility where institution_id = %(institution)s"
        "  and provision_minor > 0 order by 1",
        {"institution": uow.institution_id},
    )
    return [asset_from_text(row[0]) for row in rows]


def boards_published(uow: UnitOfWork, on: date) -> dict[Asset, str]:
    """The last gold board of each currency that came into force on a day."""
    rows = uow.all(
        "select distinct on (asset) asset, price_board_id from assets.price_board_decision"
        " where institution_id = %s and metal = 'gold' and status = 'PUBLISHED'"
        " and (in_force_at at time zone %s)::date = %s"
        " order by asset, in_force_at desc, price_board_id desc",
        uow.institution_id, uow.time_zone, on,
    )  # fmt: skip
    return {asset_from_text(row[0]): row[1] for row in rows}


def month_ends_done(uow: UnitOfWork, on: date) -> set[Asset]:
    """Currencies that the end of this month was run for."""
    rows = uow.all(
        "select asset from sarf.revaluation where institution_id = %s and revalued_on = %s"
        " and cause = %s",
        uow.institution_id, on, str(RevaluationCause.MONTH_END),
    )  # fmt: skip
    return {asset_from_text(row[0]) for row in rows}


def insert(uow: UnitOfWork, one: Revaluation) -> None:
    uow.execute(
        "insert into sarf.revaluation (institution_id, revaluation_id, asset, cause,"
        " price_board_id, revalued_on, promise_count, piece_count, provision_before_minor,"
        " provision_after_minor, write_down_before_minor, write_down_after_minor, journal_id,"
        " created_at, created_by) values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, one.revaluation_id, str(one.asset), str(one.cause),
        one.price_board_id, one.revalued_on, one.promise_count, one.piece_count,
        one.provision_before_minor, one.provision_after_minor, one.write_down_before_minor,
        one.write_down_after_minor, one.journal_id, one.created_at, one.created_by,
    )  # fmt: skip


def get(uow: UnitOfWork, revaluation_id: str) -> Revaluation | None:
    rows = uow.composed(
        sql.SQL(_SELECT) + sql.SQL(" and revaluation_id = %(id)s"),
        {"institution": uow.institution_id, "id": revaluation_id},
    )
    return _revaluation(rows[0]) if rows else None


def select_page(uow: UnitOfWork, request: PageRequest, asset: Asset | None) -> Page[Revaluation]:
    query: sql.Composable = sql.SQL(_SELECT)
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    if asset is not None:
        query = query + sql.SQL(" and asset = %(asset)s")
        parameters["asset"] = str(asset)
    rows, total = newest_first(uow, query, parameters, request, order=["revaluation_id"])
    found = [_revaluation(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.revaluation_id), total)


def _revaluation(row: Row) -> Revaluation:
    return Revaluation(
        revaluation_id=row[0],
        asset=asset_from_text(row[1]),
        cause=RevaluationCause(row[2]),
        price_board_id=row[3],
        revalued_on=row[4],
        promise_count=row[5],
        piece_count=row[6],
        provision_before_minor=row[7],
        provision_after_minor=row[8],
        write_down_before_minor=row[9],
        write_down_after_minor=row[10],
        journal_id=row[11],
        created_at=row[12],
        created_by=row[13],
    )
