"""SQL of surveys, responses and poverty scorecards."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from psycopg import errors, sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps, loads
from sanduq.kit.listing import newest_first
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.programs.surveys.errors import AnsweredAlready
from sanduq.microfinance.programs.surveys.model import (
    Consent,
    LikelihoodBand,
    Location,
    Question,
    Response,
    Scorecard,
    ScorecardQuestion,
    ScoredAnswer,
    Survey,
    SurveyConsentMethod,
    SurveyKind,
)

_SURVEY = sql.SQL(
    "select s.survey_id, s.program_id, s.name, s.kind, s.questions, s.scorecard_id, s.created_at,"
    " s.created_by, (select count(*) from microfinance.survey_response r"
    "   where r.institution_id = s.institution_id and r.survey_id = s.survey_id)"
    " from microfinance.survey s where s.institution_id = %(institution)s"
)
_SCORECARD = sql.SQL(
    "select scorecard_id, country, version, line, questions, lookup, created_at, created_by"
    " from microfinance.poverty_scorecard where institution_id = %(institution)s"
)
_RESPONSE = sql.SQL(
    "select r.response_id, r.survey_id, r.program_id, r.kind, r.party_id, r.collected_on,"
    " r.location, r.is_consented, r.consented_on, r.consent_method, r.answers::text, r.score,"
    " r.poverty_likelihood_bp, r.recorded_at, r.recorded_by,"
    " (select w.withdrawn_at from microfinance.survey_withdrawal w"
    "   where w.institution_id = r.institution_id and w.response_id = r.response_id),"
    " (select coalesce(json_object_agg(a.indicator, a.value::text), '{}'::json)"
    "    from microfinance.survey_answer a"
    "   where a.institution_id = r.institution_id and a.response_id = r.response_id)"
    " from microfinance.survey_response r where r.institution_id = %(institution)s"
)


def insert_survey(uow: UnitOfWork, survey: Survey) -> None:
    uow.execute(
        "insert into microfinance.survey (institution_id, survey_id, program_id, name, kind,"
        " questions, scorecard_id, created_at, created_by)"
        " values (%s,%s,%s,%s,%s,%s::json,%s,%s,%s)",
        uow.institution_id, survey.survey_id, survey.program_id, survey.name, survey.kind.value,
        dumps(list(survey.questions)).decode(), survey.scorecard_id, survey.created_at,
        survey.created_by,
    )  # fmt: skip


def get_survey(uow: UnitOfWork, survey_id: str) -> Survey | None:
    rows = uow.composed(
        _SURVEY + sql.SQL(" and survey_id = %(id)s"),
        {"institution": uow.institution_id, "id": survey_id},
    )
    return _survey(rows[0]) if rows else None


def surveys_page(uow: UnitOfWork, request: PageRequest, program_id: str) -> Page[Survey]:
    query = _SURVEY + sql.SQL(" and program_id = %(program)s")
    parameters = {"institution": uow.institution_id, "program": program_id}
    rows, total = newest_first(uow, query, parameters, request, order=["created_at", "survey_id"])
    found = [_survey(row) for row in rows]
    return Page.of(found, request, lambda each: (each.created_at, each.survey_id), total)


def insert_scorecard(uow: UnitOfWork, card: Scorecard) -> bool:
    """Writes a scorecard; whether there was none of its country, version and line."""
    touched = uow.execute(
        "insert into microfinance.poverty_scorecard (institution_id, scorecard_id, country,"
        " version, line, questions, lookup, created_at, created_by)"
        " values (%s,%s,%s,%s,%s,%s::json,%s::json,%s,%s) on conflict do nothing",
        uow.institution_id, card.scorecard_id, card.country, card.version, card.line,
        dumps(list(card.questions)).decode(), dumps(list(card.lookup)).decode(),
        card.created_at, card.created_by,
    )  # fmt: skip
    return touched == 1


def get_scorecard(uow: UnitOfWork, scorecard_id: str) -> Scorecard | None:
    rows = uow.composed(
        _SCORECARD + sql.SQL(" and scorecard_id = %(id)s"),
        {"institution": uow.institution_id, "id": scorecard_id},
    )
    return _scorecard(rows[0]) if rows else None


def scorecards_page(uow: UnitOfWork, request: PageRequest) -> Page[Scorecard]:
    rows, total = newest_first(
        uow,
        _SCORECARD,
        {"institution": uow.institution_id},
        request,
        order=["created_at", "scorecard_id"],
    )
    found = [_scorecard(row) for row in rows]
    return Page.of(found, request, lambda each: (each.created_at, each.scorecard_id), total)


def insert_responses(uow: UnitOfWork, responses: Sequence[Response]) -> None:
    """Writes responses and their figures in two statements. Refuses CONFLICT one there is."""
    columns: list[list[Any]] = [
        [each.response_id for each in responses],
        [each.survey_id for each in responses],
        [each.program_id for each in responses],
        [each.kind.value for each in responses],
        [each.party_id for each in responses],
        [each.collected_on for each in responses],
        [each.location.value if each.location is not None else None for each in responses],
        [each.consent.is_given for each in responses],
        [each.consent.given_on for each in responses],
        [each.consent.method.value if each.consent.method else None for each in responses],
        [_answers(each) for each in responses],
        [each.score for each in responses],
        [each.poverty_likelihood_bp for each in responses],
    ]
    try:
        with uow.savepoint():
            uow.execute(
                "insert into microfinance.survey_response (institution_id, recorded_at,"
                " recorded_by, response_id, survey_id, program_id, kind, party_id, collected_on,"
                " location, is_consented, consented_on, consent_method, answers, score,"
                " poverty_likelihood_bp)"
                " select %s, %s, %s, n.* from unnest(%s::text[], %s::text[], %s::text[],"
                " %s::text[], %s::text[], %s::date[], %s::text[], %s::boolean[], %s::date[],"
                " %s::text[], %s::json[], %s::integer[], %s::integer[]) n",
                uow.institution_id,
                uow.now,
                uow.actor.user_id,
                *columns,
            )
    except errors.UniqueViolation:
        raise AnsweredAlready from None
    figures = [(each.response_id, *one) for each in responses for one in each.values.items()]
    if figures:
        uow.execute(
            "insert into microfinance.survey_answer (institution_id, response_id, indicator, value)"
            " select %s, n.* from unnest(%s::text[], %s::text[], %s::numeric[]) n",
            uow.institution_id,
            *(list(column) for column in zip(*figures, strict=True)),
        )


def get_response(uow: UnitOfWork, survey_id: str, response_id: str) -> Response | None:
    rows = uow.composed(
        _RESPONSE + sql.SQL(" and r.survey_id = %(survey)s and r.response_id = %(id)s"),
        {"institution": uow.institution_id, "survey": survey_id, "id": response_id},
    )
    return _response(rows[0]) if rows else None


def responses_page(uow: UnitOfWork, request: PageRequest, survey_id: str) -> Page[Response]:
    query = _RESPONSE + sql.SQL(" and r.survey_id = %(survey)s")
    parameters = {"institution": uow.institution_id, "survey": survey_id}
    rows, total = newest_first(
        uow, query, parameters, request, order=["recorded_at", "response_id"]
    )
    found = [_response(row) for row in rows]
    return Page.of(found, request, lambda each: (each.recorded_at, each.response_id), total)


def withdraw(uow: UnitOfWork, response_id: str, reason: str | None) -> bool:
    """Takes consent back; whether it stood until now."""
    touched = uow.execute(
        "insert into microfinance.survey_withdrawal (institution_id, response_id, reason,"
        " withdrawn_at, recorded_by) values (%s,%s,%s,%s,%s) on conflict do nothing",
        uow.institution_id, response_id, reason, uow.now, uow.actor.user_id,
    )  # fmt: skip
    return touched == 1


def _answers(response: Response) -> str:
    given = {"answers": dict(response.answers), "poverty_answers": dict(response.poverty_answers)}
    return dumps(given).decode()


def _survey(row: Row) -> Survey:
    return Survey(
        survey_id=row[0],
        program_id=row[1],
        name=row[2],
        kind=SurveyKind(row[3]),
        questions=tuple(Question(**each) for each in row[4]),
        scorecard_id=row[5],
        created_at=row[6],
        created_by=row[7],
        response_count=row[8],
    )


def _scorecard(row: Row) -> Scorecard:
    return Scorecard(
        scorecard_id=row[0],
        country=row[1],
        version=row[2],
        line=row[3],
        questions=tuple(
            ScorecardQuestion(
                each["code"], tuple(ScoredAnswer(**answer) for answer in each["answers"])
            )
            for each in row[4]
        ),
        lookup=tuple(LikelihoodBand(**each) for each in row[5]),
        created_at=row[6],
        created_by=row[7],
    )


def _response(row: Row) -> Response:
    given = loads(row[10])
    return Response(
        response_id=row[0],
        survey_id=row[1],
        program_id=row[2],
        kind=SurveyKind(row[3]),
        party_id=row[4],
        collected_on=row[5],
        location=Location(row[6]) if row[6] is not None else None,
        consent=Consent(row[7], row[8], SurveyConsentMethod(row[9])),
        answers=given["answers"],
        poverty_answers=given["poverty_answers"],
        values={indicator: Decimal(value) for indicator, value in row[16].items()},
        score=row[11],
        poverty_likelihood_bp=row[12],
        withdrawn_at=row[15],
        recorded_at=row[13],
        recorded_by=row[14],
    )
