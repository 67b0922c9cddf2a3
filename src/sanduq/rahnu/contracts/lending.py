"""The qard that is lent against a pledge: agreed with it, paid out when the pledge is taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sanduq.funds.pools import service as pools
from sanduq.kit.days import add_months
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Money
from sanduq.obligations import service as obligations
from sanduq.obligations.model import ComponentOrder
from sanduq.obligations.receipts.model import CashSource
from sanduq.obligations.schedule import Schedule, schedule_from_lines, spread
from sanduq.parties import service as parties
from sanduq.qard import service as qard
from sanduq.qard.facts import Action, QardFacts
from sanduq.qard.rules import evaluate
from sanduq.qard.service import Disbursement, NewQard
from sanduq.rahnu.contracts.model import Contract, OwnLoan
from sanduq.rahnu.facts import RahnFacts
from sanduq.shariah import service as shariah
from sanduq.shariah.model import Evaluation

PRODUCT = "rahnu"
DISCLOSED_RULE = "QRD-23"


@dataclass(frozen=True, slots=True)
class Borrowing:
    """A loan asked for with a pledge, and where it is served."""

    contract_id: str
    borrower_id: str
    branch_id: str
    loan: OwnLoan
    term_months: int


def check_instalments(instalments: int, term_months: int) -> None:
    """Refuses VALIDATION_ERROR more instalments than months."""
    if instalments > term_months:
        raise ValidationFailed.field(
            "loan.installments", "too_many",
            f"{instalments} instalments do not fit into {term_months} months",
        )  # fmt: skip


def agree(uow: UnitOfWork, asked: Borrowing) -> str:
    """Agrees a qard to be paid out with the pledge, free of any fee; its id.

    Refuses LIMIT_EXCEEDED what the borrower's identification tier does not allow.
    """
    check_instalments(asked.loan.instalments, asked.term_months)
    parties.lock_party(uow, asked.borrower_id)
    asset = asked.loan.amount.asset
    owed = obligations.exposure(uow, [asked.borrower_id]).get((asked.borrower_id, str(asset)), 0)
    total = Money(owed + asked.loan.amount.amount_minor, asset)
    parties.check_exposure(uow, {asked.borrower_id: total})
    (made,) = qard.agree(
        uow,
        [
            NewQard(
                asked.contract_id, asked.borrower_id, asked.branch_id, asked.loan.amount, 0,
                ComponentOrder.PRO_RATA, None,
            )
        ],
    )  # fmt: skip
    return made.qard_id


def due_days(from_on: date, term_months: int, instalments: int) -> tuple[date, ...]:
    """The days a loan falls due: whole at the end of the term, or on the same day of the last
    months up to it."""
    first = term_months - instalments + 1
    return tuple(add_months(from_on, month) for month in range(first, term_months + 1))


def schedule(principal_minor: int, fee_minor: int, days: tuple[date, ...]) -> Schedule:
    """The first version of the schedule of a loan against a pledge."""
    return schedule_from_lines(1, spread(principal_minor, fee_minor, days))


def rules_of_loan(
    pledge: RahnFacts,
    action: Action,
    plan: Schedule,
    *,
    pool_uses: frozenset[str],
    is_told: bool = False,
) -> list[Evaluation]:
    """The rules of the qard that a pledge secures, at its agreement and when it is paid out."""
    principal = pledge.loan_minor or 0
    facts = QardFacts(
        on=pledge.on,
        asset=pledge.asset,
        profile=pledge.profile,
        resolutions=pledge.resolutions,
        approval=pledge.approval,
        purpose_code=pledge.purpose_code,
        prohibited_codes=pledge.prohibited_codes,
        parties=pledge.parties,
        kyc_rank=pledge.kyc_rank,
        conditions=pledge.conditions,
        instalment_total_minor=plan.total_minor,
        contract_amount_minor=principal,
        product_id=PRODUCT,
        principal_minor=principal,
        principal_scheduled_minor=plan.principal_total_minor,
        fee_minor=0,
        fee_approved_minor=0,
        total_repayable_minor=principal,
        due_on=plan.due_on[-1],
        first_due_on=plan.due_on[0],
        disbursed_on=pledge.on,
        is_disbursement_confirmed=True,
        is_schedule_active=True,
        net_disbursed_minor=principal,
        pool_uses=pool_uses,
        disclosure_version=None if pledge.disclosure is None else pledge.disclosure.version,
        disclosures_acknowledged=frozenset(
            {(DISCLOSED_RULE, pledge.disclosure.version)}
            if is_told and pledge.disclosure is not None
            else ()
        ),
    )
    return evaluate(facts, action)


def pool_uses(uow: UnitOfWork, pool_id: str | None) -> frozenset[str]:
    """What the money lent may be used for: the pool's uses, or the institution's own choice."""
    if pool_id is None:
        return frozenset({"qard"})
    return pools.permitted_uses(uow, pool_id)


def pay_out(uow: UnitOfWork, contract: Contract, facts: RahnFacts, *, is_told: bool) -> date:
    """Pays the agreed qard of a pledge out, from the branch's cash or the pool it is lent from;
    the day it falls due in the end.

    Refuses SHARIAH_VIOLATION, CONFLICT a qard that is not agreed, FUNDS_INSUFFICIENT.
    """
    assert contract.debt_id is not None
    agreed = qard.get(uow, contract.debt_id)
    days = due_days(uow.today, contract.term_months, contract.instalments)
    plan = schedule(agreed.principal_minor, agreed.fee_minor, days)
    uses = pool_uses(uow, contract.pool_id)
    evaluations = rules_of_loan(facts, Action.DISBURSE, plan, pool_uses=uses, is_told=is_told)
    shariah.enforce([found for each in evaluations for found in each.findings])
    shariah.store_evaluations(
        uow, contract.contract_id, "pay_out", evaluations, {"qard_id": agreed.qard_id}
    )
    fund, pool_id = "own", None
    if contract.pool_id is not None:
        amount = Money(agreed.principal_minor, agreed.asset)
        source = pools.choose_source(uow, contract.pool_id, amount)
        fund, pool_id = source.fund, source.pool_id
    payout = Disbursement(agreed.qard_id, uow.today, plan, CashSource.CASH, fund, pool_id)
    qard.disburse(uow, [payout])
    return days[-1]
