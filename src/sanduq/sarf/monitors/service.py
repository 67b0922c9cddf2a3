"""Counting the signs of a disguised loan, and asking the rule what it makes of them."""

from __future__ import annotations

from functools import lru_cache

from sanduq.kit.days import ONE_DAY, add_months
from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Asset
from sanduq.sarf.clause_words import TextKind, faulty
from sanduq.sarf.facts import MonitorFact, SarfAction, SarfFacts
from sanduq.sarf.monitors import store
from sanduq.sarf.monitors.model import PERIOD_MONTHS, MonitorFigures, Period
from sanduq.sarf.pieces.model import INVENTORY
from sanduq.sarf.rules import evaluate
from sanduq.sarf.terms.model import FacilityTerms
from sanduq.shariah import service as shariah
from sanduq.shariah.model import Evaluation, ShariahProfile

_KINDS = {
    "contract_1": TextKind.CONTRACT_1,
    "promise": TextKind.PROMISE,
    "contract_2": TextKind.CONTRACT_2,
    "window_notice": TextKind.MESSAGE,
}


def last_year(uow: UnitOfWork) -> Period:
    """The twelve months that end today."""
    return Period(add_months(uow.today, -PERIOD_MONTHS) + ONE_DAY, uow.today)


def figures(uow: UnitOfWork, asset: Asset, period: Period | None = None) -> MonitorFigures:
    """What was seen in a period, by default the last twelve months."""
    looked_at = period if period is not None else last_year(uow)
    ended, taken_up = store.ended(uow, asset, looked_at)
    purchases, at_cap, pieces, same_pieces, same_bags = store.purchases(uow, asset, looked_at)
    return MonitorFigures(
        period=looked_at,
        ended=ended,
        taken_up=taken_up,
        purchases=purchases,
        at_cap=at_cap,
        pieces=pieces,
        same_pieces=same_pieces,
        same_bags=same_bags,
        own_name_bags=store.named_bags(uow, asset, INVENTORY),
        debt_texts=_debt_texts(uow, asset, looked_at),
    )


def fact(uow: UnitOfWork, asset: Asset, settings: FacilityTerms) -> MonitorFact:
    """The last twelve months beside the limits of the terms, for rule SCF-13."""
    return figures(uow, asset).fact(settings)


def judged(
    uow: UnitOfWork, found: MonitorFigures, asset: Asset, settings: FacilityTerms
) -> list[Evaluation]:
    """What rule SCF-13 says of figures: two signs or more are for the Shariah board."""
    facts = SarfFacts(
        on=uow.today,
        asset=asset,
        profile=ShariahProfile(uow.shariah_profile),
        resolutions=shariah.live_resolutions(uow, uow.today),
        monitor=found.fact(settings),
    )
    return evaluate(facts, SarfAction.MONITOR)


def _debt_texts(uow: UnitOfWork, asset: Asset, period: Period) -> int:
    """Papers in use and notes on purchases that speak as to a debtor."""
    papers = [
        (wording[paper], kind)
        for wording in store.wordings(uow, asset)
        for paper, kind in _KINDS.items()
        if paper in wording
    ]
    notes = [(note, TextKind.MESSAGE) for note in store.notes(uow, asset, period)]
    return sum(_is_faulty(text, kind) for text, kind in [*papers, *notes])


@lru_cache(maxsize=4096)
def _is_faulty(text: str, kind: TextKind) -> bool:
    # The same papers are looked at whenever gold is about to be bought.
    return bool(faulty(text, kind))
