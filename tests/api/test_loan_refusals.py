"""What rules, states and funds refuse of loans, and that a refusal changes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sanduq.access import service as access
from sanduq.ledger.model import AccountPlace
from tests.coherent import assert_coherent
from tests.make.institution import a_borrower, balance_minor, nothing_changes
from tests.make.ledger import post_move
from tests.make.loans import LOANS, USD, Desk, an_application, done
from tests.make.refusals import refused

CASH = AccountPlace("1000", USD, subject="brn_main")


@pytest.fixture
def desk(demo_client, demo_checker):
    return Desk(demo_client, demo_checker)


@pytest.fixture
def unchanged(demo_url):
    """Whatever is done inside leaves the books, the loans and the outbox as they were."""
    return lambda: nothing_changes(demo_url)


class TestRules:
    def test_a_fee_above_the_direct_cost_breaks_the_rule_of_the_fee(
        self, demo_client, unchanged
    ) -> None:
        # Serving one loan costs 41.20 by the study.
        with unchanged():
            answer = demo_client.post(LOANS, json=an_application(service_fee="41.21"))
            body = refused(answer, 422, "SHARIAH_VIOLATION", "QARD_FEE_EXCEEDS_COST")
            (finding,) = [one for one in body["errors"] if one["rule_id"] == "QRD-03"]
            assert finding["severity"] == "block"
            assert finding["source"]
            assert (finding["observed"], finding["limit"]) == ("41.21", "41.20")

    def test_a_fee_of_the_direct_cost_itself_keeps_it(self, demo_client) -> None:
        made = done(demo_client.post(LOANS, json=an_application(service_fee="41.20")), 201)
        assert made["service_fee"] == 41.2

    def test_without_a_fee_asked_for_there_is_none(self, demo_client) -> None:
        made = done(demo_client.post(LOANS, json=an_application(service_fee=None)), 201)
        assert (made["service_fee"], made["total_repayable"]) == (0, 2000)

    def test_after_twelve_months_a_cost_study_carries_no_fee(
        self, demo_client, demo_work, unchanged
    ) -> None:
        # The study is dated 2023-12-01.
        with demo_work() as uow:
            access.move_clock(uow, datetime(2024, 12, 1, 23, 59, tzinfo=UTC))
        done(demo_client.post(LOANS, json=an_application()), 201)
        with demo_work() as uow:
            access.move_clock(uow, datetime(2024, 12, 2, 0, 0, tzinfo=UTC))
        with unchanged():
            answer = demo_client.post(LOANS, json=an_application())
            refused(answer, 422, "SHARIAH_VIOLATION", "QARD_FEE_EXCEEDS_COST")
        done(demo_client.post(LOANS, json=an_application(service_fee=0)), 201)

    def test_the_rules_run_again_when_the_loan_is_approved(
        self, desk, demo_work, unchanged
    ) -> None:
        loan_id = desk.applied()
        with demo_work() as uow:
            access.move_clock(uow, datetime(2024, 12, 2, 9, 0, tzinfo=UTC))
        with unchanged():
            answer = desk.checker.post(f"{LOANS}/{loan_id}/approve")
            refused(answer, 422, "SHARIAH_VIOLATION", "QARD_FEE_EXCEEDS_COST")

    def test_a_prohibited_purpose_is_refused(self, demo_client, unchanged) -> None:
        with unchanged():
            answer = demo_client.post(LOANS, json=an_application(purpose="gambling"))
            body = refused(answer, 422, "SHARIAH_VIOLATION")
            assert [one["rule_id"] for one in body["errors"]] == ["GEN-03"]

    def test_a_minor_may_not_borrow(self, demo_client, demo_work, unchanged) -> None:
        with demo_work() as uow:
            a_borrower(uow, "cpty_tomorrow", birth_on=date(2006, 1, 16))
            a_borrower(uow, "cpty_today", birth_on=date(2006, 1, 15))
        with unchanged():
            answer = demo_client.post(LOANS, json=an_application(borrower_id="cpty_tomorrow"))
            body = refused(answer, 422, "SHARIAH_VIOLATION")
            assert [one["rule_id"] for one in body["errors"]] == ["GEN-04"]
        done(demo_client.post(LOANS, json=an_application(borrower_id="cpty_today")), 201)

    def test_every_broken_rule_is_told_at_once(self, demo_client, unchanged) -> None:
        with unchanged():
            body = an_application(purpose="alcohol", service_fee=100)
            found = refused(demo_client.post(LOANS, json=body), 422, "SHARIAH_VIOLATION")
            assert {"GEN-03", "QRD-03"} <= {one["rule_id"] for one in found["errors"]}

    def test_a_preview_refuses_what_the_application_would_be_refused(
        self, demo_client, unchanged
    ) -> None:
        with unchanged():
            answer = demo_client.post(f"{LOANS}/preview", json=an_application(service_fee=50))
            refused(answer, 422, "SHARIAH_VIOLATION", "QARD_FEE_EXCEEDS_COST")
            shown = done(demo_client.post(f"{LOANS}/preview", json=an_application()))
            assert shown["total_repayable"] == 2040


class TestStates:
    def test_the_maker_may_not_approve(self, desk, unchanged) -> None:
        loan_id = desk.applied()
        with unchanged():
            refused(desk.maker.post(f"{LOANS}/{loan_id}/approve"), 403, "FORBIDDEN")

    def test_a_loan_is_approved_once(self, desk, unchanged) -> None:
        loan_id = desk.approved()
        with unchanged():
            answer = desk.checker.post(f"{LOANS}/{loan_id}/approve")
            body = refused(answer, 409, "CONFLICT")
            assert body["state"] == "APPROVED"
            assert body["allowed"] == ["cancel", "disburse"]

    def test_the_approver_may_not_pay_out(self, desk, unchanged) -> None:
        loan_id = desk.approved()
        with unchanged():
            refused(desk.checker.post(f"{LOANS}/{loan_id}/disburse"), 403, "FORBIDDEN")

    def test_a_loan_is_paid_out_once(self, desk, unchanged) -> None:
        loan_id = desk.disbursed()
        with unchanged():
            refused(desk.maker.post(f"{LOANS}/{loan_id}/disburse"), 409, "CONFLICT")

    def test_a_loan_is_not_paid_out_before_it_is_approved(self, desk, unchanged) -> None:
        loan_id = desk.applied()
        with unchanged():
            refused(desk.maker.post(f"{LOANS}/{loan_id}/disburse"), 409, "CONFLICT")

    def test_nothing_is_repaid_before_disbursement(self, desk, unchanged) -> None:
        for loan_id in (desk.applied(), desk.approved()):
            with unchanged():
                body = refused(desk.pay(loan_id, 170), 409, "CONFLICT")
                assert body["state"] in ("PENDING_APPROVAL", "APPROVED")
                assert "repay" not in body["allowed"]

    def test_nothing_is_repaid_after_completion(self, desk, unchanged) -> None:
        loan_id = desk.completed()
        with unchanged():
            body = refused(desk.pay(loan_id, 1), 409, "CONFLICT")
            assert body["state"] == "COMPLETED"
            refused(desk.pay(loan_id, 1, excess="credit"), 409, "CONFLICT")

    def test_a_refused_application_ends_there(self, desk, unchanged) -> None:
        loan_id = desk.applied()
        rejected = desk.checker.post(f"{LOANS}/{loan_id}/reject", json={"reason": "no trade yet"})
        assert done(rejected)["status"] == "REJECTED"
        with unchanged():
            for action in ("approve", "disburse"):
                body = refused(desk.checker.post(f"{LOANS}/{loan_id}/{action}"), 409, "CONFLICT")
                assert body["allowed"] == []

    def test_disbursement_without_the_cash_is_refused(
        self, desk, demo_work, demo_url, unchanged
    ) -> None:
        loan_id = desk.approved()
        with demo_work() as uow:
            post_move(uow, CASH, AccountPlace("3000", USD), 250_000_00 - 1_999_99)
        with unchanged():
            refused(desk.maker.post(f"{LOANS}/{loan_id}/disburse"), 422, "FUNDS_INSUFFICIENT")
        assert desk.loan(loan_id)["status"] == "APPROVED"
        with demo_work() as uow:
            post_move(uow, AccountPlace("3000", USD), CASH, 1)
        done(desk.maker.post(f"{LOANS}/{loan_id}/disburse"))
        assert balance_minor(demo_url, CASH) == 0
        with demo_work() as uow:
            assert_coherent(uow)

    def test_loans_asked_for_before_count_towards_the_tier(self, desk, unchanged) -> None:
        desk.applied(amount=6000)
        desk.disbursed(amount=3000)
        with unchanged():
            answer = desk.maker.post(LOANS, json=an_application(amount="1000.01"))
            refused(answer, 422, "LIMIT_EXCEEDED", "kyc_tier_limit")
        desk.applied(amount=1000)


class TestRepayments:
    def test_nothing_is_no_payment(self, desk, unchanged) -> None:
        loan_id = desk.disbursed()
        with unchanged():
            refused(desk.pay(loan_id, 0), 422, "VALIDATION_ERROR", "not_positive", "amount")
            refused(desk.pay(loan_id, "0.00"), 422, "VALIDATION_ERROR", "not_positive")
            refused(desk.pay(loan_id, -1), 422, "VALIDATION_ERROR", "negative")

    def test_another_currency_is_refused(self, desk, unchanged) -> None:
        loan_id = desk.disbursed()
        with unchanged():
            answer = desk.pay(loan_id, 170, currency="MYR")
            refused(answer, 422, "VALIDATION_ERROR", "currency_differs", "currency")

    def test_more_than_is_owed_is_refused_with_what_is_owed(self, desk, unchanged) -> None:
        loan_id = desk.disbursed()
        desk.paid(loan_id, 2000)
        with unchanged():
            answer = desk.pay(loan_id, "40.01")
            body = refused(answer, 422, "VALIDATION_ERROR", "exceeds_outstanding", "amount")
            assert "40.00" in body["detail"]

    def test_an_excess_kept_for_the_borrower_is_owed_to_the_borrower(
        self, desk, demo_url, demo_work
    ) -> None:
        loan_id = desk.disbursed()
        receipt = desk.paid(loan_id, 2050, excess="credit")
        assert (receipt["credited_to_borrower"], receipt["gift"]) == (10, 0)
        assert desk.loan(loan_id)["status"] == "COMPLETED"
        credit = AccountPlace("2000", USD, subject="cpty_borrower_001")
        assert balance_minor(demo_url, credit) == -10_00
        assert balance_minor(demo_url, AccountPlace("4800", USD)) == 0
        assert balance_minor(demo_url, AccountPlace("4100", USD)) == -40_00
        with demo_work() as uow:
            assert_coherent(uow)

    def test_a_gift_needs_the_borrower_s_statement(self, desk, demo_url, unchanged) -> None:
        loan_id = desk.disbursed()
        with unchanged():
            answer = desk.pay(loan_id, 2045, excess="gift")
            refused(answer, 422, "VALIDATION_ERROR", "statement_missing", "borrower_statement")
        receipt = desk.paid(
            loan_id, 2045, excess="gift", borrower_statement="Given freely, for the next borrower."
        )
        assert (receipt["credited_to_borrower"], receipt["gift"]) == (0, 5)
        assert balance_minor(demo_url, AccountPlace("4800", USD)) == -5_00
        credit = AccountPlace("2000", USD, subject="cpty_borrower_001")
        assert balance_minor(demo_url, credit) == 0

    def test_a_payment_is_dated_between_disbursement_and_today(self, desk, unchanged) -> None:
        loan_id = desk.disbursed()
        with unchanged():
            for day in ("2024-01-14", "2024-01-16", "1900-01-01"):
                answer = desk.pay(loan_id, 170, received_on=day)
                refused(answer, 422, "VALIDATION_ERROR", "impossible_date", "received_on")
            answer = desk.pay(loan_id, 170, received_on="2024-02-30")
            refused(answer, 422, "VALIDATION_ERROR", field="received_on")

    def test_an_unknown_field_of_a_payment_is_refused(self, desk, unchanged) -> None:
        loan_id = desk.disbursed()
        with unchanged():
            body = refused(desk.pay(loan_id, 170, penalty=5), 422, "VALIDATION_ERROR")
            assert body["errors"][0]["code"] == "unknown_field"
