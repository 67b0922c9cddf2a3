"""Wire shapes of default, hardship and write-off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.funds.charity.model import CharityReceipt
from sanduq.kit.clock import rfc3339
from sanduq.kit.money import Asset, Money, json_number
from sanduq.kit.wire import AmountIn, AmountOut, Input, IsoDate, LongText, Output, Text
from sanduq.microfinance.loans.hardship.model import (
    Assessment,
    Channel,
    CollectionCost,
    Demand,
    Forgiveness,
    WriteOff,
    WriteOffStatus,
)
from sanduq.microfinance.loans.schemas import Day, Identifier, Timestamp
from sanduq.shariah.facts import DebtorState

FundCode = Annotated[
    str,
    Field(pattern=r"^(own|zakat|charity|waqf:[0-9A-Za-z_]{1,70}|sadaqah:[0-9A-Za-z_.]{1,140})$"),
]
"""`own`, `zakat`, `charity`, `waqf:<endowment>` or `sadaqah:<purpose>`."""

Classed = Literal["unknown", "solvent_delaying", "insolvent", "excused"]


class DemandIn(Input):
    channel: Channel
    respond_by: IsoDate | None = None
    note: Text | None = None


class AssessmentIn(Input):
    """`party_id` names a guarantor where it is not the borrower who is assessed."""

    state: Classed
    findings: LongText
    document: Text | None = None
    party_id: Identifier | None = None


class DefaultIn(Input):
    reason: Text


class CostIn(Input):
    amount: AmountIn
    payee: Text
    receipt: Text
    incurred_on: IsoDate


class PaymentIn(Input):
    amount: AmountIn
    received_on: IsoDate | None = None


class PledgeIn(Input):
    amount: AmountIn
    note: Text


class WriteOffIn(Input):
    """`fund` bears the loss; `resolution_id` where its rules ask the board.

    Without `fund` the program's order of absorption decides, or else whoever's money was lent.
    """

    fund: FundCode | None = None
    reason: Text
    resolution_id: Identifier | None = None


class ForgivenessIn(Input):
    """`authority`: the owner's document or the resolution by which the claim is given up."""

    authority: Text
    reason: Text
    amount: AmountIn | None = None


class ThirdPartyPaymentIn(Input):
    fund: FundCode
    note: Text
    amount: AmountIn | None = None


class DemandObject(Output):
    id: str
    type: Literal["demand"]
    loan_id: str
    demanded_on: Day
    respond_by: Day
    channel: Channel
    overdue: AmountOut
    currency: str
    note: str | None
    created_by: str
    created_at: Timestamp


class AssessmentObject(Output):
    id: str
    type: Literal["solvency_assessment"]
    loan_id: str
    party_id: str
    state: Classed
    findings: str
    document: str | None
    assessed_on: Day
    created_by: str
    created_at: Timestamp


class HardshipRecord(Output):
    """What is known of a borrower in difficulty, latest first."""

    loan_id: str
    demands: list[DemandObject]
    assessments: list[AssessmentObject]


class CollectionCostObject(Output):
    id: str
    type: Literal["collection_cost"]
    loan_id: str
    amount: AmountOut
    outstanding: AmountOut | None
    currency: str
    payee: str
    receipt: str
    incurred_on: Day
    journal_id: str
    created_by: str
    created_at: Timestamp


class CollectionCosts(Output):
    data: list[CollectionCostObject]


class CharityPledgeObject(Output):
    id: str
    type: Literal["charity_pledge"]
    loan_id: str
    amount: AmountOut
    currency: str
    received_on: Day
    journal_id: str
    created_by: str
    created_at: Timestamp


class WriteOffObject(Output):
    id: str
    type: Literal["write_off"]
    loan_id: str
    status: WriteOffStatus
    fund: str
    resolution_id: str | None
    currency: str
    principal: AmountOut | None
    service_fee: AmountOut | None
    reason: str
    written_off_on: Day | None
    journal_id: str | None
    created_by: str
    created_at: Timestamp
    decided_by: str | None
    decided_at: Timestamp | None


class ForgivenessObject(Output):
    id: str
    type: Literal["forgiveness"]
    loan_id: str
    fund: str
    currency: str
    principal: AmountOut
    service_fee: AmountOut
    authority: str
    reason: str
    forgiven_on: Day
    journal_id: str | None
    created_by: str
    created_at: Timestamp


def _number(minor: int | None, asset: Asset) -> Any:
    return None if minor is None else json_number(Money(minor, asset))


