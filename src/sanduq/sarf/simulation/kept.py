"""Simulations as kept in the database: whole, or by their headings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sanduq.sarf.simulation.model import PriceModel, Simulation


@dataclass(frozen=True, slots=True)
class KeptSimulation:
    """A simulation as kept in the database. It never changes."""

    simulation_id: str
    external_id: str | None
    metadata: Mapping[str, str]
    simulation: Simulation
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class SimulationHeading:
    """What a list tells of a simulation: how it was made, not what came of it."""

    simulation_id: str
    external_id: str | None
    model: PriceModel
    paths: int
    months: int
    seed: int
    engine_version: str
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str


def heading_of(kept: KeptSimulation) -> SimulationHeading:
    """The heading of a simulation."""
    result = kept.simulation.result
    return SimulationHeading(
        simulation_id=kept.simulation_id,
        external_id=kept.external_id,
        model=kept.simulation.parameters.prices.model,
        paths=result.paths,
        months=result.months,
        seed=result.seed,
        engine_version=result.engine_version,
        metadata=kept.metadata,
        created_at=kept.created_at,
        created_by=kept.created_by,
    )
