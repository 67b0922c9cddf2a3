"""Settling what a count left on an officer's till."""

from __future__ import annotations

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal, credit, debit
from sanduq.microfinance.collection.postings import till_place
from sanduq.microfinance.collection.tills import events, store
from sanduq.microfinance.collection.tills.errors import MoreThanTheTill, OwnTill
from sanduq.microfinance.collection.tills.model import Direction, Settlement, SettleTill, Till
from sanduq.obligations.receipts.postings import cash_place

SETTLE = "till.settle"


def list_tills(uow: UnitOfWork) -> list[Till]:
    """Every till that is not even, by officer and currency."""
    return store.tills(uow, None, None)


def list_settlements(
    uow: UnitOfWork, officer_id: str | None, request: PageRequest
) -> Page[Settlement]:
    """How tills were settled, newest first."""
    return store.select_page(uow, officer_id, request)


def settle(uow: UnitOfWork, asked: SettleTill) -> Settlement:
    """Brings a till nearer to even: cash in for a shortage, cash out of an overage.

    Nothing is waived here and nothing becomes income: what the officer does not bring stays what
    he owes. Cash that is paid out and belongs on a loan is then recorded as a repayment. Refuses
    FORBIDDEN the officer himself and roles without authority, LIMIT_EXCEEDED, NOT_FOUND a branch,
    CONFLICT more than the till holds or lacks, FUNDS_INSUFFICIENT a branch without that cash.
    """
    if uow.actor.user_id == asked.officer_id:
        raise OwnTill
    access.require_authority(uow, SETTLE, asked.amount)
    if asked.branch_id is not None and not access.known_branches(uow, [asked.branch_id]):
        raise NotFound(f"there is no branch {asked.branch_id}")
    asset = asked.amount.asset
    store.lock(uow, asked.officer_id)
    found = store.tills(uow, asked.officer_id, asset)
    till = found[0] if found else Till(asked.officer_id, asset, 0)
    if asked.amount.amount_minor > till.open_minor(asked.direction):
        raise MoreThanTheTill.of(till, asked.direction)
    made = Settlement(
        settlement_id=new_id("tls"),
        officer_id=asked.officer_id,
        branch_id=asked.branch_id or access.default_branch(uow),
        direction=asked.direction,
        amount=asked.amount,
        reason=asked.reason,
        reference=asked.reference,
        settled_on=uow.today,
        journal_id=new_id("jrn"),
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    store.insert(uow, made)
    details = {"settlement_id": made.settlement_id, "direction": str(made.direction)}
    audit.record(uow, [Deed("till.settled", made.officer_id, made.reason, details)])
    outbox.record(uow, [events.settled(made)])
    places = (till_place(asset, made.officer_id), cash_place(asset, made.branch_id))
    ledger.open_accounts(uow, places)
    ledger.post(uow, [_journal(made)])
    return made


def _journal(made: Settlement) -> Journal:
    till = till_place(made.amount.asset, made.officer_id)
    cash = cash_place(made.amount.asset, made.branch_id)
    minor = made.amount.amount_minor
    is_in = made.direction is Direction.PAID_IN
    entries = (
        (debit(cash, minor), credit(till, minor))
        if is_in
        else (debit(till, minor), credit(cash, minor))
    )
    return Journal(
        made.journal_id, "till.settled", made.settled_on, entries, reference=made.settlement_id
    )
