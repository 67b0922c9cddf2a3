"""Wire shapes of values, margins, calls and top-ups: what is answered."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from sanduq.kit.money import Asset, Money, plain_number
from sanduq.kit.wire import AmountOut, ListOutput, Output, number
from sanduq.kit.wire_ratio import NumberOut
from sanduq.rahnu.contracts.margin.model import (
    BookRevaluation,
    CallStatus,
    Channel,
    MarginCall,
    MarginCause,
    Revaluation,
    RevaluationBasis,
    Standing,
    TopUp,
    TopUpKind,
)
from sanduq.rahnu.contracts.model import Contract, MarginFlag, PledgeStatus


class TriggerOut(Output):
    """At which price of a gram of pure metal a share of the value is reached; null: at none.

    The line without a flag is the limit at which a new pledge is taken.
    """

    flag: MarginFlag | None
    ltv: NumberOut
    price_per_gram: AmountOut | None


class FlagChangeOut(Output):
    flag_before: MarginFlag
    flag_after: MarginFlag
    cause: MarginCause
    claims: AmountOut
    appraised_value: AmountOut
    cash_held: AmountOut
    ltv: NumberOut | None
    changed_at: datetime


class MarginCallOut(Output):
    """A notice that claims have come near the value of a pledge. It gives no right to sell."""

    id: str
    type: Literal["margin_call"]
    contract_id: str
    pledgor_id: str
    branch_id: str
    status: CallStatus
    flag: MarginFlag
    called_on: date
    cure_by: date
    claims: AmountOut
    cover: AmountOut
    ltv: NumberOut | None
    currency: str
    notice: str
    gives_right_to_sell: Literal[False]
    delivered_on: date | None
    channel: Channel | None
    proof: str | None
    ended_on: date | None
    end_cause: MarginCause | None
    created_at: datetime
    created_by: str


class MarginCallList(ListOutput):
    data: list[MarginCallOut]


class MarginOut(Output):
    """How near claims are to what covers them, today. A flag is information, never a way to sell.

    `ltv` is claims by value and cash held; `is_price_stale`: no price of today, so no flag moves.
    """

    type: Literal["margin"]
    contract_id: str
    status: PledgeStatus
    flag: MarginFlag
    currency: str
    debt_outstanding: AmountOut
    custody_fee_due: AmountOut
    claims: AmountOut
    appraised_value: AmountOut
    cash_held: AmountOut
    ltv: NumberOut | None
    ltv_max: NumberOut
    hysteresis: NumberOut
    is_price_stale: bool
    gives_right_to_sell: Literal[False]
    triggers: list[TriggerOut]
    call: MarginCallOut | None
    history: list[FlagChangeOut]


class RevaluationOut(Output):
    id: str
    type: Literal["revaluation"]
    contract_id: str
    basis: RevaluationBasis
    price_board_id: str | None
    source: str | None
    run_id: str | None
    old_value: AmountOut
    new_value: AmountOut
    claims: AmountOut
    cash_held: AmountOut
    currency: str
    ltv_before: NumberOut | None
    ltv_after: NumberOut | None
    flag_before: MarginFlag
    flag_after: MarginFlag
    created_at: datetime
    created_by: str


class RevaluationList(ListOutput):
    data: list[RevaluationOut]


class BookRevaluationOut(Output):
    """A run over all pledges of a metal. `unpriced_items` kept the value they had."""

    id: str
    type: Literal["book_revaluation"]
    metal: str
    currency: str
    price_board_id: str
    revalued_on: date
    pledges: int
    unpriced_items: int
    old_value: AmountOut
    new_value: AmountOut
    margin_calls: int
    margin_cures: int
    created_at: datetime
    created_by: str


class BookRevaluationList(ListOutput):
    data: list[BookRevaluationOut]


class TopUpOut(Output):
    """Cash left beside a pledge, or given back; it is the owner's all along."""

    id: str
    type: Literal["top_up"]
    contract_id: str
    kind: TopUpKind
    amount: AmountOut
    currency: str
    held_after: AmountOut
    reason: str | None
    journal_id: str
    moved_on: date
    created_at: datetime
    created_by: str


class TopUpList(ListOutput):
    data: list[TopUpOut]


def _amount(minor: int, asset: Asset) -> Decimal:
    return number(Money(minor, asset))


def _share(basis_points: int) -> Decimal:
    return plain_number(Decimal(basis_points).scaleb(-4))


def _ltv(basis_points: int | None) -> Decimal | None:
    return None if basis_points is None else _share(basis_points)


def margin_call_out(one: MarginCall) -> dict[str, Any]:
    """A margin call as the API writes it."""
    return _call(one).model_dump()


