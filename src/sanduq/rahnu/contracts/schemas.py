"""Wire shapes of pledge contracts. The answer to a new contract is the documented one, no more."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from sanduq.kit.clock import rfc3339
from sanduq.kit.money import Asset, Money, json_number
from sanduq.kit.wire import AmountOut, Output
from sanduq.kit.wire_weight import NumberOut, fraction, grams
from sanduq.rahnu.contracts.model import (
    Contract,
    ContractItem,
    DebtKind,
    ItemStatus,
    MarginFlag,
    OutsideDebt,
    PledgeStatus,
)

SEED_ANSWER: dict[str, Any] = {
    "id": "rhn_xyz",
    "type": "rahnu",
    "status": "DRAFT",
    "pledged_asset": {
        "type": "gold",
        "description": "Gold bar 999.9 purity",
        "weight_grams": 100,
        "appraised_value": 7500,
    },
    "currency": "USD",
    "secured_amount": 5250,
    "loan_to_value_ratio": 0.7,
    "safekeeping_fee_monthly": 25,
    "created_at": "2024-01-15T10:30:00Z",
}
MIXED = "mixed"

Timestamp = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]


class PledgedAssetOut(Output):
    """What is pledged, all things together."""

    type: str
    description: str
    weight_grams: AmountOut
    appraised_value: AmountOut


class PledgeCreated(Output):
    """A new contract, as documented."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [SEED_ANSWER]})

    id: str
    type: Literal["rahnu"]
    status: PledgeStatus
    pledged_asset: PledgedAssetOut
    currency: str
    secured_amount: AmountOut
    loan_to_value_ratio: NumberOut
    safekeeping_fee_monthly: AmountOut
    created_at: Timestamp


class PledgeValidation(Output):
    """What a new contract would come to; nothing was kept."""

    type: Literal["pledge_validation"]
    valid: Literal[True]
    currency: str
    appraised_value: AmountOut
    secured_amount: AmountOut
    loan_to_value_ratio: NumberOut
    safekeeping_fee_monthly: AmountOut
    template_id: str
    fee_policy_id: str


class PledgedItemOut(Output):
    """One thing under the contract."""

    item_id: str
    number: int
    status: ItemStatus
    type: str
    kind: str
    description: str
    weight_grams: AmountOut
    stated_value: AmountOut
    valuation_id: str | None
    appraised_value: AmountOut
    joined_at: Timestamp
    left_at: Timestamp | None


class OutsideDebtOut(Output):
    kind: str
    reference: str
    creditor: str
    outstanding: AmountOut
    due_on: Day | None
    is_trust: bool
    is_limited_to_fault: bool


