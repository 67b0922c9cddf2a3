"""HTTP of guarantee calls and recourse: parse, call one service function, render."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import amount, checked_id
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.guarantee_calls import recourses, service
from sanduq.microfinance.guarantee_calls.model import COMMON_FUND
from sanduq.microfinance.guarantee_calls.schemas import (
    GuaranteeCallCancelIn,
    GuaranteeCallFilters,
    GuaranteeCallIn,
    GuaranteeCallList,
    GuaranteeCallOut,
    GuaranteePaymentIn,
    GuaranteePaymentOut,
    Identifier,
    RecourseFilters,
    RecourseList,
    RecourseOut,
    RecoveryIn,
    call_out,
    payment_out,
    recourse_out,
)

router = APIRouter(prefix="/v1/rails/microfinance", tags=["Microfinance guarantees"])

READ, WRITE = "microfinance:read", "microfinance:write"


def _group_id(value: str) -> str:
    return checked_id(value, "grp", "group_id")


def _call_id(value: str) -> str:
    return checked_id(value, "gcl", "call_id")


def _recourse_id(value: str) -> str:
    return checked_id(value, "rcs", "recourse_id")


@router.post(
    "/groups/{group_id}/guarantee-calls",
    status_code=201,
    response_model=GuaranteeCallOut,
    openapi_extra=scope(WRITE),
)
def call_guarantees(request: Request, group_id: Identifier, body: GuaranteeCallIn) -> Any:
    """Asks those who answer for a member to pay what he is late with."""

    def work(uow: UnitOfWork) -> Any:
        group = groups.get_group(uow, _group_id(group_id))
        wanted = (
            None
            if body.amount is None
            else amount(body.amount, group.asset, "amount", is_positive=True)
        )
        new = service.NewCall(
            checked_id(body.loan_id, "mfl", "loan_id"), body.reason, wanted, body.rule,
            body.external_id,
        )  # fmt: skip
        return call_out(service.call(uow, group.group_id, new))

    return gateway(request).write(request, work, status=201)


@router.get(
    "/groups/{group_id}/guarantee-calls",
    response_model=GuaranteeCallList,
    openapi_extra=scope(READ),
)
def list_calls(
    request: Request, group_id: Identifier, query: Annotated[GuaranteeCallFilters, Query()]
) -> Any:
    """Calls on a group, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_calls(
            uow, _group_id(group_id), query.status, query.page_request()
        ).render(call_out),
    )


@router.get(
    "/guarantee-calls/{call_id}", response_model=GuaranteeCallOut, openapi_extra=scope(READ)
)
def get_call(request: Request, call_id: Identifier) -> Any:
    """One call with its shares."""

    def work(uow: UnitOfWork) -> Tagged:
        found = service.get(uow, _call_id(call_id))
        return Tagged(call_out(found), found.etag)

    return gateway(request).read(request, work)


@router.post(
    "/guarantee-calls/{call_id}/payments",
    status_code=201,
    response_model=GuaranteePaymentOut,
    openapi_extra=scope(WRITE),
)
def pay_call(request: Request, call_id: Identifier, body: GuaranteePaymentIn) -> Any:
    """Records a payment on a call: the loan is repaid, and the debtor owes the payer."""

    def work(uow: UnitOfWork) -> Any:
        found = service.get(uow, _call_id(call_id))
        payer_id = body.payer_id
        if payer_id != COMMON_FUND:
            checked_id(payer_id, "cpty", "payer_id")
        money = amount(body.amount, found.asset, "amount", is_positive=True)
        paid = service.pay(uow, found.call_id, payer_id, money, body.received_on)
        return payment_out(
            paid.payment_id, paid.payer_id, paid.amount, paid.repayment_id, paid.call,
            paid.recourse,
        )  # fmt: skip

    return gateway(request).write(request, work, status=201)


@router.post(
    "/guarantee-calls/{call_id}/cancel", response_model=GuaranteeCallOut, openapi_extra=scope(WRITE)
)
def cancel_call(request: Request, call_id: Identifier, body: GuaranteeCallCancelIn) -> Any:
    """Asks for the rest of a call no longer."""
    return gateway(request).write(
        request,
        lambda uow: call_out(
            service.cancel(uow, _call_id(call_id), reason=body.reason, if_match=if_match(request))
        ),
    )


@router.get("/groups/{group_id}/recourses", response_model=RecourseList, openapi_extra=scope(READ))
def list_recourses(
    request: Request, group_id: Identifier, query: Annotated[RecourseFilters, Query()]
) -> Any:
    """Who owes whom in a group, newest first."""
    return gateway(request).read(
        request,
        lambda uow: recourses.list_recourses(
            uow, _group_id(group_id), query.status, query.page_request()
        ).render(recourse_out),
    )


@router.get("/recourses/{recourse_id}", response_model=RecourseOut, openapi_extra=scope(READ))
def get_recourse(request: Request, recourse_id: Identifier) -> Any:
    """One recourse with what was given back."""
    return gateway(request).read(
        request, lambda uow: recourse_out(recourses.get_recourse(uow, _recourse_id(recourse_id)))
    )


@router.post(
    "/recourses/{recourse_id}/recoveries",
    status_code=201,
    response_model=RecourseOut,
    openapi_extra=scope(WRITE),
)
def recover(request: Request, recourse_id: Identifier, body: RecoveryIn) -> Any:
    """Writes down what the debtor gave back to the one who paid for him."""

    def work(uow: UnitOfWork) -> Any:
        found = recourses.get_recourse(uow, _recourse_id(recourse_id))
        return recourse_out(
            recourses.recover(
                uow,
                found.recourse_id,
                amount(body.amount, found.asset, "amount", is_positive=True),
                on=body.on,
                note=body.note,
                charge_minor=amount(body.charge, found.asset, "charge").amount_minor,
            )
        )

    return gateway(request).write(request, work, status=201)
