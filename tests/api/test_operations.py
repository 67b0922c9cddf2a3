"""What runs beside the business: health, figures, documentation, headers, quotas."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient

from sanduq import demo
from sanduq.assembly import build
from sanduq.kit.db import Database
from tests.make.loans import LOANS, an_application, done
from tests.make.rows import run_as_owner

PROTECTION = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
REQUEST_ID = re.compile(r"req_[0-9a-z]{26}")
LOADED = re.compile(r"""(?:src|href|url|import)\s*[=(:]\s*["'(]?\s*((?:https?:)?//[^"'\s)>]+)""")


@pytest.fixture
def nameless(demo_client: TestClient) -> TestClient:
    """The application without any key."""
    return TestClient(demo_client.app, raise_server_exceptions=False)


def limited(owner_url: str, per_minute: int) -> None:
    """Gives the demonstration institution a small quota."""
    statement = "update access.institution set rate_limit_per_minute = {} where id = '{}'"
    run_as_owner(owner_url, statement.format(per_minute, demo.INSTITUTION))


def test_health_is_the_process_and_readiness_is_the_database(
    demo_db: Database, nameless: TestClient
) -> None:
    assert nameless.get("/healthz").json() == {"status": "ok"}
    assert nameless.get("/readyz").json() == {"status": "ready"}
    demo_db.close()
    assert nameless.get("/healthz").status_code == 200
    lost = nameless.get("/readyz")
    assert (lost.status_code, lost.json()) == (503, {"status": "unavailable"})


def test_the_figures_name_routes_and_never_ids_or_people(demo_client: TestClient) -> None:
    loan_id = done(demo_client.post(LOANS, json=an_application()), 201)["id"]
    demo_client.get(f"{LOANS}/{loan_id}")
    demo_client.get(f"/nowhere/{loan_id}")
    figures = demo_client.get("/metrics")
    assert figures.status_code == 200
    assert figures.headers["content-type"].startswith("text/plain")
    assert f'route="{LOANS}/{{loan_id}}"' in figures.text
    assert 'route="unmatched"' in figures.text
    assert loan_id not in figures.text
    assert demo.MAKER_KEY not in figures.text


def test_the_documentation_loads_nothing_from_anywhere_else(nameless: TestClient) -> None:
    waiting, seen = ["/docs"], set[str]()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = nameless.get(path)
        assert answer.status_code == 200, path
        if path == "/docs":
            policy = answer.headers["content-security-policy"]
            assert "default-src 'self'" in policy
            assert "http" not in policy
        if answer.headers["content-type"].startswith(("text/html", "text/css")):
            assert LOADED.findall(answer.text) == [], path
            found = re.findall(r"""(?:src|href)="([^"]+)\"""", answer.text)
            waiting += [link for link in found if link.startswith("/")]
    assert {"/docs/start.js", "/docs/assets/swagger-ui-bundle.js"} <= seen
    start = nameless.get("/docs/start.js").text
    assert 'url: "/openapi.json"' in start
    assert "validatorUrl: null" in start
    assert not re.search(r"https?://", start)


def test_the_served_contract_is_what_the_code_says(nameless: TestClient) -> None:
    served = nameless.get("/openapi.json")
    assert served.headers["content-type"] == "application/json"
    assert served.json() == build(None).openapi()
    assert served.json()["openapi"].startswith("3.1")


def test_a_request_keeps_its_id_or_is_given_one(
    demo_client: TestClient, nameless: TestClient
) -> None:
    path = "/v1/institutions"
    given = demo_client.get(path, headers={"X-Request-ID": "till-7:2024.01_15"})
    assert given.headers["x-request-id"] == "till-7:2024.01_15"
    made = demo_client.get(path).headers["x-request-id"]
    assert REQUEST_ID.fullmatch(made)
    assert demo_client.get(path).headers["x-request-id"] != made
    for strange in ("", "a b", "x" * 101, "é", "<script>", '"', "a\tb"):
        answer = demo_client.get(path, headers={"X-Request-ID": strange.encode("latin-1")})
        assert REQUEST_ID.fullmatch(answer.headers["x-request-id"]), strange
    refused = nameless.get(path, headers={"X-Request-ID": "till-8"})
    assert refused.status_code == 401
    assert refused.headers["x-request-id"] == "till-8"
    assert refused.json()["request_id"] == "till-8"
    assert refused.json()["meta"] == {"requestId": "till-8"}


@pytest.mark.parametrize("header", ["X-API-Key", "Authorization"])
def test_a_key_comes_in_either_header(nameless: TestClient, header: str) -> None:
    value = demo.MAKER_KEY if header == "X-API-Key" else f"bearer {demo.MAKER_KEY}"
    answer = nameless.get("/v1/institutions", headers={header: value})
    assert done(answer)["data"][0]["id"] == demo.INSTITUTION


def test_a_tenant_header_may_only_name_the_keys_own_institution(demo_client: TestClient) -> None:
    own = demo_client.get("/v1/institutions", headers={"X-Tenant-ID": demo.INSTITUTION})
    assert own.status_code == 200
    for tenant in ("inst_other", "inst_nowhere", ""):
        for method, body in (("GET", None), ("POST", an_application()), ("POST", {"odd": 1})):
            answer = demo_client.request(method, LOANS, json=body, headers={"X-Tenant-ID": tenant})
            assert answer.status_code == 403, answer.text
            assert answer.json()["code"] == "FORBIDDEN"


def test_the_quota_is_counted_per_key_and_says_when_to_come_back(
    demo_url: str, demo_client: TestClient, demo_checker: TestClient
) -> None:
    limited(demo_url, 5)
    left = []
    for _ in range(5):
        answer = demo_client.get("/v1/institutions")
        assert answer.status_code == 200
        assert answer.headers["x-ratelimit-limit"] == "5"
        assert int(answer.headers["x-ratelimit-reset"]) > 0
        assert "retry-after" not in answer.headers
        left.append(int(answer.headers["x-ratelimit-remaining"]))
    assert left == [4, 3, 2, 1, 0]
    over = demo_client.get("/v1/institutions")
    assert over.status_code == 429
    assert over.json()["code"] == "RATE_LIMITED"
    assert over.headers["x-ratelimit-remaining"] == "0"
    assert 1 <= int(over.headers["retry-after"]) <= 60
    # Another person's key has a quota of its own.
    assert demo_checker.get("/v1/institutions").status_code == 200


def test_a_request_over_the_quota_changes_nothing_and_burns_no_key(
    demo_url: str, demo_client: TestClient
) -> None:
    key = {"Idempotency-Key": "after-the-rush"}
    limited(demo_url, 1)
    done(demo_client.post(LOANS, json=an_application()), 201)
    over = demo_client.post(LOANS, json=an_application(), headers=key)
    assert over.status_code == 429
    limited(demo_url, 600)
    listed = done(demo_client.get(LOANS))
    assert len(listed["data"]) == 1
    fresh = demo_client.post(LOANS, json=an_application(), headers=key)
    assert fresh.status_code == 201
    assert "idempotency-replayed" not in fresh.headers


@pytest.mark.parametrize("body", [b"{", b'{"odd": 1}', b"[]"])
def test_one_wrong_request_is_counted_once(
    demo_url: str, demo_client: TestClient, body: bytes
) -> None:
    limited(demo_url, 10)
    demo_client.post(LOANS, content=body, headers={"Content-Type": "application/json"})
    demo_client.get(f"{LOANS}/wrong_id")
    demo_client.get(LOANS, params={"cursor": "nonsense"})
    answer = demo_client.get(LOANS)
    assert answer.headers["x-ratelimit-remaining"] == "6"


def test_every_answer_carries_the_protecting_headers(
    demo_client: TestClient, nameless: TestClient
) -> None:
    answers: list[httpx.Response] = [
        demo_client.get("/v1/institutions"),
        demo_client.post(LOANS, json=an_application()),
        demo_client.post(LOANS, json={}),
        demo_client.delete(LOANS),
        nameless.get("/v1/institutions"),
        nameless.get("/nowhere"),
        nameless.get("/healthz"),
        nameless.get("/docs"),
        nameless.get("/openapi.json"),
    ]
    assert [a.status_code for a in answers] == [200, 201, 422, 405, 401, 404, 200, 200, 200]
    for answer in answers:
        found = {name: answer.headers.get(name) for name in PROTECTION}
        assert found == PROTECTION, answer.url
        assert "server" not in answer.headers


def test_every_refusal_has_one_body(demo_client: TestClient, nameless: TestClient) -> None:
    for answer in (
        nameless.get("/v1/institutions"),
        nameless.get("/nowhere"),
        demo_client.delete(LOANS),
        demo_client.post(LOANS, json={}),
        demo_client.post(LOANS, content=b"{", headers={"Content-Type": "application/json"}),
        demo_client.post(LOANS, content=b"a=1", headers={"Content-Type": "text/plain"}),
        demo_client.get(f"{LOANS}/mfl_unknown"),
    ):
        body = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert body["status"] == answer.status_code >= 400
        assert body["code"] == body["error"]["code"]
        assert body["message"] == body["detail"] == body["error"]["message"]
        assert body["errors"] == body["details"] == body["error"]["details"]
        assert body["request_id"] == body["meta"]["requestId"] == answer.headers["x-request-id"]
        link = urlsplit(body["type"])
        assert link.netloc == ""
        assert nameless.get(link.path).status_code == 200


def test_a_body_that_is_too_large_is_refused_whether_its_length_is_told_or_not(
    demo_client: TestClient,
) -> None:
    large = b'{"purpose_description": "' + b"x" * (8 * 1024 * 1024) + b'"}'
    headers = {"Content-Type": "application/json"}
    told = demo_client.post(LOANS, content=large, headers=headers)
    assert (told.status_code, told.json()["code"]) == (413, "BODY_TOO_LARGE")
    untold = demo_client.post(LOANS, content=iter([large]), headers=headers)
    assert (untold.status_code, untold.json()["code"]) == (413, "BODY_TOO_LARGE")
