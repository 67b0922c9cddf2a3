"""The ledger over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from sanduq.kit.db import Database
from sanduq.ledger import service
from sanduq.ledger.model import AccountPlace
from tests.coherent import assert_coherent
from tests.conftest import sharing
from tests.make.ledger import CAPITAL, CASH, USD, a_journal, post_move

Work = Callable[..., Any]
ROOT = "/v1/ledger"
WAQF = AccountPlace("3100", USD, fund="waqf:mosque")


@pytest.fixture
def finance(client: TestClient) -> TestClient:
    """The API with the finance officer's key: may approve capital and close periods."""
    return sharing(client, "sk_test_finance")


@pytest.fixture
def books(work: Work) -> Work:
    """250.50 of capital paid in, with a reference."""
    with work() as uow:
        post_move(uow, CAPITAL, CASH, 250_00)
        service.open_accounts(uow, [WAQF])
        service.post(uow, [a_journal(CAPITAL, CASH, 50, reference="cap_x", memo="late")])
    return work


def test_accounts_are_listed_with_balances_as_their_class_reads_them(
    books: Work, client: TestClient
) -> None:
    found = client.get(f"{ROOT}/accounts").json()["data"]
    assert {(one["code"], one["fund"], one["balance"]) for one in found} == {
        ("1000", "own", 250.5), ("3000", "own", 250.5), ("3100", "waqf:mosque", 0),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("filters", "codes"),
    [("code=1000", ["1000"]), ("fund=waqf:mosque", ["3100"]), ("subject=br_main", ["1000"]),
     ("currency=TND", []), ("currency=USD&code=3000", ["3000"])],
)  # fmt: skip
def test_accounts_are_filtered(
    books: Work, client: TestClient, filters: str, codes: list[str]
) -> None:
    found = client.get(f"{ROOT}/accounts?{filters}").json()["data"]
    assert [one["code"] for one in found] == codes


def test_one_account_and_its_balance(books: Work, client: TestClient) -> None:
    path = f"{ROOT}/accounts/{CASH.account_id}"
    account = client.get(path).json()
    assert (account["currency"], account["floor"], account["version"]) == ("USD", 0, 2)
    balances = {
        query: client.get(f"{path}/balance?{query}").json()["balance"]
        for query in ("", "on=2024-01-15", "on=2024-01-14", "at=2024-01-15T10:30:00Z",
                      "at=2024-01-15T10:29:59%2B00:00")
    }  # fmt: skip
    assert list(balances.values()) == [250.5, 250.5, 0, 250.5, 0]


@pytest.mark.parametrize(
    "query", ["at=2024-01-15T10:30:00Z&on=2024-01-15", "at=2024-01-15T10:30:00", "on=soon", "x=1"]
)
def test_a_balance_has_one_moment(books: Work, client: TestClient, query: str) -> None:
    answer = client.get(f"{ROOT}/accounts/{CASH.account_id}/balance?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_ERROR")


def test_a_statement_has_debits_credits_and_balances(books: Work, client: TestClient) -> None:
    path = f"{ROOT}/accounts/{CAPITAL.account_id}/statement"
    first = client.get(f"{path}?limit=1&from=2024-01-15&to=2024-01-15").json()
    second = client.get(f"{path}?limit=1&cursor={first['next_cursor']}").json()
    lines = [(one["debit"], one["credit"], one["balance_after"])
             for one in first["data"] + second["data"]]  # fmt: skip
    assert lines == [(None, 250, 250), (None, 0.5, 250.5)]
    assert second["next_cursor"] is None
    assert client.get(f"{path}?from=2024-01-16").json()["data"] == []


def test_a_cursor_of_another_list_is_refused(books: Work, client: TestClient) -> None:
    cursor = client.get(f"{ROOT}/accounts?limit=1").json()["next_cursor"]
    answer = client.get(f"{ROOT}/accounts/{CASH.account_id}/statement?cursor={cursor}")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown_cursor")


def test_entries_are_found_by_reference_and_account(books: Work, client: TestClient) -> None:
    (journal,) = client.get(f"{ROOT}/entries?reference=cap_x").json()["data"]
    assert (journal["memo"], journal["sequence"], journal["actor"]) == ("late", 2, "user_maker")
    assert [(e["code"], e["debit"], e["credit"]) for e in journal["entries"]] == [
        ("1000", 0.5, None), ("3000", None, 0.5),
    ]  # fmt: skip
    assert len(client.get(f"{ROOT}/entries?account_id={CASH.account_id}").json()["data"]) == 2
    assert client.get(f"{ROOT}/entries?journal_id={journal['id']}").json()["data"] == [journal]


