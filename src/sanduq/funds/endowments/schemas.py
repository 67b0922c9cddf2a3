"""Wire shapes of endowments: what is asked. The answers are in `schemas_out`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from sanduq.funds.endowments.model import (
    PURPOSES,
    AssetForm,
    Beneficiary,
    Deed,
    Exchange,
    Frequency,
    Intent,
    Kind,
    NazirPay,
    NewEndowment,
    PayKind,
    Recipient,
    Status,
)
from sanduq.funds.endowments.model_income import (
    Distribute,
    ReceiveMoney,
)
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset, Money
from sanduq.kit.wire import (
    AmountIn,
    Currency,
    ExternalId,
    Input,
    IsoDate,
    LongText,
    Metadata,
    PageQuery,
    Text,
    amount,
    asset_of,
    checked_id,
)

_SHARE = Asset("SHARE", 4)  # a fraction read to the basis point
Category = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,59}$")]


def share_bp(value: object, field: str) -> int:
    """A share of the whole, 0.6 being 6,000 basis points. Refuses VALIDATION_ERROR above 1."""
    share = amount(value, _SHARE, field).amount_minor
    if share > 10_000:
        raise ValidationFailed.field(field, "above_one", f"{field} is at most 1")
    return share


class BeneficiaryIn(Input):
    category: Category
    allocation_pct: AmountIn


class NazirPayIn(Input):
    type: PayKind
    amount: AmountIn | None = None
    share: AmountIn | None = None

    def pay(self, asset: Asset) -> NazirPay:
        """The pay, its sum read in the endowment's currency."""
        stated = self.amount if self.amount is not None else 0
        share = self.share if self.share is not None else 0
        return NazirPay(
            self.type,
            amount(stated, asset, "nazir_pay.amount").amount_minor,
            share_bp(share, "nazir_pay.share"),
        )


class EndowmentIn(Input):
    name: Text
    type: Kind
    asset_description: LongText
    asset_value: AmountIn
    currency: Currency
    waqif_id: Text
    nazir_id: Text
    beneficiaries: Annotated[list[BeneficiaryIn], Field(max_length=50)] = Field(
        default_factory=list
    )
    distribution_frequency: Frequency = Frequency.ANNUALLY
    asset_type: AssetForm = AssetForm.IN_KIND
    is_specific_asset: bool = True
    founder_capacity: Text = "owner"
    purposes: Annotated[list[Text], Field(max_length=50)] = Field(default_factory=list)
    conditions: Annotated[list[LongText], Field(max_length=50)] = Field(default_factory=list)
    nazir_kin_ids: Annotated[list[Text], Field(max_length=50)] = Field(default_factory=list)
    nazir_pay: NazirPayIn | None = None
    deed_date: IsoDate | None = None
    deed_document: Text | None = None
    ends_on: IsoDate | None = None
    qard_allowed: bool = False
    income_retention_allowed: bool = False
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewEndowment:
        """The endowment to record. Refuses VALIDATION_ERROR what cannot be read."""
        asset = asset_of(self.currency)
        for name in ("waqif_id", "nazir_id"):
            checked_id(getattr(self, name), "cpty", name)
        for kin in self.nazir_kin_ids:
            checked_id(kin, "cpty", "nazir_kin_ids")
        value = amount(self.asset_value, asset, "asset_value", is_positive=True)
        pay = self.nazir_pay.pay(asset) if self.nazir_pay else NazirPay(PayKind.NONE)
        deed = Deed(
            kind=self.type,
            asset=asset,
            asset_form=self.asset_type,
            asset_description=self.asset_description,
            asset_value_minor=value.amount_minor,
            is_specific=self.is_specific_asset,
            founder_id=self.waqif_id,
            founder_capacity=self.founder_capacity,
            nazir_id=self.nazir_id,
            nazir_kin_ids=tuple(self.nazir_kin_ids),
            nazir_pay=pay,
            distribution_frequency=self.distribution_frequency,
            beneficiaries=self._beneficiaries(),
            purposes=self._purposes(),
            conditions=tuple(self.conditions),
            deed_on=self.deed_date,
            deed_document=self.deed_document,
            ends_on=self.ends_on,
            is_qard_allowed=self.qard_allowed,
            is_income_retention_allowed=self.income_retention_allowed,
        )
        return NewEndowment(
            name=self.name, deed=deed, external_id=self.external_id, metadata=self.metadata
        )

    def _beneficiaries(self) -> tuple[Beneficiary, ...]:
        if len({each.category for each in self.beneficiaries}) < len(self.beneficiaries):
            raise ValidationFailed.field("beneficiaries", "twice", "a category stands there twice")
        return tuple(
            Beneficiary(
                each.category,
                share_bp(each.allocation_pct, f"beneficiaries.{place}.allocation_pct"),
            )
            for place, each in enumerate(self.beneficiaries)
        )

    def _purposes(self) -> tuple[str, ...]:
        given = [Beneficiary(each.category, 0).purpose for each in self.beneficiaries]
        allowed = {*PURPOSES, *given}
        for purpose in self.purposes:
            if purpose not in allowed:
                message = (
                    f"{purpose!r} is no purpose: use {', '.join(PURPOSES)}, or name a beneficiary"
                )
                raise ValidationFailed.field("purposes", "unknown_purpose", message)
        return tuple(dict.fromkeys([*given, *self.purposes]))


