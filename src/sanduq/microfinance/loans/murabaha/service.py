"""The murabaha among the loans: weighed, agreed, ended before a purchase, shown.

The steps lie beside this: `purchasing`, `selling`, `aftersale`; the profit earned in `profit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sanduq.kit.clock import local_date
from sanduq.kit.days import ONE_DAY
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.ledger.model import Entry, Journal
from sanduq.microfinance.loans.agreed import Agreed
from sanduq.microfinance.loans.errors import StepOutOfOrder
from sanduq.microfinance.loans.intake import Basis, common_facts
from sanduq.microfinance.loans.model import Application, Loan, Terms, planned_schedule
from sanduq.microfinance.loans.murabaha import postings, profit, store, taking
from sanduq.microfinance.loans.murabaha.errors import GoodsInHand, MurabahaNotFound, StepRefused
from sanduq.microfinance.loans.murabaha.facts import Action, MurabahaFacts, Reclaim
from sanduq.microfinance.loans.murabaha.model import (
    NEXT,
    Clauses,
    Murabaha,
    MurabahaTerms,
    Stage,
    Step,
    is_allowed,
    is_rebate_missing,
    may_reclaim,
)
from sanduq.microfinance.loans.murabaha.render import weight_a_year
from sanduq.microfinance.loans.murabaha.rules import evaluate, late_charges_of
from sanduq.microfinance.loans.owing import Owing, RebateOffer
from sanduq.microfinance.loans.qard_hasan.service import as_application
from sanduq.obligations import service as obligations
from sanduq.obligations.calendar import Calendar
from sanduq.obligations.model import Debt
from sanduq.obligations.receipts.model import Parts, PayDebt
from sanduq.obligations.receipts.service import JournalOf
from sanduq.obligations.schedule import Schedule
from sanduq.obligations.service import Obligation
from sanduq.shariah import service as shariah
from sanduq.shariah.facts import DebtRaise, DebtRaiseKind
from sanduq.shariah.model import Evaluation


def agree(uow: UnitOfWork, loan_id: str, application: Application, basis: Basis) -> Agreed:
    """Weighs the application and writes the contract; nothing is bought or owed yet.

    Refuses SHARIAH_VIOLATION, VALIDATION_ERROR an application without terms of a murabaha.
    """
    contract, agreed = _weighed(uow, loan_id, application, basis)
    store.insert(uow, contract)
    return agreed


def offer(uow: UnitOfWork, application: Application, basis: Basis) -> Agreed:
    """The price and its instalments; nothing is written. Refuses what `agree` refuses."""
    return _weighed(uow, "preview", application, basis)[1]


def _weighed(
    uow: UnitOfWork, loan_id: str, application: Application, basis: Basis
) -> tuple[Murabaha, Agreed]:
    terms = application.trade
    if not isinstance(terms, MurabahaTerms):
        raise ValidationFailed.field("profit_margin", "missing_field", "a murabaha has its terms")
    contract = Murabaha(
        murabaha_id=new_id("mur"),
        loan_id=loan_id,
        borrower_id=application.borrower_id,
        branch_id=basis.branch_id,
        asset=application.amount.asset,
        stage=Stage.REQUESTED,
        terms=terms,
        clauses=Clauses.read(basis.product.clauses),
        cost_minor=terms.cost.amount_minor,
        profit_minor=terms.profit.amount_minor,
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    schedule = schedule_of(contract, application.terms, basis, uow.today)
    facts = _application_facts(uow, application, basis, contract, schedule)
    evaluations = evaluate(facts, Action.CREATE)
    shariah.enforce([finding for item in evaluations for finding in item.findings])
    weight = weight_a_year(terms.cost, schedule, uow.today)
    return contract, Agreed(
        contract_id=contract.murabaha_id,
        fee_minor=0,
        repayable_minor=contract.price_minor,
        instalment_minor=schedule.lines[0].total_minor,
        first_due_on=schedule.due_on[0],
        stage=str(contract.stage),
        particulars={**terms.particulars(), "effective_annual_rate": weight},
        evaluations=evaluations,
        summary={"murabaha_id": contract.murabaha_id, "facts": facts},
        schedule=schedule,
    )


def recheck(uow: UnitOfWork, loan: Loan, basis: Basis) -> list[Evaluation]:
    """The rules of approval: resolutions, identity and the customer's other murabahas age."""
    contract, application = get(uow, loan.loan_id), as_application(loan)
    applied_on = local_date(loan.created_at, uow.time_zone)
    schedule = schedule_of(contract, loan.terms, basis, applied_on)
    facts = _application_facts(uow, application, basis, contract, schedule)
    return evaluate(facts, Action.APPROVE)


