"""The books as plain text, for programs of other authors: hledger, beancount, spreadsheets.

Each journal becomes one transaction per fund, so that those programs check by themselves that
every fund balances, not only the whole. Lines are made one by one: a book of any size streams.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from sanduq.kit.clock import rfc3339
from sanduq.kit.db import Row, UnitOfWork
from sanduq.ledger import store

CSV_COLUMNS = (
    "journal_seq", "journal_id", "kind", "effective_on", "recorded_at", "actor", "reference",
    "memo", "reverses", "line", "account_id", "code", "name", "class", "asset", "fund", "subject",
    "debit", "credit", "balance_after",
)  # fmt: skip

_ROOTS = {
    "asset": "Assets",
    "liability": "Liabilities",
    "equity": "Equity",
    "income": "Income",
    "expense": "Expenses",
}
_GOLD = "XAU"
_PLAIN_NAME = re.compile(r"\A[a-z][0-9A-Za-z]*(?:[:_][0-9A-Za-z]+)*\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Line:
    """An entry with its journal and its account, as one row of the books."""

    journal_seq: int
    journal_id: str
    kind: str
    effective_on: date
    recorded_at: datetime
    actor: str
    reference: str | None
    memo: str | None
    reverses: str | None
    line: int
    account_id: str
    code: str
    name: str
    account_class: str
    asset: str
    fund: str
    subject: str | None
    amount_minor: int
    balance_after_minor: int


def account_name(
    account_class: str, code: str, name: str, asset: str, fund: str, subject: str | None
) -> str:
    """`Assets:1000-Cash:USD:Own:Br--main`: one name per account, valid in both programs."""
    parts = [
        _ROOTS[account_class],
        f"{code}-{re.sub('[^A-Za-z0-9]+', '-', name).strip('-')}",
        commodity(asset),
        _component(fund),
    ]
    if subject is not None:
        parts.append(_component(subject))
    return ":".join(parts)


def commodity(asset: str) -> str:
    """`USD` for `USD/2`; gold is counted in whole milligrams and says so: `XAUMG`."""
    code = asset.partition("/")[0]
    return "XAUMG" if code == _GOLD else code


def export_hledger(uow: UnitOfWork) -> Iterator[str]:
    """The books as an hledger journal, line by line; it passes `hledger check --strict`."""
    store.allow_long_statements(uow)
    for asset in _assets(uow):
        yield f"commodity {_amount(0, asset)}"
    for row in _accounts(uow):
        account_id, name, _asset, subject = row
        yield f"account {name}  ; account_id: {account_id}"
        if subject is not None:
            yield f"  ; subject: {_one_line(subject)}"
    for lines in _transactions(uow):
        first = lines[0]
        yield ""
        yield f"{first.effective_on} * ({first.journal_id}) {first.kind}"
        for key, value in _metadata(first):
            yield f"    ; {key}: {_one_line(value)}"
        for line in lines:
            yield f"    {_name(line)}  {_amount(line.amount_minor, line.asset)}"


def export_beancount(uow: UnitOfWork) -> Iterator[str]:
    """The books as a beancount file, line by line; it passes `bean-check`."""
    store.allow_long_statements(uow)
    yield f'option "title" {_quoted(uow.actor.institution)}'
    assets = _assets(uow)
    for code in sorted({commodity(asset) for asset in assets}):
        yield f'option "operating_currency" "{code}"'
    opened_on = _first_day(uow)
    for code in sorted({commodity(asset) for asset in assets}):
        yield f"{opened_on} commodity {code}"
    for account_id, name, asset, subject in _accounts(uow):
        yield f"{opened_on} open {name} {commodity(asset)}"
        yield f"  account_id: {_quoted(account_id)}"
        if subject is not None:
            yield f"  subject: {_quoted(subject)}"
    for lines in _transactions(uow):
        first = lines[0]
        yield ""
        yield f"{first.effective_on} * {_quoted(first.kind)}"
        yield f"  journal_id: {_quoted(first.journal_id)}"
        for key, value in _metadata(first):
            yield f"  {key}: {_quoted(value)}"
        for line in lines:
            yield f"  {_name(line)}  {_amount(line.amount_minor, line.asset)}"


def export_csv(uow: UnitOfWork) -> Iterator[str]:
    """Every entry as one CSV row with its journal and account, after a row of column names."""
    store.allow_long_statements(uow)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="")
    writer.writerow(CSV_COLUMNS)
    yield _taken(buffer)
    for line in _lines(uow):
        amount = _decimal(abs(line.amount_minor), line.asset)
        writer.writerow(
            (
                line.journal_seq, line.journal_id, line.kind, line.effective_on,
                rfc3339(line.recorded_at), line.actor, line.reference, line.memo, line.reverses,
                line.line, line.account_id, line.code, line.name, line.account_class, line.asset,
                line.fund, line.subject, amount if line.amount_minor > 0 else "",
                amount if line.amount_minor < 0 else "",
                _decimal(line.balance_after_minor, line.asset),
            )
        )  # fmt: skip
        yield _taken(buffer)


def _lines(uow: UnitOfWork) -> Iterator[_Line]:
    rows = store.stream(
        uow,
        "export_lines",
        "select j.journal_seq, j.journal_id, j.kind, j.effective_on, j.recorded_at, j.actor,"
        " j.reference, j.memo, j.reverses, e.line, e.account_id, a.code, a.name, a.class, a.asset,"
        " a.fund, a.subject, e.amount_minor, e.balance_after_minor"
        " from ledger.journal j join ledger.entry e using (institution_id, journal_seq)"
        " join ledger.account a using (institution_id, account_id)"
        " where j.institution_id = %(institution)s order by j.journal_seq, e.line",
        {"institution": uow.institution_id},
    )
    for row in rows:
        yield _Line(*row)


def _transactions(uow: UnitOfWork) -> Iterator[list[_Line]]:
    """The lines of one journal in one fund, journal after journal."""
    for _, group in groupby(_lines(uow), key=lambda line: line.journal_seq):
        by_fund: dict[str, list[_Line]] = {}
        for line in group:
            by_fund.setdefault(line.fund, []).append(line)
        yield from by_fund.values()


def _accounts(uow: UnitOfWork) -> Iterator[tuple[str, str, str, str | None]]:
    """Id, name, asset and subject of every account."""
    rows: Iterator[Row] = store.stream(
        uow,
        "export_accounts",
        "select account_id, class, code, name, asset, fund, subject from ledger.account"
        " where institution_id = %(institution)s order by code, asset, fund, account_id",
        {"institution": uow.institution_id},
    )
    for account_id, account_class, code, name, asset, fund, subject in rows:
        plain = account_name(account_class, code, name, asset, fund, subject)
        yield account_id, plain, asset, subject


def _assets(uow: UnitOfWork) -> list[str]:
    rows = uow.all(
        "select distinct asset from ledger.account where institution_id = %s order by asset",
        uow.institution_id,
    )
    return [row[0] for row in rows]


def _first_day(uow: UnitOfWork) -> date:
    """The earliest day anything takes effect: accounts must be open by then."""
    row = uow.one(
        "select min(effective_on) from ledger.journal where institution_id = %s",
        uow.institution_id,
    )
    return row[0] if row and row[0] is not None else uow.today


def _name(line: _Line) -> str:
    return account_name(
        line.account_class, line.code, line.name, line.asset, line.fund, line.subject
    )


def _metadata(line: _Line) -> Iterator[tuple[str, str]]:
    yield "journal_seq", str(line.journal_seq)
    yield "fund", line.fund
    yield "recorded_at", rfc3339(line.recorded_at)
    yield "actor", line.actor
    for key, value in (
        ("reference", line.reference), ("memo", line.memo), ("reverses", line.reverses),
    ):  # fmt: skip
        if value is not None:
            yield key, value


def _component(text: str) -> str:
    """One part of an account's name. Different texts give different parts.

    `waqf:mosque` becomes `Waqf-mosque`, `br_main` becomes `Br--main`; what is not so plain is
    written in hexadecimal after `0x`, which no plain text begins with.
    """
    if _PLAIN_NAME.match(text):
        return text[0].upper() + text[1:].replace("_", "--").replace(":", "-")
    return f"0x{text.encode().hex()}"


def _decimal(amount_minor: int, asset: str) -> str:
    digits = asset.partition("/")[2]
    if commodity(asset) == "XAUMG" or not digits.isdigit():
        return str(amount_minor)
    return f"{Decimal(amount_minor).scaleb(-int(digits)):f}"


def _amount(amount_minor: int, asset: str) -> str:
    decimal = _decimal(amount_minor, asset)
    if amount_minor == 0 and "." not in decimal:
        decimal += "."  # how hledger is told of a commodity without decimals
    return f"{decimal} {commodity(asset)}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_one_line(escaped)}"'


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
