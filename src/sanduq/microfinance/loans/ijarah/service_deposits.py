"""Deposits given with a promise to lease: held in trust, given back, used for nothing else."""

from __future__ import annotations

from sanduq.access import service as access
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Money, json_number
from sanduq.microfinance.loans.errors import StepOutOfOrder
from sanduq.microfinance.loans.ijarah import events, postings
from sanduq.microfinance.loans.ijarah.errors import DepositOpen, LeaseStateRefuses
from sanduq.microfinance.loans.ijarah.facts import Action, DepositRelease
from sanduq.microfinance.loans.ijarah.model import LeaseStatus
from sanduq.microfinance.loans.ijarah.reading import LeaseView
from sanduq.microfinance.loans.ijarah.step_commands import Release
from sanduq.microfinance.loans.ijarah.stepping import (
    STEP,
    check,
    fact_of,
    finish,
    locked,
    step_facts,
)
from sanduq.microfinance.loans.model import LoanStatus

_PROMISED = frozenset({LeaseStatus.AGREED, LeaseStatus.ACQUIRED})


def take_deposit(
    uow: UnitOfWork, loan_id: str, amount: Money, document: str, *, etag: str | None = None
) -> LeaseView:
    """The customer gives a deposit with the promise to lease; it is a trust (IJR-15).

    Refuses CONFLICT after delivery, before approval, or while another deposit is held.
    """
    loan, lease = locked(uow, loan_id, etag)
    if loan.status is LoanStatus.PENDING_APPROVAL:
        raise StepOutOfOrder.of(loan_id, "deposit", missing="approve", rule_id="GEN-02")
    if lease.status not in _PROMISED:
        raise LeaseStateRefuses.of(loan_id, str(lease.status), "deposit")
    if lease.deposit_minor:
        raise DepositOpen
    journal = postings.deposit_taken(lease, amount.amount_minor, uow.today)
    after = lease.after(deposit_minor=amount.amount_minor)
    fact = fact_of(
        uow, lease, "deposit", uow.today, document=document, amount_minor=amount.amount_minor,
        journal=journal,
    )  # fmt: skip
    return finish(uow, after, fact, events.DEPOSIT_TAKEN, [journal])


def release_deposit(
    uow: UnitOfWork, loan_id: str, command: Release, *, etag: str | None = None
) -> LeaseView:
    """The deposit goes back, less an actual loss where the customer broke the promise.

    Refuses SHARIAH_VIOLATION keeping more than the loss shown (IJR-15; AAOIFI SS 9 2/3-2/4),
    VALIDATION_ERROR keeping more than was given or anything of a customer who leased; CONFLICT
    when no deposit is held.
    """
    _, lease = locked(uow, loan_id, etag)
    if not lease.deposit_minor:
        raise DepositOpen
    held = Money(lease.deposit_minor, lease.asset)
    access.require_authority(uow, STEP, held)
    if command.kept_minor > lease.deposit_minor:
        raise ValidationFailed.field("kept", "above_deposit", f"the deposit is {held}")
    if command.reason == "leased" and command.kept_minor:
        message = "who leased as promised gets the whole deposit back"
        raise ValidationFailed.field("kept", "does_not_fit", message)
    release = DepositRelease(command.kept_minor, command.actual_loss_minor)
    check(uow, lease, Action.RELEASE_DEPOSIT, step_facts(uow, lease, deposit=release), command)
    journal = postings.deposit_released(lease, command.kept_minor, uow.today)
    details = {
        "reason": command.reason,
        "kept": json_number(Money(command.kept_minor, lease.asset)),
        "actual_loss": json_number(Money(command.actual_loss_minor, lease.asset)),
    }
    fact = fact_of(
        uow, lease, "deposit-release", uow.today, document=command.document,
        amount_minor=lease.deposit_minor - command.kept_minor, journal=journal, details=details,
    )  # fmt: skip
    return finish(uow, lease.after(deposit_minor=0), fact, events.DEPOSIT_RELEASED, [journal])
