"""HTTP of common funds: parse, call one service function, render."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import amount, checked_id
from sanduq.microfinance.common_fund import fund_loans, payments, service, statements
from sanduq.microfinance.common_fund.schemas import (
    CommonFundIn,
    CommonFundOut,
    CommonFundQuery,
    CommonFundTerms,
    ContributionFilters,
    ContributionIn,
    ContributionList,
    ContributionOut,
    FundStatementOut,
    Identifier,
    contribution_out,
    fund_out,
    fund_terms_out,
    statement_out,
)
from sanduq.microfinance.common_fund.schemas_payment import (
    FundLoanIn,
    FundLoanOut,
    FundPaymentCancelIn,
    FundPaymentFilters,
    FundPaymentIn,
    FundPaymentList,
    FundPaymentOut,
    FundSignatureIn,
    fund_loan_out,
    payment_out,
)
from sanduq.microfinance.groups import service as groups

router = APIRouter(
    prefix="/v1/rails/microfinance/groups/{group_id}/fund", tags=["Microfinance common funds"]
)

READ, WRITE = "microfinance:read", "microfinance:write"


def _group_id(value: str) -> str:
    return checked_id(value, "grp", "group_id")


def _party_id(value: str, field: str = "party_id") -> str:
    return checked_id(value, "cpty", field)


def _payment_id(value: str) -> str:
    return checked_id(value, "cfp", "payment_id")


@router.post("", status_code=201, response_model=CommonFundTerms, openapi_extra=scope(WRITE))
def open_fund(request: Request, group_id: Identifier, body: CommonFundIn) -> Any:
    """Opens the group's common fund on one basis, with its by-laws."""

    def work(uow: UnitOfWork) -> Any:
        group = groups.get_group(uow, _group_id(group_id))
        new = service.NewFund(body.facts(group.asset), body.external_id, body.metadata)
        return fund_terms_out(service.open_fund(uow, group.group_id, new))

    return gateway(request).write(request, work, status=201)


@router.get("", response_model=CommonFundOut, openapi_extra=scope(READ))
def get_fund(
    request: Request, group_id: Identifier, query: Annotated[CommonFundQuery, Query()]
) -> Any:
    """The fund with its balance, what each member was to pay by a day, and what it owes."""
    return gateway(request).read(
        request, lambda uow: fund_out(statements.view(uow, _group_id(group_id), query.on))
    )


@router.post(
    "/contributions", status_code=201, response_model=ContributionOut, openapi_extra=scope(WRITE)
)
def contribute(request: Request, group_id: Identifier, body: ContributionIn) -> Any:
    """Records a member's contribution."""

    def work(uow: UnitOfWork) -> Any:
        fund = service.get_fund(uow, _group_id(group_id))
        wanted = fund.contribution
        if body.amount is not None:
            wanted = amount(body.amount, fund.asset, "amount", is_positive=True)
        command = service.Contribute(
            fund.group_id, _party_id(body.party_id), wanted, body.received_on, body.reference
        )
        return contribution_out(service.contribute(uow, command))

    return gateway(request).write(request, work, status=201)


@router.get("/contributions", response_model=ContributionList, openapi_extra=scope(READ))
def list_contributions(
    request: Request, group_id: Identifier, query: Annotated[ContributionFilters, Query()]
) -> Any:
    """Contributions and recoveries, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_contributions(
            uow, _group_id(group_id), query.party_id, query.page_request()
        ).render(contribution_out),
    )


@router.post(
    "/payments", status_code=201, response_model=FundPaymentOut, openapi_extra=scope(WRITE)
)
def ask_payment(request: Request, group_id: Identifier, body: FundPaymentIn) -> Any:
    """Asks for a payment out of the fund; it is made when two officers have signed."""

    def work(uow: UnitOfWork) -> Any:
        fund = service.get_fund(uow, _group_id(group_id))
        for value, prefix, field in (
            (body.beneficiary_id, "cpty", "beneficiary_id"),
            (body.call_id, "gcl", "call_id"),
            (body.fund_loan_id, "cfl", "fund_loan_id"),
        ):
            if value is not None:
                checked_id(value, prefix, field)
        return payment_out(payments.ask(uow, fund.group_id, body.asked(fund.asset)))

    return gateway(request).write(request, work, status=201)


@router.get("/payments", response_model=FundPaymentList, openapi_extra=scope(READ))
def list_payments(
    request: Request, group_id: Identifier, query: Annotated[FundPaymentFilters, Query()]
) -> Any:
    """Payments out of the fund, newest first."""
    return gateway(request).read(
        request,
        lambda uow: payments.list_payments(
            uow, _group_id(group_id), query.status, query.page_request()
        ).render(payment_out),
    )


@router.get("/payments/{payment_id}", response_model=FundPaymentOut, openapi_extra=scope(READ))
def get_payment(request: Request, group_id: Identifier, payment_id: Identifier) -> Any:
    """One payment with its signatures."""

    def work(uow: UnitOfWork) -> Tagged:
        found = payments.get(uow, _group_id(group_id), _payment_id(payment_id))
        return Tagged(payment_out(found), found.etag)

    return gateway(request).read(request, work)


@router.post(
    "/payments/{payment_id}/sign", response_model=FundPaymentOut, openapi_extra=scope(WRITE)
)
def sign_payment(
    request: Request, group_id: Identifier, payment_id: Identifier, body: FundSignatureIn
) -> Any:
    """Records an officer's signature; with the second one the fund pays."""
    return gateway(request).write(
        request,
        lambda uow: payment_out(
            payments.approve(
                uow,
                _group_id(group_id),
                _payment_id(payment_id),
                officer_id=_party_id(body.officer_id, "officer_id"),
                signature=body.signature,
                if_match=if_match(request),
            )
        ),
    )


@router.post(
    "/payments/{payment_id}/cancel", response_model=FundPaymentOut, openapi_extra=scope(WRITE)
)
def cancel_payment(
    request: Request, group_id: Identifier, payment_id: Identifier, body: FundPaymentCancelIn
) -> Any:
    """Asks for a payment no longer."""
    return gateway(request).write(
        request,
        lambda uow: payment_out(
            payments.cancel(
                uow,
                _group_id(group_id),
                _payment_id(payment_id),
                reason=body.reason,
                if_match=if_match(request),
            )
        ),
    )


@router.post("/loans", status_code=201, response_model=FundLoanOut, openapi_extra=scope(WRITE))
def lend(request: Request, group_id: Identifier, body: FundLoanIn) -> Any:
    """Takes a benevolent loan into the fund."""

    def work(uow: UnitOfWork) -> Any:
        fund = service.get_fund(uow, _group_id(group_id))
        loan = fund_loans.lend(
            uow,
            fund.group_id,
            lender_id=_party_id(body.lender_id, "lender_id"),
            amount=amount(body.amount, fund.asset, "amount", is_positive=True),
            charge=amount(body.charge, fund.asset, "charge"),
            reason=body.reason,
        )
        return fund_loan_out(loan)

    return gateway(request).write(request, work, status=201)


@router.get(
    "/members/{party_id}/statement", response_model=FundStatementOut, openapi_extra=scope(READ)
)
def get_statement(request: Request, group_id: Identifier, party_id: Identifier) -> Any:
    """One member's contributions, and what came to him or was paid for him."""
    return gateway(request).read(
        request,
        lambda uow: statement_out(
            statements.statement(uow, _group_id(group_id), _party_id(party_id))
        ),
    )
