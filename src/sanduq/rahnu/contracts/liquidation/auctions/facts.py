"""What the rules of a sale are told about a lot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sanduq.kit.db import UnitOfWork
from sanduq.rahnu.contracts.facts import Gathered
from sanduq.rahnu.contracts.liquidation.auctions.model import Auction, Lot
from sanduq.rahnu.contracts.liquidation.notices import defaults
from sanduq.rahnu.contracts.liquidation.notices import service as notices
from sanduq.rahnu.contracts.liquidation.notices.model import (
    ConsentKind,
    SaleConsent,
    consent_fact,
    consent_of_kind,
)
from sanduq.rahnu.contracts.liquidation.service import signed_on
from sanduq.rahnu.contracts.model import PledgeStatus
from sanduq.rahnu.facts import RahnFacts
from sanduq.rahnu.facts_sale import Lot as LotFact
from sanduq.rahnu.facts_sale import SaleChannel, SaleFact
from sanduq.shariah.facts import DebtMeasure, DebtorState


@dataclass(frozen=True, slots=True)
class Strike:
    """A lot at the fall of the hammer."""

    price_minor: int
    buyer_id: str
    is_related: bool
    sold_at: datetime


def before_sale(uow: UnitOfWork, known: Gathered) -> RahnFacts:
    """What every sale of a pledge is decided against: notices, consents, the debtor's means."""
    contract = known.contract
    given = (each.as_fact for each in notices.of_contract(uow, contract.contract_id))
    consents = defaults.consents_of(uow, contract.contract_id)
    agency = signed_on(uow, contract) if known.template.terms.has_sale_agency else None
    return replace(
        known.facts,
        notices=tuple(fact for fact in given if fact is not None),
        consent=consent_fact(consents, agency),
        debtor_state=debtor_state(uow, contract.contract_id),
        measures=(DebtMeasure.PLEDGE_SALE_AT_DUE,),
        is_margin_call=contract.status is PledgeStatus.MARGIN_CALL,
    )


def debtor_state(uow: UnitOfWork, contract_id: str) -> DebtorState:
    """How the debtor was classed last; unknown while nobody looked."""
    found = defaults.findings_of(uow, contract_id)
    return DebtorState(found[0].finding.value) if found else DebtorState.UNKNOWN


def sale_fact(
    auction: Auction, lot: Lot, consents: list[SaleConsent], strike: Strike | None = None
) -> SaleFact:
    """A lot planned, or struck."""
    best_price = consent_of_kind(consents, ConsentKind.BEST_PRICE)
    below = consent_of_kind(consents, ConsentKind.BELOW_MARKET)
    announced = auction.announced_on
    return SaleFact(
        channel=SaleChannel.AUCTION,
        market_minor=lot.market_minor,
        reference_at=lot.priced_at,
        price_minor=None if strike is None else strike.price_minor,
        reserve_minor=lot.reserve_minor,
        sale_at=auction.opens_at,
        sold_at=None if strike is None else strike.sold_at,
        attempt=lot.attempt,
        announced_at=None
        if announced is None
        else datetime.combine(announced, datetime.min.time(), auction.opens_at.tzinfo),
        place=auction.place,
        auctioneer_licence=auction.licence,
        is_licence_required=auction.is_licence_required,
        buyer_id=None if strike is None else strike.buyer_id,
        is_related=strike is not None and strike.is_related,
        price_consent_id=best_price if lot.is_best_price else below,
        best_price_notice_id=best_price,
        lots=tuple(LotFact(one.item_id, one.market_minor) for one in lot.items),
        needed_minor=lot.needed_minor,
    )
