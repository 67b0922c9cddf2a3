"""Wire shapes of releases and of changes of the things in pledge."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.kit.clock import rfc3339
from sanduq.kit.money import Asset
from sanduq.kit.wire import AmountOut, Input, ListOutput, Output, Text
from sanduq.kit.wire_weight import NumberOut, fraction
from sanduq.rahnu.contracts.life.payments.model import Repayment
from sanduq.rahnu.contracts.life.people.model import Capacity
from sanduq.rahnu.contracts.life.things.model import (
    ChangeKind,
    Fetching,
    PledgeChange,
    Redeem,
    SwapThings,
)
from sanduq.rahnu.contracts.life.wire import Day, Identifier, Timestamp, number
from sanduq.rahnu.contracts.life.wire_payments import (
    PledgeRepaymentIn,
    PledgeRepaymentObject,
    repayment_out,
)
from sanduq.rahnu.contracts.model import Contract
from sanduq.rahnu.contracts.schemas import PledgeObject, pledge_out

Items = Annotated[list[Identifier], Field(min_length=1, max_length=100)]


class FetchingIn(Input):
    """Who comes: the pledgor if nobody is named; after his death all heirs, or their agent."""

    recipient_id: Identifier | None = None
    present_ids: Annotated[list[Identifier], Field(max_length=100)] = Field(default_factory=list)
    ticket_number: Annotated[Text, Field(max_length=80)] | None = None

    def fetching(self) -> Fetching:
        """Who comes, with what."""
        return Fetching(self.recipient_id, tuple(self.present_ids), self.ticket_number)


class PledgeReleaseIn(FetchingIn):
    """`payment` pays what is left in the same act."""

    payment: PledgeRepaymentIn | None = None

    def command(self, asset: Asset) -> Redeem:
        """The release meant."""
        paid = None if self.payment is None else self.payment.command(asset)
        return Redeem(self.fetching(), paid)


class PartialReleaseIn(FetchingIn):
    item_ids: Items


class AddedItemsIn(Input):
    """Things that are registered, valued and in custody under this contract."""

    item_ids: Items


class SwapIn(FetchingIn):
    """`agreement` names what both parties signed."""

    in_item_ids: Items
    out_item_ids: Items
    agreement: Text

    def command(self) -> SwapThings:
        """The exchange meant."""
        return SwapThings(
            tuple(self.in_item_ids), tuple(self.out_item_ids), self.agreement, self.fetching()
        )


class PledgeChangeObject(Output):
    """What left or joined, and how what is owed stood beside what is in pledge after it."""

    id: str
    type: Literal["pledge_change"]
    contract_id: str
    kind: ChangeKind
    currency: str
    items_in: list[str]
    items_out: list[str]
    debt_outstanding: AmountOut
    custody_fee_due: AmountOut
    value_in_pledge: AmountOut
    loan_to_value_after: NumberOut | None
    safekeeping_fee_monthly_before: AmountOut
    safekeeping_fee_monthly: AmountOut
    recipient_id: str | None
    recipient_capacity: Capacity | None
    agent_id: str | None
    release_order_ids: list[str]
    agreement: str | None
    changed_on: Day
    recorded_by: str
    created_at: Timestamp


class PledgeChangeList(ListOutput):
    data: list[PledgeChangeObject]


class PledgeReleased(PledgeObject):
    """The pledge after its release: the vault's orders to hand it over, and what was paid."""

    release_order_ids: list[str]
    released_to: str
    recipient_capacity: Capacity
    repayment: PledgeRepaymentObject | None


def change_out(one: PledgeChange) -> dict[str, Any]:
    """A change as the API and its events render it."""
    ratio = one.ltv_after_bp
    return PledgeChangeObject(
        id=one.change_id,
        type="pledge_change",
        contract_id=one.contract_id,
        kind=one.kind,
        currency=one.asset.code,
        items_in=list(one.in_item_ids),
        items_out=list(one.out_item_ids),
        debt_outstanding=number(one.debt_minor, one.asset),
        custody_fee_due=number(one.fee_due_minor, one.asset),
        value_in_pledge=number(one.value_minor, one.asset),
        loan_to_value_after=None if ratio is None else fraction(ratio),
        safekeeping_fee_monthly_before=number(one.fee_before_minor, one.asset),
        safekeeping_fee_monthly=number(one.fee_after_minor, one.asset),
        recipient_id=one.recipient_id,
        recipient_capacity=one.capacity,
        agent_id=one.agent_id,
        release_order_ids=list(one.release_ids),
        agreement=one.agreement,
        changed_on=one.changed_on.isoformat(),
        recorded_by=one.recorded_by,
        created_at=rfc3339(one.recorded_at),
    ).model_dump()


def released_out(
    contract: Contract, change: PledgeChange, repayment: Repayment | None
) -> dict[str, Any]:
    """A pledge as released, as the API renders it."""
    return PledgeReleased(
        **pledge_out(contract),
        release_order_ids=list(change.release_ids),
        released_to=change.recipient_id or contract.pledgor_id,
        recipient_capacity=change.capacity or Capacity.OWNER,
        repayment=None if repayment is None else PledgeRepaymentObject(**repayment_out(repayment)),
    ).model_dump()
