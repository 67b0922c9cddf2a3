"""Custody over HTTP: a bag's whole life, what is refused, and lists of few statements."""

from __future__ import annotations

import pytest

from sanduq.access import service as access
from sanduq.custody.releases import service as releases
from sanduq.kit.json import loads
from tests.coherent import assert_coherent
from tests.conftest import INSTITUTION, client_with
from tests.make import custody
from tests.make.counting import CountedDatabase, statements

CUSTODY = "/v1/custody"
SUBJECT = "rhn_one"


def sent(client, path, body, status=201):
    answer = client.post(f"{CUSTODY}/{path}", json=body)
    assert answer.status_code == status, answer.text
    return loads(answer.content)


def read(client, path, **query):
    answer = client.get(f"{CUSTODY}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return loads(answer.content)


@pytest.fixture
def item(work):
    with work() as uow:
        custody.an_owner(uow)
        return custody.an_item(uow)


@pytest.fixture
def main_vault(client):
    return sent(client, "places", {"kind": "vault", "name": "Main vault", "capacity": 20})


@pytest.fixture
def bag(client, checker_client, item, main_vault):
    body = {
        "subject_id": SUBJECT, "basis": "pledge", "item_ids": [item.item_id],
        "bag_number": "B-1", "seal_number": "S-1", "weight_grams": 26.5,
        "place_id": main_vault["id"],
    }  # fmt: skip
    waiting = sent(client, "bags", body)
    assert waiting["status"] == "AWAITING_SECOND"
    refused = client.post(f"{CUSTODY}/bags/{waiting['id']}/confirm", json={"weight_grams": 26.5})
    assert refused.status_code == 403
    return sent(checker_client, f"bags/{waiting['id']}/confirm", {"weight_grams": "26.510"}, 200)


def test_a_bag_is_received_moved_opened_sealed_and_handed_over(
    client, checker_client, work, db, item, main_vault, bag
):
    assert (bag["status"], bag["confirmed_weight_grams"]) == ("IN_CUSTODY", loads(b"26.51"))
    cabinet = sent(
        client, "places",
        {"kind": "cabinet", "name": "C1", "capacity": 5, "parent_id": main_vault["id"]},
    )  # fmt: skip
    assert cabinet["path"] == "Main vault/C1"
    move = sent(
        client, "moves",
        {"bag_id": bag["id"], "to_place_id": cabinet["id"], "weight_grams": 26.5, "reason": "r"},
    )  # fmt: skip
    assert move["is_in_transit"]
    sent(checker_client, f"moves/{move['id']}/confirm", {"weight_grams": 26.5}, 200)
    opening = sent(
        client, f"bags/{bag['id']}/open",
        {"seal_number": "S-1", "weight_grams": 26.5, "reason": "customer_view", "present": ["A"]},
    )  # fmt: skip
    sent(checker_client, f"moves/{opening['id']}/confirm", {"weight_grams": 26.5}, 200)
    again = sent(
        client, f"bags/{bag['id']}/reseal",
        {"seal_number": "S-2", "weight_grams": 26.4, "reason": "shown"},
    )  # fmt: skip
    sent(checker_client, f"moves/{again['id']}/confirm", {"weight_grams": 26.4}, 200)
    assert read(client, f"bags/{bag['id']}")["seal_number"] == "S-2"
    assert read(client, "holdings", place_id=main_vault["id"])["data"][0]["bag_id"] == bag["id"]
    with work() as uow:
        order = custody.ordered(uow, SUBJECT, [item.item_id])
    (ready,) = read(client, "releases", status="READY")["data"]
    assert (ready["id"], ready["age_days"]) == (order.release_id, 0)
    seen = {
        "received_by_id": custody.OWNER, "identity_document": "passport A-1",
        "bags": [{"bag_id": bag["id"], "seal_number": "S-2", "weight_grams": 26.4}],
        "item_ids": [item.item_id], "items_weight_grams": 22.5, "ticket_number": "T-1",
        "checklist": list(releases.CHECKLIST),
    }  # fmt: skip
    sent(client, f"releases/{order.release_id}/hand-over", seen, 200)
    weighed = {"items_weight_grams": 22.5}
    done = sent(checker_client, f"releases/{order.release_id}/confirm", weighed, 200)
    assert done["status"] == "HANDED_OVER"
    assert read(client, "holdings")["data"] == []
    steps = read(client, "movements", thing_id=item.item_id)["data"]
    assert [one["kind"] for one in steps] == ["handed_over", "received"]
    assert steps[0]["to_position"] == f"out:{order.release_id}"
    assert_coherent(db)


def test_no_path_of_the_api_lets_a_thing_out_without_a_release_order(client, bag):
    """RHN-16: nothing to sell, lend or pledge on; orders are made by the rooms that owe."""
    out = client.post(
        f"{CUSTODY}/releases", json={"subject_id": SUBJECT, "item_ids": bag["item_ids"]}
    )
    assert out.status_code == 405
    cancelled = client.post(f"{CUSTODY}/bags/{bag['id']}/cancel", json={"reason": "x"})
    assert cancelled.status_code == 409


def test_a_refusal_names_its_code_and_field(client, checker_client, work, item, main_vault, bag):
    with work() as uow:
        other = custody.an_item(uow).item_id
    body = {
        "subject_id": "rhn_two", "basis": "pledge", "item_ids": [other], "bag_number": "B-2",
        "seal_number": "S-2", "weight_grams": 26.5, "place_id": main_vault["id"],
    }  # fmt: skip
    for change, status, code in [
        ({"item_ids": [item.item_id]}, 409, "ITEM_IN_CUSTODY"),
        ({"weight_grams": 22.499}, 422, "BAG_TOO_LIGHT"),
        ({"weight_grams": "22.4999"}, 422, "VALIDATION_ERROR"),
        ({"weight_grams": 0}, 422, "VALIDATION_ERROR"),
        ({"seal_number": "S-1"}, 409, "BAG_NUMBER_TAKEN"),
        ({"place_id": "plc_nowhere"}, 404, "NOT_FOUND"),
        ({"item_ids": ["itm_nobody"]}, 422, "VALIDATION_ERROR"),
        ({"item_ids": [other, other]}, 422, "VALIDATION_ERROR"),
    ]:
        answer = client.post(f"{CUSTODY}/bags", json={**body, **change})
        assert (answer.status_code, answer.json()["code"]) == (status, code), change
    assert len(read(client, "bags")["data"]) == 1


def test_a_twin_is_found_by_item(client, work, bag):
    with work() as uow:
        held = custody.an_item(uow, serial="AB-1").item_id
        asked = custody.an_item(uow, serial="ab1").item_id
    custody.in_custody(work, "rhn_two", [held])
    (twin,) = read(client, "twins", item_id=asked)["data"]
    assert (twin["twin_item_id"], twin["subject_id"]) == (held, "rhn_two")
    assert twin["matched_on"] == "serial"
    assert client.get(f"{CUSTODY}/twins", params={"item_id": "itm_none"}).status_code == 404


def test_a_photograph_taken_of_a_thing_that_is_held_is_known_from_then_on(client, work, bag):
    photo = {"content_base64": "iVBORw0KGgo=", "media_type": "image/png"}  # a PNG's first bytes
    (held,) = bag["item_ids"]
    with work() as uow:
        other = custody.an_item(uow).item_id
    for item_id in (held, other):
        answer = client.post(f"/v1/gold/items/{item_id}/photos", json=photo)
        assert answer.status_code == 201, answer.text
    (twin,) = read(client, "twins", item_id=other)["data"]
    assert (twin["twin_item_id"], twin["matched_on"]) == (held, "photo")


def test_a_stock_take_over_http_stays_blind_until_two_have_signed(client, checker_client, bag):
    started = sent(client, "stocktakes", {"sample_size": 1})
    assert (started["seed"], started["certificate"], started["result"]) == (None, None, None)
    scan = {"place_id": bag["place_id"], "bag_number": "B-1", "seal_number": "S-1"}
    path = f"stocktakes/{started['id']}"
    assert sent(client, f"{path}/scans", {"scans": [scan]}, 200)["to_weigh"] == ["B-1"]
    weighed = {**scan, "weight_grams": 26.5}
    assert sent(client, f"{path}/scans", {"scans": [weighed]}, 200)["to_weigh"] == []
    counted = sent(client, f"{path}/close", None, 200)
    assert (counted["status"], counted["result"]["is_clean"]) == ("COUNTED", True)
    assert sent(client, f"{path}/sign", None, 200)["certificate"] is None
    finished = sent(checker_client, f"{path}/sign", None, 200)
    assert finished["status"] == "FINISHED"
    assert finished["certificate"]["sample_bag_ids"] == [bag["id"]]


def test_takaful_is_recorded_and_set_against_what_is_held(client, checker_client, bag):
    cover = {
        "provider": "T", "policy_number": "1", "is_takaful": True, "sum_covered": 5000,
        "premium": 12, "currency": "USD", "valid_from": "2024-01-01", "valid_to": "2024-12-31",
    }  # fmt: skip
    refused = checker_client.post(f"{CUSTODY}/takaful/covers", json={**cover, "is_takaful": False})
    assert refused.json()["code"] == "INSURANCE_NOT_TAKAFUL"
    made = sent(checker_client, "takaful/covers", cover)
    assert read(client, f"takaful/covers/{made['id']}") == made
    assert read(client, "takaful/covers", valid_on="2025-01-01")["data"] == []
    (line,) = read(client, "takaful/position")["data"]
    assert (line["held_value"], line["reason"], line["sum_covered"]) == (None, "no board", 5000)


def test_what_another_institution_keeps_does_not_exist_here(other_client, bag, main_vault):
    for path in (f"bags/{bag['id']}", f"places/{main_vault['id']}"):
        assert other_client.get(f"{CUSTODY}/{path}").status_code == 404
    for path in ("bags", "holdings", "movements", "places"):
        assert read(other_client, path)["data"] == []


def test_settings_are_read_and_set(client, checker_client):
    assert read(client, "settings")["weight_tolerance_mg"] == 20
    sent(checker_client, "settings", {"weight_tolerance_mg": 5}, 200)
    assert read(client, "settings")["weight_tolerance_mg"] == 5


LISTS = (
    "places", "bags", "moves", "releases", "holdings", "movements", "stocktakes",
    "takaful/covers", "totals", "takaful/position",
)  # fmt: skip


def test_lists_cost_as_many_statements_for_many_rows_as_for_one(owner_url):
    with CountedDatabase(owner_url) as database:
        client = client_with(database, "sk_test_maker")

        def work(user_id="user_maker"):
            return access.work_as(database, INSTITUTION, user_id, "req_test")

        def grow(number):
            with work() as uow:
                item_id = custody.an_item(uow).item_id
            custody.in_custody(work, f"rhn_{number}", [item_id])
            with work() as uow:
                custody.ordered(uow, f"rhn_{number}", [item_id])

        def cost():
            return {path: statements(lambda p=path: read(client, p)) for path in LISTS}

        with work() as uow:
            custody.an_owner(uow)
        grow(0)
        cost()
        few = cost()
        for number in range(1, 8):
            grow(number)
        assert cost() == few
        assert len(read(client, "holdings")["data"]) == 8
        assert len(read(client, "bags", limit=3)["data"]) == 3
