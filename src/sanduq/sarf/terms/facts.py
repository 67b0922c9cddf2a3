"""What the rules look at in the facility's terms: their words, their formula, their settings."""

from __future__ import annotations

from sanduq.kit.db import UnitOfWork
from sanduq.sarf.facts import (
    ContractOneFact,
    ContractTwoFact,
    PriceFact,
    PromiseFact,
    SarfFacts,
    SessionFact,
    SessionKind,
)
from sanduq.sarf.model import BP
from sanduq.sarf.terms.model import Terms
from sanduq.shariah import service as shariah
from sanduq.shariah.model import ShariahProfile


def terms_facts(uow: UnitOfWork, terms: Terms) -> SarfFacts:
    """The terms as a facility under them would be: gold worth a hundred, bought and promised.

    The words of every language are looked at together, the price is `buy_bp` of the market, and
    whoever sells has waited as long as the terms say.
    """
    settings, wordings = terms.settings, terms.wordings
    return SarfFacts(
        on=uow.today,
        asset=terms.asset,
        profile=ShariahProfile(uow.shariah_profile),
        resolutions=shariah.live_resolutions(uow, uow.today),
        is_jewellery_gold=settings.is_jewellery_gold,
        possession_kinds=frozenset(settings.possession_kinds),
        session=SessionFact(
            session_id=terms.terms_id,
            kind=SessionKind.PURCHASE,
            session_on=uow.today,
            opened_at=uow.now,
            expires_at=uow.now,
            price_minor=settings.buy_bp,
        ),
        price=PriceFact(
            market_minor=BP,
            has_independent_quote=True,  # nobody sells yet: it is asked for with each quote
            independent_quote_above_bp=settings.independent_quote_above_bp,
            review_discount_above_bp=settings.review_discount_above_bp,
        ),
        purchase=ContractOneFact(
            texts=tuple(each.contract_1 for each in wordings),
            waited_hours=settings.pre_offer_wait_hours,
            wait_hours_min=settings.pre_offer_wait_hours,
        ),
        promise=PromiseFact(
            promisors=(settings.institution_party_id,),
            text="\n\n".join(each.promise for each in wordings),
            formula=settings.price_formula,
            cap_bp=settings.cap_bp,
            gap_months_min=settings.gap_months_min,
        ),
        second=ContractTwoFact(
            on=uow.today,
            market_minor=BP,
            cap_bp=settings.cap_bp,
            price_minor=settings.cap_bp,
            text="\n\n".join(each.contract_2 for each in wordings),
        ),
        messages=tuple(each.window_notice for each in wordings),
    )
