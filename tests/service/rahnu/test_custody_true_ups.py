"""Receipts of keeping, and custody fees beyond them (rule RHN-10).

Two pledges of 15 January pay 20.00 and 10.00 a month. To the end of January, 16 of 31 days, that
is 10.32 and 5.16: 15.48 of fees. The receipts of January come to 10.00, so 5.48 is over.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sanduq.api.registry import wire
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import Conflict, Forbidden, NotFound, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.pages import PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.errors import FundsInsufficient
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from sanduq.qard.true_ups.model import Standing
from sanduq.rahnu.contracts.terms import end_of_day
from sanduq.rahnu.fees.cost_studies.model import CustodyCostKind
from sanduq.rahnu.fees.costs import service as costs
from sanduq.rahnu.fees.costs.errors import (
    CounterEntry,
    CustodyCostExternalIdTaken,
    CustodyCostReversed,
)
from sanduq.rahnu.fees.costs.model import CustodyCostFilters, NewCustodyCost
from sanduq.rahnu.fees.true_ups import service
from sanduq.rahnu.fees.true_ups.errors import DaysCutTrueUp, NobodyToRefund, NoCustodySurplus
from sanduq.rahnu.fees.true_ups.model import NewTrueUp, SurplusUse
from sanduq.rahnu.fees.true_ups.rules import over_cost
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.institution import a_borrower, balance_minor
from tests.make.margins import told
from tests.make.pledges import PLEDGOR, USD, a_bar, active_pledge, open_shop

FINANCE = "user_finance"
STARTS, ENDS = date(2024, 1, 1), date(2024, 1, 31)
FEBRUARY = FixedClock(datetime(2024, 2, 1, 9, tzinfo=UTC))
PAGE = PageRequest(20, None, None)


@pytest.fixture(autouse=True)
def books_are_coherent(db):
    yield
    assert_coherent(db)


@pytest.fixture(autouse=True)
def wired():
    wire()


@pytest.fixture
def january(work):
    """Two owners have paid nothing yet; January's keeping is charged."""
    shop = open_shop(work)
    with work() as uow:
        a_borrower(uow, "cpty_salma")
    active_pledge(shop)
    bar = a_bar(shop, 25_000, "cpty_salma")
    active_pledge(shop, [bar], loan_minor=200_000, pledgor_id="cpty_salma")
    with work() as uow:
        uow.clock = FEBRUARY
        assert end_of_day.charge_month(uow, ENDS) == 2


def a_cost(minor, kind=CustodyCostKind.VAULT_RENT, **changes):
    return NewCustodyCost(
        **{
            "kind": kind, "amount": Money(minor, USD), "incurred_on": date(2024, 1, 15),
            "branch_id": None, "receipt_reference": "R-1", "external_id": None, "metadata": {},
            **changes,
        }
    )  # fmt: skip


def incurred(work, minor, **changes):
    with work(FINANCE) as uow:
        return costs.record_cost(uow, a_cost(minor, **changes))


def trued_up(work, use=SurplusUse.REFUND_PROVISION, days=(STARTS, ENDS), **changes):
    with work(FINANCE) as uow:
        uow.clock = FEBRUARY
        return service.true_up(uow, NewTrueUp(USD, *days, use, **changes))


def standing(work, days=(STARTS, ENDS)):
    with work() as uow:
        return service.standing_of(uow, USD, *days)


def test_a_cost_of_keeping_is_booked_on_its_receipt(work, owner_url, january):
    before = balance_minor(owner_url, AccountPlace("1000", USD, subject="brn_main"))
    cost = incurred(work, 600, metadata={"lease": "7"})
    assert (cost.branch_id, cost.amount.amount_minor) == ("brn_main", 600)
    assert balance_minor(owner_url, AccountPlace("5800", USD)) == 600
    after = balance_minor(owner_url, AccountPlace("1000", USD, subject="brn_main"))
    assert before - after == 600
    (event,) = told(work, "rahnu.custody_cost.recorded", cost.custody_cost_id)
    assert (event["amount"], event["kind"], event["metadata"]) == (6, "vault_rent", {"lease": "7"})


