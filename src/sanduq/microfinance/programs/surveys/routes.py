"""Surveys of a program, what people answered, and poverty scorecards."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import PageQuery, checked_id
from sanduq.microfinance.programs.surveys import service
from sanduq.microfinance.programs.surveys.schemas import (
    ResponseList,
    ResponseOut,
    ResponsesIn,
    ResponsesOut,
    ScorecardIn,
    ScorecardList,
    ScorecardOut,
    SurveyIn,
    SurveyList,
    SurveyOut,
    WithdrawalIn,
    response_out,
    scorecard_out,
    survey_out,
)

router = APIRouter(prefix="/v1/rails/microfinance", tags=["Impact"])

READ, WRITE = scope("microfinance:read"), scope("microfinance:write")


@router.post(
    "/programs/{program_id}/surveys",
    response_model=SurveyOut,
    status_code=201,
    openapi_extra=WRITE,
)
def create_survey(request: Request, program_id: str, body: SurveyIn) -> Any:
    """Draw up a survey of an active program."""

    def work(uow: UnitOfWork) -> dict[str, Any]:
        new = body.command(checked_id(program_id, "prg", "program_id"))
        return survey_out(service.create_survey(uow, new))

    return gateway(request).write(request, work, status=201)


@router.get("/programs/{program_id}/surveys", response_model=SurveyList, openapi_extra=READ)
def list_surveys(request: Request, program_id: str, query: Annotated[PageQuery, Query()]) -> Any:
    """List the surveys of a program, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_surveys(
            uow, query.page_request(), checked_id(program_id, "prg", "program_id")
        ).render(survey_out),
    )


@router.get("/surveys/{survey_id}", response_model=SurveyOut, openapi_extra=READ)
def get_survey(request: Request, survey_id: str) -> Any:
    """One survey with its questions."""
    return gateway(request).read(
        request, lambda uow: survey_out(service.get_survey(uow, _survey(survey_id)))
    )


@router.post(
    "/surveys/{survey_id}/responses",
    response_model=ResponsesOut,
    status_code=201,
    openapi_extra=WRITE,
)
def record_responses(request: Request, survey_id: str, body: ResponsesIn) -> Any:
    """Record what people answered, all of it or nothing."""

    def work(uow: UnitOfWork) -> dict[str, Any]:
        found = service.record_responses(uow, _survey(survey_id), body.commands())
        return {
            "survey_id": survey_id,
            "recorded": len(found),
            "data": [response_out(each) for each in found],
        }

    return gateway(request).write(request, work, status=201)


@router.get("/surveys/{survey_id}/responses", response_model=ResponseList, openapi_extra=READ)
def list_responses(request: Request, survey_id: str, query: Annotated[PageQuery, Query()]) -> Any:
    """List the responses to a survey, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_responses(uow, query.page_request(), _survey(survey_id)).render(
            response_out
        ),
    )


@router.post(
    "/surveys/{survey_id}/responses/{response_id}/withdraw",
    response_model=ResponseOut,
    openapi_extra=WRITE,
)
def withdraw_consent(
    request: Request, survey_id: str, response_id: str, body: WithdrawalIn | None = None
) -> Any:
    """Take back the consent to a response; it is counted nowhere any more."""
    return gateway(request).write(
        request,
        lambda uow: response_out(
            service.withdraw_consent(
                uow,
                _survey(survey_id),
                checked_id(response_id, "rsp", "response_id"),
                reason=body.reason if body is not None else None,
            )
        ),
    )


@router.post(
    "/poverty-scorecards", response_model=ScorecardOut, status_code=201, openapi_extra=WRITE
)
def create_scorecard(request: Request, body: ScorecardIn) -> Any:
    """Load a poverty scorecard as its makers publish it."""
    return gateway(request).write(
        request,
        lambda uow: scorecard_out(service.create_scorecard(uow, body.command())),
        status=201,
    )


@router.get("/poverty-scorecards", response_model=ScorecardList, openapi_extra=READ)
def list_scorecards(request: Request, query: Annotated[PageQuery, Query()]) -> Any:
    """List poverty scorecards, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_scorecards(uow, query.page_request()).render(scorecard_out),
    )


@router.get("/poverty-scorecards/{scorecard_id}", response_model=ScorecardOut, openapi_extra=READ)
def get_scorecard(request: Request, scorecard_id: str) -> Any:
    """One poverty scorecard."""
    return gateway(request).read(
        request,
        lambda uow: scorecard_out(
            service.get_scorecard(uow, checked_id(scorecard_id, "psc", "scorecard_id"))
        ),
    )


def _survey(survey_id: str) -> str:
    return checked_id(survey_id, "svy", "survey_id")
