"""Events of the pledge contract itself; what happens during its life is told elsewhere."""

from __future__ import annotations

from sanduq.events.service import EventType, declare

CREATED = "rahnu.contract.created"
CHANGED = "rahnu.contract.changed"
SUBMITTED = "rahnu.contract.submitted"
APPROVED = "rahnu.contract.approved"
REJECTED = "rahnu.contract.rejected"
EXECUTED = "rahnu.contract.executed"
TERMINATED = "rahnu.contract.terminated"
DISCLOSED = "rahnu.contract.disclosed"

declare(
    EventType(CREATED, "Contract created", "PledgeObject"),
    EventType(CHANGED, "Draft of a contract changed", "PledgeObject"),
    EventType(SUBMITTED, "Contract waits for Shariah review", "PledgeObject"),
    EventType(APPROVED, "Contract passed Shariah review", "PledgeObject"),
    EventType(REJECTED, "Contract sent back by Shariah review", "PledgeObject"),
    EventType(EXECUTED, "Asset pledged and received", "PledgeObject"),
    EventType(TERMINATED, "Contract ended without a debt to secure", "PledgeObject"),
    EventType(DISCLOSED, "Pledgor accepted the disclosure", "PledgeObject"),
)
