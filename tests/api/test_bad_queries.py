"""What no list or report should stumble over: every query parameter with values nobody means."""

from __future__ import annotations

from fastapi.testclient import TestClient

from sanduq.assembly import build
from tests.make.places import PREFIXES

# A character PostgreSQL stores in no text, a number past every integer, the calendar's two ends,
# and more text than anything is called.
BAD = ("\x00", "9" * 40, "9999-12-31", "0001-01-01T00:00:00+14:00", "x" * 600)
GIVEN = {
    "currency": "USD", "from": "2024-01-01", "to": "2024-01-15", "weight_grams": "10",
    "fineness": "916", "item_id": "itm_x", "pledgor_id": "cpty_borrower_001",
}  # fmt: skip
# Of pledges, gold and the vault; the others' lists have tests of their own filters.
AREAS = ("/v1/gold", "/v1/custody", "/v1/rails/rahnu", "/v1/rails/sarf", "/v1/reports/pledges")


def test_a_query_nobody_means_is_refused_or_finds_nothing(demo_client: TestClient) -> None:
    contract = build(None).openapi()
    ids = {name: f"{prefix}_x" for name, prefix in PREFIXES.items()}
    asked = 0
    for path, item in contract["paths"].items():
        if "get" not in item or not path.startswith(AREAS):
            continue
        found = [one for one in item["get"].get("parameters", []) if one["in"] == "query"]
        needed = {one["name"]: GIVEN[one["name"]] for one in found if one.get("required")}
        for name in (one["name"] for one in found):
            for bad in BAD:
                answer = demo_client.get(path.format(**ids), params={**needed, name: bad})
                assert answer.status_code in (200, 404, 422, 409), f"{path} {name}={bad!r}"
                asked += 1
    assert asked > 500
