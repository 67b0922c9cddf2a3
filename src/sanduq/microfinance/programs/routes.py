"""Programs: loans made for a purpose, and what they are to achieve."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import checked_id
from sanduq.microfinance.programs import service
from sanduq.microfinance.programs.schemas import (
    EnrolmentIn,
    EnrolmentOut,
    ProgramActIn,
    ProgramFilters,
    ProgramIn,
    ProgramList,
    ProgramOut,
    ProgramPatch,
    program_loan_out,
    program_out,
)

router = APIRouter(prefix="/v1/rails/microfinance/programs", tags=["Impact"])

READ, WRITE = scope("microfinance:read"), scope("microfinance:write")


@router.post("", response_model=ProgramOut, status_code=201, openapi_extra=WRITE)
def create_program(request: Request, body: ProgramIn) -> Any:
    """Draw up a program; it waits for another person's approval."""
    return gateway(request).write(
        request,
        lambda uow: program_out(
            service.create_program(uow, body.command(), is_draft=body.is_draft)
        ),
        status=201,
    )


@router.get("", response_model=ProgramList, openapi_extra=READ)
def list_programs(request: Request, filters: Annotated[ProgramFilters, Query()]) -> Any:
    """List programs, newest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        return service.list_programs(
            uow,
            filters.page_request(),
            status=filters.status,
            pool_id=filters.pool_id,
            external_id=filters.external_id,
        ).render(program_out)

    return gateway(request).read(request, found)


@router.get("/{program_id}", response_model=ProgramOut, openapi_extra=READ)
def get_program(request: Request, program_id: str) -> Any:
    """One program."""

    def found(uow: UnitOfWork) -> Tagged:
        program = service.get_program(uow, _checked(program_id))
        return Tagged(program_out(program), program.etag)

    return gateway(request).read(request, found)


@router.patch("/{program_id}", response_model=ProgramOut, openapi_extra=WRITE)
def change_program(request: Request, program_id: str, body: ProgramPatch) -> Any:
    """Change a program nobody has approved yet, or submit a draft."""
    return gateway(request).write(
        request,
        lambda uow: program_out(
            service.change_program(
                uow,
                _checked(program_id),
                body.revise,
                is_submitted=body.submit,
                if_match=if_match(request),
            )
        ),
    )


@router.post("/{program_id}/approve", response_model=ProgramOut, openapi_extra=WRITE)
def approve_program(request: Request, program_id: str, body: ProgramActIn | None = None) -> Any:
    """Make a program active; its maker cannot."""
    return gateway(request).write(
        request,
        lambda uow: program_out(
            service.approve_program(
                uow,
                _checked(program_id),
                reason=body.reason if body is not None else None,
                if_match=if_match(request),
            )
        ),
    )


@router.post("/{program_id}/close", response_model=ProgramOut, openapi_extra=WRITE)
def close_program(request: Request, program_id: str, body: ProgramActIn | None = None) -> Any:
    """End a program; its loans run on."""
    return gateway(request).write(
        request,
        lambda uow: program_out(
            service.close_program(
                uow,
                _checked(program_id),
                reason=body.reason if body is not None else None,
                if_match=if_match(request),
            )
        ),
    )


@router.post(
    "/{program_id}/loans", response_model=EnrolmentOut, status_code=201, openapi_extra=WRITE
)
def enrol_loans(request: Request, program_id: str, body: EnrolmentIn) -> Any:
    """Let loans join a program, all of them or none."""

    def work(uow: UnitOfWork) -> dict[str, Any]:
        joined = service.enrol_loans(uow, _checked(program_id), body.ids())
        return {
            "program_id": program_id,
            "enrolled": len(joined),
            "data": [program_loan_out(each) for each in joined],
        }

    return gateway(request).write(request, work, status=201)


def _checked(program_id: str) -> str:
    return checked_id(program_id, "prg", "program_id")
