"""Wire shapes of the murabaha: the application and the contract."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Money
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Input,
    IsoDate,
    LongText,
    Output,
    Text,
    amount,
    checked_id,
)
from sanduq.kit.wire_ratio import NumberOut
from sanduq.microfinance.loans.model import Application, LoanType
from sanduq.microfinance.loans.murabaha.model import (
    RATIO_BP_MAX,
    MurabahaTerms,
    Refinancing,
)
from sanduq.microfinance.loans.schemas_application import (
    ApplicationIn,
    Identifier,
    RepaymentTerms,
)

EXAMPLE: dict[str, Any] = {
    "type": "murabaha_micro",
    "borrower_id": "cpty_borrower_001",
    "amount": 1000,
    "currency": "USD",
    "purpose": "small_business",
    "asset_description": "Industrial sewing machine, new",
    "asset_category": "equipment",
    "profit_margin": 0.12,
    "repayment_terms": {"installments": 12, "frequency": "monthly"},
}
# Another name for the same thing, as the published page of this contract has it.
_OTHER_NAMES = (
    ("counterparty_id", "borrower_id"),
    ("cost_price", "amount"),
    ("payment_terms", "repayment_terms"),
)

Ratio = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]
Category = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,60}$", examples=["equipment"])]


def basis_points(value: Decimal, field: str) -> int:
    """A fraction in basis points. Refuses VALIDATION_ERROR more than four decimals, or too much."""
    scaled = value.scaleb(4)
    if value.adjusted() < -20 or scaled != scaled.to_integral_value():
        message = f"{field} is a fraction of at most four decimals, such as 0.08"
        raise ValidationFailed.field(field, "too_many_decimals", message)
    if scaled > RATIO_BP_MAX:
        raise ValidationFailed.field(field, "too_large", f"{field} is a fraction: 0.08 is 8%")
    return int(scaled)


class RefinancingIn(Input):
    """The old debt that the proceeds of these goods may settle, and how."""

    loan_id: Identifier
    asked_by_customer: bool
    unconditional: bool
    goods_kept_by_customer: bool
    profit_is_usual: bool
    customer_is_solvent: bool
    proceeds_free_on: IsoDate
    settles_on: IsoDate

    def refinancing(self) -> Refinancing:
        """The statement inside."""
        return Refinancing(
            loan_id=checked_id(self.loan_id, "mfl", "refinances.loan_id"),
            is_asked_by_customer=self.asked_by_customer,
            is_unconditional=self.unconditional,
            are_goods_kept=self.goods_kept_by_customer,
            is_profit_usual=self.profit_is_usual,
            is_customer_solvent=self.customer_is_solvent,
            proceeds_free_on=self.proceeds_free_on,
            settles_on=self.settles_on,
        )


class NewMurabaha(ApplicationIn):
    """An application for goods by murabaha. `amount` is their cost price; the profit margin is a
    fraction of it. `counterparty_id`, `cost_price` and `payment_terms` are other names of
    `borrower_id`, `amount` and `repayment_terms`; where both are sent they agree."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    type: Literal["murabaha_micro"]
    repayment_terms: RepaymentTerms
    asset_description: LongText
    asset_category: Category = "goods"
    asset_reference: Text | None = None
    profit_margin: Ratio
    counterparty_id: Identifier | None = None
    cost_price: AmountIn | None = None
    payment_terms: RepaymentTerms | None = None
    refinances: RefinancingIn | None = None

    @model_validator(mode="before")
    @classmethod
    def _by_either_name(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        given = {ours: value[theirs] for theirs, ours in _OTHER_NAMES if theirs in value}
        return {**given, **value}

    def application(self) -> Application:
        """The command inside. Refuses VALIDATION_ERROR amounts, ratios, ids, and two values for
        one thing."""
        shared = self.shared()
        terms = self.repayment_terms.terms()
        cost: Money = shared["amount"]
        self._check_agreement(cost)
        return Application(
            type=LoanType.MURABAHA_MICRO,
            terms=terms,
            trade=MurabahaTerms(
                cost=cost,
                margin_bp=basis_points(self.profit_margin, "profit_margin"),
                instalments=terms.instalments,
                frequency=terms.frequency,
                asset_description=self.asset_description,
                asset_category=self.asset_category,
                asset_reference=self.asset_reference,
                refinancing=self.refinances.refinancing() if self.refinances else None,
            ),
            **shared,
        )

    def _check_agreement(self, cost: Money) -> None:
        other = self.cost_price
        pairs = {
            "counterparty_id": self.counterparty_id in (None, self.borrower_id),
            "cost_price": other is None or amount(other, cost.asset, "cost_price") == cost,
            "payment_terms": self.payment_terms in (None, self.repayment_terms),
        }
        for theirs, ours in _OTHER_NAMES:
            if not pairs[theirs]:
                message = f"{theirs} is another name of {ours}; send one, or the same twice"
                raise ValidationFailed.field(theirs, "contradicts", message)


class MurabahaPaymentTerms(Output):
    installments: int
    frequency: str


class MurabahaPromiseOut(Output):
    binds: str
    signed_at: str


class MurabahaMarginOut(Output):
    taken: AmountOut
    held: AmountOut


class MurabahaProfitOut(Output):
    recognised: AmountOut
    given_back: AmountOut
    deferred: AmountOut


class MurabahaDisclosureOut(Output):
    """Cost and profit apart, and what the profit weighs, as fractions."""

    cost_price: AmountOut
    profit_amount: AmountOut
    sale_price: AmountOut
    profit_share_of_cost: NumberOut
    effective_annual_rate: NumberOut | None


class MurabahaNextStep(Output):
    step: str
    rule_id: str


class MurabahaReclaimOut(Output):
    """Whether unchanged goods may be taken back from a bankrupt buyer (rule MUR-22)."""

    is_open: bool
    rule_id: str
    explanation: str


class MurabahaStepOut(Output):
    id: str
    step: str
    taken_at: str
    document: str | None
    amount: AmountOut | None
    journal_ids: list[str]
    details: dict[str, Any]
    recorded_at: str
    recorded_by: str


class MurabahaObject(Output):
    """The contract behind a murabaha loan, with every step taken."""

    id: str
    type: Literal["murabaha_micro"]
    loan_id: str
    status: str
    borrower_id: str
    currency: str
    asset_description: str
    asset_category: str
    asset_reference: str | None
    cost_price: AmountOut
    profit_margin: NumberOut
    profit_amount: AmountOut
    sale_price: AmountOut
    payment_terms: MurabahaPaymentTerms
    promise: MurabahaPromiseOut | None
    security_margin: MurabahaMarginOut
    supplier_id: str | None
    invoice_date: str | None
    possessed_at: str | None
    offered_at: str | None
    sold_at: str | None
    profit: MurabahaProfitOut
    disclosure: MurabahaDisclosureOut
    next_step: MurabahaNextStep | None
    possible_steps: list[str]
    reclaim_option: MurabahaReclaimOut
    clauses: dict[str, Any]
    steps: list[MurabahaStepOut]
    created_at: str
    created_by: str
