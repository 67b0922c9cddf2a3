"""Wire shapes of donations; the published fields keep their names."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field, StrictBool

from sanduq.funds.donations.model import (
    Donation,
    DonationStatus,
    DonationType,
    NewDonation,
    ReceiveDonation,
    Release,
    ReleaseRestriction,
)
from sanduq.kit.errors import ValidationFailed
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


class DonationIn(Input):
    amount: AmountIn
    currency: Currency
    donor_id: Text | None = None
    type: DonationType = DonationType.ONE_TIME
    category: Text | None = None
    recipient_org_id: Text | None = None
    anonymous: StrictBool = False
    dedication: Text | None = None
    pledge_id: Text | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewDonation:
        """The donation to record. Refuses VALIDATION_ERROR amounts and ids that cannot be read."""
        for field, prefix in (
            ("donor_id", "cpty"),
            ("recipient_org_id", "cpty"),
            ("pledge_id", "plg"),
        ):
            value = getattr(self, field)
            if value is not None:
                checked_id(value, prefix, field)
        if self.donor_id is None and not self.anonymous:
            message = "name the donor, or say that the gift is anonymous"
            raise ValidationFailed.field("donor_id", "missing_field", message)
        return NewDonation(
            amount=amount(self.amount, asset_of(self.currency), "amount", is_positive=True),
            donor_id=self.donor_id,
            type=self.type,
            category=self.category,
            recipient_org_id=self.recipient_org_id,
            is_anonymous=self.anonymous,
            dedication=self.dedication,
            pledge_id=self.pledge_id,
            external_id=self.external_id,
            metadata=self.metadata,
        )


class DonationReceiveIn(Input):
    received_date: IsoDate | None = None
    reference: Text | None = None

    def command(self, donation_id: str, if_match: str | None) -> ReceiveDonation:
        """The money to take in."""
        return ReceiveDonation(donation_id, self.received_date, self.reference, if_match)


class DonationCancelIn(Input):
    reason: Text | None = None


class RestrictionReleaseIn(Input):
    category: Text
    amount: AmountIn | None = None
    currency: Currency | None = None
    donor_statement: Text | None = None
    resolution_id: Text | None = None

    def command(self, donation_id: str) -> ReleaseRestriction:
        """The change to make. Refuses VALIDATION_ERROR an amount without its currency."""
        if self.resolution_id is not None:
            checked_id(self.resolution_id, "res", "resolution_id")
        money = None
        if self.amount is not None:
            if self.currency is None:
                message = "say which currency the amount is in"
                raise ValidationFailed.field("currency", "missing_field", message)
            money = amount(self.amount, asset_of(self.currency), "amount", is_positive=True)
        return ReleaseRestriction(
            donation_id, self.category, money, self.donor_statement, self.resolution_id
        )


class DonationFilters(PageQuery):
    status: DonationStatus | None = None
    donor_id: Text | None = None
    category: Text | None = None
    purpose: Text | None = None
    pledge_id: Text | None = None
    currency: Currency | None = None
    external_id: ExternalId | None = None


class DonationOut(Output):
    id: str
    type: Literal["sadaqah"]
    subtype: DonationType
    status: DonationStatus
    amount: AmountOut
    currency: str
    donor_id: str | None
    category: str
    purpose: str
    fund: str
    recipient_org_id: str | None
    anonymous: bool
    dedication: str | None
    pledge_id: str | None
    tax_receipt_eligible: bool
    received_date: date | None
    released: AmountOut
    journal_id: str | None
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str


class DonationList(ListOutput):
    data: list[DonationOut]


class RestrictionReleaseOut(Output):
    id: str
    type: Literal["restriction_release"]
    donation_id: str
    from_purpose: str
    to_purpose: str
    amount: AmountOut
    currency: str
    donor_statement: str | None
    resolution_id: str | None
    journal_id: str
    created_at: datetime
    created_by: str


class RestrictionReleaseListOut(Output):
    data: list[RestrictionReleaseOut]


def donation_out(donation: Donation) -> dict[str, Any]:
    """A donation as the API writes it; an anonymous donor is not named to anyone."""
    return DonationOut(
        id=donation.donation_id,
        type="sadaqah",
        subtype=donation.type,
        status=donation.status,
        amount=number(Money(donation.amount_minor, donation.asset)),
        currency=donation.asset.code,
        donor_id=None if donation.is_anonymous else donation.donor_id,
        category=donation.category,
        purpose=donation.purpose,
        fund=donation.fund,
        recipient_org_id=donation.recipient_org_id,
        anonymous=donation.is_anonymous,
        dedication=donation.dedication,
        pledge_id=donation.pledge_id,
        tax_receipt_eligible=donation.is_receipt_eligible,
        received_date=donation.received_on,
        released=number(Money(donation.released_minor, donation.asset)),
        journal_id=donation.journal_id,
        external_id=donation.external_id,
        metadata=dict(donation.metadata),
        created_at=donation.created_at,
        created_by=donation.created_by,
    ).model_dump()


def release_out(release: Release) -> dict[str, Any]:
    """A change of purpose as the API writes it."""
    return RestrictionReleaseOut(
        id=release.release_id,
        type="restriction_release",
        donation_id=release.donation_id,
        from_purpose=release.from_purpose,
        to_purpose=release.to_purpose,
        amount=number(release.amount),
        currency=release.amount.asset.code,
        donor_statement=release.donor_statement,
        resolution_id=release.resolution_id,
        journal_id=release.journal_id,
        created_at=release.created_at,
        created_by=release.created_by,
    ).model_dump()
