"""Wire shapes of revaluations."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import ConfigDict

from sanduq.kit.money import Asset, Money
from sanduq.kit.wire import (
    AmountOut,
    Currency,
    Input,
    ListOutput,
    Output,
    PageQuery,
    asset_of,
    number,
)
from sanduq.sarf.position.revaluations.model import Revaluation, RevaluationCause


class SarfRevaluationIn(Input):
    """The currency whose gold and promises are measured on the board of today."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"currency": "USD"}]})

    currency: Currency

    def asset(self) -> Asset:
        """The currency asked for. Refuses VALIDATION_ERROR unknown_currency."""
        return asset_of(self.currency)


class SarfRevaluationFilters(PageQuery):
    currency: Currency | None = None

    def asset(self) -> Asset | None:
        """The currency asked for, if any. Refuses VALIDATION_ERROR unknown_currency."""
        return None if self.currency is None else asset_of(self.currency)


class SarfRevaluationOut(Output):
    """A run. What moved is booked in one journal; null: nothing moved."""

    id: str
    type: Literal["sarf_revaluation"]
    currency: str
    cause: RevaluationCause
    price_board_id: str
    revalued_on: date
    promise_count: int
    piece_count: int
    provision_before: AmountOut
    provision_after: AmountOut
    write_down_before: AmountOut
    write_down_after: AmountOut
    journal_id: str | None
    created_at: datetime
    created_by: str


class SarfRevaluationList(ListOutput):
    data: list[SarfRevaluationOut]


def revaluation_out(run: Revaluation) -> dict[str, Any]:
    """A run as the API writes it."""

    def money(minor: int) -> Any:
        return number(Money(minor, run.asset))

    return SarfRevaluationOut(
        id=run.revaluation_id,
        type="sarf_revaluation",
        currency=run.asset.code,
        cause=run.cause,
        price_board_id=run.price_board_id,
        revalued_on=run.revalued_on,
        promise_count=run.promise_count,
        piece_count=run.piece_count,
        provision_before=money(run.provision_before_minor),
        provision_after=money(run.provision_after_minor),
        write_down_before=money(run.write_down_before_minor),
        write_down_after=money(run.write_down_after_minor),
        journal_id=run.journal_id,
        created_at=run.created_at,
        created_by=run.created_by,
    ).model_dump()
