"""Tariffs of others over HTTP: shown, computed, compared, and never charged."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest

from sanduq.kit.json import loads
from tests.make.fees import active_fee_policy

TARIFFS = "/v1/rails/rahnu/tariffs"
THE_PAPERS = {"value": 10000, "margin": 0.70, "months": 6, "start_date": "2012-01-01"}
CODES = {
    ("RHN-10", "CUSTODY_FEE_EXCEEDS_COST"),
    ("RHN-11", "CUSTODY_FEE_LINKED_TO_LOAN"),
    ("RHN-12", "CUSTODY_FEE_DISCRIMINATES"),
}
IDS = [
    "trf_bank_rakyat",
    "trf_rhb_islamic",
    "trf_agro_bank",
    "trf_by_loan_amount",
    "trf_by_margin",
]


def test_the_tariffs_are_listed_for_comparison_only(client):
    found = client.get(TARIFFS).json()
    assert [each["id"] for each in found["data"]] == IDS
    assert all(each["is_for_comparison_only"] for each in found["data"])
    assert {each["period"] for each in found["data"]} == {"month"}
    one = client.get(f"{TARIFFS}/trf_by_margin").json()
    assert one == found["data"][-1]
    assert [tier["rate_per_100_max"] for tier in one["tiers"]] == [0.1, 0.5, 0.6, 0.75]
    assert client.get(f"{TARIFFS}/trf_unknown").status_code == 404


def test_the_papers_example_to_the_cent(client):
    body = loads(
        client.post(
            f"{TARIFFS}/trf_agro_bank/quote", json={**THE_PAPERS, "rate_per_100": "0.70"}
        ).content
    )
    assert (body["loan"], body["end_date"]) == (7000, "2012-07-01")
    assert body["low"] == body["high"]
    assert body["low"] == {
        "fee_monthly": 70,
        "fee_total": 420,
        "total_redemption": 7420,
        "fee_total_by_day": Decimal("417.7"),
        "flat_cost": Decimal("0.06"),
        "simple_annual_rate": Decimal("0.12"),
        "effective_rate_at_maturity_by_month": Decimal("0.1236"),
        "effective_rate_at_maturity_by_day": Decimal("0.12396"),
        "effective_rate_paid_monthly": Decimal("0.126825"),
        "effective_rate_deducted_up_front": Decimal("0.131734"),
    }


def test_a_gap_between_tiers_is_told_and_filled_only_when_asked(client):
    between = {**THE_PAPERS, "margin": 0.505}
    told = client.post(f"{TARIFFS}/trf_by_margin/quote", json=between).json()
    assert (told["tier"], told["reason"], told["low"]) == (None, "no_tier", None)
    filled = client.post(
        f"{TARIFFS}/trf_by_margin/quote", json={**between, "gaps": "upper_tier"}
    ).json()
    assert filled["low"]["fee_monthly"] == 60


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"loan": 7000}, "loan"),
        ({"margin": None}, "loan"),
        ({"margin": "1.01"}, "loan"),
        ({"value": 0}, "value"),
        ({"value": "1.001"}, "value"),
        ({"rate_per_100": "0.9"}, "rate_per_100"),
    ],
)
def test_a_case_of_the_wrong_shape_is_refused_by_field(client, changes, field):
    refused = client.post(f"{TARIFFS}/trf_agro_bank/quote", json={**THE_PAPERS, **changes})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize("profile", ["AAOIFI", "MY_BNM"])
@pytest.mark.parametrize("tariff_id", IDS)
def test_no_tariff_that_follows_the_loan_is_ever_activated(owner_url, client, tariff_id, profile):
    with psycopg.connect(owner_url) as connection:
        connection.execute("update access.institution set shariah_profile = %s", (profile,))
    refused = client.post(f"{TARIFFS}/{tariff_id}/activate", json={})
    assert (refused.status_code, refused.json()["code"]) == (422, "SHARIAH_VIOLATION")
    found = {(each["rule_id"], each["code"]) for each in refused.json()["errors"]}
    assert found == CODES
    assert {each["severity"] for each in refused.json()["errors"]} == {"block"}


def test_the_same_pledge_under_every_tariff_and_our_own_fee(client, work):
    policy = active_fee_policy(work)
    sent = {
        "currency": "USD",
        "weight_grams": 50,
        "fineness": 999,
        "value": 10000,
        "loan": 7000,
        "months": 6,
        "start_date": "2012-01-01",
        "fee_policy_id": policy.fee_policy_id,
    }
    found = client.post(f"{TARIFFS}/compare", json=sent).json()
    assert found["own"]["weight"]["fee_total"] == 120
    assert found["own"]["weight"]["simple_annual_rate"] == 0.034286
    assert found["fine_weight_grams"] == 49.95
    fees = {each["tariff_id"]: each["high"]["fee_total"] for each in found["tariffs"]}
    assert fees == {
        "trf_bank_rakyat": 450,
        "trf_rhb_islamic": 480,
        "trf_agro_bank": 450,
        "trf_by_loan_amount": 450,
        "trf_by_margin": 450,
    }
    smaller = client.post(f"{TARIFFS}/compare", json={**sent, "loan": 1000}).json()
    assert smaller["own"]["weight"]["fee_total"] == 120  # the loan never changes our own
    assert [each["reason"] for each in smaller["tariffs"]] == [
        "no_tier", "no_tier", "no_tier", "no_tier", None,
    ]  # fmt: skip
    assert client.post(f"{TARIFFS}/compare", json={**sent, "currency": "EUR"}).status_code == 422


def test_nothing_is_compared_with_a_policy_of_another_institution(client, other_client, work):
    policy = active_fee_policy(work)
    sent = {
        "currency": "USD", "weight_grams": 1, "value": 100, "loan": 0, "months": 1,
        "fee_policy_id": policy.fee_policy_id,
    }  # fmt: skip
    assert client.post(f"{TARIFFS}/compare", json=sent).status_code == 200
    assert other_client.post(f"{TARIFFS}/compare", json=sent).status_code == 404
