"""Telling a history: who acts on which day, and stories that go on when their day has come."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

from sanduq import demo
from sanduq.access import service as access
from sanduq.kit.clock import FixedClock
from sanduq.kit.db import Connection, Database, UnitOfWork

MORNING, EVENING = time(8), time(18)
A_WHILE = timedelta(seconds=10)
REQUEST = "req_demo_world"

Story = Iterator[date]
"""What happens to one case: it yields the day on which it goes on."""


class OneTransaction(Database):
    """A database whose units of work are all part of one transaction: the world or nothing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """The one transaction; whoever opened it commits."""
        yield self._connection


class Teller:
    """Lets users act in the past, each act some seconds after the one before."""

    def __init__(self, db: Database, dice: random.Random, begins_on: date) -> None:
        self.db = db
        self.dice = dice
        self._at = datetime.combine(begins_on, MORNING, UTC)

    @property
    def today(self) -> date:
        return self._at.date()

    def go_to(self, day: date, at: time = MORNING) -> None:
        """Lets time pass to an hour of a day, unless it is later already."""
        self._at = max(self._at, datetime.combine(day, at, UTC))

    def moment(self) -> datetime:
        """A moment of today, after all moments before."""
        self._at += A_WHILE
        return self._at

    @contextmanager
    def acting(self, user_id: str = demo.MAKER) -> Iterator[UnitOfWork]:
        """A unit of work of a user, at the next moment."""
        with access.work_as(self.db, demo.INSTITUTION, user_id, REQUEST) as uow:
            uow.clock = FixedClock(self.moment())
            yield uow

    @contextmanager
    def clockwork(self) -> Iterator[UnitOfWork]:
        """A unit of work of the institution's own clockwork."""
        with access.work_as_system(self.db, demo.INSTITUTION, REQUEST) as uow:
            uow.clock = FixedClock(self.moment())
            yield uow


class Diary:
    """Stories that wait, told in order of their days."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._waiting: list[tuple[date, int, Story]] = []
        self._count = 0

    def begin(self, day: date, story: Story) -> None:
        """Has a story begin on a day."""
        self._count += 1
        heapq.heappush(self._waiting, (day, self._count, story))

    def tell_through(self, day: date) -> None:
        """Tells what happens up to the end of a day."""
        while self._waiting and self._waiting[0][0] <= day:
            on, _, story = heapq.heappop(self._waiting)
            self._teller.go_to(on)
            goes_on = next(story, None)
            if goes_on is not None:
                self.begin(goes_on, story)
