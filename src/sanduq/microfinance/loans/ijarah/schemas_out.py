"""Wire shapes of a lease as it stands: its terms, its rents, its history."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.kit.clock import rfc3339
from sanduq.kit.money import Asset, Money, json_number
from sanduq.kit.wire import AmountOut, Output
from sanduq.microfinance.loans.ijarah.model import LeaseType, OwnershipTransfer, StepFact, Subtype
from sanduq.microfinance.loans.ijarah.model_rents import Downtime, Rent
from sanduq.microfinance.loans.ijarah.reading import LeaseView
from sanduq.obligations.schedule import Frequency

Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
Timestamp = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class FloatingRentOut(Output):
    formula: str
    fixed_rents: int
    floor: AmountOut
    cap: AmountOut


class LeaseScheduleOut(Output):
    installments: int
    frequency: Frequency
    rent_free_months: int
    total_rental: AmountOut
    ownership_transfer: OwnershipTransfer | None
    transfer_price: AmountOut | None
    residual_value: AmountOut


class RentAccountOut(Output):
    """`earned`: billed less credited; `advance`: paid ahead of billing."""

    earned: AmountOut
    paid: AmountOut
    refunded: AmountOut
    receivable: AmountOut
    advance: AmountOut


class DowntimeOut(Output):
    from_date: Day
    until_date: Day | None
    fault: str
    report: str


class IjarahStepOut(Output):
    id: str
    step: str
    on: Day
    document: str | None
    amount: AmountOut | None
    journal_id: str | None
    details: dict[str, Any]
    recorded_by: str
    recorded_at: Timestamp


class IjarahOut(Output):
    id: str
    type: Literal["ijarah"]
    loan_id: str
    loan_status: str
    stage: str
    lessee_id: str
    branch_id: str
    currency: str
    subtype: Subtype
    asset_description: str
    asset_reference: str | None
    asset_value: AmountOut
    asset_use: str | None
    is_described: bool
    lease_type: LeaseType
    rental_amount: AmountOut
    market_rent: AmountOut | None
    floating_rent: FloatingRentOut | None
    lease_schedule: LeaseScheduleOut
    supplier_id: str | None
    cost: AmountOut
    accumulated_depreciation: AmountOut
    carrying_amount: AmountOut
    acquired_on: Day | None
    delivered_on: Day | None
    ends_on: Day | None
    closed_on: Day | None
    lease_document: str | None
    gift_document: str | None
    rent: RentAccountOut
    deposit: AmountOut
    downtimes: list[DowntimeOut]
    steps: list[IjarahStepOut]
    created_by: str
    created_at: Timestamp


class IjarahRentOut(Output):
    """`credit` is what fell away of the rent, `paid` what payments so far cover of the rest."""

    loan_id: str
    number: int
    from_date: Day
    to_date: Day
    due_date: Day
    currency: str
    rent: AmountOut
    days: int
    days_unusable: int
    credit: AmountOut
    billed: AmountOut
    billed_on: Day | None
    paid: AmountOut


class IjarahRents(Output):
    loan_id: str
    currency: str
    total: AmountOut
    data: list[IjarahRentOut]


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def number_in(asset: Asset, minor: int) -> Decimal:
    """Minor units as the exact amount they are."""
    return json_number(Money(minor, asset))


def ijarah_out(view: LeaseView) -> dict[str, Any]:
    """A lease as the API and its events render it."""
    lease, asset = view.lease, view.lease.asset
    position = lease.position(view.paid_minor)

    def number(minor: int) -> Decimal:
        return number_in(asset, minor)

    terms: dict[str, Any] = {
        **lease.terms.particulars(),
        "asset_reference": lease.asset_reference,
    }
    return IjarahOut(
        id=lease.ijarah_id,
        type="ijarah",
        loan_id=lease.loan_id,
        loan_status=view.loan_status,
        stage=str(lease.status),
        lessee_id=lease.lessee_id,
        branch_id=lease.branch_id,
        currency=asset.code,
        **terms,
        supplier_id=lease.supplier_id,
        cost=number(lease.cost_minor),
        accumulated_depreciation=number(lease.depreciated_minor),
        carrying_amount=number(lease.carrying_minor),
        acquired_on=_day(lease.acquired_on),
        delivered_on=_day(lease.delivered_on),
        ends_on=_day(lease.ends_on),
        closed_on=_day(lease.closed_on),
        lease_document=lease.lease_document,
        gift_document=lease.gift_document,
        rent=RentAccountOut(
            earned=number(position.earned_minor),
            paid=number(position.paid_minor),
            refunded=number(position.refunded_minor),
            receivable=number(position.receivable_minor),
            advance=number(position.advance_minor),
        ),
        deposit=number(lease.deposit_minor),
        downtimes=[_downtime_out(each) for each in view.downtimes],
        steps=[_step_out(each, asset) for each in view.steps],
        created_by=lease.created_by,
        created_at=rfc3339(lease.created_at),
    ).model_dump()


def _downtime_out(downtime: Downtime) -> DowntimeOut:
    return DowntimeOut(
        from_date=downtime.from_on.isoformat(),
        until_date=_day(downtime.until_on),
        fault=str(downtime.fault),
        report=downtime.report,
    )


def _step_out(step: StepFact, asset: Asset) -> IjarahStepOut:
    return IjarahStepOut(
        id=step.step_id,
        step=step.kind,
        on=step.taken_on.isoformat(),
        document=step.document,
        amount=None if step.amount_minor is None else number_in(asset, step.amount_minor),
        journal_id=step.journal_id,
        details=dict(step.details),
        recorded_by=step.recorded_by,
        recorded_at=rfc3339(step.recorded_at),
    )


def rent_out(loan_id: str, asset: Asset, rent: Rent, paid_minor: int) -> dict[str, Any]:
    """One rent with what became of it."""
    return IjarahRentOut(
        loan_id=loan_id,
        number=rent.number,
        from_date=rent.starts_on.isoformat(),
        to_date=rent.ends_on.isoformat(),
        due_date=rent.due_on.isoformat(),
        currency=asset.code,
        rent=number_in(asset, rent.rent_minor),
        days=rent.days,
        days_unusable=rent.days_unusable,
        credit=number_in(asset, rent.credited_minor),
        billed=number_in(asset, rent.net_minor if rent.billed_on is not None else 0),
        billed_on=_day(rent.billed_on),
        paid=number_in(asset, paid_minor),
    ).model_dump()


def rents_out(view: LeaseView, rents: list[tuple[Rent, int]]) -> dict[str, Any]:
    """The rents of a lease, oldest first; payments cover the oldest first."""
    lease = view.lease
    return {
        "loan_id": lease.loan_id,
        "currency": lease.asset.code,
        "total": number_in(lease.asset, sum(rent.net_minor for rent, _ in rents)),
        "data": [rent_out(lease.loan_id, lease.asset, rent, paid) for rent, paid in rents],
    }
