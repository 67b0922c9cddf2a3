"""Whatever the figures: nobody is told on, progress follows the figure, and rates are rates."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from sanduq.microfinance.programs.impact.facts import CELL_MINIMUM
from sanduq.microfinance.programs.impact.model import Cell, progress, suppress
from sanduq.microfinance.programs.surveys.model import poverty_rate

figures = st.decimals(min_value=-(10**6), max_value=10**6, places=2)
people = st.lists(st.integers(min_value=0, max_value=40), max_size=8)


def told(counts: list[int]) -> list[Cell]:
    return list(suppress([Cell(f"c{n}", Decimal(n), count) for n, count in enumerate(counts)]))


@given(people)
def test_no_cell_of_fewer_than_the_minimum_is_told(counts: list[int]) -> None:
    for cell in told(counts):
        assert cell.is_suppressed or not 0 < cell.respondents < CELL_MINIMUM


@given(people)
def test_the_whole_less_what_is_told_gives_no_hidden_cell_away(counts: list[int]) -> None:
    """A whole is told from five people on; then what is left of it fits no single cell."""
    cells = told(counts)
    hidden = [cell.respondents for cell in cells if cell.is_suppressed]
    if not hidden or sum(counts) < CELL_MINIMUM:
        return
    left = sum(counts) - sum(cell.respondents for cell in cells if not cell.is_suppressed)
    assert left == sum(hidden)
    assert len(hidden) >= 2
    assert left >= CELL_MINIMUM
    # Who knows only that each hidden cell holds somebody can give it more than one number.
    assert all(left - (len(hidden) - 1) > 1 for _ in hidden)


@given(people)
def test_hiding_changes_nothing_that_is_told_and_loses_no_cell(counts: list[int]) -> None:
    for place, cell in enumerate(told(counts)):
        assert cell.respondents == counts[place]
        assert (cell.value is None) == cell.is_suppressed
    if all(count == 0 or count >= CELL_MINIMUM for count in counts):
        assert not any(cell.is_suppressed for cell in told(counts))


@given(figures, figures, figures, figures)
def test_progress_never_falls_as_the_figure_nears_and_passes_its_target(
    baseline: Decimal, target: Decimal, one: Decimal, other: Decimal
) -> None:
    assume(baseline != target)
    less, more = sorted((one, other), reverse=target < baseline)
    first, second = progress(baseline, target, less), progress(baseline, target, more)
    assert first is not None
    assert second is not None
    assert first <= second


@given(figures, figures)
def test_progress_begins_at_nothing_and_is_whole_at_the_target(
    baseline: Decimal, target: Decimal
) -> None:
    assume(baseline != target)
    assert progress(baseline, target, baseline) == 0
    assert progress(baseline, target, target) == 1


@given(st.lists(st.integers(min_value=0, max_value=10_000), min_size=1, max_size=300))
def test_a_poverty_rate_lies_between_nobody_and_everybody(likelihoods: list[int]) -> None:
    rate = poverty_rate(sum(likelihoods), len(likelihoods))
    assert rate is not None
    assert 0 <= rate <= 1
    assert Decimal(min(likelihoods)) / 10_000 <= rate + Decimal("0.000001")
    assert rate <= Decimal(max(likelihoods)) / 10_000 + Decimal("0.000001")
