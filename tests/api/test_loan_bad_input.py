"""What the loan endpoints refuse, each with its code, and that a refusal changes nothing."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal

import psycopg
import pytest

from sanduq import demo
from sanduq.access import founding
from sanduq.access import service as access
from sanduq.ledger.model import AccountPlace
from tests.coherent import assert_coherent
from tests.conftest import client_with, sharing
from tests.make.institution import a_borrower, balance_minor, standing
from tests.make.ledger import post_move
from tests.make.loans import LOANS, USD, Desk, an_application, done

UNKNOWN = "mfl_00000000000000000000000000"
CASH = AccountPlace("1000", USD, subject="brn_main")
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def desk(demo_client, demo_checker):
    return Desk(demo_client, demo_checker)


@pytest.fixture
def unchanged(demo_url):
    """Whatever is done inside leaves the books, the loans and the outbox as they were."""

    @contextmanager
    def watch():
        before = standing(demo_url)
        yield
        assert standing(demo_url) == before

    return watch


def refused(answer, status, code, field_code=None, field=None):
    """The body of a refusal, checked in both the standard's and the vendor's shape."""
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["status"] == status
    assert body["error"] == {
        "code": code, "message": body["detail"], "details": body["errors"]
    }  # fmt: skip
    assert body["request_id"] == body["meta"]["requestId"] == answer.headers["x-request-id"]
    if field_code is not None:
        assert field_code in [error["code"] for error in body["errors"]], body["errors"]
    if field is not None:
        assert field in [error["field"] for error in body["errors"]], body["errors"]
    return body


def raw(client, path, text, **headers):
    """A request whose body is exactly this text."""
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(path, content=content, headers={**JSON, **headers})


def with_amount(text):
    """An application whose amount is written exactly so."""
    return json.dumps(an_application(amount="@@")).replace('"@@"', text)


class TestBodies:
    @pytest.mark.parametrize(
        "text",
        ["{", "", "amount=1", '{"amount": 1,}', "{'amount': 1}", '{"amount": 1} x'],
    )
    def test_a_body_that_is_not_json_is_refused(self, demo_client, unchanged, text) -> None:
        with unchanged():
            answer = raw(demo_client, LOANS, text)
            if text == "":
                refused(answer, 422, "VALIDATION_ERROR", "missing_field")
            else:
                refused(answer, 400, "INVALID_JSON")

    @pytest.mark.parametrize("text", ["[]", "1", '"x"', "null", "true"])
    def test_json_that_is_no_object_has_the_wrong_shape(self, demo_client, unchanged, text) -> None:
        with unchanged():
            refused(raw(demo_client, LOANS, text), 422, "VALIDATION_ERROR")

    def test_a_key_written_twice_is_refused(self, demo_client, unchanged) -> None:
        doubled = json.dumps(an_application()).replace("{", '{"amount": 1,', 1)
        with unchanged():
            refused(raw(demo_client, LOANS, doubled), 400, "INVALID_JSON")

    def test_another_content_type_is_refused(self, demo_client, unchanged) -> None:
        text = json.dumps(an_application())
        with unchanged():
            for media in ("text/plain", "application/x-www-form-urlencoded"):
                answer = raw(demo_client, LOANS, text, **{"Content-Type": media})
                refused(answer, 400, "INVALID_JSON")

    def test_a_body_above_eight_mebibytes_is_refused(self, demo_client, unchanged) -> None:
        huge = json.dumps(an_application(purpose_description="x" * (8 * 1024 * 1024)))
        with unchanged():
            refused(raw(demo_client, LOANS, huge), 413, "BODY_TOO_LARGE")

    def test_an_unknown_field_is_refused_with_the_nearest_name(
        self, demo_client, unchanged
    ) -> None:
        with unchanged():
            answer = demo_client.post(LOANS, json=an_application(servicefee=40))
            body = refused(answer, 422, "VALIDATION_ERROR", "unknown_field", "servicefee")
            assert "did you mean service_fee?" in body["detail"]

    def test_an_unknown_field_inside_the_terms_is_refused(self, demo_client, unchanged) -> None:
        terms = {"installments": 12, "frequency": "monthly", "interest": 5}
        with unchanged():
            answer = demo_client.post(LOANS, json=an_application(repayment_terms=terms))
            refused(answer, 422, "VALIDATION_ERROR", "unknown_field", "repayment_terms.interest")

    @pytest.mark.parametrize(
        "field", ["type", "borrower_id", "amount", "currency", "purpose", "repayment_terms"]
    )
    def test_a_missing_field_is_named(self, demo_client, unchanged, field) -> None:
        with unchanged():
            answer = demo_client.post(LOANS, json=an_application(**{field: ...}))
            refused(answer, 422, "VALIDATION_ERROR", "missing_field", field)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("borrower_id", "grp_village_003"),
            ("borrower_id", "cpty_"),
            ("borrower_id", "cpty_a b"),
            ("borrower_id", "cpty_ا"),
            ("group_id", "cpty_borrower_001"),
            ("product_id", "mfl_1"),
            ("branch_id", "main"),
        ],
    )
    def test_an_id_of_another_kind_is_refused(self, demo_client, unchanged, field, value) -> None:
        with unchanged():
            answer = demo_client.post(LOANS, json=an_application(**{field: value}))
            refused(answer, 422, "VALIDATION_ERROR", "wrong_id", field)

    def test_a_loan_id_of_another_kind_is_refused(self, demo_client, unchanged) -> None:
        with unchanged():
            for answer in (
                demo_client.get(f"{LOANS}/rhn_1"),
                demo_client.post(f"{LOANS}/rhn_1/approve"),
                demo_client.post(f"{LOANS}/rhn_1/disburse"),
                demo_client.post(f"{LOANS}/rhn_1/repayments", json={"amount": 1}),
            ):
                refused(answer, 422, "VALIDATION_ERROR", "wrong_id", "loan_id")

    @pytest.mark.parametrize(
        ("field", "known"),
        [
            ("borrower_id", "cpty_nobody"),
            ("group_id", "grp_nobody"),
            ("product_id", "prd_nothing"),
        ],
    )
    def test_an_id_that_nobody_has_is_not_found(self, demo_client, unchanged, field, known) -> None:
        with unchanged():
            answer = demo_client.post(LOANS, json=an_application(**{field: known}))
            refused(answer, 404, "NOT_FOUND")

    def test_a_branch_that_nobody_has_is_not_found(self, demo_client, unchanged) -> None:
        with unchanged():
            answer = demo_client.post(LOANS, json=an_application(branch_id="brn_nowhere"))
            assert answer.status_code in (404, 422), answer.text

    @pytest.mark.parametrize("text", ["\\ud800", "a\\u0000b"])
    def test_text_no_database_can_hold_is_refused(self, demo_client, unchanged, text) -> None:
        body = json.dumps(an_application(purpose_description="@@")).replace("@@", text)
        with unchanged():
            refused(raw(demo_client, LOANS, body), 422, "VALIDATION_ERROR")

    @pytest.mark.parametrize("text", ["\\ud800", "a\\u0000b"])
    def test_such_text_is_refused_under_an_idempotency_key_too(
        self, demo_client, unchanged, text
    ) -> None:
        body = with_amount(f'"{text}"')
        with unchanged():
            answer = raw(demo_client, LOANS, body, **{"Idempotency-Key": "k1"})
            assert 400 <= answer.status_code < 500, answer.text


class TestAmounts:
    """Accepted exactly or refused, never rounded."""

    @pytest.mark.parametrize(
        ("text", "exactly"),
        [
            ("1e2", "100"),
            ("1E+3", "1000"),
            ("2.0e2", "200"),
            ("100.50", "100.5"),
            ("100.000000", "100"),
            ('"100.50"', "100.5"),
            ('"0100"', "100"),
            ("99.99", "99.99"),
        ],
    )
    def test_an_exact_amount_is_taken_to_the_cent(self, demo_client, text, exactly) -> None:
        made = raw(demo_client, LOANS, with_amount(text))
        assert made.status_code == 201, made.text
        found = json.loads(made.text, parse_float=Decimal)
        assert found["amount"] == Decimal(exactly)
        assert found["total_repayable"] == Decimal(exactly) + 40
        assert "e" not in str(found["amount"]).lower()

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("1e-3", "too_many_decimals"),
            ("100.005", "too_many_decimals"),
            ("1e-40", "too_many_decimals"),
            ('"1.005"', "too_many_decimals"),
            ("-1", "negative"),
            ("-0.01", "negative"),
            ('"-1"', "negative"),
            ("-0.0", "negative"),
            ('"-0"', "negative"),
            ("0", "not_positive"),
            ("0.00", "not_positive"),
            ("1" + "0" * 30, "too_large"),
            ("1e30", "too_large"),
            ("90000000000000.01", "too_large"),
            ('"' + "1" * 60 + '"', "too_large"),
            ('"1e2"', "not_a_number"),
            ('"NaN"', "not_a_number"),
            ('"Infinity"', "not_a_number"),
            ('"١٠٠"', "not_a_number"),
            ('"１００"', "not_a_number"),
            ('"1,000"', "not_a_number"),
            ('"1_000"', "not_a_number"),
            ('" 100"', "not_a_number"),
            ('"100\\n"', "not_a_number"),
            ('"+100"', "not_a_number"),
            ('""', "not_a_number"),
            ("true", "not_a_number"),
            ("null", "not_a_number"),
            ("[100]", "not_a_number"),
            ('{"amount": 100}', "not_a_number"),
        ],
    )
    def test_any_other_amount_is_refused_with_the_reason(
        self, demo_client, unchanged, text, code
    ) -> None:
        with unchanged():
            answer = raw(demo_client, LOANS, with_amount(text))
            refused(answer, 422, "VALIDATION_ERROR", code, "amount")
            again = raw(demo_client, LOANS, with_amount(text), **{"Idempotency-Key": "once"})
            refused(again, 422, "VALIDATION_ERROR", code, "amount")

    def test_a_whole_minus_zero_is_nothing(self, demo_client, unchanged) -> None:
        # JSON has one zero among its integers: -0 is read as 0, and nothing is lent.
        with unchanged():
            answer = raw(demo_client, LOANS, with_amount("-0"))
            body = refused(answer, 422, "VALIDATION_ERROR")
            assert body["errors"][0]["code"] in ("negative", "not_positive")

    @pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "0x10", "01", ".5", "5."])
    def test_what_json_does_not_call_a_number_is_not_json(
        self, demo_client, unchanged, text
    ) -> None:
        with unchanged():
            refused(raw(demo_client, LOANS, with_amount(text)), 400, "INVALID_JSON")

    @pytest.mark.parametrize("text", ["1e9999999", "1e-9999999", "1" * 5000, "1." + "1" * 100])
    def test_a_number_too_long_to_write_out_is_refused_at_once(
        self, demo_client, unchanged, text
    ) -> None:
        with unchanged():
            answer = raw(demo_client, LOANS, with_amount(text), **{"Idempotency-Key": "long"})
            assert answer.status_code in (400, 422), answer.text
            assert len(answer.content) < 5_000

    def test_a_fee_is_read_as_strictly_as_the_amount(self, demo_client, unchanged) -> None:
        with unchanged():
            for fee, code in (("40.001", "too_many_decimals"), ("-1", "negative")):
                answer = demo_client.post(LOANS, json=an_application(service_fee=fee))
                refused(answer, 422, "VALIDATION_ERROR", code, "service_fee")

    def test_a_currency_without_books_is_refused(self, demo_client, unchanged) -> None:
        with unchanged():
            for code in ("XXX", "ZZZ"):
                answer = demo_client.post(LOANS, json=an_application(currency=code))
                refused(answer, 422, "VALIDATION_ERROR", "unknown_currency", "currency")
            for code in ("usd", "US", "USDT", "$", 840):
                answer = demo_client.post(LOANS, json=an_application(currency=code))
                refused(answer, 422, "VALIDATION_ERROR", field="currency")

    def test_three_decimals_are_exact_where_the_currency_has_three(self, demo_client) -> None:
        made = raw(demo_client, LOANS, with_amount("100.125").replace('"USD"', '"TND"'))
        assert json.loads(made.text, parse_float=Decimal)["amount"] == Decimal("100.125")


class TestTerms:
    @pytest.mark.parametrize("count", [0, -1, 601, 1.5, "12", None, True])
    def test_instalments_are_a_whole_number_from_one(self, demo_client, unchanged, count) -> None:
        terms = {"installments": count, "frequency": "monthly"}
        with unchanged():
            answer = demo_client.post(LOANS, json=an_application(repayment_terms=terms))
            refused(answer, 422, "VALIDATION_ERROR", field="repayment_terms.installments")

    def test_terms_the_product_does_not_offer_are_named_all_at_once(
        self, demo_client, unchanged
    ) -> None:
        terms = {"installments": 200, "frequency": "weekly", "grace_period_months": 13}
        with unchanged():
            answer = demo_client.post(LOANS, json=an_application(repayment_terms=terms))
            body = refused(answer, 422, "VALIDATION_ERROR", "not_offered")
            assert {error["field"] for error in body["errors"]} == {
                "repayment_terms.installments", "repayment_terms.grace_period_months"
            }  # fmt: skip

    def test_a_type_nobody_offers_is_refused(self, demo_client, unchanged) -> None:
        with unchanged():
            answer = demo_client.post(LOANS, json=an_application(type="murabaha_micro"))
            refused(answer, 422, "VALIDATION_ERROR", "not_offered", "type")
            answer = demo_client.post(LOANS, json=an_application(type="conventional"))
            refused(answer, 422, "VALIDATION_ERROR", field="type")

    def test_more_than_the_product_lends_is_above_a_limit(self, demo_client, unchanged) -> None:
        with unchanged():
            answer = demo_client.post(LOANS, json=an_application(amount="50000.01"))
            refused(answer, 422, "LIMIT_EXCEEDED", "above_product_maximum", "amount")

    def test_less_than_the_product_lends_is_a_wrong_value(self, demo_client, unchanged) -> None:
        with unchanged():
            answer = demo_client.post(LOANS, json=an_application(amount="9.99"))
            refused(answer, 422, "VALIDATION_ERROR", "below_product_minimum", "amount")

    def test_more_than_the_tier_allows_names_the_tier_that_would(
        self, demo_client, unchanged
    ) -> None:
        # Identity and address prove the tier `standard`: 10,000 USD in all.
        with unchanged():
            answer = demo_client.post(LOANS, json=an_application(amount="10000.01"))
            body = refused(answer, 422, "LIMIT_EXCEEDED", "kyc_tier_limit", "amount")
            (detail,) = body["errors"]
            assert (detail["tier"], detail["allowing_tier"]) == ("standard", "full")
            assert detail["missing_documents"] == ["income_proof"]
            assert detail["limit"] == 10_000

    def test_loans_asked_for_before_count_towards_the_tier(self, desk, unchanged) -> None:
        desk.applied(amount=6000)
        desk.disbursed(amount=3000)
        with unchanged():
            answer = desk.maker.post(LOANS, json=an_application(amount="1000.01"))
            refused(answer, 422, "LIMIT_EXCEEDED", "kyc_tier_limit")
        desk.applied(amount=1000)

    def test_an_external_id_names_one_loan(self, demo_client, unchanged) -> None:
        done(demo_client.post(LOANS, json=an_application(external_id="A-1")), 201)
        with unchanged():
            answer = demo_client.post(LOANS, json=an_application(external_id="A-1"))
            refused(answer, 409, "CONFLICT")


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
            assert (finding["observed"], finding["limit"]) == ("41.21 USD", "41.20 USD")

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


class TestIdempotency:
    def test_a_repeated_request_gets_the_same_bytes_and_has_one_effect(
        self, demo_client, unchanged
    ) -> None:
        headers = {"Idempotency-Key": "create-1"}
        first = demo_client.post(LOANS, json=an_application(), headers=headers)
        assert "idempotency-replayed" not in first.headers
        with unchanged():
            again = demo_client.post(LOANS, json=an_application(), headers=headers)
        assert again.headers["idempotency-replayed"] == "true"
        assert (again.status_code, again.content) == (201, first.content)

    def test_a_repeated_repayment_is_recorded_once(self, desk, unchanged) -> None:
        loan_id = desk.disbursed()
        headers = {"X-Idempotency-Key": "pay-1"}
        path = f"{LOANS}/{loan_id}/repayments"
        first = desk.maker.post(path, json={"amount": 170}, headers=headers)
        with unchanged():
            again = desk.maker.post(path, json={"amount": 170}, headers=headers)
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.headers["idempotency-replayed"] == "true"
        assert again.content == first.content
        assert desk.loan(loan_id)["balance"]["outstanding"] == 1870

    def test_the_same_key_with_another_body_is_refused(self, desk, unchanged) -> None:
        loan_id = desk.disbursed()
        headers = {"Idempotency-Key": "pay-1"}
        path = f"{LOANS}/{loan_id}/repayments"
        desk.maker.post(path, json={"amount": 170}, headers=headers)
        with unchanged():
            for body in ({"amount": 171}, {"amount": 170, "method": "card"}):
                answer = desk.maker.post(path, json=body, headers=headers)
                refused(answer, 422, "IDEMPOTENCY_MISMATCH")

    def test_the_same_key_on_another_loan_is_refused(self, desk, unchanged) -> None:
        one, other = desk.disbursed(), desk.disbursed()
        headers = {"Idempotency-Key": "pay-1"}
        desk.maker.post(f"{LOANS}/{one}/repayments", json={"amount": 170}, headers=headers)
        with unchanged():
            answer = desk.maker.post(
                f"{LOANS}/{other}/repayments", json={"amount": 170}, headers=headers
            )
            refused(answer, 422, "IDEMPOTENCY_MISMATCH")

    def test_a_refusal_is_replayed_even_after_its_cause_is_gone(self, desk, unchanged) -> None:
        loan_id = desk.approved()
        headers = {"Idempotency-Key": "early"}
        path = f"{LOANS}/{loan_id}/repayments"
        first = desk.maker.post(path, json={"amount": 170}, headers=headers)
        refused(first, 409, "CONFLICT")
        done(desk.maker.post(f"{LOANS}/{loan_id}/disburse"))
        with unchanged():
            again = desk.maker.post(path, json={"amount": 170}, headers=headers)
        assert (again.status_code, again.content) == (409, first.content)
        assert again.headers["idempotency-replayed"] == "true"

    def test_the_way_a_number_is_written_makes_no_other_request(self, demo_client) -> None:
        headers = {"Idempotency-Key": "spelling"}
        first = raw(demo_client, LOANS, with_amount("2000"), **headers)
        again = raw(demo_client, LOANS, with_amount("2e3"), **headers)
        assert first.status_code == 201
        assert again.content == first.content

    @pytest.mark.parametrize("key", ["", "x" * 256, "tab\there"])
    def test_a_malformed_key_is_refused(self, demo_client, unchanged, key) -> None:
        with unchanged():
            answer = demo_client.post(
                LOANS, json=an_application(), headers={"Idempotency-Key": key}
            )
            refused(answer, 422, "VALIDATION_ERROR", "malformed", "Idempotency-Key")

    def test_the_same_key_is_another_one_in_another_institution(
        self, desk, demo_db, unchanged
    ) -> None:
        headers = {"Idempotency-Key": "shared"}
        done(desk.maker.post(LOANS, json=an_application(), headers=headers), 201)
        other = client_with(demo_db, "sk_test_maker_other")
        answer = other.post(LOANS, json=an_application(), headers=headers)
        refused(answer, 404, "NOT_FOUND")  # no borrower there, and no replay of ours


class TestConcurrency:
    @pytest.mark.parametrize("action", ["approve", "disburse", "reject", "cancel", "reschedule"])
    def test_a_decision_on_an_old_copy_is_refused(self, desk, unchanged, action) -> None:
        loan_id = {
            "approve": desk.applied, "disburse": desk.approved, "reject": desk.applied,
            "cancel": desk.applied, "reschedule": desk.disbursed,
        }[action]()  # fmt: skip
        bodies = {
            "reject": {"reason": "x"},
            "cancel": {"reason": "x"},
            "reschedule": {
                "kind": "move_due_date", "reason": "harvest",
                "from_due_date": "2024-03-01", "to_due_date": "2024-03-15",
            },
        }  # fmt: skip
        client = desk.checker if action in ("approve", "reject") else desk.maker
        path = f"{LOANS}/{loan_id}/{action}"
        with unchanged():
            stale = client.post(path, json=bodies.get(action), headers={"If-Match": '"0-0-0"'})
            refused(stale, 409, "CONFLICT")
        tag = desk.maker.get(f"{LOANS}/{loan_id}").headers["etag"]
        done(client.post(path, json=bodies.get(action), headers={"If-Match": tag}))

    def test_a_payment_makes_older_copies_of_the_loan_stale(self, desk, unchanged) -> None:
        loan_id = desk.disbursed()
        receipt = desk.paid(loan_id, 100)
        tag = desk.maker.get(f"{LOANS}/{loan_id}").headers["etag"]
        desk.paid(loan_id, 100)
        with unchanged():
            answer = desk.maker.post(
                f"{LOANS}/{loan_id}/repayments/{receipt['id']}/reverse",
                json={"reason": "wrong loan"},
                headers={"If-Match": tag},
            )
            refused(answer, 409, "CONFLICT")

    def test_an_unchanged_loan_is_not_sent_again(self, desk) -> None:
        loan_id = desk.disbursed()
        tag = desk.maker.get(f"{LOANS}/{loan_id}").headers["etag"]
        again = desk.maker.get(f"{LOANS}/{loan_id}", headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        desk.paid(loan_id, 1)
        changed = desk.maker.get(f"{LOANS}/{loan_id}", headers={"If-None-Match": tag})
        assert changed.status_code == 200


class TestLists:
    def test_two_paginations_at_once_are_refused(self, desk) -> None:
        for _ in range(3):
            desk.applied()
        cursor = desk.maker.get(f"{LOANS}?limit=1").json()["next_cursor"]
        for query in (f"cursor={cursor}&page=2", f"cursor={cursor}&page=1&perPage=1"):
            answer = desk.maker.get(f"{LOANS}?{query}")
            refused(answer, 422, "VALIDATION_ERROR", "two_paginations")

    @pytest.mark.parametrize("cursor", ["x", "", "!!!!", "MTIz", "MTIzOg", "eDp5", "\u0661"])
    def test_a_cursor_that_is_none_of_ours_is_refused(self, demo_client, cursor) -> None:
        answer = demo_client.get(LOANS, params={"cursor": cursor})
        refused(answer, 422, "VALIDATION_ERROR", "unknown_cursor", "cursor")

    @pytest.mark.parametrize(
        "query",
        [
            "limit=0", "limit=101", "limit=x", "page=0", "perPage=0", "perPage=101",
            "status=PAID", "type=loan", "created_at.gte=2024-01-15T00:00:00",
            "created_at.lt=yesterday", "due_on.lte=2024-13-01", "currency=usd", "metadata=x",
            "borrower_id=cpty_%00", "metadata=a:%00",
        ],
    )  # fmt: skip
    def test_a_malformed_filter_is_refused(self, demo_client, query) -> None:
        refused(demo_client.get(f"{LOANS}?{query}"), 422, "VALIDATION_ERROR")

    def test_an_unknown_filter_is_refused_with_the_nearest_name(self, demo_client) -> None:
        answer = demo_client.get(f"{LOANS}?borower_id=cpty_1")
        body = refused(answer, 422, "VALIDATION_ERROR", "unknown_field", "borower_id")
        assert "did you mean borrower_id?" in body["detail"]


def a_key(demo_url, secret, *scopes, user_id=demo.MAKER):
    with psycopg.connect(demo_url) as connection:
        founding.add_key(connection, demo.NUMBER, user_id, secret, scopes)


class TestKeys:
    def test_no_key_is_no_entry(self, demo_client, unchanged) -> None:
        stranger = sharing(demo_client, "")
        with unchanged():
            for answer in (
                stranger.post(LOANS, json=an_application()),
                stranger.get(LOANS),
                sharing(demo_client, "sk_test_unknown").get(LOANS),
            ):
                refused(answer, 401, "UNAUTHORIZED")
                assert answer.headers["www-authenticate"] == "Bearer"

    def test_a_revoked_key_opens_nothing_from_that_moment(
        self, demo_client, demo_url, demo_work, unchanged
    ) -> None:
        a_key(demo_url, "sk_test_lost", "microfinance:write")
        lost = sharing(demo_client, "sk_test_lost")
        done(lost.post(LOANS, json=an_application()), 201)
        with psycopg.connect(demo_url) as connection:
            row = connection.execute(
                "select key_id from access.api_key where scopes = '{microfinance:write}'"
            ).fetchone()
        with demo_work() as uow:
            access.revoke_key(uow, row[0], "lost")
        with unchanged():
            refused(lost.post(LOANS, json=an_application()), 401, "UNAUTHORIZED")
            refused(lost.get(LOANS), 401, "UNAUTHORIZED")

    def test_a_key_without_the_scope_is_forbidden(self, demo_client, demo_url, unchanged) -> None:
        a_key(demo_url, "sk_test_reader", "microfinance:read")
        a_key(demo_url, "sk_test_elsewhere", "ledger:write")
        reader = sharing(demo_client, "sk_test_reader")
        done(reader.get(LOANS))
        with unchanged():
            refused(reader.post(LOANS, json=an_application()), 403, "FORBIDDEN")
            refused(reader.post(f"{LOANS}/{UNKNOWN}/approve"), 403, "FORBIDDEN")
            refused(
                reader.post(f"{LOANS}/{UNKNOWN}/repayments", json={"amount": 1}), 403, "FORBIDDEN"
            )
            refused(sharing(demo_client, "sk_test_elsewhere").get(LOANS), 403, "FORBIDDEN")

    def test_another_institution_s_loan_is_as_unknown_as_none(
        self, desk, demo_db, unchanged
    ) -> None:
        loan_id = desk.disbursed()
        other = client_with(demo_db, "sk_test_checker_other")

        def told(path, method="POST", body=None):
            texts = []
            for target in (loan_id, UNKNOWN):
                answer = other.request(
                    method, f"{LOANS}/{target}{path}", json=body, headers={"X-Request-ID": "same"}
                )
                refused(answer, 404, "NOT_FOUND")
                texts.append(answer.text.replace(target, "mfl_it"))
            return texts

        with unchanged():
            for path, method, body in (
                ("", "GET", None),
                ("/schedule", "GET", None),
                ("/statement", "GET", None),
                ("/repayments", "GET", None),
                ("/settlement-quote", "GET", None),
                ("/approve", "POST", None),
                ("/disburse", "POST", None),
                ("/cancel", "POST", {"reason": "x"}),
                ("/reject", "POST", {"reason": "x"}),
                ("/repayments", "POST", {"amount": 170}),
                ("/repayments", "POST", {"amount": 170, "currency": "USD"}),
            ):
                theirs, unknown = told(path, method, body)
                assert theirs == unknown, path
            assert other.get(LOANS).json()["data"] == []

    def test_another_tenant_in_the_header_is_forbidden(self, demo_client, unchanged) -> None:
        with unchanged():
            answer = demo_client.post(
                LOANS, json=an_application(), headers={"X-Tenant-ID": "inst_other"}
            )
            refused(answer, 403, "FORBIDDEN")


class TestPrecedence:
    """Key, then scope, then shape, then state, then rules, then funds."""

    WRONG_SHAPE = '{"amount": "x", "nonsense": 1}'

    def test_the_key_comes_before_the_shape(self, demo_client, unchanged) -> None:
        with unchanged():
            for secret in ("", "sk_test_unknown"):
                stranger = sharing(demo_client, secret)
                for text in (self.WRONG_SHAPE, "{"):
                    refused(raw(stranger, LOANS, text), 401, "UNAUTHORIZED")
                    refused(
                        raw(stranger, f"{LOANS}/{UNKNOWN}/repayments", text), 401, "UNAUTHORIZED"
                    )
                refused(stranger.get(f"{LOANS}?limit=x"), 401, "UNAUTHORIZED")

    def test_the_scope_comes_before_the_shape(self, demo_client, demo_url, unchanged) -> None:
        a_key(demo_url, "sk_test_reader", "microfinance:read")
        reader = sharing(demo_client, "sk_test_reader")
        with unchanged():
            refused(raw(reader, LOANS, self.WRONG_SHAPE), 403, "FORBIDDEN")
            refused(raw(reader, LOANS, "{"), 403, "FORBIDDEN")

    def test_the_shape_comes_before_the_state(self, desk, unchanged) -> None:
        loan_id = desk.applied()
        with unchanged():
            refused(desk.pay(loan_id, "x"), 422, "VALIDATION_ERROR", "not_a_number")
            refused(desk.pay(loan_id, 1, nonsense=1), 422, "VALIDATION_ERROR", "unknown_field")
            answer = desk.checker.post(f"{LOANS}/{loan_id}/disburse", json={"nonsense": 1})
            refused(answer, 422, "VALIDATION_ERROR", "unknown_field")

    def test_the_state_comes_before_the_rules(self, desk, demo_work, unchanged) -> None:
        loan_id = desk.approved()
        with demo_work() as uow:
            access.move_clock(uow, datetime(2024, 12, 2, 9, 0, tzinfo=UTC))
        with unchanged():
            # The maker, a stale study and the wrong state at once: the state is told.
            refused(desk.maker.post(f"{LOANS}/{loan_id}/approve"), 409, "CONFLICT")

    def test_the_state_comes_before_who_asks(self, desk, unchanged) -> None:
        loan_id = desk.disbursed()
        with unchanged():
            refused(desk.maker.post(f"{LOANS}/{loan_id}/approve"), 409, "CONFLICT")
            refused(desk.checker.post(f"{LOANS}/{loan_id}/disburse"), 409, "CONFLICT")

    def test_the_terms_come_before_the_rules(self, demo_client, unchanged) -> None:
        with unchanged():
            body = an_application(amount=50_001, purpose="gambling", service_fee=99)
            refused(demo_client.post(LOANS, json=body), 422, "LIMIT_EXCEEDED")

    def test_the_rules_come_before_the_funds(self, desk, demo_work, unchanged) -> None:
        loan_id = desk.approved()
        with demo_work() as uow:
            post_move(uow, CASH, AccountPlace("3000", USD), 250_000_00)
        with unchanged():
            refused(desk.maker.post(f"{LOANS}/{loan_id}/disburse"), 422, "FUNDS_INSUFFICIENT")
        with demo_work() as uow:
            access.move_clock(uow, datetime(2024, 12, 2, 9, 0, tzinfo=UTC))
        with unchanged():
            refused(desk.maker.post(f"{LOANS}/{loan_id}/disburse"), 422, "SHARIAH_VIOLATION")

    def test_a_request_id_of_the_caller_comes_back(self, demo_client) -> None:
        answer = demo_client.get(f"{LOANS}/{UNKNOWN}", headers={"X-Request-ID": "trace-7"})
        assert answer.headers["x-request-id"] == "trace-7"
        assert refused(answer, 404, "NOT_FOUND")["request_id"] == "trace-7"
