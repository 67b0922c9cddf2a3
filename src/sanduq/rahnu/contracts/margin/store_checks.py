"""SQL of what verification recomputes of margins."""

from __future__ import annotations

from sanduq.kit.db import Row, UnitOfWork
from sanduq.rahnu.contracts.margin.postings import DUE_TO_PLEDGORS, RECEIVED, RETURNED

_HELD = (
    "select contract_id, asset, sum(case kind when 'received' then amount_minor"
    " else -amount_minor end) as held from rahnu.top_up"
    " where institution_id = %(institution)s group by contract_id, asset"
)


def top_up_faults(uow: UnitOfWork) -> list[Row]:
    """Pledges whose recorded cash is not what their journals moved: both figures."""
    return uow.all(
        f"with held as ({_HELD}), booked as ("
        " select a.subject as contract_id, a.asset, -sum(e.amount_minor) as minor"
        " from ledger.journal j join ledger.entry e using (institution_id, journal_seq)"
        " join ledger.account a using (institution_id, account_id)"
        " where j.institution_id = %(institution)s and j.kind = any(%(kinds)s)"
        "  and a.code = %(code)s group by a.subject, a.asset)"
        " select coalesce(h.contract_id, b.contract_id), coalesce(h.held, 0), coalesce(b.minor, 0)"
        " from held h full join booked b using (contract_id, asset)"
        " where coalesce(h.held, 0) <> coalesce(b.minor, 0) order by 1",
        {
            "institution": uow.institution_id,
            "code": DUE_TO_PLEDGORS,
            "kinds": [RECEIVED, RETURNED, f"{RECEIVED}.reversed", f"{RETURNED}.reversed"],
        },
    )


def uncovered_top_ups(uow: UnitOfWork) -> list[Row]:
    """Pledges beside which more is held than is owed to their owner: both figures."""
    return uow.all(
        f"select h.contract_id, h.held, coalesce(-b.balance_minor, 0) from ({_HELD}) h"
        " left join ledger.account a on a.institution_id = %(institution)s"
        "  and a.code = %(code)s and a.subject = h.contract_id and a.asset = h.asset"
        " left join ledger.balance b on b.institution_id = %(institution)s"
        "  and b.account_id = a.account_id"
        " where h.held > coalesce(-b.balance_minor, 0) order by 1",
        {"institution": uow.institution_id, "code": DUE_TO_PLEDGORS},
    )


def status_faults(uow: UnitOfWork) -> list[Row]:
    """Pledges in force that show another status than their flag."""
    return uow.all(
        "select contract_id, status, margin_flag from rahnu.contract where institution_id = %s"
        " and status in ('ACTIVE', 'MARGIN_CALL')"
        " and (status = 'MARGIN_CALL') <> (margin_flag in ('call', 'critical'))"
        " order by contract_id",
        uow.institution_id,
    )


def flag_faults(uow: UnitOfWork) -> list[Row]:
    """Pledges in force whose flag is not the one their last change left."""
    return uow.all(
        "select c.contract_id, c.margin_flag, coalesce(m.flag_after, 'none')"
        " from rahnu.contract c left join lateral (select flag_after from rahnu.margin_change m"
        "  where m.institution_id = c.institution_id and m.contract_id = c.contract_id"
        "  order by m.change_id desc limit 1) m on true"
        " where c.institution_id = %s and c.status in ('ACTIVE', 'MARGIN_CALL')"
        " and c.margin_flag <> coalesce(m.flag_after, 'none') order by c.contract_id",
        uow.institution_id,
    )


def call_faults(uow: UnitOfWork) -> list[str]:
    """Pledges that are called without an open call, or have one open and are not called."""
    rows = uow.all(
        "select coalesce(c.contract_id, m.contract_id) from"
        " (select contract_id from rahnu.contract where institution_id = %(institution)s"
        "   and status = 'MARGIN_CALL') c"
        " full join (select contract_id from rahnu.margin_call"
        "   where institution_id = %(institution)s and ended_on is null) m using (contract_id)"
        " where c.contract_id is null or m.contract_id is null order by 1",
        {"institution": uow.institution_id},
    )
    return [row[0] for row in rows]
