"""Groups over HTTP: the documented request, roster, meetings, guarantees, calls and recourse."""

from __future__ import annotations

import pytest

from tests.make.groups import a_group, a_group_loan
from tests.make.loans import done
from tests.make.refusals import refused

RAIL = "/v1/rails/microfinance"
GROUPS = f"{RAIL}/groups"
DOCUMENTED = {
    "name": "Al-Amal Women Entrepreneurs",
    "type": "solidarity",
    "max_members": 10,
    "common_fund_contribution": 50,
    "contribution_frequency": "monthly",
    "facilitator_id": "user_field_officer_001",
}
BADIA = "cpty_badia"


@pytest.fixture
def group_id(demo_work):
    with demo_work() as uow:
        return a_group(uow).group_id


@pytest.fixture
def late(demo_work, group_id):
    """A loan of the group with 100.00 overdue."""
    return a_group_loan(demo_work, group_id, "cpty_amina").loan_id


def a_guarantee(**changes):
    return {
        "guarantor_id": BADIA,
        "cap": 400,
        "scope": "cycle",
        "from": "2023-12-01",
        "to": "2024-11-30",
        "recourse": True,
        "annual_surplus": 900,
        "consent": {
            "given_by": BADIA,
            "given_on": "2024-01-15",
            "method": "thumb",
            "document": "deed 7",
            "explained_max_call": 400,
        },
        **changes,
    }


def test_the_documented_request_forms_a_group(demo_client):
    made = done(demo_client.post(GROUPS, json=DOCUMENTED), 201)
    assert made["id"].startswith("grp_")
    assert {name: made[name] for name in DOCUMENTED} == DOCUMENTED
    assert (made["status"], made["currency"], made["member_count"]) == ("FORMING", "USD", 0)
    assert made["created_at"] == "2024-01-15T10:30:00Z"
    read = demo_client.get(f"{GROUPS}/{made['id']}")
    assert (read.json(), read.headers["etag"]) == (made, made["etag"])
    (event,) = demo_client.get("/v1/events", params={"subject_id": made["id"]}).json()["data"]
    assert (event["type"], event["data"]["id"]) == ("microfinance.group.created", made["id"])


def test_a_group_brings_its_own_id_once(demo_client):
    body = {**DOCUMENTED, "id": "grp_hill", "external_id": "h-1"}
    assert done(demo_client.post(GROUPS, json=body), 201)["id"] == "grp_hill"
    refused(demo_client.post(GROUPS, json=body), 409, "CONFLICT")
    wrong = {**DOCUMENTED, "id": "mfl_hill"}
    refused(demo_client.post(GROUPS, json=wrong), 422, "VALIDATION_ERROR", "wrong_id", "id")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"type": "circle"}, "type"),
        ({"max_members": 1}, "max_members"),
        ({"max_members": "10"}, "max_members"),
        ({"common_fund_contribution": -1}, "common_fund_contribution"),
        ({"common_fund_contribution": "0.001"}, "common_fund_contribution"),
        ({"contribution_frequency": "daily"}, "contribution_frequency"),
        ({"facilitator_id": "cpty_borrower"}, "facilitator_id"),
        ({"facilitator_id": "user_nobody"}, "facilitator_id"),
        ({"currency": "XXX"}, "currency"),
        ({"name": ""}, "name"),
        ({"members": []}, "members"),
    ],
)
def test_what_a_group_cannot_be_is_refused(demo_client, changes, field):
    answer = demo_client.post(GROUPS, json={**DOCUMENTED, **changes})
    refused(answer, 422, "VALIDATION_ERROR", field=field)


