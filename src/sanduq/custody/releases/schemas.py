"""Wire shapes of release orders."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.custody.releases.model import (
    BagAtRelease,
    HandOver,
    ReleaseFilters,
    ReleaseOrder,
    ReleaseReason,
    ReleaseStatus,
)
from sanduq.custody.schemas import (
    ConsentsOut,
    Identifier,
    Name,
    WeightIn,
    WeightOut,
    consents_out,
    grams,
    weight_mg,
)
from sanduq.kit.wire import Input, ListOutput, Output, PageQuery, checked_id

ChecklistStep = Literal[
    "identity_seen", "items_shown", "recipient_agrees_weights", "receipt_signed"
]


class BagAtReleaseIn(Input):
    bag_id: Identifier
    seal_number: Name
    weight_grams: WeightIn


class HandOverIn(Input):
    """Either `ticket_number` or `loss_declaration` is given."""

    received_by_id: Identifier
    identity_document: Name
    bags: Annotated[list[BagAtReleaseIn], Field(min_length=1, max_length=100)]
    item_ids: Annotated[list[Identifier], Field(min_length=1, max_length=100)]
    items_weight_grams: WeightIn
    checklist: Annotated[list[ChecklistStep], Field(max_length=10)]
    ticket_number: Name | None = None
    loss_declaration: Name | None = None

    def command(self) -> HandOver:
        """What the first officer saw. Refuses VALIDATION_ERROR weights and ids of no sense."""
        return HandOver(
            received_by_id=self.received_by_id,
            identity_document=self.identity_document,
            bags=tuple(
                BagAtRelease(
                    checked_id(bag.bag_id, "bag", f"bags.{place}.bag_id"),
                    bag.seal_number,
                    weight_mg(bag.weight_grams, f"bags.{place}.weight_grams"),
                )
                for place, bag in enumerate(self.bags)
            ),
            item_ids=tuple(self.item_ids),
            items_weight_mg=weight_mg(self.items_weight_grams, "items_weight_grams"),
            checklist=tuple(self.checklist),
            ticket_number=self.ticket_number,
            loss_declaration=self.loss_declaration,
        )


class ItemsWeighingIn(Input):
    """What the second officer reads off the scale for all things together."""

    items_weight_grams: WeightIn

    def weight_mg(self) -> int:
        """In milligrams."""
        return weight_mg(self.items_weight_grams, "items_weight_grams")


class ReleaseQuery(PageQuery):
    status: ReleaseStatus | None = None
    branch_id: Identifier | None = None
    subject_id: Identifier | None = None

    def filters(self) -> ReleaseFilters:
        """What to list."""
        return ReleaseFilters(self.status, self.branch_id, self.subject_id)


class BagAtReleaseOut(Output):
    bag_id: str
    seal_number: str
    weight_grams: WeightOut


class HandOverOut(Output):
    received_by_id: str
    identity_document: str
    ticket_number: str | None
    loss_declaration: str | None
    bags: list[BagAtReleaseOut]
    items_weight_grams: WeightOut
    checklist: list[str]


class ReleaseOrderOut(Output):
    """`age_days`: whole days since it was ordered, up to when it was handed over or cancelled."""

    id: str
    type: Literal["custody_release"]
    subject_id: str
    branch_id: str
    status: ReleaseStatus
    reason: ReleaseReason
    item_ids: list[str]
    recipient_id: str
    agent_id: str | None
    proof: str | None
    consents: ConsentsOut | None
    hand_over: HandOverOut | None
    first_officer_id: str | None
    second_officer_id: str | None
    items_weight_grams: WeightOut | None
    handed_over_at: datetime | None
    cancelled_at: datetime | None
    cancelled_by: str | None
    cancel_reason: str | None
    age_days: int | None
    created_at: datetime
    created_by: str
    etag: str


class ReleaseOrderList(ListOutput):
    data: list[ReleaseOrderOut]


def release_out(one: ReleaseOrder, now: datetime | None = None) -> dict[str, Any]:
    """A release order as the API writes it; its age where it is asked at an instant."""
    until = one.handed_over_at or one.cancelled_at or now
    weight = one.items_weight_mg
    return ReleaseOrderOut(
        id=one.release_id,
        type="custody_release",
        subject_id=one.subject_id,
        branch_id=one.branch_id,
        status=one.status,
        reason=one.reason,
        item_ids=list(one.item_ids),
        recipient_id=one.recipient_id,
        agent_id=one.agent_id,
        proof=one.proof,
        consents=consents_out(one.consents),
        hand_over=_hand_over_out(one.hand_over),
        first_officer_id=one.first_officer_id,
        second_officer_id=one.second_officer_id,
        items_weight_grams=grams(weight) if weight is not None else None,
        handed_over_at=one.handed_over_at,
        cancelled_at=one.cancelled_at,
        cancelled_by=one.cancelled_by,
        cancel_reason=one.cancel_reason,
        age_days=(until - one.created_at).days if until is not None else None,
        created_at=one.created_at,
        created_by=one.created_by,
        etag=one.etag,
    ).model_dump()


def _hand_over_out(seen: HandOver | None) -> HandOverOut | None:
    if seen is None:
        return None
    return HandOverOut(
        received_by_id=seen.received_by_id,
        identity_document=seen.identity_document,
        ticket_number=seen.ticket_number,
        loss_declaration=seen.loss_declaration,
        bags=[
            BagAtReleaseOut(
                bag_id=bag.bag_id, seal_number=bag.seal_number, weight_grams=grams(bag.weight_mg)
            )
            for bag in seen.bags
        ],
        items_weight_grams=grams(seen.items_weight_mg),
        checklist=list(seen.checklist),
    )
