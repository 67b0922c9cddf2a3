"""Losses in custody: reported by one, judged by another, made good only where there is fault."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.custody.losses import service as custody_losses
from sanduq.custody.takaful import service as takaful
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import Refusal
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.obligations.receipts import service as receipts
from sanduq.obligations.receipts.model import Parts, PayDebt
from sanduq.obligations.service import Obligation
from sanduq.qard import service as qard
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts import store as contract_store
from sanduq.rahnu.contracts.facts import Gathered, gathered
from sanduq.rahnu.contracts.life.fees import Charged, charged_to, turned
from sanduq.rahnu.contracts.life.losses import events, postings, store
from sanduq.rahnu.contracts.life.losses.errors import LossDecided, LossImpossible, LossNotFound
from sanduq.rahnu.contracts.life.losses.model import (
    Judgement,
    Loss,
    LossKind,
    LossStatus,
    NewLoss,
    Remedy,
    liability,
    set_off,
)
from sanduq.rahnu.contracts.life.losses.schemas import loss_out
from sanduq.rahnu.contracts.life.losses.valuing import Worth, worth_of
from sanduq.rahnu.contracts.life.payments.service import paid_elsewhere
from sanduq.rahnu.contracts.life.ruling import keep_rules
from sanduq.rahnu.contracts.life.things.model import parted
from sanduq.rahnu.contracts.margin.flagging import reassess
from sanduq.rahnu.contracts.margin.model import MarginCause
from sanduq.rahnu.contracts.model import Contract, ContractItem, ItemStatus, PledgeAction
from sanduq.rahnu.facts import RahnAction
from sanduq.rahnu.facts_pledge import LossFact, LossFault, TakafulFact
from sanduq.rahnu.model import secured_amount_minor

DECIDE = "pledge.loss"


@dataclass(frozen=True, slots=True)
class _SetOff:
    """What of a liability met the debt."""

    amount_minor: int = 0
    debt_repayment_id: str | None = None
    is_settled: bool = False
    journals: tuple[Journal, ...] = ()


def report(uow: UnitOfWork, contract_id: str, new: NewLoss) -> Loss:
    """Reports things lost or spoilt in custody; another user decides.

    Refuses NOT_FOUND, CONFLICT by state or where a loss of the same things waits,
    VALIDATION_ERROR things that are not pledged here or a day custody did not cover.
    """
    contract = contracts.locked(uow, contract_id, PledgeAction.REPORT_LOSS)
    split = parted(contract, new.item_ids)
    if isinstance(split, str):
        raise LossImpossible.field(
            "item_ids", "not_pledged", f"{split} is not pledged under {contract_id}"
        )
    assert contract.fee_from_on is not None
    if not contract.fee_from_on <= new.happened_on <= uow.today:
        raise LossImpossible.field(
            "happened_on", "impossible_date",
            f"happened_on must lie between {contract.fee_from_on} and {uow.today}",
        )  # fmt: skip
    waiting = store.waiting_items(uow, contract_id) & set(new.item_ids)
    if waiting:
        raise LossDecided(f"a loss of {sorted(waiting)[0]} is reported already; decide that one")
    made = Loss(
        loss_id=new_id("lss"),
        contract_id=contract_id,
        asset=contract.asset,
        kind=new.kind,
        status=LossStatus.REPORTED,
        item_ids=tuple(one.item_id for one in split.leaving),
        happened_on=new.happened_on,
        description=new.description,
        fault_claimed=new.fault_claimed,
        reported_at=uow.now,
        reported_by=uow.actor.user_id,
    )
    store.insert(uow, made)
    access.request_approvals(uow, DECIDE, [(made.loss_id, None)])
    tell(uow, made, "pledge.loss_reported", events.RECORDED, new.description)
    return made


def decide(uow: UnitOfWork, contract_id: str, loss_id: str, judged: Judgement) -> Loss:
    """Judges a loss. Without fault the keeper owes nothing and the debt stays what it was
    (RHN-08, AAOIFI SS 39 3/2/4); with fault he owes the like or the value of the day of the loss
    (RHN-09, SS 57 7/1/2), which by agreement is set off against the debt.

    What is lost leaves custody and the pledge, and its fee ends on the day of the loss. Refuses
    NOT_FOUND, CONFLICT (state, decided already), FORBIDDEN who reported it and roles without
    authority, VALIDATION_ERROR a judgement that does not hold together, SHARIAH_VIOLATION.
    """
    contract = contracts.locked(uow, contract_id, PledgeAction.REPORT_LOSS)
    loss = _reported(uow, contract_id, loss_id)
    access.decide(uow, DECIDE, loss_id, is_approved=True, reason=judged.reason)
    split = parted(contract, loss.item_ids)
    if isinstance(split, str):
        raise LossImpossible.field("item_ids", "not_pledged", f"{split} left the pledge since")
    known = gathered(uow, contract)
    worth = _worth(uow, contract, loss, split.leaving, judged)
    _check(uow, contract, loss, judged)
    owed = liability(judged.fault, judged.remedy, worth.fine_weight_mg, worth.value_minor)
    debt_before = 0 if known.debt is None else known.debt.outstanding_minor
    met_minor = set_off(owed.amount_minor, debt_before, is_agreed=judged.is_set_off)
    _keep_rules(uow, known, worth, judged, met_minor, debt_before)
    met = _meet(uow, contract, loss, met_minor)
    journals: list[Journal] = []
    if owed.amount_minor:
        ledger.open_accounts(uow, postings.places(contract, loss_id))
        journals.append(postings.owed(contract, loss_id, owed.amount_minor, uow.today))
    journals += met.journals
    kept_journals = tuple(each.journal_id for each in journals)
    if loss.kind is LossKind.LOSS:
        charged = _gone(uow, contract, loss, split.staying)
        contract, journals = charged.contract, [*charged.journals, *journals]
    if met.is_settled:
        journals = [*_freed(uow, contract), *journals]
    decided = replace(
        loss,
        status=LossStatus.DECIDED,
        fault=judged.fault,
        remedy=judged.remedy,
        fine_weight_mg=worth.fine_weight_mg,
        liability_mg=owed.fine_mg,
        value_minor=worth.value_minor,
        liability_minor=owed.amount_minor,
        set_off_minor=met.amount_minor,
        agreement=judged.agreement,
        price_board_ids=worth.board_ids,
        debt_before_minor=debt_before,
        debt_after_minor=debt_before - met.amount_minor,
        debt_repayment_id=met.debt_repayment_id,
        journal_ids=kept_journals,
        reason=judged.reason,
        decided_at=uow.now,
        decided_by=uow.actor.user_id,
    )
    _save(uow, decided)
    tell(uow, decided, "pledge.loss_decided", events.DECIDED, judged.reason)
    reassess(uow, [contract_id], cause=MarginCause.ITEMS)
    if journals:
        ledger.post(uow, journals)
    return decided


def refuse(uow: UnitOfWork, contract_id: str, loss_id: str, *, reason: str | None) -> Loss:
    """Refuses a report: the things are there and sound. Its reporter cannot."""
    loss = _reported(uow, contract_id, loss_id)
    access.decide(uow, DECIDE, loss_id, is_approved=False, reason=reason)
    refused = replace(
        loss, status=LossStatus.REFUSED, reason=reason, decided_at=uow.now,
        decided_by=uow.actor.user_id,
    )  # fmt: skip
    _save(uow, refused)
    tell(uow, refused, "pledge.loss_refused", events.REFUSED, reason)
    return refused


def decide_approval(uow: UnitOfWork, loss_id: str, is_approved: bool, reason: str | None) -> None:
    """Carries out a decision taken on the approval itself: no fault, as was claimed, or refused.

    Refuses VALIDATION_ERROR to approve a fault there: what is owed for it is judged at the loss.
    """
    contract_id = store.contract_of(uow, loss_id)
    if contract_id is None:
        raise LossNotFound
    if not is_approved:
        refuse(uow, contract_id, loss_id, reason=reason)
        return
    loss = get(uow, contract_id, loss_id)
    if loss.fault_claimed is not LossFault.NONE:
        raise LossImpossible.field(
            "decision", "judge_at_the_loss",
            f"a fault is claimed; say what is owed for it: POST /v1/rails/rahnu/contracts/"
            f"{contract_id}/losses/{loss_id}/decide",
        )  # fmt: skip
    decide(uow, contract_id, loss_id, Judgement(LossFault.NONE, Remedy.NONE, reason=reason))


def _reported(uow: UnitOfWork, contract_id: str, loss_id: str) -> Loss:
    found = store.get(uow, contract_id, loss_id, is_locked=True)
    if found is None:
        raise LossNotFound
    if found.status is not LossStatus.REPORTED:
        raise LossDecided
    return found


def _worth(
    uow: UnitOfWork,
    contract: Contract,
    loss: Loss,
    things: tuple[ContractItem, ...],
    judged: Judgement,
) -> Worth:
    """What is gone of the things: all of them, or by how much they are worth less."""
    if judged.fault is LossFault.NONE:
        return Worth(0, sum(one.item.fine_weight_mg or 0 for one in things), ())
    worth = worth_of(uow, contract, loss, things, judged)
    if loss.kind is LossKind.LOSS:
        return worth
    after = judged.value_after
    if after is None or after.amount_minor >= worth.value_minor:
        raise LossImpossible.field(
            "value_after", "not_less",
            f"say what the damaged things are still worth, less than"
            f" {contract.money(worth.value_minor)}",
        )  # fmt: skip
    return Worth(worth.value_minor - after.amount_minor, 0, worth.board_ids)


def _check(uow: UnitOfWork, contract: Contract, loss: Loss, judged: Judgement) -> None:
    is_fault = judged.fault is not LossFault.NONE
    if is_fault is (judged.remedy is Remedy.NONE):
        raise LossImpossible.field(
            "remedy", "fault_and_remedy",
            "fault is made good by its like or its value; without fault nothing is owed"
            " (rules RHN-08, RHN-09)",
        )  # fmt: skip
    if judged.remedy is Remedy.LIKE and (loss.kind is LossKind.DAMAGE or judged.is_set_off):
        raise LossImpossible.field(
            "remedy", "like", "a like replaces what is lost; it is neither for damage nor set off"
        )
    if judged.remedy is Remedy.VALUE and loss.kind is LossKind.LOSS and not judged.agreement:
        raise LossImpossible.field(
            "agreement", "missing_field",
            "gold is owed by its like; name the owner's agreement to its value (rule RHN-09)",
        )  # fmt: skip
    if not judged.is_set_off:
        return
    if not is_fault or not judged.agreement:
        raise LossImpossible.field(
            "agreement", "missing_field", "a set-off needs a liability and the owner's agreement"
        )
    elsewhere = paid_elsewhere(uow, contract)
    if elsewhere is not None:
        raise LossImpossible.field(
            "set_off", "paid_elsewhere", f"{elsewhere} It cannot be set off here."
        )


def _keep_rules(
    uow: UnitOfWork,
    known: Gathered,
    worth: Worth,
    judged: Judgement,
    met_minor: int,
    debt_before: int,
) -> None:
    owed = liability(judged.fault, judged.remedy, worth.fine_weight_mg, worth.value_minor)
    contract = known.contract
    covers = takaful.covers_on(uow, uow.today, contract.branch_id, contract.asset)
    keep_rules(
        uow, known, RahnAction.LOSS,
        loss=LossFact(
            fault=judged.fault, fine_weight_mg=worth.fine_weight_mg, liability_mg=owed.fine_mg,
            value_at_loss_minor=worth.value_minor, liability_minor=owed.amount_minor,
            debt_before_minor=debt_before, debt_after_minor=debt_before - met_minor,
            set_off_minor=met_minor, has_like=judged.remedy is Remedy.LIKE,
        ),
        takaful=TakafulFact(
            covers[0].policy_number if covers else None,
            covers[0].valid_to_on if covers else None,
        ),
    )  # fmt: skip


def _meet(uow: UnitOfWork, contract: Contract, loss: Loss, amount_minor: int) -> _SetOff:
    """Sets what is owed to the owner off against what he owes, as far as both go."""
    if amount_minor == 0:
        return _SetOff()
    assert contract.debt_id is not None

    def journal_of(_command: PayDebt, obligation: Obligation, parts: Parts) -> Journal:
        cleared = qard.clear(uow, obligation, parts.principal_minor, parts.fee_minor)
        return postings.set_off(
            contract, loss.loss_id, uow.today, cleared, fund=obligation.fund,
            pool_id=obligation.pool_id,
        )  # fmt: skip

    command = PayDebt(
        contract.debt_id, contract.contract_id, Money(amount_minor, contract.asset), uow.today,
        method="set_off", reference=loss.loss_id,
    )  # fmt: skip
    results, journals = receipts.record_unposted(uow, [[command]], journal_of)
    result = results[0]
    if isinstance(result, Refusal):
        raise result
    repayment, debt = result[0].repayment, result[0].obligation
    assert repayment is not None
    assert debt is not None
    if debt.debt.is_settled:
        qard.settle(uow, [contract.debt_id])
    return _SetOff(amount_minor, repayment.repayment_id, debt.debt.is_settled, tuple(journals))


def _gone(
    uow: UnitOfWork, contract: Contract, loss: Loss, staying: tuple[ContractItem, ...]
) -> Charged:
    """Takes lost things out of custody and of the pledge; their fee ends on the day of the loss."""
    segments = contract_store.segments_of(uow, [contract.contract_id])[contract.contract_id]
    charged = turned(uow, contract, segments, staying, loss.happened_on)
    contract_store.set_item_status(uow, contract.contract_id, loss.item_ids, ItemStatus.LOST)
    custody_losses.lose(uow, contract.contract_id, loss.item_ids, loss.loss_id)
    appraised = sum(one.value_minor for one in staying)
    contract_store.update(
        uow, contract.contract_id, appraised_minor=appraised or contract.appraised_minor,
        secured_minor=secured_amount_minor(appraised, contract.ltv_bp),
    )  # fmt: skip
    return charged


def _freed(uow: UnitOfWork, contract: Contract) -> tuple[Journal, ...]:
    segments = contract_store.segments_of(uow, [contract.contract_id])[contract.contract_id]
    until: date = contract.fee_until_on or uow.today
    charged = charged_to(uow, contract, segments, until)
    contract_store.update(uow, contract.contract_id, fee_until_on=until)
    return charged.journals


def _save(uow: UnitOfWork, loss: Loss) -> None:
    store.update(
        uow, loss.loss_id, status=loss.status, fault=loss.fault, remedy=loss.remedy,
        fine_weight_mg=loss.fine_weight_mg, liability_mg=loss.liability_mg,
        value_minor=loss.value_minor, liability_minor=loss.liability_minor,
        set_off_minor=loss.set_off_minor, agreement=loss.agreement,
        price_board_ids=loss.price_board_ids, debt_before_minor=loss.debt_before_minor,
        debt_after_minor=loss.debt_after_minor, debt_repayment_id=loss.debt_repayment_id,
        journal_ids=loss.journal_ids, reason=loss.reason, decided_at=loss.decided_at,
        decided_by=loss.decided_by,
    )  # fmt: skip


def tell(uow: UnitOfWork, loss: Loss, deed: str, event: str, reason: str | None) -> None:
    """Writes an act on a loss to the audit trail and the outbox."""
    audit.record(uow, [Deed(deed, loss.contract_id, reason, {"loss_id": loss.loss_id})])
    outbox.record(uow, [Event(event, loss.contract_id, loss_out(loss))])


def get(uow: UnitOfWork, contract_id: str, loss_id: str) -> Loss:
    """One loss. Refuses NOT_FOUND."""
    found = store.get(uow, contract_id, loss_id)
    if found is None:
        raise LossNotFound
    return found


def waiting_items(uow: UnitOfWork, contract_id: str) -> set[str]:
    """Things of a pledge whose loss is reported and not decided."""
    return store.waiting_items(uow, contract_id)


def losses(uow: UnitOfWork, contract_id: str, request: PageRequest) -> Page[Loss]:
    """Losses of a pledge, newest first. Refuses NOT_FOUND."""
    contracts.get(uow, contract_id)
    return store.select_page(uow, contract_id, request)
