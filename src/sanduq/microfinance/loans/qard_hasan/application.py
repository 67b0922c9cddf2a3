"""Weighing an application for a qard: fee, schedule, rules. Reads, never writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sanduq.kit.db import UnitOfWork
from sanduq.kit.formula import minor_by_formula
from sanduq.kit.money import Money
from sanduq.microfinance.loans.disclosure import Disclosure, disclose
from sanduq.microfinance.loans.funding import borne_study, pool_uses
from sanduq.microfinance.loans.intake import Basis, common_facts
from sanduq.microfinance.loans.model import Application, ScheduleRule, planned_schedule
from sanduq.microfinance.loans.qard_hasan.facts import Surroundings, application_facts
from sanduq.microfinance.products import service as products
from sanduq.microfinance.products.model import Product
from sanduq.microfinance.programs.model import Program
from sanduq.obligations.schedule import Schedule
from sanduq.qard import service as qard
from sanduq.qard.cost_studies import service as cost_studies
from sanduq.qard.facts import Action, QardFacts
from sanduq.qard.fee_formula import read_fee_formula
from sanduq.qard.model import CostStudy, fee_limit_minor
from sanduq.qard.rules import evaluate
from sanduq.shariah.model import Evaluation


@dataclass(frozen=True, slots=True)
class Offer:
    """What an application comes to. `study` counts what the program's donors pay."""

    application: Application
    product: Product
    branch_id: str
    fee: Money
    rule: ScheduleRule
    schedule: Schedule
    disclosure: Disclosure
    study: CostStudy | None
    whole_study: CostStudy | None
    facts: QardFacts
    evaluations: list[Evaluation]

    def facts_summary(self) -> dict[str, Any]:
        """The inputs of the evaluation, as they are hashed and stored with it."""
        return {
            "product_id": self.product.product_id,
            "borrower_id": self.application.borrower_id,
            "asset": str(self.application.amount.asset),
            "principal_minor": self.application.amount.amount_minor,
            "fee_minor": self.fee.amount_minor,
            "purpose": self.application.purpose,
            "cost_study_id": self.study.cost_study_id if self.study else None,
            "first_due_on": self.schedule.due_on[0],
            "instalment_total_minor": self.schedule.total_minor,
        }


def weigh(
    uow: UnitOfWork,
    application: Application,
    basis: Basis,
    program: Program | None,
    *,
    anchored_on: date | None = None,
) -> Offer:
    """Everything that follows from an application that was admitted; nothing is written."""
    product = basis.product
    study = cost_studies.latest_approved(
        uow, str(application.type), application.amount.asset, uow.today
    )
    borne = borne_study(study, program)
    fee = _fee(application, product, borne)
    schedule = planned_schedule(
        application.amount, fee.amount_minor, application.terms, basis.rule,
        anchored_on or uow.today,
    )  # fmt: skip
    around = Surroundings(
        common=common_facts(uow, application, basis),
        study=borne,
        pool_uses=pool_uses(uow, program),
        recent_fees=qard.recent_fees(uow, application.amount.asset),
    )
    facts = application_facts(
        products.product_facts(uow, product), application, fee, schedule, around
    )
    return Offer(
        application=application,
        product=product,
        branch_id=basis.branch_id,
        fee=fee,
        rule=basis.rule,
        schedule=schedule,
        disclosure=disclose(application.amount, fee, schedule, uow.today),
        study=borne,
        whole_study=study,
        facts=facts,
        evaluations=evaluate(facts, Action.CREATE),
    )


def _fee(application: Application, product: Product, study: CostStudy | None) -> Money:
    """The fee asked for, or the product's formula over the study's direct cost, or none."""
    if application.service_fee is not None:
        return application.service_fee
    asset = application.amount.asset
    if product.fee_formula is None or study is None:
        return Money(0, asset)
    cost = Money(fee_limit_minor(study), asset).decimal
    values: dict[str, Decimal | int] = {
        "direct_cost": cost,
        "page_count": 1,
        "visit_count": 1,
        "document_count": 1,
    }
    return Money(
        minor_by_formula(read_fee_formula(product.fee_formula), values, asset.digits), asset
    )
