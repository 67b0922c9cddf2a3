"""Wire shapes of purposes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from sanduq.funds.purposes.model import FundUse, NewPurpose, Purpose
from sanduq.kit.wire import Input, ListOutput, Output, PageQuery, Text

PurposeCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$", examples=["education"])]


class PurposeIn(Input):
    code: PurposeCode
    name: Text
    uses: Annotated[list[FundUse], Field(min_length=1, max_length=len(FundUse))]

    def command(self) -> NewPurpose:
        """The purpose to write."""
        return NewPurpose(self.code, self.name, frozenset(self.uses))


class PurposeFilters(PageQuery):
    pass


class PurposeOut(Output):
    code: str
    name: str
    uses: list[FundUse]
    fund: str
    earmarked_for: str | None
    is_standard: bool
    created_at: datetime
    created_by: str


class PurposeList(ListOutput):
    data: list[PurposeOut]


def purpose_out(purpose: Purpose) -> dict[str, Any]:
    """A purpose as the API writes it."""
    return PurposeOut(
        code=purpose.code,
        name=purpose.name,
        uses=sorted(purpose.uses),
        fund=purpose.fund,
        earmarked_for=purpose.earmarked_for,
        is_standard=purpose.is_standard,
        created_at=purpose.created_at,
        created_by=purpose.created_by,
    ).model_dump()
