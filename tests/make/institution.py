"""The institution of the demonstration world, ready to lend: its books in figures, its people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import psycopg

from sanduq.kit.db import UnitOfWork
from sanduq.ledger.model import AccountPlace
from sanduq.parties import service as parties
from sanduq.parties.model import Document, NewParty, NewVerification, PartyKind

TABLES = (
    "ledger.account", "ledger.journal", "ledger.entry", "microfinance.loan", "qard.contract",
    "obligations.repayment", "obligations.obligation", "obligations.schedule", "events.event",
    "audit.record", "access.approval", "shariah.evaluation",
)  # fmt: skip
PROOFS = (
    Document("national_id", "NID-1"),
    Document("proof_of_address", "Utility bill"),
)


def standing(owner_url: str) -> dict[str, Any]:
    """How many rows of each kind the institution has, and how often loans and debts changed.

    Equal before and after a request: the request changed nothing. Read with the owner's rights,
    so nothing can hide behind the application's.
    """
    with psycopg.connect(owner_url) as connection:

        def number(query: str) -> Any:
            row = connection.execute(query.encode()).fetchone()
            assert row is not None
            return row[0]

        return {
            **{table: number(f"select count(*) from {table}") for table in TABLES},
            "loan versions": number("select sum(version) from microfinance.loan"),
            "debt versions": number("select sum(version) from obligations.obligation"),
            "balance versions": number("select sum(version) from ledger.balance"),
            "open approvals": number(
                "select count(*) from access.approval where status = 'PENDING'"
            ),
        }


@contextmanager
def nothing_changes(owner_url: str) -> Iterator[None]:
    """Fails if what is done inside adds or alters a row that counts."""
    before = standing(owner_url)
    yield
    assert standing(owner_url) == before


def balance_minor(owner_url: str, place: AccountPlace) -> int:
    """The balance of one account of the demonstration institution, debit positive."""
    with psycopg.connect(owner_url) as connection:
        row = connection.execute(
            "select coalesce(sum(b.balance_minor), 0)::bigint from ledger.account a"
            " join ledger.balance b using (institution_id, account_id)"
            " where a.institution_id = 1 and a.code = %s and a.asset = %s"
            " and coalesce(a.subject, '') = coalesce(%s, '')",
            (place.code, str(place.asset), place.subject),
        ).fetchone()
    assert row is not None
    return int(row[0])


def a_borrower(
    uow: UnitOfWork,
    party_id: str,
    *,
    birth_on: date = date(1985, 3, 4),
    is_proven: bool = True,
    branch_id: str | None = None,
) -> str:
    """A person who may borrow; without proofs on the lowest KYC tier."""
    person = NewParty(
        PartyKind.PERSON, f"Person {party_id}", party_id, birth_on=birth_on, branch_id=branch_id
    )
    parties.create_parties(uow, [person])
    if is_proven:
        parties.record_verifications(uow, [NewVerification(party_id, list(PROOFS))])
    return party_id
