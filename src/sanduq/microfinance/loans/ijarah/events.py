"""Events of leases."""

from __future__ import annotations

from sanduq.events.service import EventType, declare

ACQUIRED = "microfinance.ijarah.acquired"
DELIVERED = "microfinance.ijarah.delivered"
RENT_BILLED = "microfinance.ijarah.rent_billed"
RENT_STOPPED = "microfinance.ijarah.rent_stopped"
RENT_RESUMED = "microfinance.ijarah.rent_resumed"
MAINTAINED = "microfinance.ijarah.maintained"
RENT_AMENDED = "microfinance.ijarah.rent_amended"
COMPENSATED = "microfinance.ijarah.compensated"
LOST = "microfinance.ijarah.lost"
ENDED = "microfinance.ijarah.ended"
TRANSFERRED = "microfinance.ijarah.transferred"
RETURNED = "microfinance.ijarah.returned"
DEPOSIT_TAKEN = "microfinance.ijarah.deposit_taken"
DEPOSIT_RELEASED = "microfinance.ijarah.deposit_released"

declare(
    EventType(ACQUIRED, "The institution owns what is to be let", "IjarahOut"),
    EventType(DELIVERED, "The asset is handed over; rent begins", "IjarahOut"),
    EventType(RENT_BILLED, "The rent of a period fell due", "IjarahRentOut"),
    EventType(RENT_STOPPED, "The asset cannot be used", "IjarahOut"),
    EventType(RENT_RESUMED, "The asset can be used again", "IjarahOut"),
    EventType(MAINTAINED, "A repair or takaful was paid", "IjarahOut"),
    EventType(RENT_AMENDED, "The rent of periods to come was agreed anew", "IjarahOut"),
    EventType(COMPENSATED, "The lessee made good a loss of his fault", "IjarahOut"),
    EventType(LOST, "The asset is lost; the remaining rents fell away", "IjarahOut"),
    EventType(ENDED, "The lease ended before its term", "IjarahOut"),
    EventType(TRANSFERRED, "Ownership passed to the lessee", "IjarahOut"),
    EventType(RETURNED, "The asset came back at the end of the term", "IjarahOut"),
    EventType(DEPOSIT_TAKEN, "A deposit was given with the promise to lease", "IjarahOut"),
    EventType(DEPOSIT_RELEASED, "The deposit went back, less an actual loss", "IjarahOut"),
)
