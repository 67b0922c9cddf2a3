"""The collection sheet over HTTP: prefilled, sent once, every row answered for."""

from __future__ import annotations

import pytest

from sanduq import demo
from tests.coherent import assert_coherent
from tests.conftest import sharing
from tests.make.collection import AMINA, BADIA, DALAL, a_circle
from tests.make.institution import nothing_changes
from tests.make.loans import done
from tests.make.refusals import raw, refused

MEETINGS = "/v1/rails/microfinance/meetings"


@pytest.fixture
def circle(demo_work):
    return a_circle(demo_work)


@pytest.fixture
def place(circle):
    return f"{MEETINGS}/{circle.meeting_id}"


@pytest.fixture
def stranger(demo_client):
    """Another institution beside the demonstration's."""
    return sharing(demo_client, "sk_test_maker_other")


def a_body(circle, **changes):
    """Two pay 100 on their loans and all four contribute 50; 390 in cash is counted."""
    rows = [
        {
            "party_id": one,
            "attendance": "P",
            "payments": (
                [{"loan_id": circle.loans[one], "amount": 100}] if one in circle.loans else []
            ),
            "contribution": "50.00",
            "receipt_number": f"R-{number}",
        }
        for number, one in enumerate(circle.people)
    ]
    cash = [{"denomination": 50, "count": 7}, {"denomination": 20, "count": 2}]
    return {"rows": rows, "cash": cash, **changes}


def test_the_sheet_is_prefilled(demo_client, circle, place):
    sheet = done(demo_client.get(f"{place}/sheet"))
    assert (sheet["type"], sheet["meeting_id"], sheet["status"]) == (
        "collection_sheet", circle.meeting_id, "PLANNED",
    )  # fmt: skip
    assert (sheet["meets_on"], sheet["currency"], sheet["collection_id"]) == (
        "2024-01-15", "USD", None,
    )  # fmt: skip
    assert sheet["members"][0] == {
        "party_id": AMINA,
        "name": f"Person {AMINA}",
        "role": "member",
        "attendance": None,
        "loans": [
            {
                "loan_id": circle.loans[AMINA],
                "loan_type": "qard_hasan",
                "due": 0,
                "arrears": 100,
                "outstanding": 1200,
            }
        ],
        "contribution_due": 50,
    }
    assert sheet["totals"] == {
        "due": 0,
        "arrears": 200,
        "outstanding": 2400,
        "contribution_due": 200,
    }


def test_a_meeting_is_collected_and_read_back(demo_client, demo_work, circle, place):
    made = done(demo_client.post(f"{place}/collection", json=a_body(circle)), 201)
    assert made["totals"] == {
        "asked": 400, "repaid": 200, "contributed": 200, "counted": 390, "difference": -10,
    }  # fmt: skip
    assert (made["recorded"], made["refused"], made["not_listed"]) == (4, 0, [])
    assert (made["mode"], made["officer_id"], made["received_on"]) == (
        "rows", demo.MAKER, "2024-01-15",
    )  # fmt: skip
    assert made["cash"] == [{"denomination": 50, "count": 7}, {"denomination": 20, "count": 2}]
    row = made["rows"][0]
    assert (row["status"], row["contribution"], row["error"]) == ("RECORDED", 50, None)
    assert row["contribution_id"].startswith("cfc_")
    repayments = f"/v1/rails/microfinance/loans/{circle.loans[AMINA]}/repayments"
    (repayment,) = done(demo_client.get(repayments))["data"]
    assert (repayment["id"], repayment["reference"]) == (row["payments"][0]["repayment_id"], "R-0")
    read = demo_client.get(f"{place}/collection")
    assert read.json() == made
    assert done(demo_client.get(f"{place}/sheet"))["collection_id"] == made["id"]
    events = demo_client.get("/v1/events", params={"subject_id": made["id"]}).json()["data"]
    assert [(one["type"], one["data"]) for one in events] == [
        ("microfinance.collection.recorded", made)
    ]
    with demo_work() as uow:
        assert_coherent(uow)


def test_the_same_key_replays_and_another_conflicts(demo_client, demo_url, circle, place):
    body, key = a_body(circle), {"Idempotency-Key": "meeting-15-january"}
    first = demo_client.post(f"{place}/collection", json=body, headers=key)
    assert first.status_code == 201
    with nothing_changes(demo_url):
        again = demo_client.post(f"{place}/collection", json=body, headers=key)
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["idempotency-replayed"] == "true"
        answer = demo_client.post(f"{place}/collection", json=body)
        refused(answer, 409, "CONFLICT", "collected", "meeting_id")


