"""HTTP of the murabaha's steps: parse, call one service function, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Asset
from sanduq.kit.web import gateway, if_match, scope
from sanduq.kit.wire import checked_id
from sanduq.microfinance.loans.murabaha import aftersale, purchasing, selling, service, taking
from sanduq.microfinance.loans.murabaha.model import Murabaha
from sanduq.microfinance.loans.murabaha.schemas import MurabahaObject
from sanduq.microfinance.loans.murabaha.schemas_steps import (
    DeclineIn,
    DefectIn,
    PossessionIn,
    PromiseIn,
    PurchaseIn,
    RebateIn,
    ResaleIn,
    SaleIn,
    SupplierDiscountIn,
)
from sanduq.microfinance.loans.schemas_application import Identifier

router = APIRouter(prefix="/v1/rails/microfinance/loans", tags=["Murabaha"])

WRITE = scope("microfinance:write")

Taken = Callable[[UnitOfWork, str, Asset, str | None], Murabaha]


def _step(request: Request, loan_id: str, take: Taken) -> Any:
    """Takes a step and answers with the contract as it then is."""

    def work(uow: UnitOfWork) -> Any:
        known = service.get(uow, checked_id(loan_id, "mfl", "loan_id"))
        after = take(uow, known.loan_id, known.asset, if_match(request))
        return taking.rendered_of(uow, after)

    return gateway(request).write(request, work)


@router.post("/{loan_id}/promise", response_model=MurabahaObject, openapi_extra=WRITE)
def promise(request: Request, loan_id: Identifier, body: PromiseIn) -> Any:
    """The customer promises to buy, and may lay down a security margin."""
    return _step(
        request, loan_id,
        lambda uow, loan, asset, etag: purchasing.promise(
            uow, loan, body.command(asset), etag=etag
        ),
    )  # fmt: skip


@router.post("/{loan_id}/purchase", response_model=MurabahaObject, openapi_extra=WRITE)
def purchase(request: Request, loan_id: Identifier, body: PurchaseIn) -> Any:
    """The institution buys the goods from a third party."""
    return _step(
        request, loan_id,
        lambda uow, loan, asset, etag: purchasing.purchase(
            uow, loan, body.command(asset), etag=etag
        ),
    )  # fmt: skip


@router.post("/{loan_id}/possess", response_model=MurabahaObject, openapi_extra=WRITE)
def possess(request: Request, loan_id: Identifier, body: PossessionIn) -> Any:
    """The institution takes possession, at its own risk."""
    return _step(
        request, loan_id,
        lambda uow, loan, _asset, etag: purchasing.possess(uow, loan, body.command(), etag=etag),
    )  # fmt: skip


@router.post("/{loan_id}/sell", response_model=MurabahaObject, openapi_extra=WRITE)
def sell(request: Request, loan_id: Identifier, body: SaleIn) -> Any:
    """The institution sells the goods to the customer, at cost plus the disclosed profit."""
    return _step(
        request, loan_id,
        lambda uow, loan, asset, etag: selling.sell(uow, loan, body.command(asset), etag=etag),
    )  # fmt: skip


@router.post("/{loan_id}/decline", response_model=MurabahaObject, openapi_extra=WRITE)
def decline(request: Request, loan_id: Identifier, body: DeclineIn) -> Any:
    """The customer does not buy: the loan ends, his margin is settled."""
    return _step(
        request, loan_id,
        lambda uow, loan, _asset, etag: purchasing.decline(uow, loan, body.command(), etag=etag),
    )  # fmt: skip


@router.post("/{loan_id}/resell", response_model=MurabahaObject, openapi_extra=WRITE)
def resell(request: Request, loan_id: Identifier, body: ResaleIn) -> Any:
    """Declined goods are sold to another; of the margin only the actual loss is kept."""
    return _step(
        request, loan_id,
        lambda uow, loan, asset, etag: purchasing.resell(uow, loan, body.command(asset), etag=etag),
    )  # fmt: skip


@router.post("/{loan_id}/supplier-discount", response_model=MurabahaObject, openapi_extra=WRITE)
def pass_discount_on(request: Request, loan_id: Identifier, body: SupplierDiscountIn) -> Any:
    """A later discount of the supplier lowers the customer's price in proportion."""
    return _step(
        request, loan_id,
        lambda uow, loan, asset, etag: aftersale.discount(
            uow, loan, body.command(asset), etag=etag
        ),
    )  # fmt: skip


@router.post("/{loan_id}/rebate", response_model=MurabahaObject, openapi_extra=WRITE)
def rebate(request: Request, loan_id: Identifier, body: RebateIn | None = None) -> Any:
    """Gives up profit not yet earned to a customer who settles early."""
    asked = body or RebateIn()
    return _step(
        request, loan_id,
        lambda uow, loan, asset, etag: aftersale.rebate(uow, loan, asked.command(asset), etag=etag),
    )  # fmt: skip


@router.post("/{loan_id}/defect", response_model=MurabahaObject, openapi_extra=WRITE)
def decide_defect(request: Request, loan_id: Identifier, body: DefectIn) -> Any:
    """Decides a claim for a hidden defect."""
    return _step(
        request, loan_id,
        lambda uow, loan, asset, etag: aftersale.decide_defect(
            uow, loan, body.command(asset), etag=etag
        ),
    )  # fmt: skip
