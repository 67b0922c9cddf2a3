"""The custody fee when the course of a pledge changes: charged to a day, stopped, made anew.

Like the meter itself it reads days and the fee of each stretch of days, and what is kept; the
loan is nowhere in reach (rules RHN-10 to RHN-12).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal, credit, debit, without_zeros
from sanduq.obligations.receipts.postings import credit_place
from sanduq.rahnu.contracts import postings, store
from sanduq.rahnu.contracts.charges import policy_fee_minor
from sanduq.rahnu.contracts.life.payments import fee_book
from sanduq.rahnu.contracts.life.payments.model import FeePayment, FeePaymentKind
from sanduq.rahnu.contracts.model import Contract, ContractItem
from sanduq.rahnu.fees import service as fees
from sanduq.rahnu.fees.accrual import FeeSegment, accrued_minor


@dataclass(frozen=True, slots=True)
class Charged:
    """The pledge as its fee stands charged, and the journals for the caller to post."""

    contract: Contract
    journals: tuple[Journal, ...] = ()

    @property
    def due_minor(self) -> int:
        """Custody fee charged and not paid."""
        return self.contract.fee_accrued_minor - self.contract.fee_paid_minor


def charged_to(
    uow: UnitOfWork, contract: Contract, segments: Sequence[FeeSegment], on: date
) -> Charged:
    """Brings the charged fee to exactly what custody came to by `on`, up or down.

    What was charged for days of which it turns out that nothing was kept is taken back; what was
    paid for them is owed to the pledgor. The contract must be locked.
    """
    total = accrued_minor(segments, on) if segments else 0
    grown = total - contract.fee_accrued_minor
    if grown == 0:
        return Charged(contract)
    if grown > 0:
        journal = postings.fee_accrued(contract, grown, on)
        paid_back = 0
    else:
        paid_back = max(0, contract.fee_paid_minor - total)
        journal = given_back(contract, -grown, paid_back, uow.today)
    ledger.open_accounts(
        uow, {*postings.fee_places(contract), *(entry.place for entry in journal.entries)}
    )
    store.update(
        uow, contract.contract_id, fee_accrued_minor=total,
        fee_paid_minor=contract.fee_paid_minor - paid_back,
    )  # fmt: skip
    if paid_back:
        fee_book.record(
            uow,
            [
                FeePayment(
                    new_id("fpy"), contract.contract_id, None, -paid_back,
                    FeePaymentKind.GIVEN_BACK, uow.today, journal.journal_id, uow.now,
                    uow.actor.user_id,
                )
            ],
        )  # fmt: skip
    changed = replace(
        contract, fee_accrued_minor=total, fee_paid_minor=contract.fee_paid_minor - paid_back
    )
    return Charged(changed, (journal,))


def given_back(contract: Contract, amount_minor: int, paid_back_minor: int, on: date) -> Journal:
    """Custody fee charged for days of no custody, taken back; what was paid is the pledgor's."""
    entries = without_zeros(
        debit(postings.income_place(contract.asset), amount_minor),
        credit(
            postings.fee_place(contract.asset, contract.contract_id),
            amount_minor - paid_back_minor,
        ),
        credit(credit_place(contract.asset, contract.pledgor_id), paid_back_minor),
    )
    return Journal(
        new_id("jrn"), "pledge.fee_given_back", on, entries, reference=contract.contract_id
    )


def monthly_after(uow: UnitOfWork, contract: Contract, after: Sequence[ContractItem]) -> int:
    """The fee of a month once these things are what is kept.

    The fee policy's for them, with whatever this contract has below the policy kept below it.
    """
    policy, branch_id = fees.policy(uow, contract.fee_policy_id), contract.branch_id
    asked_now = policy_fee_minor(uow, policy, [one.item for one in contract.held], branch_id)
    asked_then = policy_fee_minor(uow, policy, [one.item for one in after], branch_id)
    return max(0, contract.fee_monthly_minor + asked_then - asked_now)


def turned(
    uow: UnitOfWork,
    contract: Contract,
    segments: Sequence[FeeSegment],
    after: Sequence[ContractItem],
    from_on: date,
) -> Charged:
    """The fee of what is kept from a day on, with the fee up to today charged anew.

    The day is not before the last change of the fee: what was agreed then stands.
    """
    from_on = max([from_on, *(one.from_on for one in segments)])
    segment = FeeSegment(from_on, monthly_after(uow, contract, after))
    store.add_segments(uow, [(contract.contract_id, segment)])
    store.update(uow, contract.contract_id, fee_monthly_minor=segment.monthly_minor)
    changed = replace(contract, fee_monthly_minor=segment.monthly_minor)
    until = uow.today if contract.fee_until_on is None else min(uow.today, contract.fee_until_on)
    return charged_to(uow, changed, [*segments, segment], until)
