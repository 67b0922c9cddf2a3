"""SQL of common funds, their contributions and what the books hold of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import psycopg
from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Money, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.common_fund.errors import FundExternalIdTaken, FundOpenAlready
from sanduq.microfinance.common_fund.model import (
    Basis,
    Bylaws,
    Contribution,
    ContributionKind,
    CustodianUse,
    Fund,
    FundStatus,
    Holdings,
    Line,
    Nature,
    SurplusMode,
    Use,
)
from sanduq.microfinance.groups.members.model import Membership, Role
from sanduq.obligations.schedule import Frequency

_FUND = (
    "select fund_id, group_id, external_id, status, basis, asset, contribution_minor, frequency,"
    " bylaws_document, uses, cover_nature, surplus_modes, exit_share_bps, custodian_use,"
    " is_mandatory_for_loan, placement, opened_on, closed_at, metadata, created_at, created_by,"
    " version from microfinance.common_fund where institution_id = "
)
_CONTRIBUTION = (
    "select contribution_id, group_id, party_id, kind, amount_minor, asset, received_on,"
    " reference, journal_id, created_at, created_by"
    " from microfinance.fund_contribution where institution_id = "
)


def _fund(row: Row) -> Fund:
    return Fund(
        fund_id=row[0],
        group_id=row[1],
        external_id=row[2],
        status=FundStatus(row[3]),
        basis=Basis(row[4]),
        asset=asset_from_text(row[5]),
        contribution_minor=row[6],
        frequency=Frequency(row[7]),
        bylaws=Bylaws(
            document=row[8],
            uses=frozenset(Use(one) for one in row[9]),
            cover_nature=None if row[10] is None else Nature(row[10]),
            surplus_modes=frozenset(SurplusMode(one) for one in row[11]),
            exit_share_bps=row[12],
            custodian_use=CustodianUse(row[13]),
            is_mandatory_for_loan=row[14],
            placement=row[15],
        ),
        opened_on=row[16],
        closed_at=row[17],
        metadata=row[18],
        created_at=row[19],
        created_by=row[20],
        version=row[21],
    )


def insert(uow: UnitOfWork, fund: Fund) -> None:
    """Refuses CONFLICT a second fund of a group, an external id that is taken."""
    laws = fund.bylaws
    try:
        with uow.savepoint():
            uow.execute(
                "insert into microfinance.common_fund (institution_id, fund_id, group_id,"
                " external_id, status, basis, asset, contribution_minor, frequency,"
                " bylaws_document, uses, cover_nature, surplus_modes, exit_share_bps,"
                " custodian_use, is_mandatory_for_loan, placement, opened_on, metadata,"
                " created_at, created_by, version) values"
                " (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s::text[],%s,%s::text[],%s,%s,%s,%s,%s,%s,%s,"
                "  %s,%s)",
                uow.institution_id, fund.fund_id, fund.group_id, fund.external_id,
                str(fund.status), str(fund.basis), str(fund.asset), fund.contribution_minor,
                str(fund.frequency), laws.document, sorted(map(str, laws.uses)),
                None if laws.cover_nature is None else str(laws.cover_nature),
                sorted(map(str, laws.surplus_modes)), laws.exit_share_bps,
                str(laws.custodian_use), laws.is_mandatory_for_loan, laws.placement,
                fund.opened_on, dumps(dict(fund.metadata)).decode(), fund.created_at,
                fund.created_by, fund.version,
            )  # fmt: skip
    except psycopg.errors.UniqueViolation as error:
        if error.diag.constraint_name == "common_fund_external":
            raise FundExternalIdTaken from None
        raise FundOpenAlready from None


def set_closed(uow: UnitOfWork, group_id: str) -> None:
    uow.execute(
        "update microfinance.common_fund set status = 'CLOSED', closed_at = %s,"
        " version = version + 1 where institution_id = %s and group_id = %s",
        uow.now,
        uow.institution_id,
        group_id,
    )


def load(
    uow: UnitOfWork, group_ids: Collection[str], *, is_locked: bool = False
) -> dict[str, Fund]:
    """Funds by group, locked in the order of their groups."""
    lock = " order by group_id for no key update" if is_locked else ""
    rows = uow.all(
        f"{_FUND}%s and group_id = any(%s){lock}", uow.institution_id, sorted(set(group_ids))
    )
    return {row[1]: _fund(row) for row in rows}


def holdings(uow: UnitOfWork, fund: Fund) -> Holdings:
    """What the books hold of a fund now."""
    rows = uow.all(
        "select a.code, a.subject, b.balance_minor from ledger.account a"
        " join ledger.balance b using (institution_id, account_id)"
        " where a.institution_id = %s and a.fund = %s and a.asset = %s",
        uow.institution_id,
        f"common:{fund.group_id}",
        str(fund.asset),
    )
    by_code = {code: sum(row[2] for row in rows if row[0] == code) for code in ("1000", "5900")}
    owed = {row[1]: -row[2] for row in rows if row[0] == "2000" and row[2]}
    return Holdings(
        cash_minor=by_code["1000"],
        gifts_minor=-sum(row[2] for row in rows if row[0] == "3400"),
        deficit_minor=by_code["5900"],
        lent_minor=sum(minor for one, minor in owed.items() if one.startswith("cfl_")),
        owned_minor={one: minor for one, minor in owed.items() if not one.startswith("cfl_")},
    )


def insert_contributions(uow: UnitOfWork, news: Sequence[Contribution]) -> None:
    """Writes contributions of any number of groups in one statement."""
    uow.execute(
        "insert into microfinance.fund_contribution (institution_id, contribution_id, group_id,"
        " party_id, kind, amount_minor, asset, received_on, reference, journal_id, created_at,"
        " created_by) select %s, c.id, c.of_group, c.party, c.kind, c.minor, c.asset, c.day,"
        " c.reference, c.journal, %s, %s from unnest(%s::text[], %s::text[], %s::text[],"
        " %s::text[], %s::bigint[], %s::text[], %s::date[], %s::text[], %s::text[])"
        " c(id, of_group, party, kind, minor, asset, day, reference, journal)",
        uow.institution_id, uow.now, uow.actor.user_id,
        [one.contribution_id for one in news], [one.group_id for one in news],
        [one.party_id for one in news], [str(one.kind) for one in news],
        [one.amount.amount_minor for one in news], [str(one.amount.asset) for one in news],
        [one.received_on for one in news], [one.reference for one in news],
        [one.journal_id for one in news],
    )  # fmt: skip


def _contribution(row: Row) -> Contribution:
    return Contribution(
        row[0], row[1], row[2], ContributionKind(row[3]),
        Money(row[4], asset_from_text(row[5])), *row[6:],
    )  # fmt: skip


def select_contributions(
    uow: UnitOfWork, group_id: str, party_id: str | None, request: PageRequest
) -> Page[Contribution]:
    query: sql.Composable = sql.SQL(f"{_CONTRIBUTION}%(institution)s and group_id = %(group)s")
    if party_id is not None:
        query = query + sql.SQL(" and party_id = %(party)s")
    parameters = {"institution": uow.institution_id, "group": group_id, "party": party_id}
    rows, total = newest_first(
        uow, query, parameters, request, order=["created_at", "contribution_id"]
    )
    found = [_contribution(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.contribution_id), total)


def given_by_party(uow: UnitOfWork, days: Mapping[str, date]) -> dict[tuple[str, str], int]:
    """(group, person) to contributions up to the group's day; recoveries are no contributions."""
    rows = uow.all(
        "select c.group_id, c.party_id, sum(c.amount_minor)::bigint"
        " from unnest(%s::text[], %s::date[]) d(group_id, day)"
        " join microfinance.fund_contribution c"
        "  on c.group_id = d.group_id and c.received_on <= d.day"
        " where c.institution_id = %s and c.kind = 'contribution'"
        " group by c.group_id, c.party_id",
        list(days),
        list(days.values()),
        uow.institution_id,
    )
    return {(row[0], row[1]): row[2] for row in rows}


