"""The comparison over HTTP: the paper's own case, another one, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sanduq.kit.json import loads
from tests.conftest import sharing

COMPARISON = "/v1/rails/sarf/comparison"


def compared(client: Any, **asked: Any) -> Any:
    answer = client.get(COMPARISON, params=asked)
    assert answer.status_code == 200, answer.text
    return loads(answer.content)


def test_without_parameters_it_is_the_papers_own_case(client):
    found = compared(client)
    assert (found["type"], found["currency"]) == ("sarf_comparison", "MYR")
    assert found["gold"] == {
        "weight_grams": 50,
        "fineness": 999,
        "fine_weight_grams": Decimal("49.95"),
        "quoted_fineness": 999,
        "price_per_gram": 200,
        "market_value": 10_000,
    }
    assert found["pledge"] == {
        "loan": 7_000,
        "months": 6,
        "start_date": "2012-01-01",
        "end_date": "2012-07-01",
        "days": 182,
        "fee_per_100": Decimal("0.7"),
        "fee_monthly": 70,
        "fee_total": 420,
        "fee_total_by_day": Decimal("417.7"),
        "total_redemption": 7_420,
        "flat_cost": Decimal("0.06"),
        "simple_annual_rate": Decimal("0.12"),
        "effective_rate_at_maturity_by_month": Decimal("0.1236"),
        "effective_rate_at_maturity_by_day": Decimal("0.12396"),
        "effective_rate_paid_monthly": Decimal("0.126825"),
        "effective_rate_deducted_up_front": Decimal("0.131734"),
    }
    sarf = found["sarf"]
    assert (sarf["price_paid"], sarf["resale_price"]) == (7_000, 8_000)
    assert sarf["break_even_price_per_gram"] == Decimal("186.666667")
    assert sarf["loss_if_not_bought"] == 3_000
    assert sarf["cheaper_after_months"] == Decimal("7.142857")
    assert [
        (each["price_per_gram"], each["cap_price"], each["profit"]) for each in sarf["scenarios"]
    ] == [
        (200, 7_500, 500),
        (210, 7_875, 875),
        (180, 6_750, -250),
        (205, Decimal("7687.5"), Decimal("687.5")),
        (185, Decimal("6937.5"), Decimal("-62.5")),
    ]
    unchanged = sarf["scenarios"][0]
    assert unchanged["profit_of_purchase"] == Decimal("0.071429")
    assert unchanged["profit_percent_of_purchase"] == Decimal("7.142857")
    assert unchanged["costs"][0] == {
        "months": 6,
        "flat": Decimal("0.071429"),
        "simple_annual": Decimal("0.142857"),
        "compound_annual": Decimal("0.147959"),
    }
    assert [each["note"] is None for each in sarf["scenarios"]] == [
        True,
        False,
        False,
        False,
        False,
    ]


def test_another_case_is_computed_to_the_last_digit(client):
    found = compared(
        client,
        currency="TND",
        weight_grams="22.5",
        fineness="750",
        quoted_fineness="1000",
        price_per_gram="250.125",
        buy_fraction="0.8",
        cap_fraction="0.9",
        fee_per_100="0.25",
        months=12,
        prices="250.125,300",
        opens_months=7,
        closes_months=9,
    )
    # 22.5 g × 0.75 × 250.125 = 4,220.859375; four fifths of it are 3,376.6875
    assert found["gold"]["market_value"] == Decimal("4220.859")
    assert found["sarf"]["price_paid"] == Decimal("3376.687")
    assert found["pledge"]["fee_monthly"] == Decimal("10.552")
    unchanged, risen = found["sarf"]["scenarios"]
    assert unchanged["cap_price"] == Decimal("3798.773")  # nine tenths: 3,798.7734375
    assert risen["cap_price"] == Decimal("4556.25")  # 5,062.5 × 0.9
    assert [cost["months"] for cost in risen["costs"]] == [7, 8, 9]
    assert unchanged["note"] is None


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ({"price": "200"}, "price", "unknown_field"),
        ({"weight_grams": "fifty"}, "weight_grams", "not_a_number"),
        ({"months": "121"}, "months", "less_than_equal"),
        ({"months": "6.5"}, "months", "int_parsing"),
        ({"start_date": "0"}, "start_date", "value_error"),
        ({"prices": "200;180"}, "prices", "string_pattern_mismatch"),
        ({"cap_fraction": "1.2"}, "cap_fraction", "out_of_range"),
        ({"fee_per_100": "0.12345"}, "fee_per_100", "too_many_decimals"),
        ({"closes_months": "5"}, "closes_months", "before_opening"),
    ],
)
def test_what_cannot_be_read_is_refused_by_field(client, asked, field, code):
    refused = client.get(COMPARISON, params=asked)
    assert refused.status_code == 422
    assert (refused.json()["code"], refused.json()["errors"][0]["field"]) == (
        "VALIDATION_ERROR",
        field,
    )
    assert refused.json()["errors"][0]["code"] == code


def test_an_unknown_parameter_is_told_its_nearest_name(client):
    refused = client.get(COMPARISON, params={"weight_gram": "50"})
    assert "did you mean weight_grams?" in refused.json()["errors"][0]["message"]


def test_the_same_answer_is_not_sent_twice(client):
    first = client.get(COMPARISON)
    again = client.get(COMPARISON, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_it_asks_for_a_key_of_this_rail(client, checker_client):
    body = {"name": "Till", "user_id": "user_maker", "scopes": ["rahnu:read"]}
    made = client.post("/v1/api-keys", json=body).json()
    assert checker_client.post(f"/v1/api-keys/{made['id']}/approve").status_code == 200
    of_another_rail = sharing(client, made["secret"])
    refused = of_another_rail.get(COMPARISON)
    assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")
