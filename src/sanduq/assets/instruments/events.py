"""What the register of instruments tells the outside."""

from __future__ import annotations

from sanduq.assets.instruments.model import Instrument
from sanduq.assets.instruments.schemas import instrument_out
from sanduq.events.service import Event, EventType, declare

REGISTERED = "gold.instrument.registered"
CALIBRATED = "gold.instrument.calibrated"

declare(
    EventType(REGISTERED, "An instrument was put on record.", "InstrumentOut"),
    EventType(CALIBRATED, "An instrument was calibrated again.", "InstrumentOut"),
)


def registered(instrument: Instrument) -> Event:
    """An instrument was put on record."""
    return Event(REGISTERED, instrument.instrument_id, instrument_out(instrument))


def calibrated(instrument: Instrument) -> Event:
    """An instrument was calibrated again."""
    return Event(CALIBRATED, instrument.instrument_id, instrument_out(instrument))
