"""What indicators tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.microfinance.programs.indicators.model import Indicator
from sanduq.microfinance.programs.indicators.schemas import indicator_out

CREATED = "microfinance.indicator.created"

declare(EventType(CREATED, "An institution defined an indicator of its own.", "IndicatorOut"))


def created(indicator: Indicator) -> Event:
    """An indicator was defined."""
    return Event(CREATED, indicator.code, indicator_out(indicator))