def test_groups_are_listed_newest_first_by_any_filter(demo_client, group_id):
    made = [
        done(demo_client.post(GROUPS, json={**DOCUMENTED, **changes}), 201)
        for changes in (
            {"type": "village_bank"},
            {"facilitator_id": "user_branch_manager_001"},
            {"external_id": "g-3"},
        )
    ]
    ids = [one["id"] for one in made]
    seen = {one["id"]: one for one in demo_client.get(GROUPS, params={"limit": 100}).json()["data"]}
    assert {*ids, group_id, "grp_village_003"} == set(seen)
    for query in (
        {"status": "ACTIVE"},
        {"status": "FORMING"},
        {"type": "village_bank"},
        {"facilitator_id": "user_branch_manager_001"},
        {"external_id": "g-3"},
        {"branch_id": "brn_main"},
        {"branch_id": "brn_none"},
    ):
        ((name, value),) = query.items()
        found = demo_client.get(GROUPS, params={**query, "limit": 100}).json()["data"]
        expected = [one for one in seen.values() if one[name] == value]
        assert found == sorted(expected, key=lambda g: (g["created_at"], g["id"]), reverse=True)
    since = {"created_at.gte": "2024-01-15T00:00:00Z"}
    assert len(demo_client.get(GROUPS, params=since).json()["data"]) == 4
    until = {"created_at.lt": "2024-01-15T00:00:00Z"}
    assert [g["id"] for g in demo_client.get(GROUPS, params=until).json()["data"]] == [
        "grp_village_003"
    ]
    first = demo_client.get(GROUPS, params={"limit": 2}).json()
    rest = demo_client.get(GROUPS, params={"limit": 4, "cursor": first["next_cursor"]}).json()
    assert len({one["id"] for one in first["data"] + rest["data"]}) == 5


def test_only_what_is_sent_changes_and_only_what_was_read(demo_client, group_id):
    group = demo_client.get(f"{GROUPS}/{group_id}").json()
    path = f"{GROUPS}/{group_id}"
    changed = done(demo_client.patch(path, json={"common_fund_contribution": 12.5, "name": "X"}))
    assert (changed["common_fund_contribution"], changed["name"]) == (12.5, "X")
    assert changed["max_members"] == group["max_members"]
    stale = demo_client.patch(path, json={"name": "Y"}, headers={"If-Match": group["etag"]})
    refused(stale, 409, "CONFLICT")
    refused(demo_client.patch(path, json={"name": None}), 422, "VALIDATION_ERROR", "null")
    refused(demo_client.patch(path, json={"currency": "EUR"}), 422, "VALIDATION_ERROR")
    assert done(demo_client.patch(path, json={"facilitator_id": None}))["facilitator_id"] is None


def test_a_group_is_held_back_set_to_work_and_closed(demo_client, demo_checker, group_id):
    path = f"{GROUPS}/{group_id}"
    held = done(
        demo_client.post(f"{path}/suspend", json={"reason": "flood", "until": "2024-03-01"})
    )
    assert (held["status"], held["suspended_until"]) == ("SUSPENDED", "2024-03-01")
    again = refused(demo_client.post(f"{path}/suspend", json={"reason": "x"}), 409, "CONFLICT")
    assert "activate" in again["detail"]
    assert done(demo_client.post(f"{path}/activate"))["status"] == "ACTIVE"
    refused(demo_client.post(f"{path}/close", json={"reason": "x"}), 403, "FORBIDDEN")
    closed = done(demo_checker.post(f"{path}/close", json={"reason": "merged"}))
    assert (closed["status"], closed["member_count"]) == ("CLOSED", 0)


def test_the_roster_now_and_before(demo_client, group_id):
    path = f"{GROUPS}/{group_id}/members"
    chair = done(demo_client.post(f"{path}/{BADIA}/role", json={"role": "chair"}))
    assert [held["role"] for held in chair["roles"]] == ["member", "chair"]
    taken = demo_client.post(f"{path}/cpty_carima/role", json={"role": "chair"})
    refused(taken, 409, "CONFLICT")
    left = done(demo_client.post(f"{path}/cpty_dalal/leave", json={"reason": "moved"}))
    assert (left["status"], left["left_on"]) == ("LEFT", "2024-01-15")
    counts = {
        status: len(demo_client.get(path, params={"status": status}).json()["data"])
        for status in ("ACTIVE", "LEFT", "ALL")
    }
    assert counts == {"ACTIVE": 3, "LEFT": 1, "ALL": 4}
    elsewhere = demo_client.post(path, json={"party_id": "cpty_borrower_001"})
    refused(elsewhere, 409, "CONFLICT", "in_another_group")
    twice = refused(demo_client.post(path, json={"party_id": BADIA}), 422, "SHARIAH_VIOLATION")
    assert twice["errors"][0]["rule_id"] == "KFL-13"
    refused(demo_client.post(path, json={"party_id": "cpty_nobody"}), 404, "NOT_FOUND")
    back = done(demo_client.post(path, json={"party_id": "cpty_dalal", "role": "secretary"}), 201)
    assert (back["role"], back["joined_on"]) == ("secretary", "2024-01-15")


