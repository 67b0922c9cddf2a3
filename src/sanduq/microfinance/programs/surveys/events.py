"""What surveys tell the outside: never who answered, nor what."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.microfinance.programs.surveys.model import Scorecard, Survey
from sanduq.microfinance.programs.surveys.schemas import scorecard_out, survey_out

SURVEY_CREATED = "microfinance.survey.created"
ANSWERED = "microfinance.survey.answered"
SCORECARD_CREATED = "microfinance.poverty_scorecard.created"

declare(
    EventType(SURVEY_CREATED, "A survey of a program was drawn up.", "SurveyOut"),
    EventType(ANSWERED, "Responses to a survey were recorded.", "SurveyOut"),
    EventType(SCORECARD_CREATED, "A poverty scorecard was loaded.", "ScorecardOut"),
)


def survey_created(survey: Survey) -> Event:
    """A survey was drawn up."""
    return Event(SURVEY_CREATED, survey.survey_id, survey_out(survey))


def scorecard_created(card: Scorecard) -> Event:
    """A scorecard was loaded."""
    return Event(SCORECARD_CREATED, card.scorecard_id, scorecard_out(card))


def answered(survey: Survey) -> Event:
    """A survey was answered: it says how often by now."""
    return Event(ANSWERED, survey.survey_id, survey_out(survey))
