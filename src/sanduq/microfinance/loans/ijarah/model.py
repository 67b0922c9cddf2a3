"""A lease: its terms and clauses as agreed, its states as a table, and where its money stands.

The lease of an asset or of a service entitlement (`service_ijarah`). Amounts in minor units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset, Money, json_number
from sanduq.obligations.schedule import Frequency


class Subtype(StrEnum):
    """What is let: a thing, or a service whose entitlement the institution owns first."""

    ASSET = "asset"
    SERVICE = "service"


class LeaseType(StrEnum):
    OPERATING = "operating_ijarah"
    MBT = "ijarah_muntahia_bittamleek"  # ends in ownership


class OwnershipTransfer(StrEnum):
    GIFT_AT_END = "gift_at_end"
    SALE_AT_END = "sale_at_end"
    GRADUAL_SALE = "gradual_sale"


class TransferKind(StrEnum):
    """By which contract ownership passes."""

    GIFT = "gift"
    SALE = "sale"


class Fault(StrEnum):
    """Whose doing it is that the asset cannot be used."""

    NONE = "none"
    LESSEE = "lessee"


class MaintenanceKind(StrEnum):
    MAJOR = "major"
    ORDINARY = "ordinary"
    TAKAFUL = "takaful"


class Side(StrEnum):
    LESSOR = "lessor"
    LESSEE = "lessee"


END_REASONS = ("agreement", "defect", "force_majeure", "non_payment", "option")
"""For what a lease may end before its term (rule IJR-18)."""

BLAMELESS_ENDS = frozenset({"defect", "force_majeure"})
"""Ends for which the lessee did nothing: rent above market rent goes back (rule IJR-14)."""


class LeaseStatus(StrEnum):
    AGREED = "AGREED"
    ACQUIRED = "ACQUIRED"
    DELIVERED = "DELIVERED"
    RETURNED = "RETURNED"
    TRANSFERRED = "TRANSFERRED"
    LOST = "LOST"
    ENDED = "ENDED"
    CANCELLED = "CANCELLED"


class Step(StrEnum):
    """What is done with a lease, as the paths of the API name it."""

    ACQUIRE = "acquire"
    DELIVER = "deliver"
    SUSPEND = "suspend-rent"
    RESUME = "resume-rent"
    MAINTAIN = "maintenance"
    AMEND = "amend-rent"
    COMPENSATE = "compensation"
    LOSE = "total-loss"
    END = "end-lease"
    TRANSFER = "transfer"
    RETURN = "return"
    CANCEL = "cancel"


_S = LeaseStatus

ALLOWED: Mapping[Step, frozenset[LeaseStatus]] = {
    Step.ACQUIRE: frozenset({_S.AGREED}),
    Step.DELIVER: frozenset({_S.ACQUIRED}),
    Step.SUSPEND: frozenset({_S.DELIVERED}),
    Step.RESUME: frozenset({_S.DELIVERED}),
    Step.MAINTAIN: frozenset({_S.ACQUIRED, _S.DELIVERED}),
    Step.AMEND: frozenset({_S.DELIVERED}),
    Step.COMPENSATE: frozenset({_S.DELIVERED, _S.RETURNED, _S.LOST, _S.ENDED}),
    Step.LOSE: frozenset({_S.ACQUIRED, _S.DELIVERED}),
    Step.END: frozenset({_S.ACQUIRED, _S.DELIVERED}),
    Step.TRANSFER: frozenset({_S.DELIVERED}),
    Step.RETURN: frozenset({_S.DELIVERED}),
    Step.CANCEL: frozenset({_S.AGREED}),
}
OVER = frozenset({_S.RETURNED, _S.TRANSFERRED, _S.LOST, _S.ENDED})
"""States in which nothing more is let: the loan is completed once its rents are settled."""

HELD = frozenset({_S.AGREED, _S.ACQUIRED, _S.DELIVERED})
"""States in which the asset is bound to this lease (rule IJR-16)."""

# What has to be done before a step, and the rule that asks for it.
BEFORE: Mapping[LeaseStatus, tuple[Step, str]] = {
    _S.AGREED: (Step.ACQUIRE, "IJR-01"),
    _S.ACQUIRED: (Step.DELIVER, "IJR-04"),
}


def is_allowed(step: Step, status: LeaseStatus) -> bool:
    """Whether the state table lets `step` happen to a lease in `status`."""
    return status in ALLOWED[step]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clauses:
    """Settings of a lease in the product's `clauses`, part of what the board approves.

    Values that a rule forbids can be said, so that they can be refused by name.
    """

    rent_due: str = "end"  # of each period, or its "start"
    ownership_risk_by: str = "lessor"
    major_maintenance_by: str = "lessor"
    takaful_by: str = "lessor"
    rent_while_unusable: str = "stops"
    lessee_liability: str = "fault_only"
    is_arrears_increased: bool = False
    accelerated_rent: str = "provisional"
    enforcement_takes: str = "past_rent_and_proven_loss"
    transfer_document: str = "separate"
    transfer_by: str = "promise"  # or "conditional_gift"
    transfer_binds: str = "lessor"
    deposit_keeps: str = "actual_loss"
    ends_early_for: tuple[str, ...] = END_REASONS
    leaseback_days_min: int = 365

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> Clauses:
        """The clauses of a product. Refuses VALIDATION_ERROR unknown names and wrong kinds."""
        known = {each.name: getattr(cls(), each.name) for each in fields(cls)}
        found: dict[str, Any] = {}
        for name, value in settings.items():
            if name not in known:
                message = f"a lease has no clause {name}; known: {', '.join(sorted(known))}"
                raise ValidationFailed.field(f"clauses.{name}", "unknown_clause", message)
            found[name] = _of_kind(name, value, known[name])
        clauses = cls(**found)
        if clauses.rent_due not in ("end", "start"):
            raise ValidationFailed.field(
                "clauses.rent_due", "unknown_value", 'rent is due at the "end" or the "start"'
            )
        if clauses.transfer_by not in ("promise", "conditional_gift"):
            raise ValidationFailed.field(
                "clauses.transfer_by", "unknown_value", 'say "promise" or "conditional_gift"'
            )
        return clauses

    def as_mapping(self) -> dict[str, Any]:
        """The clauses as they are stored."""
        return {**asdict(self), "ends_early_for": list(self.ends_early_for)}


def _of_kind(name: str, value: Any, default: Any) -> Any:
    """The wire knows switches and texts; lists and numbers are written as texts."""
    if isinstance(default, tuple):
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
            return tuple(value)
    elif isinstance(default, int) and not isinstance(default, bool):
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 6:
            return int(value)
        if type(value) is int and value >= 0:
            return value
    elif type(value) is type(default):
        return value
    shown = ",".join(default) if isinstance(default, tuple) else default
    raise ValidationFailed.field(
        f"clauses.{name}", "wrong_kind", f"{name} is written like {shown!r}"
    )


@dataclass(frozen=True, slots=True)
class FloatingRent:
    """A rent that may change between a floor and a cap, by a formula both sides can check."""

    formula: str
    fixed_periods: int
    floor_minor: int
    cap_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IjarahTerms:
    """A lease as it is asked for. `rental_minor` is the rent of one period."""

    asset: Asset
    subtype: Subtype
    asset_description: str
    asset_value_minor: int
    lease_type: LeaseType
    rental_minor: int
    periods: int
    frequency: Frequency
    rent_free_months: int = 0
    ownership_transfer: OwnershipTransfer | None = None
    transfer_price_minor: int | None = None
    residual_minor: int = 0
    market_rent_minor: int | None = None
    asset_reference: str | None = None
    asset_use: str | None = None
    is_described: bool = False
    floating: FloatingRent | None = None

    @property
    def rental_total_minor(self) -> int:
        return self.rental_minor * self.periods

    def particulars(self) -> dict[str, Any]:
        """The terms as the API writes them."""

        def number(minor: int | None) -> Any:
            return None if minor is None else json_number(Money(minor, self.asset))

        floating = self.floating and {
            "formula": self.floating.formula,
            "fixed_rents": self.floating.fixed_periods,
            "floor": number(self.floating.floor_minor),
            "cap": number(self.floating.cap_minor),
        }
        return {
            "subtype": str(self.subtype),
            "asset_description": self.asset_description,
            "asset_reference": self.asset_reference,
            "asset_value": number(self.asset_value_minor),
            "asset_use": self.asset_use,
            "is_described": self.is_described,
            "lease_type": str(self.lease_type),
            "rental_amount": number(self.rental_minor),
            "market_rent": number(self.market_rent_minor),
            "floating_rent": floating,
            "lease_schedule": {
                "installments": self.periods,
                "frequency": str(self.frequency),
                "rent_free_months": self.rent_free_months,
                "total_rental": number(self.rental_total_minor),
                "ownership_transfer": self.ownership_transfer and str(self.ownership_transfer),
                "transfer_price": number(self.transfer_price_minor),
                "residual_value": number(self.residual_minor),
            },
        }

    def as_mapping(self) -> dict[str, Any]:
        """The terms as they are stored."""
        return {**asdict(self), "asset": str(self.asset)}

    @classmethod
    def read(cls, stored: Mapping[str, Any], asset: Asset) -> IjarahTerms:
        """The terms from storage."""
        transfer, floating = stored["ownership_transfer"], stored["floating"]
        return cls(
            **{
                **stored,
                "asset": asset,
                "subtype": Subtype(stored["subtype"]),
                "lease_type": LeaseType(stored["lease_type"]),
                "frequency": Frequency(stored["frequency"]),
                "ownership_transfer": transfer and OwnershipTransfer(transfer),
                "floating": floating and FloatingRent(**floating),
            }
        )


@dataclass(frozen=True, slots=True)
class Position:
    """Rent earned (billed less credited), given back, forgiven and paid, over the whole lease.

    What the lessee owes of it stands in 1600, what was paid ahead in 2020: never both.
    """

    earned_minor: int = 0
    refunded_minor: int = 0
    cleared_minor: int = 0
    paid_minor: int = 0

    @property
    def net_minor(self) -> int:
        met = self.paid_minor + self.cleared_minor
        return self.earned_minor + self.refunded_minor - met

    @property
    def receivable_minor(self) -> int:
        return max(self.net_minor, 0)

    @property
    def advance_minor(self) -> int:
        return max(-self.net_minor, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A lease on record: what was agreed, and how far it has come."""

    ijarah_id: str
    loan_id: str
    lessee_id: str
    branch_id: str
    asset: Asset
    status: LeaseStatus
    terms: IjarahTerms
    clauses: Clauses
    asset_reference: str | None
    supplier_id: str | None
    cost_minor: int
    acquired_on: date | None
    delivered_on: date | None
    ends_on: date | None
    lease_document: str | None
    gift_document: str | None
    earned_minor: int
    refunded_minor: int
    cleared_minor: int
    depreciated_minor: int
    depreciable_minor: int
    depreciation_months: int
    months_depreciated: int
    next_depreciation_on: date | None
    deposit_minor: int
    closed_on: date | None
    created_at: datetime
    created_by: str
    version: int

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    @property
    def is_gift_conditional(self) -> bool:
        """Whether ownership passes by itself, once every rent is paid (rule IJR-13)."""
        return (
            self.clauses.transfer_by == "conditional_gift"
            and self.terms.ownership_transfer is OwnershipTransfer.GIFT_AT_END
        )

    @property
    def carrying_minor(self) -> int:
        """What the books still hold of the asset."""
        return self.cost_minor - self.depreciated_minor

    @property
    def is_sale_and_lease_back(self) -> bool:
        return self.supplier_id is not None and self.supplier_id == self.lessee_id

    def position(self, paid_minor: int) -> Position:
        """Where the rent stands once that much was paid."""
        return Position(self.earned_minor, self.refunded_minor, self.cleared_minor, paid_minor)

    def after(self, **changes: Any) -> Lease:
        """The lease as changed, one version on."""
        return replace(self, version=self.version + 1, **changes)


@dataclass(frozen=True, slots=True)
class StepFact:
    """One step as it was taken: append-only. `details` is plain JSON."""

    step_id: str
    ijarah_id: str
    kind: str
    taken_on: date
    document: str | None
    amount_minor: int | None
    journal_id: str | None
    details: Mapping[str, Any]
    recorded_at: datetime
    recorded_by: str
