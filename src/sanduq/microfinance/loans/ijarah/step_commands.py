"""The steps of a lease as commands. A day left out is today; amounts in minor units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sanduq.microfinance.loans.ijarah.model import Fault, MaintenanceKind, Side, TransferKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquisition:
    """Bought of a supplier, or taken out of stock (`returned_from` names the loan it served)."""

    supplier_id: str | None = None
    invoice: str | None = None
    price_minor: int | None = None
    on: date | None = None
    agent_id: str | None = None
    asset_reference: str | None = None
    is_conditional_on_lease: bool = False
    returned_from: str | None = None
    document: str


@dataclass(frozen=True, slots=True)
class Delivery:
    on: date | None
    condition: str
    document: str
    gift_document: str | None = None


@dataclass(frozen=True, slots=True)
class Upkeep:
    kind: MaintenanceKind
    payer: Side
    amount_minor: int
    receipt: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Amendment:
    from_number: int
    rent_minor: int
    document: str


@dataclass(frozen=True, slots=True)
class Claim:
    amount_minor: int
    proven_minor: int
    fault: Fault
    document: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    on: date | None
    fault: Fault
    report: str
    document: str
    market_rent_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    reason: str
    on: date | None
    report: str
    document: str
    market_rent_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Transferral:
    kind: TransferKind
    document: str | None
    price_minor: int = 0
    accepted_on: date | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Release:
    reason: str
    kept_minor: int
    actual_loss_minor: int
    document: str
