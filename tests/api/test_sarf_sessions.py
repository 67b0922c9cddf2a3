"""Sittings over HTTP: carried through, undone, sold on, exchanged; what is refused and how."""

from __future__ import annotations

import pytest

from sanduq.sarf.sessions import service
from tests.coherent import assert_coherent
from tests.conftest import client_with
from tests.make.counting import CountedDatabase, statements
from tests.make.refusals import refused
from tests.make.sarf import (
    BUYER,
    CUSTOMER,
    bagged,
    bought,
    handed_over,
    open_house,
    opened,
    valued,
)

SESSIONS = "/v1/rails/sarf/sessions"
RESALES = "/v1/rails/sarf/resales"
EXCHANGES = "/v1/rails/sarf/exchanges"
PIECES = "/v1/rails/sarf/pieces"
GOLD = {"received_by_id": "user_maker", "handed_over_by": CUSTOMER, "place": "counter 1"}
MONEY = {
    "kind": "cash", "amount": 7000, "received_by_id": CUSTOMER, "handed_over_by": "user_maker",
    "place": "counter 1",
}  # fmt: skip
BACK = {
    "kind": "cash", "received_by_id": "user_maker", "handed_over_by": CUSTOMER,
    "place": "counter 1",
}  # fmt: skip


@pytest.fixture
def house(work):
    return open_house(work)


@pytest.fixture
def bar(house):
    return valued(house)


@pytest.fixture
def session(house, bar):
    return opened(house, [bar.item_id], external_id="S-1")


def post(client, session_id: str, verb: str, body=None, status: int = 200, **headers):
    answer = client.post(f"{SESSIONS}/{session_id}/{verb}", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def closed_over_http(client, house, session, bar):
    sse = session.session_id
    post(client, sse, "accept", {"accepted_by_id": CUSTOMER, "note": "agreed aloud"})
    bagged(house, session, [bar])
    post(client, sse, "gold", {**GOLD, "weight_grams": 50})
    post(client, sse, "money", MONEY)
    return post(client, sse, "close")


def test_a_sitting_is_carried_through(client, house, session, bar, db) -> None:
    done = closed_over_http(client, house, session, bar)
    assert (done["status"], done["price"], done["market_value"]) == ("CLOSED", 7000, 10000)
    assert done["legs"] == ["GOLD_IN", "MONEY"]
    assert done["missing_legs"] == []
    assert done["pieces"][0]["fine_weight_grams"] == 49.95
    assert [one["leg"] for one in done["possessions"]] == ["GOLD_IN", "MONEY"]
    assert done["journal_id"].startswith("jrn_")
    assert client.get(f"{SESSIONS}/{done['id']}").json() == done
    (owned,) = client.get(PIECES).json()["data"]
    assert (owned["status"], owned["cost"], owned["acquired_in"]) == ("HELD", 7000, done["id"])
    listed = client.get(SESSIONS, params={"status": "CLOSED", "external_id": "S-1"}).json()
    assert listed["data"] == [done]
    assert_coherent(db)


def test_a_step_out_of_order_is_a_conflict_that_names_the_rule(client, session) -> None:
    sse = session.session_id
    early = client.post(f"{SESSIONS}/{sse}/money", json=MONEY)
    refused(early, 409, "CONFLICT", "state")
    post(client, sse, "accept", {"accepted_by_id": CUSTOMER})
    body = refused(client.post(f"{SESSIONS}/{sse}/close"), 409, "CONFLICT", field="GOLD_IN")
    assert {one["rule_id"] for one in body["errors"]} == {"SRF-01"}
    again = client.post(f"{SESSIONS}/{sse}/gold", json=GOLD)
    refused(again, 409, "GOLD_NOT_IN_HAND")


def test_money_credited_tomorrow_is_refused_with_its_rule(client, session) -> None:
    # T15
    post(client, session.session_id, "accept", {"accepted_by_id": CUSTOMER})
    late = {
        **MONEY, "kind": "bank_credit_same_day", "reference": "TRF-1",
        "available_at": "2024-01-16T09:00:00Z",
    }  # fmt: skip
    answer = client.post(f"{SESSIONS}/{session.session_id}/money", json=late)
    refused(answer, 422, "SHARIAH_VIOLATION", "SARF_NOT_SPOT")


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("accept", {}),
        ("accept", {"accepted_by_id": CUSTOMER, "price": 1}),
        ("gold", {**GOLD, "kind": "a promise"}),
        ("gold", {**GOLD, "weight_grams": -1}),
        ("gold", {**GOLD, "leg": "SILVER"}),
        ("money", {**MONEY, "amount": 0}),
        ("money", {**MONEY, "amount": "7000.001"}),
        ("money", {**MONEY, "available_at": "2024-01-15T10:30:00"}),
        ("money", {**MONEY, "received_by_id": "a\x00b"}),
        ("unwind", {}),
        ("money-back", {"kind": "cash"}),
        ("close", {"ended_how": "sleeping"}),
        ("void", {"ground": "regret", "reason": "x", "money_back": BACK}),
    ],
)
def test_a_body_that_is_not_right_is_refused(client, session, verb, body) -> None:
    answer = client.post(f"{SESSIONS}/{session.session_id}/{verb}", json=body)
    refused(answer, 422, "VALIDATION_ERROR")


