"""Events of murabahas: one for each step, with the contract as the API renders it."""

from __future__ import annotations

from collections.abc import Mapping

from sanduq.events.service import EventType, declare
from sanduq.microfinance.loans.murabaha.model import Step

PROMISED = "microfinance.murabaha.promised"
PURCHASED = "microfinance.murabaha.purchased"
POSSESSED = "microfinance.murabaha.possessed"
SOLD = "microfinance.murabaha.sold"
DECLINED = "microfinance.murabaha.declined"
RESOLD = "microfinance.murabaha.resold"
DISCOUNT_PASSED_ON = "microfinance.murabaha.discount_passed_on"
REBATED = "microfinance.murabaha.rebated"
DEFECT_DECIDED = "microfinance.murabaha.defect_decided"
CANCELLED = "microfinance.murabaha.cancelled"

declare(
    EventType(PROMISED, "The customer promised to buy the goods", "MurabahaObject"),
    EventType(PURCHASED, "The institution bought the goods", "MurabahaObject"),
    EventType(POSSESSED, "The institution took possession of the goods", "MurabahaObject"),
    EventType(SOLD, "The goods were sold to the customer", "MurabahaObject"),
    EventType(DECLINED, "The customer declined to buy the goods", "MurabahaObject"),
    EventType(RESOLD, "Declined goods were sold to another", "MurabahaObject"),
    EventType(DISCOUNT_PASSED_ON, "A supplier's discount lowered the price", "MurabahaObject"),
    EventType(REBATED, "A rebate was given for early settlement", "MurabahaObject"),
    EventType(DEFECT_DECIDED, "A claim for a hidden defect was decided", "MurabahaObject"),
    EventType(CANCELLED, "The murabaha ended before any goods were bought", "MurabahaObject"),
)

NAMES: Mapping[Step, str] = {
    Step.PROMISE: PROMISED,
    Step.PURCHASE: PURCHASED,
    Step.POSSESS: POSSESSED,
    Step.SELL: SOLD,
    Step.DECLINE: DECLINED,
    Step.RESELL: RESOLD,
    Step.DISCOUNT: DISCOUNT_PASSED_ON,
    Step.REBATE: REBATED,
    Step.DEFECT: DEFECT_DECIDED,
    Step.CANCEL: CANCELLED,
}
