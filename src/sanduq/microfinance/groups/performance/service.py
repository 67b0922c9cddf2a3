"""A group's performance over a span of days, read from facts at the moment it is asked for."""

from __future__ import annotations

from datetime import date

from sanduq.kit.clock import local_date
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.microfinance.common_fund import statements
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups.model import Group
from sanduq.microfinance.groups.performance import model_parts, store, store_parts
from sanduq.microfinance.groups.performance.model import Performance
from sanduq.microfinance.groups.performance.model_parts import Giving, Parts


def performance_of(
    uow: UnitOfWork, group_id: str, from_on: date | None = None, to_on: date | None = None
) -> Performance:
    """How the group did from `from_on` to `to_on`, by default from its beginning to today.

    Over the members' loans in the group's currency; loans in others are counted apart. Refuses
    NOT_FOUND; VALIDATION_ERROR an end before the beginning and days that have not come.
    """
    group, begin, to = _span(uow, group_id, from_on, to_on)
    asset = group.asset
    balances, (at_risk, overdue, loans, elsewhere) = store.balances(uow, group_id, asset, to)
    due, on_time, late = store.dues(uow, group_id, asset, begin, to)
    at_start, at_end, leavers, insolvent = store.people(uow, group_id, begin, to)
    meetings, expected, attended, excused = store.meetings(uow, group_id, begin, to)
    called, called_paid = store.calls(uow, group_id, asset, begin, to)
    given = statements.contributions_by_member(uow, group_id, begin, to)
    return Performance(
        group_id=group_id,
        asset=asset,
        from_on=begin,
        to_on=to,
        members_start=at_start,
        members_end=at_end,
        leavers=leavers,
        leavers_insolvent=insolvent,
        loans=loans,
        loans_in_other_currencies=elsewhere,
        due_minor=due,
        on_time_minor=on_time,
        late_minor=late,
        overdue_minor=overdue,
        at_risk_30_minor=at_risk,
        balances=tuple(balances),
        guarantors=tuple(store.guarantors(uow, group_id, asset, to)),
        called_minor=called,
        called_paid_minor=called_paid,
        meetings=meetings,
        expected=expected,
        attended=attended,
        excused=excused,
        contributions_due_minor=None if given is None else sum(due for due, _ in given.values()),
        contributions_minor=None if given is None else sum(got for _, got in given.values()),
        fund_minor=store.fund_minor(uow, group_id, asset, to),
    )


def parts_of(
    uow: UnitOfWork, group_id: str, from_on: date | None = None, to_on: date | None = None
) -> Parts:
    """The same group and span taken apart by member and by cycle. Refuses as `performance_of`."""
    group, begin, to = _span(uow, group_id, from_on, to_on)
    asset = group.asset
    giving = statements.contributions_by_member(uow, group_id, begin, to)
    return model_parts.parts_of(
        store_parts.people(uow, group_id, begin, to),
        store_parts.loans(uow, group_id, asset, begin, to),
        store_parts.attending(uow, group_id, begin, to),
        store_parts.standing(uow, group_id, asset, begin, to),
        None if giving is None else {party: Giving(*both) for party, both in giving.items()},
    )


def _span(
    uow: UnitOfWork, group_id: str, from_on: date | None, to_on: date | None
) -> tuple[Group, date, date]:
    group = groups.get_group(uow, group_id)
    to = to_on or uow.today
    begin = from_on or min(local_date(group.created_at, uow.time_zone), to)
    if to > uow.today:
        raise ValidationFailed.field(
            "to", "in_the_future", f"to must not lie after today, {uow.today}"
        )
    if begin > to:
        raise ValidationFailed.field("from", "after_end", f"from must not lie after {to}")
    return group, begin, to
