"""SQL of facilities with their promise and purchases, in one statement."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from psycopg import errors, sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, Money, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.sarf.facilities.errors import (
    BuyBackOpen,
    FacilityExternalIdTaken,
    QuoteUsed,
)
from sanduq.sarf.facilities.model import (
    BuyBack,
    BuyBackStatus,
    Facility,
    FacilityFilters,
    FacilityStatus,
    IndependentQuote,
    Promise,
    PromiseStatus,
)

_COLUMNS = (
    "facility_id", "external_id", "status", "customer_id", "branch_id", "asset", "terms_id",
    "quote_id", "language", "item_ids", "owner_declaration", "stolen_goods_check",
    "independent_quote", "acknowledged_lines", "acknowledged_at", "purchase_session_id",
    "sold_at", "fine_weight_mg", "price_minor", "provision_minor", "ended_at", "end_reason",
    "created_at", "created_by", "metadata", "version",
)  # fmt: skip
_PROMISE = (
    "promise_id", "facility_id", "status", "promisee_id", "fine_weight_mg", "bought_fine_mg",
    "cap_bp", "price_formula", "opens_on", "closes_on", "language", "wording", "wording_hash",
    "issued_at", "issued_by", "ended_on",
)  # fmt: skip
_BUY_BACK = (
    "buy_back_id", "facility_id", "promise_id", "status", "item_ids", "fine_weight_mg",
    "cap_minor", "price_minor", "price_board_id", "asked_on", "reason", "approved_by",
    "session_id", "provision_used_minor", "created_at", "created_by",
)  # fmt: skip


def _listed(alias: str, names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(alias, name) for name in names)


_SELECT = sql.SQL(
    "select {columns}, (select json_build_array({promise}) from sarf.promise p"
    "  where p.institution_id = f.institution_id and p.facility_id = f.facility_id),"
    " coalesce((select json_agg(json_build_array({buy_back}) order by b.created_at, b.buy_back_id)"
    "  from sarf.buy_back b where b.institution_id = f.institution_id"
    "  and b.facility_id = f.facility_id), '[]')"
    " from sarf.facility f where f.institution_id = %(institution)s"
).format(
    columns=_listed("f", _COLUMNS), promise=_listed("p", _PROMISE),
    buy_back=_listed("b", _BUY_BACK),
)  # fmt: skip


def insert(uow: UnitOfWork, made: Facility) -> None:
    shown = made.independent_quote
    told = None if shown is None else [
        shown.source, shown.amount.amount_minor, shown.quoted_on.isoformat()
    ]  # fmt: skip
    try:
        with uow.savepoint():
            uow.execute(
                "insert into sarf.facility (institution_id, facility_id, external_id, status,"
                " customer_id, branch_id, asset, terms_id, quote_id, language, item_ids,"
                " owner_declaration, stolen_goods_check, independent_quote, acknowledged_lines,"
                " acknowledged_at, created_at, created_by, metadata, version) values (%s,%s,%s,%s,"
                "%s,%s,%s,%s,%s,%s,%s,%s,%s,%s::json,%s,%s,%s,%s,%s::json,1)",
                uow.institution_id, made.facility_id, made.external_id, str(made.status),
                made.customer_id, made.branch_id, str(made.asset), made.terms_id, made.quote_id,
                made.language, list(made.item_ids), made.owner_declaration,
                made.stolen_goods_check, None if told is None else dumps(told).decode(),
                list(made.acknowledged_lines), made.acknowledged_at, made.created_at,
                made.created_by, dumps(dict(made.metadata)).decode(),
            )  # fmt: skip
    except errors.UniqueViolation as error:
        if error.diag.constraint_name == "facility_by_quote":
            raise QuoteUsed from None
        raise FacilityExternalIdTaken from None


def update(uow: UnitOfWork, facility_id: str, **columns: Any) -> None:
    """Writes some columns of a facility and counts its version on."""
    update_all(uow, [facility_id], **columns)


def update_all(uow: UnitOfWork, facility_ids: Collection[str], **columns: Any) -> None:
    """The same for several facilities, in one statement."""
    _update(uow, "facility", "facility_id", facility_ids, columns)


def insert_promise(uow: UnitOfWork, made: Promise) -> None:
    uow.execute(
        "insert into sarf.promise (institution_id, promise_id, facility_id, status, promisee_id,"
        " asset, fine_weight_mg, cap_bp, price_formula, opens_on, closes_on, language, wording,"
        " wording_hash, issued_at, issued_by, version)"
        " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,1)",
        uow.institution_id, made.promise_id, made.facility_id, str(made.status), made.promisee_id,
        str(made.asset), made.fine_weight_mg, made.cap_bp, made.price_formula, made.opens_on,
        made.closes_on, made.language, made.wording, made.wording_hash, made.issued_at,
        made.issued_by,
    )  # fmt: skip


def update_promise(uow: UnitOfWork, promise_id: str, **columns: Any) -> None:
    """Writes some columns of a promise."""
    _update(uow, "promise", "promise_id", [promise_id], columns)


def update_promises_of(uow: UnitOfWork, facility_ids: Collection[str], **columns: Any) -> None:
    """Writes some columns of the promises of these facilities."""
    _update(uow, "promise", "facility_id", facility_ids, columns)


def insert_buy_back(uow: UnitOfWork, made: BuyBack) -> None:
    try:
        with uow.savepoint():
            uow.execute(
                "insert into sarf.buy_back (institution_id, buy_back_id, facility_id, promise_id,"
                " status, item_ids, fine_weight_mg, cap_minor, price_minor, price_board_id,"
                " asked_on, reason, created_at, created_by, version)"
                " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,1)",
                uow.institution_id, made.buy_back_id, made.facility_id, made.promise_id,
                str(made.status), list(made.item_ids), made.fine_weight_mg, made.cap_minor,
                made.price_minor, made.price_board_id, made.asked_on, made.reason,
                made.created_at, made.created_by,
            )  # fmt: skip
    except errors.UniqueViolation:
        raise BuyBackOpen from None


def update_buy_back(uow: UnitOfWork, buy_back_id: str, **columns: Any) -> None:
    """Writes some columns of a purchase under a promise."""
    update_buy_backs(uow, [buy_back_id], **columns)


def update_buy_backs(uow: UnitOfWork, ids: Collection[str], **columns: Any) -> None:
    """The same for several purchases, in one statement."""
    _update(uow, "buy_back", "buy_back_id", ids, columns)


def load(uow: UnitOfWork, ids: Collection[str], *, is_locked: bool = False) -> dict[str, Facility]:
    """The facilities of these ids; locked in the order of their ids if asked."""
    tail = " and f.facility_id = any(%(ids)s) order by f.facility_id"
    rows = uow.composed(
        _SELECT + sql.SQL(tail + (" for update of f" if is_locked else "")),
        {"institution": uow.institution_id, "ids": sorted(ids)},
    )
    return {row[0]: _facility(row) for row in rows}


def of_session(uow: UnitOfWork, session_id: str) -> str | None:
    """The facility a sitting belongs to, if it belongs to one."""
    row = uow.one(
        "select facility_id from sarf.facility where institution_id = %(institution)s"
        " and purchase_session_id = %(session)s"
        " union all select facility_id from sarf.buy_back"
        " where institution_id = %(institution)s and session_id = %(session)s",
        {"institution": uow.institution_id, "session": session_id},
    )
    return None if row is None else str(row[0])


def of_buy_back(uow: UnitOfWork, buy_back_id: str) -> str | None:
    """The facility a purchase belongs to."""
    row = uow.one(
        "select facility_id from sarf.buy_back where institution_id = %s and buy_back_id = %s",
        uow.institution_id, buy_back_id,
    )  # fmt: skip
    return None if row is None else str(row[0])


def opening(uow: UnitOfWork, day: date) -> list[str]:
    """Facilities whose promise's window has begun and is not marked so."""
    rows = uow.all(
        "select facility_id from sarf.promise where institution_id = %s and status = 'ISSUED'"
        " and opens_on <= %s order by facility_id",
        uow.institution_id, day,
    )  # fmt: skip
    return [row[0] for row in rows]


