"""What the demonstration institution needs before it buys gold: a ruling and approved terms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sanduq.access import service as access
from sanduq.kit.clock import FixedClock
from sanduq.kit.db import Database, UnitOfWork
from sanduq.kit.money import Asset
from sanduq.kit.pages import PageRequest
from sanduq.sarf.terms import service as terms
from sanduq.sarf.terms.model import BOARD_QUESTIONS, FacilityTerms, NewTerms
from sanduq.sarf.terms.wording import standard_wordings
from sanduq.shariah import service as shariah
from sanduq.shariah.board import NewResolution

HOUSE = "cpty_institution"
"""The party that the institution is in its own contracts."""


def is_prepared(uow: UnitOfWork) -> bool:
    """Whether gold can be bought: there are terms already."""
    return bool(terms.list_terms(uow, PageRequest(limit=1)).items)


def prepare(
    db: Database, institution: str, users: Sequence[str], at: datetime, assets: Sequence[Asset]
) -> None:
    """A ruling and the default terms of each currency, drawn up and approved as of `at`.

    `users`: maker, checker, finance, Shariah reviewer. The ruling is a demonstration.
    """
    maker, _, _, board = users
    with access.work_as(db, institution, maker, "req_demo") as uow:
        uow.clock = FixedClock(at)
        ruling = shariah.create_resolution(uow, _ruling()).resolution_id
        drawn_up = [terms.create(uow, _terms(asset, ruling)).terms_id for asset in assets]
    with access.work_as(db, institution, board, "req_demo") as uow:
        uow.clock = FixedClock(at)
        for terms_id in drawn_up:
            terms.approve(uow, terms_id)


def _ruling() -> NewResolution:
    return NewResolution(
        title="Demonstration resolution on gold bought spot with a promise to sell",
        question="May the institution buy gold spot and promise alone, later and apart, to sell as"
        " much again? Is it a sale with a right to the thing back (wafa), a sale and resale as a"
        " device (inah), or too uncertain (gharar)?",
        ruling="It may, under the terms approved with this resolution. Wafa: the sale is final and"
        " gives no right to the thing back. Inah: nothing is bought back as part of the sale, and"
        " whoever sold owes nothing and need not buy. Gharar: window, weight and the most that may"
        " be asked are known. This text is a demonstration and no ruling of any board.",
        scope=("GEN-01", "SCF-01"),
        signers=("Demonstration board",),
        valid_from_on=date(2021, 1, 1),
        valid_until_on=date(2034, 1, 1),
        is_demonstration=True,
        answers=tuple(sorted(BOARD_QUESTIONS)),
    )


def _terms(asset: Asset, ruling: str) -> NewTerms:
    return NewTerms(
        name=f"Gold bought spot, with a promise to sell ({asset.code})",
        asset=asset,
        settings=FacilityTerms(institution_party_id=HOUSE),
        wordings=standard_wordings(),
        resolution_id=ruling,
        is_default=True,
        external_id=None,
        metadata={},
    )
