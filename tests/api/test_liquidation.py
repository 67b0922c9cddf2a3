"""The end of a pledge by sale over HTTP: notices, an auction, the sale, and the owner's money."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest

from sanduq.kit.json import loads
from tests.coherent import assert_coherent
from tests.conftest import INSTITUTION, client_with
from tests.make.counting import CountedDatabase, statements
from tests.make.liquidation import (
    CLOSE_AT,
    DEALER,
    MARKET_PER_KG,
    RIVAL,
    SALE_AT,
    an_auction,
    bid,
    overdue,
    put_up,
    session,
)
from tests.make.pledges import PLEDGOR, active_pledge, hang_board, open_shop

RAIL = "/v1/rails/rahnu"


@pytest.fixture
def shop(work):
    return open_shop(work)


@pytest.fixture
def taken(shop):
    return overdue(shop)


@pytest.fixture
def finance(db):
    return client_with(db, "sk_test_finance")


def move(owner_url, instant) -> None:
    """Freezes the institution's clock where the scene plays."""
    with psycopg.connect(owner_url) as owner:
        owner.execute(
            "update access.institution set clock_frozen_at = %s where id = %s",
            (instant, INSTITUTION),
        )


def posted(client, path, body=None, status=200):
    answer = client.post(f"{RAIL}{path}", json=body or {})
    assert answer.status_code == status, answer.text
    return loads(answer.content)


def got(client, path):
    answer = client.get(f"{RAIL}{path}")
    assert answer.status_code == 200, answer.text
    return loads(answer.content)


def auctioned(client, checker, owner_url, taken) -> str:
    """A lot struck to the dealer at 8,200.00 and paid, over HTTP: its id."""
    move(owner_url, SALE_AT.replace(hour=8))
    auction = posted(
        client,
        "/auctions",
        {
            "name": "August", "currency": "USD", "channel": "public", "place": "Main hall",
            "announced_on": "2024-08-01", "opens_at": "2024-08-15T09:00:00Z",
            "closes_at": "2024-08-15T17:00:00Z",
        },
        201,
    )  # fmt: skip
    assert auction["status"] == "ANNOUNCED"
    lot = posted(client, f"/auctions/{auction['id']}/lots", {"contract_id": taken.contract_id}, 201)
    assert (lot["market_value"], lot["reserve"], lot["status"]) == (
        Decimal("8249.17"), Decimal("7424.26"), "LISTED",
    )  # fmt: skip
    move(owner_url, SALE_AT)
    posted(client, f"/auctions/{auction['id']}/open")
    for party_id in (DEALER, RIVAL):
        posted(client, f"/auctions/{auction['id']}/bidders", {"party_id": party_id}, 201)
    posted(client, f"/lots/{lot['id']}/bids", {"bidder_id": RIVAL, "amount": 8100}, 201)
    posted(client, f"/lots/{lot['id']}/bids", {"bidder_id": DEALER, "amount": "8200.00"}, 201)
    move(owner_url, CLOSE_AT)
    assert posted(checker, f"/auctions/{auction['id']}/close")["status"] == "CLOSED"
    assert got(client, f"/lots/{lot['id']}")["awarded_to"] == DEALER
    posted(client, f"/lots/{lot['id']}/payment", {"amount": 8200, "method": "cash"})
    return str(lot["id"])


@pytest.fixture
def early(shop):
    """As `taken`, on a board hung before the session."""
    pledge = overdue(shop)
    hang_board(shop.work, MARKET_PER_KG, at=SALE_AT.replace(hour=7), explanation="a crash")
    return pledge


def test_a_lot_struck_and_paid_is_liquidated_and_its_surplus_is_the_owners(
    db, owner_url, client, checker_client, finance, early
) -> None:
    lot_id = auctioned(client, checker_client, owner_url, early)
    sold = posted(
        finance,
        f"/contracts/{early.contract_id}/liquidate",
        {
            "method": "auction", "lot_id": lot_id,
            "costs": [{"kind": "auctioneer", "amount": 100, "receipt_reference": "R-17"}],
        },
    )  # fmt: skip
    assert sold["status"] == "EXECUTED"
    assert sold["sharing"]["surplus"] == 680
    assert sold["sharing"]["shortfall"] == 0
    pledge = loads(client.get(f"{RAIL}/contracts/{early.contract_id}").content)
    assert pledge["status"] == "LIQUIDATED"
    claims = got(client, f"/surplus/claims?pledgor_id={PLEDGOR}")["data"]
    assert [(one["amount"], one["status"]) for one in claims] == [(680, "RECORDED")]
    asked = posted(finance, f"/surplus/{claims[0]['id']}/pay", {"recipient_id": PLEDGOR}, 201)
    assert posted(checker_client, f"/surplus/payouts/{asked['id']}/approve")["status"] == "DONE"
    events = loads(client.get("/v1/events?type=rahnu.collateral.liquidated").content)["data"]
    assert [one["data"]["status"] for one in events] == ["LIQUIDATED"]
    assert_coherent(db)


