"""Lost gold over HTTP: reported with one key, decided with another in the inbox of approvals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.make.loans import done
from tests.make.sarf import House, a_gold_bar, open_house
from tests.make.sarf_facilities import sold

LOSSES = "/v1/rails/sarf/losses"


@pytest.fixture
def house(work: Any) -> House:
    return open_house(work)


def test_a_loss_waits_for_another_user_and_is_then_written_off(
    house: House, client: Any, checker_client: Any
) -> None:
    bar = a_gold_bar(house)
    sold(house, [bar])
    body = {"item_id": bar.item_id, "cause": "seized", "reason": "a better title was shown",
            "evidence": "court order 12"}  # fmt: skip
    made = done(client.post(LOSSES, json=body), 201)
    assert (made["status"], made["amount"], made["fine_weight_grams"]) == (
        "AWAITING_APPROVAL", 7000, 49.95,
    )  # fmt: skip
    waiting = done(client.get("/v1/approvals?status=PENDING"))["data"]
    (own,) = [one["id"] for one in waiting if one["subject_id"] == made["id"]]
    assert client.post(f"/v1/approvals/{own}/approve", json={}).status_code == 403
    done(checker_client.post(f"/v1/approvals/{own}/approve", json={}))
    after = done(client.get(f"{LOSSES}/{made['id']}"))
    assert after["status"] == "WRITTEN_OFF"
    assert after["journal_id"].startswith("jrn_")
    listed = done(client.get(f"{LOSSES}?status=WRITTEN_OFF&item_id={bar.item_id}"))["data"]
    assert [one["id"] for one in listed] == [made["id"]]
    pieces = done(client.get(f"/v1/rails/sarf/pieces?item_id={bar.item_id}"))["data"]
    assert [one["status"] for one in pieces] == ["LOST"]


@pytest.mark.parametrize("field", ["item_id", "cause", "reason", "evidence"])
def test_a_loss_says_what_why_and_by_what_evidence(client: Any, field: str) -> None:
    body = {"item_id": "itm_1", "cause": "lost", "reason": "gone", "evidence": "report 7"}
    body.pop(field)
    assert client.post(LOSSES, json=body).status_code == 422


def test_what_is_not_ours_cannot_be_lost(client: Any) -> None:
    body = {"item_id": "itm_1", "cause": "lost", "reason": "gone", "evidence": "report 7"}
    answer = client.post(LOSSES, json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "PIECE_NOT_FREE")
