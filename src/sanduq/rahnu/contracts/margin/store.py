"""SQL of values, flags, calls and top-ups of pledges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from psycopg import sql

from sanduq.assets.price_boards.model import PriceBoard
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, Money, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.contracts.margin.model import (
    BookRevaluation,
    Cover,
    FlagChange,
    MarginCause,
    Revaluation,
    RevaluationBasis,
    TopUp,
    TopUpKind,
    status_of,
)
from sanduq.rahnu.contracts.model import MarginFlag

HISTORY_ROWS = 20


def set_flags(uow: UnitOfWork, changes: Sequence[FlagChange], ids: Sequence[str], on: date) -> None:
    """Writes flags that moved with the fact of each move, and the status they show as."""
    uow.execute(
        "with moved as (select * from unnest(%(ids)s::text[], %(changes)s::text[],"
        "  %(before)s::text[], %(after)s::text[], %(status)s::text[], %(cause)s::text[],"
        "  %(claims)s::bigint[], %(value)s::bigint[], %(held)s::bigint[])"
        "  m(contract_id, change_id, before, after, status, cause, claims, value, held)),"
        " written as (insert into rahnu.margin_change (institution_id, contract_id, change_id,"
        "  flag_before, flag_after, cause, claims_minor, value_minor, held_minor, changed_at,"
        "  changed_by) select %(institution)s, m.contract_id, m.change_id, m.before, m.after,"
        "  m.cause, m.claims, m.value, m.held, %(now)s, %(by)s from moved m)"
        " update rahnu.contract c set margin_flag = m.after, status = m.status,"
        "  margin_called_on = case when m.status = 'ACTIVE' then null"
        "   else coalesce(c.margin_called_on, %(today)s) end, version = c.version + 1"
        " from moved m where c.institution_id = %(institution)s and c.contract_id = m.contract_id",
        {
            "institution": uow.institution_id,
            "ids": [one.contract_id for one in changes],
            "changes": list(ids),
            "before": [str(one.before) for one in changes],
            "after": [str(one.after) for one in changes],
            "status": [str(status_of(one.after)) for one in changes],
            "cause": [str(one.cause) for one in changes],
            "claims": [one.cover.claims_minor for one in changes],
            "value": [one.cover.value_minor for one in changes],
            "held": [one.cover.held_minor for one in changes],
            "now": uow.now,
            "by": uow.actor.user_id,
            "today": on,
        },
    )


def history(uow: UnitOfWork, contract_id: str) -> list[tuple[FlagChange, datetime]]:
    """The latest moves of a pledge's flag, newest first."""
    rows = uow.all(
        "select flag_before, flag_after, claims_minor, value_minor, held_minor, cause, changed_at"
        " from rahnu.margin_change where institution_id = %s and contract_id = %s"
        " order by change_id desc limit %s",
        uow.institution_id, contract_id, HISTORY_ROWS,
    )  # fmt: skip
    return [
        (
            FlagChange(
                contract_id, MarginFlag(row[0]), MarginFlag(row[1]), Cover(*row[2:5]),
                MarginCause(row[5]),
            ),
            row[6],
        )
        for row in rows
    ]  # fmt: skip


def insert_revaluation(uow: UnitOfWork, one: Revaluation) -> None:
    uow.execute(
        "insert into rahnu.revaluation (institution_id, contract_id, revaluation_id, basis,"
        " price_board_id, source, run_id, old_value_minor, new_value_minor, claims_minor,"
        " held_minor, flag_before, flag_after, revalued_at, revalued_by)"
        " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, one.contract_id, one.revaluation_id, str(one.basis),
        one.price_board_id, one.source, one.run_id, one.old_value_minor, one.new_value_minor,
        one.claims_minor, one.held_minor, str(one.flag_before), str(one.flag_after),
        one.revalued_at, one.revalued_by,
    )  # fmt: skip


