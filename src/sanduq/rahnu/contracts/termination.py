"""Ending a pledge without sale: before it is taken, or because the creditor lets it go."""

from __future__ import annotations

from dataclasses import replace

from sanduq.access import service as access
from sanduq.custody.bags import service as bags
from sanduq.custody.model import BagStatus
from sanduq.custody.releases import service as releases
from sanduq.custody.releases.model import NewRelease, ReleaseReason
from sanduq.kit.db import UnitOfWork
from sanduq.ledger import service as ledger
from sanduq.qard import service as qard
from sanduq.qard.contract import QardStatus
from sanduq.rahnu.contracts import events as names
from sanduq.rahnu.contracts import meter, store
from sanduq.rahnu.contracts.facts import gathered
from sanduq.rahnu.contracts.margin.top_ups import return_all
from sanduq.rahnu.contracts.model import (
    OPEN_BEFORE,
    Contract,
    ItemStatus,
    MarginFlag,
    PledgeAction,
    PledgeStatus,
)
from sanduq.rahnu.contracts.review import REVIEW
from sanduq.rahnu.contracts.service import changed, locked
from sanduq.rahnu.facts import RahnAction
from sanduq.rahnu.facts_pledge import Cancellation, PartySide
from sanduq.rahnu.rules import evaluate
from sanduq.shariah import service as shariah

TERMINATE = "pledge.terminate"


def terminate(
    uow: UnitOfWork,
    contract_id: str,
    *,
    by: PartySide,
    reason: str,
    etag: str | None = None,
) -> Contract:
    """Ends a pledge. Before execution either side may; afterwards only the creditor, who gives
    security up while the debt lives on (RHN-07, AAOIFI SS 39 3/1/1).

    Custody charged so far stays owed; what is in the vault goes back by a release order, and cash
    left beside it at once. Refuses
    CONFLICT by state, FORBIDDEN without authority for a pledge in force, SHARIAH_VIOLATION a
    pledgor who would end it while the debt lives.
    """
    contract = locked(uow, contract_id, PledgeAction.TERMINATE, etag)
    is_before = contract.status in OPEN_BEFORE
    if not is_before:
        access.require_authority(uow, TERMINATE, contract.money(contract.secured_minor))
    known = gathered(uow, contract)
    owed = 0 if known.debt is None else known.debt.outstanding_minor
    facts = replace(known.facts, cancellation=None if is_before else Cancellation(by, owed))
    evaluations = evaluate(facts, RahnAction.TERMINATE)
    shariah.enforce([found for each in evaluations for found in each.findings])
    summary = {"by": str(by), "outstanding_minor": owed}
    shariah.store_evaluations(uow, contract_id, "terminate", evaluations, summary)
    if is_before:
        access.withdraw(uow, REVIEW, contract_id, reason)
        _end_agreement(uow, contract)
    _give_back(uow, contract)
    status = ItemStatus.WITHDRAWN if is_before else ItemStatus.RELEASED
    journals = [] if is_before else meter.charge(uow, [contract], uow.today)
    if not is_before:
        journals += return_all(uow, contract, reason="the security was given up")
    store.set_item_status(uow, contract_id, contract.item_ids, status)
    store.update(
        uow, contract_id, status=PledgeStatus.TERMINATED, closed_at=uow.now, reason=reason,
        fee_until_on=None if is_before else uow.today, margin_flag=MarginFlag.NONE,
    )  # fmt: skip
    after = changed(uow, contract_id, names.TERMINATED, "pledge.terminated", reason=reason)
    if journals:
        ledger.post(uow, journals)
    return after


def _end_agreement(uow: UnitOfWork, contract: Contract) -> None:
    """The loan that was agreed with the pledge ends with it, if it was not paid out."""
    if contract.is_own_loan and contract.debt_id is not None:
        found = qard.get(uow, contract.debt_id)
        if found.status is QardStatus.AGREED:
            qard.cancel(uow, contract.debt_id)


def _give_back(uow: UnitOfWork, contract: Contract) -> None:
    found = bags.bags_of(uow, [contract.contract_id])[contract.contract_id]
    held = [bag for bag in found if bag.status in (BagStatus.IN_CUSTODY, BagStatus.OPENED)]
    item_ids = tuple(item_id for bag in held for item_id in bag.item_ids)
    if item_ids:
        releases.order(
            uow,
            NewRelease(
                subject_id=contract.contract_id,
                item_ids=item_ids,
                recipient_id=contract.pledgor_id,
                agent_id=None,
                reason=ReleaseReason.TERMINATED,
                proof=None,
            ),
        )
