"""What simulations refuse."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, LimitExceeded, NotFound


class UnknownSimulation(NotFound):
    """There is no such simulation in this institution."""


class SimulationTooLarge(LimitExceeded):
    """The simulation is larger than one request may be; `sanduq simulate` takes larger ones."""


class SimulationExternalIdTaken(Conflict):
    """Another simulation has this external_id."""


class SimulationsBusy(Conflict):
    """Other simulations are being reckoned; nothing was kept. Send the same request in a moment."""
