"""Owners' capital paid in: asked for by one person, posted when another approves."""

from __future__ import annotations

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as events
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.pages import PageRequest
from sanduq.ledger import schemas, service
from sanduq.ledger.errors import CapitalUnknown
from sanduq.ledger.events import CAPITAL_ADDED
from sanduq.ledger.model import AccountPlace, Capital, Journal, credit, debit

ACTION = "capital.add"
REQUESTED = "ledger.capital.request"


def add_capital(
    uow: UnitOfWork,
    amount: Money,
    branch_id: str,
    *,
    memo: str | None = None,
    reference: str | None = None,
) -> str:
    """Posts capital into the branch's cash, Dr 1000 Cr 3000; the journal's id.

    For set-up and for `approve_capital`. Refuses VALIDATION_ERROR an amount of zero or less.
    """
    if amount.amount_minor <= 0:
        raise ValidationFailed.field("amount", "not_positive", "amount must be more than zero")
    cash = AccountPlace("1000", amount.asset, subject=branch_id)
    capital = AccountPlace("3000", amount.asset)
    service.open_accounts(uow, [cash, capital])
    entries = (debit(cash, amount.amount_minor), credit(capital, amount.amount_minor))
    journal = Journal(new_id("jrn"), ACTION, uow.today, entries, reference=reference, memo=memo)
    service.post(uow, [journal])
    return journal.journal_id


def request_capital(uow: UnitOfWork, amount: Money, memo: str | None) -> Capital:
    """Asks for capital to be added; nothing is posted before another person approves."""
    subject_id = new_id("cap")
    approval = access.request_approvals(uow, ACTION, [(subject_id, amount)])[0]
    audit.record(uow, [Deed(REQUESTED, subject_id, memo, {"approval_id": approval.approval_id})])
    return Capital(approval, amount, memo, None)


def approve_capital(uow: UnitOfWork, approval_id: str) -> Capital:
    """Approves the request and posts it to the default branch's cash.

    Refuses NOT_FOUND, CONFLICT when it is decided already, FORBIDDEN for its maker and for roles
    without the authority `capital.add`, LIMIT_EXCEEDED above the role's limit.
    """
    approval = access.get_approval(uow, approval_id)
    if approval.action != ACTION or approval.amount is None:
        raise CapitalUnknown
    access.decide(uow, ACTION, approval.subject_id, is_approved=True)
    memo = _memo(uow, approval.subject_id)
    journal_id = add_capital(
        uow, approval.amount, access.default_branch(uow), memo=memo, reference=approval.subject_id
    )
    decided = access.get_approval(uow, approval_id)
    capital = Capital(decided, approval.amount, memo, journal_id)
    audit.record(uow, [Deed(ACTION, approval.subject_id, memo, {"journal_id": journal_id})])
    events.record(uow, [Event(CAPITAL_ADDED, approval.subject_id, schemas.capital_out(capital))])
    return capital


def _memo(uow: UnitOfWork, subject_id: str) -> str | None:
    """The maker's words, as the audit trail keeps them."""
    found = audit.list_records(
        uow, subject_id=subject_id, user_id=None, action=REQUESTED, request=PageRequest(limit=1)
    ).items
    return found[0].reason if found else None
