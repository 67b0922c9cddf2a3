"""A salam from its price to its end: goods owed, goods in hand, and money given back.

The figures are those of FAS 7 as worked for a capital of 500.00: goods as agreed 500, of a lower
grade 450 and 50, a parallel price of 560 and a profit of 60, a pledge sold for 520 of which 20 go
to the pledgor.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sanduq import demo
from sanduq.access.errors import NoAuthority
from sanduq.events import service as outbox
from sanduq.kit.errors import Conflict, NotFound, ValidationFailed
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.loans.errors import (
    ApproverMayNotDisburse,
    LoanStateRefuses,
    StepOutOfOrder,
)
from sanduq.microfinance.loans.model import LoanStatus
from sanduq.microfinance.loans.salam import service as salam
from sanduq.microfinance.loans.salam import (
    service_commodities,
)
from sanduq.microfinance.loans.salam.errors import (
    CommodityTaken,
    CommodityUnknown,
    MoreThanUnpaid,
    PriceAlreadyMoved,
)
from sanduq.microfinance.loans.salam.facts import (
    CommodityKind,
    PriceSource,
    SecurityKind,
)
from sanduq.microfinance.loans.salam.model_terms import NamedSecurity
from sanduq.microfinance.loans.salam.service import PayPrice
from sanduq.obligations.end_of_day import run_days
from sanduq.shariah.errors import ShariahViolation
from tests.make.salam import (
    HARVEST,
    MILL,
    SELLER,
    TODAY,
    a_commodity,
    approved,
    asked,
    on_day,
    prepared,
    terms,
)
from tests.make.salam_steps import (
    books,
    codes_of,
    contract,
    deliver,
    held,
    pay,
    status,
    verified,
)

LATER = date(2024, 7, 15)


@pytest.fixture
def farm(demo_work):
    """The demonstration institution with wheat, a mill and a product of salam."""
    prepared(demo_work)
    return demo_work


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
