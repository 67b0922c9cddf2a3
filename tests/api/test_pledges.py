"""Pledges over HTTP: bad input is told where it is bad, lists find what brute force finds."""

from __future__ import annotations

from typing import Any

import pytest

from sanduq.kit.clock import rfc3339
from sanduq.rahnu.contracts import service
from sanduq.rahnu.contracts.model import StatedAsset
from tests.coherent import assert_coherent
from tests.conftest import client_with
from tests.make.counting import CountedDatabase, statements
from tests.make.pledges import MAKER, PLEDGEE, PLEDGOR, active_pledge, draft, open_shop

CONTRACTS = "/v1/rails/rahnu/contracts"
GOLD = {
    "type": "gold", "description": "A bracelet", "weight_grams": 22.5, "stone_weight_grams": 1.3,
    "fineness": 916, "appraised_value": 3883.84,
}  # fmt: skip


RING = StatedAsset("gold", "A ring", 5_000, 50_000, fineness_bp=9_160)


def asked(**changes: Any) -> dict[str, Any]:
    body = {
        "pledgor_id": PLEDGOR, "pledgee_id": PLEDGEE, "currency": "USD", "pledged_asset": GOLD,
        "loan": {"amount": 2000}, **changes,
    }  # fmt: skip
    return {name: value for name, value in body.items() if value is not ...}


@pytest.fixture
def shop(work):
    return open_shop(work)


def test_a_pledge_is_worth_what_was_stated_until_it_is_valued(client, db, shop) -> None:
    # 3,883.84 at 70% is 2,718.688: rounded down to the cent.
    made = client.post(CONTRACTS, json=asked()).json()
    assert (made["secured_amount"], made["status"]) == (2718.68, "DRAFT")
    full = client.get(f"{CONTRACTS}/{made['id']}").json()
    assert (full["loan_amount"], full["items"][0]["weight_grams"]) == (2000, 22.5)
    assert_coherent(db)


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"pledged_asset": {**GOLD, "weight_grams": 1.2}}, 422, "weight"),
        ({"pledged_asset": {**GOLD, "weight_grams": 22.5001}}, 422, "pledged_asset.weight_grams"),
        ({"pledged_asset": {**GOLD, "weight_grams": -1}}, 422, "pledged_asset.weight_grams"),
        ({"pledged_asset": {**GOLD, "fineness": 917}}, 422, "fineness"),
        ({"pledged_asset": {**GOLD, "fineness": 1001}}, 422, "pledged_asset.fineness"),
        ({"pledged_asset": {**GOLD, "appraised_value": 1.001}}, 422, "appraised_value"),
        ({"pledged_asset": {**GOLD, "appraised_value": "NaN"}}, 422, "appraised_value"),
        ({"pledged_asset": {**GOLD, "karat": 22}}, 422, "pledged_asset.karat"),
        ({"pledged_asset": ...}, 422, "pledged_asset"),
        ({"pledged_assets": [GOLD]}, 422, "pledged_asset"),
        ({"loan": {"amount": 2718.69}}, 422, "loan"),
        ({"loan": {"amount": 0}}, 422, "loan.amount"),
        ({"loan": {"amount": 100, "installments": 7}}, 422, "loan.installments"),
        ({"loan_to_value_ratio": 0.71}, 422, "ratio"),
        ({"loan_to_value_ratio": 1.5}, 422, "loan_to_value_ratio"),
        ({"loan_to_value_ratio": 0}, 422, "loan_to_value_ratio"),
        ({"loan_to_value_ratio": 0.70001}, 422, "loan_to_value_ratio"),
        ({"safekeeping_fee_monthly": 52.5}, 422, "fee"),
        ({"safekeeping_fee_monthly": "1%"}, 422, "safekeeping_fee_monthly"),
        ({"currency": "XXX"}, 422, "currency"),
        ({"currency": "MYR"}, 409, "template"),
        ({"pledgor_id": "cpty_nobody"}, 404, "cpty_nobody"),
        ({"pledgor_id": "rhn_nobody"}, 422, "pledgor_id"),
        ({"term_months": 7}, 422, "months"),
        ({"secured_obligation_id": "qrd_nobody"}, 422, "secured_obligation_id"),
        ({"loan": ..., "secured_obligation_id": "qrd_nobody"}, 404, ""),
        ({"loan": {"amount": 100, "pool_id": "pool_nobody"}}, 404, ""),
        ({"external_id": "x" * 121}, 422, "external_id"),
    ],
)
def test_bad_input_is_told_where_it_is_bad_and_changes_nothing(
    client, db, shop, changes, status, field
) -> None:
    answer = client.post(CONTRACTS, json=asked(**changes))
    assert answer.status_code == status, answer.text
    assert field in answer.text
    assert client.get(CONTRACTS).json()["data"] == []
    assert client.get("/v1/gold/items").json()["data"] == []
    assert_coherent(db)


