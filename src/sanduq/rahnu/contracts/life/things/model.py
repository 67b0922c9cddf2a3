"""What of a pledge left, joined or was replaced, and how the whole was given back. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sanduq.kit.money import Asset
from sanduq.rahnu.contracts.life.payments.model import PayPledge
from sanduq.rahnu.contracts.life.people.model import Capacity
from sanduq.rahnu.contracts.model import Contract, ContractItem, ItemStatus


class ChangeKind(StrEnum):
    RELEASED = "released"
    PARTIALLY_RELEASED = "partially_released"
    ITEM_ADDED = "item_added"
    SWAPPED = "swapped"


@dataclass(frozen=True, slots=True)
class Fetching:
    """Who comes for things and with what. `recipient_id` None: the pledgor himself.

    `present_ids`: the other heirs, where the pledgor died and they come together.
    """

    recipient_id: str | None = None
    present_ids: tuple[str, ...] = ()
    ticket_number: str | None = None


@dataclass(frozen=True, slots=True)
class Redeem:
    """A pledge to be released, with what is paid in the same act."""

    fetching: Fetching = Fetching()
    payment: PayPledge | None = None


@dataclass(frozen=True, slots=True)
class SwapThings:
    """Things in the place of others; `agreement` is what both parties signed."""

    in_item_ids: tuple[str, ...]
    out_item_ids: tuple[str, ...]
    agreement: str
    fetching: Fetching = Fetching()


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeChange:
    """A change as it was decided: claims, the value of what then was in pledge, the fee."""

    change_id: str
    contract_id: str
    kind: ChangeKind
    asset: Asset
    in_item_ids: tuple[str, ...]
    out_item_ids: tuple[str, ...]
    debt_minor: int
    fee_due_minor: int
    value_minor: int
    ltv_after_bp: int | None
    fee_before_minor: int
    fee_after_minor: int
    recipient_id: str | None
    agent_id: str | None
    capacity: Capacity | None
    release_ids: tuple[str, ...]
    agreement: str | None
    changed_on: date
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Parted:
    """The things of a pledge divided by whether they leave."""

    staying: tuple[ContractItem, ...]
    leaving: tuple[ContractItem, ...]


def parted(contract: Contract, item_ids: Sequence[str]) -> Parted | str:
    """The things that leave and those that stay, or the first id that is not pledged here."""
    pledged = {one.item_id: one for one in contract.items if one.status is ItemStatus.PLEDGED}
    for item_id in item_ids:
        if item_id not in pledged:
            return item_id
    leaving = tuple(pledged[item_id] for item_id in dict.fromkeys(item_ids))
    gone = {one.item_id for one in leaving}
    return Parted(tuple(one for one in pledged.values() if one.item_id not in gone), leaving)