def received_between(uow: UnitOfWork, group_id: str, from_on: date, to_on: date) -> dict[str, int]:
    """Person to contributions of a span of days, both included."""
    rows = uow.all(
        "select party_id, sum(amount_minor)::bigint from microfinance.fund_contribution"
        " where institution_id = %s and group_id = %s and kind = 'contribution'"
        " and received_on between %s and %s group by party_id",
        uow.institution_id,
        group_id,
        from_on,
        to_on,
    )
    return {row[0]: row[1] for row in rows}


def returned_by_party(uow: UnitOfWork, group_id: str) -> dict[str, int]:
    """Person to what was paid to him on leaving; his share of a surplus is no part of it."""
    rows = uow.all(
        "select s.party_id, sum(s.amount_minor)::bigint from microfinance.fund_payment_share s"
        " join microfinance.fund_payment p using (institution_id, payment_id)"
        " where s.institution_id = %s and p.group_id = %s and p.status = 'PAID'"
        " and p.use = 'return_on_leaving' group by s.party_id",
        uow.institution_id,
        group_id,
    )
    return {row[0]: row[1] for row in rows}


def stays(uow: UnitOfWork, group_ids: Collection[str]) -> list[Membership]:
    """Every stay in these groups, past ones too, in order of joining, in one statement."""
    rows = uow.all(
        "select m.membership_id, m.group_id, m.party_id, p.name, m.role, m.joined_on, m.left_on,"
        " m.left_reason, m.created_at, m.created_by, m.version"
        " from microfinance.group_member m join parties.party p"
        "  on p.institution_id = m.institution_id and p.party_id = m.party_id"
        " where m.institution_id = %s and m.group_id = any(%s) order by m.membership_id",
        uow.institution_id,
        sorted(set(group_ids)),
    )
    return [
        Membership(
            membership_id=row[0], group_id=row[1], party_id=row[2], party_name=row[3],
            role=Role(row[4]), joined_on=row[5], left_on=row[6], left_reason=row[7], roles=(),
            created_at=row[8], created_by=row[9], version=row[10],
        )
        for row in rows
    ]  # fmt: skip


