"""Custody fees over HTTP: drawn up, approved by the Shariah reviewer, quoted month by month."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sanduq.kit.json import loads
from tests.conftest import client_with
from tests.make.counting import CountedDatabase, statements
from tests.make.fees import a_cost, a_custody_ruling, a_custody_study, a_fee_policy, approved_study

POLICIES = "/v1/rails/rahnu/fee-policies"
STUDIES = "/v1/rails/rahnu/custody-cost-studies"
APPROVALS = "/v1/approvals"


@pytest.fixture
def finance(db):
    return client_with(db, "sk_test_finance")


@pytest.fixture
def shariah(db):
    return client_with(db, "sk_test_shariah")


def test_a_study_is_recorded_and_agreed_to_in_both_offices(client, finance, shariah):
    study = loads(client.post(STUDIES, json=a_custody_study()).content)
    assert study["status"] == "PENDING_APPROVAL"
    assert (study["per_gram_month"], study["per_item_month"]) == (Decimal("0.4"), 1)
    assert [line["is_counted"] for line in study["lines"]] == [True, True, True]
    path = f"{STUDIES}/{study['id']}"
    assert client.post(f"{path}/approve", json={"capacity": "finance"}).status_code == 403
    assert finance.post(f"{path}/approve", json={"capacity": "finance"}).status_code == 200
    whole = shariah.post(f"{path}/approve", json={"capacity": "shariah"}).json()
    assert whole["status"] == "APPROVED"
    assert whole["approvals"]["shariah"]["user_id"] == "user_shariah"
    read = client.get(path)
    assert (read.json(), read.headers["etag"]) == (whole, whole["etag"])


def test_a_study_with_wages_is_refused_by_its_line(client):
    refused = client.post(
        STUDIES, json=a_custody_study(lines=[a_cost("salaries", "item", 5)])
    ).json()
    assert (refused["code"], refused["errors"][0]["field"]) == ("VALIDATION_ERROR", "lines.0.kind")


def test_a_policy_goes_from_draft_to_active_to_retired(client, shariah, work):
    approved_study(work)
    made = client.post(POLICIES, json=a_fee_policy()).json()
    assert (made["type"], made["status"]) == ("fee_policy", "DRAFT")
    path = f"{POLICIES}/{made['id']}"
    assert client.post(f"{path}/approve", json={}).status_code == 403
    wanting = shariah.post(f"{path}/approve", json={})
    assert (wanting.status_code, wanting.json()["code"]) == (409, "FEE_POLICY_NO_RESOLUTION")
    ruling = a_custody_ruling(work)
    active = shariah.post(f"{path}/approve", json={"resolution_id": ruling}).json()
    assert (active["status"], active["resolution_id"]) == ("ACTIVE", ruling)
    assert active["custody_cost_study_id"].startswith("ccs_")
    assert client.get(path).json() == active
    assert client.post(f"{path}/retire", json={}).json()["status"] == "RETIRED"


def test_a_policy_is_approved_from_the_inbox_as_on_its_own_path(client, shariah, work):
    approved_study(work)
    made = client.post(POLICIES, json=a_fee_policy(resolution_id=a_custody_ruling(work))).json()
    (waiting,) = [
        each
        for each in shariah.get(APPROVALS, params={"status": "PENDING"}).json()["data"]
        if each["subject_id"] == made["id"]
    ]
    assert shariah.post(f"{APPROVALS}/{waiting['id']}/approve", json={}).status_code == 200
    assert client.get(f"{POLICIES}/{made['id']}").json()["status"] == "ACTIVE"


def test_a_fee_that_reads_the_loan_is_refused_with_its_rules_and_their_source(client):
    ladder = "(0.10 + (0.75 - 0.10) * margin / 0.70) * value / 100"
    refused = client.post(POLICIES, json=a_fee_policy(expression=ladder))
    assert (refused.status_code, refused.json()["code"]) == (422, "SHARIAH_VIOLATION")
    found = {each["rule_id"]: each for each in refused.json()["errors"]}
    assert {rule: each["code"] for rule, each in found.items()} == {
        "RHN-11": "CUSTODY_FEE_LINKED_TO_LOAN",
        "RHN-12": "CUSTODY_FEE_DISCRIMINATES",
    }
    assert "SS 57 5/4/2" in found["RHN-11"]["source"]
    # A kilogram at 200 a gram for a year: 0.10 for every 100 a month, or 0.75.
    assert (found["RHN-12"]["limit"], found["RHN-12"]["observed"]) == ("2400.00", "18000.00")
    assert client.get(POLICIES).json()["data"] == []


def test_a_quote_is_the_same_with_a_loan_and_without_month_by_month(client):
    made = client.post(POLICIES, json=a_fee_policy()).json()
    sent = {"weight_grams": 50, "months": 6, "start_date": "2012-01-01"}
    quotes = [
        client.post(f"{POLICIES}/{made['id']}/quote", json={**sent, "with_loan": with_loan}).json()
        for with_loan in (True, False)
    ]
    assert {**quotes[0], "with_loan": False} == quotes[1]
    found = quotes[0]
    assert found["fee_monthly"] == 20
    assert found["total"] == found["total_with_loan"] == found["total_without_loan"] == 120
    assert (found["start_date"], found["end_date"]) == ("2012-01-01", "2012-07-01")
    assert [line["total"] for line in found["months"]] == [20, 40, 60, 80, 100, 120]
    assert found["months"][1]["from_date"] == "2012-02-01"
    by_days = client.post(
        f"{POLICIES}/{made['id']}/quote",
        json={"weight_grams": 50, "days": 45, "start_date": "2012-01-01"},
    )
    # A month, and 14 of the 29 days of February: 20.00 + 9.6551…
    assert loads(by_days.content)["total"] == Decimal("29.65")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"weight_grams": 0}, "weight_grams"),
        ({"weight_grams": "1.0001"}, "weight_grams"),
        ({"volume_cm3": "NaN"}, "volume_cm3"),
        ({"takaful_premium": -1}, "takaful_premium"),
    ],
)
def test_things_that_cannot_be_weighed_exactly_are_refused(client, changes, field):
    made = client.post(POLICIES, json=a_fee_policy()).json()
    sent = {"weight_grams": 50, "months": 6, **changes}
    refused = client.post(f"{POLICIES}/{made['id']}/quote", json=sent)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize("length", [{}, {"months": 1, "days": 1}, {"months": 0}])
def test_a_quote_is_for_months_or_for_days(client, length):
    made = client.post(POLICIES, json=a_fee_policy()).json()
    sent = {"weight_grams": 50, **length}
    assert client.post(f"{POLICIES}/{made['id']}/quote", json=sent).status_code == 422


def test_policies_are_listed_newest_first_and_found_by_status_currency_and_external_id(client):
    made = [
        client.post(POLICIES, json=a_fee_policy(currency=code, external_id=f"p-{n}")).json()
        for n, code in enumerate(["USD", "EUR", "USD", "USD"])
    ]
    for query in (
        {},
        {"currency": "USD"},
        {"currency": "TND"},
        {"external_id": "p-2"},
        {"status": "DRAFT", "currency": "EUR"},
        {"status": "ACTIVE"},
    ):
        wanted = [p for p in made[::-1] if all(p[name] == query[name] for name in query)]
        assert client.get(POLICIES, params=query).json()["data"] == wanted
    first = client.get(POLICIES, params={"limit": 3}).json()
    rest = client.get(POLICIES, params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert first["data"] + rest["data"] == made[::-1]


def test_studies_are_listed_newest_first(client):
    made = [
        client.post(STUDIES, json=a_custody_study(currency=code, external_id=code)).json()
        for code in ("USD", "EUR", "MYR")
    ]
    assert client.get(STUDIES).json()["data"] == made[::-1]
    assert client.get(STUDIES, params={"currency": "EUR"}).json()["data"] == [made[1]]
    assert client.get(STUDIES, params={"external_id": "MYR"}).json()["data"] == [made[2]]


def test_a_longer_list_asks_no_more_statements(client, owner_url):
    for place in range(8):
        client.post(POLICIES, json=a_fee_policy(name=f"Keeping {place}"))
        client.post(STUDIES, json=a_custody_study())
    with CountedDatabase(owner_url) as counted:
        reader = client_with(counted, "sk_test_maker")
        for path in (POLICIES, STUDIES):
            reader.get(path)
            few = statements(lambda path=path: reader.get(path, params={"limit": 1}))
            assert statements(lambda path=path: reader.get(path, params={"limit": 8})) == few


def test_what_another_institution_keeps_is_not_found(client, other_client):
    made = client.post(POLICIES, json=a_fee_policy()).json()
    study = client.post(STUDIES, json=a_custody_study()).json()
    path = f"{POLICIES}/{made['id']}"
    assert other_client.get(path).status_code == 404
    assert other_client.post(f"{path}/approve", json={}).status_code == 404
    assert other_client.post(f"{path}/retire", json={}).status_code == 404
    quote = {"weight_grams": 1, "months": 1}
    assert other_client.post(f"{path}/quote", json=quote).status_code == 404
    assert other_client.get(f"{STUDIES}/{study['id']}").status_code == 404
