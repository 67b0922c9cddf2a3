"""What the rules of a lease look at, beyond what every contract has.

A None says that the command has nothing of the kind, unless the rule of that command needs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sanduq.microfinance.loans.ijarah.model import (
    Clauses,
    Fault,
    IjarahTerms,
    MaintenanceKind,
    Side,
    TransferKind,
)
from sanduq.shariah.facts import ContractFacts


class Action(StrEnum):
    """What is being done when the rules are asked."""

    SAVE_PRODUCT = "save_product"
    CREATE = "create"
    APPROVE = "approve"
    ACQUIRE = "acquire"
    DELIVER = "deliver"
    RESUME = "resume"
    MAINTAIN = "maintain"
    AMEND = "amend"
    COMPENSATE = "compensate"
    LOSE = "lose"
    END = "end"
    TRANSFER = "transfer"
    RELEASE_DEPOSIT = "release_deposit"
    RESCHEDULE = "reschedule"


@dataclass(frozen=True, slots=True)
class Let:
    """Days for which an asset is let, both included; no end where none is known yet."""

    ijarah_id: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Use:
    """What is charged for one period, and how many of its days were unusable."""

    charged_minor: int
    rent_minor: int
    days: int
    days_unusable: int
    fault: Fault = Fault.NONE


@dataclass(frozen=True, slots=True)
class Purchase:
    """How the lessor came by the asset."""

    is_from_lessee: bool
    is_conditional_on_lease: bool = False
    is_by_lessee_as_agent: bool = False


@dataclass(frozen=True, slots=True)
class Upkeep:
    kind: MaintenanceKind
    payer: Side


@dataclass(frozen=True, slots=True)
class Compensation:
    """Money claimed of the lessee beyond rent, the loss proven, and past rent due beside it."""

    amount_minor: int
    fault: Fault
    proven_minor: int
    past_due_minor: int = 0


@dataclass(frozen=True, slots=True)
class RentChange:
    """A new rent from a period on."""

    rent_minor: int
    starts_on: date
    is_billed: bool


@dataclass(frozen=True, slots=True)
class TrueUp:
    """What a lease that ends leaves: rent for use had, rent paid and kept, rent after the end."""

    accrued_minor: int
    kept_minor: int
    later_minor: int


@dataclass(frozen=True, slots=True)
class MarketRefund:
    """Rent above market rent: what it came to, and what is given back of it."""

    above_minor: int | None  # None: the market rent is not stated
    given_back_minor: int = 0


@dataclass(frozen=True, slots=True)
class Transfer:
    """How ownership passes."""

    kind: TransferKind
    document: str | None
    lease_document: str | None
    effective_on: date
    has_new_contract: bool
    is_conditional_gift: bool
    unpaid_minor: int


@dataclass(frozen=True, slots=True)
class DepositRelease:
    kept_minor: int
    actual_loss_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IjarahFacts(ContractFacts):
    """Facts on which the rules of a lease are decided."""

    clauses: Clauses | None = None
    terms: IjarahTerms | None = None
    # ownership and possession
    purchase: Purchase | None = None
    acquired_on: date | None = None
    leased_on: date | None = None  # the day the lease binds: delivery
    delivered_on: date | None = None
    rent_starts_on: date | None = None
    planned: Let | None = None
    other_lets: tuple[Let, ...] = ()
    # the course of the lease
    uses: tuple[Use, ...] = ()
    upkeep: Upkeep | None = None
    rent_change: RentChange | None = None
    compensation: Compensation | None = None
    # its end
    end_reason: str | None = None
    overdue_minor: int = 0
    true_up: TrueUp | None = None
    market_refund: MarketRefund | None = None
    transfer: Transfer | None = None
    deposit: DepositRelease | None = None
