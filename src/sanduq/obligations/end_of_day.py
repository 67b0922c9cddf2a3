"""End of day over the whole book, in set-based steps.

Closing day D: lower the KYC tier of whose documents expired, age every late debt as of D,
photograph the book, call the instalments that fall due on the day that begins, then what upper
rooms registered. Each step is recorded with its day: a run that was cut off goes on where it
stopped, and a day is never done twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from sanduq.kit.db import UnitOfWork
from sanduq.parties import service as parties

KYC_STEP = "kyc"

Progress = Callable[[date, str], None]
Step = Callable[[UnitOfWork, date], int]

_registered: dict[str, Step] = {}


def register_step(name: str, step: Step) -> None:
    """Adds a step of an upper domain, wired at assembly; it runs after ours, in name order.

    `step` takes the unit of work and the day that is closed, works on the whole book in sets, and
    returns how many rows it touched. Refuses (`ValueError`) a second step of the same name.
    """
    if name in _STEPS or _registered.setdefault(name, step) is not step:
        raise ValueError(f"an end-of-day step named {name} is registered already")


# Days past due to class, as `obligations.model.ageing_class` has it.
_CLASS = (
    "case when %(day)s - o.oldest_unpaid_due_on < 1 then 'current'"
    " when %(day)s - o.oldest_unpaid_due_on <= 30 then '1-30'"
    " when %(day)s - o.oldest_unpaid_due_on <= 60 then '31-60'"
    " when %(day)s - o.oldest_unpaid_due_on <= 90 then '61-90'"
    " when %(day)s - o.oldest_unpaid_due_on <= 180 then '91-180' else 'over-180' end"
)

_STEPS = {
    "classification": (
        f"update obligations.obligation o set ageing_class = {_CLASS}"
        " where o.institution_id = %(institution)s and o.status = 'ACTIVE'"
        f" and o.oldest_unpaid_due_on < %(day)s and o.ageing_class <> {_CLASS}"
    ),
    "snapshot": (
        "insert into obligations.ageing_snapshot (institution_id, business_on, branch_id, asset,"
        " ageing_class, obligations, outstanding_minor, overdue_minor)"
        " select o.institution_id, %(day)s, o.branch_id, o.asset, o.ageing_class, count(*),"
        " sum(o.principal_minor - o.principal_paid_minor), sum(late.minor)"
        " from obligations.obligation o"
        # Whether the debt is late is asked first inside: schedules of the others stay unread.
        " cross join lateral (select greatest(0, coalesce(sum(i.principal + i.fee), 0)"
        "   - o.principal_paid_minor - o.fee_paid_minor) as minor"
        "   from obligations.schedule s, unnest(s.due_on, s.principal_minor, s.fee_minor)"
        "        i(due_on, principal, fee)"
        "  where o.oldest_unpaid_due_on < %(day)s"
        "    and s.institution_id = o.institution_id and s.obligation_id = o.obligation_id"
        "    and s.version = o.schedule_version and i.due_on < %(day)s) late"
        " where o.institution_id = %(institution)s and o.status = 'ACTIVE'"
        " group by o.institution_id, o.branch_id, o.asset, o.ageing_class"
    ),
    "due": (
        "update obligations.obligation o"
        " set called_minor = c.called, next_call_on = c.next"
        " from obligations.schedule s"
        " cross join lateral ("
        "   select coalesce(sum(i.principal + i.fee) filter (where i.due_on <= %(next)s), 0)"
        "          as called, min(i.due_on) filter (where i.due_on > %(next)s) as next"
        "     from unnest(s.due_on, s.principal_minor, s.fee_minor) i(due_on, principal, fee)) c"
        " where o.institution_id = %(institution)s and o.status = 'ACTIVE'"
        " and o.next_call_on <= %(next)s and s.institution_id = o.institution_id"
        " and s.obligation_id = o.obligation_id and s.version = o.schedule_version"
    ),
}


@dataclass(frozen=True, slots=True)
class DayReport:
    """One closed business date and how many rows each step touched."""

    business_on: date
    steps: dict[str, int]


def closed_through(uow: UnitOfWork) -> date:
    """The last business date whose end of day is complete."""
    row = uow.one(
        "select closed_through_on from access.institution where institution_id = %s",
        uow.institution_id,
    )
    assert row is not None
    found: date = row[0]
    return found


def run_days(uow: UnitOfWork, through: date, progress: Progress | None = None) -> list[DayReport]:
    """Closes every business date after the last closed one, up to and including `through`.

    Safe to run again: closed days are passed over, a half-done day is completed.
    """
    # The row lock keeps two runs from closing the same day side by side.
    row = uow.one(
        "select closed_through_on from access.institution where institution_id = %s for update",
        uow.institution_id,
    )
    assert row is not None
    reports: list[DayReport] = []
    day = row[0] + timedelta(days=1)
    while day <= through:
        reports.append(run_day(uow, day, progress))
        day += timedelta(days=1)
    return reports


def run_day(uow: UnitOfWork, day: date, progress: Progress | None = None) -> DayReport:
    """Runs the steps of one business date that are not done yet, and closes it."""
    done = {
        row[0]: row[1]
        for row in uow.all(
            "select step, row_count from obligations.end_of_day_step"
            " where institution_id = %s and business_on = %s",
            uow.institution_id,
            day,
        )
    }
    steps: dict[str, int] = {}
    if KYC_STEP not in done:
        done[KYC_STEP] = _recorded(uow, KYC_STEP, day, parties.lower_lapsed_tiers(uow))
    steps[KYC_STEP] = done[KYC_STEP]
    for step, statement in _STEPS.items():
        if step not in done:
            done[step] = _run_step(uow, step, statement, day)
        steps[step] = done[step]
        if progress is not None:
            progress(day, step)
    for step, run in sorted(_registered.items()):
        if step not in done:
            done[step] = _recorded(uow, step, day, run(uow, day))
        steps[step] = done[step]
        if progress is not None:
            progress(day, step)
    uow.execute(
        "update access.institution set closed_through_on = greatest(closed_through_on, %s)"
        " where institution_id = %s",
        day,
        uow.institution_id,
    )
    return DayReport(day, steps)


def _run_step(uow: UnitOfWork, step: str, statement: str, day: date) -> int:
    parameters = {"institution": uow.institution_id, "day": day, "next": day + timedelta(days=1)}
    rows = uow.connection.execute(statement.encode(), parameters).rowcount
    return _recorded(uow, step, day, rows)


def _recorded(uow: UnitOfWork, step: str, day: date, rows: int) -> int:
    uow.execute(
        "insert into obligations.end_of_day_step values (%s, %s, %s, %s, %s)",
        uow.institution_id, day, step, uow.now, rows,
    )  # fmt: skip
    return rows
