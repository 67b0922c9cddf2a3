"""SQL of salam contracts and their steps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.json import dumps, loads
from sanduq.kit.money import Money, asset_from_text
from sanduq.microfinance.loans.salam.facts import FreightPayer, SecurityKind
from sanduq.microfinance.loans.salam.model import Salam, Stage, StepFact
from sanduq.microfinance.loans.salam.model_terms import NamedSecurity

_SALAM = (
    "contract_id, loan_id, seller_id, branch_id, asset, commodity_code, quantity_milli,"
    " quantity_unit, price_per_unit_minor, capital_minor, specifications, delivery_place,"
    " freight_payer, securities, due_on, due_milli, price_window_days, stage, paid_minor, paid_by,"
    " contracted_on, lapsed_milli, delivered_milli, substituted_milli, cancelled_milli,"
    " refundable_minor, created_at, created_by, version"
)


def _salam(row: Row) -> Salam:
    return Salam(
        contract_id=row[0], loan_id=row[1], seller_id=row[2], branch_id=row[3],
        asset=asset_from_text(row[4]), commodity=row[5], quantity_milli=row[6],
        quantity_unit=row[7], price_per_unit_minor=row[8], capital_minor=row[9],
        specifications=row[10], delivery_place=row[11], freight_payer=FreightPayer(row[12]),
        securities=tuple(
            NamedSecurity(
                SecurityKind(each["kind"]), each["giver_id"], each["description"],
                each["document"],
            )
            for each in row[13]
        ),
        dues=tuple(zip(row[14], row[15], strict=True)), price_window_days=row[16],
        stage=Stage(row[17]), paid_minor=row[18], paid_by=row[19], contracted_on=row[20],
        lapsed_milli=row[21], delivered_milli=row[22], substituted_milli=row[23],
        cancelled_milli=row[24], refundable_minor=row[25], created_at=row[26],
        created_by=row[27], version=row[28],
    )  # fmt: skip


def insert(uow: UnitOfWork, salam: Salam) -> None:
    uow.execute(
        f"insert into microfinance.salam_contract (institution_id, {_SALAM}, capital_open_minor)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s::json,"
        " %s::date[], %s::bigint[], %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        uow.institution_id, salam.contract_id, salam.loan_id, salam.seller_id, salam.branch_id,
        str(salam.asset), salam.commodity, salam.quantity_milli, salam.quantity_unit,
        salam.price_per_unit_minor, salam.capital_minor, dumps(dict(salam.specifications)).decode(),
        salam.delivery_place, str(salam.freight_payer),
        dumps([each.rendered() for each in salam.securities]).decode(),
        [day for day, _ in salam.dues], [quantity for _, quantity in salam.dues],
        salam.price_window_days, str(salam.stage), salam.paid_minor, salam.paid_by,
        salam.contracted_on, salam.lapsed_milli, salam.delivered_milli, salam.substituted_milli,
        salam.cancelled_milli, salam.refundable_minor, salam.created_at, salam.created_by,
        salam.version, salam.capital_open_minor,
    )  # fmt: skip


def load(uow: UnitOfWork, contract_id: str, *, is_locked: bool = False) -> Salam | None:
    row = uow.one(
        f"select {_SALAM} from microfinance.salam_contract"
        " where institution_id = %s and contract_id = %s"
        + (" for no key update" if is_locked else ""),
        uow.institution_id,
        contract_id,
    )
    return _salam(row) if row else None


def load_lapsing(uow: UnitOfWork, day: date) -> list[Salam]:
    """Contracts whose price is paid in part and could be completed on `day` at the latest."""
    rows = uow.all(
        f"select {_SALAM} from microfinance.salam_contract"
        " where institution_id = %s and stage = 'PRICE_PARTLY_PAID'"
        " and contracted_on + price_window_days <= %s order by contract_id for no key update",
        uow.institution_id,
        day,
    )
    return [_salam(row) for row in rows]


def update(uow: UnitOfWork, contracts: Sequence[Salam]) -> None:
    """Writes the running state of changed contracts, in one statement."""
    uow.execute(
        "update microfinance.salam_contract s set stage = c.stage, paid_minor = c.paid,"
        " paid_by = c.paid_by, contracted_on = c.contracted_on, lapsed_milli = c.lapsed,"
        " delivered_milli = c.delivered, substituted_milli = c.substituted,"
        " cancelled_milli = c.cancelled, refundable_minor = c.refundable,"
        " capital_open_minor = c.capital_open, oldest_undelivered_due_on = c.oldest,"
        " due_on = c.due_on::date[], due_milli = c.due_milli::bigint[], version = s.version + 1"
        " from unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::date[], %s::bigint[],"
        " %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::date[],"
        " %s::text[], %s::text[]) c(id, stage, paid, paid_by, contracted_on, lapsed, delivered,"
        " substituted, cancelled, refundable, capital_open, oldest, due_on, due_milli)"
        " where s.institution_id = %s and s.contract_id = c.id",
        [each.contract_id for each in contracts],
        [str(each.stage) for each in contracts],
        [each.paid_minor for each in contracts],
        [each.paid_by for each in contracts],
        [each.contracted_on for each in contracts],
        [each.lapsed_milli for each in contracts],
        [each.delivered_milli for each in contracts],
        [each.substituted_milli for each in contracts],
        [each.cancelled_milli for each in contracts],
        [each.refundable_minor for each in contracts],
        [each.capital_open_minor for each in contracts],
        [each.oldest_undelivered_due_on for each in contracts],
        ["{" + ",".join(day.isoformat() for day, _ in each.dues) + "}" for each in contracts],
        ["{" + ",".join(str(quantity) for _, quantity in each.dues) + "}" for each in contracts],
        uow.institution_id,
    )


def insert_steps(uow: UnitOfWork, steps: Sequence[StepFact]) -> None:
    uow.execute(
        "insert into microfinance.salam_step (institution_id, step_id, contract_id, kind,"
        " occurred_on, quantity_milli, amount_minor, asset, details, journal_id, recorded_at,"
        " recorded_by)"
        " select %s, c.id, c.contract, c.kind, c.on_day, c.quantity, c.amount, c.asset,"
        " c.details::json, c.journal, %s, %s from unnest(%s::text[], %s::text[], %s::text[],"
        " %s::date[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[])"
        " c(id, contract, kind, on_day, quantity, amount, asset, details, journal)",
        uow.institution_id,
        uow.now,
        uow.actor.user_id,
        [step.step_id for step in steps],
        [step.contract_id for step in steps],
        [step.kind for step in steps],
        [step.on for step in steps],
        [step.quantity_milli for step in steps],
        [step.amount.amount_minor for step in steps],
        [str(step.amount.asset) for step in steps],
        [dumps(dict(step.details)).decode() for step in steps],
        [step.journal_id for step in steps],
    )


def load_steps(uow: UnitOfWork, contract_ids: Sequence[str]) -> dict[str, list[StepFact]]:
    """Everything that happened to contracts, in the order recorded."""
    rows = uow.all(
        "select step_id, contract_id, kind, occurred_on, quantity_milli, amount_minor, asset,"
        " details::text, journal_id, recorded_at, recorded_by from microfinance.salam_step"
        " where institution_id = %s and contract_id = any(%s) order by step_id",
        uow.institution_id,
        list(contract_ids),
    )
    found: dict[str, list[StepFact]] = {contract_id: [] for contract_id in contract_ids}
    for row in rows:
        found[row[1]].append(
            StepFact(
                step_id=row[0], contract_id=row[1], kind=row[2], on=row[3], quantity_milli=row[4],
                amount=Money(row[5], asset_from_text(row[6])), details=loads(row[7]),
                journal_id=row[8], recorded_at=row[9], recorded_by=row[10],
            )
        )  # fmt: skip
    return found


def step_fact(
    uow: UnitOfWork,
    salam: Salam,
    kind: str,
    on: date,
    *,
    quantity_milli: int = 0,
    amount_minor: int = 0,
    details: dict[str, Any] | None = None,
    journal_id: str | None = None,
) -> StepFact:
    """A step as it is recorded now."""
    return StepFact(
        step_id=new_id("sst"),
        contract_id=salam.contract_id,
        kind=kind,
        on=on,
        quantity_milli=quantity_milli,
        amount=Money(amount_minor, salam.asset),
        details={name: value for name, value in (details or {}).items() if value is not None},
        journal_id=journal_id,
        recorded_at=uow.now,
        recorded_by=uow.actor.user_id,
    )


def set_disbursed(uow: UnitOfWork, contracts: Sequence[Salam]) -> None:
    """Loans whose price is settled without a further payment, paid out by who paid first."""
    uow.execute(
        "update microfinance.loan l set status = 'DISBURSED', stage = c.stage, disbursed_at = %s,"
        " disbursed_by = c.paid_by, version = l.version + 1"
        " from unnest(%s::text[], %s::text[], %s::text[]) c(loan_id, stage, paid_by)"
        " where l.institution_id = %s and l.loan_id = c.loan_id",
        uow.now,
        [each.loan_id for each in contracts],
        [str(each.stage) for each in contracts],
        [each.paid_by for each in contracts],
        uow.institution_id,
    )


def owing_goods(uow: UnitOfWork, contract_ids: Sequence[str]) -> set[str]:
    """Those of the contracts whose seller still owes goods."""
    rows = uow.all(
        "select contract_id from microfinance.salam_contract where institution_id = %s"
        " and contract_id = any(%s) and stage in ('PRICE_PAID', 'PARTLY_DELIVERED')",
        uow.institution_id,
        list(contract_ids),
    )
    return {row[0] for row in rows}


def branch_name(uow: UnitOfWork, branch_id: str) -> str:
    """The name of a branch, which is where its contracts are made."""
    row = uow.one(
        "select name from access.branch where institution_id = %s and branch_id = %s",
        uow.institution_id,
        branch_id,
    )
    return str(row[0]) if row else branch_id


def sellers_of(uow: UnitOfWork, commodity_code: str) -> set[str]:
    """Who has sold such goods by salam that are still due, or whose goods are still in hand."""
    rows = uow.all(
        "select distinct s.seller_id from microfinance.salam_contract s"
        " where s.institution_id = %s and s.commodity_code = %s and s.stage <> 'CANCELLED'"
        " and (s.stage <> 'ENDED' or exists (select from microfinance.salam_goods g"
        "  where g.institution_id = s.institution_id and g.contract_id = s.contract_id"
        "  and g.left_milli > 0))",
        uow.institution_id,
        commodity_code,
    )
    return {row[0] for row in rows}
