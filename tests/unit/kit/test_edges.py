"""JSON without floats, ids with their kind, pages that hold their place, weights, local days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.kit.clock import FixedClock, local_date, rfc3339
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import derived_id, new_id, own_id
from sanduq.kit.json import JsonError, canonical, dumps, loads
from sanduq.kit.money import Money, currency
from sanduq.kit.pages import Page, PageRequest, read_cursor, write_cursor
from sanduq.kit.weight import TROY_OUNCE_MG, Weight, parse_grams

INSTANT = datetime(2024, 1, 15, 23, 30, tzinfo=UTC)


def test_json_numbers_arrive_without_passing_a_float() -> None:
    assert loads('{"a": 0.1}') == {"a": Decimal("0.1")}
    assert loads('{"a": 1e2}') == {"a": Decimal("1E+2")}


@pytest.mark.parametrize("text", ["{", "NaN", '{"a": Infinity}', '{"a":1,"a":2}', "[" * 100_000])
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(JsonError):
        loads(text)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**15, places=3))
def test_a_decimal_leaves_as_the_number_it_is(number: Decimal) -> None:
    assert Decimal(dumps(number).decode()) == number
    assert b"E" not in dumps(number)


def test_a_number_beyond_64_bits_stays_what_it_is() -> None:
    assert canonical(loads('{"a": ' + "9" * 30 + "}")) == b'{"a":' + b"9" * 30 + b"}"


def test_money_leaves_as_a_plain_number() -> None:
    usd = currency("USD")
    assert dumps([Money(17_000, usd), Money(17_050, usd)]) == b"[170,170.5]"


def test_one_value_has_one_canonical_text() -> None:
    assert canonical(loads('{"b": 1.50, "a": [2]}')) == canonical(loads('{"a":[2],"b":1.5}'))


def test_ids_carry_their_kind_and_sort_by_time() -> None:
    made = [new_id("mfl") for _ in range(200)]
    assert made == sorted(made)
    assert len(set(made)) == 200
    assert all(each.startswith("mfl_") and len(each) == 30 for each in made)


def test_a_derived_id_belongs_to_its_parts_and_no_others() -> None:
    assert derived_id("acc", "ab", "c") == derived_id("acc", "ab", "c")
    assert derived_id("acc", "ab", "c") != derived_id("acc", "a", "bc")


@pytest.mark.parametrize(
    "value", ["mfl_1", "cpty", "cpty_", "CPTY_1", "cpty_é", "cpty_" + "x" * 61]
)
def test_an_id_of_the_wrong_kind_is_refused(value: str) -> None:
    with pytest.raises(ValidationFailed):
        own_id(value, "cpty")


def test_a_brought_id_is_taken_as_it_is() -> None:
    assert own_id("cpty_borrower_001", "cpty") == "cpty_borrower_001"


@given(
    st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1)),  # noqa: DTZ001
    st.text(alphabet="abcxyz_0189:", min_size=1, max_size=60),
)
def test_a_cursor_leads_back_to_its_place(instant: datetime, row_id: str) -> None:
    place = (instant.replace(tzinfo=UTC), row_id)
    assert read_cursor(write_cursor(*place)) == place


@pytest.mark.parametrize("text", ["", "!!", "MTIz", "é", "OTk5OTk5OTk5OTk5OTk5OTk5OTk6eA"])
def test_a_cursor_of_somebody_else_is_refused(text: str) -> None:
    with pytest.raises(ValidationFailed):
        read_cursor(text)


def test_a_page_says_whether_more_follow() -> None:
    request = PageRequest(limit=2)
    page = Page.of([1, 2, 3], request, lambda row: (INSTANT, f"row_{row}"))
    assert page.items == [1, 2]
    assert page.has_more
    assert page.next_cursor == write_cursor(INSTANT, "row_2")
    last = Page.of([3], request, lambda row: (INSTANT, f"row_{row}"), total=3)
    assert last.next_cursor is None
    assert last.render(str)["pagination"]["totalPages"] == 2


def test_a_troy_ounce_is_its_own_ounce() -> None:
    # 31.1034768 g by definition; the avoirdupois ounce would be 28.349523125 g.
    assert Decimal("31103.4768") == TROY_OUNCE_MG


def test_grams_have_three_decimals() -> None:
    assert parse_grams("22.5") == Weight(22_500)
    assert str(Weight(22_500)) == "22.5 g"


def test_a_day_is_the_day_where_the_institution_lives() -> None:
    clock = FixedClock(INSTANT)
    assert local_date(clock.now(), "UTC") == date(2024, 1, 15)
    assert local_date(clock.now(), "Asia/Kuala_Lumpur") == date(2024, 1, 16)
    assert rfc3339(INSTANT) == "2024-01-15T23:30:00Z"
