"""Simulations: reckoned before the unit of work opens, kept in it, read from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from threading import BoundedSemaphore

from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.sarf.simulation import bounds, events, store
from sanduq.sarf.simulation.engine import simulate
from sanduq.sarf.simulation.errors import SimulationsBusy, UnknownSimulation
from sanduq.sarf.simulation.kept import KeptSimulation, SimulationHeading
from sanduq.sarf.simulation.model import (
    PriceModel,
    Simulation,
    SimulationParameters,
)

AT_ONCE_MAX = 2
WAIT_SECONDS = 20.0
_seats = BoundedSemaphore(AT_ONCE_MAX)


def run(parameters: SimulationParameters) -> Simulation:
    """Reckons a simulation. It touches no database: no connection or lock is held meanwhile.

    Refuses VALIDATION_ERROR and LIMIT_EXCEEDED what `bounds` refuses; CONFLICT while others are
    being reckoned and none is done in time.
    """
    bounds.check(parameters)
    bounds.check_request(parameters)
    if not _seats.acquire(timeout=WAIT_SECONDS):
        raise SimulationsBusy
    try:
        return Simulation(parameters, simulate(parameters))
    finally:
        _seats.release()


def keep(
    uow: UnitOfWork,
    simulation: Simulation,
    *,
    external_id: str | None = None,
    metadata: Mapping[str, str] | None = None,
) -> KeptSimulation:
    """Keeps a simulation with what it was asked. Refuses CONFLICT an external_id already used."""
    kept = KeptSimulation(
        simulation_id=new_id("sim"),
        external_id=external_id,
        metadata=metadata or {},
        simulation=simulation,
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    store.insert(uow, kept)
    result = simulation.result
    details = {"paths": result.paths, "months": result.months, "seed": result.seed}
    audit.record(uow, [audit.Deed("sarf.simulation.run", kept.simulation_id, None, details)])
    outbox.record(uow, [events.completed(kept)])
    return kept


def get(uow: UnitOfWork, simulation_id: str) -> KeptSimulation:
    """One simulation with its parameters and results. Refuses NOT_FOUND."""
    found = store.get(uow, simulation_id)
    if found is None:
        raise UnknownSimulation
    return found


def list_simulations(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    model: PriceModel | None = None,
    external_id: str | None = None,
    created_from: datetime | None = None,
    created_before: datetime | None = None,
) -> Page[SimulationHeading]:
    """Simulations without their results, newest first."""
    filters = {
        "model": model.value if model is not None else None,
        "external_id": external_id,
        "created_from": created_from,
        "created_before": created_before,
    }
    return store.select_page(uow, request, filters)
