"""SQL of endowments."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from psycopg import errors, sql

from sanduq.funds.endowments.errors import EndowmentExternalIdTaken
from sanduq.funds.endowments.model import (
    AssetForm,
    Beneficiary,
    CorpusChange,
    Deed,
    Endowment,
    Frequency,
    Kind,
    NazirPay,
    PayKind,
    Recipient,
    Status,
)
from sanduq.funds.endowments.model_income import (
    Distribution,
    Receipt,
    Share,
    Standing,
)
from sanduq.funds.endowments.postings import cash_place, income_place
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest

_COLUMNS = (
    "endowment_id", "external_id", "name", "kind", "asset", "asset_form", "asset_description",
    "asset_value_minor", "is_specific", "founder_id", "founder_capacity", "nazir_id",
    "nazir_kin_ids", "nazir_pay_kind", "nazir_pay_minor", "nazir_pay_bp",
    "distribution_frequency", "beneficiaries", "purposes", "conditions", "deed_on",
    "deed_document", "ends_on", "is_qard_allowed", "is_income_retention_allowed", "status",
    "created_at", "created_by", "approved_at", "approved_by", "closed_at", "metadata", "version",
)  # fmt: skip
_SELECT = sql.SQL("select {} from funds.endowment where institution_id = %(institution)s").format(
    sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
)


def insert(uow: UnitOfWork, record: Endowment) -> None:
    deed = record.deed
    pay = deed.nazir_pay or NazirPay(PayKind.NONE)
    values: dict[str, Any] = {
        "endowment_id": record.endowment_id, "external_id": record.external_id,
        "name": record.name, "kind": deed.kind.value, "asset": str(deed.asset),
        "asset_form": deed.asset_form.value, "asset_description": deed.asset_description,
        "asset_value_minor": deed.asset_value_minor, "is_specific": deed.is_specific,
        "founder_id": deed.founder_id, "founder_capacity": deed.founder_capacity,
        "nazir_id": deed.nazir_id, "nazir_kin_ids": list(deed.nazir_kin_ids),
        "nazir_pay_kind": pay.kind.value, "nazir_pay_minor": pay.amount_minor,
        "nazir_pay_bp": pay.share_bp,
        "distribution_frequency": deed.distribution_frequency.value,
        "beneficiaries": dumps(
            [{"category": b.category, "share_bp": b.share_bp} for b in deed.beneficiaries]
        ).decode(),
        "purposes": list(deed.purposes), "conditions": list(deed.conditions),
        "deed_on": deed.deed_on, "deed_document": deed.deed_document, "ends_on": deed.ends_on,
        "is_qard_allowed": deed.is_qard_allowed,
        "is_income_retention_allowed": deed.is_income_retention_allowed,
        "status": record.status.value, "created_at": record.created_at,
        "created_by": record.created_by, "approved_at": None, "approved_by": None,
        "closed_at": None, "metadata": dumps(dict(record.metadata)).decode(),
        "version": record.version,
    }  # fmt: skip
    _insert(uow, "endowment", values, casts={"beneficiaries": "json", "metadata": "json"})


def get(uow: UnitOfWork, endowment_id: str, *, is_locked: bool = False) -> Endowment | None:
    tail = sql.SQL(" and endowment_id = %(id)s" + (" for update" if is_locked else ""))
    rows = uow.composed(_SELECT + tail, {"institution": uow.institution_id, "id": endowment_id})
    return _endowment(rows[0]) if rows else None


def load(uow: UnitOfWork, ids: Collection[str]) -> list[Endowment]:
    rows = uow.composed(
        _SELECT + sql.SQL(" and endowment_id = any(%(ids)s)"),
        {"institution": uow.institution_id, "ids": sorted(ids)},
    )
    return [_endowment(row) for row in rows]


def set_status(uow: UnitOfWork, endowment_id: str, status: Status) -> None:
    uow.execute(
        "update funds.endowment set status = %s, version = version + 1,"
        " approved_at = case when %s then %s else approved_at end,"
        " approved_by = case when %s then %s else approved_by end,"
        " closed_at = case when %s then %s else closed_at end"
        " where institution_id = %s and endowment_id = %s",
        status.value, status is Status.ACTIVE, uow.now, status is Status.ACTIVE,
        uow.actor.user_id, status is Status.CLOSED, uow.now, uow.institution_id, endowment_id,
    )  # fmt: skip


def set_asset(uow: UnitOfWork, endowment_id: str, description: str, value_minor: int) -> None:
    uow.execute(
        "update funds.endowment set asset_description = %s, asset_value_minor = %s,"
        " version = version + 1 where institution_id = %s and endowment_id = %s",
        description, value_minor, uow.institution_id, endowment_id,
    )  # fmt: skip


def select_page(
    uow: UnitOfWork, request: PageRequest, filters: Mapping[str, str | None]
) -> Page[Endowment]:
    query: sql.Composable = _SELECT
    for column, wanted in filters.items():
        if wanted is not None:
            place = sql.SQL(" and {} = {}").format(sql.Identifier(column), sql.Placeholder(column))
            query = query + place
    parameters = {"institution": uow.institution_id, **filters}
    order = ("created_at", "endowment_id")
    rows, total = newest_first(uow, query, parameters, request, order=order)
    found = [_endowment(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.endowment_id), total)


def insert_changes(uow: UnitOfWork, changes: Sequence[CorpusChange]) -> None:
    for change in changes:
        values: dict[str, Any] = {
            "change_id": change.change_id, "endowment_id": change.endowment_id,
            "kind": change.kind.value, "amount_minor": change.amount_minor,
            "journal_id": change.journal_id, "reason": change.reason,
            "evidence": change.evidence, "reference": change.reference,
            "changed_on": change.changed_on, "recorded_at": change.recorded_at,
            "recorded_by": change.recorded_by,
        }  # fmt: skip
        _insert(uow, "corpus_change", values)


def insert_receipt(uow: UnitOfWork, receipt: Receipt) -> None:
    values: dict[str, Any] = {
        "receipt_id": receipt.receipt_id, "external_id": receipt.external_id,
        "endowment_id": receipt.endowment_id,
        "kind": "INCOME" if receipt.intent is None else "CONTRIBUTION",
        "intent": receipt.intent.value if receipt.intent is not None else None,
        "amount_minor": receipt.amount_minor, "donor_id": receipt.donor_id,
        "description": receipt.description, "received_on": receipt.received_on,
        "journal_id": receipt.journal_id, "recorded_at": receipt.recorded_at,
        "recorded_by": receipt.recorded_by, "metadata": dumps(dict(receipt.metadata)).decode(),
    }  # fmt: skip
    _insert(uow, "endowment_receipt", values, casts={"metadata": "json"})


def insert_distribution(uow: UnitOfWork, record: Distribution) -> None:
    shares = [
        {"category": s.category, "amount_minor": s.amount_minor, "payee_id": s.payee_id}
        for s in record.shares
    ]
    values: dict[str, Any] = {
        "distribution_id": record.distribution_id, "external_id": record.external_id,
        "endowment_id": record.endowment_id, "recipient": record.recipient.value,
        "amount_minor": record.amount_minor, "restored_minor": record.restored_minor,
        "nazir_minor": record.nazir_minor, "shares": dumps(shares).decode(),
        "memo": record.memo, "distributed_on": record.distributed_on,
        "created_at": record.created_at, "created_by": record.created_by,
        "metadata": dumps(dict(record.metadata)).decode(),
    }  # fmt: skip
    _insert(uow, "distribution", values, casts={"shares": "json", "metadata": "json"})


def _insert(
    uow: UnitOfWork, table: str, values: Mapping[str, Any], casts: Mapping[str, str] | None = None
) -> None:
    """One row into a table of this room; a taken external_id is refused."""
    columns = ["institution_id", *values]
    types = casts or {}
    places = [
        sql.SQL("{}" + (f"::{types[name]}" if name in types else "")).format(sql.Placeholder(name))
        for name in columns
    ]
    statement = sql.SQL("insert into {} ({}) values ({}) returning institution_id").format(
        sql.Identifier("funds", table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(places),
    )
    try:
        with uow.savepoint():
            uow.composed(statement, {"institution_id": uow.institution_id, **values})
    except errors.UniqueViolation:
        raise EndowmentExternalIdTaken from None


_DISTRIBUTIONS = sql.SQL(
    "select distribution_id, endowment_id, recipient, amount_minor, restored_minor, nazir_minor,"
    " shares, memo, distributed_on, created_at, created_by, external_id, metadata"
    " from funds.distribution where institution_id = %(institution)s and endowment_id = %(id)s"
)


def select_distributions(
    uow: UnitOfWork, endowment_id: str, request: PageRequest
) -> Page[Distribution]:
    rows, total = newest_first(
        uow,
        _DISTRIBUTIONS,
        {"institution": uow.institution_id, "id": endowment_id},
        request,
        order=("created_at", "distribution_id"),
    )
    found = [
        Distribution(
            row[0], row[1], Recipient(row[2]), row[3], row[4], row[5],
            tuple(Share(s["category"], s["amount_minor"], s["payee_id"]) for s in row[6]),
            *row[7:],
        )
        for row in rows
    ]  # fmt: skip
    return Page.of(found, request, lambda one: (one.created_at, one.distribution_id), total)


_CHANGES = (
    "select endowment_id,"
    " coalesce(sum(amount_minor) filter (where kind in"
    "  ('ENDOWED', 'ADDED', 'RETAINED', 'EXCHANGED')), 0)::bigint,"
    " coalesce(-sum(amount_minor) filter (where kind in ('LOST', 'LOST_ON_QARD')), 0)::bigint,"
    " coalesce(sum(amount_minor) filter (where kind = 'RESTORED'), 0)::bigint,"
    " coalesce(-sum(amount_minor) filter (where kind = 'RETURNED'), 0)::bigint,"
    " coalesce(sum(amount_minor) filter (where journal_id is not null), 0)::bigint,"
    " coalesce(-sum(amount_minor) filter (where kind = 'LOST_ON_QARD'), 0)::bigint"
    " from funds.corpus_change where institution_id = %s and endowment_id = any(%s)"
    " group by endowment_id"
)


def standings(uow: UnitOfWork, endowments: Sequence[Endowment]) -> dict[str, Standing]:
    """Where each endowment stands, in four statements however many there are."""
    ids = [each.endowment_id for each in endowments]
    changes = {row[0]: row[1:] for row in uow.all(_CHANGES, uow.institution_id, ids)}
    income = _sums(
        uow,
        "select endowment_id, sum(amount_minor)::bigint from funds.endowment_receipt"
        " where institution_id = %s and endowment_id = any(%s) and kind = 'INCOME'"
        " group by endowment_id",
        ids,
    )
    paid = _sums(
        uow,
        "select endowment_id, sum(nazir_minor)::bigint from funds.distribution"
        " where institution_id = %s and endowment_id = any(%s) group by endowment_id",
        ids,
    )
    places = {
        each.endowment_id: (
            income_place(each.asset, each.fund).account_id,
            cash_place(each.asset, each.fund).account_id,
        )
        for each in endowments
    }
    held = _sums(
        uow,
        "select account_id, balance_minor from ledger.balance"
        " where institution_id = %s and account_id = any(%s)",
        [account for pair in places.values() for account in pair],
    )
    return {
        one: Standing(
            *(
                *changes.get(one, (0,) * 6),
                income.get(one, 0),
                paid.get(one, 0),
                -held.get(places[one][0], 0),
                held.get(places[one][1], 0),
            )
        )
        for one in ids
    }


def _sums(uow: UnitOfWork, query: Any, ids: list[str]) -> dict[str, int]:
    return {row[0]: row[1] for row in uow.all(query, uow.institution_id, ids)}


def income_by_kind(
    uow: UnitOfWork, account_id: str, from_on: date | None, to_on: date | None
) -> tuple[int, list[tuple[str, int]]]:
    """What the income account held before a day, and what each kind of journal did to it since."""
    rows = uow.all(
        "select case when j.effective_on < %s then null else j.kind end as kind,"
        " -sum(e.amount_minor)::bigint"
        " from ledger.entry e join ledger.journal j using (institution_id, journal_seq)"
        " where e.institution_id = %s and e.account_id = %s and j.effective_on <= %s"
        " group by 1 order by 1",
        from_on or date.min, uow.institution_id, account_id, to_on or date.max,
    )  # fmt: skip
    opening = sum(row[1] for row in rows if row[0] is None)
    return opening, [(row[0], row[1]) for row in rows if row[0] is not None]


def placed_with_pools_minor(uow: UnitOfWork, endowment_id: str) -> int:
    """How much of the corpus pools hold, net of what they gave back and of what was lost."""
    row = uow.one(
        "select coalesce(sum(p.amount_minor), 0)::bigint from funds.pool_source s"
        " join (select institution_id, pool_id, source_no, amount_minor from funds.pool_placement"
        "  union all select institution_id, pool_id, source_no, amount_minor from funds.pool_loss)"
        "  p using (institution_id, pool_id, source_no)"
        " where s.institution_id = %s and s.endowment_id = %s and s.kind = 'waqf_corpus'",
        uow.institution_id,
        endowment_id,
    )
    return int(row[0]) if row else 0


def _endowment(row: Row) -> Endowment:
    value = dict(zip(_COLUMNS, row, strict=True))
    deed = Deed(
        kind=Kind(value["kind"]),
        asset=asset_from_text(value["asset"]),
        asset_form=AssetForm(value["asset_form"]),
        asset_description=value["asset_description"],
        asset_value_minor=value["asset_value_minor"],
        is_specific=value["is_specific"],
        founder_id=value["founder_id"],
        founder_capacity=value["founder_capacity"],
        nazir_id=value["nazir_id"],
        nazir_kin_ids=tuple(value["nazir_kin_ids"]),
        nazir_pay=NazirPay(
            PayKind(value["nazir_pay_kind"]), value["nazir_pay_minor"], value["nazir_pay_bp"]
        ),
        distribution_frequency=Frequency(value["distribution_frequency"]),
        beneficiaries=tuple(
            Beneficiary(each["category"], each["share_bp"]) for each in value["beneficiaries"]
        ),
        purposes=tuple(value["purposes"]),
        conditions=tuple(value["conditions"]),
        deed_on=value["deed_on"],
        deed_document=value["deed_document"],
        ends_on=value["ends_on"],
        is_qard_allowed=value["is_qard_allowed"],
        is_income_retention_allowed=value["is_income_retention_allowed"],
    )
    own = ("endowment_id", "external_id", "name", "created_at", "created_by", "approved_at",
           "approved_by", "closed_at", "metadata", "version")  # fmt: skip
    return Endowment(
        deed=deed, status=Status(value["status"]), **{name: value[name] for name in own}
    )
