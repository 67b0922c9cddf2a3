"""SQL of portfolio reports: read models over debts, loans and the ledger. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.money import Asset, asset_from_text
from sanduq.microfinance.loans.book import IS_FINANCING, book, held
from sanduq.obligations.as_of import debts_on
from sanduq.reporting.portfolio.model import BUCKETS, PAR_DAYS, Bucket, By, Span, Standing

BOOK = book()

CURRENCY = " and (%(asset)s::text is null or {}.asset = %(asset)s)"

_KEYS: Mapping[By, str] = {
    By.NONE: "null::text",
    By.BRANCH: "branch_id",
    By.OFFICER: "officer_id",
    By.GROUP: "group_id",
    By.PRODUCT: "product_id",
    By.TYPE: "type",
}
_NAMES: Mapping[By, str] = {
    By.BRANCH: "(select n.name from access.branch n where n.institution_id = %(institution)s"
    " and n.branch_id = part.key)",
    By.OFFICER: "(select n.name from access.staff_user n where n.institution_id = %(institution)s"
    " and n.user_id = part.key)",
    By.GROUP: "(select n.name from microfinance.lending_group n"
    " where n.institution_id = %(institution)s and n.group_id = part.key)",
    By.PRODUCT: "(select n.name from microfinance.product n"
    " where n.institution_id = %(institution)s and n.product_id = part.key)",
}


def _sums() -> str:
    bounds = ("< 1", "<= 30", "<= 60", "<= 90", "<= 180")
    cases = " ".join(f"when days_past_due {b} then {n}" for n, b in enumerate(bounds))
    late = [f"sum(gross_minor) filter (where days_past_due > {days})" for days in PAR_DAYS]
    anew = [
        f"sum(gross_minor) filter (where days_past_due > {days} or is_rescheduled)"
        for days in PAR_DAYS
    ]
    bucket = f"(case {cases} else {len(bounds)} end)"
    buckets = [
        f"{what} filter (where {bucket} = {number}{counted})"
        for number in range(len(BUCKETS))
        for what, counted in (("count(*)", " and gross_minor > 0"), ("sum(gross_minor)", ""))
    ]
    parts = [
        "sum(gross_minor)",
        "count(*) filter (where gross_minor > 0)",
        "count(distinct debtor_id) filter (where gross_minor > 0)",
        "sum(overdue_minor)",
        "sum(gross_minor) filter (where is_rescheduled)",
        "count(*) filter (where is_rescheduled and gross_minor > 0)",
        *late,
        *anew,
        *buckets,
    ]
    return ", ".join(f"coalesce({part}, 0)::bigint as s{n}" for n, part in enumerate(parts))


_SUMS = _sums()


def standings(
    uow: UnitOfWork, day: date, asset: Asset | None, by: By
) -> tuple[list[Standing], list[Standing]]:
    """The portfolio at the end of a day: each currency whole, and its parts, largest first."""
    rows = uow.all(
        f"{BOOK} select part.*, {_NAMES.get(by, 'null::text')} as name"
        f" from (select asset, key, grouping(key) = 1 as is_whole, {_SUMS} from"
        f"  (select book.*, {_KEYS[by]} as key from book where true{CURRENCY.format('book')}) k"
        "  group by grouping sets ((asset), (asset, key))) part"
        " order by asset, is_whole desc, s0 desc, key nulls last",
        bound(uow, [day], asset),
    )
    wholes = [_standing(row) for row in rows if row[2]]
    parts = [_standing(row) for row in rows if not row[2] and by is not By.NONE]
    return wholes, parts


def _standing(row: Row) -> Standing:
    sums = row[3:-1]
    late = sums[6 : 6 + len(PAR_DAYS)]
    anew = sums[6 + len(PAR_DAYS) : 6 + 2 * len(PAR_DAYS)]
    counted = sums[6 + 2 * len(PAR_DAYS) :]
    return Standing(
        asset=asset_from_text(row[0]),
        key=row[1],
        name=row[-1],
        gross_minor=sums[0],
        loans=sums[1],
        borrowers=sums[2],
        overdue_minor=sums[3],
        rescheduled_minor=sums[4],
        rescheduled_loans=sums[5],
        at_risk_minor=dict(zip(PAR_DAYS, late, strict=True)),
        at_risk_anew_minor=dict(zip(PAR_DAYS, anew, strict=True)),
        buckets=tuple(
            Bucket(name, counted[2 * number], counted[2 * number + 1])
            for number, name in enumerate(BUCKETS)
        ),
    )


def leased_assets(uow: UnitOfWork, day: date, asset: Asset | None) -> list[tuple[Asset, int]]:
    """What is let, at cost less depreciation: it stands beside the portfolio, not in it."""
    rows = uow.all(
        f"select h.asset, sum(h.minor)::bigint from ({held()}) h"
        f" where h.code in ('1500', '1590'){CURRENCY.format('h')}"
        " group by h.asset having sum(h.minor) <> 0 order by h.asset",
        bound(uow, [day], asset),
    )
    return [(asset_from_text(row[0]), row[1]) for row in rows]


@dataclass(frozen=True, slots=True)
class Measure:
    """Gross portfolio, its qard part, borrowers and officers at the end of one day."""

    gross_minor: int = 0
    qard_minor: int = 0
    borrowers: int = 0
    officers: int = 0
    at_risk_30_minor: int = 0


def measures(
    uow: UnitOfWork, days: Sequence[date], asset: Asset | None
) -> dict[tuple[str, date], Measure]:
    """The book measured on several days in one statement, by asset text and day."""
    rows = uow.all(
        f"{BOOK} select asset, day, sum(gross_minor)::bigint,"
        " coalesce(sum(gross_minor) filter (where type = 'qard_hasan'), 0)::bigint,"
        " count(distinct debtor_id) filter (where gross_minor > 0),"
        " count(distinct officer_id) filter (where gross_minor > 0),"
        " coalesce(sum(gross_minor) filter (where days_past_due > 30), 0)::bigint"
        f" from book where true{CURRENCY.format('book')} group by asset, day",
        bound(uow, days, asset),
    )
    return {(row[0], row[1]): Measure(*row[2:]) for row in rows}


def bound(uow: UnitOfWork, days: Sequence[date], asset: Asset | None) -> dict[str, Any]:
    return {
        "institution": uow.institution_id,
        "time_zone": uow.time_zone,
        "days": list(days),
        "asset": str(asset) if asset is not None else None,
    }


def bound_span(uow: UnitOfWork, span: Span, asset: Asset | None) -> dict[str, Any]:
    return {
        **bound(uow, [span.opening_on, span.to_on], asset),
        "from_on": span.from_on,
        "to_on": span.to_on,
    }


def retention_row(uow: UnitOfWork, span: Span, asset: Asset | None, resting_since: date) -> Row:
    """(active start, active end, new, new and active, returning, resting, forgiven)."""
    row = uow.one(
        f"{BOOK}, active as (select distinct day, debtor_id from book"
        f"  where gross_minor > 0{CURRENCY.format('book')}),"
        " first_debt as (select debtor_id, min(began_on) as began_on, max(ended_on) as ended_on"
        "  from (select o.debtor_id, o.started_on as began_on,"
        "    case when o.status = 'SETTLED' then o.settled_on end as ended_on"
        "   from obligations.obligation o where o.institution_id = %(institution)s"
        f"   and o.status <> 'CANCELLED' and {IS_FINANCING}"
        "   union all select l.borrower_id, (l.disbursed_at at time zone %(time_zone)s)::date,"
        "    (l.closed_at at time zone %(time_zone)s)::date from microfinance.loan l"
        "   where l.institution_id = %(institution)s and l.type = 'salam_micro'"
        "   and l.disbursed_at is not null) s"
        "  where began_on <= %(to_on)s group by debtor_id),"
        " forgiven as (select distinct o.debtor_id from ledger.journal j"
        "  join ledger.entry e using (institution_id, journal_seq)"
        "  join ledger.account a using (institution_id, account_id)"
        "  join obligations.obligation o on o.institution_id = j.institution_id"
        "   and o.obligation_id = a.subject"
        "  where j.institution_id = %(institution)s and j.kind = 'loan.forgiven'"
        "  and j.effective_on between %(from_on)s and %(to_on)s),"
        " client as (select p.debtor_id, p.began_on, p.ended_on,"
        "   exists (select from active x where x.debtor_id = p.debtor_id"
        "    and x.day = %(opening_on)s) as at_start,"
        "   exists (select from active x where x.debtor_id = p.debtor_id"
        "    and x.day = %(to_on)s) as at_end,"
        "   exists (select from forgiven f where f.debtor_id = p.debtor_id) as is_forgiven"
        "  from first_debt p)"
        " select count(*) filter (where at_start), count(*) filter (where at_end),"
        "  count(*) filter (where is_new), count(*) filter (where is_new and at_end),"
        "  count(*) filter (where at_end and not at_start and not is_new),"
        "  count(*) filter (where has_left and not is_forgiven and ended_on >= %(resting_since)s),"
        "  count(*) filter (where has_left and is_forgiven)"
        " from (select client.*, began_on >= %(from_on)s as is_new,"
        "   at_start and not at_end as has_left from client) c",
        {
            **bound_span(uow, span, asset),
            "opening_on": span.opening_on,
            "resting_since": resting_since,
        },
    )
    assert row is not None
    return row


def untied(uow: UnitOfWork, day: date) -> list[Row]:
    """(what, asset, read model, ledger) where the book and the ledger differ on a day."""
    return uow.all(
        "with debt as ("
        " select case l.type when 'murabaha_micro' then '1300' when 'salam_micro' then '1420'"
        "   else '1100' end as code, b.asset,"
        "  sum(case l.type when 'murabaha_micro' then b.principal_minor + b.fee_minor"
        "   else b.principal_minor end)::bigint as minor"
        f" from ({debts_on(where=IS_FINANCING)}) b left join microfinance.loan l"
        "  on l.institution_id = %(institution)s and l.contract_id = b.obligation_id"
        " where l.type is distinct from 'service_ijarah' group by 1, 2),"
        " ledger as ("
        " select a.code, a.asset, sum(b.balance_minor - coalesce(m.minor, 0))::bigint as minor"
        " from ledger.account a join ledger.balance b using (institution_id, account_id)"
        " left join (select e.account_id, sum(e.amount_minor)::bigint as minor"
        "  from ledger.journal j join ledger.entry e using (institution_id, journal_seq)"
        "  where j.institution_id = %(institution)s and j.effective_on > %(day)s"
        "  group by e.account_id) m using (account_id)"
        " where a.institution_id = %(institution)s and a.code in ('1100', '1300', '1420')"
        " group by a.code, a.asset)"
        " select case code when '1100' then 'qard' when '1300' then 'murabaha' else 'salam' end,"
        "  asset,"
        "  coalesce(d.minor, 0), coalesce(l.minor, 0)"
        " from debt d full join ledger l using (code, asset)"
        " where coalesce(d.minor, 0) <> coalesce(l.minor, 0) order by 1, 2",
        {**bound(uow, [day], None), "day": day},
    )
