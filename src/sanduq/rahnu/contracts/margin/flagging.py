"""Flags of pledges judged anew, and what follows: the call, its notice, its end.

A change of flag changes nothing but what is told. It opens no way to a sale (RHN-23).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.rahnu.contracts import meter
from sanduq.rahnu.contracts import store as contracts_store
from sanduq.rahnu.contracts.debts import SecuredDebt, secured_by_all
from sanduq.rahnu.contracts.margin import events as names
from sanduq.rahnu.contracts.margin import store, store_calls
from sanduq.rahnu.contracts.margin.model import (
    Cover,
    FlagChange,
    MarginCall,
    MarginCause,
    cure_by,
    flag_after,
    notice_text,
)
from sanduq.rahnu.contracts.model import Contract, ItemStatus
from sanduq.rahnu.contracts.schemas import pledge_out
from sanduq.rahnu.templates import service as templates
from sanduq.rahnu.templates.model import Template

CHUNK = 1_000


def reassess(
    uow: UnitOfWork, contract_ids: Sequence[str], *, cause: MarginCause = MarginCause.CLAIMS
) -> list[FlagChange]:
    """Judges the flags of pledges after their debt, things or cash changed; those that moved.

    No price is asked: things count at the value they have. Pledges not in force are passed over.
    A call is made, or ended, as the flag says; both are told.
    """
    ids = sorted(set(contract_ids))
    found = contracts_store.load(uow, ids, is_locked=True) if ids else {}
    contracts = [one for one in found.values() if one.is_in_force]
    if not contracts:
        return []
    terms = templates.load(uow, {one.template_id for one in contracts})
    covers = covers_of(uow, contracts)
    changes = [
        change
        for one in contracts
        if (change := judged(one, covers[one.contract_id], terms[one.template_id], cause))
    ]
    settle(uow, changes, uow.today)
    return changes


def judged(
    contract: Contract, cover: Cover, template: Template, cause: MarginCause
) -> FlagChange | None:
    """How the flag of a pledge moves on these figures; None: it stays."""
    after = flag_after(contract.margin_flag, cover, template.terms)
    if after is contract.margin_flag:
        return None
    return FlagChange(contract.contract_id, contract.margin_flag, after, cover, cause)


def covers_of(
    uow: UnitOfWork,
    contracts: Sequence[Contract],
    *,
    debts: Mapping[str, SecuredDebt] | None = None,
) -> dict[str, Cover]:
    """What pledges answer for and what stands for it today, by contract id, in a few queries."""
    owed = debts or secured_by_all(uow, contracts)
    fees = meter.fees_due(uow, contracts, uow.today)
    held = store.held_minor(uow, [one.contract_id for one in contracts])
    found = {}
    for one in contracts:
        debt = owed.get(one.contract_id)
        claims = (0 if debt is None else debt.outstanding_minor) + fees[one.contract_id]
        found[one.contract_id] = Cover(claims, pledged_value(one), held.get(one.contract_id, 0))
    return found


def pledged_value(contract: Contract) -> int:
    """What the things pledged are worth together; things pledged are worth something."""
    values = [one.value_minor for one in contract.items if one.status is ItemStatus.PLEDGED]
    return max(1, sum(values)) if values else 0


def settle(
    uow: UnitOfWork, changes: Sequence[FlagChange], on: date, *, is_audited: bool = True
) -> None:
    """Writes moved flags, makes the calls and ends those that are cured, and tells of both."""
    if not changes:
        return
    store.set_flags(uow, changes, [new_id("mgn") for _ in changes], on)
    cured = {one.contract_id: one.cause for one in changes if one.is_cured}
    if cured:
        store_calls.end(uow, cured, on)
    crossed = [one for one in changes if one.is_called or one.is_cured]
    for start in range(0, len(crossed), CHUNK):
        _tell(uow, crossed[start : start + CHUNK], on)
    if is_audited:
        audit.record(uow, [_deed(one) for one in changes])


def _tell(uow: UnitOfWork, crossed: Sequence[FlagChange], on: date) -> None:
    contracts = contracts_store.load(uow, [one.contract_id for one in crossed])
    terms = templates.load(uow, {one.template_id for one in contracts.values()})
    calls = [
        _call(uow, one, contracts[one.contract_id], terms, on) for one in crossed if one.is_called
    ]
    if calls:
        store_calls.insert(uow, calls)
    told = [
        Event(
            names.MARGIN_CALL if one.is_called else names.MARGIN_CURED,
            one.contract_id,
            pledge_out(contracts[one.contract_id]),
        )
        for one in crossed
    ]
    outbox.record(uow, told)


def _call(
    uow: UnitOfWork,
    change: FlagChange,
    contract: Contract,
    terms: Mapping[str, Template],
    on: date,
) -> MarginCall:
    agreed = terms[contract.template_id].terms
    until = cure_by(on, None, agreed.cure_days)
    return MarginCall(
        margin_call_id=new_id("mgc"),
        contract_id=contract.contract_id,
        pledgor_id=contract.pledgor_id,
        branch_id=contract.branch_id,
        asset=contract.asset,
        flag=change.after,
        called_on=on,
        cure_by_on=until,
        claims_minor=change.cover.claims_minor,
        cover_minor=change.cover.cover_minor,
        notice=notice_text(change.cover, agreed, contract.asset, until),
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )


def _deed(change: FlagChange) -> Deed:
    details = {
        "before": str(change.before),
        "after": str(change.after),
        "cause": str(change.cause),
        "claims_minor": change.cover.claims_minor,
        "cover_minor": change.cover.cover_minor,
    }
    return Deed("pledge.margin_flag", change.contract_id, None, details)
