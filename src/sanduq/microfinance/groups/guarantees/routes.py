"""HTTP of guarantees: parse, call one service function, render."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import amount, checked_id
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups.guarantees import service
from sanduq.microfinance.groups.guarantees.schemas import (
    GuaranteeFilters,
    GuaranteeIn,
    GuaranteeList,
    GuaranteeOut,
    GuaranteePreviewOut,
    GuaranteePreviewQuery,
    GuaranteeWithdrawalIn,
    GuarantorAssessmentIn,
    Identifier,
    guarantee_out,
    preview_out,
)

router = APIRouter(
    prefix="/v1/rails/microfinance/groups/{group_id}/guarantees", tags=["Microfinance guarantees"]
)

READ, WRITE = "microfinance:read", "microfinance:write"


def _group_id(value: str) -> str:
    return checked_id(value, "grp", "group_id")


def _guarantee_id(value: str) -> str:
    return checked_id(value, "kfl", "guarantee_id")


@router.post("", status_code=201, response_model=GuaranteeOut, openapi_extra=scope(WRITE))
def give_guarantee(request: Request, group_id: Identifier, body: GuaranteeIn) -> Any:
    """Records a member's own consent to answer for the others."""

    def work(uow: UnitOfWork) -> Any:
        group = groups.get_group(uow, _group_id(group_id))
        return guarantee_out(service.give(uow, group.group_id, body.command(group.asset)))

    return gateway(request).write(request, work, status=201)


@router.get("", response_model=GuaranteeList, openapi_extra=scope(READ))
def list_guarantees(
    request: Request, group_id: Identifier, query: Annotated[GuaranteeFilters, Query()]
) -> Any:
    """Guarantees of a group, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_guarantees(
            uow, _group_id(group_id), query.filters(), query.page_request()
        ).render(guarantee_out),
    )


@router.get("/preview", response_model=GuaranteePreviewOut, openapi_extra=scope(READ))
def preview_guarantee(
    request: Request, group_id: Identifier, query: Annotated[GuaranteePreviewQuery, Query()]
) -> Any:
    """What answering for the others would mean in money, to be read out first."""

    def work(uow: UnitOfWork) -> Any:
        group = groups.get_group(uow, _group_id(group_id))
        guarantor_id = checked_id(query.guarantor_id, "cpty", "guarantor_id")
        cap = None if query.cap is None else amount(query.cap, group.asset, "cap").amount_minor
        found = service.preview(uow, group.group_id, guarantor_id, cap)
        return preview_out(group.group_id, guarantor_id, group.asset, found)

    return gateway(request).read(request, work)


@router.get("/{guarantee_id}", response_model=GuaranteeOut, openapi_extra=scope(READ))
def get_guarantee(request: Request, group_id: Identifier, guarantee_id: Identifier) -> Any:
    """One guarantee."""
    return gateway(request).read(
        request,
        lambda uow: guarantee_out(
            service.get(uow, _group_id(group_id), _guarantee_id(guarantee_id))
        ),
    )


@router.post("/{guarantee_id}/withdraw", response_model=GuaranteeOut, openapi_extra=scope(WRITE))
def withdraw_guarantee(
    request: Request, group_id: Identifier, guarantee_id: Identifier, body: GuaranteeWithdrawalIn
) -> Any:
    """Ends a guarantee before a debt arises, or for later debts only."""
    return gateway(request).write(
        request,
        lambda uow: guarantee_out(
            service.withdraw(
                uow,
                _group_id(group_id),
                _guarantee_id(guarantee_id),
                reason=body.reason,
                is_only_future=body.only_future,
            )
        ),
    )


@router.post("/{guarantee_id}/assess", response_model=GuaranteeOut, openapi_extra=scope(WRITE))
def assess_guarantor(
    request: Request, group_id: Identifier, guarantee_id: Identifier, body: GuarantorAssessmentIn
) -> Any:
    """Records how a guarantor stands; one who is insolvent is not called upon."""
    return gateway(request).write(
        request,
        lambda uow: guarantee_out(
            service.assess_guarantor(
                uow,
                _group_id(group_id),
                _guarantee_id(guarantee_id),
                body.state,
                evidence=body.evidence,
            )
        ),
    )
