"""A thing left for safe-keeping without any loan: its states, its fee, its owner. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sanduq.kit.money import Asset, Money
from sanduq.rahnu.facts import DepositBasis
from sanduq.rahnu.fees.model import FeeBasis, FeePolicy
from sanduq.rahnu.fees.quotes import fee_through_minor


class DepositStatus(StrEnum):
    OPEN = "OPEN"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDeposit:
    """Things about to be left for safe-keeping.

    `perks` names what the owner would get for the deposit alone, so that it can be refused.
    """

    owner_id: str
    asset: Asset
    item_ids: tuple[str, ...]
    liability_basis: DepositBasis
    fee_policy_id: str | None
    vault_class: int
    takaful_premium_minor: int
    perks: tuple[str, ...]
    branch_id: str | None
    external_id: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """A deposit as it stands; amounts in minor units.

    The fee runs from `kept_from_on`, when two officers vouch for all of it, to `fee_until_on`,
    when it is ready to be fetched or stands in pledge. `fee_monthly_minor` None: no fee, or a
    policy that gives the fee of all days.
    """

    deposit_id: str
    external_id: str | None
    status: DepositStatus
    owner_id: str
    branch_id: str
    asset: Asset
    item_ids: tuple[str, ...]
    liability_basis: DepositBasis
    fee_policy_id: str | None
    basis: FeeBasis
    fee_monthly_minor: int | None
    kept_from_on: date | None
    fee_until_on: date | None
    fee_accrued_minor: int
    fee_paid_minor: int
    pledged_to: str | None
    release_id: str | None
    withdrawn_at: datetime | None
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str
    version: int

    @property
    def fee_due_minor(self) -> int:
        """What of the fee charged so far is unpaid."""
        return self.fee_accrued_minor - self.fee_paid_minor

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'

    def accrued_by(self, policy: FeePolicy | None, on: date) -> int:
        """The whole fee up to a day; a fee charged already is never taken back by a day."""
        if policy is None or self.kept_from_on is None:
            return self.fee_accrued_minor
        until = on if self.fee_until_on is None else min(on, self.fee_until_on)
        grown = fee_through_minor(policy, self.basis, self.kept_from_on, until)
        return max(self.fee_accrued_minor, grown)


@dataclass(frozen=True, slots=True)
class DepositPayment:
    """The fee of a deposit paid, in part or whole."""

    payment_id: str
    deposit_id: str
    amount: Money
    paid_on: date
    reference: str | None
    journal_id: str
    recorded_at: datetime
    recorded_by: str
