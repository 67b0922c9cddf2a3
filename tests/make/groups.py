"""Lending groups of the demonstration institution, with their people and what they answer for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from typing import Any

from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Money, currency
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups.guarantees import service as guarantees
from sanduq.microfinance.groups.guarantees.model import (
    Consent,
    ConsentMethod,
    Guarantee,
    NewGuarantee,
    Scope,
)
from sanduq.microfinance.groups.members import service as members
from sanduq.microfinance.groups.members.service import NewMember
from sanduq.microfinance.groups.model import Group, GroupType, NewGroup
from sanduq.microfinance.loans.model import Loan
from tests.make.institution import a_borrower
from tests.make.loans import asked, disbursed

USD = currency("USD")
PEOPLE = ("cpty_amina", "cpty_badia", "cpty_carima", "cpty_dalal")

Work = Callable[..., AbstractContextManager[UnitOfWork]]


def usd(amount_minor: int) -> Money:
    return Money(amount_minor, USD)


def a_group(
    uow: UnitOfWork,
    people: tuple[str, ...] = PEOPLE,
    *,
    is_active: bool = True,
    **changes: Any,
) -> Group:
    """A group of new people, at work."""
    new = NewGroup(name="Women of the river", type=GroupType.SOLIDARITY, asset=USD)
    group = groups.form_group(uow, replace(new, **changes))
    for party_id in people:
        a_borrower(uow, party_id)
    members.add_members(uow, group.group_id, [NewMember(one) for one in people])
    return groups.activate(uow, group.group_id) if is_active else group


def a_guarantee(guarantor_id: str, cap_minor: int, **changes: Any) -> NewGuarantee:
    """A guarantee as a member gives it, explained far beyond the cap."""
    new = NewGuarantee(
        guarantor_id=guarantor_id,
        cap=usd(cap_minor),
        scope=Scope.CYCLE,
        loan_ids=(),
        from_on=date(2023, 12, 1),
        to_on=None,
        has_recourse=True,
        consent=Consent(
            guarantor_id, date(2024, 1, 15), ConsentMethod.SIGNATURE, "deed 1", usd(10**9)
        ),
        fee=usd(0),
        annual_surplus=usd(10**9),
        external_id=None,
        metadata={},
    )
    return replace(new, **changes)


def given(uow: UnitOfWork, group_id: str, *caps: tuple[str, int]) -> list[Guarantee]:
    """Guarantees of several members."""
    return [
        guarantees.give(uow, group_id, a_guarantee(guarantor_id, cap)) for guarantor_id, cap in caps
    ]


def a_group_loan(
    work: Work,
    group_id: str,
    borrower_id: str,
    amount_minor: int = 120_000,
    *,
    on: date = date(2023, 12, 4),
) -> Loan:
    """A loan without fee in twelve monthly instalments, the first due on the first of the next
    month: on 15 January one instalment is overdue."""
    application = asked(amount_minor, 0, borrower_id=borrower_id, grace_months=0)
    return disbursed(work, replace(application, group_id=group_id), on=on)
