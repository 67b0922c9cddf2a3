"""The chart of accounts and the places accounts stand at."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sanduq.kit.money import currency
from sanduq.ledger.errors import FloorBroken, PeriodClosed, ReversedAlready
from sanduq.ledger.model import CHART, AccountPlace, Entry, credit, debit, without_zeros
from tests.make.ledger import CASH, USD


def test_there_is_no_account_for_interest() -> None:
    assert not [line.name for line in CHART.values() if "interest" in line.name.lower()]


@pytest.mark.parametrize("code", ["1000", "3100", "3200", "3300", "3400", "2100"])
def test_money_held_for_others_and_cash_have_a_floor(code: str) -> None:
    assert CHART[code].has_floor


def test_codes_stand_in_the_class_their_first_digit_says() -> None:
    classes = {"1": "asset", "2": "liability", "3": "equity", "4": "income", "5": "expense"}
    assert all(line.account_class == classes[code[0]] for code, line in CHART.items())


def test_one_place_is_one_account_and_each_part_makes_another() -> None:
    others = [
        replace(CASH, code="1100"),
        replace(CASH, asset=currency("TND")),
        replace(CASH, fund="zakat"),
        replace(CASH, subject=None),
    ]
    ids = {place.account_id for place in [CASH, replace(CASH), *others]}
    assert len(ids) == 1 + len(others)
    assert (
        AccountPlace("1000", USD, subject="a").account_id
        != AccountPlace("1000", USD, fund="owna").account_id
    )


def test_debits_are_positive_and_zeros_say_nothing() -> None:
    assert (debit(CASH, 5), credit(CASH, 5)) == (Entry(CASH, 5), Entry(CASH, -5))
    assert without_zeros(debit(CASH, 0), debit(CASH, 5), credit(CASH, 0)) == (Entry(CASH, 5),)


def test_refusals_of_the_ledger_have_their_codes() -> None:
    assert (FloorBroken.code, PeriodClosed.code, ReversedAlready.code) == (
        "FUNDS_INSUFFICIENT",
        "CONFLICT",
        "CONFLICT",
    )
