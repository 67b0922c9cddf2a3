"""A lease over HTTP: its steps, its rents, what is refused and how."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from sanduq.microfinance.loans.ijarah.schemas import EXAMPLE
from tests.make.ijarah import SUPPLIER, Lessor, Work
from tests.make.loans import LOANS, done
from tests.make.refusals import refused

CLOCK = "/v1/test-clock/advance"
BOUGHT = {
    "supplier_id": SUPPLIER,
    "invoice": "INV-7",
    "price": 1200,
    "document": "doc_purchase",
    "asset_reference": "SN-7",
}
HANDED_OVER = {"condition": "new", "document": "doc_lease"}


class Shop:
    """The lessor's two people at their clients."""

    def __init__(self, maker: TestClient, checker: TestClient) -> None:
        self.maker = maker
        self.checker = checker

    def step(self, loan_id: str, step: str, status: int = 200, **body: Any) -> dict[str, Any]:
        return done(self.maker.post(f"{LOANS}/{loan_id}/{step}", json=body), status)

    def refused(self, loan_id: str, step: str, **body: Any) -> dict[str, Any]:
        answer = self.maker.post(f"{LOANS}/{loan_id}/{step}", json=body)
        assert answer.status_code >= 400, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def get(self, loan_id: str, path: str = "") -> dict[str, Any]:
        return done(self.maker.get(f"{LOANS}/{loan_id}{path}"))

    def approved(self, **changes: Any) -> str:
        loan_id = str(done(self.maker.post(LOANS, json=EXAMPLE | changes), 201)["id"])
        done(self.checker.post(f"{LOANS}/{loan_id}/approve"))
        return loan_id

    def delivered(self, **changes: Any) -> str:
        loan_id = self.approved(**changes)
        self.step(loan_id, "acquire", **BOUGHT)
        self.step(loan_id, "deliver", **HANDED_OVER)
        return loan_id

    def go_to(self, instant: str) -> None:
        done(self.maker.post(CLOCK, json={"to": instant}))


@pytest.fixture
def shop(demo_work: Work, demo_client: TestClient, demo_checker: TestClient) -> Shop:
    Lessor(demo_work)
    return Shop(demo_client, demo_checker)


def test_the_vendors_fields_make_an_application(shop: Shop) -> None:
    loan = done(shop.maker.post(LOANS, json=EXAMPLE), 201)
    assert (loan["type"], loan["status"]) == ("service_ijarah", "PENDING_APPROVAL")
    assert (loan["amount"], loan["total_repayable"]) == (1200, 1440)
    assert loan["repayment_schedule"]["installment_amount"] == 120
    assert loan["particulars"]["lease_schedule"] == {
        "installments": 12,
        "frequency": "monthly",
        "rent_free_months": 0,
        "total_rental": 1440,
        "ownership_transfer": "gift_at_end",
        "transfer_price": None,
        "residual_value": 0,
    }


def test_the_other_pages_names_mean_the_same(shop: Shop) -> None:
    body = {
        "type": "service_ijarah",
        "counterparty_id": "cpty_borrower_001",
        "asset_description": "Industrial sewing machine",
        "asset_value": 1200,
        "currency": "USD",
        "purpose": "small_business",
        "lease_type": "operating_ijarah",
        "rental_amount": 120,
        "lease_terms": {"duration_months": 12, "frequency": "monthly", "residual_value": 300},
    }
    loan = done(shop.maker.post(LOANS, json=body), 201)
    assert (loan["borrower_id"], loan["amount"]) == ("cpty_borrower_001", 1200)
    assert loan["repayment_schedule"]["installments"] == 12
    answer = shop.maker.post(LOANS, json=body | {"amount": 1100})
    refused(answer, 422, "VALIDATION_ERROR", "differs", "asset_value")
    answer = shop.maker.post(LOANS, json=body | {"borrower_id": "cpty_borrower_002"})
    refused(answer, 422, "VALIDATION_ERROR", "differs", "counterparty_id")
    by_weeks = body | {"lease_terms": {"duration_months": 12, "frequency": "weekly"}}
    answer = shop.maker.post(LOANS, json=by_weeks)
    refused(answer, 422, "VALIDATION_ERROR", field="repayment_terms")


def test_a_lease_is_bought_delivered_paid_and_shows_each_step(shop: Shop) -> None:
    loan_id = shop.approved()
    bought = shop.step(loan_id, "acquire", **BOUGHT)
    assert (bought["stage"], bought["loan_status"]) == ("ACQUIRED", "APPROVED")
    assert (bought["cost"], bought["asset_reference"]) == (1200, "SN-7")
    let = shop.step(loan_id, "deliver", **HANDED_OVER)
    assert (let["stage"], let["loan_status"]) == ("DELIVERED", "DISBURSED")
    assert (let["delivered_on"], let["ends_on"]) == ("2024-01-15", "2025-01-14")
    assert [step["step"] for step in let["steps"]] == ["acquire", "deliver"]
    assert shop.get(loan_id, "/schedule")["installments"][0]["due_date"] == "2024-02-14"
    shop.go_to("2024-02-15T09:00:00Z")
    done(shop.maker.post(f"{LOANS}/{loan_id}/repayments", json={"amount": 150}), 201)
    rents = shop.get(loan_id, "/rents")
    assert rents["total"] == 1440
    assert rents["data"][0] == {
        "loan_id": loan_id,
        "number": 1,
        "from_date": "2024-01-15",
        "to_date": "2024-02-14",
        "due_date": "2024-02-14",
        "currency": "USD",
        "rent": 120,
        "days": 31,
        "days_unusable": 0,
        "credit": 0,
        "billed": 120,
        "billed_on": "2024-02-14",
        "paid": 120,
    }
    assert (rents["data"][1]["billed"], rents["data"][1]["paid"]) == (0, 30)


