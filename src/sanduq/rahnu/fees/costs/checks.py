"""Custody costs against the ledger: part of `sanduq verify`."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork
from sanduq.rahnu.fees.costs import store


def check_costs(uow: UnitOfWork) -> Iterator[str]:
    """The receipts on record add up to what their journals put into account 5800."""
    for asset, recorded, booked in store.unbooked(uow):
        yield f"custody costs of {recorded} minor units of {asset} are recorded, {booked} booked"
