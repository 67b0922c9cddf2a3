"""Wire shapes of pledges; the published fields keep their names."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.funds.pledges.model import (
    DURATION_MONTHS_MAX,
    Frequency,
    InstalmentStatus,
    NewPledge,
    Pledge,
    PledgeStatus,
)
from sanduq.kit.money import Money
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Currency,
    ExternalId,
    Input,
    IsoDate,
    ListOutput,
    Metadata,
    Output,
    PageQuery,
    Text,
    amount,
    asset_of,
    checked_id,
    number,
)

ProjectId = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$", examples=["proj_water_well_003"])
]


class PledgeIn(Input):
    amount: AmountIn
    currency: Currency
    donor_id: Text
    frequency: Frequency
    project_id: ProjectId | None = None
    duration_months: Annotated[int, Field(ge=1, le=DURATION_MONTHS_MAX)]
    category: Text = "jariyah"
    start_date: IsoDate | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewPledge:
        """The pledge to record. Refuses VALIDATION_ERROR amounts and ids that cannot be read."""
        return NewPledge(
            amount=amount(self.amount, asset_of(self.currency), "amount", is_positive=True),
            donor_id=checked_id(self.donor_id, "cpty", "donor_id"),
            frequency=self.frequency,
            duration_months=self.duration_months,
            category=self.category,
            project_id=self.project_id,
            starts_on=self.start_date,
            external_id=self.external_id,
            metadata=self.metadata,
        )


class PledgeCancelIn(Input):
    reason: Text | None = None


class PledgeFilters(PageQuery):
    status: PledgeStatus | None = None
    donor_id: Text | None = None
    project_id: Text | None = None
    currency: Currency | None = None
    external_id: ExternalId | None = None


class PledgeOut(Output):
    id: str
    type: Literal["sadaqah"]
    subtype: Literal["pledge"]
    status: PledgeStatus
    amount: AmountOut
    currency: str
    donor_id: str
    frequency: Frequency
    project_id: str | None
    category: str
    purpose: str
    duration_months: int
    start_date: date
    installments: int
    total: AmountOut
    received: AmountOut
    next_due_date: date | None
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str


class PledgeList(ListOutput):
    data: list[PledgeOut]


class PledgeInstalmentOut(Output):
    number: int
    due_date: date
    amount: AmountOut
    received: AmountOut
    status: InstalmentStatus


class PledgeScheduleOut(Output):
    pledge_id: str
    currency: str
    installments: list[PledgeInstalmentOut]


def pledge_out(pledge: Pledge, today: date) -> dict[str, Any]:
    """A pledge as the API writes it on that day."""

    def money(minor: int) -> Any:
        return number(Money(minor, pledge.asset))

    return PledgeOut(
        id=pledge.pledge_id,
        type="sadaqah",
        subtype="pledge",
        status=pledge.status,
        amount=money(pledge.amount_minor),
        currency=pledge.asset.code,
        donor_id=pledge.donor_id,
        frequency=pledge.frequency,
        project_id=pledge.project_id,
        category=pledge.category,
        purpose=pledge.purpose,
        duration_months=pledge.duration_months,
        start_date=pledge.starts_on,
        installments=pledge.instalment_count,
        total=money(pledge.total_minor),
        received=money(pledge.received_minor),
        next_due_date=pledge.next_due_on(today),
        external_id=pledge.external_id,
        metadata=dict(pledge.metadata),
        created_at=pledge.created_at,
        created_by=pledge.created_by,
    ).model_dump()


def pledge_schedule_out(pledge: Pledge, today: date) -> dict[str, Any]:
    """The gifts expected under a pledge, as the API writes them on that day."""
    return PledgeScheduleOut(
        pledge_id=pledge.pledge_id,
        currency=pledge.asset.code,
        installments=[
            PledgeInstalmentOut(
                number=each.number,
                due_date=each.due_on,
                amount=number(Money(each.amount_minor, pledge.asset)),
                received=number(Money(each.received_minor, pledge.asset)),
                status=each.status,
            )
            for each in pledge.instalments(today)
        ],
    ).model_dump()
