"""Wire shapes of the steps of a murabaha."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset
from sanduq.kit.wire import AmountIn, Input, IsoDate, LongText, Text, amount, checked_id
from sanduq.microfinance.loans.murabaha.facts import Agent, CostItem, Purchase, Relation
from sanduq.microfinance.loans.murabaha.model_steps import (
    BuyGoods,
    DecideDefect,
    Decline,
    DefectDecision,
    GiveRebate,
    MakePromise,
    MarginChoice,
    PassDiscountOn,
    ResellGoods,
    SellGoods,
    TakePossession,
)
from sanduq.microfinance.loans.murabaha.schemas import Category, basis_points
from sanduq.microfinance.loans.schemas_application import Identifier

Side = Literal["institution", "customer"]


class PromiseIn(Input):
    """The customer's undertaking to buy, which binds one side at most."""

    signed_at: AwareDatetime | None = None
    binds: Literal["customer", "institution", "none", "both"] | None = None
    has_option: bool = False
    security_margin: AmountIn | None = None
    document: Text | None = None

    def command(self, asset: Asset) -> MakePromise:
        """The command inside."""
        margin = self.security_margin
        return MakePromise(
            self.signed_at,
            self.binds,
            self.has_option,
            None if margin is None else amount(margin, asset, "security_margin", is_positive=True),
            self.document,
        )


class CostItemIn(Input):
    kind: Category
    description: Text
    amount: AmountIn
    payee_id: Identifier


class InvoiceIn(Input):
    number: Text
    date: IsoDate
    addressed_to: Side = "institution"
    document: Text


class SupplierIn(Input):
    """`customer_share`: the fraction of the supplier the customer owns, as looked up."""

    id: Identifier
    customer_share: Annotated[Decimal, Field(ge=0, le=1)] | None = None
    relation: Relation = Relation.NONE
    is_customer_agent: bool = False


class PurchaseIn(Input):
    """How the institution bought the goods, item by item, and from whom."""

    supplier: SupplierIn
    invoice: InvoiceIn
    cost_items: Annotated[list[CostItemIn], Field(min_length=1, max_length=50)]
    payee_id: Identifier | None = None
    customer_deposit: AmountIn = 0
    quote_accepted_by_customer: bool = False
    agent: Agent = Agent.INSTITUTION
    agency_reason: Text | None = None

    def command(self, asset: Asset) -> BuyGoods:
        """The command inside. Refuses VALIDATION_ERROR amounts and ids."""
        supplier_id = checked_id(self.supplier.id, "cpty", "supplier.id")
        items = tuple(
            CostItem(
                item.kind,
                item.description,
                amount(
                    item.amount, asset, f"cost_items.{place}.amount", is_positive=True
                ).amount_minor,
                item.payee_id,
            )
            for place, item in enumerate(self.cost_items)
        )
        share = self.supplier.customer_share
        return BuyGoods(
            purchase=Purchase(
                supplier_id=supplier_id,
                invoice_on=self.invoice.date,
                is_addressed_to_institution=self.invoice.addressed_to == "institution",
                customer_deposit_minor=amount(
                    self.customer_deposit, asset, "customer_deposit"
                ).amount_minor,
                is_quote_accepted_by_customer=self.quote_accepted_by_customer,
                payee_id=self.payee_id or supplier_id,
                cost_items=items,
                agent=self.agent,
                agency_reason=self.agency_reason,
            ),
            invoice_number=self.invoice.number,
            document=self.invoice.document,
            customer_share_bp=None
            if share is None
            else basis_points(share, "supplier.customer_share"),
            relation=self.supplier.relation,
            is_customer_agent=self.supplier.is_customer_agent,
        )


class InsuranceIn(Input):
    """Conventional cover is noted as a warning (GEN-18): takaful where it can be had."""

    paid_by: Side = "institution"
    kind: Literal["takaful", "conventional"] = "takaful"


