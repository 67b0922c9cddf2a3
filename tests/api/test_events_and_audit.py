"""What happened here and who did it: both logs, both paginations, every filter."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from sanduq.audit import service as audit
from sanduq.events import service as events
from tests.conftest import OTHER_INSTITUTION, Work

TYPES = [declared.name for declared in events.declared_types()][:2]
SUBJECTS = ["mfl_a", "mfl_b"]


@pytest.fixture
def happened(work: Work) -> list[tuple[str, str]]:
    """Nine events here, newest first, and one elsewhere: (type, subject)."""
    found = [(TYPES[n % 2], SUBJECTS[n % 3 == 0]) for n in range(9)]
    for n, (type_name, subject_id) in enumerate(found):
        with work() as uow:
            events.record(uow, [events.Event(type_name, subject_id, {"number": n})])
    with work(institution=OTHER_INSTITUTION) as uow:
        events.record(uow, [events.Event(TYPES[0], SUBJECTS[0], {"number": 99})])
    return found[::-1]


def numbers(page: Mapping[str, Any]) -> list[int]:
    return [one["data"]["number"] for one in page["data"]]


def walked(client: TestClient, path: str) -> list[Mapping[str, Any]]:
    """Every row of a list, two at a time, by cursor; the same by page number."""
    by_cursor: list[Mapping[str, Any]] = []
    cursor = ""
    while True:
        page = client.get(f"{path}limit=2{cursor}").json()
        by_cursor += page["data"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    by_page: list[Mapping[str, Any]] = []
    number = 1
    while True:
        page = client.get(f"{path}perPage=2&page={number}").json()
        assert page["pagination"]["total"] == len(by_cursor)
        by_page += page["data"]
        if not page["pagination"]["hasMore"]:
            break
        number += 1
    assert by_cursor == by_page
    return by_cursor


@pytest.mark.parametrize("type_name", [None, *TYPES, "unheard.of"])
@pytest.mark.parametrize("subject_id", [None, *SUBJECTS])
def test_every_filter_finds_what_brute_force_finds(
    client: TestClient,
    happened: list[tuple[str, str]],
    type_name: str | None,
    subject_id: str | None,
) -> None:
    expected = [
        8 - place
        for place, (kind, subject) in enumerate(happened)
        if type_name in (None, kind) and subject_id in (None, subject)
    ]
    path = "/v1/events?"
    path += f"type={type_name}&" if type_name else ""
    path += f"subject_id={subject_id}&" if subject_id else ""
    assert [one["data"]["number"] for one in walked(client, path)] == expected


def test_an_event_travels_in_the_documented_envelope_number_for_number(
    client: TestClient, work: Work
) -> None:
    data = {"z": Decimal("170.5"), "a": Decimal("12345678901234567.89"), "n": None, "t": "ﷺ"}
    with work() as uow:
        events.record(uow, [events.Event(TYPES[0], "mfl_a", data)])
    listed = client.get("/v1/events").json()["data"][0]
    answer = client.get(f"/v1/events/{listed['id']}")
    assert list(answer.json()) == [
        "id", "type", "version", "timestamp", "livemode", "data", "metadata",
    ]  # fmt: skip
    assert answer.json()["timestamp"] == "2024-01-15T10:30:00Z"
    assert answer.json()["livemode"] is False
    assert answer.json()["metadata"] == {"tenantId": "inst_test"}
    assert '"data":{"z":170.5,"a":12345678901234567.89,"n":null,"t":"ﷺ"}' in answer.text


def test_another_institutions_event_is_unknown_here(
    client: TestClient, other_client: TestClient, happened: list[tuple[str, str]]
) -> None:
    theirs = other_client.get("/v1/events").json()["data"]
    assert numbers({"data": theirs}) == [99]
    assert client.get(f"/v1/events/{theirs[0]['id']}").status_code == 404
    assert client.get("/v1/events/evt_none").status_code == 404
    assert client.get("/v1/events/mfl_a").status_code == 422


def test_a_list_refuses_what_it_does_not_know(client: TestClient) -> None:
    assert client.get("/v1/events?subject=mfl_a").json()["errors"][0]["code"] == "unknown_field"
    assert client.get("/v1/events?subject_id=%00").status_code == 422
    assert client.get("/v1/audit-log?cursor=x&page=1").status_code == 422


def test_deeds_are_found_by_user_subject_and_action(client: TestClient, work: Work) -> None:
    deeds = [
        ("user_maker", "loan.create", "mfl_a"),
        ("user_checker", "loan.approve", "mfl_a"),
        ("user_maker", "loan.create", "mfl_b"),
        ("user_checker", "loan.reject", "mfl_b"),
        ("user_maker", "loan.disburse", "mfl_a"),
    ]
    for user_id, action, subject_id in deeds:
        with work(user_id) as uow:
            audit.record(uow, [audit.Deed(action, subject_id, "because", {"sum": Decimal("1.5")})])
    with work(institution=OTHER_INSTITUTION) as uow:
        audit.record(uow, [audit.Deed("loan.create", "mfl_a")])
    for user in (None, "user_maker", "user_checker"):
        for action in (None, "loan.create", "loan.reject"):
            for subject in (None, "mfl_a", "mfl_b"):
                wanted = {"user_id": user, "action": action, "subject_id": subject}
                path = "/v1/audit-log?" + "".join(
                    f"{name}={value}&" for name, value in wanted.items() if value is not None
                )
                found = [
                    (one["user_id"], one["action"], one["subject_id"])
                    for one in walked(client, path)
                ]
                assert found == [
                    deed
                    for deed in reversed(deeds)
                    if user in (None, deed[0])
                    and action in (None, deed[1])
                    and subject in (None, deed[2])
                ]
    newest = client.get("/v1/audit-log").json()["data"][0]
    assert (newest["reason"], newest["details"]) == ("because", {"sum": 1.5})
