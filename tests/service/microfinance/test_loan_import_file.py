"""A portfolio comes in by the command line, and the books owe what the file owes."""

from __future__ import annotations

import csv
import runpy
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sanduq import demo
from sanduq.api import registry
from sanduq.cli import app
from sanduq.kit.db import UnitOfWork
from tests.coherent import assert_coherent
from tests.conftest import Work
from tests.make.portfolio import a_line, row_counts, written

EXAMPLES = Path(__file__).parents[3] / "examples"
SAMPLE = EXAMPLES / "portfolio-500.csv"

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _checks() -> None:
    registry.wire()


@pytest.fixture
def run(demo_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`sanduq import loans` in the demonstration institution."""
    monkeypatch.setenv("SANDUQ_DATABASE_URL", demo_url)
    monkeypatch.setenv("SANDUQ_DATA", str(tmp_path))

    def invoke(file: Path, *options: str, user: str = demo.MAKER) -> Result:
        words = ["import", "loans", str(file), "--institution", demo.INSTITUTION, "--user", user]
        return CliRunner().invoke(app, [*words, *options])

    return invoke


def summary(result: Result) -> str:
    return result.stdout.strip().splitlines()[-1]


def booked(uow: UnitOfWork, code: str) -> dict[str, int]:
    """Balance of an account code by currency, in minor units."""
    rows = uow.all(
        "select split_part(a.asset, '/', 1), sum(b.balance_minor)::bigint from ledger.account a"
        " join ledger.balance b using (institution_id, account_id)"
        " where a.institution_id = %s and a.code = %s group by 1",
        uow.institution_id,
        code,
    )
    return dict(rows)


def principal_left_minor(row: dict[str, str]) -> int:
    """By hand from a row: what is paid fills the instalments in turn, each by its own shares.

    An instalment is the even share of the total, rounded half to even, and so is its fee; the
    last takes the rest. Of one paid in part the fee is paid in its proportion.
    """
    unit = 10 ** {"MYR": 2, "PKR": 2, "TND": 3}[row["currency"]]
    principal, fee = (int(Decimal(row[name]) * unit) for name in ("amount", "service_fee"))
    count = int(row["installments"])
    share, fee_share = round(Fraction(principal + fee, count)), round(Fraction(fee, count))
    left = sum(
        int(Decimal(part.split(":")[1]) * unit) for part in row["repayments"].split(";") if part
    )
    paid = 0
    for number in range(1, count + 1):
        line = share if number < count else principal + fee - share * (count - 1)
        line_fee = fee_share if number < count else fee - fee_share * (count - 1)
        part = min(left, line)
        paid += part - (line_fee if part == line else round(Fraction(line_fee * part, line)))
        left -= part
    return principal - paid


@pytest.fixture(scope="module")
def sample() -> list[dict[str, str]]:
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_sample_is_what_its_generator_writes() -> None:
    generator = runpy.run_path(str(EXAMPLES / "portfolio.py"))
    assert generator["as_csv"](generator["portfolio"]()).encode() == SAMPLE.read_bytes()


def test_a_whole_portfolio_comes_in_and_the_books_owe_what_the_file_owes(
    run: Run, demo_work: Work, sample: list[dict[str, str]]
) -> None:
    first = run(SAMPLE)
    assert first.exit_code == 0, first.output
    repayment_count = sum(row["repayments"].count(":") for row in sample)
    assert summary(first) == (
        f"500 rows: 500 imported with {repayment_count} repayments, 0 known, 0 refused"
    )
    owed = Counter[str]()
    for row in sample:
        owed[row["currency"]] += principal_left_minor(row)
    with demo_work() as uow:
        assert booked(uow, "1100") == dict(owed)
        assert set(booked(uow, "3090")) == {"MYR", "PKR", "TND"}
        fees = booked(uow, "1110")
        for code, amount_minor in booked(uow, "3090").items():
            # What came in stands against opening balances alone: no cash, no income.
            assert -amount_minor == owed[code] + fees[code]
        assert booked(uow, "4100") == dict.fromkeys(booked(uow, "4100"), 0)
        before = row_counts(uow)
        assert_coherent(uow)
    again = run(SAMPLE)
    assert again.exit_code == 0, again.output
    assert summary(again) == "500 rows: 0 imported with 0 repayments, 500 known, 0 refused"
    with demo_work() as uow:
        assert row_counts(uow) == before


def test_who_may_not_import_is_told_in_one_line(run: Run) -> None:
    result = run(SAMPLE, user=demo.FINANCE)
    assert result.exit_code == 1
    assert "loan.import" in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_bad_rows_are_said_one_line_each_and_the_good_ones_come_in(
    run: Run, demo_work: Work, tmp_path: Path
) -> None:
    lines = [
        a_line(1),
        a_line(2, amount="12.345", gender="?"),
        a_line(3, group_id="grp_none"),
        a_line(4),
        a_line(4, external_id="L-9", borrower_name="Someone Else"),
    ]
    errors = tmp_path / "errors.csv"
    result = run(written(tmp_path / "loans.csv", lines), "--errors", str(errors))
    assert result.exit_code == 1
    assert summary(result) == "5 rows: 2 imported with 6 repayments, 0 known, 3 refused"
    said = result.stderr.strip().splitlines()
    assert [line.split(":")[0] for line in said] == [
        "row 3 (L-2)", "row 4 (L-3)", "row 6 (L-9)",
    ]  # fmt: skip
    assert "MYR has 2 decimals" in said[0]
    assert "use female or male" in said[0]
    with errors.open(newline="") as file:
        found = [(each["row"], each["column"]) for each in csv.DictReader(file)]
    assert found == [("3", "gender"), ("3", "amount"), ("4", "group_id"),
                     ("6", "borrower_external_id")]  # fmt: skip
    lines[1:3] = [a_line(2), a_line(3)]
    repaired = run(written(tmp_path / "loans.csv", lines[:4]))
    assert repaired.exit_code == 0
    assert summary(repaired) == "4 rows: 2 imported with 6 repayments, 2 known, 0 refused"
    with demo_work() as uow:
        assert_coherent(uow)


def test_a_workbook_brings_in_the_same_as_the_csv_file(run: Run, tmp_path: Path) -> None:
    generator = runpy.run_path(str(EXAMPLES / "portfolio.py"))
    generator["write_xlsx"](tmp_path / "loans.xlsx", list(generator["portfolio"]())[:40])
    assert run(tmp_path / "loans.xlsx").exit_code == 0
    again = run(SAMPLE, "--dry-run")
    assert again.exit_code == 0, again.output
    assert "460 imported" in summary(again)
    assert summary(again).endswith("40 known, 0 refused")
    assert "dry run, nothing was changed" in summary(again)


def test_a_file_that_is_no_list_of_loans_is_said_in_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "loans.csv").write_text("name,sum\n")
    result = run(tmp_path / "loans.csv")
    assert result.exit_code == 1
    assert result.output.strip().splitlines()[0].startswith("error: row 1: the column 'name'")
