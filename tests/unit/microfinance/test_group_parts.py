"""A group taken apart: every member and every cycle adds up to the whole."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sanduq.microfinance.groups.performance.model_parts import (
    Attending,
    Giving,
    LoanFacts,
    Standing,
    parts_of,
    repaying_of,
)

# Two members. Amina's first loan is repaid, her second is 35 days late with 500 out, of which 100
# is overdue; Badia's first is in time with 700 out.
LOANS = [
    LoanFacts("c1", "amina", 1, 1_000, 0, 0, 0, 1_000, 1_000),
    LoanFacts("c2", "amina", 2, 800, 400, 250, 50, 400, 300, 500, 100, 35),
    LoanFacts("c3", "badia", 1, 900, 200, 200, 0, 200, 200, 700, 0, 0),
]
PARTS = parts_of(
    [("amina", "Amina"), ("badia", "Badia")],
    LOANS,
    {"amina": Attending(4, 3, 1)},
    {"amina": Standing(called_for_minor=100), "badia": Standing(0, 60, 20)},
    {"amina": Giving(50, 0)},
)


def test_the_whole_group_has_its_rates() -> None:
    whole = PARTS.whole
    assert (whole.loans, whole.borrowers, whole.lent_minor) == (3, 2, 2_700)
    assert whole.on_time_rate.percent == Decimal("75.00")  # 450 ÷ 600
    assert whole.cumulative_rate.percent == Decimal("93.75")  # 1,500 ÷ 1,600
    assert whole.arrears_rate.percent == Decimal("8.33")  # 100 ÷ 1,200
    assert [(days, minor) for days, minor, _ in whole.par] == [(1, 500), (30, 500), (90, 0)]
    assert whole.par[1][2].percent == Decimal("41.67")
    assert PARTS.recovered_minor == 20


def test_each_member_has_his_own() -> None:
    amina, badia = PARTS.members
    assert amina.repaying.on_time_rate.percent == Decimal("62.50")  # 250 ÷ 400
    assert amina.attending.rate.percent == Decimal("75.00")
    assert (amina.standing.called_for_minor, badia.standing.paid_minor) == (100, 60)
    assert (amina.contribution_rate.percent, badia.giving) == (Decimal("0.00"), Giving(0, 0))
    assert badia.attending.rate.reason == "no_base"


def test_cycles_are_the_members_first_second_and_further_loans() -> None:
    first, second = PARTS.cycles
    assert (first.cycle, first.repaying.loans, first.repaying.borrowers) == (1, 2, 1)
    assert first.repaying.cumulative_rate.percent == Decimal("100.00")
    assert second.repaying.cumulative_rate.percent == Decimal("75.00")  # 300 ÷ 400


def test_a_loan_exactly_so_many_days_late_is_not_at_risk_yet() -> None:
    late = [LoanFacts("c", "a", 1, 100, gross_minor=100, days_past_due=30)]
    assert repaying_of(late).at_risk_minor == ((1, 100), (30, 0), (90, 0))


amounts = st.integers(0, 10**9)
facts = st.builds(
    LoanFacts,
    st.uuids().map(str), st.sampled_from("abc"), st.integers(1, 4), amounts, amounts, amounts,
    amounts, amounts, amounts, amounts, amounts, st.integers(0, 200),
)  # fmt: skip


@given(st.lists(facts, max_size=12))
def test_members_and_cycles_add_up_to_the_whole(loans: list[LoanFacts]) -> None:
    parts = parts_of([(each, each) for each in "abc"], loans, {}, {}, None)
    for apart in (parts.members, parts.cycles):
        pieces = [one.repaying for one in apart]
        for field in ("loans", "lent_minor", "due_minor", "called_paid_minor", "gross_minor"):
            assert sum(getattr(one, field) for one in pieces) == getattr(parts.whole, field)
        for place, (_, minor) in enumerate(parts.whole.at_risk_minor):
            assert sum(one.at_risk_minor[place][1] for one in pieces) == minor
