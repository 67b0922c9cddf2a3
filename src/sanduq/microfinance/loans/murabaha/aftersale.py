"""After the sale: the supplier's discount passed on, the rebate, the hidden defect.

Each lowers what the customer owes, never raises it (GEN-08).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sanduq.access import service as access
from sanduq.events import service as events
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.ledger.model import Journal
from sanduq.microfinance.loans import events as names
from sanduq.microfinance.loans import store as loans
from sanduq.microfinance.loans.model import LoanStatus
from sanduq.microfinance.loans.murabaha import postings, profit, store, taking
from sanduq.microfinance.loans.murabaha.facts import Action, Defect, Discount, Rebate
from sanduq.microfinance.loans.murabaha.model import (
    Murabaha,
    Stage,
    Step,
    price_reduction_minor,
    profit_minor_of,
)
from sanduq.microfinance.loans.murabaha.model_steps import (
    DecideDefect,
    DefectDecision,
    GiveRebate,
    PassDiscountOn,
)
from sanduq.microfinance.loans.schemas import loan_out
from sanduq.microfinance.loans.store import StatusChange
from sanduq.obligations import service as obligations
from sanduq.obligations.model import ObligationStatus
from sanduq.obligations.service import Obligation


@dataclass(frozen=True, slots=True)
class _Lowered:
    """How a lower price divides: off the debt, owed back, and off the deferred profit."""

    less_minor: int
    back_minor: int
    released_minor: int


def discount(
    uow: UnitOfWork, loan_id: str, asked: PassDiscountOn, *, etag: str | None = None
) -> Murabaha:
    """Passes on what the supplier gave back after the purchase (MUR-12; AAOIFI SS 8 4/5).

    Before the sale cost, profit and price fall; after it the price falls by the same share as the
    cost: off the last instalments, and what exceeds the debt is owed to the customer. Refuses
    CONFLICT (order, state), FORBIDDEN, VALIDATION_ERROR the whole cost or more.
    """
    loan, contract = taking.opened(uow, loan_id, Step.DISCOUNT, etag)
    access.require_authority(uow, taking.AUTHORITY, asked.discount)
    given_before, _ = _given_since_sale(uow, contract)
    if given_before + asked.discount.amount_minor >= contract.cost_minor:
        message = "what suppliers give back is, all together, less than the cost"
        raise ValidationFailed.field("amount", "too_large", message)
    if contract.stage is not Stage.SOLD:
        return _discount_in_hand(uow, contract, asked)
    contract = profit.bring_up(uow, [loan_id])[loan_id]
    given = asked.discount.amount_minor
    cut = price_reduction_minor(
        given, cost_minor=contract.cost_minor, price_minor=contract.price_minor
    )
    obligation = obligations.get(uow, contract.murabaha_id, is_locked=True)
    lowered = _divide(contract, obligation, cut, cut - given)
    passed = Discount(given, contract.cost_minor, contract.price_minor, cut)
    owed = obligation.debt.outstanding_minor
    facts = taking.facts_of(
        uow, loan, contract, discount=passed,
        outstanding_minor=owed, instalment_total_minor=owed - lowered.less_minor,
    )  # fmt: skip
    taking.weigh(uow, contract, facts, Action.DISCOUNT)
    journal = postings.discounted_after_sale(
        contract, given, uow.today, less_minor=lowered.less_minor,
        back_minor=lowered.back_minor, released_minor=lowered.released_minor,
    )  # fmt: skip
    return _lower(
        uow, contract, obligation, lowered, journal,
        step=Step.DISCOUNT, document=asked.document, amount_minor=given, reason="discount",
        details={"price_lowered_by": contract.money(cut)},
    )  # fmt: skip


def _discount_in_hand(uow: UnitOfWork, contract: Murabaha, asked: PassDiscountOn) -> Murabaha:
    cost_minor = contract.cost_minor - asked.discount.amount_minor
    profit_minor = profit_minor_of(cost_minor, contract.terms.margin_bp)
    after = contract.after(
        cost_minor=cost_minor, inventory_minor=cost_minor, profit_minor=profit_minor
    )
    journal = postings.discounted_before_sale(contract, asked.discount.amount_minor, uow.today)
    loans.set_stage(uow, contract.loan_id, contract.stage, repayable_minor=after.price_minor)
    taking.take(
        uow, after, [journal], is_stage_set=True,
        step=Step.DISCOUNT, document=asked.document, amount_minor=asked.discount.amount_minor,
        details={"price_lowered_by": contract.money(contract.price_minor - after.price_minor)},
    )  # fmt: skip
    return after


def rebate(
    uow: UnitOfWork, loan_id: str, asked: GiveRebate, *, etag: str | None = None
) -> Murabaha:
    """Gives up profit not yet earned to a customer who settles early (MUR-17, MUR-18).

    Without an amount: all of it. Refuses CONFLICT (order, state), FORBIDDEN, VALIDATION_ERROR
    when nothing is left to give up or owed, SHARIAH_VIOLATION a rebate agreed in the contract
    (under MY_BNM: not agreed; AAOIFI SS 8 5/9) or above the unearned profit (FAS 28 29).
    """
    loan, contract = taking.opened(uow, loan_id, Step.REBATE, etag)
    access.require_authority(uow, taking.REBATE_AUTHORITY, asked.amount)
    contract = profit.bring_up(uow, [loan_id])[loan_id]
    unearned = contract.deferred_minor
    given = asked.amount.amount_minor if asked.amount is not None else unearned
    if given == 0:
        message = "all the profit is earned: nothing is left to give up"
        raise ValidationFailed.field("amount", "nothing_unearned", message)
    obligation = obligations.get(uow, contract.murabaha_id, is_locked=True)
    owed = obligation.debt.outstanding_minor
    facts = taking.facts_of(
        uow, loan, contract, rebate=Rebate(given, unearned, asked.is_for_new_debt),
        outstanding_minor=owed, instalment_total_minor=owed - given,
    )  # fmt: skip
    taking.weigh(uow, contract, facts, Action.REBATE)
    journal = postings.rebated(contract, given, uow.today)
    return _lower(
        uow, contract, obligation, _Lowered(given, 0, given), journal,
        step=Step.REBATE, document=None, amount_minor=given, reason=asked.reason,
        details={"reason": asked.reason, "unearned": contract.money(unearned)},
    )  # fmt: skip


def decide_defect(
    uow: UnitOfWork, loan_id: str, asked: DecideDefect, *, etag: str | None = None
) -> Murabaha:
    """Decides a claim for a hidden defect; an accepted one may lower the price.

    Refuses CONFLICT (order, state), FORBIDDEN, SHARIAH_VIOLATION to reject what the seller must
    bear (MUR-19; AAOIFI SS 8 4/9-4/10), VALIDATION_ERROR an allowance above the price.
    """
    loan, contract = taking.opened(uow, loan_id, Step.DEFECT, etag)
    access.require_authority(uow, taking.AUTHORITY, asked.allowance)
    is_rejected = asked.decision is DefectDecision.REJECTED
    claim = Defect(asked.is_from_before_sale, asked.is_from_before_delivery, is_rejected)
    facts = taking.facts_of(uow, loan, contract, defect=claim)
    taking.weigh(uow, contract, facts, Action.DEFECT)
    details = {"description": asked.description, "decision": str(asked.decision)}
    if asked.allowance is None:
        after = contract.after()
        taking.take(uow, after, [], step=Step.DEFECT, document=asked.document, details=details)
        return after
    cut = asked.allowance.amount_minor
    _, cut_before = _given_since_sale(uow, contract)
    if cut_before + cut > contract.price_minor:
        message = "allowances and discounts are, all together, at most the price"
        raise ValidationFailed.field("allowance", "too_large", message)
    contract = profit.bring_up(uow, [loan_id])[loan_id]
    obligation = obligations.get(uow, contract.murabaha_id, is_locked=True)
    lowered = _divide(contract, obligation, cut, 0)
    journal = postings.allowed_for_defect(
        contract, uow.today, less_minor=lowered.less_minor, back_minor=lowered.back_minor,
        released_minor=lowered.released_minor,
    )  # fmt: skip
    return _lower(
        uow, contract, obligation, lowered, journal,
        step=Step.DEFECT, document=asked.document, amount_minor=cut, reason="hidden defect",
        details=details,
    )  # fmt: skip


def _given_since_sale(uow: UnitOfWork, contract: Murabaha) -> tuple[int, int]:
    """What suppliers gave back since the sale, and what the price fell by since, in minor units."""
    discounts = allowances = lowered = 0
    is_sold = False
    for taken in store.steps_of(uow, contract.murabaha_id):
        is_sold = is_sold or taken.kind is Step.SELL
        given = taken.amount_minor or 0
        if is_sold and taken.kind is Step.DISCOUNT:
            discounts += given
            lowered += price_reduction_minor(
                given, cost_minor=contract.cost_minor, price_minor=contract.price_minor
            )
        elif is_sold and taken.kind is Step.DEFECT:
            allowances += given
    return discounts, lowered + allowances


def _divide(
    contract: Murabaha, obligation: Obligation, cut_minor: int, profit_minor: int
) -> _Lowered:
    """`profit_minor` of the cut is profit that will not be earned; and never is more deferred
    than is still owed."""
    owed = obligation.debt.outstanding_minor
    less = min(cut_minor, owed)
    deferred = contract.deferred_minor
    released = max(min(profit_minor, deferred), deferred - (owed - less))
    return _Lowered(less, cut_minor - less, released)


def _lower(
    uow: UnitOfWork, contract: Murabaha, obligation: Obligation, lowered: _Lowered,
    journal: Journal, *, step: Step, document: str | None, amount_minor: int, reason: str,
    details: Mapping[str, Any],
) -> Murabaha:  # fmt: skip
    """Lowers the debt, plans the profit anew, and ends the loan if nothing is left to pay."""
    after = contract.after(released_minor=contract.released_minor + lowered.released_minor)
    if lowered.less_minor:
        obligation = obligations.reduce(
            uow, obligation, principal_minor=lowered.less_minor, reason=reason
        )
    loan_id = contract.loan_id
    is_settled = obligation.status is ObligationStatus.SETTLED
    taking.take(
        uow, after, [journal], step=step, document=document, amount_minor=amount_minor,
        reason=reason, details=details,
    )  # fmt: skip
    loan = loans.load(uow, [loan_id])[loan_id]
    if is_settled and loan.status is not LoanStatus.COMPLETED:
        loans.set_statuses(uow, [StatusChange(loan_id, LoanStatus.COMPLETED, uow.now)])
        ended = loans.load(uow, [loan_id])[loan_id]
        events.record(uow, [Event(names.COMPLETED, loan_id, loan_out(ended))])
    return profit.bring_up(uow, [loan_id])[loan_id]
