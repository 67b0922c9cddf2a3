"""What the rulebook asks of a fee policy's wording, beside the rules of its arithmetic."""

from __future__ import annotations

import re

from sanduq.rahnu.fees.model import NewFeePolicy
from sanduq.shariah.model import Finding
from sanduq.shariah.rulebook import found

_PERCENTAGE = re.compile(r"%|٪|\bper\s?cent(age)?s?\b|\bbasis points?\b", re.IGNORECASE)


def percentages(policy: NewFeePolicy) -> list[Finding]:
    """A custody fee is an amount for keeping: no part of a policy is a percentage (RHN-11)."""
    texts = {
        "expression": policy.expression,
        "name": policy.name,
        "description": policy.description or "",
    }
    message = "a custody fee is an amount for keeping, never a percentage of anything"
    return [
        found("RHN-11", name, message, observed=text[:200])
        for name, text in texts.items()
        if _PERCENTAGE.search(text)
    ]
