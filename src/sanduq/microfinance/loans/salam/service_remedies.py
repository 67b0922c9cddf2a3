"""Goods not delivered: wait, cancel and take the capital back, or agree on others (SLM-15).

The third way is `service_delivery.substitute`. Here too: the sale of a pledge once the capital
of cancelled goods is due and unpaid (AAOIFI FAS 7 15).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sanduq.access import service as access
from sanduq.events import service as events
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Money
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.microfinance.loans import events as loan_events
from sanduq.microfinance.loans.errors import LoanStateRefuses
from sanduq.microfinance.loans.model import LoanAction, is_allowed
from sanduq.microfinance.loans.salam import events as names
from sanduq.microfinance.loans.salam import postings, store
from sanduq.microfinance.loans.salam.errors import NothingUndelivered
from sanduq.microfinance.loans.salam.facts import (
    Action,
    Cancellation,
    Extension,
    Goods,
    Remedy,
    SecurityCall,
    SecurityKind,
)
from sanduq.microfinance.loans.salam.gathering import loan_facts
from sanduq.microfinance.loans.salam.model import (
    Salam,
    Settled,
    Step,
    after_settling,
    after_waiting,
    capital_of,
    undelivered_dues,
)
from sanduq.microfinance.loans.salam.rules import evaluate
from sanduq.microfinance.loans.salam.service import (
    TRADE_STEP,
    books_of,
    check_etag,
    contract,
    loan_of,
)
from sanduq.microfinance.loans.salam.stepping import (
    check_day,
    check_quantity,
    claim,
    judged,
    money_of,
    opened,
    written,
)
from sanduq.microfinance.loans.schemas import repayment_out
from sanduq.obligations import service as obligations
from sanduq.obligations.receipts import service as receipts
from sanduq.obligations.receipts.model import ExcessUse, Parts, PayDebt
from sanduq.obligations.service import Obligation
from sanduq.shariah import service as shariah

ALL_REMEDIES = frozenset(Remedy)


def offered(uow: UnitOfWork, loan_id: str) -> tuple[Salam, list[Remedy]]:
    """What may be chosen for goods not delivered: exactly the three ways (SLM-15).

    Refuses NOT_FOUND, CONFLICT where no goods are owed.
    """
    loan = loan_of(uow, loan_id, is_locked=False)
    salam = contract(uow, loan.contract_id)
    if salam.undelivered_milli == 0:
        raise NothingUndelivered
    facts = loan_facts(uow, loan, salam, remedies_offered=ALL_REMEDIES)
    evaluations = evaluate(facts, Action.OFFER_REMEDIES)
    shariah.enforce([finding for item in evaluations for finding in item.findings])
    return salam, list(Remedy)


def wait(
    uow: UnitOfWork, loan_id: str, *, until: date, reason: str, etag: str | None = None
) -> dict[str, Any]:
    """Gives the seller time: goods due before `until` are due then. No entry, nothing added.

    Refuses CONFLICT, FORBIDDEN, VALIDATION_ERROR (no goods are due before `until`) and
    SHARIAH_VIOLATION (a day that is not ahead or out of season, SLM-06, SLM-08, SLM-14).
    """
    loan, salam = opened(uow, loan_id, Step.WAIT, etag)
    access.require_authority(uow, TRADE_STEP, None)
    after = after_waiting(salam, until)
    if after.dues == salam.dues:
        message = f"no goods still to be delivered are due before {until}"
        raise ValidationFailed.field("until", "nothing_to_extend", message)
    left = undelivered_dues(after)
    facts = loan_facts(uow, loan, salam)
    assert facts.goods is not None
    asked = replace(
        facts,
        goods=Goods(
            facts.goods.commodity, salam.undelivered_milli, salam.quantity_unit,
            salam.specifications,
        ),
        dues=left,
        extension=Extension(sum(quantity for _, quantity in left) - salam.undelivered_milli),
        remedies_offered=ALL_REMEDIES,
    )  # fmt: skip
    judged(uow, salam, asked, Action.WAIT)
    details = {
        "until": until.isoformat(),
        "reason": reason,
        "deliveries_before": [[day.isoformat(), quantity] for day, quantity in salam.dues],
    }
    step = store.step_fact(
        uow, salam, Step.WAIT, uow.today, quantity_milli=salam.undelivered_milli, details=details
    )
    return written(uow, loan, after, [step], names.EXTENDED, reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelGoods:
    """Goods given up. Without a quantity: all undelivered. `document` shows the agreement."""

    on: date
    reason: str
    document: str
    quantity_milli: int | None = None
    refund_due_on: date | None = None


def cancel_salam(
    uow: UnitOfWork, loan_id: str, command: CancelGoods, *, etag: str | None = None
) -> dict[str, Any]:
    """Cancels a salam in whole or in part: exactly the matching capital comes back (SLM-11), as
    a debt in money that is paid by ordinary repayments.

    Refuses CONFLICT, FORBIDDEN, VALIDATION_ERROR (more than is owed, days that cannot be) and
    SHARIAH_VIOLATION.
    """
    loan, salam = opened(uow, loan_id, Step.CANCEL, etag)
    check_day(uow, salam, command.on)
    quantity = command.quantity_milli
    quantity = salam.undelivered_milli if quantity is None else quantity
    check_quantity(salam, quantity)
    due_on = command.refund_due_on or command.on
    if due_on < command.on:
        message = "the refund falls due on the day of the cancellation or later"
        raise ValidationFailed.field("refund_due_date", "before_cancellation", message)
    refund = capital_of(salam, quantity)
    access.require_authority(uow, TRADE_STEP, money_of(salam, refund))
    given_up = Cancellation(quantity, refund, salam.sold_milli, salam.paid_minor)
    facts = loan_facts(uow, loan, salam, cancellation=given_up, remedies_offered=ALL_REMEDIES)
    judged(uow, salam, facts, Action.CANCEL)
    after = after_settling(salam, quantity, Settled.CANCELLED)
    if refund:
        after = claim(
            uow, after, refund, on=command.on, due_on=due_on, reason="capital of goods cancelled"
        )
    journal = postings.cancelled(books_of(salam), refund, command.on)
    details = {
        "reason": command.reason,
        "document": command.document,
        "refund_due_date": due_on.isoformat(),
    }
    step = store.step_fact(
        uow, salam, Step.CANCEL, command.on, quantity_milli=quantity, amount_minor=refund,
        details=details, journal_id=journal.journal_id if refund else None,
    )  # fmt: skip
    rendered = written(uow, loan, after, [step], names.CANCELLED, reason=command.reason)
    if refund:
        ledger.open_accounts(
            uow,
            [
                postings.refundable_place(salam.asset, salam.contract_id),
                postings.cash_place(salam.asset, salam.branch_id),
            ],
        )
        ledger.post(uow, [journal])
    return rendered


@dataclass(frozen=True, slots=True)
class SellPledge:
    """A pledge sold by one's own act or the court's; `document` shows sale and price."""

    price: Money
    on: date
    document: str


def sell_pledge(
    uow: UnitOfWork, loan_id: str, command: SellPledge, *, etag: str | None = None
) -> dict[str, Any]:
    """The price of a pledge pays the money due on a salam; what is over is the pledgor's.

    Refuses CONFLICT (state, nothing owed), FORBIDDEN, SHARIAH_VIOLATION without a pledge or
    before money is due and unpaid (SLM-18).
    """
    loan = loan_of(uow, loan_id)
    if not is_allowed(LoanAction.REPAY, loan.status):
        raise LoanStateRefuses.of(loan_id, loan.status, LoanAction.REPAY)
    salam = contract(uow, loan.contract_id, is_locked=True)
    check_etag(salam, etag)
    check_day(uow, salam, command.on)
    access.require_authority(uow, TRADE_STEP, command.price)
    pledges = [each for each in salam.securities if each.kind is SecurityKind.PLEDGE]
    debt = obligations.load_locked(uow, [salam.contract_id]).get(salam.contract_id)
    due_on = loan.balance.oldest_unpaid_due_on if debt is not None and loan.balance else None
    call = SecurityCall(command.on, bool(pledges), due_on)
    judged(uow, salam, loan_facts(uow, loan, salam, security_call=call), Action.SELL_PLEDGE)
    pledgor_id = pledges[0].giver_id
    ledger.open_accounts(uow, [postings.pledgor_place(salam.asset, pledgor_id)])

    def journal_of(paid: PayDebt, obligation: Obligation, parts: Parts) -> Journal:
        return postings.pledge_sold(
            paid, parts, branch_id=obligation.branch_id, pledgor_id=pledgor_id
        )

    payment = PayDebt(
        salam.contract_id, loan_id, command.price, command.on, method="pledge_sale",
        reference=command.document, excess=ExcessUse.CREDIT,
    )  # fmt: skip
    (outcome,) = receipts.record(uow, [payment], journal_of)
    if outcome.refusal is not None:
        raise outcome.refusal
    assert outcome.repayment is not None
    repayment = outcome.repayment
    details = {
        "document": command.document,
        "repayment_id": repayment.repayment_id,
        "pledgor_id": pledgor_id,
        "due_to_pledgor": str(money_of(salam, repayment.credit_minor).decimal),
    }
    step = store.step_fact(
        uow, salam, "pledge-sale", command.on, amount_minor=command.price.amount_minor,
        details=details, journal_id=repayment.journal_id,
    )  # fmt: skip
    events.record(uow, [Event(loan_events.REPAYMENT_RECEIVED, loan_id, repayment_out(repayment))])
    return written(uow, loan, salam, [step], names.PLEDGE_SOLD, details=details)
