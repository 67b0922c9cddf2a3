"""Wire shapes of charity money."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool

from sanduq.funds.charity.model import (
    CharityPayment,
    CharityReceipt,
    CharitySource,
    CharityUse,
    NewCharityPayment,
    NewCharityReceipt,
    PaymentStatus,
    YearReport,
)
from sanduq.kit.money import Money
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

AccountCode = Annotated[str, Field(pattern=r"^[0-9]{4}$", examples=["4900"])]
OriginId = Annotated[Text, Field(examples=["mfl_01h455vb4pex5vsknk084sn02q"])]


class CharityReceiptIn(Input):
    source: CharitySource
    came_from: OriginId
    amount: AmountIn
    currency: Currency
    income_account: AccountCode | None = None
    branch_id: Text | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewCharityReceipt:
        """The money to set aside. Refuses VALIDATION_ERROR an amount that cannot be read."""
        return NewCharityReceipt(
            source=self.source,
            came_from=self.came_from,
            amount=amount(self.amount, asset_of(self.currency), "amount", is_positive=True),
            income_code=self.income_account,
            branch_id=self.branch_id,
            external_id=self.external_id,
            metadata=self.metadata,
        )


class CharityPaymentIn(Input):
    beneficiary_id: Text
    amount: AmountIn
    currency: Currency
    use: CharityUse
    description: Text
    beneficiary_is_staff_or_kin: StrictBool
    settles_debt_of: Text | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewCharityPayment:
        """The payment to ask for. Refuses VALIDATION_ERROR what cannot be read."""
        return NewCharityPayment(
            beneficiary_id=checked_id(self.beneficiary_id, "cpty", "beneficiary_id"),
            amount=amount(self.amount, asset_of(self.currency), "amount", is_positive=True),
            use=self.use,
            description=self.description,
            is_staff_or_kin=self.beneficiary_is_staff_or_kin,
            settles_debt_of=self.settles_debt_of,
            external_id=self.external_id,
            metadata=self.metadata,
        )


class CharityDecisionIn(Input):
    reason: Text | None = None


class CharityQuery(Input):
    year: Annotated[int, Field(ge=1970, le=9998)] | None = None
    currency: Currency | None = None


class CharityReceiptFilters(PageQuery):
    source: CharitySource | None = None
    came_from: Text | None = None
    currency: Currency | None = None
    external_id: ExternalId | None = None


class CharityPaymentFilters(PageQuery):
    status: PaymentStatus | None = None
    beneficiary_id: Text | None = None
    currency: Currency | None = None
    external_id: ExternalId | None = None


class CharityReceiptOut(Output):
    id: str
    type: Literal["charity_receipt"]
    source: CharitySource
    came_from: str
    amount: AmountOut
    currency: str
    received_date: date
    journal_id: str
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str


class CharityReceiptList(ListOutput):
    data: list[CharityReceiptOut]


class CharityPaymentOut(Output):
    id: str
    type: Literal["charity_payment"]
    status: PaymentStatus
    beneficiary_id: str
    amount: AmountOut
    currency: str
    use: CharityUse
    description: str
    paid_date: date | None
    journal_id: str | None
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str


class CharityPaymentList(ListOutput):
    data: list[CharityPaymentOut]


class CharitySourceTotalOut(Output):
    source: CharitySource
    amount: AmountOut


class CharityUseTotalOut(Output):
    use: CharityUse
    amount: AmountOut


class CharityReportOut(Output):
    year: int
    currency: str
    opening: AmountOut
    sources: list[CharitySourceTotalOut]
    uses: list[CharityUseTotalOut]
    unexplained: AmountOut
    closing: AmountOut
    is_complete: bool


def receipt_out(receipt: CharityReceipt) -> dict[str, Any]:
    """A source of charity money as the API writes it."""
    return CharityReceiptOut(
        id=receipt.receipt_id,
        type="charity_receipt",
        source=receipt.source,
        came_from=receipt.came_from,
        amount=number(receipt.amount),
        currency=receipt.amount.asset.code,
        received_date=receipt.received_on,
        journal_id=receipt.journal_id,
        external_id=receipt.external_id,
        metadata=dict(receipt.metadata),
        created_at=receipt.created_at,
        created_by=receipt.created_by,
    ).model_dump()


def payment_out(payment: CharityPayment) -> dict[str, Any]:
    """A use of charity money as the API writes it."""
    return CharityPaymentOut(
        id=payment.payment_id,
        type="charity_payment",
        status=payment.status,
        beneficiary_id=payment.beneficiary_id,
        amount=number(payment.amount),
        currency=payment.amount.asset.code,
        use=payment.use,
        description=payment.description,
        paid_date=payment.paid_on,
        journal_id=payment.journal_id,
        external_id=payment.external_id,
        metadata=dict(payment.metadata),
        created_at=payment.created_at,
        created_by=payment.created_by,
    ).model_dump()


def report_out(report: YearReport) -> dict[str, Any]:
    """Sources and uses of a year as the API writes them."""

    def money(minor: int) -> Decimal:
        return number(Money(minor, report.asset))

    return CharityReportOut(
        year=report.year,
        currency=report.asset.code,
        opening=money(report.opening_minor),
        sources=[
            CharitySourceTotalOut(source=source, amount=money(minor))
            for source, minor in report.sources.items()
        ],
        uses=[
            CharityUseTotalOut(use=use, amount=money(minor)) for use, minor in report.uses.items()
        ],
        unexplained=money(report.unexplained_minor),
        closing=money(report.closing_minor),
        is_complete=report.unexplained_minor == 0,
    ).model_dump()
