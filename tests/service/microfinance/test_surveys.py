"""People are asked with their consent, once a day, and may take back what they said (DIS-06)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sanduq import demo
from sanduq.events import service as outbox
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.programs import service as programs
from sanduq.microfinance.programs.errors import ProgramStateRefuses
from sanduq.microfinance.programs.schemas import ProgramIn
from sanduq.microfinance.programs.surveys import service
from sanduq.microfinance.programs.surveys.errors import (
    AnsweredAlready,
    ConsentWithdrawnAlready,
    ScorecardTaken,
    UnknownResponse,
    UnknownSurvey,
)
from sanduq.microfinance.programs.surveys.schemas import ResponsesIn, ScorecardIn
from sanduq.shariah import service as shariah
from sanduq.shariah.errors import ShariahViolation
from tests.make.programs import (
    a_program,
    a_response,
    a_scorecard,
    active_program,
    answered,
    as_sent,
    held,
    people,
)


@pytest.fixture
def program(demo_work):
    return active_program(demo_work)


@pytest.fixture
def person(demo_work):
    return people(demo_work, 1, None, "p")[0]


def card(work, **changes):
    with work(demo.MAKER) as uow:
        new = ScorecardIn(**as_sent(a_scorecard(**changes))).command()
        return service.create_scorecard(uow, new)


def record(work, survey, *responses):
    with work(demo.MAKER) as uow:
        given = ResponsesIn(**as_sent({"responses": list(responses)})).commands()
        return service.record_responses(uow, survey.survey_id, given)


def listed(work, survey):
    with work() as uow:
        return service.list_responses(uow, PageRequest(), survey.survey_id).items


def test_answers_are_read_in_the_unit_of_what_they_map_to(demo_work, program, person):
    survey = held(demo_work, program.program_id)
    said = {"income": 100.25, "assets": True, "jobs": 1.5, "note": "a good year"}
    record(demo_work, survey, a_response(person, answers=said, location="rural"))
    (kept,) = listed(demo_work, survey)
    assert kept.values == {
        "income_change": Decimal("100.25"),
        "asset_ownership": Decimal(1),
        "jobs_created": Decimal("1.5"),
    }
    assert kept.answers == {**said, "income": Decimal("100.25"), "jobs": Decimal("1.5")}
    assert (kept.location, kept.consent.method) == ("rural", "written")


@pytest.mark.parametrize(
    ("consent", "field"),
    [
        ({"given": False}, "given"),
        ({"given": True, "method": "oral"}, "on"),
        ({"given": True, "on": "2023-06-02", "method": "oral"}, "on"),
    ],
)
def test_nobody_is_recorded_without_consent_given_before(
    demo_work, program, person, consent, field
):
    survey = held(demo_work, program.program_id)
    with pytest.raises(ShariahViolation) as refused:
        record(demo_work, survey, a_response(person), a_response(person, consent=consent))
    details = refused.value.details[0]
    assert (details["rule_id"], details["code"]) == ("DIS-06", "IMPACT_PRIVACY")
    assert details["field"] == f"responses.1.consent.{field}"
    assert listed(demo_work, survey) == []  # nor was the first recorded


def test_the_outcome_of_the_privacy_rule_is_written_down(demo_work, program, person):
    survey = held(demo_work, program.program_id)
    (response,) = record(demo_work, survey, a_response(person))
    with demo_work() as uow:
        page = shariah.list_evaluations(uow, PageRequest(), subject_id=response.response_id)
    assert [(each.rule_id, each.has_passed) for each in page.items] == [("DIS-06", True)]


def test_a_consent_taken_back_stays_taken_back(demo_work, program, person):
    survey = held(demo_work, program.program_id)
    (response,) = record(demo_work, survey, a_response(person))
    with demo_work() as uow:
        service.withdraw_consent(uow, survey.survey_id, response.response_id, reason="asked to")
        with pytest.raises(ConsentWithdrawnAlready):
            service.withdraw_consent(uow, survey.survey_id, response.response_id)
        with pytest.raises(UnknownResponse):
            service.withdraw_consent(uow, survey.survey_id, "rsp_none")
    (kept,) = listed(demo_work, survey)
    assert kept.withdrawn_at == demo.NOW


def test_somebody_answers_a_survey_once_a_day(demo_work, program, person):
    survey = held(demo_work, program.program_id)
    record(demo_work, survey, a_response(person))
    with pytest.raises(AnsweredAlready):
        record(demo_work, survey, a_response(person))
    answered(demo_work, survey, {person: {"income": 90}}, on="2023-07-01")
    assert len(listed(demo_work, survey)) == 2


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"answers": {"age": 30}}, "answers.age", "unknown_question"),
        ({"answers": {"income": "much"}}, "answers.income", "not_a_number"),
        ({"answers": {"income": 0.001}}, "answers.income", "too_many_decimals"),
        ({"answers": {"assets": 1}}, "answers.assets", "not_yes_or_no"),
        ({"answers": {"note": ["a"]}}, "answers.note", "not_an_answer"),
        ({"collected_on": "2024-01-16"}, "collected_on", "in_the_future"),
        ({"poverty_answers": {"roof": "straw"}}, "poverty_answers", "no_scorecard"),
        ({"consent": {"given": True, "on": "2023-06-01"}}, "consent.method", "missing_field"),
    ],
)
def test_answers_that_cannot_be_read_are_refused_by_field(
    demo_work, program, person, changes, field, code
):
    survey = held(demo_work, program.program_id)
    with pytest.raises(ValidationFailed) as refused:
        record(demo_work, survey, a_response(person, **changes))
    details = refused.value.details[0]
    assert (details["field"], details["code"]) == (f"responses.0.{field}", code)


def test_nobody_is_asked_what_the_platform_computes(demo_work, program):
    for code in ("female_borrowers", "repaid_amount", "poverty_rate"):
        question = {"code": "q", "text": "How many?", "indicator": code}
        with pytest.raises(ValidationFailed) as refused:
            held(demo_work, program.program_id, questions=[question])
        assert refused.value.details[0]["code"] == "computed"


@pytest.mark.parametrize(
    ("questions", "code"),
    [
        ([], "empty"),
        ([{"code": "q", "text": "?", "indicator": "none_such"}], "unknown_indicator"),
        ([{"code": "q", "text": "?"}, {"code": "q", "text": "?"}], "doubled"),
        (
            [
                {"code": "q", "text": "?", "indicator": "jobs_created"},
                {"code": "r", "text": "?", "indicator": "jobs_created"},
            ],
            "doubled",
        ),
    ],
)
def test_a_survey_that_asks_nothing_or_twice_is_refused(demo_work, program, questions, code):
    with pytest.raises(ValidationFailed) as refused:
        held(demo_work, program.program_id, questions=questions)
    assert refused.value.details[0]["code"] == code


def test_a_scorecard_turns_answers_into_a_likelihood(demo_work, program, person):
    scorecard = card(demo_work)
    survey = held(demo_work, program.program_id, scorecard_id=scorecard.scorecard_id)
    poor = {"roof": "straw", "beds": "none"}
    (response,) = record(demo_work, survey, a_response(person, poverty_answers=poor))
    assert (response.score, response.poverty_likelihood_bp) == (0, 6200)
    incomplete = a_response(person, poverty_answers={"roof": "straw"}, collected_on="2023-06-02")
    with pytest.raises(ValidationFailed) as refused:
        record(demo_work, survey, incomplete)
    assert refused.value.details[0]["field"] == "responses.0.poverty_answers.beds"


def test_a_scorecard_is_loaded_once_for_a_country_version_and_line(demo_work):
    first = card(demo_work)
    with pytest.raises(ScorecardTaken):
        card(demo_work)
    card(demo_work, line="extreme")
    with demo_work() as uow:
        assert len(service.list_scorecards(uow, PageRequest()).items) == 2
        kept = service.get_scorecard(uow, first.scorecard_id)
    assert kept.questions == first.questions
    assert kept.lookup == first.lookup


def test_only_an_active_program_asks_people(demo_work, person):
    with demo_work(demo.MAKER) as uow:
        waiting = programs.create_program(uow, ProgramIn(**as_sent(a_program())).command())
    with pytest.raises(ProgramStateRefuses):
        held(demo_work, waiting.program_id)
    active = active_program(demo_work)
    survey = held(demo_work, active.program_id)
    with demo_work(demo.CHECKER) as uow:
        programs.close_program(uow, active.program_id)
    with pytest.raises(ProgramStateRefuses):
        record(demo_work, survey, a_response(person))


def test_surveys_and_people_nobody_knows_are_not_found(demo_work, program):
    survey = held(demo_work, program.program_id)
    with pytest.raises(NotFound):
        record(demo_work, survey, a_response("cpty_nobody"))
    with demo_work() as uow:
        with pytest.raises(UnknownSurvey):
            service.get_survey(uow, "svy_none")
        assert [
            each.survey_id
            for each in service.list_surveys(uow, PageRequest(), program.program_id).items
        ] == [survey.survey_id]


def test_the_outside_hears_how_many_answered_and_never_who(demo_work, program, person):
    survey = held(demo_work, program.program_id)
    record(demo_work, survey, a_response(person))
    with demo_work() as uow:
        page = outbox.list_events(
            uow, type_name=None, subject_id=survey.survey_id, request=PageRequest()
        )
    assert [event.type for event in page.items] == [
        "microfinance.survey.answered",
        "microfinance.survey.created",
    ]
    assert '"responses":1' in page.items[0].data
    assert person not in page.items[0].data