class PledgeObject(PledgeCreated):
    """A pledge with everything that is known of it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={})

    external_id: str | None
    description: str
    pledgor_id: str
    pledgee_id: str
    borrower_id: str
    branch_id: str
    template_id: str
    fee_policy_id: str
    appraised_value: AmountOut
    items: list[PledgedItemOut]
    owner_declared: bool
    owner_consent_id: str | None
    secured_obligation_kind: DebtKind | None
    secured_obligation_id: str | None
    outside_obligation: OutsideDebtOut | None
    is_own_loan: bool
    loan_amount: AmountOut | None
    pool_id: str | None
    term_months: int
    installments: int
    matures_on: Day | None
    extension_count: int
    renewal_count: int
    review_resolution_ids: list[str]
    reviewed_at: Timestamp | None
    reviewed_by: str | None
    disclosure_version: str | None
    disclosed_at: Timestamp | None
    ticket_number: str | None
    executed_at: Timestamp | None
    executed_by: str | None
    valued_at: Timestamp | None
    fee_from: Day | None
    fee_until: Day | None
    fee_charged: AmountOut
    fee_paid: AmountOut
    margin_flag: MarginFlag
    margin_called_on: Day | None
    metadata: dict[str, str]
    reason: str | None
    created_by: str
    closed_at: Timestamp | None


def _number(minor: int, asset: Asset) -> Decimal:
    return json_number(Money(minor, asset))


def _instant(value: datetime | None) -> str | None:
    return None if value is None else rfc3339(value)


def _asset_out(contract: Contract) -> PledgedAssetOut:
    """The things under a contract as one; those that have all left are shown as they were."""
    held = contract.held or contract.items
    types = {one.stated_type for one in held}
    descriptions = [one.item.description for one in held]
    return PledgedAssetOut(
        type=types.pop() if len(types) == 1 else MIXED,
        description=descriptions[0] if len(held) == 1 else contract.description,
        weight_grams=grams(sum(one.item.gross_weight_mg for one in held)),
        appraised_value=_number(contract.appraised_minor, contract.asset),
    )


def _core(contract: Contract) -> dict[str, Any]:
    return {
        "id": contract.contract_id,
        "type": "rahnu",
        "status": contract.status,
        "pledged_asset": _asset_out(contract),
        "currency": contract.asset.code,
        "secured_amount": _number(contract.secured_minor, contract.asset),
        "loan_to_value_ratio": fraction(contract.ltv_bp),
        "safekeeping_fee_monthly": _number(contract.fee_monthly_minor, contract.asset),
        "created_at": rfc3339(contract.created_at),
    }


def pledge_created(contract: Contract) -> dict[str, Any]:
    """The answer to a new contract, exactly as documented."""
    return PledgeCreated(**_core(contract)).model_dump()


def validation_out(contract: Contract) -> dict[str, Any]:
    """What a trial of a contract came to."""
    return PledgeValidation(
        type="pledge_validation",
        valid=True,
        currency=contract.asset.code,
        appraised_value=_number(contract.appraised_minor, contract.asset),
        secured_amount=_number(contract.secured_minor, contract.asset),
        loan_to_value_ratio=fraction(contract.ltv_bp),
        safekeeping_fee_monthly=_number(contract.fee_monthly_minor, contract.asset),
        template_id=contract.template_id,
        fee_policy_id=contract.fee_policy_id,
    ).model_dump()


def _item_out(one: ContractItem, asset: Asset) -> PledgedItemOut:
    return PledgedItemOut(
        item_id=one.item_id,
        number=one.number,
        status=one.status,
        type=one.stated_type,
        kind=str(one.item.kind),
        description=one.item.description,
        weight_grams=grams(one.item.gross_weight_mg),
        stated_value=_number(one.stated_value_minor, asset),
        valuation_id=one.valuation_id,
        appraised_value=_number(one.value_minor, asset),
        joined_at=rfc3339(one.joined_at),
        left_at=_instant(one.left_at),
    )


def _outside_out(stated: OutsideDebt | None, asset: Asset) -> OutsideDebtOut | None:
    if stated is None:
        return None
    return OutsideDebtOut(
        kind=stated.kind,
        reference=stated.reference,
        creditor=stated.creditor,
        outstanding=_number(stated.amount_minor, asset),
        due_on=stated.due_on.isoformat() if stated.due_on else None,
        is_trust=stated.is_trust,
        is_limited_to_fault=stated.is_limited_to_fault,
    )


def pledge_out(contract: Contract) -> dict[str, Any]:
    """A pledge as the API and its events render it."""
    asset = contract.asset
    return PledgeObject(
        **_core(contract),
        external_id=contract.external_id,
        description=contract.description,
        pledgor_id=contract.pledgor_id,
        pledgee_id=contract.pledgee_id,
        borrower_id=contract.borrower_id,
        branch_id=contract.branch_id,
        template_id=contract.template_id,
        fee_policy_id=contract.fee_policy_id,
        appraised_value=_number(contract.appraised_minor, asset),
        items=[_item_out(one, asset) for one in contract.items],
        owner_declared=contract.has_owner_declared,
        owner_consent_id=contract.owner_consent_id,
        secured_obligation_kind=contract.debt_kind,
        secured_obligation_id=contract.debt_id,
        outside_obligation=_outside_out(contract.outside_debt, asset),
        is_own_loan=contract.is_own_loan,
        loan_amount=None if contract.loan_minor is None else _number(contract.loan_minor, asset),
        pool_id=contract.pool_id,
        term_months=contract.term_months,
        installments=contract.instalments,
        matures_on=contract.matures_on.isoformat() if contract.matures_on else None,
        extension_count=contract.extension_count,
        renewal_count=contract.renewal_count,
        review_resolution_ids=list(contract.review_resolutions),
        reviewed_at=_instant(contract.reviewed_at),
        reviewed_by=contract.reviewed_by,
        disclosure_version=contract.disclosure_version,
        disclosed_at=_instant(contract.disclosed_at),
        ticket_number=contract.ticket_number,
        executed_at=_instant(contract.executed_at),
        executed_by=contract.executed_by,
        valued_at=_instant(contract.valued_at),
        fee_from=contract.fee_from_on.isoformat() if contract.fee_from_on else None,
        fee_until=contract.fee_until_on.isoformat() if contract.fee_until_on else None,
        fee_charged=_number(contract.fee_accrued_minor, asset),
        fee_paid=_number(contract.fee_paid_minor, asset),
        margin_flag=contract.margin_flag,
        margin_called_on=contract.margin_called_on.isoformat()
        if contract.margin_called_on
        else None,
        metadata=dict(contract.metadata),
        reason=contract.reason,
        created_by=contract.created_by,
        closed_at=_instant(contract.closed_at),
    ).model_dump()
