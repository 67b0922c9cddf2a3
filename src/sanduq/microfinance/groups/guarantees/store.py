"""SQL of guarantees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.groups.guarantees.errors import GuaranteeIdTaken, GuaranteeSpent
from sanduq.microfinance.groups.guarantees.model import (
    ConsentMethod,
    Guarantee,
    GuaranteeStatus,
    Scope,
)
from sanduq.shariah.facts import DebtorState

_SELECT = (
    "select guarantee_id, external_id, group_id, guarantor_id, status, asset, cap_minor,"
    " called_minor, scope, loan_ids, standing_loan_ids, from_on, to_on, has_recourse,"
    " consent_given_on, consent_method, consent_document, explained_minor, annual_surplus_minor,"
    " guarantor_state, ended_on, ended_reason, metadata, created_at, created_by, version"
    " from microfinance.guarantee where institution_id = "
)


def _guarantee(row: Row) -> Guarantee:
    return Guarantee(
        guarantee_id=row[0],
        external_id=row[1],
        group_id=row[2],
        guarantor_id=row[3],
        status=GuaranteeStatus(row[4]),
        asset=asset_from_text(row[5]),
        cap_minor=row[6],
        called_minor=row[7],
        scope=Scope(row[8]),
        loan_ids=tuple(row[9]),
        standing_loan_ids=tuple(row[10]),
        from_on=row[11],
        to_on=row[12],
        has_recourse=row[13],
        consent_given_on=row[14],
        consent_method=ConsentMethod(row[15]),
        consent_document=row[16],
        explained_minor=row[17],
        annual_surplus_minor=row[18],
        guarantor_state=DebtorState(row[19]),
        ended_on=row[20],
        ended_reason=row[21],
        metadata=row[22],
        created_at=row[23],
        created_by=row[24],
        version=row[25],
    )


def insert(uow: UnitOfWork, new: Guarantee) -> None:
    """Writes a guarantee. Refuses CONFLICT a taken external id."""
    try:
        with uow.savepoint():
            uow.execute(
                "insert into microfinance.guarantee (institution_id, guarantee_id, external_id,"
                " group_id, guarantor_id, status, asset, cap_minor, called_minor, scope, loan_ids,"
                " standing_loan_ids, from_on, to_on, has_recourse, consent_given_on,"
                " consent_method, consent_document, explained_minor, annual_surplus_minor,"
                " guarantor_state, metadata, created_at, created_by, version) values"
                " (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s::json,"
                "%s,%s,%s)",
                uow.institution_id, new.guarantee_id, new.external_id, new.group_id,
                new.guarantor_id, str(new.status), str(new.asset), new.cap_minor,
                new.called_minor, str(new.scope), list(new.loan_ids),
                list(new.standing_loan_ids), new.from_on, new.to_on, new.has_recourse,
                new.consent_given_on, str(new.consent_method), new.consent_document,
                new.explained_minor, new.annual_surplus_minor, str(new.guarantor_state),
                dumps(dict(new.metadata)).decode(), new.created_at, new.created_by, new.version,
            )  # fmt: skip
    except psycopg.errors.UniqueViolation:
        raise GuaranteeIdTaken from None


def get(uow: UnitOfWork, group_id: str, guarantee_id: str) -> Guarantee | None:
    row = uow.one(
        f"{_SELECT}%s and group_id = %s and guarantee_id = %s",
        uow.institution_id,
        group_id,
        guarantee_id,
    )
    return _guarantee(row) if row else None


def load(uow: UnitOfWork, ids: Sequence[str]) -> dict[str, Guarantee]:
    rows = uow.all(f"{_SELECT}%s and guarantee_id = any(%s)", uow.institution_id, list(ids))
    return {row[0]: _guarantee(row) for row in rows}


def of_group(uow: UnitOfWork, group_id: str) -> list[Guarantee]:
    """Guarantees of a group that may still cover a debt, oldest first."""
    rows = uow.all(
        f"{_SELECT}%s and group_id = %s and status <> 'RELEASED' order by guarantee_id",
        uow.institution_id,
        group_id,
    )
    return [_guarantee(row) for row in rows]


def live_cap_minor(uow: UnitOfWork, guarantor_id: str, asset: str) -> int:
    """The caps of a person's live guarantees in one asset, over all groups."""
    row = uow.one(
        "select coalesce(sum(cap_minor), 0)::bigint from microfinance.guarantee"
        " where institution_id = %s and guarantor_id = %s and asset = %s and (status = 'ACTIVE'"
        " or status = 'WITHDRAWN' and cardinality(standing_loan_ids) > 0)",
        uow.institution_id,
        guarantor_id,
        asset,
    )
    return int(row[0]) if row else 0


def set_withdrawn(
    uow: UnitOfWork, guarantee_ids: Sequence[str], standing: Sequence[str], reason: str
) -> None:
    uow.execute(
        "update microfinance.guarantee set status = 'WITHDRAWN', ended_on = %s,"
        " ended_reason = %s, standing_loan_ids = %s, version = version + 1"
        " where institution_id = %s and guarantee_id = any(%s)",
        uow.today,
        reason,
        list(standing),
        uow.institution_id,
        list(guarantee_ids),
    )


def set_state(uow: UnitOfWork, guarantor_id: str, state: DebtorState) -> None:
    """How a guarantor stands is one fact for all he answers for."""
    uow.execute(
        "update microfinance.guarantee set guarantor_state = %s, version = version + 1"
        " where institution_id = %s and guarantor_id = %s and status <> 'RELEASED'",
        str(state),
        uow.institution_id,
        guarantor_id,
    )


def add_called(uow: UnitOfWork, changes: Sequence[tuple[str, int]]) -> None:
    """Takes from caps, or gives back. Refuses CONFLICT what would go past a cap."""
    try:
        with uow.savepoint():
            uow.execute(
                "update microfinance.guarantee g set called_minor = g.called_minor + c.minor,"
                " version = g.version + 1 from unnest(%s::text[], %s::bigint[]) c(id, minor)"
                " where g.institution_id = %s and g.guarantee_id = c.id",
                [guarantee_id for guarantee_id, _ in changes],
                [minor for _, minor in changes],
                uow.institution_id,
            )
    except psycopg.errors.CheckViolation:
        raise GuaranteeSpent from None


def select_page(
    uow: UnitOfWork, group_id: str, filters: Mapping[str, str], request: PageRequest
) -> Page[Guarantee]:
    query: sql.Composable = sql.SQL(f"{_SELECT}%(institution)s and group_id = %(group)s")
    for name in filters:
        query = query + sql.SQL(" and {} = {}").format(sql.Identifier(name), sql.Placeholder(name))
    parameters = {"institution": uow.institution_id, "group": group_id, **filters}
    rows, total = newest_first(
        uow, query, parameters, request, order=["created_at", "guarantee_id"]
    )
    found = [_guarantee(row) for row in rows]
    return Page.of(found, request, lambda g: (g.created_at, g.guarantee_id), total)
