"""Wire shapes of zakat."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool

from sanduq.funds.zakat.model import (
    WHOLE_BP,
    AdministratorsCap,
    Asnaf,
    DebtEvidence,
    NewZakatPayment,
    NewZakatReceipt,
    Payee,
    Standing,
    ZakatPayment,
    ZakatReceipt,
)
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset, Money, plain_number
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Currency,
    ExternalId,
    Input,
    IsoDate,
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
from sanduq.shariah.model import Finding

_SHARE = Asset("SHARE", 4)  # a fraction read to the basis point


class ZakatReceiptIn(Input):
    amount: AmountIn
    currency: Currency
    payer_id: Text | None = None
    received_date: IsoDate | None = None
    reference: Text | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewZakatReceipt:
        """The zakat to take in. Refuses VALIDATION_ERROR amounts and ids that cannot be read."""
        if self.payer_id is not None:
            checked_id(self.payer_id, "cpty", "payer_id")
        return NewZakatReceipt(
            amount=amount(self.amount, asset_of(self.currency), "amount", is_positive=True),
            payer_id=self.payer_id,
            received_on=self.received_date,
            reference=self.reference,
            external_id=self.external_id,
            metadata=self.metadata,
        )


class DebtEvidenceIn(Input):
    debt: Text
    is_debt_lawful: StrictBool
    is_unable_to_pay: StrictBool
    documents: Annotated[list[Text], Field(max_length=20)]

    def evidence(self) -> DebtEvidence:
        """What shows the debtor's need."""
        return DebtEvidence(
            self.debt, self.is_debt_lawful, self.is_unable_to_pay, tuple(self.documents)
        )


class ZakatPaymentIn(Input):
    amount: AmountIn
    currency: Currency
    recipient_id: Text
    asnaf_code: Annotated[Text, Field(examples=["FUQARA"])]
    ssb_definition: Text
    payee: Payee = Payee.RECIPIENT
    paid_to: Text
    condition: Text | None = None
    evidence: DebtEvidenceIn | None = None
    reference: Text | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewZakatPayment:
        """The payment to make. Refuses VALIDATION_ERROR amounts and ids that cannot be read."""
        return NewZakatPayment(
            amount=amount(self.amount, asset_of(self.currency), "amount", is_positive=True),
            recipient_id=checked_id(self.recipient_id, "cpty", "recipient_id"),
            asnaf_code=self.asnaf_code,
            resolution_id=checked_id(self.ssb_definition, "res", "ssb_definition"),
            payee=self.payee,
            paid_to=self.paid_to,
            condition=self.condition,
            evidence=self.evidence.evidence() if self.evidence is not None else None,
            reference=self.reference,
            external_id=self.external_id,
            metadata=self.metadata,
        )


class ZakatCapIn(Input):
    share: AmountIn
    resolution_id: Text

    def share_bp(self) -> int:
        """The share in basis points. Refuses VALIDATION_ERROR more than the whole."""
        share = amount(self.share, _SHARE, "share").amount_minor
        if share > WHOLE_BP:
            raise ValidationFailed.field("share", "more_than_whole", "a share is at most 1")
        return share


class ZakatQuery(Input):
    currency: Currency | None = None


class ZakatReceiptFilters(PageQuery):
    currency: Currency | None = None
    payer_id: Text | None = None
    external_id: ExternalId | None = None


class ZakatPaymentFilters(PageQuery):
    currency: Currency | None = None
    asnaf_code: Asnaf | None = None
    recipient_id: Text | None = None
    external_id: ExternalId | None = None


class ZakatReceiptOut(Output):
    id: str
    type: Literal["zakat_receipt"]
    amount: AmountOut
    currency: str
    payer_id: str | None
    received_date: date
    reference: str | None
    journal_id: str
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str


class ZakatReceiptList(ListOutput):
    data: list[ZakatReceiptOut]


class DebtEvidenceOut(Output):
    debt: str
    is_debt_lawful: bool
    is_unable_to_pay: bool
    documents: list[str]


