"""SQL of obligations: debts with their current schedule, written for many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.money import asset_from_text
from sanduq.obligations.model import ComponentOrder, Debt, ObligationStatus
from sanduq.obligations.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Obligation:
    """A debt as it is kept: the pure `debt`, and what only the record knows.

    `fund` is whose money is owed; what was lent out of a pool returns to `pool_id`.
    """

    debt: Debt
    debtor_id: str
    branch_id: str
    status: ObligationStatus
    ageing_class: str
    started_on: date
    settled_on: date | None
    version: int
    fund: str = "own"
    pool_id: str | None = None


_COLUMNS = (
    "o.obligation_id, o.debtor_id, o.branch_id, o.asset, o.status, o.component_order,"
    " o.principal_paid_minor, o.fee_paid_minor, o.ageing_class, o.started_on, o.settled_on,"
    " o.version, s.version, s.due_on, s.principal_minor, s.fee_minor, o.fund, o.pool_id"
)


def load(uow: UnitOfWork, ids: Sequence[str], *, is_locked: bool) -> dict[str, Obligation]:
    """Obligations with their current schedules; locked in id order when they will change."""
    rows = uow.all(
        f"select {_COLUMNS} from obligations.obligation o"
        " join obligations.schedule s on s.institution_id = o.institution_id"
        " and s.obligation_id = o.obligation_id and s.version = o.schedule_version"
        " where o.institution_id = %s and o.obligation_id = any(%s) order by o.obligation_id"
        + (" for no key update of o" if is_locked else ""),
        uow.institution_id,
        list(ids),
    )
    return {row[0]: _obligation(row) for row in rows}


def _obligation(row: Row) -> Obligation:
    schedule = Schedule(row[12], tuple(row[13]), tuple(row[14]), tuple(row[15]))
    debt = Debt(row[0], asset_from_text(row[3]), schedule, row[6], row[7], ComponentOrder(row[5]))
    return Obligation(
        debt, row[1], row[2], ObligationStatus(row[4]), row[8], row[9], row[10], row[11],
        row[16], row[17],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """What a debt's row carries besides its paid totals, derived by the service."""

    oldest_unpaid_due_on: date | None
    next_call_on: date | None
    called_minor: int
    ageing_class: str


def insert(
    uow: UnitOfWork,
    obligations: Sequence[Obligation],
    standings: Sequence[Standing],
    reason: str,
) -> None:
    """Writes new debts with their first schedules, in two statements."""
    debts = [obligation.debt for obligation in obligations]
    uow.execute(
        "insert into obligations.obligation (institution_id, obligation_id, debtor_id, branch_id,"
        " asset, status, component_order, principal_minor, fee_minor, principal_paid_minor,"
        " fee_paid_minor, schedule_version, oldest_unpaid_due_on, next_call_on, called_minor,"
        " ageing_class, started_on, version, fund, pool_id)"
        " select %s, o.id, o.debtor, o.branch, o.asset, 'ACTIVE', o.ordering, o.principal, o.fee,"
        " 0, 0, o.schedule, o.oldest, o.next, o.called, o.class, o.started, 1, o.fund, o.pool"
        " from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[],"
        " %s::bigint[], %s::integer[], %s::date[], %s::date[], %s::bigint[], %s::text[],"
        " %s::date[], %s::text[], %s::text[]) o(id, debtor, branch, asset, ordering, principal,"
        " fee, schedule, oldest, next, called, class, started, fund, pool)",
        uow.institution_id,
        [debt.obligation_id for debt in debts],
        [obligation.debtor_id for obligation in obligations],
        [obligation.branch_id for obligation in obligations],
        [str(debt.asset) for debt in debts],
        [str(debt.component_order) for debt in debts],
        [debt.schedule.principal_total_minor for debt in debts],
        [debt.schedule.fee_total_minor for debt in debts],
        [debt.schedule.version for debt in debts],
        [standing.oldest_unpaid_due_on for standing in standings],
        [standing.next_call_on for standing in standings],
        [standing.called_minor for standing in standings],
        [standing.ageing_class for standing in standings],
        [obligation.started_on for obligation in obligations],
        [obligation.fund for obligation in obligations],
        [obligation.pool_id for obligation in obligations],
    )
    insert_schedules(uow, [(debt.obligation_id, debt.schedule) for debt in debts], reason)


def set_totals(uow: UnitOfWork, obligation: Obligation) -> None:
    """Lets a debt's amounts follow its schedule, which an act of the creditor made smaller."""
    uow.execute(
        "update obligations.obligation set principal_minor = %s, fee_minor = %s"
        " where institution_id = %s and obligation_id = %s",
        obligation.debt.schedule.principal_total_minor,
        obligation.debt.schedule.fee_total_minor,
        uow.institution_id,
        obligation.debt.obligation_id,
    )


