"""Wire shapes of sittings."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, Field

from sanduq.kit.money import Asset, Money
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    ExternalId,
    Input,
    ListOutput,
    LongText,
    Metadata,
    Output,
    PageQuery,
    Text,
    amount,
    number,
)
from sanduq.kit.wire_weight import NumberOut, WeightIn, grams, per_mille, weight_mg
from sanduq.sarf.model import Leg, PossessionKind, SessionEnd, SessionKind
from sanduq.sarf.sessions.model import (
    Direction,
    MoneyBack,
    NewPossession,
    Possession,
    Session,
    SessionFilters,
    SessionPiece,
    SessionStatus,
    VoidGround,
)


def _without_nul(value: Any) -> Any:
    if isinstance(value, str) and "\x00" in value:
        raise ValueError("an id must not contain the NUL character")
    return value


def _written_out(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("write the instant as RFC 3339 text")
    return value


Identifier = Annotated[str, BeforeValidator(_without_nul), Field(min_length=1, max_length=70)]
Instant = Annotated[AwareDatetime, BeforeValidator(_written_out)]
ItemId = Annotated[str, Field(pattern=r"^itm_[0-9A-Za-z_]{1,60}$")]


class AcceptanceIn(Input):
    accepted_by_id: Identifier
    note: LongText | None = None


class GoldReceivedIn(Input):
    """Which side is received; a sitting with one gold side needs no `leg`."""

    leg: Leg | None = None
    kind: PossessionKind = PossessionKind.GOLD_IN_HAND
    received_by_id: Identifier
    handed_over_by: Identifier
    place: Text
    weight_grams: WeightIn | None = None
    reference: Text | None = None

    def command(self) -> NewPossession:
        """The receipt to record."""
        heavy = self.weight_grams
        return NewPossession(
            kind=self.kind,
            received_by_id=self.received_by_id,
            handed_over_by=self.handed_over_by,
            place=self.place,
            reference=self.reference,
            weight_mg=None if heavy is None else weight_mg(heavy, "weight_grams"),
        )


class MoneyReceivedIn(Input):
    kind: PossessionKind
    amount: AmountIn
    received_by_id: Identifier
    handed_over_by: Identifier
    place: Text
    reference: Text | None = None
    available_at: Instant | None = None

    def command(self, asset: Asset) -> NewPossession:
        """The receipt to record."""
        return NewPossession(
            kind=self.kind,
            received_by_id=self.received_by_id,
            handed_over_by=self.handed_over_by,
            place=self.place,
            reference=self.reference,
            amount=amount(self.amount, asset, "amount", is_positive=True),
            received_at=self.available_at,
        )


class ReasonIn(Input):
    reason: LongText


class ClosingIn(Input):
    """How it ended: the parties left, or each told the other that it is final."""

    ended_how: SessionEnd = SessionEnd.PARTING


class MoneyBackIn(Input):
    kind: PossessionKind
    received_by_id: Identifier
    handed_over_by: Identifier
    place: Text
    reference: Text | None = None

    def command(self) -> MoneyBack:
        """How it went back."""
        return MoneyBack(
            kind=self.kind,
            received_by_id=self.received_by_id,
            handed_over_by=self.handed_over_by,
            place=self.place,
            reference=self.reference,
        )


class VoidRequestIn(Input):
    ground: VoidGround
    reason: LongText
    money_back: MoneyBackIn | None = None

    def back(self) -> MoneyBack | None:
        """How the money goes back; None where none was paid."""
        return None if self.money_back is None else self.money_back.command()


class SessionQuery(PageQuery):
    kind: SessionKind | None = None
    status: SessionStatus | None = None
    customer_id: Identifier | None = None
    branch_id: Identifier | None = None
    external_id: ExternalId | None = None

    def filters(self) -> SessionFilters:
        """Which sittings are asked for."""
        return SessionFilters(
            self.kind, self.status, self.customer_id, self.branch_id, self.external_id
        )


class SessionPieceOut(Output):
    item_id: str
    direction: Direction
    valuation_id: str | None
    kind: str
    gross_weight_grams: NumberOut
    net_weight_grams: NumberOut
    fineness: NumberOut
    fine_weight_grams: NumberOut


class PossessionOut(Output):
    leg: Leg
    kind: PossessionKind
    received_by_id: str
    handed_over_by: str
    place: str
    amount: AmountOut | None
    fine_weight_grams: NumberOut | None
    reference: str | None
    received_at: datetime
    recorded_at: datetime
    recorded_by: str


class MoneyBackOut(Output):
    kind: PossessionKind
    received_by_id: str
    handed_over_by: str
    place: str
    reference: str | None


class SessionOut(Output):
    id: str
    external_id: str | None
    kind: SessionKind
    status: SessionStatus
    customer_id: str
    branch_id: str
    currency: str
    price: AmountOut
    market_value: AmountOut
    price_board_id: str
    service_fee: AmountOut
    service_cost: AmountOut
    pieces: list[SessionPieceOut]
    legs: list[Leg]
    missing_legs: list[Leg]
    possessions: list[PossessionOut]
    wording: str | None
    opened_at: datetime
    opened_by: str
    expires_at: datetime
    accepted_at: datetime | None
    accepted_by_id: str | None
    accepted_note: str | None
    ended_at: datetime | None
    ended_by: str | None
    ended_how: str | None
    end_reason: str | None
    release_id: str | None
    return_ids: list[str]
    journal_id: str | None
    reversal_id: str | None
    money_due_back: AmountOut
    money_back: MoneyBackOut | None
    metadata: Metadata
    created_at: datetime


class SessionList(ListOutput):
    data: list[SessionOut]


def session_out(one: Session) -> dict[str, Any]:
    """A sitting as the API writes it."""

    def money(minor: int) -> Any:
        return number(Money(minor, one.asset))

    back = one.money_back
    return SessionOut(
        id=one.session_id,
        external_id=one.external_id,
        kind=one.kind,
        status=one.status,
        customer_id=one.customer_id,
        branch_id=one.branch_id,
        currency=one.asset.code,
        price=money(one.price_minor),
        market_value=money(one.market_minor),
        price_board_id=one.price_board_id,
        service_fee=money(one.service_fee_minor),
        service_cost=money(one.service_cost_minor),
        pieces=[_piece_out(each) for each in one.pieces],
        legs=list(one.legs),
        missing_legs=list(one.missing_legs),
        possessions=[_possession_out(each, one.asset) for each in one.possessions],
        wording=one.wording,
        opened_at=one.opened_at,
        opened_by=one.opened_by,
        expires_at=one.expires_at,
        accepted_at=one.accepted_at,
        accepted_by_id=one.accepted_by_id,
        accepted_note=one.accepted_note,
        ended_at=one.ended_at,
        ended_by=one.ended_by,
        ended_how=one.ended_how,
        end_reason=one.end_reason,
        release_id=one.release_id,
        return_ids=list(one.return_ids),
        journal_id=one.journal_id,
        reversal_id=one.reversal_id,
        money_due_back=money(one.money_due_back_minor),
        money_back=None
        if back is None
        else MoneyBackOut(
            kind=back.kind, received_by_id=back.received_by_id,
            handed_over_by=back.handed_over_by, place=back.place, reference=back.reference,
        ),
        metadata=dict(one.metadata),
        created_at=one.opened_at,
    ).model_dump()  # fmt: skip


def _piece_out(one: SessionPiece) -> SessionPieceOut:
    return SessionPieceOut(
        item_id=one.item_id,
        direction=one.direction,
        valuation_id=one.valuation_id,
        kind=one.kind,
        gross_weight_grams=grams(one.gross_weight_mg),
        net_weight_grams=grams(one.net_weight_mg),
        fineness=per_mille(one.fineness_bp),
        fine_weight_grams=grams(one.fine_weight_mg),
    )


def _possession_out(one: Possession, asset: Asset) -> PossessionOut:
    paid, fine = one.amount_minor, one.fine_weight_mg
    return PossessionOut(
        leg=one.leg,
        kind=one.kind,
        received_by_id=one.received_by_id,
        handed_over_by=one.handed_over_by,
        place=one.place,
        amount=None if paid is None else number(Money(paid, asset)),
        fine_weight_grams=None if fine is None else grams(fine),
        reference=one.reference,
        received_at=one.received_at,
        recorded_at=one.recorded_at,
        recorded_by=one.recorded_by,
    )
