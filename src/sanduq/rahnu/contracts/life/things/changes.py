"""Changes of the things in a pledge in force: some leave, some join, some take others' place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sanduq.access import service as access
from sanduq.assets.items import service as items_service
from sanduq.assets.valuations import service as valuations
from sanduq.assets.valuations.model import Valuation
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.custody.bags import service as bags
from sanduq.custody.bags.model import Bag
from sanduq.custody.model import CONFIRMED
from sanduq.custody.releases.model import ReleaseReason
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound
from sanduq.kit.ids import new_id
from sanduq.ledger import service as ledger
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts import store as contract_store
from sanduq.rahnu.contracts.errors import CurrencyDiffers, PledgeStepMissing
from sanduq.rahnu.contracts.execution import possession_fact
from sanduq.rahnu.contracts.facts import Gathered, gathered
from sanduq.rahnu.contracts.intake import refuse_pledged
from sanduq.rahnu.contracts.life.fees import Charged, monthly_after, turned
from sanduq.rahnu.contracts.life.people import service as people
from sanduq.rahnu.contracts.life.people.model import Claimant
from sanduq.rahnu.contracts.life.ruling import keep_rules
from sanduq.rahnu.contracts.life.things import events, store
from sanduq.rahnu.contracts.life.things.errors import (
    NothingWouldStay,
    NotInThisPledge,
    PledgedHereAlready,
    PledgeIsFree,
)
from sanduq.rahnu.contracts.life.things.model import (
    ChangeKind,
    Fetching,
    Parted,
    PledgeChange,
    SwapThings,
    parted,
)
from sanduq.rahnu.contracts.life.things.schemas import change_out
from sanduq.rahnu.contracts.life.things.service import RELEASE, order_out, pledged, require_decided
from sanduq.rahnu.contracts.life.worth import Cover, require_cover, value_now
from sanduq.rahnu.contracts.margin.flagging import reassess
from sanduq.rahnu.contracts.margin.model import MarginCause
from sanduq.rahnu.contracts.model import Contract, ContractItem, ItemStatus, PledgeAction
from sanduq.rahnu.facts import RahnAction
from sanduq.rahnu.facts_pledge import Possession, Release, Replacement
from sanduq.rahnu.model import secured_amount_minor

CHANGE = "pledge.change"
EVENTS = {
    ChangeKind.PARTIALLY_RELEASED: events.PARTIALLY_RELEASED,
    ChangeKind.ITEM_ADDED: events.ITEM_ADDED,
    ChangeKind.SWAPPED: events.ITEM_SWAPPED,
}


@dataclass(frozen=True, slots=True)
class _Joining:
    """New things of a pledge, in its custody and valued."""

    things: tuple[ContractItem, ...]
    valued: tuple[Valuation, ...]
    possession: Possession


@dataclass(frozen=True, slots=True)
class _Turn:
    """A change decided: what is in pledge after it, and all that is written about it."""

    kind: ChangeKind
    after: tuple[ContractItem, ...]
    joining: tuple[ContractItem, ...] = ()
    leaving: tuple[ContractItem, ...] = ()
    who: Claimant | None = None
    agreement: str | None = None


def partial_release(
    uow: UnitOfWork,
    contract_id: str,
    item_ids: Sequence[str],
    fetching: Fetching,
    *,
    etag: str | None = None,
) -> PledgeChange:
    """Gives some things back while the rest secures what is owed within the contract's ratio.

    The creditor may hold the whole for any part of the debt, so this is his consent (RHN-19).
    Refuses CONFLICT (state, a loss not decided, nothing would stay), VALIDATION_ERROR a thing
    that is not in pledge here, FORBIDDEN, RELEASE_RECIPIENT, LIMIT_EXCEEDED by the ratio after
    it, SHARIAH_VIOLATION.
    """
    contract = contracts.locked(uow, contract_id, PledgeAction.PARTIAL_RELEASE, etag)
    access.require_authority(uow, RELEASE, None)
    require_decided(uow, contract_id)
    split = _parted(contract, item_ids)
    if not split.staying:
        raise NothingWouldStay
    who = people.claimant_of(
        uow, contract, split.leaving, fetching.recipient_id, fetching.present_ids
    )
    ticket, declaration_id = people.ticket_shown(uow, contract, who, fetching.ticket_number)
    known = gathered(uow, contract)
    turn = _Turn(ChangeKind.PARTIALLY_RELEASED, split.staying, leaving=split.leaving, who=who)
    charged = _turned(uow, contract, turn.after)
    cover = _cover(known, charged, value_now(uow, contract, split.staying))
    ratio = require_cover(contract, cover, "RHN-19")
    given = _release_fact(who, ticket, declaration_id, ratio, is_partial=True)
    keep_rules(uow, known, RahnAction.PARTIAL_RELEASE, release=given)
    return _written(uow, contract, turn, charged, cover)


def add_items(
    uow: UnitOfWork, contract_id: str, item_ids: Sequence[str], *, etag: str | None = None
) -> PledgeChange:
    """Takes more things into the pledge: what is secured grows, the loan does not.

    Each is registered, valued by two officers within a day and sealed in custody under this
    contract. Refuses CONFLICT (state, a free pledge, a step missing: RHN-06, RHN-30; a thing
    pledged already), NOT_FOUND, FORBIDDEN, SHARIAH_VIOLATION.
    """
    contract = contracts.locked(uow, contract_id, PledgeAction.ADD_ITEM, etag)
    access.require_authority(uow, CHANGE, None)
    _require_owing(contract)
    joining = _joining(uow, contract, item_ids, "items")
    turn = _Turn(
        ChangeKind.ITEM_ADDED, (*pledged(contract), *joining.things), joining=joining.things
    )
    known = _after(uow, contract, turn)
    _keep_joined(uow, known, RahnAction.ADD_ITEM, joining)
    charged = _turned(uow, contract, turn.after)
    cover = _cover(known, charged, sum(one.value_minor for one in turn.after))
    return _written(uow, contract, turn, charged, cover)


def swap(
    uow: UnitOfWork, contract_id: str, asked: SwapThings, *, etag: str | None = None
) -> PledgeChange:
    """Puts things in the place of others by agreement: the new are in custody and valued before
    the old go back, in one act (RHN-28).

    Refuses what `partial_release` and `add_items` refuse.
    """
    contract = contracts.locked(uow, contract_id, PledgeAction.SWAP, etag)
    access.require_authority(uow, RELEASE, None)
    require_decided(uow, contract_id)
    _require_owing(contract)
    split = _parted(contract, asked.out_item_ids)
    joining = _joining(uow, contract, asked.in_item_ids, "swap")
    who = people.claimant_of(
        uow, contract, split.leaving, asked.fetching.recipient_id, asked.fetching.present_ids
    )
    ticket, declaration_id = people.ticket_shown(uow, contract, who, asked.fetching.ticket_number)
    turn = _Turn(
        ChangeKind.SWAPPED, (*split.staying, *joining.things), joining=joining.things,
        leaving=split.leaving, who=who, agreement=asked.agreement,
    )  # fmt: skip
    known = _after(uow, contract, turn)
    charged = _turned(uow, contract, turn.after)
    cover = _cover(known, charged, value_now(uow, contract, turn.after))
    ratio = require_cover(contract, cover, "RHN-28")
    _keep_joined(
        uow, known, RahnAction.SWAP, joining,
        replacement=Replacement(
            is_agreed=bool(asked.agreement.strip()), possessed_at=joining.possession.at,
            valued_at=max(one.valued_at for one in joining.valued), old_released_at=uow.now,
            ltv_after_bp=ratio,
        ),
        release=_release_fact(who, ticket, declaration_id, ratio, is_partial=True),
    )  # fmt: skip
    return _written(uow, contract, turn, charged, cover)


def _parted(contract: Contract, item_ids: Sequence[str]) -> Parted:
    found = parted(contract, item_ids)
    if isinstance(found, str):
        raise NotInThisPledge.field(
            "item_ids", "not_pledged", f"{found} is not pledged under {contract.contract_id}"
        )
    return found


def _require_owing(contract: Contract) -> None:
    if contract.fee_until_on is not None:
        raise PledgeIsFree


def _joining(uow: UnitOfWork, contract: Contract, item_ids: Sequence[str], step: str) -> _Joining:
    """New things of the pledge, ready to be taken in. Refuses the step that is missing."""
    known = items_service.load_items(uow, item_ids)
    for item_id in item_ids:
        if item_id not in known:
            raise NotFound(f"there is no item {item_id}")
        if any(one.item_id == item_id and one.is_held for one in contract.items):
            raise PledgedHereAlready(f"{item_id} is pledged under {contract.contract_id} already")
    refuse_pledged(uow, contract.contract_id, list(known.values()))
    sealed = _sealed(uow, contract, item_ids, step)
    valued = valuations.newest_confirmed(uow, item_ids)
    numbers = {one.item_id: one.number for one in contract.items}
    following = max(numbers.values(), default=0) + 1
    things = []
    for place, item_id in enumerate(dict.fromkeys(item_ids)):
        found = valued.get(item_id)
        if found is None or not found.is_valid_on(uow.now):
            missing = f"a confirmed valuation of {item_id}, not more than a day old,"
            raise PledgeStepMissing.of(
                contract.contract_id, step, missing=missing, rule_id="RHN-30"
            )
        if found.value.asset != contract.asset:
            raise CurrencyDiffers(
                f"{item_id} is valued in {found.value.asset.code}, the pledge is in"
                f" {contract.asset.code}; have it valued in {contract.asset.code}"
            )
        value = found.value.amount_minor
        things.append(
            ContractItem(
                known[item_id], numbers.get(item_id, following + place), ItemStatus.PROPOSED,
                str(known[item_id].metal), value, found.valuation_id, value, uow.now, None,
            )
        )  # fmt: skip
    return _Joining(
        tuple(things), tuple(valued[one.item_id] for one in things), possession_fact(sealed)
    )


def _sealed(uow: UnitOfWork, contract: Contract, item_ids: Sequence[str], step: str) -> list[Bag]:
    found = bags.bags_of(uow, [contract.contract_id])[contract.contract_id]
    held = [bag for bag in found if bag.status in CONFIRMED and not bag.is_in_transit]
    inside = {item_id for bag in held for item_id in bag.item_ids}
    for item_id in item_ids:
        if item_id not in inside:
            missing = f"sealed custody of {item_id} for this contract, confirmed by two officers,"
            raise PledgeStepMissing.of(
                contract.contract_id, step, missing=missing, rule_id="RHN-06"
            )
    return [bag for bag in held if set(bag.item_ids) & set(item_ids)]


def _after(uow: UnitOfWork, contract: Contract, turn: _Turn) -> Gathered:
    """What the rules look at: the pledge as it would be, with its fee and value then."""
    appraised = sum(one.value_minor for one in turn.after)
    wanted = replace(
        contract,
        items=turn.after,
        appraised_minor=appraised,
        secured_minor=secured_amount_minor(appraised, contract.ltv_bp),
        fee_monthly_minor=monthly_after(uow, contract, turn.after),
    )
    return gathered(uow, wanted)


def _keep_joined(
    uow: UnitOfWork, known: Gathered, action: RahnAction, joining: _Joining, **concerned: Any
) -> None:
    """The rules of new things look at those alone: the others were judged when they came."""
    new_ids = {one.item_id for one in joining.things}
    keep_rules(
        uow, known, action,
        items=tuple(one for one in known.facts.items if one.item_id in new_ids),
        valuations=tuple(one for one in known.facts.valuations if one.item_id in new_ids),
        possession=joining.possession,
        **concerned,
    )  # fmt: skip


def _turned(uow: UnitOfWork, contract: Contract, after: Sequence[ContractItem]) -> Charged:
    segments = contract_store.segments_of(uow, [contract.contract_id])[contract.contract_id]
    return turned(uow, contract, segments, after, uow.today)


def _cover(known: Gathered, charged: Charged, value_minor: int) -> Cover:
    owed = 0 if known.debt is None else known.debt.outstanding_minor
    return Cover(owed, charged.due_minor, value_minor)


def _release_fact(
    who: Claimant,
    ticket: str | None,
    declaration_id: str | None,
    ratio_bp: int,
    *,
    is_partial: bool,
) -> Release:
    return Release(
        recipient_id=who.party_id, is_owner=who.is_owner, debt_left_minor=0,
        is_partial=is_partial, ltv_after_bp=ratio_bp, agent_proof_id=who.proof,
        ticket_number=ticket, loss_declaration_id=declaration_id,
    )  # fmt: skip


def _written(
    uow: UnitOfWork, contract: Contract, turn: _Turn, charged: Charged, cover: Cover
) -> PledgeChange:
    """Writes a change and tells of it; the fee charged up to today is posted last."""
    contract_id = contract.contract_id
    known = {one.item_id for one in contract.items}
    back = [one for one in turn.joining if one.item_id in known]
    fresh = [one for one in turn.joining if one.item_id not in known]
    if back:
        store.rejoin(uow, contract_id, back)
    if fresh:
        contract_store.insert_items(uow, contract_id, fresh)
    if turn.joining:
        ids = [one.item_id for one in turn.joining]
        contract_store.set_item_status(uow, contract_id, ids, ItemStatus.PLEDGED)
    orders: tuple[str, ...] = ()
    if turn.leaving and turn.who is not None:
        is_swap = turn.kind is ChangeKind.SWAPPED
        reason = ReleaseReason.SWAP if is_swap else ReleaseReason.PARTIAL
        orders = order_out(uow, contract, turn.leaving, turn.who, reason)
        ids = [one.item_id for one in turn.leaving]
        contract_store.set_item_status(uow, contract_id, ids, ItemStatus.RELEASED)
    appraised = sum(one.value_minor for one in turn.after)
    contract_store.update(
        uow, contract_id, appraised_minor=appraised,
        secured_minor=secured_amount_minor(appraised, contract.ltv_bp),
    )  # fmt: skip
    who = turn.who
    made = PledgeChange(
        change_id=new_id("rch"),
        contract_id=contract_id,
        kind=turn.kind,
        asset=contract.asset,
        in_item_ids=tuple(one.item_id for one in turn.joining),
        out_item_ids=tuple(one.item_id for one in turn.leaving),
        debt_minor=cover.debt_minor,
        fee_due_minor=cover.fee_due_minor,
        value_minor=cover.value_minor,
        ltv_after_bp=cover.ratio_bp,
        fee_before_minor=contract.fee_monthly_minor,
        fee_after_minor=charged.contract.fee_monthly_minor,
        recipient_id=None if who is None else who.party_id,
        agent_id=None if who is None else who.agent_id,
        capacity=None if who is None else who.capacity,
        release_ids=orders,
        agreement=turn.agreement,
        changed_on=uow.today,
        recorded_at=uow.now,
        recorded_by=uow.actor.user_id,
    )
    store.insert(uow, made)
    details = {"change_id": made.change_id, "in": made.in_item_ids, "out": made.out_item_ids}
    audit.record(uow, [Deed(f"pledge.{turn.kind}", contract_id, turn.agreement, details)])
    outbox.record(uow, [Event(EVENTS[turn.kind], contract_id, change_out(made))])
    reassess(uow, [contract_id], cause=MarginCause.ITEMS)
    if charged.journals:
        ledger.post(uow, list(charged.journals))
    return made
