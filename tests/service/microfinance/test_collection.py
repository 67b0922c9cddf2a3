"""A meeting is collected once: each row whole or refused, and the cash accounted for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sanduq import demo
from sanduq.access import service as access
from sanduq.access.errors import NoAuthority
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.ledger import service as ledger
from sanduq.ledger.errors import PeriodClosed
from sanduq.ledger.model import AccountPlace
from sanduq.microfinance.collection import service
from sanduq.microfinance.collection.checks import check_collections
from sanduq.microfinance.collection.errors import (
    AlreadyCollected,
    CollectionRefused,
    NotCollected,
)
from sanduq.microfinance.collection.model import Mode, RowStatus
from sanduq.microfinance.groups.meetings import service as meetings
from sanduq.microfinance.groups.meetings.errors import MeetingNotYet
from sanduq.microfinance.groups.meetings.model import Mark, MeetingStatus
from sanduq.microfinance.loans import repayments
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.loans.model import LoanStatus
from tests.coherent import assert_coherent
from tests.conftest import copied
from tests.make.collection import (
    AMINA,
    BADIA,
    CARIMA,
    DALAL,
    MEETS_ON,
    a_circle,
    a_row,
    a_sheet,
    full_rows,
)
from tests.make.counting import CountedDatabase, statements
from tests.make.groups import USD
from tests.make.institution import a_borrower, balance_minor, nothing_changes
from tests.make.rows import counted, run_as_owner

TILL = AccountPlace("1010", USD, subject=demo.MAKER)


@pytest.fixture
def circle(demo_work):
    return a_circle(demo_work)


def collected(work, *sheets):
    with work() as uow:
        made = service.collect(uow, sheets)
        assert list(check_collections(uow)) == []
    return made


def test_the_sheet_says_what_each_member_owes(demo_work, circle):
    with demo_work() as uow:
        (now, later) = service.sheets(uow, [circle.meeting_id, circle.next_meeting_id])
    assert [one.stay.party_id for one in now.members] == list(circle.people)
    (loan,) = now.members[0].loans
    # 1,200.00 in twelve; the instalment of 1 January is late, none falls due on the 15th
    owed = (loan.arrears_minor, loan.due_minor, loan.outstanding_minor)
    assert (loan.loan_id, *owed) == (circle.loans[AMINA], 10_000, 0, 120_000)
    assert now.members[3].loans == ()
    assert [one.contribution.outstanding_minor for one in now.members] == [5_000] * 4
    assert now.collection_id is None
    # by 15 February two contributions and two instalments are called for
    assert [one.contribution.outstanding_minor for one in later.members] == [10_000] * 4
    assert later.members[0].loans[0].arrears_minor == 20_000


def test_a_whole_meeting_in_one_block_of_the_ledger(demo_work, demo_url, circle):
    blocks = "select count(*) from ledger.chain_block"
    before = counted(demo_url, blocks)
    # 2 x 100 on loans and 4 x 50 for the fund
    (made,) = collected(demo_work, a_sheet(circle, full_rows(circle), 400))
    assert counted(demo_url, blocks) == before + 1
    sums = made.sums
    assert (sums.asked_minor, sums.repaid_minor, sums.contributed_minor) == (40_000, 20_000, 20_000)
    assert (sums.counted_minor, sums.difference_minor, made.journal_id) == (40_000, 0, None)
    assert {row.status for row in made.rows} == {RowStatus.RECORDED}
    assert made.not_listed == ()
    assert made.officer_id == demo.MAKER
    with demo_work() as uow:
        loan = loans.get(uow, circle.loans[AMINA])
        assert loan.status is LoanStatus.REPAYING
        assert service.get_collection(uow, circle.meeting_id) == made
        meeting = meetings.get_meeting(uow, circle.group_id, circle.meeting_id)
        (sheet,) = service.sheets(uow, [circle.meeting_id])
        assert_coherent(uow)
    assert meeting.status is MeetingStatus.HELD
    assert dict(meeting.attendance) == dict.fromkeys(circle.people, Mark.PRESENT)
    assert sheet.collection_id == made.collection_id
    assert sheet.members[0].loans[0].arrears_minor == 0
    assert sheet.members[0].contribution.outstanding_minor == 0
    (repaid,) = made.rows[0].payments
    assert repaid.repayment_id is not None
    fund = AccountPlace("2000", USD, f"common:{circle.group_id}", AMINA)
    assert balance_minor(demo_url, fund) == -5_000
    assert balance_minor(demo_url, TILL) == 0


@pytest.mark.parametrize(("cash", "till_minor"), [("388.50", 1_150), (401, -100), (0, 40_000)])
def test_the_difference_stands_on_the_officer_s_till(demo_work, demo_url, circle, cash, till_minor):
    branch = AccountPlace("1000", USD, subject="brn_main")
    before = balance_minor(demo_url, branch)
    (made,) = collected(demo_work, a_sheet(circle, full_rows(circle), cash))
    # a shortage is what he owes (debit), an overage is kept there (credit)
    assert balance_minor(demo_url, TILL) == till_minor
    assert made.sums.difference_minor == -till_minor
    # repayments of 200.00 less what is missing; contributions lie in the fund's own cash
    assert balance_minor(demo_url, branch) == before + 20_000 - till_minor
    with demo_work() as uow:
        assert_coherent(uow)


def test_another_officer_may_have_counted_but_nobody_unknown(demo_work, demo_url, circle):
    sheet = a_sheet(circle, full_rows(circle), 390)
    with demo_work() as uow, pytest.raises(ValidationFailed, match="user_nobody"):
        service.collect(uow, [replace(sheet, officer_id="user_nobody")])
    with pytest.raises(NoAuthority), demo_work() as uow:  # a colleague's till is not his to burden
        service.collect(uow, [replace(sheet, officer_id=demo.CHECKER)])
    with demo_work(demo.CHECKER) as uow:
        (made,) = service.collect(uow, [replace(sheet, officer_id=demo.MAKER)])
    assert (made.officer_id, made.created_by) == (demo.MAKER, demo.CHECKER)
    assert balance_minor(demo_url, TILL) == 1_000


def test_a_refused_row_leaves_no_trace_and_spoils_no_other(demo_work, demo_url, circle):
    with demo_work() as uow:
        a_borrower(uow, "cpty_stranger")
    loan, other = circle.loans[AMINA], circle.loans[BADIA]
    rows = [
        # more than is owed: the payment before it and the contribution fall with it
        a_row(AMINA, (loan, 100), (loan, 1_101), contribution=50, receipt_number="R-1"),
        a_row(BADIA, (other, 60), (other, 40), receipt_number="R-2", attendance=Mark.LATE),
        a_row("cpty_stranger", contribution=50),
        a_row(CARIMA, (loan, 100)),
        a_row(CARIMA, contribution=50),
    ]
    (made,) = collected(demo_work, a_sheet(circle, rows, 100))
    assert [row.refusal_code for row in made.rows] == [
        "VALIDATION_ERROR", None, "NOT_FOUND", "NOT_FOUND", "VALIDATION_ERROR",
    ]  # fmt: skip
    assert "1101.00 USD is more than the 1100.00 USD owed" in made.rows[0].refusal_message
    assert made.not_listed == (DALAL,)
    # 100 + 1,101 + 50 + 100 + 50 + 100 + 50 were asked, 100 recorded
    assert (made.sums.asked_minor, made.sums.repaid_minor) == (155_100, 10_000)
    with demo_work() as uow:
        assert service.get_collection(uow, circle.meeting_id) == made
        assert loans.get(uow, loan).status is LoanStatus.DISBURSED
        assert repayments.count(uow, loan) == 0
        assert repayments.count(uow, other) == 2
        meeting = meetings.get_meeting(uow, circle.group_id, circle.meeting_id)
        assert dict(meeting.attendance) == {BADIA: Mark.LATE}
        assert_coherent(uow)


def test_cash_of_refused_rows_waits_on_the_till(demo_work, demo_url, circle):
    rows = [a_row(AMINA, (circle.loans[AMINA], 5_000)), a_row(BADIA, contribution=50)]
    (made,) = collected(demo_work, a_sheet(circle, rows, 5_050))
    assert made.sums.difference_minor == 500_000
    assert balance_minor(demo_url, TILL) == -500_000


def test_as_a_whole_one_refusal_refuses_every_row(demo_work, demo_url, circle):
    rows = [
        *full_rows(circle),
        a_row("cpty_stranger", contribution=50),
        a_row("cpty_other", (circle.loans[AMINA], "1.001")),
    ]
    sheet = a_sheet(circle, rows, 450, mode=Mode.WHOLE)
    with nothing_changes(demo_url), pytest.raises(CollectionRefused) as caught, demo_work() as uow:
        service.collect(uow, [sheet])
    told = [(one["field"], one["code"]) for one in caught.value.details]
    assert told == [("rows.4", "NOT_FOUND"), ("rows.5", "VALIDATION_ERROR")]
    collected(demo_work, replace(sheet, rows=sheet.rows[:4]))


def test_a_contribution_needs_a_fund(demo_work):
    circle = a_circle(demo_work, has_fund=False)
    with demo_work() as uow:
        (sheet,) = service.sheets(uow, [circle.meeting_id])
    assert [one.contribution for one in sheet.members] == [None] * 4
    rows = [a_row(AMINA, contribution=50), a_row(BADIA, (circle.loans[BADIA], 100))]
    (made,) = collected(demo_work, a_sheet(circle, rows, 100))
    assert [row.refusal_code for row in made.rows] == ["NOT_FOUND", None]


def test_a_meeting_is_collected_once(demo_work, demo_url, circle):
    sheet = a_sheet(circle, full_rows(circle), 400)
    with demo_work() as uow, pytest.raises(AlreadyCollected):
        service.collect(uow, [sheet, sheet])
    collected(demo_work, sheet)
    with nothing_changes(demo_url), pytest.raises(AlreadyCollected), demo_work() as uow:
        service.collect(uow, [sheet])


def test_a_receipt_number_stays_used_at_later_meetings(demo_work, circle):
    other = a_circle(demo_work, ("cpty_e", "cpty_f"), borrowers=1)
    rows = [a_row(AMINA, contribution=50, receipt_number="R-1")]
    more = [
        a_row("cpty_e", contribution=50, receipt_number="R-1"),
        a_row("cpty_f", contribution=50, receipt_number="R-2"),
    ]
    first, second = collected(demo_work, a_sheet(circle, rows, 50), a_sheet(other, more, 50))
    assert [row.refusal_code for row in first.rows] == [None]
    assert [row.refusal_code for row in second.rows] == ["CONFLICT", None]


def test_what_is_not_there_or_not_yet_is_refused(demo_work, circle):
    with demo_work() as uow:
        for wrong in (service.sheets, lambda uow, ids: service.get_collection(uow, ids[0])):
            with pytest.raises(NotFound):
                wrong(uow, ["mtg_nobody"])
        with pytest.raises(NotCollected):
            service.get_collection(uow, circle.meeting_id)
        sheet = a_sheet(circle, full_rows(circle), 400)
        with pytest.raises(NotFound):
            service.collect(uow, [replace(sheet, meeting_id="mtg_nobody")])
        with pytest.raises(MeetingNotYet):
            service.collect(uow, [replace(sheet, meeting_id=circle.next_meeting_id)])


def test_money_counts_on_the_day_of_the_meeting_unless_that_is_closed(demo_work, circle):
    sheet = a_sheet(circle, full_rows(circle), 390)
    with demo_work(demo.FINANCE) as uow:
        uow.clock = FixedClock(demo.NOW + timedelta(days=2))
        ledger.close_period(uow, MEETS_ON, MEETS_ON)
        with pytest.raises(PeriodClosed):
            service.collect(uow, [sheet])


def test_entered_days_later_it_counts_on_the_day_of_the_meeting(demo_work, demo_url, circle):
    with demo_work() as uow:
        uow.clock = FixedClock(demo.NOW + timedelta(days=2))
        (made,) = service.collect(uow, [a_sheet(circle, full_rows(circle), 390)])
        assert made.received_on == MEETS_ON
        assert_coherent(uow)
    days = counted(
        demo_url,
        "select count(*) from ledger.journal where effective_on = %s and kind in"
        " ('qard.repaid', 'common_fund.contribution', 'collection.difference')",
        MEETS_ON,
    )
    assert days == 2 + 4 + 1


def test_a_repayment_taken_back_later_leaves_the_collection_as_it_was(demo_work, circle):
    (made,) = collected(demo_work, a_sheet(circle, full_rows(circle), 400))
    repayment_id = made.rows[0].payments[0].repayment_id
    with demo_work(demo.CHECKER) as uow:
        repayments.reverse(uow, circle.loans[AMINA], repayment_id, reason="paid by her sister")
        assert list(check_collections(uow)) == []
        assert service.get_collection(uow, circle.meeting_id) == made
        assert_coherent(uow)


def test_the_last_instalment_completes_the_loan(demo_work, circle):
    loan_id = circle.loans[AMINA]
    rows = [a_row(AMINA, (loan_id, 1_000), (loan_id, 200))]
    collected(demo_work, a_sheet(circle, rows, 1_200))
    with demo_work() as uow:
        assert loans.get(uow, loan_id).status is LoanStatus.COMPLETED
        assert_coherent(uow)


def test_the_event_carries_the_collection_and_the_audit_its_deed(demo_work, demo_url, circle):
    (made,) = collected(demo_work, a_sheet(circle, full_rows(circle), 390))
    told = "select count(*) from events.event where type = %s and subject_id = %s"
    assert counted(demo_url, told, "microfinance.collection.recorded", made.collection_id) == 1
    for kind, number in (
        ("microfinance.repayment.received", 2),
        ("microfinance.contribution.received", 4),
        ("microfinance.meeting.held", 1),
    ):
        found = counted(demo_url, "select count(*) from events.event where type = %s", kind)
        assert found == number, kind
    deeds = "select count(*) from audit.record where action = 'collection.record'"
    assert counted(demo_url, f"{deeds} and subject_id = %s", circle.meeting_id) == 1


def test_as_many_statements_for_ten_groups_as_for_one(server_url, demo_template):
    with copied(server_url, demo_template) as url, CountedDatabase(url) as database:

        def work(user_id=demo.MAKER):
            return access.work_as(database, demo.INSTITUTION, user_id, "req_test")

        circles = [
            a_circle(work, (f"cpty_{n}_a", f"cpty_{n}_b"), borrowers=1, name=f"Circle {n}")
            for n in range(11)
        ]
        sheets = [a_sheet(one, full_rows(one), 190) for one in circles]
        runs = (sheets[:1], sheets[1:])
        with work() as uow:
            asked = [
                statements(lambda ids=ids: service.sheets(uow, ids))
                for ids in ([one.meeting_id for one in run] for run in runs)
            ]
        assert len(set(asked)) == 1
        spent = []
        for run in runs:
            with work() as uow:
                spent.append(statements(lambda uow=uow, run=run: service.collect(uow, run)))
        assert len(set(spent)) == 1, spent
        assert spent[0] < 50
        with work() as uow:
            read = [
                statements(lambda one=one: service.get_collection(uow, one.meeting_id))
                for one in (circles[0], circles[-1])
            ]
            assert_coherent(uow)
        assert read == [3, 3]


FORGED = {
    "update microfinance.collection set repaid_minor = 100, contributed_minor = 39900": "asked",
    "update microfinance.collection_payment set amount_minor = 1": "its repayment says",
    "update microfinance.collection_row set contribution_id = 'cfc_none'": "the fund received",
    "update microfinance.collection set officer_id = 'user_finance_officer_001'": "the till",
}


def test_what_does_not_agree_is_found(demo_work, demo_url, circle):
    collected(demo_work, a_sheet(circle, full_rows(circle), 390))
    for forgery, told in FORGED.items():
        with demo_work() as uow:
            before = list(check_collections(uow))
        run_as_owner(
            demo_url,
            f"set session_replication_role = replica; {forgery};"
            " set session_replication_role = origin",
        )
        with demo_work() as uow:
            found = list(check_collections(uow))
        assert any(told in each for each in found), forgery
        assert len(found) > len(before)


def test_one_officer_s_till_collects_over_meetings(demo_work, demo_url, circle):
    other = a_circle(demo_work, ("cpty_e", "cpty_f"), borrowers=1)
    made = collected(
        demo_work,
        a_sheet(circle, full_rows(circle), 390),
        a_sheet(other, full_rows(other), 195),
    )
    assert [one.sums.difference_minor for one in made] == [-1_000, -500]
    assert balance_minor(demo_url, TILL) == 1_500
