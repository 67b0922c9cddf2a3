"""The institution, its people and their keys."""

from __future__ import annotations

import psycopg
from fastapi.testclient import TestClient

from sanduq.kit.db import Database
from tests.conftest import client_with

KEY = {"name": "Till", "user_id": "user_maker", "scopes": ["ledger:read", "access:read"]}


def test_a_key_sees_its_own_institution_and_no_other(client: TestClient) -> None:
    found = client.get("/v1/institutions").json()
    assert [one["id"] for one in found["data"]] == ["inst_test"]
    own = client.get("/v1/institutions/inst_test").json()
    assert own == found["data"][0]
    assert own["currency"] == "USD"
    assert own["business_on"] == "2024-01-15"
    assert own["livemode"] is False
    assert client.get("/v1/institutions/inst_other").status_code == 404
    assert client.get("/v1/institutions/inst_nowhere").status_code == 404


def test_a_branch_takes_the_id_it_is_given_once(client: TestClient) -> None:
    body = {"id": "brn_kota_bharu", "name": "Kota Bharu"}
    made = client.post("/v1/branches", json=body)
    assert made.status_code == 201
    assert made.json()["id"] == "brn_kota_bharu"
    assert made.json()["is_default"] is False
    assert client.post("/v1/branches", json=body).status_code == 409
    assert client.post("/v1/branches", json={"id": "user_x", "name": "X"}).status_code == 422
    assert client.post("/v1/branches", json={"name": "Tunis"}).json()["id"].startswith("brn_")