class PossessionIn(Input):
    """The goods are in hand, actually or by document."""

    kind: Literal["actual", "constructive"] = "actual"
    possessed_at: AwareDatetime | None = None
    evidence: Text
    place: Text | None = None
    insurance: InsuranceIn | None = None
    hazards_borne_by: Side = "institution"

    def command(self) -> TakePossession:
        """The command inside."""
        return TakePossession(
            self.kind,
            self.possessed_at,
            self.evidence,
            self.place,
            self.insurance.paid_by if self.insurance else "institution",
            self.hazards_borne_by,
            self.insurance.kind == "takaful" if self.insurance else None,
        )


class DisclosedIn(Input):
    cost: AmountIn
    profit: AmountIn
    price: AmountIn


class SaleIn(Input):
    """Offer and acceptance, with what the customer was told and acknowledged."""

    offered_at: AwareDatetime
    accepted_at: AwareDatetime | None = None
    disclosed: DisclosedIn
    disclosure_acknowledged: bool = False
    agent_notice_at: AwareDatetime | None = None
    title_holder: Side = "customer"
    benchmark: Text | None = None
    cash_price: AmountIn | None = None
    security_margin: MarginChoice | None = None
    document: Text | None = None

    def command(self, asset: Asset) -> SellGoods:
        """The command inside. Refuses VALIDATION_ERROR amounts."""
        told = self.disclosed
        cash = self.cash_price
        return SellGoods(
            offered_at=self.offered_at,
            accepted_at=self.accepted_at,
            agent_notice_at=self.agent_notice_at,
            disclosed_cost=amount(told.cost, asset, "disclosed.cost"),
            disclosed_profit=amount(told.profit, asset, "disclosed.profit"),
            disclosed_price=amount(told.price, asset, "disclosed.price"),
            is_acknowledged=self.disclosure_acknowledged,
            title_holder=self.title_holder,
            benchmark=self.benchmark,
            cash_price=None
            if cash is None
            else amount(cash, asset, "cash_price", is_positive=True),
            margin=self.security_margin,
            document=self.document,
        )


class DeclineIn(Input):
    """The customer does not buy, which he may say until he accepts the sale."""

    reason: Text
    document: Text | None = None

    def command(self) -> Decline:
        """The command inside."""
        return Decline(self.reason, self.document)


class ResaleIn(Input):
    """Declined goods sold to another, for cash."""

    price: AmountIn
    buyer_id: Identifier
    document: Text

    def command(self, asset: Asset) -> ResellGoods:
        """The command inside."""
        return ResellGoods(
            amount(self.price, asset, "price", is_positive=True),
            checked_id(self.buyer_id, "cpty", "buyer_id"),
            self.document,
        )


class SupplierDiscountIn(Input):
    """Money the supplier gave back after the purchase."""

    amount: AmountIn
    document: Text

    def command(self, asset: Asset) -> PassDiscountOn:
        """The command inside."""
        return PassDiscountOn(amount(self.amount, asset, "amount", is_positive=True), self.document)


class RebateIn(Input):
    """A rebate for early settlement; without an amount all profit not earned yet."""

    amount: AmountIn | None = None
    reason: Text = "early settlement"
    for_new_debt: bool = False

    def command(self, asset: Asset) -> GiveRebate:
        """The command inside."""
        asked = self.amount
        return GiveRebate(
            None if asked is None else amount(asked, asset, "amount", is_positive=True),
            self.reason,
            self.for_new_debt,
        )


class DefectIn(Input):
    """A hidden defect the customer claims, and the decision on it."""

    description: LongText
    from_before_sale: bool
    from_before_delivery: bool = False
    decision: DefectDecision
    allowance: AmountIn | None = None
    document: Text

    def command(self, asset: Asset) -> DecideDefect:
        """The command inside. Refuses VALIDATION_ERROR an allowance on a rejected claim."""
        allowed = self.allowance
        if allowed is not None and self.decision is DefectDecision.REJECTED:
            message = "a rejected claim has no allowance"
            raise ValidationFailed.field("allowance", "contradicts", message)
        return DecideDefect(
            self.description,
            self.from_before_sale,
            self.from_before_delivery,
            self.decision,
            None if allowed is None else amount(allowed, asset, "allowance", is_positive=True),
            self.document,
        )
