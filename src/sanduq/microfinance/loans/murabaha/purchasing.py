"""Before the sale: the promise, the purchase, possession; and the customer who declines."""

from __future__ import annotations

from datetime import datetime

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as events
from sanduq.events.service import Event
from sanduq.kit.clock import local_date
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import LimitExceeded, ValidationFailed
from sanduq.microfinance.loans import events as names
from sanduq.microfinance.loans import store as loans
from sanduq.microfinance.loans.model import Loan, LoanStatus
from sanduq.microfinance.loans.murabaha import form, postings, taking
from sanduq.microfinance.loans.murabaha.facts import (
    Action,
    MarginUse,
    Possession,
    Promise,
    Purchase,
    Supplier,
)
from sanduq.microfinance.loans.murabaha.model import (
    Murabaha,
    Stage,
    Step,
    profit_minor_of,
    settle_margin,
    stage_after_decline,
)
from sanduq.microfinance.loans.murabaha.model_steps import (
    BuyGoods,
    Decline,
    MakePromise,
    ResellGoods,
    TakePossession,
)
from sanduq.microfinance.loans.murabaha.rules_purchase import PRICE
from sanduq.microfinance.loans.murabaha.service import earlier_financings
from sanduq.microfinance.loans.schemas import loan_out
from sanduq.parties import service as parties


def promise(
    uow: UnitOfWork, loan_id: str, asked: MakePromise, *, etag: str | None = None
) -> Murabaha:
    """The customer undertakes to buy, and may lay down a security margin that stays his.

    Refuses CONFLICT (order, state), FORBIDDEN, SHARIAH_VIOLATION a promise that binds both sides
    (MUR-06; AAOIFI SS 8 2/3/1), VALIDATION_ERROR a margin of the price or more.
    """
    loan, contract = taking.opened(uow, loan_id, Step.PROMISE, etag)
    margin = asked.security_margin
    access.require_authority(uow, taking.AUTHORITY, margin)
    signed_at = taking.happened(uow, asked.signed_at, "signed_at")
    _check_after_request(contract, signed_at)
    if margin is not None and margin.amount_minor >= contract.price_minor:
        message = "a security margin is part of the price, not all of it"
        raise ValidationFailed.field("security_margin", "too_large", message)
    binds = asked.binds or contract.clauses.promise_binds
    promised = Promise(signed_at, binds, asked.has_option)
    facts = taking.facts_of(uow, loan, contract, promise=promised)
    taking.weigh(uow, contract, facts, Action.PROMISE)
    taken = margin.amount_minor if margin is not None else 0
    after = contract.after(
        stage=Stage.PROMISED, promise_binds=binds, promised_at=signed_at,
        margin_minor=taken, margin_held_minor=taken,
    )  # fmt: skip
    journals = [postings.margin_taken(after, uow.today)] if taken else []
    details = {"binds": binds, "has_option": asked.has_option}
    taking.take(
        uow, after, journals,
        step=Step.PROMISE, at=signed_at, document=asked.document, amount_minor=taken or None,
        details=details,
    )  # fmt: skip
    return after


def _check_after_request(contract: Murabaha, signed_at: datetime) -> None:
    if signed_at < contract.created_at:
        message = "a promise follows the request it answers"
        raise ValidationFailed.field("signed_at", "before_request", message)


