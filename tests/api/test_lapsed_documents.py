"""A document that expires takes its tier along when the day closes."""

from __future__ import annotations

from fastapi.testclient import TestClient


def test_closing_the_day_lowers_the_tier_of_an_expired_document(demo_client: TestClient) -> None:
    party = demo_client.post(
        "/v1/parties", json={"kind": "person", "name": "Zainab Noor", "birth_on": "1990-02-03"}
    )
    assert party.status_code == 201, party.text
    party_id = party.json()["id"]
    document = {"kind": "national_id", "reference": "N-1", "expires_on": "2024-01-20"}
    verified = demo_client.post(
        "/v1/kyc/verifications", json={"party_id": party_id, "documents": [document]}
    )
    assert verified.status_code == 201, verified.text
    assert demo_client.get(f"/v1/parties/{party_id}").json()["kyc_tier"] == "simplified"
    advanced = demo_client.post("/v1/test-clock/advance", json={"to": "2024-02-01T09:00:00Z"})
    assert advanced.status_code == 200, advanced.text
    assert demo_client.get(f"/v1/parties/{party_id}").json()["kyc_tier"] == "basic"
    assert sum(day["steps"]["kyc"] for day in advanced.json()["days"]) == 1
