"""Money that sales left for owners of pledges."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, scope
from sanduq.kit.wire import asset_of, checked_id
from sanduq.rahnu.contracts.liquidation.surplus import payouts, service
from sanduq.rahnu.contracts.liquidation.surplus.payouts import PaySurplus, TransferSurplus
from sanduq.rahnu.contracts.liquidation.surplus.schemas import (
    AgeingQuery,
    ClaimFilters,
    PayoutDecisionIn,
    PayoutRejectionIn,
    PledgeSurplusList,
    PledgeSurplusOut,
    SurplusAgeingOut,
    SurplusFilters,
    SurplusPaymentIn,
    SurplusPayoutOut,
    SurplusPayouts,
    SurplusPolicyIn,
    SurplusPolicyOut,
    SurplusTransferIn,
    TraceIn,
    ageing_out,
    payout_out,
    policy_out,
    surplus_out,
)

router = APIRouter(prefix="/v1/rails/rahnu/surplus", tags=["Rahnu"])
READ, WRITE = scope("rahnu:read"), scope("rahnu:write")


@router.get("", response_model=PledgeSurplusList, openapi_extra=READ)
def list_surplus(request: Request, filters: Annotated[SurplusFilters, Query()]) -> Any:
    """Surpluses, newest first; `age` and `is_late` find those whose owners wait."""
    return gateway(request).read(
        request,
        lambda uow: service.search(uow, filters.chosen(uow.today), filters.page_request()).render(
            lambda one: surplus_out(one, uow.today)
        ),
    )


@router.get("/claims", response_model=PledgeSurplusList, openapi_extra=READ)
def list_claims(request: Request, filters: Annotated[ClaimFilters, Query()]) -> Any:
    """Is there money waiting for this pledgor? What was sent on is shown too: it stays his."""
    return gateway(request).read(
        request,
        lambda uow: service.search(
            uow, {"pledgor_id": filters.pledgor_id}, filters.page_request()
        ).render(lambda one: surplus_out(one, uow.today)),
    )


@router.get("/ageing", response_model=SurplusAgeingOut, openapi_extra=READ)
def age_surplus(request: Request, asked: Annotated[AgeingQuery, Query()]) -> Any:
    """What waits for its owners in one currency, by age."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        asset = asset_of(asked.currency)
        return ageing_out(service.ageing(uow, asset), asset, uow.today)

    return gateway(request).read(request, found)


@router.get("/policy", response_model=SurplusPolicyOut, openapi_extra=READ)
def get_policy(request: Request) -> Any:
    """How long surpluses are kept for their owners."""
    return gateway(request).read(request, lambda uow: policy_out(service.policy(uow)))


@router.post("/policy", response_model=SurplusPolicyOut, openapi_extra=WRITE)
def set_policy(request: Request, body: SurplusPolicyIn) -> Any:
    """Set how long surpluses are kept, and by which law."""
    return gateway(request).write(
        request, lambda uow: policy_out(service.set_policy(uow, body.command()))
    )


@router.get("/{surplus_id}", response_model=PledgeSurplusOut, openapi_extra=READ)
def get_surplus(request: Request, surplus_id: str) -> Any:
    """One surplus with the search for its owner."""

    def found(uow: UnitOfWork) -> Tagged:
        surplus = service.get(uow, _surplus(surplus_id))
        return Tagged(surplus_out(surplus, uow.today), f'{surplus.etag[:-1]}.{uow.today}"')

    return gateway(request).read(request, found)


@router.post("/{surplus_id}/traces", response_model=PledgeSurplusOut, openapi_extra=WRITE)
def trace_owner(request: Request, surplus_id: str, body: TraceIn) -> Any:
    """Record an attempt to find the owner."""
    return gateway(request).write(
        request,
        lambda uow: surplus_out(
            service.trace(
                uow,
                _surplus(surplus_id),
                tried_on=body.tried_on,
                method=body.method,
                outcome=body.outcome,
                note=body.note,
            ),
            uow.today,
        ),
    )


@router.get("/{surplus_id}/payouts", response_model=SurplusPayouts, openapi_extra=READ)
def list_payouts(request: Request, surplus_id: str) -> Any:
    """Payouts of one surplus, newest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        service.get(uow, _surplus(surplus_id))
        return {"data": [payout_out(one) for one in payouts.payouts_of(uow, surplus_id)]}

    return gateway(request).read(request, found)


@router.post(
    "/{surplus_id}/pay", response_model=SurplusPayoutOut, status_code=201, openapi_extra=WRITE
)
def pay_surplus(request: Request, surplus_id: str, body: SurplusPaymentIn) -> Any:
    """Ask that a surplus be paid to its owner, an heir or an agent; another officer decides."""
    return gateway(request).write(
        request,
        lambda uow: payout_out(
            payouts.ask_payment(
                uow,
                PaySurplus(
                    _surplus(surplus_id),
                    checked_id(body.recipient_id, "cpty", "recipient_id"),
                    body.capacity,
                    body.method,
                    body.reference,
                    body.mandate_id,
                    body.proof,
                ),
            )
        ),
        status=201,
    )


@router.post(
    "/{surplus_id}/transfer",
    response_model=SurplusPayoutOut,
    status_code=201,
    openapi_extra=WRITE,
)
def transfer_surplus(request: Request, surplus_id: str, body: SurplusTransferIn) -> Any:
    """Ask that an unclaimed surplus go to the authority, or by a resolution to charity."""
    return gateway(request).write(
        request,
        lambda uow: payout_out(
            payouts.ask_transfer(
                uow,
                TransferSurplus(_surplus(surplus_id), body.to, body.reference, body.resolution_id),
            )
        ),
        status=201,
    )


@router.post("/payouts/{payout_id}/approve", response_model=SurplusPayoutOut, openapi_extra=WRITE)
def approve_payout(request: Request, payout_id: str, body: PayoutDecisionIn) -> Any:
    """Pay a surplus out, as another officer asked."""
    return gateway(request).write(
        request,
        lambda uow: payout_out(payouts.approve(uow, _payout(payout_id), reason=body.reason)),
    )


@router.post("/payouts/{payout_id}/reject", response_model=SurplusPayoutOut, openapi_extra=WRITE)
def reject_payout(request: Request, payout_id: str, body: PayoutRejectionIn) -> Any:
    """Refuse a payout that was asked for."""
    return gateway(request).write(
        request,
        lambda uow: payout_out(payouts.reject(uow, _payout(payout_id), reason=body.reason)),
    )


def _surplus(surplus_id: str) -> str:
    return checked_id(surplus_id, "sps", "surplus_id")


def _payout(payout_id: str) -> str:
    return checked_id(payout_id, "spy", "payout_id")