class ZakatPaymentOut(Output):
    id: str
    type: Literal["zakat_payment"]
    amount: AmountOut
    currency: str
    recipient_id: str
    asnaf_code: Asnaf
    ssb_definition: str
    payee: Payee
    paid_to: str
    evidence: DebtEvidenceOut | None
    paid_date: date
    reference: str | None
    journal_id: str
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str


class ZakatPaymentList(ListOutput):
    data: list[ZakatPaymentOut]


class ZakatCapOut(Output):
    id: str
    share: AmountOut
    resolution_id: str
    created_at: datetime
    created_by: str


class ZakatFindingOut(Output):
    rule_id: str
    code: str
    severity: str
    message: str
    observed: str | None
    limit: str | None


class AsnafTotalOut(Output):
    asnaf_code: Asnaf
    paid: AmountOut


class ZakatStandingOut(Output):
    currency: str
    received: AmountOut
    paid: AmountOut
    balance: AmountOut
    by_asnaf: list[AsnafTotalOut]
    administrators_share: AmountOut | None
    oldest_undistributed_date: date | None
    overdue: AmountOut
    findings: list[ZakatFindingOut]


def receipt_out(receipt: ZakatReceipt) -> dict[str, Any]:
    """A receipt of zakat as the API writes it."""
    return ZakatReceiptOut(
        id=receipt.receipt_id,
        type="zakat_receipt",
        amount=number(receipt.amount),
        currency=receipt.amount.asset.code,
        payer_id=receipt.payer_id,
        received_date=receipt.received_on,
        reference=receipt.reference,
        journal_id=receipt.journal_id,
        external_id=receipt.external_id,
        metadata=dict(receipt.metadata),
        created_at=receipt.created_at,
        created_by=receipt.created_by,
    ).model_dump()


def payment_out(payment: ZakatPayment) -> dict[str, Any]:
    """A payment of zakat as the API writes it."""
    evidence = payment.evidence
    return ZakatPaymentOut(
        id=payment.payment_id,
        type="zakat_payment",
        amount=number(payment.amount),
        currency=payment.amount.asset.code,
        recipient_id=payment.recipient_id,
        asnaf_code=payment.asnaf,
        ssb_definition=payment.resolution_id,
        payee=payment.payee,
        paid_to=payment.paid_to,
        evidence=DebtEvidenceOut(
            debt=evidence.debt,
            is_debt_lawful=evidence.is_debt_lawful,
            is_unable_to_pay=evidence.is_unable_to_pay,
            documents=list(evidence.documents),
        )
        if evidence is not None
        else None,
        paid_date=payment.paid_on,
        reference=payment.reference,
        journal_id=payment.journal_id,
        external_id=payment.external_id,
        metadata=dict(payment.metadata),
        created_at=payment.created_at,
        created_by=payment.created_by,
    ).model_dump()


def cap_out(cap: AdministratorsCap) -> dict[str, Any]:
    """The administrators' share as the API writes it."""
    return ZakatCapOut(
        id=cap.cap_id,
        share=_fraction(cap.share_bp),
        resolution_id=cap.resolution_id,
        created_at=cap.created_at,
        created_by=cap.created_by,
    ).model_dump()


def standing_out(
    standing: Standing, cap: AdministratorsCap | None, findings: list[Finding]
) -> dict[str, Any]:
    """Where zakat stands, as the API writes it."""

    def money(minor: int) -> Decimal:
        return number(Money(minor, standing.asset))

    return ZakatStandingOut(
        currency=standing.asset.code,
        received=money(standing.received_minor),
        paid=money(standing.paid_minor),
        balance=money(standing.balance_minor),
        by_asnaf=[
            AsnafTotalOut(asnaf_code=asnaf, paid=money(minor))
            for asnaf, minor in standing.by_asnaf.items()
        ],
        administrators_share=_fraction(cap.share_bp) if cap is not None else None,
        oldest_undistributed_date=standing.oldest_undistributed_on,
        overdue=money(standing.overdue_minor),
        findings=[
            ZakatFindingOut(
                rule_id=each.rule_id,
                code=each.code,
                severity=each.severity.value,
                message=each.message,
                observed=each.observed,
                limit=each.limit,
            )
            for each in findings
        ],
    ).model_dump()


def _fraction(share_bp: int) -> Decimal:
    return plain_number(Decimal(share_bp).scaleb(-4))
