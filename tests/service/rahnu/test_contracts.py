"""A pledge from draft to force: what each step asks for, and what it leaves behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from sanduq.api.registry import wire
from sanduq.custody.bags import service as bags
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import Conflict, Forbidden, LimitExceeded, NotFound, ValidationFailed
from sanduq.kit.money import Money
from sanduq.ledger.model import AccountPlace
from sanduq.obligations import service as obligations
from sanduq.qard import service as qard
from sanduq.qard.contract import QardStatus
from sanduq.rahnu.contracts import drafting, execution, review, service
from sanduq.rahnu.contracts.errors import (
    ItemPledgedAlready,
    PledgeStateRefuses,
    PledgeStepMissing,
    ReviewerMayNotExecute,
    TermTooLong,
)
from sanduq.rahnu.contracts.model import (
    ItemStatus,
    NewContract,
    OutsideDebt,
    OwnLoan,
    PledgeStatus,
    StatedAsset,
)
from sanduq.rahnu.deposits import service as deposits
from sanduq.rahnu.deposits.schemas import DepositIn
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.pledges import (
    CHECKER,
    MAKER,
    PLEDGEE,
    PLEDGOR,
    USD,
    a_bar,
    active_pledge,
    approved,
    draft,
    keep,
    open_shop,
    stated,
    value,
)

NEXT_NOON = datetime(2024, 1, 16, 12, 0, tzinfo=UTC)


@pytest.fixture
def shop(work):
    return open_shop(work)


def broken(refusal: pytest.ExceptionInfo[ShariahViolation]) -> set[str]:
    return {str(found["rule_id"]) for found in refusal.value.details}


def test_a_pledge_is_taken_and_its_loan_paid_out(db, work, shop) -> None:
    # 50 g of 999.9 at 200.00 is 9,999.00; 70% of it is 6,999.30; custody is 0.40 a gram: 20.00.
    taken = active_pledge(shop)
    assert taken.status is PledgeStatus.ACTIVE
    assert (taken.appraised_minor, taken.secured_minor) == (999_900, 699_930)
    assert taken.fee_monthly_minor == 2_000
    assert taken.ticket_number == "MAIN-2024-000001"
    assert taken.matures_on == date(2024, 7, 15)
    assert [one.status for one in taken.items] == [ItemStatus.PLEDGED]
    with work(MAKER) as uow:
        assert taken.debt_id is not None
        owed = obligations.get(uow, taken.debt_id)
        assert owed.debt.outstanding_minor == 500_000
        assert owed.debt.schedule.due_on == (date(2024, 7, 15),)
    assert_coherent(db)


def test_the_pledge_itself_is_in_no_account(db, work, shop) -> None:
    # Only money moved: cash out, a claim in. The gold is in the custody register alone (RHN-05).
    active_pledge(shop)
    with work(MAKER) as uow:
        codes = {row[0] for row in uow.all(
            "select distinct a.code from ledger.entry e join ledger.account a"
            " using (institution_id, account_id) join ledger.journal j"
            " using (institution_id, journal_seq) where j.kind = 'qard.disbursed'"
        )}  # fmt: skip
        assets = {row[0] for row in uow.all("select distinct asset from ledger.account")}
    assert codes == {"1000", "1100"}
    assert assets == {str(USD)}


def test_a_loan_in_instalments_falls_due_on_the_last_months_up_to_maturity(work, shop) -> None:
    # Three instalments of a term of six months: months 4, 5 and 6; 5,000.00 in 3 is 1,666.67
    # twice and 1,666.66.
    taken = active_pledge(shop, loan_minor=None, loan=OwnLoan(Money(500_000, USD), 3))
    with work(MAKER) as uow:
        assert taken.debt_id is not None
        plan = obligations.get(uow, taken.debt_id).debt.schedule
    assert plan.due_on == (date(2024, 5, 15), date(2024, 6, 15), date(2024, 7, 15))
    assert plan.principal_minor == (166_667, 166_667, 166_666)


def test_tickets_are_numbered_without_gaps_by_branch_and_year(shop) -> None:
    numbers = [active_pledge(shop, loan_minor=100_000).ticket_number for _ in range(3)]
    assert numbers == [f"MAIN-2024-00000{number}" for number in (1, 2, 3)]


def test_a_loan_above_value_times_ratio_is_refused_by_a_cent(db, work, shop) -> None:
    bar = a_bar(shop)
    value(shop, bar)
    with pytest.raises(ShariahViolation) as refusal:
        draft(shop, [bar], loan_minor=699_931)
    assert broken(refusal) == {"RHN-31"}
    assert draft(shop, [bar], loan_minor=699_930).secured_minor == 699_930
    assert_coherent(db)


def test_a_ratio_above_the_template_s_is_refused(shop) -> None:
    bar = a_bar(shop)
    value(shop, bar)
    with pytest.raises(ShariahViolation) as refusal:
        draft(shop, [bar], loan_minor=100_000, ltv_bp=7_001)
    assert broken(refusal) == {"RHN-31"}


def test_one_who_borrows_pays_the_fee_that_every_depositor_pays(shop) -> None:
    bar = a_bar(shop)
    value(shop, bar)
    for asked in (2_001, 1_999):
        with pytest.raises(ShariahViolation) as refusal:
            draft(shop, [bar], fee_monthly_minor=asked)
        assert "RHN-12" in broken(refusal)
    assert draft(shop, [bar], fee_monthly_minor=2_000).fee_monthly_minor == 2_000


def test_a_term_longer_than_the_template_s_is_refused(shop) -> None:
    with pytest.raises(TermTooLong):
        draft(shop, [a_bar(shop)], term_months=7)


def test_a_thing_that_is_neither_valued_nor_given_a_value_is_refused(shop) -> None:
    with pytest.raises(ValidationFailed):
        draft(shop, [a_bar(shop)])


def test_a_thing_in_pledge_cannot_be_pledged_again(db, shop) -> None:
    bar = a_bar(shop)
    active_pledge(shop, [bar])
    with pytest.raises(ItemPledgedAlready):
        draft(shop, [bar])
    assert_coherent(db)


def test_the_same_thing_under_another_record_is_found(shop) -> None:
    bar = a_bar(shop)
    active_pledge(shop, [bar])
    twin = a_bar(shop, serial=bar.serial)
    value(shop, twin)
    with pytest.raises(ItemPledgedAlready, match="serial"):
        draft(shop, [twin])


def test_nothing_is_executed_before_review(shop, work) -> None:
    bar = a_bar(shop)
    value(shop, bar)
    contract = draft(shop, [bar])
    with work(MAKER) as uow, pytest.raises(PledgeStateRefuses):
        execution.execute(uow, contract.contract_id, is_disclosure_acknowledged=True)


def test_nothing_is_executed_before_two_officers_hold_it(shop, work) -> None:
    bar = a_bar(shop)
    value(shop, bar)
    contract = draft(shop, [bar])
    with work(MAKER) as uow:
        review.submit(uow, contract.contract_id)
    with work(MAKER) as uow, pytest.raises(PledgeStepMissing, match="RHN-06"):
        execution.execute(uow, contract.contract_id, is_disclosure_acknowledged=True)


def test_nothing_is_executed_before_the_disclosure_is_accepted(db, shop, work) -> None:
    contract = approved(shop)
    with work(MAKER) as uow, pytest.raises(ShariahViolation) as refusal:
        execution.execute(uow, contract.contract_id)
    assert "DIS-05" in broken(refusal)
    assert_coherent(db)


def test_a_valuation_older_than_a_day_carries_nothing(shop, work) -> None:
    contract = approved(shop)
    with work(MAKER) as uow:
        uow.clock = FixedClock(NEXT_NOON)
        with pytest.raises(PledgeStepMissing, match="RHN-30"):
            execution.execute(uow, contract.contract_id, is_disclosure_acknowledged=True)


def test_a_pledge_passes_review_by_resolutions_in_force_and_says_which(shop) -> None:
    passed = approved(shop)
    assert passed.status is PledgeStatus.SHARIAH_APPROVED
    assert (len(passed.review_resolutions), passed.reviewed_by) == (2, None)


def test_a_person_reviews_what_is_sent_to_one_and_the_maker_is_not_that_person(shop, work) -> None:
    bar = a_bar(shop)
    value(shop, bar)
    contract = draft(shop, [bar])
    with work(MAKER) as uow:
        waiting = review.submit(uow, contract.contract_id, is_by_person=True)
    assert waiting.status is PledgeStatus.PENDING_SHARIAH_REVIEW
    with work(MAKER) as uow, pytest.raises(Forbidden):
        review.approve(uow, contract.contract_id)
    with work(CHECKER) as uow, pytest.raises(Forbidden):  # no Shariah reviewer
        review.approve(uow, contract.contract_id)
    with work("user_shariah") as uow:
        passed = review.approve(uow, contract.contract_id)
    assert (passed.status, passed.reviewed_by) == (PledgeStatus.SHARIAH_APPROVED, "user_shariah")
    keep(shop, contract.contract_id, [bar])
    with work("user_shariah") as uow, pytest.raises(ReviewerMayNotExecute):
        execution.execute(uow, contract.contract_id, is_disclosure_acknowledged=True)


def test_a_pledge_sent_back_is_a_draft_again(shop, work) -> None:
    bar = a_bar(shop)
    value(shop, bar)
    contract = draft(shop, [bar])
    with work(MAKER) as uow:
        review.submit(uow, contract.contract_id, is_by_person=True)
    with work("user_shariah") as uow:
        back = review.reject(uow, contract.contract_id, reason="who owns it?")
    assert (back.status, back.reason) == (PledgeStatus.DRAFT, "who owns it?")
    with work(MAKER) as uow:
        again = review.submit(uow, contract.contract_id)
    assert again.status is PledgeStatus.SHARIAH_APPROVED


def test_an_outside_debt_is_secured_without_paying_anything_out(db, shop, work) -> None:
    outside = OutsideDebt(
        "murabaha", "CO-OP 17", "The co-op", 400_000, date(2024, 5, 1), False, False
    )
    taken = active_pledge(shop, loan_minor=None, outside_debt=outside)
    assert (taken.debt_id, taken.matures_on) == ("CO-OP 17", date(2024, 5, 1))
    with work(MAKER) as uow:
        place = AccountPlace("1100", USD, subject=taken.debt_id)
        assert (
            uow.one("select 1 from ledger.account where account_id = %s", place.account_id) is None
        )
    assert_coherent(db)


def test_an_interest_loan_is_never_secured(shop, work) -> None:
    bar = a_bar(shop)
    value(shop, bar)
    outside = OutsideDebt("interest_loan", "BANK 1", "A bank", 400_000, None, False, False)
    with pytest.raises(ShariahViolation) as refusal:
        draft(shop, [bar], loan_minor=None, outside_debt=outside)
    assert "RHN-01" in broken(refusal)


def test_two_debts_at_once_and_an_unknown_one_are_refused(shop) -> None:
    bar = a_bar(shop)
    value(shop, bar)
    with pytest.raises(ValidationFailed):
        draft(shop, [bar], debt_id="qrd_nobody")
    with pytest.raises(NotFound):
        draft(shop, [bar], loan_minor=None, debt_id="qrd_nobody")


def test_a_loan_above_what_the_identification_tier_allows_is_refused(work) -> None:
    shop = open_shop(work)
    bar = a_bar(shop, 1_000_000)
    with pytest.raises(LimitExceeded):
        draft(
            shop, [bar], loan_minor=9_000_000,
            stated=(replace(stated(bar), value_minor=20_000_000),),
        )  # fmt: skip


def test_a_draft_given_another_loan_ends_the_agreement_before(db, shop, work) -> None:
    bar = a_bar(shop)
    value(shop, bar)
    contract = draft(shop, [bar])
    change = drafting.DraftChange(loan=OwnLoan(Money(300_000, USD)))
    with work(MAKER) as uow:
        after = drafting.change(uow, contract.contract_id, change)
        assert after.loan_minor == 300_000
        assert contract.debt_id is not None
        assert after.debt_id is not None
        assert qard.get(uow, contract.debt_id).status is QardStatus.CANCELLED
        assert qard.get(uow, after.debt_id).status is QardStatus.AGREED
    assert_coherent(db)


def test_a_stated_thing_is_registered_and_keeps_its_stated_value_until_valued(shop, work) -> None:
    new = NewContract(
        PLEDGOR, PLEDGEE, USD,
        (StatedAsset("gold", "A bracelet", 22_500, 300_000, stone_weight_mg=1_300),),
        loan=OwnLoan(Money(100_000, USD)),
    )  # fmt: skip
    with work(MAKER) as uow:
        contract = drafting.create(uow, new)
    item = contract.items[0].item
    assert (item.owner_id, item.net_weight_mg) == (PLEDGOR, 21_200)
    assert (contract.appraised_minor, contract.secured_minor) == (300_000, 210_000)
    with work(MAKER) as uow, pytest.raises(PledgeStepMissing, match="RHN-30"):
        review.submit(uow, contract.contract_id, has_owner_declared=True)


def test_what_changed_meanwhile_is_not_overwritten(shop, work) -> None:
    bar = a_bar(shop)
    value(shop, bar)
    contract = draft(shop, [bar])
    with work(MAKER) as uow:
        review.submit(uow, contract.contract_id, etag=contract.etag)
    with work(MAKER) as uow, pytest.raises(Conflict):
        drafting.change(
            uow, contract.contract_id, drafting.DraftChange(description="x"), etag=contract.etag
        )
    with work(MAKER) as uow:
        assert service.get(uow, contract.contract_id).status is PledgeStatus.SHARIAH_APPROVED


def test_a_deposit_is_pledged_where_it_lies_and_its_own_fee_ends(db, shop, work) -> None:
    wire()  # a deposit's fee begins by an event of custody
    bar = a_bar(shop)
    with work(MAKER) as uow:
        asked = {"owner_id": PLEDGOR, "currency": "USD", "item_ids": [bar.item_id]}
        new = DepositIn(**asked, fee_policy_id=shop.fee_policy_id)
        deposit = deposits.open_deposit(uow, new.command())
    bag_id = keep(shop, deposit.deposit_id, [bar], basis="deposit")
    value(shop, bar)
    contract = draft(shop, [bar])
    with work(MAKER) as uow:
        review.submit(uow, contract.contract_id)
        execution.execute(uow, contract.contract_id, is_disclosure_acknowledged=True)
        after = deposits.get_deposit(uow, deposit.deposit_id)
        (bag,) = bags.bags_of(uow, [contract.contract_id])[contract.contract_id]
    assert (after.pledged_to, after.fee_until_on) == (contract.contract_id, date(2024, 1, 15))
    assert (bag.bag_id, str(bag.basis)) == (bag_id, "pledge")
    assert_coherent(db)
