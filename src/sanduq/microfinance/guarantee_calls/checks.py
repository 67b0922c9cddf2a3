"""Groups, guarantees and calls against one another: part of `sanduq verify`."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork

_CROWDED = (
    "select g.group_id, g.max_members, count(*) from microfinance.lending_group g"
    " join microfinance.group_member m on m.institution_id = g.institution_id"
    "  and m.group_id = g.group_id and m.left_on is null"
    " where g.institution_id = %s group by g.group_id, g.max_members"
    " having count(*) > g.max_members order by g.group_id limit 10"
)
_CALLS = (
    "select c.call_id, c.amount_minor, c.paid_minor, s.amount, s.paid, p.paid"
    " from microfinance.guarantee_call c"
    " left join (select institution_id, call_id, sum(amount_minor) as amount,"
    "   sum(paid_minor) as paid from microfinance.guarantee_share group by 1, 2) s"
    "  using (institution_id, call_id)"
    " left join (select institution_id, call_id, sum(amount_minor) as paid"
    "   from microfinance.guarantee_payment group by 1, 2) p using (institution_id, call_id)"
    " where c.institution_id = %s and (c.amount_minor <> coalesce(s.amount, 0)"
    "  or c.paid_minor <> coalesce(s.paid, 0) or c.paid_minor <> coalesce(p.paid, 0)"
    "  or c.status <> 'CANCELLED' and c.status <> case when c.paid_minor = c.amount_minor"
    "   then 'PAID' when c.paid_minor > 0 then 'PART_PAID' else 'OPEN' end)"
    " order by c.call_id limit 10"
)
_CAPS = (
    "select g.guarantee_id, g.called_minor, coalesce(u.minor, 0) from microfinance.guarantee g"
    " left join (select s.institution_id, s.guarantee_id, sum(case when c.status = 'CANCELLED'"
    "   then s.paid_minor else s.amount_minor end) as minor"
    "  from microfinance.guarantee_share s join microfinance.guarantee_call c"
    "   using (institution_id, call_id) group by 1, 2) u using (institution_id, guarantee_id)"
    " where g.institution_id = %s and g.called_minor <> coalesce(u.minor, 0)"
    " order by g.guarantee_id limit 10"
)
_PAYMENTS = (
    "select p.payment_id, p.amount_minor, r.amount_minor from microfinance.guarantee_payment p"
    " join obligations.repayment r using (institution_id, repayment_id)"
    " where p.institution_id = %s and p.amount_minor <> r.amount_minor"
    " order by p.payment_id limit 10"
)
_RECOURSES = (
    "select r.recourse_id, r.recovered_minor, coalesce(v.minor, 0) from microfinance.recourse r"
    " left join (select institution_id, recourse_id, sum(amount_minor) as minor"
    "  from microfinance.recourse_recovery group by 1, 2) v using (institution_id, recourse_id)"
    " where r.institution_id = %s and r.recovered_minor <> coalesce(v.minor, 0)"
    " order by r.recourse_id limit 10"
)


def check_groups(uow: UnitOfWork) -> Iterator[str]:
    """No group has more people than places (KFL-13)."""
    for group_id, places, people in uow.all(_CROWDED, uow.institution_id):
        yield f"{group_id} has {people} members in {places} places"


def check_guarantees(uow: UnitOfWork) -> Iterator[str]:
    """Calls sum to their shares and payments, caps to what was called, recourse to recoveries."""
    for row in uow.all(_CALLS, uow.institution_id):
        yield f"{row[0]} says {row[1]} called and {row[2]} paid; its parts say {row[3:]}"
    for row in uow.all(_CAPS, uow.institution_id):
        yield f"{row[0]} says {row[1]} of its cap is called; the calls say {row[2]}"
    for row in uow.all(_PAYMENTS, uow.institution_id):
        yield f"{row[0]} is of {row[1]} minor units, its repayment of {row[2]}"
    for row in uow.all(_RECOURSES, uow.institution_id):
        yield f"{row[0]} says {row[1]} recovered; its recoveries say {row[2]}"
