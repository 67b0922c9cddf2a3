"""Programs, surveys and impact over HTTP, from drawing up a program to the donor's chart."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from sanduq.kit.json import loads
from sanduq.parties.model import Gender
from tests.conftest import client_with
from tests.make.loans import done
from tests.make.programs import (
    INDICATORS,
    PROGRAMS,
    SCORECARDS,
    SURVEYS,
    a_program,
    a_response,
    a_scorecard,
    a_survey,
    active_program,
    clients,
    people,
)
from tests.make.refusals import refused

PERIOD = {"from": "2024-01-01", "to": "2024-01-15"}


@pytest.fixture
def program(demo_client, demo_checker):
    """The id of an active program."""
    made = done(demo_client.post(PROGRAMS, json=a_program()), 201)
    done(demo_checker.post(f"{PROGRAMS}/{made['id']}/approve"))
    return made["id"]


def test_a_program_goes_from_one_hand_to_another(demo_client, demo_checker):
    body = a_program(
        description="Benevolent loans for tailors",
        absorption_order=["own"],
        external_id="donor-7",
        metadata={"donor": "Seven"},
    )
    made = done(demo_client.post(PROGRAMS, json=body), 201)
    assert made["type"] == "program"
    assert made["status"] == "PENDING_APPROVAL"
    assert made["targets"] == [
        {"indicator": "female_borrowers", "baseline": 40, "target": 100, "by": None}
    ]
    path = f"{PROGRAMS}/{made['id']}"
    refused(demo_client.post(f"{path}/approve"), 403, "FORBIDDEN")
    approved = done(demo_checker.post(f"{path}/approve", json={"reason": "agreed"}))
    assert (approved["status"], approved["etag"]) == ("ACTIVE", '"v2"')
    answer = demo_client.get(path)
    assert answer.headers["etag"] == approved["etag"]
    assert answer.json() == approved
    listed = done(demo_client.get(f"{PROGRAMS}?status=ACTIVE&external_id=donor-7"))
    assert listed["data"] == [approved]
    closed = done(demo_checker.post(f"{path}/close", json={"reason": "the grant ended"}))
    assert closed["status"] == "CLOSED"
    body = refused(demo_checker.post(f"{path}/close"), 409, "CONFLICT")
    assert "CLOSED" in body["detail"]


def test_a_draft_is_changed_and_submitted(demo_client, demo_checker):
    made = done(
        demo_client.post(PROGRAMS, json=a_program(is_draft=True, ends_on="2024-12-31")), 201
    )
    path = f"{PROGRAMS}/{made['id']}"
    assert made["status"] == "DRAFT"
    refused(demo_checker.post(f"{path}/approve"), 409, "CONFLICT")
    changed = done(demo_client.patch(path, json={"name": "Tailors", "ends_on": None}))
    assert (changed["status"], changed["name"], changed["ends_on"]) == ("DRAFT", "Tailors", None)
    stale = demo_client.patch(path, json={"name": "x"}, headers={"If-Match": made["etag"]})
    refused(stale, 409, "CONFLICT")
    refused(demo_client.patch(path, json={"name": None}), 422, "VALIDATION_ERROR", "null", "name")
    done(demo_client.patch(path, json={"submit": True}))
    assert done(demo_checker.post(f"{path}/approve"))["status"] == "ACTIVE"


def test_the_same_request_makes_one_program(demo_client):
    headers = {"Idempotency-Key": "river"}
    first = demo_client.post(PROGRAMS, json=a_program(), headers=headers)
    again = demo_client.post(PROGRAMS, json=a_program(), headers=headers)
    assert (first.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert first.json() == again.json()


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"subsidy": {"fund": "sadaqah:education", "share": 1.2}}, "subsidy.share", "above_one"),
        (
            {"subsidy": {"fund": "sadaqah:education", "share": 0.12345}},
            "subsidy.share",
            "too_many_decimals",
        ),
        ({"pool_id": "wqf_1"}, "pool_id", "wrong_id"),
        ({"id": "grp_1"}, "id", "wrong_id"),
        ({"currency": "ABC"}, "currency", "unknown_currency"),
        ({"colour": "green"}, "colour", "unknown_field"),
    ],
)
def test_a_program_that_cannot_be_read_is_refused_by_field(demo_client, changes, field, code):
    answer = demo_client.post(PROGRAMS, json=a_program(**changes))
    refused(answer, 422, "VALIDATION_ERROR", code, field)


def test_what_is_not_there_is_not_found(demo_client):
    for path in (
        f"{PROGRAMS}/prg_none",
        f"{PROGRAMS}/prg_none/impact",
        f"{PROGRAMS}/prg_none/surveys",
        f"{SURVEYS}/svy_none",
        f"{SURVEYS}/svy_none/responses",
        f"{SCORECARDS}/psc_none",
        f"{INDICATORS}/none_such",
    ):
        refused(demo_client.get(path), 404, "NOT_FOUND")


def test_the_catalogue_is_listed_and_an_institution_adds_its_own(demo_client):
    page = done(demo_client.get(f"{INDICATORS}?category=women_empowerment"))
    codes = {each["code"]: each for each in page["data"]}
    assert codes["female_borrowers"]["iris_code"] == "PI8330"
    assert codes["female_borrowers"]["is_computed"] is True
    numbered = done(demo_client.get(f"{INDICATORS}?page=2&perPage=5"))
    walked = done(demo_client.get(f"{INDICATORS}?limit=5"))
    after = done(demo_client.get(f"{INDICATORS}?limit=5&cursor={walked['next_cursor']}"))
    assert after["data"] == numbered["data"]
    body = {
        "code": "school_meals", "name": "School meals", "category": "education",
        "unit": "count", "aggregate": "sum", "source": "economic", "iris_code": "PI9999",
    }  # fmt: skip
    made = done(demo_client.post(INDICATORS, json=body), 201)
    assert (made["is_own"], made["iris_version"]) == (True, "5.3")
    assert done(demo_client.get(f"{INDICATORS}?origin=own"))["data"] == [made]
    assert done(demo_client.get(f"{INDICATORS}/school_meals")) == made
    refused(demo_client.post(INDICATORS, json=body), 409, "CONFLICT")
    of_books = {**body, "code": "my_borrowers", "source": "ledger"}
    answer = demo_client.post(INDICATORS, json=of_books)
    refused(answer, 422, "VALIDATION_ERROR", "computed_from_books", "source")


def test_a_scorecard_is_loaded_and_read_back(demo_client):
    made = done(demo_client.post(SCORECARDS, json=a_scorecard()), 201)
    assert made["lookup"] == a_scorecard()["lookup"]
    assert done(demo_client.get(f"{SCORECARDS}/{made['id']}")) == made
    assert done(demo_client.get(SCORECARDS))["data"] == [made]
    gap = a_scorecard(line="x", lookup=[{"score_min": 0, "score_max": 99, "likelihood": 1}])
    answer = demo_client.post(SCORECARDS, json=gap)
    refused(answer, 422, "VALIDATION_ERROR", "gap_or_overlap", "lookup")


def test_people_are_asked_and_may_take_back_what_they_said(demo_client, demo_work, program):
    (person,) = people(demo_work, 1, None, "p")
    card = done(demo_client.post(SCORECARDS, json=a_scorecard()), 201)
    body = a_survey(scorecard_id=card["id"])
    survey = done(demo_client.post(f"{PROGRAMS}/{program}/surveys", json=body), 201)
    path = f"{SURVEYS}/{survey['id']}"
    said = a_response(person, poverty_answers={"roof": "brick", "beds": "none"})
    answer = done(demo_client.post(f"{path}/responses", json={"responses": [said]}), 201)
    (kept,) = answer["data"]
    assert answer["recorded"] == 1
    assert (kept["poverty_score"], kept["poverty_likelihood"]) == (60, 0.18)
    assert kept["consent"] == {
        "given": True, "on": "2023-06-01", "method": "written", "withdrawn_at": None,
    }  # fmt: skip
    assert done(demo_client.get(path))["responses"] == 1
    assert done(demo_client.get(f"{PROGRAMS}/{program}/surveys"))["data"][0]["responses"] == 1
    without = a_response(person, consent={"given": False})
    refusal = demo_client.post(f"{path}/responses", json={"responses": [without]})
    finding = refused(refusal, 422, "SHARIAH_VIOLATION")["errors"][0]
    assert (finding["rule_id"], finding["code"]) == ("DIS-06", "IMPACT_PRIVACY")
    withdrawn = done(demo_client.post(f"{path}/responses/{kept['id']}/withdraw"))
    assert withdrawn["consent"]["withdrawn_at"] == "2024-01-15T10:30:00Z"
    assert done(demo_client.get(f"{path}/responses"))["data"] == [withdrawn]
    refused(demo_client.post(f"{path}/responses/{kept['id']}/withdraw"), 409, "CONFLICT")


def test_impact_is_recorded_and_the_books_are_not_contradicted(demo_client, program):
    path = f"{PROGRAMS}/{program}/impact"
    metrics = [
        {"indicator": "individuals_trained", "value": 30, "n": 30, "source": "economic",
         "disaggregation": [{"dimension": "gender", "cell": "female", "value": 20, "n": 20}]},
        {"indicator": "client_satisfaction", "value": 0.9, "n": 50},
    ]  # fmt: skip
    answer = demo_client.post(path, json={"period": PERIOD, "metrics": metrics})
    record = done(answer, 201)
    assert record["type"] == "impact_record"
    assert record["period"] == PERIOD
    assert [each["iris_version"] for each in record["metrics"]] == ["5.3", "5.3"]
    assert loads(answer.content)["metrics"][1]["value"] == loads("0.9")
    events = done(demo_client.get("/v1/events?type=microfinance.impact.reported"))
    assert events["data"][0]["data"] == record
    posted = {"indicator": "female_borrowers", "value": 99}
    refusal = demo_client.post(path, json={"period": PERIOD, "metrics": [posted]})
    body = refused(refusal, 422, "VALIDATION_ERROR", "computed", "metrics.0.indicator")
    assert "computed from the books" in body["detail"]


def test_the_report_tells_of_targets_and_of_nobody(demo_client, demo_work, program):
    women = people(demo_work, 6, Gender.FEMALE, "w")
    clients(demo_work, program, women)
    report = done(demo_client.get(f"{PROGRAMS}/{program}/impact?from=2023-06-01&to=2024-01-15"))
    assert (report["type"], report["measure"], report["iris_version"]) == (
        "impact_report", "change", "5.3",
    )  # fmt: skip
    first = report["indicators"][0]
    assert (first["indicator"], first["basis"], first["actual"]) == (
        "female_borrowers", "computed", 6,
    )  # fmt: skip
    assert first["progress"] == pytest.approx(-0.566667)  # (6 - 40) / (100 - 40)
    assert "cpty_" not in str(report)
    answer = demo_client.get(f"{PROGRAMS}/{program}/impact?from=2024-01-16")
    refused(answer, 422, "VALIDATION_ERROR", "before_start", "to")


def test_targets_are_drawn_for_a_donor(demo_client, demo_work, program):
    clients(demo_work, program, people(demo_work, 6, Gender.FEMALE, "w"))
    path = f"{PROGRAMS}/{program}/impact"
    for query in (
        f"{path}?format=svg",
        f"{path}/chart?indicator=female_borrowers",
        f"{path}/chart?indicator=loans_disbursed_value&kind=disaggregation&dimension=gender",
        f"{path}/chart?indicator=female_borrowers&language=ar",
    ):
        answer = demo_client.get(query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("image/svg+xml")
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "x-ratelimit-limit" in answer.headers
        root = ElementTree.fromstring(answer.content)
        assert root.find("{http://www.w3.org/2000/svg}title") is not None
    for missing in (
        "indicator=none_such",
        "indicator=clients_total",  # it has no target here
        "indicator=income_change&kind=change",
        "indicator=female_borrowers&kind=disaggregation",
    ):
        refused(demo_client.get(f"{path}/chart?{missing}"), 404, "NOT_FOUND")


def test_loans_join_a_program_all_or_none(demo_client, demo_work, program):
    (person,) = people(demo_work, 1, None, "p")
    other = active_program(demo_work, name="Other").program_id
    (loan_id,) = clients(demo_work, other, [person])
    path = f"{PROGRAMS}/{program}/loans"
    answer = demo_client.post(path, json={"loan_ids": [loan_id]})
    refused(answer, 422, "VALIDATION_ERROR", "enrolled", "loan_ids.0")
    refused(demo_client.post(path, json={"loan_ids": ["mfl_none"]}), 404, "NOT_FOUND")
    refused(demo_client.post(path, json={"loan_ids": []}), 422, "VALIDATION_ERROR")


def test_another_institution_sees_none_of_it(demo_db, program):
    stranger = client_with(demo_db, "sk_test_maker_other")
    for path in ("", "/impact", "/surveys", "/impact/chart?indicator=clients_total"):
        refused(stranger.get(f"{PROGRAMS}/{program}{path}"), 404, "NOT_FOUND")
    assert done(stranger.get(PROGRAMS))["data"] == []
