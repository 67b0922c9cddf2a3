"""SQL of leases, their rents, downtimes and steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import psycopg

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps, loads
from sanduq.kit.money import asset_from_text
from sanduq.microfinance.loans.ijarah.facts import Let
from sanduq.microfinance.loans.ijarah.model import (
    Clauses,
    Fault,
    IjarahTerms,
    Lease,
    LeaseStatus,
    StepFact,
)
from sanduq.microfinance.loans.ijarah.model_rents import Downtime, Rent

_LEASE = (
    "ijarah_id, loan_id, lessee_id, branch_id, asset, status, terms::text, clauses::text,"
    " asset_reference, supplier_id, cost_minor, acquired_on, delivered_on, ends_on,"
    " lease_document, gift_document, earned_minor, refunded_minor, cleared_minor,"
    " depreciated_minor, depreciable_minor, depreciation_months, months_depreciated,"
    " next_depreciation_on, deposit_minor, closed_on, created_at, created_by, version"
)
_NAMES = [part.strip().removesuffix("::text") for part in _LEASE.split(",")]
_RENT = (
    "ijarah_id, number, starts_on, ends_on, due_on, rent_minor, credited_minor, days_unusable,"
    " billed_on"
)


def _lease(row: Row) -> Lease:
    column: dict[str, Any] = dict(zip(_NAMES, row, strict=True))
    asset = asset_from_text(column["asset"])
    return Lease(
        **column
        | {
            "asset": asset,
            "status": LeaseStatus(column["status"]),
            "terms": IjarahTerms.read(loads(column["terms"]), asset),
            "clauses": Clauses.read(loads(column["clauses"])),
        }
    )


def insert(uow: UnitOfWork, lease: Lease) -> bool:
    """Writes a new lease; False when another one holds the asset (rule IJR-16)."""
    values: dict[str, Any] = {name: getattr(lease, name) for name in _NAMES} | {
        "asset": str(lease.asset),
        "status": str(lease.status),
        "terms": dumps(lease.terms.as_mapping()).decode(),
        "clauses": dumps(lease.clauses.as_mapping()).decode(),
        "institution_id": uow.institution_id,
    }
    names = ", ".join(values)
    places = ", ".join(f"%({name})s" for name in values)
    return _unless_held(uow, f"insert into microfinance.ijarah ({names}) values ({places})", values)


def save(uow: UnitOfWork, leases: Sequence[Lease]) -> bool:
    """Writes the running state of leases in one statement; False when an asset is held."""
    return _unless_held(
        uow,
        "update microfinance.ijarah i set status = c.status, asset_reference = c.reference,"
        " supplier_id = c.supplier, cost_minor = c.cost, acquired_on = c.acquired,"
        " delivered_on = c.delivered, ends_on = c.ends, lease_document = c.document,"
        " gift_document = c.gift, earned_minor = c.earned, refunded_minor = c.refunded,"
        " cleared_minor = c.cleared, depreciated_minor = c.written,"
        " depreciable_minor = c.depreciable, depreciation_months = c.months,"
        " months_depreciated = c.done, next_depreciation_on = c.next,"
        " deposit_minor = c.deposit, closed_on = c.closed, version = c.version"
        " from unnest(%(ids)s::text[], %(status)s::text[], %(reference)s::text[],"
        " %(supplier)s::text[], %(cost)s::bigint[], %(acquired)s::date[], %(delivered)s::date[],"
        " %(ends)s::date[], %(document)s::text[], %(gift)s::text[], %(earned)s::bigint[],"
        " %(refunded)s::bigint[], %(cleared)s::bigint[],"
        " %(written)s::bigint[], %(depreciable)s::bigint[], %(months)s::integer[],"
        " %(done)s::integer[], %(next)s::date[], %(deposit)s::bigint[], %(closed)s::date[],"
        " %(version)s::integer[]) c(id, status, reference, supplier, cost, acquired, delivered,"
        " ends, document, gift, earned, refunded, cleared, written, depreciable, months, done,"
        " next, deposit, closed, version)"
        " where i.institution_id = %(institution)s and i.ijarah_id = c.id",
        {
            "institution": uow.institution_id,
            "ids": [one.ijarah_id for one in leases],
            "status": [str(one.status) for one in leases],
            "reference": [one.asset_reference for one in leases],
            "supplier": [one.supplier_id for one in leases],
            "cost": [one.cost_minor for one in leases],
            "acquired": [one.acquired_on for one in leases],
            "delivered": [one.delivered_on for one in leases],
            "ends": [one.ends_on for one in leases],
            "document": [one.lease_document for one in leases],
            "gift": [one.gift_document for one in leases],
            "earned": [one.earned_minor for one in leases],
            "refunded": [one.refunded_minor for one in leases],
            "cleared": [one.cleared_minor for one in leases],
            "written": [one.depreciated_minor for one in leases],
            "depreciable": [one.depreciable_minor for one in leases],
            "months": [one.depreciation_months for one in leases],
            "done": [one.months_depreciated for one in leases],
            "next": [one.next_depreciation_on for one in leases],
            "deposit": [one.deposit_minor for one in leases],
            "closed": [one.closed_on for one in leases],
            "version": [one.version for one in leases],
        },
    )


def _unless_held(uow: UnitOfWork, statement: str, values: dict[str, Any]) -> bool:
    try:
        with uow.savepoint():
            uow.connection.execute(statement.encode(), values)
    except psycopg.errors.UniqueViolation as error:
        if error.diag.constraint_name != "ijarah_asset_held":
            raise
        return False
    return True


def load(uow: UnitOfWork, ids: Sequence[str], *, is_locked: bool = False) -> dict[str, Lease]:
    rows = uow.all(
        f"select {_LEASE} from microfinance.ijarah where institution_id = %s"
        " and ijarah_id = any(%s) order by ijarah_id" + (" for no key update" if is_locked else ""),
        uow.institution_id,
        list(ids),
    )
    return {row[0]: _lease(row) for row in rows}


def other_lets(uow: UnitOfWork, asset_reference: str, except_id: str) -> list[Let]:
    """The live leases of an asset but one; a lease not delivered yet holds it from its making."""
    rows = uow.all(
        "select ijarah_id, coalesce(delivered_on, (created_at at time zone %s)::date), ends_on"
        " from microfinance.ijarah where institution_id = %s and asset_reference = %s"
        " and ijarah_id <> %s and status in ('AGREED', 'ACQUIRED', 'DELIVERED')",
        uow.time_zone, uow.institution_id, asset_reference, except_id,
    )  # fmt: skip
    return [Let(*row) for row in rows]


def insert_rents(uow: UnitOfWork, ijarah_id: str, rents: Sequence[Rent]) -> None:
    uow.execute(
        "insert into microfinance.ijarah_rent (institution_id, ijarah_id, number, starts_on,"
        " ends_on, due_on, rent_minor, credited_minor, days_unusable)"
        " select %s, %s, r.* from unnest(%s::integer[], %s::date[], %s::date[], %s::date[],"
        " %s::bigint[], %s::bigint[], %s::integer[]) r",
        uow.institution_id,
        ijarah_id,
        [rent.number for rent in rents],
        [rent.starts_on for rent in rents],
        [rent.ends_on for rent in rents],
        [rent.due_on for rent in rents],
        [rent.rent_minor for rent in rents],
        [rent.credited_minor for rent in rents],
        [rent.days_unusable for rent in rents],
    )


def save_rents(uow: UnitOfWork, changed: Sequence[tuple[str, Rent]]) -> None:
    """Writes what became of rents, in one statement."""
    uow.execute(
        "update microfinance.ijarah_rent r set rent_minor = c.rent, credited_minor = c.credited,"
        " days_unusable = c.days, billed_on = c.billed"
        " from unnest(%s::text[], %s::integer[], %s::bigint[], %s::bigint[], %s::integer[],"
        " %s::date[]) c(id, number, rent, credited, days, billed)"
        " where r.institution_id = %s and r.ijarah_id = c.id and r.number = c.number",
        [ijarah_id for ijarah_id, _ in changed],
        [rent.number for _, rent in changed],
        [rent.rent_minor for _, rent in changed],
        [rent.credited_minor for _, rent in changed],
        [rent.days_unusable for _, rent in changed],
        [rent.billed_on for _, rent in changed],
        uow.institution_id,
    )


def rents_of(uow: UnitOfWork, ids: Sequence[str]) -> dict[str, tuple[Rent, ...]]:
    """All rents of leases, in order."""
    rows = uow.all(
        f"select {_RENT} from microfinance.ijarah_rent where institution_id = %s"
        " and ijarah_id = any(%s) order by ijarah_id, number",
        uow.institution_id,
        list(ids),
    )
    return _by_lease(rows)


def rents_due(uow: UnitOfWork, ids: Sequence[str], through: date) -> dict[str, tuple[Rent, ...]]:
    """The rents of leases that are due by a day and not billed."""
    rows = uow.all(
        f"select {_RENT} from microfinance.ijarah_rent where institution_id = %s"
        " and ijarah_id = any(%s) and billed_on is null and due_on <= %s"
        " order by ijarah_id, number",
        uow.institution_id, list(ids), through,
    )  # fmt: skip
    return _by_lease(rows)


def _by_lease(rows: Sequence[Row]) -> dict[str, tuple[Rent, ...]]:
    found: dict[str, list[Rent]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(Rent(*row[1:]))
    return {ijarah_id: tuple(rents) for ijarah_id, rents in found.items()}


def leases_to_bill(uow: UnitOfWork, through: date) -> list[str]:
    """Leases with a rent due by a day and not billed, or out of use without the lessee's fault."""
    rows = uow.all(
        "select ijarah_id from microfinance.ijarah_rent"
        " where institution_id = %(institution)s and billed_on is null and due_on <= %(day)s"
        " union select ijarah_id from microfinance.ijarah_downtime"
        " where institution_id = %(institution)s and until_on is null and fault = 'none'"
        " order by ijarah_id",
        {"institution": uow.institution_id, "day": through},
    )
    return [row[0] for row in rows]


