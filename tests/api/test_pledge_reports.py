"""Reports on pledges, custody costs and their true-up over HTTP."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sanduq.kit.json import loads
from tests.coherent import assert_coherent
from tests.conftest import client_with
from tests.make.counting import CountedDatabase, statements
from tests.make.margins import price
from tests.make.pledges import active_pledge, open_shop

REPORTS = "/v1/reports/pledges"
COSTS = "/v1/rails/rahnu/custody-costs"
PATHS = ("", "/maturities", "/ltv", "/margin", "/custody-fees", "/vault", "/auctions")
A_COST = {
    "kind": "vault_rent", "amount": 12.5, "currency": "USD", "incurred_on": "2024-01-10",
    "receipt_reference": "R-1",
}  # fmt: skip


@pytest.fixture
def pledged(work):
    """A bar of 50 g, 9,999.00, for 5,000.00."""
    return active_pledge(open_shop(work))


@pytest.fixture
def finance(db):
    return client_with(db, "sk_test_finance")


def test_the_book_is_told_by_currency_and_part(client, pledged):
    answer = client.get(REPORTS, params={"by": "branch", "currency": "USD"})
    assert answer.status_code == 200
    body = loads(answer.content)
    assert (body["type"], body["as_of"], body["by"]) == ("pledge_book", "2024-01-15", "branch")
    (total,), (part,) = body["totals"], body["data"]
    assert (part["key"], part["pledges"], part["name"]) == ("brn_main", 1, "Main branch")
    assert total["gross_weight_grams"] == 50
    assert total["fine_weight_grams"] == Decimal("49.995")
    assert (total["appraised_value"], total["debt_outstanding"]) == (9999, 5000)
    assert total["secured_amount"] == Decimal("6999.3")
    # 5,000 ÷ 9,999
    assert total["ltv"] == {
        "value": Decimal("0.50005"),
        "percent": Decimal("50.01"),
        "reason": None,
    }
    assert body["waiting"] == []


def test_terms_ratios_and_the_watch_list_have_their_lines(client, work, pledged):
    months = client.get(f"{REPORTS}/maturities").json()["data"]
    assert [line["bucket"] for line in months] == ["all", f"{pledged.matures_on:%Y-%m}"]
    ratios = client.get(f"{REPORTS}/ltv").json()["data"]
    assert [line["bucket"] for line in ratios if line["pledges"]] == ["all", "up_to_60"]
    assert client.get(f"{REPORTS}/margin").json()["data"] == []
    price(work, "115")
    url = f"/v1/rails/rahnu/contracts/{pledged.contract_id}/revalue"
    assert client.post(url, json={}).status_code in (200, 201)
    body = loads(client.get(f"{REPORTS}/margin", params={"page": 1}).content)
    (line,) = body["data"]
    # 50 g of 999.9 at 115.00: 5,749.42, rounded down; 5,000 of it is 86.97%, rounded up
    assert (line["appraised_value"], line["ltv"]) == (Decimal("5749.42"), Decimal("0.8697"))
    assert (line["flag"], line["cure_by"], line["days_left"]) == ("call", "2024-01-22", 7)
    # 5,000 ÷ (49.995 g × 0.85)
    assert line["call_price_per_gram"] == Decimal("117.66")
    assert body["pagination"]["total"] == 1
    margin = loads(client.get(url.replace("revalue", "margin")).content)
    assert margin["ltv"] == line["ltv"]


def test_custody_fees_the_vault_and_sales_are_told(client, pledged):
    fees = client.get(f"{REPORTS}/custody-fees", params={"currency": "USD"}).json()
    assert (fees["type"], fees["from_date"], fees["to_date"]) == (
        "custody_fees", "2024-01-01", "2024-01-15",
    )  # fmt: skip
    (line,) = fees["data"]
    assert (line["fee_income"], line["is_surplus"], line["cost_by_study"]) == (0, False, 0)
    (branch,) = client.get(f"{REPORTS}/vault").json()["data"]
    assert (branch["bags"], branch["things"], branch["stocktake"]) == (1, 1, None)
    (held,) = branch["values"]
    assert (held["held_value"], held["sum_covered"], held["uncovered"]) == (9999, 0, 9999)
    sold = client.get(f"{REPORTS}/auctions", params={"currency": "USD"}).json()
    assert sold["data"][0]["lots"]["price_to_reserve"]["reason"] == "no_base"
    assert sold["data"][0]["unclaimed"][0]["bucket"] == "0-7"


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("", {"as_of": "2024-01-16"}, "as_of"),
        ("", {"as_of": "2024-01-14"}, "as_of"),
        ("", {"by": "village"}, "by"),
        ("", {"day": "2024-01-15"}, "day"),
        ("/maturities", {"from": "2024-03-01", "to": "2024-02-01"}, "from"),
        ("/ltv", {"currency": "XXX"}, "currency"),
        ("/margin", {"branch_id": "brn_none"}, "branch_id"),
        ("/custody-fees", {"to": "2024-01-16"}, "to"),
        ("/vault", {"branch_id": "brn_none"}, "branch_id"),
        ("/auctions", {"from": "2024-01-10", "to": "2024-01-09"}, "from"),
    ],
)
def test_what_cannot_be_reported_is_refused_by_its_field(client, path, query, field):
    refused = client.get(REPORTS + path, params=query)
    assert refused.status_code == 422
    assert field in refused.json()["errors"][0]["field"]


def test_maturities_from_the_last_year_there_is_end_with_the_calendar(client):
    body = client.get(f"{REPORTS}/maturities", params={"from": "9999-12-31"}).json()
    assert (body["from_date"], body["to_date"]) == ("9999-12-31", "9999-12-31")


def test_reports_need_their_scope(client, checker_client, db):
    asked = {"name": "books only", "user_id": "user_finance", "scopes": ["ledger:read"]}
    made = client.post("/v1/api-keys", json=asked).json()
    assert checker_client.post(f"/v1/api-keys/{made['id']}/approve").status_code == 200
    limited = client_with(db, made["secret"])
    for path in PATHS:
        assert limited.get(REPORTS + path).status_code == 403


def test_another_institution_sees_nothing_of_it(other_client, finance, pledged):
    made = finance.post(COSTS, json=A_COST).json()
    for path in PATHS:
        body = other_client.get(REPORTS + path).json()
        assert body["data"] == []
    assert other_client.get(f"{COSTS}/{made['id']}").status_code == 404
    assert other_client.get(COSTS).json()["data"] == []


def test_a_custody_cost_is_recorded_and_taken_back(client, finance, db, pledged):
    made = finance.post(COSTS, json=A_COST)
    assert made.status_code == 201
    body = loads(made.content)
    assert (body["type"], body["amount"], body["branch_id"]) == (
        "custody_cost", Decimal("12.5"), "brn_main",
    )  # fmt: skip
    url = f"{COSTS}/{body['id']}"
    back = finance.post(f"{url}/reverse", json={"reason": "paid twice"})
    assert (back.status_code, loads(back.content)["amount"]) == (201, Decimal("-12.5"))
    assert client.get(url).json()["reversed_by"] == back.json()["id"]
    assert finance.post(f"{url}/reverse", json={"reason": "again"}).status_code == 409
    assert client.post(COSTS, json=A_COST).status_code == 403
    listed = client.get(COSTS, params={"incurred_on.lt": "2024-01-11"}).json()["data"]
    assert [one["id"] for one in listed] == [body["id"]]
    assert_coherent(db)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "salaries"}, "kind"),
        ({"amount": 0}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"branch_id": "mfl_1"}, "branch_id"),
        ({"incurred_on": "2024-01-16"}, "incurred_on"),
        ({"note": "x"}, "note"),
    ],
)
def test_a_malformed_cost_is_refused_by_its_field(finance, change, field):
    refused = finance.post(COSTS, json={**A_COST, **change})
    assert refused.status_code == 422
    assert field in refused.json()["errors"][0]["field"]


def test_fees_within_their_cost_have_no_surplus_to_true_up(client, finance, pledged):
    days = {"from": "2024-01-01", "to": "2024-01-14", "currency": "USD"}
    standing = client.get(f"{COSTS}/standing", params=days).json()
    assert (standing["type"], standing["surplus"], standing["is_surplus"]) == (
        "custody_fee_standing", 0, False,
    )  # fmt: skip
    body = {**days, "use": "charity"}
    assert finance.post(f"{COSTS}/true-up", json=body).status_code == 409
    assert client.post(f"{COSTS}/true-up", json=body).status_code == 403
    assert client.get(f"{COSTS}/true-ups", params={"currency": "USD"}).json()["data"] == []


def test_the_list_of_costs_takes_the_same_statements_however_long(owner_url, finance, pledged):
    def sent():
        with CountedDatabase(owner_url) as db:
            reader = client_with(db, "sk_test_maker")
            reader.get(COSTS)  # what a process reads once
            return statements(lambda: reader.get(COSTS))

    finance.post(COSTS, json=A_COST)
    before = sent()
    for number in range(3):
        made = finance.post(COSTS, json={**A_COST, "external_id": f"r-{number}"})
        assert made.status_code == 201
    assert sent() == before
