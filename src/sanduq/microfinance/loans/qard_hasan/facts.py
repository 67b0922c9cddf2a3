"""What the Shariah rules are told about a qard hasan: gathered once per command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sanduq.kit.money import Money
from sanduq.microfinance.loans.model import Application
from sanduq.obligations.schedule import Schedule
from sanduq.qard.facts import FeeSample, QardFacts
from sanduq.qard.model import CostStudy
from sanduq.shariah.facts import Charge, ChargeKind


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a qard is decided against, read once; `common` are the facts of every contract."""

    common: Mapping[str, Any]
    study: CostStudy | None
    pool_uses: frozenset[str]
    recent_fees: Sequence[tuple[int, int]]


def application_facts(
    product: QardFacts,
    application: Application,
    fee: Money,
    schedule: Schedule,
    around: Surroundings,
) -> QardFacts:
    """The facts of a qard application: those of its product, and what is asked for now."""
    total = application.amount + fee
    return replace(
        product,
        product_id=str(application.type),  # a cost study serves all products of a type
        **around.common,
        charges=(Charge(ChargeKind.SERVICE_FEE_ACTUAL, fee.amount_minor),)
        if fee.amount_minor
        else (),
        instalment_total_minor=schedule.total_minor,
        contract_amount_minor=total.amount_minor,
        principal_minor=application.amount.amount_minor,
        principal_scheduled_minor=schedule.principal_total_minor,
        fee_minor=fee.amount_minor,
        total_repayable_minor=total.amount_minor,
        cost_study=around.study,
        recent_loans=tuple(FeeSample(*sample) for sample in around.recent_fees),
        due_on=schedule.due_on[-1],
        first_due_on=schedule.due_on[0],
        pool_uses=around.pool_uses,
    )
