"""The sale: the goods become the customer's, and the price his debt."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as events
from sanduq.events.service import Event
from sanduq.kit.clock import local_date
from sanduq.kit.days import ONE_DAY
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.microfinance.loans import events as names
from sanduq.microfinance.loans import store as loans
from sanduq.microfinance.loans.intake import admit
from sanduq.microfinance.loans.model import Loan, LoanStatus
from sanduq.microfinance.loans.murabaha import postings, store, taking
from sanduq.microfinance.loans.murabaha.facts import Action, MarginUse, Possession, Sale
from sanduq.microfinance.loans.murabaha.model import Murabaha, Stage, Step
from sanduq.microfinance.loans.murabaha.model_profit import plan_of_sale
from sanduq.microfinance.loans.murabaha.model_steps import MarginChoice, SellGoods
from sanduq.microfinance.loans.murabaha.service import schedule_of
from sanduq.microfinance.loans.qard_hasan.service import as_application
from sanduq.microfinance.loans.schemas import loan_out, repayment_out
from sanduq.microfinance.loans.store import StatusChange
from sanduq.obligations import service as obligations
from sanduq.obligations.model import Debt
from sanduq.obligations.receipts import service as receipts
from sanduq.obligations.receipts.model import Parts, PayDebt
from sanduq.obligations.schedule import Schedule
from sanduq.obligations.service import NewDebt, Obligation

MARGIN_METHOD = "security_margin"


def sell(uow: UnitOfWork, loan_id: str, asked: SellGoods, *, etag: str | None = None) -> Murabaha:
    """Sells the goods at cost plus profit; the price is owed in instalments from today on.

    The security margin goes to the price or back, as agreed. Refuses CONFLICT (state), FORBIDDEN
    (the approver, the role), VALIDATION_ERROR (moments, what becomes of the margin),
    SHARIAH_VIOLATION a sale before possession or offered before it (MUR-01; AAOIFI SS 8 3/1/1),
    cost and profit not disclosed apart (MUR-11), a price that is not final (MUR-13), a title held
    back (MUR-16), and what else `RULES_BY_ACTION` holds.
    """
    loan, contract = taking.opened(uow, loan_id, Step.SELL, etag)
    taking.require_other_than_approver(uow, loan)
    price = contract.money(contract.price_minor)
    access.require_authority(uow, taking.AUTHORITY, price)
    offered_at = taking.happened(uow, asked.offered_at, "offered_at")
    accepted_at = taking.happened(uow, asked.accepted_at, "accepted_at")
    _check_today(uow, accepted_at)
    choice = _margin_choice(contract, asked)
    schedule = _schedule(uow, loan, contract)
    _weigh(uow, loan, contract, asked, schedule, (offered_at, accepted_at))
    plan = plan_of_sale(
        contract.cost_minor, schedule, frequency=loan.terms.frequency, started_on=uow.today
    )
    journals = [postings.sold(contract, uow.today)]
    if choice is MarginChoice.RETURN:
        back = postings.margin_returned(contract, contract.margin_held_minor, uow.today)
        journals.append(back)
    after = contract.after(
        stage=Stage.SOLD, offered_at=offered_at, sold_at=accepted_at, inventory_minor=0,
        margin_held_minor=0, plan_version=plan.schedule_version,
        next_profit_on=plan.next_on(uow.today - ONE_DAY),
    )  # fmt: skip
    _open_debt(uow, after, schedule)
    store.insert_plans(uow, [(after.murabaha_id, plan)])
    loans.set_stage(
        uow, loan_id, Stage.SOLD, status=LoanStatus.DISBURSED, repayable_minor=price.amount_minor
    )
    store.set_planned(
        uow, loan_id, instalment_minor=schedule.lines[0].total_minor,
        first_due_on=schedule.due_on[0],
    )  # fmt: skip
    ledger.open_accounts(uow, postings.sale_places(after))
    _tell(uow, loan_id)
    taking.take(
        uow, after, journals, is_stage_set=True,
        step=Step.SELL, at=accepted_at, document=asked.document,
        amount_minor=price.amount_minor,
        details={
            "offered_at": offered_at,
            "accepted_at": accepted_at,
            "cost": contract.money(contract.cost_minor),
            "profit": contract.money(contract.profit_minor),
            "cash_price": asked.cash_price,
            "security_margin": choice and str(choice),
        },
    )  # fmt: skip
    if choice is MarginChoice.CREDIT:
        _credit_margin(uow, contract)
    return after


def _check_today(uow: UnitOfWork, accepted_at: datetime) -> None:
    if local_date(accepted_at, uow.time_zone) != uow.today:
        message = "a sale is recorded on the day it is accepted"
        raise ValidationFailed.field("accepted_at", "not_today", message)


def _margin_choice(contract: Murabaha, asked: SellGoods) -> MarginChoice | None:
    if not contract.margin_held_minor:
        return None
    if asked.margin is None:
        message = (
            f"say what was agreed of the security margin of"
            f" {contract.money(contract.margin_held_minor)}: credit or return"
        )
        raise ValidationFailed.field("security_margin", "missing_field", message)
    return asked.margin


def _schedule(uow: UnitOfWork, loan: Loan, contract: Murabaha) -> Schedule:
    """The plan of the application, unless a later sale re-anchors it further out."""
    basis = admit(uow, as_application(loan), is_renewed=True)
    applied_on = local_date(loan.created_at, uow.time_zone)
    planned = schedule_of(contract, loan.terms, basis, applied_on)
    anew = schedule_of(contract, loan.terms, basis, uow.today)
    return anew if anew.due_on[0] > planned.due_on[0] else planned


def _weigh(
    uow: UnitOfWork, loan: Loan, contract: Murabaha, asked: SellGoods, schedule: Schedule,
    moments: tuple[datetime, datetime],
) -> None:  # fmt: skip
    offered_at, accepted_at = moments
    possessed_at = contract.possessed_at
    cash = asked.cash_price
    sale = Sale(
        offered_at=offered_at,
        accepted_at=accepted_at,
        agent_notice_at=asked.agent_notice_at,
        disclosed_cost_minor=asked.disclosed_cost.amount_minor,
        disclosed_profit_minor=asked.disclosed_profit.amount_minor,
        disclosed_price_minor=asked.disclosed_price.amount_minor,
        is_acknowledged=asked.is_acknowledged,
        benchmark=asked.benchmark,
        title_holder=asked.title_holder,
        cash_price_minor=cash.amount_minor if cash is not None else None,
        last_due_on=schedule.due_on[-1],
    )
    facts = taking.facts_of(
        uow, loan, contract, sale=sale, purchase=taking.purchase_of(uow, contract),
        possession=Possession(possessed_at, contract.murabaha_id) if possessed_at else None,
        margin_use=MarginUse(0, 0, contract.is_promise_of_customer),
        instalment_total_minor=schedule.total_minor, contract_amount_minor=contract.price_minor,
    )  # fmt: skip
    taking.weigh(uow, contract, facts, Action.SELL)


def _open_debt(uow: UnitOfWork, contract: Murabaha, schedule: Schedule) -> None:
    debt = Debt(contract.murabaha_id, contract.asset, schedule)
    new = NewDebt(debt, contract.borrower_id, contract.branch_id, uow.today)
    obligations.open_debts(uow, [new], reason="sold")


def _tell(uow: UnitOfWork, loan_id: str) -> None:
    loan = loans.load(uow, [loan_id])[loan_id]
    audit.record(uow, [Deed("loan.disbursed", loan_id)])
    events.record(uow, [Event(names.DISBURSED, loan_id, loan_out(loan))])


def _credit_margin(uow: UnitOfWork, contract: Murabaha) -> None:
    """The margin pays of the price, oldest instalments first: a repayment like any other."""
    margin = contract.money(contract.margin_held_minor)
    command = PayDebt(
        obligation_id=contract.murabaha_id,
        serves_id=contract.loan_id,
        amount=margin,
        received_on=uow.today,
        method=MARGIN_METHOD,
    )

    def journal_of(paid: PayDebt, owed: Obligation, parts: Parts) -> Journal:
        return postings.margin_credited(contract, paid, parts, owed.debt.outstanding_minor)

    (outcome,) = receipts.record(uow, [command], journal_of)
    if outcome.repayment is None or outcome.refusal is not None:
        raise outcome.refusal or AssertionError("a margin below the price is always taken")
    change = StatusChange(contract.loan_id, LoanStatus.REPAYING, None)
    loans.set_statuses(uow, [change])
    paid = replace(outcome.repayment)
    events.record(uow, [Event(names.REPAYMENT_RECEIVED, contract.loan_id, repayment_out(paid))])
