"""A survey, what somebody answered, and how answers become a likelihood of poverty. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Any

from sanduq.kit.errors import ValidationFailed

SCORE_MAX = 100
BP = 10_000
_RATE_STEP = Decimal("0.000001")


class SurveyKind(StrEnum):
    """When in a client's time with the program people are asked."""

    BASELINE = "baseline"
    FOLLOW_UP = "follow_up"
    EXIT = "exit"


class Location(StrEnum):
    RURAL = "rural"
    URBAN = "urban"
    PERI_URBAN = "peri_urban"


class SurveyConsentMethod(StrEnum):
    """How somebody agreed that what they say may be used."""

    WRITTEN = "written"
    ORAL = "oral"
    ELECTRONIC = "electronic"


@dataclass(frozen=True, slots=True)
class Question:
    """One question; what it maps to decides how its answer is read. Without: a note, kept."""

    code: str
    text: str
    indicator: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSurvey:
    """A survey about to be drawn up."""

    program_id: str
    name: str
    kind: SurveyKind
    questions: tuple[Question, ...]
    scorecard_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey(NewSurvey):
    """A survey on record. It is never changed: answers would mean something else."""

    survey_id: str
    created_at: datetime
    created_by: str
    response_count: int = 0


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether, when and how somebody agreed to the use of what they answered."""

    is_given: bool
    given_on: date | None
    method: SurveyConsentMethod | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewResponse:
    """What one person answered. `poverty_answers`: answer codes by question of the scorecard."""

    party_id: str
    answers: Mapping[str, Any]
    poverty_answers: Mapping[str, str]
    consent: Consent
    collected_on: date
    location: Location | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(NewResponse):
    """A response on record; `values` are the figures of its answers, by indicator."""

    response_id: str
    survey_id: str
    program_id: str
    kind: SurveyKind
    values: Mapping[str, Decimal]
    score: int | None
    poverty_likelihood_bp: int | None
    withdrawn_at: datetime | None
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class ScoredAnswer:
    code: str
    points: int


@dataclass(frozen=True, slots=True)
class ScorecardQuestion:
    code: str
    answers: tuple[ScoredAnswer, ...]


@dataclass(frozen=True, slots=True)
class LikelihoodBand:
    """Scores from one to another, and how likely who has such a score is to be poor."""

    score_min: int
    score_max: int
    likelihood_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewScorecard:
    """A poverty scorecard of one country, version and poverty line, as its makers publish it."""

    country: str
    version: str
    line: str
    questions: tuple[ScorecardQuestion, ...]
    lookup: tuple[LikelihoodBand, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard(NewScorecard):
    """A scorecard on record."""

    scorecard_id: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Scored:
    """A score, and the likelihood of poverty it stands for; the score alone says nothing."""

    score: int
    likelihood_bp: int


def check_questions(questions: Sequence[Question]) -> None:
    """Refuses VALIDATION_ERROR two questions of one code, or two for one indicator."""
    codes, indicators = set(), set()
    for place, question in enumerate(questions):
        if question.code in codes:
            raise _wrong(f"questions.{place}.code", "doubled", f"{question.code} stands twice")
        if question.indicator in indicators:
            message = f"{question.indicator} is asked by another question already"
            raise _wrong(f"questions.{place}.indicator", "doubled", message)
        codes.add(question.code)
        if question.indicator is not None:
            indicators.add(question.indicator)


def check_scorecard(new: NewScorecard) -> None:
    """Refuses VALIDATION_ERROR a scorecard whose scores leave 0 to 100, or have no likelihood."""
    codes = [question.code for question in new.questions]
    for place, question in enumerate(new.questions):
        field = f"questions.{place}"
        if codes.index(question.code) != place:
            raise _wrong(f"{field}.code", "doubled", f"{question.code} stands twice")
        answers = [answer.code for answer in question.answers]
        if len(set(answers)) < len(answers):
            message = f"two answers to {question.code} have one code"
            raise _wrong(f"{field}.answers", "doubled", message)
    highest = sum(max(a.points for a in question.answers) for question in new.questions)
    if highest > SCORE_MAX:
        message = f"the points can add up to {highest}; a score goes from 0 to {SCORE_MAX}"
        raise _wrong("questions", "above_hundred", message)
    expected = 0
    for place, band in enumerate(new.lookup):
        if band.score_min != expected or band.score_max < band.score_min:
            message = f"the band after score {expected - 1} must begin at {expected}"
            raise _wrong(f"lookup.{place}", "gap_or_overlap", message)
        expected = band.score_max + 1
    if expected != SCORE_MAX + 1:
        message = f"the bands end at {expected - 1}; they must end at {SCORE_MAX}"
        raise _wrong("lookup", "gap_or_overlap", message)


def score(scorecard: NewScorecard, answers: Mapping[str, str], field: str) -> Scored:
    """The score of a whole set of answers and its likelihood of poverty.

    Refuses VALIDATION_ERROR a question left out, one the scorecard does not ask, and an answer
    it does not know: an incomplete scorecard gives no likelihood.
    """
    points = {q.code: {a.code: a.points for a in q.answers} for q in scorecard.questions}
    for code in answers:
        if code not in points:
            raise _wrong(f"{field}.{code}", "unknown_question", f"the scorecard asks no {code}")
    total = 0
    for code, known in points.items():
        given = answers.get(code)
        if given is None:
            raise _wrong(f"{field}.{code}", "missing_answer", f"{code} is not answered")
        if given not in known:
            message = f"{code} is answered by one of {', '.join(known)}"
            raise _wrong(f"{field}.{code}", "unknown_answer", message)
        total += known[given]
    band = next(b for b in scorecard.lookup if b.score_min <= total <= b.score_max)
    return Scored(total, band.likelihood_bp)


def poverty_rate(likelihood_sum_bp: int, respondents: int) -> Decimal | None:
    """The poverty rate of a group: its mean likelihood, never a share of "poor" people.

    A fraction to six decimals; None for nobody.
    """
    if respondents == 0:
        return None
    mean = Decimal(likelihood_sum_bp) / (BP * respondents)
    return mean.quantize(_RATE_STEP, rounding=ROUND_HALF_EVEN)


def _wrong(field: str, code: str, message: str) -> ValidationFailed:
    return ValidationFailed.field(field, code, message)