def leases_to_depreciate(uow: UnitOfWork, through: date) -> list[str]:
    rows = uow.all(
        "select ijarah_id from microfinance.ijarah where institution_id = %s"
        " and next_depreciation_on <= %s order by ijarah_id",
        uow.institution_id,
        through,
    )
    return [row[0] for row in rows]


def gifts_due(uow: UnitOfWork) -> list[tuple[str, str]]:
    """Delivered leases, with their loans, whose gift waits only on the rents, all paid now."""
    rows = uow.all(
        "select i.ijarah_id, i.loan_id from microfinance.ijarah i"
        " join obligations.obligation o on o.institution_id = i.institution_id"
        "  and o.obligation_id = i.ijarah_id and o.status = 'SETTLED'"
        " where i.institution_id = %s and i.status = 'DELIVERED'"
        " and i.clauses ->> 'transfer_by' = 'conditional_gift'"
        " and i.terms ->> 'ownership_transfer' = 'gift_at_end'"
        " and not exists (select from microfinance.ijarah_rent r"
        "   where r.institution_id = i.institution_id and r.ijarah_id = i.ijarah_id"
        "   and r.billed_on is null) order by i.loan_id",
        uow.institution_id,
    )
    return [(row[0], row[1]) for row in rows]


def insert_downtime(uow: UnitOfWork, ijarah_id: str, downtime: Downtime) -> None:
    uow.execute(
        "insert into microfinance.ijarah_downtime (institution_id, ijarah_id, from_on, fault,"
        " report, recorded_at, recorded_by) values (%s, %s, %s, %s, %s, %s, %s)",
        uow.institution_id, ijarah_id, downtime.from_on, str(downtime.fault), downtime.report,
        uow.now, uow.actor.user_id,
    )  # fmt: skip