def test_an_external_id_belongs_to_one_pledge(client, shop) -> None:
    assert client.post(CONTRACTS, json=asked(external_id="P-1")).status_code == 201
    assert client.post(CONTRACTS, json=asked(external_id="P-1")).status_code == 409


def test_a_request_sent_twice_under_one_key_makes_one_pledge(client, shop) -> None:
    sent = [
        client.post(CONTRACTS, json=asked(), headers={"Idempotency-Key": "k-1"}) for _ in range(2)
    ]
    assert sent[0].text == sent[1].text
    assert sent[1].headers["idempotency-replayed"] == "true"
    assert len(client.get(CONTRACTS).json()["data"]) == 1


def test_several_things_secure_one_debt_and_are_shown_as_one(client, shop) -> None:
    coin = {"type": "silver", "description": "A coin", "weight_grams": 31, "appraised_value": 25}
    body = asked(pledged_asset=..., pledged_assets=[GOLD, coin], description="Two things")
    made = client.post(CONTRACTS, json=body).json()
    assert made["pledged_asset"] == {
        "type": "mixed", "description": "Two things", "weight_grams": 53.5,
        "appraised_value": 3908.84,
    }  # fmt: skip


@pytest.fixture
def book(shop) -> list[Any]:
    """Pledges in three states, of two sizes."""
    made = [active_pledge(shop, loan_minor=minor) for minor in (100_000, 200_000)]
    made += [draft(shop, [], loan_minor=5_000, stated=(RING,)) for _ in range(3)]
    return made


@pytest.mark.parametrize(
    ("parameter", "of"),
    [
        ("status", lambda one: str(one.status)),
        ("currency", lambda one: one.asset.code),
        ("pledgor_id", lambda one: one.pledgor_id),
        ("borrower_id", lambda one: one.borrower_id),
        ("branch_id", lambda one: one.branch_id),
        ("template_id", lambda one: one.template_id),
        ("secured_obligation_id", lambda one: one.debt_id),
        ("ticket_number", lambda one: one.ticket_number),
        ("margin_flag", lambda one: str(one.margin_flag)),
        ("item_id", lambda one: one.items[0].item_id),
    ],
)
def test_each_filter_finds_what_brute_force_finds(client, work, book, parameter, of) -> None:
    with work(MAKER) as uow:
        known = list(service.load(uow, [one.contract_id for one in book]).values())
    for wanted in {of(one) for one in known} - {None}:
        answer = client.get(CONTRACTS, params={parameter: wanted})
        assert answer.status_code == 200, answer.text
        assert {one["id"] for one in answer.json()["data"]} == {
            one.contract_id for one in known if of(one) == wanted
        }


def test_what_matures_by_a_day_is_in_force(client, book) -> None:
    found = client.get(CONTRACTS, params={"matures_on.lte": "2024-07-15"}).json()["data"]
    assert len(found) == 2
    assert client.get(CONTRACTS, params={"matures_on.lte": "2024-07-14"}).json()["data"] == []


def test_pages_hold_every_pledge_once_newest_first(client, book) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        page = client.get(
            CONTRACTS, params={"limit": 2, **({"cursor": cursor} if cursor else {})}
        ).json()
        seen += [one["id"] for one in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [one.contract_id for one in reversed(book)]
    numbered = client.get(CONTRACTS, params={"page": 1, "perPage": 2}).json()
    assert numbered["pagination"]["total"] == len(book)


def test_a_list_asks_no_more_for_more_pledges(owner_url, book) -> None:
    with CountedDatabase(owner_url) as database:
        counted = client_with(database, "sk_test_maker")
        counts = {
            statements(lambda size=size: counted.get(CONTRACTS, params={"limit": size}))
            for size in (1, 5)
        }
    assert len(counts) == 1


def test_instants_filter_what_was_created(client, book) -> None:
    at = rfc3339(book[0].created_at)
    assert len(client.get(CONTRACTS, params={"created_at.gte": at}).json()["data"]) == len(book)
    assert client.get(CONTRACTS, params={"created_at.lt": at}).json()["data"] == []
