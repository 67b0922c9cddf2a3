"""Endowments: what is given to be kept, and whose income is spent as the founder said."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.funds.endowments import corpus, income, service
from sanduq.funds.endowments.schemas import (
    DistributionIn,
    EndowmentContributionIn,
    EndowmentExchangeIn,
    EndowmentFilters,
    EndowmentIn,
    EndowmentIncomeIn,
    EndowmentLossIn,
    EndowmentRestoreIn,
    EndowmentStepIn,
    StatementQuery,
)
from sanduq.funds.endowments.schemas_out import (
    CorpusChangeOut,
    DistributionList,
    DistributionOut,
    EndowmentList,
    EndowmentOut,
    EndowmentReceiptOut,
    EndowmentStatementOut,
    change_out,
    distribution_out,
    endowment_out,
    receipt_out,
    statement_out,
)
from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, if_match, scope
from sanduq.kit.wire import PageQuery, checked_id

router = APIRouter(prefix="/v1/rails/waqf/endowments", tags=["Waqf"])
READ, WRITE = scope("waqf:read"), scope("waqf:write")


@router.post("", response_model=EndowmentOut, status_code=201, openapi_extra=WRITE)
def create_endowment(request: Request, body: EndowmentIn) -> Any:
    """Record an endowment and its deed as a draft."""
    return gateway(request).write(
        request,
        lambda uow: endowment_out(service.create_endowment(uow, body.command())),
        status=201,
    )


@router.get("", response_model=EndowmentList, openapi_extra=READ)
def list_endowments(request: Request, filters: Annotated[EndowmentFilters, Query()]) -> Any:
    """List endowments with where each stands, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_endowments(uow, filters.page_request(), filters.columns()).render(
            endowment_out
        ),
    )


@router.get("/{endowment_id}", response_model=EndowmentOut, openapi_extra=READ)
def get_endowment(request: Request, endowment_id: str) -> Any:
    """One endowment: its deed, its corpus, its income."""
    return gateway(request).read(
        request, lambda uow: endowment_out(service.get_endowment(uow, _checked(endowment_id)))
    )


@router.post("/{endowment_id}/submit", response_model=EndowmentOut, openapi_extra=WRITE)
def submit_endowment(request: Request, endowment_id: str) -> Any:
    """Hand a draft to the Shariah review."""

    def submitted(uow: UnitOfWork) -> dict[str, Any]:
        return endowment_out(
            service.submit_endowment(uow, _checked(endowment_id), if_match=if_match(request))
        )

    return gateway(request).write(request, submitted)


@router.post("/{endowment_id}/approve", response_model=EndowmentOut, openapi_extra=WRITE)
def approve_endowment(
    request: Request, endowment_id: str, body: EndowmentStepIn | None = None
) -> Any:
    """Approve an endowment another person submitted; cash endowed is booked."""

    def approved(uow: UnitOfWork) -> dict[str, Any]:
        return endowment_out(
            service.approve_endowment(
                uow,
                _checked(endowment_id),
                reason=body.reason if body else None,
                if_match=if_match(request),
            )
        )

    return gateway(request).write(request, approved)


@router.post("/{endowment_id}/close", response_model=EndowmentOut, openapi_extra=WRITE)
def close_endowment(
    request: Request, endowment_id: str, body: EndowmentStepIn | None = None
) -> Any:
    """End a waqf made for a time; a perpetual one never ends."""

    def closed(uow: UnitOfWork) -> dict[str, Any]:
        reason = body.reason if body else None
        return endowment_out(service.close_endowment(uow, _checked(endowment_id), reason=reason))

    return gateway(request).write(request, closed)


@router.post(
    "/{endowment_id}/income",
    response_model=EndowmentReceiptOut,
    status_code=201,
    openapi_extra=WRITE,
)
def receive_income(request: Request, endowment_id: str, body: EndowmentIncomeIn) -> Any:
    """Record what the endowed asset earned."""

    def received(uow: UnitOfWork) -> dict[str, Any]:
        wqf_id = _checked(endowment_id)
        return receipt_out(*income.receive(uow, wqf_id, body.command(), is_gift=False))

    return gateway(request).write(request, received, status=201)


