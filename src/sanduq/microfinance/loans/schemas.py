"""Wire shapes of microfinance loans. The answer to a new loan is the documented one, no more."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from sanduq.kit.clock import rfc3339
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.json import dumps
from sanduq.kit.money import Asset, Money, json_number
from sanduq.kit.wire import (
    AmountOut,
    Currency,
    ExternalId,
    Input,
    IsoDate,
    ListOutput,
    Output,
    PageQuery,
    Text,
    asset_of,
    number,
)
from sanduq.microfinance.loans.model import Loan, LoanStatus, LoanType
from sanduq.obligations.receipts.model import Repayment
from sanduq.obligations.schedule import Frequency

SEED_ANSWER: dict[str, Any] = {
    "id": "mfl_xyz",
    "type": "qard_hasan",
    "status": "PENDING_APPROVAL",
    "amount": 2000,
    "currency": "USD",
    "service_fee": 40,
    "total_repayable": 2040,
    "purpose": "small_business",
    "borrower_id": "cpty_borrower_001",
    "group_id": "grp_village_003",
    "repayment_schedule": {
        "installments": 12,
        "installment_amount": 170,
        "frequency": "monthly",
        "first_due_date": "2024-03-01",
    },
    "created_at": "2024-01-15T10:30:00Z",
}

Timestamp = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
Identifier = Annotated[str, Field(min_length=1, max_length=70)]


class RepaymentScheduleSummary(Output):
    installments: int
    installment_amount: AmountOut
    frequency: Frequency
    first_due_date: Day


class LoanCreated(Output):
    """A new application, as documented."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [SEED_ANSWER]})

    id: str
    type: LoanType
    status: LoanStatus
    amount: AmountOut
    currency: str
    service_fee: AmountOut
    total_repayable: AmountOut
    purpose: str
    borrower_id: str
    group_id: str | None
    repayment_schedule: RepaymentScheduleSummary
    created_at: Timestamp


class LoanBalanceOut(Output):
    principal_paid: AmountOut
    service_fee_paid: AmountOut
    outstanding: AmountOut
    due_now: AmountOut
    oldest_unpaid_due_date: Day | None
    ageing_class: str
    schedule_version: int


