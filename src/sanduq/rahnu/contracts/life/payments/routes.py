"""HTTP of payments on a pledge: parse, call one service function, render."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, if_match, scope
from sanduq.kit.wire import PageQuery, checked_id
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.life.payments import quotes, schemas, service, statements
from sanduq.rahnu.contracts.life.payments.schemas import (
    DebtStatementList,
    DebtStatementObject,
    PledgeRepaymentList,
    RedemptionQuote,
)
from sanduq.rahnu.contracts.life.wire import Identifier
from sanduq.rahnu.contracts.life.wire_payments import (
    PledgeRepaymentIn,
    PledgeRepaymentObject,
    repayment_out,
)

router = APIRouter(prefix="/v1/rails/rahnu/contracts/{contract_id}", tags=["Pledge payments"])

READ, WRITE = scope("rahnu:read"), scope("rahnu:write")


def _id(value: str) -> str:
    return checked_id(value, "rhn", "contract_id")


@router.get("/redemption-quote", response_model=RedemptionQuote, openapi_extra=READ)
def quote_redemption(
    request: Request, contract_id: Identifier, query: Annotated[schemas.RedemptionQuery, Query()]
) -> Any:
    """What frees the pledge today or on another day, and how that grows month by month."""
    return gateway(request).read(
        request,
        lambda uow: schemas.quote_out(quotes.redemption_quote(uow, _id(contract_id), query.on)),
    )


@router.post(
    "/repayments", status_code=201, response_model=PledgeRepaymentObject, openapi_extra=WRITE
)
def repay_pledge(request: Request, contract_id: Identifier, body: PledgeRepaymentIn) -> Any:
    """Takes money on a pledge: the custody fee due, then the debt, unless it says otherwise."""

    def work(uow: UnitOfWork) -> Any:
        paid = body.command(contracts.get(uow, _id(contract_id)).asset)
        made = service.repay(uow, contract_id, paid, etag=if_match(request))
        return repayment_out(made)

    return gateway(request).write(request, work, status=201)


@router.get("/repayments", response_model=PledgeRepaymentList, openapi_extra=READ)
def list_pledge_repayments(
    request: Request, contract_id: Identifier, query: Annotated[PageQuery, Query()]
) -> Any:
    """Payments on a pledge and what of them was taken back, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.repayments(uow, _id(contract_id), query.page_request()).render(
            repayment_out
        ),
    )


@router.post(
    "/repayments/{repayment_id}/reverse",
    status_code=201,
    response_model=PledgeRepaymentObject,
    openapi_extra=WRITE,
)
def reverse_pledge_repayment(
    request: Request,
    contract_id: Identifier,
    repayment_id: Identifier,
    body: schemas.PledgePaymentReversal,
) -> Any:
    """Takes a payment back, by a new fact that names it."""
    return gateway(request).write(
        request,
        lambda uow: repayment_out(
            service.reverse(
                uow, _id(contract_id), checked_id(repayment_id, "rep", "repayment_id"),
                reason=body.reason,
            )
        ),
        status=201,
    )  # fmt: skip


@router.post(
    "/debt-statements", status_code=201, response_model=DebtStatementObject, openapi_extra=WRITE
)
def state_debt(request: Request, contract_id: Identifier, body: schemas.DebtStatementIn) -> Any:
    """Records the balance of an outside debt as its creditor states it."""

    def work(uow: UnitOfWork) -> Any:
        new = body.command(contracts.get(uow, _id(contract_id)).asset)
        return schemas.statement_out(
            statements.state(uow, contract_id, new, etag=if_match(request))
        )

    return gateway(request).write(request, work, status=201)


@router.get("/debt-statements", response_model=DebtStatementList, openapi_extra=READ)
def list_debt_statements(
    request: Request, contract_id: Identifier, query: Annotated[PageQuery, Query()]
) -> Any:
    """Statements of a pledge's outside debt, newest first."""
    return gateway(request).read(
        request,
        lambda uow: statements.statements(uow, _id(contract_id), query.page_request()).render(
            schemas.statement_out
        ),
    )
