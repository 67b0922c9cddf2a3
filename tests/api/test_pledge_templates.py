"""Pledge templates over HTTP: drawn up, approved by another under a resolution, retired."""

from __future__ import annotations

import pytest

from tests.conftest import client_with
from tests.make.counting import CountedDatabase, statements
from tests.make.offers import a_resolution
from tests.make.pledge_templates import a_clause, a_template

TEMPLATES = "/v1/rails/rahnu/templates"
RESOLUTIONS = "/v1/rails/shariah-governance/resolutions"


@pytest.fixture
def shariah(db):
    return client_with(db, "sk_test_shariah")


@pytest.fixture
def ruling(client):
    return client.post(RESOLUTIONS, json=a_resolution("GEN-01")).json()["id"]


def drawn(client, **changes):
    answer = client.post(TEMPLATES, json=a_template(**changes))
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_template_is_answered_as_it_was_sent_with_the_house_terms(client, ruling):
    sent = a_template(
        resolution_id=ruling,
        is_default=True,
        external_id="counter",
        metadata={"branch": "main"},
        licence={"kind": "islamic_pawnbroker", "number": "IPB-7", "expires_on": "2024-12-31"},
        clauses=[a_clause("The pledge stays the pledgor's."), a_clause("Le gage reste.", "fr")],
    )
    template = drawn(client, **sent)
    assert template["id"].startswith("rpt_")
    assert {name: template[name] for name in sent if name != "terms"} == {
        name: value for name, value in sent.items() if name != "terms"
    }
    assert template["terms"] == {
        "ltv_max": 0.7,
        "watch_at": 0.8,
        "margin_call_at": 0.85,
        "critical_at": 0.9,
        "hysteresis": 0.02,
        "cure_days": 7,
        "term_months_max": 6,
        "extensions_max": 1,
        "extension_months_max": 6,
        "reminder_days": 14,
        "default_notice_days": 7,
        "auction_notice_days": 14,
        "surplus_days": 7,
        "reserve": 0.9,
        "sale_tolerance": 0.02,
        "has_sale_agency": True,
        "has_owner_sale_costs": False,
        "has_owner_custody_costs": True,
        "has_top_up_clause": False,
        "cross_pledge_months": None,
        "has_use_permission": False,
        "fee_policy_id": None,
    }
    assert (template["status"], template["approved_hash"]) == ("DRAFT", None)
    assert client.get(f"{TEMPLATES}/{template['id']}").json() == template


def test_approval_takes_another_user_and_fixes_the_template(client, shariah, ruling):
    template = drawn(client, resolution_id=ruling)
    path = f"{TEMPLATES}/{template['id']}"
    own = client.post(f"{path}/approve")
    assert (own.status_code, own.json()["code"]) == (403, "FORBIDDEN")
    approved = shariah.post(f"{path}/approve", json={"reason": "as discussed"}).json()
    assert (approved["status"], approved["approved_by"]) == ("ACTIVE", "user_shariah")
    assert approved["approved_hash"] == approved["template_hash"] == template["template_hash"]
    again = shariah.post(f"{path}/approve")
    assert (again.status_code, again.json()["state"]) == (409, "ACTIVE")
    change = client.patch(path, json={"name": "x"})
    assert (change.status_code, change.json()["allowed"]) == (409, ["licence", "pledge", "retire"])
    licence = {"kind": "islamic_pawnbroker", "number": "IPB-8", "expires_on": None}
    renewed = client.post(f"{path}/licence", json=licence).json()
    assert renewed["licence"] == licence
    assert renewed["approved_hash"] == approved["approved_hash"]


def test_the_approvals_inbox_decides_a_template_like_its_own_path(client, shariah, ruling):
    for is_approved, status in ((True, "ACTIVE"), (False, "DRAFT")):
        template = drawn(client, resolution_id=ruling)
        waiting = shariah.get("/v1/approvals", params={"status": "PENDING"}).json()["data"]
        (approval,) = [each for each in waiting if each["subject_id"] == template["id"]]
        verb = "approve" if is_approved else "reject"
        answer = shariah.post(f"/v1/approvals/{approval['id']}/{verb}", json={"reason": "read"})
        assert answer.status_code == 200, answer.text
        assert client.get(f"{TEMPLATES}/{template['id']}").json()["status"] == status


