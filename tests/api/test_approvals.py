"""Decisions that need two people."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from sanduq.kit.db import Database
from tests.conftest import client_with

KEY = {"name": "Till", "user_id": "user_maker", "scopes": ["ledger:read"]}


def a_request(client: TestClient) -> dict[str, str]:
    """A key waits for approval: the request, as the list shows it."""
    made = client.post("/v1/api-keys", json=KEY)
    assert made.status_code == 201
    found = client.get("/v1/approvals?status=PENDING").json()["data"][0]
    assert found["subject_id"] == made.json()["id"]
    return dict(found)


def status_of(client: TestClient, key_id: str) -> str:
    keys = client.get("/v1/api-keys").json()["data"]
    return str(next(key["status"] for key in keys if key["id"] == key_id))


def test_a_request_names_its_maker_and_what_it_is_about(client: TestClient) -> None:
    request = a_request(client)
    assert request["action"] == "api_key.create"
    assert request["maker_id"] == "user_maker"
    assert request["requested_at"] == "2024-01-15T10:30:00Z"
    assert request["checker_id"] is None
    assert client.get(f"/v1/approvals/{request['id']}").json() == request


def test_the_maker_may_neither_approve_nor_reject(client: TestClient) -> None:
    request = a_request(client)
    assert client.post(f"/v1/approvals/{request['id']}/approve").status_code == 403
    rejected = client.post(f"/v1/approvals/{request['id']}/reject", json={"reason": "mine"})
    assert rejected.status_code == 403
    assert client.get(f"/v1/approvals/{request['id']}").json()["status"] == "PENDING"


def test_approving_the_request_takes_effect_on_its_subject(
    client: TestClient, checker_client: TestClient
) -> None:
    request = a_request(client)
    decided = checker_client.post(f"/v1/approvals/{request['id']}/approve").json()
    assert (decided["status"], decided["checker_id"]) == ("APPROVED", "user_checker")
    assert decided["decided_at"] == "2024-01-15T10:30:00Z"
    assert status_of(client, request["subject_id"]) == "ACTIVE"


def test_rejecting_needs_a_reason_and_ends_the_subject(
    client: TestClient, checker_client: TestClient
) -> None:
    request = a_request(client)
    path = f"/v1/approvals/{request['id']}/reject"
    assert checker_client.post(path).status_code == 422
    assert checker_client.post(path, json={}).status_code == 422
    decided = checker_client.post(path, json={"reason": "no such till"}).json()
    assert (decided["status"], decided["reason"]) == ("REJECTED", "no such till")
    assert status_of(client, request["subject_id"]) == "REVOKED"


@pytest.mark.parametrize("second", ["approve", "reject"])
def test_a_request_is_decided_once(
    client: TestClient, checker_client: TestClient, second: str
) -> None:
    request = a_request(client)
    assert checker_client.post(f"/v1/approvals/{request['id']}/approve").status_code == 200
    again = checker_client.post(f"/v1/approvals/{request['id']}/{second}", json={"reason": "late"})
    assert again.status_code == 409
    assert "APPROVED" in again.json()["detail"]


def test_a_role_without_authority_may_not_decide(client: TestClient, db: Database) -> None:
    request = a_request(client)
    finance = client_with(db, "sk_test_finance")
    assert finance.post(f"/v1/approvals/{request['id']}/approve").status_code == 403


def test_requests_are_found_by_status(client: TestClient, checker_client: TestClient) -> None:
    requests = [a_request(client)["id"] for _ in range(3)]
    checker_client.post(f"/v1/approvals/{requests[1]}/approve")

    def found(query: str) -> list[str]:
        return [one["id"] for one in client.get(f"/v1/approvals{query}").json()["data"]]

    assert found("") == requests[::-1]
    assert found("?status=PENDING") == [requests[2], requests[0]]
    assert found("?status=APPROVED") == [requests[1]]
    assert found("?status=REJECTED") == []
    assert client.get("/v1/approvals?status=MAYBE").status_code == 422


def test_another_institutions_request_is_unknown_here(
    client: TestClient, other_client: TestClient
) -> None:
    request = a_request(other_client)
    assert client.get(f"/v1/approvals/{request['id']}").status_code == 404
    assert client.post(f"/v1/approvals/{request['id']}/approve").status_code == 404
    assert client.get("/v1/approvals/mfl_1").status_code == 422
