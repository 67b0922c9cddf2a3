"""Events of murabahas: one for each step, with the contract as the API renders it."""

from __future__ import annotations

from collections.abc import Mapping

from sanduq.events.service import EventType, declare
from sanduq.microfinance.loans.murabaha.model import Step

_DESCRIPTIONS: Mapping[Step, tuple[str, str]] = {
    Step.PROMISE: ("promised", "The customer promised to buy the goods"),
    Step.PURCHASE: ("purchased", "The institution bought the goods"),
    Step.POSSESS: ("possessed", "The institution took possession of the goods"),
    Step.SELL: ("sold", "The goods were sold to the customer"),
    Step.DECLINE: ("declined", "The customer declined to buy the goods"),
    Step.RESELL: ("resold", "Declined goods were sold to another"),
    Step.DISCOUNT: ("discount_passed_on", "A supplier's discount lowered the customer's price"),
    Step.REBATE: ("rebated", "A rebate was given for early settlement"),
    Step.DEFECT: ("defect_decided", "A claim for a hidden defect was decided"),
    Step.CANCEL: ("cancelled", "The murabaha ended before any goods were bought"),
}

TYPES: Mapping[Step, EventType] = {
    step: EventType(f"microfinance.murabaha.{name}", text, "MurabahaObject")
    for step, (name, text) in _DESCRIPTIONS.items()
}

declare(*TYPES.values())
