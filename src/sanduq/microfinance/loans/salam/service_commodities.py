"""Commodities: registered once, so that contracts describe their goods in full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as events
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.loans.salam import events as names
from sanduq.microfinance.loans.salam import store_goods
from sanduq.microfinance.loans.salam.errors import CommodityNotFound, CommodityUnknown
from sanduq.microfinance.loans.salam.facts import CommodityFacts, CommodityKind
from sanduq.microfinance.loans.salam.model_goods import Commodity
from sanduq.microfinance.loans.salam.rules_goods import is_money
from sanduq.microfinance.loans.salam.schemas_goods import commodity_out


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCommodity:
    """A commodity about to be registered."""

    code: str
    name: str
    kind: CommodityKind
    unit: str
    is_fungible: bool
    required_specifications: tuple[str, ...]
    harvest_months: tuple[int, ...]
    external_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


def create(uow: UnitOfWork, new: NewCommodity) -> Commodity:
    """Registers a commodity. Whether it may be sold by salam is for the rules to say when it is.

    Refuses CONFLICT a code or external id that is taken.
    """
    commodity = Commodity(
        commodity_id=new_id("cmd"),
        code=new.code,
        external_id=new.external_id,
        name=new.name,
        kind=new.kind,
        unit=new.unit,
        is_fungible=new.is_fungible,
        required_specifications=tuple(sorted(set(new.required_specifications))),
        harvest_months=tuple(sorted(set(new.harvest_months))),
        metadata=new.metadata,
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    store_goods.insert_commodity(uow, commodity)
    details = {"kind": str(commodity.kind), "is_fungible": str(commodity.is_fungible).lower()}
    audit.record(uow, [Deed("commodity.create", commodity.commodity_id, None, details)])
    events.record(
        uow, [Event(names.COMMODITY_CREATED, commodity.commodity_id, commodity_out(commodity))]
    )
    return commodity


def get(uow: UnitOfWork, commodity_id: str) -> Commodity:
    """One commodity. Refuses NOT_FOUND."""
    found = store_goods.commodity(uow, id_=commodity_id)
    if found is None:
        raise CommodityNotFound
    return found


def search(uow: UnitOfWork, request: PageRequest) -> Page[Commodity]:
    """Commodities, newest first."""
    return store_goods.list_commodities(uow, request)


def facts_of(uow: UnitOfWork, code: str) -> CommodityFacts:
    """A commodity as the rules look at it.

    Refuses VALIDATION_ERROR one that is not registered, unless its name alone says that salam
    cannot take it (SLM-04): then the rule is to speak.
    """
    found = store_goods.commodity(uow, code=code)
    if found is not None:
        return found.facts
    if is_money(CommodityFacts(code)):
        return CommodityFacts(code)
    message = f"{code} is not registered: POST /v1/rails/microfinance/commodities first"
    raise CommodityUnknown.field("commodity", "unknown_commodity", message)
