"""The documented examples, to the letter: request, answer, and the whole life of that loan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from sanduq.api.openapi import event_document
from sanduq.kit.json import dumps
from sanduq.microfinance.loans.schemas import SEED_ANSWER
from sanduq.microfinance.loans.schemas_application import SEED_REQUEST
from tests.coherent import assert_coherent
from tests.conftest import application
from tests.make.loans import LOANS, Desk, done

EVENTS = Path(__file__).parents[2] / "openapi" / "events.json"

REQUEST = {
    "type": "qard_hasan",
    "borrower_id": "cpty_borrower_001",
    "amount": 2000,
    "currency": "USD",
    "purpose": "small_business",
    "purpose_description": "Purchase of sewing equipment for tailoring business",
    "repayment_terms": {"installments": 12, "frequency": "monthly", "grace_period_months": 1},
    "service_fee": 40,
    "group_id": "grp_village_003",
}
ANSWER = (
    '{"id":"mfl_xyz","type":"qard_hasan","status":"PENDING_APPROVAL","amount":2000,'
    '"currency":"USD","service_fee":40,"total_repayable":2040,"purpose":"small_business",'
    '"borrower_id":"cpty_borrower_001","group_id":"grp_village_003",'
    '"repayment_schedule":{"installments":12,"installment_amount":170,"frequency":"monthly",'
    '"first_due_date":"2024-03-01"},"created_at":"2024-01-15T10:30:00Z"}'
)


@pytest.fixture
def desk(demo_client, demo_checker):
    return Desk(demo_client, demo_checker)


def test_the_examples_in_the_contract_are_the_documented_ones() -> None:
    assert SEED_REQUEST == REQUEST
    assert json.dumps(SEED_ANSWER, separators=(",", ":")) == ANSWER


def test_the_documented_request_has_the_documented_answer_to_the_letter(demo_client) -> None:
    made = demo_client.post(LOANS, json=REQUEST)
    assert made.status_code == 201
    loan_id = made.json()["id"]
    assert loan_id.startswith("mfl_")
    assert made.text.replace(loan_id, "mfl_xyz") == ANSWER


def test_the_instant_is_the_institution_s_and_not_the_machine_s(demo_client) -> None:
    done(demo_client.post("/v1/test-clock/advance", json={"to": "2024-01-31T23:59:59Z"}))
    made = done(demo_client.post(LOANS, json=REQUEST), 201)
    assert made["created_at"] == "2024-01-31T23:59:59Z"
    assert made["repayment_schedule"]["first_due_date"] == "2024-03-01"


def test_the_loan_reads_back_as_it_was_answered(demo_client) -> None:
    made = done(demo_client.post(LOANS, json=REQUEST), 201)
    read = done(demo_client.get(f"{LOANS}/{made['id']}"))
    assert {name: read[name] for name in made} == made
    assert list(read)[: len(made)] == list(made)
    assert read["purpose_description"] == REQUEST["purpose_description"]
    assert read["balance"] is None
    listed = done(demo_client.get(LOANS))["data"]
    assert listed == [read]


def test_the_documented_loan_lives_to_completion(desk, demo_work) -> None:
    loan_id = desk.applied()
    refused = desk.maker.post(f"{LOANS}/{loan_id}/approve")
    assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")

    approved = done(desk.checker.post(f"{LOANS}/{loan_id}/approve"))
    assert (approved["status"], approved["approved_by"]) == ("APPROVED", "user_branch_manager_001")
    refused = desk.checker.post(f"{LOANS}/{loan_id}/disburse")
    assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")

    paid_out = done(desk.maker.post(f"{LOANS}/{loan_id}/disburse"))
    assert paid_out["status"] == "DISBURSED"
    assert paid_out["repayment_schedule"]["first_due_date"] == "2024-03-01"
    assert paid_out["balance"]["outstanding"] == 2040

    for number in range(1, 13):
        receipt = desk.paid(loan_id, 170)
        # 2,000 over twelve: eleven of 166.67 and the rest; 40 over twelve: eleven of 3.33.
        parts = (166.67, 3.33) if number < 12 else (166.63, 3.37)
        assert (receipt["principal"], receipt["service_fee"]) == parts
        assert receipt["outstanding"] == 2040 - 170 * number
        status = "REPAYING" if number < 12 else "COMPLETED"
        assert desk.loan(loan_id)["status"] == status

    ended = desk.loan(loan_id)
    assert ended["balance"]["outstanding"] == 0
    assert ended["balance"]["principal_paid"] == 2000
    assert ended["balance"]["service_fee_paid"] == 40
    assert ended["closed_at"] == "2024-01-15T10:30:00Z"
    with demo_work() as uow:
        assert_coherent(uow)
    assert done(desk.maker.get("/v1/ledger/verify"))["is_coherent"] is True


def test_the_books_after_the_documented_life_hold_no_more_than_the_fee(desk) -> None:
    loan_id = desk.completed()
    assert desk.loan(loan_id)["status"] == "COMPLETED"
    lines = done(desk.maker.get("/v1/ledger/trial-balance"))
    text = dumps(lines).decode()
    assert "interest" not in text.lower()
    dollars = {
        line["code"]: line for line in lines["lines"] if line["currency"] == "USD"
    }  # cash 250,000 + 40; receivables nothing; income 40
    assert balance(dollars["1000"]) == 250_040
    assert balance(dollars["1100"]) == 0
    assert balance(dollars["1110"]) == 0
    assert balance(dollars["4100"]) == -40


def balance(line: dict[str, Any]) -> float:
    return line["debit"] - line["credit"]


def test_the_events_of_that_life_are_written_in_order_and_fit_the_register(desk) -> None:
    loan_id = desk.applied()
    done(desk.checker.post(f"{LOANS}/{loan_id}/approve"))
    done(desk.maker.post(f"{LOANS}/{loan_id}/disburse"))
    for _ in range(12):
        desk.paid(loan_id, 170)
    found = done(desk.maker.get(f"/v1/events?subject_id={loan_id}&limit=100"))["data"][::-1]
    assert [event["type"] for event in found] == [
        "microfinance.loan.created",
        "microfinance.loan.approved",
        "microfinance.loan.disbursed",
        *["microfinance.repayment.received"] * 12,
        "microfinance.loan.completed",
    ]
    register = event_document(application())
    if EVENTS.exists():
        register = json.loads(EVENTS.read_text())
    for event in found:
        schema = register["events"][event["type"]]["schema"]
        validator = jsonschema_rs.validator_for({**schema, "components": register["components"]})
        assert [error.message for error in validator.iter_errors(event)] == []
    assert found[0]["metadata"] == {"tenantId": "inst_demo"}
    assert found[0]["data"]["id"] == loan_id
    assert found[-1]["data"] == desk.loan(loan_id)
    assert found[3]["data"]["outstanding"] == 1870
