"""What facilities tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.sarf.facilities.model import Facility
from sanduq.sarf.facilities.schemas import facility_out

CREATED = "sarf.facility.quoted"
CANCELLED = "sarf.facility.cancelled"
SESSION_OPENED = "sarf.facility.session_opened"
SOLD = "sarf.facility.sold"
PROMISED = "sarf.facility.promise_issued"
WINDOW_OPENED = "sarf.facility.window_opened"
ASKED = "sarf.facility.buy_back_asked"
DECIDED = "sarf.facility.buy_back_decided"
BOUGHT = "sarf.facility.bought_back"
PART_BOUGHT = "sarf.facility.part_bought"
SESSION_UNWOUND = "sarf.facility.session_unwound"
LAPSED = "sarf.facility.lapsed"
CLOSED = "sarf.facility.closed"
VOIDED = "sarf.facility.void_unwound"

declare(
    EventType("sarf.facility.quoted", "A facility was opened on a quote.", "FacilityOut"),
    EventType("sarf.facility.cancelled", "It was given up before any sale.", "FacilityOut"),
    EventType("sarf.facility.session_opened", "A sitting was opened for it.", "FacilityOut"),
    EventType("sarf.facility.sold", "The gold was sold, spot.", "FacilityOut"),
    EventType(
        "sarf.facility.promise_issued", "The institution promised to sell, alone.", "FacilityOut"
    ),
    EventType(
        "sarf.facility.window_opened", "The promise may be used; nobody must.", "FacilityOut"
    ),
    EventType("sarf.facility.buy_back_asked", "The customer chose to buy.", "FacilityOut"),
    EventType(
        "sarf.facility.buy_back_decided", "A price below the cap was decided on.", "FacilityOut"
    ),
    EventType("sarf.facility.bought_back", "All of the promise was bought.", "FacilityOut"),
    EventType("sarf.facility.part_bought", "A part of the promise was bought.", "FacilityOut"),
    EventType(
        "sarf.facility.session_unwound", "A sitting of it was undone on both sides.", "FacilityOut"
    ),
    EventType("sarf.facility.lapsed", "The promise ended by itself.", "FacilityOut"),
    EventType("sarf.facility.closed", "Nothing is left to be done.", "FacilityOut"),
    EventType("sarf.facility.void_unwound", "The sale is undone on both sides.", "FacilityOut"),
)


def event(name: str, facility: Facility) -> Event:
    """One of the events above."""
    return Event(name, facility.facility_id, facility_out(facility))
