"""Values, margins, calls, top-ups and terms of pledges over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.coherent import assert_coherent
from tests.conftest import Work, client_with
from tests.make.counting import CountedDatabase, statements
from tests.make.loans import done
from tests.make.margins import LOAN_MINOR, price
from tests.make.pledges import PLEDGOR, Shop, a_bar, active_pledge, approved, open_shop

RAIL = "/v1/rails/rahnu"


@pytest.fixture
def shop(work: Work) -> Shop:
    return open_shop(work)


@pytest.fixture
def place(shop: Shop) -> str:
    """A pledge of 50 g of gold for 6,900.00."""
    return f"{RAIL}/contracts/{active_pledge(shop, loan_minor=LOAN_MINOR).contract_id}"


def test_revalue_with_an_empty_body_uses_the_board_of_today(
    client: TestClient, shop: Shop, place: str
) -> None:
    price(shop.work, "160")
    found = done(client.post(f"{place}/revalue"))
    assert (found["status"], found["margin_flag"]) == ("MARGIN_CALL", "call")
    assert (found["appraised_value"], found["secured_amount"]) == (7999.2, 5599.44)
    assert done(client.post(f"{place}/revalue", json={}))["appraised_value"] == 7999.2
    facts = done(client.get(f"{place}/revaluations"))["data"]
    assert [(one["old_value"], one["new_value"]) for one in facts] == [
        (7999.2, 7999.2), (9999, 7999.2),
    ]  # fmt: skip
    assert (facts[1]["flag_before"], facts[1]["flag_after"]) == ("none", "call")
    assert facts[1]["ltv_after"] == 0.8626


def test_revalue_is_refused_without_a_price_or_once_the_pledge_is_over(
    client: TestClient, shop: Shop, place: str
) -> None:
    silver = approved(shop, [a_bar(shop)], loan_minor=100_000)
    refusal = client.post(f"{RAIL}/contracts/{silver.contract_id}/revalue")
    assert (refusal.status_code, refusal.json()["code"]) == (409, "CONFLICT")
    done(client.post("/v1/test-clock/advance", json={"to": "2024-01-17T10:00:00Z"}))
    refusal = client.post(f"{place}/revalue")
    assert (refusal.status_code, refusal.json()["code"]) == (409, "NO_PRICE_BOARD")
    assert done(client.get(f"{place}/margin"))["is_price_stale"] is True


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"valuation_ids": ["val_1"], "appraised_value": 7}, "appraised_value"),
        ({"appraised_value": 7_000}, "appraised_value"),
        ({"valuation_ids": ["itm_1"]}, "valuation_ids.0"),
        ({"appraised_value": "0.001"}, "appraised_value"),
    ],
)
def test_revalue_names_the_field_that_is_wrong(
    client: TestClient, place: str, body: dict[str, Any], field: str
) -> None:
    refusal = client.post(f"{place}/revalue", json=body)
    assert refusal.status_code == 422
    assert refusal.json()["errors"][0]["field"] == field


def test_the_margin_shows_its_trigger_prices_and_sells_nothing(
    client: TestClient, place: str
) -> None:
    """6,900 ÷ (49.995 g × 0.70, 0.80, 0.85, 0.90)."""
    found = done(client.get(f"{place}/margin"))
    assert (found["claims"], found["appraised_value"], found["ltv"]) == (6900, 9999, 0.6901)
    assert found["gives_right_to_sell"] is False
    assert [(one["flag"], one["ltv"], one["price_per_gram"]) for one in found["triggers"]] == [
        (None, 0.7, 197.16), ("watch", 0.8, 172.52), ("call", 0.85, 162.37),
        ("critical", 0.9, 153.35),
    ]  # fmt: skip
    assert (found["call"], found["history"]) == (None, [])


def test_a_call_is_listed_delivered_and_ended_by_cash(
    client: TestClient, shop: Shop, place: str, db: Any
) -> None:
    price(shop.work, "160")
    run = done(client.post(f"{RAIL}/revaluations", json={"metal": "gold", "currency": "USD"}), 201)
    assert (run["pledges"], run["margin_calls"]) == (1, 1)
    assert done(client.get(f"{RAIL}/revaluations/{run['id']}")) == run
    assert done(client.get(f"{RAIL}/revaluations?metal=gold&currency=USD"))["data"] == [run]
    (call,) = done(client.get(f"{RAIL}/margin-calls?status=OPEN"))["data"]
    assert "gives nobody a right to sell" in call["notice"]
    body = {"channel": "letter", "proof": "RR 1", "delivered_on": "2024-01-15"}
    after = done(client.post(f"{RAIL}/margin-calls/{call['id']}/delivery", json=body))
    assert (after["channel"], after["cure_by"]) == ("letter", "2024-01-22")
    assert done(client.get(f"{place}/margin"))["call"] == after
    top_up = done(client.post(f"{place}/top-up", json={"amount": 400}), 201)
    assert (top_up["kind"], top_up["held_after"]) == ("received", 400)
    assert done(client.get(f"{RAIL}/margin-calls/{call['id']}"))["status"] == "CURED"
    assert done(client.get(place))["status"] == "ACTIVE"
    assert len(done(client.get(f"{place}/top-ups"))["data"]) == 1
    refusal = client.post(f"{place}/top-up/return", json={"amount": 400})
    assert (refusal.status_code, refusal.json()["code"]) == (422, "LIMIT_EXCEEDED")
    assert_coherent(db)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 1), ("status=OPEN", 1), ("status=CURED", 0), ("status=CLOSED", 0),
        (f"pledgor_id={PLEDGOR}", 1), ("pledgor_id=cpty_x", 0), ("branch_id=brn_main", 1),
        ("currency=USD", 1), ("currency=EUR", 0), ("called_on.gte=2024-01-15", 1),
        ("called_on.lt=2024-01-15", 0), ("cure_by.lte=2024-01-22", 1),
        ("cure_by.lte=2024-01-21", 0),
    ],
)  # fmt: skip
def test_margin_calls_are_found_by_every_filter(
    client: TestClient, shop: Shop, place: str, query: str, count: int
) -> None:
    price(shop.work, "160")
    done(client.post(f"{place}/revalue"))
    assert len(done(client.get(f"{RAIL}/margin-calls?{query}"))["data"]) == count


def test_what_is_not_there_is_not_found(client: TestClient, shop: Shop) -> None:
    for path in ("margin-calls/mgc_x", "revaluations/rvr_x", "contracts/rhn_x/margin"):
        assert client.get(f"{RAIL}/{path}").status_code == 404
    assert client.get(f"{RAIL}/margin-calls/rhn_x").status_code == 422


def test_extend_and_renew_over_http(
    client: TestClient, checker_client: TestClient, place: str, db: Any
) -> None:
    early = client.post(f"{place}/renew", json={"months": 6})
    assert (early.status_code, early.json()["code"]) == (409, "CONFLICT")
    done(client.post("/v1/test-clock/advance", json={"to": "2024-06-15T10:00:00Z"}))
    refusal = checker_client.post(f"{place}/extend", json={"months": 6})
    assert refusal.status_code == 409
    assert "RHN-33" in refusal.json()["detail"]
    body = {"months": 6, "payment": 100, "reason": "harvest"}
    after = done(checker_client.post(f"{place}/extend", json=body))
    assert (after["matures_on"], after["extension_count"]) == ("2025-01-15", 1)
    (change,) = done(client.get(f"{place}/term-changes"))["data"]
    assert (change["kind"], change["outstanding"], change["custody_fee_paid"]) == (
        "extension", 6900, 100,
    )  # fmt: skip
    assert_coherent(db)


def test_lists_ask_the_same_for_many_as_for_one(owner_url: str, shop: Shop) -> None:
    made = [
        active_pledge(shop, [a_bar(shop, 5_000)], loan_minor=60_000).contract_id for _ in range(2)
    ]
    with CountedDatabase(owner_url) as counted:
        client = client_with(counted, "sk_test_maker")
        price(shop.work, "140")
        one = f"{RAIL}/contracts/{made[0]}"
        done(client.post(f"{one}/revalue"))
        paths = (f"{RAIL}/margin-calls", f"{RAIL}/revaluations", f"{one}/revaluations")
        more = {path: statements(lambda path=path: done(client.get(path))) for path in paths}
        done(client.post(f"{RAIL}/revaluations", json={"metal": "gold", "currency": "USD"}), 201)
        done(client.post(f"{one}/revalue"))
        for path in paths:
            assert statements(lambda path=path: done(client.get(path))) == more[path]
        assert len(done(client.get(f"{RAIL}/margin-calls"))["data"]) == 2


def test_a_run_over_the_book_asks_the_same_for_many_as_for_one(owner_url: str, shop: Shop) -> None:
    """Valuing, calling and telling are done in sets."""
    body = {"metal": "gold", "currency": "USD"}
    asked = []
    with CountedDatabase(owner_url) as counted:
        client = client_with(counted, "sk_test_maker")
        for pledges, falls in ((1, ("140", "200")), (2, ("140",))):
            for _ in range(pledges):
                active_pledge(shop, [a_bar(shop, 5_000)], loan_minor=60_000)
            for per_gram in falls:
                price(shop.work, per_gram)
                asked.append(
                    statements(lambda: done(client.post(f"{RAIL}/revaluations", json=body), 201))
                )
        assert len(done(client.get(f"{RAIL}/margin-calls?status=OPEN"))["data"]) == 3
    assert asked[0] == asked[2]
