"""How a loan's contract comes into being: offered by one act, accepted by another (GEN-02)."""

from __future__ import annotations

from sanduq.kit.db import UnitOfWork
from sanduq.microfinance.loans.model import Loan
from sanduq.microfinance.products.service import CONTRACT_OF_TYPE
from sanduq.shariah.facts_contracts import Conclusion, ContractAction, ContractFormFacts
from sanduq.shariah.model import Evaluation
from sanduq.shariah.rules_contracts import evaluate


def concluded(uow: UnitOfWork, loan: Loan) -> list[Evaluation]:
    """What the rules say of accepting this application now, by whoever approves it."""
    facts = ContractFormFacts(
        on=uow.today,
        asset=loan.asset,
        kind=CONTRACT_OF_TYPE[loan.type],
        conclusion=Conclusion(loan.created_at, uow.now, uow.actor.user_id),
    )
    return evaluate(facts, ContractAction.CONCLUDE)