def demand_out(demand: Demand) -> dict[str, Any]:
    """A demand as the API and its events render it."""
    return DemandObject(
        id=demand.demand_id,
        type="demand",
        loan_id=demand.loan_id,
        demanded_on=demand.demanded_on.isoformat(),
        respond_by=demand.respond_by_on.isoformat(),
        channel=demand.channel,
        overdue=json_number(demand.overdue),
        currency=demand.overdue.asset.code,
        note=demand.note,
        created_by=demand.created_by,
        created_at=rfc3339(demand.created_at),
    ).model_dump()


def assessment_out(assessment: Assessment) -> dict[str, Any]:
    """An assessment as the API and its events render it."""
    state: Any = assessment.state.value
    return AssessmentObject(
        id=assessment.assessment_id,
        type="solvency_assessment",
        loan_id=assessment.loan_id,
        party_id=assessment.party_id,
        state=state,
        findings=assessment.findings,
        document=assessment.document,
        assessed_on=assessment.assessed_on.isoformat(),
        created_by=assessment.created_by,
        created_at=rfc3339(assessment.created_at),
    ).model_dump()


def record_out(
    loan_id: str, demands: Sequence[Demand], assessments: Sequence[Assessment]
) -> dict[str, Any]:
    """What is known of a borrower in difficulty."""
    return {
        "loan_id": loan_id,
        "demands": [demand_out(each) for each in demands],
        "assessments": [assessment_out(each) for each in assessments],
    }


def cost_out(cost: CollectionCost) -> dict[str, Any]:
    """A collection cost as the API and its events render it."""
    return CollectionCostObject(
        id=cost.cost_id,
        type="collection_cost",
        loan_id=cost.loan_id,
        amount=json_number(cost.amount),
        outstanding=_number(cost.outstanding_minor, cost.amount.asset),
        currency=cost.amount.asset.code,
        payee=cost.payee,
        receipt=cost.receipt,
        incurred_on=cost.incurred_on.isoformat(),
        journal_id=cost.journal_id,
        created_by=cost.created_by,
        created_at=rfc3339(cost.created_at),
    ).model_dump()


def pledge_out(received: CharityReceipt) -> dict[str, Any]:
    """A pledge received for charity, as the API and its events render it."""
    return CharityPledgeObject(
        id=received.receipt_id,
        type="charity_pledge",
        loan_id=received.came_from,
        amount=json_number(received.amount),
        currency=received.amount.asset.code,
        received_on=received.received_on.isoformat(),
        journal_id=received.journal_id,
        created_by=received.created_by,
        created_at=rfc3339(received.created_at),
    ).model_dump()


def write_off_out(write_off: WriteOff) -> dict[str, Any]:
    """A write-off as the API and its events render it."""
    on = write_off.written_off_on
    return WriteOffObject(
        id=write_off.write_off_id,
        type="write_off",
        loan_id=write_off.loan_id,
        status=write_off.status,
        fund=write_off.fund,
        resolution_id=write_off.resolution_id,
        currency=write_off.asset.code,
        principal=_number(write_off.principal_minor, write_off.asset),
        service_fee=_number(write_off.fee_minor, write_off.asset),
        reason=write_off.reason,
        written_off_on=on.isoformat() if on else None,
        journal_id=write_off.journal_id,
        created_by=write_off.created_by,
        created_at=rfc3339(write_off.created_at),
        decided_by=write_off.decided_by,
        decided_at=rfc3339(write_off.decided_at) if write_off.decided_at else None,
    ).model_dump()


def forgiveness_out(made: Forgiveness) -> dict[str, Any]:
    """A forgiveness as the API and its events render it."""
    return ForgivenessObject(
        id=made.forgiveness_id,
        type="forgiveness",
        loan_id=made.loan_id,
        fund=made.fund,
        currency=made.asset.code,
        principal=_number(made.principal_minor, made.asset),
        service_fee=_number(made.fee_minor, made.asset),
        authority=made.authority,
        reason=made.reason,
        forgiven_on=made.forgiven_on.isoformat(),
        journal_id=made.journal_id,
        created_by=made.created_by,
        created_at=rfc3339(made.created_at),
    ).model_dump()


__all__ = [
    "AssessmentIn", "CollectionCosts", "CostIn", "DebtorState", "DefaultIn", "DemandIn",
    "ForgivenessIn", "HardshipRecord", "PaymentIn", "PledgeIn", "ThirdPartyPaymentIn",
    "WriteOffIn",
]  # fmt: skip
