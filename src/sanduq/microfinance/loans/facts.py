"""What the Shariah rules are told about a loan: gathered once per command, decided elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sanduq.access.model import Institution
from sanduq.kit.money import Money
from sanduq.microfinance.loans.model import Application
from sanduq.obligations.schedule import Schedule
from sanduq.parties.model import Party
from sanduq.qard.facts import FeeSample, QardFacts
from sanduq.qard.model import CostStudy
from sanduq.shariah.facts import Charge, ChargeKind, PartyCapacity
from sanduq.shariah.model import Resolution


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a loan is decided against, read once."""

    institution: Institution
    borrower: Party
    kyc_rank: int
    kyc_rank_min: int
    study: CostStudy | None
    resolutions: tuple[Resolution, ...]
    recent_fees: Sequence[tuple[int, int]]


def application_facts(
    product: QardFacts,
    application: Application,
    fee: Money,
    schedule: Schedule,
    around: Surroundings,
) -> QardFacts:
    """The facts of a qard application: those of its product, and what is asked for now."""
    borrower = around.borrower
    total = application.amount + fee
    return replace(
        product,
        product_id=str(application.type),  # a cost study serves all products of a type
        resolutions=around.resolutions,
        purpose_code=application.purpose,
        prohibited_codes=around.institution.prohibited_purposes,
        parties=(
            PartyCapacity(
                "borrower",
                borrower.birth_on,
                around.institution.majority_age_years,
                is_interdicted=borrower.is_interdicted,
            ),
        ),
        kyc_rank=around.kyc_rank,
        kyc_rank_min=around.kyc_rank_min,
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
        pool_uses=frozenset({"qard"}),
    )
