"""A common fund as it is shown: whole, to one member, and over a span of days."""

from __future__ import annotations

from datetime import date, timedelta

from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.microfinance.common_fund import service, store, store_payments
from sanduq.microfinance.common_fund.model import (
    FundView,
    MemberStatement,
    dues_of,
    exit_minor,
)
from sanduq.microfinance.groups.members.errors import NotAMember


def view(uow: UnitOfWork, group_id: str, on: date | None = None) -> FundView:
    """The fund with its balance from the ledger, and what each member was to pay by a day.

    Refuses NOT_FOUND, VALIDATION_ERROR a day ahead.
    """
    fund = service.get_fund(uow, group_id)
    day = on or uow.today
    if day > uow.today:
        raise ValidationFailed.field("on", "in_the_future", f"on must be {uow.today} or before")
    dues = service.dues_on(uow, [fund], store.stays(uow, [group_id]), {group_id: day})
    loans = store_payments.loans_of(uow, group_id)
    return FundView(fund, store.holdings(uow, fund), dues[group_id], loans, day)


def statement(uow: UnitOfWork, group_id: str, party_id: str) -> MemberStatement:
    """One member's lines, what he was to pay and paid, what is his, what he would leave with.

    Refuses NOT_FOUND a fund, or a person who never was in the group.
    """
    shown = view(uow, group_id)
    due = next((one for one in shown.dues if one.party_id == party_id), None)
    if due is None:
        raise NotAMember(f"{party_id} was never a member of {group_id}")
    owned = shown.holdings.owned(party_id)
    returned = store.returned_by_party(uow, group_id).get(party_id, 0)
    return MemberStatement(
        fund=shown.fund,
        due=due,
        owned_minor=owned,
        exit_minor=exit_minor(shown.fund, owned, due.paid_minor, returned),
        lines=store.lines(uow, group_id, party_id),
        on=shown.on,
    )


def contributions_by_member(
    uow: UnitOfWork, group_id: str, from_on: date, to_on: date
) -> dict[str, tuple[int, int]] | None:
    """Person to (due, received) in a span of days, in minor units; nothing without a fund."""
    fund = service.load_funds(uow, [group_id]).get(group_id)
    if fund is None:
        return None
    members = store.stays(uow, [group_id])
    received = store.received_between(uow, group_id, from_on, to_on)
    by_end, before = (
        {one.party_id: one.due_minor for one in dues_of(fund, members, {}, day)}
        for day in (to_on, from_on - timedelta(days=1))
    )
    return {
        party_id: (minor - before.get(party_id, 0), received.get(party_id, 0))
        for party_id, minor in by_end.items()
    }