def closing(uow: UnitOfWork, day: date) -> list[str]:
    """Facilities whose promise's window is over by the end of that day."""
    rows = uow.all(
        "select facility_id from sarf.promise where institution_id = %s"
        " and status in ('ISSUED', 'OPEN') and closes_on <= %s order by facility_id",
        uow.institution_id, day,
    )  # fmt: skip
    return [row[0] for row in rows]


def ended_before(uow: UnitOfWork, instant: datetime) -> list[str]:
    """Facilities bought back or lapsed by an instant, and not closed."""
    rows = uow.all(
        "select facility_id from sarf.facility where institution_id = %s"
        " and status in ('BOUGHT_BACK', 'LAPSED') and ended_at <= %s order by facility_id",
        uow.institution_id, instant,
    )  # fmt: skip
    return [row[0] for row in rows]


def unused(uow: UnitOfWork, day: date) -> list[str]:
    """Facilities with a purchase asked for by that day for which no sitting was opened."""
    rows = uow.all(
        "select facility_id from sarf.buy_back where institution_id = %s"
        " and status in ('AWAITING_APPROVAL', 'AGREED') and asked_on <= %s order by facility_id",
        uow.institution_id, day,
    )  # fmt: skip
    return [row[0] for row in rows]


def passed(uow: UnitOfWork, customer_id: str, item_ids: Collection[str]) -> list[Row]:
    """What passed between a customer and the institution in sittings that stand.

    The thing, whether the institution bought it, the day, and its part of the price by pure weight.
    """
    return uow.all(
        "select p.item_id, p.direction = 'IN', s.opened_on,"
        "  div(s.price_minor::numeric * p.fine_weight_mg, (select sum(w.fine_weight_mg)"
        "   from sarf.session_piece w where w.institution_id = p.institution_id"
        "    and w.session_id = p.session_id))::bigint"
        " from sarf.session_piece p join sarf.session s on s.institution_id = p.institution_id"
        "  and s.session_id = p.session_id"
        " where p.institution_id = %s and p.item_id = any(%s) and s.customer_id = %s"
        "  and s.status = 'CLOSED' and s.kind <> 'EXCHANGE' order by s.opened_on, p.item_id",
        uow.institution_id, sorted(item_ids), customer_id,
    )  # fmt: skip


