"""Salam over HTTP: what is asked, what is answered, and how refusals read."""

from __future__ import annotations

import pytest

from tests.make.loans import LOANS, done
from tests.make.refusals import refused
from tests.make.salam import MILL, prepared

RAIL = "/v1/rails/microfinance"
WHEAT = {
    "code": "wheat",
    "name": "Wheat",
    "kind": "crop",
    "unit": "kg",
    "is_fungible": True,
    "required_specifications": ["grade", "moisture_content_max"],
    "harvest_months": [5, 6, 7],
}
PRODUCT = {
    "name": "Salam for farmers",
    "type": "salam_micro",
    "currency": "USD",
    "amount": {"min": 1, "max": 50000},
    "installments": {"min": 1, "max": 1},
    "frequencies": ["monthly"],
    "grace_months_max": 0,
    "kyc_tier_min": "simplified",
    "is_default": True,
}
SALAM = {
    "type": "salam_micro",
    "borrower_id": "cpty_borrower_001",
    "amount": 500,
    "currency": "USD",
    "purpose": "agriculture",
    "commodity": "wheat",
    "quantity": 1000,
    "quantity_unit": "kg",
    "price_per_unit": "0.50",
    "delivery_date": "2024-06-15",
    "delivery_location": "Warehouse of the main branch",
    "quality_specifications": {"grade": "A", "moisture_content_max": "12"},
}
PARALLEL = {
    "counterparty_id": MILL,
    "commodity": "wheat",
    "quantity": 1000,
    "quantity_unit": "kg",
    "price_per_unit": "0.56",
    "currency": "USD",
    "delivery_date": "2024-06-30",
    "quality_specifications": {"grade": "A", "moisture_content_max": "12"},
}


@pytest.fixture
def field(demo_client, demo_work):
    """A farmer, a mill, wheat, barley and a product, in the demonstration institution."""
    prepared(demo_work)
    return demo_client


def asked(client, **changes):
    body = {name: value for name, value in {**SALAM, **changes}.items() if value is not ...}
    return client.post(LOANS, json=body)


def approved(client, checker, **changes):
    loan = done(asked(client, **changes), 201)
    done(checker.post(f"{LOANS}/{loan['id']}/approve"))
    return str(loan["id"])


def advance(client, day):
    done(client.post("/v1/test-clock/advance", json={"to": f"{day}T10:30:00Z"}))


def delivery(**changes):
    return {"quantity": 1000, "quality": "as_agreed", "document": "Weight note 114", **changes}


def test_a_salam_is_answered_with_its_terms(field) -> None:
    loan = done(asked(field), 201)
    assert loan["type"] == "salam_micro"
    assert (loan["status"], loan["stage"]) == ("PENDING_APPROVAL", "AGREED")
    assert (loan["amount"], loan["total_repayable"]) == (500, 0)
    assert loan["particulars"] == {
        "commodity": "wheat",
        "quantity": 1000,
        "quantity_unit": "kg",
        "price_per_unit": 0.5,
        "total_price": 500,
        "currency": "USD",
        "delivery_date": "2024-06-15",
        "deliveries": [{"date": "2024-06-15", "quantity": 1000}],
        "delivery_location": "Warehouse of the main branch",
        "counterparty_id": "cpty_borrower_001",
        "quality_specifications": {"grade": "A", "moisture_content_max": "12"},
        "freight_payer": "seller",
        "securities": [],
    }


def test_the_whole_way_from_price_to_sale(field, demo_checker) -> None:
    loan_id = approved(field, demo_checker)
    salam = done(field.post(f"{LOANS}/{loan_id}/pay-price"))
    assert (salam["advance_payment_status"], salam["loan_status"]) == ("PAID", "DISBURSED")
    assert salam["capital_undelivered"] == 500
    advance(field, "2024-06-15")
    remedies = done(field.get(f"{LOANS}/{loan_id}/remedies"))
    assert [each["remedy"] for each in remedies["remedies"]] == ["wait", "cancel", "substitute"]
    salam = done(field.post(f"{LOANS}/{loan_id}/deliver", json=delivery(quantity=400)))
    assert (salam["loan_status"], salam["capital_undelivered"]) == ("REPAYING", 300)
    salam = done(field.post(f"{LOANS}/{loan_id}/deliver", json=delivery(quantity="600")))
    assert (salam["loan_status"], salam["quantity_undelivered"]) == ("COMPLETED", 0)
    sale = {"buyer_id": MILL, "quantity": 500, "price": 280, "document": "Invoice 9"}
    sold = done(field.post(f"{LOANS}/{loan_id}/goods/sell", json=sale), 201)
    assert (sold["price"], sold["cost"], sold["profit"]) == (280, 250, 30)
    goods = done(field.get(f"{LOANS}/{loan_id}/goods"))["data"]
    assert sorted(lot["quantity_in_hand"] for lot in goods) == [0, 500]
    (left,) = [lot for lot in goods if lot["quantity_in_hand"]]
    down = {"market_value": 240, "currency": "USD", "document": "Price list"}
    path = f"{RAIL}/salam-goods/{left['id']}/write-down"
    assert done(field.post(path, json=down))["cost_in_hand"] == 240
    listed = done(field.get(f"{RAIL}/salam-goods", params={"commodity": "wheat"}))["data"]
    assert len(listed) == 2


