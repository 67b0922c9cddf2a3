"""What every debt stood at on a day, also a past one: SQL that reports put into their statements.

Nothing is stored for it. A debt on a day is the schedule then in force less what had been paid
by then: today's running total less the payments of later days, so that a day near today costs
little. Payments count on the day they took effect, as in the ledger.

Every statement binds `institution` and `time_zone`.
"""

from __future__ import annotations

_DAY_ENDS_AT = "(({day} + 1)::timestamp at time zone %(time_zone)s)"

# Debts that can be anything but nothing on `d.day`: those open now, and those that something
# happened to since. All others were settled then as they are now.
OPEN_DEBTS = (
    "select obligation_id from obligations.obligation"
    " where institution_id = %(institution)s and status = 'ACTIVE'"
    " union select obligation_id from obligations.obligation"
    " where institution_id = %(institution)s and written_off_on > d.day"
    " union select obligation_id from later"
    " union select obligation_id from obligations.schedule"
    " where institution_id = %(institution)s and version > 1"
    f" and created_at >= {_DAY_ENDS_AT.format(day='d.day')}"
)

_LATER = (
    "select obligation_id, sum(principal_minor)::bigint as principal, sum(fee_minor)::bigint as fee"
    " from obligations.repayment"
    " where institution_id = %(institution)s and received_on > d.day group by obligation_id"
)

_IN_FORCE = (
    "select s.version, s.due_on, s.principal_minor, s.fee_minor from obligations.schedule s"
    " where s.institution_id = o.institution_id and s.obligation_id = o.obligation_id"
    f" and (s.version = 1 or s.created_at < {_DAY_ENDS_AT.format(day='d.day')})"
    " order by s.version desc limit 1"
)

_TOTALS = (
    "select case when s.version = o.schedule_version then o.principal_minor"
    " else (select sum(n)::bigint from unnest(s.principal_minor) n) end as principal,"
    " case when s.version = o.schedule_version then o.fee_minor"
    " else (select sum(n)::bigint from unnest(s.fee_minor) n) end as fee,"
    " o.principal_paid_minor - coalesce(later.principal, 0) as principal_paid,"
    " o.fee_paid_minor - coalesce(later.fee, 0) as fee_paid"
)

# A running total of the lines says how far a payment reaches; a line paid in part is not paid.
_LINES = (
    "select due_on, principal + fee as minor, sum(principal + fee) over (order by number)"
    " as cumulative from unnest(s.due_on, s.principal_minor, s.fee_minor) with ordinality"
    " l(due_on, principal, fee, number)"
)

# Schedules whose first day has not come are not taken apart: nothing of them is late.
_LATE = (
    "select min(i.due_on) filter (where i.cumulative > t.principal_paid + t.fee_paid) as oldest,"
    " greatest(0, coalesce(sum(i.minor) filter (where i.due_on < d.day), 0)"
    "  - t.principal_paid - t.fee_paid)::bigint as overdue"
    f" from ({_LINES}) i where s.due_on[1] < d.day"
)

# The last change of days: a version that adds up to what the one before did. One that adds up
# to less was made by the creditor's giving up a part.
_AGREED_ANEW = (
    "select max(v.created_at) as at from ("
    "  select w.created_at, w.minor, lag(w.minor) over (order by w.version) as before from ("
    "    select x.version, x.created_at,"
    "           (select sum(n) from unnest(x.principal_minor || x.fee_minor) n) as minor"
    "      from obligations.schedule x where x.institution_id = o.institution_id"
    "       and x.obligation_id = o.obligation_id and x.version <= s.version) w) v"
    " where s.version > 1 and v.minor = v.before"
)

_PAID_BY = (
    "(select coalesce(sum(r.principal_minor + r.fee_minor), 0) from obligations.repayment r"
    " where r.institution_id = o.institution_id and r.obligation_id = o.obligation_id"
    " and r.received_on <= {day})"
)
_ANEW_ON = "(anew.at at time zone %(time_zone)s)::date"
_KEPT_TO_CLEAR = 3

