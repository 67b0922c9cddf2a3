"""What a facility refuses over HTTP: with the rule and its source, and with nothing half done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sanduq.kit.days import add_months
from sanduq.sarf.facilities import sittings
from sanduq.sarf.sessions import service as sessions
from sanduq.sarf.terms import disclosure
from tests.coherent import assert_coherent
from tests.make.loans import LOANS, an_application
from tests.make.refusals import refused
from tests.make.sarf import (
    BUYER,
    CUSTOMER,
    a_gold_bar,
    accepted,
    bagged,
    gold_received,
    open_house,
    opened,
    valued,
)
from tests.make.sarf_facilities import NOW, created, priced, promised, quoted, sold

RAIL = "/v1/rails/sarf"
FROM_PRICE_AND_TIME = "contract_1_price * (1 + 0.01 * elapsed_months)"
COUNTER = {"promisor_id": CUSTOMER, "from_on": "2024-07-15", "to_on": "2024-09-15"}


@pytest.fixture
def house(work):
    return open_house(work)


@pytest.fixture
def bar(house):
    return a_gold_bar(house)


def advance(client, to: str) -> None:
    assert client.post("/v1/test-clock/advance", json={"to": to}).status_code == 200


def by_rule(answer, rule_id: str, code: str, status: int = 422) -> None:
    """The refusal names this rule, its code and where it comes from."""
    body = refused(answer, status, "SHARIAH_VIOLATION" if status == 422 else "CONFLICT")
    found = {each["rule_id"]: each for each in body["errors"]}
    assert rule_id in found, body["errors"]
    assert found[rule_id]["code"] == code
    assert found[rule_id]["source"]
    assert found[rule_id]["message"]


def counted(house) -> list:
    """Everything a half effect would show in: rows, journals, events."""
    tables = (
        "sarf.facility", "sarf.promise", "sarf.buy_back", "sarf.session", "sarf.possession",
        "sarf.piece", "ledger.journal", "events.event", "audit.record",
    )  # fmt: skip
    with house.at() as uow:
        return [
            uow.connection.execute(f"select count(*) from {table}").fetchone()[0]
            for table in tables
        ]


def a_facility(quote, **changes) -> dict:
    return {
        "quote_id": quote.quote_id,
        "owner_declaration": "bought with my wages",
        "stolen_goods_check": "no report of theft",
        "acknowledged_lines": list(disclosure.LINE_CODES),
        **changes,
    }


def test_what_no_facility_is_opened_with(client, house, bar, db) -> None:
    quote = quoted(house, [bar])
    before = counted(house)
    for changes, rule_id, code in (
        ({"owner_declaration": None}, "SCF-18", "SCF_TITLE"),
        ({"stolen_goods_check": None}, "SCF-18", "SCF_TITLE"),
        ({"acknowledged_lines": list(disclosure.LINE_CODES[1:])}, "SCF-16", "SCF_DISCLOSURE"),
        ({"charges": [{"kind": "custody", "amount": 70}]}, "SCF-11", "SCF_CUSTODY_FEE"),
        ({"charges": [{"kind": "admin", "amount": 0.01}]}, "SCF-11", "SCF_CUSTODY_FEE"),
        ({"conditions": ["qard"]}, "SRF-17", "LOAN_TIED_TO_TRADE"),
        ({"debt_references": ["lon_1"]}, "SCF-02", "SCF_DEBT_CREATED"),
    ):
        answer = client.post(f"{RAIL}/facilities", json=a_facility(quote, **changes))
        by_rule(answer, rule_id, code)
    for changes, code in (
        ({"item_ids": [a_gold_bar(house, owner_id=BUYER).item_id]}, "another_owner"),
        ({"item_ids": [a_gold_bar(house).item_id]}, "not_quoted"),
        ({"item_ids": [bar.item_id] * 2}, "doubled_or_none"),
        ({"repay_on": "2024-07-15"}, "unknown_field"),
        ({"acknowledged_lines": "all"}, None),
    ):
        answer = client.post(f"{RAIL}/facilities", json=a_facility(quote, **changes))
        refused(answer, 422, "VALIDATION_ERROR", code)
    after = counted(house)
    assert after[:6] == before[:6]
    assert_coherent(db)


def test_a_quote_serves_once_and_for_a_time(client, house, bar, db) -> None:
    quote = quoted(house, [bar])
    assert client.post(f"{RAIL}/facilities", json=a_facility(quote)).status_code == 201
    refused(client.post(f"{RAIL}/facilities", json=a_facility(quote)), 409, "CONFLICT")
    other = quoted(house, [bar])
    advance(client, "2024-01-17T10:30:01Z")
    refused(client.post(f"{RAIL}/facilities", json=a_facility(other)), 409, "QUOTE_EXPIRED")
    assert_coherent(db)


def test_scf_17_no_offer_before_the_time_to_think_is_over(client, house, db) -> None:
    bar = valued(house)
    facility = created(house, quoted(house, [bar], at=NOW - timedelta(hours=23)))
    before = counted(house)
    answer = client.post(f"{RAIL}/facilities/{facility.facility_id}/sessions")
    by_rule(answer, "SCF-17", "SCF_COOLING_OFF")
    assert counted(house) == before
    assert_coherent(db)


def test_scf_20_a_loan_that_names_the_deal_stops_it(demo_client, demo_work) -> None:
    borrower = "cpty_borrower_001"
    things = {
        "owner_id": borrower, "kind": "bar", "metal": "gold", "description": "A bar of 10 g",
        "marks": "999.9", "gross_weight_grams": 10, "fineness": 999.9,
    }  # fmt: skip
    item = demo_client.post("/v1/gold/items", json=things).json()
    body = {"customer_id": borrower, "currency": "USD", "items": [{"item_id": item["id"]}]}
    quote = demo_client.post(f"{RAIL}/quotes", json=body).json()
    asked = {
        "quote_id": quote["id"],
        "owner_declaration": "bought with my wages",
        "stolen_goods_check": "no report of theft",
        "acknowledged_lines": [line["code"] for line in quote["disclosure"]],
    }
    lent = demo_client.post(LOANS, json=an_application(metadata={"for": quote["id"]}))
    assert lent.status_code == 201, lent.text
    answer = demo_client.post(f"{RAIL}/facilities", json=asked)
    by_rule(answer, "SCF-20", "SCF_TIED_QARD")
    assert lent.json()["id"] in answer.text
    assert demo_client.get(f"{RAIL}/facilities").json()["data"] == []
    again = demo_client.post(f"{RAIL}/quotes", json=body).json()
    free = demo_client.post(f"{RAIL}/facilities", json=asked | {"quote_id": again["id"]})
    assert free.status_code == 201, free.text
    with demo_work() as uow:
        assert_coherent(uow)


def test_what_no_promise_holds(client, house, bar, db) -> None:
    facility = sold(house, [bar])
    path = f"{RAIL}/facilities/{facility.facility_id}"
    shown, before = client.get(path).json(), counted(house)
    for body, rule_id, code in (
        ({"price_formula": FROM_PRICE_AND_TIME}, "SCF-06", "SCF_PRICE_FORMULA"),
        ({"price_formula": "market_price * weight * months"}, "SCF-06", "SCF_PRICE_FORMULA"),
        ({"counter_promises": [COUNTER]}, "WAD-06", "MUWAADAH_BINDING"),
        ({"counter_promises": [COUNTER]}, "SCF-09", "SCF_CUSTOMER_BOUND"),
        ({"fee": 1}, "WAD-05", "WAD_TRADED"),
        ({"is_transferable": True}, "WAD-05", "WAD_TRADED"),
        ({"is_lower_price_promised": True}, "SCF-19", "SCF_DISCOUNT_PROMISED"),
        ({"weight_grams": "49.951"}, "SCF-07", "SCF_QUANTITY"),
    ):
        by_rule(client.post(f"{path}/undertaking", json=body), rule_id, code)
    too_early = client.post(f"{path}/buy-back", json={"item_ids": [bar.item_id]})
    by_rule(too_early, "SCF-05", "SCF_WINDOW", 409)
    assert client.get(path).json() == shown
    assert counted(house) == before
    assert_coherent(db)


def test_t20_months_five_and_nine_are_no_months_of_the_promise(client, house, bar, db) -> None:
    facility = promised(house, sold(house, [bar]))
    path = f"{RAIL}/facilities/{facility.facility_id}"
    for months in (5, 9):
        day = add_months(NOW.date(), months)
        now = NOW.replace(month=day.month, day=day.day)
        advance(client, now.isoformat())
        priced(house, now)
        before = counted(house)
        answer = client.post(f"{path}/buy-back", json={"item_ids": [bar.item_id]})
        by_rule(answer, "SCF-05", "SCF_WINDOW")
        assert counted(house) == before
    assert client.get(path).json()["status"] == "CLOSED"  # lapsed, and a week has passed
    assert_coherent(db)


def test_t16_t17_what_no_purchase_holds(client, house, bar, db) -> None:
    facility = promised(house, sold(house, [bar]), fine_weight_mg=49_950)
    other = sold(house, [a_gold_bar(house, 1_000)])
    path = f"{RAIL}/facilities/{facility.facility_id}"
    advance(client, "2024-08-01T10:00:00Z")
    priced(house, NOW.replace(month=8, day=1, hour=10, minute=0), 21_000)
    shown, before = client.get(path).json(), counted(house)
    one, both = [bar.item_id], [bar.item_id, *other.item_ids]
    at_month_6 = {"price": 7420, "reason": "a rate", "price_formula": FROM_PRICE_AND_TIME}
    for body, rule_id, code in (
        ({"item_ids": one, "price": 7875.01}, "SCF-06", "SCF_PRICE_CAP"),
        ({"item_ids": one, **at_month_6}, "SCF-06", "SCF_PRICE_FORMULA"),
        ({"item_ids": one, "payment_terms": "30 days"}, "SCF-08", "SCF_CONTRACT2_DEFERRED"),
        ({"item_ids": one, "set_off_ids": ["lon_1"]}, "SCF-08", "SCF_CONTRACT2_DEFERRED"),
        ({"item_ids": both}, "SCF-07", "SCF_QUANTITY"),
    ):
        by_rule(client.post(f"{path}/buy-back", json=body), rule_id, code)
    for body, status, code in (
        ({"item_ids": one, "price": 7000}, 422, "VALIDATION_ERROR"),  # lower, and nobody says why
        ({"item_ids": one, "price": 0}, 422, "VALIDATION_ERROR"),
        ({"item_ids": one, "price": 7000.001}, 422, "VALIDATION_ERROR"),
        ({"item_ids": []}, 422, "VALIDATION_ERROR"),
        ({"item_ids": ["itm_none"]}, 409, "PIECE_NOT_FREE"),
    ):
        refused(client.post(f"{path}/buy-back", json=body), status, code)
    too_much = client.get(f"{path}/buy-back-quote", params={"weight_grams": "49.951"})
    refused(too_much, 422, "VALIDATION_ERROR", "above_remaining")
    assert client.get(path).json() == shown
    assert counted(house) == before
    assert_coherent(db)


def test_money_of_another_day_and_lighter_gold_leave_both_sides_as_they_were(
    client, house, db
) -> None:
    bar = valued(house)
    facility = created(house, quoted(house, [bar]))
    with house.at() as uow:
        session = sittings.open_session(uow, facility.facility_id)
    accepted(house, session)
    bagged(house, session, [bar])
    path = f"{RAIL}/sessions/{session.session_id}"
    before = counted(house)
    gold = {"received_by_id": "user_maker", "handed_over_by": CUSTOMER, "place": "counter 1"}
    lighter = client.post(f"{path}/gold", json={**gold, "weight_grams": 49})
    by_rule(lighter, "SRF-05", "SARF_PARTIAL")
    money = {
        "kind": "bank_credit_same_day", "amount": 7000, "received_by_id": CUSTOMER,
        "handed_over_by": "user_maker", "place": "counter 1", "reference": "TT-1",
    }  # fmt: skip
    later = client.post(f"{path}/money", json={**money, "available_at": "2024-01-16T09:00:00Z"})
    by_rule(later, "SRF-01", "SARF_NOT_SPOT")
    by_rule(
        client.post(f"{path}/money", json={**money, "amount": 6999.99}), "SRF-05", "SARF_PARTIAL"
    )
    assert counted(house) == before
    gold_received(house, session)
    advance(client, "2024-01-16T09:00:00Z")  # the sitting's day is over: it is undone
    answer = client.post(f"{path}/money", json=money)
    body = refused(answer, 409, "CONFLICT")
    assert body["errors"][0]["rule_id"] == "SRF-01"
    assert body["errors"][0]["source"]
    with house.at() as uow:
        ended = sessions.get(uow, session.session_id)
    assert (ended.status, ended.money_due_back_minor) == ("UNWOUND", 0)
    assert len(ended.return_ids) == 1  # the gold goes back to whom it came from
    facility_now = client.get(f"{RAIL}/facilities/{facility.facility_id}").json()
    assert (facility_now["status"], facility_now["price"]) == ("VOID_UNWOUND", None)
    assert_coherent(db)


def test_a_sitting_closes_with_both_sides_or_not_at_all(client, house, db) -> None:
    bar = valued(house)
    session = opened(house, [bar.item_id])
    accepted(house, session)
    bagged(house, session, [bar])
    gold_received(house, session)
    answer = client.post(f"{RAIL}/sessions/{session.session_id}/close")
    body = refused(answer, 409, "CONFLICT", "SARF_NOT_SPOT", "MONEY")
    assert "SRF-01" in body["detail"]
    assert_coherent(db)
