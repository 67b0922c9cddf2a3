"""What the Shariah rules are told about a pledge: gathered once per command.

Every verb of a pledge begins with `gathered` and adds what it is about with
`dataclasses.replace`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sanduq.access import service as access
from sanduq.access.model import Institution
from sanduq.assets.model import Metal
from sanduq.assets.valuations import service as valuations
from sanduq.assets.valuations.model import Valuation
from sanduq.kit.clock import local_date
from sanduq.kit.db import UnitOfWork
from sanduq.parties import service as parties
from sanduq.parties.model import Party
from sanduq.rahnu.contracts.charges import fee_fact
from sanduq.rahnu.contracts.debts import SecuredDebt, secured_by
from sanduq.rahnu.contracts.model import Contract, ContractItem, DebtKind
from sanduq.rahnu.facts import Licence, RahnFacts
from sanduq.rahnu.facts_pledge import (
    TRUSTS,
    ClauseText,
    JoinedContract,
    ObligationKind,
    PledgedItem,
    SecuredObligation,
    ValuationFact,
)
from sanduq.rahnu.fees import service as fees
from sanduq.rahnu.templates import service as templates
from sanduq.rahnu.templates.model import Template
from sanduq.shariah import service as shariah
from sanduq.shariah.facts import Condition, ContractKind, PartyCapacity
from sanduq.shariah.model import ShariahProfile

PURPOSE = "gold_pledge"
NO_MARKS = "no marks found by the valuer"


@dataclass(frozen=True, slots=True)
class Gathered:
    """A pledge with everything its rules are decided against, read once."""

    contract: Contract
    template: Template
    debt: SecuredDebt | None
    valuations: Mapping[str, Valuation]
    facts: RahnFacts


def gathered(
    uow: UnitOfWork,
    contract: Contract,
    *,
    debt: SecuredDebt | None = None,
    template: Template | None = None,
) -> Gathered:
    """What is known of a pledge, as facts; `debt` and `template` spare a query when known."""
    template = template or templates.get(uow, contract.template_id)
    debt = debt or secured_by(uow, contract)
    known = valuations.newest_confirmed(uow, contract.item_ids)
    institution = access.get_institution(uow)
    people = parties.load_parties(uow, {contract.pledgor_id, contract.borrower_id})
    pledgor = people[contract.pledgor_id]
    ranks = {tier.tier: tier.rank for tier in parties.list_tiers(uow)}
    facts = RahnFacts(
        on=uow.today,
        asset=contract.asset,
        profile=ShariahProfile(uow.shariah_profile),
        resolutions=shariah.live_resolutions(uow, uow.today),
        approval=templates.template_approval(uow, template),
        purpose_code=PURPOSE,
        prohibited_codes=institution.prohibited_purposes,
        parties=tuple(_capacity(name, one, institution) for name, one in _roles(contract, people)),
        kyc_rank=ranks[pledgor.kyc_tier],
        conditions=(Condition(ContractKind.QARD, ContractKind.RAHN),),
        outstanding_minor=None if debt is None else debt.outstanding_minor,
        at=uow.now,
        contract_id=contract.contract_id,
        creditor_id=contract.pledgee_id,
        pledgor_id=contract.pledgor_id,
        made_on=local_date(contract.created_at, uow.time_zone),
        terms=template.terms,
        clauses=tuple(ClauseText(each.language, each.text) for each in template.clauses),
        joined=_joined(contract),
        obligation=None if debt is None else _obligation(contract, debt),
        items=tuple(_item(contract, one, known.get(one.item_id)) for one in contract.held),
        valuations=tuple(
            valuation_fact(known[one.item_id])
            for one in contract.held
            if one.item_id in known
        ),
        appraised_minor=contract.appraised_minor,
        ltv_bp=contract.ltv_bp,
        secured_minor=contract.secured_minor,
        loan_minor=contract.loan_minor if debt is None else debt.outstanding_minor,
        term_months=contract.term_months,
        fee=fee_fact(
            uow, fees.policy(uow, contract.fee_policy_id), [one.item for one in contract.held],
            contract.fee_monthly_minor, contract.branch_id,
        ),
        licence=_licence(template),
    )  # fmt: skip
    return Gathered(contract, template, debt, known, facts)


def valuation_fact(valuation: Valuation) -> ValuationFact:
    """A valuation as the rules look at it."""
    return ValuationFact(
        item_id=valuation.item_id,
        gross_weight_mg=valuation.gross_weight_mg,
        stone_weight_mg=valuation.stone_weight_mg,
        other_weight_mg=valuation.other_weight_mg,
        net_weight_mg=valuation.net_weight_mg,
        fineness_bp=valuation.fineness_bp,
        method=str(valuation.method),
        price_source=valuation.price_source,
        priced_at=valuation.priced_at,
        valued_at=valuation.valued_at,
        valuer_id=valuation.valuer_id,
        second_officer_id=valuation.second_officer_id,
        value_minor=valuation.value.amount_minor,
        told_at=valuation.confirmed_at,
    )


def _roles(contract: Contract, people: Mapping[str, Party]) -> Sequence[tuple[str, Party]]:
    named = [("pledgor", people[contract.pledgor_id])]
    if contract.borrower_id != contract.pledgor_id:
        named.append(("borrower", people[contract.borrower_id]))
    return named


def _capacity(role: str, party: Party, institution: Institution) -> PartyCapacity:
    return PartyCapacity(
        role, party.birth_on, institution.majority_age_years,
        is_interdicted=party.is_interdicted,
    )  # fmt: skip


def _joined(contract: Contract) -> frozenset[JoinedContract]:
    """The contracts this deal is put together from: a fee makes it a paid keeping as well."""
    joined = {JoinedContract.RAHN}
    if contract.debt_kind is DebtKind.QARD or contract.is_own_loan:
        joined.add(JoinedContract.QARD)
    if contract.fee_monthly_minor:
        joined |= {JoinedContract.UJRAH, JoinedContract.WADIAH}
    return frozenset(joined)


def _obligation(contract: Contract, debt: SecuredDebt) -> SecuredObligation:
    outside = contract.outside_debt
    kind = ObligationKind.QARD
    if outside is not None:
        kind = ObligationKind(outside.kind)
    elif debt.kind is DebtKind.DEBT:
        kind = ObligationKind.MURABAHA
    return SecuredObligation(
        kind=kind,
        outstanding_minor=debt.outstanding_minor,
        due_on=debt.last_due_on,
        is_past_due=debt.is_past_due,
        is_trust=kind in TRUSTS,
        has_riba=kind is ObligationKind.RIBA_LOAN,
        is_ours=outside is None,
        limited_to_fault=debt.is_limited_to_fault,
    )


def _item(contract: Contract, one: ContractItem, valued: Valuation | None) -> PledgedItem:
    item = one.item
    net_weight_mg = item.net_weight_mg if valued is None else valued.net_weight_mg
    return PledgedItem(
        item_id=item.item_id,
        description=item.description,
        net_weight_mg=None if item.metal is Metal.NONE else net_weight_mg,
        fineness_bp=item.fineness_bp if valued is None else valued.fineness_bp,
        has_photo=bool(item.photo_hashes),
        marks=_marks(one, valued),
        is_lawful=True,
        owner_id=item.owner_id,
        has_owner_declaration=contract.has_owner_declared,
        owner_consent_id=contract.owner_consent_id,
        has_owner_recourse=contract.owner_consent_id is not None,
    )


def _marks(one: ContractItem, valued: Valuation | None) -> str:
    """What tells the thing from others: as declared, and as two officers read it off the thing,
    who found none where they name none."""
    stamps = [test.stamp for test in valued.tests] if valued is not None else []
    found = [text for text in (one.item.marks, one.item.serial, *stamps) if text]
    return " ".join(found) or (NO_MARKS if valued is not None else "")


def _licence(template: Template) -> Licence | None:
    held = template.licence
    return None if held is None else Licence(held.kind, held.number, held.expires_on)
