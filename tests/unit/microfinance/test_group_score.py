"""A group of ten: the published figures, and the score made of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.kit.money import currency
from sanduq.kit.ratio import NO_BASE, Ratio, ratio
from sanduq.microfinance.groups.performance.model import (
    WEIGHTS,
    Guarantor,
    MaxCall,
    MemberBalance,
    Performance,
    max_calls,
    weighted,
)

USD = currency("USD")
MEMBERS = [f"cpty_{number}" for number in range(10)]
# The first owes 400, so that the others owe 3,600; the largest balance is 700.
OWED = (400, 700, 200, 500, 500, 400, 400, 300, 300, 300)
BALANCES = tuple(
    MemberBalance(party, dollars * 100) for party, dollars in zip(MEMBERS, OWED, strict=True)
)
GUARANTORS = tuple(Guarantor(party, 1_000_00, 0) for party in MEMBERS)
TEN = Performance(
    group_id="grp_ten",
    asset=USD,
    from_on=date(2024, 1, 1),
    to_on=date(2024, 12, 31),
    members_start=10,
    members_end=10,
    leavers=1,
    leavers_insolvent=0,
    loans=10,
    loans_in_other_currencies=0,
    due_minor=1_000_00,
    on_time_minor=950_00,
    late_minor=20_00,
    overdue_minor=60_00,
    at_risk_30_minor=200_00,
    balances=BALANCES,
    guarantors=GUARANTORS,
    called_minor=200_00,
    called_paid_minor=160_00,
    meetings=4,
    expected=40,
    attended=36,
    excused=0,
    contributions_due_minor=500_00,
    contributions_minor=480_00,
    fund_minor=1_440_00,
)


@pytest.mark.parametrize(
    ("found", "percent"),
    [
        (TEN.on_time_rate, "95.00"),
        (TEN.par_30, "5.00"),
        (TEN.solidarity_rate, "80.00"),
        (TEN.contribution_rate, "96.00"),
        (TEN.attendance_rate, "90.00"),
        (TEN.turnover_rate, "10.00"),
        (TEN.concentration, "17.50"),
        (TEN.score, "92.90"),
    ],
)
def test_the_sample_group_gives_the_published_shares(found, percent):
    assert found.percent == Decimal(percent)


def test_the_common_fund_covers_what_is_at_risk_so_many_times():
    assert TEN.fund_cover.shown == Decimal("7.20")


def test_one_member_of_ten_can_be_called_for_a_ninth_of_what_the_others_owe():
    assert TEN.max_calls[0] == MaxCall("cpty_0", 400_00)


def test_a_call_never_passes_what_is_left_of_the_cap():
    guarantors = (Guarantor("cpty_0", 150_00, 100_00), *GUARANTORS[1:])
    assert max_calls(BALANCES, guarantors)[0].amount_minor == 50_00


def test_who_gave_no_guarantee_is_never_called():
    assert max_calls(BALANCES, ()) == ()
    alone = max_calls(BALANCES[:2], GUARANTORS[:1])
    assert alone == (MaxCall("cpty_0", 700_00),)


def test_a_part_without_a_base_is_left_out_and_the_others_weigh_more():
    """No call was made and there is no fund yet: 40 + 20 + 15 of 75."""
    young = replace(TEN, called_minor=0, called_paid_minor=0, contributions_minor=None)
    assert young.contribution_rate == Ratio(None, NO_BASE)
    assert young.solidarity_rate == Ratio(None, NO_BASE)
    # (0.4 × 95 + 0.2 × 95 + 0.15 × 90) ÷ 0.75
    assert young.score.percent == Decimal("94.00")


def test_a_new_group_has_no_score_rather_than_a_bad_one():
    new = replace(
        TEN, due_minor=0, on_time_minor=0, balances=(), guarantors=(), called_minor=0,
        expected=0, attended=0, contributions_due_minor=None, fund_minor=None, members_start=0,
        members_end=0, leavers=0, at_risk_30_minor=0,
    )  # fmt: skip
    for found in (new.score, new.par_30, new.attendance_rate, new.turnover_rate, new.fund_cover,
                  new.concentration, new.on_time_rate):  # fmt: skip
        assert found == Ratio(None, NO_BASE)


def test_leaving_in_insolvency_is_not_counted_against_the_group():
    assert replace(TEN, leavers=2, leavers_insolvent=1).turnover_rate == TEN.turnover_rate


SHARES = st.one_of(
    st.just(Ratio(None, NO_BASE)), st.integers(0, 100).map(lambda percent: ratio(percent, 100))
)


@given(st.fixed_dictionaries(dict.fromkeys(WEIGHTS, SHARES)))
def test_the_score_lies_between_its_lowest_and_its_highest_part(parts):
    known = [part.value for part in parts.values() if part.value is not None]
    score = weighted(parts).value
    if not known:
        assert score is None
    else:
        assert min(known) <= score <= max(known)


def test_the_weights_are_a_whole():
    assert sum(WEIGHTS.values()) == 100


@given(st.lists(st.integers(0, 10**8), min_size=2, max_size=10))
def test_the_calls_of_all_reach_every_balance_when_no_cap_is_in_the_way(owed):
    balances = [MemberBalance(f"cpty_{n}", minor) for n, minor in enumerate(owed)]
    guarantors = [Guarantor(one.party_id, 10**12, 0) for one in balances]
    found = sum(Fraction(one.amount_minor) for one in max_calls(balances, guarantors))
    assert sum(owed) <= found < sum(owed) + len(owed)
