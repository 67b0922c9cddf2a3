"""HTTP of the audit log: who did what, when and why."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.audit import service
from sanduq.audit.schemas import AuditFilters, AuditRecordList, record_out
from sanduq.kit.web import gateway, scope

router = APIRouter(prefix="/v1/audit-log", tags=["Audit log"])


@router.get("", response_model=AuditRecordList, openapi_extra=scope("access:read"))
def list_records(request: Request, query: Annotated[AuditFilters, Query()]) -> Any:
    """Deeds, newest first, optionally of one user, on one subject or of one kind."""
    page = query.page_request()
    return gateway(request).read(
        request,
        lambda uow: service.list_records(
            uow,
            subject_id=query.subject_id,
            user_id=query.user_id,
            action=query.action,
            request=page,
        ).render(record_out),
    )
