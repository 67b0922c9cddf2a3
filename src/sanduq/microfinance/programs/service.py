"""Programs: drawn up by one, approved by another; loans join while the program is active."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import fields, replace

from sanduq.access import service as access
from sanduq.access.errors import MakerMayNotApprove
from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.ids import new_id, own_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.products import service as products
from sanduq.microfinance.programs import events, store
from sanduq.microfinance.programs.errors import (
    LoanEnrolledMeanwhile,
    ProgramChanged,
    ProgramStateRefuses,
    UnknownProgram,
)
from sanduq.microfinance.programs.funding import check_funding
from sanduq.microfinance.programs.indicators import service as indicators
from sanduq.microfinance.programs.model import (
    Enrolment,
    NewProgram,
    Program,
    ProgramAction,
    ProgramStatus,
    enrolment_faults,
    is_allowed,
    terms_faults,
)

APPROVE = "program.approve"
PREFIX = "prg"


def create_program(uow: UnitOfWork, new: NewProgram, *, is_draft: bool = False) -> Program:
    """Draws up a program; unless it is kept as a draft it waits for another user's approval.

    Refuses VALIDATION_ERROR a program that contradicts itself, unknown branches, products,
    groups, indicators and pools; CONFLICT an id or external_id already used.
    """
    status = ProgramStatus.DRAFT if is_draft else ProgramStatus.PENDING_APPROVAL
    given = new.program_id
    values = {each.name: getattr(new, each.name) for each in fields(NewProgram)}
    values["program_id"] = own_id(given, PREFIX) if given is not None else new_id(PREFIX)
    program = Program(
        **values,
        status=status,
        reason=None,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        approved_at=None,
        approved_by=None,
        closed_at=None,
        closed_by=None,
        version=1,
    )
    _check(uow, program)
    store.insert(uow, program)
    _ask_for_approval(uow, program)
    _tell(uow, events.CREATED, "program.create", program)
    return program


def change_program(
    uow: UnitOfWork,
    program_id: str,
    revise: Callable[[Program], Program],
    *,
    is_submitted: bool = False,
    if_match: str | None = None,
) -> Program:
    """Changes a program nobody has approved yet, or submits a draft for approval.

    Whoever changes it may not approve it. Refuses NOT_FOUND; CONFLICT once it was approved or
    closed, and when it changed since it was read; and what `create_program` refuses.
    """
    before = _locked(uow, program_id, ProgramAction.CHANGE, if_match)
    after = revise(before)
    if is_submitted:
        after = replace(after, status=ProgramStatus.PENDING_APPROVAL)
    if after == before:
        return before
    after = replace(after, version=before.version + 1)
    _check(uow, after)
    store.update(uow, after)
    access.withdraw(uow, APPROVE, program_id, "the program was changed")
    _ask_for_approval(uow, after)
    _tell(uow, events.CHANGED, "program.change", after)
    return after


def approve_program(
    uow: UnitOfWork, program_id: str, *, reason: str | None = None, if_match: str | None = None
) -> Program:
    """Makes a program active: loans may join it and its clients may be surveyed.

    Refuses NOT_FOUND; CONFLICT a program that does not wait for approval or changed since it
    was read; FORBIDDEN its maker and roles without authority; and what became wrong with it
    meanwhile, as `create_program` does.
    """
    program = _locked(uow, program_id, ProgramAction.APPROVE, if_match)
    if uow.actor.user_id == program.created_by:
        raise MakerMayNotApprove
    access.decide(uow, APPROVE, program_id, is_approved=True, reason=reason)
    program = replace(
        program,
        status=ProgramStatus.ACTIVE,
        approved_at=uow.now,
        approved_by=uow.actor.user_id,
        version=program.version + 1,
    )
    _check(uow, program)
    store.update(uow, program)
    _tell(uow, events.APPROVED, APPROVE, program, reason)
    return program


def reject_program(uow: UnitOfWork, program_id: str, *, reason: str | None = None) -> Program:
    """Sends a program back to its maker as a draft.

    Refuses NOT_FOUND; CONFLICT one that does not wait; FORBIDDEN its maker and roles without
    authority.
    """
    program = _locked(uow, program_id, ProgramAction.APPROVE, None)
    access.decide(uow, APPROVE, program_id, is_approved=False, reason=reason)
    program = replace(
        program, status=ProgramStatus.DRAFT, reason=reason, version=program.version + 1
    )
    store.update(uow, program)
    _tell(uow, events.CHANGED, "program.reject", program, reason)
    return program


def close_program(
    uow: UnitOfWork, program_id: str, *, reason: str | None = None, if_match: str | None = None
) -> Program:
    """Ends a program; its loans run on, and what came of it can still be reported.

    Refuses NOT_FOUND; CONFLICT once closed; FORBIDDEN, for an active program, a role without
    authority for `program.approve`.
    """
    before = _locked(uow, program_id, ProgramAction.CLOSE, if_match)
    if before.status is ProgramStatus.ACTIVE:
        access.require_authority(uow, APPROVE, None)
    access.withdraw(uow, APPROVE, program_id, "the program was closed")
    after = replace(
        before,
        status=ProgramStatus.CLOSED,
        reason=reason,
        closed_at=uow.now,
        closed_by=uow.actor.user_id,
        version=before.version + 1,
    )
    store.update(uow, after)
    _tell(uow, events.CLOSED, "program.close", after, reason)
    return after


def enrol_loans(uow: UnitOfWork, program_id: str, loan_ids: Sequence[str]) -> list[Enrolment]:
    """Lets loans join an active program, all or none.

    Refuses NOT_FOUND an unknown program or loan; CONFLICT a program that is not active;
    VALIDATION_ERROR, with every loan that cannot join, one in a program already, one that was
    refused, withdrawn or written off, one in another currency, or of a branch, product or group
    the program does not cover.
    """
    program = _locked(uow, program_id, ProgramAction.ENROL, None, is_shared=True)
    wanted = list(dict.fromkeys(loan_ids))
    found = store.candidates(uow, wanted)
    missing = sorted(set(wanted) - found.keys())
    if missing:
        raise NotFound(f"there is no loan {', '.join(missing)} in this institution")
    faults = enrolment_faults(program, [found[loan_id] for loan_id in wanted])
    if faults:
        raise ValidationFailed(str(faults[0]["message"]), details=faults)
    if store.enrol(uow, program_id, wanted) < len(wanted):
        raise LoanEnrolledMeanwhile
    details = {"loan_ids": wanted}
    audit.record(uow, [audit.Deed("program.enrol", program_id, details=details)])
    joined = [Enrolment(program_id, loan_id, uow.today, uow.now) for loan_id in wanted]
    outbox.record(uow, [events.enrolled(each) for each in joined])
    return joined


def get_program(uow: UnitOfWork, program_id: str) -> Program:
    """One program. Refuses NOT_FOUND."""
    program = store.get(uow, program_id)
    if program is None:
        raise UnknownProgram
    return program


def require_program(uow: UnitOfWork, program_id: str, action: ProgramAction) -> Program:
    """A program in a state that allows `action`. Refuses NOT_FOUND, CONFLICT."""
    program = get_program(uow, program_id)
    if not is_allowed(action, program.status):
        raise ProgramStateRefuses.of(program_id, program.status, action)
    return program


def program_of(uow: UnitOfWork, loan_ids: Collection[str]) -> dict[str, Program]:
    """The program of each loan that is in one, in two queries."""
    program_ids = store.programs_of(uow, loan_ids) if loan_ids else {}
    if not program_ids:
        return {}
    found = {each.program_id: each for each in store.load(uow, set(program_ids.values()))}
    return {loan_id: found[program_id] for loan_id, program_id in program_ids.items()}


def list_programs(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    status: ProgramStatus | None = None,
    pool_id: str | None = None,
    external_id: str | None = None,
) -> Page[Program]:
    """Programs, newest first."""
    filters = {
        "status": status.value if status is not None else None,
        "pool_id": pool_id,
        "external_id": external_id,
    }
    return store.select_page(uow, request, filters)


def _check(uow: UnitOfWork, program: Program) -> None:
    """Shape, then what the program names: it must be there."""
    if faults := terms_faults(program):
        raise ValidationFailed(str(faults[0]["message"]), details=faults)
    fields_by_code = {
        each.indicator: f"targets.{place}.indicator" for place, each in enumerate(program.targets)
    }
    known = indicators.require_known(uow, fields_by_code)
    for place, each in enumerate(program.targets):
        indicator, field = known[each.indicator], f"targets.{place}"
        indicator.value(each.baseline, program.asset, f"{field}.baseline")
        indicator.value(each.target, program.asset, f"{field}.target")
    _check_cover(uow, program)
    check_funding(uow, program)


def _check_cover(uow: UnitOfWork, program: Program) -> None:
    named = (
        ("branch_ids", program.branch_ids, access.known_branches(uow, program.branch_ids)),
        ("product_ids", program.product_ids, products.load_products(uow, program.product_ids)),
        ("group_ids", program.group_ids, groups.known_groups(uow, program.group_ids)),
    )
    details = [
        {"field": f"{name}.{place}", "code": "unknown", "message": f"there is no {each}"}
        for name, ids, there in named
        for place, each in enumerate(ids)
        if each not in there
    ]
    if details:
        raise ValidationFailed(details[0]["message"], details=details)


def _ask_for_approval(uow: UnitOfWork, program: Program) -> None:
    if program.status is ProgramStatus.PENDING_APPROVAL:
        access.request_approvals(uow, APPROVE, [(program.program_id, None)])


def _tell(
    uow: UnitOfWork, event: str, deed: str, program: Program, reason: str | None = None
) -> None:
    audit.record(uow, [audit.Deed(deed, program.program_id, reason, {"version": program.version})])
    outbox.record(uow, [events.told(event, program)])


def _locked(
    uow: UnitOfWork,
    program_id: str,
    action: ProgramAction,
    if_match: str | None,
    *,
    is_shared: bool = False,
) -> Program:
    program = store.get(uow, program_id, is_locked=True, is_shared=is_shared)
    if program is None:
        raise UnknownProgram
    if if_match is not None and program.etag not in [tag.strip() for tag in if_match.split(",")]:
        raise ProgramChanged
    if not is_allowed(action, program.status):
        raise ProgramStateRefuses.of(program_id, program.status, action)
    return program
