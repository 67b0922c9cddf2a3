"""A board prices by fine weight or by grade, and says how far it moved."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from sanduq.assets.errors import FinenessUnknown
from sanduq.assets.model import GRADES, Metal
from sanduq.assets.price_boards.errors import FinenessNotPriced
from sanduq.assets.price_boards.model import BoardStatus, lines, move_bp, value_minor
from tests.make.gold_model import NOW, a_board, a_grade_board


def test_the_worked_example_is_valued_to_the_cent():
    # 22.50 g less 1.30 g of stones, 916, at 200.00: 3,883.84; at 70% 2,718.68 (2,718.688)
    value = value_minor(a_board(), 21_200, 9160)
    assert value == 388_384
    assert value * 7000 // 10_000 == 271_868
    assert value_minor(a_board(), 21_200, 9160, 3000) == 271_868


def test_a_price_quoted_for_999_is_worth_more_pure():
    assert value_minor(a_board(grades={9990: 20_000_000}), 21_200, 9160) == 388_772


@pytest.mark.parametrize(
    ("fineness", "value"),
    # a gram at each price of the page, and not at 596.51 x fineness (of 916: 546.95)
    [(9990, 59_651), (9500, 57_265), (9160, 54_282), (8750, 52_493), (8350, 50_703),
     (7500, 44_738)],
)  # fmt: skip
def test_a_price_by_grade_is_the_price_of_the_grade(fineness, value):
    assert value_minor(a_grade_board(), 1_000, fineness) == value


def test_a_grade_without_a_price_is_refused_and_not_guessed():
    with pytest.raises(FinenessNotPriced):
        value_minor(a_grade_board(), 1_000, 5850)
    with pytest.raises(FinenessUnknown):
        value_minor(a_board(), 1_000, 9159)


def test_a_fine_price_shows_the_price_of_every_grade():
    shown = lines(a_board())
    assert list(shown) == list(GRADES[Metal.GOLD])
    assert shown[9160] == 18_320_000  # 183.20 a gram
    assert shown[9990] == 19_980_000
    assert lines(a_board(grades={9990: 20_000_000}))[9990] == 20_000_000
    assert list(lines(a_grade_board())) == [9990, 9500, 9160, 8750, 8350, 7500]


def test_the_move_of_a_board_is_that_of_the_grade_that_moved_most():
    assert move_bp(a_board(), a_board(grades={10_000: 21_000_000})) == 500
    assert move_bp(a_board(), a_board(grades={10_000: 19_000_000})) == 500
    page = dict(a_grade_board().grades)
    page[7500] = page[7500] * 110 // 100
    assert move_bp(a_grade_board(), a_grade_board(grades=page)) == 1000


def test_boards_of_both_methods_are_compared_by_grade():
    fine = a_board(grades={9990: 59_651_000})
    # 447.38 for 750 against 596.51 / 0.999 x 0.75 = 447.830...: 0.1% less; 916 and 950 differ more
    assert move_bp(fine, a_grade_board(grades={7500: 44_738_000})) < 20
    assert move_bp(fine, a_grade_board()) > 70


def test_a_board_that_shares_no_grade_with_the_last_counts_as_a_move_of_all():
    only = a_grade_board(grades={7500: 1})
    assert move_bp(only, a_grade_board(grades={9160: 1})) == Fraction(10_000)


def test_a_board_is_in_force_from_its_hour_or_its_publication_whichever_is_later():
    hour = timedelta(hours=1)
    assert a_board().in_force_from == NOW
    assert a_board(effective_at=NOW + hour).in_force_from == NOW + hour
    assert a_board(effective_at=NOW - hour).in_force_from == NOW
    waiting = a_board(status=BoardStatus.PROPOSED, decided_at=None)
    assert waiting.in_force_from is None
    assert a_board(status=BoardStatus.REJECTED).in_force_from is None
