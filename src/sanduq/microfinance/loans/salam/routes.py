"""HTTP of salam: each step is parsed, carried out by one service function, and rendered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Asset
from sanduq.kit.web import gateway, if_match, scope
from sanduq.kit.wire import PageQuery, amount, asset_of, checked_id
from sanduq.microfinance.loans.salam import (
    service,
    service_delivery,
    service_goods,
    service_remedies,
)
from sanduq.microfinance.loans.salam.model_terms import QUANTITY
from sanduq.microfinance.loans.salam.schemas import SalamObject
from sanduq.microfinance.loans.salam.schemas_goods import (
    GoodsFilters,
    SalamGoodsList,
    SalamGoodsObject,
    SalamSaleObject,
    SellGoodsIn,
    WriteDownIn,
    goods_out,
    sale_out,
)
from sanduq.microfinance.loans.salam.schemas_steps import (
    CancelSalamIn,
    DeliverGoodsIn,
    PayPriceIn,
    RemediesOut,
    SellPledgeIn,
    SubstituteIn,
    WaitIn,
    remedies_out,
)
from sanduq.microfinance.loans.salam.service_goods import SellGoods
from sanduq.microfinance.loans.schemas_application import Identifier

router = APIRouter(prefix="/v1/rails/microfinance", tags=["Salam"])

READ, WRITE = scope("microfinance:read"), scope("microfinance:write")

Step = Callable[[UnitOfWork, str, Asset, date, str | None], dict[str, Any]]


def _loan_id(value: str) -> str:
    return checked_id(value, "mfl", "loan_id")


def _step(request: Request, loan_id: str, act: Step) -> Any:
    """A step on one contract, its amounts read in the contract's currency."""
    checked, etag = _loan_id(loan_id), if_match(request)

    def work(uow: UnitOfWork) -> Any:
        return act(
            uow, checked, service.loan_of(uow, checked, is_locked=False).asset, uow.today, etag
        )

    return gateway(request).write(request, work)


@router.post("/loans/{loan_id}/pay-price", response_model=SalamObject, openapi_extra=WRITE)
def pay_price(request: Request, loan_id: Identifier, body: PayPriceIn | None = None) -> Any:
    """Pays the price of a salam, whole or in part; complete, the loan is disbursed."""
    asked = body or PayPriceIn()
    return _step(
        request,
        loan_id,
        lambda uow, loan, asset, today, etag: service.pay_price(
            uow, loan, asked.command(asset, today), etag=etag
        ),
    )


def deliver_goods(request: Request, loan_id: Identifier, body: DeliverGoodsIn) -> Any:
    """Goods are brought and taken, or refused; part of them or all, early or on the day."""
    return _step(
        request,
        loan_id,
        lambda uow, loan, asset, today, etag: service_delivery.deliver(
            uow, loan, body.command(asset, today), etag=etag
        ),
    )


@router.post("/loans/{loan_id}/substitute", response_model=SalamObject, openapi_extra=WRITE)
def substitute_goods(request: Request, loan_id: Identifier, body: SubstituteIn) -> Any:
    """Takes other goods in place of goods that are due."""
    return _step(
        request,
        loan_id,
        lambda uow, loan, asset, today, etag: service_delivery.substitute(
            uow, loan, body.command(asset, today), etag=etag
        ),
    )


@router.post("/loans/{loan_id}/wait", response_model=SalamObject, openapi_extra=WRITE)
def wait_for_goods(request: Request, loan_id: Identifier, body: WaitIn) -> Any:
    """Gives the seller time, for nothing."""
    return _step(
        request,
        loan_id,
        lambda uow, loan, _asset, _today, etag: service_remedies.wait(
            uow, loan, until=body.until, reason=body.reason, etag=etag
        ),
    )


@router.post("/loans/{loan_id}/cancel-salam", response_model=SalamObject, openapi_extra=WRITE)
def cancel_salam(request: Request, loan_id: Identifier, body: CancelSalamIn) -> Any:
    """Gives goods up: their capital comes back, exactly, by ordinary repayments."""
    return _step(
        request,
        loan_id,
        lambda uow, loan, _asset, today, etag: service_remedies.cancel_salam(
            uow, loan, body.command(today), etag=etag
        ),
    )


@router.post("/loans/{loan_id}/pledge-sale", response_model=SalamObject, openapi_extra=WRITE)
def sell_pledge(request: Request, loan_id: Identifier, body: SellPledgeIn) -> Any:
    """The price of a pledge pays money due and unpaid; what is over is the pledgor's."""
    return _step(
        request,
        loan_id,
        lambda uow, loan, asset, today, etag: service_remedies.sell_pledge(
            uow, loan, body.command(asset, today), etag=etag
        ),
    )


@router.get("/loans/{loan_id}/remedies", response_model=RemediesOut, openapi_extra=READ)
def list_remedies(request: Request, loan_id: Identifier) -> Any:
    """What may be chosen for goods not delivered: to wait, to cancel, to agree on others."""
    checked = _loan_id(loan_id)
    return gateway(request).read(
        request, lambda uow: remedies_out(*service_remedies.offered(uow, checked))
    )


@router.get("/loans/{loan_id}/goods", response_model=SalamGoodsList, openapi_extra=READ)
def list_loan_goods(
    request: Request, loan_id: Identifier, query: Annotated[PageQuery, Query()]
) -> Any:
    """Goods received under one salam, newest first, with what of them is in hand."""
    checked = _loan_id(loan_id)
    return gateway(request).read(
        request,
        lambda uow: service_goods.search(uow, query.page_request(), loan_id=checked).render(
            goods_out
        ),
    )


@router.post(
    "/loans/{loan_id}/goods/sell",
    status_code=201,
    response_model=SalamSaleObject,
    openapi_extra=WRITE,
)
def sell_goods(request: Request, loan_id: Identifier, body: SellGoodsIn) -> Any:
    """Sells goods received under one salam for cash."""
    checked = _loan_id(loan_id)
    buyer_id = checked_id(body.buyer_id, "cpty", "buyer_id")

    def work(uow: UnitOfWork) -> Any:
        asset = service.loan_of(uow, checked, is_locked=False).asset
        command = SellGoods(
            buyer_id=buyer_id,
            quantity_milli=amount(
                body.quantity, QUANTITY, "quantity", is_positive=True
            ).amount_minor,
            price=amount(body.price, asset, "price", is_positive=True),
            on=body.on or uow.today,
            document=body.document,
        )
        return sale_out(service_goods.sell(uow, checked, command))

    return gateway(request).write(request, work, status=201)


@router.get("/salam-goods", response_model=SalamGoodsList, openapi_extra=READ)
def list_goods(request: Request, query: Annotated[GoodsFilters, Query()]) -> Any:
    """Goods received under any salam, newest first, with what of them is in hand."""
    return gateway(request).read(
        request,
        lambda uow: service_goods.search(
            uow, query.page_request(), commodity=query.commodity
        ).render(goods_out),
    )


@router.post(
    "/salam-goods/{goods_id}/write-down", response_model=SalamGoodsObject, openapi_extra=WRITE
)
def write_down_goods(request: Request, goods_id: Identifier, body: WriteDownIn) -> Any:
    """Takes goods in hand to what they would fetch, where that is less than their cost."""
    checked = checked_id(goods_id, "gds", "goods_id")
    value = amount(body.market_value, asset_of(body.currency), "market_value")
    return gateway(request).write(
        request,
        lambda uow: goods_out(
            service_goods.write_down(
                uow, checked, market_value=value, on=body.on or uow.today, document=body.document
            )
        ),
    )
