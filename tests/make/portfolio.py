"""Rows of a portfolio file."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sanduq.kit.db import UnitOfWork
from sanduq.microfinance.loans.import_cells import Row, RowFault
from sanduq.microfinance.loans.import_rows import COLUMNS, ImportedLoan, parse_row

TODAY = date(2024, 1, 15)

_COUNTS = (
    "select (select count(*) from microfinance.loan where institution_id = %(institution)s),"
    " (select count(*) from parties.party where institution_id = %(institution)s),"
    " (select count(*) from obligations.repayment where institution_id = %(institution)s),"
    " (select count(*) from ledger.journal where institution_id = %(institution)s),"
    " (select count(*) from events.event where institution_id = %(institution)s)"
)


def a_line(number: int = 1, **changes: str) -> dict[str, str]:
    """1,200 ringgit and a fee of 60 in twelve months, three of them paid: 105 each."""
    return {
        "external_id": f"L-{number}",
        "borrower_external_id": f"B-{number}",
        "borrower_name": f"Salma Idris {number}",
        "birth_date": "1988-05-17",
        "gender": "female",
        "phone": "+60 00 000 0001",
        "national_id": f"MY-880517-{number}",
        "currency": "MYR",
        "amount": "1200",
        "service_fee": "60",
        "disbursed_on": "2023-09-10",
        "installments": "12",
        "frequency": "monthly",
        "first_due_date": "2023-10-10",
        "purpose": "small_business",
        "paid_total": "315",
        "repayments": "2023-10-10:105;2023-11-10:105;2023-12-11:105",
        **changes,
    }


def a_row(**changes: str) -> Row:
    return Row(2, a_line(**changes))


def a_loan(number: int = 1, **changes: str) -> ImportedLoan:
    """The loan of a row in which nothing is wrong."""
    parsed = parse_row(Row(number + 1, a_line(number, **changes)), TODAY)
    assert isinstance(parsed, ImportedLoan), parsed
    return parsed


def faults_of(**changes: str) -> list[RowFault]:
    """What is wrong with a row."""
    parsed = parse_row(a_row(**changes), TODAY)
    assert isinstance(parsed, list), parsed
    return parsed


def written(path: Path, lines: Sequence[dict[str, str]]) -> Path:
    """A file of these lines."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(lines)
    return path


def row_counts(uow: UnitOfWork) -> tuple[int, ...]:
    """How many loans, parties, repayments, journals and events the institution has."""
    row = uow.one(_COUNTS, {"institution": uow.institution_id})
    assert row is not None
    return row
