"""Loans of the demonstration institution, made over HTTP as a client makes them."""

from __future__ import annotations

from typing import Any

import httpx
import psycopg

LOANS = "/v1/rails/microfinance/loans"
APPLICATION: dict[str, Any] = {
    "type": "qard_hasan",
    "borrower_id": "cpty_borrower_001",
    "amount": 2000,
    "currency": "USD",
    "purpose": "small_business",
    "repayment_terms": {"installments": 12, "frequency": "monthly", "grace_period_months": 1},
    "service_fee": 40,
    "group_id": "grp_village_003",
}


def taken(answer: httpx.Response, status: int) -> Any:
    """The body of an answer that has to have this status."""
    assert answer.status_code == status, answer.text
    return answer.json()


def applied(maker: httpx.Client, **changes: Any) -> str:
    """An application: its loan's id."""
    return str(taken(maker.post(LOANS, json={**APPLICATION, **changes}), 201)["id"])


def approved(maker: httpx.Client, checker: httpx.Client, **changes: Any) -> str:
    """An approved loan's id."""
    loan_id = applied(maker, **changes)
    taken(checker.post(f"{LOANS}/{loan_id}/approve"), 200)
    return loan_id


def paid_out(maker: httpx.Client, checker: httpx.Client, **changes: Any) -> str:
    """The id of a loan whose money is with the borrower."""
    loan_id = approved(maker, checker, **changes)
    body = {"disclosure_acknowledged": True}
    taken(maker.post(f"{LOANS}/{loan_id}/disburse", json=body), 200)
    return loan_id


def counted(owner_url: str, statement: str, *parameters: Any) -> int:
    """The one number a statement of the owner answers."""
    with psycopg.connect(owner_url) as connection:
        row = connection.execute(statement.encode(), parameters or None).fetchone()
    assert row is not None
    return int(row[0])


def journals(owner_url: str, kind: str | None = None) -> int:
    """How many journals there are, of one kind or of all."""
    if kind is None:
        return counted(owner_url, "select count(*) from ledger.journal")
    return counted(owner_url, "select count(*) from ledger.journal where kind = %s", kind)
