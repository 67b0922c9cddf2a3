"""The pure parts of custody: draws, comparisons, keys, months. No database."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.custody.bags.model import NEXT as BAG_NEXT
from sanduq.custody.errors import AdlMove, require_consents
from sanduq.custody.kya.model import key_of
from sanduq.custody.model import BagStatus, Consents, agrees
from sanduq.custody.moves.model import NEXT as MOVE_NEXT
from sanduq.custody.moves.model import MoveKind, MoveStatus
from sanduq.custody.releases.model import NEXT as RELEASE_NEXT
from sanduq.custody.releases.model import ReleaseStatus
from sanduq.custody.stocktakes.model import (
    Expected,
    Outcome,
    Scan,
    compare,
    drawn,
    effective,
    to_recount,
    unweighed,
)
from sanduq.custody.takaful.model import months_of

BAG = Expected("bag_1", "B-1", "S-1", "plc_a", 26_500, is_sealed=True, is_sampled=True)


def scan(**changes):
    facts = {
        "place_id": "plc_a", "bag_number": "B-1", "seal_number": "S-1", "weight_mg": 26_500,
        "number": 1, "count_round": 1, **changes,
    }  # fmt: skip
    return Scan(**facts)


@given(st.integers(0, 2**62), st.sets(st.text(min_size=1), max_size=30), st.integers(0, 40))
def test_a_draw_is_repeated_from_its_seed_and_is_as_large_as_asked(seed, bag_ids, size):
    draw = drawn(seed, bag_ids, size)
    assert draw == drawn(seed, sorted(bag_ids, reverse=True), size)
    assert draw <= bag_ids
    assert len(draw) == min(size, len(bag_ids))


@pytest.mark.parametrize(
    ("changes", "outcomes"),
    [
        ({}, []),
        ({"weight_mg": 26_520}, []),
        ({"weight_mg": None}, []),
        ({"weight_mg": 26_521}, [Outcome.WEIGHT_DIFFERS]),
        ({"seal_number": "S-2"}, [Outcome.SEAL_DIFFERS]),
        ({"place_id": "plc_b"}, [Outcome.WRONG_PLACE]),
        ({"place_id": "plc_b", "seal_number": "x"}, [Outcome.SEAL_DIFFERS, Outcome.WRONG_PLACE]),
    ],
)
def test_each_way_a_bag_can_differ_is_told(changes, outcomes):
    found = compare([BAG], {"B-1": scan(**changes)}, 20)
    assert [one.outcome for one in found] == outcomes


def test_what_is_not_seen_is_missing_and_what_is_not_known_is_unexpected():
    found = compare([BAG], {"B-2": scan(bag_number="B-2", place_id="plc_b")}, 20)
    assert [(one.outcome, one.bag_number) for one in found] == [
        (Outcome.MISSING, "B-1"),
        (Outcome.UNEXPECTED, "B-2"),
    ]
    assert to_recount(found) == ("plc_a", "plc_b")


def test_the_last_scan_counts_and_a_recounted_place_begins_anew():
    first, second = scan(number=1, seal_number="x"), scan(number=2)
    assert effective([second, first], ()) == {"B-1": second}
    assert effective([first, second], ("plc_a",)) == {}
    again = scan(number=3, count_round=2)
    assert effective([first, second, again], ("plc_a",)) == {"B-1": again}


def test_a_drawn_bag_that_was_seen_must_be_weighed():
    assert unweighed([BAG], {"B-1": scan(weight_mg=None)}) == ["B-1"]
    assert unweighed([BAG], {"B-1": scan()}) == []
    assert unweighed([BAG], {}) == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (None, None),
        (" -/. ", None),
        ("AB-12 34", "ab1234"),
        ("ａｂ１２", "ab12"),  # full-width
        ("٩١٦", "916"),  # Arabic-Indic
    ],
)
def test_serials_and_marks_are_compared_by_letters_and_digits_alone(text, key):
    assert key_of(text) == key


@pytest.mark.parametrize(
    ("from_on", "to_on", "months"),
    [
        (date(2024, 1, 1), date(2024, 12, 31), 12),
        (date(2024, 1, 15), date(2025, 1, 14), 12),
        (date(2024, 1, 1), date(2024, 1, 31), 1),
        (date(2024, 1, 1), date(2024, 2, 15), 1 + Fraction(15, 30)),
        (date(2024, 1, 1), date(2024, 1, 1), Fraction(1, 30)),
    ],
)
def test_a_cover_runs_whole_months_and_thirtieths(from_on, to_on, months):
    assert months_of(from_on, to_on) == months


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 4000))
def test_every_cover_runs_for_some_time(from_on, days):
    to_on = date.fromordinal(from_on.toordinal() + days)
    months = months_of(from_on, to_on)
    assert months > 0
    assert abs(months - Fraction(days + 1) / Fraction(30436875, 1000000)) < 2


def test_rhn_26_a_third_partys_place_asks_for_both_consents():
    require_consents({"plc_a": None}, None)
    require_consents({"plc_a": "cpty_k"}, Consents("a", "b"))
    for consents in (None, Consents("a", ""), Consents(" ", "b")):
        with pytest.raises(AdlMove):
            require_consents({"plc_a": "cpty_k"}, consents)


def test_states_that_are_ends_lead_nowhere():
    assert set(BAG_NEXT) == set(BagStatus)
    assert not BAG_NEXT[BagStatus.EMPTY] | BAG_NEXT[BagStatus.CANCELLED]
    assert set(RELEASE_NEXT) == set(ReleaseStatus)
    assert MoveStatus.CANCELLED not in MOVE_NEXT[MoveKind.TRANSPORT]  # what left is never forgotten


def test_weighings_agree_within_the_tolerance():
    assert agrees(100, 120, 20)
    assert not agrees(100, 121, 20)