def test_a_cost_is_taken_back_once_by_a_counter_entry(work, owner_url, january):
    cost = incurred(work, 600)
    with work(FINANCE) as uow:
        counter = costs.reverse_cost(uow, cost.custody_cost_id, reason="paid twice")
    assert (counter.amount.amount_minor, counter.reverses) == (-600, cost.custody_cost_id)
    assert balance_minor(owner_url, AccountPlace("5800", USD)) == 0
    with work(FINANCE) as uow:
        kept = costs.get_cost(uow, cost.custody_cost_id)
        assert (kept.amount.amount_minor, kept.reversed_by) == (600, counter.custody_cost_id)
    with work(FINANCE) as uow, pytest.raises(CustodyCostReversed):
        costs.reverse_cost(uow, cost.custody_cost_id, reason="again")
    with work(FINANCE) as uow, pytest.raises(CounterEntry):
        costs.reverse_cost(uow, counter.custody_cost_id, reason="back")
    assert len(told(work, "rahnu.custody_cost.reversed")) == 1


def test_what_a_cost_is_refused_for(work, january):
    incurred(work, 100, external_id="lease-1")
    refused = [
        (a_cost(100, incurred_on=date(2024, 1, 16)), ValidationFailed),
        (a_cost(100, branch_id="brn_none"), NotFound),
        (a_cost(100, external_id="lease-1"), CustodyCostExternalIdTaken),
        (a_cost(900_000_000), FundsInsufficient),
    ]
    for new, refusal in refused:
        with work(FINANCE) as uow, pytest.raises(refusal):
            costs.record_cost(uow, new)
    with work("user_maker") as uow, pytest.raises(Forbidden):
        costs.record_cost(uow, a_cost(100))
    cost = incurred(work, 100)
    for on in (date(2024, 1, 14), date(2024, 1, 16)):
        with work(FINANCE) as uow, pytest.raises(ValidationFailed):
            costs.reverse_cost(uow, cost.custody_cost_id, reason="x", effective_on=on)


def test_costs_are_listed_by_every_filter_as_one_by_one(work, january):
    made = [
        incurred(work, 100),
        incurred(work, 200, kind=CustodyCostKind.SEALS, external_id="s-1"),
        incurred(work, 300, incurred_on=date(2024, 1, 3)),
    ]
    filters = {
        CustodyCostFilters(asset=USD): made,
        CustodyCostFilters(kind=CustodyCostKind.SEALS): made[1:2],
        CustodyCostFilters(branch_id="brn_main"): made,
        CustodyCostFilters(branch_id="brn_other"): [],
        CustodyCostFilters(external_id="s-1"): made[1:2],
        CustodyCostFilters(incurred_from=date(2024, 1, 4)): made[:2],
        CustodyCostFilters(incurred_before=date(2024, 1, 4)): made[2:],
    }
    for wanted, expected in filters.items():
        with work() as uow:
            found = costs.list_costs(uow, wanted, PAGE).items
        assert [one.custody_cost_id for one in found] == [
            one.custody_cost_id for one in expected[::-1]
        ]


def test_days_with_fees_beyond_their_cost_are_not_closed(work, january):
    incurred(work, 1_000)
    found = standing(work)
    assert (found.fees_minor, found.direct_cost_minor, found.surplus_minor) == (1_548, 1_000, 548)
    with work(FINANCE) as uow:
        uow.clock = FEBRUARY
        with pytest.raises(ShariahViolation) as refused:
            ledger.close_period(uow, STARTS, ENDS)
    finding = refused.value.details[0]
    assert (finding["rule_id"], finding["observed"], finding["limit"]) == (
        "RHN-10", "15.48", "10.00",
    )  # fmt: skip


def test_a_refund_is_owed_to_each_owner_by_the_fees_borne(work, owner_url, january):
    incurred(work, 1_000)
    made = trued_up(work)
    assert (made.fees_minor, made.cost_minor, made.surplus_minor) == (1_548, 1_000, 548)
    # 5.48 by 10.32 and 5.16: 3.653.. and 1.826..; the larger remainder takes the odd cent.
    owed = {"cpty_salma": 183, PLEDGOR: 365}
    for owner, minor in owed.items():
        assert balance_minor(owner_url, AccountPlace("2000", USD, subject=owner)) == -minor
    assert made.owners == 2
    assert balance_minor(owner_url, AccountPlace("4200", USD)) == -1_000
    with work(FINANCE) as uow:
        uow.clock = FEBRUARY
        ledger.close_period(uow, STARTS, ENDS)
    (event,) = told(work, "rahnu.custody_fee.trued_up")
    assert (str(event["surplus"]), event["use"]) == ("5.48", "refund_provision")


