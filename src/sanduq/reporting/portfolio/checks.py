"""The portfolio against the ledger: part of `sanduq verify`."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork
from sanduq.reporting.portfolio import store


def check_portfolio(uow: UnitOfWork) -> Iterator[str]:
    """What reports call the portfolio is what the books hold, by currency, as of today."""
    for kind, asset, reported, booked in store.untied(uow, uow.today):
        yield (
            f"the {kind} portfolio of {uow.today} comes to {reported} minor units of {asset},"
            f" its accounts hold {booked}"
        )