def test_a_meeting_moved_moves_what_is_due_on_it(demo_client, group_id, late):
    path = f"{GROUPS}/{group_id}"
    refused(demo_client.get(f"{path}/meeting-calendar"), 404, "NOT_FOUND")
    agreed = {
        "frequency": "monthly", "day_of_month": 1, "place": "School", "time": "09:30",
        "starts_on": "2024-02-01", "periods": 3,
    }  # fmt: skip
    made = done(demo_client.post(f"{path}/meeting-calendar", json=agreed), 201)
    assert {name: made[name] for name in agreed} == agreed
    assert demo_client.get(f"{path}/meeting-calendar").json() == made
    both = {**agreed, "weekday": "monday"}
    refused(
        demo_client.post(f"{path}/meeting-calendar", json=both), 422, "VALIDATION_ERROR",
        "meeting_rule",
    )  # fmt: skip
    query = {"from": "2024-02-01", "to": "2024-03-31"}
    found = demo_client.get(f"{path}/meetings", params=query).json()["data"]
    assert [one["meets_on"] for one in found] == ["2024-02-01", "2024-03-01"]
    meeting = f"{path}/meetings/{found[0]['id']}"
    early = demo_client.post(f"{meeting}/move", json={"to": "2024-01-30", "reason": "feast"})
    assert refused(early, 422, "SHARIAH_VIOLATION")["errors"][0]["rule_id"] == "QRD-15"
    moved = done(demo_client.post(f"{meeting}/move", json={"to": "2024-02-06", "reason": "rain"}))
    assert (moved["moved_from"], moved["moved_to"]) == ("2024-02-01", "2024-02-06")
    assert moved["loan_ids"] == [late]
    schedule = demo_client.get(f"{RAIL}/loans/{late}/schedule").json()
    assert "2024-02-06" in str(schedule)
    assert "2024-02-01" not in str(schedule)
    ahead = demo_client.post(f"{meeting}/minutes", json={"text": "x"})
    refused(ahead, 409, "CONFLICT")


def test_a_past_meeting_has_minutes_and_attendance(demo_client, group_id):
    path = f"{GROUPS}/{group_id}"
    weekly = {
        "frequency": "weekly", "weekday": "monday", "place": "School", "time": "09:30",
        "starts_on": "2024-01-15", "periods": 2,
    }  # fmt: skip
    done(demo_client.post(f"{path}/meeting-calendar", json=weekly), 201)
    today = demo_client.get(f"{path}/meetings").json()["data"][0]
    meeting = f"{path}/meetings/{today['id']}"
    held = done(
        demo_client.post(f"{meeting}/attendance", json={"marks": {BADIA: "P", "cpty_amina": "AA"}})
    )
    assert (held["status"], held["attendance"]) == ("HELD", {BADIA: "P", "cpty_amina": "AA"})
    done(demo_client.post(f"{meeting}/minutes", json={"text": "All agreed."}))
    assert demo_client.get(meeting).json()["minutes"] == "All agreed."
    refused(
        demo_client.post(f"{meeting}/attendance", json={"marks": {BADIA: "X"}}), 422,
        "VALIDATION_ERROR",
    )  # fmt: skip
    stranger = demo_client.post(f"{meeting}/attendance", json={"marks": {"cpty_borrower": "P"}})
    refused(stranger, 404, "NOT_FOUND")


