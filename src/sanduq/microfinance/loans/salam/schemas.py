"""Wire shapes of a salam: as it is asked for, and as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field

from sanduq.kit.clock import rfc3339
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Money, json_number
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Input,
    IsoDate,
    Output,
    Text,
    amount,
    checked_id,
    number,
)
from sanduq.microfinance.loans.model import Application, Loan, LoanStatus, LoanType, Terms
from sanduq.microfinance.loans.salam.facts import FreightPayer, SecurityKind
from sanduq.microfinance.loans.salam.model import Salam, SalamTerms, Stage, StepFact
from sanduq.microfinance.loans.salam.model_terms import (
    QUANTITY,
    NamedSecurity,
    quantity_number,
    total_price_minor,
)
from sanduq.microfinance.loans.schemas_application import (
    ApplicationIn,
    Identifier,
    RepaymentTerms,
)
from sanduq.obligations.schedule import Frequency

EXAMPLE: dict[str, Any] = {
    "type": "salam_micro",
    "borrower_id": "cpty_borrower_001",
    "amount": 500,
    "currency": "USD",
    "purpose": "agriculture",
    "commodity": "wheat",
    "quantity": 1000,
    "quantity_unit": "kg",
    "price_per_unit": "0.50",
    "delivery_date": "2024-06-15",
    "delivery_location": "Warehouse of the main branch",
    "quality_specifications": {"grade": "A", "moisture_content_max": "12"},
}


def _specifications(value: dict[str, str]) -> dict[str, str]:
    if any("\x00" in name + text for name, text in value.items()):
        raise ValueError("text must not contain the NUL character")
    return value


Specifications = Annotated[
    dict[
        Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")],
        Annotated[str, Field(max_length=200)],
    ],
    Field(max_length=30),
    AfterValidator(_specifications),
]
"""What the goods are like, by name; numbers are written as text, exactly."""

Code = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,59}$", examples=["wheat"])]
Unit = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,29}$", examples=["kg"])]


class DeliveryIn(Input):
    date: IsoDate
    quantity: AmountIn


class SecurityIn(Input):
    """`giver_id` gives the pledge or the guarantee."""

    kind: SecurityKind
    giver_id: Identifier
    description: Text
    document: Text | None = None

    def named(self, place: int) -> NamedSecurity:
        """The security inside. Refuses VALIDATION_ERROR an id of another kind."""
        giver = checked_id(self.giver_id, "cpty", f"securities.{place}.giver_id")
        return NamedSecurity(self.kind, giver, self.description, self.document)


class NewSalam(ApplicationIn):
    """An application for a salam: the borrower sells `quantity` of goods, to be delivered later,
    and is paid `amount` now, which is quantity times `price_per_unit`, exactly. Goods are owed
    and not money, so `repayment_terms` may be left out."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    type: Literal["salam_micro"]
    repayment_terms: RepaymentTerms | None = None
    commodity: Code
    quantity: AmountIn
    quantity_unit: Unit
    price_per_unit: AmountIn
    delivery_date: IsoDate | None = None
    deliveries: Annotated[list[DeliveryIn], Field(min_length=1, max_length=60)] | None = None
    delivery_location: Text | None = None
    counterparty_id: Identifier | None = None
    quality_specifications: Specifications = Field(default_factory=dict)
    freight_payer: FreightPayer | None = None
    securities: Annotated[list[SecurityIn], Field(max_length=20)] = Field(default_factory=list)

    def application(self) -> Application:
        """The command inside. Refuses VALIDATION_ERROR amounts, ids, and an amount that is not
        quantity times price."""
        terms = self.repayment_terms
        shared = self.shared()
        trade = self._terms()
        _check_total(shared["amount"], trade)
        return Application(
            type=LoanType.SALAM_MICRO,
            terms=Terms(1, Frequency.MONTHLY, 0) if terms is None else terms.terms(),
            trade=trade,
            **shared,
        )

    def _terms(self) -> SalamTerms:
        asset = self.asset()
        quantity = amount(self.quantity, QUANTITY, "quantity", is_positive=True).amount_minor
        return SalamTerms(
            commodity=self.commodity,
            quantity_milli=quantity,
            quantity_unit=self.quantity_unit,
            price_per_unit=amount(self.price_per_unit, asset, "price_per_unit", is_positive=True),
            dues=self._dues(quantity),
            specifications=self.quality_specifications,
            delivery_place=self.delivery_location,
            freight_payer=self.freight_payer,
            counterparty_id=self.counterparty_id
            and checked_id(self.counterparty_id, "cpty", "counterparty_id"),
            securities=tuple(each.named(place) for place, each in enumerate(self.securities)),
        )

    def _dues(self, quantity_milli: int) -> tuple[tuple[date, int], ...]:
        """The days of delivery. Without any the rule is to speak (SLM-06)."""
        if self.deliveries is None:
            return () if self.delivery_date is None else ((self.delivery_date, quantity_milli),)
        dues = tuple(
            (
                each.date,
                amount(each.quantity, QUANTITY, f"deliveries.{place}.quantity").amount_minor,
            )
            for place, each in enumerate(self.deliveries)
        )
        if self.delivery_date is not None and self.delivery_date != dues[-1][0]:
            raise ValidationFailed.field(
                "delivery_date", "differs", "delivery_date is the last of deliveries, or left out"
            )
        return dues


