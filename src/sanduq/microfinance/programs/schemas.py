"""Wire shapes of programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset, Money, plain_number
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Currency,
    ExternalId,
    Input,
    IsoDate,
    ListOutput,
    LongText,
    Metadata,
    Output,
    PageQuery,
    Text,
    amount,
    asset_of,
    checked_id,
    number,
)
from sanduq.microfinance.programs.indicators.model import CODE_PATTERN, Unit, read_value
from sanduq.microfinance.programs.model import (
    Enrolment,
    NewProgram,
    Program,
    ProgramStatus,
    Subsidy,
    Target,
)

FigureIn = Annotated[Any, WithJsonSchema({"type": "number", "description": "An exact figure."})]
"""A figure of an indicator on its way in; its unit says how it is read."""

FigureOut = Annotated[
    Decimal, WithJsonSchema({"type": "number", "description": "An exact figure."})
]

IndicatorName = Annotated[str, Field(pattern=CODE_PATTERN, examples=["female_borrowers"])]
FundName = Annotated[str, Field(max_length=80, examples=["waqf:wqf_orphans", "own"])]
Ids = Annotated[list[Annotated[str, Field(min_length=1, max_length=70)]], Field(max_length=200)]
BP = Decimal(10_000)


class TargetIn(Input):
    """What an indicator stands at now, and what it is to reach by a day."""

    indicator: IndicatorName
    baseline: FigureIn
    target: FigureIn
    by: IsoDate | None = None

    def read(self, asset: Asset, place: int) -> Target:
        """The target; whether the figures fit the indicator is asked once it is known."""
        field = f"targets.{place}"
        return Target(
            self.indicator,
            read_value(self.baseline, Unit.NUMBER, asset, f"{field}.baseline", is_signed=True),
            read_value(self.target, Unit.NUMBER, asset, f"{field}.target", is_signed=True),
            self.by,
        )


class SubsidyIn(Input):
    """`share` of the cost of serving a loan, as a fraction, or an amount for each loan."""

    fund: FundName
    share: FigureIn = None
    amount_per_loan: AmountIn = None

    def read(self, asset: Asset) -> Subsidy:
        """Refuses VALIDATION_ERROR a share above one or finer than a hundredth of a percent."""
        share_bp = None
        if self.share is not None:
            share = read_value(self.share, Unit.SHARE, asset, "subsidy.share")
            if share * BP != (share * BP).to_integral_value():
                raise ValidationFailed.field(
                    "subsidy.share", "too_many_decimals", "a share has at most 4 decimals"
                )
            share_bp = int(share * BP)
        per_loan = self.amount_per_loan
        amount_minor = (
            amount(per_loan, asset, "subsidy.amount_per_loan", is_positive=True).amount_minor
            if per_loan is not None
            else None
        )
        return Subsidy(self.fund, share_bp, amount_minor)


Targets = Annotated[list[TargetIn], Field(max_length=60)]
Funds = Annotated[list[FundName], Field(max_length=20)]


class ProgramIn(Input):
    """A program to draw up. `is_draft`: it is not submitted for approval yet."""

    id: Annotated[str, Field(max_length=70)] | None = None
    name: Text
    description: LongText | None = None
    starts_on: IsoDate
    ends_on: IsoDate | None = None
    currency: Currency
    branch_ids: Ids = Field(default_factory=list)
    product_ids: Ids = Field(default_factory=list)
    group_ids: Ids = Field(default_factory=list)
    pool_id: Annotated[str, Field(max_length=70)] | None = None
    subsidy: SubsidyIn | None = None
    absorption_order: Funds = Field(default_factory=list)
    targets: Targets = Field(default_factory=list)
    is_draft: bool = False
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewProgram:
        """The program inside. Refuses VALIDATION_ERROR what cannot be read."""
        asset = asset_of(self.currency)
        return NewProgram(
            program_id=self.id,
            external_id=self.external_id,
            name=self.name,
            description=self.description,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            asset=asset,
            branch_ids=_ids(self.branch_ids),
            product_ids=_ids(self.product_ids),
            group_ids=_ids(self.group_ids),
            pool_id=_pool(self.pool_id),
            subsidy=self.subsidy.read(asset) if self.subsidy is not None else None,
            absorption_order=tuple(self.absorption_order),
            targets=_targets(self.targets, asset),
            metadata=self.metadata,
        )


class ProgramPatch(Input):
    """Only what is sent is changed; `submit` sends a draft to be approved."""

    name: Text | None = None
    description: LongText | None = None
    starts_on: IsoDate | None = None
    ends_on: IsoDate | None = None
    branch_ids: Ids | None = None
    product_ids: Ids | None = None
    group_ids: Ids | None = None
    pool_id: Annotated[str, Field(max_length=70)] | None = None
    subsidy: SubsidyIn | None = None
    absorption_order: Funds | None = None
    targets: Targets | None = None
    metadata: Metadata | None = None
    submit: bool = False

    def revise(self, program: Program) -> Program:
        """The program with what was sent. Refuses VALIDATION_ERROR what cannot be read."""
        changes: dict[str, Any] = {}
        for name in sorted(self.model_fields_set - {"submit"}):
            value = getattr(self, name)
            if value is None and name not in _MAY_BE_NULL:
                raise ValidationFailed.field(name, "null", f"{name} may not be null")
            read = _READERS.get(name)
            changes[name] = read(value, program.asset) if read and value is not None else value
        return replace(program, **changes)


_MAY_BE_NULL = frozenset({"description", "ends_on", "pool_id", "subsidy"})


def _ids(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _pool(value: str | None) -> str | None:
    return checked_id(value, "pool", "pool_id") if value is not None else None


def _targets(values: list[TargetIn], asset: Asset) -> tuple[Target, ...]:
    return tuple(each.read(asset, place) for place, each in enumerate(values))


_READERS: Mapping[str, Callable[[Any, Asset], Any]] = {
    "branch_ids": lambda value, _: _ids(value),
    "product_ids": lambda value, _: _ids(value),
    "group_ids": lambda value, _: _ids(value),
    "pool_id": lambda value, _: _pool(value),
    "subsidy": lambda value, asset: value.read(asset),
    "absorption_order": lambda value, _: tuple(value),
    "targets": _targets,
}


class ProgramActIn(Input):
    reason: Text | None = None


class EnrolmentIn(Input):
    loan_ids: Annotated[
        list[Annotated[str, Field(max_length=70)]], Field(min_length=1, max_length=1000)
    ]

    def ids(self) -> list[str]:
        """The loans. Refuses VALIDATION_ERROR an id of another kind."""
        return [
            checked_id(value, "mfl", f"loan_ids.{place}")
            for place, value in enumerate(self.loan_ids)
        ]


class ProgramFilters(PageQuery):
    status: ProgramStatus | None = None
    pool_id: Text | None = None
    external_id: ExternalId | None = None


class TargetOut(Output):
    indicator: str
    baseline: FigureOut
    target: FigureOut
    by: date | None


class SubsidyOut(Output):
    fund: str
    share: FigureOut | None
    amount_per_loan: AmountOut | None


class ProgramOut(Output):
    id: str
    type: Literal["program"]
    status: ProgramStatus
    name: str
    description: str | None
    starts_on: date
    ends_on: date | None
    currency: str
    branch_ids: list[str]
    product_ids: list[str]
    group_ids: list[str]
    pool_id: str | None
    subsidy: SubsidyOut | None
    absorption_order: list[str]
    targets: list[TargetOut]
    reason: str | None
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str
    approved_at: datetime | None
    approved_by: str | None
    closed_at: datetime | None
    closed_by: str | None
    etag: str


class ProgramList(ListOutput):
    data: list[ProgramOut]


class ProgramLoanOut(Output):
    program_id: str
    loan_id: str
    enrolled_on: date
    created_at: datetime


class EnrolmentOut(Output):
    program_id: str
    enrolled: int
    data: list[ProgramLoanOut]


def program_out(program: Program) -> dict[str, Any]:
    """A program as the API writes it."""
    return ProgramOut(
        id=program.program_id,
        type="program",
        status=program.status,
        name=program.name,
        description=program.description,
        starts_on=program.starts_on,
        ends_on=program.ends_on,
        currency=program.asset.code,
        branch_ids=list(program.branch_ids),
        product_ids=list(program.product_ids),
        group_ids=list(program.group_ids),
        pool_id=program.pool_id,
        subsidy=_subsidy_out(program.subsidy, program.asset),
        absorption_order=list(program.absorption_order),
        targets=[
            TargetOut(
                indicator=each.indicator,
                baseline=plain_number(each.baseline),
                target=plain_number(each.target),
                by=each.by,
            )
            for each in program.targets
        ],
        reason=program.reason,
        external_id=program.external_id,
        metadata=dict(program.metadata),
        created_at=program.created_at,
        created_by=program.created_by,
        approved_at=program.approved_at,
        approved_by=program.approved_by,
        closed_at=program.closed_at,
        closed_by=program.closed_by,
        etag=program.etag,
    ).model_dump()


def program_loan_out(enrolment: Enrolment) -> dict[str, Any]:
    """A loan's place in a program as the API writes it."""
    return ProgramLoanOut(
        program_id=enrolment.program_id,
        loan_id=enrolment.loan_id,
        enrolled_on=enrolment.enrolled_on,
        created_at=enrolment.created_at,
    ).model_dump()


def _subsidy_out(subsidy: Subsidy | None, asset: Asset) -> SubsidyOut | None:
    if subsidy is None:
        return None
    share_bp, amount_minor = subsidy.share_bp, subsidy.amount_minor
    return SubsidyOut(
        fund=subsidy.fund,
        share=plain_number(Decimal(share_bp) / BP) if share_bp is not None else None,
        amount_per_loan=number(Money(amount_minor, asset)) if amount_minor is not None else None,
    )
