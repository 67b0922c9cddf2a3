"""What the rules are told of a facility: gathered once per verb."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from sanduq.access import service as access
from sanduq.kit.clock import local_date
from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Asset
from sanduq.parties import service as parties
from sanduq.parties.model import Party
from sanduq.sarf.facilities import store
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
from sanduq.shariah.facts_contracts import Move
from sanduq.shariah.model import ShariahProfile

_SECOND = timedelta(seconds=1)
PURPOSE = "gold_sale"
INSTITUTION = "institution"
"""The other side of every exchange, as moves of a thing name it."""


@dataclass(frozen=True, slots=True)
class Deal:
    """What belongs to a facility whatever is done with it, read once."""

    terms: Terms
    customer: Party
    names: Sequence[str]


def deal(uow: UnitOfWork, facility: Facility) -> Deal:
    """The terms and the customer of a facility, and the ids it goes by."""
    promise_id = facility.promise.promise_id if facility.promise is not None else None
    ids = (
        facility.facility_id, facility.external_id, facility.quote_id, promise_id,
        facility.purchase_session_id, *(one.buy_back_id for one in facility.buy_backs),
    )  # fmt: skip
    names = [one for one in ids if one is not None]
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
    is_selling: bool = False,
) -> SarfFacts:
    """What every command of a facility is judged by: terms, board, customer, ties.

    `is_selling`: gold is about to be sold to us, so signs of a disguised loan count (SCF-13).
    """
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
        monitor=monitors.fact(uow, asset, terms.settings) if is_selling else None,
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
    """What the customer was told with his quote, and what of it he acknowledged."""
    return DisclosureFact(
        version=quote.disclosure_version,
        lines=tuple(line.code for line in quote.disclosure),
        acknowledged=frozenset(facility.acknowledged_lines),
    )


def scope_acknowledged(facility: Facility, quote: Quote) -> frozenset[tuple[str, str]]:
    """SRF-20 by the version told, once the customer acknowledged its line."""
    if disclosure.SCOPE_CODE not in facility.acknowledged_lines:
        return frozenset()
    return frozenset({("SRF-20", quote.disclosure_version)})


def way_of(
    uow: UnitOfWork,
    customer_id: str,
    fine_mg: Mapping[str, int],
    price_minor: int,
    *,
    is_bought: bool,
) -> tuple[Move, ...]:
    """How these things passed between the customer and the institution, the present time last.

    A thing's price is its part of the whole by pure weight, rounded down. `is_bought`: by the
    institution, now.
    """
    total_mg = sum(fine_mg.values())
    ways = [
        *store.passed(uow, customer_id, list(fine_mg)),
        *((one, is_bought, uow.today, price_minor * mg // total_mg) for one, mg in fine_mg.items()),
    ]
    return tuple(
        Move(
            item_id,
            customer_id if is_in else INSTITUTION,
            INSTITUTION if is_in else customer_id,
            on,
            minor,
        )
        for item_id, is_in, on, minor in ways
    )


def waited_hours(uow: UnitOfWork, quote: Quote) -> Fraction:
    """The time the customer has had to think, in hours."""
    return Fraction((uow.now - quote.created_at) // _SECOND, 3600)


def sold_on(uow: UnitOfWork, facility: Facility) -> date:
    """The institution's day of the sale."""
    assert facility.sold_at is not None
    return local_date(facility.sold_at, uow.time_zone)