def insert_schedules(
    uow: UnitOfWork, schedules: Sequence[tuple[str, Schedule]], reason: str
) -> None:
    """Adds schedule versions. Arrays of arrays travel as text literals, one per schedule."""
    uow.execute(
        "insert into obligations.schedule (institution_id, obligation_id, version, due_on,"
        " principal_minor, fee_minor, reason, created_at, created_by)"
        " select %s, s.id, s.version, s.due::date[], s.principal::bigint[], s.fee::bigint[],"
        " %s, %s, %s from unnest(%s::text[], %s::integer[], %s::text[], %s::text[], %s::text[])"
        " s(id, version, due, principal, fee)",
        uow.institution_id,
        reason,
        uow.now,
        uow.actor.user_id,
        [obligation_id for obligation_id, _ in schedules],
        [schedule.version for _, schedule in schedules],
        [_literal(day.isoformat() for day in schedule.due_on) for _, schedule in schedules],
        [_literal(map(str, schedule.principal_minor)) for _, schedule in schedules],
        [_literal(map(str, schedule.fee_minor)) for _, schedule in schedules],
    )


def _literal(values: object) -> str:
    return "{" + ",".join(values) + "}"  # type: ignore[arg-type]


def update(
    uow: UnitOfWork, obligations: Sequence[Obligation], standings: Sequence[Standing]
) -> None:
    """Writes paid totals, state and standing of changed debts, in one statement."""
    uow.execute(
        "update obligations.obligation o set status = c.status,"
        " principal_paid_minor = c.principal, fee_paid_minor = c.fee,"
        " schedule_version = c.schedule, component_order = c.ordering,"
        " oldest_unpaid_due_on = c.oldest, next_call_on = c.next, called_minor = c.called,"
        " ageing_class = c.class, settled_on = c.settled,"
        # Kept when what was written off is paid after all: it left the portfolio on that day.
        " written_off_on = case when c.status = 'WRITTEN_OFF' then coalesce(o.written_off_on, %s)"
        " when c.status = 'SETTLED' then o.written_off_on end, version = o.version + 1"
        " from unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::integer[],"
        " %s::text[], %s::date[], %s::date[], %s::bigint[], %s::text[], %s::date[])"
        " c(id, status, principal, fee, schedule, ordering, oldest, next, called, class, settled)"
        " where o.institution_id = %s and o.obligation_id = c.id",
        uow.today,
        [obligation.debt.obligation_id for obligation in obligations],
        [str(obligation.status) for obligation in obligations],
        [obligation.debt.principal_paid_minor for obligation in obligations],
        [obligation.debt.fee_paid_minor for obligation in obligations],
        [obligation.debt.schedule.version for obligation in obligations],
        [str(obligation.debt.component_order) for obligation in obligations],
        [standing.oldest_unpaid_due_on for standing in standings],
        [standing.next_call_on for standing in standings],
        [standing.called_minor for standing in standings],
        [standing.ageing_class for standing in standings],
        [obligation.settled_on for obligation in obligations],
        uow.institution_id,
    )


@dataclass(frozen=True, slots=True)
class ScheduleVersion:
    """One version of a schedule: why it was made, and when."""

    schedule: Schedule
    reason: str
    agreed_at: datetime


def schedules_of(uow: UnitOfWork, obligation_id: str) -> list[ScheduleVersion]:
    """Every version of a debt's schedule, oldest first."""
    rows = uow.all(
        "select version, due_on, principal_minor, fee_minor, reason, created_at"
        " from obligations.schedule"
        " where institution_id = %s and obligation_id = %s order by version",
        uow.institution_id,
        obligation_id,
    )
    return [
        ScheduleVersion(
            Schedule(row[0], tuple(row[1]), tuple(row[2]), tuple(row[3])), row[4], row[5]
        )
        for row in rows
    ]


def outstanding_by_debtor(uow: UnitOfWork, debtor_ids: Sequence[str]) -> dict[tuple[str, str], int]:
    """Unpaid principal by (debtor, asset)."""
    rows = uow.all(
        "select debtor_id, asset, sum(principal_minor - principal_paid_minor)::bigint"
        " from obligations.obligation where institution_id = %s and debtor_id = any(%s)"
        " and status = 'ACTIVE' group by debtor_id, asset",
        uow.institution_id,
        list(debtor_ids),
    )
    return {(row[0], row[1]): row[2] for row in rows}


def due_between(uow: UnitOfWork, debtor_id: str, asset: str, after: date, until: date) -> int:
    """What of a debtor's open debts falls due in some days, ahead of what is overdue already."""
    row = uow.one(
        "select coalesce(sum(i.principal + i.fee), 0)::bigint from obligations.obligation o"
        " join obligations.schedule s on s.institution_id = o.institution_id"
        "  and s.obligation_id = o.obligation_id and s.version = o.schedule_version"
        " cross join lateral unnest(s.due_on, s.principal_minor, s.fee_minor)"
        "  i(due_on, principal, fee)"
        " where o.institution_id = %s and o.debtor_id = %s and o.asset = %s"
        " and o.status = 'ACTIVE' and i.due_on > %s and i.due_on <= %s",
        uow.institution_id, debtor_id, asset, after, until,
    )  # fmt: skip
    return int(row[0]) if row else 0
