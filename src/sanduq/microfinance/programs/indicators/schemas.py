"""Wire shapes of indicators."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.kit.wire import Input, ListOutput, LongText, Output, PageQuery, Text
from sanduq.microfinance.programs.indicators.model import (
    CODE_PATTERN,
    IRIS_PATTERN,
    Aggregate,
    Category,
    Dimension,
    Direction,
    Indicator,
    Source,
    Unit,
)

IndicatorCode = Annotated[str, Field(pattern=CODE_PATTERN, examples=["female_borrowers"])]
IrisCode = Annotated[str, Field(pattern=IRIS_PATTERN, examples=["PI8330"])]


class IndicatorIn(Input):
    """An indicator of the institution's own: what people answer, or what is recorded."""

    code: IndicatorCode
    name: Text
    description: LongText | None = None
    category: Category
    unit: Unit
    aggregate: Aggregate
    direction: Direction = Direction.UP
    source: Source = Source.SURVEY
    disaggregations: Annotated[list[Dimension], Field(max_length=4)] = Field(default_factory=list)
    iris_code: IrisCode | None = None

    def command(self) -> Indicator:
        """The indicator to add."""
        return Indicator(
            code=self.code,
            name=self.name,
            description=self.description,
            category=self.category,
            unit=self.unit,
            aggregate=self.aggregate,
            direction=self.direction,
            source=self.source,
            disaggregations=tuple(dict.fromkeys(self.disaggregations)),
            iris_code=self.iris_code,
        )


class IndicatorFilters(PageQuery):
    """`origin` chooses the catalogue everyone has, or what the institution added."""

    origin: Literal["catalogue", "own"] = "catalogue"
    category: Category | None = None


class IndicatorOut(Output):
    id: str
    type: Literal["indicator"]
    code: str
    name: str
    description: str | None
    category: Category
    unit: Unit
    reported_unit: Unit
    aggregate: Aggregate | None
    direction: Direction
    source: Source
    is_computed: bool
    is_own: bool
    disaggregations: list[Dimension]
    iris_code: str | None
    iris_version: str | None
    created_at: datetime | None
    created_by: str | None


class IndicatorList(ListOutput):
    data: list[IndicatorOut]


def indicator_out(indicator: Indicator) -> dict[str, Any]:
    """An indicator as the API writes it. One of the catalogue was made by nobody here."""
    return IndicatorOut(
        id=indicator.code,
        type="indicator",
        code=indicator.code,
        name=indicator.name,
        description=indicator.description,
        category=indicator.category,
        unit=indicator.unit,
        reported_unit=indicator.reported_unit,
        aggregate=indicator.aggregate,
        direction=indicator.direction,
        source=indicator.source,
        is_computed=indicator.is_computed,
        is_own=indicator.is_own,
        disaggregations=list(indicator.disaggregations),
        iris_code=indicator.iris_code,
        iris_version=indicator.iris_version,
        created_at=indicator.created_at,
        created_by=indicator.created_by,
    ).model_dump()
