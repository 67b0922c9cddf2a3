"""Charity money is set aside on receipt and leaves only for others, signed off (CHR-01 to 04)."""

from __future__ import annotations

from datetime import date

import pytest

from sanduq.access import service as access
from sanduq.access.errors import MakerMayNotApprove, NoAuthority
from sanduq.api import registry
from sanduq.events import service as outbox
from sanduq.funds.charity import service
from sanduq.funds.charity.errors import CharityExternalIdTaken, CharityPaymentNotPending
from sanduq.funds.charity.model import CharitySource, CharityUse, PaymentStatus
from sanduq.funds.charity.schemas import CharityPaymentIn, CharityReceiptIn
from sanduq.funds.overview import service as overview
from sanduq.kit.errors import FundsInsufficient, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.pages import PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.capital import add_capital
from sanduq.ledger.model import AccountPlace, Journal
from sanduq.parties import service as parties
from sanduq.parties.model import NewParty, PartyKind
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.giving import SCHOOL, USD, giving_people, held_minor, usd
from tests.make.ledger import post_move

INCOME = AccountPlace("4900", USD)


@pytest.fixture(autouse=True)
def people(work, db):
    registry.wire()
    giving_people(work)
    with work() as uow:
        add_capital(uow, usd(1000), "brn_main")
        post_move(uow, INCOME, AccountPlace("1000", USD, subject="brn_main"), 12_00)
    yield
    assert_coherent(db)


def received(work, units, source="late_pledge", user="user_finance", **changes):
    body = {"source": source, "came_from": "mfl_1", "amount": units, "currency": "USD", **changes}
    with work(user) as uow:
        return service.receive(uow, CharityReceiptIn(**body).command())


def asked(work, units, **changes):
    body = {"beneficiary_id": SCHOOL, "amount": units, "currency": "USD", "use": "education",
            "description": "Desks", "beneficiary_is_staff_or_kin": False, **changes}  # fmt: skip
    with work() as uow:
        return service.request_payment(uow, CharityPaymentIn(**body).command())


def decided(work, payment_id, user="user_shariah", *, is_approved=True):
    act = service.approve_payment if is_approved else service.reject_payment
    with work(user) as uow:
        return act(uow, payment_id)


def owed(work):
    with work() as uow:
        return held_minor(uow, "2100", "own")


def codes(refused):
    return [each["code"] for each in refused.value.details]


def named(work, name, kind=PartyKind.PERSON):
    with work() as uow:
        return parties.create_parties(uow, [NewParty(kind, name)])[0].party_id


def test_the_worked_example_of_charity(work):
    """5.00 from a late pledge, 12.00 of tainted income, 17.00 paid out."""
    received(work, 5)
    received(work, 12, "tainted_income", income_account="4900", came_from="bank note of January")
    assert owed(work) == 17_00
    with work() as uow:
        assert ledger.get_balance(uow, INCOME.account_id).debit_minor == 0
        (fund,) = overview.list_funds(uow, PageRequest()).items
        assert (fund.fund, fund.available_minor) == ("charity", 17_00)
    payment = asked(work, 17)
    assert (payment.status, owed(work)) == (PaymentStatus.PENDING_APPROVAL, 17_00)
    payment = decided(work, payment.payment_id)
    assert (payment.status, owed(work)) == (PaymentStatus.PAID, 0)
    with work() as uow:
        report = service.year_report(uow, 2024, USD)
        empty = service.year_report(uow, 2023, USD)
        page = outbox.list_events(
            uow, type_name=None, subject_id=payment.payment_id, request=PageRequest()
        )
    assert report.sources == {CharitySource.LATE_PLEDGE: 5_00, CharitySource.TAINTED_INCOME: 12_00}
    assert report.uses == {CharityUse.EDUCATION: 17_00}
    assert (report.opening_minor, report.closing_minor, report.unexplained_minor) == (0, 0, 0)
    assert (empty.sources, empty.unexplained_minor) == ({}, 0)
    assert [event.type for event in reversed(page.items)] == [
        "charity.payment.requested", "charity.payment.paid",
    ]  # fmt: skip


def test_a_movement_without_a_source_stands_out_in_the_report(work):
    received(work, 5)
    with work() as uow:
        cash = AccountPlace("1000", USD, subject="brn_main")
        post_move(uow, AccountPlace("2100", USD), cash, 3_00)
        assert service.year_report(uow, 2024, USD).unexplained_minor == 3_00