def test_what_is_given_to_charity_is_never_income(work, owner_url, january):
    made = trued_up(work, SurplusUse.CHARITY)
    assert (made.surplus_minor, made.owners) == (1_548, 0)
    assert balance_minor(owner_url, AccountPlace("2100", USD)) == -1_548
    assert balance_minor(owner_url, AccountPlace("4200", USD)) == 0
    assert standing(work).surplus_minor == 0


def test_a_surplus_is_moved_out_once_and_whole_days_of_it(work, january):
    incurred(work, 1_000)
    trued_up(work)
    with pytest.raises(NoCustodySurplus):
        trued_up(work)
    with pytest.raises(DaysCutTrueUp):
        trued_up(work, days=(date(2024, 1, 20), ENDS))
    # What was resolved within longer days stays resolved.
    with pytest.raises(NoCustodySurplus):
        trued_up(work, days=(date(2023, 12, 1), ENDS))
    with work() as uow:
        (listed,) = service.list_true_ups(uow, PAGE, asset=USD).items
    assert listed.surplus_minor == 548


def test_fees_within_their_cost_leave_nothing_to_resolve(work, january):
    incurred(work, 1_548)
    with pytest.raises(NoCustodySurplus):
        trued_up(work)
    with work(FINANCE) as uow:
        uow.clock = FEBRUARY
        ledger.close_period(uow, STARTS, ENDS)


def test_a_cost_taken_back_leaves_the_surplus_it_hid(work, january):
    cost = incurred(work, 1_548)
    with work(FINANCE) as uow:
        costs.reverse_cost(uow, cost.custody_cost_id, reason="another house's bill")
    assert standing(work).surplus_minor == 1_548


def test_who_may_true_up_and_which_days(work, january):
    with work("user_maker") as uow, pytest.raises(Forbidden):
        service.true_up(uow, NewTrueUp(USD, STARTS, ENDS, SurplusUse.CHARITY))
    with work(FINANCE) as uow, pytest.raises(ValidationFailed):
        service.true_up(uow, NewTrueUp(USD, STARTS, ENDS, SurplusUse.CHARITY))  # not over
    with pytest.raises(ValidationFailed):
        trued_up(work, days=(ENDS, STARTS))
    with pytest.raises(ValidationFailed):
        trued_up(work, resolution_id="res_unknown")
    with work(FINANCE) as uow:
        uow.clock = FEBRUARY
        ledger.close_period(uow, date(2023, 12, 1), date(2023, 12, 31))
    with pytest.raises(Conflict):
        trued_up(work, days=(date(2023, 12, 1), date(2023, 12, 31)))


def test_nobody_on_record_is_nobody_to_refund(work):
    open_shop(work)
    with work() as uow:
        cash, fees = AccountPlace("1000", USD, subject="brn_main"), AccountPlace("4200", USD)
        ledger.open_accounts(uow, [cash, fees])
        entries = (debit(cash, 500), credit(fees, 500))
        ledger.post(uow, [Journal(new_id("jrn"), "opening.fees", date(2024, 1, 15), entries)])
    with pytest.raises(NobodyToRefund):
        trued_up(work)


def test_rhn_10_fees_of_a_span_are_at_most_what_keeping_cost():
    within = Standing(USD, STARTS, ENDS, 1_000, 1_000, 0, 0)
    resolved = Standing(USD, STARTS, ENDS, 1_000, 400, 500, 100)
    over = Standing(USD, STARTS, ENDS, 1_000, 400, 500, 0)
    assert over_cost(within) == over_cost(resolved) == []
    (finding,) = over_cost(over)
    assert (finding.rule_id, finding.code) == ("RHN-10", "CUSTODY_FEE_EXCEEDS_COST")
    assert (finding.observed, finding.limit) == ("10.00", "9.00")
