"""SQL of sittings: their pieces and possessions come with them, in one statement."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from psycopg import errors, sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.sarf.model import Leg, PossessionKind, SessionKind
from sanduq.sarf.sessions.errors import LegReceivedAlready, SessionExternalIdTaken
from sanduq.sarf.sessions.model import (
    Direction,
    MoneyBack,
    Possession,
    Session,
    SessionFilters,
    SessionPiece,
    SessionStatus,
    SessionTerms,
)

_COLUMNS = (
    "session_id", "external_id", "kind", "status", "branch_id", "customer_id", "asset",
    "price_minor", "market_minor", "price_board_id", "service_fee_minor", "service_cost_minor",
    "terms", "wording", "opened_at", "opened_by", "opened_on", "expires_at", "accepted_at",
    "accepted_by_id", "accepted_note", "ended_at", "ended_by", "ended_how", "end_reason",
    "release_id", "return_ids", "journal_id", "reversal_id", "money_due_back_minor", "money_back",
    "metadata", "version",
)  # fmt: skip
_SELECT = sql.SQL(
    "select {columns}, coalesce((select json_agg(json_build_array(p.item_id, p.direction,"
    "  p.valuation_id, p.kind, p.gross_weight_mg, p.net_weight_mg, p.fineness_bp,"
    "  p.fine_weight_mg) order by p.direction, p.item_id) from sarf.session_piece p"
    "  where p.institution_id = s.institution_id and p.session_id = s.session_id), '[]'),"
    " coalesce((select json_agg(json_build_array(q.leg, q.kind, q.received_by_id,"
    "  q.handed_over_by, q.place, q.amount_minor, q.fine_weight_mg, q.reference, q.received_at,"
    "  q.recorded_at, q.recorded_by) order by q.leg) from sarf.possession q"
    "  where q.institution_id = s.institution_id and q.session_id = s.session_id), '[]')"
    " from sarf.session s where s.institution_id = %(institution)s"
).format(columns=sql.SQL(", ").join(sql.Identifier("s", name) for name in _COLUMNS))


def insert(uow: UnitOfWork, made: Session) -> None:
    try:
        with uow.savepoint():
            uow.execute(
                "insert into sarf.session (institution_id, session_id, external_id, kind, status,"
                " branch_id, customer_id, asset, price_minor, market_minor, price_board_id,"
                " service_fee_minor, service_cost_minor, terms, wording, opened_at, opened_by,"
                " opened_on, expires_at, metadata, version) values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,"
                "%s,%s,%s,%s::json,%s,%s,%s,%s,%s,%s::json,1)",
                uow.institution_id, made.session_id, made.external_id, str(made.kind),
                str(made.status), made.branch_id, made.customer_id, str(made.asset),
                made.price_minor, made.market_minor, made.price_board_id, made.service_fee_minor,
                made.service_cost_minor,
                dumps(asdict(made.terms)).decode(), made.wording, made.opened_at, made.opened_by,
                made.opened_on, made.expires_at, dumps(dict(made.metadata)).decode(),
            )  # fmt: skip
    except errors.UniqueViolation:
        raise SessionExternalIdTaken from None
    uow.execute(
        "insert into sarf.session_piece (institution_id, session_id, item_id, direction,"
        " valuation_id, kind, gross_weight_mg, net_weight_mg, fineness_bp, fine_weight_mg)"
        " select %s, %s, one.* from unnest(%s::text[], %s::text[], %s::text[], %s::text[],"
        "  %s::bigint[], %s::bigint[], %s::integer[], %s::bigint[]) as one",
        uow.institution_id, made.session_id, [one.item_id for one in made.pieces],
        [str(one.direction) for one in made.pieces], [one.valuation_id for one in made.pieces],
        [one.kind for one in made.pieces], [one.gross_weight_mg for one in made.pieces],
        [one.net_weight_mg for one in made.pieces], [one.fineness_bp for one in made.pieces],
        [one.fine_weight_mg for one in made.pieces],
    )  # fmt: skip


def insert_possession(uow: UnitOfWork, session_id: str, one: Possession) -> None:
    try:
        with uow.savepoint():
            uow.execute(
                "insert into sarf.possession (institution_id, session_id, leg, kind,"
                " received_by_id, handed_over_by, place, amount_minor, fine_weight_mg, reference,"
                " received_at, recorded_at, recorded_by)"
                " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
                uow.institution_id, session_id, str(one.leg), str(one.kind), one.received_by_id,
                one.handed_over_by, one.place, one.amount_minor, one.fine_weight_mg,
                one.reference, one.received_at, one.recorded_at, one.recorded_by,
            )  # fmt: skip
    except errors.UniqueViolation:
        raise LegReceivedAlready(
            f"{one.leg} of {session_id} was received and recorded already"
        ) from None


def update(uow: UnitOfWork, session_id: str, **columns: Any) -> None:
    """Writes some columns of a sitting and counts its version on."""
    assignments = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in columns
    )
    if "money_back" in columns and columns["money_back"] is not None:
        columns["money_back"] = dumps(_money_back_json(columns["money_back"])).decode()
    uow.connection.execute(
        sql.SQL(
            "update sarf.session set {}, version = version + 1"
            " where institution_id = %(institution_)s and session_id = %(session_)s"
        ).format(assignments),
        {**columns, "institution_": uow.institution_id, "session_": session_id},
    )


def touch(uow: UnitOfWork, session_id: str) -> None:
    """Counts the version on, when what belongs to a sitting changed."""
    uow.execute(
        "update sarf.session set version = version + 1"
        " where institution_id = %s and session_id = %s",
        uow.institution_id, session_id,
    )  # fmt: skip


def load(uow: UnitOfWork, ids: Collection[str], *, is_locked: bool = False) -> dict[str, Session]:
    """The sittings of these ids; locked in the order of their ids if asked."""
    tail = " and s.session_id = any(%(ids)s) order by s.session_id"
    rows = uow.composed(
        _SELECT + sql.SQL(tail + (" for update of s" if is_locked else "")),
        {"institution": uow.institution_id, "ids": sorted(ids)},
    )
    return {row[0]: _session(row) for row in rows}


def unfinished(uow: UnitOfWork, day: date) -> list[str]:
    """Sittings opened on a day that is over, or before it, and not ended."""
    rows = uow.all(
        "select session_id from sarf.session where institution_id = %s"
        " and status in ('OPEN', 'ACCEPTED') and opened_on <= %s order by session_id",
        uow.institution_id, day,
    )  # fmt: skip
    return [row[0] for row in rows]


def select_page(uow: UnitOfWork, filters: SessionFilters, request: PageRequest) -> Page[Session]:
    query: sql.Composable = _SELECT
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for name in ("kind", "status", "customer_id", "branch_id", "external_id"):
        wanted = getattr(filters, name)
        if wanted is not None:
            parameters[name] = str(wanted)
            query = query + sql.SQL(" and s.{} = {}").format(
                sql.Identifier(name), sql.Placeholder(name)
            )
    rows, total = newest_first(uow, query, parameters, request, order=["opened_at", "session_id"])
    found = [_session(row) for row in rows]
    return Page.of(found, request, lambda one: (one.opened_at, one.session_id), total)


def _session(row: Row) -> Session:
    values = dict(zip(_COLUMNS, row, strict=False))
    values |= {
        "kind": SessionKind(values["kind"]),
        "status": SessionStatus(values["status"]),
        "asset": asset_from_text(values["asset"]),
        "return_ids": tuple(values["return_ids"]),
        "money_back": _money_back(values["money_back"]),
        "terms": _terms(values["terms"]),
    }
    return Session(
        **values,
        pieces=tuple(_piece(one) for one in row[-2]),
        possessions=tuple(_possession(one) for one in row[-1]),
    )


def _piece(one: Sequence[Any]) -> SessionPiece:
    return SessionPiece(
        item_id=one[0], direction=Direction(one[1]), valuation_id=one[2], kind=one[3],
        gross_weight_mg=one[4], net_weight_mg=one[5], fineness_bp=one[6], fine_weight_mg=one[7],
    )  # fmt: skip


def _possession(one: Sequence[Any]) -> Possession:
    return Possession(
        leg=Leg(one[0]), kind=PossessionKind(one[1]), received_by_id=one[2],
        handed_over_by=one[3], place=one[4], amount_minor=one[5], fine_weight_mg=one[6],
        reference=one[7], received_at=datetime.fromisoformat(one[8]),
        recorded_at=datetime.fromisoformat(one[9]), recorded_by=one[10],
    )  # fmt: skip


def _terms(kept: Mapping[str, Any]) -> SessionTerms:
    kinds = tuple(PossessionKind(each) for each in kept["possession_kinds"])
    return SessionTerms(**{**kept, "possession_kinds": kinds})


def _money_back_json(one: MoneyBack) -> dict[str, Any]:
    return {
        "kind": str(one.kind), "received_by_id": one.received_by_id,
        "handed_over_by": one.handed_over_by, "place": one.place, "reference": one.reference,
    }  # fmt: skip


def _money_back(kept: Mapping[str, Any] | None) -> MoneyBack | None:
    if kept is None:
        return None
    return MoneyBack(**{**kept, "kind": PossessionKind(kept["kind"])})
