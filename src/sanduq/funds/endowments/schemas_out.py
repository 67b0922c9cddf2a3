"""Wire shapes of endowments: what is answered."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from sanduq.funds.endowments.model import (
    AssetForm,
    ChangeKind,
    CorpusChange,
    Endowment,
    Frequency,
    Intent,
    Kind,
    NazirPay,
    PayKind,
    Recipient,
    Status,
)
from sanduq.funds.endowments.model_income import (
    Distribution,
    EndowmentState,
    Receipt,
    Statement,
)
from sanduq.kit.money import Asset, Money, plain_number
from sanduq.kit.wire import AmountOut, ListOutput, Output, number


class BeneficiaryOut(Output):
    category: str
    allocation_pct: AmountOut


class NazirPayOut(Output):
    type: PayKind
    amount: AmountOut
    share: AmountOut
    owed: AmountOut


class CorpusOut(Output):
    named: AmountOut
    lost: AmountOut
    restored: AmountOut
    intact: AmountOut
    gap: AmountOut


class EndowmentOut(Output):
    id: str
    type: Literal["waqf"]
    subtype: Kind
    status: Status
    name: str
    asset_description: str
    asset_value: AmountOut
    asset_type: AssetForm
    is_specific_asset: bool
    currency: str
    waqif_id: str
    founder_capacity: str
    nazir_id: str
    nazir_kin_ids: list[str]
    nazir_pay: NazirPayOut
    beneficiaries: list[BeneficiaryOut]
    purposes: list[str]
    conditions: list[str]
    distribution_frequency: Frequency
    deed_date: date | None
    deed_document: str | None
    ends_on: date | None
    qard_allowed: bool
    income_retention_allowed: bool
    fund: str
    corpus: CorpusOut
    undistributed_income: AmountOut
    cash: AmountOut
    created_at: datetime
    created_by: str
    approved_at: datetime | None
    approved_by: str | None
    closed_at: datetime | None
    external_id: str | None
    metadata: dict[str, str]
    etag: str


class EndowmentList(ListOutput):
    data: list[EndowmentOut]


class EndowmentReceiptOut(Output):
    id: str
    endowment_id: str
    kind: Literal["INCOME", "CONTRIBUTION"]
    intent: Intent | None
    amount: AmountOut
    currency: str
    donor_id: str | None
    description: str | None
    received_on: date
    journal_id: str
    created_at: datetime
    created_by: str
    external_id: str | None
    metadata: dict[str, str]


class DistributionShareOut(Output):
    category: str
    amount: AmountOut
    payee_id: str | None


class DistributionOut(Output):
    id: str
    endowment_id: str
    recipient: Recipient
    amount: AmountOut
    currency: str
    corpus_restored: AmountOut
    nazir_pay: AmountOut
    shares: list[DistributionShareOut]
    memo: str | None
    distributed_on: date
    created_at: datetime
    created_by: str
    external_id: str | None
    metadata: dict[str, str]


class DistributionList(ListOutput):
    data: list[DistributionOut]


class CorpusChangeOut(Output):
    id: str
    endowment_id: str
    kind: ChangeKind
    amount: AmountOut
    currency: str
    reason: str | None
    evidence: str | None
    reference: str | None
    changed_on: date
    journal_id: str | None
    created_at: datetime
    created_by: str


class MovementOut(Output):
    kind: str
    amount: AmountOut


class EndowmentStatementOut(Output):
    endowment_id: str
    currency: str
    from_date: date | None
    to_date: date
    corpus: CorpusOut
    opening_income: AmountOut
    received: list[MovementOut]
    uses: list[MovementOut]
    remaining_income: AmountOut
    nazir_owed: AmountOut


def _share(share: int) -> Decimal:
    return plain_number(Decimal(share).scaleb(-4))


def _pay(pay: NazirPay | None, owed_minor: int, asset: Asset) -> NazirPayOut:
    stated = pay or NazirPay(PayKind.NONE)
    return NazirPayOut(
        type=stated.kind,
        amount=number(Money(stated.amount_minor, asset)),
        share=_share(stated.share_bp),
        owed=number(Money(owed_minor, asset)),
    )


def _corpus(state: EndowmentState) -> CorpusOut:
    asset, standing = state.endowment.asset, state.standing
    return CorpusOut(
        named=number(Money(standing.named_minor, asset)),
        lost=number(Money(standing.lost_minor, asset)),
        restored=number(Money(standing.restored_minor, asset)),
        intact=number(Money(standing.corpus_minor, asset)),
        gap=number(Money(standing.gap_minor, asset)),
    )


def endowment_out(state: EndowmentState) -> dict[str, Any]:
    """An endowment as the API writes it."""
    one, standing = state.endowment, state.standing
    deed, asset = one.deed, one.asset
    return EndowmentOut(
        id=one.endowment_id,
        type="waqf",
        subtype=deed.kind,
        status=one.status,
        name=one.name,
        asset_description=deed.asset_description,
        asset_value=number(Money(deed.asset_value_minor, asset)),
        asset_type=deed.asset_form,
        is_specific_asset=deed.is_specific,
        currency=asset.code,
        waqif_id=deed.founder_id,
        founder_capacity=deed.founder_capacity,
        nazir_id=deed.nazir_id,
        nazir_kin_ids=list(deed.nazir_kin_ids),
        nazir_pay=_pay(deed.nazir_pay, state.owed_to_nazir_minor, asset),
        beneficiaries=[
            BeneficiaryOut(category=each.category, allocation_pct=_share(each.share_bp))
            for each in deed.beneficiaries
        ],
        purposes=list(deed.purposes),
        conditions=list(deed.conditions),
        distribution_frequency=deed.distribution_frequency,
        deed_date=deed.deed_on,
        deed_document=deed.deed_document,
        ends_on=deed.ends_on,
        qard_allowed=deed.is_qard_allowed,
        income_retention_allowed=deed.is_income_retention_allowed,
        fund=one.fund,
        corpus=_corpus(state),
        undistributed_income=number(Money(standing.undistributed_minor, asset)),
        cash=number(Money(standing.cash_minor, asset)),
        created_at=one.created_at,
        created_by=one.created_by,
        approved_at=one.approved_at,
        approved_by=one.approved_by,
        closed_at=one.closed_at,
        external_id=one.external_id,
        metadata=dict(one.metadata),
        etag=one.etag,
    ).model_dump()


def receipt_out(receipt: Receipt, endowment: Endowment) -> dict[str, Any]:
    """Money received, as the API writes it."""
    return EndowmentReceiptOut(
        id=receipt.receipt_id,
        endowment_id=receipt.endowment_id,
        kind="INCOME" if receipt.intent is None else "CONTRIBUTION",
        intent=receipt.intent,
        amount=number(Money(receipt.amount_minor, endowment.asset)),
        currency=endowment.asset.code,
        donor_id=receipt.donor_id,
        description=receipt.description,
        received_on=receipt.received_on,
        journal_id=receipt.journal_id,
        created_at=receipt.recorded_at,
        created_by=receipt.recorded_by,
        external_id=receipt.external_id,
        metadata=dict(receipt.metadata),
    ).model_dump()


def distribution_out(record: Distribution, endowment: Endowment) -> dict[str, Any]:
    """A distribution as the API writes it."""
    asset = endowment.asset
    return DistributionOut(
        id=record.distribution_id,
        endowment_id=record.endowment_id,
        recipient=record.recipient,
        amount=number(Money(record.amount_minor, asset)),
        currency=asset.code,
        corpus_restored=number(Money(record.restored_minor, asset)),
        nazir_pay=number(Money(record.nazir_minor, asset)),
        shares=[
            DistributionShareOut(
                category=share.category,
                amount=number(Money(share.amount_minor, asset)),
                payee_id=share.payee_id,
            )
            for share in record.shares
        ],
        memo=record.memo,
        distributed_on=record.distributed_on,
        created_at=record.created_at,
        created_by=record.created_by,
        external_id=record.external_id,
        metadata=dict(record.metadata),
    ).model_dump()


def change_out(change: CorpusChange, endowment: Endowment) -> dict[str, Any]:
    """A change of the corpus as the API writes it."""
    return CorpusChangeOut(
        id=change.change_id,
        endowment_id=change.endowment_id,
        kind=change.kind,
        amount=number(Money(change.amount_minor, endowment.asset)),
        currency=endowment.asset.code,
        reason=change.reason,
        evidence=change.evidence,
        reference=change.reference,
        changed_on=change.changed_on,
        journal_id=change.journal_id,
        created_at=change.recorded_at,
        created_by=change.recorded_by,
    ).model_dump()


def statement_out(found: Statement) -> dict[str, Any]:
    """A statement as the API writes it: what came and what it was used for, both above zero."""
    asset = found.state.endowment.asset

    def moved(sign: int) -> list[MovementOut]:
        return [
            MovementOut(kind=each.kind, amount=number(Money(sign * each.amount_minor, asset)))
            for each in found.movements
            if sign * each.amount_minor > 0
        ]

    return EndowmentStatementOut(
        endowment_id=found.state.endowment.endowment_id,
        currency=asset.code,
        from_date=found.from_on,
        to_date=found.to_on,
        corpus=_corpus(found.state),
        opening_income=number(Money(found.opening_minor, asset)),
        received=moved(1),
        uses=moved(-1),
        remaining_income=number(Money(found.closing_minor, asset)),
        nazir_owed=number(Money(found.state.owed_to_nazir_minor, asset)),
    ).model_dump()