def cancel(uow: UnitOfWork, loan: Loan) -> None:
    """Ends a murabaha nothing was paid for yet. Refuses CONFLICT once money has moved."""
    contract = store.get(uow, loan.loan_id, is_locked=True)
    if contract is None:
        raise MurabahaNotFound
    if not is_allowed(Step.CANCEL, contract.stage) or contract.margin_held_minor:
        raise GoodsInHand
    ended = contract.after(stage=Stage.CANCELLED)
    taking.take(uow, ended, [], step=Step.CANCEL)


def disburse(uow: UnitOfWork, loan: Loan, _basis: Basis, _is_acknowledged: bool) -> None:
    """A murabaha pays nothing out to the customer: refuses CONFLICT, naming the step that is due.

    He gets goods, by the sale.
    """
    contract = get(uow, loan.loan_id)
    upcoming = NEXT.get(contract.stage)
    if upcoming is None:
        raise StepRefused.at_stage(loan.loan_id, Step.SELL, contract.stage)
    raise StepOutOfOrder.of(loan.loan_id, "disburse", missing=upcoming[0], rule_id=upcoming[1])


def rules_of_schedule(
    uow: UnitOfWork, loan: Loan, basis: Basis, debt: Debt, schedule: Schedule
) -> list[Evaluation]:
    """The rules of agreeing instalments anew: without increase (MUR-14, DEF-09, GEN-08)."""
    contract = get(uow, loan.loan_id)
    left = schedule.total_minor - debt.paid_minor
    raised = left - debt.outstanding_minor
    facts = MurabahaFacts(
        **common_facts(uow, as_application(loan), basis),
        clauses=contract.clauses,
        instalment_total_minor=left,
        outstanding_minor=debt.outstanding_minor,
        debt_raises=(DebtRaise(DebtRaiseKind.DEFERRAL, raised),) if raised > 0 else (),
    )
    return evaluate(facts, Action.RESCHEDULE)


def journals_of(uow: UnitOfWork, contract_ids: Sequence[str]) -> JournalOf:
    """What payments on these murabahas do to the accounts; the contracts stay locked meanwhile,
    so that no profit is earned between.

    Refuses (each payment for itself) CONFLICT to settle early without the rebate that the
    contract promises (MUR-17).
    """
    contracts = store.load_locked(uow, contract_ids)

    def journal_of(command: PayDebt, obligation: Obligation, parts: Parts) -> Journal:
        contract = contracts[command.obligation_id]
        if is_rebate_missing(contract, obligation.debt, parts.principal_minor, command.received_on):
            raise StepOutOfOrder.of(
                contract.loan_id, "settling early", missing=Step.REBATE, rule_id="MUR-17"
            )
        return postings.receipt(contract, command, parts, obligation.debt.outstanding_minor)

    return journal_of


def clear(
    uow: UnitOfWork,
    obligation: Obligation,
    principal_minor: int,
    fee_minor: int,  # noqa: ARG001 - every kind has this shape, and a murabaha has no fee
) -> tuple[Entry, ...]:
    """The entries that take an amount off the books, whoever bears it: profit not yet earned
    first, for it was nobody's yet (FAS 28 20)."""
    (contract,) = profit.bring_up_contracts(uow, [obligation.debt.obligation_id])
    released = min(principal_minor, contract.deferred_minor)
    after = contract.after(released_minor=contract.released_minor + released)
    store.save(uow, after)
    return postings.cleared(contract, principal_minor, released)