def test_downtime_makes_a_credit_note(shop: Shop) -> None:
    loan_id = shop.delivered()
    shop.go_to("2024-01-25T09:00:00Z")
    stopped = {"from": "2024-01-15", "fault": "none", "report": "the motor broke"}
    shop.step(loan_id, "suspend-rent", **stopped)
    lease = shop.step(loan_id, "resume-rent")
    assert lease["steps"][-1]["details"] == {
        "from": "2024-01-15",
        "days": 10,
        "fault": "none",
        "credit": 38.71,  # 120.00 × 10 ÷ 31, rounded up
    }
    rent = shop.get(loan_id, "/rents")["data"][0]
    assert (rent["days_unusable"], rent["credit"]) == (10, 38.71)


def test_steps_answer_with_the_rule_they_break(shop: Shop) -> None:
    loan_id = shop.approved()
    early = shop.refused(loan_id, "deliver", **HANDED_OVER)
    assert (early["status"], early["code"]) == (422, "SHARIAH_VIOLATION")
    assert early["errors"][0]["rule_id"] == "IJR-01"
    waiting = shop.refused(loan_id, "return", condition="used", document="doc_return")
    assert (waiting["status"], waiting["code"]) == (409, "CONFLICT")
    assert waiting["errors"][0]["rule_id"] == "IJR-01"
    general = shop.refused(loan_id, "disburse")
    assert (general["status"], general["errors"][0]["message"]) == (409, "acquire")
    shop.step(loan_id, "acquire", **BOUGHT)
    shop.step(loan_id, "deliver", **HANDED_OVER)
    repair = {"kind": "major", "payer": "lessee", "amount": 30, "receipt": "doc_receipt"}
    shifted = shop.refused(loan_id, "maintenance", **repair)
    assert shifted["errors"][0]["code"] == "IJARAH_RISK_SHIFTED"
    gift = {"kind": "gift", "document": "doc_gift", "accepted_on": "2024-01-15"}
    assert shop.refused(loan_id, "transfer", **gift)["errors"][0]["rule_id"] == "IJR-13"


@pytest.mark.parametrize(
    ("step", "body", "field"),
    [
        ("acquire", {"document": "doc_purchase"}, "supplier_id"),
        ("acquire", {**BOUGHT, "returned_from": "mfl_1"}, "supplier_id"),
        ("acquire", {**BOUGHT, "price": "12.345"}, "price"),
        ("transfer", {"kind": "sale", "document": "doc_sale"}, "price"),
        ("transfer", {"kind": "gift", "document": "doc_gift", "price": 5}, "price"),
        ("suspend-rent", {"from": "soon", "report": "broken"}, "from"),
        ("deposit", {"amount": 0, "document": "doc_deposit"}, "amount"),
        (
            "maintenance",
            {"kind": "major", "payer": "lessor", "amount": 0, "receipt": "r"},
            "amount",
        ),
    ],
)
def test_a_body_that_cannot_be_read_names_the_field(
    shop: Shop, step: str, body: dict[str, Any], field: str
) -> None:
    loan_id = shop.approved()
    answer = shop.refused(loan_id, step, **body)
    assert (answer["status"], answer["code"]) == (422, "VALIDATION_ERROR")
    assert answer["errors"][0]["field"] == field


def test_steps_of_a_lease_are_told_as_events(shop: Shop) -> None:
    loan_id = shop.delivered()
    shop.go_to("2024-02-16T09:00:00Z")
    found = done(shop.maker.get("/v1/events", params={"subject_id": loan_id, "limit": 50}))
    types = [event["type"] for event in reversed(found["data"])]
    assert types == [
        "microfinance.loan.created",
        "microfinance.loan.approved",
        "microfinance.ijarah.acquired",
        "microfinance.ijarah.delivered",
        "microfinance.loan.disbursed",
        "microfinance.ijarah.rent_billed",
    ]


def test_a_qard_has_no_rents(shop: Shop) -> None:
    qard = {
        "type": "qard_hasan",
        "borrower_id": "cpty_borrower_001",
        "amount": 100,
        "currency": "USD",
        "purpose": "small_business",
        "repayment_terms": {"installments": 2, "frequency": "monthly"},
    }
    loan_id = done(shop.maker.post(LOANS, json=qard), 201)["id"]
    assert shop.maker.get(f"{LOANS}/{loan_id}/rents").status_code == 404


def test_a_step_sent_twice_under_one_key_is_taken_once(shop: Shop) -> None:
    loan_id = shop.approved()
    url, headers = f"{LOANS}/{loan_id}/acquire", {"Idempotency-Key": "buy-1"}
    first = shop.maker.post(url, json=BOUGHT, headers=headers)
    again = shop.maker.post(url, json=BOUGHT, headers=headers)
    assert first.status_code == again.status_code == 200
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.content == again.content


def test_a_step_based_on_an_old_copy_is_refused(shop: Shop) -> None:
    loan_id = shop.approved()
    stale = shop.maker.get(f"{LOANS}/{loan_id}").headers["ETag"]
    shop.step(loan_id, "acquire", **BOUGHT)
    answer = shop.maker.post(
        f"{LOANS}/{loan_id}/deliver", json=HANDED_OVER, headers={"If-Match": stale}
    )
    assert answer.status_code == 409
