"""Reading refusals: one body for each, in the standard's and the vendor's shape."""

from __future__ import annotations

from typing import Any

import httpx
from fastapi.testclient import TestClient


def refused(
    answer: httpx.Response,
    status: int,
    code: str,
    field_code: str | None = None,
    field: str | None = None,
) -> dict[str, Any]:
    """The body of a refusal that must have this status and code, and name this field."""
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body.get("code")) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["status"] == status
    assert body["error"] == {
        "code": code,
        "message": body["detail"],
        "details": body["errors"],
    }
    assert body["request_id"] == body["meta"]["requestId"] == answer.headers["x-request-id"]
    if field_code is not None:
        assert field_code in [error["code"] for error in body["errors"]], body["errors"]
    if field is not None:
        assert field in [error["field"] for error in body["errors"]], body["errors"]
    return body


def raw(client: TestClient, path: str, text: str, **headers: str) -> httpx.Response:
    """A request whose body is exactly this text."""
    sent = {"Content-Type": "application/json", **headers}
    answer: httpx.Response = client.post(path, content=text.encode(), headers=sent)
    return answer
