"""Wire shapes of a new loan: what every kind asks for, and the qard hasan."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from sanduq.kit.money import Asset
from sanduq.kit.wire import (
    AmountIn,
    Currency,
    ExternalId,
    Input,
    LongText,
    Metadata,
    amount,
    asset_of,
    checked_id,
)
from sanduq.microfinance.loans.model import Application, LoanType, Terms
from sanduq.obligations.schedule import Frequency

SEED_REQUEST: dict[str, Any] = {
    "type": "qard_hasan",
    "borrower_id": "cpty_borrower_001",
    "amount": 2000,
    "currency": "USD",
    "purpose": "small_business",
    "purpose_description": "Purchase of sewing equipment for tailoring business",
    "repayment_terms": {"installments": 12, "frequency": "monthly", "grace_period_months": 1},
    "service_fee": 40,
    "group_id": "grp_village_003",
}

Purpose = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,60}$", examples=["small_business"])]
Identifier = Annotated[str, Field(min_length=1, max_length=70)]


class RepaymentTerms(Input):
    installments: Annotated[int, Field(ge=1, le=600, strict=True)]
    frequency: Frequency
    grace_period_months: Annotated[int, Field(ge=0, le=60, strict=True)] = 0

    def terms(self) -> Terms:
        """The terms inside."""
        return Terms(self.installments, self.frequency, self.grace_period_months)


class ApplicationIn(Input):
    """What every kind of loan is asked for with."""

    borrower_id: Identifier
    amount: AmountIn
    currency: Currency
    purpose: Purpose
    purpose_description: LongText | None = None
    group_id: Identifier | None = None
    product_id: Identifier | None = None
    branch_id: Identifier | None = None
    program_id: Identifier | None = None
    officer_id: Identifier | None = None
    monthly_net_income: AmountIn | None = None
    external_id: ExternalId | None = None
    metadata: Metadata | None = None

    def asset(self) -> Asset:
        """The currency asked for. Refuses VALIDATION_ERROR an unknown one."""
        return asset_of(self.currency)

    def shared(self) -> dict[str, Any]:
        """What all kinds give an `Application`. Refuses VALIDATION_ERROR amounts and ids."""
        return {
            "borrower_id": checked_id(self.borrower_id, "cpty", "borrower_id"),
            "amount": amount(self.amount, self.asset(), "amount", is_positive=True),
            "purpose": self.purpose,
            "purpose_description": self.purpose_description,
            "group_id": self.group_id and checked_id(self.group_id, "grp", "group_id"),
            "product_id": self.product_id and checked_id(self.product_id, "prd", "product_id"),
            "branch_id": self.branch_id and checked_id(self.branch_id, "brn", "branch_id"),
            "program_id": self.program_id and checked_id(self.program_id, "prg", "program_id"),
            "officer_id": self.officer_id and checked_id(self.officer_id, "user", "officer_id"),
            "net_income": None
            if self.monthly_net_income is None
            else amount(self.monthly_net_income, self.asset(), "monthly_net_income"),
            "external_id": self.external_id,
            "metadata": self.metadata or {},
        }


class NewLoan(ApplicationIn):
    """An application for a qard hasan."""

    model_config = ConfigDict(json_schema_extra={"examples": [SEED_REQUEST]})

    type: Literal["qard_hasan"]
    repayment_terms: RepaymentTerms
    service_fee: AmountIn | None = None

    def application(self) -> Application:
        """The command inside. Refuses VALIDATION_ERROR amounts, currencies and ids."""
        return Application(
            type=LoanType.QARD_HASAN,
            terms=self.repayment_terms.terms(),
            service_fee=None
            if self.service_fee is None
            else amount(self.service_fee, self.asset(), "service_fee"),
            **self.shared(),
        )