def test_both_paginations_show_the_same_branches_in_the_same_order(client: TestClient) -> None:
    for number in range(5):
        client.post("/v1/branches", json={"id": f"brn_{number}", "name": str(number)})
    whole = [one["id"] for one in client.get("/v1/branches?limit=100").json()["data"]]
    assert len(whole) == 6  # the main branch was there before
    by_cursor: list[str] = []
    cursor = ""
    while True:
        page = client.get(f"/v1/branches?limit=2{cursor}").json()
        by_cursor += [one["id"] for one in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    by_page: list[str] = []
    for number in (1, 2, 3):
        page = client.get(f"/v1/branches?page={number}&perPage=2").json()
        assert page["pagination"]["total"] == 6
        assert page["pagination"]["hasMore"] is (number < 3)
        by_page += [one["id"] for one in page["data"]]
    assert by_cursor == by_page == whole


def test_a_user_is_taken_on_with_roles_that_exist(
    client: TestClient, other_client: TestClient
) -> None:
    body = {
        "id": "user_aminah", "name": "Aminah", "email": "aminah@example.org",
        "roles": ["field_officer"], "branch_id": "brn_main",
    }  # fmt: skip
    made = client.post("/v1/users", json=body)
    assert made.status_code == 201
    assert made.json()["id"] == "user_aminah"
    assert made.json()["created_at"] == "2024-01-15T10:30:00Z"
    assert "user_aminah" in [one["id"] for one in client.get("/v1/users").json()["data"]]
    assert "user_aminah" not in [one["id"] for one in other_client.get("/v1/users").json()["data"]]


def test_a_user_who_cannot_be_taken_on_is_refused_with_the_field(client: TestClient) -> None:
    def refused(**changes: object) -> tuple[int, str]:
        body = {"name": "Aminah", "roles": ["field_officer"], **changes}
        answer = client.post("/v1/users", json=body)
        errors = answer.json()["errors"]
        return answer.status_code, errors[0]["code"] if errors else answer.json()["code"]

    assert refused(roles=["sorcerer"]) == (422, "unknown_role")
    assert refused(branch_id="brn_nowhere") == (422, "unknown_branch")
    assert refused(id="cpty_aminah") == (422, "wrong_id")
    assert refused(id="user_maker") == (409, "CONFLICT")
    assert refused(roles=[])[0] == 422
    assert refused(salary=12)[1] == "unknown_field"


def test_an_email_address_belongs_to_one_user(client: TestClient) -> None:
    body = {"name": "A", "roles": ["field_officer"], "email": "a@example.org"}
    assert client.post("/v1/users", json=body).status_code == 201
    again = client.post("/v1/users", json={**body, "name": "B", "email": "A@example.org"})
    assert again.status_code == 409


def test_taking_on_a_user_needs_authority_beside_the_scope(db: Database) -> None:
    finance = client_with(db, "sk_test_finance")
    answer = finance.post("/v1/users", json={"name": "A", "roles": ["administrator"]})
    assert answer.status_code == 403
    assert "user.create" in answer.json()["detail"]


def test_roles_say_what_they_may_decide_and_up_to_how_much(client: TestClient) -> None:
    roles = {one["id"]: one for one in client.get("/v1/roles").json()["data"]}
    limits = {one["action"]: one for one in roles["administrator"]["limits"]}
    assert limits["api_key.create"]["limit_minor"] is None
    assert limits["api_key.create"]["currency"] is None
    officer = {one["action"]: one["limit_minor"] for one in roles["field_officer"]["limits"]}
    assert officer["repayment.reverse"] == 100_000  # 1,000.00
    assert "loan.approve" not in officer


def test_a_new_key_opens_nothing_until_another_user_approves_it(
    client: TestClient, checker_client: TestClient, db: Database
) -> None:
    made = client.post("/v1/api-keys", json=KEY).json()
    assert made["status"] == "PENDING_APPROVAL"
    with_new_key = client_with(db, made["secret"])
    assert with_new_key.get("/v1/institutions").status_code == 401
    own = client.post(f"/v1/api-keys/{made['id']}/approve")
    assert own.status_code == 403
    approved = checker_client.post(f"/v1/api-keys/{made['id']}/approve")
    assert (approved.status_code, approved.json()["status"]) == (200, "ACTIVE")
    assert with_new_key.get("/v1/institutions").status_code == 200
    assert with_new_key.get("/v1/parties").status_code == 403
    assert checker_client.post(f"/v1/api-keys/{made['id']}/approve").status_code == 409


def test_a_secret_is_shown_once_and_stored_nowhere(client: TestClient, owner_url: str) -> None:
    headers = {"Idempotency-Key": "till-key"}
    first = client.post("/v1/api-keys", json=KEY, headers=headers)
    secret = first.json()["secret"]
    assert secret.startswith("sk_test_")
    replay = client.post("/v1/api-keys", json=KEY, headers=headers)
    assert replay.headers["Idempotency-Replayed"] == "true"
    assert replay.json() == {**first.json(), "secret": None}
    assert all("secret" not in one for one in client.get("/v1/api-keys").json()["data"])
    with psycopg.connect(owner_url) as owner:
        stored = owner.execute("select body from api.idempotency_key").fetchall()
        assert len(stored) == 1
        assert secret.encode() not in bytes(stored[0][0])


def test_a_revoked_key_is_refused_at_once(
    client: TestClient, checker_client: TestClient, db: Database
) -> None:
    made = client.post("/v1/api-keys", json=KEY).json()
    checker_client.post(f"/v1/api-keys/{made['id']}/approve")
    with_new_key = client_with(db, made["secret"])
    assert with_new_key.get("/v1/institutions").status_code == 200
    revoked = client.post(f"/v1/api-keys/{made['id']}/revoke", json={"reason": "lost laptop"})
    assert (revoked.status_code, revoked.json()["status"]) == (200, "REVOKED")
    assert with_new_key.get("/v1/institutions").status_code == 401
    assert client.post(f"/v1/api-keys/{made['id']}/revoke").status_code == 409


def test_revoking_a_waiting_key_closes_its_request(
    client: TestClient, checker_client: TestClient
) -> None:
    made = client.post("/v1/api-keys", json=KEY).json()
    assert client.post(f"/v1/api-keys/{made['id']}/revoke").status_code == 200
    request = client.get("/v1/approvals").json()["data"][0]
    assert (request["subject_id"], request["status"]) == (made["id"], "WITHDRAWN")
    assert checker_client.post(f"/v1/api-keys/{made['id']}/approve").status_code == 409


def test_a_key_that_cannot_be_made_is_refused(client: TestClient) -> None:
    wrong_scope = client.post("/v1/api-keys", json={**KEY, "scopes": ["vault:open"]})
    assert wrong_scope.json()["errors"][0]["code"] == "unknown_scope"
    assert client.post("/v1/api-keys", json={**KEY, "user_id": "user_none"}).status_code == 404


def test_another_institutions_key_is_unknown_here(
    client: TestClient, other_client: TestClient
) -> None:
    made = other_client.post("/v1/api-keys", json=KEY).json()
    assert client.post(f"/v1/api-keys/{made['id']}/revoke").status_code == 404
    assert client.post(f"/v1/api-keys/{made['id']}/approve").status_code == 404
    assert client.post("/v1/api-keys/key_none/revoke").status_code == 404
    assert client.post("/v1/api-keys/user_maker/revoke").status_code == 422


def test_deeds_of_access_are_written_down(client: TestClient, checker_client: TestClient) -> None:
    made = client.post("/v1/api-keys", json=KEY).json()
    checker_client.post(f"/v1/api-keys/{made['id']}/approve")
    client.post(f"/v1/api-keys/{made['id']}/revoke", json={"reason": "lost laptop"})
    log = client.get(f"/v1/audit-log?subject_id={made['id']}").json()["data"]
    assert [(one["action"], one["user_id"], one["reason"]) for one in log] == [
        ("api_key.revoke", "user_maker", "lost laptop"),
        ("api_key.approve", "user_checker", None),
        ("api_key.create", "user_maker", None),
    ]
