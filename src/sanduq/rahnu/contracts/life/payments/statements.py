"""The balance of a debt on other books, as its creditor states it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts import store as contract_store
from sanduq.rahnu.contracts.life.fees import charged_to
from sanduq.rahnu.contracts.life.payments import events, store
from sanduq.rahnu.contracts.life.payments.errors import NotAnOutsideDebt, StatementImpossible
from sanduq.rahnu.contracts.life.payments.model import NewStatement, Statement
from sanduq.rahnu.contracts.life.payments.schemas import statement_out
from sanduq.rahnu.contracts.margin.flagging import reassess
from sanduq.rahnu.contracts.model import PledgeAction


def state(
    uow: UnitOfWork, contract_id: str, new: NewStatement, *, etag: str | None = None
) -> Statement:
    """Records what the creditor of an outside debt says is still owed to him.

    A statement of nothing owed frees the pledge and stops its fee that day (RHN-19). The balance
    may fall, and return to what the pledge was made for when a statement was wrong; never above
    it, for a pledge secures its own debt alone (RHN-18). Refuses CONFLICT (state, a debt of our
    own), VALIDATION_ERROR (currency, a day before the latest statement or after today, a balance
    above what the pledge was made for).
    """
    contract = contracts.locked(uow, contract_id, PledgeAction.REPAY, etag)
    outside = contract.outside_debt
    if outside is None:
        raise NotAnOutsideDebt
    known = store.statements_bounds(uow, contract_id)
    most, last_on = known or (outside.amount_minor, contract.fee_from_on)
    if not (last_on is None or last_on <= new.stated_on) or new.stated_on > uow.today:
        raise StatementImpossible.field(
            "stated_on", "impossible_date", f"stated_on must lie between {last_on} and today"
        )
    if new.outstanding.amount_minor > most:
        raise StatementImpossible.field(
            "outstanding", "above_secured",
            f"the pledge was made for a debt of {contract.money(most)} and secures no more"
            " (rule RHN-18)",
        )  # fmt: skip
    made = Statement(
        new_id("dst"), contract_id, contract.asset, outside.amount_minor,
        new.outstanding.amount_minor, new.stated_on, new.due_on or outside.due_on, new.reference,
        uow.now, uow.actor.user_id,
    )  # fmt: skip
    store.insert_statement(uow, made)
    after = replace(outside, amount_minor=made.outstanding_minor, due_on=made.due_on)
    journals: tuple[Journal, ...] = ()
    until = contract.fee_until_on
    if made.outstanding_minor == 0 and until is None:
        until = made.stated_on
        segments = contract_store.segments_of(uow, [contract_id])[contract_id]
        journals = charged_to(uow, contract, segments, until).journals
    elif made.outstanding_minor > 0:
        until = None
    contract_store.update(uow, contract_id, outside_debt=after, fee_until_on=until)
    details = {"statement_id": made.statement_id, "outstanding_minor": made.outstanding_minor}
    audit.record(uow, [Deed("pledge.debt_stated", contract_id, None, details)])
    outbox.record(uow, [Event(events.STATED, contract_id, statement_out(made))])
    reassess(uow, [contract_id])
    if journals:
        ledger.post(uow, list(journals))
    return made


def latest_on(uow: UnitOfWork, contract_id: str) -> date | None:
    """The day of the creditor's latest statement; None while he has stated nothing."""
    bounds = store.statements_bounds(uow, contract_id)
    return None if bounds is None else bounds[1]


def statements(uow: UnitOfWork, contract_id: str, request: PageRequest) -> Page[Statement]:
    """Statements of a pledge's outside debt, newest first. Refuses NOT_FOUND."""
    contracts.get(uow, contract_id)
    return store.select_statements(uow, contract_id, request)
