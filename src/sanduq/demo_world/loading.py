"""Loading the demonstration world: the small institution first, then its history, once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from typing import Protocol

from sanduq import demo
from sanduq.access import service as access
from sanduq.api import registry
from sanduq.demo_world import (
    endowments,
    giving,
    groups,
    hardship,
    ijarahs,
    murabahas,
    pledges,
    programs,
    qards,
    salams,
)
from sanduq.demo_world.lending import Lending, month_of, plan_lending, tell_month
from sanduq.demo_world.people import open_house
from sanduq.demo_world.products import offer_products
from sanduq.demo_world.telling import EVENING, Diary, OneTransaction, Teller
from sanduq.demo_world.world import BEGINS_ON, BRANCHES, ENDS_ON, World
from sanduq.kit.days import ONE_DAY, day_in_month
from sanduq.kit.db import Database
from sanduq.obligations.end_of_day import run_day

SEED = 786
CHAPTERS = (
    giving.begin, endowments.begin, programs.begin, groups.begin, qards.begin, hardship.begin,
    murabahas.begin, salams.begin, ijarahs.begin, pledges.begin,
)  # fmt: skip


class Progress(Protocol):
    """Hears what is being told, and how many of how many months are told."""

    def __call__(self, *, description: str, completed: int, total: int) -> object: ...


def load_world(owner_url: str, db: Database, progress: Progress | None = None) -> bool:
    """Makes the demonstration institution and tells its history; whether that was done now.

    The history comes into being whole or not at all: what was interrupted is told again. An
    institution that somebody has worked in already, made by an earlier version, keeps its own.
    """
    ends = list(month_ends())

    def say(text: str, done: int = 0) -> None:
        if progress is not None:
            progress(description=f"Demo: {text}", completed=done, total=len(ends))

    registry.wire()
    demo.load_demo(owner_url, db, say)
    if _is_there(db) or not demo.is_untouched(db):
        return False
    with db.transaction() as connection:
        teller = Teller(OneTransaction(connection), random.Random(SEED), BEGINS_ON)  # noqa: S311
        world = World(teller, Diary(teller))
        say("branches, people, products")
        lending = _begin(world)
        for done, day in enumerate(ends):
            say(f"{day:%B %Y}", done)
            _tell(world, lending, day)
            # Plans made for tables that were empty do not suit them now.
            connection.execute("discard plans")
    return True


def month_ends() -> Iterator[date]:
    """The last days of the months told; of the last month the last day that is told."""
    day = BEGINS_ON
    while day < ENDS_ON:
        day = min(day_in_month(day.year, day.month, 31), ENDS_ON)
        yield day
        day += ONE_DAY


def untold(db: Database) -> str | None:
    """What to say where the history is not told; nothing where it is."""
    if _is_there(db):
        return None
    return (
        "This demonstration was made earlier and somebody has worked in it: it keeps what it has."
        " Its two years of history are told in a new one: set SANDUQ_DATA to another folder."
    )


def _is_there(db: Database) -> bool:
    with access.work_as(db, demo.INSTITUTION, demo.MAKER, "req_demo_world") as uow:
        return bool(access.known_branches(uow, [BRANCHES[-1].branch_id]))


def _begin(world: World) -> Lending:
    open_house(world)
    offer_products(world)
    for begin_chapter in CHAPTERS:
        begin_chapter(world)
    return plan_lending(world)


def _tell(world: World, lending: Lending, day: date) -> None:
    """A month: its stories in order of days, the groups' loans, and its last end of day."""
    world.diary.tell_through(day)
    world.teller.go_to(day, EVENING)
    tell_month(world, lending, month_of(day))
    with world.teller.clockwork() as uow:
        run_day(uow, day)
