"""Wire shapes of surpluses and their payouts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from sanduq.kit.money import Asset, Money
from sanduq.kit.wire import (
    AmountOut,
    Currency,
    Input,
    IsoDate,
    ListOutput,
    LongText,
    Output,
    PageQuery,
    Text,
    asset_of,
    number,
)
from sanduq.rahnu.contracts.liquidation.surplus.model import (
    TRACES_MIN,
    UNCLAIMED_DAYS,
    AgeBucket,
    Capacity,
    Payout,
    PayoutKind,
    PayoutStatus,
    Policy,
    Surplus,
    SurplusStatus,
    TraceMethod,
    TraceOutcome,
    bucket_days,
    bucket_of,
)


class SurplusFilters(PageQuery):
    status: SurplusStatus | None = None
    pledgor_id: Text | None = None
    contract_id: Text | None = None
    branch_id: Text | None = None
    currency: Currency | None = None
    age: AgeBucket | None = None
    is_late: bool | None = None

    def chosen(self, today: date) -> dict[str, Any]:
        """The filters that were given, an age as days of sale."""
        given: dict[str, Any] = {
            name: str(value)
            for name in ("status", "pledgor_id", "contract_id", "branch_id")
            if (value := getattr(self, name)) is not None
        }
        if self.currency is not None:
            given["asset"] = str(asset_of(self.currency))
        if self.age is not None:
            first, last = bucket_days(self.age)
            given["sold_until"] = today - timedelta(days=first)
            if last is not None:
                given["sold_from"] = today - timedelta(days=last)
        if self.is_late:
            given["late_on"] = today
        return given


class ClaimFilters(PageQuery):
    pledgor_id: Text


class TraceIn(Input):
    tried_on: IsoDate
    method: TraceMethod
    outcome: TraceOutcome
    note: LongText


class SurplusPaymentIn(Input):
    recipient_id: Text
    capacity: Capacity = Capacity.OWNER
    method: Text = "cash"
    reference: Text | None = None
    mandate_id: Text | None = None
    proof: Text | None = None


class SurplusTransferIn(Input):
    to: PayoutKind
    reference: Text | None = None
    resolution_id: Text | None = None


class PayoutDecisionIn(Input):
    reason: Text | None = None


class PayoutRejectionIn(Input):
    reason: Text


class SurplusPolicyIn(Input):
    unclaimed_days: Annotated[int, Field(ge=30, le=36_500)] = UNCLAIMED_DAYS
    traces_min: Annotated[int, Field(ge=1, le=100)] = TRACES_MIN
    authority_name: Text | None = None
    legal_basis: LongText

    def command(self) -> Policy:
        """The policy to set."""
        return Policy(self.unclaimed_days, self.traces_min, self.authority_name, self.legal_basis)


class AgeingQuery(Input):
    currency: Currency


class TraceOut(Output):
    number: int
    tried_on: date
    method: TraceMethod
    outcome: TraceOutcome
    note: str
    recorded_at: datetime
    recorded_by: str


class PledgeSurplusOut(Output):
    id: str
    type: str
    contract_id: str
    sale_id: str
    pledgor_id: str
    branch_id: str
    status: SurplusStatus
    currency: str
    amount: AmountOut
    sold_on: date
    pay_by_on: date
    days: int
    age: AgeBucket
    is_late: bool
    statement_notice_id: str | None
    statement_on: date | None
    is_statement_late: bool
    settled_on: date | None
    traces: list[TraceOut]
    created_at: datetime
    created_by: str


class PledgeSurplusList(ListOutput):
    data: list[PledgeSurplusOut]


class SurplusPayoutOut(Output):
    id: str
    type: str
    surplus_id: str
    kind: PayoutKind
    status: PayoutStatus
    currency: str
    amount: AmountOut
    recipient_id: str | None
    capacity: Capacity | None
    mandate_id: str | None
    proof: str | None
    method: str
    reference: str | None
    resolution_id: str | None
    reason: str | None
    requested_at: datetime
    requested_by: str
    decided_at: datetime | None
    decided_by: str | None
    done_on: date | None


class SurplusPayouts(Output):
    data: list[SurplusPayoutOut]


class SurplusPolicyOut(Output):
    unclaimed_days: int
    traces_min: int
    authority_name: str | None
    legal_basis: str
    set_at: datetime | None
    set_by: str | None


class AgeBucketOut(Output):
    age: AgeBucket
    count: int
    amount: AmountOut


class SurplusAgeingOut(Output):
    currency: str
    on: date
    buckets: list[AgeBucketOut]
    count: int
    total: AmountOut


def surplus_out(surplus: Surplus, today: date) -> dict[str, Any]:
    """A surplus as the API and its events write it; its age is that of `today`."""
    days = surplus.days_on(today)
    return PledgeSurplusOut(
        id=surplus.surplus_id,
        type="pledge_surplus",
        contract_id=surplus.contract_id,
        sale_id=surplus.sale_id,
        pledgor_id=surplus.pledgor_id,
        branch_id=surplus.branch_id,
        status=surplus.status,
        currency=surplus.asset.code,
        amount=number(Money(surplus.amount_minor, surplus.asset)),
        sold_on=surplus.sold_on,
        pay_by_on=surplus.pay_by_on,
        days=days,
        age=bucket_of(days),
        is_late=surplus.is_late_on(today),
        statement_notice_id=surplus.statement_notice_id,
        statement_on=surplus.statement_on,
        is_statement_late=surplus.is_statement_late_on(today),
        settled_on=surplus.settled_on,
        traces=[
            TraceOut(
                number=one.number,
                tried_on=one.tried_on,
                method=one.method,
                outcome=one.outcome,
                note=one.note,
                recorded_at=one.recorded_at,
                recorded_by=one.recorded_by,
            )
            for one in surplus.traces
        ],
        created_at=surplus.created_at,
        created_by=surplus.created_by,
    ).model_dump()


def payout_out(payout: Payout) -> dict[str, Any]:
    """A payout as the API and its events write it."""
    return SurplusPayoutOut(
        id=payout.payout_id,
        type="surplus_payout",
        surplus_id=payout.surplus_id,
        kind=payout.kind,
        status=payout.status,
        currency=payout.asset.code,
        amount=number(Money(payout.amount_minor, payout.asset)),
        recipient_id=payout.recipient_id,
        capacity=payout.capacity,
        mandate_id=payout.mandate_id,
        proof=payout.proof,
        method=payout.method,
        reference=payout.reference,
        resolution_id=payout.resolution_id,
        reason=payout.reason,
        requested_at=payout.requested_at,
        requested_by=payout.requested_by,
        decided_at=payout.decided_at,
        decided_by=payout.decided_by,
        done_on=payout.done_on,
    ).model_dump()


def policy_out(policy: Policy) -> dict[str, Any]:
    """The policy as the API writes it."""
    return SurplusPolicyOut(
        unclaimed_days=policy.unclaimed_days,
        traces_min=policy.traces_min,
        authority_name=policy.authority_name,
        legal_basis=policy.legal_basis,
        set_at=policy.set_at,
        set_by=policy.set_by,
    ).model_dump()


def ageing_out(found: dict[AgeBucket, tuple[int, int]], asset: Asset, on: date) -> dict[str, Any]:
    """What waits for owners, by age."""
    return SurplusAgeingOut(
        currency=asset.code,
        on=on,
        buckets=[
            AgeBucketOut(age=bucket, count=count, amount=number(Money(minor, asset)))
            for bucket, (count, minor) in found.items()
        ],
        count=sum(count for count, _ in found.values()),
        total=number(Money(sum(minor for _, minor in found.values()), asset)),
    ).model_dump()