def _call(one: MarginCall) -> MarginCallOut:
    delivery = one.delivery
    return MarginCallOut(
        id=one.margin_call_id,
        type="margin_call",
        contract_id=one.contract_id,
        pledgor_id=one.pledgor_id,
        branch_id=one.branch_id,
        status=one.status,
        flag=one.flag,
        called_on=one.called_on,
        cure_by=one.cure_by_on,
        claims=_amount(one.claims_minor, one.asset),
        cover=_amount(one.cover_minor, one.asset),
        ltv=_ltv(one.ltv_bp),
        currency=one.asset.code,
        notice=one.notice,
        gives_right_to_sell=False,
        delivered_on=None if delivery is None else delivery.delivered_on,
        channel=None if delivery is None else delivery.channel,
        proof=None if delivery is None else delivery.proof,
        ended_on=one.ended_on,
        end_cause=one.end_cause,
        created_at=one.created_at,
        created_by=one.created_by,
    )


def margin_out(contract: Contract, now: Standing) -> dict[str, Any]:
    """How a pledge's margin stands, as the API writes it."""
    asset, cover = contract.asset, now.cover
    return MarginOut(
        type="margin",
        contract_id=contract.contract_id,
        status=contract.status,
        flag=now.flag,
        currency=asset.code,
        debt_outstanding=_amount(now.debt_minor, asset),
        custody_fee_due=_amount(now.fee_minor, asset),
        claims=_amount(cover.claims_minor, asset),
        appraised_value=_amount(cover.value_minor, asset),
        cash_held=_amount(cover.held_minor, asset),
        ltv=_ltv(cover.ltv_bp),
        ltv_max=_share(now.terms.ltv_max_bp),
        hysteresis=_share(now.terms.hysteresis_bp),
        is_price_stale=now.is_price_stale,
        gives_right_to_sell=False,
        triggers=[
            TriggerOut(
                flag=None if one.flag is MarginFlag.NONE else one.flag,
                ltv=_share(one.threshold_bp),
                price_per_gram=None if one.price_minor is None else _amount(one.price_minor, asset),
            )
            for one in now.triggers
        ],
        call=None if now.call is None else _call(now.call),
        history=[
            FlagChangeOut(
                flag_before=one.before,
                flag_after=one.after,
                cause=one.cause,
                claims=_amount(one.cover.claims_minor, asset),
                appraised_value=_amount(one.cover.value_minor, asset),
                cash_held=_amount(one.cover.held_minor, asset),
                ltv=_ltv(one.cover.ltv_bp),
                changed_at=at,
            )
            for one, at in now.history
        ],
    ).model_dump()


def revaluation_out(one: Revaluation, asset: Asset) -> dict[str, Any]:
    """A revaluation of one pledge as the API writes it."""
    return RevaluationOut(
        id=one.revaluation_id,
        type="revaluation",
        contract_id=one.contract_id,
        basis=one.basis,
        price_board_id=one.price_board_id,
        source=one.source,
        run_id=one.run_id,
        old_value=_amount(one.old_value_minor, asset),
        new_value=_amount(one.new_value_minor, asset),
        claims=_amount(one.claims_minor, asset),
        cash_held=_amount(one.held_minor, asset),
        currency=asset.code,
        ltv_before=_ltv(one.ltv_before_bp),
        ltv_after=_ltv(one.ltv_after_bp),
        flag_before=one.flag_before,
        flag_after=one.flag_after,
        created_at=one.revalued_at,
        created_by=one.revalued_by,
    ).model_dump()


def book_revaluation_out(one: BookRevaluation) -> dict[str, Any]:
    """A run over the book as the API writes it."""
    return BookRevaluationOut(
        id=one.run_id,
        type="book_revaluation",
        metal=one.metal,
        currency=one.asset.code,
        price_board_id=one.price_board_id,
        revalued_on=one.revalued_on,
        pledges=one.pledge_count,
        unpriced_items=one.unpriced_items,
        old_value=_amount(one.old_value_minor, one.asset),
        new_value=_amount(one.new_value_minor, one.asset),
        margin_calls=one.called_count,
        margin_cures=one.cured_count,
        created_at=one.created_at,
        created_by=one.created_by,
    ).model_dump()


def top_up_out(one: TopUp) -> dict[str, Any]:
    """A top-up as the API writes it."""
    asset = one.amount.asset
    return TopUpOut(
        id=one.top_up_id,
        type="top_up",
        contract_id=one.contract_id,
        kind=one.kind,
        amount=number(one.amount),
        currency=asset.code,
        held_after=_amount(one.held_after_minor, asset),
        reason=one.reason,
        journal_id=one.journal_id,
        moved_on=one.moved_on,
        created_at=one.created_at,
        created_by=one.created_by,
    ).model_dump()
