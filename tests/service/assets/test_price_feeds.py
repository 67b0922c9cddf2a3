"""Prices from a sheet or from an address: read into proposals, never published by a machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sanduq.assets.model import Metal
from sanduq.assets.price_boards import service
from sanduq.assets.price_boards.errors import FeedUnreadable, NoPriceBoard
from sanduq.assets.price_boards.feed import (
    FeedFormat,
    FeedMapping,
    PriceFeed,
    read_csv,
    read_payload,
)
from sanduq.assets.price_boards.model import BoardStatus, PriceMethod, QuotedUnit
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import currency
from tests.make.gold import USD

AT = datetime(2024, 1, 15, 10, 0, tzinfo=UTC)
HEAD = "metal,fineness,price_per_gram,currency,observed_at\n"
SHEET = HEAD + "gold,1000,200.00,USD,2024-01-15T10:00:00Z\n"
ANSWER = b'{"rates": [{"ask": 6220.695368512}], "time": 1705312800}'  # 200.00 a gram, an ounce
MAPPING = FeedMapping(
    source="a feed",
    format=FeedFormat.JSON,
    asset=USD,
    price_path=("rates", "0", "ask"),
    observed_at_path=("time",),
)


@contextmanager
def serving(body: bytes, status: int = 200, **headers: str) -> Iterator[str]:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/prices"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_sheet_with_one_row_is_a_fine_price():
    (board,) = read_csv("\ufeff" + SHEET, "a sheet")
    assert (board.method, dict(board.grades)) == (PriceMethod.FINE_PRICE, {10_000: 20_000_000})
    assert (board.observed_at, board.source, board.asset) == (AT, "a sheet", USD)


def test_rows_of_one_metal_and_currency_are_prices_by_grade():
    rows = "".join(
        f"gold,{fineness},{price},MYR,2024-01-15T10:00:00Z\n"
        for fineness, price in (("999", "596.51"), ("950", "572.65"), ("916", "542.82"))
    )
    silver = "silver,925,4.10,MYR,2024-01-15T10:00:00Z\n"
    gold, other = read_csv(HEAD + rows + silver, "a page")
    assert gold.method is PriceMethod.PER_GRADE
    assert gold.grades == {9990: 59_651_000, 9500: 57_265_000, 9160: 54_282_000}
    assert (other.metal, other.method) == (Metal.SILVER, PriceMethod.FINE_PRICE)


def test_a_price_per_ounce_is_brought_to_a_kilogram_rounded_down():
    text = SHEET.replace("price_per_gram", "price_per_ounce").replace("200.00", "2000.00")
    (board,) = read_csv(text, "a sheet")
    assert (board.grades, board.quoted_unit) == ({10_000: 6_430_149}, QuotedUnit.TROY_OUNCE)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (HEAD, "row_count"),
        (SHEET.replace("metal,", "metall,"), "unknown_column"),
        (SHEET.replace("200.00", ""), "one_price"),
        (SHEET.replace("200.00", "-1"), "negative"),
        (SHEET.replace("200.00", "two"), "not_a_number"),
        (SHEET.replace("200.00", "NaN"), "not_a_number"),
        (SHEET.replace("200.00", "1e400"), "too_large"),
        (SHEET.replace("200.00", "0.000001"), "not_positive"),
        (SHEET.replace("USD", "XXX"), "unknown_currency"),
        (SHEET.replace("gold,", "lead,"), "unknown_metal"),
        (SHEET.replace(",1000,", ",1000.01,"), "too_many_decimals"),
        (SHEET.replace("Z\n", "\n"), "not_an_instant"),
        (SHEET + SHEET.removeprefix(HEAD), "fineness_twice"),
        (SHEET + "gold,999,199,USD,2024-01-15T09:00:00Z\n", "not_one_board"),
        (SHEET.replace("Z\n", "Z,more\n"), "unknown_column"),
        (SHEET.replace("gold,", "g" * 140_000 + ","), "not_csv"),
        (SHEET.replace("gold,", "g\0ld,"), "unknown_metal"),
    ],
)
def test_a_sheet_that_cannot_be_read_is_refused_by_row(text, code):
    with pytest.raises(ValidationFailed) as refused:
        read_csv(text, "a sheet")
    assert refused.value.details[0]["code"] == code


def test_a_sheet_proposes_all_its_boards_and_publishes_none(work):
    with work() as uow:
        (made,) = service.import_csv(uow, SHEET, "a sheet")
        assert made.status is BoardStatus.PROPOSED
        with pytest.raises(NoPriceBoard):
            service.current_board(uow, Metal.GOLD, USD)
    with work("user_checker") as uow:
        service.approve(uow, made.price_board_id)
        assert service.current_board(uow, Metal.GOLD, USD).grades == {10_000: 20_000_000}


def test_an_answer_is_read_where_the_mapping_says(work):
    (board,) = read_payload(ANSWER, MAPPING)
    # 6,220.69536 / 31.1034768 = 200.00: digits beyond a thousandth of a cent fall away
    assert board.grades == {10_000: 20_000_000}
    assert (board.observed_at, board.quoted_unit) == (AT, QuotedUnit.TROY_OUNCE)
    with work() as uow:
        (made,) = service.propose_fetched(uow, ANSWER, MAPPING)
    assert (made.status, made.created_by) == (BoardStatus.PROPOSED, "user_maker")


def test_a_mapping_names_the_unit_and_the_fineness_a_price_is_of():
    by_gram = replace(MAPPING, unit=QuotedUnit.GRAM, quoted_fineness_bp=9990, asset=currency("EUR"))
    text = b'{"rates": [{"ask": "200.00"}], "time": "2024-01-15T10:00:00Z"}'
    (board,) = read_payload(text, by_gram)
    assert board.grades == {9990: 20_000_000}
    as_csv = replace(MAPPING, format=FeedFormat.CSV)
    assert read_payload(SHEET.encode(), as_csv)[0].grades == {10_000: 20_000_000}


@pytest.mark.parametrize(
    ("payload", "mapping"),
    [
        (b"\xff\xfe", MAPPING),
        (b"{", MAPPING),
        (b'{"rates": []}', MAPPING),
        (ANSWER, replace(MAPPING, price_path=("rates", "ask"))),
        (ANSWER, replace(MAPPING, asset=None)),
    ],
)
def test_an_answer_that_does_not_hold_what_the_mapping_says_is_refused(payload, mapping):
    with pytest.raises(FeedUnreadable):
        read_payload(payload, mapping)


@pytest.mark.parametrize("price", [b'"x"', b"true", b"null", b"-5", b"0"])
def test_an_answer_without_a_price_is_refused(price):
    with pytest.raises(ValidationFailed):
        read_payload(ANSWER.replace(b"6220.695368512", price), MAPPING)


def test_a_feed_is_fetched_and_then_proposed(work):
    with serving(ANSWER) as url:
        payload = PriceFeed(url).fetch()  # no unit of work is open here
    with work() as uow:
        (made,) = service.propose_fetched(uow, payload, MAPPING)
    assert made.source == "a feed"


def test_a_feed_that_fails_redirects_or_sends_too_much_is_refused():
    with serving(b"gone", 404) as url, pytest.raises(FeedUnreadable):
        PriceFeed(url).fetch()
    elsewhere = {"Location": "http://127.0.0.1:1/elsewhere"}
    with serving(b"", 302, **elsewhere) as url, pytest.raises(FeedUnreadable):
        PriceFeed(url).fetch()
    with serving(b"", 204) as url, pytest.raises(FeedUnreadable):
        PriceFeed(url).fetch()
    with serving(b"x" * 101) as url, pytest.raises(FeedUnreadable):
        PriceFeed(url, size_max_bytes=100).fetch()
    with pytest.raises(FeedUnreadable):  # nobody listens any more
        PriceFeed(url, timeout_s=1).fetch()


@pytest.mark.parametrize("url", ["file:///etc/hosts", "ftp://127.0.0.1/x", "prices"])
def test_a_feed_is_fetched_by_http_only(url):
    with pytest.raises(FeedUnreadable):
        PriceFeed(url)
