"""SQL of charity money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from psycopg import errors, sql

from sanduq.funds.charity.errors import CharityExternalIdTaken
from sanduq.funds.charity.model import (
    CharityPayment,
    CharityReceipt,
    CharitySource,
    CharityUse,
    PaymentStatus,
)
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, Money, asset_from_text
from sanduq.kit.pages import Page, PageRequest

_RECEIPT = sql.SQL(
    "select receipt_id, external_id, source, came_from, asset, amount_minor, received_on,"
    " journal_id, metadata, created_at, created_by"
    " from funds.charity_receipt where institution_id = %(institution)s"
)
_PAYMENT = sql.SQL(
    "select payment_id, external_id, beneficiary_id, asset, amount_minor, use, description,"
    " status, paid_on, journal_id, metadata, created_at, created_by, version"
    " from funds.charity_payment where institution_id = %(institution)s"
)


@contextmanager
def _refusing(uow: UnitOfWork) -> Iterator[None]:
    try:
        with uow.savepoint():
            yield
    except errors.UniqueViolation:
        raise CharityExternalIdTaken from None
    except errors.ForeignKeyViolation as error:
        if error.diag.constraint_name != "charity_beneficiary":
            raise
        message = "there is no such party; POST /v1/parties enters the beneficiary first"
        raise ValidationFailed.field("beneficiary_id", "unknown_party", message) from None


def insert_receipts(uow: UnitOfWork, receipts: Sequence[CharityReceipt]) -> None:
    with _refusing(uow):
        uow.execute(
            "insert into funds.charity_receipt (institution_id, receipt_id, external_id, source,"
            " came_from, asset, amount_minor, received_on, journal_id, metadata, created_at,"
            " created_by)"
            " select %s, r.id, r.external_id, r.source, r.came_from, r.asset, r.minor, r.on_day,"
            " r.journal, r.metadata::json, %s, %s"
            " from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[],"
            " %s::bigint[], %s::date[], %s::text[], %s::text[])"
            " r(id, external_id, source, came_from, asset, minor, on_day, journal, metadata)",
            uow.institution_id,
            uow.now,
            uow.actor.user_id,
            [each.receipt_id for each in receipts],
            [each.external_id for each in receipts],
            [str(each.source) for each in receipts],
            [each.came_from for each in receipts],
            [str(each.amount.asset) for each in receipts],
            [each.amount.amount_minor for each in receipts],
            [each.received_on for each in receipts],
            [each.journal_id for each in receipts],
            [dumps(dict(each.metadata)).decode() for each in receipts],
        )


def insert_payment(uow: UnitOfWork, payment: CharityPayment) -> None:
    with _refusing(uow):
        uow.execute(
            "insert into funds.charity_payment (institution_id, payment_id, external_id,"
            " beneficiary_id, asset, amount_minor, use, description, status, metadata,"
            " created_at, created_by, version)"
            " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s::json,%s,%s,%s)",
            uow.institution_id, payment.payment_id, payment.external_id, payment.beneficiary_id,
            str(payment.amount.asset), payment.amount.amount_minor, str(payment.use),
            payment.description, str(payment.status), dumps(dict(payment.metadata)).decode(),
            payment.created_at, payment.created_by, payment.version,
        )  # fmt: skip


def set_status(
    uow: UnitOfWork,
    payment_id: str,
    status: PaymentStatus,
    *,
    paid_on: date | None = None,
    journal_id: str | None = None,
) -> None:
    uow.execute(
        "update funds.charity_payment set status = %s, paid_on = %s, journal_id = %s,"
        " version = version + 1 where institution_id = %s and payment_id = %s",
        str(status),
        paid_on,
        journal_id,
        uow.institution_id,
        payment_id,
    )


def load_receipt(uow: UnitOfWork, receipt_id: str) -> CharityReceipt | None:
    query = _RECEIPT + sql.SQL(" and receipt_id = %(id)s")
    rows = uow.composed(query, {"institution": uow.institution_id, "id": receipt_id})
    return _receipt(rows[0]) if rows else None


def load_payment(
    uow: UnitOfWork, payment_id: str, *, is_locked: bool = False
) -> CharityPayment | None:
    query = _PAYMENT + sql.SQL(
        " and payment_id = %(id)s" + (" for no key update" if is_locked else "")
    )
    rows = uow.composed(query, {"institution": uow.institution_id, "id": payment_id})
    return _payment(rows[0]) if rows else None


def sources_between(
    uow: UnitOfWork, asset: Asset, starts_on: date, ends_on: date
) -> dict[CharitySource, int]:
    """By the day each takes effect in the books, which another room may have set back."""
    rows = uow.all(
        "select r.source, sum(r.amount_minor)::bigint from funds.charity_receipt r"
        " join ledger.journal j using (institution_id, journal_id)"
        " where r.institution_id = %s and r.asset = %s and j.effective_on between %s and %s"
        " group by r.source order by r.source",
        uow.institution_id,
        str(asset),
        starts_on,
        ends_on,
    )
    return {CharitySource(row[0]): row[1] for row in rows}


def uses_between(
    uow: UnitOfWork, asset: Asset, starts_on: date, ends_on: date
) -> dict[CharityUse, int]:
    rows = uow.all(
        "select use, sum(amount_minor)::bigint from funds.charity_payment"
        " where institution_id = %s and asset = %s and paid_on between %s and %s"
        " group by use order by use",
        uow.institution_id,
        str(asset),
        starts_on,
        ends_on,
    )
    return {CharityUse(row[0]): row[1] for row in rows}


def list_receipts(
    uow: UnitOfWork, request: PageRequest, filters: Mapping[str, str | None]
) -> Page[CharityReceipt]:
    query, parameters = _filtered(uow, _RECEIPT, filters)
    rows, total = newest_first(uow, query, parameters, request, order=["receipt_id"])
    found = [_receipt(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.receipt_id), total)


def list_payments(
    uow: UnitOfWork, request: PageRequest, filters: Mapping[str, str | None]
) -> Page[CharityPayment]:
    query, parameters = _filtered(uow, _PAYMENT, filters)
    rows, total = newest_first(uow, query, parameters, request, order=["payment_id"])
    found = [_payment(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.payment_id), total)


def _filtered(
    uow: UnitOfWork, query: sql.Composable, filters: Mapping[str, str | None]
) -> tuple[sql.Composable, dict[str, Any]]:
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for column, wanted in filters.items():
        if wanted is not None:
            parameters[column] = wanted
            query += sql.SQL(" and {} = {}").format(sql.Identifier(column), sql.Placeholder(column))
    return query, parameters


def _receipt(row: Row) -> CharityReceipt:
    return CharityReceipt(
        receipt_id=row[0],
        external_id=row[1],
        source=CharitySource(row[2]),
        came_from=row[3],
        amount=Money(row[5], asset_from_text(row[4])),
        received_on=row[6],
        journal_id=row[7],
        metadata=row[8],
        created_at=row[9],
        created_by=row[10],
    )


def _payment(row: Row) -> CharityPayment:
    return CharityPayment(
        payment_id=row[0],
        external_id=row[1],
        beneficiary_id=row[2],
        amount=Money(row[4], asset_from_text(row[3])),
        use=CharityUse(row[5]),
        description=row[6],
        status=PaymentStatus(row[7]),
        paid_on=row[8],
        journal_id=row[9],
        metadata=row[10],
        created_at=row[11],
        created_by=row[12],
        version=row[13],
    )