class LoanObject(LoanCreated):
    """A loan with everything that is known of it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={})

    external_id: str | None
    contract_id: str
    product_id: str
    branch_id: str
    purpose_description: str | None
    balance: LoanBalanceOut | None
    metadata: dict[str, str]
    reason: str | None
    created_by: str
    approved_at: Timestamp | None
    approved_by: str | None
    disbursed_at: Timestamp | None
    disbursed_by: str | None
    closed_at: Timestamp | None
    officer_id: str
    stage: str | None
    particulars: dict[str, Any] | None
    defaulted_at: Timestamp | None
    written_off_at: Timestamp | None
    settled_by: str | None


class LoanList(ListOutput):
    data: list[LoanObject]


class LoanFilters(PageQuery):
    status: LoanStatus | None = None
    type: LoanType | None = None
    currency: Currency | None = None
    borrower_id: Identifier | None = None
    group_id: Identifier | None = None
    product_id: Identifier | None = None
    branch_id: Identifier | None = None
    officer_id: Identifier | None = None
    external_id: ExternalId | None = None
    created_at_gte: Annotated[datetime | None, Field(alias="created_at.gte")] = None
    created_at_lt: Annotated[datetime | None, Field(alias="created_at.lt")] = None
    due_on_lte: Annotated[IsoDate | None, Field(alias="due_on.lte")] = None
    metadata: Annotated[str, Field(pattern=r"^[^:\x00]{1,60}:[^\x00]*$", max_length=600)] | None = (
        None
    )

    def filters(self) -> dict[str, Any]:
        """The filters that were sent, as the store names them."""
        pair = self.metadata.partition(":") if self.metadata else None
        found = {
            "status": self.status and str(self.status),
            "type": self.type and str(self.type),
            "asset": self.currency and str(asset_of(self.currency)),
            "borrower_id": self.borrower_id,
            "group_id": self.group_id,
            "product_id": self.product_id,
            "branch_id": self.branch_id,
            "officer_id": self.officer_id,
            "external_id": self.external_id,
            "created_from": _aware(self.created_at_gte, "created_at.gte"),
            "created_before": _aware(self.created_at_lt, "created_at.lt"),
            "due_until": self.due_on_lte,
            "metadata": dumps({pair[0]: pair[2]}).decode() if pair else None,
        }
        for name, value in found.items():
            if isinstance(value, str) and "\x00" in value:
                raise ValidationFailed.field(name, "malformed", f"{name} holds a NUL character")
        return {name: value for name, value in found.items() if value is not None}


def _aware(value: datetime | None, field: str) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise ValidationFailed.field(field, "no_time_zone", f"{field} needs a time zone, as in …Z")
    return value


class Decision(Input):
    reason: Text | None = None


class Refusing(Input):
    reason: Text


class DisbursementIn(Input):
    """`disclosure_acknowledged`: the borrower was shown the disclosure and accepted it."""

    disclosure_acknowledged: bool = False


class RepaymentObject(Output):
    id: str
    type: Literal["repayment"]
    loan_id: str
    external_id: str | None
    amount: AmountOut
    currency: str
    principal: AmountOut
    service_fee: AmountOut
    credited_to_borrower: AmountOut
    gift: AmountOut
    outstanding: AmountOut | None
    method: str
    reference: str | None
    received_on: Day
    reverses: str | None
    reason: str | None
    journal_id: str
    metadata: dict[str, str]
    recorded_by: str
    created_at: Timestamp


def _number(minor: int, asset: Asset) -> Decimal:
    return json_number(Money(minor, asset))


def _summary(loan: Loan) -> RepaymentScheduleSummary:
    return RepaymentScheduleSummary(
        installments=loan.terms.instalments,
        installment_amount=_number(loan.instalment_minor, loan.asset),
        frequency=loan.terms.frequency,
        first_due_date=loan.planned_first_due_on.isoformat(),
    )


def _core(loan: Loan) -> dict[str, Any]:
    return {
        "id": loan.loan_id,
        "type": loan.type,
        "status": loan.status,
        "amount": number(loan.amount),
        "currency": loan.asset.code,
        "service_fee": number(loan.service_fee),
        "total_repayable": number(loan.total_repayable),
        "purpose": loan.purpose,
        "borrower_id": loan.borrower_id,
        "group_id": loan.group_id,
        "repayment_schedule": _summary(loan),
        "created_at": rfc3339(loan.created_at),
    }


def loan_created(loan: Loan) -> dict[str, Any]:
    """The answer to a new application for a qard hasan."""
    return LoanCreated(**_core(loan)).model_dump()


def new_loan_out(loan: Loan) -> dict[str, Any]:
    """The answer to a new application: for a qard as documented, for the others everything."""
    return loan_created(loan) if loan.type is LoanType.QARD_HASAN else loan_out(loan)


def _instant(value: datetime | None) -> str | None:
    return None if value is None else rfc3339(value)


def loan_out(loan: Loan) -> dict[str, Any]:
    """A loan as the API and its events render it."""
    balance = None
    if loan.balance is not None:
        oldest = loan.balance.oldest_unpaid_due_on
        balance = LoanBalanceOut(
            principal_paid=_number(loan.balance.principal_paid_minor, loan.asset),
            service_fee_paid=_number(loan.balance.fee_paid_minor, loan.asset),
            outstanding=_number(loan.balance.outstanding_minor, loan.asset),
            due_now=_number(loan.balance.due_minor, loan.asset),
            oldest_unpaid_due_date=oldest.isoformat() if oldest else None,
            ageing_class=loan.balance.ageing_class,
            schedule_version=loan.balance.schedule_version,
        )
    return LoanObject(
        **_core(loan),
        external_id=loan.external_id,
        contract_id=loan.contract_id,
        product_id=loan.product_id,
        branch_id=loan.branch_id,
        purpose_description=loan.purpose_description,
        balance=balance,
        metadata=dict(loan.metadata),
        reason=loan.reason,
        created_by=loan.created_by,
        approved_at=_instant(loan.approved_at),
        approved_by=loan.approved_by,
        disbursed_at=_instant(loan.disbursed_at),
        disbursed_by=loan.disbursed_by,
        closed_at=_instant(loan.closed_at),
        officer_id=loan.officer_id,
        stage=loan.stage,
        particulars=None if loan.particulars is None else dict(loan.particulars),
        defaulted_at=_instant(loan.defaulted_at),
        written_off_at=_instant(loan.written_off_at),
        settled_by=loan.settled_by,
    ).model_dump()


def repayment_out(item: Repayment) -> dict[str, Any]:
    """A repayment as the API and its events render it."""
    asset = item.amount.asset
    return RepaymentObject(
        id=item.repayment_id,
        type="repayment",
        loan_id=item.serves_id,
        external_id=item.external_id,
        amount=number(item.amount),
        currency=asset.code,
        principal=_number(item.principal_minor, asset),
        service_fee=_number(item.fee_minor, asset),
        credited_to_borrower=_number(item.credit_minor, asset),
        gift=_number(item.gift_minor, asset),
        outstanding=None
        if item.outstanding_minor is None
        else _number(item.outstanding_minor, asset),
        method=item.method,
        reference=item.reference,
        received_on=item.received_on.isoformat(),
        reverses=item.reverses,
        reason=item.reason,
        journal_id=item.journal_id,
        metadata=dict(item.metadata),
        recorded_by=item.recorded_by,
        created_at=rfc3339(item.recorded_at),
    ).model_dump()