def test_a_parallel_salam_from_price_to_delivery(field, demo_checker) -> None:
    loan_id = approved(field, demo_checker)
    done(field.post(f"{LOANS}/{loan_id}/disburse"))
    parallel = done(field.post(f"{RAIL}/parallel-salams", json=PARALLEL), 201)
    assert (parallel["status"], parallel["total_price"]) == ("ACTIVE", 560)
    path = f"{RAIL}/parallel-salams/{parallel['id']}"
    hand_over = {"quantity": 1000, "document": "Waybill 3"}
    refused(field.post(f"{path}/deliver", json=hand_over), 422, "FUNDS_INSUFFICIENT")
    advance(field, "2024-06-15")
    done(field.post(f"{LOANS}/{loan_id}/deliver", json=delivery()))
    done(field.post(f"{path}/deliver", json=hand_over))
    found = done(field.get(path))
    assert (found["status"], found["price_earned"]) == ("COMPLETED", 560)
    (listed,) = done(field.get(f"{RAIL}/parallel-salams", params={"status": "COMPLETED"}))["data"]
    assert listed["id"] == parallel["id"]


def test_a_parallel_salam_has_no_field_for_another_contract(field) -> None:
    linked = {**PARALLEL, "first_contract_id": "slm_abc"}
    refused(field.post(f"{RAIL}/parallel-salams", json=linked), 422, "VALIDATION_ERROR")


def test_refunds_come_in_as_ordinary_repayments(field, demo_checker) -> None:
    loan_id = approved(field, demo_checker)
    done(field.post(f"{LOANS}/{loan_id}/pay-price"))
    advance(field, "2024-06-15")
    body = {"quantity": 400, "reason": "hail", "document": "Letter of both"}
    salam = done(field.post(f"{LOANS}/{loan_id}/cancel-salam", json=body))
    assert (salam["refundable"], salam["quantity_undelivered"]) == (200, 600)
    done(field.post(f"{LOANS}/{loan_id}/repayments", json={"amount": 200}), 201)
    assert done(field.get(f"{LOANS}/{loan_id}"))["status"] == "REPAYING"
    wait = {"until": "2024-07-15", "reason": "late rain"}
    salam = done(field.post(f"{LOANS}/{loan_id}/wait", json=wait))
    assert salam["oldest_undelivered_due_date"] == "2024-07-15"


def test_other_goods_and_a_pledge_over_http(field, demo_checker) -> None:
    cow = {"kind": "pledge", "giver_id": "cpty_borrower_001", "description": "a dairy cow"}
    loan_id = approved(field, demo_checker, securities=[cow])
    done(field.post(f"{LOANS}/{loan_id}/pay-price"))
    advance(field, "2024-06-15")
    barley = {
        "commodity": "barley", "quantity": 550, "quantity_unit": "kg", "replaces_quantity": 500,
        "quality_specifications": {"grade": "B", "moisture_content_max": "13"},
        "market_value": 260, "original_market_value": 280, "document": "Weight note 115",
    }  # fmt: skip
    salam = done(field.post(f"{LOANS}/{loan_id}/substitute", json=barley))
    assert (salam["quantity_substituted"], salam["capital_undelivered"]) == (500, 250)
    body = {"reason": "hail", "document": "Letter of both"}
    done(field.post(f"{LOANS}/{loan_id}/cancel-salam", json=body))
    pledge = {"price": 270, "document": "Auction note 7"}
    salam = done(field.post(f"{LOANS}/{loan_id}/pledge-sale", json=pledge))
    assert salam["loan_status"] == "COMPLETED"
    assert salam["steps"][-1]["details"]["due_to_pledgor"] == "20.00"


@pytest.mark.parametrize(
    ("changes", "code", "field_name"),
    [
        ({"amount": 499}, "total_differs", "amount"),
        ({"quantity": "0.333"}, "inexact_total", "price_per_unit"),
        ({"quantity": "0.3333"}, "too_many_decimals", "quantity"),
        ({"quantity": 0}, "not_positive", "quantity"),
        ({"price_per_unit": "0.005"}, "too_many_decimals", "price_per_unit"),
        ({"counterparty_id": MILL}, "not_the_borrower", "counterparty_id"),
        ({"commodity": "oats"}, "unknown_commodity", "commodity"),
        (
            {"deliveries": [{"date": "2024-07-15", "quantity": 1000}]},
            "differs",
            "delivery_date",
        ),
    ],
)
def test_a_salam_that_cannot_be_read_says_why(field, changes, code, field_name) -> None:
    refused(asked(field, **changes), 422, "VALIDATION_ERROR", code, field_name)


