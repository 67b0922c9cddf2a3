"""Cost studies over HTTP: what a loan costs, to the cent, and who agreed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sanduq.kit.json import loads
from tests.conftest import client_with
from tests.make.offers import a_line, a_study

STUDIES = "/v1/rails/microfinance/cost-studies"


@pytest.fixture
def finance(db):
    return client_with(db, "sk_test_finance")


@pytest.fixture
def shariah(db):
    return client_with(db, "sk_test_shariah")


def agree(client, study, capacity, **headers):
    return client.post(
        f"{STUDIES}/{study['id']}/approve", json={"capacity": capacity}, headers=headers
    )


@pytest.mark.parametrize(
    ("changes", "direct_cost", "fee_limit"),
    [
        # 4,120.00 over 100 loans; a fee of 40.00 is within it
        ({}, "4120", "41.2"),
        # 3,150.00 over 100 loans; a fee of 40.00 is above it
        ({"lines": [a_line("field_visit_third_party", "3150.00")]}, "3150", "31.5"),
        # of 4,120.00 donors paid 2,000.00, twenty for each loan
        ({"subsidy": 2000}, "4120", "21.2"),
        # 100.00 over 3 loans: the fraction never favours the lender
        ({"lines": [a_line("courier", 100)], "loan_count": 3}, "100", "33.33"),
        # what is declared indirect does not count, and a subsidy never makes a cost negative
        (
            {"lines": [a_line("courier", 10), a_line("rent", 90, is_indirect=True)],
             "loan_count": 1, "subsidy": 11},
            "10", "0",
        ),
    ],
)  # fmt: skip
def test_the_most_a_fee_may_be_is_the_direct_cost_less_what_donors_paid(
    client, changes, direct_cost, fee_limit
):
    answer = client.post(STUDIES, json=a_study(**changes))
    assert answer.status_code == 201
    body = loads(answer.content)
    assert Decimal(body["direct_cost"]) == Decimal(direct_cost)
    assert Decimal(body["fee_limit"]) == Decimal(fee_limit)


def test_a_study_is_approved_when_both_sides_have_agreed(client, finance, shariah):
    study = client.post(STUDIES, json=a_study()).json()
    assert (study["status"], study["approvals"]) == (
        "PENDING_APPROVAL",
        {"finance": None, "shariah": None},
    )
    half = agree(finance, study, "finance").json()
    assert half["status"] == "PENDING_APPROVAL"
    whole = agree(shariah, study, "shariah").json()
    assert whole["status"] == "APPROVED"
    assert whole["approvals"] == {
        "finance": {"user_id": "user_finance", "at": "2024-01-15T10:30:00Z"},
        "shariah": {"user_id": "user_shariah", "at": "2024-01-15T10:30:00Z"},
    }
    assert client.get(f"{STUDIES}/{study['id']}").json() == whole


def test_the_maker_may_not_agree_and_an_office_agrees_once(client, finance):
    study = client.post(STUDIES, json=a_study()).json()
    assert agree(client, study, "finance").status_code == 403
    assert agree(finance, study, "shariah").status_code == 403
    assert agree(finance, study, "finance").status_code == 200
    assert agree(finance, study, "finance").status_code == 409
    assert agree(finance, study, "board").json()["code"] == "VALIDATION_ERROR"


def test_an_agreement_to_what_was_read_before_a_change_is_refused(client, finance, shariah):
    study = client.post(STUDIES, json=a_study()).json()
    assert client.get(f"{STUDIES}/{study['id']}").headers["etag"] == study["etag"]
    assert agree(finance, study, "finance").status_code == 200
    stale = agree(shariah, study, "shariah", **{"If-Match": study["etag"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "CONFLICT")


def test_an_indirect_cost_is_refused_with_its_rule_and_its_source(client):
    refused = client.post(STUDIES, json=a_study(lines=[a_line("salaries", 10)]))
    assert (refused.status_code, refused.json()["code"]) == (422, "SHARIAH_VIOLATION")
    (found,) = refused.json()["errors"]
    assert (found["rule_id"], found["code"]) == ("QRD-04", "QARD_COST_INDIRECT")
    assert (found["severity"], found["observed"]) == ("block", "salaries")
    assert found["source"] == "AAOIFI SS 19 9/2"
    assert client.get(STUDIES).json()["data"] == []


@pytest.mark.parametrize("amount", ["1.001", "-1", "NaN", "1e3", True, None])
def test_an_amount_that_is_not_exact_is_refused(client, amount):
    refused = client.post(STUDIES, json=a_study(lines=[a_line("courier", amount)]))
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "lines.0.amount")


def test_studies_are_listed_newest_first_and_found_by_currency_and_external_id(client):
    made = [
        client.post(STUDIES, json=a_study(currency=code, external_id=f"s-{n}")).json()
        for n, code in enumerate(["USD", "EUR", "USD", "USD"])
    ]
    for query in (
        {},
        {"currency": "USD"},
        {"currency": "EUR"},
        {"currency": "TND"},
        {"external_id": "s-2"},
        {"product_type": "qard_hasan", "currency": "USD"},
    ):
        wanted = [s for s in made[::-1] if all(s[name] == query[name] for name in query)]
        assert client.get(STUDIES, params=query).json()["data"] == wanted
    first = client.get(STUDIES, params={"limit": 3}).json()
    rest = client.get(STUDIES, params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert first["data"] + rest["data"] == made[::-1]


def test_the_study_of_another_institution_is_not_found(client, other_client):
    study = client.post(STUDIES, json=a_study()).json()
    assert other_client.get(f"{STUDIES}/{study['id']}").status_code == 404
    assert agree(other_client, study, "finance").status_code == 404
