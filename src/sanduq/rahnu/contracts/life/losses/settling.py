"""After a loss was judged: the indemnity in the thing's place, the owner's money, the like."""

from __future__ import annotations

from dataclasses import dataclass

from sanduq.access import service as access
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.debts import secured_by
from sanduq.rahnu.contracts.life.losses import events, postings, store
from sanduq.rahnu.contracts.life.losses.errors import (
    LossImpossible,
    LossNotDecided,
    LossNotFound,
    MoreThanHeld,
    NothingToReplace,
    StillPledged,
)
from sanduq.rahnu.contracts.life.losses.model import (
    Loss,
    LossPayment,
    LossPaymentKind,
    LossStatus,
    Remedy,
)
from sanduq.rahnu.contracts.life.losses.service import DECIDE, get, tell
from sanduq.rahnu.contracts.life.people import service as people
from sanduq.rahnu.contracts.life.people.model import AgentScope
from sanduq.rahnu.contracts.model import Contract, ItemStatus
from sanduq.rahnu.facts_pledge import LossFault

PAY = "surplus.pay"


@dataclass(frozen=True, slots=True)
class LossMoney:
    """Money that moves on a loss."""

    amount: Money
    method: str = "cash"
    reference: str | None = None
    recipient_id: str | None = None
    present_ids: tuple[str, ...] = ()


def receive_indemnity(uow: UnitOfWork, contract_id: str, loss_id: str, paid: LossMoney) -> Loss:
    """What takaful pays for a thing lost without fault stands in its place: held for the owner,
    never income (RHN-29, AAOIFI SS 39 3/1/6).

    Refuses NOT_FOUND, CONFLICT a loss that is not decided, VALIDATION_ERROR one by fault, where
    the keeper himself made it good.
    """
    contract = contracts.get(uow, contract_id)
    loss = _decided(uow, contract_id, loss_id)
    if loss.fault is not LossFault.NONE:
        raise LossImpossible.field(
            "loss_id", "fault", "the keeper makes good a loss by fault; its cover is his own"
        )
    journal = postings.indemnity(contract, loss_id, paid.amount.amount_minor, uow.today)
    store.update(uow, loss_id, indemnity_minor=loss.indemnity_minor + paid.amount.amount_minor)
    return _moved(uow, contract, loss, paid, LossPaymentKind.INDEMNITY, journal)


def pay_out(uow: UnitOfWork, contract_id: str, loss_id: str, paid: LossMoney) -> Loss:
    """Pays the owner what is held for him. An indemnity stays pledged while the debt lives.

    Refuses NOT_FOUND, FORBIDDEN or LIMIT_EXCEEDED, CONFLICT (not decided; an indemnity still
    pledged), VALIDATION_ERROR more than is held, RELEASE_RECIPIENT, FUNDS_INSUFFICIENT.
    """
    contract = contracts.get(uow, contract_id)
    loss = _decided(uow, contract_id, loss_id)
    access.require_authority(uow, PAY, paid.amount)
    if paid.amount.amount_minor > loss.due_minor:
        held = contract.money(loss.due_minor)
        raise MoreThanHeld.field("amount", "exceeds_held", f"{held} is held for the owner")
    if loss.indemnity_minor and contract.is_in_force:
        debt = secured_by(uow, contract)
        if debt is not None and not debt.is_settled:
            raise StillPledged
    things = [one for one in contract.items if one.item_id in loss.item_ids]
    who = people.claimant_of(
        uow, contract, things, paid.recipient_id, paid.present_ids,
        scope=AgentScope.COLLECT_SURPLUS,
    )  # fmt: skip
    journal = postings.paid_out(contract, loss_id, paid.amount.amount_minor, uow.today)
    store.update(uow, loss_id, paid_minor=loss.paid_minor + paid.amount.amount_minor)
    return _moved(
        uow, contract, loss, paid, LossPaymentKind.PAID_OUT, journal, recipient_id=who.party_id
    )


def replace_like(
    uow: UnitOfWork,
    contract_id: str,
    loss_id: str,
    item_ids: tuple[str, ...],
    *,
    cost: Money | None = None,
    reference: str | None = None,
) -> Loss:
    """Records that lost metal was given back by its like: things of at least the same fine weight,
    the owner's, that joined the pledge since.

    `cost` is what they cost the institution. Refuses NOT_FOUND, FORBIDDEN, CONFLICT where no like
    is owed, VALIDATION_ERROR things that are not pledged here, are not the owner's, or hold less.
    """
    contract = contracts.get(uow, contract_id)
    loss = _decided(uow, contract_id, loss_id)
    access.require_authority(uow, DECIDE, cost)
    if loss.remedy is not Remedy.LIKE or loss.replaced_at is not None:
        raise NothingToReplace
    assert loss.decided_at is not None
    given = [
        one
        for one in contract.items
        if one.item_id in item_ids
        and one.status is ItemStatus.PLEDGED
        and one.joined_at >= loss.reported_at
    ]
    owners = {one.item.owner_id for one in contract.items if one.item_id in loss.item_ids}
    if len(given) < len(set(item_ids)) or {one.item.owner_id for one in given} != owners:
        raise LossImpossible.field(
            "item_ids", "not_a_like",
            "the like is the owner's and joined this pledge after the loss: add it first by POST"
            f" /v1/rails/rahnu/contracts/{contract_id}/items",
        )  # fmt: skip
    fine = sum(one.item.fine_weight_mg or 0 for one in given)
    if fine < loss.liability_mg:
        raise LossImpossible.field(
            "item_ids", "too_light",
            f"{fine} mg of fine metal is less than the {loss.liability_mg} mg owed (rule RHN-09)",
        )  # fmt: skip
    store.update(uow, loss_id, replaced_at=uow.now)
    after = get(uow, contract_id, loss_id)
    tell(uow, after, "pledge.loss_replaced", events.REPLACED, reference)
    if cost is not None and cost.amount_minor:
        ledger.open_accounts(uow, postings.places(contract, loss_id))
        ledger.post(uow, [postings.replaced(contract, loss_id, cost.amount_minor, uow.today)])
    return after


def _decided(uow: UnitOfWork, contract_id: str, loss_id: str) -> Loss:
    found = store.get(uow, contract_id, loss_id, is_locked=True)
    if found is None:
        raise LossNotFound
    if found.status is not LossStatus.DECIDED:
        raise LossNotDecided
    return found


def _moved(
    uow: UnitOfWork,
    contract: Contract,
    loss: Loss,
    paid: LossMoney,
    kind: LossPaymentKind,
    journal: Journal,
    *,
    recipient_id: str | None = None,
) -> Loss:
    store.insert_payment(
        uow,
        LossPayment(
            new_id("lpy"), loss.loss_id, kind, paid.amount, recipient_id, paid.method,
            paid.reference, uow.today, journal.journal_id, uow.now, uow.actor.user_id,
        ),
    )  # fmt: skip
    after = get(uow, contract.contract_id, loss.loss_id)
    tell(uow, after, f"pledge.loss_{kind}", events.PAID, paid.reference)
    ledger.open_accounts(uow, postings.places(contract, loss.loss_id))
    ledger.post(uow, [journal])
    return after
