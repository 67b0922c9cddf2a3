"""What keeping really cost: receipts paid out of a branch's cash, and their counter entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sanduq.kit.money import Asset, Money
from sanduq.rahnu.fees.cost_studies.model import CustodyCostKind


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCustodyCost:
    """A receipt for keeping, about to be booked. `branch_id` None: the default branch."""

    kind: CustodyCostKind
    amount: Money
    incurred_on: date
    branch_id: str | None
    receipt_reference: str
    external_id: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyCost:
    """A receipt on record, or a counter entry: then the amount is negative and `reverses` is set.

    `reversed_by` names the counter entry that took this one back.
    """

    custody_cost_id: str
    external_id: str | None
    kind: CustodyCostKind
    amount: Money
    branch_id: str
    incurred_on: date
    receipt_reference: str
    reverses: str | None
    reason: str | None
    journal_id: str
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str
    reversed_by: str | None = None


@dataclass(frozen=True, slots=True)
class CustodyCostFilters:
    """Which costs a list shows; None does not filter."""

    asset: Asset | None = None
    kind: CustodyCostKind | None = None
    branch_id: str | None = None
    external_id: str | None = None
    incurred_from: date | None = None
    incurred_before: date | None = None
