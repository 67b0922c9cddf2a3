"""SQL of pledge contracts and the things under them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql

from sanduq.assets.items import service as items_service
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps, loads
from sanduq.kit.listing import newest_first
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.contracts.errors import ExternalIdTaken
from sanduq.rahnu.contracts.model import (
    Contract,
    ContractItem,
    DebtKind,
    ItemStatus,
    MarginFlag,
    OutsideDebt,
    PledgeStatus,
)
from sanduq.rahnu.fees.accrual import FeeSegment

_COLUMNS = tuple(each.name for each in fields(Contract) if each.name != "items")
_JSON = {"outside_debt": "::text", "metadata": "::text"}
_SELECT = ", ".join(name + _JSON.get(name, "") for name in _COLUMNS)
_FILTERS: Mapping[str, sql.SQL] = {
    "status": sql.SQL(" and status = %(status)s"),
    "asset": sql.SQL(" and asset = %(asset)s"),
    "pledgor_id": sql.SQL(" and pledgor_id = %(pledgor_id)s"),
    "borrower_id": sql.SQL(" and borrower_id = %(borrower_id)s"),
    "branch_id": sql.SQL(" and branch_id = %(branch_id)s"),
    "template_id": sql.SQL(" and template_id = %(template_id)s"),
    "debt_id": sql.SQL(" and debt_id = %(debt_id)s"),
    "external_id": sql.SQL(" and external_id = %(external_id)s"),
    "ticket_number": sql.SQL(" and ticket_number = %(ticket_number)s"),
    "margin_flag": sql.SQL(" and margin_flag = %(margin_flag)s"),
    "matures_until": sql.SQL(
        " and matures_on <= %(matures_until)s and status in ('ACTIVE', 'MARGIN_CALL')"
    ),
    "created_from": sql.SQL(" and created_at >= %(created_from)s"),
    "created_before": sql.SQL(" and created_at < %(created_before)s"),
    "metadata": sql.SQL(" and metadata @> %(metadata)s::jsonb"),
    "item_id": sql.SQL(
        " and contract_id in (select contract_id from rahnu.contract_item i"
        " where i.institution_id = %(institution)s and i.item_id = %(item_id)s)"
    ),
}


def insert(uow: UnitOfWork, contract: Contract) -> None:
    """Writes a contract with its things. Refuses CONFLICT an external id that is taken."""
    names = ", ".join(_COLUMNS)
    marks = ", ".join(["%s"] * len(_COLUMNS))
    try:
        uow.execute(
            f"insert into rahnu.contract (institution_id, {names}) values (%s, {marks})",
            uow.institution_id,
            *(_stored(getattr(contract, name)) for name in _COLUMNS),
        )
    except psycopg.errors.UniqueViolation as error:
        raise ExternalIdTaken from error
    insert_items(uow, contract.contract_id, contract.items)


def insert_items(uow: UnitOfWork, contract_id: str, held: Sequence[ContractItem]) -> None:
    """Adds things to a contract in one statement."""
    uow.execute(
        "insert into rahnu.contract_item (institution_id, contract_id, item_id, number, status,"
        " stated_type, stated_value_minor, valuation_id, value_minor, joined_at, left_at)"
        " select %s, %s, n.* from unnest(%s::text[], %s::integer[], %s::text[], %s::text[],"
        " %s::bigint[], %s::text[], %s::bigint[], %s::timestamptz[], %s::timestamptz[]) n",
        uow.institution_id, contract_id,
        [one.item_id for one in held], [one.number for one in held],
        [str(one.status) for one in held], [one.stated_type for one in held],
        [one.stated_value_minor for one in held], [one.valuation_id for one in held],
        [one.value_minor for one in held], [one.joined_at for one in held],
        [one.left_at for one in held],
    )  # fmt: skip


def _stored(value: Any) -> Any:
    if isinstance(value, OutsideDebt):
        return dumps(asdict(value)).decode()
    if isinstance(value, dict):
        return dumps(value).decode()
    if isinstance(value, tuple | list):
        return list(value)
    if value is None or isinstance(value, bool | int | datetime | date):
        return value
    return str(value)


def load(uow: UnitOfWork, ids: Sequence[str], *, is_locked: bool = False) -> dict[str, Contract]:
    """Contracts with their things; locked in id order when they will change. Three queries."""
    rows = uow.all(
        f"select {_SELECT} from rahnu.contract"
        " where institution_id = %s and contract_id = any(%s) order by contract_id"
        + (" for no key update" if is_locked else ""),
        uow.institution_id,
        list(ids),
    )
    return {one.contract_id: one for one in _with_items(uow, rows)}


def search(uow: UnitOfWork, filters: Mapping[str, Any], request: PageRequest) -> Page[Contract]:
    """Contracts that match every filter, newest first."""
    query: sql.Composable = sql.SQL(
        f"select {_SELECT} from rahnu.contract where institution_id = %(institution)s"
    )
    for name in filters:
        query = query + _FILTERS[name]
    parameters = {"institution": uow.institution_id, **filters}
    rows, total = newest_first(uow, query, parameters, request, order=["created_at", "contract_id"])
    return Page.of(
        _with_items(uow, rows), request, lambda one: (one.created_at, one.contract_id), total
    )


def _with_items(uow: UnitOfWork, rows: Sequence[Row]) -> list[Contract]:
    ids = [row[0] for row in rows]
    found: dict[str, list[ContractItem]] = {contract_id: [] for contract_id in ids}
    if ids:
        lines = uow.all(
            "select contract_id, item_id, number, status, stated_type, stated_value_minor,"
            " valuation_id, value_minor, joined_at, left_at from rahnu.contract_item"
            " where institution_id = %s and contract_id = any(%s) order by contract_id, number",
            uow.institution_id,
            ids,
        )
        things = items_service.load_items(uow, [line[1] for line in lines])
        for line in lines:
            found[line[0]].append(
                ContractItem(things[line[1]], line[2], ItemStatus(line[3]), *line[4:])
            )
    return [_contract(row, tuple(found[row[0]])) for row in rows]


def _contract(row: Row, held: tuple[ContractItem, ...]) -> Contract:
    values = dict(zip(_COLUMNS, row, strict=True))
    outside = values["outside_debt"]
    if outside is not None:
        stated = loads(outside)
        due_on = stated.pop("due_on")
        stated["due_on"] = None if due_on is None else date.fromisoformat(due_on)
        values["outside_debt"] = OutsideDebt(**stated)
    values.update(
        status=PledgeStatus(values["status"]),
        asset=asset_from_text(values["asset"]),
        debt_kind=None if values["debt_kind"] is None else DebtKind(values["debt_kind"]),
        review_resolutions=tuple(values["review_resolutions"]),
        margin_flag=MarginFlag(values["margin_flag"]),
        metadata=loads(values["metadata"]),
    )
    return Contract(**values, items=held)


def update(uow: UnitOfWork, contract_id: str, **changed: Any) -> None:
    """Writes the named columns of a contract and counts its version up."""
    assert changed.keys() <= set(_COLUMNS)
    pairs = ", ".join(f"{name} = %s" for name in changed)
    uow.execute(
        f"update rahnu.contract set {pairs}, version = version + 1"
        " where institution_id = %s and contract_id = %s",
        *(_stored(value) for value in changed.values()),
        uow.institution_id,
        contract_id,
    )


def set_fee_accrued(uow: UnitOfWork, totals: Mapping[str, int]) -> None:
    """What custody has been charged so far, by contract, in one statement."""
    uow.execute(
        "update rahnu.contract c set fee_accrued_minor = n.total, version = c.version + 1"
        " from unnest(%s::text[], %s::bigint[]) n(contract_id, total)"
        " where c.institution_id = %s and c.contract_id = n.contract_id",
        list(totals), list(totals.values()), uow.institution_id,
    )  # fmt: skip


def set_values(uow: UnitOfWork, contract_id: str, valued: Mapping[str, tuple[str, int]]) -> None:
    """The valuation and value that things of a contract have now, by item id."""
    uow.execute(
        "update rahnu.contract_item i set valuation_id = n.valuation_id, value_minor = n.value"
        " from unnest(%s::text[], %s::text[], %s::bigint[]) n(item_id, valuation_id, value)"
        " where i.institution_id = %s and i.contract_id = %s and i.item_id = n.item_id",
        list(valued), [one[0] for one in valued.values()], [one[1] for one in valued.values()],
        uow.institution_id, contract_id,
    )  # fmt: skip


def set_item_status(
    uow: UnitOfWork, contract_id: str, item_ids: Sequence[str], status: ItemStatus
) -> None:
    """Moves things of a contract to another state; those that leave have the instant kept."""
    is_held = status in (ItemStatus.PROPOSED, ItemStatus.PLEDGED)
    uow.execute(
        "update rahnu.contract_item set status = %s, left_at = %s"
        " where institution_id = %s and contract_id = %s and item_id = any(%s)",
        str(status), None if is_held else uow.now, uow.institution_id, contract_id,
        list(item_ids),
    )  # fmt: skip


def pledged_elsewhere(uow: UnitOfWork, contract_id: str, item_ids: Sequence[str]) -> dict[str, str]:
    """Those of the items that other contracts in force hold, and which."""
    rows = uow.all(
        "select item_id, contract_id from rahnu.contract_item where institution_id = %s"
        " and item_id = any(%s) and status = 'PLEDGED' and contract_id <> %s",
        uow.institution_id, list(item_ids), contract_id,
    )  # fmt: skip
    return {row[0]: row[1] for row in rows}


def add_segments(uow: UnitOfWork, segments: Sequence[tuple[str, FeeSegment]]) -> None:
    """Says what custody costs from a day on, for many contracts, in one statement."""
    uow.execute(
        "insert into rahnu.fee_segment (institution_id, contract_id, number, from_on,"
        " monthly_minor, recorded_at, recorded_by)"
        " select %s, n.contract_id, 1 + (select count(*) from rahnu.fee_segment s"
        " where s.institution_id = %s and s.contract_id = n.contract_id), n.from_on, n.monthly,"
        " %s, %s from unnest(%s::text[], %s::date[], %s::bigint[])"
        " n(contract_id, from_on, monthly)",
        uow.institution_id, uow.institution_id, uow.now, uow.actor.user_id,
        [contract_id for contract_id, _ in segments], [one.from_on for _, one in segments],
        [one.monthly_minor for _, one in segments],
    )  # fmt: skip


def segments_of(uow: UnitOfWork, ids: Sequence[str]) -> dict[str, list[FeeSegment]]:
    """What custody costs from which days on, by contract, oldest first."""
    rows = uow.all(
        "select contract_id, from_on, monthly_minor from rahnu.fee_segment"
        " where institution_id = %s and contract_id = any(%s) order by contract_id, number",
        uow.institution_id,
        list(ids),
    )
    found: dict[str, list[FeeSegment]] = {contract_id: [] for contract_id in ids}
    for row in rows:
        found[row[0]].append(FeeSegment(row[1], row[2]))
    return found


def next_ticket(uow: UnitOfWork, branch_id: str, year: int) -> int:
    """The next ticket number of a branch in a year; gaps cannot arise."""
    row = uow.one(
        "insert into rahnu.ticket_series (institution_id, branch_id, year, last_number)"
        " values (%s, %s, %s, 1) on conflict (institution_id, branch_id, year)"
        " do update set last_number = rahnu.ticket_series.last_number + 1 returning last_number",
        uow.institution_id, branch_id, year,
    )  # fmt: skip
    assert row is not None
    return int(row[0])