def _check_total(asked: Money, terms: SalamTerms) -> None:
    total = total_price_minor(terms.quantity_milli, terms.price_per_unit.amount_minor)
    if total is None:
        message = f"quantity times price is no whole number of minor units of {asked.asset.code}"
        raise ValidationFailed.field("price_per_unit", "inexact_total", message)
    if total != asked.amount_minor:
        price = Money(total, asked.asset)
        message = f"amount is {asked}, quantity times price_per_unit is {price}"
        raise ValidationFailed.field("amount", "total_differs", message)


class DeliveryOut(Output):
    date: str
    quantity: AmountOut


class SalamSecurityOut(Output):
    kind: SecurityKind
    giver_id: str
    description: str
    document: str | None


class SalamStepOut(Output):
    id: str
    kind: str
    on: str
    quantity: AmountOut
    amount: AmountOut
    details: dict[str, Any]
    journal_id: str | None
    recorded_by: str
    created_at: str


class SalamObject(Output):
    """A salam as it stands. `capital_undelivered` is the price of goods still owed, `refundable`
    all the money the seller was ever to give back."""

    id: str
    type: Literal["salam"]
    loan_id: str
    loan_status: LoanStatus
    stage: Stage
    seller_id: str
    branch_id: str
    commodity: str
    quantity: AmountOut
    quantity_unit: str
    price_per_unit: AmountOut
    currency: str
    total_price: AmountOut
    advance_payment_status: str
    price_paid: AmountOut
    contracted_on: str | None
    price_due_date: str | None
    delivery_location: str
    freight_payer: FreightPayer
    quality_specifications: dict[str, str]
    deliveries: list[DeliveryOut]
    quantity_lapsed: AmountOut
    quantity_delivered: AmountOut
    quantity_substituted: AmountOut
    quantity_cancelled: AmountOut
    quantity_undelivered: AmountOut
    capital_undelivered: AmountOut
    refundable: AmountOut
    oldest_undelivered_due_date: str | None
    securities: list[SalamSecurityOut]
    steps: list[SalamStepOut]
    created_by: str
    created_at: str


def salam_out(salam: Salam, loan: Loan, steps: Sequence[StepFact]) -> dict[str, Any]:
    """A salam as the API and its events render it."""

    def money(minor: int) -> Any:
        return json_number(Money(minor, salam.asset))

    return SalamObject(
        id=salam.contract_id,
        type="salam",
        loan_id=salam.loan_id,
        loan_status=loan.status,
        stage=salam.stage,
        seller_id=salam.seller_id,
        branch_id=salam.branch_id,
        commodity=salam.commodity,
        quantity=quantity_number(salam.quantity_milli),
        quantity_unit=salam.quantity_unit,
        price_per_unit=money(salam.price_per_unit_minor),
        currency=salam.asset.code,
        total_price=money(salam.capital_minor),
        advance_payment_status=salam.advance_payment_status,
        price_paid=money(salam.paid_minor),
        contracted_on=_day(salam.contracted_on),
        price_due_date=_day(salam.price_due_on),
        delivery_location=salam.delivery_place,
        freight_payer=salam.freight_payer,
        quality_specifications=dict(salam.specifications),
        deliveries=[
            DeliveryOut(date=day.isoformat(), quantity=quantity_number(quantity))
            for day, quantity in salam.dues
        ],
        quantity_lapsed=quantity_number(salam.lapsed_milli),
        quantity_delivered=quantity_number(salam.delivered_milli),
        quantity_substituted=quantity_number(salam.substituted_milli),
        quantity_cancelled=quantity_number(salam.cancelled_milli),
        quantity_undelivered=quantity_number(salam.undelivered_milli),
        capital_undelivered=money(salam.capital_open_minor),
        refundable=money(salam.refundable_minor),
        oldest_undelivered_due_date=_day(salam.oldest_undelivered_due_on),
        securities=[SalamSecurityOut(**each.rendered()) for each in salam.securities],
        steps=[_step_out(step) for step in steps],
        created_by=salam.created_by,
        created_at=rfc3339(salam.created_at),
    ).model_dump()


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _step_out(step: StepFact) -> SalamStepOut:
    return SalamStepOut(
        id=step.step_id,
        kind=step.kind,
        on=step.on.isoformat(),
        quantity=quantity_number(step.quantity_milli),
        amount=number(step.amount),
        details=dict(step.details),
        journal_id=step.journal_id,
        recorded_by=step.recorded_by,
        created_at=rfc3339(step.recorded_at),
    )
