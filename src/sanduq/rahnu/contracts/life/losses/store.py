"""SQL of losses in custody."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.contracts.life.losses.model import Loss, LossKind, LossPayment, LossStatus, Remedy
from sanduq.rahnu.facts_pledge import LossFault

_COLUMNS = tuple(each.name for each in fields(Loss))
_LOSS = (
    f"select {', '.join(_COLUMNS)} from rahnu.loss"
    " where institution_id = %(institution)s and contract_id = %(contract)s"
)


def _stored(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, str | Asset) else value


def insert(uow: UnitOfWork, one: Loss) -> None:
    marks = ", ".join(["%s"] * len(_COLUMNS))
    uow.execute(
        f"insert into rahnu.loss (institution_id, {', '.join(_COLUMNS)}) values (%s, {marks})",
        uow.institution_id,
        *(_stored(getattr(one, name)) for name in _COLUMNS),
    )


def update(uow: UnitOfWork, loss_id: str, **changed: Any) -> None:
    """Writes the named columns of a loss and counts its version up."""
    assert changed.keys() <= set(_COLUMNS)
    pairs = ", ".join(f"{name} = %s" for name in changed)
    uow.execute(
        f"update rahnu.loss set {pairs}, version = version + 1"
        " where institution_id = %s and loss_id = %s",
        *(_stored(value) for value in changed.values()), uow.institution_id, loss_id,
    )  # fmt: skip


def get(uow: UnitOfWork, contract_id: str, loss_id: str, *, is_locked: bool = False) -> Loss | None:
    rows = uow.composed(
        sql.SQL(_LOSS + " and loss_id = %(loss)s" + (" for no key update" if is_locked else "")),
        {"institution": uow.institution_id, "contract": contract_id, "loss": loss_id},
    )
    return _loss(rows[0]) if rows else None


def contract_of(uow: UnitOfWork, loss_id: str) -> str | None:
    """The pledge of a loss."""
    row = uow.one(
        "select contract_id from rahnu.loss where institution_id = %s and loss_id = %s",
        uow.institution_id,
        loss_id,
    )
    return None if row is None else str(row[0])


def waiting_items(uow: UnitOfWork, contract_id: str) -> set[str]:
    """Things of a pledge whose loss is reported and not decided."""
    rows = uow.all(
        "select unnest(item_ids) from rahnu.loss where institution_id = %s and contract_id = %s"
        " and status = 'REPORTED'",
        uow.institution_id,
        contract_id,
    )
    return {row[0] for row in rows}


def select_page(uow: UnitOfWork, contract_id: str, request: PageRequest) -> Page[Loss]:
    """Losses of a pledge, newest first."""
    parameters = {"institution": uow.institution_id, "contract": contract_id}
    rows, total = newest_first(uow, sql.SQL(_LOSS), parameters, request, order=["loss_id"])
    found = [_loss(row) for row in rows]
    return Page.of(found, request, lambda one: (one.reported_at, one.loss_id), total)


def _loss(row: Row) -> Loss:
    values = dict(zip(_COLUMNS, row, strict=True))
    for name in ("item_ids", "price_board_ids", "journal_ids"):
        values[name] = tuple(values[name])
    values.update(
        asset=asset_from_text(values["asset"]),
        kind=LossKind(values["kind"]),
        status=LossStatus(values["status"]),
        fault_claimed=LossFault(values["fault_claimed"]),
        fault=None if values["fault"] is None else LossFault(values["fault"]),
        remedy=None if values["remedy"] is None else Remedy(values["remedy"]),
    )
    return Loss(**values)


def insert_payment(uow: UnitOfWork, one: LossPayment) -> None:
    uow.execute(
        "insert into rahnu.loss_payment (institution_id, payment_id, loss_id, kind, amount_minor,"
        " recipient_id, method, reference, moved_on, journal_id, recorded_at, recorded_by)"
        " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, one.payment_id, one.loss_id, str(one.kind), one.amount.amount_minor,
        one.recipient_id, one.method, one.reference, one.moved_on, one.journal_id,
        one.recorded_at, one.recorded_by,
    )  # fmt: skip
