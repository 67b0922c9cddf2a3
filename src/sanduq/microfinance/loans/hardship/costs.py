"""Charges of collection by receipt, and pledges to charity for delay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sanduq.access import service as access
from sanduq.funds.charity import service as charity
from sanduq.funds.charity.model import CharityReceipt, CharitySource, NewCharityReceipt
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal, credit
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.loans.hardship import events, postings, store
from sanduq.microfinance.loans.hardship.errors import CostUnknown
from sanduq.microfinance.loans.hardship.facts import Action
from sanduq.microfinance.loans.hardship.model import CollectionCost
from sanduq.microfinance.loans.hardship.schemas import cost_out, pledge_out
from sanduq.microfinance.loans.hardship.service import keep_rules, tell
from sanduq.microfinance.loans.model import LoanAction
from sanduq.microfinance.products import service as products
from sanduq.obligations import service as obligations
from sanduq.obligations.model import Debt
from sanduq.obligations.receipts import service as receipts
from sanduq.obligations.receipts.model import Parts, PayDebt, Repayment
from sanduq.obligations.receipts.postings import money_in, receipt
from sanduq.obligations.schedule import Schedule
from sanduq.obligations.service import NewDebt, Obligation
from sanduq.shariah.facts import Beneficiary, Charge, ChargeKind, DebtMeasure, LateCharge

CHARGE = "loan.charge"


@dataclass(frozen=True, slots=True)
class NewCost:
    """What a third party was paid to collect, on a receipt."""

    amount: Money
    payee: str
    receipt: str
    incurred_on: date


def charge(uow: UnitOfWork, loan_id: str, new: NewCost) -> CollectionCost:
    """Charges the cost of collection: a debt of its own, due at once, never part of the loan's.

    Refuses FORBIDDEN without authority, SHARIAH_VIOLATION unless the borrower is able and delays
    (rules DEF-02, DEF-07; AAOIFI SS 3 2/1/4), FUNDS_INSUFFICIENT.
    """
    loan = loans.locked(uow, loan_id, LoanAction.DEMAND, None)
    access.require_authority(uow, CHARGE, new.amount)
    minor = new.amount.amount_minor
    keep_rules(
        uow, loan, Action.CHARGE,
        charges=(Charge(ChargeKind.COLLECTION_ACTUAL, minor, evidence_minor=minor),),
        measures=(DebtMeasure.CHARGE,),
    )  # fmt: skip
    cost_id = new_id("col")
    journal = postings.cost_charged(new.amount, loan.branch_id, cost_id, uow.today)
    debt = Debt(cost_id, loan.asset, Schedule(1, (uow.today,), (minor,), (0,)))
    obligations.open_debts(
        uow, [NewDebt(debt, loan.borrower_id, loan.branch_id, uow.today)], reason="collection cost"
    )
    cost = CollectionCost(
        cost_id, loan_id, new.amount, new.payee, new.receipt, new.incurred_on,
        journal.journal_id, uow.now, uow.actor.user_id, minor,
    )  # fmt: skip
    store.insert_cost(uow, cost)
    tell(uow, loan_id, "loan.cost_charged", new.receipt, events.CHARGED, cost_out(cost))
    ledger.open_accounts(uow, [entry.place for entry in journal.entries])
    ledger.post(uow, [journal])
    return cost


def costs_of(uow: UnitOfWork, loan_id: str) -> list[CollectionCost]:
    """Collection costs of a loan, latest first. Refuses NOT_FOUND."""
    loans.get(uow, loan_id)
    return store.costs_of(uow, loan_id)


def pay_cost(
    uow: UnitOfWork, loan_id: str, cost_id: str, amount: Money, received_on: date
) -> Repayment:
    """Records what a borrower paid on a collection cost. Refuses what a repayment refuses."""
    if all(cost.cost_id != cost_id for cost in costs_of(uow, loan_id)):
        raise CostUnknown
    (outcome,) = receipts.record(uow, [PayDebt(cost_id, cost_id, amount, received_on)], _cost_paid)
    if outcome.refusal is not None:
        raise outcome.refusal
    assert outcome.repayment is not None
    return outcome.repayment


def _cost_paid(command: PayDebt, obligation: Obligation, parts: Parts) -> Journal:
    place = postings.cost_place(command.amount.asset, command.obligation_id)
    entries = money_in(
        command, branch_id=obligation.branch_id, debtor_id=obligation.debtor_id, fund="own",
        pool_id=None, parts=parts,
    )  # fmt: skip
    return receipt("loan.cost_paid", command, parts, *entries, credit(place, parts.principal_minor))


def pledge(uow: UnitOfWork, loan_id: str, amount: Money, *, note: str) -> CharityReceipt:
    """Receives what a delaying borrower pledged to charity; it is charity's at once.

    Nothing is ever owed: no debt is raised and none is demanded. Refuses CONFLICT by state,
    FORBIDDEN without authority, SHARIAH_VIOLATION from a borrower who is not able or does not
    delay, without the clause of a sale or lease (DEF-02, DEF-04; AAOIFI SS 3 2/1/8), and on a
    qard without a ruling of the board (DEF-05).
    """
    loan = loans.locked(uow, loan_id, LoanAction.DEMAND, None)
    access.require_authority(uow, CHARGE, amount)
    clauses = products.get_product(uow, loan.product_id).clauses
    keep_rules(
        uow, loan, Action.PLEDGE,
        measures=(DebtMeasure.CHARITY_PLEDGE,),
        late_charges=(LateCharge("a pledge to charity for delay", Beneficiary.CHARITY),),
        pledge_account=postings.CHARITY,
        has_charity_clause=clauses.get("charity_pledge") not in (None, False, "", "false"),
    )  # fmt: skip
    received = charity.receive(
        uow,
        NewCharityReceipt(
            source=CharitySource.LATE_PLEDGE, came_from=loan_id, amount=amount,
            branch_id=loan.branch_id, metadata={},
        ),
    )  # fmt: skip
    tell(uow, loan_id, "loan.charity_pledged", note, events.PLEDGED, pledge_out(received))
    return received
