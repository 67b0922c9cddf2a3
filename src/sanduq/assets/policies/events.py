"""What valuation policies tell the outside."""

from __future__ import annotations

from sanduq.assets.policies.model import ValuationPolicy
from sanduq.assets.policies.schemas import policy_out
from sanduq.events.service import Event, EventType, declare

SET = "gold.valuation_policy.set"

declare(EventType(SET, "The rules of valuation were set anew.", "ValuationPolicyOut"))


def policy_set(subject: str, policy: ValuationPolicy) -> Event:
    """A version of the policy is in force."""
    return Event(SET, subject, policy_out(policy))
