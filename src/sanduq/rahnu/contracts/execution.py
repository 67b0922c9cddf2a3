"""Taking a pledge: possession by two officers, the disclosure accepted, the loan paid out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sanduq.access import service as access
from sanduq.custody.bags import service as bags
from sanduq.custody.bags.model import Bag
from sanduq.custody.model import BagStatus, Basis
from sanduq.custody.register import service as register
from sanduq.kit.days import add_months
from sanduq.kit.db import UnitOfWork
from sanduq.rahnu.contracts import disclosure, store
from sanduq.rahnu.contracts import events as names
from sanduq.rahnu.contracts.debts import SecuredDebt, secured_by_all
from sanduq.rahnu.contracts.errors import (
    DepositPledgedInPart,
    PledgeStepMissing,
    ReviewerMayNotExecute,
)
from sanduq.rahnu.contracts.facts import gathered
from sanduq.rahnu.contracts.intake import refuse_pledged
from sanduq.rahnu.contracts.lending import pay_out
from sanduq.rahnu.contracts.model import Contract, ItemStatus, PledgeAction, PledgeStatus
from sanduq.rahnu.contracts.service import changed, locked
from sanduq.rahnu.contracts.valuing import revalued
from sanduq.rahnu.deposits import service as deposits
from sanduq.rahnu.facts import RahnAction, RahnFacts
from sanduq.rahnu.facts_pledge import Possession
from sanduq.rahnu.fees.accrual import FeeSegment
from sanduq.rahnu.rules import evaluate
from sanduq.shariah import service as shariah
from sanduq.shariah.facts import ContractKind
from sanduq.shariah.facts_contracts import Conclusion, ContractAction, ContractFormFacts
from sanduq.shariah.model import Evaluation
from sanduq.shariah.rules_contracts import evaluate as evaluate_form

EXECUTE = "pledge.execute"
DEPOSIT_PREFIX = "dep_"


def execute(
    uow: UnitOfWork,
    contract_id: str,
    *,
    is_disclosure_acknowledged: bool = False,
    etag: str | None = None,
) -> Contract:
    """Takes the pledge and pays the loan out, if it is ours and still to be paid out.

    Refuses CONFLICT (state; a thing not in custody by two officers, RHN-06; a valuation older
    than a day, RHN-30; a thing pledged elsewhere; the reviewer himself), FORBIDDEN,
    LIMIT_EXCEEDED, SHARIAH_VIOLATION (among it the missing disclosure, DIS-05, and a loan above
    what is secured, RHN-31), FUNDS_INSUFFICIENT.
    """
    contract = locked(uow, contract_id, PledgeAction.EXECUTE, etag)
    if uow.actor.user_id == contract.reviewed_by:
        raise ReviewerMayNotExecute
    access.require_authority(uow, EXECUTE, contract.money(contract.secured_minor))
    held = possessed(uow, contract)
    refuse_pledged(uow, contract_id, [one.item for one in contract.held])
    contract = revalued(uow, contract, "execute")
    debt = secured_by_all(uow, [contract], is_locked=True).get(contract_id)
    if debt is None:
        missing = "the debt it secures"
        raise PledgeStepMissing.of(contract_id, "execute", missing=missing, rule_id="RHN-01")
    facts, evaluations = _evaluated(
        uow, contract, debt, held, is_told_now=is_disclosure_acknowledged
    )
    store.set_item_status(uow, contract_id, contract.item_ids, ItemStatus.PLEDGED)
    store.add_segments(uow, [(contract_id, FeeSegment(uow.today, contract.fee_monthly_minor))])
    _take(uow, contract, debt, is_told_now=is_disclosure_acknowledged)
    summary = {"seals": [one.seal_number for one in held], "debt_id": contract.debt_id}
    shariah.store_evaluations(uow, contract_id, "execute", evaluations, summary)
    if debt.is_to_pay_out:
        pay_out(uow, contract, facts, is_told=True)
    return changed(uow, contract_id, names.EXECUTED, "pledge.executed", details=summary)


def possessed(uow: UnitOfWork, contract: Contract) -> list[Bag]:
    """The confirmed bags that hold the things of a contract; a deposit of the pledgor's own is
    pledged where it lies.

    Refuses CONFLICT while one of them is not in custody by the hands of two officers (RHN-06).
    """
    _turn_deposits(uow, contract)
    found = bags.bags_of(uow, [contract.contract_id])[contract.contract_id]
    held = [bag for bag in found if bag.status is BagStatus.IN_CUSTODY and not bag.is_in_transit]
    inside = {item_id for bag in held for item_id in bag.item_ids}
    for item_id in contract.item_ids:
        if item_id not in inside:
            missing = f"sealed custody of {item_id} for this contract, confirmed by two officers,"
            raise PledgeStepMissing.of(
                contract.contract_id, "execute", missing=missing, rule_id="RHN-06"
            )
    return [bag for bag in held if set(bag.item_ids) & set(contract.item_ids)]


def _turn_deposits(uow: UnitOfWork, contract: Contract) -> None:
    """Things the pledgor left here for safe keeping stay where they are and stand in pledge now.

    Refuses CONFLICT a deposit of which only a part is offered.
    """
    held = register.load_holdings(uow, contract.item_ids)
    for deposit_id in sorted({one.subject_id for one in held.values()}):
        if not deposit_id.startswith(DEPOSIT_PREFIX):
            continue
        sealed = bags.bags_of(uow, [deposit_id])[deposit_id]
        sealed = [bag for bag in sealed if bag.is_held]
        if not {item_id for bag in sealed for item_id in bag.item_ids} <= set(contract.item_ids):
            raise DepositPledgedInPart(
                f"{deposit_id} holds more than is offered here: pledge all of it, or withdraw it"
                " and have what is to be pledged sealed for this contract"
            )
        deposits.turn_to_pledge(uow, deposit_id, contract.contract_id, contract.pledgor_id)
        ids = [bag.bag_id for bag in sealed]
        bags.assign(uow, ids, contract.contract_id, Basis.PLEDGE, f"pledged from {deposit_id}")


def possession_fact(held: Sequence[Bag]) -> Possession:
    """Bags in custody as the rules look at them; the officers of the bag with the fewest."""
    hands = [
        tuple(one for one in (bag.first_officer_id, bag.second_officer_id) if one) for bag in held
    ]
    return Possession(
        at=max((bag.confirmed_at for bag in held if bag.confirmed_at), default=None),
        place=held[0].place_id if held else None,
        seal_numbers=tuple(bag.seal_number for bag in held),
        weight_mg=sum(bag.sealed_weight_mg for bag in held),
        officers=min(hands, key=len, default=()),
    )


def _evaluated(
    uow: UnitOfWork,
    contract: Contract,
    debt: SecuredDebt,
    held: Sequence[Bag],
    *,
    is_told_now: bool,
) -> tuple[RahnFacts, list[Evaluation]]:
    known = gathered(uow, contract, debt=debt)
    told = disclosure.acknowledged(contract, is_told_now=is_told_now)
    facts = replace(
        known.facts,
        possession=possession_fact(held),
        disclosure=disclosure.shown(),
        disclosures_acknowledged=told,
    )
    form = ContractFormFacts(
        on=uow.today,
        asset=contract.asset,
        kind=ContractKind.RAHN,
        conclusion=Conclusion(contract.reviewed_at, uow.now, contract.pledgor_id),
        wording=(contract.description,),
    )
    evaluations = [
        *evaluate(facts, RahnAction.EXECUTE),
        *evaluate_form(form, ContractAction.CONCLUDE),
        *evaluate_form(form, ContractAction.NAME),
    ]
    findings = [found for each in evaluations for found in each.findings]
    shariah.enforce(findings, {rule for rule, _ in told})
    return facts, evaluations


def _take(uow: UnitOfWork, contract: Contract, debt: SecuredDebt, *, is_told_now: bool) -> None:
    matures_on = add_months(uow.today, contract.term_months)
    if not debt.is_to_pay_out and debt.last_due_on is not None:
        matures_on = debt.last_due_on
    number = store.next_ticket(uow, contract.branch_id, uow.today.year)
    told: dict[str, object] = {}
    if is_told_now:
        told = {
            "disclosure_version": disclosure.VERSION,
            "disclosed_at": uow.now,
            "disclosed_by": uow.actor.user_id,
        }
    store.update(
        uow, contract.contract_id,
        status=PledgeStatus.ACTIVE, executed_at=uow.now, executed_by=uow.actor.user_id,
        ticket_number=ticket_of(contract.branch_id, uow.today.year, number),
        fee_from_on=uow.today, matures_on=matures_on, **told,
    )  # fmt: skip


def ticket_of(branch_id: str, year: int, number: int) -> str:
    """How a ticket is numbered: branch, year, and a number without gaps."""
    return f"{branch_id.removeprefix('brn_').upper()}-{year}-{number:06d}"
