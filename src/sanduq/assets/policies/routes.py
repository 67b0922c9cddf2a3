"""HTTP of the valuation policy."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from sanduq.assets.policies import service
from sanduq.assets.policies.schemas import ValuationPolicyIn, ValuationPolicyOut, policy_out
from sanduq.kit.web import gateway, scope

router = APIRouter(prefix="/v1/gold/valuation-policy", tags=["Gold"])


@router.get("", response_model=ValuationPolicyOut, openapi_extra=scope("gold:read"))
def get_policy(request: Request) -> Any:
    """The rules of valuation in force."""
    return gateway(request).read(request, lambda uow: policy_out(service.current_policy(uow)))


@router.post(
    "", response_model=ValuationPolicyOut, status_code=201, openapi_extra=scope("gold:write")
)
def set_policy(request: Request, body: ValuationPolicyIn) -> Any:
    """Set the rules of valuation anew; what was recorded keeps the version it was made under."""
    return gateway(request).write(
        request, lambda uow: policy_out(service.set_policy(uow, body.command())), status=201
    )
