"""Facilities over HTTP: the whole life with the clock moved on, what is shown, and to whom."""

from __future__ import annotations

import pytest

from sanduq.custody.releases import service as releases
from sanduq.sarf.sessions import service as sessions
from tests.coherent import assert_coherent
from tests.conftest import client_with
from tests.make.counting import CountedDatabase, statements
from tests.make.custody import seen
from tests.make.sarf import BUYER, CUSTOMER, a_gold_bar, bagged, open_house, value
from tests.make.sarf_facilities import created, priced, promised, quoted, sold

RAIL = "/v1/rails/sarf"
FACILITIES = f"{RAIL}/facilities"
IN_HAND = {"kind": "gold_in_hand", "place": "counter 1"}
IN_CASH = {"kind": "cash", "place": "counter 1"}


@pytest.fixture
def house(work):
    return open_house(work)


@pytest.fixture
def bar(house):
    return a_gold_bar(house)


def post(client, path, body=None, status=201, **headers):
    answer = client.post(f"{RAIL}/{path}", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def get(client, path, **query):
    answer = client.get(f"{RAIL}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def advance(client, to: str) -> dict:
    answer = client.post("/v1/test-clock/advance", json={"to": to})
    assert answer.status_code == 200, answer.text
    return answer.json()


def board(house):
    """The board of the day the institution's clock shows."""
    with house.at() as uow:
        now = uow.now
    priced(house, now)


def opened(client, bar, **changes) -> dict:
    """A facility on a quote of a day ago, over HTTP."""
    quote = post(
        client, "quotes",
        {"customer_id": CUSTOMER, "currency": "USD", "items": [{"item_id": bar.item_id}]},
    )  # fmt: skip
    assert quote["is_offer"] is False
    return {
        "quote_id": quote["id"],
        "owner_declaration": "bought with my wages",
        "stolen_goods_check": "no report of theft",
        "acknowledged_lines": [line["code"] for line in quote["disclosure"]],
        "independent_quote": {
            "source": "goldsmith next door", "amount": 8000, "quoted_on": "2024-01-15",
        },
        **changes,
    }  # fmt: skip


def test_a_facility_from_its_quote_to_its_purchase(client, checker_client, house, bar, db) -> None:
    body = opened(client, bar, external_id="F-1", metadata={"desk": "2"})
    made = post(client, "facilities", body, **{"Idempotency-Key": "f-1"})
    assert post(client, "facilities", body, **{"Idempotency-Key": "f-1"}) == made
    assert (made["status"], made["is_customer_bound"], made["price"]) == ("QUOTED", False, None)
    advance(client, "2024-01-16T10:31:00Z")
    board(house)
    with house.at() as uow:
        now = uow.now
    value(house, bar, at=now)
    path = f"facilities/{made['id']}"
    sitting = post(client, f"{path}/sessions")
    sse = f"sessions/{sitting['id']}"
    post(client, f"{sse}/accept", {"accepted_by_id": CUSTOMER}, 200)
    with house.at() as uow:
        bagged(house, sessions.get(uow, sitting["id"]), [bar], at=now)
    who = {"received_by_id": "user_maker", "handed_over_by": CUSTOMER}
    post(client, f"{sse}/gold", {**IN_HAND, **who}, 200)
    paid = {"amount": 7000, "received_by_id": CUSTOMER, "handed_over_by": "user_maker"}
    post(client, f"{sse}/money", {**IN_CASH, **paid}, 200)
    assert post(client, f"{sse}/close", None, 200)["status"] == "CLOSED"
    facility = get(client, path)
    assert (facility["status"], facility["price"], facility["fine_weight_grams"]) == (
        "SOLD", 7000, 49.95,
    )  # fmt: skip
    issued = post(client, f"{path}/undertaking", {})
    assert (issued["promise"]["opens_on"], issued["promise"]["closes_on"]) == (
        "2024-07-16", "2024-09-16",
    )  # fmt: skip
    assert get(client, f"{path}/undertaking") == issued["promise"]
    assert issued["promise"]["is_promisee_bound"] is False
    advance(client, "2024-08-01T10:00:00Z")
    assert get(client, path)["status"] == "WINDOW_OPEN"
    board(house)
    quote = get(client, f"{path}/buy-back-quote", weight_grams="9.99")
    assert (quote["market_value"], quote["price_at_most"], quote["is_open"]) == (2000, 1500, True)
    whole = get(client, f"{path}/buy-back-quote")
    assert (whole["price_at_most"], whole["is_customer_bound"]) == (7500, False)
    assert [one["item_id"] for one in whole["pieces"]] == [bar.item_id]
    asked = post(
        client,
        f"{path}/buy-back",
        {"item_ids": [bar.item_id], "price": 7300, "reason": "a neighbour"},
    )
    waiting = asked["buy_backs"][0]
    assert waiting["status"] == "AWAITING_APPROVAL"
    (approval,) = checker_client.get("/v1/approvals", params={"status": "PENDING"}).json()["data"]
    own = client.post(f"/v1/approvals/{approval['id']}/approve", json={})
    assert own.status_code == 403
    done = checker_client.post(f"/v1/approvals/{approval['id']}/approve", json={})
    assert done.status_code == 200, done.text
    second = post(client, f"{path}/sessions")
    assert second["price"] == 7300
    sse = f"sessions/{second['id']}"
    post(client, f"{sse}/accept", {"accepted_by_id": CUSTOMER}, 200)
    paid = {"amount": 7300, "received_by_id": "user_maker", "handed_over_by": CUSTOMER}
    post(client, f"{sse}/money", {**IN_CASH, **paid}, 200)
    hand_over(house, second["id"])
    who = {"received_by_id": CUSTOMER, "handed_over_by": "user_maker"}
    post(client, f"{sse}/gold", {**IN_HAND, **who}, 200)
    post(client, f"{sse}/close", None, 200)
    ended = get(client, path)
    assert (ended["status"], ended["is_customer_bound"]) == ("BOUGHT_BACK", False)
    assert ended["promise"]["remaining_weight_grams"] == 0
    advance(client, "2024-08-10T10:00:00Z")
    assert get(client, path)["status"] == "CLOSED"
    assert_owes_nothing(house)
    assert_coherent(db)


def hand_over(house, session_id: str) -> None:
    with house.at() as uow:
        order = releases.get_release(uow, sessions.get(uow, session_id).release_id)
        laid_out = seen(uow, order)
        releases.hand_over(uow, order.release_id, laid_out)
    with house.at(user_id="user_checker") as uow:
        releases.confirm_hand_over(uow, order.release_id, laid_out.items_weight_mg)


def assert_owes_nothing(house) -> None:
    """No receivable, no obligation, no due date, no word of debt in what was told."""
    with house.at() as uow:
        owed = uow.one(
            "select count(*) from ledger.account where institution_id = %s"
            " and left(code, 2) in ('11', '13', '16')",
            uow.institution_id,
        )
        debts = uow.one("select count(*) from obligations.obligation")
        told = uow.all("select type, data::text from events.event where type like 'sarf.%%'", {})
    assert (owed[0], debts[0]) == (0, 0)
    assert told
    for word in ("due_on", "due_date", "outstanding", "overdue", "repay", "schedule"):
        assert not [kind for kind, data in told if word in data]


def test_a_promise_is_left_unused_and_a_facility_given_up(client, house, bar, db) -> None:
    facility = promised(house, sold(house, [bar]))
    path = f"facilities/{facility.facility_id}"
    early = client.post(f"{RAIL}/{path}/lapse")
    assert (early.status_code, early.json()["code"]) == (409, "WINDOW_NOT_OVER")
    board_day = advance(client, "2024-09-16T00:00:01Z")
    assert board_day["days"][-1]["business_on"] == "2024-09-15"
    assert get(client, path)["status"] == "LAPSED"
    assert_owes_nothing(house)
    advance(client, "2024-09-30T00:00:01Z")
    assert get(client, path)["status"] == "CLOSED"
    assert_coherent(db)


def test_a_facility_read_before_it_changed_is_not_written(client, house, bar) -> None:
    facility = created(house, quoted(house, [bar]))
    path = f"{FACILITIES}/{facility.facility_id}"
    tag = client.get(path).headers["etag"]
    assert tag == '"v1"'
    for verb, body in (("cancel", {"reason": "x"}), ("undertaking", {}), ("lapse", None)):
        stale = client.post(f"{path}/{verb}", json=body, headers={"If-Match": '"v9"'})
        assert (stale.status_code, stale.json()["code"]) == (409, "CONFLICT")
    given_up = client.post(f"{path}/cancel", json={"reason": "x"}, headers={"If-Match": tag})
    assert given_up.json()["status"] == "CANCELLED"
    assert client.get(path).headers["etag"] == '"v2"'


def test_facilities_are_listed_by_every_filter(client, house) -> None:
    made = [created(house, quoted(house, [a_gold_bar(house)]), external_id="a")]
    made.append(sold(house, external_id="b"))
    hers = quoted(house, [a_gold_bar(house, owner_id=BUYER)], customer_id=BUYER)
    made.append(created(house, hers))
    everything = get(client, "facilities")["data"]
    assert [one["id"] for one in everything] == [
        one.facility_id for one in sorted(made, key=lambda f: (f.created_at, f.facility_id))[::-1]
    ]
    for query in (
        {"status": "SOLD"},
        {"customer_id": BUYER},
        {"customer_id": CUSTOMER, "status": "QUOTED"},
        {"branch_id": "brn_main"},
        {"external_id": "b"},
        {"status": "LAPSED"},
    ):
        wanted = [one for one in everything if all(one[k] == v for k, v in query.items())]
        assert get(client, "facilities", **query)["data"] == wanted
    first = get(client, "facilities", limit=2)
    rest = get(client, "facilities", limit=2, cursor=first["next_cursor"])
    assert first["data"] + rest["data"] == everything


def test_lists_take_as_many_statements_for_one_as_for_many(owner_url, client, house) -> None:
    with CountedDatabase(owner_url) as counted:
        reader = client_with(counted, "sk_test_maker")

        def read():
            return [reader.get(f"{RAIL}/{name}") for name in ("facilities", "quotes")]

        promised(house, sold(house))
        read()
        few = statements(read)
        for _ in range(2):
            promised(house, sold(house))
        many = statements(read)
    assert few == many


def test_the_facilities_of_another_institution_are_not_found(
    client, other_client, house, bar
) -> None:
    facility = created(house, quoted(house, [bar]))
    path = f"{FACILITIES}/{facility.facility_id}"
    reads = ("", "/undertaking", "/buy-back-quote")
    assert {other_client.get(path + verb).status_code for verb in reads} == {404}
    for verb, body in (
        ("cancel", {"reason": "x"}), ("sessions", None), ("undertaking", {}), ("lapse", None),
        ("buy-back", {"item_ids": [bar.item_id]}), ("buy-back/withdraw", None),
    ):  # fmt: skip
        assert other_client.post(f"{path}/{verb}", json=body).status_code == 404
    assert other_client.get(f"{RAIL}/quotes/{facility.quote_id}").status_code == 404
    assert other_client.get(FACILITIES).json()["data"] == []
    assert client.get(f"{FACILITIES}/itm_1").status_code == 422
    assert client.get(f"{path}/undertaking").status_code == 404


def test_a_sitting_undone_is_told_in_the_facility(client, house, bar, db) -> None:
    value(house, bar)
    facility = created(house, quoted(house, [bar]))
    path = f"facilities/{facility.facility_id}"
    sitting = post(client, f"{path}/sessions")
    post(client, f"sessions/{sitting['id']}/unwind", {"reason": "he left"}, 200)
    assert get(client, path)["status"] == "VOID_UNWOUND"
    told = client.get("/v1/events", params={"type": "sarf.facility.void_unwound"}).json()["data"]
    assert [one["data"]["end_reason"] for one in told] == ["he left"]
    again = client.post(f"{RAIL}/{path}/sessions")
    assert again.status_code == 409
    assert again.json()["errors"][0]["rule_id"] == "SCF-14"
    assert_coherent(db)