def set_item_values(
    uow: UnitOfWork,
    contract_id: str,
    values: Mapping[str, int],
    valuation_ids: Mapping[str, str],
) -> None:
    """What things are worth, by item id; the valuation that weighed them stays unless named."""
    uow.execute(
        "update rahnu.contract_item i set value_minor = n.value,"
        " valuation_id = coalesce(n.valuation_id, i.valuation_id)"
        " from unnest(%s::text[], %s::bigint[], %s::text[]) n(item_id, value, valuation_id)"
        " where i.institution_id = %s and i.contract_id = %s and i.item_id = n.item_id",
        list(values), list(values.values()), [valuation_ids.get(one) for one in values],
        uow.institution_id, contract_id,
    )  # fmt: skip


def list_revaluations(uow: UnitOfWork, contract_id: str, request: PageRequest) -> Page[Revaluation]:
    """How a pledge was valued, newest first."""
    query = sql.SQL(
        "select contract_id, revaluation_id, basis, price_board_id, source, run_id,"
        " old_value_minor, new_value_minor, claims_minor, held_minor, flag_before, flag_after,"
        " revalued_at, revalued_by from rahnu.revaluation"
        " where institution_id = %(institution)s and contract_id = %(contract_id)s"
    )
    parameters = {"institution": uow.institution_id, "contract_id": contract_id}
    rows, total = newest_first(uow, query, parameters, request, order=["revaluation_id"])
    found = [_revaluation(row) for row in rows]
    return Page.of(found, request, lambda one: (one.revalued_at, one.revaluation_id), total)


def _revaluation(row: Row) -> Revaluation:
    return Revaluation(
        contract_id=row[0],
        revaluation_id=row[1],
        basis=RevaluationBasis(row[2]),
        price_board_id=row[3],
        source=row[4],
        run_id=row[5],
        old_value_minor=row[6],
        new_value_minor=row[7],
        claims_minor=row[8],
        held_minor=row[9],
        flag_before=MarginFlag(row[10]),
        flag_after=MarginFlag(row[11]),
        revalued_at=row[12],
        revalued_by=row[13],
    )


def revalue_book(
    uow: UnitOfWork, run_id: str, board: PriceBoard, haircut_bp: int, on: date
) -> list[FlagChange]:
    """Values every pledge of a metal and currency on a board; the flags that moved.

    One statement over the whole book: values, shares, flags and the facts of them. It may take
    longer than a request's statements are given, so this unit of work is given an hour.
    """
    uow.execute("set local statement_timeout = '1h'")
    rows = uow.all(
        "select contract_id, flag_before, flag_after, claims_minor, value_minor, held_minor"
        " from rahnu.revalue_book(%s,%s,%s,%s,%s,%s,%s::integer[],%s::bigint[],%s,%s,%s,%s)"
        " order by contract_id",
        uow.institution_id, run_id, str(board.metal), str(board.asset), board.price_board_id,
        board.quoted_fineness_bp, list(board.grades), list(board.grades.values()), haircut_bp,
        on, uow.now, uow.actor.user_id,
    )  # fmt: skip
    return [
        FlagChange(
            row[0], MarginFlag(row[1]), MarginFlag(row[2]), Cover(*row[3:]), MarginCause.PRICE
        )
        for row in rows
    ]


_RUN = (
    "select run_id, metal, asset, price_board_id, revalued_on, pledge_count, unpriced_items,"
    " old_value_minor, new_value_minor, called_count, cured_count, created_at, created_by"
    " from rahnu.book_revaluation where institution_id = %(institution)s"
)


def get_run(uow: UnitOfWork, run_id: str) -> BookRevaluation | None:
    rows = uow.composed(
        sql.SQL(_RUN) + sql.SQL(" and run_id = %(run_id)s"),
        {"institution": uow.institution_id, "run_id": run_id},
    )
    return _run(rows[0]) if rows else None