def test_an_instant_far_away_is_no_day_of_a_sitting(client, session) -> None:
    post(client, session.session_id, "accept", {"accepted_by_id": CUSTOMER})
    for far in ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-01-15T10:30:00Z"):
        sent = {**MONEY, "available_at": far}
        answer = client.post(f"{SESSIONS}/{session.session_id}/money", json=sent)
        refused(answer, 422, "VALIDATION_ERROR", "out_of_range")


def test_a_verb_holds_to_the_version_that_was_read(client, session) -> None:
    path = f"{SESSIONS}/{session.session_id}"
    tag = client.get(path).headers["etag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    accepting = {"accepted_by_id": CUSTOMER}
    post(client, session.session_id, "accept", accepting, **{"If-Match": tag})
    for verb, body in (("money", MONEY), ("unwind", {"reason": "x"}), ("gold", GOLD)):
        answer = client.post(f"{path}/{verb}", json=body, headers={"If-Match": tag})
        refused(answer, 409, "CONFLICT")


def test_another_institution_finds_no_sitting(other_client, session) -> None:
    path = f"{SESSIONS}/{session.session_id}"
    refused(other_client.get(path), 404, "NOT_FOUND")
    for verb, body in (
        ("accept", {"accepted_by_id": CUSTOMER}), ("gold", GOLD), ("money", MONEY), ("close", {}),
        ("unwind", {"reason": "x"}), ("money-back", BACK),
        ("void", {"ground": "not_spot", "reason": "x", "money_back": BACK}),
    ):  # fmt: skip
        refused(other_client.post(f"{path}/{verb}", json=body), 404, "NOT_FOUND")
    assert other_client.get(SESSIONS).json()["data"] == []
    refused(other_client.get(f"{SESSIONS}/srf_1"), 422, "VALIDATION_ERROR")


def test_a_reader_changes_nothing(db, session) -> None:
    keeper = client_with(db, "sk_test_shariah")
    accepting = {"accepted_by_id": CUSTOMER}
    answer = keeper.post(f"{SESSIONS}/{session.session_id}/accept", json=accepting)
    refused(answer, 403, "FORBIDDEN")


def test_an_unwound_sitting_tells_what_goes_back(client, house, session, bar, db) -> None:
    sse = session.session_id
    post(client, sse, "accept", {"accepted_by_id": CUSTOMER})
    bagged(house, session, [bar])
    post(client, sse, "gold", GOLD)
    post(client, sse, "money", MONEY)
    undone = post(client, sse, "unwind", {"reason": "the seller left"})
    assert (undone["status"], undone["money_due_back"]) == ("UNWOUND", 7000)
    assert len(undone["return_ids"]) == 1
    back = post(client, sse, "money-back", BACK)
    assert (back["money_due_back"], back["money_back"]) == (0, {**BACK, "reference": None})
    refused(client.post(f"{SESSIONS}/{sse}/money-back", json=BACK), 409, "CONFLICT")
    assert_coherent(db)


def test_a_closed_exchange_is_void_when_another_user_says_so(
    client, checker_client, house, session, bar, db
) -> None:
    closed_over_http(client, house, session, bar)
    body = {"ground": "hidden_defect", "reason": "plated", "money_back": BACK}
    asked = post(client, session.session_id, "void", body)
    assert (asked["status"], asked["end_reason"]) == ("CLOSED", "hidden_defect: plated")
    waiting = client.get("/v1/approvals?status=PENDING").json()["data"]
    (request,) = [one for one in waiting if one["action"] == "sarf.void"]
    refused(client.post(f"/v1/approvals/{request['id']}/approve"), 403, "FORBIDDEN")
    assert checker_client.post(f"/v1/approvals/{request['id']}/approve").status_code == 200
    voided = client.get(f"{SESSIONS}/{session.session_id}").json()
    assert voided["status"] == "VOID"
    assert voided["reversal_id"].startswith("jrn_")
    assert_coherent(db)


def test_free_gold_is_sold_over_http(client, checker_client, house, db) -> None:
    item_id = bought(house).pieces[0].item_id
    sent = {"buyer_id": BUYER, "item_ids": [item_id]}
    refused(client.post(RESALES, json=sent), 403, "FORBIDDEN")
    answer = checker_client.post(RESALES, json=sent)
    assert answer.status_code == 201, answer.text
    sale = answer.json()
    assert (sale["kind"], sale["price"], sale["customer_id"]) == ("RESALE", 10000, BUYER)
    refused(checker_client.post(RESALES, json=sent), 409, "PIECE_NOT_FREE", "not_free")
    post(client, sale["id"], "accept", {"accepted_by_id": BUYER})
    paid = post(client, sale["id"], "money", {**MONEY, "amount": 10000})
    assert paid["release_id"].startswith("rel_")
    with house.at() as uow:
        waiting = service.get(uow, sale["id"])
    handed_over(house, waiting)
    post(client, sale["id"], "gold", GOLD)
    assert post(client, sale["id"], "close", {"ended_how": "mutual_waiver"})["status"] == "CLOSED"
    assert_coherent(db)


def test_unequal_gold_is_not_exchanged_over_http(client, house) -> None:
    # T14
    own = bought(house, [valued(house, 20_000)]).pieces[0].item_id
    brought = valued(house, 20_000, BUYER, fineness_bp=9_160)
    sent = {"customer_id": BUYER, "item_ids": [brought.item_id], "own_item_ids": [own]}
    answer = client.post(EXCHANGES, json=sent)
    refused(answer, 422, "SHARIAH_VIOLATION", "GOLD_INEQUALITY")
    equal = valued(house, 20_000, BUYER)
    made = client.post(EXCHANGES, json={**sent, "item_ids": [equal.item_id]})
    assert made.status_code == 201, made.text
    assert made.json()["legs"] == ["GOLD_IN", "GOLD_OUT"]


@pytest.mark.parametrize("body", [{}, {"buyer_id": BUYER}, {"buyer_id": BUYER, "item_ids": []}])
def test_a_sale_names_who_buys_what(checker_client, house, body) -> None:
    refused(checker_client.post(RESALES, json=body), 422, "VALIDATION_ERROR")


@pytest.mark.parametrize("path", [SESSIONS, PIECES])
def test_a_list_takes_as_many_queries_however_long_it_is(owner_url, house, path) -> None:
    for weight in (1_000, 2_000, 3_000):
        bought(house, [valued(house, weight)])
    with CountedDatabase(owner_url) as counted:
        lists = client_with(counted, "sk_test_maker")
        assert len(lists.get(path).json()["data"]) == 3
        one = statements(lambda: lists.get(path, params={"limit": 1}))
        all_ = statements(lambda: lists.get(path, params={"limit": 100}))
    assert one == all_ <= 10


@pytest.mark.parametrize(
    "query", [{"status": "DONE"}, {"kind": "LOAN"}, {"customer": "x"}, {"cursor": "?"}]
)
def test_a_filter_that_is_not_known_is_refused(client, query) -> None:
    refused(client.get(SESSIONS, params=query), 422, "VALIDATION_ERROR")
