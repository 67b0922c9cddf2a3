"""Events of agents, lost tickets and deaths."""

from __future__ import annotations

from sanduq.events.service import EventType, declare

AGENT_APPOINTED = "rahnu.agent.appointed"
AGENT_REVOKED = "rahnu.agent.revoked"
TICKET_LOST = "rahnu.ticket.lost"
DEATH_RECORDED = "rahnu.death.recorded"

declare(
    EventType(AGENT_APPOINTED, "Agent of a pledgor recorded", "PledgeAgentObject"),
    EventType(AGENT_REVOKED, "Agent of a pledgor ended", "PledgeAgentObject"),
    EventType(TICKET_LOST, "Ticket declared lost, another issued", "TicketLossObject"),
    EventType(DEATH_RECORDED, "Death of a party recorded; the pledge stays", "PledgeDeathObject"),
)
