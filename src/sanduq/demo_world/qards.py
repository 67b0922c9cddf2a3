"""Benevolent loans, one at each step: asked for, approved, paid out, repaid, agreed anew, ended."""

from __future__ import annotations

from datetime import date

from sanduq import demo
from sanduq.demo_world import desk
from sanduq.demo_world.telling import Story
from sanduq.demo_world.world import World, usd
from sanduq.microfinance.loans import rescheduling
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.loans.hardship import forgiving
from sanduq.microfinance.loans.hardship.forgiving import Forgiving


def begin(world: World) -> None:
    """Puts the stories into the diary."""
    diary = world.diary
    diary.begin(date(2024, 1, 12), _submitted(world))
    diary.begin(date(2024, 1, 10), _approved(world))
    diary.begin(date(2024, 1, 9), _disbursed(world))
    diary.begin(date(2023, 8, 14), _repaying(world))
    diary.begin(date(2023, 5, 9), _rescheduled(world))
    diary.begin(date(2023, 2, 6), _completed(world))
    diary.begin(date(2023, 3, 13), _forgiven(world))
    diary.begin(date(2023, 11, 20), _rejected(world))
    diary.begin(date(2023, 12, 4), _cancelled(world))


def _submitted(world: World) -> Story:
    desk.applied(world, desk.qard(world.cast(), "demo-qard-submitted", 600_00))
    yield from ()


def _approved(world: World) -> Story:
    desk.approved(world, desk.qard(world.cast(), "demo-qard-approved", 450_00))
    yield from ()


def _disbursed(world: World) -> Story:
    desk.disbursed(world, desk.qard(world.cast(), "demo-qard-disbursed", 900_00))
    yield from ()


def _repaying(world: World) -> Story:
    loan_id = desk.disbursed(
        world, desk.qard(world.cast(), "demo-qard-repaying", 1_200_00, instalments=10)
    )
    for day in desk.firsts(date(2023, 8, 14), 5):
        yield day
        desk.pay(world, loan_id, 120_00)


def _rescheduled(world: World) -> Story:
    """A harvest fails, and the instalments are spread over more months; the sum stays."""
    application = desk.qard(
        world.cast(), "demo-qard-rescheduled", 800_00, instalments=8, purpose="agriculture"
    )
    loan_id = desk.disbursed(world, application)
    for day in desk.firsts(date(2023, 5, 9), 3):
        yield day
        desk.pay(world, loan_id, 100_00)
    yield date(2023, 9, 11)
    with world.teller.acting() as uow:
        rescheduling.agree_anew(
            uow, loan_id, rescheduling.Request("extend", "the harvest failed", instalments=10)
        )
    for day in desk.firsts(date(2023, 9, 11), 4):
        yield day
        desk.pay(world, loan_id, 50_00)


def _completed(world: World) -> Story:
    """Paid in time, the last three instalments at once and early."""
    loan_id = desk.disbursed(world, desk.qard(world.cast(), "demo-qard-completed", 600_00))
    for day in desk.firsts(date(2023, 2, 6), 3):
        yield day
        desk.pay(world, loan_id, 100_00)
    yield date(2023, 6, 20)
    desk.pay(world, loan_id)


def _forgiven(world: World) -> Story:
    """The lender gives up the rest of a widow's debt."""
    loan_id = desk.disbursed(world, desk.qard(world.cast(), "demo-qard-forgiven", 300_00))
    yield date(2023, 4, 3)
    desk.pay(world, loan_id, 50_00)
    yield date(2023, 10, 2)
    with world.teller.acting(demo.CHECKER) as uow:
        forgiving.forgive(
            uow, loan_id, Forgiving("minutes of the board of directors, 28 September 2023",
                                    "the borrower's husband died", usd(250_00)),
        )  # fmt: skip


def _rejected(world: World) -> Story:
    loan_id = desk.applied(world, desk.qard(world.cast(), "demo-qard-rejected", 2_500_00))
    yield date(2023, 11, 24)
    with world.teller.acting(demo.CHECKER) as uow:
        loans.reject(uow, loan_id, reason="the household cannot carry so large a debt")


def _cancelled(world: World) -> Story:
    loan_id = desk.approved(world, desk.qard(world.cast(), "demo-qard-cancelled", 350_00))
    yield date(2023, 12, 8)
    with world.teller.acting() as uow:
        loans.cancel(uow, loan_id, reason="her brother lent her the money")
