"""Signs of a disguised loan, counted from what was really done (rule SCF-13)."""

from __future__ import annotations

from datetime import date

import pytest

from sanduq.sarf.monitors import service
from sanduq.sarf.monitors.model import ALWAYS, Period
from tests.coherent import assert_coherent
from tests.make import sarf_facilities
from tests.make.sarf import USD, a_gold_bar, open_house
from tests.make.sarf_book import (
    AFTER,
    AT_200,
    IN_WINDOW,
    lapsed,
    priced,
    promised,
    windows_opened,
)


@pytest.fixture
def house(work):
    return open_house(work, monitor_sample_min=1)


def counted(house, period=None):
    with house.at(AFTER) as uow:
        return service.figures(uow, USD, period)


def signs(house) -> set[str]:
    with house.at(AFTER) as uow:
        found = service.figures(uow, USD)
        evaluations = service.judged(uow, found, USD, house.terms.settings)
        return {finding.field for one in evaluations for finding in one.findings}


def test_nothing_done_is_no_sign_and_has_no_share(house) -> None:
    found = counted(house)
    assert (found.ended, found.purchases, found.pieces) == (0, 0, 0)
    assert found.take_up.value is None
    assert signs(house) == set()


def test_the_same_piece_back_at_the_cap_in_its_own_bag_is_for_the_board(house, db) -> None:
    made = promised(house)
    windows_opened(house)
    priced(house, AT_200, at=IN_WINDOW)
    sarf_facilities.bought(house, made, made.item_ids)
    found = counted(house)
    assert (found.ended, found.taken_up, found.purchases, found.at_cap) == (1, 1, 1, 1)
    assert (found.pieces, found.same_pieces, found.same_bags) == (1, 1, 1)
    assert found.own_name_bags == 0
    assert signs(house) == {"same_piece", "take_up", "at_cap", "own_name_bags"}  # SCF-13
    assert_coherent(db)


def test_another_piece_is_no_piece_that_came_back(house, db) -> None:
    made = promised(house)
    other = sarf_facilities.sold(house, [a_gold_bar(house)])
    lost = promised(house, [a_gold_bar(house, 10_000)])
    windows_opened(house)
    priced(house, AT_200, at=IN_WINDOW)
    sarf_facilities.bought(house, made, other.item_ids)
    lapsed(house, lost)
    found = counted(house)
    assert (found.ended, found.taken_up) == (2, 1)
    assert (found.pieces, found.same_pieces, found.same_bags) == (1, 0, 0)
    assert signs(house) == set()  # the price at the cap alone is one sign
    assert_coherent(db)


def test_a_period_counts_what_ended_in_it_and_no_more(house) -> None:
    made = promised(house)
    lapsed(house, made)  # on 16 September
    assert counted(house, Period(date(2024, 9, 16), date(2024, 9, 16))).ended == 1
    assert counted(house, Period(date(2024, 9, 17), None)).ended == 0
    assert counted(house, Period(None, date(2024, 9, 15))).ended == 0
    assert counted(house, ALWAYS).ended == 1


def test_purchases_are_counted_on_the_institutions_day(house) -> None:
    made = promised(house)
    windows_opened(house)
    priced(house, AT_200, at=IN_WINDOW)
    sarf_facilities.bought(house, made, made.item_ids)
    day = IN_WINDOW.date()
    assert counted(house, Period(day, day)).purchases == 1
    assert counted(house, Period(None, date(2024, 7, 31))).purchases == 0
    assert counted(house, Period(date(2024, 8, 2), None)).purchases == 0


def test_words_of_a_debtor_in_a_note_are_counted(house) -> None:
    made = promised(house)
    windows_opened(house)
    priced(house, AT_200, at=IN_WINDOW)
    assert counted(house).debt_texts == 0
    sarf_facilities.asked(
        house, made, made.item_ids, reason="the customer repays his loan and redeems the gold"
    )
    assert counted(house).debt_texts == 1


def test_the_fact_stands_beside_the_limits_of_the_terms(house) -> None:
    with house.at() as uow:
        fact = service.fact(uow, USD, house.terms.settings)
    assert (fact.sample, fact.sample_min) == (0, 1)
    assert (fact.same_piece_limit_bp, fact.take_up_limit_bp, fact.at_cap_limit_bp) == (
        5_000, 9_000, 9_000,
    )  # fmt: skip
