"""Wire shapes of products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset, Money
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Currency,
    ExternalId,
    Input,
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
from sanduq.microfinance.products.model import (
    Disclosure,
    NewProduct,
    Product,
    ProductStatus,
    ProductTerms,
)
from sanduq.obligations.calendar import WorkingDays
from sanduq.obligations.model import ComponentOrder
from sanduq.obligations.schedule import (
    DAYS_AFTER_MAX,
    GRACE_MONTHS_MAX,
    INSTALMENTS_MAX,
    Anchor,
    AnchorKind,
    Frequency,
)
from sanduq.qard.facts import Prerequisite, PrerequisiteKind

HELD_BY_LENDER = frozenset({PrerequisiteKind.BALANCE, PrerequisiteKind.SAVING})

Instalments = Annotated[int, Field(ge=1, le=INSTALMENTS_MAX)]
Grace = Annotated[int, Field(ge=0, le=GRACE_MONTHS_MAX)]
Clauses = Annotated[
    dict[
        Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,59}$")],
        bool | Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")],
    ],
    Field(max_length=30),
]
"""Settings of a trade contract by name: switches, and amounts, ratios or words as text."""

Frequencies = Annotated[list[Frequency], Field(min_length=1, max_length=3)]


class AmountRangeIn(Input):
    min: AmountIn
    max: AmountIn

    def minor(self, asset: Asset) -> tuple[int, int]:
        """Both bounds in minor units."""
        least = amount(self.min, asset, "amount.min", is_positive=True)
        most = amount(self.max, asset, "amount.max", is_positive=True)
        return least.amount_minor, most.amount_minor


class InstalmentRange(Input):
    min: Instalments
    max: Instalments


class AnchorShape(Input):
    """`number` is the day of the month (1 to 31), the weekday (Monday is 0) or the days after."""

    kind: AnchorKind
    number: Annotated[int, Field(ge=0, le=DAYS_AFTER_MAX)] = 0

    def anchor(self) -> Anchor:
        """Refuses VALIDATION_ERROR a number the kind cannot hold."""
        return Anchor(self.kind, self.number)


class Payee(StrEnum):
    """Who receives what a prerequisite asks of the borrower."""

    LENDER = "lender"
    LENDER_USABLE_ACCOUNT = "lender_usable_account"  # a balance the lender may use meanwhile
    THIRD_PARTY = "third_party"


class PrerequisiteIn(Input):
    """What the borrower must do first; `cost` is what it costs the lender to provide."""

    kind: PrerequisiteKind
    payee: Payee
    amount: AmountIn
    cost: AmountIn = 0

    def prerequisite(self, asset: Asset, place: int) -> Prerequisite:
        """Its amounts read in the product's currency.

        What is saved or held with the lender is the lender's to use, whatever it is called.
        """
        field = f"prerequisites.{place}"
        is_held = self.payee is Payee.LENDER and self.kind in HELD_BY_LENDER
        return Prerequisite(
            kind=self.kind,
            amount_minor=amount(
                self.amount, asset, f"{field}.amount", is_positive=True
            ).amount_minor,
            cost_minor=amount(self.cost, asset, f"{field}.cost").amount_minor,
            is_paid_to_lender=self.payee is not Payee.THIRD_PARTY,
            is_usable_by_lender=is_held or self.payee is Payee.LENDER_USABLE_ACCOUNT,
        )


class ProductIn(Input):
    name: Text
    type: Text = "qard_hasan"
    currency: Currency
    amount: AmountRangeIn
    installments: InstalmentRange
    frequencies: Frequencies
    grace_months_max: Grace = 0
    fee_formula: Text | None = None
    component_order: ComponentOrder = ComponentOrder.PRO_RATA
    schedule_anchor: AnchorShape = AnchorShape(kind=AnchorKind.NEXT_MONTH_FIRST)
    working_days: WorkingDays = WorkingDays.SAME_DAY
    installment_multiple_of: AmountIn | None = None
    kyc_tier_min: Text
    disclosure: Disclosure = Disclosure.REQUIRED
    prerequisites: Annotated[list[PrerequisiteIn], Field(max_length=20)] = Field(
        default_factory=list
    )
    clauses: Clauses = Field(default_factory=dict)
    resolution_id: Text | None = None
    is_default: bool = False
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewProduct:
        """The product to draw up. Refuses VALIDATION_ERROR what cannot be read."""
        asset = asset_of(self.currency)
        least, most = self.amount.minor(asset)
        terms = ProductTerms(
            type=self.type,
            asset=asset,
            amount_min_minor=least,
            amount_max_minor=most,
            instalments_min=self.installments.min,
            instalments_max=self.installments.max,
            frequencies=_ordered(self.frequencies),
            grace_months_max=self.grace_months_max,
            fee_formula=self.fee_formula,
            component_order=self.component_order,
            schedule_anchor=self.schedule_anchor.anchor(),
            working_days=self.working_days,
            multiple_of_minor=_multiple(self.installment_multiple_of, asset),
            kyc_tier_min=self.kyc_tier_min,
            disclosure=self.disclosure,
            prerequisites=_read(self.prerequisites, asset),
            clauses=self.clauses,
        )
        return NewProduct(
            terms=terms,
            name=self.name,
            resolution_id=_resolution(self.resolution_id),
            is_default=self.is_default,
            external_id=self.external_id,
            metadata=self.metadata,
        )


class ProductPatch(Input):
    """Only what is sent is changed; `null` takes away a formula, a multiple or a resolution."""

    name: Text | None = None
    amount: AmountRangeIn | None = None
    installments: InstalmentRange | None = None
    frequencies: Frequencies | None = None
    grace_months_max: Grace | None = None
    fee_formula: Text | None = None
    component_order: ComponentOrder | None = None
    schedule_anchor: AnchorShape | None = None
    working_days: WorkingDays | None = None
    installment_multiple_of: AmountIn | None = None
    kyc_tier_min: Text | None = None
    disclosure: Disclosure | None = None
    prerequisites: Annotated[list[PrerequisiteIn], Field(max_length=20)] | None = None
    clauses: Clauses | None = None
    resolution_id: Text | None = None
    is_default: bool | None = None
    metadata: Metadata | None = None

    def revise(self, product: Product) -> Product:
        """The product with what was sent. Refuses VALIDATION_ERROR what cannot be read."""
        changes: dict[str, Any] = {}
        for name in sorted(self.model_fields_set):
            value = getattr(self, name)
            if value is None and name not in _MAY_BE_NULL:
                raise ValidationFailed.field(name, "null", f"{name} may not be null")
            changes.update(_READERS[name](value, product.asset) if name in _READERS
                           else {name: value})  # fmt: skip
        return replace(product, **changes)


_MAY_BE_NULL = frozenset({"fee_formula", "installment_multiple_of", "resolution_id"})


def _amounts(value: AmountRangeIn, asset: Asset) -> dict[str, Any]:
    least, most = value.minor(asset)
    return {"amount_min_minor": least, "amount_max_minor": most}


_READERS: dict[str, Callable[[Any, Asset], dict[str, Any]]] = {
    "amount": _amounts,
    "installments": lambda v, _: {"instalments_min": v.min, "instalments_max": v.max},
    "frequencies": lambda v, _: {"frequencies": _ordered(v)},
    "schedule_anchor": lambda v, _: {"schedule_anchor": v.anchor()},
    "installment_multiple_of": lambda v, asset: {"multiple_of_minor": _multiple(v, asset)},
    "prerequisites": lambda v, asset: {"prerequisites": _read(v, asset)},
    "resolution_id": lambda v, _: {"resolution_id": _resolution(v)},
}


def _ordered(frequencies: list[Frequency]) -> tuple[Frequency, ...]:
    return tuple(each for each in Frequency if each in frequencies)


def _multiple(value: object, asset: Asset) -> int:
    if value is None:
        return 1
    return amount(value, asset, "installment_multiple_of", is_positive=True).amount_minor


def _read(wanted: list[PrerequisiteIn], asset: Asset) -> tuple[Prerequisite, ...]:
    return tuple(each.prerequisite(asset, place) for place, each in enumerate(wanted))


def _payee(wanted: Prerequisite) -> Payee:
    if wanted.is_usable_by_lender:
        return Payee.LENDER_USABLE_ACCOUNT
    return Payee.LENDER if wanted.is_paid_to_lender else Payee.THIRD_PARTY


def _resolution(value: str | None) -> str | None:
    return None if value is None else checked_id(value, "res", "resolution_id")


class ProductActIn(Input):
    reason: Text | None = None


class ProductFilters(PageQuery):
    type: Text | None = None
    status: ProductStatus | None = None
    currency: Currency | None = None
    external_id: ExternalId | None = None


class AmountRangeOut(Output):
    min: AmountOut
    max: AmountOut


class InstalmentRangeOut(Output):
    min: int
    max: int


class AnchorOut(Output):
    kind: AnchorKind
    number: int


class PrerequisiteOut(Output):
    kind: PrerequisiteKind
    payee: Payee
    amount: AmountOut
    cost: AmountOut


class ProductOut(Output):
    id: str
    name: str
    type: str
    status: ProductStatus
    currency: str
    amount: AmountRangeOut
    installments: InstalmentRangeOut
    frequencies: list[Frequency]
    grace_months_max: int
    fee_formula: str | None
    component_order: ComponentOrder
    schedule_anchor: AnchorOut
    working_days: WorkingDays
    installment_multiple_of: AmountOut
    kyc_tier_min: str
    disclosure: Disclosure
    prerequisites: list[PrerequisiteOut]
    clauses: dict[str, bool | str]
    resolution_id: str | None
    is_default: bool
    template_hash: str
    approved_hash: str | None
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str
    approved_at: datetime | None
    approved_by: str | None
    etag: str


class ProductList(ListOutput):
    data: list[ProductOut]


def product_out(product: Product) -> dict[str, Any]:
    """A product as the API writes it."""

    def money(minor: int) -> Any:
        return number(Money(minor, product.asset))

    anchor = product.schedule_anchor
    return ProductOut(
        id=product.product_id,
        name=product.name,
        type=product.type,
        status=product.status,
        currency=product.asset.code,
        amount=AmountRangeOut(
            min=money(product.amount_min_minor), max=money(product.amount_max_minor)
        ),
        installments=InstalmentRangeOut(min=product.instalments_min, max=product.instalments_max),
        frequencies=list(product.frequencies),
        grace_months_max=product.grace_months_max,
        fee_formula=product.fee_formula,
        component_order=product.component_order,
        schedule_anchor=AnchorOut(kind=anchor.kind, number=anchor.number),
        working_days=product.working_days,
        installment_multiple_of=money(product.multiple_of_minor),
        kyc_tier_min=product.kyc_tier_min,
        disclosure=product.disclosure,
        prerequisites=[
            PrerequisiteOut(
                kind=each.kind,
                payee=_payee(each),
                amount=money(each.amount_minor),
                cost=money(each.cost_minor),
            )
            for each in product.prerequisites
        ],
        clauses=dict(product.clauses),
        resolution_id=product.resolution_id,
        is_default=product.is_default,
        template_hash=product.template_hash,
        approved_hash=product.approved_hash,
        external_id=product.external_id,
        metadata=dict(product.metadata),
        created_at=product.created_at,
        created_by=product.created_by,
        approved_at=product.approved_at,
        approved_by=product.approved_by,
        etag=product.etag,
    ).model_dump()
