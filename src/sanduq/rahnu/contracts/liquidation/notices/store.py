"""SQL of notices, what came of them, findings about debtors, and consents to a sale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.contracts.liquidation.model import Finding
from sanduq.rahnu.contracts.liquidation.notices.model import (
    ConsentKind,
    DefaultFinding,
    Delivery,
    DeliveryOutcome,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    SaleConsent,
)

_COLUMNS = tuple(each.name for each in fields(Notice) if each.name != "deliveries")
_NAMES = ", ".join(_COLUMNS)
_SELECT = sql.SQL(f"select {_NAMES} from rahnu.notice where institution_id = %(institution)s")
_FILTERS = {
    "due_until": sql.SQL(" and due_on <= %(due_until)s"),
    **{
        name: sql.SQL(f" and {name} = %({name})s")
        for name in ("contract_id", "kind", "status", "recipient_id", "branch_id")
    },
}


def insert(uow: UnitOfWork, notice: Notice) -> None:
    """Writes one notice."""
    marks = ", ".join(["%s"] * len(_COLUMNS))
    values = {name: getattr(notice, name) for name in _COLUMNS}
    values["asset"] = str(notice.asset)
    values["metadata"] = dumps(dict(notice.metadata)).decode()
    for name in ("kind", "status", "channel"):
        values[name] = None if values[name] is None else str(values[name])
    uow.execute(
        f"insert into rahnu.notice (institution_id, {_NAMES}) values (%s, {marks})",
        uow.institution_id,
        *values.values(),
    )


def update(uow: UnitOfWork, notice_id: str, **changed: Any) -> None:
    """Writes the named columns of a notice and counts its version up."""
    assert changed.keys() <= set(_COLUMNS)
    pairs = ", ".join(f"{name} = %s" for name in changed)
    uow.execute(
        f"update rahnu.notice set {pairs}, version = version + 1"
        " where institution_id = %s and notice_id = %s",
        *(str(value) if isinstance(value, NoticeStatus | NoticeChannel) else value
          for value in changed.values()),
        uow.institution_id, notice_id,
    )  # fmt: skip


def get(uow: UnitOfWork, notice_id: str, *, is_locked: bool = False) -> Notice | None:
    """One notice with what came of it."""
    tail = " and notice_id = %(id)s" + (" for update" if is_locked else "")
    rows = uow.composed(
        _SELECT + sql.SQL(tail), {"institution": uow.institution_id, "id": notice_id}
    )
    return _with_deliveries(uow, rows)[0] if rows else None


def search(uow: UnitOfWork, filters: Mapping[str, Any], request: PageRequest) -> Page[Notice]:
    """Notices that match every filter, newest first."""
    query: sql.Composable = _SELECT
    for name in filters:
        query = query + _FILTERS[name]
    parameters = {"institution": uow.institution_id, **filters}
    rows, total = newest_first(uow, query, parameters, request, order=["created_at", "notice_id"])
    found = _with_deliveries(uow, rows)
    return Page.of(found, request, lambda one: (one.created_at, one.notice_id), total)


def of_contract(uow: UnitOfWork, contract_id: str) -> list[Notice]:
    """Every notice of a pledge, oldest first."""
    rows = uow.composed(
        _SELECT + sql.SQL(" and contract_id = %(id)s order by notice_id"),
        {"institution": uow.institution_id, "id": contract_id},
    )
    return _with_deliveries(uow, rows)


def _with_deliveries(uow: UnitOfWork, rows: Sequence[Row]) -> list[Notice]:
    ids = [row[0] for row in rows]
    found: dict[str, list[Delivery]] = {notice_id: [] for notice_id in ids}
    lines = uow.all(
        "select notice_id, number, outcome, delivered_on, proof, recorded_at, recorded_by"
        " from rahnu.notice_delivery where institution_id = %s and notice_id = any(%s)"
        " order by notice_id, number",
        uow.institution_id,
        ids,
    ) if ids else []  # fmt: skip
    for line in lines:
        found[line[0]].append(Delivery(line[1], DeliveryOutcome(line[2]), *line[3:]))
    return [_notice(row, tuple(found[row[0]])) for row in rows]


def _notice(row: Row, deliveries: tuple[Delivery, ...]) -> Notice:
    values = dict(zip(_COLUMNS, row, strict=True))
    channel = values["channel"]
    values.update(
        kind=NoticeKind(values["kind"]),
        status=NoticeStatus(values["status"]),
        channel=None if channel is None else NoticeChannel(channel),
        asset=asset_from_text(values["asset"]),
    )
    return Notice(**values, deliveries=deliveries)


def insert_delivery(uow: UnitOfWork, notice_id: str, delivery: Delivery) -> None:
    """Adds what came of a notice."""
    uow.execute(
        "insert into rahnu.notice_delivery values (%s, %s, %s, %s, %s, %s, %s, %s)",
        uow.institution_id, notice_id, delivery.number, str(delivery.outcome),
        delivery.delivered_on, delivery.proof, delivery.recorded_at, delivery.recorded_by,
    )  # fmt: skip


_MAKE_DUE = """
insert into rahnu.notice (institution_id, notice_id, contract_id, kind, status, recipient_id,
  branch_id, due_on, channel, address, sent_on, proof_reference, sale_on, place, asset,
  reserve_minor, payoff_minor, note, metadata, created_at, created_by, sent_by, version)
