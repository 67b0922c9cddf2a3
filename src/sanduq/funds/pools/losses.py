"""What a pool no longer claims: the one record of losses, beside the books."""

from __future__ import annotations

from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.funds.pools import store
from sanduq.funds.pools.errors import UnknownPool
from sanduq.funds.pools.model import SourceKind
from sanduq.kit.db import UnitOfWork


def note_loss(
    uow: UnitOfWork,
    pool_id: str,
    source_no: int,
    minor: int,
    *,
    journal_id: str,
    reference: str,
    reason: str | None = None,
) -> None:
    """Records a claim given up (below zero), or what came back of one."""
    store.insert_loss(
        uow, pool_id, source_no, minor, reason=reason, reference=reference, journal_id=journal_id
    )
    act = "pool.give_up_claim" if minor < 0 else "pool.take_back_claim"
    audit.record(uow, [Deed(act, pool_id, reason, {"reference": reference})])


def lose_own(
    uow: UnitOfWork, pool_id: str, minor: int, *, journal_id: str, reference: str, reason: str
) -> None:
    """Records that the institution's own money, lent from a pool, will not come back to it.

    The journal named books the expense; what is recovered later goes to the branch. Refuses
    NOT_FOUND a pool, and one that holds no money of the institution's own.
    """
    pool = store.get(uow, pool_id)
    sources = store.states(uow, [pool])[0].sources if pool is not None else ()
    own = next((one for one in sources if one.origin.kind is SourceKind.OWN), None)
    if own is None:
        raise UnknownPool(f"{pool_id} has no source of the institution's own money")
    note_loss(
        uow, pool_id, own.source_no, -minor,
        journal_id=journal_id, reference=reference, reason=reason,
    )  # fmt: skip
