"""A deposit put before the rules of safe-keeping."""

from __future__ import annotations

from collections.abc import Sequence

from sanduq.kit.db import UnitOfWork
from sanduq.rahnu import rules
from sanduq.rahnu.deposits.model import Deposit
from sanduq.rahnu.facts import DepositFact, RahnAction, RahnFacts
from sanduq.rahnu.facts_pledge import FeeFact
from sanduq.rahnu.fees.accrual import custody_cost_minor
from sanduq.rahnu.fees.cost_studies import service as cost_studies
from sanduq.rahnu.fees.examining import names_read
from sanduq.rahnu.fees.model import DAYS_A_MONTH, FeePolicy, fee_for_days_minor
from sanduq.shariah import service as shariah
from sanduq.shariah.model import ShariahProfile


def examine(
    uow: UnitOfWork,
    deposit: Deposit,
    policy: FeePolicy | None,
    action: str,
    *,
    after: Deposit | None = None,
    perks: Sequence[str] = (),
) -> None:
    """Runs the rules of safe-keeping, writes down what they found, refuses what they stop.

    `after`: the deposit as it would stand in pledge. Every deposit lies in bags of its own,
    under seal, and custody lets nothing be used: so it is segregated, unmixed and unused.
    """
    fee = _fee(uow, deposit, policy)
    facts = RahnFacts(
        on=uow.today,
        asset=deposit.asset,
        profile=ShariahProfile(uow.shariah_profile),
        resolutions=shariah.live_resolutions(uow, uow.today),
        fee=fee,
        deposit=DepositFact(
            basis=deposit.liability_basis,
            fee_monthly_minor=fee.monthly_minor if fee is not None else 0,
            is_pledged=after is not None,
            basis_after=after.liability_basis if after is not None else None,
            perks=tuple(perks),
        ),
    )
    evaluations = rules.evaluate(facts, RahnAction.DEPOSIT)
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    shariah.store_evaluations(uow, deposit.deposit_id, action, evaluations, facts)


def _fee(uow: UnitOfWork, deposit: Deposit, policy: FeePolicy | None) -> FeeFact | None:
    if policy is None:
        return None
    study = cost_studies.latest_approved(uow, policy.asset, uow.today)
    monthly = deposit.fee_monthly_minor
    return FeeFact(
        names=names_read(policy),
        monthly_minor=(
            fee_for_days_minor(policy, deposit.basis, DAYS_A_MONTH) if monthly is None else monthly
        ),
        cost_monthly_minor=custody_cost_minor(study, deposit.basis, 1) if study else None,
        expression=policy.expression,
        components=frozenset(each.value for each in policy.components),
    )
