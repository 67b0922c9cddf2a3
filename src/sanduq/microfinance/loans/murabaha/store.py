"""SQL of murabahas, their steps and the plans of their profit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps, loads
from sanduq.kit.money import asset_from_text
from sanduq.microfinance.loans.murabaha.model import (
    Clauses,
    Murabaha,
    MurabahaTerms,
    Stage,
    Step,
    StepFact,
)
from sanduq.microfinance.loans.murabaha.model_profit import ProfitPlan

_COLUMNS = (
    "murabaha_id", "loan_id", "borrower_id", "branch_id", "asset", "stage", "terms", "clauses",
    "cost_minor", "profit_minor", "created_at", "created_by", "promise_binds", "promised_at",
    "margin_minor", "margin_held_minor", "supplier_id", "invoice_on", "inventory_minor",
    "possessed_at", "offered_at", "sold_at", "recognised_minor", "released_minor",
    "plan_version", "next_profit_on", "version",
)  # fmt: skip
_FIXED = frozenset(
    {"murabaha_id", "loan_id", "borrower_id", "branch_id", "asset", "terms", "clauses",
     "created_at", "created_by"}
)  # fmt: skip
_CHANGING = tuple(name for name in _COLUMNS if name not in _FIXED)
_SELECT = ", ".join(f"c.{name}::text" if name in ("terms", "clauses") else f"c.{name}"
                    for name in _COLUMNS)  # fmt: skip
_STEP = (
    "step_id, murabaha_id, kind, taken_at, document, amount_minor, journal_ids, details::text,"
    " recorded_at, recorded_by"
)
_STEP_NAMES = [part.strip().removesuffix("::text") for part in _STEP.split(",")]


def _contract(row: Row) -> Murabaha:
    column: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
    asset = asset_from_text(column["asset"])
    return Murabaha(
        **column
        | {
            "asset": asset,
            "stage": Stage(column["stage"]),
            "terms": MurabahaTerms.read(loads(column["terms"]), asset),
            "clauses": Clauses.read(loads(column["clauses"])),
        }
    )


def _values(contract: Murabaha) -> dict[str, Any]:
    return {name: getattr(contract, name) for name in _COLUMNS} | {
        "asset": str(contract.asset),
        "stage": str(contract.stage),
        "terms": dumps(contract.terms.as_mapping()).decode(),
        "clauses": dumps(contract.clauses.as_mapping()).decode(),
        "asset_reference": contract.terms.asset_reference,
    }


def insert(uow: UnitOfWork, contract: Murabaha) -> None:
    """Writes a new contract."""
    values = _values(contract) | {"institution_id": uow.institution_id}
    names = ", ".join(values)
    places = ", ".join(f"%({name})s" for name in values)
    uow.connection.execute(
        f"insert into microfinance.murabaha ({names}) values ({places})".encode(), values
    )


def save(uow: UnitOfWork, contract: Murabaha) -> None:
    """Writes the running state of a contract that is locked."""
    changes = ", ".join(f"{name} = %({name})s" for name in _CHANGING)
    uow.connection.execute(
        f"update microfinance.murabaha set {changes}"
        " where institution_id = %(institution_id)s and murabaha_id = %(murabaha_id)s".encode(),
        _values(contract) | {"institution_id": uow.institution_id},
    )


def get(uow: UnitOfWork, loan_id: str, *, is_locked: bool = False) -> Murabaha | None:
    """The contract behind a loan."""
    row = uow.one(
        f"select {_SELECT} from microfinance.murabaha c"
        " where c.institution_id = %s and c.loan_id = %s"
        + (" for no key update" if is_locked else ""),
        uow.institution_id,
        loan_id,
    )
    return None if row is None else _contract(row)


def financed_before(
    uow: UnitOfWork, borrower_id: str, asset_reference: str, *, besides: str | None
) -> list[str]:
    """Contracts by which these very goods were, or are being, sold to this customer."""
    rows = uow.all(
        "select murabaha_id from microfinance.murabaha where institution_id = %s"
        " and borrower_id = %s and asset_reference = %s"
        " and stage not in ('DECLINED', 'RESOLD', 'CANCELLED')"
        " and murabaha_id is distinct from %s order by murabaha_id limit 5",
        uow.institution_id,
        borrower_id,
        asset_reference,
        besides,
    )
    return [row[0] for row in rows]


def sold_to(uow: UnitOfWork, party_id: str, asset_reference: str) -> list[tuple[datetime, int]]:
    """When these very goods were sold to this party, and at what price."""
    rows = uow.all(
        "select sold_at, cost_minor + profit_minor from microfinance.murabaha"
        " where institution_id = %s and borrower_id = %s and asset_reference = %s"
        " and stage = 'SOLD' order by sold_at",
        uow.institution_id,
        party_id,
        asset_reference,
    )
    return [(row[0], row[1]) for row in rows]


def insert_step(uow: UnitOfWork, fact: StepFact) -> None:
    """Writes a step as it was taken."""
    uow.execute(
        "insert into microfinance.murabaha_step (institution_id, step_id, murabaha_id, kind,"
        " taken_at, document, amount_minor, journal_ids, details, recorded_at, recorded_by)"
        " values (%s,%s,%s,%s,%s,%s,%s,%s,%s::json,%s,%s)",
        uow.institution_id, fact.step_id, fact.murabaha_id, str(fact.kind), fact.taken_at,
        fact.document, fact.amount_minor, list(fact.journal_ids),
        dumps(dict(fact.details)).decode(), fact.recorded_at, fact.recorded_by,
    )  # fmt: skip


def steps_of(uow: UnitOfWork, murabaha_id: str) -> list[StepFact]:
    """The steps of a contract in the order they were recorded."""
    rows = uow.all(
        f"select {_STEP} from microfinance.murabaha_step"
        " where institution_id = %s and murabaha_id = %s order by step_id",
        uow.institution_id,
        murabaha_id,
    )
    return [_step(row) for row in rows]


def _step(row: Row) -> StepFact:
    column: dict[str, Any] = dict(zip(_STEP_NAMES, row, strict=True))
    return StepFact(
        **column
        | {
            "kind": Step(column["kind"]),
            "journal_ids": tuple(column["journal_ids"]),
            "details": loads(column["details"]),
        }
    )


def set_planned(
    uow: UnitOfWork, loan_id: str, *, instalment_minor: int, first_due_on: date
) -> None:
    """Lets the loan tell the schedule that the sale made binding."""
    uow.execute(
        "update microfinance.loan set instalment_minor = %s, planned_first_due_on = %s"
        " where institution_id = %s and loan_id = %s",
        instalment_minor,
        first_due_on,
        uow.institution_id,
        loan_id,
    )


def load_locked(uow: UnitOfWork, ids: Collection[str]) -> dict[str, Murabaha]:
    """Contracts by id, locked in id order, so that nothing is earned meanwhile."""
    rows = uow.all(
        f"select {_SELECT} from microfinance.murabaha c"
        " where c.institution_id = %s and c.murabaha_id = any(%s)"
        " order by c.murabaha_id for no key update",
        uow.institution_id,
        sorted(ids),
    )
    return {row[0]: _contract(row) for row in rows}


def insert_plans(uow: UnitOfWork, plans: Sequence[tuple[str, ProfitPlan]]) -> None:
    """Adds plans of profit. Arrays of arrays travel as text literals, one per plan."""
    uow.execute(
        "insert into microfinance.murabaha_profit_plan (institution_id, murabaha_id,"
        " schedule_version, recognised_minor, due_on, profit_minor, created_at)"
        " select %s, p.id, p.version, p.recognised, p.due::date[], p.profit::bigint[], %s"
        " from unnest(%s::text[], %s::integer[], %s::bigint[], %s::text[], %s::text[])"
        " p(id, version, recognised, due, profit)",
        uow.institution_id,
        uow.now,
        [murabaha_id for murabaha_id, _ in plans],
        [plan.schedule_version for _, plan in plans],
        [plan.recognised_minor for _, plan in plans],
        [_literal([day.isoformat() for day in plan.due_on]) for _, plan in plans],
        [_literal([str(minor) for minor in plan.profit_minor]) for _, plan in plans],
    )


def _literal(values: Sequence[str]) -> str:
    return "{" + ",".join(values) + "}"


@dataclass(frozen=True, slots=True)
class ProfitDue:
    """A contract whose profit moves: what its plan says is earned by the day asked for."""

    contract: Murabaha
    debt_status: str
    schedule_version: int
    owed_minor: int
    earned_minor: int
    next_on: date | None


_DUE = (
    f"select {_SELECT}, o.status, o.schedule_version,"
    " o.principal_minor - o.principal_paid_minor,"
    " (p.recognised_minor + coalesce(e.earned, 0))::bigint, e.next_on"
    " from microfinance.murabaha c"
    " join obligations.obligation o on o.institution_id = c.institution_id"
    "  and o.obligation_id = c.murabaha_id"
    " join microfinance.murabaha_profit_plan p on p.institution_id = c.institution_id"
    "  and p.murabaha_id = c.murabaha_id and p.schedule_version = c.plan_version"
    " cross join lateral (select sum(x.minor) filter (where x.due <= %(day)s) as earned,"
    "   min(x.due) filter (where x.due > %(day)s and x.minor > 0) as next_on"
    "   from unnest(p.due_on, p.profit_minor) x(due, minor)) e"
    " where c.institution_id = %(institution)s and c.stage = 'SOLD'"
    " and o.status in ('ACTIVE', 'SETTLED') and "
)
_ORDER = " order by c.murabaha_id for no key update of c, o"


def profit_due(uow: UnitOfWork, day: date) -> list[ProfitDue]:
    """Contracts that earn by the end of `day`, were settled, or whose schedule changed; locked."""
    rows = uow.all(
        _DUE + "c.next_profit_on is not null and (c.next_profit_on <= %(day)s"
        " or o.status = 'SETTLED' or o.schedule_version <> c.plan_version)" + _ORDER,
        {"institution": uow.institution_id, "day": day},
    )
    return [_due(row) for row in rows]


def profit_due_of(uow: UnitOfWork, loan_ids: Collection[str], day: date) -> list[ProfitDue]:
    """The same of the contracts behind these loans, whatever they earn; locked."""
    rows = uow.all(
        _DUE + "c.loan_id = any(%(loans)s)" + _ORDER,
        {"institution": uow.institution_id, "day": day, "loans": sorted(loan_ids)},
    )
    return [_due(row) for row in rows]


def profit_due_of_contracts(
    uow: UnitOfWork, contract_ids: Collection[str], day: date
) -> list[ProfitDue]:
    """The same by contract id; locked."""
    rows = uow.all(
        _DUE + "c.murabaha_id = any(%(ids)s)" + _ORDER,
        {"institution": uow.institution_id, "day": day, "ids": sorted(contract_ids)},
    )
    return [_due(row) for row in rows]


def _due(row: Row) -> ProfitDue:
    width = len(_COLUMNS)
    return ProfitDue(_contract(row[:width]), *row[width:])


def set_earned(uow: UnitOfWork, contracts: Sequence[Murabaha]) -> None:
    """Writes what contracts have earned and when they earn next, in one statement."""
    uow.execute(
        "update microfinance.murabaha c set recognised_minor = n.recognised,"
        " plan_version = n.plan, next_profit_on = n.next_on, version = n.version"
        " from unnest(%s::text[], %s::bigint[], %s::integer[], %s::date[], %s::integer[])"
        " n(id, recognised, plan, next_on, version)"
        " where c.institution_id = %s and c.murabaha_id = n.id",
        [contract.murabaha_id for contract in contracts],
        [contract.recognised_minor for contract in contracts],
        [contract.plan_version for contract in contracts],
        [contract.next_profit_on for contract in contracts],
        [contract.version for contract in contracts],
        uow.institution_id,
    )
