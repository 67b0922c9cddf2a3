"""Wire shapes of a payment on a pledge, which stands alone or beside a release."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.kit.clock import rfc3339
from sanduq.kit.money import Asset
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    ExternalId,
    Input,
    IsoDate,
    Metadata,
    Output,
    Text,
    amount,
)
from sanduq.obligations.receipts.model import ExcessUse
from sanduq.rahnu.contracts.life.payments.model import (
    ApplyTo,
    PayPledge,
    Repayment,
)
from sanduq.rahnu.contracts.life.wire import Day, Timestamp, number

Method = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9_]+$")]


class PledgeRepaymentIn(Input):
    """`apply_to` left out: the custody fee due first, then the debt.

    More than is owed is refused, unless `excess` says what the rest is.
    """

    amount: AmountIn
    apply_to: ApplyTo = ApplyTo.FEE_THEN_DEBT
    method: Method = "cash"
    reference: Text | None = None
    received_on: IsoDate | None = None
    external_id: ExternalId | None = None
    excess: ExcessUse = ExcessUse.REFUSE
    borrower_statement: Text | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self, asset: Asset) -> PayPledge:
        """The payment meant, in the currency of the pledge."""
        return PayPledge(
            amount=amount(self.amount, asset, "amount", is_positive=True),
            apply_to=self.apply_to,
            method=self.method,
            reference=self.reference,
            received_on=self.received_on,
            external_id=self.external_id,
            excess=self.excess,
            is_statement_given=self.borrower_statement is not None,
            metadata=self.metadata,
        )


class PledgeRepaymentObject(Output):
    """A payment on a pledge. `is_free`: nothing is left to pay, the pledge can be fetched."""

    id: str
    type: Literal["pledge_repayment"]
    contract_id: str
    external_id: str | None
    amount: AmountOut
    currency: str
    custody_fee: AmountOut
    debt: AmountOut
    credited_to_borrower: AmountOut
    gift: AmountOut
    apply_to: ApplyTo
    obligation_id: str | None
    debt_repayment_id: str | None
    debt_outstanding: AmountOut
    custody_fee_due: AmountOut
    is_free: bool
    method: str
    reference: str | None
    received_on: Day
    reverses: str | None
    reason: str | None
    journal_ids: list[str]
    metadata: dict[str, str]
    recorded_by: str
    created_at: Timestamp


def repayment_out(one: Repayment) -> dict[str, Any]:
    """A payment as the API and its events render it."""
    return PledgeRepaymentObject(
        id=one.repayment_id,
        type="pledge_repayment",
        contract_id=one.contract_id,
        external_id=one.external_id,
        amount=number(one.amount_minor, one.asset),
        currency=one.asset.code,
        custody_fee=number(one.fee_minor, one.asset),
        debt=number(one.debt_minor, one.asset),
        credited_to_borrower=number(0 if one.is_gift else one.excess_minor, one.asset),
        gift=number(one.excess_minor if one.is_gift else 0, one.asset),
        apply_to=one.apply_to,
        obligation_id=one.obligation_id,
        debt_repayment_id=one.debt_repayment_id,
        debt_outstanding=number(one.debt_left_minor, one.asset),
        custody_fee_due=number(one.fee_left_minor, one.asset),
        is_free=one.is_free,
        method=one.method,
        reference=one.reference,
        received_on=one.received_on.isoformat(),
        reverses=one.reverses,
        reason=one.reason,
        journal_ids=list(one.journal_ids),
        metadata=dict(one.metadata),
        recorded_by=one.recorded_by,
        created_at=rfc3339(one.recorded_at),
    ).model_dump()
