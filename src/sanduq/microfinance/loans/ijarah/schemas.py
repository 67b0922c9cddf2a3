"""Wire shapes of a lease: as it is asked for, and as it stands."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset
from sanduq.kit.wire import AmountIn, Input, LongText, Text, amount
from sanduq.microfinance.loans.ijarah.model import (
    FloatingRent,
    IjarahTerms,
    LeaseType,
    OwnershipTransfer,
    Subtype,
)
from sanduq.microfinance.loans.model import Application, LoanType
from sanduq.microfinance.loans.schemas_application import (
    ApplicationIn,
    Identifier,
    RepaymentTerms,
)
from sanduq.obligations.schedule import Frequency

EXAMPLE: dict[str, Any] = {
    "type": "service_ijarah",
    "borrower_id": "cpty_borrower_001",
    "amount": 1200,
    "currency": "USD",
    "purpose": "small_business",
    "repayment_terms": {"installments": 12, "frequency": "monthly"},
    "asset_description": "Industrial sewing machine",
    "lease_type": "ijarah_muntahia_bittamleek",
    "rental_amount": 120,
    "market_rent": 110,
    "lease_terms": {"duration_months": 12, "ownership_transfer": "gift_at_end"},
}

# Another name for the same thing, as the published page of this contract has it.
_OTHER_NAMES = (("counterparty_id", "borrower_id"), ("asset_value", "amount"))

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,60}$", examples=["tailoring"])]


class LeaseTerms(Input):
    """`transfer_price` goes with `sale_at_end`, `residual_value` with a lease that ends without
    a transfer: what the asset is expected to be worth then."""

    duration_months: Annotated[int, Field(ge=1, le=1200, strict=True)] | None = None
    frequency: Frequency | None = None
    ownership_transfer: OwnershipTransfer | None = None
    transfer_price: AmountIn | None = None
    residual_value: AmountIn | None = None


class FloatingRentIn(Input):
    """A rent that may change between `floor` and `cap`, by `formula`, after the fixed rents."""

    formula: LongText
    fixed_rents: Annotated[int, Field(ge=0, le=600, strict=True)]
    floor: AmountIn
    cap: AmountIn

    def read(self, asset: Asset) -> FloatingRent:
        """The bounds of the rent in the lease's currency."""
        return FloatingRent(
            self.formula,
            self.fixed_rents,
            amount(self.floor, asset, "floating_rent.floor").amount_minor,
            amount(self.cap, asset, "floating_rent.cap").amount_minor,
        )


