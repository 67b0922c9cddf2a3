"""Wire shapes of the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sanduq.audit.service import AuditRecord
from sanduq.kit.json import loads
from sanduq.kit.wire import ListOutput, Output, PageQuery, Text


class AuditRecordOut(Output):
    id: str
    type: Literal["audit_record"]
    created_at: datetime
    user_id: str
    credential_id: str
    request_id: str
    action: str
    subject_id: str
    reason: str | None
    details: dict[str, Any]


class AuditRecordList(ListOutput):
    data: list[AuditRecordOut]


class AuditFilters(PageQuery):
    subject_id: Text | None = None
    user_id: Text | None = None
    action: Text | None = None


def record_out(record: AuditRecord) -> dict[str, Any]:
    """A deed as the API writes it."""
    return AuditRecordOut(
        id=record.record_id,
        type="audit_record",
        created_at=record.at,
        user_id=record.user_id,
        credential_id=record.credential_id,
        request_id=record.request_id,
        action=record.action,
        subject_id=record.subject_id,
        reason=record.reason,
        details=loads(record.details),
    ).model_dump()
