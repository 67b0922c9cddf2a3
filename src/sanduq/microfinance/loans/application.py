"""Weighing an application: product, borrower, fee, schedule, rules. Reads, never writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sanduq.access import service as access
from sanduq.access.model import Institution
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound
from sanduq.kit.money import Money
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.loans import store
from sanduq.microfinance.loans.disclosure import Disclosure, disclose
from sanduq.microfinance.loans.errors import TypeNotOffered
from sanduq.microfinance.loans.facts import Surroundings, application_facts
from sanduq.microfinance.loans.model import Application, LoanType, ScheduleRule, planned_schedule
from sanduq.microfinance.products import service as products
from sanduq.microfinance.products.model import Product
from sanduq.obligations import service as obligations
from sanduq.obligations.calendar import Calendar
from sanduq.obligations.schedule import Schedule
from sanduq.parties import service as parties
from sanduq.qard import service as qard
from sanduq.qard.cost_studies import service as cost_studies
from sanduq.qard.facts import Action, QardFacts
from sanduq.qard.fee_formula import fee_minor_by_formula, read_formula
from sanduq.qard.model import CostStudy, fee_limit_minor
from sanduq.qard.rules import evaluate
from sanduq.shariah import service as shariah
from sanduq.shariah.model import Evaluation


@dataclass(frozen=True, slots=True)
class Offer:
    """What an application comes to."""

    application: Application
    product: Product
    branch_id: str
    fee: Money
    rule: ScheduleRule
    schedule: Schedule
    disclosure: Disclosure
    study: CostStudy | None
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
    *,
    is_renewed: bool = False,
    anchored_on: date | None = None,
) -> Offer:
    """Everything that follows from an application today.

    Refuses in this order: NOT_FOUND (product, borrower, group, branch), the product's terms,
    the KYC tier's exposure. `is_renewed`: the loan exists already, so its own amount is not new
    exposure and its terms were checked when it was made.
    """
    institution = access.get_institution(uow)
    product = _product(uow, application)
    borrower = parties.get_party(uow, application.borrower_id)
    if application.group_id and not groups.group_exists(uow, application.group_id):
        raise NotFound(f"there is no group {application.group_id}")
    if application.branch_id and not access.known_branches(uow, [application.branch_id]):
        raise NotFound(f"there is no branch {application.branch_id}")
    if not is_renewed:
        products.require_offered(product, str(application.type), application.amount.asset)
        products.check_terms(product, application.amount, application.terms)
    study = cost_studies.latest_approved(
        uow, str(application.type), application.amount.asset, uow.today
    )
    fee = _fee(application, product, study)
    if not is_renewed:
        _check_exposure(uow, application)
    ranks = {tier.tier: tier.rank for tier in parties.list_tiers(uow)}
    rule = schedule_rule(product, institution)
    schedule = planned_schedule(
        application.amount, fee.amount_minor, application.terms, rule, anchored_on or uow.today
    )
    around = Surroundings(
        institution=institution,
        borrower=borrower,
        kyc_rank=ranks[borrower.kyc_tier],
        kyc_rank_min=ranks[product.kyc_tier_min],
        study=study,
        resolutions=shariah.live_resolutions(uow, uow.today),
        recent_fees=qard.recent_fees(uow, application.amount.asset),
    )
    facts = application_facts(
        products.product_facts(uow, product), application, fee, schedule, around
    )
    return Offer(
        application=application,
        product=product,
        branch_id=application.branch_id or borrower.branch_id or access.default_branch(uow),
        fee=fee,
        rule=rule,
        schedule=schedule,
        disclosure=disclose(application.amount, fee, schedule, uow.today),
        study=study,
        facts=facts,
        evaluations=evaluate(facts, Action.CREATE),
    )


def schedule_rule(product: Product, institution: Institution) -> ScheduleRule:
    """The product's schedule settings on the institution's calendar."""
    return ScheduleRule(
        anchor=product.schedule_anchor,
        working_days=product.working_days,
        multiple_of_minor=product.multiple_of_minor,
        calendar=Calendar(institution.holidays, institution.weekend),
    )


def _product(uow: UnitOfWork, application: Application) -> Product:
    asset = application.amount.asset
    if application.product_id is None:
        found = products.default_product(uow, str(application.type), asset)
        if found is None:
            raise TypeNotOffered.field(
                "type", "not_offered",
                f"no active product offers {application.type} in {asset.code};"
                " name a product_id or activate one",
            )  # fmt: skip
        return found
    return products.get_product(uow, application.product_id)


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
        fee_minor_by_formula(read_formula(product.fee_formula), values, asset.digits), asset
    )


def _check_exposure(uow: UnitOfWork, application: Application) -> None:
    asset = application.amount.asset
    # Two applications at once would each see the other's room: one waits for the other here.
    parties.lock_party(uow, application.borrower_id)
    owed = obligations.exposure(uow, [application.borrower_id])
    open_minor = owed.get((application.borrower_id, str(asset)), 0)
    pending = store.pending_minor(uow, application.borrower_id, asset)
    total = Money(open_minor + pending + application.amount.amount_minor, asset)
    parties.check_exposure(uow, {application.borrower_id: total})


__all__ = ["LoanType", "Offer", "schedule_rule", "weigh"]
