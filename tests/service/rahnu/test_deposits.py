"""Safe-keeping without a loan: the same fee, in trust, unmixed and unused (WDI, RHN-12)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from sanduq.access import service as access
from sanduq.api.registry import wire
from sanduq.custody.releases import service as releases
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Money, currency
from sanduq.kit.pages import PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import AccountPlace
from sanduq.obligations.end_of_day import run_days
from sanduq.obligations.receipts.postings import cash_place
from sanduq.rahnu.deposits import service
from sanduq.rahnu.deposits.checks import check_custody_fees
from sanduq.rahnu.deposits.errors import (
    DepositState,
    FeeUnpaid,
    ItemDepositedAlready,
    MoreThanDue,
    UnknownDeposit,
)
from sanduq.rahnu.deposits.model import DepositStatus
from sanduq.rahnu.deposits.schemas import DepositIn
from sanduq.rahnu.facts import DepositBasis
from sanduq.rahnu.fees import service as fees
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.counting import CountedDatabase, statements
from tests.make.custody import OWNER, an_item, an_owner, handed_over, in_custody
from tests.make.fees import active_fee_policy

USD = currency("USD")
HALF_A_YEAR = datetime(2024, 7, 15, 10, 30, tzinfo=UTC)  # six months after the tests' day


@pytest.fixture(autouse=True)
def wired() -> None:
    wire()


def owned(work: Any, **changes: Any) -> str:
    """A bar of 50 g with its owner: its id."""
    with work("user_maker") as uow:
        an_owner(uow)
        return an_item(uow, gross_weight_mg=50_000, **changes).item_id


def opened(work: Any, item_id: str, fee_policy_id: str | None, **changes: Any) -> Any:
    sent = {
        "owner_id": OWNER,
        "currency": "USD",
        "item_ids": [item_id],
        "fee_policy_id": fee_policy_id,
        **changes,
    }
    with work("user_maker") as uow:
        return service.open_deposit(uow, DepositIn(**sent).command())


def kept(work: Any, **changes: Any) -> Any:
    """50 g kept from 15 January 2024 at 20.00 a month."""
    policy = active_fee_policy(work)
    item_id = owned(work)
    deposit = opened(work, item_id, policy.fee_policy_id, **changes)
    in_custody(work, deposit.deposit_id, [item_id], "deposit")
    with work() as uow:
        return service.get_deposit(uow, deposit.deposit_id)


def balance(uow: Any, place: AccountPlace) -> int:
    return ledger.get_balance(uow, place.account_id).normal.amount_minor


def findings(refused: Any) -> set[tuple[str, str]]:
    return {(found["rule_id"], found["code"]) for found in refused.value.details}


def test_the_fee_runs_from_the_day_two_officers_vouch_for_all_of_it(work):
    policy = active_fee_policy(work)
    deposit = opened(work, item_id := owned(work), policy.fee_policy_id)
    assert (deposit.status, deposit.kept_from_on) == (DepositStatus.OPEN, None)
    assert deposit.fee_monthly_minor == 2_000
    in_custody(work, deposit.deposit_id, [item_id], "deposit")
    with work() as uow:
        assert service.get_deposit(uow, deposit.deposit_id).kept_from_on == date(2024, 1, 15)
        assert_coherent(uow)


def test_a_depositor_pays_for_half_a_year_what_a_borrower_pays(work):
    deposit = kept(work)
    with work("user_maker") as uow:
        uow.clock = FixedClock(HALF_A_YEAR)
        assert service.accrue(uow, uow.today) == 1
        assert service.accrue(uow, uow.today) == 0  # safe to repeat
        charged = service.get_deposit(uow, deposit.deposit_id)
        assert charged.fee_accrued_minor == 12_000  # 20.00 × 6, as for a pledge of 50 g
        owed = AccountPlace("1120", USD, subject=deposit.deposit_id)
        assert balance(uow, owed) == 12_000
        assert balance(uow, AccountPlace("4200", USD)) == 12_000
        policy = fees.policy(uow, deposit.fee_policy_id)
        pledged = fees.quote_policy(
            uow, policy, deposit.basis, start_on=deposit.kept_from_on, months=6
        )
        assert pledged.with_loan_minor == charged.fee_accrued_minor
        assert_coherent(uow)


def test_the_end_of_each_day_charges_the_day(work):
    deposit = kept(work)
    with work("user_maker") as uow:
        run_days(uow, date(2024, 1, 31))
        # 16 of the 31 days of the month from 15 January: 10.3225…
        assert service.get_deposit(uow, deposit.deposit_id).fee_accrued_minor == 1_032
        run_days(uow, date(2024, 2, 15))
        assert service.get_deposit(uow, deposit.deposit_id).fee_accrued_minor == 2_000
        assert_coherent(uow)


def test_the_end_of_day_asks_no_more_statements_for_more_deposits(work, owner_url):
    first = kept(work)
    with CountedDatabase(owner_url) as counted:

        def charged(on):
            with access.work_as(counted, "inst_test", "user_maker", "req_test") as uow:
                return statements(lambda: service.accrue(uow, on))

        few = charged(date(2024, 2, 15))
        for _ in range(3):
            with work("user_maker") as uow:
                item_id = an_item(uow).item_id
            more = opened(work, item_id, first.fee_policy_id)
            in_custody(work, more.deposit_id, [item_id], "deposit")
        assert charged(date(2024, 3, 15)) == few
    with work() as uow:
        assert_coherent(uow)


def test_a_deposit_is_withdrawn_once_its_fee_is_paid(work):
    deposit = kept(work)
    with work("user_maker") as uow:
        uow.clock = FixedClock(HALF_A_YEAR)
        with pytest.raises(FeeUnpaid, match=r"120\.00 USD is due"):
            service.withdraw(uow, deposit.deposit_id)
        service.pay_fee(uow, deposit.deposit_id, Money(5_000, USD), reference="R-1")
        service.pay_fee(uow, deposit.deposit_id, Money(7_000, USD))
        paid = service.list_payments(uow, deposit.deposit_id, PageRequest())
        assert [one.amount.amount_minor for one in paid.items] == [7_000, 5_000]
        assert balance(uow, cash_place(USD, "brn_main")) == 12_000
        ready = service.withdraw(uow, deposit.deposit_id)
        assert (ready.status, ready.fee_until_on) == (DepositStatus.OPEN, date(2024, 7, 15))
        order = releases.get_release(uow, ready.release_id)
        with pytest.raises(DepositState):
            service.withdraw(uow, deposit.deposit_id)
        assert service.accrue(uow, date(2025, 1, 1)) == 0  # ready: nothing more is charged
    handed_over(work, order)
    with work() as uow:
        ended = service.get_deposit(uow, deposit.deposit_id)
        assert ended.status is DepositStatus.WITHDRAWN
        assert ended.fee_due_minor == 0
        assert_coherent(uow)


def test_nobody_pays_more_than_is_due(work):
    deposit = kept(work)
    with work("user_maker") as uow, pytest.raises(MoreThanDue):
        service.pay_fee(uow, deposit.deposit_id, Money(1, USD))  # nothing on the first day


def test_what_is_not_fetched_after_all_stays_and_its_fee_goes_on(work):
    deposit = kept(work)
    with work("user_maker") as uow:
        ready = service.withdraw(uow, deposit.deposit_id)
        releases.cancel(uow, ready.release_id, "the owner did not come")
        again = service.get_deposit(uow, deposit.deposit_id)
        assert (again.release_id, again.fee_until_on) == (None, None)
        uow.clock = FixedClock(HALF_A_YEAR)
        service.accrue(uow, uow.today)
        assert service.get_deposit(uow, deposit.deposit_id).fee_accrued_minor == 12_000
        assert_coherent(uow)


def test_what_was_never_brought_is_called_off(work):
    policy = active_fee_policy(work)
    deposit = opened(work, item_id := owned(work), policy.fee_policy_id)
    with work("user_maker") as uow:
        assert service.withdraw(uow, deposit.deposit_id).status is DepositStatus.WITHDRAWN
    assert opened(work, item_id, policy.fee_policy_id).status is DepositStatus.OPEN


def test_a_guaranteed_deposit_bears_no_fee(work):
    policy = active_fee_policy(work)
    item_id = owned(work)
    with pytest.raises(ShariahViolation) as refused:
        opened(work, item_id, policy.fee_policy_id, liability_basis="damanah")
    assert ("WDI-04", "DAMANAH_WITH_CUSTODY_FEE") in findings(refused)
    free = opened(work, item_id, None, liability_basis="damanah")
    assert (free.liability_basis, free.fee_monthly_minor) == (DepositBasis.DAMANAH, None)


def test_no_gift_is_tied_to_a_deposit(work):
    item_id = owned(work)
    with pytest.raises(ShariahViolation) as refused:
        opened(work, item_id, None, liability_basis="damanah", perks=["hibah of 1 a month"])
    assert findings(refused) == {("WDI-07", "DEPOSIT_HIBAH_TIED")}


def test_a_thing_is_deposited_once_and_by_its_owner(work):
    policy = active_fee_policy(work)
    item_id = owned(work)
    opened(work, item_id, policy.fee_policy_id)
    with pytest.raises(ItemDepositedAlready):
        opened(work, item_id, policy.fee_policy_id)
    with work("user_maker") as uow:
        other = an_item(uow, an_owner(uow, "cpty_other")).item_id
    with pytest.raises(ValidationFailed):
        opened(work, other, policy.fee_policy_id)
    with pytest.raises(ValidationFailed):
        opened(work, "itm_unknown", policy.fee_policy_id)


def test_a_guaranteed_deposit_turns_to_trust_when_it_is_pledged_where_it_lies(work):
    item_id = owned(work)
    deposit = opened(work, item_id, None, liability_basis="damanah")
    in_custody(work, deposit.deposit_id, [item_id], "deposit")
    with work("user_maker") as uow:
        pledged = service.turn_to_pledge(uow, deposit.deposit_id, "rhn_1", OWNER)
        assert pledged.liability_basis is DepositBasis.AMANAH  # WDI-05
        assert pledged.pledged_to == "rhn_1"
        with pytest.raises(DepositState, match="stands in pledge"):
            service.withdraw(uow, deposit.deposit_id)
        assert_coherent(uow)


def test_a_deposit_in_pledge_is_charged_by_the_pledge_alone(work):
    deposit = kept(work)
    with work("user_maker") as uow:
        uow.clock = FixedClock(HALF_A_YEAR)
        pledged = service.turn_to_pledge(uow, deposit.deposit_id, "rhn_1", OWNER)
        assert (pledged.fee_accrued_minor, pledged.fee_until_on) == (12_000, date(2024, 7, 15))
        assert service.accrue(uow, date(2025, 7, 15)) == 0
        service.pay_fee(uow, deposit.deposit_id, Money(12_000, USD))
        assert_coherent(uow)
    with work("user_maker") as uow, pytest.raises(DepositState):
        service.turn_to_pledge(uow, deposit.deposit_id, "rhn_2", OWNER)


def test_only_its_owner_pledges_a_deposit(work):
    deposit = kept(work)
    with work("user_maker") as uow, pytest.raises(DepositState, match="its owner alone"):
        service.turn_to_pledge(uow, deposit.deposit_id, "rhn_1", "cpty_other")


def test_a_fee_not_in_the_books_is_found(work):
    deposit = kept(work)
    with work("user_maker") as uow:
        uow.execute(
            "update rahnu.deposit set fee_accrued_minor = 500 where institution_id = %s",
            uow.institution_id,
        )
        assert list(check_custody_fees(uow)) == [
            f"{deposit.deposit_id} owes 500 minor units of custody fee, its account holds 0"
        ]
        uow.execute(
            "update rahnu.deposit set fee_paid_minor = 500 where institution_id = %s",
            uow.institution_id,
        )
        (found,) = check_custody_fees(uow)
        assert found.endswith("says 500 minor units were paid, its payments add up to 0")
        uow.connection.rollback()


def test_the_deposit_of_another_institution_does_not_exist_here(work):
    deposit = kept(work)
    with work("user_maker", "inst_other") as uow, pytest.raises(UnknownDeposit):
        service.get_deposit(uow, deposit.deposit_id)
    with work("user_maker", "inst_other") as uow, pytest.raises(UnknownDeposit):
        service.withdraw(uow, deposit.deposit_id)
