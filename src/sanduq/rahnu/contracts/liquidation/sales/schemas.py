"""Wire shapes of the sale of a pledge."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from sanduq.kit.money import Asset, Money
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    ExternalId,
    Input,
    IsoDate,
    ListOutput,
    Metadata,
    Output,
    PageQuery,
    Text,
    amount,
    checked_id,
    number,
)
from sanduq.rahnu.contracts.liquidation.sales.model import (
    Cost,
    CostKind,
    NewSale,
    Quote,
    Sale,
    SaleMethod,
    SaleStatus,
)


class SaleCostIn(Input):
    kind: CostKind
    amount: AmountIn
    receipt_reference: Text
    payee: Text | None = None


class SaleQuoteIn(Input):
    given_by: Text
    amount: AmountIn
    reference: Text
    quoted_on: IsoDate


class LiquidateIn(Input):
    method: SaleMethod
    lot_id: Text | None = None
    buyer_id: Text | None = None
    price: AmountIn | None = None
    items: Annotated[list[Text], Field(min_length=1, max_length=100)] | None = None
    costs: Annotated[list[SaleCostIn], Field(max_length=50)] = Field(default_factory=list)
    quotes: Annotated[list[SaleQuoteIn], Field(max_length=20)] = Field(default_factory=list)
    owner_sale_contract: Text | None = None
    payment_method: Text = "cash"
    payment_reference: Text | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self, contract_id: str, asset: Asset) -> NewSale:
        """The sale asked for. Refuses VALIDATION_ERROR what cannot be read."""
        if self.lot_id is not None:
            checked_id(self.lot_id, "lot", "lot_id")
        if self.buyer_id is not None:
            checked_id(self.buyer_id, "cpty", "buyer_id")
        price = None
        if self.price is not None:
            price = amount(self.price, asset, "price", is_positive=True).amount_minor
        return NewSale(
            contract_id=contract_id,
            method=self.method,
            lot_id=self.lot_id,
            buyer_id=self.buyer_id,
            price_minor=price,
            item_ids=None if self.items is None else tuple(self.items),
            costs=tuple(
                Cost(
                    one.kind,
                    amount(
                        one.amount, asset, f"costs.{place}.amount", is_positive=True
                    ).amount_minor,
                    one.receipt_reference,
                    one.payee,
                )
                for place, one in enumerate(self.costs)
            ),
            quotes=tuple(
                Quote(
                    one.given_by,
                    amount(
                        one.amount, asset, f"quotes.{place}.amount", is_positive=True
                    ).amount_minor,
                    one.reference,
                    one.quoted_on,
                )
                for place, one in enumerate(self.quotes)
            ),
            owner_sale_contract=self.owner_sale_contract,
            payment_method=self.payment_method,
            payment_reference=self.payment_reference,
            external_id=self.external_id,
            metadata=self.metadata,
        )


class SaleDecisionIn(Input):
    reason: Text | None = None


class SaleRejectionIn(Input):
    reason: Text


class CreditorPaymentIn(Input):
    reference: Text


class SaleFilters(PageQuery):
    contract_id: Text | None = None
    status: SaleStatus | None = None
    method: SaleMethod | None = None
    buyer_id: Text | None = None
    external_id: ExternalId | None = None

    def chosen(self) -> dict[str, str]:
        """The filters that were given."""
        names = ("contract_id", "status", "method", "buyer_id", "external_id")
        given = {name: getattr(self, name) for name in names}
        return {name: str(value) for name, value in given.items() if value is not None}


class SaleCostOut(Output):
    kind: CostKind
    amount: AmountOut
    receipt_reference: str
    payee: str | None


class SaleQuoteOut(Output):
    given_by: str
    amount: AmountOut
    reference: str
    quoted_on: date


class SoldItemOut(Output):
    item_id: str
    market_value: AmountOut


class SaleSharingOut(Output):
    owner_bears_sale_costs: bool
    sale_costs: AmountOut
    owner_costs: AmountOut
    debt_due: AmountOut
    custody_fee_due: AmountOut
    collection_costs: AmountOut
    to_debt: AmountOut
    to_custody_fee: AmountOut
    to_collection_costs: AmountOut
    surplus: AmountOut
    shortfall: AmountOut


class PledgeSaleOut(Output):
    id: str
    type: str
    external_id: str | None
    contract_id: str
    method: SaleMethod
    status: SaleStatus
    lot_id: str | None
    buyer_id: str
    items: list[SoldItemOut]
    currency: str
    price: AmountOut
    market_value: AmountOut
    priced_at: datetime
    price_board_ids: list[str]
    costs: list[SaleCostOut]
    quotes: list[SaleQuoteOut]
    owner_sale_contract: str | None
    payment_method: str
    payment_reference: str | None
    sharing: SaleSharingOut | None
    repayment_id: str | None
    surplus_id: str | None
    release_id: str | None
    return_release_ids: list[str]
    creditor_paid_on: date | None
    sold_on: date | None
    reason: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str
    executed_at: datetime | None
    executed_by: str | None


class PledgeSaleList(ListOutput):
    data: list[PledgeSaleOut]


def sale_out(sale: Sale) -> dict[str, Any]:
    """A sale as the API and its events write it."""

    def money(minor: int) -> Decimal:
        return number(Money(minor, sale.asset))

    same = ("external_id", "contract_id", "method", "status", "lot_id", "buyer_id", "priced_at",
            "owner_sale_contract", "payment_method", "payment_reference", "repayment_id",
            "surplus_id", "release_id", "creditor_paid_on", "sold_on", "reason", "created_at",
            "created_by", "executed_at", "executed_by")  # fmt: skip
    return PledgeSaleOut(
        id=sale.sale_id,
        type="pledge_sale",
        items=[
            SoldItemOut(item_id=one.item_id, market_value=money(one.market_minor))
            for one in sale.items
        ],
        currency=sale.asset.code,
        price=money(sale.price_minor),
        market_value=money(sale.market_minor),
        price_board_ids=list(sale.price_board_ids),
        costs=[
            SaleCostOut(
                kind=one.kind,
                amount=money(one.amount_minor),
                receipt_reference=one.receipt_reference,
                payee=one.payee,
            )
            for one in sale.costs
        ],
        quotes=[
            SaleQuoteOut(
                given_by=one.given_by,
                amount=money(one.amount_minor),
                reference=one.reference,
                quoted_on=one.quoted_on,
            )
            for one in sale.quotes
        ],
        sharing=_sharing(sale),
        return_release_ids=list(sale.return_release_ids),
        metadata=dict(sale.metadata),
        **{name: getattr(sale, name) for name in same},
    ).model_dump()


def _sharing(sale: Sale) -> SaleSharingOut | None:
    if sale.status is not SaleStatus.EXECUTED:
        return None

    def money(minor: int | None) -> Decimal:
        return number(Money(minor or 0, sale.asset))

    return SaleSharingOut(
        owner_bears_sale_costs=bool(sale.has_owner_sale_costs),
        sale_costs=money(sale.sale_costs_minor),
        owner_costs=money(sale.owner_costs_minor),
        debt_due=money(sale.principal_due_minor),
        custody_fee_due=money(sale.fee_due_minor),
        collection_costs=money(sale.collection_minor),
        to_debt=money(sale.to_principal_minor),
        to_custody_fee=money(sale.to_fee_minor),
        to_collection_costs=money(sale.to_collection_minor),
        surplus=money(sale.surplus_minor),
        shortfall=money(sale.shortfall_minor),
    )
