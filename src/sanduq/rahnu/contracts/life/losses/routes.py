"""HTTP of losses in custody."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Money
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import PageQuery, amount, checked_id
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.life.losses import schemas, service, settling
from sanduq.rahnu.contracts.life.losses.schemas import PledgeLossList, PledgeLossObject, loss_out
from sanduq.rahnu.contracts.life.losses.settling import LossMoney
from sanduq.rahnu.contracts.life.wire import Identifier

router = APIRouter(prefix="/v1/rails/rahnu/contracts/{contract_id}/losses", tags=["Pledge losses"])

READ, WRITE = scope("rahnu:read"), scope("rahnu:write")


def _id(value: str) -> str:
    return checked_id(value, "rhn", "contract_id")


def _loss(value: str) -> str:
    return checked_id(value, "lss", "loss_id")


def _money(uow: UnitOfWork, contract_id: str, value: object, *, is_positive: bool = True) -> Money:
    asset = contracts.get(uow, _id(contract_id)).asset
    return amount(value, asset, "amount", is_positive=is_positive)


@router.post("", status_code=201, response_model=PledgeLossObject, openapi_extra=WRITE)
def report_loss(request: Request, contract_id: Identifier, body: schemas.PledgeLossIn) -> Any:
    """Reports things lost or spoilt in custody; another user decides."""
    return gateway(request).write(
        request,
        lambda uow: loss_out(service.report(uow, _id(contract_id), body.command())),
        status=201,
    )


@router.get("", response_model=PledgeLossList, openapi_extra=READ)
def list_losses(
    request: Request, contract_id: Identifier, query: Annotated[PageQuery, Query()]
) -> Any:
    """Losses of a pledge, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.losses(uow, _id(contract_id), query.page_request()).render(loss_out),
    )


@router.get("/{loss_id}", response_model=PledgeLossObject, openapi_extra=READ)
def get_loss(request: Request, contract_id: Identifier, loss_id: Identifier) -> Any:
    """One loss."""
    return gateway(request).read(
        request, lambda uow: loss_out(service.get(uow, _id(contract_id), _loss(loss_id)))
    )


@router.post("/{loss_id}/decide", response_model=PledgeLossObject, openapi_extra=WRITE)
def decide_loss(
    request: Request, contract_id: Identifier, loss_id: Identifier, body: schemas.LossDecisionIn
) -> Any:
    """Judges a loss: whose fault, and what is owed for it. Its reporter cannot."""

    def work(uow: UnitOfWork) -> Any:
        judged = body.command(contracts.get(uow, _id(contract_id)).asset)
        return loss_out(service.decide(uow, contract_id, _loss(loss_id), judged))

    return gateway(request).write(request, work)


@router.post("/{loss_id}/refuse", response_model=PledgeLossObject, openapi_extra=WRITE)
def refuse_loss(
    request: Request, contract_id: Identifier, loss_id: Identifier, body: schemas.LossRefusalIn
) -> Any:
    """Refuses a report: the things are there and sound."""
    return gateway(request).write(
        request,
        lambda uow: loss_out(
            service.refuse(uow, _id(contract_id), _loss(loss_id), reason=body.reason)
        ),
    )


@router.post("/{loss_id}/indemnity", response_model=PledgeLossObject, openapi_extra=WRITE)
def receive_loss_indemnity(
    request: Request, contract_id: Identifier, loss_id: Identifier, body: schemas.LossIndemnityIn
) -> Any:
    """Receives what takaful paid in the place of a thing; it is held for the owner."""

    def work(uow: UnitOfWork) -> Any:
        paid = LossMoney(_money(uow, contract_id, body.amount), body.method, body.reference)
        return loss_out(settling.receive_indemnity(uow, contract_id, _loss(loss_id), paid))

    return gateway(request).write(request, work)


@router.post("/{loss_id}/payments", response_model=PledgeLossObject, openapi_extra=WRITE)
def pay_loss(
    request: Request, contract_id: Identifier, loss_id: Identifier, body: schemas.LossPaymentIn
) -> Any:
    """Pays the owner what is held for him."""

    def work(uow: UnitOfWork) -> Any:
        paid = LossMoney(
            _money(uow, contract_id, body.amount), body.method, body.reference,
            body.recipient_id, tuple(body.present_ids),
        )  # fmt: skip
        return loss_out(settling.pay_out(uow, contract_id, _loss(loss_id), paid))

    return gateway(request).write(request, work)


@router.post("/{loss_id}/replacement", response_model=PledgeLossObject, openapi_extra=WRITE)
def replace_lost(
    request: Request, contract_id: Identifier, loss_id: Identifier, body: schemas.LossReplacementIn
) -> Any:
    """Records that lost metal was given back by its like."""

    def work(uow: UnitOfWork) -> Any:
        cost = None
        if body.cost is not None:
            cost = _money(uow, contract_id, body.cost, is_positive=False)
        made = settling.replace_like(
            uow, _id(contract_id), _loss(loss_id), tuple(body.item_ids), cost=cost,
            reference=body.reference,
        )  # fmt: skip
        return loss_out(made)

    return gateway(request).write(request, work)
