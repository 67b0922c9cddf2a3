"""What the rulebook asks of the custody fees of a span of days: no more than keeping cost."""

from __future__ import annotations

from sanduq.kit.money import Money
from sanduq.qard.true_ups.model import Standing
from sanduq.shariah.model import Finding
from sanduq.shariah.rulebook import found

RULE = "RHN-10"


def over_cost(standing: Standing) -> list[Finding]:
    """Over a span of days custody fees are at most what keeping cost, or given up (RHN-10)."""
    surplus = standing.surplus_minor
    if surplus == 0:
        return []
    resolved = standing.refunded_minor + standing.to_charity_minor
    limit = max(0, standing.direct_cost_minor) + resolved
    message = (
        f"custody fees of {standing.starts_on} to {standing.ends_on} are"
        f" {Money(surplus, standing.asset)} beyond what keeping cost; record the receipts"
        " still missing, or true the surplus up"
    )
    return [
        found(
            RULE, "custody_fees", message,
            observed=str(Money(standing.fees_minor, standing.asset).decimal),
            limit=str(Money(limit, standing.asset).decimal),
        )
    ]  # fmt: skip
