"""Wire shapes of surveys, responses and poverty scorecards."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import currency, plain_number
from sanduq.kit.wire import (
    Input,
    IsoDate,
    ListOutput,
    LongText,
    Output,
    Text,
    checked_id,
)
from sanduq.microfinance.programs.indicators.model import CODE_PATTERN, Unit, read_value
from sanduq.microfinance.programs.schemas import FigureIn, FigureOut
from sanduq.microfinance.programs.surveys.model import (
    BP,
    Consent,
    LikelihoodBand,
    Location,
    NewResponse,
    NewScorecard,
    NewSurvey,
    Question,
    Response,
    Scorecard,
    ScorecardQuestion,
    ScoredAnswer,
    Survey,
    SurveyConsentMethod,
    SurveyKind,
)

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$", examples=["q1"])]
Points = Annotated[int, Field(ge=0, le=100, strict=True)]
_ANY = currency("USD")  # a likelihood is in no currency


class QuestionIn(Input):
    code: Code
    text: LongText
    indicator: Annotated[str, Field(pattern=CODE_PATTERN)] | None = None


class SurveyIn(Input):
    name: Text
    kind: SurveyKind
    questions: Annotated[list[QuestionIn], Field(max_length=200)] = Field(default_factory=list)
    scorecard_id: Annotated[str, Field(max_length=70)] | None = None

    def command(self, program_id: str) -> NewSurvey:
        """The survey to draw up. Refuses VALIDATION_ERROR an id of another kind."""
        card = self.scorecard_id
        return NewSurvey(
            program_id=program_id,
            name=self.name,
            kind=self.kind,
            questions=tuple(Question(q.code, q.text, q.indicator) for q in self.questions),
            scorecard_id=checked_id(card, "psc", "scorecard_id") if card is not None else None,
        )


class QuestionOut(Output):
    code: str
    text: str
    indicator: str | None


class SurveyOut(Output):
    id: str
    type: Literal["survey"]
    program_id: str
    name: str
    kind: SurveyKind
    questions: list[QuestionOut]
    scorecard_id: str | None
    responses: int
    created_at: datetime
    created_by: str


class SurveyList(ListOutput):
    data: list[SurveyOut]


class SurveyConsentIn(Input):
    given: bool
    on: IsoDate | None = None
    method: SurveyConsentMethod | None = None


class ResponseIn(Input):
    """`answers` by question code; `poverty_answers` are answer codes of the scorecard."""

    party_id: Annotated[str, Field(max_length=70)]
    answers: Annotated[dict[Code, Any], Field(max_length=200)] = Field(default_factory=dict)
    poverty_answers: Annotated[dict[Code, Code], Field(max_length=60)] = Field(default_factory=dict)
    consent: SurveyConsentIn
    collected_on: IsoDate
    location: Location | None = None

    def command(self, place: int) -> NewResponse:
        """The response. Refuses VALIDATION_ERROR ids, notes and consents that cannot be read."""
        field = f"responses.{place}"
        for code, answer in self.answers.items():
            if not _is_answer(answer):
                message = "an answer is a number, true or false, or a text of 2000 characters"
                raise ValidationFailed.field(f"{field}.answers.{code}", "not_an_answer", message)
        if self.consent.given and self.consent.method is None:
            message = "say how consent was given: written, oral or electronic"
            raise ValidationFailed.field(f"{field}.consent.method", "missing_field", message)
        return NewResponse(
            party_id=checked_id(self.party_id, "cpty", f"{field}.party_id"),
            answers=self.answers,
            poverty_answers=self.poverty_answers,
            consent=Consent(self.consent.given, self.consent.on, self.consent.method),
            collected_on=self.collected_on,
            location=self.location,
        )


class ResponsesIn(Input):
    responses: Annotated[list[ResponseIn], Field(min_length=1, max_length=500)]

    def commands(self) -> list[NewResponse]:
        """The responses, in order."""
        return [each.command(place) for place, each in enumerate(self.responses)]


class SurveyConsentOut(Output):
    given: bool
    on: date | None
    method: SurveyConsentMethod | None
    withdrawn_at: datetime | None


class ResponseOut(Output):
    id: str
    type: Literal["survey_response"]
    survey_id: str
    program_id: str
    party_id: str
    answers: dict[str, Any]
    poverty_answers: dict[str, str]
    poverty_score: int | None
    poverty_likelihood: FigureOut | None
    consent: SurveyConsentOut
    collected_on: date
    location: Location | None
    created_at: datetime
    created_by: str


class ResponsesOut(Output):
    survey_id: str
    recorded: int
    data: list[ResponseOut]


class ResponseList(ListOutput):
    data: list[ResponseOut]


class WithdrawalIn(Input):
    reason: Text | None = None


class ScoredAnswerIn(Input):
    code: Code
    points: Points


class ScorecardQuestionIn(Input):
    code: Code
    answers: Annotated[list[ScoredAnswerIn], Field(min_length=1, max_length=30)]


class LikelihoodBandIn(Input):
    score_min: Points
    score_max: Points
    likelihood: FigureIn

    def band(self, place: int) -> LikelihoodBand:
        """Refuses VALIDATION_ERROR a likelihood above one or with more than four decimals."""
        field = f"lookup.{place}.likelihood"
        scaled = read_value(self.likelihood, Unit.SHARE, _ANY, field) * BP
        if scaled != scaled.to_integral_value():
            raise ValidationFailed.field(
                field, "too_many_decimals", "a likelihood has at most 4 decimals"
            )
        return LikelihoodBand(self.score_min, self.score_max, int(scaled))


class ScorecardIn(Input):
    """A scorecard as its makers publish it: questions with points, and the look-up table."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", examples=["BD"])]
    version: Text
    line: Text
    questions: Annotated[list[ScorecardQuestionIn], Field(min_length=1, max_length=40)]
    lookup: Annotated[list[LikelihoodBandIn], Field(min_length=1, max_length=101)]

    def command(self) -> NewScorecard:
        """The scorecard to load."""
        return NewScorecard(
            country=self.country,
            version=self.version,
            line=self.line,
            questions=tuple(
                ScorecardQuestion(
                    each.code, tuple(ScoredAnswer(a.code, a.points) for a in each.answers)
                )
                for each in self.questions
            ),
            lookup=tuple(each.band(place) for place, each in enumerate(self.lookup)),
        )


