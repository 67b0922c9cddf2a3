"""From a report to the chart somebody asked for. What the report hides, the chart hides."""

from __future__ import annotations

from sanduq.microfinance.programs.impact.charts import (
    Bar,
    ChartLanguage,
    ProgressBar,
    cells_chart,
    change_chart,
    progress_chart,
)
from sanduq.microfinance.programs.impact.errors import NothingToChart
from sanduq.microfinance.programs.impact.model_report import Measured, Report
from sanduq.microfinance.programs.indicators.model import Dimension


def draw_targets(report: Report, language: ChartLanguage) -> str:
    """Every target of a program as a bar. One without targets is an empty chart."""
    bars = [_bar(each) for each in report.measured if each.target is not None]
    return progress_chart(report.program.name, bars, language)


def draw_progress(measured: Measured, language: ChartLanguage) -> str:
    """One target. Refuses NOT_FOUND an indicator without one."""
    if measured.target is None:
        raise NothingToChart(f"{measured.indicator.code} has no target in this program")
    return progress_chart(measured.indicator.name, [_bar(measured)], language)


def draw_change(measured: Measured, language: ChartLanguage) -> str:
    """Before and after. Refuses NOT_FOUND where nobody, or too few, were asked twice."""
    change = measured.change
    if change is None or change.before_mean is None or change.after_mean is None:
        raise NothingToChart
    return change_chart(
        measured.indicator.name,
        change.before_mean,
        change.after_mean,
        change.respondents,
        language,
    )


def draw_breakdown(measured: Measured, dimension: Dimension, language: ChartLanguage) -> str:
    """A figure by the parts of one dimension. Refuses NOT_FOUND where there is none."""
    for breakdown in measured.breakdowns:
        if breakdown.dimension is dimension:
            bars = [
                Bar(
                    cell.cell.replace("_", " "),
                    cell.value,
                    None if cell.is_suppressed else cell.respondents,
                    cell.is_suppressed,
                )
                for cell in breakdown.cells
            ]
            return cells_chart(measured.indicator.name, dimension.value, bars, language)
    raise NothingToChart


def _bar(measured: Measured) -> ProgressBar:
    target = measured.target
    if target is None:
        raise NothingToChart
    return ProgressBar(
        measured.indicator.name,
        target.baseline,
        measured.actual,
        target.target,
        measured.progress,
        measured.is_suppressed,
    )
