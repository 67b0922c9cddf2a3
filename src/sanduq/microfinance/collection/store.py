"""SQL of collections, and what of loans, users and earlier collections bears on them."""

from __future__ import annotations

from collections.abc import Collection as Some
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from sanduq.kit.db import Row as SqlRow
from sanduq.kit.db import UnitOfWork
from sanduq.kit.json import dumps, loads
from sanduq.kit.money import asset_from_text
from sanduq.microfinance.collection.errors import AlreadyCollected, ReceiptNumberTaken
from sanduq.microfinance.collection.model import (
    Collection,
    Denomination,
    Mode,
    Payment,
    Row,
    RowStatus,
    Sums,
)
from sanduq.microfinance.collection.rows import Borrowed
from sanduq.microfinance.groups.meetings.model import Mark

_COLLECTION = (
    "select meeting_id, collection_id, group_id, branch_id, officer_id, asset, mode, received_on,"
    " asked_minor, repaid_minor, contributed_minor, counted_minor, denominations::text,"
    " not_listed, journal_id, created_at, created_by"
    " from microfinance.collection where institution_id = "
)


@dataclass(frozen=True, slots=True)
class OpenLoan:
    """A loan of a member in a group on which money is owed."""

    loan_id: str
    loan_type: str
    group_id: str
    borrower_id: str
    obligation_id: str


def insert(uow: UnitOfWork, made: Sequence[Collection]) -> None:
    """Writes collections of any number of meetings with their rows, in three statements.

    Refuses CONFLICT a meeting collected, or a receipt number used, meanwhile.
    """
    try:
        _insert_collections(uow, made)
        rows = [(one.meeting_id, row) for one in made for row in one.rows]
        if rows:
            _insert_rows(uow, rows)
        payments = [
            (meeting_id, row.place, number, payment)
            for meeting_id, row in rows
            for number, payment in enumerate(row.payments)
        ]
        if payments:
            _insert_payments(uow, payments)
    except psycopg.errors.UniqueViolation as error:
        if error.diag.constraint_name == "collection_row_receipt":
            raise ReceiptNumberTaken from None
        raise AlreadyCollected from None


def _insert_collections(uow: UnitOfWork, made: Sequence[Collection]) -> None:
    uow.execute(
        "insert into microfinance.collection (institution_id, meeting_id, collection_id, group_id,"
        " branch_id, officer_id, asset, mode, received_on, asked_minor, repaid_minor,"
        " contributed_minor, counted_minor, difference_minor, denominations, not_listed,"
        " journal_id, created_at, created_by)"
        " select %s, c.meeting, c.id, c.of_group, c.branch, c.officer, c.asset, c.mode, c.day,"
        " c.asked, c.repaid, c.contributed, c.counted, c.difference, c.cash,"
        " array(select json_array_elements_text(c.missing)), c.journal, %s, %s"
        " from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],"
        " %s::text[], %s::date[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],"
        " %s::bigint[], %s::json[], %s::json[], %s::text[]) c(meeting, id, of_group, branch,"
        " officer, asset, mode, day, asked, repaid, contributed, counted, difference, cash,"
        " missing, journal)",
        uow.institution_id, uow.now, uow.actor.user_id,
        [one.meeting_id for one in made], [one.collection_id for one in made],
        [one.group_id for one in made], [one.branch_id for one in made],
        [one.officer_id for one in made], [str(one.asset) for one in made],
        [str(one.mode) for one in made], [one.received_on for one in made],
        [one.sums.asked_minor for one in made], [one.sums.repaid_minor for one in made],
        [one.sums.contributed_minor for one in made], [one.sums.counted_minor for one in made],
        [one.sums.difference_minor for one in made],
        [dumps([[each.value_minor, each.count] for each in one.cash]).decode() for one in made],
        [dumps(list(one.not_listed)).decode() for one in made],
        [one.journal_id for one in made],
    )  # fmt: skip


def _insert_rows(uow: UnitOfWork, rows: Sequence[tuple[str, Row]]) -> None:
    uow.execute(
        "insert into microfinance.collection_row (institution_id, meeting_id, place, party_id,"
        " attendance, status, receipt_number, contribution_minor, contribution_id, note,"
        " refusal_code, refusal_message)"
        " select %s, r.* from unnest(%s::text[], %s::integer[], %s::text[], %s::text[],"
        " %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[]) r",
        uow.institution_id,
        [meeting_id for meeting_id, _ in rows], [row.place for _, row in rows],
        [row.party_id for _, row in rows], [str(row.attendance) for _, row in rows],
        [str(row.status) for _, row in rows], [row.receipt_number for _, row in rows],
        [row.contribution_minor for _, row in rows], [row.contribution_id for _, row in rows],
        [row.note for _, row in rows], [row.refusal_code for _, row in rows],
        [row.refusal_message for _, row in rows],
    )  # fmt: skip


