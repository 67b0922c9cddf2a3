"""Margins of pledges: how they stand, calls and their delivery. Other verbs of a pledge ask here
for `reassess`, `held_minor` and `return_all`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sanduq.assets.model import Metal
from sanduq.assets.policies import service as policies
from sanduq.assets.price_boards import service as price_boards
from sanduq.assets.price_boards.errors import NoPriceBoard
from sanduq.assets.valuations import service as valuations
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.contracts import meter
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.debts import secured_by
from sanduq.rahnu.contracts.margin import events as names
from sanduq.rahnu.contracts.margin import store, store_calls
from sanduq.rahnu.contracts.margin.errors import MarginCallEnded, NoticeDelivered, UnknownMarginCall
from sanduq.rahnu.contracts.margin.flagging import covers_of, reassess
from sanduq.rahnu.contracts.margin.model import (
    CallStatus,
    Delivery,
    MarginCall,
    MarginCause,
    Metalled,
    Revaluation,
    Standing,
    cure_by,
    triggers,
)
from sanduq.rahnu.contracts.margin.schemas import margin_call_out
from sanduq.rahnu.contracts.margin.top_ups import held_minor, return_all
from sanduq.rahnu.contracts.model import Contract, ItemStatus
from sanduq.rahnu.templates import service as templates

__all__ = ["held_minor", "reassess", "return_all"]

PLEDGE_ENDED = (
    "rahnu.contract.terminated", "rahnu.pledge.released", "rahnu.collateral.liquidated",
)  # fmt: skip
"""The events after which a pledge is over, and its margin call with it."""


def standing(uow: UnitOfWork, contract_id: str) -> tuple[Contract, Standing]:
    """How near claims on a pledge are to its value today, and at which prices flags are raised.

    Refuses NOT_FOUND.
    """
    contract = contracts.get(uow, contract_id)
    debt = secured_by(uow, contract)
    cover = covers_of(uow, [contract], debts={contract_id: debt} if debt else {})[contract_id]
    terms = templates.get(uow, contract.template_id).terms
    fee_minor = meter.fees_due(uow, [contract], uow.today)[contract_id]
    metal = _metal(uow, contract)
    return contract, Standing(
        flag=contract.margin_flag,
        cover=cover,
        debt_minor=cover.claims_minor - fee_minor,
        fee_minor=fee_minor,
        terms=terms,
        triggers=triggers(cover, metal, terms),
        is_price_stale=_is_price_stale(uow, contract),
        call=store_calls.open_call(uow, contract_id),
        history=store.history(uow, contract_id),
    )


def _metal(uow: UnitOfWork, contract: Contract) -> Metalled:
    """What is under a pledge, for its trigger prices; with two metals no price alone tells."""
    pledged = [one for one in contract.items if one.status is ItemStatus.PLEDGED]
    metals = {one.item.metal for one in pledged} - {Metal.NONE}
    other = sum(one.value_minor for one in pledged if one.item.metal is Metal.NONE)
    if len(metals) != 1:
        return Metalled(0, other)
    ids = [one.valuation_id for one in pledged if one.valuation_id is not None]
    weighed = valuations.load_valuations(uow, ids)
    fine = sum(one.fine_weight_tenths or 0 for one in weighed.values())
    return Metalled(fine, other, policies.current_policy(uow).haircut_bp)


def _is_price_stale(uow: UnitOfWork, contract: Contract) -> bool:
    """Whether a metal under the pledge has no board in force today: then no flag is raised."""
    metals = {one.item.metal for one in contract.held} - {Metal.NONE}
    try:
        for metal in sorted(metals):
            price_boards.current_board(uow, metal, contract.asset)
    except NoPriceBoard:
        return True
    return False


def list_revaluations(uow: UnitOfWork, contract_id: str, request: PageRequest) -> Page[Revaluation]:
    """How a pledge was valued, newest first. Refuses NOT_FOUND."""
    contracts.get(uow, contract_id)
    return store.list_revaluations(uow, contract_id, request)


def get_call(uow: UnitOfWork, margin_call_id: str) -> MarginCall:
    """One margin call. Refuses NOT_FOUND."""
    found = store_calls.get(uow, margin_call_id)
    if found is None:
        raise UnknownMarginCall
    return found


def search_calls(
    uow: UnitOfWork,
    status: CallStatus | None,
    filters: Mapping[str, Any],
    request: PageRequest,
) -> Page[MarginCall]:
    """Margin calls that match every filter, newest first."""
    return store_calls.search(uow, None if status is None else str(status), filters, request)


def record_delivery(uow: UnitOfWork, margin_call_id: str, delivery: Delivery) -> MarginCall:
    """Writes down how the notice of a call reached the owner; the days to answer count from then.

    Refuses NOT_FOUND, CONFLICT (delivered already; ended), VALIDATION_ERROR an impossible day.
    """
    call = store_calls.get(uow, margin_call_id, is_locked=True)
    if call is None:
        raise UnknownMarginCall
    if call.delivery is not None:
        raise NoticeDelivered(f"{margin_call_id} reached the owner on {call.delivery.delivered_on}")
    if call.status is not CallStatus.OPEN:
        raise MarginCallEnded(f"{margin_call_id} is {call.status}; nothing is left to deliver")
    if not call.called_on <= delivery.delivered_on <= uow.today:
        message = f"delivered_on must lie between {call.called_on} and {uow.today}"
        raise ValidationFailed.field("delivered_on", "impossible_date", message)
    contract = contracts.get(uow, call.contract_id)
    days = templates.get(uow, contract.template_id).terms.cure_days
    until = cure_by(call.called_on, delivery.delivered_on, days)
    store_calls.set_delivery(uow, margin_call_id, delivery, until)
    after = replace(call, delivery=delivery, cure_by_on=until)
    details = {"channel": str(delivery.channel), "proof": delivery.proof}
    audit.record(uow, [Deed("pledge.margin_notice_delivered", margin_call_id, None, details)])
    outbox.record(uow, [Event(names.NOTICE_DELIVERED, margin_call_id, margin_call_out(after))])
    return after


def follow_ended(uow: UnitOfWork, told: Sequence[Event]) -> None:
    """Ends the open calls of pledges that were released, sold or given up."""
    store_calls.end(uow, {one.subject_id: MarginCause.CLOSED for one in told}, uow.today)
