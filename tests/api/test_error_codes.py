"""Every refusal the house can make has a place on the page its `type` links to."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi.testclient import TestClient

from sanduq.api.compat import canonical_path
from sanduq.api.error_codes import CODES
from sanduq.kit.errors import Refusal


def _all(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for child in kind.__subclasses__():
        yield child
        yield from _all(child)


def test_every_code_is_documented_with_its_status(client: TestClient) -> None:
    documented = {each.code: each.status for each in CODES}
    for kind in _all(Refusal):
        if kind.__module__.startswith("sanduq."):
            assert documented.get(kind.code) == kind.status, kind


def test_an_error_links_to_its_paragraph(client: TestClient) -> None:
    body = client.get("/v1/parties/cpty_nobody").json()
    path, _, fragment = body["type"].partition("#")
    assert f'id="{fragment}"' in client.get(path).text


def test_the_vendors_paths_lead_to_the_documented_ones(client: TestClient) -> None:
    assert canonical_path("/api/v1/islamic-microfinance") == "/v1/rails/microfinance/loans"
    assert (
        canonical_path("/api/v1/islamic-microfinance/mfl_1/approve")
        == "/v1/rails/microfinance/loans/mfl_1/approve"
    )
    assert canonical_path("/api/v1/islamic-microfinance/groups") == "/v1/rails/microfinance/groups"
    assert (
        canonical_path("/api/v1/rahnu/rhn_1/execute") == "/v1/rails/rahnu/contracts/rhn_1/execute"
    )
    assert canonical_path("/api/v1/rahnu/validate") == "/v1/rails/rahnu/contracts/validate"
    assert canonical_path("/api/v1/islamic-microfinances") == "/api/v1/islamic-microfinances"
    answer = client.get("/api/v1/islamic-microfinance", params={"page": 1, "limit": 5})
    assert answer.status_code == 200
    assert answer.json()["pagination"]["limit"] == 5


def test_the_vendors_client_finds_code_and_message_at_the_top(client: TestClient) -> None:
    body = client.get("/api/v1/islamic-microfinance/mfl_nobody").json()
    assert body["code"] == body["error"]["code"] == "NOT_FOUND"
    assert body["message"] == body["error"]["message"]
