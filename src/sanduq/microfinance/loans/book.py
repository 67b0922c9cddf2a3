"""Every contract with money out, as it stood on a day: SQL for reports and for groups.

Put into statements as the first of their `with` queries; binds `institution`, `time_zone` and
`days`. Nothing is stored for it.
"""

from __future__ import annotations

from sanduq.obligations.as_of import OPEN_DEBTS, debts_on

_HELD = (
    "select d.day, h.* from unnest(%(days)s::date[]) d(day) cross join lateral ("
    "with later as (select e.account_id, sum(e.amount_minor)::bigint as minor"
    "  from ledger.journal j join ledger.entry e using (institution_id, journal_seq)"
    "  where j.institution_id = %(institution)s and j.effective_on > d.day group by e.account_id)"
    " select a.subject as contract_id, a.asset, a.code,"
    "  sum(b.balance_minor - coalesce(later.minor, 0))::bigint as minor"
    "  from ledger.account a join ledger.balance b using (institution_id, account_id)"
    "  left join later using (account_id)"
    "  where a.institution_id = %(institution)s"
    "  and a.code in ('1390', '1400', '1500', '1590', '1600') and a.subject is not null"
    "  and ({where}) group by a.subject, a.asset, a.code) h"
)

# The delivery day of the oldest goods not covered: the capital gone from the account is what was
# delivered, or given back, of the quantity.
_UNDELIVERED = (
    "select min(q.due_on) filter (where q.sold * s.capital_minor"
    "  > q.whole * (s.capital_minor - h.minor)) as oldest"
    " from microfinance.salam_contract s cross join lateral ("
    "  select due_on, sum(milli) over (order by number) as sold, sum(milli) over () as whole"
    "   from unnest(s.due_on, s.due_milli) with ordinality v(due_on, milli, number)) q"
    " where s.institution_id = %(institution)s and s.contract_id = h.contract_id"
)


# Debts that are financing: of a loan, or of a qard that serves something else. What is owed for
# collection stands beside the loan and is none.
IS_FINANCING = (
    "(exists (select from microfinance.loan f where f.institution_id = o.institution_id"
    " and f.contract_id = o.obligation_id) or exists (select from qard.contract f"
    " where f.institution_id = o.institution_id and f.qard_id = o.obligation_id))"
)


def held(where: str = "true") -> str:
    """A query of the accounts kept for one trade contract each, at the end of each day.

    What stands there now less what took effect later. `where` narrows the accounts (`a`, whose
    `subject` is the contract). Columns: day, contract_id, asset, code, minor (debits positive).
    """
    return _HELD.format(where=where)


def book(candidates: str = OPEN_DEBTS, accounts: str = "true") -> str:
    """`with … book as (…)`: a row for each contract with money out at the end of each day.

    Gross balance: of a qard the unpaid principal; of a murabaha the receivable less the profit
    not yet earned; of a lease the rent billed and unpaid; of a salam the capital of what is
    undelivered, late since its delivery day, and what is to be given back of a cancelled one.
    `candidates` selects debts as in `debts_on`, `accounts` narrows the accounts as in `held`.
    Columns: day, contract_id, type, asset, branch_id, officer_id, group_id, product_id,
    debtor_id, gross_minor, overdue_minor, days_past_due, is_rescheduled.
    """
    return (
        f"with held as materialized ({held(accounts)}), book as ("
        " select b.day, b.obligation_id as contract_id, coalesce(l.type, 'qard_hasan') as type,"
        "  b.asset, b.branch_id, l.officer_id, l.group_id, l.product_id, b.debtor_id,"
        "  case l.type when 'murabaha_micro'"
        "    then b.principal_minor + b.fee_minor + coalesce(h.minor, 0)"
        "    when 'service_ijarah' then coalesce(h.minor, 0) else b.principal_minor end"
        "   as gross_minor, b.overdue_minor, b.days_past_due, b.is_rescheduled"
        f" from ({debts_on(candidates, where=IS_FINANCING)}) b"
        " left join microfinance.loan l on l.institution_id = %(institution)s"
        "  and l.contract_id = b.obligation_id"
        " left join held h on h.day = b.day and h.contract_id = b.obligation_id and h.code ="
        "  case l.type when 'murabaha_micro' then '1390' when 'service_ijarah' then '1600' end"
        " union all"
        " select h.day, h.contract_id, l.type, h.asset, l.branch_id, l.officer_id, l.group_id,"
        "  l.product_id, l.borrower_id, h.minor,"
        "  case when u.oldest < h.day then h.minor else 0 end,"
        "  greatest(0, coalesce(h.day - u.oldest, 0)), false"
        " from held h join microfinance.loan l on l.institution_id = %(institution)s"
        "  and l.contract_id = h.contract_id"
        f" left join lateral ({_UNDELIVERED}) u on true"
        " where h.code = '1400' and h.minor > 0)"
    )