class EndowmentStepIn(Input):
    reason: Text | None = None


class MoneyIn(Input):
    amount: AmountIn
    currency: Currency

    def money(self) -> Money:
        """More than nothing, in the currency named."""
        return amount(self.amount, asset_of(self.currency), "amount", is_positive=True)


class EndowmentIncomeIn(MoneyIn):
    description: LongText | None = None
    received_on: IsoDate | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> ReceiveMoney:
        """What the asset earned."""
        return ReceiveMoney(
            self.money(), None, None, self.description, self.received_on, self.external_id,
            self.metadata,
        )  # fmt: skip


class EndowmentContributionIn(MoneyIn):
    intent: Intent | None = None
    donor_id: Text | None = None
    description: LongText | None = None
    received_on: IsoDate | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> ReceiveMoney:
        """What somebody gave, and as what."""
        if self.donor_id is not None:
            checked_id(self.donor_id, "cpty", "donor_id")
        return ReceiveMoney(
            self.money(), self.intent, self.donor_id, self.description, self.received_on,
            self.external_id, self.metadata,
        )  # fmt: skip


class PayeeIn(Input):
    category: Category
    payee_id: Text


class DistributionIn(MoneyIn):
    recipient: Recipient = Recipient.BENEFICIARIES
    payees: Annotated[list[PayeeIn], Field(max_length=50)] = Field(default_factory=list)
    memo: LongText | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> Distribute:
        """Income to use, and who takes it for each category."""
        return Distribute(
            self.money(),
            self.recipient,
            {each.category: checked_id(each.payee_id, "cpty", "payee_id") for each in self.payees},
            self.memo,
            self.external_id,
            self.metadata,
        )


class EndowmentLossIn(MoneyIn):
    reason: LongText | None = None
    evidence: LongText | None = None


class EndowmentRestoreIn(MoneyIn):
    reason: Text | None = None


class EndowmentExchangeIn(Input):
    currency: Currency
    benefit: LongText | None = None
    valuation_document: Text | None = None
    counterparty_id: Text | None = None
    old_value: AmountIn
    new_value: AmountIn
    old_annual_income: AmountIn
    new_annual_income: AmountIn
    new_asset_description: LongText
    is_replaced_at_once: bool

    def command(self) -> Exchange:
        """The asset that goes and the one that comes."""
        asset = asset_of(self.currency)
        if self.counterparty_id is not None:
            checked_id(self.counterparty_id, "cpty", "counterparty_id")

        def money(name: str) -> Money:
            return amount(getattr(self, name), asset, name)

        return Exchange(
            benefit=self.benefit,
            valuation_document=self.valuation_document,
            counterparty_id=self.counterparty_id,
            old_value=money("old_value"),
            new_value=money("new_value"),
            old_income=money("old_annual_income"),
            new_income=money("new_annual_income"),
            new_description=self.new_asset_description,
            is_replaced_at_once=self.is_replaced_at_once,
        )


class EndowmentFilters(PageQuery):
    status: Status | None = None
    type: Kind | None = None
    currency: Currency | None = None
    waqif_id: Text | None = None
    external_id: ExternalId | None = None

    def columns(self) -> dict[str, str | None]:
        """The filters by the column each stands for."""
        wanted: dict[str, Any] = {
            "status": self.status,
            "kind": self.type,
            "asset": str(asset_of(self.currency)) if self.currency is not None else None,
            "founder_id": self.waqif_id,
            "external_id": self.external_id,
        }
        return {name: str(value) if value else None for name, value in wanted.items()}


class StatementQuery(Input):
    from_date: IsoDate | None = None
    to_date: IsoDate | None = None
