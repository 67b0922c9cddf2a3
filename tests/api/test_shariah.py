"""Resolutions, the rulebook and evaluations over HTTP."""

from __future__ import annotations

import random

import pytest

from sanduq.shariah.rulebook import load_rulebook
from tests.make.offers import a_line, a_resolution, a_study

RESOLUTIONS = "/v1/rails/shariah-governance/resolutions"


def walked(client, path, **query):
    """Every row of a list, by cursor, three at a time."""
    rows, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = client.get(path, params={"limit": 3, **query, **more}).json()
        rows += page["data"]
        cursor = page["next_cursor"]
        assert page["pagination"]["hasMore"] == (cursor is not None)
        if cursor is None:
            return rows


def test_a_resolution_is_recorded_and_read_back(client):
    sent = a_resolution("GEN-01", "QRD-06")
    made = client.post(RESOLUTIONS, json=sent)
    assert made.status_code == 201
    body = made.json()
    assert body["id"].startswith("res_")
    assert {name: body[name] for name in sent} == sent
    assert body["created_at"] == "2024-01-15T10:30:00Z"
    assert body["answers"] == []
    assert client.get(f"{RESOLUTIONS}/{body['id']}").json() == body


def test_a_resolution_names_the_questions_it_answers(client):
    sent = a_resolution("GEN-01", answers=["wafa", "inah", "gharar"])
    made = client.post(RESOLUTIONS, json=sent).json()
    assert made["answers"] == ["gharar", "inah", "wafa"]
    assert client.get(f"{RESOLUTIONS}/{made['id']}").json() == made
    refused = client.post(RESOLUTIONS, json=a_resolution(answers=["Is it gharar?"]))
    assert (refused.status_code, refused.json()["code"]) == (422, "VALIDATION_ERROR")


def test_resolutions_are_listed_newest_first_and_by_the_day_they_hold(client):
    ends = ["2024-02-01", "2024-03-01", "2024-04-01", "2024-05-01"]
    made = [client.post(RESOLUTIONS, json=a_resolution(valid_to=end)).json() for end in ends]
    assert walked(client, RESOLUTIONS) == made[::-1]
    found = walked(client, RESOLUTIONS, in_force_on="2024-03-01")
    assert [row["valid_to"] for row in found] == ["2024-05-01", "2024-04-01"]
    page = client.get(RESOLUTIONS, params={"page": 2, "perPage": 3}).json()
    assert page["data"] == [made[0]]
    assert (page["pagination"]["total"], page["pagination"]["totalPages"]) == (4, 2)


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"scope": ["QRD-99"]}, "scope", "unknown_rule"),
        ({"valid_to": "2024-01-01"}, "valid_to", "not_after_start"),
        ({"signatories": []}, "signatories", "unknown_field"),
    ],
)
def test_a_wrong_resolution_is_refused_by_field(client, change, field, code):
    refused = client.post(RESOLUTIONS, json=a_resolution(**change))
    assert (refused.status_code, refused.json()["code"]) == (422, "VALIDATION_ERROR")
    assert (refused.json()["errors"][0]["field"], refused.json()["errors"][0]["code"]) == (
        field,
        code,
    )


def test_the_resolution_of_another_institution_is_not_found(client, other_client):
    made = client.post(RESOLUTIONS, json=a_resolution()).json()
    assert other_client.get(f"{RESOLUTIONS}/{made['id']}").status_code == 404
    assert other_client.get(RESOLUTIONS).json()["data"] == []
    assert client.get(f"{RESOLUTIONS}/prd_1").json()["errors"][0]["code"] == "wrong_id"


def test_the_rulebook_is_listed_whole_and_in_its_order(client):
    rows = walked(client, "/v1/shariah/rules")
    assert [row["id"] for row in rows] == list(load_rulebook())
    for query in ({"section": "qard"}, {"severity": "review"}):
        ((name, value),) = query.items()
        found = walked(client, "/v1/shariah/rules", **query)
        assert found == [row for row in rows if row[name] == value]
        assert found
    page = client.get("/v1/shariah/rules", params={"page": 2, "perPage": 7}).json()
    assert page["data"] == rows[7:14]


def test_a_rule_says_its_severity_code_and_source(client):
    rule = client.get("/v1/shariah/rules/QRD-03").json()
    assert (rule["severity"], rule["code"]) == ("block", "QARD_FEE_EXCEEDS_COST")
    assert rule["sources"][0] == {"clause": "AAOIFI SS 19 9/1", "verified": "read"}
    assert rule["is_unweakenable"] is True
    assert client.get("/v1/shariah/rules/QRD-99").status_code == 404


def test_a_cursor_of_another_list_is_refused(client):
    client.post(RESOLUTIONS, json=a_resolution())
    client.post(RESOLUTIONS, json=a_resolution())
    cursor = client.get(RESOLUTIONS, params={"limit": 1}).json()["next_cursor"]
    assert client.get("/v1/shariah/rules", params={"cursor": cursor}).status_code == 422


def test_evaluations_are_listed_by_subject_and_rule_as_a_search_by_hand_finds_them(client):
    studies = "/v1/rails/microfinance/cost-studies"
    subjects = [client.post(studies, json=a_study()).json()["id"] for _ in range(3)]
    rows = walked(client, "/v1/shariah/evaluations")
    assert {(row["subject_id"], row["rule_id"]) for row in rows} == {
        (subject, rule) for subject in subjects for rule in ("QRD-04", "QRD-06")
    }
    assert all(row["has_passed"] and row["action"] == "cost_study.create" for row in rows)
    chance = random.Random(7)
    for _ in range(6):
        subject = chance.choice([None, *subjects])
        rule = chance.choice([None, "QRD-04", "QRD-06", "GEN-01"])
        query = {k: v for k, v in {"subject_id": subject, "rule_id": rule}.items() if v}
        wanted = [r for r in rows if all(r[k] == v for k, v in query.items())]
        assert walked(client, "/v1/shariah/evaluations", **query) == wanted


def test_a_refused_command_leaves_no_evaluation(client):
    lines = [a_line("rent", 10)]
    refused = client.post("/v1/rails/microfinance/cost-studies", json=a_study(lines=lines))
    assert refused.json()["code"] == "SHARIAH_VIOLATION"
    assert client.get("/v1/shariah/evaluations").json()["data"] == []
