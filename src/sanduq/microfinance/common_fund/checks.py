"""Common funds against their books: part of `sanduq verify`."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork

_FUNDS = (
    "with held as (select a.institution_id, a.fund, a.code,"
    "   sum(b.balance_minor)::bigint as minor from ledger.account a"
    "   join ledger.balance b using (institution_id, account_id)"
    "   where a.institution_id = %(i)s and a.fund like 'common:%%' group by 1, 2, 3)"
    " select f.group_id, coalesce(cash.minor, 0), c.minor + l.lent - p.minor,"
    "  coalesce(own.minor, 0) + coalesce(gifts.minor, 0) + coalesce(gap.minor, 0)"
    " from microfinance.common_fund f"
    " left join held cash on cash.fund = 'common:' || f.group_id and cash.code = '1000'"
    " left join held own on own.fund = 'common:' || f.group_id and own.code = '2000'"
    " left join held gifts on gifts.fund = 'common:' || f.group_id and gifts.code = '3400'"
    " left join held gap on gap.fund = 'common:' || f.group_id and gap.code = '5900'"
    " cross join lateral (select coalesce(sum(x.amount_minor), 0)::bigint as minor"
    "  from microfinance.fund_contribution x where x.institution_id = f.institution_id"
    "  and x.group_id = f.group_id) c"
    " cross join lateral (select coalesce(sum(x.amount_minor), 0)::bigint as lent"
    "  from microfinance.fund_loan x where x.institution_id = f.institution_id"
    "  and x.group_id = f.group_id) l"
    " cross join lateral (select coalesce(sum(x.amount_minor), 0)::bigint as minor"
    "  from microfinance.fund_payment x where x.institution_id = f.institution_id"
    "  and x.group_id = f.group_id and x.status = 'PAID') p"
    " where f.institution_id = %(i)s order by f.group_id"
)
_OWNED = (
    "select c.group_id, c.party_id, c.minor - coalesce(p.minor, 0), -coalesce(b.minor, 0)"
    " from (select x.institution_id, x.group_id, x.party_id, sum(x.amount_minor)::bigint as minor"
    "  from microfinance.fund_contribution x join microfinance.common_fund f"
    "   on f.institution_id = x.institution_id and f.group_id = x.group_id"
    "   and f.basis <> 'TABARRU' where x.institution_id = %(i)s group by 1, 2, 3) c"
    " left join (select p.institution_id, p.group_id, s.party_id,"
    "   sum(s.amount_minor)::bigint as minor from microfinance.fund_payment_share s"
    "   join microfinance.fund_payment p using (institution_id, payment_id)"
    "   where p.status = 'PAID' group by 1, 2, 3) p using (institution_id, group_id, party_id)"
    " left join (select a.institution_id, a.fund, a.subject, sum(v.balance_minor)::bigint as minor"
    "   from ledger.account a join ledger.balance v using (institution_id, account_id)"
    "   where a.code = '2000' group by 1, 2, 3) b on b.institution_id = c.institution_id"
    "   and b.fund = 'common:' || c.group_id and b.subject = c.party_id"
    " where c.minor - coalesce(p.minor, 0) <> -coalesce(b.minor, 0)"
    " order by c.group_id, c.party_id limit 10"
)
_CLOSED = (
    "select f.group_id, sum(b.balance_minor)::bigint from microfinance.common_fund f"
    " join ledger.account a on a.institution_id = f.institution_id"
    "  and a.fund = 'common:' || f.group_id and a.code = '1000'"
    " join ledger.balance b on b.institution_id = a.institution_id"
    "  and b.account_id = a.account_id"
    " where f.institution_id = %s and f.status = 'CLOSED' group by 1"
    " having sum(b.balance_minor) <> 0 order by 1 limit 10"
)
_UNSIGNED = (
    "select p.payment_id from microfinance.fund_payment p"
    " left join microfinance.fund_signature s using (institution_id, payment_id)"
    " where p.institution_id = %s and p.status in ('PAID', 'RETURNED')"
    " group by p.payment_id having count(distinct s.officer_id) < 2 order by 1 limit 10"
)


def check_common_funds(uow: UnitOfWork) -> Iterator[str]:
    """A fund's cash is what came in less what went out, each owner has what he put in, nothing
    was paid without two officers, and a closed fund is empty."""
    for group_id, cash, expected, rest in uow.all(_FUNDS, {"i": uow.institution_id}):
        if cash != expected:
            yield f"the fund of {group_id} holds {cash}; its receipts and payments say {expected}"
        if cash + rest != 0:
            yield f"the fund of {group_id} holds {cash} of cash against {-rest} of gifts and dues"
    for group_id, party_id, expected, owned in uow.all(_OWNED, {"i": uow.institution_id}):
        yield f"{party_id} owns {owned} in the fund of {group_id}; his payments say {expected}"
    for group_id, cash in uow.all(_CLOSED, uow.institution_id):
        yield f"the fund of {group_id} is closed and holds {cash}"
    for (payment_id,) in uow.all(_UNSIGNED, uow.institution_id):
        yield f"{payment_id} was paid without the signatures of two officers"
