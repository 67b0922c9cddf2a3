"""Wire shapes of deposits and the payments of their fee."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from sanduq.kit.money import Asset, Money
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Currency,
    ExternalId,
    Input,
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
from sanduq.rahnu.deposits.model import Deposit, DepositPayment, DepositStatus, NewDeposit
from sanduq.rahnu.facts import DepositBasis


class DepositIn(Input):
    """`amanah`: kept in trust, for a fee by policy or for nothing. `damanah`: owed like a loan,
    and then without any fee. `perks`: what the owner would get for the deposit alone."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"owner_id": "cpty_owner", "currency": "USD", "item_ids": ["itm_bar"],
                 "fee_policy_id": "fpl_by_weight"}
            ]
        }
    )  # fmt: skip

    owner_id: Text
    currency: Currency
    item_ids: Annotated[list[Text], Field(min_length=1, max_length=100)]
    liability_basis: DepositBasis = DepositBasis.AMANAH
    fee_policy_id: Text | None = None
    vault_class: Annotated[int, Field(ge=1, le=9)] = 1
    takaful_premium: AmountIn = 0
    perks: Annotated[list[Text], Field(max_length=20)] = Field(default_factory=list)
    branch_id: Text | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewDeposit:
        """The deposit to open. Refuses VALIDATION_ERROR ids and amounts that cannot be read."""
        asset = asset_of(self.currency)
        if self.fee_policy_id is not None:
            checked_id(self.fee_policy_id, "fpl", "fee_policy_id")
        premium = amount(self.takaful_premium, asset, "takaful_premium")
        return NewDeposit(
            owner_id=self.owner_id,
            asset=asset,
            item_ids=tuple(dict.fromkeys(self.item_ids)),
            liability_basis=self.liability_basis,
            fee_policy_id=self.fee_policy_id,
            vault_class=self.vault_class,
            takaful_premium_minor=premium.amount_minor,
            perks=tuple(self.perks),
            branch_id=self.branch_id,
            external_id=self.external_id,
            metadata=self.metadata,
        )


class DepositPaymentIn(Input):
    amount: AmountIn
    reference: Text | None = None

    def money(self, asset: Asset) -> Money:
        """The amount paid. Refuses VALIDATION_ERROR none, or one that is not exact."""
        return amount(self.amount, asset, "amount", is_positive=True)


class DepositWithdrawalIn(Input):
    """`agent_id`: who comes in the owner's place, and then `proof` is the paper that shows it."""

    agent_id: Text | None = None
    proof: Text | None = None
    reason: Text | None = None


class DepositFilters(PageQuery):
    status: DepositStatus | None = None
    owner_id: Text | None = None
    external_id: ExternalId | None = None


class DepositOut(Output):
    """The fee is as charged up to the last end of day, payment or withdrawal."""

    id: str
    type: Literal["deposit"]
    status: DepositStatus
    owner_id: str
    branch_id: str
    currency: str
    item_ids: list[str]
    liability_basis: DepositBasis
    fee_policy_id: str | None
    fee_monthly: AmountOut | None
    fee_accrued: AmountOut
    fee_paid: AmountOut
    fee_due: AmountOut
    kept_from: date | None
    fee_until: date | None
    pledged_to: str | None
    release_id: str | None
    withdrawn_at: datetime | None
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str
    etag: str


class DepositList(ListOutput):
    data: list[DepositOut]


class DepositPaymentOut(Output):
    id: str
    type: Literal["deposit_payment"]
    deposit_id: str
    amount: AmountOut
    currency: str
    paid_on: date
    reference: str | None
    journal_id: str
    created_at: datetime
    created_by: str


class DepositPaymentList(ListOutput):
    data: list[DepositPaymentOut]


def deposit_out(deposit: Deposit) -> dict[str, Any]:
    """A deposit as the API writes it."""

    def money(minor: int) -> Any:
        return number(Money(minor, deposit.asset))

    monthly = deposit.fee_monthly_minor
    return DepositOut(
        id=deposit.deposit_id,
        type="deposit",
        status=deposit.status,
        owner_id=deposit.owner_id,
        branch_id=deposit.branch_id,
        currency=deposit.asset.code,
        item_ids=list(deposit.item_ids),
        liability_basis=deposit.liability_basis,
        fee_policy_id=deposit.fee_policy_id,
        fee_monthly=None if monthly is None else money(monthly),
        fee_accrued=money(deposit.fee_accrued_minor),
        fee_paid=money(deposit.fee_paid_minor),
        fee_due=money(deposit.fee_due_minor),
        kept_from=deposit.kept_from_on,
        fee_until=deposit.fee_until_on,
        pledged_to=deposit.pledged_to,
        release_id=deposit.release_id,
        withdrawn_at=deposit.withdrawn_at,
        external_id=deposit.external_id,
        metadata=dict(deposit.metadata),
        created_at=deposit.created_at,
        created_by=deposit.created_by,
        etag=deposit.etag,
    ).model_dump()


def payment_out(payment: DepositPayment) -> dict[str, Any]:
    """A payment of a deposit's fee as the API writes it."""
    return DepositPaymentOut(
        id=payment.payment_id,
        type="deposit_payment",
        deposit_id=payment.deposit_id,
        amount=number(payment.amount),
        currency=payment.amount.asset.code,
        paid_on=payment.paid_on,
        reference=payment.reference,
        journal_id=payment.journal_id,
        created_at=payment.recorded_at,
        created_by=payment.recorded_by,
    ).model_dump()