def get(uow: UnitOfWork, loan_id: str) -> Murabaha:
    """The contract behind a loan. Refuses NOT_FOUND."""
    contract = store.get(uow, loan_id)
    if contract is None:
        raise MurabahaNotFound
    return contract


def contract_of(uow: UnitOfWork, loan: Loan) -> dict[str, Any]:
    """The contract as the API writes it, with every step, and with the option to take the goods
    back from a bankrupt buyer where it stands open (MUR-22). Refuses NOT_FOUND."""
    contract = get(uow, loan.loan_id)
    rendered = taking.rendered_of(uow, contract)
    debts = obligations.load(uow, [contract.murabaha_id])
    paid = debts[contract.murabaha_id].debt.paid_minor if debts else 0
    is_shown = rendered["reclaim_option"]["is_open"] or not may_reclaim(contract, paid)
    facts = MurabahaFacts(
        on=uow.today,
        asset=contract.asset,
        reclaim=Reclaim(contract.stage is Stage.SOLD, paid, is_shown),
    )
    shariah.enforce(f for each in evaluate(facts, Action.RECLAIM) for f in each.findings)
    return rendered


def owing(uow: UnitOfWork, loan: Loan, started_on: date) -> list[Owing]:
    """The price as it was sold for: its cost and its profit apart (MUR-11)."""
    contract = get(uow, loan.loan_id)
    lines = [Owing(started_on, "cost", loan.contract_id, contract.cost_minor)]
    if contract.profit_minor:
        lines.append(Owing(started_on, "profit", loan.contract_id, contract.profit_minor))
    return lines


def rebate_offer(uow: UnitOfWork, loan: Loan, day: date) -> RebateOffer | None:
    """The profit not earned by `day`, which a rebate gives up: promised where the contract has the
    clause, as MY_BNM asks; otherwise at the institution's discretion (MUR-17)."""
    unearned = profit.unearned_minor(uow, loan.contract_id, day)
    if unearned == 0:
        return None
    return RebateOffer(unearned, get(uow, loan.loan_id).clauses.has_rebate_clause, "MUR-17")


def schedule_of(contract: Murabaha, terms: Terms, basis: Basis, anchored_on: date) -> Schedule:
    """The instalments of the price: equal, the last absorbing the rest (GEN-20)."""
    price = contract.money(contract.price_minor)
    return planned_schedule(price, 0, terms, basis.rule, anchored_on)


def _application_facts(
    uow: UnitOfWork, application: Application, basis: Basis, contract: Murabaha,
    schedule: Schedule,
) -> MurabahaFacts:  # fmt: skip
    terms = contract.terms
    return MurabahaFacts(
        **common_facts(uow, application, basis),
        clauses=contract.clauses,
        late_charges=late_charges_of(contract.clauses),
        borrower_id=contract.borrower_id,
        requested_on=local_date(contract.created_at, uow.time_zone),
        asset_category=terms.asset_category,
        cost_minor=contract.cost_minor,
        profit_minor=contract.profit_minor,
        instalment_total_minor=schedule.total_minor,
        contract_amount_minor=contract.price_minor,
        earlier_financings=earlier_financings(uow, contract),
        refinancing=terms.refinancing,
        business_days_free=_days_free(terms, basis.rule.calendar),
    )


def earlier_financings(uow: UnitOfWork, contract: Murabaha) -> tuple[str, ...]:
    """Other murabahas of these very goods with this customer (DEF-10)."""
    reference = contract.terms.asset_reference
    if reference is None:
        return ()
    found = store.financed_before(
        uow, contract.borrower_id, reference, besides=contract.murabaha_id
    )
    return tuple(found)


def _days_free(terms: MurabahaTerms, calendar: Calendar) -> int:
    """Whether a whole business day lies between the proceeds and the settlement of the old debt:
    1 or 0, for one is all that is asked."""
    asked = terms.refinancing
    if asked is None:
        return 0
    day = asked.proceeds_free_on + ONE_DAY
    while day <= asked.settles_on:
        if calendar.is_working(day):
            return 1
        day += ONE_DAY
    return 0