def _insert_payments(uow: UnitOfWork, payments: Sequence[tuple[str, int, int, Payment]]) -> None:
    uow.execute(
        "insert into microfinance.collection_payment (institution_id, meeting_id, place, number,"
        " loan_id, amount_minor, repayment_id)"
        " select %s, p.* from unnest(%s::text[], %s::integer[], %s::integer[], %s::text[],"
        " %s::bigint[], %s::text[]) p",
        uow.institution_id,
        [row[0] for row in payments], [row[1] for row in payments], [row[2] for row in payments],
        [row[3].loan_id for row in payments], [row[3].amount_minor for row in payments],
        [row[3].repayment_id for row in payments],
    )  # fmt: skip


def collected(uow: UnitOfWork, meeting_ids: Some[str]) -> dict[str, str]:
    """Meeting to collection, of those of the meetings that were collected."""
    rows = uow.all(
        "select meeting_id, collection_id from microfinance.collection"
        " where institution_id = %s and meeting_id = any(%s)",
        uow.institution_id,
        sorted(set(meeting_ids)),
    )
    return {row[0]: row[1] for row in rows}


def get(uow: UnitOfWork, meeting_id: str) -> Collection | None:
    """The collection of a meeting with its rows, in the order they were sent."""
    head = uow.one(f"{_COLLECTION}%s and meeting_id = %s", uow.institution_id, meeting_id)
    if head is None:
        return None
    payments: dict[int, list[Payment]] = {}
    for place, *payment in uow.all(
        "select place, loan_id, amount_minor, repayment_id from microfinance.collection_payment"
        " where institution_id = %s and meeting_id = %s order by place, number",
        uow.institution_id,
        meeting_id,
    ):
        payments.setdefault(place, []).append(Payment(*payment))
    rows = uow.all(
        "select place, party_id, attendance, status, receipt_number, contribution_minor,"
        " contribution_id, note, refusal_code, refusal_message from microfinance.collection_row"
        " where institution_id = %s and meeting_id = %s order by place",
        uow.institution_id,
        meeting_id,
    )
    return _collection(head, tuple(_row(row, payments.get(row[0], [])) for row in rows))


def _row(row: SqlRow, payments: Sequence[Payment]) -> Row:
    return Row(
        place=row[0],
        party_id=row[1],
        attendance=Mark(row[2]),
        status=RowStatus(row[3]),
        payments=tuple(payments),
        receipt_number=row[4],
        contribution_minor=row[5],
        contribution_id=row[6],
        note=row[7],
        refusal_code=row[8],
        refusal_message=row[9],
    )


def _collection(row: SqlRow, rows: tuple[Row, ...]) -> Collection:
    return Collection(
        meeting_id=row[0],
        collection_id=row[1],
        group_id=row[2],
        branch_id=row[3],
        officer_id=row[4],
        asset=asset_from_text(row[5]),
        mode=Mode(row[6]),
        received_on=row[7],
        sums=Sums(*row[8:12]),
        cash=tuple(Denomination(value, count) for value, count in loads(row[12])),
        not_listed=tuple(row[13]),
        journal_id=row[14],
        rows=rows,
        created_at=row[15],
        created_by=row[16],
    )


def borrowed(uow: UnitOfWork, loan_ids: Some[str]) -> dict[str, Borrowed]:
    """Whose the named loans are, and in which group; ids nobody knows are left out."""
    rows = uow.all(
        "select loan_id, borrower_id, group_id from microfinance.loan"
        " where institution_id = %s and loan_id = any(%s)",
        uow.institution_id,
        sorted(set(loan_ids)),
    )
    return {row[0]: Borrowed(row[1], row[2]) for row in rows}


def open_loans(uow: UnitOfWork, group_ids: Some[str]) -> list[OpenLoan]:
    """Loans of these groups on which money is owed, oldest first."""
    rows = uow.all(
        "select l.loan_id, l.type, l.group_id, l.borrower_id, l.contract_id"
        " from microfinance.loan l join obligations.obligation o"
        "  on o.institution_id = l.institution_id and o.obligation_id = l.contract_id"
        "  and o.status = 'ACTIVE'"
        " where l.institution_id = %s and l.group_id = any(%s)"
        "  and l.status in ('DISBURSED', 'REPAYING', 'DEFAULTED') order by l.loan_id",
        uow.institution_id,
        sorted(set(group_ids)),
    )
    return [OpenLoan(*row) for row in rows]


def known_receipts(uow: UnitOfWork, numbers: Some[str]) -> set[str]:
    """Those of the receipt numbers under which a row was recorded."""
    rows = uow.all(
        "select receipt_number from microfinance.collection_row"
        " where institution_id = %s and receipt_number = any(%s) and status = 'RECORDED'",
        uow.institution_id,
        sorted(set(numbers)),
    )
    return {row[0] for row in rows}


def active_users(uow: UnitOfWork, user_ids: Some[str]) -> set[str]:
    """Those of the ids that are users at work."""
    rows = uow.all(
        "select user_id from access.staff_user"
        " where institution_id = %s and user_id = any(%s) and is_active",
        uow.institution_id,
        sorted(set(user_ids)),
    )
    return {row[0] for row in rows}
