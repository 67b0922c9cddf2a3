"""Zakat is kept apart, paid to the eight classes without a condition, and never waived."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sanduq.access.errors import NoAuthority
from sanduq.api import registry
from sanduq.events import service as outbox
from sanduq.funds.zakat import service
from sanduq.funds.zakat.errors import ZakatExternalIdTaken
from sanduq.funds.zakat.schemas import ZakatPaymentIn
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import FundsInsufficient, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.pages import PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from sanduq.ledger.verify import verify
from sanduq.shariah import service as shariah
from sanduq.shariah.errors import ShariahViolation
from sanduq.shariah.schemas import ResolutionIn
from tests.coherent import assert_coherent
from tests.make.giving import DEBTOR, DONOR, USD, giving_people, held_minor, usd, zakat_given
from tests.make.ledger import post_move
from tests.make.offers import a_resolution

EVIDENCE = {
    "debt": "mfl_1", "is_debt_lawful": True, "is_unable_to_pay": True, "documents": ["court note"],
}  # fmt: skip


@pytest.fixture(autouse=True)
def people(work, db):
    registry.wire()
    giving_people(work)
    yield
    assert_coherent(db)


@pytest.fixture
def definition(work):
    return ruling(work, "ZKT-01")


def ruling(work, *scope, **changes):
    with work("user_shariah") as uow:
        body = ResolutionIn(**a_resolution(*scope, **changes))
        return shariah.create_resolution(uow, body.command()).resolution_id


def paid(work, definition, units, user="user_finance", **changes):
    body = {"amount": units, "currency": "USD", "recipient_id": DEBTOR, "asnaf_code": "FUQARA",
            "ssb_definition": definition, "paid_to": "his own account 4711", **changes}  # fmt: skip
    with work(user) as uow:
        return service.pay(uow, ZakatPaymentIn(**body).command())


def stands(work, on=None):
    with work() as uow:
        if on is not None:
            uow.clock = FixedClock(uow.now + (on - uow.today))
        return service.standing(uow, USD)


def codes(refused):
    return [each["code"] for each in refused.value.details]


def test_zakat_received_and_paid_to_a_debtors_own_account(work, definition):
    """The worked example: 500.00 received, 200.00 to a debtor, who later repays his qard."""
    zakat_given(work, 500, payer_id=DONOR)
    payment = paid(work, definition, 200, asnaf_code="GHARIMIN", evidence=EVIDENCE)
    with work() as uow:
        assert held_minor(uow, "1000", "zakat") == held_minor(uow, "3300", "zakat") == 300_00
        receivable, cash = AccountPlace("1100", USD, subject="qrd_1"), AccountPlace("1000", USD)
        post_move(uow, AccountPlace("3000", USD), receivable, 200_00)
        repayment = (debit(cash, 200_00), credit(receivable, 200_00))
        ledger.open_accounts(uow, [cash])
        ledger.post(uow, [Journal(new_id("jrn"), "qard.repaid", uow.today, repayment)])
        service.require_no_waiver(uow, "qrd_1", USD, repayment)  # his own money: no waiver
        assert service.get_payment(uow, payment.payment_id).evidence.documents == ("court note",)
        page = outbox.list_events(
            uow, type_name="zakat.paid", subject_id=None, request=PageRequest()
        )
    assert [event.subject_id for event in page.items] == [payment.payment_id]
    standing, findings = stands(work)
    assert (standing.received_minor, standing.paid_minor, findings) == (500_00, 200_00, [])


def test_a_receivable_is_never_met_out_of_zakat(work):
    """T30: a journal that debits zakat and credits a qard receivable."""
    entries = (
        debit(AccountPlace("3300", USD, "zakat"), 200_00),
        credit(AccountPlace("1100", USD, "zakat", "qrd_1"), 200_00),
    )
    with work() as uow, pytest.raises(ShariahViolation) as refused:
        service.require_no_waiver(uow, "qrd_1", USD, entries)
    assert codes(refused) == ["ZAKAT_BY_WAIVER"]


def test_such_a_journal_posted_behind_the_rules_is_found(work):
    zakat_given(work, 500)
    claim, zakat = AccountPlace("1100", USD, "zakat", "qrd_1"), AccountPlace("3300", USD, "zakat")
    with work() as uow:
        post_move(uow, AccountPlace("1000", USD, "zakat"), claim, 200_00)
        post_move(uow, claim, zakat, 200_00)
        messages = [str(finding) for finding in verify(uow).findings]
        assert any("zakat" in message for message in messages)
        uow.connection.rollback()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"asnaf_code": "NEIGHBOURS"}, "ZAKAT_CATEGORY"),
        ({"condition": "pays his loan with us"}, "ZAKAT_ROUNDTRIP"),
        ({"asnaf_code": "GHARIMIN"}, "ZAKAT_GHARIM"),
        ({"payee": "creditor", "asnaf_code": "GHARIMIN", "evidence": EVIDENCE}, "ZAKAT_GHARIM"),
        ({"asnaf_code": "AMILIN"}, "ZAKAT_ADMIN_SHARE"),
    ],
)
def test_what_is_no_payment_of_zakat_is_refused(work, definition, changes, code):
    zakat_given(work, 500)
    with pytest.raises(ShariahViolation) as refused:
        paid(work, definition, 100, **changes)
    assert codes(refused) == [code]
    assert stands(work)[0].paid_minor == 0


def test_the_class_is_defined_by_a_ruling_in_force_on_that_very_question(work):
    zakat_given(work, 500)
    lapsed = ruling(work, "ZKT-01", valid_from="2023-01-01", valid_to="2024-01-15")
    for named in (ruling(work, "GEN-01"), "res_nothing", lapsed):
        with pytest.raises(ShariahViolation) as refused:
            paid(work, named, 100)
        assert codes(refused) == ["ZAKAT_CATEGORY"]


def test_a_creditor_is_paid_only_under_a_ruling(work, definition):
    zakat_given(work, 500)
    ruling(work, "ZKT-06")
    payment = paid(
        work, definition, 100, payee="creditor", asnaf_code="GHARIMIN", evidence=EVIDENCE
    )
    assert payment.amount == usd(100)


def test_more_than_there_is_cannot_be_paid(work, definition):
    zakat_given(work, 100)
    with pytest.raises(FundsInsufficient):
        paid(work, definition, 101)
    with pytest.raises(NoAuthority):
        paid(work, definition, 1, user="user_maker")


def test_administrators_receive_up_to_the_boards_share(work, definition):
    zakat_given(work, 1000)
    cap_ruling, elsewhere = ruling(work, "ZKT-08"), ruling(work, "GEN-01")
    with work("user_finance") as uow:
        with pytest.raises(ValidationFailed):
            service.set_cap(uow, 1250, elsewhere)
        service.set_cap(uow, 1250, cap_ruling)
    paid(work, definition, 100, asnaf_code="AMILIN")
    with pytest.raises(ShariahViolation) as refused:
        paid(work, definition, 26, asnaf_code="AMILIN")  # 126 of 1,000 is more than an eighth
    detail = refused.value.details[0]
    assert (detail["observed"], detail["limit"]) == ("126.00", "125.00")
    paid(work, definition, 25, asnaf_code="AMILIN")


def test_zakat_that_lay_for_more_than_a_lunar_year_is_overdue(work, definition):
    zakat_given(work, 500, received_date="2024-01-10")
    on = date(2024, 1, 10) + timedelta(days=354)
    assert stands(work, on)[1] == []
    standing, (finding,) = stands(work, on + timedelta(days=1))
    assert (finding.code, finding.observed) == ("ZAKAT_OVERDUE", "500.00")
    assert standing.oldest_undistributed_on == date(2024, 1, 10)
    paid(work, definition, 500)
    assert stands(work, on + timedelta(days=1))[1] == []


def test_a_period_does_not_close_over_zakat_that_is_overdue(work, definition):
    zakat_given(work, 500)
    with work("user_finance") as uow:
        uow.clock = FixedClock(uow.now + timedelta(days=400))
        with pytest.raises(ShariahViolation) as refused:
            ledger.close_period(uow, date(2024, 1, 1), date(2024, 12, 31))
        assert codes(refused) == ["ZAKAT_OVERDUE"]
    paid(work, definition, 500)
    with work("user_finance") as uow:
        uow.clock = FixedClock(uow.now + timedelta(days=400))
        ledger.close_period(uow, date(2024, 1, 1), date(2024, 12, 31))


def test_zakat_is_not_lent_without_a_ruling(work):
    with work() as uow, pytest.raises(ShariahViolation) as refused:
        service.require_lending(uow, "pool_1", USD)
    assert codes(refused) == ["ZAKAT_LENT"]
    ruling(work, "ZKT-07")
    with work() as uow:
        service.require_lending(uow, "pool_1", USD)


def test_loan_rooms_see_who_received_zakat_and_when_he_may_pay_from_it(work, definition):
    zakat_given(work, 500)
    payment = paid(work, definition, 100)
    today, tomorrow = date(2024, 1, 15), date(2024, 1, 16)
    with work() as uow:
        seen = service.recent_payments(uow, [DEBTOR, DONOR], today)
        assert [each.payment_id for each in seen] == [payment.payment_id]
        assert service.recent_payments(uow, [DEBTOR], tomorrow) == []
        assert service.recent_payments(uow, [], today) == []
        ((finding,),) = service.repayment_findings(uow, [(DEBTOR, USD, today)])
        assert finding.code == "ZAKAT_ROUNDTRIP"
        assert service.repayment_findings(uow, [(DEBTOR, USD, tomorrow), (DONOR, USD, today)]) == [
            [],
            [],
        ]


def test_receipts_are_refused_by_field_and_named_once(work):
    zakat_given(work, 1, external_id="z-1")
    with pytest.raises(ZakatExternalIdTaken):
        zakat_given(work, 1, external_id="z-1")
    for changes in ({"payer_id": "cpty_nobody"}, {"received_date": "2024-01-16"}):
        with pytest.raises(ValidationFailed) as refused:
            zakat_given(work, 1, **changes)
        assert refused.value.details[0]["field"] in changes
