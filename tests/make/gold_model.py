"""Boards, items and valuations as plain objects, for tests that need no database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sanduq.assets.items.model import Item, ItemKind
from sanduq.assets.model import Metal
from sanduq.assets.price_boards.model import BoardStatus, PriceBoard, PriceMethod, QuotedUnit
from sanduq.assets.valuations.model import (
    Findings,
    SecondOfficer,
    Valuation,
    ValuationMethod,
    ValuationStatus,
)
from sanduq.kit.money import Money, currency

USD = currency("USD")
NOW = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)

GRADE_PAGE = {
    9990: 59_651_000, 9500: 57_265_000, 9160: 54_282_000, 8750: 52_493_000, 8350: 50_703_000,
    7500: 44_738_000,
}  # fmt: skip
"""One institution's page: 999/950/916/875/835/750 at 596.51/572.65/542.82/524.93/507.03/447.38."""


def a_board(**changes: Any) -> PriceBoard:
    """200.00 per gram of pure gold, published at half past ten."""
    board = PriceBoard(
        price_board_id="pbd_1",
        metal=Metal.GOLD,
        asset=USD,
        method=PriceMethod.FINE_PRICE,
        grades={10_000: 20_000_000},
        quoted_unit=QuotedUnit.GRAM,
        effective_at=NOW,
        source="a page",
        observed_at=NOW,
        spike_explanation=None,
        status=BoardStatus.PUBLISHED,
        decided_at=NOW,
        decided_by="user_checker",
        decision_reason=None,
        external_id=None,
        metadata={},
        created_at=NOW,
        created_by="user_maker",
    )
    return replace(board, **changes)


def a_grade_board(**changes: Any) -> PriceBoard:
    """The page with a price for each grade."""
    return a_board(**{"method": PriceMethod.PER_GRADE, "grades": GRADE_PAGE, **changes})


def an_item(**changes: Any) -> Item:
    """A necklace of 22.50 g with stones of 1.30 g, stamped 916."""
    item = Item(
        item_id="itm_1",
        owner_id="cpty_1",
        kind=ItemKind.JEWELLERY,
        metal=Metal.GOLD,
        description="Necklace",
        gross_weight_mg=22_500,
        stone_weight_mg=1_300,
        fineness_bp=9160,
        created_at=NOW,
        created_by="user_maker",
    )
    return replace(item, **changes)


def findings(**changes: Any) -> Findings:
    """What was found of the necklace, without a test yet."""
    found = Findings(gross_weight_mg=22_500, stone_weight_mg=1_300, fineness_bp=9160)
    return replace(found, **changes)


def a_valuation(**changes: Any) -> Valuation:
    """The necklace at 3,883.84, confirmed by two."""
    valuation = Valuation(
        valuation_id="val_1",
        item_id="itm_1",
        metal=Metal.GOLD,
        status=ValuationStatus.CONFIRMED,
        valuer_id="user_maker",
        second_officer_id="user_checker",
        findings=findings(),
        method=ValuationMethod.FINE_PRICE,
        price_board_id="pbd_1",
        price_source="a page",
        priced_at=NOW,
        haircut_bp=0,
        policy_version=0,
        value=Money(388_384, USD),
        second_required=SecondOfficer.WITNESS,
        second_reasons=(),
        second=None,
        is_customer_present=True,
        notes=None,
        valued_at=NOW,
        valid_until=NOW + timedelta(hours=24),
        confirmed_at=NOW,
        decided_at=NOW,
        external_id=None,
        metadata={},
    )
    return replace(valuation, **changes)
