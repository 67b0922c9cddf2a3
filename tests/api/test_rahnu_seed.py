"""The documented pledge, to the letter, and the whole way of such a pledge over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sanduq.rahnu.contracts.schemas import SEED_ANSWER
from sanduq.rahnu.contracts.schemas_new import SEED_REQUEST
from tests.coherent import assert_coherent

CONTRACTS = "/v1/rails/rahnu/contracts"
REQUEST = {
    "description": "Gold collateral for Qard Hasan facility",
    "pledgor_id": "cpty_borrower",
    "pledgee_id": "cpty_institution",
    "pledged_asset": {
        "type": "gold",
        "description": "Gold bar 999.9 purity",
        "weight_grams": 100,
        "appraised_value": 7500,
    },
    "currency": "USD",
    "secured_obligation_id": "qrd_abc123",
    "safekeeping_fee_monthly": 25,
    "loan_to_value_ratio": 0.7,
}
ANSWER = (
    '{"id":"rhn_xyz","type":"rahnu","status":"DRAFT","pledged_asset":{"type":"gold",'
    '"description":"Gold bar 999.9 purity","weight_grams":100,"appraised_value":7500},'
    '"currency":"USD","secured_amount":5250,"loan_to_value_ratio":0.7,'
    '"safekeeping_fee_monthly":25,"created_at":"2024-01-15T10:30:00Z"}'
)


def done(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def test_the_examples_in_the_contract_are_the_documented_ones() -> None:
    assert SEED_REQUEST == REQUEST
    assert json.dumps(SEED_ANSWER, separators=(",", ":")) == ANSWER


def test_the_documented_request_has_the_documented_answer_to_the_letter(demo_client) -> None:
    for _ in range(2):  # a draft binds nobody: the same request may be made again
        made = demo_client.post(CONTRACTS, json=REQUEST)
        assert made.status_code == 201, made.text
        contract_id = made.json()["id"]
        assert contract_id.startswith("rhn_")
        assert made.text.replace(contract_id, "rhn_xyz") == ANSWER


def test_the_vendor_s_paths_lead_to_the_same_contract(demo_client) -> None:
    made = done(demo_client.post("/api/v1/rahnu", json=REQUEST), 201)
    assert done(demo_client.get(f"/api/v1/rahnu/{made['id']}"))["status"] == "DRAFT"
    assert done(demo_client.get("/api/v1/rahnu", params={"page": 1, "limit": 5}))["data"]
    tried = done(demo_client.post("/api/v1/rahnu/validate", json=REQUEST))
    assert (tried["valid"], tried["secured_amount"]) == (True, 5250)


def test_trying_a_contract_keeps_nothing(demo_client) -> None:
    before = demo_client.get("/v1/events", params={"limit": 1}).text
    done(demo_client.post(f"{CONTRACTS}/validate", json=REQUEST))
    assert demo_client.get("/v1/events", params={"limit": 1}).text == before
    assert done(demo_client.get(CONTRACTS))["data"] == []


@pytest.fixture
def pledged(demo_client, demo_checker) -> dict[str, Any]:
    """The documented pledge carried through: valued, reviewed, sealed, disclosed, executed."""
    made = done(demo_client.post(CONTRACTS, json=REQUEST), 201)
    path = f"{CONTRACTS}/{made['id']}"
    item_id = done(demo_client.get(path))["items"][0]["item_id"]
    photo = "/9j/4AAQSkZJRgABAQAAAQABAAD/2Q=="
    sent = {"content_base64": photo, "media_type": "image/jpeg"}
    done(demo_client.post(f"/v1/gold/items/{item_id}/photos", json=sent), 201)
    tests = [{"kind": "hallmark", "stamp": "999.9", "fineness": 999.9}]
    findings = {"gross_weight_grams": 100, "fineness": 999.9, "tests": tests}
    valued = done(
        demo_client.post(
            "/v1/gold/valuations",
            json={"item_id": item_id, "currency": "USD", "customer_present": True, **findings},
        ),
        201,
    )
    done(
        demo_checker.post(
            f"/v1/gold/valuations/{valued['id']}/confirm",
            json={"is_agreed": True, "findings": findings},
        )
    )
    place = done(demo_client.get("/v1/custody/places", params={"limit": 1}))["data"][0]
    bag = {
        "subject_id": made["id"], "basis": "pledge", "item_ids": [item_id],
        "bag_number": "B-1", "seal_number": "S-1", "weight_grams": 104,
        "place_id": place["id"],
    }  # fmt: skip
    received = done(demo_client.post("/v1/custody/bags", json=bag), 201)
    done(
        demo_checker.post(f"/v1/custody/bags/{received['id']}/confirm", json={"weight_grams": 104})
    )
    done(demo_client.post(f"{path}/submit", json={"owner_declared": True}))
    told = {"version": "1", "language": "ms"}
    done(demo_client.post(f"{path}/disclosure", json=told))
    return done(demo_client.post(f"{path}/execute"))


def test_the_documented_pledge_comes_into_force_with_its_loan(demo_client, pledged) -> None:
    # 100 g of 999.9 at 75.00 for 999.9 is 7,500.00; the agreed loan of 5,250.00 is paid out.
    assert (pledged["status"], pledged["secured_amount"]) == ("ACTIVE", 5250)
    assert (pledged["ticket_number"], pledged["matures_on"]) == ("MAIN-2024-000001", "2024-07-15")
    book = done(demo_client.get("/v1/ledger/trial-balance"))
    assert pledged["review_resolution_ids"]
    assert any(line["code"] == "1100" for line in book["lines"])


def test_the_disclosure_tells_the_cost_in_money_and_per_year(demo_client, pledged) -> None:
    # 25.00 a month for 6 months is 150.00 on 5,250.00: 2.857% over 182 days, a year at
    # (5,400 / 5,250) ** (365 / 182) - 1 = 5.8123%.
    told = done(demo_client.get(f"{CONTRACTS}/{pledged['id']}/disclosure"))
    assert [month["total"] for month in told["months"]][-1] == 5400
    assert told["effective_annual_rate"] == pytest.approx(0.058123, abs=1e-6)
    assert told["fine_weight_grams"] == 99.99
    assert [notice["on"] for notice in told["notices"]] == [
        "2024-07-01", "2024-07-15", "2024-07-22", "2024-08-05",
    ]  # fmt: skip


def test_its_life_is_told_in_the_documented_words(demo_client, demo_work, pledged) -> None:
    told = done(demo_client.get("/v1/events", params={"limit": 100}))["data"]
    types = [one["type"] for one in told]
    assert {"rahnu.contract.created", "rahnu.contract.executed"} <= set(types)
    with demo_work() as uow:
        assert_coherent(uow)