def test_a_sealed_bid_shows_no_amount_even_to_who_records_it(client, owner_url, early) -> None:
    move(owner_url, SALE_AT.replace(hour=8))
    auction = posted(
        client,
        "/auctions",
        {
            "name": "August", "mode": "sealed", "currency": "USD", "channel": "public",
            "place": "Main hall", "announced_on": "2024-08-01",
            "opens_at": "2024-08-15T09:00:00Z", "closes_at": "2024-08-15T17:00:00Z",
        },
        201,
    )  # fmt: skip
    lot = posted(client, f"/auctions/{auction['id']}/lots", {"contract_id": early.contract_id}, 201)
    move(owner_url, SALE_AT)
    posted(client, f"/auctions/{auction['id']}/open")
    posted(client, f"/auctions/{auction['id']}/bidders", {"party_id": RIVAL}, 201)
    made = posted(client, f"/lots/{lot['id']}/bids", {"bidder_id": RIVAL, "amount": 8100}, 201)
    (listed,) = got(client, f"/lots/{lot['id']}/bids")["data"]
    assert (made["is_sealed"], made["amount"], made["is_accepted"]) == (True, None, None)
    assert made == listed


def test_a_dealer_sale_waits_in_the_inbox_of_approvals(
    db, owner_url, client, checker_client, taken
) -> None:
    move(owner_url, SALE_AT)
    asked = posted(
        client,
        f"/contracts/{taken.contract_id}/liquidate",
        {
            "method": "dealer", "buyer_id": DEALER, "price": 8200,
            "items": [one.item_id for one in taken.items],
        },
    )  # fmt: skip
    assert asked["status"] == "PROPOSED"
    waiting = loads(checker_client.get("/v1/approvals?status=PENDING").content)["data"]
    (approval,) = [one for one in waiting if one["subject_id"] == asked["id"]]
    answer = checker_client.post(f"/v1/approvals/{approval['id']}/approve", json={})
    assert answer.status_code == 200, answer.text
    assert got(client, f"/sales/{asked['id']}")["sharing"]["surplus"] == 780
    assert_coherent(db)


def test_a_margin_call_alone_gives_no_right_to_sell(client, shop, taken) -> None:
    young = taken
    answer = client.post(
        f"{RAIL}/contracts/{young.contract_id}/liquidate",
        json={"method": "dealer", "buyer_id": DEALER, "price": 30_000,
              "items": [one.item_id for one in young.items]},
    )  # fmt: skip
    assert answer.status_code == 422
    body = loads(answer.content)
    assert body["code"] == "SHARIAH_VIOLATION"
    assert "PLEDGE_SALE_BEFORE_DUE" in {one["code"] for one in body["errors"]}


def test_notices_over_http_from_queue_to_proof(owner_url, client, work, shop) -> None:
    taken = active_pledge(shop)
    body = {"kind": "reminder", "channel": "sms", "sent_on": "2024-07-01", "address": "+6012"}
    move(owner_url, SALE_AT.replace(month=7, day=1))
    notice = posted(client, f"/contracts/{taken.contract_id}/notices", body, 201)
    assert (notice["status"], notice["is_delivery_proven"]) == ("SENT", False)
    proof = {"outcome": "delivered", "delivered_on": "2024-07-01", "proof": "receipt 7"}
    assert posted(client, f"/notices/{notice['id']}/delivery", proof)["is_delivery_proven"]
    assert len(got(client, f"/contracts/{taken.contract_id}/notices")["data"]) == 1
    assert got(client, "/notices?status=PENDING&kind=maturity")["data"] == []
    answer = client.post(f"{RAIL}/contracts/{taken.contract_id}/notices", json={"kind": "x"})
    assert answer.status_code == 422


def test_a_related_party_is_on_the_register_until_it_ends(client, taken) -> None:
    body = {"party_id": RIVAL, "relation": "kin", "note": "brother of a valuer"}
    posted(client, "/related-parties", body, 201)
    assert client.post(f"{RAIL}/related-parties", json=body).status_code == 409
    assert len(got(client, "/related-parties?relation=kin")["data"]) == 1
    ended = posted(client, f"/related-parties/{RIVAL}/end", {"reason": "left"})
    assert ended["ended_on"] == "2024-01-15"


@pytest.mark.parametrize(
    "path", ["/auctions", "/lots", "/sales", "/notices", "/surplus", "/related-parties"]
)
def test_a_list_takes_as_many_statements_for_many_rows_as_for_one(
    owner_url, shop, taken, path
) -> None:
    auction = an_auction(shop)
    put_up(shop, auction, taken)
    with CountedDatabase(owner_url) as counted:
        client = client_with(counted, "sk_test_maker")
        client.get(f"{RAIL}{path}")
        few = statements(lambda: client.get(f"{RAIL}{path}"))
        for _ in range(3):
            an_auction(shop)
        many = statements(lambda: client.get(f"{RAIL}{path}"))
    assert many == few


def test_bids_take_as_many_statements_for_many_as_for_one(owner_url, shop, taken) -> None:
    auction = an_auction(shop)
    lot = put_up(shop, auction, taken)
    session(shop, auction)
    bid(shop, lot, DEALER, 750_000)
    with CountedDatabase(owner_url) as counted:
        client = client_with(counted, "sk_test_maker")
        client.get(f"{RAIL}/lots/{lot.lot_id}/bids")
        few = statements(lambda: client.get(f"{RAIL}/lots/{lot.lot_id}/bids"))
        for minor in (760_000, 770_000, 780_000):
            bid(shop, lot, DEALER, minor)
        many = statements(lambda: client.get(f"{RAIL}/lots/{lot.lot_id}/bids"))
        assert len(loads(client.get(f"{RAIL}/lots/{lot.lot_id}/bids").content)["data"]) == 4
    assert many == few
