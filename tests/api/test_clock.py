"""The test clock: only a sandbox has one, it only moves forward, and the days are lived through."""

from __future__ import annotations

import psycopg
import pytest
from fastapi.testclient import TestClient

from sanduq.access import founding
from sanduq.access.model import SCOPES
from sanduq.kit.db import Database
from tests.conftest import client_with


def advance(client: TestClient, to: object) -> tuple[int, dict[str, object]]:
    answer = client.post("/v1/test-clock/advance", json={"to": to})
    return answer.status_code, answer.json()


def test_every_business_date_the_clock_passes_is_closed(client: TestClient) -> None:
    before = client.get("/v1/test-clock").json()
    assert (before["now"], before["closed_through_on"]) == ("2024-01-15T10:30:00Z", "2024-01-14")
    status, moved = advance(client, "2024-01-18T08:00:00+08:00")  # midnight in UTC
    assert (status, moved["now"], moved["business_on"]) == (
        200, "2024-01-18T00:00:00Z", "2024-01-18",
    )  # fmt: skip
    days = moved["days"]
    assert isinstance(days, list)
    assert [day["business_on"] for day in days] == ["2024-01-15", "2024-01-16", "2024-01-17"]
    after = client.get("/v1/test-clock").json()
    assert (after["now"], after["closed_through_on"]) == ("2024-01-18T00:00:00Z", "2024-01-17")


def test_within_a_day_no_date_is_closed(client: TestClient) -> None:
    status, moved = advance(client, "2024-01-15T23:59:59Z")
    assert (status, moved["days"]) == (200, [])
    assert advance(client, "2024-01-15T23:59:59Z")[0] == 200


@pytest.mark.parametrize(
    "to",
    ["2024-01-15T10:29:59Z", "0001-01-01T00:00:00+14:00", "2034-03-15T00:00:00Z",
     "9999-12-31T23:59:59-12:00", "2024-01-16", "2024-01-16T00:00:00", 1705400000, "tomorrow"],
)  # fmt: skip
def test_a_clock_that_cannot_go_there_stays(client: TestClient, to: object) -> None:
    assert advance(client, to)[0] == 422
    assert client.get("/v1/test-clock").json()["now"] == "2024-01-15T10:30:00Z"


def test_one_institutions_clock_moves_no_other(
    client: TestClient, other_client: TestClient
) -> None:
    assert advance(client, "2024-02-01T00:00:00Z")[0] == 200
    assert other_client.get("/v1/test-clock").json()["now"] == "2024-01-15T10:30:00Z"


def test_a_live_institution_lives_in_the_worlds_time(owner_url: str, db: Database) -> None:
    with psycopg.connect(owner_url) as owner:
        new = founding.NewInstitution(3, "inst_live", "Live", "USD", is_live=True)
        founding.found_institution(owner, new)
        founding.add_user(owner, 3, "user_admin", "Admin", ["administrator"])
        founding.add_key(owner, 3, "user_admin", "sk_live_admin", sorted(SCOPES))
    live = client_with(db, "sk_live_admin")
    assert live.get("/v1/test-clock").json()["is_frozen"] is False
    assert advance(live, "2124-01-15T00:00:00Z")[0] == 403
