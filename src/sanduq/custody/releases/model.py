"""Release orders: to whom things go, why, and how they were handed over. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sanduq.custody.model import Consents


class ReleaseReason(StrEnum):
    REDEMPTION = "redemption"
    PARTIAL = "partial"
    SWAP = "swap"
    SALE = "sale"
    RETURN = "return"
    DEPOSIT_WITHDRAWAL = "deposit_withdrawal"
    TERMINATED = "terminated"
    UNWOUND = "unwound"


class ReleaseStatus(StrEnum):
    READY = "READY"
    HANDED_OVER = "HANDED_OVER"
    CANCELLED = "CANCELLED"


NEXT: Mapping[ReleaseStatus, frozenset[ReleaseStatus]] = {
    ReleaseStatus.READY: frozenset({ReleaseStatus.HANDED_OVER, ReleaseStatus.CANCELLED}),
    ReleaseStatus.HANDED_OVER: frozenset(),
    ReleaseStatus.CANCELLED: frozenset(),
}

CHECKLIST = ("identity_seen", "items_shown", "recipient_agrees_weights", "receipt_signed")
"""What both officers must have done before a thing leaves."""


@dataclass(frozen=True, slots=True)
class NewRelease:
    """Things to be let go. `recipient_id`: their owner, or the buyer of a sale.

    `agent_id`: who comes in his place, or his heir, and then `proof` is the paper that shows it.
    """

    subject_id: str
    item_ids: tuple[str, ...]
    recipient_id: str
    agent_id: str | None
    reason: ReleaseReason | str
    proof: str | None
    consents: Consents | None = None


@dataclass(frozen=True, slots=True)
class BagAtRelease:
    """A bag brought to the counter: the seal read off it and its weight before it was broken."""

    bag_id: str
    seal_number: str
    weight_mg: int


@dataclass(frozen=True, slots=True)
class HandOver:
    """What the first officer saw: who came, with which paper, and what was laid out for him.

    Either the ticket was shown or a declaration of its loss was taken.
    """

    received_by_id: str
    identity_document: str
    bags: tuple[BagAtRelease, ...]
    item_ids: tuple[str, ...]
    items_weight_mg: int
    checklist: tuple[str, ...]
    ticket_number: str | None = None
    loss_declaration: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseOrder:
    """A release order as it stands; `hand_over` from the moment the first officer recorded it."""

    release_id: str
    subject_id: str
    branch_id: str
    item_ids: tuple[str, ...]
    recipient_id: str
    agent_id: str | None
    reason: ReleaseReason
    proof: str | None
    status: ReleaseStatus
    consents: Consents | None
    hand_over: HandOver | None
    first_officer_id: str | None
    second_officer_id: str | None
    items_weight_mg: int | None
    handed_over_at: datetime | None
    cancelled_at: datetime | None
    cancelled_by: str | None
    cancel_reason: str | None
    created_at: datetime
    created_by: str
    version: int

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'

    @property
    def entitled(self) -> frozenset[str]:
        """Who may receive the things: the one named, or the one who comes in his place."""
        return frozenset({self.recipient_id, *([self.agent_id] if self.agent_id else [])})


@dataclass(frozen=True, slots=True)
class ReleaseFilters:
    """Which orders a list shows; None does not filter."""

    status: ReleaseStatus | None = None
    branch_id: str | None = None
    subject_id: str | None = None


def hand_over_as_json(one: HandOver) -> dict[str, Any]:
    """What the first officer saw, as it is kept."""
    return {
        "received_by_id": one.received_by_id,
        "identity_document": one.identity_document,
        "bags": [
            {"bag_id": bag.bag_id, "seal_number": bag.seal_number, "weight_mg": bag.weight_mg}
            for bag in one.bags
        ],
        "item_ids": list(one.item_ids),
        "items_weight_mg": one.items_weight_mg,
        "checklist": list(one.checklist),
        "ticket_number": one.ticket_number,
        "loss_declaration": one.loss_declaration,
    }


def hand_over_from_json(kept: Mapping[str, Any]) -> HandOver:
    """What the first officer saw, as it was kept."""
    return HandOver(
        received_by_id=kept["received_by_id"],
        identity_document=kept["identity_document"],
        bags=tuple(BagAtRelease(**bag) for bag in kept["bags"]),
        item_ids=tuple(kept["item_ids"]),
        items_weight_mg=kept["items_weight_mg"],
        checklist=tuple(kept["checklist"]),
        ticket_number=kept["ticket_number"],
        loss_declaration=kept["loss_declaration"],
    )
