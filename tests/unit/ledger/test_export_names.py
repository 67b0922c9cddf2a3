"""Account names in exported books: valid for both programs, and one per account."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sanduq.ledger.export import account_name, commodity

# What beancount's grammar admits after the root: each part begins with a capital or a digit.
PART = re.compile(r"\A[A-Z0-9][A-Za-z0-9-]*\Z")
names = st.one_of(
    st.from_regex(r"\A[a-z]{1,5}([:_-][a-z0-9]{1,4}){0,3}\Z"), st.text(min_size=1, max_size=8)
)


def name_of(fund: str, subject: str | None) -> str:
    return account_name("asset", "1100", "Qard receivable", "USD/2", fund, subject)


@pytest.mark.parametrize(
    ("fund", "subject", "expected"),
    [
        ("own", None, "Assets:1100-Qard-receivable:USD:Own"),
        ("waqf:mosque", None, "Assets:1100-Qard-receivable:USD:Waqf-mosque"),
        ("own", "br_main", "Assets:1100-Qard-receivable:USD:Own:Br--main"),
        ("own", "صندوق", "Assets:1100-Qard-receivable:USD:Own:0xd8b5d986d8afd988d982"),
    ],
)
def test_names_read_like_the_account(fund: str, subject: str | None, expected: str) -> None:
    assert name_of(fund, subject) == expected


@given(names, st.none() | names)
def test_every_part_of_a_name_is_admitted(fund: str, subject: str | None) -> None:
    assert all(PART.match(part) for part in name_of(fund, subject).split(":"))


@given(names, st.none() | names, names, st.none() | names)
def test_different_accounts_have_different_names(
    fund: str, subject: str | None, other_fund: str, other_subject: str | None
) -> None:
    assume((fund, subject) != (other_fund, other_subject))
    assert name_of(fund, subject) != name_of(other_fund, other_subject)


def test_gold_says_that_it_is_counted_in_milligrams() -> None:
    assert (commodity("XAU/3"), commodity("XAU/mg"), commodity("TND/3")) == (
        "XAUMG",
        "XAUMG",
        "TND",
    )