def purchase(
    uow: UnitOfWork, loan_id: str, asked: BuyGoods, *, etag: str | None = None
) -> Murabaha:
    """The institution buys the goods and pays supplier and direct expenses in cash.

    The cost is what the items add up to; the profit is the agreed margin on it. Refuses CONFLICT
    (order, state), FORBIDDEN (the approver, the role), NOT_FOUND (supplier, payee),
    LIMIT_EXCEEDED a cost above what was approved, SHARIAH_VIOLATION (MUR-01 to 05, 08, 09, 11,
    DEF-10, GEN-07; AAOIFI SS 8 2/2, 3/1, 4/3), FUNDS_INSUFFICIENT.
    """
    loan, contract = taking.opened(uow, loan_id, Step.PURCHASE, etag)
    taking.require_other_than_approver(uow, loan)
    bought = asked.purchase
    cost_minor = sum(item.amount_minor for item in bought.cost_items)
    access.require_authority(uow, taking.AUTHORITY, contract.money(cost_minor))
    _check_purchase(uow, loan, bought, cost_minor)
    after = contract.after(
        stage=Stage.PURCHASED, supplier_id=bought.supplier_id, invoice_on=bought.invoice_on,
        cost_minor=cost_minor, inventory_minor=cost_minor,
        profit_minor=profit_minor_of(cost_minor, contract.terms.margin_bp),
    )  # fmt: skip
    supplier = Supplier(
        bought.supplier_id == contract.borrower_id, asked.is_customer_agent,
        asked.customer_share_bp, asked.relation,
    )  # fmt: skip
    facts = taking.facts_of(
        uow, loan, after, purchase=bought, supplier=supplier,
        earlier_financings=earlier_financings(uow, contract),
    )  # fmt: skip
    taking.weigh(uow, contract, facts, Action.PURCHASE)
    form.weigh_purchase(uow, after)
    _check_payees(uow, bought)
    loans.set_stage(uow, loan_id, Stage.PURCHASED, repayable_minor=after.price_minor)
    taking.take(
        uow, after, [postings.purchased(after, uow.today)], is_stage_set=True,
        step=Step.PURCHASE, document=asked.document, amount_minor=cost_minor,
        details={
            "supplier_id": bought.supplier_id,
            "invoice_number": asked.invoice_number,
            "invoice_date": bought.invoice_on,
            "agent": str(bought.agent),
            "agency_reason": bought.agency_reason,
            "cost_items": [
                {"kind": item.kind, "description": item.description, "payee_id": item.payee_id,
                 "amount": after.money(item.amount_minor)}
                for item in bought.cost_items
            ],
        },
    )  # fmt: skip
    return after


def _check_purchase(uow: UnitOfWork, loan: Loan, bought: Purchase, cost_minor: int) -> None:
    parties.get_party(uow, bought.supplier_id)
    if bought.invoice_on > uow.today:
        message = f"an invoice of {bought.invoice_on} is not written yet"
        raise ValidationFailed.field("invoice.date", "in_the_future", message)
    if not any(item.kind == PRICE for item in bought.cost_items):
        message = "the price of the goods is missing: one item of kind price"
        raise ValidationFailed.field("cost_items", "missing_price", message)
    if cost_minor > loan.amount_minor:
        raise LimitExceeded(
            f"the goods cost more than the {loan.amount} that was approved: buy for less, or"
            " withdraw this application and submit another",
            details=[
                {"field": "cost_items", "code": "above_approved", "message": str(loan.amount)}
            ],
        )


def _check_payees(uow: UnitOfWork, bought: Purchase) -> None:
    parties.load_parties(uow, {item.payee_id for item in bought.cost_items} | {bought.payee_id})


def possess(
    uow: UnitOfWork, loan_id: str, asked: TakePossession, *, etag: str | None = None
) -> Murabaha:
    """The goods come into the institution's hand, at its risk.

    Refuses CONFLICT (order, state), FORBIDDEN, SHARIAH_VIOLATION possession before the invoice
    (MUR-01) and risk laid on the customer (MUR-10; AAOIFI SS 8 2/5/2, 3/2).
    """
    loan, contract = taking.opened(uow, loan_id, Step.POSSESS, etag)
    access.require_authority(uow, taking.AUTHORITY, None)
    at = taking.happened(uow, asked.at, "possessed_at")
    possession = Possession(at, asked.evidence, asked.insured_by, asked.hazards_by)
    facts = taking.facts_of(
        uow, loan, contract, purchase=taking.purchase_of(uow, contract), possession=possession,
        possession_day=local_date(at, uow.time_zone),
    )  # fmt: skip
    taking.weigh(uow, contract, facts, Action.POSSESS)
    form.weigh_insurance(uow, contract, asked.is_takaful)
    after = contract.after(stage=Stage.POSSESSED, possessed_at=at)
    taking.take(
        uow, after, [],
        step=Step.POSSESS, at=at, document=asked.evidence,
        details={"kind": asked.kind, "place": asked.place, "insured_by": asked.insured_by},
    )  # fmt: skip
    return after


