"""Safe-keeping over HTTP: opened, kept, its fee paid, fetched."""

from __future__ import annotations

from decimal import Decimal

from sanduq.kit.json import loads
from tests.conftest import client_with
from tests.make.counting import CountedDatabase, statements
from tests.make.custody import OWNER, an_item, an_owner, in_custody
from tests.make.fees import active_fee_policy

DEPOSITS = "/v1/rails/rahnu/deposits"
HALF_A_YEAR = "2024-07-15T10:30:00Z"


def a_deposit(item_id, **changes):
    return {"owner_id": OWNER, "currency": "USD", "item_ids": [item_id], **changes}


def owned(work, *, is_known=False):
    with work("user_maker") as uow:
        if not is_known:
            an_owner(uow)
        return an_item(uow, gross_weight_mg=50_000).item_id


def test_a_deposit_from_the_counter_to_the_counter(client, work):
    policy, item_id = active_fee_policy(work), owned(work)
    answer = client.post(DEPOSITS, json=a_deposit(item_id, fee_policy_id=policy.fee_policy_id))
    assert answer.status_code == 201
    made = answer.json()
    assert (made["type"], made["status"], made["fee_monthly"]) == ("deposit", "OPEN", 20)
    assert (made["liability_basis"], made["kept_from"]) == ("amanah", None)
    path = f"{DEPOSITS}/{made['id']}"
    in_custody(work, made["id"], [item_id], "deposit")
    assert client.get(path).json()["kept_from"] == "2024-01-15"
    assert client.post("/v1/test-clock/advance", json={"to": HALF_A_YEAR}).status_code == 200
    unpaid = client.post(f"{path}/withdraw", json={})
    assert (unpaid.status_code, unpaid.json()["code"]) == (409, "DEPOSIT_FEE_UNPAID")
    above = client.post(f"{path}/payments", json={"amount": "120.01"})
    assert (above.status_code, above.json()["code"]) == (422, "LIMIT_EXCEEDED")
    paid = client.post(f"{path}/payments", json={"amount": 120, "reference": "R-7"})
    assert paid.status_code == 201
    assert loads(paid.content)["amount"] == Decimal(120)
    assert client.get(f"{path}/payments").json()["data"] == [paid.json()]
    ready = client.post(f"{path}/withdraw", json={}).json()
    assert (ready["fee_until"], ready["fee_due"]) == ("2024-07-15", 0)
    assert ready["release_id"].startswith("rel_")
    assert client.get(path).json() == ready


def test_a_guaranteed_deposit_with_a_fee_is_refused_with_its_rule(client, work):
    policy, item_id = active_fee_policy(work), owned(work)
    sent = a_deposit(item_id, fee_policy_id=policy.fee_policy_id, liability_basis="damanah")
    refused = client.post(DEPOSITS, json={**sent, "perks": ["a gift each month"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "SHARIAH_VIOLATION")
    assert {each["code"] for each in refused.json()["errors"]} == {
        "DAMANAH_WITH_CUSTODY_FEE",
        "DEPOSIT_HIBAH_TIED",
    }
    assert client.get(DEPOSITS).json()["data"] == []


def test_deposits_are_listed_and_cost_no_more_statements_when_there_are_more(
    client, work, owner_url
):
    made = [
        client.post(DEPOSITS, json=a_deposit(owned(work, is_known=place > 0))).json()
        for place in range(4)
    ]
    assert client.get(DEPOSITS).json()["data"] == made[::-1]
    assert client.get(DEPOSITS, params={"owner_id": "cpty_no"}).json()["data"] == []
    assert (
        client.get(DEPOSITS, params={"status": "OPEN", "owner_id": OWNER}).json()["data"]
        == made[::-1]
    )
    with CountedDatabase(owner_url) as counted:
        reader = client_with(counted, "sk_test_maker")
        reader.get(DEPOSITS)
        few = statements(lambda: reader.get(DEPOSITS, params={"limit": 1}))
        assert statements(lambda: reader.get(DEPOSITS, params={"limit": 4})) == few


def test_the_deposit_of_another_institution_is_not_found(client, other_client, work):
    made = client.post(DEPOSITS, json=a_deposit(owned(work))).json()
    path = f"{DEPOSITS}/{made['id']}"
    assert other_client.get(path).status_code == 404
    assert other_client.get(f"{path}/payments").status_code == 404
    assert other_client.post(f"{path}/payments", json={"amount": 1}).status_code == 404
    assert other_client.post(f"{path}/withdraw", json={}).status_code == 404