def test_rhn_21_a_clause_of_forfeiture_is_refused_with_its_words(client):
    clauses = [a_clause("If it is not paid, the pledge becomes ours on default.")]
    refused = client.post(TEMPLATES, json=a_template(clauses=clauses))
    assert (refused.status_code, refused.json()["code"]) == (422, "SHARIAH_VIOLATION")
    (found,) = refused.json()["errors"]
    assert (found["rule_id"], found["code"]) == ("RHN-21", "PLEDGE_FORFEITURE")
    assert (found["field"], found["observed"]) == ("clauses.0.text", "pledge becomes ours")
    assert found["source"].startswith("AAOIFI SS 39 3/4/2")


def test_a_change_before_approval_is_based_on_what_was_read(client, ruling):
    template = drawn(client, resolution_id=ruling)
    path = f"{TEMPLATES}/{template['id']}"
    assert client.get(path).headers["etag"] == template["etag"]
    sent = {"terms": {"ltv_max": 0.6, "watch_at": "0.65"}, "resolution_id": None}
    changed = client.patch(path, json=sent, headers={"If-Match": template["etag"]}).json()
    assert (changed["terms"]["ltv_max"], changed["terms"]["watch_at"]) == (0.6, 0.65)
    assert changed["resolution_id"] is None
    assert changed["template_hash"] != template["template_hash"]
    stale = client.patch(path, json={"name": "x"}, headers={"If-Match": template["etag"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "CONFLICT")
    null = client.patch(path, json={"terms": None})
    assert (null.status_code, null.json()["errors"][0]["code"]) == (422, "null")
    unknown = client.post(TEMPLATES, json=a_template(ltv=0.7))
    assert unknown.status_code == 422


def test_templates_are_listed_newest_first_and_by_every_filter(client, shariah, ruling):
    made = [
        drawn(client, resolution_id=ruling, currency=code, external_id=f"t-{n}")
        for n, code in enumerate(["USD", "EUR", "USD"])
    ]
    made[0] = shariah.post(f"{TEMPLATES}/{made[0]['id']}/approve").json()
    retired = client.post(f"{TEMPLATES}/{made[1]['id']}/retire", json={"reason": "never used"})
    made[1] = retired.json()
    for query in (
        {},
        {"currency": "USD"},
        {"status": "ACTIVE"},
        {"status": "DRAFT", "currency": "USD"},
        {"status": "RETIRED"},
        {"external_id": "t-1"},
    ):
        wanted = [t for t in made[::-1] if all(t[name] == query[name] for name in query)]
        assert client.get(TEMPLATES, params=query).json()["data"] == wanted
    first = client.get(TEMPLATES, params={"limit": 2}).json()
    rest = client.get(TEMPLATES, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert first["data"] + rest["data"] == made[::-1]
    page = client.get(TEMPLATES, params={"page": 2, "perPage": 2}).json()
    assert (page["data"], page["pagination"]["total"]) == ([made[0]], 3)


def test_a_list_takes_as_many_statements_for_one_template_as_for_many(owner_url, client):
    with CountedDatabase(owner_url) as counted:
        reader = client_with(counted, "sk_test_maker")
        drawn(client)
        reader.get(TEMPLATES)  # the first call of a process also reads what it keeps
        few = statements(lambda: reader.get(TEMPLATES))
        for _ in range(5):
            drawn(client)
        many = statements(lambda: reader.get(TEMPLATES))
    assert few == many


def test_the_template_of_another_institution_is_not_found(client, other_client):
    path = f"{TEMPLATES}/{drawn(client)['id']}"
    assert other_client.get(path).status_code == 404
    assert other_client.patch(path, json={"name": "x"}).status_code == 404
    licence = {"kind": "k", "number": "1"}
    assert other_client.post(f"{path}/licence", json=licence).status_code == 404
    assert other_client.post(f"{path}/approve").status_code == 404
    assert other_client.post(f"{path}/retire").status_code == 404
    assert client.get(f"{TEMPLATES}/itm_1").status_code == 422
