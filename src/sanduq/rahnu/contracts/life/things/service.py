"""The end of a pledge that was paid: released to its owner, whole, on the day it is free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sanduq.access import service as access
from sanduq.custody.register import service as register
from sanduq.custody.releases import service as releases
from sanduq.custody.releases.model import NewRelease, ReleaseReason
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts import store as contract_store
from sanduq.rahnu.contracts.errors import PledgeStepMissing
from sanduq.rahnu.contracts.facts import Gathered, gathered
from sanduq.rahnu.contracts.life.fees import charged_to
from sanduq.rahnu.contracts.life.losses import service as losses
from sanduq.rahnu.contracts.life.payments import statements
from sanduq.rahnu.contracts.life.payments.model import Repayment
from sanduq.rahnu.contracts.life.payments.service import paid_elsewhere, take
from sanduq.rahnu.contracts.life.payments.stopping import as_stopped
from sanduq.rahnu.contracts.life.people import service as people
from sanduq.rahnu.contracts.life.people.model import Claimant
from sanduq.rahnu.contracts.life.ruling import keep_rules
from sanduq.rahnu.contracts.life.things import events, store
from sanduq.rahnu.contracts.life.things.errors import LossUndecided
from sanduq.rahnu.contracts.life.things.model import ChangeKind, PledgeChange, Redeem
from sanduq.rahnu.contracts.margin.top_ups import return_all
from sanduq.rahnu.contracts.model import (
    Contract,
    ContractItem,
    ItemStatus,
    MarginFlag,
    PledgeAction,
    PledgeStatus,
)
from sanduq.rahnu.facts import RahnAction
from sanduq.rahnu.facts_pledge import Release
from sanduq.rahnu.facts_sale import FeeEnd

RELEASE = "pledge.release"
PATH = "/v1/rails/rahnu/contracts"


@dataclass(frozen=True, slots=True)
class Released:
    """A pledge given back: the orders by which its things leave, and what was paid with it."""

    contract: Contract
    change: PledgeChange
    repayment: Repayment | None


def release(
    uow: UnitOfWork, contract_id: str, asked: Redeem, *, etag: str | None = None
) -> Released:
    """Gives the pledge back once nothing of its debt and of the custody fee is left; what is
    still to be paid may be paid in the same act.

    The fee stops on the day the debt was paid (RHN-19, ARN-10); the things go to their owner by
    an order of the vault, and cash left beside them goes back. Refuses CONFLICT (state; something
    still owed, RHN-19; an outside debt whose creditor has not stated that nothing is; a loss not
    decided), FORBIDDEN,
    RELEASE_RECIPIENT (ARN-12), SHARIAH_VIOLATION, and what taking the payment refuses.
    """
    contract = contracts.locked(uow, contract_id, PledgeAction.RELEASE, etag)
    access.require_authority(uow, RELEASE, None)
    require_decided(uow, contract_id)
    things = pledged(contract)
    who = people.claimant_of(
        uow, contract, things, asked.fetching.recipient_id, asked.fetching.present_ids
    )
    ticket, declaration_id = people.ticket_shown(uow, contract, who, asked.fetching.ticket_number)
    known, repayment = gathered(uow, contract), None
    journals: tuple[Journal, ...] = ()
    if asked.payment is not None:
        taken = take(uow, known, asked.payment)
        repayment, journals = taken.repayment, taken.journals
        contract = taken.contract
        known = gathered(uow, contract)
    settled_on = _settled_on(uow, known)
    contract, stopped = _stop(uow, contract, settled_on)
    keep_rules(
        uow, known, RahnAction.RELEASE,
        release=Release(
            recipient_id=who.party_id, is_owner=who.is_owner, debt_left_minor=0,
            settled_on=settled_on, ready_on=settled_on, fee_stops_on=settled_on,
            agent_proof_id=who.proof, ticket_number=ticket, loss_declaration_id=declaration_id,
        ),
        fee_end=FeeEnd(charged_through_on=settled_on, ready_on=settled_on),
    )  # fmt: skip
    orders = order_out(uow, contract, things, who, ReleaseReason.REDEMPTION)
    contract_store.set_item_status(
        uow, contract_id, [one.item_id for one in things], ItemStatus.RELEASED
    )
    returned = return_all(uow, contract, reason="the pledge was released")
    contract_store.update(
        uow, contract_id, status=PledgeStatus.RELEASED, closed_at=uow.now,
        fee_until_on=settled_on, margin_flag=MarginFlag.NONE, margin_called_on=None,
    )  # fmt: skip
    change = _released(uow, contract, things, who, orders)
    store.insert(uow, change)
    details = {"release_ids": list(orders), "recipient_id": who.party_id, "ticket": ticket}
    after = contracts.changed(uow, contract_id, events.RELEASED, "pledge.released", details=details)
    if journals or stopped or returned:
        ledger.post(uow, [*journals, *stopped, *returned])
    return Released(after, change, repayment)


def pledged(contract: Contract) -> tuple[ContractItem, ...]:
    """The things that are in pledge now."""
    return tuple(one for one in contract.items if one.status is ItemStatus.PLEDGED)


def require_decided(uow: UnitOfWork, contract_id: str) -> None:
    """Refuses CONFLICT while a reported loss waits: its things may not be there to give."""
    waiting = losses.waiting_items(uow, contract_id)
    if waiting:
        raise LossUndecided(
            f"the loss of {sorted(waiting)[0]} waits to be decided; decide it first"
        )


def _settled_on(uow: UnitOfWork, known: Gathered) -> date:
    """The day nothing of the debt was left. Refuses CONFLICT while something is (RHN-19)."""
    contract, debt = known.contract, known.debt
    step = f"{contract.contract_id}"
    if debt is None or debt.is_to_pay_out:
        raise PledgeStepMissing.of(step, "release", missing="the debt's end", rule_id="RHN-19")
    if contract.outside_debt is not None:
        stated_on = statements.latest_on(uow, contract.contract_id)
        if debt.outstanding_minor or stated_on is None:
            missing = (
                f"the statement of {contract.outside_debt.creditor} that nothing is owed any more"
                f" (POST {PATH}/{contract.contract_id}/debt-statements)"
            )
            raise PledgeStepMissing.of(step, "release", missing=missing, rule_id="RHN-19")
        return contract.fee_until_on or stated_on
    if debt.outstanding_minor:
        where = paid_elsewhere(uow, contract) or f"POST {PATH}/{contract.contract_id}/repayments"
        missing = f"payment of {contract.money(debt.outstanding_minor)} of the debt ({where})"
        raise PledgeStepMissing.of(step, "release", missing=missing, rule_id="RHN-19")
    return as_stopped(uow, contract, debt).fee_until_on or uow.today


def _stop(uow: UnitOfWork, contract: Contract, on: date) -> tuple[Contract, tuple[Journal, ...]]:
    """Stops the fee on the day the debt was paid. Refuses CONFLICT while some of it is unpaid."""
    segments = contract_store.segments_of(uow, [contract.contract_id])[contract.contract_id]
    charged = charged_to(uow, contract, segments, on)
    if charged.due_minor > 0:
        fee = contract.money(charged.due_minor)
        missing = f"payment of {fee} of custody fee (in the same act by `payment`, or before)"
        raise PledgeStepMissing.of(
            contract.contract_id, "release", missing=missing, rule_id="RHN-19"
        )
    return charged.contract, charged.journals


def order_out(
    uow: UnitOfWork,
    contract: Contract,
    things: Sequence[ContractItem],
    who: Claimant,
    reason: ReleaseReason,
) -> tuple[str, ...]:
    """Orders things out of the vault to who comes for them: an order for each owner and branch.

    Whoever is not the owner comes in his place, by what proves it.
    """
    held = register.load_holdings(uow, [one.item_id for one in things])
    groups: dict[tuple[str, str], list[str]] = {}
    for one in things:
        branch_id = held[one.item_id].branch_id if one.item_id in held else ""
        groups.setdefault((one.item.owner_id, branch_id), []).append(one.item_id)
    made = []
    for (owner_id, _), item_ids in sorted(groups.items()):
        is_other = who.party_id != owner_id
        proof = who.proof or contract.owner_consent_id or f"pledgor of {contract.contract_id}"
        order = releases.order(
            uow,
            NewRelease(
                subject_id=contract.contract_id,
                item_ids=tuple(item_ids),
                recipient_id=owner_id,
                agent_id=who.party_id if is_other else None,
                reason=reason,
                proof=proof if is_other else None,
            ),
        )
        made.append(order.release_id)
    return tuple(made)


def _released(
    uow: UnitOfWork,
    contract: Contract,
    things: Sequence[ContractItem],
    who: Claimant,
    orders: tuple[str, ...],
) -> PledgeChange:
    return PledgeChange(
        change_id=new_id("rch"),
        contract_id=contract.contract_id,
        kind=ChangeKind.RELEASED,
        asset=contract.asset,
        in_item_ids=(),
        out_item_ids=tuple(one.item_id for one in things),
        debt_minor=0,
        fee_due_minor=0,
        value_minor=0,
        ltv_after_bp=0,
        fee_before_minor=contract.fee_monthly_minor,
        fee_after_minor=0,
        recipient_id=who.party_id,
        agent_id=who.agent_id,
        capacity=who.capacity,
        release_ids=orders,
        agreement=None,
        changed_on=uow.today,
        recorded_at=uow.now,
        recorded_by=uow.actor.user_id,
    )


def changes(uow: UnitOfWork, contract_id: str, request: PageRequest) -> Page[PledgeChange]:
    """What left, joined and was replaced in a pledge, newest first. Refuses NOT_FOUND."""
    contracts.get(uow, contract_id)
    return store.select_page(uow, contract_id, request)
