"""Payments on a pledge: the fee up to the day, then the debt; never more because of time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sanduq.access.errors import NoAuthority
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import Conflict, ValidationFailed
from sanduq.kit.money import Money
from sanduq.kit.pages import PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import AccountPlace
from sanduq.obligations.model import ComponentOrder
from sanduq.obligations.receipts import service as receipts
from sanduq.obligations.receipts.model import ExcessUse, PayDebt
from sanduq.qard import service as qard
from sanduq.qard.contract import QardStatus
from sanduq.qard.service import Disbursement, NewQard
from sanduq.rahnu.contracts import meter
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.lending import schedule
from sanduq.rahnu.contracts.life.payments import quotes, service, statements
from sanduq.rahnu.contracts.life.payments.errors import (
    MoreThanFeeDue,
    NothingLeftToPay,
    PaidElsewhere,
    PledgeRepaymentKnown,
    PledgeRepaymentReversed,
    QuoteDayImpossible,
    StatementImpossible,
)
from sanduq.rahnu.contracts.life.payments.model import ApplyTo, NewStatement, PayPledge
from sanduq.rahnu.contracts.model import OutsideDebt, PledgeStatus
from tests.coherent import assert_coherent
from tests.make.institution import balance_minor
from tests.make.pledges import CHECKER, MAKER, PLEDGOR, USD, a_bar, active_pledge, open_shop

MAY_15 = datetime(2024, 5, 15, 10, 30, tzinfo=UTC)


@pytest.fixture
def shop(work):
    return open_shop(work)


def usd(minor: int) -> Money:
    return Money(minor, USD)


def pay(work, contract, minor, *, at=MAY_15, user=MAKER, **how):
    with work(user) as uow:
        uow.clock = FixedClock(at)
        return service.repay(uow, contract.contract_id, PayPledge(usd(minor), **how))


def now(work, contract):
    with work() as uow:
        return contracts.get(uow, contract.contract_id)


def quote(work, contract, on=None, *, at=MAY_15):
    with work() as uow:
        uow.clock = FixedClock(at)
        return quotes.redemption_quote(uow, contract.contract_id, on)


def test_a_payment_pays_the_fee_due_first_and_then_the_debt(db, owner_url, work, shop) -> None:
    # 20.00 a month from 15 January: four months on 15 May are 80.00.
    taken = active_pledge(shop)
    made = pay(work, taken, 100_000)
    assert (made.fee_minor, made.debt_minor) == (8_000, 92_000)
    assert (made.debt_left_minor, made.fee_left_minor, made.is_free) == (408_000, 0, False)
    after = now(work, taken)
    assert (after.fee_accrued_minor, after.fee_paid_minor) == (8_000, 8_000)
    assert balance_minor(owner_url, AccountPlace("1100", USD, subject=taken.debt_id)) == 408_000
    assert balance_minor(owner_url, AccountPlace("1120", USD, subject=taken.contract_id)) == 0
    assert_coherent(db)


def test_the_last_payment_settles_the_loan_and_leaves_the_pledge_to_be_fetched(
    db, work, shop
) -> None:
    taken = active_pledge(shop)
    made = pay(work, taken, 508_000)
    assert made.is_free
    after = now(work, taken)
    assert after.status is PledgeStatus.ACTIVE
    assert after.fee_until_on == date(2024, 5, 15)
    with work() as uow:
        assert qard.get(uow, taken.debt_id).status is QardStatus.SETTLED
    # The fee stopped that day, however late it is fetched.
    late = quote(work, taken, at=MAY_15 + timedelta(days=60))
    assert (late.total_minor, late.is_free) == (0, True)
    with pytest.raises(NothingLeftToPay):
        pay(work, taken, 100)
    assert_coherent(db)


@pytest.mark.parametrize(
    ("apply_to", "minor", "fee", "debt"),
    [(ApplyTo.FEE, 5_000, 5_000, 0), (ApplyTo.DEBT, 5_000, 0, 5_000)],
)
def test_a_payment_goes_where_it_says(work, shop, apply_to, minor, fee, debt) -> None:
    made = pay(work, active_pledge(shop), minor, apply_to=apply_to)
    assert (made.fee_minor, made.debt_minor) == (fee, debt)


def test_custody_is_not_paid_ahead(work, shop) -> None:
    with pytest.raises(MoreThanFeeDue, match=r"80\.00"):
        pay(work, active_pledge(shop), 8_001, apply_to=ApplyTo.FEE)


def test_more_than_is_owed_is_asked_about_and_never_taken(db, work, shop) -> None:
    taken = active_pledge(shop)
    with pytest.raises(ValidationFailed, match="more than"):
        pay(work, taken, 508_001)
    made = pay(work, taken, 508_500, excess=ExcessUse.CREDIT)
    assert (made.fee_minor, made.debt_minor, made.excess_minor) == (8_000, 500_000, 500)
    assert_coherent(db)


def test_an_external_id_is_taken_once(work, shop) -> None:
    taken = active_pledge(shop)
    pay(work, taken, 1_000, external_id="slip-1")
    with pytest.raises(PledgeRepaymentKnown):
        pay(work, taken, 1_000, external_id="slip-1")


def test_a_payment_of_an_earlier_day_pays_the_fee_of_that_day(db, work, shop) -> None:
    # Received on 15 March, recorded on 15 May: two months of custody, and none after it.
    taken = active_pledge(shop)
    made = pay(work, taken, 504_000, received_on=date(2024, 3, 15))
    assert (made.fee_minor, made.is_free) == (4_000, True)
    assert now(work, taken).fee_until_on == date(2024, 3, 15)
    assert_coherent(db)


def test_fee_charged_beyond_the_day_of_payment_is_taken_back(db, work, shop) -> None:
    taken = active_pledge(shop)
    pay(work, taken, 100, apply_to=ApplyTo.DEBT, received_on=date(2024, 2, 15))
    pay(work, taken, 2_000, apply_to=ApplyTo.FEE, received_on=date(2024, 2, 15))
    with work(MAKER) as uow:
        uow.clock = FixedClock(MAY_15)
        contract = contracts.get(uow, taken.contract_id)
        ledger.post(uow, meter.charge(uow, [contract], uow.today))
    pay(work, taken, 499_900, apply_to=ApplyTo.DEBT, received_on=date(2024, 2, 15))
    after = now(work, taken)
    assert (after.fee_accrued_minor, after.fee_paid_minor) == (2_000, 2_000)
    assert_coherent(db)


def test_a_payment_taken_back_opens_the_debt_and_the_fee_again(db, work, shop) -> None:
    taken = active_pledge(shop)
    made = pay(work, taken, 508_000)
    with work(CHECKER) as uow:
        uow.clock = FixedClock(MAY_15 + timedelta(days=31))
        back = service.reverse(uow, taken.contract_id, made.repayment_id, reason="cheque bounced")
    assert (back.amount_minor, back.debt_left_minor, back.is_free) == (-508_000, 500_000, False)
    assert back.fee_left_minor == 10_000  # five months, to 15 June
    with work() as uow:
        assert qard.get(uow, taken.debt_id).status is QardStatus.ACTIVE
    assert now(work, taken).fee_until_on is None
    with work(CHECKER) as uow, pytest.raises(PledgeRepaymentReversed):
        service.reverse(uow, taken.contract_id, made.repayment_id, reason="again")
    assert_coherent(db)


def test_taking_a_payment_back_needs_authority(work, shop) -> None:
    taken = active_pledge(shop)
    made = pay(work, taken, 1_000)
    with work("user_shariah") as uow, pytest.raises(NoAuthority):
        service.reverse(uow, taken.contract_id, made.repayment_id, reason="no")


def test_a_fee_payment_alone_is_taken_back_alone(db, work, shop) -> None:
    taken = active_pledge(shop)
    made = pay(work, taken, 8_000, apply_to=ApplyTo.FEE)
    with work(CHECKER) as uow:
        uow.clock = FixedClock(MAY_15)
        back = service.reverse(uow, taken.contract_id, made.repayment_id, reason="wrong pledge")
    assert (back.fee_minor, back.fee_left_minor) == (-8_000, 8_000)
    with work() as uow:
        page = service.repayments(uow, taken.contract_id, PageRequest())
        assert [one.repayment_id for one in page.items] == [back.repayment_id, made.repayment_id]
    assert_coherent(db)


def test_a_quote_grows_by_custody_alone(work, shop) -> None:
    taken = active_pledge(shop)
    first = quote(work, taken)
    assert (first.debt_minor, first.fee_due_minor, first.total_minor) == (500_000, 8_000, 508_000)
    assert first.changes is not None
    assert first.changes.on == date(2024, 5, 16)
    assert first.changes.fee_due_minor == 8_064  # a day of 31: 2000 // 31 more
    by_month = {line.on: line for line in first.lines}
    assert by_month[date(2024, 7, 15)].total_minor == 512_000
    assert by_month[date(2024, 7, 15)].debt_due_minor == 500_000
    assert by_month[date(2025, 1, 15)].total_minor == 524_000
    assert {line.debt_minor for line in first.lines} == {500_000}
    assert quote(work, taken, date(2024, 8, 1)).overdue_minor == 500_000


@pytest.mark.parametrize("on", [date(2024, 1, 14), date(2029, 5, 16)])
def test_a_quote_is_for_a_day_of_custody_up_to_five_years_ahead(work, shop, on) -> None:
    with pytest.raises(QuoteDayImpossible):
        quote(work, active_pledge(shop), on)


def an_outside_debt(shop):
    outside = OutsideDebt(
        "murabaha", "M-17", "Another house", 500_000, date(2024, 7, 15), False, False
    )
    return active_pledge(shop, [a_bar(shop)], loan_minor=None, outside_debt=outside)


def test_an_outside_debt_is_paid_to_its_creditor_and_its_balance_stated(db, work, shop) -> None:
    taken = an_outside_debt(shop)
    found = quote(work, taken)
    assert (found.total_minor, found.outside_minor, found.is_free) == (8_000, 500_000, False)
    with pytest.raises(PaidElsewhere, match="Another house"):
        pay(work, taken, 9_000)
    assert pay(work, taken, 8_000).is_free is False
    with work(MAKER) as uow:
        uow.clock = FixedClock(MAY_15)
        stated = NewStatement(usd(0), date(2024, 5, 15), "letter 9")
        statements.state(uow, taken.contract_id, stated)
    assert quote(work, taken).is_free
    assert now(work, taken).outside_debt.amount_minor == 0
    assert_coherent(db)


def test_a_pledge_secures_no_more_than_it_was_made_for(work, shop) -> None:
    taken = an_outside_debt(shop)
    with work(MAKER) as uow:
        statements.state(uow, taken.contract_id, NewStatement(usd(100), uow.today, "typo"))
        statements.state(uow, taken.contract_id, NewStatement(usd(500_000), uow.today, "right"))
        with pytest.raises(StatementImpossible, match="RHN-18"):
            statements.state(uow, taken.contract_id, NewStatement(usd(500_001), uow.today, "more"))


def test_the_balance_of_a_debt_of_ours_is_not_stated(work, shop) -> None:
    taken = active_pledge(shop)
    with work(MAKER) as uow, pytest.raises(Conflict):
        statements.state(uow, taken.contract_id, NewStatement(usd(0), uow.today, "x"))


def a_loan_elsewhere(work, serves_id="mfl_00000000000000000000000001"):
    """A qard of 5,000.00 of another rail, paid out today and due on 15 July."""
    lines = schedule(500_000, 0, (date(2024, 7, 15),))
    with work(MAKER) as uow:
        new = NewQard(
            serves_id, PLEDGOR, "brn_main", usd(500_000), 0, ComponentOrder.PRO_RATA, None
        )
        (agreed,) = qard.agree(uow, [new])
        qard.disburse(uow, [Disbursement(agreed.qard_id, uow.today, lines)])
        return agreed.qard_id


def test_a_loan_of_another_rail_is_paid_there_and_frees_the_pledge_that_day(db, work, shop) -> None:
    debt_id = a_loan_elsewhere(work)
    taken = active_pledge(shop, [a_bar(shop)], loan_minor=None, debt_id=debt_id)
    with pytest.raises(PaidElsewhere, match="microfinance/loans/mfl_"):
        pay(work, taken, 9_000)
    with work(MAKER) as uow:
        uow.clock = FixedClock(MAY_15)
        paid = PayDebt(debt_id, "mfl_00000000000000000000000001", usd(500_000), uow.today)
        receipts.record(uow, [paid], qard.journal_of)
        qard.settle(uow, [debt_id])
    # Four months of custody, however late they are paid.
    later = MAY_15 + timedelta(days=50)
    assert quote(work, taken, at=later).total_minor == 8_000
    assert pay(work, taken, 8_000, at=later).is_free
    assert now(work, taken).fee_until_on == date(2024, 5, 15)
    assert_coherent(db)


def test_fee_charged_after_a_debt_was_paid_elsewhere_is_given_back(db, work, shop) -> None:
    debt_id = a_loan_elsewhere(work)
    taken = active_pledge(shop, [a_bar(shop)], loan_minor=None, debt_id=debt_id)
    with work(MAKER) as uow:
        uow.clock = FixedClock(datetime(2024, 2, 15, 10, tzinfo=UTC))
        paid = PayDebt(debt_id, "mfl_00000000000000000000000001", usd(500_000), uow.today)
        receipts.record(uow, [paid], qard.journal_of)
    with work(MAKER) as uow:
        uow.clock = FixedClock(MAY_15)
        contract = contracts.get(uow, taken.contract_id)
        ledger.post(uow, meter.charge(uow, [contract], uow.today))
    assert pay(work, taken, 2_000).is_free
    after = now(work, taken)
    assert (after.fee_accrued_minor, after.fee_paid_minor) == (2_000, 2_000)
    assert_coherent(db)


def test_a_payment_elsewhere_that_was_taken_back_lets_the_fee_run_on(db, work, shop) -> None:
    debt_id = a_loan_elsewhere(work)
    serves_id = "mfl_00000000000000000000000001"
    taken = active_pledge(shop, [a_bar(shop)], loan_minor=None, debt_id=debt_id)
    with work(MAKER) as uow:
        uow.clock = FixedClock(MAY_15)
        paid = PayDebt(debt_id, serves_id, usd(500_000), uow.today)
        (outcome,) = receipts.record(uow, [paid], qard.journal_of)
    pay(work, taken, 1_000)
    assert now(work, taken).fee_until_on == date(2024, 5, 15)
    with work(CHECKER) as uow:
        uow.clock = FixedClock(MAY_15 + timedelta(days=31))
        receipts.reverse(uow, serves_id, outcome.repayment.repayment_id, reason="bounced")
    later = quote(work, taken, at=MAY_15 + timedelta(days=31))
    assert (later.debt_minor, later.fee_due_minor) == (500_000, 9_000)
    pay(work, taken, 9_000, at=MAY_15 + timedelta(days=31))
    assert now(work, taken).fee_until_on is None
    assert_coherent(db)
