"""SQL of changes of the things in pledge."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.contracts.life.people.model import Capacity
from sanduq.rahnu.contracts.life.things.model import ChangeKind, PledgeChange
from sanduq.rahnu.contracts.model import ContractItem

_CHANGE = sql.SQL(
    "select change_id, contract_id, kind, asset, in_item_ids, out_item_ids, debt_minor,"
    " fee_due_minor, value_minor, ltv_after_bp, fee_before_minor, fee_after_minor, recipient_id,"
    " agent_id, capacity, release_ids, agreement, changed_on, recorded_at, recorded_by"
    " from rahnu.pledge_change"
    " where institution_id = %(institution)s and contract_id = %(contract)s"
)


def insert(uow: UnitOfWork, one: PledgeChange) -> None:
    uow.execute(
        "insert into rahnu.pledge_change (institution_id, change_id, contract_id, kind, asset,"
        " in_item_ids, out_item_ids, debt_minor, fee_due_minor, value_minor, ltv_after_bp,"
        " fee_before_minor, fee_after_minor, recipient_id, agent_id, capacity, release_ids,"
        " agreement, changed_on, recorded_at, recorded_by)"
        " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, one.change_id, one.contract_id, str(one.kind), str(one.asset),
        list(one.in_item_ids), list(one.out_item_ids), one.debt_minor, one.fee_due_minor,
        one.value_minor, one.ltv_after_bp, one.fee_before_minor, one.fee_after_minor,
        one.recipient_id, one.agent_id, None if one.capacity is None else str(one.capacity),
        list(one.release_ids), one.agreement, one.changed_on, one.recorded_at, one.recorded_by,
    )  # fmt: skip


def rejoin(uow: UnitOfWork, contract_id: str, things: Sequence[ContractItem]) -> None:
    """Takes things back in that were part of this pledge before, as they are valued now."""
    uow.execute(
        "update rahnu.contract_item i set status = 'PROPOSED', left_at = null,"
        " joined_at = n.joined_at, valuation_id = n.valuation_id, value_minor = n.value,"
        " stated_value_minor = n.value"
        " from unnest(%s::text[], %s::timestamptz[], %s::text[], %s::bigint[])"
        "  n(item_id, joined_at, valuation_id, value)"
        " where i.institution_id = %s and i.contract_id = %s and i.item_id = n.item_id",
        [one.item_id for one in things], [one.joined_at for one in things],
        [one.valuation_id for one in things], [one.value_minor for one in things],
        uow.institution_id, contract_id,
    )  # fmt: skip


def select_page(uow: UnitOfWork, contract_id: str, request: PageRequest) -> Page[PledgeChange]:
    """Changes of a pledge, newest first."""
    parameters = {"institution": uow.institution_id, "contract": contract_id}
    rows, total = newest_first(uow, _CHANGE, parameters, request, order=["change_id"])
    found = [_change(row) for row in rows]
    return Page.of(found, request, lambda one: (one.recorded_at, one.change_id), total)


def _change(row: Row) -> PledgeChange:
    return PledgeChange(
        change_id=row[0],
        contract_id=row[1],
        kind=ChangeKind(row[2]),
        asset=asset_from_text(row[3]),
        in_item_ids=tuple(row[4]),
        out_item_ids=tuple(row[5]),
        debt_minor=row[6],
        fee_due_minor=row[7],
        value_minor=row[8],
        ltv_after_bp=row[9],
        fee_before_minor=row[10],
        fee_after_minor=row[11],
        recipient_id=row[12],
        agent_id=row[13],
        capacity=None if row[14] is None else Capacity(row[14]),
        release_ids=tuple(row[15]),
        agreement=row[16],
        changed_on=row[17],
        recorded_at=row[18],
        recorded_by=row[19],
    )
