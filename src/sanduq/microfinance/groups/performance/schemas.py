"""Wire shapes of a group's performance."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from sanduq.kit.money import Money
from sanduq.kit.wire import AmountOut, IsoDate, Output, date, number
from sanduq.kit.wire_ratio import QuotientOut, RatioOut, quotient_out, ratio_out
from sanduq.microfinance.groups.performance.model import WEIGHTS, Performance
from sanduq.microfinance.groups.performance.model_parts import Parts
from sanduq.microfinance.groups.performance.schemas_parts import (
    CyclePerformanceOut,
    GroupParOut,
    MemberPerformanceOut,
    cycle_out,
    member_out,
    par_out,
)


class PerformanceQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_on: Annotated[IsoDate | None, Field(alias="from")] = None
    to_on: Annotated[IsoDate | None, Field(alias="to")] = None


class MemberBalanceOut(Output):
    borrower_id: str
    outstanding: AmountOut


class MaxCallOut(Output):
    guarantor_id: str
    amount: AmountOut


class ScorePartOut(Output):
    part: str
    weight: int
    ratio: RatioOut


class GroupPerformanceOut(Output):
    id: str
    type: str
    from_date: date
    to_date: date
    currency: str
    members_start: int
    members: int
    leavers: int
    leavers_insolvent: int
    borrowers: int
    loans: int
    loans_in_other_currencies: int
    outstanding: AmountOut
    overdue: AmountOut
    due: AmountOut
    paid_on_time: AmountOut
    paid_late: AmountOut
    on_time_rate: RatioOut
    due_to_date: AmountOut
    paid_to_date: AmountOut
    cumulative_rate: RatioOut
    arrears_rate: RatioOut
    par: list[GroupParOut]
    par_30_amount: AmountOut
    par_30: RatioOut
    guarantees_called: AmountOut
    guarantees_paid: AmountOut
    guarantees_recovered: AmountOut
    solidarity_rate: RatioOut
    contributions_due: AmountOut | None
    contributions_received: AmountOut | None
    contribution_rate: RatioOut
    common_fund: AmountOut | None
    common_fund_cover: QuotientOut
    meetings: int
    attendances_expected: int
    attendances: int
    absences_excused: int
    attendance_rate: RatioOut
    turnover_rate: RatioOut
    concentration: RatioOut
    balances: list[MemberBalanceOut]
    max_calls: list[MaxCallOut]
    score: RatioOut
    score_parts: list[ScorePartOut]
    by_member: list[MemberPerformanceOut]
    by_cycle: list[CyclePerformanceOut]


def performance_out(found: Performance, parts: Parts) -> dict[str, Any]:
    """A group's performance as the API writes it."""

    def money(minor: int | None) -> Any:
        return None if minor is None else number(Money(minor, found.asset))

    return GroupPerformanceOut(
        id=found.group_id,
        type="group_performance",
        from_date=found.from_on,
        to_date=found.to_on,
        currency=found.asset.code,
        members_start=found.members_start,
        members=found.members_end,
        leavers=found.leavers,
        leavers_insolvent=found.leavers_insolvent,
        borrowers=found.borrowers,
        loans=found.loans,
        loans_in_other_currencies=found.loans_in_other_currencies,
        outstanding=money(found.gross_minor),
        overdue=money(found.overdue_minor),
        due=money(found.due_minor),
        paid_on_time=money(found.on_time_minor),
        paid_late=money(found.late_minor),
        on_time_rate=ratio_out(found.on_time_rate),
        due_to_date=money(parts.whole.called_minor),
        paid_to_date=money(parts.whole.called_paid_minor),
        cumulative_rate=ratio_out(parts.whole.cumulative_rate),
        arrears_rate=ratio_out(parts.whole.arrears_rate),
        par=par_out(parts.whole, money),
        par_30_amount=money(found.at_risk_30_minor),
        par_30=ratio_out(found.par_30),
        guarantees_called=money(found.called_minor),
        guarantees_paid=money(found.called_paid_minor),
        guarantees_recovered=money(parts.recovered_minor),
        solidarity_rate=ratio_out(found.solidarity_rate),
        contributions_due=money(found.contributions_due_minor),
        contributions_received=money(found.contributions_minor),
        contribution_rate=ratio_out(found.contribution_rate),
        common_fund=money(found.fund_minor),
        common_fund_cover=quotient_out(found.fund_cover),
        meetings=found.meetings,
        attendances_expected=found.expected,
        attendances=found.attended,
        absences_excused=found.excused,
        attendance_rate=ratio_out(found.attendance_rate),
        turnover_rate=ratio_out(found.turnover_rate),
        concentration=ratio_out(found.concentration),
        balances=[
            MemberBalanceOut(borrower_id=one.party_id, outstanding=money(one.gross_minor))
            for one in found.balances
        ],
        max_calls=[
            MaxCallOut(guarantor_id=one.party_id, amount=money(one.amount_minor))
            for one in found.max_calls
        ],
        score=ratio_out(found.score),
        score_parts=[
            ScorePartOut(part=name, weight=WEIGHTS[name], ratio=ratio_out(part))
            for name, part in found.parts.items()
        ],
        by_member=[member_out(one, money) for one in parts.members],
        by_cycle=[cycle_out(one, money) for one in parts.cycles],
    ).model_dump()
