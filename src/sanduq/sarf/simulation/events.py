"""What simulations tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.sarf.simulation.kept import KeptSimulation, heading_of
from sanduq.sarf.simulation.schemas import heading_out

COMPLETED = "sarf.simulation.completed"

declare(
    EventType(COMPLETED, "A simulation was run and kept; its results are read by its id.",
              "SimulationHeadingOut"),
)  # fmt: skip


def completed(kept: KeptSimulation) -> Event:
    """That a simulation was run, without its results."""
    return Event(COMPLETED, kept.simulation_id, heading_out(heading_of(kept)))
