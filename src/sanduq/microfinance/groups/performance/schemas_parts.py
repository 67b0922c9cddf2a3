"""Wire shapes of a group's performance by member and by cycle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sanduq.kit.wire import AmountOut, Output
from sanduq.kit.wire_ratio import RatioOut, ratio_out
from sanduq.microfinance.groups.performance.model_parts import CyclePart, MemberPart, Repaying


class GroupParOut(Output):
    """The whole balance of loans more than `days` late."""

    days: int
    amount: AmountOut
    ratio: RatioOut


class RepayingOut(Output):
    """`due`, `paid_on_time` and `paid_late` of the span; `due_to_date` and `paid_to_date` of all
    dues up to its end."""

    loans: int
    lent: AmountOut
    outstanding: AmountOut
    arrears: AmountOut
    arrears_rate: RatioOut
    par: list[GroupParOut]
    due: AmountOut
    paid_on_time: AmountOut
    paid_late: AmountOut
    on_time_rate: RatioOut
    due_to_date: AmountOut
    paid_to_date: AmountOut
    cumulative_rate: RatioOut


class MemberPerformanceOut(RepayingOut):
    """`guarantees_called`: because of this member; `guarantees_paid`: by him for others;
    `guarantees_recovered`: given back to him."""

    party_id: str
    name: str
    attendances_expected: int
    attendances: int
    absences_excused: int
    attendance_rate: RatioOut
    contributions_due: AmountOut | None
    contributions_received: AmountOut | None
    contribution_rate: RatioOut
    guarantees_called: AmountOut
    guarantees_paid: AmountOut
    guarantees_recovered: AmountOut


class CyclePerformanceOut(RepayingOut):
    """The members' loans in this group by their order: first, second, third."""

    cycle: int
    borrowers: int


Money = Callable[[int | None], Any]


def repaying_fields(one: Repaying, money: Money) -> dict[str, Any]:
    """The fields every part has."""
    return {
        "loans": one.loans,
        "lent": money(one.lent_minor),
        "outstanding": money(one.gross_minor),
        "arrears": money(one.overdue_minor),
        "arrears_rate": ratio_out(one.arrears_rate),
        "par": par_out(one, money),
        "due": money(one.due_minor),
        "paid_on_time": money(one.on_time_minor),
        "paid_late": money(one.late_minor),
        "on_time_rate": ratio_out(one.on_time_rate),
        "due_to_date": money(one.called_minor),
        "paid_to_date": money(one.called_paid_minor),
        "cumulative_rate": ratio_out(one.cumulative_rate),
    }


def par_out(one: Repaying, money: Money) -> list[GroupParOut]:
    """Portfolio at risk after 1, 30 and 90 days."""
    return [
        GroupParOut(days=days, amount=money(minor), ratio=ratio_out(share))
        for days, minor, share in one.par
    ]


def member_out(one: MemberPart, money: Money) -> MemberPerformanceOut:
    """A member's part as the API writes it."""
    return MemberPerformanceOut(
        **repaying_fields(one.repaying, money),
        party_id=one.party_id,
        name=one.name,
        attendances_expected=one.attending.expected,
        attendances=one.attending.attended,
        absences_excused=one.attending.excused,
        attendance_rate=ratio_out(one.attending.rate),
        contributions_due=money(one.giving.due_minor if one.giving else None),
        contributions_received=money(one.giving.received_minor if one.giving else None),
        contribution_rate=ratio_out(one.contribution_rate),
        guarantees_called=money(one.standing.called_for_minor),
        guarantees_paid=money(one.standing.paid_minor),
        guarantees_recovered=money(one.standing.recovered_minor),
    )


def cycle_out(one: CyclePart, money: Money) -> CyclePerformanceOut:
    """A cycle's part as the API writes it."""
    return CyclePerformanceOut(
        **repaying_fields(one.repaying, money),
        cycle=one.cycle,
        borrowers=one.repaying.borrowers,
    )