def test_the_trial_balance_totals_by_currency_and_fund(books: Work, client: TestClient) -> None:
    found = client.get(f"{ROOT}/trial-balance").json()
    assert {"currency": "USD", "fund": "own", "debit": 250.5, "credit": 250.5} in found["totals"]
    assert client.get(f"{ROOT}/trial-balance?as_of=2024-01-14").json()["lines"] == []


def test_verify_reports_every_check(books: Work, client: TestClient) -> None:
    found = client.get(f"{ROOT}/verify").json()
    assert (found["is_coherent"], found["block_seq"], found["journal_seq"]) == (True, 2, 2)
    assert {"sums", "balances", "versions", "chain", "head"} <= {c["name"] for c in found["checks"]}


def test_another_institutions_accounts_do_not_exist(books: Work, other_client: TestClient) -> None:
    assert other_client.get(f"{ROOT}/accounts").json()["data"] == []
    assert other_client.get(f"{ROOT}/entries").json()["data"] == []
    for path in ("", "/balance", "/statement"):
        answer = other_client.get(f"{ROOT}/accounts/{CASH.account_id}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


class TestPeriods:
    body = {"starts_on": "2023-01-01", "ends_on": "2023-12-31"}  # noqa: RUF012

    def test_a_closed_period_is_listed_and_told(self, work: Work, finance: TestClient) -> None:
        answer = finance.post(f"{ROOT}/periods", json=self.body)
        assert (answer.status_code, answer.json()["closed_by"]) == (201, "user_finance")
        assert finance.get(f"{ROOT}/periods").json()["data"] == [answer.json()]
        with work() as uow:
            rows = uow.all("select type from events.event where institution_id = 1")
        assert rows == [("ledger.period.closed",)]

    def test_closing_is_refused_in_order(self, client: TestClient, finance: TestClient) -> None:
        assert client.post(f"{ROOT}/periods", json=self.body).status_code == 403
        late = {"starts_on": "2024-01-01", "ends_on": "2024-01-31"}
        assert finance.post(f"{ROOT}/periods", json=late).json()["errors"][0]["code"] == "not_over"
        assert finance.post(f"{ROOT}/periods", json=self.body).status_code == 201
        assert finance.post(f"{ROOT}/periods", json=self.body).status_code == 409


class TestCapital:
    body = {"amount": "1000.50", "currency": "USD", "memo": "first round"}  # noqa: RUF012

    def test_capital_is_posted_when_another_approves(
        self, work: Work, db: Database, client: TestClient, finance: TestClient
    ) -> None:
        asked = client.post(f"{ROOT}/capital", json=self.body)
        assert (asked.status_code, asked.json()["status"]) == (201, "PENDING")
        assert client.get(f"{ROOT}/entries").json()["data"] == []
        answer = finance.post(f"{ROOT}/capital/{asked.json()['id']}/approve")
        capital = answer.json()
        assert (answer.status_code, capital["status"], capital["memo"], capital["amount"]) == (
            200, "APPROVED", "first round", 1000.5,
        )  # fmt: skip
        (journal,) = finance.get(f"{ROOT}/entries?reference={capital['reference']}").json()["data"]
        assert (journal["id"], journal["kind"], journal["memo"]) == (
            capital["journal_id"], "capital.add", "first round",
        )  # fmt: skip
        assert [(e["code"], e["debit"]) for e in journal["entries"]] == [
            ("1000", 1000.5), ("3000", None),
        ]  # fmt: skip
        assert_coherent(db)

    def test_capital_is_approved_once_and_never_by_its_maker(
        self, client: TestClient, finance: TestClient, checker_client: TestClient
    ) -> None:
        mine = finance.post(f"{ROOT}/capital", json=self.body).json()["id"]
        path = f"{ROOT}/capital/{mine}/approve"
        assert finance.post(path).status_code == 403
        assert checker_client.post(path).status_code == 403
        theirs = client.post(f"{ROOT}/capital", json=self.body).json()["id"]
        assert finance.post(f"{ROOT}/capital/{theirs}/approve").status_code == 200
        assert finance.post(f"{ROOT}/capital/{theirs}/approve").status_code == 409

    def test_an_unknown_request_is_not_found(self, finance: TestClient) -> None:
        answer = finance.post(f"{ROOT}/capital/appr_{'0' * 26}/approve")
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")

    @pytest.mark.parametrize(
        ("change", "code"),
        [({"amount": 0}, "not_positive"), ({"amount": "1.005"}, "too_many_decimals"),
         ({"amount": -1}, "negative"), ({"currency": "XXX"}, "unknown_currency")],
    )  # fmt: skip
    def test_a_wrong_amount_is_refused(
        self, client: TestClient, change: dict[str, object], code: str
    ) -> None:
        answer = client.post(f"{ROOT}/capital", json={**self.body, **change})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
