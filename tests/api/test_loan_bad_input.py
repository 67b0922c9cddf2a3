"""Malformed applications: each refused with its code, and nothing changed by it."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from sanduq import demo
from sanduq.kit.db import Database
from sanduq.kit.ids import new_id
from tests.conftest import client_with, copied
from tests.make.institution import nothing_changes
from tests.make.loans import LOANS, an_application, done
from tests.make.refusals import raw, refused

UNKNOWN = "mfl_00000000000000000000000000"


# Every test here leaves the world as it was or adds small loans to it, so they share one.
@pytest.fixture(scope="module")
def world(server_url, demo_template):
    with copied(server_url, demo_template) as url:
        yield url


@pytest.fixture(scope="module")
def maker(world):
    with Database(world, pool_max=20) as database:
        yield client_with(database, demo.MAKER_KEY)


@pytest.fixture
def unchanged(world):
    """Whatever is done inside leaves the books, the loans and the outbox as they were."""
    return lambda: nothing_changes(world)


def with_amount(text):
    """An application whose amount is written exactly so."""
    return json.dumps(an_application(amount="@@")).replace('"@@"', text)


class TestBodies:
    @pytest.mark.parametrize(
        "text",
        ["{", "", "amount=1", '{"amount": 1,}', "{'amount': 1}", '{"amount": 1} x'],
    )
    def test_a_body_that_is_not_json_is_refused(self, maker, unchanged, text) -> None:
        with unchanged():
            answer = raw(maker, LOANS, text)
            if text == "":
                refused(answer, 422, "VALIDATION_ERROR", "missing_field")
            else:
                refused(answer, 400, "INVALID_JSON")

    @pytest.mark.parametrize("text", ["[]", "1", '"x"', "null", "true"])
    def test_json_that_is_no_object_has_the_wrong_shape(self, maker, unchanged, text) -> None:
        with unchanged():
            refused(raw(maker, LOANS, text), 422, "VALIDATION_ERROR")

    def test_a_key_written_twice_is_refused(self, maker, unchanged) -> None:
        doubled = json.dumps(an_application()).replace("{", '{"amount": 1,', 1)
        with unchanged():
            refused(raw(maker, LOANS, doubled), 400, "INVALID_JSON")

    def test_another_content_type_is_refused(self, maker, unchanged) -> None:
        text = json.dumps(an_application())
        with unchanged():
            for media in ("text/plain", "application/x-www-form-urlencoded"):
                answer = raw(maker, LOANS, text, **{"Content-Type": media})
                refused(answer, 400, "INVALID_JSON")

    def test_a_body_above_eight_mebibytes_is_refused(self, maker, unchanged) -> None:
        huge = json.dumps(an_application(purpose_description="x" * (8 * 1024 * 1024)))
        with unchanged():
            refused(raw(maker, LOANS, huge), 413, "BODY_TOO_LARGE")

    def test_an_unknown_field_is_refused_with_the_nearest_name(self, maker, unchanged) -> None:
        with unchanged():
            answer = maker.post(LOANS, json=an_application(servicefee=40))
            body = refused(answer, 422, "VALIDATION_ERROR", "unknown_field", "servicefee")
            assert "did you mean service_fee?" in body["detail"]

    def test_an_unknown_field_inside_the_terms_is_refused(self, maker, unchanged) -> None:
        terms = {"installments": 12, "frequency": "monthly", "interest": 5}
        with unchanged():
            answer = maker.post(LOANS, json=an_application(repayment_terms=terms))
            refused(answer, 422, "VALIDATION_ERROR", "unknown_field", "repayment_terms.interest")

    @pytest.mark.parametrize(
        "field", ["type", "borrower_id", "amount", "currency", "purpose", "repayment_terms"]
    )
    def test_a_missing_field_is_named(self, maker, unchanged, field) -> None:
        with unchanged():
            answer = maker.post(LOANS, json=an_application(**{field: ...}))
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
    def test_an_id_of_another_kind_is_refused(self, maker, unchanged, field, value) -> None:
        with unchanged():
            answer = maker.post(LOANS, json=an_application(**{field: value}))
            refused(answer, 422, "VALIDATION_ERROR", "wrong_id", field)

    def test_a_loan_id_of_another_kind_is_refused(self, maker, unchanged) -> None:
        with unchanged():
            for answer in (
                maker.get(f"{LOANS}/rhn_1"),
                maker.post(f"{LOANS}/rhn_1/approve"),
                maker.post(f"{LOANS}/rhn_1/disburse"),
                maker.post(f"{LOANS}/rhn_1/repayments", json={"amount": 1}),
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
    def test_an_id_that_nobody_has_is_not_found(self, maker, unchanged, field, known) -> None:
        with unchanged():
            answer = maker.post(LOANS, json=an_application(**{field: known}))
            refused(answer, 404, "NOT_FOUND")

    def test_a_branch_that_nobody_has_is_not_found(self, maker, unchanged) -> None:
        with unchanged():
            answer = maker.post(LOANS, json=an_application(branch_id="brn_nowhere"))
            refused(answer, 404, "NOT_FOUND")

    @pytest.mark.parametrize(
        ("text", "status", "code"),
        [("\\ud800", 400, "INVALID_JSON"), ("a\\u0000b", 422, "VALIDATION_ERROR")],
    )
    def test_text_no_database_can_hold_is_refused(
        self, maker, unchanged, text, status, code
    ) -> None:
        body = json.dumps(an_application(purpose_description="@@")).replace("@@", text)
        with unchanged():
            refused(raw(maker, LOANS, body), status, code)

    @pytest.mark.parametrize("text", ["\\ud800", "a\\u0000b"])
    def test_such_text_is_refused_under_an_idempotency_key_too(
        self, maker, unchanged, text
    ) -> None:
        body = with_amount(f'"{text}"')
        with unchanged():
            answer = raw(maker, LOANS, body, **{"Idempotency-Key": new_id("key")})
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
    def test_an_exact_amount_is_taken_to_the_cent(self, maker, text, exactly) -> None:
        made = raw(maker, LOANS, with_amount(text))
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
        self, maker, unchanged, text, code
    ) -> None:
        with unchanged():
            answer = raw(maker, LOANS, with_amount(text))
            refused(answer, 422, "VALIDATION_ERROR", code, "amount")
            again = raw(maker, LOANS, with_amount(text), **{"Idempotency-Key": new_id("key")})
            refused(again, 422, "VALIDATION_ERROR", code, "amount")

    def test_a_whole_minus_zero_is_nothing(self, maker, unchanged) -> None:
        # JSON has one zero among its integers: -0 is read as 0, and nothing is lent.
        with unchanged():
            answer = raw(maker, LOANS, with_amount("-0"))
            body = refused(answer, 422, "VALIDATION_ERROR")
            assert body["errors"][0]["code"] in ("negative", "not_positive")

    @pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "0x10", "01", ".5", "5."])
    def test_what_json_does_not_call_a_number_is_not_json(self, maker, unchanged, text) -> None:
        with unchanged():
            refused(raw(maker, LOANS, with_amount(text)), 400, "INVALID_JSON")

    @pytest.mark.parametrize("text", ["1e9999999", "1e-9999999", "1" * 5000, "1." + "1" * 100])
    def test_a_number_too_long_to_write_out_is_refused_at_once(
        self, maker, unchanged, text
    ) -> None:
        with unchanged():
            answer = raw(maker, LOANS, with_amount(text), **{"Idempotency-Key": new_id("key")})
            assert answer.status_code in (400, 422), answer.text
            assert len(answer.content) < 5_000

    def test_a_fee_is_read_as_strictly_as_the_amount(self, maker, unchanged) -> None:
        with unchanged():
            for fee, code in (("40.001", "too_many_decimals"), ("-1", "negative")):
                answer = maker.post(LOANS, json=an_application(service_fee=fee))
                refused(answer, 422, "VALIDATION_ERROR", code, "service_fee")

    def test_a_currency_without_books_is_refused(self, maker, unchanged) -> None:
        with unchanged():
            for code in ("XXX", "ZZZ"):
                answer = maker.post(LOANS, json=an_application(currency=code))
                refused(answer, 422, "VALIDATION_ERROR", "unknown_currency", "currency")
            for code in ("usd", "US", "USDT", "$", 840):
                answer = maker.post(LOANS, json=an_application(currency=code))
                refused(answer, 422, "VALIDATION_ERROR", field="currency")

    def test_three_decimals_are_exact_where_the_currency_has_three(self, maker) -> None:
        made = raw(maker, LOANS, with_amount("100.125").replace('"USD"', '"TND"'))
        assert json.loads(made.text, parse_float=Decimal)["amount"] == Decimal("100.125")


class TestTerms:
    @pytest.mark.parametrize("count", [0, -1, 601, 1.5, "12", None, True])
    def test_instalments_are_a_whole_number_from_one(self, maker, unchanged, count) -> None:
        terms = {"installments": count, "frequency": "monthly"}
        with unchanged():
            answer = maker.post(LOANS, json=an_application(repayment_terms=terms))
            refused(answer, 422, "VALIDATION_ERROR", field="repayment_terms.installments")

    def test_terms_the_product_does_not_offer_are_named_all_at_once(self, maker, unchanged) -> None:
        terms = {"installments": 200, "frequency": "weekly", "grace_period_months": 13}
        with unchanged():
            answer = maker.post(LOANS, json=an_application(repayment_terms=terms))
            body = refused(answer, 422, "VALIDATION_ERROR", "not_offered")
            assert {error["field"] for error in body["errors"]} == {
                "repayment_terms.installments", "repayment_terms.grace_period_months"
            }  # fmt: skip

    def test_a_type_nobody_offers_is_refused(self, maker, unchanged) -> None:
        with unchanged():
            answer = maker.post(LOANS, json=an_application(type="conventional"))
            refused(answer, 422, "VALIDATION_ERROR", "not_offered", "type")

    def test_more_than_the_product_lends_is_above_a_limit(self, maker, unchanged) -> None:
        with unchanged():
            answer = maker.post(LOANS, json=an_application(amount="50000.01"))
            refused(answer, 422, "LIMIT_EXCEEDED", "above_product_maximum", "amount")

    def test_less_than_the_product_lends_is_a_wrong_value(self, maker, unchanged) -> None:
        with unchanged():
            answer = maker.post(LOANS, json=an_application(amount="9.99"))
            refused(answer, 422, "VALIDATION_ERROR", "below_product_minimum", "amount")

    def test_more_than_the_tier_allows_names_the_tier_that_would(self, maker, unchanged) -> None:
        # Identity and address prove the tier `standard`: 10,000 USD in all.
        with unchanged():
            answer = maker.post(LOANS, json=an_application(amount="10000.01"))
            body = refused(answer, 422, "LIMIT_EXCEEDED", "kyc_tier_limit", "amount")
            (detail,) = body["errors"]
            assert (detail["tier"], detail["allowing_tier"]) == ("standard", "full")
            assert detail["missing_documents"] == ["income_proof"]
            assert detail["limit"] == 10_000

    def test_an_external_id_names_one_loan(self, maker, unchanged) -> None:
        done(maker.post(LOANS, json=an_application(external_id="A-1")), 201)
        with unchanged():
            answer = maker.post(LOANS, json=an_application(external_id="A-1"))
            refused(answer, 409, "CONFLICT")