def lines(uow: UnitOfWork, group_id: str, party_id: str) -> list[Line]:
    """What came from one member and what went to him or for him, oldest first."""
    rows = uow.all(
        "select day, what, id, minor, note from ("
        " select received_on as day, kind as what, contribution_id as id, amount_minor as minor,"
        "   reference as note from microfinance.fund_contribution"
        "  where institution_id = %(i)s and group_id = %(g)s and party_id = %(p)s"
        " union all select p.paid_on, p.use, p.payment_id, -s.amount_minor, p.reason"
        "  from microfinance.fund_payment_share s"
        "  join microfinance.fund_payment p using (institution_id, payment_id)"
        "  where s.institution_id = %(i)s and p.group_id = %(g)s and s.party_id = %(p)s"
        "  and p.status = 'PAID'"
        " union all select p.paid_on, p.use, p.payment_id, -p.amount_minor, p.reason"
        "  from microfinance.fund_payment p"
        "  where p.institution_id = %(i)s and p.group_id = %(g)s and p.beneficiary_id = %(p)s"
        "  and p.status = 'PAID' and not exists (select from microfinance.fund_payment_share s"
        "   where s.institution_id = p.institution_id and s.payment_id = p.payment_id)"
        " ) found order by day, id",
        {"i": uow.institution_id, "g": group_id, "p": party_id},
    )
    return [Line(row[0], row[1], row[2], row[3], row[4]) for row in rows]
