"""What custody cost studies tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.rahnu.fees.cost_studies.model import CustodyCostStudy
from sanduq.rahnu.fees.cost_studies.schemas import custody_cost_study_out

CREATED = "rahnu.custody_cost_study.created"
APPROVED = "rahnu.custody_cost_study.approved"

declare(
    EventType(
        "rahnu.custody_cost_study.created",
        "A study of what keeping costs was recorded and waits for both approvals.",
        "CustodyCostStudyOut",
    ),
    EventType(
        "rahnu.custody_cost_study.approved",
        "Finance and the Shariah board have both agreed to what keeping costs.",
        "CustodyCostStudyOut",
    ),
)


def created(record: CustodyCostStudy) -> Event:
    """A study was recorded."""
    return Event(CREATED, record.custody_cost_study_id, custody_cost_study_out(record))


def approved(record: CustodyCostStudy) -> Event:
    """A study received its second approval: custody fees may rest on it."""
    return Event(APPROVED, record.custody_cost_study_id, custody_cost_study_out(record))