def test_t25_a_salam_of_gold_is_refused_by_its_rule(field) -> None:
    body = refused(asked(field, commodity="gold"), 422, "SHARIAH_VIOLATION", "SALAM_RIBAWI_PAIR")
    assert body["errors"][0]["rule_id"] in {"SLM-04", "SLM-05"}


def test_a_salam_without_a_day_is_refused_by_its_rule(field) -> None:
    answer = asked(field, delivery_date=...)
    refused(answer, 422, "SHARIAH_VIOLATION", "SALAM_DATE_UNKNOWN", "delivery_date")


def test_a_step_out_of_order_names_what_is_missing(field, demo_checker) -> None:
    loan_id = approved(field, demo_checker)
    body = refused(
        field.post(f"{LOANS}/{loan_id}/deliver", json=delivery()), 409, "CONFLICT", "missing_step"
    )
    assert body["errors"][0]["rule_id"] == "SLM-01"
    assert "pay-price" in body["detail"]


def test_t24_the_rest_of_the_price_on_the_tenth_day_is_refused(field, demo_checker) -> None:
    loan_id = approved(field, demo_checker)
    part = {"amount": 300}
    assert done(field.post(f"{LOANS}/{loan_id}/pay-price", json=part))["price_paid"] == 300
    late = {"amount": 200, "on": "2024-01-25"}
    refused(field.post(f"{LOANS}/{loan_id}/pay-price", json=late), 422, "VALIDATION_ERROR")
    # The end of the third day lets the rest lapse: there is no price left to pay.
    advance(field, "2024-01-25")
    refused(field.post(f"{LOANS}/{loan_id}/pay-price", json=part), 409, "CONFLICT")
    found = done(field.get(f"{LOANS}/{loan_id}"))
    assert (found["status"], found["stage"]) == ("DISBURSED", "PRICE_PAID")


def test_a_set_off_is_no_price(field, demo_checker) -> None:
    loan_id = approved(field, demo_checker)
    body = {"payment_source": "offset_of_debt"}
    refused(
        field.post(f"{LOANS}/{loan_id}/pay-price", json=body), 422, "SHARIAH_VIOLATION",
        "SALAM_DEBT_AS_PRICE",
    )  # fmt: skip


def test_a_key_sent_twice_pays_once(field, demo_checker) -> None:
    loan_id = approved(field, demo_checker)
    headers = {"Idempotency-Key": "price-1"}
    first = field.post(f"{LOANS}/{loan_id}/pay-price", headers=headers)
    again = field.post(f"{LOANS}/{loan_id}/pay-price", headers=headers)
    assert done(first) == done(again)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_steps_of_salam_are_not_for_other_loans(field, demo_checker) -> None:
    qard = {
        "type": "qard_hasan", "borrower_id": "cpty_borrower_001", "amount": 100,
        "currency": "USD", "purpose": "small_business",
        "repayment_terms": {"installments": 1, "frequency": "monthly"},
    }  # fmt: skip
    loan_id = done(field.post(LOANS, json=qard), 201)["id"]
    done(demo_checker.post(f"{LOANS}/{loan_id}/approve"))
    refused(field.post(f"{LOANS}/{loan_id}/pay-price"), 404, "NOT_FOUND")
    refused(field.get(f"{LOANS}/{loan_id}/remedies"), 404, "NOT_FOUND")


def test_another_institutions_salam_is_not_found(field, demo_checker, other_client) -> None:
    loan_id = approved(field, demo_checker)
    for path in ("pay-price", "cancel-salam", "wait"):
        answer = other_client.post(f"{LOANS}/{loan_id}/{path}", json={})
        assert answer.status_code in (401, 404, 422)


def test_commodities_are_registered_once_and_listed(field) -> None:
    done(field.post(f"{RAIL}/commodities", json={**WHEAT, "code": "dates"}), 201)
    refused(field.post(f"{RAIL}/commodities", json=WHEAT), 409, "CONFLICT")
    listed = done(field.get(f"{RAIL}/commodities"))["data"]
    assert listed[0]["code"] == "dates"
    assert {one["code"] for one in listed} == {"barley", "dates", "wheat"}
    assert done(field.get(f"{RAIL}/commodities/{listed[0]['id']}")) == listed[0]
    refused(field.get(f"{RAIL}/commodities/cmd_unknown"), 404, "NOT_FOUND")


def test_an_unlawful_product_is_not_saved(field) -> None:
    clauses = {"late_delivery_penalty": "1% a week"}
    body = {**PRODUCT, "is_default": False, "clauses": clauses}
    refused(field.post(f"{RAIL}/products", json=body), 422, "SHARIAH_VIOLATION", "SALAM_PENALTY")
