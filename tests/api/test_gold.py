"""Gold over HTTP: items, price boards, valuations, instruments and the policy."""

from __future__ import annotations

import base64

import pytest

from sanduq.kit.db import Database
from tests.conftest import client_with
from tests.make.counting import CountedDatabase, statements
from tests.make.refusals import refused

GOLD = "/v1/gold"
NOW = "2024-01-15T10:30:00Z"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40

NECKLACE = {
    "owner_id": "cpty_owner_001",
    "kind": "jewellery",
    "metal": "gold",
    "description": "Necklace with three stones",
    "marks": "916",
    "gross_weight_grams": 22.5,
    "stone_weight_grams": 1.3,
    "fineness": 916,
}
BOARD = {
    "metal": "gold",
    "currency": "USD",
    "price_per_gram": 200,
    "source": "the bullion desk's page",
    "observed_at": NOW,
}
FOUND = {
    "gross_weight_grams": 22.5,
    "stone_weight_grams": 1.3,
    "fineness": 916,
    "tests": [{"kind": "hallmark", "stamp": "916"}],
}


def made(client, path, body, status=201):
    answer = client.post(f"{GOLD}/{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def published(client, checker, **changes):
    board = made(client, "price-boards", {**BOARD, **changes})
    return made(checker, f"price-boards/{board['id']}/approve", {}, 200)


def valued(client, **changes):
    item = made(client, "items", NECKLACE)
    body = {"item_id": item["id"], "currency": "USD", "customer_present": True, **FOUND}
    return made(client, "valuations", {**body, **changes})


def test_an_item_is_written_in_grams_and_per_mille(client):
    item = made(client, "items", {**NECKLACE, "metadata": {"tray": "7"}})
    expected = {
        "type": "item", "gross_weight_grams": 22.5, "stone_weight_grams": 1.3,
        "other_weight_grams": 0, "net_weight_grams": 21.2, "fineness": 916,
        "fine_weight_grams": 19.4192, "created_at": NOW, "metadata": {"tray": "7"},
    }  # fmt: skip
    assert {name: item[name] for name in expected} == expected
    assert client.get(f"{GOLD}/items/{item['id']}").json() == item


@pytest.mark.parametrize(
    ("changes", "code", "field_code"),
    [
        ({"fineness": 912}, "FINENESS_UNKNOWN", None),
        ({"fineness": 916.05}, "VALIDATION_ERROR", "too_many_decimals"),
        ({"fineness": 1000.1}, "VALIDATION_ERROR", "out_of_range"),
        ({"gross_weight_grams": 22.5001}, "VALIDATION_ERROR", "too_many_decimals"),
        ({"gross_weight_grams": 0}, "VALIDATION_ERROR", "not_positive"),
        ({"stone_weight_grams": 22.5}, "VALIDATION_ERROR", "above_gross"),
        ({"karat": 22}, "VALIDATION_ERROR", "unknown_field"),
    ],
)
def test_an_item_that_cannot_be_is_refused(client, changes, code, field_code):
    refused(client.post(f"{GOLD}/items", json={**NECKLACE, **changes}), 422, code, field_code)


def test_items_are_listed_by_filter_and_in_pages(client):
    items = [
        made(client, "items", {**NECKLACE, "owner_id": f"cpty_{n % 2}", "serial": f"S{n}"})
        for n in range(4)
    ]
    for query, wanted in (
        ({}, items[::-1]),
        ({"owner_id": "cpty_1"}, [items[3], items[1]]),
        ({"serial": "S2"}, [items[2]]),
        ({"kind": "bar"}, []),
        ({"metal": "gold", "created_at.gte": NOW}, items[::-1]),
        ({"created_at.lt": NOW}, []),
    ):
        assert client.get(f"{GOLD}/items", params=query).json()["data"] == wanted
    first = client.get(f"{GOLD}/items", params={"limit": 3}).json()
    rest = client.get(f"{GOLD}/items", params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert first["data"] + rest["data"] == items[::-1]


def test_a_photo_comes_back_as_it_was_sent(client, other_client):
    item = made(client, "items", NECKLACE)
    path = f"items/{item['id']}/photos"
    body = {"media_type": "image/png", "content_base64": base64.b64encode(PNG).decode()}
    photo = made(client, path, body)
    assert photo["size_bytes"] == len(PNG)
    content = client.get(f"{GOLD}/{path}/{photo['id']}/content")
    assert (content.content, content.headers["content-type"]) == (PNG, "image/png")
    assert client.get(f"{GOLD}/{path}").json()["data"] == [photo]
    assert client.get(f"{GOLD}/items/{item['id']}").json()["photo_hashes"] == [photo["sha256"]]
    refused(client.post(f"{GOLD}/{path}", json=body), 409, "CONFLICT")
    wrong = {**body, "content_base64": "%%%"}
    refused(client.post(f"{GOLD}/{path}", json=wrong), 422, "VALIDATION_ERROR", "not_base64")
    refused(other_client.get(f"{GOLD}/{path}/{photo['id']}/content"), 404, "NOT_FOUND")


def test_a_board_shows_the_price_of_every_grade(client, checker_client):
    board = published(client, checker_client)
    lines = {line["fineness"]: line["price_per_gram"] for line in board["lines"]}
    assert (lines[1000], lines[999.9], lines[916], lines[375]) == (200, 199.98, 183.2, 75)
    assert (board["method"], board["quoted_fineness"]) == ("fine_price", 1000)
    assert (board["status"], board["in_force_from"]) == ("PUBLISHED", NOW)
    current = client.get(f"{GOLD}/price-boards/current", params={"currency": "USD"})
    assert current.json() == board


def test_a_board_by_grade_is_the_page_it_was_copied_from(client, checker_client):
    page = {999: 596.51, 950: 572.65, 916: 542.82, 875: 524.93, 835: 507.03, 750: 447.38}
    lines = [{"fineness": grade, "price_per_gram": price} for grade, price in page.items()]
    board = published(client, checker_client, price_per_gram=None, currency="MYR", lines=lines)
    assert (board["method"], board["lines"]) == ("per_grade", lines)
    path = f"{GOLD}/price-boards/{board['id']}/quote"
    quote = client.get(path, params={"weight_grams": "10", "fineness": "916"}).json()
    assert (quote["value"], quote["currency"]) == (5428.2, "MYR")
    missing = client.get(path, params={"weight_grams": "10", "fineness": "585"})
    refused(missing, 422, "FINENESS_UNKNOWN")


def test_a_quote_tells_the_worked_example(client, checker_client):
    board = published(client, checker_client)
    path = f"{GOLD}/price-boards/{board['id']}/quote"
    quote = client.get(path, params={"weight_grams": "21.2", "fineness": "916"}).json()
    assert (quote["fine_weight_grams"], quote["value"]) == (19.4192, 3883.84)


def test_a_board_per_ounce_and_its_refusals(client, checker_client):
    board = made(client, "price-boards", {**BOARD, "price_per_gram": None,
                                          "price_per_ounce": 2000})  # fmt: skip
    assert (board["quoted_price_per_gram"], board["quoted_unit"]) == (64.30149, "troy_ounce")
    path = f"{GOLD}/price-boards"
    both = {**BOARD, "price_per_ounce": 2000}
    refused(client.post(path, json=both), 422, "VALIDATION_ERROR", "one_price")
    stale = {**BOARD, "observed_at": "2024-01-14T10:29:59Z"}
    refused(client.post(path, json=stale), 422, "PRICE_STALE", "price_stale")
    published(client, checker_client)
    spike = {**BOARD, "price_per_gram": 211}
    refused(client.post(path, json=spike), 422, "PRICE_SPIKE", "price_spike")
    explained = made(client, "price-boards", {**spike, "spike_explanation": "war"})
    rejected = made(
        checker_client, f"price-boards/{explained['id']}/reject", {"reason": "wait"}, 200
    )
    assert rejected["status"] == "REJECTED"
    own = client.post(f"{path}/{board['id']}/approve", json={})
    refused(own, 403, "FORBIDDEN")


def test_boards_are_listed_by_filter(client, checker_client):
    first = published(client, checker_client)
    second = published(client, checker_client, price_per_gram=201)
    waiting = made(client, "price-boards", {**BOARD, "currency": "EUR"})
    listed = {
        status: [
            one["id"]
            for one in client.get(f"{GOLD}/price-boards", params={"status": status}).json()["data"]
        ]
        for status in ("PROPOSED", "PUBLISHED", "SUPERSEDED", "REJECTED")
    }
    assert listed == {
        "PROPOSED": [waiting["id"]], "PUBLISHED": [second["id"]],
        "SUPERSEDED": [first["id"]], "REJECTED": [],
    }  # fmt: skip
    for query, found in (
        ({"currency": "EUR"}, [waiting]),
        ({"metal": "silver"}, []),
        ({"effective_at.gte": NOW, "currency": "EUR"}, [waiting]),
        ({"effective_at.lt": NOW}, []),
    ):
        assert client.get(f"{GOLD}/price-boards", params=query).json()["data"] == found


def test_without_a_board_nothing_is_valued_and_the_answer_says_what_to_do(client):
    missing = client.get(f"{GOLD}/price-boards/current", params={"currency": "USD"})
    refused(missing, 409, "NO_PRICE_BOARD", "none_today")
    item = made(client, "items", NECKLACE)
    body = {"item_id": item["id"], "currency": "USD", "customer_present": True, **FOUND}
    refused(client.post(f"{GOLD}/valuations", json=body), 409, "NO_PRICE_BOARD")


def test_a_sheet_is_imported_as_proposals(client):
    sheet = (
        "metal,fineness,price_per_ounce,currency,observed_at\n"
        f"gold,1000,2000.00,USD,{NOW}\nsilver,999,23.10,USD,{NOW}\n"
    )
    body = {"csv": sheet, "source": "the desk's sheet"}
    boards = made(client, "price-boards/import", body)["data"]
    assert [(one["metal"], one["status"]) for one in boards] == [
        ("gold", "PROPOSED"),
        ("silver", "PROPOSED"),
    ]
    spoilt = {**body, "csv": sheet.replace("23.10", "x")}
    answer = client.post(f"{GOLD}/price-boards/import", json=spoilt)
    refused(answer, 422, "VALIDATION_ERROR", "not_a_number", "rows.2.price_per_ounce")
    assert len(client.get(f"{GOLD}/price-boards").json()["data"]) == 2


def test_a_valuation_is_confirmed_by_another_and_shows_how_it_came_about(
    client, checker_client
):  # fmt: skip
    board = published(client, checker_client)
    waiting = valued(client)
    assert (waiting["status"], waiting["value"]) == ("AWAITING_SECOND", 3883.84)
    assert (waiting["second_required"], waiting["second_reasons"]) == ("witness", [])
    assert waiting["price_board_id"] == board["id"]
    assert waiting["valid_until"] == "2024-01-16T10:30:00Z"
    path = f"{GOLD}/valuations/{waiting['id']}"
    own = client.post(f"{path}/confirm", json={"is_agreed": True})
    refused(own, 403, "VALUER_CONFIRMS_OWN")
    confirmed = checker_client.post(f"{path}/confirm", json={"is_agreed": True}).json()
    assert (confirmed["status"], confirmed["second"]["user_id"]) == ("CONFIRMED", "user_checker")
    assert client.get(path).json() == confirmed


def test_a_density_outside_its_band_asks_for_a_second_valuer(client, checker_client):
    published(client, checker_client)
    kit = made(client, "instruments", {
        "kind": "density_kit", "serial": "D-1", "calibrated_on": "2024-01-02",
        "calibration_valid_until_on": "2024-12-31",
    })  # fmt: skip
    test = {
        "kind": "density", "instrument_id": kit["id"], "weight_in_air_grams": 22.5,
        "weight_in_water_grams": 21.1,
    }  # fmt: skip
    waiting = valued(client, tests=[test])
    (shown,) = waiting["findings"]["tests"]
    assert (shown["density"], shown["is_in_band"]) == (16.043, False)
    assert waiting["second_reasons"] == ["density_out_of_band"]
    path = f"{GOLD}/valuations/{waiting['id']}/confirm"
    bare = checker_client.post(path, json={"is_agreed": True})
    refused(bare, 422, "SECOND_VALUER_REQUIRED", "density_out_of_band")
    apart = {"is_agreed": True, "findings": {**FOUND, "fineness": 875}}
    disputed = checker_client.post(path, json=apart).json()
    assert (disputed["status"], disputed["confirmed_at"]) == ("DISPUTED", None)
    refused(checker_client.post(path, json=apart), 409, "CONFLICT")


def test_a_lapsed_instrument_is_refused_until_it_is_calibrated(client, checker_client):
    published(client, checker_client)
    gun = made(client, "instruments", {
        "kind": "xrf", "serial": "X-1", "calibrated_on": "2023-01-02",
        "calibration_valid_until_on": "2024-01-14",
    })  # fmt: skip
    item = made(client, "items", NECKLACE)
    body = {
        "item_id": item["id"], "currency": "USD", "customer_present": True, **FOUND,
        "tests": [{"kind": "xrf", "instrument_id": gun["id"], "fineness": 916}],
    }  # fmt: skip
    lapsed = client.post(f"{GOLD}/valuations", json=body)
    refused(lapsed, 422, "INSTRUMENT_OUT_OF_CALIBRATION", "out_of_calibration")
    again = {"calibrated_on": "2024-01-15", "calibration_valid_until_on": "2025-01-14"}
    made(client, f"instruments/{gun['id']}/calibrations", again)
    made(client, "valuations", body)
    unknown = {**body, "tests": [{"kind": "xrf", "instrument_id": "ins_no", "fineness": 916}]}
    refused(client.post(f"{GOLD}/valuations", json=unknown), 404, "NOT_FOUND")
    assert client.get(f"{GOLD}/instruments", params={"kind": "magnet"}).json()["data"] == []


def test_the_policy_is_read_and_set_in_versions(client, checker_client):
    house = client.get(f"{GOLD}/valuation-policy").json()
    assert (house["version"], house["haircut"], house["spike_limit"]) == (0, 0, 0.05)
    bands = {(b["metal"], b["fineness"]): (b["low"], b["high"]) for b in house["bands"]}
    assert bands["gold", 999] == (19.2, 19.4)
    new = {
        "haircut": 0.03, "reason": "melting costs",
        "second_valuer_limits": [{"currency": "USD", "amount": 5000}],
    }  # fmt: skip
    refused(client.post(f"{GOLD}/valuation-policy", json=new), 403, "FORBIDDEN")
    stored = made(checker_client, "valuation-policy", new)
    assert (stored["version"], stored["haircut"]) == (1, 0.03)
    assert client.get(f"{GOLD}/valuation-policy").json() == stored


def test_lists_take_as_many_statements_however_long_they_are(client, checker_client, owner_url):
    published(client, checker_client)
    for price in (201, 202, 203):
        published(client, checker_client, price_per_gram=price)
        valued(client)
    instrument = {"kind": "magnet", "calibrated_on": "2024-01-02"}
    for serial in ("1", "2", "3"):
        made(client, "instruments", {
            **instrument, "serial": serial, "calibration_valid_until_on": "2024-12-31",
        })  # fmt: skip
    counted: Database
    with CountedDatabase(owner_url) as counted:
        reader = client_with(counted, "sk_test_maker")
        for path in ("items", "price-boards", "valuations", "instruments"):
            numbers = {
                limit: statements(
                    lambda path=path, limit=limit: reader.get(
                        f"{GOLD}/{path}", params={"limit": limit}
                    )
                )
                for limit in (1, 1, 3)
            }
            assert numbers[1] == numbers[3], path


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("field", ["observed_at", "effective_at"])
def test_the_ends_of_the_calendar_are_refused_and_not_fallen_over(client, field, instant):
    answer = client.post(f"{GOLD}/price-boards", json={**BOARD, field: instant})
    refused(answer, 422, "VALIDATION_ERROR", field=field)
    for path in ("items", "valuations"):
        query = {"created_at.gte": instant}
        assert client.get(f"{GOLD}/{path}", params=query).status_code < 500
    by_effect = {"effective_at.lt": instant}
    assert client.get(f"{GOLD}/price-boards", params=by_effect).status_code < 500


def test_a_value_no_ledger_holds_is_refused(client, checker_client):
    published(client, checker_client, price_per_gram=90000000000)
    item = made(client, "items", {**NECKLACE, "gross_weight_grams": 1000000})
    body = {
        "item_id": item["id"], "currency": "USD", "customer_present": True, **FOUND,
        "gross_weight_grams": 1000000,
    }  # fmt: skip
    answer = client.post(f"{GOLD}/valuations", json=body)
    refused(answer, 422, "VALIDATION_ERROR", "too_large")
