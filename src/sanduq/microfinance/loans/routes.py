"""HTTP of microfinance loans: parse, call one service function, render."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import checked_id
from sanduq.microfinance.loans import repayments, rescheduling, service, terms
from sanduq.microfinance.loans.gathered import record_asked
from sanduq.microfinance.loans.render import (
    preview_out,
    quote_out,
    repayment_page,
    reschedule_request,
    statement_out,
    trade_preview_out,
    version_out,
)
from sanduq.microfinance.loans.schemas import (
    Decision,
    DisbursementIn,
    Identifier,
    LoanCreated,
    LoanFilters,
    LoanList,
    LoanObject,
    Refusing,
    RepaymentObject,
    loan_out,
    new_loan_out,
    repayment_out,
)
from sanduq.microfinance.loans.schemas_new import AnyNewLoan
from sanduq.microfinance.loans.schemas_repayment import (
    NewRepayment,
    RepaymentFile,
    RepaymentFileResult,
    RepaymentList,
    RepaymentPage,
    Rescheduling,
    row_result,
)
from sanduq.microfinance.loans.schemas_terms import (
    PreviewOut,
    QuoteQuery,
    ScheduleOut,
    SettlementQuoteOut,
    StatementOut,
    StatementQuery,
    TradePreviewOut,
)

router = APIRouter(prefix="/v1/rails/microfinance", tags=["Microfinance loans"])

READ, WRITE = "microfinance:read", "microfinance:write"
SEED_WRITE, SEED_READ = scope(WRITE, is_extension=False), scope(READ, is_extension=False)


def _loan_id(value: str) -> str:
    return checked_id(value, "mfl", "loan_id")


@router.post(
    "/loans", status_code=201, response_model=LoanCreated | LoanObject, openapi_extra=SEED_WRITE
)
def create_loan(request: Request, body: AnyNewLoan) -> Any:
    """Submits a loan application."""
    return gateway(request).write(
        request, lambda uow: new_loan_out(service.create(uow, body.application())), status=201
    )


@router.get("/loans", response_model=LoanList, openapi_extra=SEED_READ)
def list_loans(request: Request, query: Annotated[LoanFilters, Query()]) -> Any:
    """Loans, newest first, by any combination of filters."""
    return gateway(request).read(
        request,
        lambda uow: service.search(uow, query.filters(), query.page_request()).render(loan_out),
    )


@router.post(
    "/loans/preview", response_model=PreviewOut | TradePreviewOut, openapi_extra=scope(READ)
)
def preview_loan(request: Request, body: AnyNewLoan) -> Any:
    """What an application comes to, without creating it: of a qard schedule, fee and disclosure;
    of a trade its price and instalments, or its rents."""

    def work(uow: UnitOfWork) -> Any:
        application = body.application()
        if application.trade is None:
            return preview_out(service.preview(uow, application), uow.today)
        agreed, basis = service.preview_trade(uow, application)
        return trade_preview_out(application, agreed, basis, uow.today)

    return gateway(request).write(request, work)


@router.get("/loans/{loan_id}", response_model=LoanObject, openapi_extra=SEED_READ)
def get_loan(request: Request, loan_id: Identifier) -> Any:
    """One loan with its balance."""

    def work(uow: UnitOfWork) -> Any:
        loan = service.get(uow, _loan_id(loan_id))
        return Tagged(loan_out(loan), loan.etag)

    return gateway(request).read(request, work)


@router.post("/loans/{loan_id}/approve", response_model=LoanObject, openapi_extra=SEED_WRITE)
def approve_loan(request: Request, loan_id: Identifier, body: Decision | None = None) -> Any:
    """Approves an application; its maker cannot."""
    reason = body.reason if body else None
    return gateway(request).write(
        request,
        lambda uow: loan_out(
            service.approve(uow, _loan_id(loan_id), reason=reason, etag=if_match(request))
        ),
    )


@router.post("/loans/{loan_id}/reject", response_model=LoanObject, openapi_extra=scope(WRITE))
def reject_loan(request: Request, loan_id: Identifier, body: Refusing) -> Any:
    """Refuses an application, with the reason."""
    return gateway(request).write(
        request,
        lambda uow: loan_out(
            service.reject(uow, _loan_id(loan_id), reason=body.reason, etag=if_match(request))
        ),
    )


@router.post("/loans/{loan_id}/cancel", response_model=LoanObject, openapi_extra=scope(WRITE))
def cancel_loan(request: Request, loan_id: Identifier, body: Refusing) -> Any:
    """Withdraws an application before money moved."""
    return gateway(request).write(
        request,
        lambda uow: loan_out(
            service.cancel(uow, _loan_id(loan_id), reason=body.reason, etag=if_match(request))
        ),
    )


@router.post("/loans/{loan_id}/disburse", response_model=LoanObject, openapi_extra=SEED_WRITE)
def disburse_loan(request: Request, loan_id: Identifier, body: DisbursementIn | None = None) -> Any:
    """Pays an approved loan out."""
    is_acknowledged = body.disclosure_acknowledged if body else False
    return gateway(request).write(
        request,
        lambda uow: loan_out(
            service.disburse(
                uow,
                _loan_id(loan_id),
                is_disclosure_acknowledged=is_acknowledged,
                etag=if_match(request),
            )
        ),
    )


@router.post(
    "/loans/{loan_id}/repayments",
    status_code=201,
    response_model=RepaymentObject,
    openapi_extra=SEED_WRITE,
)
async def record_repayment(request: Request, loan_id: Identifier, body: NewRepayment) -> Any:
    """Records one repayment."""
    asked = (loan_id, body, request.state.request_id)
    return await gateway(request).gathered(request, record_asked, asked, status=201)


@router.get("/loans/{loan_id}/repayments", response_model=RepaymentList, openapi_extra=scope(READ))
def list_repayments(
    request: Request, loan_id: Identifier, query: Annotated[RepaymentPage, Query()]
) -> Any:
    """Repayments and reversals in the order recorded."""
    return gateway(request).read(
        request, lambda uow: repayment_page(uow, _loan_id(loan_id), query.page_request())
    )


@router.post(
    "/loans/{loan_id}/repayments/{repayment_id}/reverse",
    status_code=201,
    response_model=RepaymentObject,
    openapi_extra=scope(WRITE),
)
def reverse_repayment(
    request: Request, loan_id: Identifier, repayment_id: Identifier, body: Refusing
) -> Any:
    """Takes a repayment back by a new fact that names it."""
    return gateway(request).write(
        request,
        lambda uow: repayment_out(
            repayments.reverse(
                uow,
                _loan_id(loan_id),
                checked_id(repayment_id, "rep", "repayment_id"),
                reason=body.reason,
                etag=if_match(request),
            )
        ),
        status=201,
    )


@router.post("/repayments", response_model=RepaymentFileResult, openapi_extra=scope(WRITE))
def record_repayments(request: Request, body: RepaymentFile) -> Any:
    """Records many repayments; each row gets its own result."""

    def work(uow: UnitOfWork) -> Any:
        commands = [row.command(row.loan_id, None) for row in body.repayments]
        results = repayments.record_repayments(uow, commands, is_all_or_nothing=body.all_or_nothing)
        rows = [
            row_result(index, command.loan_id, result)
            for index, (command, result) in enumerate(zip(commands, results, strict=True))
        ]
        recorded = sum(1 for result in results if result.repayment)
        return RepaymentFileResult(
            recorded=recorded, refused=len(results) - recorded, results=rows
        ).model_dump()

    return gateway(request).write(request, work)


@router.get("/loans/{loan_id}/schedule", response_model=ScheduleOut, openapi_extra=scope(READ))
def get_schedule(request: Request, loan_id: Identifier) -> Any:
    """The schedule in force, line by line, with what is covered."""
    return gateway(request).read(
        request, lambda uow: version_out(terms.schedule_of(uow, _loan_id(loan_id)))
    )


@router.get("/loans/{loan_id}/statement", response_model=StatementOut, openapi_extra=scope(READ))
def get_statement(
    request: Request,
    loan_id: Identifier,
    query: Annotated[StatementQuery, Query()],
) -> Any:
    """What was owed and paid, with the balance after each line."""
    return gateway(request).read(
        request,
        lambda uow: statement_out(
            terms.statement(uow, _loan_id(loan_id), query.from_on, query.to_on)
        ),
    )


@router.get(
    "/loans/{loan_id}/settlement-quote",
    response_model=SettlementQuoteOut,
    openapi_extra=scope(READ),
)
def get_settlement_quote(
    request: Request, loan_id: Identifier, query: Annotated[QuoteQuery, Query()]
) -> Any:
    """What settles the loan on a day; paying early costs nothing."""

    def work(uow: UnitOfWork) -> Any:
        loan, quote = terms.quote(uow, _loan_id(loan_id), query.on)
        return quote_out(loan, quote, terms.rebate_offer(uow, loan, quote.quoted_on))

    return gateway(request).read(request, work)


@router.post("/loans/{loan_id}/reschedule", response_model=LoanObject, openapi_extra=scope(WRITE))
def reschedule_loan(request: Request, loan_id: Identifier, body: Rescheduling) -> Any:
    """Agrees instalments anew; what is owed stays the same."""

    def work(uow: UnitOfWork) -> Any:
        loan = service.get(uow, _loan_id(loan_id))
        asked = reschedule_request(body, loan.asset)
        return loan_out(rescheduling.agree_anew(uow, loan.loan_id, asked, etag=if_match(request)))

    return gateway(request).write(request, work)
