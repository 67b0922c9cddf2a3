"""SQL of zakat."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from psycopg import errors, sql

from sanduq.funds.zakat.errors import ZakatExternalIdTaken
from sanduq.funds.zakat.model import (
    AdministratorsCap,
    Asnaf,
    DebtEvidence,
    Payee,
    Standing,
    ZakatPayment,
    ZakatReceipt,
    undistributed,
)
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, Money, asset_from_text
from sanduq.kit.pages import Page, PageRequest

_RECEIPT = sql.SQL(
    "select receipt_id, external_id, payer_id, asset, amount_minor, received_on, reference,"
    " journal_id, metadata, created_at, created_by"
    " from funds.zakat_receipt where institution_id = %(institution)s"
)
_PAYMENT = sql.SQL(
    "select payment_id, external_id, recipient_id, asset, amount_minor, asnaf_code,"
    " resolution_id, payee, paid_to, evidence, paid_on, reference, journal_id, metadata,"
    " created_at, created_by from funds.zakat_payment where institution_id = %(institution)s"
)
_PARTY_FIELDS = {"zakat_payer": "payer_id", "zakat_recipient": "recipient_id"}


@contextmanager
def _refusing(uow: UnitOfWork) -> Iterator[None]:
    try:
        with uow.savepoint():
            yield
    except errors.UniqueViolation:
        raise ZakatExternalIdTaken from None
    except errors.ForeignKeyViolation as error:
        field = _PARTY_FIELDS.get(error.diag.constraint_name or "")
        if field is None:
            raise
        message = f"{field} names no party; POST /v1/parties enters it first"
        raise ValidationFailed.field(field, "unknown_party", message) from None


def insert_receipt(uow: UnitOfWork, receipt: ZakatReceipt) -> None:
    with _refusing(uow):
        uow.execute(
            "insert into funds.zakat_receipt (institution_id, receipt_id, external_id, payer_id,"
            " asset, amount_minor, received_on, reference, journal_id, metadata, created_at,"
            " created_by) values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s::json,%s,%s)",
            uow.institution_id, receipt.receipt_id, receipt.external_id, receipt.payer_id,
            str(receipt.amount.asset), receipt.amount.amount_minor, receipt.received_on,
            receipt.reference, receipt.journal_id, dumps(dict(receipt.metadata)).decode(),
            receipt.created_at, receipt.created_by,
        )  # fmt: skip


def insert_payment(uow: UnitOfWork, payment: ZakatPayment) -> None:
    evidence = payment.evidence
    with _refusing(uow):
        uow.execute(
            "insert into funds.zakat_payment (institution_id, payment_id, external_id,"
            " recipient_id, asset, amount_minor, asnaf_code, resolution_id, payee, paid_to,"
            " evidence, paid_on, reference, journal_id, metadata, created_at, created_by)"
            " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s::json,%s,%s,%s,%s::json,%s,%s)",
            uow.institution_id, payment.payment_id, payment.external_id, payment.recipient_id,
            str(payment.amount.asset), payment.amount.amount_minor, str(payment.asnaf),
            payment.resolution_id, str(payment.payee), payment.paid_to,
            dumps(evidence).decode() if evidence is not None else None, payment.paid_on,
            payment.reference, payment.journal_id, dumps(dict(payment.metadata)).decode(),
            payment.created_at, payment.created_by,
        )  # fmt: skip


def insert_cap(uow: UnitOfWork, cap: AdministratorsCap) -> None:
    uow.execute(
        "insert into funds.zakat_cap (institution_id, cap_id, share_bp, resolution_id, created_at,"
        " created_by) values (%s,%s,%s,%s,%s,%s)",
        uow.institution_id, cap.cap_id, cap.share_bp, cap.resolution_id, cap.created_at,
        cap.created_by,
    )  # fmt: skip


def latest_cap(uow: UnitOfWork, *, is_locked: bool = False) -> AdministratorsCap | None:
    """The cap set last; locked, payments to administrators wait for one another."""
    query = sql.SQL(
        "select cap_id, share_bp, resolution_id, created_at, created_by from funds.zakat_cap"
        " where institution_id = %(institution)s order by cap_id desc limit 1"
        + (" for no key update" if is_locked else "")
    )
    rows = uow.composed(query, {"institution": uow.institution_id})
    return AdministratorsCap(*rows[0]) if rows else None


def standing(uow: UnitOfWork, asset: Asset, on: date) -> Standing:
    """What was received, paid and drawn of one currency, in two queries."""
    receipts = uow.all(
        "select received_on, sum(amount_minor)::bigint from funds.zakat_receipt"
        " where institution_id = %s and asset = %s group by received_on order by received_on",
        uow.institution_id,
        str(asset),
    )
    paid = {
        row[0]: row[1]
        for row in uow.all(
            "select asnaf_code, sum(minor)::bigint from ("
            " select asnaf_code, amount_minor as minor from funds.zakat_payment"
            "  where institution_id = %(institution)s and asset = %(asset)s"
            " union all"
            " select 'GHARIMIN', s.amount_minor - coalesce((select sum(r.amount_minor)"
            "   from funds.spending_return r where r.institution_id = s.institution_id"
            "    and r.spending_id = s.spending_id), 0)"
            "  from funds.spending s where s.institution_id = %(institution)s"
            "   and s.kind = 'zakat' and s.asset = %(asset)s) p group by asnaf_code",
            {"institution": uow.institution_id, "asset": str(asset)},
        )
    }
    paid_minor = sum(paid.values())
    oldest, overdue = undistributed(((row[0], row[1]) for row in receipts), paid_minor, on)
    return Standing(
        asset,
        sum(row[1] for row in receipts),
        paid_minor,
        {Asnaf(code): minor for code, minor in sorted(paid.items())},
        oldest,
        overdue,
    )


def assets(uow: UnitOfWork) -> list[Asset]:
    """The currencies zakat was received in."""
    rows = uow.all(
        "select distinct asset from funds.zakat_receipt where institution_id = %s order by asset",
        uow.institution_id,
    )
    return [asset_from_text(row[0]) for row in rows]


def recent_payments(uow: UnitOfWork, party_ids: Collection[str], since: date) -> list[ZakatPayment]:
    rows = uow.composed(
        _PAYMENT
        + sql.SQL(
            " and recipient_id = any(%(parties)s) and paid_on >= %(since)s order by payment_id desc"
        ),
        {"institution": uow.institution_id, "parties": sorted(party_ids), "since": since},
    )
    return [_payment(row) for row in rows]


def load_receipt(uow: UnitOfWork, receipt_id: str) -> ZakatReceipt | None:
    query = _RECEIPT + sql.SQL(" and receipt_id = %(id)s")
    rows = uow.composed(query, {"institution": uow.institution_id, "id": receipt_id})
    return _receipt(rows[0]) if rows else None


def load_payment(uow: UnitOfWork, payment_id: str) -> ZakatPayment | None:
    query = _PAYMENT + sql.SQL(" and payment_id = %(id)s")
    rows = uow.composed(query, {"institution": uow.institution_id, "id": payment_id})
    return _payment(rows[0]) if rows else None


def list_receipts(
    uow: UnitOfWork, request: PageRequest, filters: Mapping[str, str | None]
) -> Page[ZakatReceipt]:
    query, parameters = _filtered(uow, _RECEIPT, filters)
    rows, total = newest_first(uow, query, parameters, request, order=["receipt_id"])
    found = [_receipt(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.receipt_id), total)


def list_payments(
    uow: UnitOfWork, request: PageRequest, filters: Mapping[str, str | None]
) -> Page[ZakatPayment]:
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


def _receipt(row: Row) -> ZakatReceipt:
    return ZakatReceipt(
        receipt_id=row[0],
        external_id=row[1],
        payer_id=row[2],
        amount=Money(row[4], asset_from_text(row[3])),
        received_on=row[5],
        reference=row[6],
        journal_id=row[7],
        metadata=row[8],
        created_at=row[9],
        created_by=row[10],
    )


def _payment(row: Row) -> ZakatPayment:
    evidence = row[9]
    return ZakatPayment(
        payment_id=row[0],
        external_id=row[1],
        recipient_id=row[2],
        amount=Money(row[4], asset_from_text(row[3])),
        asnaf=Asnaf(row[5]),
        resolution_id=row[6],
        payee=Payee(row[7]),
        paid_to=row[8],
        evidence=DebtEvidence(**{**evidence, "documents": tuple(evidence["documents"])})
        if evidence is not None
        else None,
        paid_on=row[10],
        reference=row[11],
        journal_id=row[12],
        metadata=row[13],
        created_at=row[14],
        created_by=row[15],
    )
