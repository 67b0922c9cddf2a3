"""Wire shapes of takaful covers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from sanduq.custody.schemas import Identifier, Name, WeightOut, grams
from sanduq.custody.takaful.model import Cover, CoverFilters, NewCover, Position
from sanduq.kit.money import Money
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Currency,
    ExternalId,
    Input,
    IsoDate,
    ListOutput,
    Metadata,
    Output,
    PageQuery,
    amount,
    asset_of,
    number,
)


class TakafulCoverIn(Input):
    """A cover of what lies in a branch; both days are covered."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "provider": "Takaful Ikhlas", "policy_number": "TK-2024-1", "is_takaful": True,
                    "sum_covered": 500000, "premium": 1200, "currency": "USD",
                    "valid_from": "2024-01-01", "valid_to": "2024-12-31",
                }
            ]
        }
    )  # fmt: skip

    provider: Name
    policy_number: Name
    is_takaful: bool
    sum_covered: AmountIn
    premium: AmountIn
    currency: Currency
    valid_from: IsoDate
    valid_to: IsoDate
    branch_id: Identifier | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewCover:
        """The cover to record. Refuses VALIDATION_ERROR amounts that cannot be read."""
        asset = asset_of(self.currency)
        return NewCover(
            branch_id=self.branch_id,
            provider=self.provider,
            policy_number=self.policy_number,
            is_takaful=self.is_takaful,
            covered=amount(self.sum_covered, asset, "sum_covered", is_positive=True),
            premium=amount(self.premium, asset, "premium"),
            valid_from_on=self.valid_from,
            valid_to_on=self.valid_to,
            external_id=self.external_id,
            metadata=self.metadata,
        )


class TakafulCoverQuery(PageQuery):
    branch_id: Identifier | None = None
    valid_on: IsoDate | None = None

    def filters(self) -> CoverFilters:
        """What to list."""
        return CoverFilters(self.branch_id, self.valid_on)


class TakafulPositionQuery(Input):
    branch_id: Identifier | None = None


class TakafulCoverOut(Output):
    id: str
    type: Literal["takaful_cover"]
    branch_id: str
    provider: str
    policy_number: str
    is_takaful: Literal[True]
    sum_covered: AmountOut
    premium: AmountOut
    currency: str
    valid_from: date
    valid_to: date
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str


class TakafulCoverList(ListOutput):
    data: list[TakafulCoverOut]


class TakafulPositionLineOut(Output):
    """`held_value` and `uncovered` are null with `reason` `no board` while no price board is in
    force; `unpriced_items` are things no board prices."""

    branch_id: str
    currency: str
    item_count: int
    fine_weight_grams: WeightOut
    unpriced_items: int
    sum_covered: AmountOut
    held_value: AmountOut | None
    uncovered: AmountOut | None
    reason: Literal["no board"] | None


class TakafulPositionOut(Output):
    type: Literal["takaful_position"]
    data: list[TakafulPositionLineOut]


def cover_out(one: Cover) -> dict[str, Any]:
    """A cover as the API writes it."""
    return TakafulCoverOut(
        id=one.cover_id,
        type="takaful_cover",
        branch_id=one.branch_id,
        provider=one.provider,
        policy_number=one.policy_number,
        is_takaful=True,
        sum_covered=number(one.covered),
        premium=number(one.premium),
        currency=one.covered.asset.code,
        valid_from=one.valid_from_on,
        valid_to=one.valid_to_on,
        external_id=one.external_id,
        metadata=dict(one.metadata),
        created_at=one.created_at,
        created_by=one.created_by,
    ).model_dump()


def position_out(lines: Sequence[Position]) -> dict[str, Any]:
    """Covered against held as the API writes it."""
    return TakafulPositionOut(
        type="takaful_position", data=[_line_out(line) for line in lines]
    ).model_dump()


def _line_out(line: Position) -> TakafulPositionLineOut:
    held, bare = line.held_minor, line.uncovered_minor
    return TakafulPositionLineOut(
        branch_id=line.branch_id,
        currency=line.asset.code,
        item_count=line.item_count,
        fine_weight_grams=grams(line.fine_weight_mg),
        unpriced_items=line.unpriced_count,
        sum_covered=number(Money(line.covered_minor, line.asset)),
        held_value=number(Money(held, line.asset)) if held is not None else None,
        uncovered=number(Money(bare, line.asset)) if bare is not None else None,
        reason="no board" if held is None else None,
    )
