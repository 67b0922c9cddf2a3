"""Simulations over HTTP."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from sanduq.sarf.simulation import service
from tests.coherent import assert_coherent
from tests.conftest import client_with
from tests.make.counting import CountedDatabase, statements

SIMULATIONS = "/v1/rails/sarf/simulations"
BARE = {"model": "gbm", "paths": 200, "months": 8, "seed": 7}
FIRST_DAY = [{"behaviour": "always_first_day", "share": 1}]


def made(client: Any, body: dict[str, Any], **headers: str) -> Any:
    answer = client.post(SIMULATIONS, json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


def refused(client: Any, body: dict[str, Any]) -> tuple[int, str, list[str]]:
    answer = client.post(SIMULATIONS, json=body)
    problem = answer.json()
    return answer.status_code, problem["code"], [one["field"] for one in problem.get("errors", [])]


def test_the_bare_body_is_enough(client, db):
    found = made(client, BARE)
    assert found["type"] == "sarf_simulation"
    assert (found["model"], found["paths"], found["months"], found["seed"]) == ("gbm", 200, 8, 7)
    asked = found["parameters"]
    assert (asked["currency"], asked["weight_grams"], asked["fineness"]) == ("MYR", 50, 999)
    assert (asked["prices"]["start_price"], asked["prices"]["volatility"]) == (200, 0.15)
    assert (asked["sarf"]["buy_fraction"], asked["sarf"]["cap_fraction"]) == (0.7, 0.75)
    assert asked["pledge"]["fee_per_100_per_month"] == 0.7
    results = found["results"]
    assert results["break_even_price"] == 186.666667
    assert [month["month"] for month in results["fan"]] == list(range(9))
    assert len(results["grid"]) == 25
    assert client.get(f"{SIMULATIONS}/{found['id']}").json() == found
    assert_coherent(db)


def test_an_empty_body_is_the_standard_simulation(client):
    found = made(client, {})
    assert (found["model"], found["paths"], found["months"]) == ("gbm", 10_000, 8)


@pytest.mark.parametrize(("price", "profit"), [(200, 500), (210, 875), (180, -250)])
def test_the_papers_prices_given_as_a_path(client, price, profit):
    path = [200, *[price] * 8]
    body = {"model": "given", "prices": {"given": path}, "customers": FIRST_DAY}
    found = made(client, body)
    assert found["paths"] == 1
    results = found["results"]
    assert results["sarf"]["institution"]["facility"]["mean"] == profit
    assert results["pledge"]["customer"]["mean_with_gold_back"]["money"] == 420


def test_several_paths_may_be_given(client):
    paths = [[200, *[price] * 8] for price in (200, 210, 180)]
    body = {"model": "given", "prices": {"given": paths}, "customers": FIRST_DAY}
    found = made(client, body)
    # (500 + 875 - 250) / 3
    assert found["results"]["sarf"]["institution"]["facility"]["mean"] == 375


def test_a_history_may_be_sent_as_csv_or_as_numbers(client):
    numbers = [200, 204, 199, 207, 210, 205, 208, 214, 211, 216]
    text = "price\n" + "\n".join(map(str, numbers))
    one = made(client, {"model": "historical", "prices": {"history": numbers}})
    other = made(client, {"model": "historical", "prices": {"history_csv": text}})
    assert one["paths"] == 2
    assert one["results"] == other["results"]
    body = {"model": "bootstrap", "paths": 50, "prices": {"history": numbers, "block_length": 2}}
    assert made(client, body)["results"]["paths"] == 50


def test_the_same_body_gives_the_same_results(client):
    one, other = made(client, BARE), made(client, BARE)
    assert one["id"] != other["id"]
    assert one["results"] == other["results"]
    assert made(client, BARE | {"seed": 8})["results"] != one["results"]


def test_a_repeated_key_is_answered_with_what_was_kept(client):
    key = {"Idempotency-Key": "sim-0001"}
    first = client.post(SIMULATIONS, json=BARE, headers=key)
    again = client.post(SIMULATIONS, json=BARE, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    assert len(client.get(SIMULATIONS).json()["data"]) == 1
    other = client.post(SIMULATIONS, json=BARE | {"seed": 9}, headers=key)
    assert other.status_code == 422


def test_no_transaction_is_open_while_it_is_reckoned(client, owner_url, monkeypatch):
    import psycopg

    open_ones: list[int] = []
    reckon = service.simulate

    def watched(parameters: Any) -> Any:
        with psycopg.connect(owner_url, autocommit=True) as connection:
            row = connection.execute(
                "select count(*) from pg_stat_activity where datname = current_database()"
                " and xact_start is not null and pid <> pg_backend_pid()"
                " and backend_type = 'client backend'"
            ).fetchone()
            open_ones.append(row[0])
        return reckon(parameters)

    monkeypatch.setattr(service, "simulate", watched)
    made(client, BARE)
    assert open_ones == [0]


def test_more_than_a_request_may_ask_is_refused_and_names_the_command_line(client):
    answer = client.post(SIMULATIONS, json={"paths": 2_000_000})
    assert (answer.status_code, answer.json()["code"]) == (422, "LIMIT_EXCEEDED")
    assert "10,000,000" in answer.json()["detail"]
    assert "sanduq simulate" in answer.json()["detail"]
    assert client.post(SIMULATIONS, json={"paths": 10**30}).json()["code"] == "LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"paths": 0}, "paths"),
        ({"paths": 2.5}, "paths"),
        ({"months": 0}, "months"),
        ({"seed": -1}, "seed"),
        ({"model": "crystal_ball"}, "model"),
        ({"currency": "XXQ"}, "currency"),
        ({"prices": {"start_price": -200}}, "prices.start_price"),
        ({"prices": {"start_price": 1e400}}, "prices.start_price"),
        ({"prices": {"start_price": True}}, "prices.start_price"),
        ({"prices": {"start_price": "200"}}, "prices.start_price"),
        ({"prices": {"volatility": -1}}, "prices.volatility"),
        ({"model": "given"}, "prices.given"),
        ({"model": "given", "prices": {"given": [200, 201]}}, "prices.given[0]"),
        ({"model": "given", "prices": {"given": [200, [1, 2]]}}, None),
        ({"model": "bootstrap", "paths": 5}, "prices.history"),
        ({"prices": {"history": [1, 2], "history_csv": "1"}}, "prices.history"),
        ({"prices": {"history_csv": "many"}}, "prices.history_csv"),
        ({"customers": []}, "customers"),
        ({"customers": [{"behaviour": "never", "share": 0.5}]}, "customers"),
        ({"sarf": {"cap_fraction": 1.2}}, "sarf.cap_fraction"),
        ({"interest_rate": 0.05}, "interest_rate"),
    ],
)
def test_bad_input_is_refused_with_its_field(client, body, field):
    if 1e400 in body.get("prices", {}).values():
        answer = client.post(
            SIMULATIONS,
            content='{"prices": {"start_price": 1e400}}',
            headers={"Content-Type": "application/json"},
        )
    else:
        answer = client.post(SIMULATIONS, json=body)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "VALIDATION_ERROR"), problem
    if field is not None:
        assert field in [one["field"] for one in problem["errors"]]
    assert client.get(SIMULATIONS).json()["data"] == []


def test_not_a_number_is_no_json(client):
    answer = client.post(
        SIMULATIONS,
        content='{"prices": {"start_price": NaN}}',
        headers={"Content-Type": "application/json"},
    )
    assert answer.json()["code"] == "INVALID_JSON"


def test_the_list_has_no_results_and_filters_by_model(client):
    one = made(client, BARE | {"external_id": "run-1"})
    made(client, {"model": "given", "prices": {"given": [200] * 9}})
    every = client.get(SIMULATIONS).json()["data"]
    assert len(every) == 2
    assert "results" not in every[0]
    (found,) = client.get(SIMULATIONS, params={"model": "gbm"}).json()["data"]
    assert found["id"] == one["id"]
    (found,) = client.get(SIMULATIONS, params={"external_id": "run-1"}).json()["data"]
    assert found["id"] == one["id"]
    after = {"created_at.gte": "2024-01-15T10:30:00Z"}
    assert len(client.get(SIMULATIONS, params=after).json()["data"]) == 2
    before = {"created_at.lt": "2024-01-15T10:30:00Z"}
    assert client.get(SIMULATIONS, params=before).json()["data"] == []
    assert client.get(SIMULATIONS, params={"model": "tarot"}).status_code == 422


def test_the_sheet_has_one_figure_a_line(client):
    found = made(client, BARE)
    answer = client.get(f"{SIMULATIONS}/{found['id']}/results.csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert set(lines[0]) == {"section", "at", "figure", "value"}
    told = {(one["section"], one["at"], one["figure"]): one["value"] for one in lines}
    assert len(told) == len(lines)
    results = found["results"]
    mean = results["sarf"]["institution"]["facility"]["mean"]
    assert float(told["sarf", "", "institution.facility.mean"]) == mean
    assert float(told["fan", "8", "mean"]) == results["fan"][8]["mean"]
    assert float(told["grid", "0.7 / 0.75", "mean"]) == results["grid"][11]["mean"]


def test_what_is_not_there_is_not_found(client):
    for tail in ("", "/results.csv"):
        answer = client.get(f"{SIMULATIONS}/sim_none{tail}")
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert client.get(f"{SIMULATIONS}/loan_1").status_code == 422


def test_a_key_without_the_scope_is_refused_before_anything_is_reckoned(db, client, monkeypatch):
    monkeypatch.setattr(service, "simulate", lambda _: pytest.fail("it was reckoned"))
    answer = client_with(db, "sk_test_nobody").post(SIMULATIONS, json=BARE)
    assert answer.status_code == 401


def test_a_longer_list_takes_no_more_statements(owner_url, client):
    made(client, BARE)
    with CountedDatabase(owner_url) as counted:
        counting = client_with(counted, "sk_test_maker")
        counting.get(SIMULATIONS)
        one = statements(lambda: counting.get(SIMULATIONS))
        for seed in range(5):
            made(client, BARE | {"seed": seed})
        assert statements(lambda: counting.get(SIMULATIONS)) == one


def test_while_others_are_reckoned_a_caller_waits_and_is_told(client, monkeypatch):
    monkeypatch.setattr(service, "WAIT_SECONDS", 0.01)
    for _ in range(service.AT_ONCE_MAX):
        assert service._seats.acquire(timeout=1)
    try:
        assert refused(client, BARE)[:2] == (409, "CONFLICT")
    finally:
        for _ in range(service.AT_ONCE_MAX):
            service._seats.release()
    made(client, BARE)
