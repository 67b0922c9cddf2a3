"""HTTP of the ledger: the books to read, periods to close, capital to add."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import IsoDate, amount, asset_of
from sanduq.ledger import capital, schemas, service, verify
from sanduq.ledger.checkpoint import checkpoints_of
from sanduq.settings import Settings

router = APIRouter(prefix="/v1/ledger", tags=["ledger"])

_READ = scope("ledger:read", is_extension=True)
_WRITE = scope("ledger:write", is_extension=True)

AccountId = Annotated[str, Path(pattern=r"^acc_[0-9a-z]{26}$")]
ApprovalId = Annotated[str, Path(pattern=r"^appr_[0-9a-z]{26}$")]


@router.get("/accounts", response_model=schemas.AccountList, openapi_extra=_READ)
def list_accounts(request: Request, filters: Annotated[schemas.AccountFilters, Query()]) -> Any:
    """Accounts with their balances, newest first."""

    def work(uow: UnitOfWork) -> dict[str, Any]:
        page = service.list_balances(
            uow,
            filters.page_request(),
            code=filters.code,
            fund=filters.fund,
            asset=str(asset_of(filters.currency)) if filters.currency is not None else None,
            subject=filters.subject,
        )
        return page.render(schemas.account_out)

    return gateway(request).read(request, work)


@router.get("/accounts/{account_id}", response_model=schemas.AccountOut, openapi_extra=_READ)
def get_account(request: Request, account_id: AccountId) -> Any:
    """One account with its balance."""
    return gateway(request).read(
        request, lambda uow: schemas.account_out(service.get_balance(uow, account_id))
    )


@router.get(
    "/accounts/{account_id}/balance", response_model=schemas.BalanceOut, openapi_extra=_READ
)
def get_balance(
    request: Request, account_id: AccountId, query: Annotated[schemas.BalanceQuery, Query()]
) -> Any:
    """The balance now, as the books stood `at` an instant, or of all in effect `on` a day."""

    def work(uow: UnitOfWork) -> dict[str, Any]:
        moment = query.checked()
        if moment.at is not None:
            found = service.balance_at(uow, account_id, moment.at)
        elif moment.on is not None:
            found = service.balance_on(uow, account_id, moment.on)
        else:
            found = service.get_balance(uow, account_id)
        return schemas.balance_out(found, moment)

    return gateway(request).read(request, work)


@router.get(
    "/accounts/{account_id}/statement", response_model=schemas.StatementList, openapi_extra=_READ
)
def get_statement(
    request: Request,
    account_id: AccountId,
    filters: Annotated[schemas.StatementFilters, Query()],
) -> Any:
    """The account's entries, oldest first, of the days asked for."""

    def work(uow: UnitOfWork) -> dict[str, Any]:
        account, page = service.statement(
            uow, account_id, filters.page_request(), from_on=filters.from_on, to_on=filters.to_on
        )
        return page.render(lambda line: schemas.statement_line_out(account, line))

    return gateway(request).read(request, work)


@router.get("/entries", response_model=schemas.JournalList, openapi_extra=_READ)
def list_entries(request: Request, filters: Annotated[schemas.EntryFilters, Query()]) -> Any:
    """Journals with their entries, newest first."""

    def work(uow: UnitOfWork) -> dict[str, Any]:
        page = service.list_journals(
            uow,
            filters.page_request(),
            account_id=filters.account_id,
            reference=filters.reference,
            journal_id=filters.journal_id,
        )
        return page.render(schemas.journal_out)

    return gateway(request).read(request, work)


@router.get("/trial-balance", response_model=schemas.TrialBalanceOut, openapi_extra=_READ)
def get_trial_balance(request: Request, as_of: Annotated[IsoDate | None, Query()] = None) -> Any:
    """Debits and credits by code, currency and fund, now or of all in effect on a day."""
    return gateway(request).read(
        request,
        lambda uow: schemas.trial_balance_out(service.trial_balance(uow, as_of), as_of),
    )


@router.get("/verify", response_model=schemas.VerifyOut, openapi_extra=_READ)
def verify_books(request: Request) -> Any:
    """Recomputes the books from their first journal; names the first fault of each check."""

    def work(uow: UnitOfWork) -> dict[str, Any]:
        checkpoints = checkpoints_of(Settings.from_environment().data)
        return schemas.verify_out(verify.verify(uow, checkpoints))

    return gateway(request).read(request, work)


@router.get("/periods", response_model=schemas.PeriodsOut, openapi_extra=_READ)
def list_periods(request: Request) -> Any:
    """Closed periods, latest first."""
    return gateway(request).read(
        request, lambda uow: schemas.periods_out(service.list_periods(uow))
    )


@router.post("/periods", response_model=schemas.PeriodOut, status_code=201, openapi_extra=_WRITE)
def close_period(request: Request, body: schemas.PeriodIn) -> Any:
    """Closes days that are over: nothing can take effect in them any more."""
    return gateway(request).write(
        request,
        lambda uow: schemas.period_out(service.close_period(uow, body.starts_on, body.ends_on)),
        status=201,
    )


@router.post("/capital", response_model=schemas.CapitalOut, status_code=201, openapi_extra=_WRITE)
def request_capital(request: Request, body: schemas.CapitalIn) -> Any:
    """Asks for owners' capital to be added; another person approves it."""

    def work(uow: UnitOfWork) -> dict[str, Any]:
        money = amount(body.amount, asset_of(body.currency), "amount", is_positive=True)
        return schemas.capital_out(capital.request_capital(uow, money, body.memo))

    return gateway(request).write(request, work, status=201)


@router.post(
    "/capital/{approval_id}/approve", response_model=schemas.CapitalOut, openapi_extra=_WRITE
)
def approve_capital(request: Request, approval_id: ApprovalId) -> Any:
    """Approves capital another person asked for, and posts it to the default branch's cash."""
    return gateway(request).write(
        request, lambda uow: schemas.capital_out(capital.approve_capital(uow, approval_id))
    )
