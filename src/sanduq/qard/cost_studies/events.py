"""What cost studies tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.qard.cost_studies.model import RecordedCostStudy
from sanduq.qard.cost_studies.schemas import cost_study_out

CREATED = "microfinance.cost_study.created"
APPROVED = "microfinance.cost_study.approved"

declare(
    EventType(CREATED, "A cost study was recorded and waits for both approvals.", "CostStudyOut"),
    EventType(APPROVED, "Finance and the Shariah board have both agreed.", "CostStudyOut"),
)


def created(record: RecordedCostStudy) -> Event:
    """A study was recorded."""
    return Event(CREATED, record.cost_study_id, cost_study_out(record))


def approved(record: RecordedCostStudy) -> Event:
    """A study received its second approval: fees may rest on it."""
    return Event(APPROVED, record.cost_study_id, cost_study_out(record))
