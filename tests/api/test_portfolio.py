"""Portfolio reports over HTTP."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from sanduq.kit.json import loads
from tests.conftest import client_with
from tests.make.groups import a_group, a_group_loan
from tests.make.loans import disbursed

REPORTS = "/v1/reports/portfolio"
SPANS = ("quality", "repayment", "sustainability", "retention")


@pytest.fixture
def lent(demo_work):
    """One loan of 2,000 with a fee of 40, paid out on 5 December; the first part is due later."""
    return disbursed(demo_work, on=date(2023, 12, 5))


def test_the_portfolio_of_a_day_says_what_is_out_and_what_is_at_risk(demo_client, lent):
    answer = demo_client.get(REPORTS, params={"by": "officer"})
    assert answer.status_code == 200
    body = loads(answer.content)
    assert (body["type"], body["as_of"], body["by"]) == ("portfolio", "2024-01-15", "officer")
    (total,) = body["totals"]
    assert (total["currency"], total["gross_portfolio"], total["loans"]) == ("USD", 2000, 1)
    assert [each["days"] for each in total["par"]] == [0, 30, 60, 90]
    assert total["par"][1]["ratio"] == {"value": 0, "percent": 0, "reason": None}
    assert total["ageing"][0] == {
        "bucket": "current", "loans": 1, "outstanding": 2000,
        "share": {"value": 1, "percent": 100, "reason": None},
    }  # fmt: skip
    (part,) = body["data"]
    assert (part["key"], part["name"]) == ("user_field_officer_001", "Salma Idris")
    assert body["leased_assets"] == []


def test_a_past_day_is_reported_as_it_was(demo_client, lent):
    before = demo_client.get(REPORTS, params={"as_of": "2023-12-04"}).json()
    assert (before["totals"], before["data"]) == ([], [])
    then = demo_client.get(REPORTS, params={"as_of": "2023-12-05", "by": "branch"}).json()
    assert then["data"][0]["key"] == "brn_main"


@pytest.mark.parametrize("report", SPANS)
def test_every_report_of_a_span_says_its_days(demo_client, lent, report):
    answer = demo_client.get(
        f"{REPORTS}/{report}", params={"from": "2023-12-01", "to": "2023-12-31", "currency": "USD"}
    )
    assert answer.status_code == 200
    body = answer.json()
    assert (body["type"], body["from_date"], body["to_date"], body["months"]) == (
        f"portfolio_{report}", "2023-12-01", "2023-12-31", 1,
    )  # fmt: skip


def test_what_has_no_base_is_null_with_its_reason(demo_client, lent):
    body = demo_client.get(f"{REPORTS}/quality", params={"currency": "MYR"}).json()
    nothing = {"value": None, "percent": None, "reason": "no_base"}
    assert body["data"][0]["write_off_ratio"] == nothing
    assert body["data"][0]["risk_coverage"] == nothing


def test_shadow_costs_change_the_financial_measure_and_need_a_currency(demo_client, lent):
    url = f"{REPORTS}/sustainability"
    query = {"from": "2023-12-01", "currency": "USD", "in_kind_subsidy": "160.00"}
    body = loads(demo_client.get(url, params=query).content)["data"][0]
    assert body["financial_self_sufficiency"]["value"] == Decimal("0.25")  # 40 ÷ 160
    assert body["operational_self_sufficiency"]["reason"] == "no_base"
    refused = demo_client.get(url, params={"in_kind_subsidy": "160"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "currency_missing")


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("", {"as_of": "2024-01-16"}, "as_of"),
        ("", {"as_of": "15.01.2024"}, "as_of"),
        ("", {"by": "village"}, "by"),
        ("", {"currency": "XXX"}, "currency"),
        ("", {"day": "2024-01-15"}, "day"),
        ("/quality", {"from": "2024-01-10", "to": "2024-01-09"}, "from"),
        ("/repayment", {"to": "2024-01-16"}, "to"),
        ("/retention", {"from": "1990-01-01"}, "from"),
        ("/sustainability", {"currency": "USD", "in_kind_subsidy": "-1"}, "in_kind_subsidy"),
    ],
)
def test_what_cannot_be_reported_is_refused_by_its_field(demo_client, path, query, field):
    refused = demo_client.get(REPORTS + path, params=query)
    assert refused.status_code == 422
    assert field in refused.json()["errors"][0]["field"]


def test_reports_need_their_scope(client, checker_client, db):
    asked = {"name": "books only", "user_id": "user_finance", "scopes": ["ledger:read"]}
    made = client.post("/v1/api-keys", json=asked).json()
    assert checker_client.post(f"/v1/api-keys/{made['id']}/approve").status_code == 200
    refused = client_with(db, made["secret"]).get(REPORTS)
    assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")
    assert client_with(db, "sk_test_finance").get(REPORTS).status_code == 200


def test_another_institution_sees_its_own_portfolio_alone(demo_db, lent):
    other = client_with(demo_db, "sk_test_maker_other")
    assert other.get(REPORTS).json()["totals"] == []


def test_a_group_reports_how_it_does(demo_work, demo_client, demo_db):
    with demo_work() as uow:
        group_id = a_group(uow).group_id
    a_group_loan(demo_work, group_id, "cpty_amina")
    url = f"/v1/rails/microfinance/groups/{group_id}/performance"
    body = loads(demo_client.get(url, params={"from": "2023-12-01"}).content)
    assert (body["id"], body["type"], body["currency"]) == (group_id, "group_performance", "USD")
    assert (body["members"], body["loans"], body["outstanding"]) == (4, 1, 1200)
    assert body["on_time_rate"] == {"value": 0, "percent": 0, "reason": None}
    assert body["contribution_rate"]["reason"] == "no_base"
    # 40 % of nothing on time and 20 % of nothing at risk, re-weighted.
    assert body["score"]["percent"] == Decimal("33.33")
    other = client_with(demo_db, "sk_test_maker_other")
    assert other.get(url).status_code == 404
    assert demo_client.get(url.replace("grp_", "mfl_")).status_code == 422
