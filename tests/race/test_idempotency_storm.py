"""One idempotency key, many requests at once: one effect, one answer."""

from __future__ import annotations

from functools import partial

import pytest
from fastapi.testclient import TestClient

from sanduq import demo
from sanduq.access import service as access
from sanduq.kit.db import Database
from tests.coherent import assert_coherent
from tests.make.loans import LOANS, Desk, done
from tests.make.rows import counted, journals
from tests.make.serving import at_once, caller, served

PARALLEL = 50
KEY = {"Idempotency-Key": "kiosk-7-2024-01-15-0001"}


@pytest.mark.parametrize("processes", [1, 2])
def test_one_key_sent_fifty_times_at_once_takes_effect_once(
    demo_db: Database, demo_client: TestClient, demo_checker: TestClient, processes: int
) -> None:
    """With one process the requests meet in its memory, with two only in the database."""
    loan_id = Desk(demo_client, demo_checker).disbursed()
    path, body = f"{LOANS}/{loan_id}/repayments", {"amount": "170.00", "currency": "USD"}
    before = journals(demo_db.url)
    with served(demo_db.url) as first, served(demo_db.url) as second:
        urls = [first, second][:processes]
        with caller(urls[0], demo.MAKER_KEY) as one, caller(urls[-1], demo.MAKER_KEY) as other:
            clients = [one, other]
            send = [
                partial(clients[number % 2].post, path, json=body, headers=KEY)
                for number in range(PARALLEL)
            ]
            answers = at_once(send)
            late = one.post(path, json=body, headers=KEY)
            changed = one.post(path, json={**body, "amount": "170.01"}, headers=KEY)

    good = [answer for answer in answers if answer.status_code == 201]
    busy = [answer for answer in answers if answer.status_code != 201]
    assert good
    assert {(a.status_code, a.json()["code"]) for a in busy} <= {(409, "IDEMPOTENCY_IN_FLIGHT")}
    assert len({answer.content for answer in good}) == 1
    assert [a.headers.get("idempotency-replayed") for a in good].count(None) == 1
    assert journals(demo_db.url) == before + 1
    assert counted(demo_db.url, "select count(*) from obligations.repayment") == 1
    # 2,040.00 lent with its fee, one instalment of 170.00 paid.
    assert good[0].json()["outstanding"] == 1870
    assert late.content == good[0].content
    assert late.headers["idempotency-replayed"] == "true"
    assert changed.status_code == 422
    assert changed.json()["code"] == "IDEMPOTENCY_MISMATCH"
    with access.work_as_system(demo_db, demo.INSTITUTION, "req_coherent") as uow:
        assert_coherent(uow)


def test_one_new_application_sent_fifty_times_at_once_is_one_loan(
    demo_db: Database, demo_client: TestClient
) -> None:
    body = {
        "type": "qard_hasan", "borrower_id": "cpty_borrower_001", "amount": 500,
        "currency": "USD", "purpose": "small_business",
        "repayment_terms": {"installments": 5, "frequency": "monthly"},
    }  # fmt: skip
    with (
        served(demo_db.url) as first,
        served(demo_db.url) as second,
        caller(first, demo.MAKER_KEY) as one,
        caller(second, demo.MAKER_KEY) as other,
    ):
        send = [
            partial((one, other)[number % 2].post, LOANS, json=body, headers=KEY)
            for number in range(PARALLEL)
        ]
        answers = at_once(send)
    loans = {answer.content for answer in answers if answer.status_code == 201}
    assert len(loans) == 1
    assert {
        (answer.status_code, answer.json()["code"])
        for answer in answers
        if answer.status_code != 201
    } <= {(409, "IDEMPOTENCY_IN_FLIGHT")}
    assert counted(demo_db.url, "select count(*) from microfinance.loan") == 1


def test_a_key_of_another_institution_is_another_key(
    demo_db: Database, demo_client: TestClient, demo_checker: TestClient
) -> None:
    body = {"name": "Kiosk"}
    own = demo_client.post("/v1/branches", json=body, headers=KEY)
    strange = demo_client.post(
        "/v1/branches",
        json=body,
        headers={**KEY, "Authorization": "Bearer sk_test_maker_other"},
    )
    assert done(own, 201)["id"] != done(strange, 201)["id"]
    assert "idempotency-replayed" not in strange.headers
    # Keys belong to the institution, not to the user: a colleague's retry finds the answer.
    colleague = demo_checker.post("/v1/branches", json=body, headers=KEY)
    assert colleague.content == own.content
    assert colleague.headers["idempotency-replayed"] == "true"


def test_a_key_is_answered_the_same_after_a_week(
    demo_db: Database, demo_client: TestClient, demo_checker: TestClient
) -> None:
    loan_id = Desk(demo_client, demo_checker).disbursed()
    path, body = f"{LOANS}/{loan_id}/repayments", {"amount": "170.00", "currency": "USD"}
    first = demo_client.post(path, json=body, headers=KEY)
    done(first, 201)
    before = journals(demo_db.url)
    week_later = {"to": "2024-01-22T10:30:00Z"}
    done(demo_client.post("/v1/test-clock/advance", json=week_later), 200)
    again = demo_client.post(path, json=body, headers=KEY)
    assert again.status_code == 201
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert journals(demo_db.url) == before


def test_a_decided_refusal_is_answered_the_same_and_a_malformed_body_burns_no_key(
    demo_db: Database, demo_client: TestClient, demo_checker: TestClient
) -> None:
    loan_id = Desk(demo_client, demo_checker).disbursed()
    path = f"{LOANS}/{loan_id}/repayments"
    too_much = {"amount": "2040.01", "currency": "USD"}
    refused = demo_client.post(path, json=too_much, headers=KEY)
    assert refused.status_code in (409, 422)
    again = demo_client.post(path, json=too_much, headers=KEY)
    assert again.content == refused.content
    assert again.headers["idempotency-replayed"] == "true"

    fresh = {"Idempotency-Key": "kiosk-7-2024-01-15-0002"}
    assert demo_client.post(path, json={"amonut": 1}, headers=fresh).status_code == 422
    torn = demo_client.post(
        path, content=b'{"amount": ', headers={**fresh, "Content-Type": "application/json"}
    )
    assert torn.status_code == 400
    done(demo_client.post(path, json={"amount": "1.00"}, headers=fresh), 201)
