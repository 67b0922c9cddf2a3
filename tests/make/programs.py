"""Programs, their clients and what these answered, in the demonstration world. US cents."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import Any, Protocol

from sanduq import demo
from sanduq.kit.db import UnitOfWork
from sanduq.kit.json import loads
from sanduq.microfinance.programs import service as programs
from sanduq.microfinance.programs.model import Program
from sanduq.microfinance.programs.schemas import ProgramIn
from sanduq.microfinance.programs.surveys import service as surveys
from sanduq.microfinance.programs.surveys.model import Response, Survey
from sanduq.microfinance.programs.surveys.schemas import ResponsesIn, SurveyIn
from sanduq.parties import service as parties
from sanduq.parties.model import Gender, NewParty, NewVerification, PartyKind
from tests.make.institution import PROOFS
from tests.make.loans import asked, disbursed

PROGRAMS = "/v1/rails/microfinance/programs"
SURVEYS = "/v1/rails/microfinance/surveys"
INDICATORS = "/v1/rails/microfinance/indicators"
SCORECARDS = "/v1/rails/microfinance/poverty-scorecards"


class Work(Protocol):
    def __call__(self, user_id: str = ...) -> AbstractContextManager[UnitOfWork]: ...


def as_sent(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body as it arrives over HTTP: its numbers exact."""
    found: dict[str, Any] = loads(json.dumps(body))
    return found


def a_program(**changes: Any) -> dict[str, Any]:
    """Forty women borrow; a hundred shall. With the year 2023 behind it."""
    return {
        "name": "Women of the river",
        "starts_on": "2023-06-01",
        "currency": "USD",
        "targets": [{"indicator": "female_borrowers", "baseline": 40, "target": 100}],
        **changes,
    }


def a_survey(**changes: Any) -> dict[str, Any]:
    """Income in money, ownership by yes or no, jobs in numbers, and a note nobody counts."""
    return {
        "name": "Before the loan",
        "kind": "baseline",
        "questions": [
            {"code": "income", "text": "What do you earn a month?", "indicator": "income_change"},
            {"code": "assets", "text": "Do you own tools?", "indicator": "asset_ownership"},
            {"code": "jobs", "text": "Whom did you hire?", "indicator": "jobs_created"},
            {"code": "note", "text": "Anything else?"},
        ],
        **changes,
    }


def a_response(party_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "party_id": party_id,
        "answers": {"income": 100, "assets": False},
        "consent": {"given": True, "on": "2023-06-01", "method": "written"},
        "collected_on": "2023-06-01",
        **changes,
    }


def a_scorecard(**changes: Any) -> dict[str, Any]:
    """Two questions of up to 60 and 40 points, and three bands of likelihood."""
    return {
        "country": "BD",
        "version": "2013",
        "line": "national",
        "questions": [
            {"code": "roof", "answers": [{"code": "straw", "points": 0},
                                         {"code": "brick", "points": 60}]},
            {"code": "beds", "answers": [{"code": "none", "points": 0},
                                         {"code": "two", "points": 40}]},
        ],
        "lookup": [
            {"score_min": 0, "score_max": 39, "likelihood": 0.62},
            {"score_min": 40, "score_max": 59, "likelihood": 0.4},
            {"score_min": 60, "score_max": 100, "likelihood": 0.18},
        ],
        **changes,
    }  # fmt: skip


def active_program(work: Work, **changes: Any) -> Program:
    """A program drawn up by one and approved by another."""
    with work(demo.MAKER) as uow:
        program = programs.create_program(uow, ProgramIn(**as_sent(a_program(**changes))).command())
    with work(demo.CHECKER) as uow:
        return programs.approve_program(uow, program.program_id)


def people(work: Work, count: int, gender: Gender | None, prefix: str) -> list[str]:
    """Persons who may borrow: cpty_<prefix>_1 and so on."""
    ids = [f"cpty_{prefix}_{number}" for number in range(1, count + 1)]
    with work(demo.MAKER) as uow:
        parties.create_parties(
            uow,
            [
                NewParty(
                    PartyKind.PERSON, f"Person {each}", each, birth_on=date(1985, 3, 4),
                    gender=gender,
                )
                for each in ids
            ],
        )  # fmt: skip
        parties.record_verifications(uow, [NewVerification(each, list(PROOFS)) for each in ids])
    return ids


def clients(
    work: Work,
    program_id: str,
    party_ids: Sequence[str],
    *,
    amount_minor: int = 120_000,
    on: date | None = None,
) -> list[str]:
    """A loan of twelve months without fee for each, paid out and in the program; their ids."""
    loan_ids = [
        disbursed(work, asked(amount_minor, 0, borrower_id=party_id, grace_months=0), on=on).loan_id
        for party_id in party_ids
    ]
    with work(demo.MAKER) as uow:
        programs.enrol_loans(uow, program_id, loan_ids)
    return loan_ids


def held(work: Work, program_id: str, **changes: Any) -> Survey:
    """A survey that was drawn up."""
    with work(demo.MAKER) as uow:
        return surveys.create_survey(
            uow, SurveyIn(**as_sent(a_survey(**changes))).command(program_id)
        )


def answered(
    work: Work,
    survey: Survey,
    answers: Mapping[str, Mapping[str, Any]],
    *,
    on: str = "2023-06-01",
    **more: Any,
) -> list[Response]:
    """What each person answered that day, with the consent of that day."""
    given = [
        a_response(
            party_id,
            answers=dict(said),
            collected_on=on,
            consent={"given": True, "on": on, "method": "oral"},
            **more,
        )
        for party_id, said in answers.items()
    ]
    with work(demo.MAKER) as uow:
        return surveys.record_responses(
            uow, survey.survey_id, ResponsesIn(**as_sent({"responses": given})).commands()
        )