def test_every_row_is_answered_for(demo_client, circle, place):
    body = a_body(circle)
    body["rows"][0]["payments"][0]["amount"] = 1200.01
    body["rows"][1]["party_id"] = "cpty_stranger"
    body["rows"].pop()
    made = done(demo_client.post(f"{place}/collection", json=body), 201)
    assert [row["status"] for row in made["rows"]] == ["REFUSED", "REFUSED", "RECORDED"]
    errors = [row["error"] for row in made["rows"]]
    assert [one and one["code"] for one in errors] == ["VALIDATION_ERROR", "NOT_FOUND", None]
    assert made["rows"][0]["payments"] == [
        {"loan_id": circle.loans[AMINA], "amount": 1200.01, "repayment_id": None}
    ]
    assert made["not_listed"] == [BADIA, DALAL]
    # 390 counted, one contribution recorded: the rest waits on the till
    assert made["totals"]["difference"] == 340


def test_as_a_whole_one_refusal_refuses_the_sheet(demo_client, demo_url, circle, place):
    body = a_body(circle, mode="whole")
    body["rows"][2]["payments"] = [{"loan_id": circle.loans[AMINA], "amount": 1}]
    with nothing_changes(demo_url):
        answer = demo_client.post(f"{place}/collection", json=body)
        refused(answer, 422, "BATCH_REFUSED", "NOT_FOUND", "rows.2")
        refused(demo_client.get(f"{place}/collection"), 404, "NOT_FOUND")
    assert done(demo_client.get(f"{place}/sheet"))["status"] == "PLANNED"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rows": []}, "rows"),
        ({"rows": [{"party_id": AMINA, "attendance": "X"}]}, "rows.0.attendance"),
        ({"rows": [{"party_id": AMINA}]}, "rows.0.attendance"),
        ({"rows": [{"party_id": "a\x00b", "attendance": "P"}]}, "rows.0.party_id"),
        ({"rows": [{"party_id": AMINA, "attendance": "P", "paid": 1}]}, "rows.0.paid"),
        ({"cash": [{"denomination": 50, "count": -1}]}, "cash.0.count"),
        ({"cash": [{"denomination": 50, "count": "2"}]}, "cash.0.count"),
        ({"cash": [{"denomination": 0, "count": 1}]}, "cash.0.denomination"),
        ({"cash": [{"denomination": "0.001", "count": 1}]}, "cash.0.denomination"),
        ({"mode": "some"}, "mode"),
        ({"officer_id": "user_nobody"}, "officer_id"),
        ({"currency": "USD"}, "currency"),
    ],
)
def test_what_a_sheet_cannot_be_is_refused(demo_client, demo_url, circle, place, changes, field):
    with nothing_changes(demo_url):
        answer = demo_client.post(f"{place}/collection", json=a_body(circle, **changes))
        refused(answer, 422, "VALIDATION_ERROR", field=field)


def test_meetings_that_are_not_there_or_not_yet(demo_client, stranger, circle, place):
    body = a_body(circle)
    for path in (f"{MEETINGS}/mtg_nobody/sheet", f"{MEETINGS}/mtg_nobody/collection"):
        refused(demo_client.get(path), 404, "NOT_FOUND")
    for path in (f"{place}/sheet", f"{place}/collection"):
        refused(stranger.get(path), 404, "NOT_FOUND")
    refused(stranger.post(f"{place}/collection", json=body), 404, "NOT_FOUND")
    refused(demo_client.post(f"{MEETINGS}/mtg_x/collection", json=body), 404, "NOT_FOUND")
    answer = demo_client.post(f"{MEETINGS}/grp_x/collection", json=body)
    refused(answer, 422, "VALIDATION_ERROR", "wrong_id")
    ahead = f"{MEETINGS}/{circle.next_meeting_id}/collection"
    refused(demo_client.post(ahead, json=body), 409, "CONFLICT")


def test_amounts_are_exact(demo_client, circle, place):
    rows = (
        f'[{{"party_id":"{AMINA}","attendance":"L","contribution":0.10}},'
        f'{{"party_id":"{BADIA}","attendance":"L","contribution":0.20}}]'
    )
    text = f'{{"rows":{rows},"cash":[{{"denomination":0.10,"count":3}}]}}'
    made = done(raw(demo_client, f"{place}/collection", text), 201)
    assert made["totals"]["counted"] == 0.3
    assert made["totals"]["difference"] == 0