# Instalments paid by their day since the days were changed: three in full clear the flag.
_KEPT = (
    f"select count(*) as instalments from ({_LINES}) i where anew.at is not null and i.minor > 0"
    f" and i.cumulative > {_PAID_BY.format(day=_ANEW_ON)}"
    f" and i.cumulative <= {_PAID_BY.format(day='least(i.due_on, d.day)')}"
    " and i.cumulative <= t.principal_paid + t.fee_paid"
)


def debts_on(candidates: str = OPEN_DEBTS, where: str = "true") -> str:
    """A query of the debts in the portfolio at the end of each day of `%(days)s`.

    `candidates` selects the ids worth looking at (`obligation_id`); it may refer to `d.day`.
    `where` narrows the debts (`o`).
    Columns: day, obligation_id, debtor_id, branch_id, asset, fund, started_on, principal_minor
    and fee_minor (both unpaid), overdue_minor (due before that day and unpaid), days_past_due,
    is_rescheduled. Debts written off by then are left out, and so are settled ones. Where a
    payment was taken back and another entered for an earlier day, both count between: such a
    debt stands below zero, here as in the ledger.
    """
    return (
        "select d.day, b.* from unnest(%(days)s::date[]) d(day) cross join lateral ("
        f"with later as ({_LATER}), candidate as ({candidates})"
        " select o.obligation_id, o.debtor_id, o.branch_id, o.asset, o.fund, o.started_on,"
        " t.principal - t.principal_paid as principal_minor, t.fee - t.fee_paid as fee_minor,"
        " coalesce(late.overdue, 0) as overdue_minor,"
        " greatest(0, coalesce(d.day - late.oldest, 0)) as days_past_due,"
        f" coalesce(anew.at is not null and kept.instalments < {_KEPT_TO_CLEAR}, false)"
        "  as is_rescheduled"
        " from candidate c join obligations.obligation o"
        "  on o.institution_id = %(institution)s and o.obligation_id = c.obligation_id"
        " left join later on later.obligation_id = o.obligation_id"
        f" cross join lateral ({_IN_FORCE}) s"
        f" cross join lateral ({_TOTALS}) t"
        f" left join lateral ({_LATE}) late on true"
        f" left join lateral ({_AGREED_ANEW}) anew on true"
        f" left join lateral ({_KEPT}) kept on true"
        " where o.started_on <= d.day and o.status <> 'CANCELLED'"
        " and (o.written_off_on is null or o.written_off_on > d.day)"
        f" and t.principal + t.fee <> t.principal_paid + t.fee_paid and ({where})) b"
    )


# What was really paid by a day: a payment that was taken back by the end of the time looked at
# counts on no day of it.
_STAYED = (
    "r.institution_id = o.institution_id and r.obligation_id = o.obligation_id"
    " and r.reverses is null and not exists (select from obligations.repayment v"
    "  where v.institution_id = r.institution_id and v.reverses = r.repayment_id"
    "  and v.received_on <= %(to_on)s)"
)

_PAID_FOR = (
    "select coalesce(sum(r.principal_minor + r.fee_minor) filter (where r.received_on <= i.due_on),"
    " 0)::bigint as by_due, coalesce(sum(r.principal_minor + r.fee_minor), 0)::bigint as by_end"
    f" from obligations.repayment r where {_STAYED} and r.received_on <= %(to_on)s"
)

_NEXT_VERSION = (
    "select min(n.created_at) as at from obligations.schedule n"
    " where n.institution_id = s.institution_id and n.obligation_id = s.obligation_id"
    " and n.version > s.version"
)


