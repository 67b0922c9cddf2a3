"""SQL of default, hardship and write-off."""

from __future__ import annotations

from typing import Any

import psycopg

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.money import Money, asset_from_text
from sanduq.microfinance.loans.hardship.errors import WriteOffAsked
from sanduq.microfinance.loans.hardship.model import (
    Assessment,
    Channel,
    CollectionCost,
    Demand,
    Forgiveness,
    WriteOff,
    WriteOffStatus,
)
from sanduq.shariah.facts import DebtorState

_DEMAND = (
    "d.demand_id, d.loan_id, d.demanded_on, d.respond_by_on, d.channel, d.overdue_minor, l.asset,"
    " d.note, d.created_at, d.created_by"
)
_ASSESSMENT = (
    "assessment_id, loan_id, party_id, state, findings, document, assessed_on, created_at,"
    " created_by"
)
_COST = (
    "c.cost_id, c.loan_id, c.amount_minor, c.asset, c.payee, c.receipt, c.incurred_on,"
    " c.journal_id, c.created_at, c.created_by,"
    " o.principal_minor - o.principal_paid_minor"
)
_WRITE_OFF = (
    "write_off_id, loan_id, asset, fund, resolution_id, reason, status, principal_minor,"
    " fee_minor, written_off_on, journal_id, created_at, created_by, decided_at, decided_by,"
    " spending_id"
)
_FORGIVENESS = (
    "forgiveness_id, loan_id, asset, fund, principal_minor, fee_minor, authority, reason,"
    " forgiven_on, journal_id, created_at, created_by"
)


def insert_demand(uow: UnitOfWork, demand: Demand) -> None:
    uow.execute(
        "insert into microfinance.demand values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        uow.institution_id, demand.demand_id, demand.loan_id, demand.demanded_on,
        demand.respond_by_on, str(demand.channel), demand.overdue.amount_minor, demand.note,
        demand.created_at, demand.created_by,
    )  # fmt: skip


def demands_of(uow: UnitOfWork, loan_id: str) -> list[Demand]:
    """Demands on a loan, latest first."""
    rows = uow.all(
        f"select {_DEMAND} from microfinance.demand d join microfinance.loan l"
        " on l.institution_id = d.institution_id and l.loan_id = d.loan_id"
        " where d.institution_id = %s and d.loan_id = %s order by d.demand_id desc",
        uow.institution_id,
        loan_id,
    )
    return [
        Demand(
            row[0],
            row[1],
            row[2],
            row[3],
            Channel(row[4]),
            Money(row[5], asset_from_text(row[6])),
            row[7],
            row[8],
            row[9],
        )
        for row in rows
    ]


def insert_assessment(uow: UnitOfWork, assessment: Assessment) -> None:
    uow.execute(
        f"insert into microfinance.solvency_assessment (institution_id, {_ASSESSMENT})"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        uow.institution_id, assessment.assessment_id, assessment.loan_id, assessment.party_id,
        assessment.state.value, assessment.findings, assessment.document, assessment.assessed_on,
        assessment.created_at, assessment.created_by,
    )  # fmt: skip


def assessments_of(uow: UnitOfWork, loan_id: str) -> list[Assessment]:
    """Assessments on a loan, latest first."""
    rows = uow.all(
        f"select {_ASSESSMENT} from microfinance.solvency_assessment"
        " where institution_id = %s and loan_id = %s order by assessment_id desc",
        uow.institution_id,
        loan_id,
    )
    found: list[Assessment] = []
    for row in rows:
        values: list[Any] = [*row]
        values[3] = DebtorState(row[3])
        found.append(Assessment(*values))
    return found


def insert_cost(uow: UnitOfWork, cost: CollectionCost) -> None:
    uow.execute(
        "insert into microfinance.collection_cost values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s,"
        " %s)",
        uow.institution_id, cost.cost_id, cost.loan_id, cost.amount.amount_minor,
        str(cost.amount.asset), cost.payee, cost.receipt, cost.incurred_on, cost.journal_id,
        cost.created_at, cost.created_by,
    )  # fmt: skip


def costs_of(uow: UnitOfWork, loan_id: str) -> list[CollectionCost]:
    """Collection costs of a loan with what of each is unpaid, latest first."""
    rows = uow.all(
        f"select {_COST} from microfinance.collection_cost c"
        " join obligations.obligation o on o.institution_id = c.institution_id"
        " and o.obligation_id = c.cost_id"
        " where c.institution_id = %s and c.loan_id = %s order by c.cost_id desc",
        uow.institution_id,
        loan_id,
    )
    return [
        CollectionCost(row[0], row[1], Money(row[2], asset_from_text(row[3])), *row[4:])
        for row in rows
    ]


def insert_write_off(uow: UnitOfWork, write_off: WriteOff) -> None:
    """Refuses CONFLICT a second one."""
    try:
        with uow.savepoint():
            uow.execute(
                "insert into microfinance.write_off (institution_id, write_off_id, loan_id,"
                " asset, fund, resolution_id, reason, status, created_at, created_by)"
                " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                uow.institution_id, write_off.write_off_id, write_off.loan_id,
                str(write_off.asset), write_off.fund, write_off.resolution_id, write_off.reason,
                write_off.status.value, write_off.created_at, write_off.created_by,
            )  # fmt: skip
    except psycopg.errors.UniqueViolation as error:
        raise WriteOffAsked from error


def decide_write_off(uow: UnitOfWork, write_off: WriteOff) -> None:
    uow.execute(
        "update microfinance.write_off set status = %s, principal_minor = %s, fee_minor = %s,"
        " written_off_on = %s, journal_id = %s, decided_at = %s, decided_by = %s,"
        " spending_id = %s"
        " where institution_id = %s and write_off_id = %s",
        write_off.status.value, write_off.principal_minor, write_off.fee_minor,
        write_off.written_off_on, write_off.journal_id, write_off.decided_at,
        write_off.decided_by, write_off.spending_id, uow.institution_id, write_off.write_off_id,
    )  # fmt: skip


def get_write_off(uow: UnitOfWork, write_off_id: str) -> WriteOff | None:
    row = uow.one(
        f"select {_WRITE_OFF} from microfinance.write_off"
        " where institution_id = %s and write_off_id = %s for no key update",
        uow.institution_id,
        write_off_id,
    )
    return _write_off(row) if row else None


def write_off_of(uow: UnitOfWork, loan_id: str) -> WriteOff | None:
    """The write-off of a loan that waits or was posted."""
    row = uow.one(
        f"select {_WRITE_OFF} from microfinance.write_off"
        " where institution_id = %s and loan_id = %s and status in ('PENDING', 'POSTED')",
        uow.institution_id,
        loan_id,
    )
    return _write_off(row) if row else None


def _write_off(row: Row) -> WriteOff:
    values: list[Any] = [*row]
    values[2], values[6] = asset_from_text(row[2]), WriteOffStatus(row[6])
    return WriteOff(*values)


def insert_forgiveness(uow: UnitOfWork, forgiveness: Forgiveness) -> None:
    uow.execute(
        f"insert into microfinance.forgiveness (institution_id, {_FORGIVENESS})"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        uow.institution_id, forgiveness.forgiveness_id, forgiveness.loan_id,
        str(forgiveness.asset), forgiveness.fund, forgiveness.principal_minor,
        forgiveness.fee_minor, forgiveness.authority, forgiveness.reason,
        forgiveness.forgiven_on, forgiveness.journal_id, forgiveness.created_at,
        forgiveness.created_by,
    )  # fmt: skip