def test_another_room_sets_charity_aside_in_its_own_journal(work):
    journal_id = new_id("jrn")
    body = CharityReceiptIn(source="fee_surplus", came_from="2023", amount=10, currency="USD",
                            income_account="4900")  # fmt: skip
    with work() as uow:
        (aside,) = service.receive_entries(uow, [body.command()], journal_id)
        ledger.open_accounts(uow, aside.places)
        ledger.post(uow, [Journal(journal_id, "fee.true_up", date(2023, 12, 31), aside.entries)])
        assert service.get_receipt(uow, aside.receipt.receipt_id).journal_id == journal_id
        reports = [service.year_report(uow, year, USD) for year in (2023, 2024)]
    assert owed(work) == 10_00
    # it counts in the year in which it takes effect
    assert [(r.sources, r.closing_minor, r.unexplained_minor) for r in reports] == [
        ({CharitySource.FEE_SURPLUS: 10_00}, 10_00, 0), ({}, 10_00, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "changes", "field"),
    [
        ("late_pledge", {"income_account": "4900"}, "income_account"),
        ("late_pledge", {"branch_id": "brn_nowhere"}, "branch_id"),
        ("tainted_income", {}, "income_account"),
        ("tainted_income", {"income_account": "5900"}, "income_account"),
        ("tainted_income", {"income_account": "0000"}, "income_account"),
    ],
)
def test_a_source_names_where_the_money_lies(work, source, changes, field):
    with pytest.raises(ValidationFailed) as refused:
        received(work, 1, source, **changes)
    assert refused.value.details[0]["field"] == field


def test_income_is_corrected_only_with_authority(work):
    with pytest.raises(NoAuthority):
        received(work, 12, "tainted_income", user="user_maker", income_account="4900")
    received(work, 5, user="user_maker", external_id="c-1")  # cash of a pledge: anyone at the desk
    with pytest.raises(CharityExternalIdTaken):
        received(work, 5, external_id="c-1")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"beneficiary_is_staff_or_kin": True}, "CHARITY_SELF_BENEFIT"),
        ({"use": "marketing"}, "CHARITY_SELF_BENEFIT"),
        ({"use": "own_zakat"}, "CHARITY_SELF_BENEFIT"),
        ({"settles_debt_of": "institution"}, "CHARITY_SELF_COLLECTION"),
        ({"settles_debt_of": "inst_test"}, "CHARITY_SELF_COLLECTION"),
        ({"use": "debt_to_institution"}, "CHARITY_SELF_COLLECTION"),
    ],
)
def test_charity_does_not_serve_the_institution(work, changes, code):
    """T32 is the last of them: our own borrower's arrears."""
    received(work, 50)
    with pytest.raises(ShariahViolation) as refused:
        asked(work, 10, **changes)
    assert codes(refused) == [code]


def test_a_beneficiary_named_as_the_institution_or_its_staff_is_refused(work):
    for name in ("Inst_Test", " user_checker "):
        with pytest.raises(ShariahViolation) as refused:
            asked(work, 10, beneficiary_id=named(work, name))
        assert codes(refused) == ["CHARITY_SELF_BENEFIT"]


def test_only_the_shariah_reviewer_lets_charity_leave_and_only_once(work):
    received(work, 50)
    payment_id = asked(work, 10).payment_id
    for user, refusal in (("user_maker", MakerMayNotApprove), ("user_checker", NoAuthority),
                          ("user_finance", NoAuthority)):  # fmt: skip
        with pytest.raises(refusal):
            decided(work, payment_id, user)
    decided(work, payment_id)
    with pytest.raises(CharityPaymentNotPending):
        decided(work, payment_id)
    assert owed(work) == 40_00


def test_a_refused_payment_moves_nothing(work):
    received(work, 50)
    payment = decided(work, asked(work, 10).payment_id, is_approved=False)
    assert (payment.status, owed(work)) == (PaymentStatus.REJECTED, 50_00)


def test_more_than_is_owed_to_charity_is_not_paid(work):
    received(work, 5)
    payment_id = asked(work, 6).payment_id
    with pytest.raises(FundsInsufficient):
        decided(work, payment_id)
    with work() as uow:
        assert service.get_payment(uow, payment_id).status is PaymentStatus.PENDING_APPROVAL


@pytest.mark.parametrize("is_approved", [True, False])
def test_the_inbox_of_approvals_decides_on_charity_too(work, is_approved):
    received(work, 50)
    payment_id = asked(work, 10).payment_id
    with work("user_shariah") as uow:
        approval = access.pending(uow, service.SPEND, payment_id)
        access.decide_approval(uow, approval.approval_id, is_approved=is_approved)
        status = service.get_payment(uow, payment_id).status
    assert status is (PaymentStatus.PAID if is_approved else PaymentStatus.REJECTED)
