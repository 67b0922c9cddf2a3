"""Debts that were not paid: demands, means looked at, defaults absorbed by donors, recoveries."""

from __future__ import annotations

from datetime import date

from sanduq import demo
from sanduq.demo_world import desk
from sanduq.demo_world.telling import Story
from sanduq.demo_world.world import World, usd
from sanduq.microfinance.loans.hardship import costs, forgiving, write_offs
from sanduq.microfinance.loans.hardship import service as hardship
from sanduq.microfinance.loans.hardship.costs import NewCost
from sanduq.microfinance.loans.hardship.model import Channel
from sanduq.microfinance.loans.hardship.service import NewAssessment
from sanduq.shariah.facts import DebtorState

ABSORBING = "sadaqah:debt_relief"


def begin(world: World) -> None:
    """Puts the stories into the diary."""
    diary = world.diary
    diary.begin(date(2023, 9, 4), _overdue(world))
    diary.begin(date(2023, 6, 12), _defaulted(world))
    diary.begin(date(2023, 1, 16), _absorbed(world, 1, 700_00, 100_00, has_recovery=True))
    diary.begin(date(2023, 2, 20), _absorbed(world, 2, 540_00, 90_00, has_recovery=False))


def _overdue(world: World) -> Story:
    """An able debtor who delays: asked for it, and charged a bailiff's receipt and no more."""
    loan_id = desk.disbursed(world, desk.qard(world.cast(), "demo-qard-overdue", 900_00))
    yield date(2023, 10, 1)
    desk.pay(world, loan_id, 150_00)
    yield date(2023, 12, 5)
    with world.teller.acting() as uow:
        hardship.demand(uow, loan_id, channel=Channel.VISIT, note="her shop is doing well")
    yield date(2023, 12, 27)
    with world.teller.acting(demo.CHECKER) as uow:
        found = NewAssessment(DebtorState.SOLVENT_DELAYING, "the shop earns; she pays others first")
        hardship.assess(uow, loan_id, found)
        new = NewCost(usd(12_00), "M. Daud, process server", "R-0417", date(2023, 12, 22))
        costs.charge(uow, loan_id, new)


def _defaulted(world: World) -> Story:
    """In default for delay, two weeks after a demand ran out; nobody has given up the claim."""
    loan_id = desk.disbursed(world, desk.qard(world.cast(), "demo-qard-defaulted", 480_00))
    yield date(2023, 7, 1)
    desk.pay(world, loan_id, 80_00)
    yield date(2023, 11, 6)
    with world.teller.acting() as uow:
        hardship.demand(uow, loan_id, channel=Channel.LETTER)
    yield date(2023, 12, 4)
    with world.teller.acting(demo.CHECKER) as uow:
        found = NewAssessment(
            DebtorState.SOLVENT_DELAYING, "he has sold two goats since the demand"
        )
        hardship.assess(uow, loan_id, found)
        hardship.default(uow, loan_id, reason="five instalments unpaid, the demand ran out")


def _absorbed(
    world: World, number: int, amount_minor: int, paid_minor: int, *, has_recovery: bool
) -> Story:
    """A debtor who has nothing: found insolvent, and a fund of sadaqah bears the loss."""
    begun_on = world.teller.today
    application = desk.qard(
        world.cast(), f"demo-qard-written-off-{number}", amount_minor, instalments=10
    )
    loan_id = desk.disbursed(world, application)
    yield desk.firsts(begun_on, 1)[0]
    desk.pay(world, loan_id, paid_minor)
    yield date(2023, 7, 3)
    with world.teller.acting() as uow:
        hardship.demand(uow, loan_id, channel=Channel.VISIT)
    yield date(2023, 8, 7)
    with world.teller.acting(demo.CHECKER) as uow:
        found = NewAssessment(
            DebtorState.INSOLVENT, "the flood took house and stock; visited twice, no income",
            "minutes of the visit of 4 August 2023",
        )  # fmt: skip
        hardship.assess(uow, loan_id, found)
        hardship.default(uow, loan_id, reason="no income since the flood")
    yield date(2023, 9, 18 + number)
    with world.teller.acting() as uow:
        asked = write_offs.ask(uow, loan_id, fund=ABSORBING, reason="cannot pay, and will not soon")
    with world.teller.acting(demo.CHECKER) as uow:
        write_offs.approve(uow, asked.write_off_id)
    if has_recovery:
        yield date(2023, 12, 11)
        with world.teller.acting() as uow:
            forgiving.recover(uow, loan_id, usd(40_00), None)
