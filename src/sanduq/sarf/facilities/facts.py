"""What the rules are told of a facility: gathered once per verb."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from sanduq.access import service as access
from sanduq.kit.clock import local_date
from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Asset
from sanduq.parties import service as parties
from sanduq.parties.model import Party
from sanduq.sarf.facilities.model import Facility
from sanduq.sarf.facilities.quotes.model import Quote
from sanduq.sarf.facilities.ties import tied_to
from sanduq.sarf.facts import SarfFacts
from sanduq.sarf.facts_facility import ContractOneFact, DisclosureFact, FeeFact
from sanduq.sarf.monitors import service as monitors
from sanduq.sarf.terms import disclosure
from sanduq.sarf.terms import service as terms_service
from sanduq.sarf.terms.model import Terms
from sanduq.shariah import service as shariah
from sanduq.shariah.facts import Condition, ContractKind, PartyCapacity
from sanduq.shariah.model import ShariahProfile

_SECOND = timedelta(seconds=1)
PURPOSE = "gold_sale"
DISCLOSED = ("SCF-16", "SRF-20")


@dataclass(frozen=True, slots=True)
class Deal:
    """What belongs to a facility whatever is done with it, read once."""

    terms: Terms
    customer: Party
    names: Sequence[str]


def deal(uow: UnitOfWork, facility: Facility) -> Deal:
    """The terms and the customer of a facility, and the ids it goes by."""
    names = [facility.facility_id, facility.quote_id]
    if facility.external_id is not None:
        names.append(facility.external_id)
    return Deal(
        terms_service.get(uow, facility.terms_id),
        parties.get_party(uow, facility.customer_id),
        names,
    )


def facility_facts(
    uow: UnitOfWork,
    known: Deal,
    asset: Asset,
    *,
    conditions: Sequence[str] = (),
) -> SarfFacts:
    """What every command of a facility is judged by: terms, board, customer, ties, signs."""
    institution = access.get_institution(uow)
    terms, customer = known.terms, known.customer
    board = terms_service.board_questions(uow, terms)
    ranks = {tier.tier: tier.rank for tier in parties.list_tiers(uow)}
    return SarfFacts(
        on=uow.today,
        asset=asset,
        profile=ShariahProfile(uow.shariah_profile),
        resolutions=shariah.live_resolutions(uow, uow.today),
        approval=terms_service.terms_approval(uow, terms),
        purpose_code=PURPOSE,
        prohibited_codes=institution.prohibited_purposes,
        parties=(
            PartyCapacity(
                "customer", customer.birth_on, institution.majority_age_years,
                is_interdicted=customer.is_interdicted,
            ),
        ),
        kyc_rank=ranks[customer.kyc_tier],
        kyc_rank_min=1,
        conditions=tuple(Condition(ContractKind.SARF, ContractKind(one)) for one in conditions),
        is_jewellery_gold=terms.settings.is_jewellery_gold,
        possession_kinds=frozenset(terms.settings.possession_kinds),
        board=board,
        monitor=monitors.fact(uow, asset, terms.settings),
        ties=tied_to(uow, customer.party_id, known.names),
    )  # fmt: skip


def purchase_fact(
    facility: Facility,
    terms: Terms,
    *,
    text: str,
    waited_hours: Fraction | None,
    fees: Sequence[FeeFact] = (),
    debt_references: Sequence[str] = (),
) -> ContractOneFact:
    """The sale by the customer as the rules look at it; its data names no later contract."""
    return ContractOneFact(
        texts=(text,) if text else (),
        debt_references=tuple(debt_references),
        links=tuple(one.buy_back_id for one in facility.buy_backs),
        fees=tuple(fees),
        owner_declaration=facility.owner_declaration,
        stolen_goods_check=facility.stolen_goods_check,
        waited_hours=waited_hours,
        wait_hours_min=terms.settings.pre_offer_wait_hours,
    )


def disclosure_fact(facility: Facility, quote: Quote) -> DisclosureFact:
    """What the customer must be told, and acknowledged."""
    return DisclosureFact(
        version=quote.disclosure_version,
        lines=disclosure.LINE_CODES,
        acknowledged=frozenset(facility.acknowledged_lines),
    )


def waited_hours(uow: UnitOfWork, quote: Quote) -> Fraction:
    """The time the customer has had to think, in hours."""
    return Fraction((uow.now - quote.created_at) // _SECOND, 3600)


def sold_on(uow: UnitOfWork, facility: Facility) -> date:
    """The institution's day of the sale."""
    assert facility.sold_at is not None
    return local_date(facility.sold_at, uow.time_zone)
