"""The parallel salam: goods of a description sold to a buyer who pays now, delivered later.

It is a contract of its own (SLM-16): it names no other, and what another owes us is no excuse.
Goods for it are taken from what is in hand, whoever delivered them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as events
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.microfinance.loans.salam import events as names
from sanduq.microfinance.loans.salam import postings, store, store_goods, store_parallel
from sanduq.microfinance.loans.salam import service_commodities as commodities
from sanduq.microfinance.loans.salam.errors import (
    GoodsNotInHand,
    MoreThanUndelivered,
    ParallelNotFound,
    SalamChangedMeanwhile,
)
from sanduq.microfinance.loans.salam.facts import (
    Action,
    Goods,
    Parallel,
    Payment,
    SalamFacts,
    Sale,
)
from sanduq.microfinance.loans.salam.model_goods import (
    MoveKind,
    ParallelSalam,
    ParallelStatus,
    after_delivery,
    drawn,
)
from sanduq.microfinance.loans.salam.model_terms import quantity_number, total_price_minor
from sanduq.microfinance.loans.salam.rules import evaluate
from sanduq.microfinance.loans.salam.schemas_parallel import parallel_out
from sanduq.microfinance.loans.salam.service import TRADE_STEP
from sanduq.microfinance.loans.salam.service_goods import check_sale_day, take_out
from sanduq.parties import service as parties
from sanduq.parties.model import Party, PartyKind
from sanduq.shariah import service as shariah
from sanduq.shariah.facts import PartyCapacity
from sanduq.shariah.model import ShariahProfile

PERSONS_RULE = "GEN-04"  # capacity by age: a mill or a shop has none


@dataclass(frozen=True, slots=True, kw_only=True)
class NewParallel:
    """A sale by salam to `buyer_id`, whose whole price is received at the contract."""

    buyer_id: str
    commodity: str
    quantity_milli: int
    quantity_unit: str
    price_per_unit: Money
    price: Money | None
    specifications: Mapping[str, str]
    delivery_on: date
    delivery_place: str | None = None
    branch_id: str | None = None
    notes: str | None = None
    external_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


def create(uow: UnitOfWork, new: NewParallel) -> ParallelSalam:
    """Concludes a parallel salam and receives its price.

    Refuses NOT_FOUND (buyer, branch), VALIDATION_ERROR, FORBIDDEN, CONFLICT (external id), and
    SHARIAH_VIOLATION: goods salam cannot take, a word that ties it to another contract (SLM-16),
    a buyer who sold us such goods, unless a resolution permits it (SLM-17).
    """
    buyer = parties.get_party(uow, new.buyer_id)
    branch_id = new.branch_id or access.default_branch(uow)
    if not access.known_branches(uow, [branch_id]):
        raise NotFound(f"there is no branch {branch_id}")
    price = _price(new)
    access.require_authority(uow, TRADE_STEP, price)
    parallel = ParallelSalam(
        parallel_id=new_id("psl"),
        external_id=new.external_id,
        buyer_id=new.buyer_id,
        branch_id=branch_id,
        asset=price.asset,
        commodity=new.commodity,
        quantity_milli=new.quantity_milli,
        quantity_unit=new.quantity_unit,
        price_per_unit_minor=new.price_per_unit.amount_minor,
        price_minor=price.amount_minor,
        specifications=new.specifications,
        delivery_on=new.delivery_on,
        delivery_place=new.delivery_place or store.branch_name(uow, branch_id),
        notes=new.notes,
        delivered_milli=0,
        earned_minor=0,
        status=ParallelStatus.ACTIVE,
        metadata=new.metadata,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        version=1,
    )
    evaluations = [
        each
        for each in evaluate(_facts(uow, parallel, buyer), Action.OPEN_PARALLEL)
        if buyer.kind is PartyKind.PERSON or each.rule_id != PERSONS_RULE
    ]
    shariah.enforce([finding for item in evaluations for finding in item.findings])
    store_parallel.insert(uow, parallel)
    inputs = {"commodity": new.commodity, "quantity_milli": new.quantity_milli, "price": price}
    shariah.store_evaluations(uow, parallel.parallel_id, Action.OPEN_PARALLEL, evaluations, inputs)
    audit.record(uow, [Deed("parallel_salam.create", parallel.parallel_id)])
    events.record(
        uow, [Event(names.PARALLEL_CREATED, parallel.parallel_id, parallel_out(parallel))]
    )
    ledger.open_accounts(
        uow,
        [
            postings.cash_place(price.asset, branch_id),
            postings.parallel_place(price.asset, parallel.parallel_id),
        ],
    )
    journal = postings.parallel_price(
        price.asset, branch_id, parallel.parallel_id, price.amount_minor, uow.today
    )
    ledger.post(uow, [journal])
    return parallel


def _price(new: NewParallel) -> Money:
    total = total_price_minor(new.quantity_milli, new.price_per_unit.amount_minor)
    if total is None:
        message = "quantity times price is no whole number of minor units"
        raise ValidationFailed.field("price_per_unit", "inexact_total", message)
    price = Money(total, new.price_per_unit.asset)
    if new.price not in (None, price):
        message = f"price is {new.price}, quantity times price_per_unit is {price}"
        raise ValidationFailed.field("price", "total_differs", message)
    return price


def _facts(uow: UnitOfWork, parallel: ParallelSalam, buyer: Party) -> SalamFacts:
    institution = access.get_institution(uow)
    sellers = store.sellers_of(uow, parallel.commodity)
    person = PartyCapacity(
        "buyer", buyer.birth_on, institution.majority_age_years,
        is_interdicted=buyer.is_interdicted,
    )  # fmt: skip
    return SalamFacts(
        on=uow.today,
        asset=parallel.asset,
        profile=ShariahProfile(uow.shariah_profile),
        resolutions=shariah.live_resolutions(uow, uow.today),
        purpose_code="parallel_salam",
        commodity_code=parallel.commodity,
        prohibited_codes=institution.prohibited_purposes,
        parties=(person,),
        contract_id=parallel.parallel_id,
        goods=Goods(
            commodities.facts_of(uow, parallel.commodity),
            parallel.quantity_milli,
            parallel.quantity_unit,
            parallel.specifications,
        ),
        dues=((parallel.delivery_on, parallel.quantity_milli),),
        place=parallel.delivery_place,
        contracted_on=uow.today,
        price=Payment(uow.today, parallel.price_minor, 0),
        parallel=Parallel(
            texts=tuple(
                text
                for text in (
                    parallel.notes,
                    parallel.external_id,
                    *(f"{name} {value}" for name, value in parallel.metadata.items()),
                )
                if text
            ),
            buyer_id=parallel.buyer_id,
            seller_ids=frozenset(sellers),
            alike_ids=_alike(uow, buyer, sellers),
        ),
    )


def _alike(uow: UnitOfWork, buyer: Party, seller_ids: set[str]) -> frozenset[str]:
    """Sellers that share telephone, or name and birthday, with a buyer."""
    others = parties.load_parties(uow, seller_ids - {buyer.party_id})

    def is_alike(other: Party) -> bool:
        has_phone = buyer.phone is not None and other.phone == buyer.phone
        has_name = other.name.casefold() == buyer.name.casefold()
        return has_phone or (has_name and other.birth_on == buyer.birth_on)

    return frozenset(each for each, other in others.items() if is_alike(other))


def get(uow: UnitOfWork, parallel_id: str) -> ParallelSalam:
    """One parallel salam. Refuses NOT_FOUND."""
    found = store_parallel.get(uow, parallel_id)
    if found is None:
        raise ParallelNotFound
    return found


def search(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    status: str | None = None,
    buyer_id: str | None = None,
) -> Page[ParallelSalam]:
    """Parallel salams, newest first."""
    return store_parallel.search(uow, request, status=status, buyer_id=buyer_id)


def deliver(
    uow: UnitOfWork,
    parallel_id: str,
    *,
    quantity_milli: int,
    on: date,
    document: str,
    etag: str | None = None,
) -> ParallelSalam:
    """Delivers goods in hand of the description to the buyer, oldest first.

    Refuses NOT_FOUND, CONFLICT (changed since the caller's copy), FORBIDDEN, VALIDATION_ERROR
    (more than is owed, a day that cannot be), FUNDS_INSUFFICIENT when not enough is in hand:
    what a seller owes us is no excuse towards the buyer (SLM-16).
    """
    parallel = store_parallel.get(uow, parallel_id, is_locked=True)
    if parallel is None:
        raise ParallelNotFound
    if etag is not None and etag != parallel.etag:
        raise SalamChangedMeanwhile
    if not 0 < quantity_milli <= parallel.undelivered_milli:
        left = quantity_number(parallel.undelivered_milli)
        message = f"{left:f} {parallel.quantity_unit} are still to be delivered"
        raise MoreThanUndelivered.field("quantity", "exceeds_undelivered", message)
    after = after_delivery(parallel, quantity_milli)
    earned = after.earned_minor - parallel.earned_minor
    access.require_authority(uow, TRADE_STEP, Money(earned, parallel.asset))
    lots = store_goods.lots_fit_for(
        uow, parallel.commodity, str(parallel.asset), parallel.specifications
    )
    held = sum(lot.left_milli for lot in lots)
    if held < quantity_milli:
        message = (
            f"{quantity_number(held):f} {parallel.quantity_unit} of that description are in hand;"
            " buy the rest: what others owe us is no excuse (rule SLM-16)"
        )
        details = [{"field": "quantity", "code": "not_in_hand", "message": message}]
        raise GoodsNotInHand(message, details=details)
    draws = drawn(lots, quantity_milli)
    check_sale_day(uow, draws, on)
    _judge_delivery(uow, parallel, quantity_milli, held)
    parts = [postings.Drawn(draw.lot.contract_id, draw.cost_minor) for draw in draws]
    journal = postings.parallel_delivered(parallel.asset, parallel_id, earned, parts, on)
    take_out(uow, draws, MoveKind.PARALLEL, parallel_id, journal.journal_id, on)
    store_parallel.update(uow, after)
    audit.record(uow, [Deed("parallel_salam.deliver", parallel_id, None, {"document": document})])
    events.record(uow, [Event(names.PARALLEL_DELIVERED, parallel_id, parallel_out(after))])
    ledger.open_accounts(uow, postings.sale_places(parallel.asset, parallel.branch_id))
    if journal.entries:
        ledger.post(uow, [journal])
    return after


def _judge_delivery(
    uow: UnitOfWork, parallel: ParallelSalam, quantity_milli: int, held_milli: int
) -> None:
    facts = SalamFacts(
        on=uow.today,
        asset=parallel.asset,
        profile=ShariahProfile(uow.shariah_profile),
        sale=Sale(quantity_milli, held_milli),
        parallel=Parallel(texts=(), buyer_id=parallel.buyer_id, seller_ids=frozenset()),
    )
    evaluations = evaluate(facts, Action.DELIVER_PARALLEL)
    shariah.enforce([finding for item in evaluations for finding in item.findings])
    inputs = {"quantity_milli": quantity_milli, "held_milli": held_milli}
    shariah.store_evaluations(
        uow, parallel.parallel_id, Action.DELIVER_PARALLEL, evaluations, inputs
    )
