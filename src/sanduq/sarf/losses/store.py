"""SQL of lost gold."""

from __future__ import annotations

from typing import Any

from psycopg import errors, sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.sarf.losses.errors import LossReported
from sanduq.sarf.losses.model import GoldLoss, GoldLossFilters, LossCause, LossStatus

_SELECT = sql.SQL(
    "select loss_id, item_id, piece_id, cause, status, reason, evidence, asset, fine_weight_mg,"
    " amount_minor, journal_id, reported_at, reported_by, decided_at, decided_by"
    " from sarf.gold_loss where institution_id = %(institution)s"
)


def insert(uow: UnitOfWork, made: GoldLoss) -> None:
    try:
        with uow.savepoint():
            uow.execute(
                "insert into sarf.gold_loss (institution_id, loss_id, item_id, piece_id, cause,"
                " status, reason, evidence, asset, fine_weight_mg, amount_minor, reported_at,"
                " reported_by) values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
                uow.institution_id, made.loss_id, made.item_id, made.piece_id, str(made.cause),
                str(made.status), made.reason, made.evidence, str(made.asset),
                made.fine_weight_mg, made.amount_minor, made.reported_at, made.reported_by,
            )  # fmt: skip
    except errors.UniqueViolation:
        raise LossReported from None


def decide(
    uow: UnitOfWork, loss_id: str, status: LossStatus, *, amount_minor: int, journal_id: str | None
) -> None:
    uow.execute(
        "update sarf.gold_loss set status = %s, amount_minor = %s, journal_id = %s,"
        " decided_at = %s, decided_by = %s where institution_id = %s and loss_id = %s",
        str(status), amount_minor, journal_id, uow.now, uow.actor.user_id, uow.institution_id,
        loss_id,
    )  # fmt: skip


def get(uow: UnitOfWork, loss_id: str, *, is_locked: bool = False) -> GoldLoss | None:
    rows = uow.composed(
        _SELECT + sql.SQL(" and loss_id = %(loss)s" + (" for update" if is_locked else "")),
        {"institution": uow.institution_id, "loss": loss_id},
    )
    return _loss(rows[0]) if rows else None


def select_page(uow: UnitOfWork, filters: GoldLossFilters, request: PageRequest) -> Page[GoldLoss]:
    query: sql.Composable = _SELECT
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for name in ("status", "item_id"):
        wanted = getattr(filters, name)
        if wanted is not None:
            parameters[name] = str(wanted)
            query = query + sql.SQL(" and {} = {}").format(
                sql.Identifier(name), sql.Placeholder(name)
            )
    rows, total = newest_first(uow, query, parameters, request, order=["reported_at", "loss_id"])
    found = [_loss(row) for row in rows]
    return Page.of(found, request, lambda one: (one.reported_at, one.loss_id), total)


def _loss(row: Row) -> GoldLoss:
    return GoldLoss(
        loss_id=row[0], item_id=row[1], piece_id=row[2], cause=LossCause(row[3]),
        status=LossStatus(row[4]), reason=row[5], evidence=row[6], asset=asset_from_text(row[7]),
        fine_weight_mg=row[8], amount_minor=row[9], journal_id=row[10], reported_at=row[11],
        reported_by=row[12], decided_at=row[13], decided_by=row[14],
    )  # fmt: skip