class ScoredAnswerOut(Output):
    code: str
    points: int


class ScorecardQuestionOut(Output):
    code: str
    answers: list[ScoredAnswerOut]


class LikelihoodBandOut(Output):
    score_min: int
    score_max: int
    likelihood: FigureOut


class ScorecardOut(Output):
    id: str
    type: Literal["poverty_scorecard"]
    country: str
    version: str
    line: str
    questions: list[ScorecardQuestionOut]
    lookup: list[LikelihoodBandOut]
    created_at: datetime
    created_by: str


class ScorecardList(ListOutput):
    data: list[ScorecardOut]


def _is_answer(given: object) -> bool:
    if isinstance(given, str):
        return len(given) <= 2000 and "\x00" not in given
    return isinstance(given, bool | int | Decimal)


def survey_out(survey: Survey) -> dict[str, Any]:
    """A survey as the API writes it."""
    return SurveyOut(
        id=survey.survey_id,
        type="survey",
        program_id=survey.program_id,
        name=survey.name,
        kind=survey.kind,
        questions=[
            QuestionOut(code=each.code, text=each.text, indicator=each.indicator)
            for each in survey.questions
        ],
        scorecard_id=survey.scorecard_id,
        responses=survey.response_count,
        created_at=survey.created_at,
        created_by=survey.created_by,
    ).model_dump()


def response_out(response: Response) -> dict[str, Any]:
    """A response as the API writes it, for the staff who work with the people themselves."""
    consent, likelihood_bp = response.consent, response.poverty_likelihood_bp
    return ResponseOut(
        id=response.response_id,
        type="survey_response",
        survey_id=response.survey_id,
        program_id=response.program_id,
        party_id=response.party_id,
        answers=dict(response.answers),
        poverty_answers=dict(response.poverty_answers),
        poverty_score=response.score,
        poverty_likelihood=_fraction(likelihood_bp) if likelihood_bp is not None else None,
        consent=SurveyConsentOut(
            given=consent.is_given,
            on=consent.given_on,
            method=consent.method,
            withdrawn_at=response.withdrawn_at,
        ),
        collected_on=response.collected_on,
        location=response.location,
        created_at=response.recorded_at,
        created_by=response.recorded_by,
    ).model_dump()


def scorecard_out(card: Scorecard) -> dict[str, Any]:
    """A scorecard as the API writes it."""
    return ScorecardOut(
        id=card.scorecard_id,
        type="poverty_scorecard",
        country=card.country,
        version=card.version,
        line=card.line,
        questions=[
            ScorecardQuestionOut(
                code=each.code,
                answers=[ScoredAnswerOut(code=a.code, points=a.points) for a in each.answers],
            )
            for each in card.questions
        ],
        lookup=[
            LikelihoodBandOut(
                score_min=each.score_min,
                score_max=each.score_max,
                likelihood=_fraction(each.likelihood_bp),
            )
            for each in card.lookup
        ],
        created_at=card.created_at,
        created_by=card.created_by,
    ).model_dump()


def _fraction(bp: int) -> Decimal:
    return plain_number(Decimal(bp) / BP)
