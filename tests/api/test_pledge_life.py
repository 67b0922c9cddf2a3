"""The life of a pledge over HTTP: quote, pay, part, lose a ticket, lose a thing, fetch."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sanduq.kit.json import loads
from tests.coherent import assert_coherent
from tests.conftest import client_with
from tests.make.counting import CountedDatabase, statements
from tests.make.pledges import PLEDGOR, a_bar, active_pledge, keep, open_shop, value

CONTRACTS = "/v1/rails/rahnu/contracts"


@pytest.fixture
def shop(work):
    return open_shop(work)


@pytest.fixture
def pledge(shop):
    return active_pledge(shop, [a_bar(shop), a_bar(shop, 30_000)])


def advance(client, to):
    assert client.post("/v1/test-clock/advance", json={"to": to}).status_code == 200


def post(client, pledge, verb, status=201, **body):
    answer = client.post(f"{CONTRACTS}/{pledge.contract_id}/{verb}", json=body)
    assert answer.status_code == status, answer.text
    return loads(answer.content)


def get(client, pledge, verb, **query):
    answer = client.get(f"{CONTRACTS}/{pledge.contract_id}/{verb}", params=query)
    assert answer.status_code == 200, answer.text
    return loads(answer.content)


def test_a_quote_says_what_frees_the_pledge_and_how_it_grows(client, pledge) -> None:
    quote = get(client, pledge, "redemption-quote", on="2024-05-15")
    assert Decimal(quote["total"]) == Decimal("5128")  # four months of 32.00
    assert Decimal(quote["debt"]["outstanding"]) == 5000
    assert Decimal(quote["custody_fee"]["due"]) == 128
    assert quote["not_ours"] is None
    assert quote["next_change"]["on"] == "2024-05-16"
    assert [line["on"] for line in quote["by_month"]][:2] == ["2024-06-15", "2024-07-15"]
    assert {Decimal(line["debt_outstanding"]) for line in quote["by_month"]} == {Decimal(5000)}
    answer = client.get(f"{CONTRACTS}/{pledge.contract_id}/redemption-quote?on=2031-01-01")
    assert answer.status_code == 422


def test_a_payment_is_recorded_once_under_its_key_and_taken_back_once(
    db, client, checker_client, pledge
) -> None:
    path = f"{CONTRACTS}/{pledge.contract_id}/repayments"
    key = {"Idempotency-Key": "pay-1"}
    first = client.post(path, json={"amount": 100, "metadata": {"till": "2"}}, headers=key)
    again = client.post(path, json={"amount": 100, "metadata": {"till": "2"}}, headers=key)
    assert (first.status_code, again.json()) == (201, first.json())
    made = first.json()
    assert (made["debt"], made["custody_fee"], made["is_free"]) == (100, 0, False)
    assert len(get(client, pledge, "repayments")["data"]) == 1
    verb = f"repayments/{made['id']}/reverse"
    back = post(checker_client, pledge, verb, reason="wrong pledge")
    assert (back["amount"], back["debt_outstanding"]) == (-100, 5000)
    post(checker_client, pledge, verb, 409, reason="again")
    post(client, pledge, "repayments/rep_none/reverse", 404, reason="none")
    assert_coherent(db)


def test_a_release_refused_names_its_rule_and_what_is_left(client, pledge) -> None:
    answer = post(client, pledge, "release", 409, ticket_number=pledge.ticket_number)
    assert "RHN-19" in answer["detail"]
    assert "5000.00 USD" in answer["detail"]
    assert answer["errors"][0]["rule_id"] == "RHN-19"
    assert post(client, pledge, "release", 422)["code"] == "RELEASE_TICKET"
    nobody = post(
        client, pledge, "release", 422, recipient_id="cpty_house",
        ticket_number=pledge.ticket_number,
    )  # fmt: skip
    assert nobody["code"] == "RELEASE_RECIPIENT"


def test_the_whole_life_of_a_pledge(db, client, checker_client, shop, pledge) -> None:
    large, small = (one.item_id for one in pledge.items)
    ticket = pledge.ticket_number
    part = post(client, pledge, "partial-release", item_ids=[small], ticket_number=ticket)
    assert (part["kind"], part["items_out"]) == ("partially_released", [small])
    bar = a_bar(shop, 40_000)
    value(shop, bar)
    keep(shop, pledge.contract_id, [bar])
    joined = post(client, pledge, "items", item_ids=[bar.item_id])
    assert (joined["kind"], joined["debt_outstanding"]) == ("item_added", 5000)
    other = a_bar(shop, 45_000)
    value(shop, other)
    keep(shop, pledge.contract_id, [other])
    swapped = post(
        client, pledge, "swap", in_item_ids=[other.item_id], out_item_ids=[bar.item_id],
        agreement="signed today", ticket_number=ticket,
    )  # fmt: skip
    assert swapped["kind"] == "swapped"
    assert [one["kind"] for one in get(client, pledge, "changes")["data"]] == [
        "swapped", "item_added", "partially_released",
    ]  # fmt: skip
    lost = post(client, pledge, "lost-ticket", statement="it was in my purse")
    assert lost["ticket_number"] == f"{ticket}-R1"
    advance(client, "2024-03-15T10:00:00Z")
    left = get(client, pledge, "redemption-quote")["total"]
    done = post(
        client, pledge, "release", 200, ticket_number=lost["ticket_number"],
        payment={"amount": left, "method": "transfer", "reference": "TT-9"},
    )  # fmt: skip
    assert (done["status"], done["released_to"]) == ("RELEASED", PLEDGOR)
    assert done["repayment"]["is_free"] is True
    assert {one["item_id"] for one in done["items"] if one["status"] == "RELEASED"} == {
        large, small, bar.item_id, other.item_id,
    }  # fmt: skip
    (order_id,) = done["release_order_ids"]
    order = client.get(f"/v1/custody/releases/{order_id}").json()
    assert order["status"] == "READY"
    events = client.get("/v1/events", params={"type": "rahnu.pledge.released"}).json()["data"]
    assert [one["data"]["id"] for one in events] == [pledge.contract_id]
    assert_coherent(db)


def test_people_of_a_pledge(client, pledge) -> None:
    agent = post(
        client, pledge, "agents", party_id="cpty_house", scopes=["redeem"],
        document_reference="deed 3",
    )  # fmt: skip
    ended = post(client, pledge, f"agents/{agent['id']}/revoke", 200, reason="withdrawn")
    assert ended["revoked_at"] is not None
    assert len(get(client, pledge, "agents")["data"]) == 1
    died = post(
        client, pledge, "death", party="pledgor", heirs=["cpty_house"], died_on="2024-01-10",
        document_reference="certificate",
    )  # fmt: skip
    assert get(client, pledge, "death")["data"] == [died]
    assert client.get(f"{CONTRACTS}/{pledge.contract_id}").json()["status"] == "ACTIVE"
    assert get(client, pledge, "lost-ticket")["data"] == []
    post(client, pledge, "death", 404, party="pledgor", heirs=["cpty_no"], document_reference="x")


def test_a_loss_is_reported_by_one_and_judged_by_another(
    db, client, checker_client, pledge
) -> None:
    item_id = pledge.items[1].item_id
    loss = post(
        client, pledge, "losses", item_ids=[item_id], happened_on="2024-01-15",
        description="not in its bag at the count",
    )  # fmt: skip
    verb = f"losses/{loss['id']}"
    post(client, pledge, f"{verb}/decide", 403, fault="none")
    made = post(
        checker_client, pledge, f"{verb}/decide", 200, fault="negligence", remedy="value",
        set_off=True, agreement="settlement 1",
    )  # fmt: skip
    # 30 g: 29.997 g fine at 200.00; all of it meets the debt of 5,000.00, the rest is the owner's.
    assert Decimal(made["liability"]) == Decimal("5999.4")
    assert (made["set_off"], made["debt_after"]) == (5000, 0)
    paid = post(checker_client, pledge, f"{verb}/payments", 200, amount=999.4)
    assert paid["held_for_owner"] == 0
    assert get(client, pledge, "losses")["data"][0]["id"] == loss["id"]
    assert get(client, pledge, verb)["status"] == "DECIDED"
    assert get(client, pledge, "redemption-quote")["is_free"] is True
    assert_coherent(db)


def test_a_creditor_states_what_an_outside_debt_comes_to(client, pledge) -> None:
    body = {"outstanding": 0, "stated_on": "2024-01-15", "reference": "letter"}
    post(client, pledge, "debt-statements", 409, **body)
    assert get(client, pledge, "debt-statements")["data"] == []


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("repayments", {"amount": 1, "interest": 2}),
        ("repayments", {"amount": 0}),
        ("repayments", {"amount": "1.001"}),
        ("items", {"item_ids": []}),
        ("losses", {"item_ids": ["itm_1"], "happened_on": "2024-01-15"}),
        ("agents", {"party_id": PLEDGOR, "scopes": ["sell"], "document_reference": "x"}),
    ],
)
def test_a_body_that_is_not_right_is_refused(client, pledge, verb, body) -> None:
    post(client, pledge, verb, 422, **body)


@pytest.mark.parametrize("verb", ["repayments", "changes", "agents", "losses", "death"])
def test_a_list_takes_as_many_queries_however_long_it_is(owner_url, client, pledge, verb) -> None:
    for number in range(1, 4):
        post(client, pledge, "repayments", amount=number)
    with CountedDatabase(owner_url) as counted:
        lists = client_with(counted, "sk_test_maker")
        lists.get(f"{CONTRACTS}/{pledge.contract_id}/{verb}")
        path = f"{CONTRACTS}/{pledge.contract_id}/{verb}"
        one = statements(lambda: lists.get(path, params={"limit": 1}))
        all_ = statements(lambda: lists.get(path, params={"limit": 100}))
    assert one == all_ <= 10
