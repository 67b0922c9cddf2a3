"""The register of promises, the position, revaluations and monitors over HTTP."""

from __future__ import annotations

import pytest

from tests.coherent import assert_coherent
from tests.conftest import sharing
from tests.make.sarf import open_house
from tests.make.sarf_book import AT_180, priced, promised

RAIL = "/v1/rails/sarf"


@pytest.fixture
def house(work):
    return open_house(work)


@pytest.fixture
def finance(client):
    return sharing(client, "sk_test_finance")


def get(client, path: str, **query: str):
    response = client.get(f"{RAIL}/{path}", params=query)
    assert response.status_code == 200, response.text
    return response.json()


def test_promises_are_listed_with_their_cap_of_today_and_read_one_by_one(client, house) -> None:
    made = promised(house)
    (one,) = get(client, "promises", status="ISSUED", currency="USD")["data"]
    assert one["facility_id"] == made.facility_id
    assert one["remaining_fine_grams"] == 49.95
    assert one["cap_fraction"] == 0.75
    assert one["cap_today"]["cap_price"] == 7500
    assert one["is_window_open"] is False
    assert get(client, f"promises/{one['id']}") == one
    assert get(client, "promises", opens_from="2024-07-16")["data"] == []


def test_cover_is_told_by_currency_in_all_and_by_month(client, house) -> None:
    promised(house)
    cover = get(client, "promises/cover")
    assert cover["total"]["cover_ratio"] == 1
    assert cover["total"]["is_covered"] is True
    assert cover["currencies"][0]["currency"] == "USD"
    assert [one["month"] for one in cover["months"]] == ["2024-07", "2024-08", "2024-09"]
    assert cover["findings"] == []


def test_exposure_tells_where_promises_break_even(client, house) -> None:
    promised(house)
    exposure = get(client, "promises/exposure", currency="USD", prices="180, 200,210")
    assert exposure["break_even_price"] == 186.67
    assert exposure["quoted_fineness"] == 999
    assert [one["result"] for one in exposure["lines"]] == [-250, 500, 875]
    assert len(get(client, "promises/exposure", currency="USD")["lines"]) == 11


@pytest.mark.parametrize("prices", ["0", "-1", "abc", "200,,210", "1e3", ",".join(["1"] * 51)])
def test_prices_that_are_none_are_refused(client, house, prices) -> None:
    response = client.get(f"{RAIL}/promises/exposure", params={"currency": "USD", "prices": prices})
    assert response.status_code == 422, response.text
    assert "prices" in response.text


def test_the_position_shows_gold_at_cost_beside_books_and_custody(client, house) -> None:
    promised(house)
    position = get(client, "position")
    (usd,) = position["currencies"]
    assert (usd["cost"], usd["ledger_cost"], usd["market_value"]) == (7000, 7000, 10000)
    assert usd["cost_per_fine_gram"] == 140.14014  # 7,000 for 49.950 g
    assert position["ledger_difference_grams"] == position["custody_difference_grams"] == 0


def test_a_revaluation_is_asked_for_by_finance_and_kept(client, finance, house, db) -> None:
    promised(house)
    priced(house, AT_180)
    body = {"currency": "USD"}
    assert client.post(f"{RAIL}/revaluations", json=body, headers=key("a")).status_code == 403
    answer = finance.post(f"{RAIL}/revaluations", json=body, headers=key("b"))
    assert answer.status_code == 201, answer.text
    run = answer.json()
    assert (run["provision_before"], run["provision_after"]) == (0, 250)
    assert run["journal_id"].startswith("jrn_")
    again = finance.post(f"{RAIL}/revaluations", json=body, headers=key("b"))
    assert again.json() == run
    assert get(client, "revaluations", currency="USD")["data"] == [run]
    assert get(client, f"revaluations/{run['id']}") == run
    assert_coherent(db)


def key(name: str) -> dict[str, str]:
    return {"Idempotency-Key": f"revaluation-{name}"}


def test_monitors_show_shares_beside_the_limits_of_the_terms(client, house) -> None:
    monitor = get(client, "monitors", currency="USD")
    assert monitor["limits"] == {
        "take_up": 0.9, "at_cap": 0.9, "same_piece": 0.5, "sample_min": 10,
    }  # fmt: skip
    assert monitor["period"]["take_up"]["value"] is None
    assert monitor["overall"]["from_on"] is None
    assert monitor["findings"] == []


def test_a_period_that_ends_before_it_starts_is_refused(client, house) -> None:
    query = {"currency": "USD", "from_on": "2024-02-01", "to_on": "2024-01-01"}
    assert client.get(f"{RAIL}/monitors", params=query).status_code == 422


@pytest.mark.parametrize("path", ["promises/wad_none", "revaluations/srv_none"])
def test_what_is_not_there_is_not_found(client, path) -> None:
    assert client.get(f"{RAIL}/{path}").status_code == 404


@pytest.mark.parametrize("path", ["promises/srf_x", "revaluations/x", "promises?currency=XXX"])
def test_ids_and_currencies_of_another_kind_are_refused(client, path) -> None:
    assert client.get(f"{RAIL}/{path}").status_code == 422