def decline(uow: UnitOfWork, loan_id: str, asked: Decline, *, etag: str | None = None) -> Murabaha:
    """The customer does not buy, as he may until he accepts the sale; his loan is CANCELLED.

    His security margin goes back at once, unless he was bound by promise and goods are in hand:
    then it waits for their resale, of which it bears the actual loss at most. Refuses CONFLICT
    after the sale, FORBIDDEN, SHARIAH_VIOLATION (MUR-07, MUR-15; AAOIFI SS 8 4/1-4/2).
    """
    loan, contract = taking.opened(uow, loan_id, Step.DECLINE, etag)
    access.require_authority(uow, taking.AUTHORITY, None)
    stage = stage_after_decline(contract.stage)
    is_kept = stage is Stage.DECLINED and contract.is_promise_of_customer
    returned = 0 if is_kept else contract.margin_held_minor
    facts = taking.facts_of(
        uow, loan, contract, is_declined=True,
        margin_use=MarginUse(0, 0, contract.is_promise_of_customer),
    )  # fmt: skip
    taking.weigh(uow, contract, facts, Action.DECLINE)
    after = contract.after(stage=stage, margin_held_minor=contract.margin_held_minor - returned)
    journals = [postings.margin_returned(contract, returned, uow.today)] if returned else []
    loans.set_ended(uow, loan_id, LoanStatus.CANCELLED, asked.reason)
    ended = loans.load(uow, [loan_id])[loan_id]
    audit.record(uow, [Deed("loan.cancelled", loan_id, asked.reason)])
    events.record(uow, [Event(names.CANCELLED, loan_id, loan_out(ended))])
    taking.take(
        uow, after, journals,
        step=Step.DECLINE, document=asked.document, amount_minor=returned or None,
        details={
            "reason": asked.reason,
            "security_margin_held": after.money(after.margin_held_minor),
        },
    )  # fmt: skip
    return after


def resell(
    uow: UnitOfWork, loan_id: str, asked: ResellGoods, *, etag: str | None = None
) -> Murabaha:
    """Declined goods are sold to another for cash. Of the margin the actual loss is kept, cost
    less this price, and the rest goes back.

    Refuses CONFLICT (order), FORBIDDEN, NOT_FOUND and VALIDATION_ERROR (the buyer),
    SHARIAH_VIOLATION (MUR-07; AAOIFI SS 8 2/5/3).
    """
    loan, contract = taking.opened(uow, loan_id, Step.RESELL, etag)
    access.require_authority(uow, taking.AUTHORITY, asked.price)
    if asked.buyer_id == contract.borrower_id:
        message = "the customer declined these goods: another buyer is meant"
        raise ValidationFailed.field("buyer_id", "is_customer", message)
    parties.get_party(uow, asked.buyer_id)
    settled = settle_margin(
        margin_held_minor=contract.margin_held_minor,
        cost_minor=contract.inventory_minor,
        resale_minor=asked.price.amount_minor,
        is_promised=contract.is_promise_of_customer,
    )
    use = MarginUse(settled.kept_minor, settled.loss_minor, contract.is_promise_of_customer)
    facts = taking.facts_of(uow, loan, contract, margin_use=use)
    taking.weigh(uow, contract, facts, Action.RESELL)
    journals = [postings.resold(contract, asked.price.amount_minor, settled, uow.today)]
    after = contract.after(stage=Stage.RESOLD, inventory_minor=0, margin_held_minor=0)
    taking.take(
        uow, after, journals,
        step=Step.RESELL, document=asked.document, amount_minor=asked.price.amount_minor,
        details={
            "buyer_id": asked.buyer_id,
            "loss": contract.money(settled.loss_minor),
            "security_margin_kept": contract.money(settled.kept_minor),
            "security_margin_returned": contract.money(settled.returned_minor),
        },
    )  # fmt: skip
    return after
