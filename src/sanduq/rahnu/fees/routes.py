"""Fee policies of custody, and what they come to."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import asset_of, checked_id
from sanduq.rahnu.fees import service
from sanduq.rahnu.fees.schemas import (
    FeePolicyApprovalIn,
    FeePolicyFilters,
    FeePolicyIn,
    FeePolicyList,
    FeePolicyOut,
    FeePolicyRetirementIn,
    FeeQuoteIn,
    FeeQuoteOut,
    fee_policy_out,
    fee_quote_out,
)

router = APIRouter(prefix="/v1/rails/rahnu/fee-policies", tags=["Rahnu"])

READ, WRITE = "rahnu:read", "rahnu:write"


@router.post("", response_model=FeePolicyOut, status_code=201, openapi_extra=scope(WRITE))
def create_fee_policy(request: Request, body: FeePolicyIn) -> Any:
    """Draw up a custody fee; it waits for the Shariah reviewer."""
    return gateway(request).write(
        request,
        lambda uow: fee_policy_out(service.create_policy(uow, body.command())),
        status=201,
    )


@router.get("", response_model=FeePolicyList, openapi_extra=scope(READ))
def list_fee_policies(request: Request, filters: Annotated[FeePolicyFilters, Query()]) -> Any:
    """List fee policies, newest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        return service.list_policies(
            uow,
            filters.page_request(),
            status=filters.status,
            asset=asset_of(filters.currency) if filters.currency is not None else None,
            external_id=filters.external_id,
        ).render(fee_policy_out)

    return gateway(request).read(request, found)


@router.get("/{fee_policy_id}", response_model=FeePolicyOut, openapi_extra=scope(READ))
def get_fee_policy(request: Request, fee_policy_id: str) -> Any:
    """One fee policy."""

    def found(uow: UnitOfWork) -> Tagged:
        policy = service.policy(uow, _checked(fee_policy_id))
        return Tagged(fee_policy_out(policy), policy.etag)

    return gateway(request).read(request, found)


@router.post("/{fee_policy_id}/approve", response_model=FeePolicyOut, openapi_extra=scope(WRITE))
def approve_fee_policy(request: Request, fee_policy_id: str, body: FeePolicyApprovalIn) -> Any:
    """Approve a fee policy under a resolution in force, within the cost of custody."""
    named = body.resolution_id
    if named is not None:
        checked_id(named, "res", "resolution_id")
    return gateway(request).write(
        request,
        lambda uow: fee_policy_out(
            service.approve_policy(
                uow,
                _checked(fee_policy_id),
                resolution_id=named,
                reason=body.reason,
                if_match=if_match(request),
            )
        ),
    )


@router.post("/{fee_policy_id}/retire", response_model=FeePolicyOut, openapi_extra=scope(WRITE))
def retire_fee_policy(request: Request, fee_policy_id: str, body: FeePolicyRetirementIn) -> Any:
    """Offer a fee policy no more; what is kept under it keeps its fee."""
    return gateway(request).write(
        request,
        lambda uow: fee_policy_out(
            service.retire_policy(
                uow, _checked(fee_policy_id), reason=body.reason, if_match=if_match(request)
            )
        ),
    )


@router.post("/{fee_policy_id}/quote", response_model=FeeQuoteOut, openapi_extra=scope(READ))
def quote_fee_policy(request: Request, fee_policy_id: str, body: FeeQuoteIn) -> Any:
    """What keeping these things would cost their owner, month by month; a loan changes nothing."""

    def quoted(uow: UnitOfWork) -> dict[str, Any]:
        policy = service.policy(uow, _checked(fee_policy_id))
        found = service.quote_policy(
            uow,
            policy,
            body.basis(policy.asset),
            start_on=body.start_date,
            months=body.months,
            days=body.days,
        )
        return fee_quote_out(found, with_loan=body.with_loan)

    return gateway(request).read(request, quoted)


def _checked(fee_policy_id: str) -> str:
    return checked_id(fee_policy_id, "fpl", "fee_policy_id")
