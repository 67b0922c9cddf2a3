"""Admitting an application of any kind: product, borrower, group, branch, terms, exposure.

Reads, never writes; what a contract's own rules say is asked afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sanduq.access import service as access
from sanduq.access.model import Institution
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound
from sanduq.kit.money import Money
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups.errors import GroupStateRefuses
from sanduq.microfinance.groups.members import service as members
from sanduq.microfinance.groups.model import GroupAction, is_allowed
from sanduq.microfinance.loans import store
from sanduq.microfinance.loans.errors import TypeNotOffered
from sanduq.microfinance.loans.model import Application, ScheduleRule
from sanduq.microfinance.products import service as products
from sanduq.microfinance.products.model import Product
from sanduq.obligations import service as obligations
from sanduq.obligations.calendar import Calendar
from sanduq.obligations.model import Debt
from sanduq.obligations.schedule import Schedule
from sanduq.parties import service as parties
from sanduq.parties.model import Party
from sanduq.shariah import rules_default, rules_general
from sanduq.shariah import service as shariah
from sanduq.shariah.facts import ContractFacts, PartyCapacity, TemplateApproval
from sanduq.shariah.model import Evaluation, Resolution, ShariahProfile


@dataclass(frozen=True, slots=True)
class Basis:
    """What an application is decided against, read once."""

    institution: Institution
    product: Product
    borrower: Party
    branch_id: str
    rule: ScheduleRule
    kyc_rank: int
    kyc_rank_min: int
    resolutions: tuple[Resolution, ...]
    approval: TemplateApproval | None


def admit(uow: UnitOfWork, application: Application, *, is_renewed: bool = False) -> Basis:
    """What the application stands on.

    Refuses in this order: NOT_FOUND (product, borrower, group, branch; a borrower who is no member
    of the group), CONFLICT a group that does not lend now, the product's terms, the KYC tier's
    exposure. `is_renewed`: the loan exists already, so its own amount is not new
    exposure and its terms were checked when it was made.
    """
    institution = access.get_institution(uow)
    product = _product(uow, application)
    borrower = parties.get_party(uow, application.borrower_id)
    if application.group_id and not is_renewed:
        _check_group(uow, application.group_id, application.borrower_id)
    if application.branch_id and not access.known_branches(uow, [application.branch_id]):
        raise NotFound(f"there is no branch {application.branch_id}")
    if not is_renewed:
        products.require_offered(product, str(application.type), application.amount.asset)
        products.check_terms(product, application.amount, application.terms)
        _check_exposure(uow, application)
    ranks = {tier.tier: tier.rank for tier in parties.list_tiers(uow)}
    return Basis(
        institution=institution,
        product=product,
        borrower=borrower,
        branch_id=application.branch_id or borrower.branch_id or access.default_branch(uow),
        rule=schedule_rule(product, institution),
        kyc_rank=ranks[borrower.kyc_tier],
        kyc_rank_min=ranks[product.kyc_tier_min],
        resolutions=shariah.live_resolutions(uow, uow.today),
        approval=products.template_approval(uow, product),
    )


def common_facts(uow: UnitOfWork, application: Application, basis: Basis) -> dict[str, Any]:
    """The facts every contract's rules look at, as keyword arguments of `ContractFacts`."""
    borrower = basis.borrower
    return {
        "on": uow.today,
        "asset": application.amount.asset,
        "profile": ShariahProfile(uow.shariah_profile),
        "resolutions": basis.resolutions,
        "approval": basis.approval,
        "purpose_code": application.purpose,
        "prohibited_codes": basis.institution.prohibited_purposes,
        "parties": (
            PartyCapacity(
                "borrower",
                borrower.birth_on,
                basis.institution.majority_age_years,
                is_interdicted=borrower.is_interdicted,
            ),
        ),
        "kyc_rank": basis.kyc_rank,
        "kyc_rank_min": basis.kyc_rank_min,
    }


def common_schedule_rules(
    uow: UnitOfWork, resolutions: tuple[Resolution, ...], debt: Debt, schedule: Schedule
) -> list[Evaluation]:
    """The rules of agreeing instalments anew that hold for every debt: no increase for time."""
    facts = ContractFacts(
        on=uow.today,
        asset=debt.asset,
        profile=ShariahProfile(uow.shariah_profile),
        resolutions=resolutions,
        instalment_total_minor=schedule.total_minor - debt.paid_minor,
        contract_amount_minor=debt.outstanding_minor,
        outstanding_minor=debt.outstanding_minor,
    )
    return [
        Evaluation(rule_id, tuple(check(facts))) for rule_id, check in _RULES_OF_SCHEDULE.items()
    ]


_RULES_OF_SCHEDULE = {
    "GEN-08": rules_general.rule_gen_08,
    "GEN-09": rules_general.rule_gen_09,
    "GEN-20": rules_general.rule_gen_20,
    "DEF-09": rules_default.rule_def_09,
}


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


def _check_group(uow: UnitOfWork, group_id: str, borrower_id: str) -> None:
    group = groups.get_group(uow, group_id)
    if not is_allowed(GroupAction.LEND, group.status):
        raise GroupStateRefuses.of(group_id, group.status, GroupAction.LEND)
    members.member_of(uow, group_id, borrower_id)


def _check_exposure(uow: UnitOfWork, application: Application) -> None:
    asset = application.amount.asset
    # Two applications at once would each see the other's room: one waits for the other here.
    parties.lock_party(uow, application.borrower_id)
    owed = obligations.exposure(uow, [application.borrower_id])
    open_minor = owed.get((application.borrower_id, str(asset)), 0)
    pending = store.pending_minor(uow, application.borrower_id, asset)
    total = Money(open_minor + pending + application.amount.amount_minor, asset)
    parties.check_exposure(uow, {application.borrower_id: total})
