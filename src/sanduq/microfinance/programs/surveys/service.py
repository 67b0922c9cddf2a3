"""Surveys: drawn up for a program, answered by people who agreed to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.programs import service as programs
from sanduq.microfinance.programs.impact import rules
from sanduq.microfinance.programs.impact.facts import Action, ConsentFact, ImpactFacts
from sanduq.microfinance.programs.indicators import service as indicators
from sanduq.microfinance.programs.indicators.model import Indicator
from sanduq.microfinance.programs.model import Program, ProgramAction
from sanduq.microfinance.programs.surveys import events, store
from sanduq.microfinance.programs.surveys.errors import (
    ConsentWithdrawnAlready,
    ScorecardTaken,
    UnknownResponse,
    UnknownScorecard,
    UnknownSurvey,
)
from sanduq.microfinance.programs.surveys.model import (
    NewResponse,
    NewScorecard,
    NewSurvey,
    Response,
    Scorecard,
    Survey,
    check_questions,
    check_scorecard,
    score,
)
from sanduq.parties import service as parties
from sanduq.shariah import service as shariah
from sanduq.shariah.board import Evaluated


def create_scorecard(uow: UnitOfWork, new: NewScorecard) -> Scorecard:
    """Loads a poverty scorecard as its makers publish it.

    Refuses VALIDATION_ERROR scores beyond 0 to 100 or without a likelihood; CONFLICT a scorecard
    of that country, version and line that is loaded already.
    """
    check_scorecard(new)
    card = Scorecard(
        **{each.name: getattr(new, each.name) for each in fields(NewScorecard)},
        scorecard_id=new_id("psc"),
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    if not store.insert_scorecard(uow, card):
        raise ScorecardTaken
    details = {"country": card.country, "version": card.version, "line": card.line}
    audit.record(uow, [audit.Deed("poverty_scorecard.create", card.scorecard_id, details=details)])
    outbox.record(uow, [events.scorecard_created(card)])
    return card


def get_scorecard(uow: UnitOfWork, scorecard_id: str) -> Scorecard:
    """One scorecard. Refuses NOT_FOUND."""
    card = store.get_scorecard(uow, scorecard_id)
    if card is None:
        raise UnknownScorecard
    return card


def list_scorecards(uow: UnitOfWork, request: PageRequest) -> Page[Scorecard]:
    """Scorecards, newest first."""
    return store.scorecards_page(uow, request)


def create_survey(uow: UnitOfWork, new: NewSurvey) -> Survey:
    """Draws up a survey of an active program.

    Refuses NOT_FOUND an unknown program or scorecard; CONFLICT a program that is not active;
    VALIDATION_ERROR two questions of one code or for one indicator, an unknown indicator, and
    one that the books know: nobody is asked what the platform computes.
    """
    programs.require_program(uow, new.program_id, ProgramAction.SURVEY)
    check_questions(new.questions)
    if not new.questions and new.scorecard_id is None:
        raise ValidationFailed.field("questions", "empty", "a survey asks something")
    mapped = {
        each.indicator: f"questions.{place}.indicator"
        for place, each in enumerate(new.questions)
        if each.indicator is not None
    }
    for code, indicator in indicators.require_known(uow, mapped).items():
        if indicator.is_computed:
            message = f"{code} is computed by the platform; nobody is asked for it"
            raise ValidationFailed.field(mapped[code], "computed", message)
    if new.scorecard_id is not None:
        get_scorecard(uow, new.scorecard_id)
    survey = Survey(
        **{each.name: getattr(new, each.name) for each in fields(NewSurvey)},
        survey_id=new_id("svy"),
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    store.insert_survey(uow, survey)
    audit.record(uow, [audit.Deed("survey.create", survey.survey_id)])
    outbox.record(uow, [events.survey_created(survey)])
    return survey


def get_survey(uow: UnitOfWork, survey_id: str) -> Survey:
    """One survey. Refuses NOT_FOUND."""
    survey = store.get_survey(uow, survey_id)
    if survey is None:
        raise UnknownSurvey
    return survey


def list_surveys(uow: UnitOfWork, request: PageRequest, program_id: str) -> Page[Survey]:
    """The surveys of a program, newest first. Refuses NOT_FOUND an unknown program."""
    programs.get_program(uow, program_id)
    return store.surveys_page(uow, request, program_id)


def record_responses(
    uow: UnitOfWork, survey_id: str, given: Sequence[NewResponse]
) -> list[Response]:
    """Records what people answered, all of it or nothing.

    Refuses NOT_FOUND an unknown survey or party; CONFLICT a program that is not active, and
    answers of the same person on the same day; SHARIAH_VIOLATION whoever did not consent before
    answering (DIS-06, AAOIFI SS 38 8/1/3); VALIDATION_ERROR a day ahead, an answer to no
    question, one that cannot be read, and an incomplete scorecard.
    """
    survey = get_survey(uow, survey_id)
    program = programs.require_program(uow, survey.program_id, ProgramAction.SURVEY)
    parties.load_parties(uow, {each.party_id for each in given})
    facts = ImpactFacts(
        on=uow.today,
        consents=tuple(
            ConsentFact(
                f"responses.{place}.consent",
                each.consent.is_given,
                each.consent.given_on,
                each.collected_on,
            )
            for place, each in enumerate(given)
        ),
    )
    evaluations = rules.evaluate(facts, Action.COLLECT)
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    asked = indicators.load_indicators(
        uow, [each.indicator for each in survey.questions if each.indicator is not None]
    )
    card = get_scorecard(uow, survey.scorecard_id) if survey.scorecard_id is not None else None
    responses = [
        _response(uow, survey, program, asked, card, each, f"responses.{place}")
        for place, each in enumerate(given)
    ]
    store.insert_responses(uow, responses)
    shariah.store_evaluations_of(
        uow,
        "survey.respond",
        [
            Evaluated(each.response_id, tuple(evaluations), consent)
            for each, consent in zip(responses, facts.consents, strict=True)
        ],
    )
    audit.record(uow, [audit.Deed("survey.respond", each.response_id) for each in responses])
    counted = replace(survey, response_count=survey.response_count + len(responses))
    outbox.record(uow, [events.answered(counted)])
    return responses


def withdraw_consent(
    uow: UnitOfWork, survey_id: str, response_id: str, *, reason: str | None = None
) -> Response:
    """Takes back the consent to a response: from now on it is counted nowhere.

    Refuses NOT_FOUND; CONFLICT a consent already taken back.
    """
    if store.get_response(uow, survey_id, response_id) is None:
        raise UnknownResponse
    if not store.withdraw(uow, response_id, reason):
        raise ConsentWithdrawnAlready
    audit.record(uow, [audit.Deed("survey.withdraw", response_id, reason)])
    withdrawn = store.get_response(uow, survey_id, response_id)
    if withdrawn is None:
        raise UnknownResponse
    return withdrawn


def list_responses(uow: UnitOfWork, request: PageRequest, survey_id: str) -> Page[Response]:
    """The responses to a survey, newest first, with who gave them. Refuses NOT_FOUND."""
    get_survey(uow, survey_id)
    return store.responses_page(uow, request, survey_id)


def _response(
    uow: UnitOfWork,
    survey: Survey,
    program: Program,
    asked: Mapping[str, Indicator],
    card: Scorecard | None,
    given: NewResponse,
    field: str,
) -> Response:
    if given.collected_on > uow.today:
        raise ValidationFailed.field(
            f"{field}.collected_on", "in_the_future", "that day has not come yet"
        )
    questions = {question.code: question for question in survey.questions}
    values = {}
    for code, answer in given.answers.items():
        place = f"{field}.answers.{code}"
        if code not in questions:
            raise ValidationFailed.field(place, "unknown_question", f"nobody was asked {code}")
        indicator = questions[code].indicator
        if indicator is not None:
            values[indicator] = asked[indicator].answer(answer, program.asset, place)
    scored = None
    if card is not None and given.poverty_answers:
        scored = score(card, given.poverty_answers, f"{field}.poverty_answers")
    elif given.poverty_answers:
        message = "this survey has no poverty scorecard"
        raise ValidationFailed.field(f"{field}.poverty_answers", "no_scorecard", message)
    return Response(
        **{each.name: getattr(given, each.name) for each in fields(NewResponse)},
        response_id=new_id("rsp"),
        survey_id=survey.survey_id,
        program_id=survey.program_id,
        kind=survey.kind,
        values=values,
        score=scored.score if scored is not None else None,
        poverty_likelihood_bp=scored.likelihood_bp if scored is not None else None,
        withdrawn_at=None,
        recorded_at=uow.now,
        recorded_by=uow.actor.user_id,
    )
