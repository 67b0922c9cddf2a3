"""Takaful on what is kept: nothing else is recorded, and it is set against what is held."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sanduq.access.errors import NoAuthority
from sanduq.custody.takaful import service as takaful
from sanduq.custody.takaful.errors import CoverTaken, NotTakaful
from sanduq.custody.takaful.model import NewCover
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Money, currency
from tests.coherent import assert_coherent
from tests.make import gold
from tests.make.custody import an_item, an_owner, in_custody, vault

USD = currency("USD")
COVER = NewCover(
    branch_id=None,
    provider="Takaful Co",
    policy_number="TK-1",
    is_takaful=True,
    covered=Money(300_000, USD),
    premium=Money(1_200, USD),
    valid_from_on=date(2024, 1, 1),
    valid_to_on=date(2024, 12, 31),
)


def recorded(work, cover=COVER):
    with work("user_finance") as uow:
        return takaful.record_cover(uow, cover)


def test_conventional_insurance_is_not_recorded(work):
    """GEN-18."""
    with work("user_finance") as uow, pytest.raises(NotTakaful) as refused:
        takaful.record_cover(uow, replace(COVER, is_takaful=False))
    assert refused.value.code == "INSURANCE_NOT_TAKAFUL"


def test_a_policy_is_recorded_once_by_who_may(work):
    assert recorded(work).branch_id == "brn_main"
    with work("user_finance") as uow, pytest.raises(CoverTaken):
        takaful.record_cover(uow, COVER)
    with work("user_maker") as uow, pytest.raises(NoAuthority):
        takaful.record_cover(uow, COVER)
    with work("user_finance") as uow, pytest.raises(ValidationFailed):
        takaful.record_cover(uow, replace(COVER, valid_to_on=date(2023, 12, 31)))


def test_covered_is_set_against_held_on_the_board_of_the_day(work, db):
    with work() as uow:
        an_owner(uow)
        vault(uow)
        things = [an_item(uow).item_id, an_item(uow, fineness_bp=None).item_id]
    in_custody(work, "rhn_one", things)
    recorded(work)
    with work() as uow:
        (line,) = takaful.position(uow)
    assert (line.held_minor, line.uncovered_minor, line.covered_minor) == (None, None, 300_000)
    gold.board(work)  # 200.00 a gram of pure gold
    with work() as uow:
        (line,) = takaful.position(uow)
    # 22.500 g × 0.916 = 20.610 g at 200.00 is 4,122.00; the other's fineness nobody knows
    assert (line.held_minor, line.uncovered_minor) == (412_200, 112_200)
    assert (line.item_count, line.unpriced_count, line.fine_weight_mg) == (2, 1, 20_610)
    assert_coherent(db)


def test_the_premium_of_a_thing_is_what_was_paid_spread_over_its_months(work):
    with work() as uow:
        an_owner(uow)
        vault(uow)
        things = [an_item(uow).item_id for _ in range(3)]

    def asked(on=date(2024, 1, 15), branch="brn_main"):
        with work() as uow:
            return takaful.premium_per_item_month_minor(uow, branch, USD, on)

    recorded(work)
    assert asked() == 0  # nothing is held
    in_custody(work, "rhn_one", things)
    assert asked() == 33  # 12.00 over 12 months and 3 things
    assert asked(on=date(2025, 1, 1)) == 0
    assert asked(branch="brn_far") == 0
