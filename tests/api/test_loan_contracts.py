"""The contract behind a loan and the preview of one, for every kind, over HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from sanduq.kit.json import loads
from sanduq.microfinance.loans.ijarah.schemas import EXAMPLE as LEASE
from sanduq.microfinance.loans.murabaha.schemas import EXAMPLE as GOODS
from tests.make.ijarah import Lessor
from tests.make.loans import LOANS, done
from tests.make.murabaha import Trader
from tests.make.refusals import refused
from tests.make.salam import prepared

QARD = {
    "type": "qard_hasan",
    "borrower_id": "cpty_borrower_001",
    "amount": 2000,
    "currency": "USD",
    "service_fee": 40,
    "purpose": "small_business",
    "repayment_terms": {"installments": 12, "frequency": "monthly"},
}
SALAM = {
    "type": "salam_micro",
    "borrower_id": "cpty_borrower_001",
    "amount": 500,
    "currency": "USD",
    "purpose": "agriculture",
    "commodity": "wheat",
    "quantity": 1000,
    "quantity_unit": "kg",
    "price_per_unit": "0.50",
    "delivery_date": "2024-06-15",
    "quality_specifications": {"grade": "A", "moisture_content_max": "12"},
}


@pytest.fixture
def goods(demo_work) -> dict[str, Any]:
    return GOODS | {"product_id": Trader(demo_work).product_id}


def test_the_contract_behind_a_qard_is_its_terms(
    demo_client: TestClient, demo_checker: TestClient
) -> None:
    loan = done(demo_client.post(LOANS, json=QARD), 201)
    contract = done(demo_client.get(f"{LOANS}/{loan['id']}/contract"))
    assert (contract["type"], contract["status"]) == ("qard_hasan", "AGREED")
    assert (contract["amount"], contract["service_fee"]) == (2000, 40)
    assert contract["total_repayable"] == 2040
    assert contract["repayment_terms"] == {
        "installments": 12,
        "frequency": "monthly",
        "grace_period_months": 0,
    }
    assert (contract["loan_id"], contract["disbursed_on"]) == (loan["id"], None)
    done(demo_checker.post(f"{LOANS}/{loan['id']}/approve"))
    done(demo_client.post(f"{LOANS}/{loan['id']}/disburse", json={"disclosure_acknowledged": True}))
    contract = done(demo_client.get(f"{LOANS}/{loan['id']}/contract"))
    assert (contract["status"], contract["disbursed_on"]) == ("ACTIVE", "2024-01-15")
    assert contract["fund"] == "own"


def test_the_contract_behind_a_sale_is_its_goods_and_price(demo_client, goods) -> None:
    loan = done(demo_client.post(LOANS, json=goods), 201)
    answer = demo_client.get(f"{LOANS}/{loan['id']}/contract")
    contract = done(answer)
    assert (contract["type"], contract["status"]) == ("murabaha_micro", "REQUESTED")
    assert (contract["cost_price"], contract["profit_amount"]) == (1000, 120)
    assert contract["next_step"] == {"step": "purchase", "rule_id": "MUR-01"}
    assert answer.headers["etag"]


def test_the_contract_behind_a_lease_is_its_rents_and_asset(demo_client, demo_work) -> None:
    Lessor(demo_work)
    loan = done(demo_client.post(LOANS, json=LEASE), 201)
    contract = done(demo_client.get(f"{LOANS}/{loan['id']}/contract"))
    assert (contract["type"], contract["stage"]) == ("ijarah", "AGREED")
    assert (contract["rental_amount"], contract["lease_schedule"]["total_rental"]) == (120, 1440)


def test_the_contract_behind_a_salam_is_its_goods(demo_client, demo_work) -> None:
    prepared(demo_work)
    loan = done(demo_client.post(LOANS, json=SALAM), 201)
    contract = done(demo_client.get(f"{LOANS}/{loan['id']}/contract"))
    assert (contract["type"], contract["commodity"]) == ("salam", "wheat")


def test_a_contract_nobody_knows_is_refused(demo_client) -> None:
    refused(demo_client.get(f"{LOANS}/mfl_unknown/contract"), 404, "NOT_FOUND")
    refused(demo_client.get(f"{LOANS}/cpty_1/contract"), 422, "VALIDATION_ERROR")


def count_of(client: TestClient) -> int:
    return len(done(client.get(LOANS))["data"])


def test_a_preview_of_a_sale_shows_price_and_instalments_and_writes_nothing(
    demo_client, goods
) -> None:
    before = count_of(demo_client)
    answer = demo_client.post(f"{LOANS}/preview", json=goods)
    found = done(answer)
    assert (found["type"], found["amount"], found["total_repayable"]) == (
        "murabaha_micro", 1000, 1120,
    )  # fmt: skip
    amounts = [line["total"] for line in loads(answer.content)["schedule"]["installments"]]
    assert amounts == [Decimal("93.33")] * 11 + [Decimal("93.37")]
    assert found["particulars"]["profit_amount"] == 120
    assert count_of(demo_client) == before
    assert "id" not in found


def test_a_preview_of_a_lease_shows_its_rents(demo_client, demo_work) -> None:
    Lessor(demo_work)
    found = done(demo_client.post(f"{LOANS}/preview", json=LEASE))
    lines = found["schedule"]["installments"]
    assert (len(lines), lines[0]["total"], lines[0]["due_date"]) == (12, 120, "2024-02-14")
    assert found["total_repayable"] == 1440


def test_a_preview_of_a_salam_has_no_instalments_of_money(demo_client, demo_work) -> None:
    prepared(demo_work)
    found = done(demo_client.post(f"{LOANS}/preview", json=SALAM))
    assert (found["schedule"], found["total_repayable"]) == (None, 0)
    assert found["first_due_date"] == "2024-06-15"


def test_a_preview_refuses_what_the_application_would_be_refused(demo_client, goods) -> None:
    answer = demo_client.post(f"{LOANS}/preview", json=goods | {"asset_category": "gold"})
    refused(answer, 422, "SHARIAH_VIOLATION")
