"""Progress, change, poverty rates and cells too small to be shown; numbers worked by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import currency
from sanduq.microfinance.programs.impact.model import (
    Cell,
    Figure,
    GivenCell,
    GivenMetric,
    Tally,
    progress,
    read_metrics,
    suppress,
)
from sanduq.microfinance.programs.indicators.catalogue import load_catalogue
from sanduq.microfinance.programs.indicators.model import Aggregate, Dimension, Source
from sanduq.microfinance.programs.surveys.model import (
    LikelihoodBand,
    NewScorecard,
    ScorecardQuestion,
    ScoredAnswer,
    check_scorecard,
    poverty_rate,
    score,
)

USD = currency("USD")
CATALOGUE = load_catalogue()


def number(text: str) -> Decimal:
    return Decimal(text)


@pytest.mark.parametrize(
    ("baseline", "target", "actual", "expected"),
    [
        ("40", "100", "76", "0.6"),  # (76 - 40) / (100 - 40)
        ("40", "100", "40", "0"),
        ("40", "100", "100", "1"),
        ("40", "100", "130", "1.5"),  # beyond the target is told as it is
        ("40", "100", "10", "-0.5"),  # and so is falling back
        ("0.4", "0.1", "0.2", "0.666667"),  # less is better: (0.2 - 0.4) / (0.1 - 0.4)
    ],
)
def test_progress_is_the_way_gone_over_the_whole_way(baseline, target, actual, expected):
    assert progress(number(baseline), number(target), number(actual)) == number(expected)


def test_there_is_no_progress_to_a_target_that_is_the_baseline():
    assert progress(number("40"), number("40"), number("76")) is None


def test_the_poverty_rate_is_the_mean_likelihood():
    assert poverty_rate(6200 + 1800 + 4000, 3) == number("0.4")
    assert poverty_rate(6400 * 1000, 1000) == number("0.64")
    assert poverty_rate(0, 0) is None


def a_tally(**changes):
    """Six asked in the period, 10 to 60; five of them before, at 10 each."""
    given = {
        "after_weight": number("6"),
        "after_sum": number("210"),
        "pair_weight": number("5"),
        "pair_before_sum": number("50"),
        "pair_after_sum": number("200"),
        "median": number("30"),
        "bands": {"doubled_or_more": 5, "up": 0, "same": 0, "down": 0},
        **changes,
    }
    return Tally(**given)


@pytest.mark.parametrize(
    ("aggregate", "value", "people"),
    [
        (Aggregate.SUM, "210", 6),
        (Aggregate.MEAN, "35", 6),
        (Aggregate.SHARE, "35", 6),
        (Aggregate.CHANGE, "30", 5),  # (200 - 50) / 5
        (Aggregate.GROWTH, "3", 5),  # (200 - 50) / 50
    ],
)
def test_answers_become_one_figure_in_the_way_the_indicator_says(aggregate, value, people):
    assert a_tally().figure(aggregate) == Figure(number(value), people)


def test_growth_from_nothing_has_no_figure():
    assert a_tally(pair_before_sum=number("0")).figure(Aggregate.GROWTH).value is None


def test_a_part_of_one_person_is_one_person():
    assert a_tally(after_weight=number("0.4")).figure(Aggregate.MEAN).respondents == 1


def test_change_is_told_with_mean_median_people_and_coverage():
    change = a_tally().change(base_count=8)
    assert (change.before_mean, change.after_mean, change.mean) == (10, 40, 30)
    assert (change.median, change.respondents, change.coverage) == (30, 5, number("0.625"))


def cells(**people: int) -> list[Cell]:
    return [Cell(name, Decimal(count), count) for name, count in people.items()]


def hidden(found) -> set[str]:
    return {each.cell for each in found if each.is_suppressed}


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ({"female": 20, "male": 5}, set()),
        ({"female": 20, "male": 4}, {"female", "male"}),  # 24 less 20 would be 4
        ({"a": 20, "b": 4, "c": 9}, {"b", "c"}),  # the next smallest goes with it
        ({"a": 20, "b": 1, "c": 2}, {"a", "b", "c"}),  # two, but they hold 3 together
        ({"a": 20, "b": 3, "c": 2}, {"b", "c"}),  # two that hold 5
        ({"a": 20, "b": 0, "c": 4}, {"a", "c"}),  # nobody is told on by nobody
        ({"a": 3}, {"a"}),
        ({}, set()),
    ],
)
def test_a_small_cell_is_hidden_with_whatever_would_give_it_away(people, expected):
    found = suppress(cells(**people))
    assert hidden(found) == expected
    assert all(each.value is None for each in found if each.is_suppressed)


def test_a_figure_is_small_when_the_rest_of_its_whole_is():
    assert Figure(number("1"), 4).is_small
    assert not Figure(number("1"), 5).is_small
    assert Figure(number("1"), 16, 20).is_small
    assert not Figure(number("1"), 15, 20).is_small
    assert not Figure(number("0"), 0, 20).is_small


def metric(indicator="jobs_created", value: object = 7, **changes) -> GivenMetric:
    given = {"respondents": 20, "source": None, "cells": (), **changes}
    return GivenMetric(indicator, value, **given)


def part(cell: str, respondents: int | None, value: object = 3) -> GivenCell:
    return GivenCell(Dimension.GENDER, cell, value, respondents)


def test_a_reported_figure_keeps_the_edition_of_its_code():
    (read,) = read_metrics([metric()], CATALOGUE, USD)
    assert (read.value, read.source, read.iris_version) == (7, Source.SURVEY, "5.3")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([metric("female_borrowers")], "computed"),
        ([metric("repaid_amount")], "computed"),
        ([metric("poverty_rate", number("0.4"))], "computed"),
        ([metric(source=Source.LEDGER)], "computed"),
        ([metric(), metric()], "doubled"),
        ([metric("health_spending", number("1.001"))], "too_many_decimals"),
        ([metric("asset_ownership", number("1.2"))], "above_one"),
        ([metric("school_enrollment", number("1.5"))], "not_whole"),
        ([metric(value=-1)], "negative"),
        ([metric(value=True)], "not_a_number"),
        ([metric(value="7")], "not_a_number"),
        ([metric(value=number("NaN"))], "not_a_number"),
        ([metric(cells=(part("female", 15), part("male", 6)))], "more_than_whole"),
        ([metric(cells=(part("female", 5), part("female", 6)))], "doubled"),
    ],
)
def test_a_figure_that_cannot_be_reported_is_refused_with_its_reason(given, code):
    with pytest.raises(ValidationFailed) as refused:
        read_metrics(given, CATALOGUE, USD)
    assert refused.value.details[0]["code"] == code


def test_a_change_may_be_a_fall():
    (read,) = read_metrics([metric("income_change", number("-12.5"))], CATALOGUE, USD)
    assert read.value == number("-12.5")


def a_card(**changes) -> NewScorecard:
    """Two questions of up to 60 and 40 points: the poorer answers give none."""
    given = {
        "country": "BD",
        "version": "2013",
        "line": "national",
        "questions": (
            ScorecardQuestion("roof", (ScoredAnswer("straw", 0), ScoredAnswer("brick", 60))),
            ScorecardQuestion("beds", (ScoredAnswer("none", 0), ScoredAnswer("two", 40))),
        ),
        "lookup": (LikelihoodBand(0, 39, 6200), LikelihoodBand(40, 100, 1800)),
        **changes,
    }
    return NewScorecard(**given)


def test_a_score_is_looked_up_as_a_likelihood():
    found = score(a_card(), {"roof": "straw", "beds": "none"}, "answers")
    assert (found.score, found.likelihood_bp) == (0, 6200)
    found = score(a_card(), {"roof": "straw", "beds": "two"}, "answers")
    assert (found.score, found.likelihood_bp) == (40, 1800)
    found = score(a_card(), {"roof": "brick", "beds": "two"}, "answers")
    assert (found.score, found.likelihood_bp) == (100, 1800)


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"roof": "straw"}, "missing_answer"),
        ({"roof": "straw", "beds": "seven"}, "unknown_answer"),
        ({"roof": "straw", "beds": "two", "car": "none"}, "unknown_question"),
    ],
)
def test_an_incomplete_scorecard_gives_no_likelihood(answers, code):
    with pytest.raises(ValidationFailed) as refused:
        score(a_card(), answers, "answers")
    assert refused.value.details[0]["code"] == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lookup": (LikelihoodBand(0, 39, 6200), LikelihoodBand(41, 100, 1800))}, "gap"),
        ({"lookup": (LikelihoodBand(0, 40, 6200), LikelihoodBand(40, 100, 1800))}, "gap"),
        ({"lookup": (LikelihoodBand(0, 99, 6200),)}, "gap"),
        ({"questions": (ScorecardQuestion("q", (ScoredAnswer("a", 101),)),)}, "above"),
        ({"questions": (ScorecardQuestion("q", (ScoredAnswer("a", 1),)),) * 2}, "doubled"),
        (
            {"questions": (ScorecardQuestion("q", (ScoredAnswer("a", 1),) * 2),)},
            "doubled",
        ),
    ],
)
def test_a_scorecard_that_leaves_a_score_without_likelihood_is_refused(changes, code):
    check_scorecard(a_card())
    with pytest.raises(ValidationFailed) as refused:
        check_scorecard(a_card(**changes))
    assert str(refused.value.details[0]["code"]).startswith(code)
