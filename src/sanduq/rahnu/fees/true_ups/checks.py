"""True-ups of custody fees against the ledger: part of `sanduq verify`."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork
from sanduq.rahnu.fees.true_ups import store


def check_true_ups(uow: UnitOfWork) -> Iterator[str]:
    """The surpluses on record add up to what their journals took out of account 4200."""
    for asset, recorded, booked in store.unbooked(uow):
        yield f"custody fees of {recorded} minor units of {asset} were trued up, {booked} booked"
