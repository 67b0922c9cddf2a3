"""What every step towards the sale of a pledge shares: its claims, its facts, its rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sanduq.kit.clock import local_date
from sanduq.kit.db import UnitOfWork
from sanduq.rahnu.contracts import meter
from sanduq.rahnu.contracts.debts import SecuredDebt
from sanduq.rahnu.contracts.facts import Gathered, gathered
from sanduq.rahnu.contracts.liquidation.errors import NotPledgedHere
from sanduq.rahnu.contracts.liquidation.model import Claims
from sanduq.rahnu.contracts.model import Contract, ContractItem, ItemStatus
from sanduq.rahnu.facts import RahnAction, RahnFacts
from sanduq.rahnu.rules import evaluate
from sanduq.shariah import service as shariah
from sanduq.shariah.model import Evaluation


def claims_of(
    uow: UnitOfWork, contract: Contract, debt: SecuredDebt | None, on: date | None = None
) -> Claims:
    """What the pledge answers for on a day: the debt, and the custody fee to that day."""
    day = uow.today if on is None else on
    fee = meter.fees_due(uow, [contract], day)[contract.contract_id]
    if debt is None:
        return Claims(0, 0, fee)
    return Claims(debt.due_now_minor, debt.outstanding_minor, fee)


def pledged(contract: Contract, item_ids: Sequence[str] | None = None) -> list[ContractItem]:
    """The things that are pledged, or those of them that are named.

    Refuses VALIDATION_ERROR a thing that is not pledged under this contract.
    """
    held = {one.item_id: one for one in contract.items if one.status is ItemStatus.PLEDGED}
    if item_ids is None:
        return list(held.values())
    unknown = set(item_ids) - held.keys()
    if unknown or not item_ids:
        raise NotPledgedHere.of(contract.contract_id, unknown or {"nothing"})
    return [held[item_id] for item_id in dict.fromkeys(item_ids)]


def known_of(uow: UnitOfWork, contract: Contract) -> Gathered:
    """The pledge with all that its rules are decided against."""
    return gathered(uow, contract)


def signed_on(uow: UnitOfWork, contract: Contract) -> date | None:
    """The day the owner signed the terms, sale agency among them."""
    return None if contract.executed_at is None else local_date(contract.executed_at, uow.time_zone)


def keep_rules(
    uow: UnitOfWork, subject_id: str, action: RahnAction, facts: RahnFacts
) -> list[Evaluation]:
    """Runs the rules of an action, writes down what they found, and refuses what they stop."""
    evaluations = evaluate(facts, action)
    shariah.enforce(found for each in evaluations for found in each.findings)
    shariah.store_evaluations(uow, subject_id, str(action), evaluations, _inputs(facts))
    return evaluations


def _inputs(facts: RahnFacts) -> dict[str, object]:
    """What of the facts a sale turns on, to be kept as a fingerprint."""
    return {
        "on": facts.on.isoformat(),
        "contract_id": facts.contract_id,
        "outstanding_minor": facts.outstanding_minor,
        "obligation": str(facts.obligation),
        "notice": str(facts.notice),
        "notices": [str(each) for each in facts.notices],
        "consent": str(facts.consent),
        "sale": str(facts.sale),
        "bids": [str(each) for each in facts.bids],
        "waterfall": str(facts.waterfall),
        "surplus": str(facts.surplus),
        "unclaimed": str(facts.unclaimed),
    }
