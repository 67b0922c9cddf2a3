"""Write-off: a debt leaves the portfolio and a named fund bears the loss; the claim survives."""

from __future__ import annotations

from dataclasses import replace

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.funds.spending.model import FundSource
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.ledger import service as ledger
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.loans import store as loan_store
from sanduq.microfinance.loans.hardship import events, store
from sanduq.microfinance.loans.hardship.absorbing import (
    Loss,
    absorbed,
    chosen_fund,
    note_own_loss,
)
from sanduq.microfinance.loans.hardship.errors import WriteOffUnknown
from sanduq.microfinance.loans.hardship.facts import Action
from sanduq.microfinance.loans.hardship.model import WriteOff, WriteOffStatus
from sanduq.microfinance.loans.hardship.schemas import write_off_out
from sanduq.microfinance.loans.hardship.service import debt_of, keep_rules, tell
from sanduq.microfinance.loans.model import LoanAction, LoanStatus, LoanType
from sanduq.obligations import service as obligations
from sanduq.qard import service as qard

WRITE_OFF = "loan.write_off"


def ask(
    uow: UnitOfWork,
    loan_id: str,
    *,
    fund: str | None = None,
    reason: str,
    resolution_id: str | None = None,
    etag: str | None = None,
) -> WriteOff:
    """Asks for a defaulted loan to be written off; another user decides.

    `fund` bears the loss: `own`, or a donor fund by its code. None: the first fund of the
    program's order of absorption that holds enough; without one, whoever's money was lent.
    Refuses CONFLICT by state and a second request, VALIDATION_ERROR an unknown kind of fund.
    """
    loan = loans.locked(uow, loan_id, LoanAction.WRITE_OFF, etag)
    obligation = obligations.get(uow, loan.contract_id)
    if fund is None:
        fund, passed_over = chosen_fund(uow, loan, obligation)
    else:
        FundSource.read(fund)
        passed_over = ()
    asked = WriteOff(
        new_id("wof"), loan_id, loan.asset, fund, resolution_id, reason,
        WriteOffStatus.PENDING, None, None, None, None, uow.now, uow.actor.user_id, None, None,
    )  # fmt: skip
    store.insert_write_off(uow, asked)
    lost = Money(obligation.debt.outstanding_minor, loan.asset)
    access.request_approvals(uow, WRITE_OFF, [(asked.write_off_id, lost)])
    details = {"fund": fund, "passed_over": list(passed_over)}
    audit.record(uow, [Deed("loan.write_off_asked", loan_id, reason, details)])
    return asked


def approve(uow: UnitOfWork, write_off_id: str, *, reason: str | None = None) -> WriteOff:
    """Approves a write-off and posts it: the fund named pays, the givers whose money was lent
    bear it, or the allowance does.

    Refuses NOT_FOUND, FORBIDDEN its maker and roles without authority, LIMIT_EXCEEDED,
    CONFLICT when the loan is no longer in default, SHARIAH_VIOLATION (the rules of the fund that
    pays: WQF-05, SDQ-01, ZKT-06, CHR-03), FUNDS_INSUFFICIENT.
    """
    asked = _waiting(uow, write_off_id)
    loan = loans.locked(uow, asked.loan_id, LoanAction.WRITE_OFF, None)
    access.decide(uow, WRITE_OFF, write_off_id, is_approved=True, reason=reason)
    facts = keep_rules(uow, loan, Action.WRITE_OFF, absorbing_fund=asked.fund)
    obligation = debt_of(uow, loan)
    debt = obligation.debt
    loss = absorbed(
        uow,
        Loss(
            loan, obligation, FundSource.read(asked.fund), facts.debtor_state, asked.reason,
            debt.principal_outstanding_minor, debt.fee_outstanding_minor,
        ),
    )  # fmt: skip
    note_own_loss(uow, obligation, debt.principal_outstanding_minor, loss.journals[0], asked.reason)
    posted = replace(
        asked,
        status=WriteOffStatus.POSTED,
        principal_minor=debt.principal_outstanding_minor,
        fee_minor=debt.fee_outstanding_minor,
        written_off_on=uow.today,
        journal_id=loss.journals[0].journal_id,
        spending_id=loss.spending_id,
        decided_at=uow.now,
        decided_by=uow.actor.user_id,
    )
    store.decide_write_off(uow, posted)
    obligations.write_off(uow, obligation)
    if loan.type is LoanType.QARD_HASAN:
        qard.write_off(uow, loan.contract_id)
    loan_store.mark(uow, loan.loan_id, LoanStatus.WRITTEN_OFF, is_closed=True)
    tell(
        uow, loan.loan_id, "loan.written_off", asked.reason, events.WRITTEN_OFF,
        write_off_out(posted),
    )  # fmt: skip
    ledger.open_accounts(uow, {entry.place for each in loss.journals for entry in each.entries})
    ledger.post(uow, loss.journals)
    return posted


def refuse(uow: UnitOfWork, write_off_id: str, *, reason: str | None) -> WriteOff:
    """Refuses a write-off that waits; another may be asked for later."""
    asked = _waiting(uow, write_off_id)
    access.decide(uow, WRITE_OFF, write_off_id, is_approved=False, reason=reason)
    refused = replace(
        asked, status=WriteOffStatus.REFUSED, decided_at=uow.now, decided_by=uow.actor.user_id
    )
    store.decide_write_off(uow, refused)
    audit.record(uow, [Deed("loan.write_off_refused", asked.loan_id, reason)])
    return refused


def get(uow: UnitOfWork, loan_id: str) -> WriteOff:
    """The write-off of a loan. Refuses NOT_FOUND."""
    found = store.write_off_of(uow, loan_id)
    if found is None:
        raise WriteOffUnknown
    return found


def _waiting(uow: UnitOfWork, write_off_id: str) -> WriteOff:
    found = store.get_write_off(uow, write_off_id)
    if found is None:
        raise WriteOffUnknown
    return found
