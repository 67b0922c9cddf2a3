"""What fee policies tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.rahnu.fees.model import FeePolicy
from sanduq.rahnu.fees.schemas import fee_policy_out

CREATED = "rahnu.fee_policy.created"
APPROVED = "rahnu.fee_policy.approved"
RETIRED = "rahnu.fee_policy.retired"

declare(
    EventType(
        "rahnu.fee_policy.created", "A custody fee policy waits for approval.", "FeePolicyOut"
    ),
    EventType(
        "rahnu.fee_policy.approved",
        "A custody fee policy was approved by the Shariah reviewer.",
        "FeePolicyOut",
    ),
    EventType(
        "rahnu.fee_policy.retired",
        "A custody fee policy is offered no more; what runs under it runs on.",
        "FeePolicyOut",
    ),
)


def told(name: str, policy: FeePolicy) -> Event:
    """One of the events above about a policy."""
    return Event(name, policy.fee_policy_id, fee_policy_out(policy))
