"""What the rules are told about a sale: before it, and when its price is shared out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sanduq.kit.db import UnitOfWork
from sanduq.rahnu.contracts.facts import Gathered
from sanduq.rahnu.contracts.liquidation.auctions.facts import before_sale
from sanduq.rahnu.contracts.liquidation.auctions.related import related
from sanduq.rahnu.contracts.liquidation.notices import defaults
from sanduq.rahnu.contracts.liquidation.notices.model import ConsentKind, consent_of_kind
from sanduq.rahnu.contracts.liquidation.sales.model import (
    Sale,
    SaleMethod,
    collection_costs_minor,
    independent_quote_minor,
    sale_costs_minor,
)
from sanduq.rahnu.facts import RahnFacts
from sanduq.rahnu.facts_pledge import CostKind as OwnerCostKind
from sanduq.rahnu.facts_pledge import OwnerCost
from sanduq.rahnu.facts_sale import (
    FeeEnd,
    OwnerSale,
    SaleChannel,
    SaleFact,
    ShortfallFact,
    SurplusFact,
)
from sanduq.rahnu.facts_sale import Lot as LotFact
from sanduq.rahnu.model import Waterfall
from sanduq.shariah.facts import Charge, ChargeKind, DebtorState


def of_sale(uow: UnitOfWork, known: Gathered, sale: Sale, claims_minor: int) -> RahnFacts:
    """A sale to a dealer, or of the owner to the creditor, as the rules look at it.

    A sale by agency rests on notices and consents; the owner's own sale on his will alone.
    """
    contract = known.contract
    near = related(uow, [sale.buyer_id], contract.pledgee_id)
    consents = defaults.consents_of(uow, contract.contract_id)
    is_own = sale.method is SaleMethod.OWNER_SALE or sale.owner_sale_contract is not None
    balance = max(0, sale.price_minor - claims_minor)
    fact = SaleFact(
        channel=SaleChannel.TO_CREDITOR if is_own else SaleChannel.DEALER,
        market_minor=sale.market_minor,
        reference_at=sale.priced_at,
        price_minor=sale.price_minor,
        sold_at=uow.now,
        buyer_id=sale.buyer_id,
        is_related=bool(near),
        price_consent_id=consent_of_kind(consents, ConsentKind.BELOW_MARKET),
        owner_sale=OwnerSale(
            contract_id=sale.owner_sale_contract,
            independent_quote_minor=_quote(uow, known, sale),
            balance_due_minor=balance,
            balance_paid_minor=balance,
        )
        if is_own
        else None,
        lots=() if is_own else tuple(LotFact(one.item_id, one.market_minor) for one in sale.items),
        needed_minor=claims_minor,
    )
    if is_own:
        return replace(known.facts, sale=fact)
    return replace(before_sale(uow, known), sale=fact)


def _quote(uow: UnitOfWork, known: Gathered, sale: Sale) -> int | None:
    givers = {one.given_by for one in sale.quotes}
    near = related(uow, givers, known.contract.pledgee_id)
    return independent_quote_minor(sale.quotes, frozenset({*near, sale.buyer_id}))


def of_sharing(known: Gathered, sale: Sale, shared: Waterfall, state: DebtorState) -> RahnFacts:
    """The price shared out today: who bears which cost, what is the owner's, what stays owed."""
    on, terms = known.facts.on, known.template.terms
    asked = sale_costs_minor(sale.costs)
    surplus = SurplusFact(
        amount_minor=shared.surplus_minor,
        sold_on=on,
        recorded_on=on,
        pay_by_on=on + timedelta(days=terms.surplus_days),
    )
    collection = collection_costs_minor(sale.costs)
    charges = (
        (Charge(ChargeKind.COLLECTION_ACTUAL, collection, evidence_minor=collection),)
        if collection
        else ()
    )
    return replace(
        known.facts,
        debtor_state=state,
        fee=None,
        charges=charges,
        owner_costs=(OwnerCost(OwnerCostKind.SALE, shared.costs_minor, evidence_minor=asked),),
        waterfall=shared,
        surplus=surplus if shared.surplus_minor else None,
        shortfall=ShortfallFact(shared.shortfall_minor),
        fee_end=FeeEnd(charged_through_on=on, sold_on=on),
    )
