"""What becomes of a provision when its promise is used or ends; for the room of facilities.

This room alone writes what is set aside for a facility: callers post what they are handed and
leave that column as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from sanduq.kit.db import UnitOfWork
from sanduq.ledger.model import Journal
from sanduq.sarf.position import postings, store
from sanduq.sarf.position.model import share_used_minor


def release(uow: UnitOfWork, facility_ids: Sequence[str]) -> list[Journal]:
    """Takes back what is set aside for promises that have ended; the journals to post.

    One journal for each facility that has something set aside, none for the others: safe to
    repeat, and for many facilities at once.
    """
    found = store.locked_provisions(uow, facility_ids) if facility_ids else []
    if found:
        store.set_provisions(uow, {facility_id: 0 for facility_id, _, _ in found})
    return [
        postings.released(asset, facility_id, minor, uow.today)
        for facility_id, asset, minor in found
    ]


def used(
    uow: UnitOfWork,
    facility_id: str,
    bought_fine_mg: int,
    remaining_fine_mg: int,
    cost_minor: int,
) -> int:
    """What of a facility's provision a purchase uses up, taken off it; to be posted by the caller.

    `remaining_fine_mg` is what was left of the promise before the purchase, `cost_minor` what the
    pieces handed over stand at: cost less what was written down. All of it when everything is
    bought, else the share by weight rounded down, and never above what they stand at: the sale
    debits it to 2500 and the rest to 5300. What a promise used in full leaves over, `release`
    takes back.
    """
    found = store.locked_provisions(uow, [facility_id])
    if not found:
        return 0
    ((_, _, provision_minor),) = found
    share = share_used_minor(provision_minor, bought_fine_mg, remaining_fine_mg, cost_minor)
    if share:
        store.set_provisions(uow, {facility_id: provision_minor - share})
    return share


def restore(uow: UnitOfWork, facility_id: str, amount_minor: int) -> None:
    """Sets aside again what a purchase had used, when it is void; its reversal books it.

    Nothing is posted here: the journal that reverses the sale puts the amount back on 2500.
    """
    if amount_minor:
        store.add_provision(uow, facility_id, amount_minor)