def select_page(uow: UnitOfWork, filters: FacilityFilters, request: PageRequest) -> Page[Facility]:
    query: sql.Composable = _SELECT
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for name in ("status", "customer_id", "branch_id", "external_id"):
        wanted = getattr(filters, name)
        if wanted is not None:
            parameters[name] = str(wanted)
            query = query + sql.SQL(" and f.{} = {}").format(
                sql.Identifier(name), sql.Placeholder(name)
            )
    rows, total = newest_first(uow, query, parameters, request, order=["created_at", "facility_id"])
    found = [_facility(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.facility_id), total)


def _update(
    uow: UnitOfWork, table: str, key: str, values: Collection[str], columns: Mapping[str, Any]
) -> None:
    assignments: list[sql.Composable] = [
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in columns
    ]
    assignments.append(sql.SQL("version = version + 1"))
    uow.connection.execute(
        sql.SQL(
            "update {table} set {assignments} where institution_id = %(institution_)s"
            " and {key} = any(%(keys_)s)"
        ).format(
            table=sql.Identifier("sarf", table), key=sql.Identifier(key),
            assignments=sql.SQL(", ").join(assignments),
        ),
        {**columns, "institution_": uow.institution_id, "keys_": sorted(values)},
    )  # fmt: skip


def _facility(row: Row) -> Facility:
    values = dict(zip(_COLUMNS, row, strict=False))
    asset = asset_from_text(values["asset"])
    shown = values["independent_quote"]
    values |= {
        "status": FacilityStatus(values["status"]),
        "asset": asset,
        "item_ids": tuple(values["item_ids"]),
        "acknowledged_lines": tuple(values["acknowledged_lines"]),
        "independent_quote": None if shown is None else _shown(shown, asset),
    }
    promise = row[-2]
    return Facility(
        **values,
        promise=None if promise is None else _promise(promise, asset),
        buy_backs=tuple(_buy_back(one) for one in row[-1]),
    )


def _shown(kept: Sequence[Any], asset: Asset) -> IndependentQuote:
    return IndependentQuote(
        source=kept[0], amount=Money(kept[1], asset), quoted_on=date.fromisoformat(kept[2])
    )


def _promise(kept: Sequence[Any], asset: Asset) -> Promise:
    values = dict(zip(_PROMISE, kept, strict=True))
    ended = values["ended_on"]
    values |= {
        "status": PromiseStatus(values["status"]),
        "opens_on": date.fromisoformat(values["opens_on"]),
        "closes_on": date.fromisoformat(values["closes_on"]),
        "issued_at": datetime.fromisoformat(values["issued_at"]),
        "ended_on": None if ended is None else date.fromisoformat(ended),
    }
    return Promise(**values, asset=asset)


def _buy_back(kept: Sequence[Any]) -> BuyBack:
    values = dict(zip(_BUY_BACK, kept, strict=True))
    values |= {
        "status": BuyBackStatus(values["status"]),
        "item_ids": tuple(values["item_ids"]),
        "asked_on": date.fromisoformat(values["asked_on"]),
        "created_at": datetime.fromisoformat(values["created_at"]),
    }
    return BuyBack(**values)
