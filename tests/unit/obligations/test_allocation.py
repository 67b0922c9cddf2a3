"""How a payment divides. The debt is 2,000 with a fee of 40 in twelve instalments of 170
(166.67 + 3.33, the last 166.63 + 3.37), unless a test says otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sanduq.kit.money import currency
from sanduq.obligations.model import (
    Allocation,
    ComponentOrder,
    Debt,
    after_payment,
    allocate_payment,
    settlement_quote,
)
from sanduq.obligations.schedule import ScheduleTerms, build_schedule

SCHEDULE = build_schedule(200_000, 4_000, ScheduleTerms(12, grace_months=1), date(2024, 1, 15))
DEBT = Debt("obl_1", currency("USD"), SCHEDULE)


def test_each_whole_instalment_divides_as_its_line_has_it() -> None:
    debt = DEBT
    for _ in range(11):
        parts = allocate_payment(debt, 17_000)
        assert parts == Allocation(16_667, 333, 0)
        debt = after_payment(debt, parts)
    last = allocate_payment(debt, 17_000)
    assert last == Allocation(16_663, 337, 0)
    assert after_payment(debt, last).is_settled


def test_part_of_an_instalment_divides_in_proportion_rounded_half_even() -> None:
    """100 of 170: fee 3.33 x 100 / 170 = 1.9588, that is 1.96."""
    assert allocate_payment(DEBT, 10_000) == Allocation(9_804, 196, 0)


def test_a_tie_in_the_proportion_goes_to_the_even_minor_unit() -> None:
    """Lines of 2 principal and 2 fee: paid 1, fee 0.5 goes to 0; paid 3, fee 1.5 goes to 2."""
    schedule = build_schedule(2, 2, ScheduleTerms(1), date(2024, 1, 15))
    debt = Debt("obl_2", currency("USD"), schedule)
    assert allocate_payment(debt, 1) == Allocation(1, 0, 0)
    assert allocate_payment(debt, 3) == Allocation(1, 2, 0)


def test_principal_first_pays_all_principal_of_the_debt_before_any_fee() -> None:
    debt = replace(DEBT, component_order=ComponentOrder.PRINCIPAL_FIRST)
    assert allocate_payment(debt, 17_000) == Allocation(17_000, 0, 0)
    assert allocate_payment(debt, 201_000) == Allocation(200_000, 1_000, 0)


def test_fee_first_pays_the_fee_of_each_instalment_before_its_principal() -> None:
    debt = replace(DEBT, component_order=ComponentOrder.FEE_FIRST)
    assert allocate_payment(debt, 200) == Allocation(0, 200, 0)
    assert allocate_payment(debt, 10_000) == Allocation(9_667, 333, 0)
    # 170 + 30: two fees of 3.33, the rest is principal.
    assert allocate_payment(debt, 20_000) == Allocation(19_334, 666, 0)


def test_a_client_found_insolvent_pays_only_principal_from_then_on() -> None:
    """After one instalment (166.67 + 3.33), 1,833.33 of principal come before the fee."""
    debt = replace(
        DEBT,
        principal_paid_minor=16_667,
        fee_paid_minor=333,
        component_order=ComponentOrder.PRINCIPAL_FIRST,
    )
    assert allocate_payment(debt, 1_000) == Allocation(1_000, 0, 0)
    assert allocate_payment(debt, 183_333) == Allocation(183_333, 0, 0)
    assert allocate_payment(debt, 183_334) == Allocation(183_333, 1, 0)


def test_what_was_never_owed_is_excess() -> None:
    assert allocate_payment(DEBT, 205_000) == Allocation(200_000, 4_000, 1_000)
    settled = replace(DEBT, principal_paid_minor=200_000, fee_paid_minor=4_000)
    assert allocate_payment(settled, 500) == Allocation(0, 0, 500)


def test_a_negative_payment_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        allocate_payment(DEBT, -1)


def test_paid_totals_beyond_the_schedule_are_refused() -> None:
    with pytest.raises(ValueError, match="outside its schedule"):
        replace(DEBT, fee_paid_minor=4_001)


@pytest.mark.parametrize("on", [date(2024, 1, 16), date(2024, 9, 1), date(2030, 1, 1)])
def test_settling_early_or_late_costs_what_is_outstanding_and_no_charge(on: date) -> None:
    debt = after_payment(DEBT, allocate_payment(DEBT, 17_000))
    quote = settlement_quote(debt, on)
    assert (quote.principal_minor, quote.fee_minor) == (183_333, 3_667)
    assert (quote.total_minor, quote.charge_minor, quote.quoted_on) == (187_000, 0, on)
    assert after_payment(debt, allocate_payment(debt, quote.total_minor)).is_settled
