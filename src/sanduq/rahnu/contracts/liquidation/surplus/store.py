"""SQL of surpluses, of the search for their owners, and of payouts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.contracts.liquidation.surplus.errors import SurplusGone
from sanduq.rahnu.contracts.liquidation.surplus.model import (
    Capacity,
    Payout,
    PayoutKind,
    PayoutStatus,
    Policy,
    Surplus,
    SurplusStatus,
    Trace,
    TraceMethod,
    TraceOutcome,
)

_SURPLUS = tuple(each.name for each in fields(Surplus) if each.name != "traces")
_PAYOUT = tuple(each.name for each in fields(Payout))
_SELECT = sql.SQL(
    f"select {', '.join(_SURPLUS)} from rahnu.surplus where institution_id = %(institution)s"
)
_SELECT_PAYOUT = sql.SQL(
    f"select {', '.join(_PAYOUT)} from rahnu.surplus_payout where institution_id = %(institution)s"
)
_FILTERS: Mapping[str, str] = {
    "sold_from": " and sold_on >= %(sold_from)s",
    "sold_until": " and sold_on <= %(sold_until)s",
    "late_on": " and status = 'RECORDED' and pay_by_on < %(late_on)s",
    **{
        name: f" and {name} = %({name})s"
        for name in ("status", "pledgor_id", "contract_id", "branch_id", "asset")
    },
}


def _stored(value: Any) -> Any:
    kinds = Asset | SurplusStatus | PayoutKind | PayoutStatus | Capacity
    return str(value) if isinstance(value, kinds) else value


def insert(uow: UnitOfWork, surplus: Surplus) -> None:
    """Writes what a sale left."""
    marks = ", ".join(["%s"] * len(_SURPLUS))
    uow.execute(
        f"insert into rahnu.surplus (institution_id, {', '.join(_SURPLUS)}) values (%s, {marks})",
        uow.institution_id,
        *(_stored(getattr(surplus, name)) for name in _SURPLUS),
    )


def update(uow: UnitOfWork, surplus_id: str, **changed: Any) -> None:
    """Writes the named columns of a surplus and counts its version up."""
    assert changed.keys() <= set(_SURPLUS)
    pairs = ", ".join(f"{name} = %s" for name in changed)
    uow.execute(
        f"update rahnu.surplus set {pairs}, version = version + 1"
        " where institution_id = %s and surplus_id = %s",
        *(_stored(value) for value in changed.values()),
        uow.institution_id,
        surplus_id,
    )


def get(uow: UnitOfWork, surplus_id: str, *, is_locked: bool = False) -> Surplus | None:
    """One surplus with the search for its owner."""
    tail = " and surplus_id = %(id)s" + (" for update" if is_locked else "")
    rows = uow.composed(
        _SELECT + sql.SQL(tail), {"institution": uow.institution_id, "id": surplus_id}
    )
    return _surpluses(uow, rows)[0] if rows else None


def of_notice(uow: UnitOfWork, notice_id: str) -> str | None:
    """The surplus whose statement a notice is."""
    row = uow.one(
        "select surplus_id from rahnu.surplus where institution_id = %s"
        " and statement_notice_id = %s",
        uow.institution_id,
        notice_id,
    )
    return None if row is None else row[0]


def search(uow: UnitOfWork, filters: Mapping[str, Any], request: PageRequest) -> Page[Surplus]:
    """Surpluses that match every filter, newest first."""
    query: sql.Composable = _SELECT
    for name in filters:
        query = query + sql.SQL(_FILTERS[name])
    parameters = {"institution": uow.institution_id, **filters}
    rows, total = newest_first(uow, query, parameters, request, order=["surplus_id"])
    found = _surpluses(uow, rows)
    return Page.of(found, request, lambda one: (one.created_at, one.surplus_id), total)


def ageing(uow: UnitOfWork, asset: Asset, today: date) -> list[tuple[int, int, int]]:
    """Ages in days of what waits, with how many and how much, in one statement."""
    rows = uow.all(
        "select %s::date - sold_on, count(*), sum(amount_minor) from rahnu.surplus"
        " where institution_id = %s and asset = %s and status = 'RECORDED' group by 1 order by 1",
        today, uow.institution_id, str(asset),
    )  # fmt: skip
    return [(int(row[0]), int(row[1]), int(row[2])) for row in rows]


def _surpluses(uow: UnitOfWork, rows: Sequence[Row]) -> list[Surplus]:
    ids = [row[0] for row in rows]
    traces: dict[str, list[Trace]] = {surplus_id: [] for surplus_id in ids}
    lines = uow.all(
        "select surplus_id, number, tried_on, method, outcome, note, recorded_at, recorded_by"
        " from rahnu.surplus_tracing where institution_id = %s and surplus_id = any(%s)"
        " order by surplus_id, number",
        uow.institution_id,
        ids,
    ) if ids else []  # fmt: skip
    for line in lines:
        trace = Trace(line[1], line[2], TraceMethod(line[3]), TraceOutcome(line[4]), *line[5:])
        traces[line[0]].append(trace)
    return [_surplus(row, tuple(traces[row[0]])) for row in rows]


def _surplus(row: Row, traces: tuple[Trace, ...]) -> Surplus:
    values = dict(zip(_SURPLUS, row, strict=True))
    values.update(asset=asset_from_text(values["asset"]), status=SurplusStatus(values["status"]))
    return Surplus(**values, traces=traces)


def insert_trace(uow: UnitOfWork, surplus_id: str, trace: Trace) -> None:
    """Adds an attempt to find the owner."""
    uow.execute(
        "insert into rahnu.surplus_tracing values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        uow.institution_id, surplus_id, trace.number, trace.tried_on, str(trace.method),
        str(trace.outcome), trace.note, trace.recorded_at, trace.recorded_by,
    )  # fmt: skip


def insert_payout(uow: UnitOfWork, payout: Payout) -> None:
    """Writes a payout. Refuses CONFLICT a second one of the same surplus."""
    marks = ", ".join(["%s"] * len(_PAYOUT))
    try:
        with uow.savepoint():
            uow.execute(
                f"insert into rahnu.surplus_payout (institution_id, {', '.join(_PAYOUT)})"
                f" values (%s, {marks})",
                uow.institution_id,
                *(_stored(getattr(payout, name)) for name in _PAYOUT),
            )
    except psycopg.errors.UniqueViolation:
        raise SurplusGone from None


def decide_payout(
    uow: UnitOfWork,
    payout_id: str,
    status: PayoutStatus,
    *,
    reason: str | None,
    journal_id: str | None = None,
) -> None:
    """Writes down what was decided on a payout."""
    uow.execute(
        "update rahnu.surplus_payout set status = %s, decided_at = %s, decided_by = %s,"
        " reason = %s, journal_id = %s, done_on = %s"
        " where institution_id = %s and payout_id = %s",
        str(status), uow.now, uow.actor.user_id, reason, journal_id,
        uow.today if journal_id is not None else None, uow.institution_id, payout_id,
    )  # fmt: skip


def get_payout(uow: UnitOfWork, payout_id: str, *, is_locked: bool = False) -> Payout | None:
    """One payout."""
    tail = " and payout_id = %(id)s" + (" for update" if is_locked else "")
    rows = uow.composed(
        _SELECT_PAYOUT + sql.SQL(tail), {"institution": uow.institution_id, "id": payout_id}
    )
    return _payout(rows[0]) if rows else None


def payouts_of(uow: UnitOfWork, surplus_id: str) -> list[Payout]:
    """Payouts of a surplus, newest first."""
    rows = uow.composed(
        _SELECT_PAYOUT + sql.SQL(" and surplus_id = %(id)s order by payout_id desc"),
        {"institution": uow.institution_id, "id": surplus_id},
    )
    return [_payout(row) for row in rows]


def _payout(row: Row) -> Payout:
    values = dict(zip(_PAYOUT, row, strict=True))
    capacity = values["capacity"]
    values.update(
        kind=PayoutKind(values["kind"]),
        status=PayoutStatus(values["status"]),
        asset=asset_from_text(values["asset"]),
        capacity=None if capacity is None else Capacity(capacity),
    )
    return Payout(**values)


def policy(uow: UnitOfWork) -> Policy:
    """How long surpluses are kept: what was set last, or the house's default."""
    row = uow.one(
        "select unclaimed_days, traces_min, authority_name, legal_basis, set_at, set_by"
        " from rahnu.surplus_policy where institution_id = %s order by number desc limit 1",
        uow.institution_id,
    )
    return Policy() if row is None else Policy(*row)


def insert_policy(uow: UnitOfWork, new: Policy) -> None:
    """Sets how long surpluses are kept from now on."""
    uow.execute(
        "insert into rahnu.surplus_policy select %s, 1 + coalesce(max(number), 0), %s, %s, %s, %s,"
        " %s, %s from rahnu.surplus_policy where institution_id = %s",
        uow.institution_id, new.unclaimed_days, new.traces_min, new.authority_name,
        new.legal_basis, new.set_at, new.set_by, uow.institution_id,
    )  # fmt: skip