def dues_between(where: str = "true") -> str:
    """A query of the instalments that fell due from `%(from_on)s` to `%(to_on)s`.

    An instalment counts by the schedule in force on its own day, so what was missed stays missed
    when days are changed later. `where` narrows the debts (`o`). Columns: obligation_id, asset,
    started_on, due_on, minor, on_time_minor (paid by its day), late_minor (paid after it, by the
    end), is_last, total_minor (of the whole schedule), principal_minor (of the whole debt).
    """
    ends = _DAY_ENDS_AT.format(day="i.due_on")
    return (
        "select o.obligation_id, o.asset, o.started_on, i.due_on, i.minor,"
        " greatest(0, least(i.minor, p.by_due - i.cumulative + i.minor))::bigint as on_time_minor,"
        " (greatest(0, least(i.minor, p.by_end - i.cumulative + i.minor))"
        "  - greatest(0, least(i.minor, p.by_due - i.cumulative + i.minor)))::bigint as late_minor,"
        " i.cumulative = i.whole as is_last, i.whole::bigint as total_minor, i.principal_minor"
        " from obligations.schedule s join obligations.obligation o"
        "  on o.institution_id = s.institution_id and o.obligation_id = s.obligation_id"
        f" left join lateral ({_NEXT_VERSION}) next on true"
        " cross join lateral (select l.*, max(l.cumulative) over () as whole,"
        "  (select sum(n) from unnest(s.principal_minor) n)::bigint as principal_minor"
        f"  from ({_LINES}) l) i"
        f" cross join lateral ({_PAID_FOR}) p"
        " where s.institution_id = %(institution)s and s.due_on[1] <= %(to_on)s"
        " and s.due_on[cardinality(s.due_on)] >= %(from_on)s"
        " and i.due_on between %(from_on)s and %(to_on)s and i.minor > 0"
        f" and (s.version = 1 or s.created_at < {ends}) and (next.at is null or next.at >= {ends})"
        " and o.started_on <= i.due_on and o.status <> 'CANCELLED'"
        f" and (o.written_off_on is null or o.written_off_on > i.due_on) and ({where})"
    )


def collected_between(where: str = "true") -> str:
    """A query of what was due and paid before and up to the end, one row for each debt.

    For debts begun by `%(to_on)s`; `where` narrows them (`o`). Columns: obligation_id, asset,
    arrears_minor (due before `%(from_on)s` and unpaid when it began), arrears_paid_minor (of
    that, paid by the end), called_minor (all dues up to `%(to_on)s`), called_paid_minor.
    """
    paid = (
        "select coalesce(sum(r.principal_minor + r.fee_minor)"
        "  filter (where r.received_on < %(from_on)s), 0)::bigint as before,"
        " coalesce(sum(r.principal_minor + r.fee_minor), 0)::bigint as by_end"
        f" from obligations.repayment r where {_STAYED} and r.received_on <= %(to_on)s"
    )
    return (
        "select o.obligation_id, o.asset, w.arrears::bigint as arrears_minor,"
        " least(w.arrears, p.by_end - p.before)::bigint as arrears_paid_minor,"
        " c.called as called_minor, least(c.called, p.by_end) as called_paid_minor"
        " from obligations.obligation o"
        f" cross join lateral ({_called('(%(from_on)s::date - 1)')}) a"
        f" cross join lateral ({_called('%(to_on)s::date')}) c"
        f" cross join lateral ({paid}) p"
        # What was written off before is no arrears of the portfolio: its money is a recovery.
        " cross join lateral (select case when o.written_off_on < %(from_on)s then 0"
        "  else greatest(0, a.called - p.before) end as arrears) w"
        " where o.institution_id = %(institution)s and o.started_on <= %(to_on)s"
        f" and o.status <> 'CANCELLED' and ({where})"
    )


def _called(day: str) -> str:
    """All that had fallen due by the end of a day, by the schedule then in force."""
    return (
        "select coalesce((select sum(n.principal + n.fee) from (select s.* from"
        " obligations.schedule s where s.institution_id = o.institution_id"
        " and s.obligation_id = o.obligation_id and o.started_on <= "
        + day
        + f" and (s.version = 1 or s.created_at < {_DAY_ENDS_AT.format(day=day)})"
        " order by s.version desc limit 1) s,"
        " unnest(s.due_on, s.principal_minor, s.fee_minor) n(due_on, principal, fee)"
        f" where n.due_on <= {day}), 0)::bigint as called"
    )