class NewIjarah(ApplicationIn):
    """An application for a lease; `amount` is what the institution pays for the asset.

    `counterparty_id` and `asset_value` are other names of `borrower_id` and `amount`; of a lease
    by months `lease_terms` say the rents where `repayment_terms` are left out.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    type: Literal["service_ijarah"]
    repayment_terms: RepaymentTerms
    subtype: Subtype = Subtype.ASSET
    asset_description: LongText
    asset_value: AmountIn | None = None
    asset_reference: Text | None = None
    asset_use: Code | None = None
    is_described: bool = False
    lease_type: LeaseType
    rental_amount: AmountIn
    market_rent: AmountIn | None = None
    floating_rent: FloatingRentIn | None = None
    lease_terms: LeaseTerms = Field(default_factory=LeaseTerms)
    counterparty_id: Identifier | None = None

    @model_validator(mode="before")
    @classmethod
    def _by_either_name(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        given = {ours: value[theirs] for theirs, ours in _OTHER_NAMES if theirs in value}
        lease = value.get("lease_terms")
        if isinstance(lease, dict) and lease.get("frequency", "monthly") == "monthly":
            months = lease.get("duration_months")
            if months is not None:
                given["repayment_terms"] = {"installments": months, "frequency": "monthly"}
        return {**given, **value}

    def application(self) -> Application:
        """The command inside. Refuses VALIDATION_ERROR amounts, currencies, ids, and terms that
        contradict one another."""
        shared = self.shared()
        price, asset = shared["amount"], self.asset()
        value = (
            price if self.asset_value is None else amount(self.asset_value, asset, "asset_value")
        )
        if value != price:
            raise _wrong("asset_value", "differs", "asset_value and amount are the same price")
        if self.counterparty_id not in (None, self.borrower_id):
            raise _wrong("counterparty_id", "differs", "the lessee is the borrower: name him once")
        return Application(
            type=LoanType.SERVICE_IJARAH,
            terms=self.repayment_terms.terms(),
            trade=self._terms(asset, price.amount_minor),
            **shared,
        )

    def _terms(self, asset: Asset, value_minor: int) -> IjarahTerms:
        asked, lease = self.repayment_terms, self.lease_terms
        _check_lease_terms(self.lease_type, asked, lease)
        floating = self.floating_rent
        return IjarahTerms(
            asset=asset,
            subtype=self.subtype,
            asset_description=self.asset_description,
            asset_value_minor=value_minor,
            lease_type=self.lease_type,
            rental_minor=amount(self.rental_amount, asset, "rental_amount").amount_minor,
            periods=asked.installments,
            frequency=asked.frequency,
            rent_free_months=asked.grace_period_months,
            ownership_transfer=lease.ownership_transfer,
            transfer_price_minor=_minor(lease.transfer_price, asset, "lease_terms.transfer_price"),
            residual_minor=_residual(lease, asset, value_minor),
            market_rent_minor=_minor(self.market_rent, asset, "market_rent"),
            asset_reference=self.asset_reference,
            asset_use=self.asset_use,
            is_described=self.is_described,
            floating=None if floating is None else floating.read(asset),
        )


def _wrong(field: str, code: str, message: str) -> ValidationFailed:
    return ValidationFailed.field(field, code, message)


def _minor(value: Any, asset: Asset, field: str) -> int | None:
    return None if value is None else amount(value, asset, field).amount_minor


def _check_lease_terms(kind: LeaseType, asked: RepaymentTerms, lease: LeaseTerms) -> None:
    if lease.frequency not in (None, asked.frequency):
        message = "lease_terms.frequency and repayment_terms.frequency are the same rhythm"
        raise _wrong("lease_terms.frequency", "differs", message)
    months = asked.installments + asked.grace_period_months
    is_monthly = asked.frequency is Frequency.MONTHLY
    if is_monthly and lease.duration_months not in (None, months):
        message = f"these rents and rent-free months come to {months} months"
        raise _wrong("lease_terms.duration_months", "differs", message)
    transfer = lease.ownership_transfer
    if transfer is OwnershipTransfer.GRADUAL_SALE:
        message = "gradual_sale is not offered: choose gift_at_end or sale_at_end"
        raise _wrong("lease_terms.ownership_transfer", "not_offered", message)
    if kind is LeaseType.OPERATING and transfer is not None:
        message = "an operating lease ends without a transfer of ownership"
        raise _wrong("lease_terms.ownership_transfer", "not_offered", message)
    if (transfer is OwnershipTransfer.SALE_AT_END) != (lease.transfer_price is not None):
        message = "transfer_price is stated with sale_at_end, and only with it"
        raise _wrong("lease_terms.transfer_price", "does_not_fit", message)
    if kind is LeaseType.MBT and lease.residual_value is not None:
        message = "a lease that ends in ownership leaves no residual value"
        raise _wrong("lease_terms.residual_value", "does_not_fit", message)


def _residual(lease: LeaseTerms, asset: Asset, value_minor: int) -> int:
    """What the asset is written down to: the price promised, or its worth at the end."""
    found = (
        _minor(lease.transfer_price, asset, "lease_terms.transfer_price")
        or _minor(lease.residual_value, asset, "lease_terms.residual_value")
        or 0
    )
    if lease.residual_value is not None and found > value_minor:
        message = "the residual value is no more than the price of the asset"
        raise _wrong("lease_terms.residual_value", "too_large", message)
    return min(found, value_minor)
