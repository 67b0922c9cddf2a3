"""Goods of a salam brought, refused, or not delivered: what is owed then, and by whom.

Figures of FAS 7 for a capital of 500.00: goods as agreed 500, of a lower grade 450 and a loss of
50, a pledge sold for 520 of which 20 go to the pledgor.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from sanduq import demo
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.loans.model import LoanStatus
from sanduq.microfinance.loans.repayments import reverse
from sanduq.microfinance.loans.salam import (
    service_delivery,
    service_goods,
    service_remedies,
)
from sanduq.microfinance.loans.salam.errors import (
    MoreThanUndelivered,
    NothingUndelivered,
    SalamChangedMeanwhile,
)
from sanduq.microfinance.loans.salam.facts import (
    FreightPayer,
    Quality,
    Remedy,
    SecurityKind,
    Settlement,
)
from sanduq.microfinance.loans.salam.model_terms import NamedSecurity
from sanduq.microfinance.loans.salam.service_delivery import SubstituteGoods
from sanduq.microfinance.loans.salam.service_remedies import SellPledge
from sanduq.shariah.errors import ShariahViolation
from tests.make.salam import (
    HARVEST,
    SELLER,
    TODAY,
    asked,
    delivered,
    on_day,
    paid,
    prepared,
    terms,
    usd,
)
from tests.make.salam_steps import (
    books,
    cancel,
    cancelled,
    codes_of,
    contract,
    deliver,
    held,
    repay,
    status,
    verified,
)

LATER = date(2024, 7, 15)


@pytest.fixture
def farm(demo_work):
    """The demonstration institution with wheat, a mill and a product of salam."""
    prepared(demo_work)
    return demo_work


def test_goods_as_agreed_take_the_place_of_the_capital(farm, demo_url) -> None:
    loan_id = delivered(farm)
    found = contract(farm, loan_id)
    assert books(demo_url, found, "1400", "1410") == (0, 50_000)
    assert status(farm, loan_id) is LoanStatus.COMPLETED
    verified(farm)


def test_a_first_part_makes_the_loan_repaying_and_the_last_ends_it(farm, demo_url) -> None:
    loan_id = paid(farm)
    rendered = deliver(farm, loan_id, 400_000)
    assert (rendered["loan_status"], rendered["stage"]) == ("REPAYING", "PARTLY_DELIVERED")
    assert rendered["capital_undelivered"] == 300
    found = contract(farm, loan_id)
    assert books(demo_url, found, "1400", "1410") == (30_000, 20_000)
    assert deliver(farm, loan_id, 600_000)["loan_status"] == "COMPLETED"
    with pytest.raises(NothingUndelivered):
        deliver(farm, loan_id, 1)
    verified(farm)


def test_lower_grade_goods_stand_at_their_market_value(farm, demo_url) -> None:
    loan_id = paid(farm)
    deliver(farm, loan_id, quality=Quality.WORSE, market_value=usd(45_000))
    found = contract(farm, loan_id)
    assert books(demo_url, found, "1400", "1410") == (0, 45_000)
    assert held(demo_url, "5500") == 5_000
    assert status(farm, loan_id) is LoanStatus.COMPLETED
    verified(farm)


def test_goods_are_never_written_above_what_was_paid(farm, demo_url) -> None:
    loan_id = paid(farm)
    deliver(farm, loan_id, quality=Quality.WORSE, market_value=usd(60_000))
    assert books(demo_url, contract(farm, loan_id), "1410") == (50_000,)
    verified(farm)


def test_a_discount_on_lower_grade_goods_comes_back_in_money(farm, demo_url) -> None:
    loan_id = paid(farm)
    rendered = deliver(
        farm, loan_id, quality=Quality.WORSE, settlement=Settlement.ACCEPT_AT_DISCOUNT,
        market_value=usd(45_000), discount=usd(3_000),
    )  # fmt: skip
    found = contract(farm, loan_id)
    assert books(demo_url, found, "1400", "1410", "1420") == (0, 45_000, 3_000)
    assert held(demo_url, "5500") == 2_000
    assert rendered["loan_status"] == "REPAYING"
    repay(farm, loan_id, 3_000)
    assert status(farm, loan_id) is LoanStatus.COMPLETED
    verified(farm)


def test_lower_grade_goods_may_be_refused_and_change_nothing(farm, demo_url) -> None:
    loan_id = paid(farm)
    rendered = deliver(farm, loan_id, quality=Quality.WORSE, settlement=Settlement.REFUSE)
    assert rendered["quantity_undelivered"] == 1000
    assert rendered["steps"][-1]["kind"] == "refuse"
    assert books(demo_url, contract(farm, loan_id), "1400") == (50_000,)
    assert status(farm, loan_id) is LoanStatus.DISBURSED
    verified(farm)


@pytest.mark.parametrize("quality", [Quality.AS_AGREED, Quality.BETTER])
def test_conforming_goods_are_not_refused_on_their_day(farm, quality) -> None:
    loan_id = paid(farm)
    with pytest.raises(ShariahViolation) as refused:
        deliver(farm, loan_id, quality=quality, settlement=Settlement.REFUSE, reason="full")
    assert codes_of(refused) == {"SALAM_QUALITY"}


def test_better_goods_are_taken_without_paying_more(farm, demo_url) -> None:
    loan_id = paid(farm)
    cash = held(demo_url, "1000", "brn_main")
    deliver(farm, loan_id, quality=Quality.BETTER)
    assert books(demo_url, contract(farm, loan_id), "1410") == (50_000,)
    assert held(demo_url, "1000", "brn_main") == cash
    verified(farm)


def test_early_goods_are_taken_unless_there_is_a_reason(farm) -> None:
    loan_id = paid(farm)
    early = date(2024, 6, 1)
    with pytest.raises(ShariahViolation) as refused:
        deliver(farm, loan_id, on=early, settlement=Settlement.REFUSE)
    assert codes_of(refused) == {"SALAM_EARLY"}
    deliver(farm, loan_id, on=early, settlement=Settlement.REFUSE, reason="the store is full")
    assert deliver(farm, loan_id, on=early)["loan_status"] == "COMPLETED"
    verified(farm)


@pytest.mark.parametrize(
    "changes",
    [
        {"quality": Quality.WORSE},
        {"market_value": usd(45_000)},
        {"discount": usd(100)},
        {"quality": Quality.WORSE, "settlement": Settlement.ACCEPT_AT_DISCOUNT,
         "market_value": usd(45_000)},
        {"on": TODAY - timedelta(days=1)},
        {"quantity_milli": 1_000_001},
    ],
)  # fmt: skip
def test_a_delivery_that_cannot_be_is_refused(farm, changes) -> None:
    loan_id = paid(farm)
    with pytest.raises(ValidationFailed):
        deliver(farm, loan_id, **changes)


def test_freight_is_the_sellers_unless_agreed(farm) -> None:
    loan_id = paid(farm)
    with pytest.raises(ShariahViolation) as refused:
        deliver(farm, loan_id, freight_payer=FreightPayer.BUYER)
    assert codes_of(refused) == {"SALAM_FREIGHT"}
    agreed = paid(farm, asked(terms(freight_payer=FreightPayer.BUYER)))
    deliver(farm, agreed, freight_payer=FreightPayer.BUYER)


# Goods not delivered


def test_three_ways_are_offered_and_no_fourth(farm) -> None:
    loan_id = paid(farm)
    with farm() as uow:
        _, remedies = service_remedies.offered(on_day(uow, HARVEST), loan_id)
    assert remedies == [Remedy.WAIT, Remedy.CANCEL, Remedy.SUBSTITUTE]
    done = delivered(farm)
    with pytest.raises(NothingUndelivered), farm() as uow:
        service_remedies.offered(uow, done)


def test_waiting_moves_the_day_and_makes_no_entry(farm, demo_url) -> None:
    loan_id = paid(farm)
    with farm() as uow:
        rendered = service_remedies.wait(
            on_day(uow, date(2024, 6, 20)), loan_id, until=LATER, reason="late rain"
        )
    assert rendered["deliveries"] == [{"date": "2024-07-15", "quantity": 1000}]
    assert rendered["steps"][-1]["journal_id"] is None
    assert books(demo_url, contract(farm, loan_id), "1400", "1420") == (50_000, 0)
    verified(farm)


def test_waiting_moves_only_what_has_not_come(farm) -> None:
    two = ((HARVEST, 400_000), (date(2024, 6, 30), 600_000))
    loan_id = paid(farm, asked(terms(dues=two)))
    deliver(farm, loan_id, 100_000)
    with farm() as uow:
        service_remedies.wait(on_day(uow, HARVEST), loan_id, until=LATER, reason="late rain")
    found = contract(farm, loan_id)
    assert found.dues == ((HARVEST, 100_000), (LATER, 900_000))
    assert found.oldest_undelivered_due_on == LATER
    verified(farm)


@pytest.mark.parametrize(
    ("until", "code"), [(date(2024, 12, 1), "SALAM_OFF_SEASON"), (HARVEST, "nothing_to_extend")]
)
def test_one_waits_for_a_day_on_which_the_goods_can_come(farm, until, code) -> None:
    loan_id = paid(farm)
    with pytest.raises((ShariahViolation, ValidationFailed)) as refused, farm() as uow:
        service_remedies.wait(on_day(uow, HARVEST), loan_id, until=until, reason="late rain")
    assert code in codes_of(refused)


def test_cancelling_gives_back_the_capital_and_no_more(farm, demo_url) -> None:
    loan_id = paid(farm)
    rendered = cancel(farm, loan_id)
    found = contract(farm, loan_id)
    assert books(demo_url, found, "1400", "1420") == (0, 50_000)
    assert (rendered["loan_status"], rendered["refundable"]) == ("DISBURSED", 500)
    with farm() as uow:
        loan = loans.get(uow, loan_id)
    assert loan.repayable_minor == 50_000
    assert loan.balance is not None
    assert loan.balance.outstanding_minor == 50_000
    assert repay(farm, loan_id, 20_000).status is LoanStatus.REPAYING
    assert repay(farm, loan_id, 30_000).status is LoanStatus.COMPLETED
    assert books(demo_url, found, "1420") == (0,)
    verified(farm)


def test_a_part_is_cancelled_and_the_rest_still_owed(farm, demo_url) -> None:
    loan_id = paid(farm)
    cancel(farm, loan_id, quantity_milli=400_000)
    found = contract(farm, loan_id)
    assert books(demo_url, found, "1400", "1420") == (30_000, 20_000)
    # The money is back, the goods are not: the loan goes on.
    assert repay(farm, loan_id, 20_000).status is LoanStatus.REPAYING
    verified(farm)
    cancel(farm, loan_id, quantity_milli=100_000)
    assert books(demo_url, found, "1400", "1420") == (25_000, 5_000)
    deliver(farm, loan_id, 500_000)
    assert status(farm, loan_id) is LoanStatus.REPAYING
    assert repay(farm, loan_id, 5_000).status is LoanStatus.COMPLETED
    verified(farm)


def test_a_refund_taken_back_is_owed_again(farm, demo_url) -> None:
    loan_id = paid(farm)
    cancel(farm, loan_id)
    done = repay(farm, loan_id, 50_000)
    assert done.repayment is not None
    with farm(demo.CHECKER) as uow:
        reverse(on_day(uow, HARVEST), loan_id, done.repayment.repayment_id, reason="bad note")
    assert books(demo_url, contract(farm, loan_id), "1420") == (50_000,)
    verified(farm)


def test_no_more_is_cancelled_than_is_owed_and_no_refund_falls_due_before(farm) -> None:
    loan_id = paid(farm)
    with pytest.raises(MoreThanUndelivered):
        cancel(farm, loan_id, quantity_milli=1_000_001)
    with pytest.raises(ValidationFailed):
        cancel(farm, loan_id, refund_due_on=TODAY)
    with pytest.raises(SalamChangedMeanwhile), farm() as uow:
        service_remedies.cancel_salam(on_day(uow, HARVEST), loan_id, cancelled(), etag='"s99"')


def other_goods(**changes):
    command = SubstituteGoods(
        commodity="barley", quantity_milli=1_100_000, quantity_unit="kg",
        specifications={"grade": "B", "moisture_content_max": "13"}, market_value=usd(52_000),
        original_market_value=usd(56_000), on=HARVEST, document="Weight note 115",
    )  # fmt: skip
    return replace(command, **changes)


def substitute(work, loan_id, **changes):
    command = other_goods(**changes)
    with work() as uow:
        return service_delivery.substitute(on_day(uow, command.on), loan_id, command)


def test_other_goods_may_take_the_place_of_those_due(farm, demo_url) -> None:
    loan_id = paid(farm)
    rendered = substitute(farm, loan_id)
    assert (rendered["loan_status"], rendered["quantity_substituted"]) == ("COMPLETED", 1000)
    found = contract(farm, loan_id)
    assert books(demo_url, found, "1400", "1410") == (0, 50_000)
    with farm() as uow:
        (lot,) = service_goods.search(uow, PageRequest(), commodity="barley").items
    assert (lot.quantity_milli, lot.cost_minor) == (1_100_000, 50_000)
    verified(farm)


@pytest.mark.parametrize(
    "changes",
    [
        {"on": date(2024, 6, 14)},
        {"market_value": usd(56_001)},
        {"commodity": "gold"},
        {"specifications": {"grade": "B"}},
    ],
)
def test_a_substitute_that_may_not_be_is_refused(farm, changes) -> None:
    loan_id = paid(farm)
    with pytest.raises(ShariahViolation) as refused:
        substitute(farm, loan_id, **changes)
    assert codes_of(refused) == {"SALAM_SUBSTITUTE"}


# Security


def test_a_pledge_sold_pays_what_is_due_and_the_rest_is_the_pledgors(farm, demo_url) -> None:
    cow = NamedSecurity(SecurityKind.PLEDGE, SELLER, "a dairy cow")
    loan_id = paid(farm, asked(terms(securities=(cow,))))
    sale = SellPledge(usd(52_000), HARVEST, "Auction note 7")
    with pytest.raises(ShariahViolation) as refused, farm() as uow:
        service_remedies.sell_pledge(on_day(uow, HARVEST), loan_id, sale)
    assert codes_of(refused) == {"SALAM_SECURITY_INVALID"}  # goods are owed, no money is due
    cancel(farm, loan_id)
    with farm() as uow:
        rendered = service_remedies.sell_pledge(on_day(uow, HARVEST), loan_id, sale)
    assert rendered["loan_status"] == "COMPLETED"
    assert books(demo_url, contract(farm, loan_id), "1420") == (0,)
    assert held(demo_url, "2200", SELLER) == -2_000
    verified(farm)


def test_without_a_pledge_nothing_is_sold(farm) -> None:
    loan_id = paid(farm)
    cancel(farm, loan_id)
    with pytest.raises(ShariahViolation) as refused, farm() as uow:
        service_remedies.sell_pledge(
            on_day(uow, HARVEST), loan_id, SellPledge(usd(52_000), HARVEST, "note")
        )
    assert codes_of(refused) == {"SALAM_SECURITY_INVALID"}