def list_runs(
    uow: UnitOfWork, request: PageRequest, metal: str | None, asset: Asset | None
) -> Page[BookRevaluation]:
    """Runs over the whole book, newest first."""
    query: sql.Composable = sql.SQL(_RUN)
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for name, wanted in (("metal", metal), ("asset", None if asset is None else str(asset))):
        if wanted is not None:
            query = query + sql.SQL(" and {} = {}").format(
                sql.Identifier(name), sql.Placeholder(name)
            )
            parameters[name] = wanted
    rows, total = newest_first(uow, query, parameters, request, order=["run_id"])
    found = [_run(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.run_id), total)


def _run(row: Row) -> BookRevaluation:
    names = (
        "run_id", "metal", "asset", "price_board_id", "revalued_on", "pledge_count",
        "unpriced_items", "old_value_minor", "new_value_minor", "called_count", "cured_count",
        "created_at", "created_by",
    )  # fmt: skip
    values = dict(zip(names, row, strict=True))
    values["asset"] = asset_from_text(values["asset"])
    return BookRevaluation(**values)


def boards_published(uow: UnitOfWork, on: date) -> list[str]:
    """The last board of each metal and currency that came into force on a day."""
    rows = uow.all(
        "select distinct on (metal, asset) price_board_id from assets.price_board_decision"
        " where institution_id = %s and status = 'PUBLISHED'"
        " and (in_force_at at time zone %s)::date = %s"
        " order by metal, asset, in_force_at desc, price_board_id desc",
        uow.institution_id, uow.time_zone, on,
    )  # fmt: skip
    return [row[0] for row in rows]


def is_book_revalued(uow: UnitOfWork, price_board_id: str, on: date) -> bool:
    """Whether the book was valued on that board on that day already."""
    row = uow.one(
        "select exists (select from rahnu.book_revaluation where institution_id = %s"
        " and price_board_id = %s and revalued_on = %s)",
        uow.institution_id, price_board_id, on,
    )  # fmt: skip
    assert row is not None
    return bool(row[0])


def insert_top_up(uow: UnitOfWork, one: TopUp) -> None:
    uow.execute(
        "insert into rahnu.top_up (institution_id, contract_id, top_up_id, kind, asset,"
        " amount_minor, held_after_minor, reason, journal_id, moved_on, created_at, created_by)"
        " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, one.contract_id, one.top_up_id, str(one.kind), str(one.amount.asset),
        one.amount.amount_minor, one.held_after_minor, one.reason, one.journal_id, one.moved_on,
        one.created_at, one.created_by,
    )  # fmt: skip


def held_minor(uow: UnitOfWork, ids: Sequence[str]) -> dict[str, int]:
    """Cash held beside pledges, by contract id; those with none are left out."""
    rows = uow.all(
        "select contract_id, sum(case kind when 'received' then amount_minor"
        " else -amount_minor end)::bigint from rahnu.top_up"
        " where institution_id = %s and contract_id = any(%s) group by contract_id",
        uow.institution_id,
        list(ids),
    )
    return {row[0]: row[1] for row in rows if row[1]}


def list_top_ups(uow: UnitOfWork, contract_id: str, request: PageRequest) -> Page[TopUp]:
    """Cash left beside a pledge and given back, newest first."""
    query = sql.SQL(
        "select contract_id, top_up_id, kind, amount_minor, asset, held_after_minor, reason,"
        " journal_id, moved_on, created_at, created_by from rahnu.top_up"
        " where institution_id = %(institution)s and contract_id = %(contract_id)s"
    )
    parameters = {"institution": uow.institution_id, "contract_id": contract_id}
    rows, total = newest_first(uow, query, parameters, request, order=["top_up_id"])
    found = [
        TopUp(
            contract_id=row[0],
            top_up_id=row[1],
            kind=TopUpKind(row[2]),
            amount=Money(row[3], asset_from_text(row[4])),
            held_after_minor=row[5],
            reason=row[6],
            journal_id=row[7],
            moved_on=row[8],
            created_at=row[9],
            created_by=row[10],
        )
        for row in rows
    ]
    return Page.of(found, request, lambda one: (one.created_at, one.top_up_id), total)
