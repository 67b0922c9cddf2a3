"""How a call divides among those who answer, and what a guarantee means in money."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.microfinance.groups.guarantees.model import ExistingDebt, explain
from sanduq.microfinance.guarantee_calls.model import (
    COMMON_FUND,
    CallRule,
    Surety,
    divide,
    spread,
)

DAY = date(2024, 1, 15)
RULES = [CallRule.EQUAL, CallRule.PRO_RATA_TO_CAP]


@st.composite
def sureties(draw):
    """Up to twelve people with caps, some of them used up in part."""
    caps = draw(st.lists(st.integers(1, 10_000_00), min_size=1, max_size=12))
    return [
        Surety(f"cpty_{place}", cap, draw(st.integers(0, cap))) for place, cap in enumerate(caps)
    ]


@given(people=sureties(), rule=st.sampled_from(RULES), data=st.data())
def test_shares_sum_to_the_call_stay_within_caps_and_do_not_depend_on_order(people, rule, data):
    room = {one.payer_id: one.room_minor for one in people}
    amount = data.draw(st.integers(0, sum(room.values())))
    shares = spread(amount, people, rule)
    assert sum(shares.values()) == amount
    assert all(0 < minor <= room[payer_id] for payer_id, minor in shares.items())
    shuffled = people[:]
    random.Random(data.draw(st.integers(0, 99))).shuffle(shuffled)
    assert spread(amount, shuffled, rule) == shares


@given(people=sureties(), data=st.data())
def test_equal_shares_of_those_below_their_caps_differ_by_one_unit_at_most(people, data):
    room = {one.payer_id: one.room_minor for one in people}
    amount = data.draw(st.integers(0, sum(room.values())))
    shares = spread(amount, people, CallRule.EQUAL)
    free = [shares.get(one, 0) for one in room if shares.get(one, 0) < room[one]]
    assert not free or max(free) - min(free) <= 1
    # whoever is at the cap pays no more than those who are not
    full = [shares[one] for one in shares if shares[one] == room[one]]
    assert not free or not full or max(full) <= max(free) + 1


@given(people=sureties(), fund=st.integers(0, 20_000_00), data=st.data())
def test_the_common_fund_pays_first_and_all_it_can(people, fund, data):
    room = sum(one.room_minor for one in people)
    amount = data.draw(st.integers(0, room + fund))
    shares = divide(amount, people, CallRule.COMMON_FUND_FIRST, fund)
    assert sum(shares.values()) == amount
    assert shares.get(COMMON_FUND, 0) == min(fund, amount)


def test_odd_units_go_by_largest_remainder_and_then_by_id():
    three = [Surety(name, 100, 100) for name in ("cpty_c", "cpty_a", "cpty_b")]
    assert spread(100, three, CallRule.EQUAL) == {"cpty_a": 34, "cpty_b": 33, "cpty_c": 33}
    # 10 by caps of 1 : 2 : 4 is 1.43, 2.86, 5.71; the two odd units go to .86 and .71
    by_cap = [Surety("cpty_a", 10, 10), Surety("cpty_b", 20, 20), Surety("cpty_c", 40, 40)]
    assert spread(10, by_cap, CallRule.PRO_RATA_TO_CAP) == {
        "cpty_a": 1, "cpty_b": 3, "cpty_c": 6,
    }  # fmt: skip


def test_what_one_cannot_carry_is_shared_by_the_rest():
    # 90.00 among three, one of whom answers for 10.00 only: 10.00, 40.00, 40.00
    people = [Surety("cpty_a", 1000, 1000), Surety("cpty_b", 9000, 9000),
              Surety("cpty_c", 9000, 9000)]  # fmt: skip
    assert spread(90_00, people, CallRule.EQUAL) == {
        "cpty_a": 10_00, "cpty_b": 40_00, "cpty_c": 40_00,
    }  # fmt: skip


def test_more_than_all_answer_for_is_refused():
    with pytest.raises(ValueError, match="answer for"):
        spread(11, [Surety("cpty_a", 10, 10)], CallRule.EQUAL)


def ten_of_400():
    return [ExistingDebt(f"mfl_{n}", f"cpty_{n}", DAY, 400_00) for n in range(10)]


def test_the_largest_call_of_one_of_ten_who_owe_400_each_is_400():
    # 3,600 of the nine others, shared by the nine who answer for each of them
    told = explain("cpty_0", ten_of_400(), member_count=10, is_member=True)
    assert (told.others_outstanding_minor, told.shared_by) == (3_600_00, 9)
    assert (told.largest_call_minor, told.ceiling_minor) == (400_00, 3_600_00)


def test_a_cap_bounds_the_largest_call_and_one_from_outside_shares_with_all():
    told = explain("cpty_0", ten_of_400(), member_count=10, is_member=True, cap_minor=250_00)
    assert (told.largest_call_minor, told.ceiling_minor) == (250_00, 250_00)
    outside = explain("cpty_z", ten_of_400(), member_count=10, is_member=False)
    assert (outside.others_outstanding_minor, outside.shared_by) == (4_000_00, 10)
    assert outside.largest_call_minor == 400_00


@given(
    others=st.lists(st.integers(0, 10_000_00), max_size=12),
    members=st.integers(1, 40),
    cap=st.none() | st.integers(1, 10_000_00),
)
def test_the_largest_call_covers_an_equal_share_and_stays_within_cap_and_debt(others, members, cap):
    debts = [ExistingDebt(f"mfl_{n}", f"cpty_{n}", DAY, minor) for n, minor in enumerate(others)]
    told = explain("cpty_me", debts, member_count=members, is_member=True, cap_minor=cap)
    assert told.largest_call_minor <= told.ceiling_minor <= sum(others)
    if cap is None:
        assert told.largest_call_minor * told.shared_by >= sum(others)
    else:
        assert told.ceiling_minor <= cap
