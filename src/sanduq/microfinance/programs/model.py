"""A program: the loans it covers, who funds them, and the figures it is to reach. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sanduq.kit.money import Asset

_GIVEN = r"waqf:wqf_[0-9A-Za-z_]{1,60}|sadaqah:[0-9A-Za-z_.]{1,60}"
FUND_PATTERN = rf"^(own|charity|zakat|common:grp_[0-9A-Za-z_]{{1,60}}|{_GIVEN})$"
SUBSIDY_PATTERN = rf"^({_GIVEN})$"


class ProgramStatus(StrEnum):
    DRAFT = "DRAFT"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    ACTIVE = "ACTIVE"
    CLOSED = "CLOSED"


class ProgramAction(StrEnum):
    CHANGE = "change"
    APPROVE = "approve"
    CLOSE = "close"
    ENROL = "enrol"
    SURVEY = "survey"
    REPORT = "report"


_S = ProgramStatus

ALLOWED: Mapping[ProgramAction, frozenset[ProgramStatus]] = {
    ProgramAction.CHANGE: frozenset({_S.DRAFT, _S.PENDING_APPROVAL}),
    ProgramAction.APPROVE: frozenset({_S.PENDING_APPROVAL}),
    ProgramAction.CLOSE: frozenset({_S.DRAFT, _S.PENDING_APPROVAL, _S.ACTIVE}),
    ProgramAction.ENROL: frozenset({_S.ACTIVE}),
    ProgramAction.SURVEY: frozenset({_S.ACTIVE}),
    # What became of its clients is asked after it has ended, too.
    ProgramAction.REPORT: frozenset({_S.ACTIVE, _S.CLOSED}),
}


def is_allowed(action: ProgramAction, status: ProgramStatus) -> bool:
    """Whether the state table lets `action` happen to a program in `status`."""
    return status in ALLOWED[action]


def actions_of(status: ProgramStatus) -> list[str]:
    """What can be done with a program in `status`, by name."""
    return sorted(str(action) for action, states in ALLOWED.items() if status in states)


@dataclass(frozen=True, slots=True)
class Target:
    """What an indicator stood at, where it is to stand, and by which day."""

    indicator: str
    baseline: Decimal
    target: Decimal
    by: date | None


@dataclass(frozen=True, slots=True)
class Subsidy:
    """Who bears part of the cost of serving each loan: a share of it, or an amount per loan."""

    fund: str
    share_bp: int | None
    amount_minor: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProgram:
    """A program about to be drawn up. `absorption_order`: which funds bear losses, in turn.

    Empty lists of branches, products and groups do not narrow which loans may join.
    """

    program_id: str | None
    external_id: str | None
    name: str
    description: str | None
    starts_on: date
    ends_on: date | None
    asset: Asset
    branch_ids: tuple[str, ...]
    product_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    pool_id: str | None
    subsidy: Subsidy | None
    absorption_order: tuple[str, ...]
    targets: tuple[Target, ...]
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program(NewProgram):
    """A program on record."""

    program_id: str
    status: ProgramStatus
    reason: str | None
    created_at: datetime
    created_by: str
    approved_at: datetime | None
    approved_by: str | None
    closed_at: datetime | None
    closed_by: str | None
    version: int

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'


def terms_faults(program: NewProgram) -> list[dict[str, Any]]:
    """What in a program contradicts itself, one detail per field."""
    faults = []
    if program.ends_on is not None and program.ends_on < program.starts_on:
        faults.append(_fault("ends_on", "before_start", "a program ends after it starts"))
    codes = [each.indicator for each in program.targets]
    for place, target in enumerate(program.targets):
        if codes.index(target.indicator) != place:
            message = f"{target.indicator} has a target already"
            faults.append(_fault(f"targets.{place}.indicator", "doubled", message))
        if target.by is not None and target.by < program.starts_on:
            message = "a target is reached after the program starts"
            faults.append(_fault(f"targets.{place}.by", "before_start", message))
    order = program.absorption_order
    for place, fund in enumerate(order):
        if not re.match(FUND_PATTERN, fund):
            message = f"{fund!r} is no fund: own, charity, waqf:wqf_…, sadaqah:…, common:grp_…"
            faults.append(_fault(f"absorption_order.{place}", "wrong_fund", message))
        elif order.index(fund) != place:
            faults.append(_fault(f"absorption_order.{place}", "doubled", f"{fund} stands twice"))
        elif fund == "zakat":
            # Zakat is given to the debtor; it is never a loss fund of the creditor (ZKT-04).
            message = "zakat bears no loss of a lender: a debtor's debt is never waived against it"
            faults.append(_fault(f"absorption_order.{place}", "zakat_by_waiver", message))
    return faults + _subsidy_faults(program.subsidy)


def _subsidy_faults(subsidy: Subsidy | None) -> list[dict[str, Any]]:
    if subsidy is None:
        return []
    faults = []
    if not re.match(SUBSIDY_PATTERN, subsidy.fund):
        message = "a subsidy comes from a waqf or from sadaqah: waqf:wqf_… or sadaqah:…"
        faults.append(_fault("subsidy.fund", "wrong_fund", message))
    if (subsidy.share_bp is None) == (subsidy.amount_minor is None):
        message = "a subsidy is a share of the cost or an amount per loan, one of the two"
        faults.append(_fault("subsidy", "share_or_amount", message))
    return faults


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A loan's place in a program."""

    program_id: str
    loan_id: str
    enrolled_on: date
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """A loan somebody wants to enrol, as far as a program asks about it."""

    loan_id: str
    status: str
    asset: Asset
    branch_id: str
    product_id: str
    group_id: str | None
    program_id: str | None


ENROLLABLE = frozenset(
    {"PENDING_APPROVAL", "APPROVED", "DISBURSED", "REPAYING", "DEFAULTED", "COMPLETED"}
)


def enrolment_faults(program: Program, candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
    """Why each loan cannot join: it is in a program, it ended unpaid, or it is not covered."""
    faults = []
    for place, loan in enumerate(candidates):
        field = f"loan_ids.{place}"
        if loan.program_id is not None:
            message = f"{loan.loan_id} is in {loan.program_id} already; a loan is in one program"
            faults.append(_fault(field, "enrolled", message))
        elif loan.status not in ENROLLABLE:
            faults.append(_fault(field, "state", f"{loan.loan_id} is {loan.status}"))
        elif loan.asset != program.asset:
            message = f"{loan.loan_id} is in {loan.asset.code}, the program in {program.asset.code}"
            faults.append(_fault(field, "other_currency", message))
        else:
            faults.extend(_coverage_faults(program, loan, field))
    return faults


def _coverage_faults(program: Program, loan: Candidate, field: str) -> list[dict[str, Any]]:
    covered = (
        ("branch", program.branch_ids, loan.branch_id),
        ("product", program.product_ids, loan.product_id),
        ("group", program.group_ids, loan.group_id),
    )
    return [
        _fault(field, "not_covered", f"the program does not cover the {what} of {loan.loan_id}")
        for what, named, own in covered
        if named and own not in named
    ]


def _fault(field: str, code: str, message: str) -> dict[str, Any]:
    return {"field": field, "code": code, "message": message}
