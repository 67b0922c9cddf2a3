"""Reminders and maturity notices, made when they fall due, over the whole book at once."""

from __future__ import annotations

from datetime import date, timedelta

from sanduq.kit.db import UnitOfWork
from sanduq.rahnu.contracts.liquidation.notices import store

END_OF_DAY = "pledge_notices"
AHEAD_DAYS = 366
"""No template reminds earlier than a year before the due day."""


def make_due(uow: UnitOfWork, day: date) -> int:
    """Puts the notices of the day that begins into the queue; safe to run again."""
    return store.make_due(uow, day, day + timedelta(days=1), day + timedelta(days=AHEAD_DAYS))