def test_a_guarantee_is_explained_given_and_withdrawn(demo_client, group_id):
    path = f"{GROUPS}/{group_id}/guarantees"
    told = demo_client.get(f"{path}/preview", params={"guarantor_id": BADIA, "cap": "400"}).json()
    assert (told["max_call"], told["shared_by"], told["rule_id"]) == (0, 3, "DIS-04")
    body = a_guarantee()
    made = done(demo_client.post(path, json=body), 201)
    assert {name: made[name] for name in body} == body
    assert (made["status"], made["called"], made["available"]) == ("ACTIVE", 0, 400)
    assert demo_client.get(f"{path}/{made['id']}").json() == made
    assert demo_client.get(path, params={"guarantor_id": BADIA}).json()["data"] == [made]
    assert demo_client.get(path, params={"status": "WITHDRAWN"}).json()["data"] == []
    gone = done(demo_client.post(f"{path}/{made['id']}/withdraw", json={"reason": "less work"}))
    assert (gone["status"], gone["ended_on"]) == ("WITHDRAWN", "2024-01-15")


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"fee": 4}, {"KFL-01"}),  # one per cent of the cap
        ({"consent": {**a_guarantee()["consent"], "given_by": "cpty_amina"}}, {"KFL-02"}),
        ({"consent": {}}, {"KFL-02", "DIS-04"}),
        ({"cap": 0}, {"KFL-02"}),
        ({"to": "2023-11-30"}, {"KFL-02"}),
    ],
)
def test_a_guarantee_that_breaks_a_rule_names_it(demo_client, group_id, changes, rules):
    answer = demo_client.post(f"{GROUPS}/{group_id}/guarantees", json=a_guarantee(**changes))
    body = refused(answer, 422, "SHARIAH_VIOLATION")
    assert {one["rule_id"] for one in body["errors"]} == rules


def test_a_call_is_paid_by_the_guarantor_and_recovered_from_the_debtor(demo_client, group_id, late):
    done(demo_client.post(f"{GROUPS}/{group_id}/guarantees", json=a_guarantee()), 201)
    calls = f"{GROUPS}/{group_id}/guarantee-calls"
    asked_for = {"loan_id": late, "amount": 60, "rule": "equal", "reason": "two months late"}
    call = done(demo_client.post(calls, json=asked_for), 201)
    assert (call["status"], call["overdue"], call["amount"]) == ("OPEN", 100, 60)
    assert [(one["payer_id"], one["amount"]) for one in call["shares"]] == [(BADIA, 60)]
    refused(demo_client.post(calls, json=asked_for), 409, "CONFLICT")
    payments = f"{RAIL}/guarantee-calls/{call['id']}/payments"
    refused(
        demo_client.post(payments, json={"payer_id": BADIA, "amount": 61}), 422,
        "VALIDATION_ERROR", "exceeds_share",
    )  # fmt: skip
    refused(
        demo_client.post(payments, json={"payer_id": "x", "amount": 1}), 422, "VALIDATION_ERROR"
    )
    headers = {"Idempotency-Key": "pay-once"}
    body = {"payer_id": BADIA, "amount": 60}
    paid = done(demo_client.post(payments, json=body, headers=headers), 201)
    assert demo_client.post(payments, json=body, headers=headers).json() == paid
    assert (paid["call"]["status"], paid["call"]["outstanding"]) == ("PAID", 0)
    loan = demo_client.get(f"{RAIL}/loans/{late}").json()
    assert loan["balance"]["outstanding"] == 1140
    recourse = paid["recourse"]
    assert (recourse["creditor_id"], recourse["debtor_id"]) == (BADIA, "cpty_amina")
    recoveries = f"{RAIL}/recourses/{recourse['id']}/recoveries"
    grown = refused(
        demo_client.post(recoveries, json={"amount": 10, "charge": 1}), 422, "SHARIAH_VIOLATION"
    )
    assert grown["errors"][0]["rule_id"] == "KFL-06"
    back = done(demo_client.post(recoveries, json={"amount": 10, "note": "harvest"}), 201)
    assert (back["recovered"], back["outstanding"], back["status"]) == (10, 50, "OPEN")
    assert demo_client.get(f"{GROUPS}/{group_id}/recourses").json()["data"] == [back]
    assert demo_client.get(f"{RAIL}/recourses/{recourse['id']}").json() == back
    assert demo_client.get(calls, params={"status": "PAID"}).json()["data"] == [paid["call"]]
    refused(
        demo_client.post(f"{RAIL}/guarantee-calls/{call['id']}/cancel", json={"reason": "x"}),
        409, "CONFLICT",
    )  # fmt: skip


def test_another_institutions_group_is_not_there(client, other_client):
    made = done(client.post(GROUPS, json={"name": "H", "type": "solidarity", "id": "grp_h"}), 201)
    for path in ("", "/members", "/meetings", "/guarantees", "/guarantee-calls", "/recourses"):
        refused(other_client.get(f"{GROUPS}/{made['id']}{path}"), 404, "NOT_FOUND")
    refused(other_client.post(f"{GROUPS}/{made['id']}/activate"), 404, "NOT_FOUND")
