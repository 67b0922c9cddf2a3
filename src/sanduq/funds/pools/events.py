"""What pools tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.funds.pools.model import Origin, Placement, Pool, PoolState
from sanduq.funds.pools.schemas import placement_out, pool_out

CREATED = "funds.pool.created"
APPROVED = "funds.pool.approved"
REJECTED = "funds.pool.rejected"
PLACED = "funds.pool.capital_placed"
WITHDRAWN = "funds.pool.capital_withdrawn"

declare(
    EventType(CREATED, "A pool was recorded and waits for another person.", "PoolOut"),
    EventType(APPROVED, "A pool may take capital and lend.", "PoolOut"),
    EventType(REJECTED, "A pool was refused.", "PoolOut"),
    EventType(PLACED, "Capital was placed in a pool.", "PoolPlacementOut"),
    EventType(WITHDRAWN, "Free capital left a pool.", "PoolPlacementOut"),
)


def of_pool(type_name: str, state: PoolState) -> Event:
    """Something happened to the pool as such."""
    return Event(type_name, state.pool.pool_id, pool_out(state))


def moved(type_name: str, placement: Placement, origin: Origin, pool: Pool) -> Event:
    """Capital went in or out."""
    return Event(type_name, pool.pool_id, placement_out(placement, origin, pool))
