"""Common funds of the demonstration institution: filled, and paid out of by two officers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from sanduq import demo
from sanduq.kit.db import UnitOfWork
from sanduq.microfinance.common_fund import payments, service, statements
from sanduq.microfinance.common_fund.facts import BylawFacts
from sanduq.microfinance.common_fund.model import Fund, NewPayment, Payment, Use
from sanduq.microfinance.common_fund.service import Contribute, NewFund
from sanduq.microfinance.groups.members import service as members
from sanduq.microfinance.groups.members.model import Role
from tests.make.groups import PEOPLE, a_group, usd

AMINA, BADIA, CARIMA, DALAL = PEOPLE
OFFICERS = {AMINA: Role.CHAIR, BADIA: Role.TREASURER, CARIMA: Role.SECRETARY}
GIVEN = BylawFacts(
    basis="TABARRU",
    document="By-laws of 12 January",
    uses=frozenset({"cover_call", "help_death_illness", "return_on_leaving", "costs"}),
    cover_nature="qard",
    surplus_modes=frozenset({"charity", "return_to_members"}),
    exit_share_bps=5_000,
)
"""By-laws of a fund of gifts; of his gifts a leaver gets half."""
OWNED = BylawFacts(
    basis="MEMBER_DEPOSIT",
    document="By-laws of 12 January",
    uses=frozenset({"return_on_leaving"}),
)

Work = Callable[..., AbstractContextManager[UnitOfWork]]


def a_fund(uow: UnitOfWork, laws: BylawFacts = GIVEN, **changes: Any) -> Fund:
    """A fund of 50.00 a month in a group of four, three of whom hold an office."""
    group = a_group(uow, contribution=50)
    for party_id, role in OFFICERS.items():
        members.set_role(uow, group.group_id, party_id, role)
    return service.open_fund(uow, group.group_id, NewFund(replace(laws, **changes)))


def contributed(uow: UnitOfWork, fund: Fund, *amounts: tuple[str, int]) -> None:
    """Contributions of members, in cents."""
    results = service.record_contributions(
        uow, [Contribute(fund.group_id, party_id, usd(minor)) for party_id, minor in amounts]
    )
    assert [one.refusal for one in results] == [None] * len(amounts)


def asked(uow: UnitOfWork, fund: Fund, use: Use, **what: Any) -> Payment:
    """A payment that is asked for."""
    return payments.ask(uow, fund.group_id, NewPayment(use, "agreed at the meeting", **what))


def sign(uow: UnitOfWork, payment: Payment, officer_id: str) -> Payment:
    """One officer's signature."""
    return payments.approve(
        uow, payment.group_id, payment.payment_id, officer_id=officer_id, signature="page 7"
    )


def paid(work: Work, fund: Fund, use: Use, by: tuple[str, str] = (BADIA, CARIMA), **what: Any):
    """A payment that two officers signed, each before the branch manager."""
    with work() as uow:
        payment = asked(uow, fund, use, **what)
    with work(demo.CHECKER) as uow:
        for officer_id in by:
            payment = sign(uow, payment, officer_id)
    return payment


def cash_minor(uow: UnitOfWork, fund: Fund) -> int:
    """What the fund holds."""
    return statements.view(uow, fund.group_id).holdings.cash_minor