@router.post(
    "/{endowment_id}/contributions",
    response_model=EndowmentReceiptOut,
    status_code=201,
    openapi_extra=WRITE,
)
def receive_contribution(request: Request, endowment_id: str, body: EndowmentContributionIn) -> Any:
    """Record a gift to an endowment, as its giver meant it."""

    def received(uow: UnitOfWork) -> dict[str, Any]:
        wqf_id = _checked(endowment_id)
        return receipt_out(*income.receive(uow, wqf_id, body.command(), is_gift=True))

    return gateway(request).write(request, received, status=201)


@router.post(
    "/{endowment_id}/distributions",
    response_model=DistributionOut,
    status_code=201,
    openapi_extra=WRITE,
)
def distribute_income(request: Request, endowment_id: str, body: DistributionIn) -> Any:
    """Use income: the corpus made whole, the nazir paid, the rest to the beneficiaries."""

    def made(uow: UnitOfWork) -> dict[str, Any]:
        return distribution_out(*income.distribute(uow, _checked(endowment_id), body.command()))

    return gateway(request).write(request, made, status=201)


@router.get("/{endowment_id}/distributions", response_model=DistributionList, openapi_extra=READ)
def list_distributions(
    request: Request, endowment_id: str, query: Annotated[PageQuery, Query()]
) -> Any:
    """List what an endowment gave out, newest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        page, record = income.list_distributions(uow, _checked(endowment_id), query.page_request())
        return page.render(lambda one: distribution_out(one, record))

    return gateway(request).read(request, found)


@router.get("/{endowment_id}/statement", response_model=EndowmentStatementOut, openapi_extra=READ)
def endowment_statement(
    request: Request, endowment_id: str, query: Annotated[StatementQuery, Query()]
) -> Any:
    """The corpus, the income of a period, each of its uses, and what remains."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        return statement_out(
            income.statement(
                uow, _checked(endowment_id), from_on=query.from_date, to_on=query.to_date
            )
        )

    return gateway(request).read(request, found)


@router.post(
    "/{endowment_id}/losses",
    response_model=CorpusChangeOut,
    status_code=201,
    openapi_extra=WRITE,
)
def record_loss(request: Request, endowment_id: str, body: EndowmentLossIn) -> Any:
    """Record that part of the corpus is gone, with the reason and the evidence."""

    def recorded(uow: UnitOfWork) -> dict[str, Any]:
        return change_out(
            *corpus.record_loss(
                uow,
                _checked(endowment_id),
                body.money(),
                reason=body.reason,
                evidence=body.evidence,
            )
        )

    return gateway(request).write(request, recorded, status=201)


@router.post(
    "/{endowment_id}/restore",
    response_model=CorpusChangeOut,
    status_code=201,
    openapi_extra=WRITE,
)
def restore_corpus(request: Request, endowment_id: str, body: EndowmentRestoreIn) -> Any:
    """Make the corpus whole from income; beyond the gap only as the deed allows."""

    def restored(uow: UnitOfWork) -> dict[str, Any]:
        wqf_id = _checked(endowment_id)
        return change_out(*income.restore(uow, wqf_id, body.money(), reason=body.reason))

    return gateway(request).write(request, restored, status=201)


@router.post("/{endowment_id}/exchange", response_model=EndowmentOut, openapi_extra=WRITE)
def exchange_asset(request: Request, endowment_id: str, body: EndowmentExchangeIn) -> Any:
    """Replace the endowed asset by another of no less value and income (istibdal)."""

    def exchanged(uow: UnitOfWork) -> dict[str, Any]:
        wqf_id = _checked(endowment_id)
        return endowment_out(corpus.exchange_asset(uow, wqf_id, body.command()))

    return gateway(request).write(request, exchanged)


def _checked(endowment_id: str) -> str:
    return checked_id(endowment_id, "wqf", "endowment_id")
