"""Wire shapes of impact: figures reported, and the report. Neither knows anybody's id."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sanduq.kit.money import plain_number
from sanduq.kit.wire import Input, IsoDate, Output
from sanduq.microfinance.programs.impact.charts import ChartLanguage
from sanduq.microfinance.programs.impact.facts import CELL_MINIMUM
from sanduq.microfinance.programs.impact.model import (
    Basis,
    Breakdown,
    Cell,
    Change,
    Gap,
    GivenCell,
    GivenMetric,
    ImpactRecord,
    Period,
)
from sanduq.microfinance.programs.impact.model_report import Measured, Report
from sanduq.microfinance.programs.indicators.catalogue import iris_version
from sanduq.microfinance.programs.indicators.model import (
    CODE_PATTERN,
    Category,
    Dimension,
    Direction,
    Source,
    Unit,
)
from sanduq.microfinance.programs.schemas import FigureIn, FigureOut, TargetOut

People = Annotated[int, Field(ge=0, le=1_000_000_000, strict=True)]
CellName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$", examples=["female"])]


class ImpactPeriodIn(Input):
    model_config = ConfigDict(populate_by_name=True)

    from_on: Annotated[IsoDate, Field(alias="from")]
    to_on: Annotated[IsoDate, Field(alias="to")]

    def period(self) -> Period:
        """Days, the first and the last included."""
        return Period(self.from_on, self.to_on)


class MetricCellIn(Input):
    dimension: Dimension
    cell: CellName
    value: FigureIn
    n: People | None = None


class MetricIn(Input):
    """One figure: `n` is how many people it is about."""

    indicator: Annotated[str, Field(pattern=CODE_PATTERN, examples=["jobs_created"])]
    value: FigureIn
    n: People | None = None
    source: Source | None = None
    disaggregation: Annotated[list[MetricCellIn], Field(max_length=60)] = Field(
        default_factory=list
    )

    def given(self) -> GivenMetric:
        """The figure, not read yet."""
        cells = tuple(GivenCell(c.dimension, c.cell, c.value, c.n) for c in self.disaggregation)
        return GivenMetric(self.indicator, self.value, self.n, self.source, cells)


class ImpactIn(Input):
    period: ImpactPeriodIn
    metrics: Annotated[list[MetricIn], Field(min_length=1, max_length=200)]

    def given(self) -> list[GivenMetric]:
        """The figures, not read yet."""
        return [each.given() for each in self.metrics]


class ImpactFormat(StrEnum):
    JSON = "json"
    SVG = "svg"


class ChartKind(StrEnum):
    PROGRESS = "progress"
    CHANGE = "change"
    DISAGGREGATION = "disaggregation"


class ImpactQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_on: Annotated[IsoDate | None, Field(alias="from")] = None
    to_on: Annotated[IsoDate | None, Field(alias="to")] = None
    format: ImpactFormat = ImpactFormat.JSON
    language: ChartLanguage = ChartLanguage.ENGLISH


class ChartQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    indicator: Annotated[str, Field(pattern=CODE_PATTERN)]
    kind: ChartKind = ChartKind.PROGRESS
    dimension: Dimension = Dimension.GENDER
    from_on: Annotated[IsoDate | None, Field(alias="from")] = None
    to_on: Annotated[IsoDate | None, Field(alias="to")] = None
    language: ChartLanguage = ChartLanguage.ENGLISH


class ImpactPeriodOut(Output):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_on: Annotated[date, Field(alias="from")]
    to_on: Annotated[date, Field(alias="to")]


class RecordedCellOut(Output):
    dimension: Dimension
    cell: str
    value: FigureOut
    n: int | None


class RecordedMetricOut(Output):
    indicator: str
    value: FigureOut
    n: int | None
    source: Source
    iris_version: str | None
    disaggregation: list[RecordedCellOut]


class ImpactRecordOut(Output):
    id: str
    type: Literal["impact_record"]
    program_id: str
    period: ImpactPeriodOut
    metrics: list[RecordedMetricOut]
    created_at: datetime
    created_by: str


class ImpactCellOut(Output):
    cell: str
    value: FigureOut | None
    n: int | None
    is_suppressed: bool


class BreakdownOut(Output):
    dimension: Dimension
    cells: list[ImpactCellOut]


class ImpactBandOut(Output):
    band: str
    n: int | None
    is_suppressed: bool


class ChangeOut(Output):
    before_mean: FigureOut | None
    after_mean: FigureOut | None
    mean: FigureOut | None
    median: FigureOut | None
    n: int
    coverage: FigureOut | None
    bands: list[ImpactBandOut]


class ImpactIndicatorOut(Output):
    """`basis` says who found the figure; `reason` why there is none, `progress_reason` likewise."""

    indicator: str
    name: str
    category: Category
    unit: Unit
    direction: Direction
    iris_code: str | None
    iris_version: str | None
    basis: Basis | None
    period: ImpactPeriodOut
    actual: FigureOut | None
    reason: Gap | None
    n: int | None
    target: TargetOut | None
    progress: FigureOut | None
    progress_reason: Gap | None
    change: ChangeOut | None
    disaggregation: list[BreakdownOut]


class ImpactBaseOut(Output):
    clients: int | None
    with_both_surveys: int | None
    coverage: FigureOut | None


class ImpactPovertyOut(Output):
    n: int | None
    rate: FigureOut | None
    expected_poor: FigureOut | None


class ImpactReportOut(Output):
    """`measure` is `change`: without people outside to compare with, nothing more is claimed."""

    id: str
    type: Literal["impact_report"]
    program_id: str
    name: str
    currency: str
    period: ImpactPeriodOut
    measure: Literal["change"]
    iris_version: str
    minimum_cell: int
    base: ImpactBaseOut
    poverty: ImpactPovertyOut
    indicators: list[ImpactIndicatorOut]
    created_at: datetime


def impact_record_out(record: ImpactRecord) -> dict[str, Any]:
    """Figures as they were recorded: each whole with its parts."""
    return ImpactRecordOut(
        id=record.record_id,
        type="impact_record",
        program_id=record.program_id,
        period=_period_out(record.period),
        metrics=[
            RecordedMetricOut(
                indicator=whole.indicator,
                value=plain_number(whole.value),
                n=whole.respondents,
                source=whole.source,
                iris_version=whole.iris_version,
                disaggregation=[
                    RecordedCellOut(
                        dimension=part.dimension,
                        cell=part.cell or "",
                        value=plain_number(part.value),
                        n=part.respondents,
                    )
                    for part in record.metrics
                    if part.indicator == whole.indicator and part.dimension is not None
                ],
            )
            for whole in record.metrics
            if whole.dimension is None
        ],
        created_at=record.created_at,
        created_by=record.created_by,
    ).model_dump(by_alias=True)


def impact_report_out(report: Report, at: datetime) -> dict[str, Any]:
    """The report as the API writes it."""
    poverty = report.poverty
    return ImpactReportOut(
        id=report.program.program_id,
        type="impact_report",
        program_id=report.program.program_id,
        name=report.program.name,
        currency=report.program.asset.code,
        period=_period_out(report.period),
        measure="change",
        iris_version=iris_version(),
        minimum_cell=CELL_MINIMUM,
        base=ImpactBaseOut(
            clients=report.clients,
            with_both_surveys=report.paired,
            coverage=_figure(report.coverage),
        ),
        poverty=ImpactPovertyOut(
            n=poverty.respondents,
            rate=_figure(poverty.rate),
            expected_poor=_figure(poverty.expected),
        ),
        indicators=[_indicator_out(each) for each in report.measured],
        created_at=at,
    ).model_dump(by_alias=True)


def _indicator_out(measured: Measured) -> ImpactIndicatorOut:
    indicator, target = measured.indicator, measured.target
    return ImpactIndicatorOut(
        indicator=indicator.code,
        name=indicator.name,
        category=indicator.category,
        unit=indicator.reported_unit,
        direction=indicator.direction,
        iris_code=indicator.iris_code,
        iris_version=indicator.iris_version,
        basis=measured.basis,
        period=_period_out(measured.period),
        actual=_figure(measured.actual),
        reason=measured.gap,
        n=measured.respondents,
        target=TargetOut(
            indicator=target.indicator,
            baseline=plain_number(target.baseline),
            target=plain_number(target.target),
            by=target.by,
        )
        if target is not None
        else None,
        progress=_figure(measured.progress),
        progress_reason=measured.progress_gap,
        change=_change_out(measured.change) if measured.change is not None else None,
        disaggregation=[_breakdown_out(each) for each in measured.breakdowns],
    )


def _change_out(change: Change) -> ChangeOut:
    return ChangeOut(
        before_mean=_figure(change.before_mean),
        after_mean=_figure(change.after_mean),
        mean=_figure(change.mean),
        median=_figure(change.median),
        n=change.respondents,
        coverage=_figure(change.coverage),
        bands=[
            ImpactBandOut(band=each.cell, n=_told(each), is_suppressed=each.is_suppressed)
            for each in change.bands
        ],
    )


def _breakdown_out(breakdown: Breakdown) -> BreakdownOut:
    return BreakdownOut(
        dimension=breakdown.dimension,
        cells=[
            ImpactCellOut(
                cell=each.cell,
                value=_figure(each.value),
                n=_told(each),
                is_suppressed=each.is_suppressed,
            )
            for each in breakdown.cells
        ],
    )


def _told(cell: Cell) -> int | None:
    return None if cell.is_suppressed else cell.respondents


def _figure(value: Decimal | None) -> Decimal | None:
    return plain_number(value) if value is not None else None


def _period_out(period: Period) -> ImpactPeriodOut:
    return ImpactPeriodOut(from_on=period.starts_on, to_on=period.ends_on)
