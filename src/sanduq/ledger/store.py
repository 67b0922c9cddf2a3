"""SQL of the ledger. Writing is one call of `post_journals`; the rest reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, LiteralString

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger.chain import genesis_hash
from sanduq.ledger.model import (
    Account,
    AccountClass,
    AccountPlace,
    Balance,
    ChainHead,
    ChartLine,
    Journal,
    JournalEntry,
    Period,
    PostedJournal,
    Sealed,
    StatementLine,
    TrialLine,
)


def post(uow: UnitOfWork, journals: Sequence[Journal]) -> Sealed:
    """One call, however many journals."""
    entry_journal: list[int] = []
    entry_account: list[str] = []
    entry_amount: list[int] = []
    for number, journal in enumerate(journals, start=1):
        for entry in journal.entries:
            entry_journal.append(number)
            entry_account.append(entry.place.account_id)
            entry_amount.append(entry.amount_minor)
    row = uow.one(
        "select block_seq, first_journal_seq, last_journal_seq from ledger.post_journals("
        "%s, %s, %s::text[], %s::text[], %s::date[], %s::text[], %s::text[], %s::text[],"
        " %s::text[], %s::text[], %s::integer[], %s::text[], %s::bigint[])",
        uow.institution_id,
        uow.now,
        [journal.journal_id for journal in journals],
        [journal.kind for journal in journals],
        [journal.effective_on for journal in journals],
        [uow.actor.user_id] * len(journals),
        [journal.request_id or uow.request_id for journal in journals],
        [journal.reference for journal in journals],
        [journal.memo for journal in journals],
        [journal.reverses for journal in journals],
        entry_journal,
        entry_account,
        entry_amount,
    )
    assert row is not None
    return Sealed(*row)


def open_accounts(uow: UnitOfWork, accounts: Sequence[tuple[AccountPlace, ChartLine]]) -> int:
    rows = sorted(accounts, key=lambda pair: pair[0].account_id)
    row = uow.one(
        "select ledger.open_accounts(%s, %s, %s::text[], %s::text[], %s::text[], %s::text[],"
        " %s::text[], %s::text[], %s::text[], %s::bigint[])",
        uow.institution_id,
        uow.now,
        [place.account_id for place, _ in rows],
        [line.code for _, line in rows],
        [line.name for _, line in rows],
        [str(place.asset) for place, _ in rows],
        [place.fund for place, _ in rows],
        [str(line.account_class) for _, line in rows],
        [place.subject for place, _ in rows],
        [0 if line.has_floor else None for _, line in rows],
    )
    assert row is not None
    return int(row[0])


def close_period(uow: UnitOfWork, starts_on: date, ends_on: date) -> None:
    uow.execute(
        "select ledger.close_period(%s, %s, %s, %s, %s)",
        uow.institution_id, starts_on, ends_on, uow.now, uow.actor.user_id,
    )  # fmt: skip


def _account(row: Row) -> Account:
    return Account(
        row[0], row[1], row[2], asset_from_text(row[3]), row[4], AccountClass(row[5]), *row[6:9]
    )


def get_balance(uow: UnitOfWork, account_id: str) -> Balance | None:
    row = uow.one(
        "select a.account_id, a.code, a.name, a.asset, a.fund, a.class, a.subject,"
        " a.floor_minor, a.opened_at, b.balance_minor, b.version"
        " from ledger.account a join ledger.balance b using (institution_id, account_id)"
        " where a.institution_id = %s and a.account_id = %s",
        uow.institution_id,
        account_id,
    )
    return Balance(_account(row), row[9], row[10]) if row else None


def balance_at(uow: UnitOfWork, account_id: str, instant: datetime) -> tuple[int, int]:
    """Debits less credits and the version as the books stood at an instant."""
    row = uow.one(
        "select e.balance_after_minor, e.version_after from ledger.entry e"
        " join ledger.journal j using (institution_id, journal_seq)"
        " where e.institution_id = %s and e.account_id = %s and j.recorded_at <= %s"
        " order by e.version_after desc limit 1",
        uow.institution_id,
        account_id,
        instant,
    )
    return (row[0], row[1]) if row else (0, 0)


def balance_on(uow: UnitOfWork, account_id: str, day: date) -> int:
    """Debits less credits of everything effective up to and including a day."""
    row = uow.one(
        "select coalesce(sum(e.amount_minor), 0)::bigint from ledger.entry e"
        " join ledger.journal j using (institution_id, journal_seq)"
        " where e.institution_id = %s and e.account_id = %s and j.effective_on <= %s",
        uow.institution_id,
        account_id,
        day,
    )
    return int(row[0]) if row else 0


def list_balances(
    uow: UnitOfWork, filters: Mapping[str, str | None], request: PageRequest
) -> Page[Balance]:
    """Accounts with balances, newest first; `filters` by column: code, fund, asset, subject."""
    query: sql.Composable = sql.SQL(
        "select account_id, code, name, asset, fund, class, subject, floor_minor, opened_at,"
        " balance_minor, version"
        " from ledger.account join ledger.balance using (institution_id, account_id)"
        " where institution_id = %(institution)s"
    )
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for column, value in filters.items():
        if value is not None:
            parameters[column] = value
            query += sql.SQL(" and {} = {}").format(sql.Identifier(column), sql.Placeholder(column))
    rows, total = newest_first(uow, query, parameters, request, order=("opened_at", "account_id"))
    found = [Balance(_account(row), row[9], row[10]) for row in rows]
    return Page.of(found, request, lambda b: (b.account.opened_at, b.account.account_id), total)


_STATEMENT = sql.SQL(
    " from ledger.entry e join ledger.journal j using (institution_id, journal_seq)"
    " where e.institution_id = %(institution)s and e.account_id = %(account)s"
    " and (%(from)s::date is null or j.effective_on >= %(from)s)"
    " and (%(to)s::date is null or j.effective_on <= %(to)s)"
)


def statement(
    uow: UnitOfWork,
    account_id: str,
    *,
    from_on: date | None,
    to_on: date | None,
    after_version: int,
    request: PageRequest,
) -> tuple[list[StatementLine], int | None]:
    """Lines in order of versions, one more than asked when more follow; total of numbered pages."""
    parameters = {
        "institution": uow.institution_id, "account": account_id, "after": after_version,
        "from": from_on, "to": to_on, "limit": request.limit + 1, "offset": request.offset,
    }  # fmt: skip
    rows = uow.composed(
        sql.SQL(
            "select j.journal_id, j.journal_seq, j.kind, j.effective_on, j.recorded_at,"
            " j.reference, j.memo, e.amount_minor, e.balance_after_minor, e.version_after"
        )
        + _STATEMENT
        + sql.SQL(
            " and e.version_after > %(after)s"
            " order by e.version_after limit %(limit)s offset %(offset)s"
        ),
        parameters,
    )
    total = None
    if request.page is not None:
        total = int(uow.composed(sql.SQL("select count(*)") + _STATEMENT, parameters)[0][0])
    return [StatementLine(*row) for row in rows], total


_JOURNAL_FILTERS = {
    "journal_id": sql.SQL(" and j.journal_id = %(journal_id)s"),
    "reference": sql.SQL(" and j.reference = %(reference)s"),
    "account_id": sql.SQL(
        " and j.journal_seq in (select e.journal_seq from ledger.entry e"
        " where e.institution_id = %(institution)s and e.account_id = %(account_id)s)"
    ),
}


def list_journals(
    uow: UnitOfWork, filters: Mapping[str, str | None], request: PageRequest
) -> Page[PostedJournal]:
    """Journals with their entries, newest first: one statement for each of the two."""
    query: sql.Composable = sql.SQL(
        "select j.journal_id, j.journal_seq, j.kind, j.effective_on, j.recorded_at, j.actor,"
        " j.reference, j.memo, j.reverses, (select r.journal_id from ledger.journal r"
        " where r.institution_id = j.institution_id and r.reverses = j.journal_id) as reversed_by"
        " from ledger.journal j where j.institution_id = %(institution)s"
    )
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for name, value in filters.items():
        if value is not None:
            parameters[name] = value
            query += _JOURNAL_FILTERS[name]
    rows, total = newest_first(uow, query, parameters, request, order=("journal_id",))
    entries = _entries_of(uow, [row[1] for row in rows])
    found = [PostedJournal(*(*row, tuple(entries.get(row[1], ())))) for row in rows]
    return Page.of(found, request, lambda one: (one.recorded_at, one.journal_id), total)


def _entries_of(uow: UnitOfWork, journal_seqs: Sequence[int]) -> dict[int, list[JournalEntry]]:
    rows = uow.all(
        "select e.journal_seq, e.line, e.account_id, a.code, a.asset, a.fund, e.amount_minor,"
        " e.balance_after_minor from ledger.entry e"
        " join ledger.account a using (institution_id, account_id)"
        " where e.institution_id = %s and e.journal_seq = any(%s)"
        " order by e.journal_seq, e.line",
        uow.institution_id,
        list(journal_seqs),
    )
    found: dict[int, list[JournalEntry]] = {}
    for row in rows:
        entry = JournalEntry(*(*row[1:4], asset_from_text(row[4]), *row[5:]))
        found.setdefault(row[0], []).append(entry)
    return found


def list_periods(uow: UnitOfWork) -> list[Period]:
    """Closed periods, latest first."""
    rows = uow.all(
        "select starts_on, ends_on, closed_at, closed_by from ledger.period"
        " where institution_id = %s order by starts_on desc",
        uow.institution_id,
    )
    return [Period(*row) for row in rows]


def chain_head(uow: UnitOfWork) -> ChainHead | None:
    row = uow.one(
        "select block_seq, journal_seq, hash from ledger.chain_head where institution_id = %s",
        uow.institution_id,
    )
    return ChainHead(row[0], row[1], bytes(row[2])) if row else None


def block_hashes(uow: UnitOfWork, block_seqs: Sequence[int]) -> dict[int, bytes]:
    """Hashes of the blocks that are there; block 0 is the one every chain starts from."""
    rows = uow.all(
        "select block_seq, hash from ledger.chain_block"
        " where institution_id = %s and block_seq = any(%s)",
        uow.institution_id,
        list(block_seqs),
    )
    return {0: genesis_hash(uow.institution_id), **{row[0]: bytes(row[1]) for row in rows}}


def trial_balance(uow: UnitOfWork, as_of: date | None) -> list[TrialLine]:
    """By code, asset and fund. Today's comes from balances, a past day's from entries."""
    if as_of is None:
        rows = uow.all(
            "select a.code, min(a.name), a.asset, a.fund, a.class,"
            " sum(b.balance_minor)::bigint as minor"
            " from ledger.account a join ledger.balance b using (institution_id, account_id)"
            " where a.institution_id = %s group by a.code, a.asset, a.fund, a.class"
            " order by a.code, a.asset, a.fund",
            uow.institution_id,
        )
    else:
        rows = uow.all(
            "select a.code, min(a.name), a.asset, a.fund, a.class,"
            " sum(e.amount_minor)::bigint as minor"
            " from ledger.journal j join ledger.entry e using (institution_id, journal_seq)"
            " join ledger.account a using (institution_id, account_id)"
            " where j.institution_id = %s and j.effective_on <= %s"
            " group by a.code, a.asset, a.fund, a.class order by a.code, a.asset, a.fund",
            uow.institution_id,
            as_of,
        )
    return [
        TrialLine(
            row[0], row[1], asset_from_text(row[2]), row[3], AccountClass(row[4]),
            max(row[5], 0), max(-row[5], 0),
        )
        for row in rows
    ]  # fmt: skip


def journals_for_reversal(uow: UnitOfWork, journal_ids: Sequence[str]) -> list[Row]:
    """Id, kind and entries (account place and amount) of journals, one row per entry in order."""
    return uow.all(
        "select j.journal_id, j.kind, a.code, a.asset, a.fund, a.subject, e.amount_minor"
        " from ledger.journal j join ledger.entry e using (institution_id, journal_seq)"
        " join ledger.account a using (institution_id, account_id)"
        " where j.institution_id = %s and j.journal_id = any(%s) order by j.journal_seq, e.line",
        uow.institution_id,
        list(journal_ids),
    )


def stream(
    uow: UnitOfWork, name: str, query: LiteralString, parameters: Mapping[str, Any]
) -> Iterator[Row]:
    """Rows of a large result through a server-side cursor: memory stays flat."""
    with uow.connection.cursor(name=name) as cursor:
        cursor.itersize = 5000
        cursor.execute(query, parameters)
        yield from cursor


def allow_long_statements(uow: UnitOfWork) -> None:
    """Lets the rest of this unit of work read the whole book, however large."""
    uow.execute("set local statement_timeout = '1h'")