def save_downtimes(uow: UnitOfWork, changed: Sequence[tuple[str, Downtime]]) -> None:
    uow.execute(
        "update microfinance.ijarah_downtime d set until_on = c.until_on,"
        " counted_through_on = c.counted"
        " from unnest(%s::text[], %s::date[], %s::date[], %s::date[])"
        " c(id, from_on, until_on, counted)"
        " where d.institution_id = %s and d.ijarah_id = c.id and d.from_on = c.from_on",
        [ijarah_id for ijarah_id, _ in changed],
        [downtime.from_on for _, downtime in changed],
        [downtime.until_on for _, downtime in changed],
        [downtime.counted_through_on for _, downtime in changed],
        uow.institution_id,
    )


def downtimes_of(uow: UnitOfWork, ids: Sequence[str]) -> dict[str, tuple[Downtime, ...]]:
    rows = uow.all(
        "select ijarah_id, from_on, fault, report, until_on, counted_through_on"
        " from microfinance.ijarah_downtime where institution_id = %s and ijarah_id = any(%s)"
        " order by ijarah_id, from_on",
        uow.institution_id,
        list(ids),
    )
    found: dict[str, list[Downtime]] = {}
    for row in rows:
        downtime = Downtime(row[1], Fault(row[2]), row[3], row[4], row[5])
        found.setdefault(row[0], []).append(downtime)
    return {ijarah_id: tuple(some) for ijarah_id, some in found.items()}


def insert_steps(uow: UnitOfWork, steps: Sequence[StepFact]) -> None:
    uow.execute(
        "insert into microfinance.ijarah_step (institution_id, step_id, ijarah_id, kind,"
        " taken_on, document, amount_minor, journal_id, details, recorded_at, recorded_by)"
        " select %s, s.* from unnest(%s::text[], %s::text[], %s::text[], %s::date[], %s::text[],"
        " %s::bigint[], %s::text[], %s::json[], %s::timestamptz[], %s::text[]) s",
        uow.institution_id,
        [step.step_id for step in steps],
        [step.ijarah_id for step in steps],
        [step.kind for step in steps],
        [step.taken_on for step in steps],
        [step.document for step in steps],
        [step.amount_minor for step in steps],
        [step.journal_id for step in steps],
        [_json(step.details) for step in steps],
        [step.recorded_at for step in steps],
        [step.recorded_by for step in steps],
    )


def _json(details: Mapping[str, Any]) -> str:
    return dumps(dict(details)).decode()


def steps_of(uow: UnitOfWork, ijarah_id: str) -> list[StepFact]:
    rows = uow.all(
        "select step_id, ijarah_id, kind, taken_on, document, amount_minor, journal_id,"
        " details::text, recorded_at, recorded_by from microfinance.ijarah_step"
        " where institution_id = %s and ijarah_id = %s order by step_id",
        uow.institution_id,
        ijarah_id,
    )
    return [StepFact(*(*row[:7], loads(row[7]), *row[8:])) for row in rows]
