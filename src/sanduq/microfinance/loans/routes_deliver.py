"""Delivery, the one step two kinds of loan share by name: an asset to a lessee, goods to us."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Discriminator, Tag

from sanduq.kit.web import scope
from sanduq.microfinance.loans.ijarah.routes import deliver_asset
from sanduq.microfinance.loans.ijarah.schemas_out import IjarahOut
from sanduq.microfinance.loans.ijarah.schemas_steps import DeliverIn
from sanduq.microfinance.loans.salam.routes import deliver_goods
from sanduq.microfinance.loans.salam.schemas import SalamObject
from sanduq.microfinance.loans.salam.schemas_steps import DeliverGoodsIn
from sanduq.microfinance.loans.schemas_application import Identifier

router = APIRouter(prefix="/v1/rails/microfinance", tags=["Microfinance loans"])

_OF_GOODS = frozenset({"quality", "quantity", "settle"})


def _what(body: Any) -> str:
    """Goods have a quantity and a quality, an asset has neither."""
    if isinstance(body, DeliverGoodsIn):
        return "goods"
    return "goods" if isinstance(body, dict) and _OF_GOODS & body.keys() else "asset"


Delivered = Annotated[
    Annotated[DeliverGoodsIn, Tag("goods")] | Annotated[DeliverIn, Tag("asset")],
    Discriminator(_what),
]


@router.post(
    "/loans/{loan_id}/deliver",
    response_model=SalamObject | IjarahOut,
    openapi_extra=scope("microfinance:write"),
)
def deliver(request: Request, loan_id: Identifier, body: Delivered) -> Any:
    """Goods of a salam are brought by the seller, or the asset of a lease to the lessee."""
    if isinstance(body, DeliverGoodsIn):
        return deliver_goods(request, loan_id, body)
    return deliver_asset(request, loan_id, body)
