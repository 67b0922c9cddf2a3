"""A donation: what was given, for what, and where it stands. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sanduq.funds.purposes.model import fund_of
from sanduq.kit.money import Asset, Money


class DonationType(StrEnum):
    """Whether the gift stands alone or is one of several."""

    ONE_TIME = "one_time"
    RECURRING = "recurring"


class DonationStatus(StrEnum):
    PENDING = "PENDING"
    RECEIVED = "RECEIVED"
    CANCELLED = "CANCELLED"


NEXT: Mapping[DonationStatus, frozenset[DonationStatus]] = {
    DonationStatus.PENDING: frozenset({DonationStatus.RECEIVED, DonationStatus.CANCELLED}),
    DonationStatus.RECEIVED: frozenset(),
    DonationStatus.CANCELLED: frozenset(),
}
"""Money that came stays given: a received donation changes its purpose at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDonation:
    """What a donor announces. Under a pledge, the pledge says what it is for."""

    amount: Money
    donor_id: str | None
    type: DonationType
    category: str | None
    recipient_org_id: str | None = None
    is_anonymous: bool = False
    dedication: str | None = None
    pledge_id: str | None = None
    external_id: str | None = None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReceiveDonation:
    """The money of a donation has come. `received_on` None: today."""

    donation_id: str
    received_on: date | None = None
    reference: str | None = None
    if_match: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Donation:
    """A donation on record. `released_minor` went to other purposes since."""

    donation_id: str
    external_id: str | None
    donor_id: str | None
    asset: Asset
    amount_minor: int
    type: DonationType
    category: str
    purpose: str
    recipient_org_id: str | None
    is_anonymous: bool
    dedication: str | None
    pledge_id: str | None
    status: DonationStatus
    received_on: date | None
    journal_id: str | None
    released_minor: int
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str
    version: int

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'

    @property
    def fund(self) -> str:
        """The fund of the ledger the money goes to."""
        return fund_of(self.purpose)

    @property
    def is_receipt_eligible(self) -> bool:
        """Whether a receipt for the tax office can be made out to somebody."""
        return self.donor_id is not None


@dataclass(frozen=True, slots=True)
class ReleaseRestriction:
    """Another purpose for a received gift; `amount_minor` None: all that is still under it."""

    donation_id: str
    to_category: str
    amount: Money | None
    donor_statement: str | None
    resolution_id: str | None


@dataclass(frozen=True, slots=True)
class Release:
    """A change of purpose as it was made; `donor_statement` says where the donor's word lies."""

    release_id: str
    donation_id: str
    from_purpose: str
    to_purpose: str
    amount: Money
    donor_statement: str | None
    resolution_id: str | None
    journal_id: str
    created_at: datetime
    created_by: str
