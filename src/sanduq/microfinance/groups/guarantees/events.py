"""What guarantees tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.microfinance.groups.guarantees.model import Guarantee
from sanduq.microfinance.groups.guarantees.schemas import guarantee_out

GIVEN = "microfinance.guarantee.given"
WITHDRAWN = "microfinance.guarantee.withdrawn"
ASSESSED = "microfinance.guarantee.assessed"

declare(
    EventType(GIVEN, "A member answers for the others, up to a cap", "GuaranteeOut"),
    EventType(WITHDRAWN, "A guarantee covers no debt that arises from now on", "GuaranteeOut"),
    EventType(ASSESSED, "A guarantor was found able or unable to pay", "GuaranteeOut"),
)


def told(event: str, guarantee: Guarantee) -> Event:
    """An event of one guarantee as it stands."""
    return Event(event, guarantee.guarantee_id, guarantee_out(guarantee))
