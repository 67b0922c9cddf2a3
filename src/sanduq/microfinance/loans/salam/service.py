"""The salam among the loans: agreed, its price paid, ended before money moved.

The borrower sells goods by description and is paid now; what is owed from then on is goods.
Money is owed only where goods were given up (`service_remedies`) or taken at a discount.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as events
from sanduq.events.service import Event
from sanduq.kit.clock import local_date
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Entry, Journal, credit
from sanduq.microfinance.loans import events as loan_events
from sanduq.microfinance.loans import store as loans
from sanduq.microfinance.loans.agreed import Agreed
from sanduq.microfinance.loans.errors import (
    ApproverMayNotDisburse,
    LoanNotFound,
    LoanStateRefuses,
)
from sanduq.microfinance.loans.intake import Basis
from sanduq.microfinance.loans.model import (
    Application,
    Loan,
    LoanAction,
    LoanStatus,
    LoanType,
    is_allowed,
)
from sanduq.microfinance.loans.salam import events as names
from sanduq.microfinance.loans.salam import postings, store
from sanduq.microfinance.loans.salam.errors import (
    MoreThanUnpaid,
    PriceAlreadyMoved,
    SalamChangedMeanwhile,
    SalamNotFound,
)
from sanduq.microfinance.loans.salam.facts import Action, FreightPayer, Payment, PriceSource
from sanduq.microfinance.loans.salam.gathering import (
    as_application,
    basis_of,
    facts_of,
    summary,
)
from sanduq.microfinance.loans.salam.model import (
    Clauses,
    Salam,
    SalamTerms,
    Stage,
    Step,
    after_payment,
)
from sanduq.microfinance.loans.salam.model_terms import PRICE_WINDOW_DAYS
from sanduq.microfinance.loans.salam.rules import evaluate
from sanduq.microfinance.loans.salam.schemas import salam_out
from sanduq.microfinance.loans.schemas import loan_out
from sanduq.obligations.model import Debt
from sanduq.obligations.receipts.model import Parts, PayDebt
from sanduq.obligations.schedule import Schedule
from sanduq.obligations.service import Obligation
from sanduq.parties import service as parties
from sanduq.shariah import service as shariah
from sanduq.shariah.model import Evaluation

TRADE_STEP = "trade.step"


def agree(uow: UnitOfWork, loan_id: str, application: Application, basis: Basis) -> Agreed:
    """Weighs the application and writes the contract as agreed; no money moves yet.

    Refuses VALIDATION_ERROR (another seller than the borrower, an unknown commodity), NOT_FOUND
    (who gives a security) and SHARIAH_VIOLATION with every finding.
    """
    salam, agreed = _weighed(uow, loan_id, application, basis)
    store.insert(uow, salam)
    return agreed


def offer(uow: UnitOfWork, application: Application, basis: Basis) -> Agreed:
    """The terms as they would be agreed; nothing is written. Refuses what `agree` refuses."""
    return _weighed(uow, "preview", application, basis)[1]


def _weighed(
    uow: UnitOfWork, loan_id: str, application: Application, basis: Basis
) -> tuple[Salam, Agreed]:
    terms = application.trade
    if not isinstance(terms, SalamTerms):
        raise ValidationFailed.field("type", "terms_missing", "a salam needs its goods described")
    if terms.counterparty_id not in (None, application.borrower_id):
        message = "the seller of the goods is the borrower: leave counterparty_id out"
        raise ValidationFailed.field("counterparty_id", "not_the_borrower", message)
    parties.load_parties(uow, {security.giver_id for security in terms.securities})
    clauses = Clauses.read(basis.product.clauses)
    salam = Salam(
        contract_id=new_id("slm"),
        loan_id=loan_id,
        seller_id=application.borrower_id,
        branch_id=basis.branch_id,
        asset=application.amount.asset,
        commodity=terms.commodity,
        quantity_milli=terms.quantity_milli,
        quantity_unit=terms.quantity_unit,
        price_per_unit_minor=terms.price_per_unit.amount_minor,
        capital_minor=application.amount.amount_minor,
        specifications=terms.specifications,
        delivery_place=terms.delivery_place or store.branch_name(uow, basis.branch_id),
        freight_payer=terms.freight_payer or clauses.freight_payer,
        securities=terms.securities,
        dues=terms.dues,
        price_window_days=min(clauses.price_window_days, PRICE_WINDOW_DAYS),
        stage=Stage.AGREED,
        paid_minor=0,
        paid_by=None,
        contracted_on=None,
        lapsed_milli=0,
        delivered_milli=0,
        substituted_milli=0,
        cancelled_milli=0,
        refundable_minor=0,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        version=1,
    )
    evaluations = evaluate(facts_of(uow, application, basis, salam), Action.CREATE)
    shariah.enforce([finding for item in evaluations for finding in item.findings])
    return salam, Agreed(
        contract_id=salam.contract_id,
        fee_minor=0,
        repayable_minor=0,
        instalment_minor=0,
        first_due_on=salam.dues[0][0],
        stage=str(salam.stage),
        particulars=_particulars(terms, salam),
        evaluations=evaluations,
        summary=summary(salam),
    )


def _particulars(terms: SalamTerms, salam: Salam) -> dict[str, Any]:
    """The terms with what the house filled in: place, freight, seller."""
    filled = replace(
        terms,
        delivery_place=salam.delivery_place,
        freight_payer=FreightPayer(salam.freight_payer),
        counterparty_id=salam.seller_id,
    )
    return dict(filled.particulars())


def recheck(uow: UnitOfWork, loan: Loan, basis: Basis) -> list[Evaluation]:
    """The rules of approval: the day of delivery must still lie ahead, and so on."""
    salam = contract(uow, loan.contract_id)
    return evaluate(facts_of(uow, as_application(loan), basis, salam), Action.APPROVE)


def cancel(uow: UnitOfWork, loan: Loan) -> None:
    """Ends a contract no price was paid on. Refuses CONFLICT once money moved."""
    salam = contract(uow, loan.contract_id, is_locked=True)
    if salam.paid_minor:
        raise PriceAlreadyMoved
    store.update(uow, [replace(salam, stage=Stage.CANCELLED)])
    loans.set_stage(uow, loan.loan_id, str(Stage.CANCELLED))


def disburse(uow: UnitOfWork, loan: Loan, basis: Basis, is_acknowledged: bool) -> None:
    """Pays what is left of the price, today, in cash."""
    salam = contract(uow, loan.contract_id, is_locked=True)
    details = {"disclosure": "acknowledged" if is_acknowledged else "attested"}
    command = PayPrice(Money(salam.unpaid_minor, salam.asset), uow.today)
    _post_price(uow, salam, _pay(uow, loan, basis, salam, command, details))


def rules_of_schedule(
    uow: UnitOfWork, loan: Loan, basis: Basis, debt: Debt, schedule: Schedule
) -> list[Evaluation]:
    """The rules of agreeing anew when a refund is given back (DEF-09)."""
    salam = contract(uow, loan.contract_id)
    facts = replace(
        facts_of(uow, as_application(loan), basis, salam),
        instalment_total_minor=schedule.total_minor - debt.paid_minor,
        contract_amount_minor=debt.outstanding_minor,
        outstanding_minor=debt.outstanding_minor,
    )
    return evaluate(facts, Action.RESCHEDULE)


def journal_of(command: PayDebt, obligation: Obligation, parts: Parts) -> Journal:
    """What a refund does to the accounts."""
    return postings.receipt(
        command, parts, branch_id=obligation.branch_id, debtor_id=obligation.debtor_id
    )


def clear(
    uow: UnitOfWork,  # noqa: ARG001 - every kind has this shape
    obligation: Obligation,
    principal_minor: int,
    fee_minor: int,  # noqa: ARG001
) -> tuple[Entry, ...]:
    """The entries that take a refund off the books, whoever bears it."""
    place = postings.refundable_place(obligation.debt.asset, obligation.debt.obligation_id)
    return (credit(place, principal_minor),)


def owing_goods(uow: UnitOfWork, contract_ids: Sequence[str]) -> frozenset[str]:
    """Those of the contracts whose seller still owes goods, however their money stands."""
    return frozenset(store.owing_goods(uow, contract_ids)) if contract_ids else frozenset()


def contract(uow: UnitOfWork, contract_id: str, *, is_locked: bool = False) -> Salam:
    """One contract. Refuses NOT_FOUND."""
    found = store.load(uow, contract_id, is_locked=is_locked)
    if found is None:
        raise SalamNotFound
    return found


def contract_of(uow: UnitOfWork, loan: Loan) -> dict[str, Any]:
    """The contract of a loan with everything that happened to it."""
    salam = contract(uow, loan.contract_id)
    return salam_out(salam, loan, store.load_steps(uow, [salam.contract_id])[salam.contract_id])


@dataclass(frozen=True, slots=True)
class PayPrice:
    """A payment of the price; `contracted_on` is the day the contract was concluded, by default
    that of the first payment."""

    amount: Money | None
    on: date
    source: PriceSource = PriceSource.CASH
    contracted_on: date | None = None
    document: str | None = None


def loan_of(uow: UnitOfWork, loan_id: str, *, is_locked: bool = True) -> Loan:
    """The loan with its balance, locked if it will change. Refuses NOT_FOUND, also a loan that
    is no salam."""
    if is_locked:
        loans.load_locked(uow, [loan_id])
    loan = loans.load(uow, [loan_id]).get(loan_id)
    if loan is None or loan.type is not LoanType.SALAM_MICRO:
        raise LoanNotFound(f"there is no salam {loan_id}")
    return loan


def check_etag(salam: Salam, expected: str | None) -> None:
    """Refuses CONFLICT a step decided on an older copy."""
    if expected is not None and expected != salam.etag:
        raise SalamChangedMeanwhile


def pay_price(
    uow: UnitOfWork, loan_id: str, command: PayPrice, *, etag: str | None = None
) -> dict[str, Any]:
    """Pays the price of an approved salam, whole or in part; complete, the loan is DISBURSED.

    Refuses NOT_FOUND, CONFLICT (state), FORBIDDEN (who approved it, roles without authority),
    VALIDATION_ERROR (days that cannot be, more than is left), SHARIAH_VIOLATION (SLM-01, SLM-02,
    SLM-06 among others), FUNDS_INSUFFICIENT.
    """
    loan = loan_of(uow, loan_id)
    if not is_allowed(LoanAction.DISBURSE, loan.status):
        raise LoanStateRefuses.of(loan_id, loan.status, LoanAction.DISBURSE)
    if uow.actor.user_id == loan.approved_by:
        raise ApproverMayNotDisburse
    salam = contract(uow, loan.contract_id, is_locked=True)
    check_etag(salam, etag)
    left = Money(salam.unpaid_minor, salam.asset)
    access.require_authority(uow, TRADE_STEP, command.amount or left)
    _check_days(uow, loan, salam, command)
    journal = _pay(uow, loan, basis_of(uow, loan), salam, command, {})
    after = loans.load(uow, [loan_id])[loan_id]
    news = [Event(names.PRICE_PAID, loan_id, contract_of(uow, after))]
    if after.status is LoanStatus.DISBURSED:
        news.append(Event(loan_events.DISBURSED, loan_id, loan_out(after)))
    events.record(uow, news)
    _post_price(uow, salam, journal)
    return contract_of(uow, after)


def _check_days(uow: UnitOfWork, loan: Loan, salam: Salam, command: PayPrice) -> None:
    assert loan.approved_at is not None
    approved_on = local_date(loan.approved_at, uow.time_zone)
    contracted_on = salam.contracted_on or command.contracted_on or command.on
    if command.contracted_on not in (None, contracted_on):
        message = f"the contract was concluded on {contracted_on}"
        raise ValidationFailed.field("contracted_on", "differs", message)
    if not approved_on <= contracted_on <= command.on <= uow.today:
        message = (
            f"approval ({approved_on}), contract ({contracted_on}), payment ({command.on}) and"
            f" today ({uow.today}) follow one another"
        )
        raise ValidationFailed.field("on", "impossible_date", message)


def _pay(
    uow: UnitOfWork,
    loan: Loan,
    basis: Basis,
    salam: Salam,
    command: PayPrice,
    details: dict[str, Any],
) -> Journal:
    """Writes the payment and returns its journal, which the caller posts last."""
    unpaid = salam.unpaid_minor
    paid = unpaid if command.amount is None else command.amount.amount_minor
    if paid > unpaid or paid == 0:
        message = f"{Money(unpaid, salam.asset)} of the price is left to pay"
        raise MoreThanUnpaid.field("amount", "exceeds_price", message)
    contracted_on = salam.contracted_on or command.contracted_on or command.on
    facts = replace(
        facts_of(uow, as_application(loan), basis, salam),
        on=command.on,
        contracted_on=contracted_on,
        price=Payment(command.on, paid, unpaid - paid, command.source),
    )
    evaluations = evaluate(facts, Action.PAY_PRICE)
    shariah.enforce([finding for item in evaluations for finding in item.findings])
    after = after_payment(salam, paid, contracted_on=contracted_on, by=uow.actor.user_id)
    is_complete = after.stage is Stage.PRICE_PAID
    journal = postings.price_paid(books_of(salam), paid, command.on)
    store.update(uow, [after])
    loans.set_stage(
        uow, loan.loan_id, str(after.stage), status=LoanStatus.DISBURSED if is_complete else None
    )
    told = {**details, "source": str(command.source), "document": command.document}
    step = store.step_fact(
        uow, salam, Step.PAY_PRICE, command.on, amount_minor=paid, details=told,
        journal_id=journal.journal_id,
    )  # fmt: skip
    store.insert_steps(uow, [step])
    shariah.store_evaluations(
        uow, loan.loan_id, Action.PAY_PRICE, evaluations, summary(salam, paid_now_minor=paid)
    )
    audit.record(uow, [Deed("salam.pay_price", loan.loan_id, None, {"amount": str(paid)})])
    return journal


def _post_price(uow: UnitOfWork, salam: Salam, journal: Journal) -> None:
    ledger.open_accounts(
        uow,
        [
            postings.financing_place(salam.asset, salam.contract_id),
            postings.cash_place(salam.asset, salam.branch_id),
        ],
    )
    ledger.post(uow, [journal])


def books_of(salam: Salam) -> postings.Contract:
    """Whose accounts a contract's journals touch."""
    return postings.Contract(salam.contract_id, salam.loan_id, salam.branch_id, salam.asset)


__all__ = [
    "PayPrice", "agree", "books_of", "cancel", "clear", "contract", "contract_of", "disburse",
    "journal_of", "loan_of", "owing_goods", "pay_price", "recheck",
    "rules_of_schedule",
]  # fmt: skip