select c.institution_id,
       'ntc_' || substr(md5(c.contract_id || ':' || k.kind || ':' || c.matures_on), 1, 26),
       c.contract_id, k.kind, 'PENDING', c.pledgor_id, c.branch_id, k.due_on, null, null, null,
       null, null, null, c.asset, null, null, null, '{}', %(now)s, 'user_system', null, 1
from rahnu.contract c
join rahnu.template t on t.institution_id = c.institution_id and t.template_id = c.template_id
cross join lateral (values
  ('reminder', c.matures_on - (t.terms ->> 'reminder_days')::integer),
  ('maturity', c.matures_on)) k(kind, due_on)
where c.institution_id = %(institution)s and c.status in ('ACTIVE', 'MARGIN_CALL')
  and c.matures_on between %(day)s and %(until)s
  and k.due_on <= %(next)s and k.due_on > %(day)s - 31
  and not exists (select from rahnu.notice n where n.institution_id = c.institution_id
    and n.contract_id = c.contract_id and n.kind = k.kind and n.due_on = k.due_on)
on conflict do nothing
"""


def make_due(uow: UnitOfWork, day: date, next_day: date, until: date) -> int:
    """Makes the reminders and maturity notices that fall due, in one statement; how many."""
    return uow.connection.execute(
        _MAKE_DUE.encode(),
        {"institution": uow.institution_id, "day": day, "next": next_day, "until": until,
         "now": uow.now},
    ).rowcount  # fmt: skip


def withdraw_pending(uow: UnitOfWork, contract_ids: Sequence[str]) -> int:
    """Takes back what waits for pledges that ended; how many."""
    return uow.execute(
        "update rahnu.notice set status = 'WITHDRAWN', version = version + 1"
        " where institution_id = %s and contract_id = any(%s) and status = 'PENDING'"
        " and kind in ('reminder', 'maturity')",
        uow.institution_id,
        list(contract_ids),
    )


def insert_finding(uow: UnitOfWork, found: DefaultFinding) -> None:
    """Writes what was found out about a debtor."""
    uow.execute(
        "insert into rahnu.default_finding"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        uow.institution_id, found.finding_id, found.contract_id, found.party_id,
        str(found.finding), found.evidence, found.document, found.demanded_on, found.assessed_on,
        found.assessed_by, found.created_at, found.created_by,
    )  # fmt: skip


def findings_of(uow: UnitOfWork, contract_id: str) -> list[DefaultFinding]:
    """What was found out about the debtor of a pledge, latest first."""
    rows = uow.all(
        "select finding_id, contract_id, party_id, finding, evidence, document, demanded_on,"
        " assessed_on, assessed_by, created_at, created_by from rahnu.default_finding"
        " where institution_id = %s and contract_id = %s order by finding_id desc",
        uow.institution_id,
        contract_id,
    )
    return [DefaultFinding(row[0], row[1], row[2], Finding(row[3]), *row[4:]) for row in rows]


def insert_consent(uow: UnitOfWork, consent: SaleConsent) -> None:
    """Writes a consent or an order."""
    uow.execute(
        "insert into rahnu.sale_consent values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        uow.institution_id, consent.consent_id, consent.contract_id, str(consent.kind),
        consent.given_by, consent.reference, consent.given_on, consent.created_at,
        consent.created_by,
    )  # fmt: skip


def consents_of(uow: UnitOfWork, contract_id: str) -> list[SaleConsent]:
    """Consents and orders of a pledge, latest first."""
    rows = uow.all(
        "select consent_id, contract_id, kind, given_by, reference, given_on, created_at,"
        " created_by from rahnu.sale_consent where institution_id = %s and contract_id = %s"
        " order by consent_id desc",
        uow.institution_id,
        contract_id,
    )
    return [SaleConsent(row[0], row[1], ConsentKind(row[2]), *row[3:]) for row in rows]
