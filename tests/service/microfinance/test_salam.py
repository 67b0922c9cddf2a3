"""A salam from its price to its end: goods owed, goods in hand, and money given back.

The figures are those of FAS 7 as worked for a capital of 500.00: goods as agreed 500, of a lower
grade 450 and 50, a parallel price of 560 and a profit of 60, a pledge sold for 520 of which 20 go
to the pledgor.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from sanduq import demo
from sanduq.access.errors import NoAuthority
from sanduq.events import service as outbox
from sanduq.kit.errors import Conflict, NotFound, ValidationFailed
from sanduq.kit.money import Money
from sanduq.kit.pages import PageRequest
from sanduq.ledger.model import AccountPlace
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.loans.errors import (
    ApproverMayNotDisburse,
    LoanStateRefuses,
    StepOutOfOrder,
)
from sanduq.microfinance.loans.model import LoanStatus
from sanduq.microfinance.loans.repayments import record_repayment, reverse
from sanduq.microfinance.loans.salam import service as salam
from sanduq.microfinance.loans.salam import (
    service_commodities,
    service_delivery,
    service_goods,
    service_remedies,
)
from sanduq.microfinance.loans.salam.errors import (
    CommodityTaken,
    CommodityUnknown,
    MoreThanUndelivered,
    MoreThanUnpaid,
    NothingUndelivered,
    PriceAlreadyMoved,
    SalamChangedMeanwhile,
)
from sanduq.microfinance.loans.salam.facts import (
    CommodityKind,
    FreightPayer,
    PriceSource,
    Quality,
    Remedy,
    SecurityKind,
    Settlement,
)
from sanduq.microfinance.loans.salam.model_terms import NamedSecurity
from sanduq.microfinance.loans.salam.service import PayPrice
from sanduq.microfinance.loans.salam.service_delivery import SubstituteGoods
from sanduq.microfinance.loans.salam.service_goods import SellGoods
from sanduq.microfinance.loans.salam.service_remedies import CancelGoods, SellPledge
from sanduq.obligations.end_of_day import run_days
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.institution import balance_minor
from tests.make.loans import payment
from tests.make.salam import (
    HARVEST,
    MILL,
    SELLER,
    TODAY,
    USD,
    a_commodity,
    approved,
    asked,
    brought,
    delivered,
    on_day,
    paid,
    prepared,
    terms,
    usd,
)

LATER = date(2024, 7, 15)


@pytest.fixture
def farm(demo_work):
    """The demonstration institution with wheat, a mill and a product of salam."""
    prepared(demo_work)
    return demo_work


def contract(work, loan_id):
    with work() as uow:
        return salam.contract(uow, loans.get(uow, loan_id).contract_id)


def status(work, loan_id):
    with work() as uow:
        return loans.get(uow, loan_id).status


def held(url, code, subject=None):
    return balance_minor(url, AccountPlace(code, USD, subject=subject))


def books(url, loan, *codes):
    return tuple(held(url, code, loan.contract_id) for code in codes)


def verified(work):
    with work(demo.MAKER) as uow:
        assert_coherent(uow)


def codes_of(refused):
    return {detail["code"] for detail in refused.value.details}


def pay(work, loan_id, minor=None, on=TODAY, **changes):
    with work() as uow:
        amount = None if minor is None else usd(minor)
        return salam.pay_price(
            on_day(uow, max(on, TODAY)), loan_id, PayPrice(amount, on, **changes)
        )


def deliver(work, loan_id, *args, **changes):
    command = brought(*args, **changes)
    with work() as uow:
        return service_delivery.deliver(on_day(uow, command.on), loan_id, command)


def cancelled(on=HARVEST, quantity_milli=None, **changes):
    command = CancelGoods(
        on=on, reason="the harvest failed", document="Letter of both", quantity_milli=quantity_milli
    )
    return replace(command, **changes)


def cancel(work, loan_id, **changes):
    command = cancelled(**changes)
    with work() as uow:
        return service_remedies.cancel_salam(on_day(uow, command.on), loan_id, command)


def repay(work, loan_id, minor, on=HARVEST):
    with work() as uow:
        return record_repayment(on_day(uow, on), payment(loan_id, minor, received_on=on))


# Agreement


def test_a_salam_owes_goods_and_shows_its_terms(farm) -> None:
    with farm() as uow:
        loan = loans.create(uow, asked())
    assert loan.status is LoanStatus.PENDING_APPROVAL
    assert (loan.repayable_minor, loan.instalment_minor, loan.stage) == (0, 0, "AGREED")
    assert loan.planned_first_due_on == HARVEST
    assert loan.contract_id.startswith("slm_")
    assert loan.particulars is not None
    assert loan.particulars["delivery_location"] == "Main branch"  # SLM-07: place of the contract
    assert loan.particulars["freight_payer"] == "seller"  # SLM-19
    assert loan.particulars["counterparty_id"] == SELLER
    assert loan.particulars["total_price"] == 500
    with farm() as uow:
        found = loans.get(uow, loan.loan_id)
    assert found.particulars is not None
    assert found.particulars["quantity"] == 1000
    verified(farm)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"commodity": "gold"}, "SALAM_RIBAWI_PAIR"),  # T25
        ({"specifications": {"grade": "A"}}, "SALAM_SPEC_INCOMPLETE"),
        ({"quantity_unit": "tonne"}, "SALAM_SPEC_INCOMPLETE"),
        ({"dues": ()}, "SALAM_DATE_UNKNOWN"),
        ({"dues": ((TODAY, 1_000_000),)}, "SALAM_DATE_UNKNOWN"),
        ({"dues": ((date(2024, 12, 1), 1_000_000),)}, "SALAM_OFF_SEASON"),
    ],
)
def test_goods_salam_cannot_take_are_refused_at_the_application(farm, changes, code) -> None:
    with pytest.raises(ShariahViolation) as refused, farm() as uow:
        loans.create(uow, asked(terms(**changes)))
    assert code in codes_of(refused)


def test_a_registered_commodity_of_a_wrong_kind_is_refused(farm) -> None:
    with farm() as uow:
        service_commodities.create(uow, a_commodity("bars", kind=CommodityKind.GOLD))
        service_commodities.create(uow, a_commodity("this_cow", is_fungible=False))
    for code, expected in (("bars", "SALAM_RIBAWI_PAIR"), ("this_cow", "SALAM_SPECIFIC_OBJECT")):
        with pytest.raises(ShariahViolation) as refused, farm() as uow:
            loans.create(uow, asked(terms(commodity=code)))
        assert expected in codes_of(refused)


def test_an_unknown_commodity_is_told_as_such_and_a_code_is_taken_once(farm) -> None:
    with pytest.raises(CommodityUnknown), farm() as uow:
        loans.create(uow, asked(terms(commodity="oats")))
    with pytest.raises(CommodityTaken), farm() as uow:
        service_commodities.create(uow, a_commodity("wheat"))


def test_the_seller_is_the_borrower(farm) -> None:
    with pytest.raises(ValidationFailed), farm() as uow:
        loans.create(uow, asked(terms(counterparty_id=MILL)))


def test_who_gives_a_security_is_known(farm) -> None:
    nobody = NamedSecurity(SecurityKind.PLEDGE, "cpty_nobody", "a cow")
    with pytest.raises(NotFound), farm() as uow:
        loans.create(uow, asked(terms(securities=(nobody,))))


def test_texts_that_stipulate_a_substitute_are_refused(farm) -> None:
    text = "barley may be substituted if wheat fails"
    with pytest.raises(ShariahViolation) as refused, farm() as uow:
        loans.create(uow, asked(purpose_description=text))
    assert codes_of(refused) == {"SALAM_SUBSTITUTE"}


def test_a_day_that_has_passed_is_not_approved(farm) -> None:
    with farm() as uow:
        loan_id = loans.create(uow, asked()).loan_id
    with pytest.raises(ShariahViolation) as refused, farm(demo.CHECKER) as uow:
        loans.approve(on_day(uow, HARVEST), loan_id)
    assert "SALAM_DATE_UNKNOWN" in codes_of(refused)


def test_a_salam_is_cancelled_only_before_money_moved(farm) -> None:
    loan_id = approved(farm)
    with farm() as uow:
        loans.cancel(uow, loan_id, reason="the farmer changed his mind")
    assert contract(farm, loan_id).stage == "CANCELLED"
    part = approved(farm)
    pay(farm, part, 10_000)
    with pytest.raises(PriceAlreadyMoved), farm() as uow:
        loans.cancel(uow, part, reason="too late")
    verified(farm)


# The price


def test_the_price_paid_in_full_disburses_the_loan(farm, demo_url) -> None:
    loan_id = approved(farm)
    cash = held(demo_url, "1000", "brn_main")
    rendered = pay(farm, loan_id)
    found = contract(farm, loan_id)
    assert (rendered["advance_payment_status"], rendered["loan_status"]) == ("PAID", "DISBURSED")
    assert books(demo_url, found, "1400") == (50_000,)
    assert held(demo_url, "1000", "brn_main") == cash - 50_000
    with farm() as uow:
        types = {e.type for e in outbox.list_events(
            uow, type_name=None, subject_id=loan_id, request=PageRequest()
        ).items}  # fmt: skip
    assert {"microfinance.salam.price_paid", "microfinance.loan.disbursed"} <= types
    verified(farm)


def test_the_general_disbursement_pays_the_price_in_full(farm, demo_url) -> None:
    loan_id = approved(farm)
    with farm() as uow:
        loan = loans.disburse(uow, loan_id, is_disclosure_acknowledged=True)
    assert (loan.status, loan.stage) == (LoanStatus.DISBURSED, "PRICE_PAID")
    assert books(demo_url, loan, "1400") == (50_000,)
    verified(farm)


def test_the_price_may_be_completed_up_to_the_third_day(farm, demo_url) -> None:
    loan_id = approved(farm)
    assert pay(farm, loan_id, 30_000)["advance_payment_status"] == "PARTIAL"
    assert status(farm, loan_id) is LoanStatus.APPROVED
    pay(farm, loan_id, 20_000, on=TODAY + timedelta(days=3))
    found = contract(farm, loan_id)
    assert (found.paid_minor, found.stage) == (50_000, "PRICE_PAID")
    assert books(demo_url, found, "1400") == (50_000,)
    verified(farm)


def test_t24_forty_percent_on_the_tenth_day_are_refused(farm) -> None:
    loan_id = approved(farm)
    pay(farm, loan_id, 30_000)
    with pytest.raises(ShariahViolation) as refused:
        pay(farm, loan_id, 20_000, on=TODAY + timedelta(days=10))
    assert codes_of(refused) == {"SALAM_PRICE_UNPAID"}
    verified(farm)


def test_what_is_unpaid_after_the_third_day_lapses_with_its_goods(farm, demo_url) -> None:
    loan_id = approved(farm)
    pay(farm, loan_id, 30_000)
    with farm() as uow:
        run_days(on_day(uow, date(2024, 1, 18)), through=date(2024, 1, 17))
    assert contract(farm, loan_id).stage == "PRICE_PARTLY_PAID"  # the third day is not over
    with farm() as uow:
        run_days(on_day(uow, date(2024, 1, 20)), through=date(2024, 1, 19))
    found = contract(farm, loan_id)
    # 300 of 500 are paid: 600 of 1,000 kg are owed.
    assert (found.lapsed_milli, found.undelivered_milli) == (400_000, 600_000)
    assert found.dues == ((HARVEST, 600_000),)
    assert status(farm, loan_id) is LoanStatus.DISBURSED
    assert books(demo_url, found, "1400") == (30_000,)
    with pytest.raises(LoanStateRefuses):
        pay(farm, loan_id, 20_000, on=date(2024, 1, 21))
    deliver(farm, loan_id, 600_000)
    assert status(farm, loan_id) is LoanStatus.COMPLETED
    verified(farm)


def test_a_debt_of_the_seller_is_not_taken_for_the_price(farm) -> None:
    loan_id = approved(farm)
    with pytest.raises(ShariahViolation) as refused:
        pay(farm, loan_id, source=PriceSource.OFFSET_OF_DEBT)
    assert codes_of(refused) == {"SALAM_DEBT_AS_PRICE"}


def test_several_days_of_delivery_need_the_whole_price_at_once(farm) -> None:
    two = ((HARVEST, 400_000), (LATER, 600_000))
    loan_id = approved(farm, asked(terms(dues=two)))
    with pytest.raises(ShariahViolation) as refused:
        pay(farm, loan_id, 30_000)
    assert codes_of(refused) == {"SALAM_DATE_UNKNOWN"}
    pay(farm, loan_id)
    assert status(farm, loan_id) is LoanStatus.DISBURSED


def test_a_payment_is_neither_too_much_nor_on_an_impossible_day(farm) -> None:
    loan_id = approved(farm)
    with pytest.raises(MoreThanUnpaid):
        pay(farm, loan_id, 50_001)
    with pytest.raises(ValidationFailed):
        pay(farm, loan_id, on=TODAY - timedelta(days=1))
    with pytest.raises(ValidationFailed):
        pay(farm, loan_id, contracted_on=TODAY + timedelta(days=1))
    pay(farm, loan_id, 10_000)
    day = TODAY + timedelta(days=1)
    with pytest.raises(ValidationFailed):
        pay(farm, loan_id, 10_000, on=day, contracted_on=day)


def test_who_approved_does_not_pay_and_roles_without_authority_neither(farm) -> None:
    loan_id = approved(farm)
    with pytest.raises(ApproverMayNotDisburse), farm(demo.CHECKER) as uow:
        salam.pay_price(uow, loan_id, PayPrice(None, TODAY))
    with pytest.raises(NoAuthority), farm(demo.FINANCE) as uow:
        salam.pay_price(uow, loan_id, PayPrice(None, TODAY))
    with pytest.raises(Conflict), farm() as uow:
        salam.pay_price(uow, loan_id, PayPrice(None, TODAY), etag='"s99"')


def test_goods_are_not_taken_before_the_price_is_paid(farm) -> None:
    loan_id = approved(farm)
    with pytest.raises(StepOutOfOrder) as refused:
        deliver(farm, loan_id)
    assert refused.value.details[0]["message"] == "pay-price"
    assert refused.value.details[0]["rule_id"] == "SLM-01"


# Delivery


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


# Goods in hand


INVOICE = SellGoods(buyer_id=MILL, quantity_milli=1, price=usd(1), on=HARVEST, document="Invoice 9")


def sell(work, loan_id, quantity_milli, minor, on=HARVEST):
    command = replace(INVOICE, quantity_milli=quantity_milli, price=usd(minor), on=on)
    with work() as uow:
        return service_goods.sell(on_day(uow, on), loan_id, command)


def test_goods_are_sold_only_once_they_are_in_hand(farm) -> None:
    loan_id = paid(farm)
    with pytest.raises(ShariahViolation) as refused:
        sell(farm, loan_id, 1, 1)
    assert codes_of(refused) == {"SALAM_RESALE_BEFORE_POSSESSION"}
    deliver(farm, loan_id, 400_000)
    with pytest.raises(ShariahViolation):
        sell(farm, loan_id, 400_001, 1)


def test_a_sale_earns_its_price_and_bears_its_cost(farm, demo_url) -> None:
    loan_id = delivered(farm)
    first = sell(farm, loan_id, 333_333, 20_000)
    rest = sell(farm, loan_id, 666_667, 36_000)
    # 50,000 cents over 1,000 kg: 16,666.65 for the first, cut down; the last takes the rest.
    assert (first.cost, rest.cost) == (usd(16_666), usd(33_334))
    assert held(demo_url, "4400") == -56_000
    assert held(demo_url, "5300") == 50_000
    assert books(demo_url, contract(farm, loan_id), "1410") == (0,)
    verified(farm)


def test_goods_sold_come_out_oldest_first_each_at_its_own_cost(farm) -> None:
    loan_id = paid(farm)
    deliver(farm, loan_id, 400_000)
    deliver(farm, loan_id, 600_000, quality=Quality.WORSE, market_value=usd(24_000))
    sold = sell(farm, loan_id, 500_000, 30_000)
    assert sold.cost == usd(20_000 + 4_000)  # 400 kg at 0.50, 100 of 600 kg that stand at 240.00
    verified(farm)


def test_goods_are_sold_neither_before_they_came_nor_tomorrow(farm) -> None:
    loan_id = delivered(farm)
    with pytest.raises(ValidationFailed):
        sell(farm, loan_id, 1, 1, on=HARVEST - timedelta(days=1))
    with pytest.raises(NotFound), farm() as uow:
        service_goods.sell(on_day(uow, HARVEST), loan_id, replace(INVOICE, buyer_id="cpty_x"))


def test_goods_in_hand_are_written_down_and_never_up(farm, demo_url) -> None:
    loan_id = delivered(farm)
    with farm() as uow:
        (lot,) = service_goods.search(uow, PageRequest(), loan_id=loan_id).items

    def value(money, on=HARVEST):
        with farm() as uow:
            return service_goods.write_down(
                on_day(uow, HARVEST), lot.goods_id, market_value=money, on=on, document="Prices"
            )

    assert value(usd(47_000)).left_cost_minor == 47_000
    assert held(demo_url, "5500") == 3_000
    for wrong in (usd(47_000), usd(48_000), Money(1, replace(USD, code="EUR"))):
        with pytest.raises(ValidationFailed):
            value(wrong)
    with pytest.raises(ValidationFailed):
        value(usd(1), on=HARVEST - timedelta(days=1))
    verified(farm)


def test_capital_undelivered_is_there_for_figures_of_the_portfolio(farm) -> None:
    loan_id = paid(farm)
    deliver(farm, loan_id, 400_000)
    with farm() as uow:
        rows = uow.all(
            "select loan_id, branch_id, asset, capital_undelivered_minor,"
            " oldest_undelivered_due_on from microfinance.salam_exposure"
        )
    assert rows == [(loan_id, "brn_main", "USD/2", 30_000, HARVEST)]
