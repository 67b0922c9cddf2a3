"""Wire shapes of the steps of a lease."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset
from sanduq.kit.wire import AmountIn, Input, IsoDate, LongText, Text, amount, checked_id
from sanduq.microfinance.loans.ijarah.model import Fault, MaintenanceKind, Side, TransferKind
from sanduq.microfinance.loans.ijarah.step_commands import (
    Acquisition,
    Amendment,
    Claim,
    Delivery,
    Ending,
    Loss,
    Release,
    Transferral,
    Upkeep,
)
from sanduq.microfinance.loans.schemas_application import Identifier


def _amount(value: object, asset: Asset, field: str) -> int:
    return amount(value, asset, field).amount_minor


class AcquireIn(Input):
    """The asset is bought: from `supplier_id` at `price`, or taken from stock, out of the lease
    of another loan that came back (`returned_from`)."""

    supplier_id: Identifier | None = None
    invoice: Text | None = None
    price: AmountIn | None = None
    date: IsoDate | None = None
    agent_id: Identifier | None = None
    asset_reference: Text | None = None
    is_conditional_on_lease: bool = False
    returned_from: Identifier | None = None
    document: Text

    def command(self, asset: Asset) -> Acquisition:
        """The acquisition. Refuses VALIDATION_ERROR neither or both ways to come by the asset."""
        is_bought = self.supplier_id is not None and self.price is not None
        if is_bought == (self.returned_from is not None):
            raise ValidationFailed.field(
                "supplier_id", "one_of_two",
                "say supplier_id, invoice and price, or returned_from: one of the two",
            )  # fmt: skip
        if is_bought and self.invoice is None:
            raise ValidationFailed.field("invoice", "missing_field", "invoice is missing")
        returned = self.returned_from
        return Acquisition(
            supplier_id=self.supplier_id and checked_id(self.supplier_id, "cpty", "supplier_id"),
            invoice=self.invoice,
            price_minor=None if self.price is None else _amount(self.price, asset, "price"),
            on=self.date,
            agent_id=self.agent_id and checked_id(self.agent_id, "cpty", "agent_id"),
            asset_reference=self.asset_reference,
            is_conditional_on_lease=self.is_conditional_on_lease,
            returned_from=returned and checked_id(returned, "mfl", "returned_from"),
            document=self.document,
        )


class DeliverIn(Input):
    """`gift_document`: the conditional gift, where the product passes ownership by one."""

    on: IsoDate | None = None
    condition: LongText
    document: Text
    gift_document: Text | None = None

    def command(self) -> Delivery:
        """The delivery; `document` is the signed lease with its record of handing over."""
        return Delivery(self.on, self.condition, self.document, self.gift_document)


class SuspendRentIn(Input):
    from_: Annotated[IsoDate, Field(alias="from")]
    fault: Fault = Fault.NONE
    report: LongText


class ResumeRentIn(Input):
    on: IsoDate | None = None


class MaintenanceIn(Input):
    kind: MaintenanceKind
    payer: Side
    amount: AmountIn
    receipt: Text
    on: IsoDate | None = None

    def command(self, asset: Asset) -> Upkeep:
        """The repair or cover, read in the lease's currency."""
        paid = amount(self.amount, asset, "amount", is_positive=True).amount_minor
        return Upkeep(self.kind, self.payer, paid, self.receipt, self.on)


class AmendRentIn(Input):
    from_rent: Annotated[int, Field(ge=1, le=600, strict=True)]
    rental_amount: AmountIn
    document: Text

    def command(self, asset: Asset) -> Amendment:
        """The new rent, read in the lease's currency."""
        rent = _amount(self.rental_amount, asset, "rental_amount")
        return Amendment(self.from_rent, rent, self.document)


class CompensationIn(Input):
    amount: AmountIn
    proven_loss: AmountIn
    fault: Fault
    document: Text
    on: IsoDate | None = None

    def command(self, asset: Asset) -> Claim:
        """The money the lessee made a loss good with, read in the lease's currency."""
        paid = amount(self.amount, asset, "amount", is_positive=True).amount_minor
        loss = _amount(self.proven_loss, asset, "proven_loss")
        return Claim(paid, loss, self.fault, self.document, self.on)


class TotalLossIn(Input):
    on: IsoDate | None = None
    fault: Fault
    report: LongText
    document: Text
    market_rent: AmountIn | None = None

    def command(self, asset: Asset) -> Loss:
        """The loss; `market_rent` of one period, where the lease does not state it."""
        market = self.market_rent
        return Loss(
            self.on, self.fault, self.report, self.document,
            None if market is None else _amount(market, asset, "market_rent"),
        )  # fmt: skip


class EndLeaseIn(Input):
    """`reason`: agreement, defect, force_majeure, non_payment or option."""

    reason: Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,40}$", examples=["agreement"])]
    on: IsoDate | None = None
    report: LongText
    document: Text
    market_rent: AmountIn | None = None

    def command(self, asset: Asset) -> Ending:
        """The early end, amounts read in the lease's currency."""
        market = self.market_rent
        return Ending(
            self.reason, self.on, self.report, self.document,
            None if market is None else _amount(market, asset, "market_rent"),
        )  # fmt: skip


class TransferIn(Input):
    """`accepted_on`: the day the lessee accepted the new contract of gift or sale."""

    kind: TransferKind
    document: Text
    price: AmountIn | None = None
    accepted_on: IsoDate | None = None
    on: IsoDate | None = None

    def command(self, asset: Asset) -> Transferral:
        """The transfer. Refuses VALIDATION_ERROR a sale without a price, a gift with one."""
        if (self.kind is TransferKind.SALE) != (self.price is not None):
            raise ValidationFailed.field(
                "price", "does_not_fit", "a sale has a price, and a gift has none"
            )
        price = 0 if self.price is None else _amount(self.price, asset, "price")
        return Transferral(self.kind, self.document, price, self.accepted_on, self.on)


class ReturnIn(Input):
    on: IsoDate | None = None
    condition: LongText
    document: Text


class DepositIn(Input):
    amount: AmountIn
    document: Text


class DepositReleaseIn(Input):
    """The deposit goes back, less `kept`, which is at most the `actual_loss` shown."""

    reason: Literal["leased", "not_leased"]
    kept: AmountIn = 0
    actual_loss: AmountIn = 0
    document: Text

    def command(self, asset: Asset) -> Release:
        """The release, amounts read in the lease's currency."""
        return Release(
            self.reason,
            _amount(self.kept, asset, "kept"),
            _amount(self.actual_loss, asset, "actual_loss"),
            self.document,
        )
