"""Who may call the loan endpoints, how often one call counts, and what is told first."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import psycopg
import pytest

from sanduq import demo
from sanduq.access import founding
from sanduq.access import service as access
from sanduq.ledger.model import AccountPlace
from tests.conftest import client_with, sharing
from tests.make.institution import nothing_changes
from tests.make.ledger import post_move
from tests.make.loans import LOANS, USD, Desk, an_application, done
from tests.make.refusals import raw, refused

UNKNOWN = "mfl_00000000000000000000000000"
CASH = AccountPlace("1000", USD, subject="brn_main")


@pytest.fixture
def desk(demo_client, demo_checker):
    return Desk(demo_client, demo_checker)


@pytest.fixture
def unchanged(demo_url):
    """Whatever is done inside leaves the books, the loans and the outbox as they were."""
    return lambda: nothing_changes(demo_url)


def with_amount(text):
    """An application whose amount is written exactly so."""
    return json.dumps(an_application(amount="@@")).replace('"@@"', text)


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
        refused(answer, 422, "VALIDATION_ERROR")  # nothing is offered there
        assert "idempotency-replayed" not in answer.headers


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
        for query in (f"cursor={cursor}&page=2", f"cursor={cursor}&perPage=1"):
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
                ("/contract", "GET", None),
                ("/rents", "GET", None),
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
