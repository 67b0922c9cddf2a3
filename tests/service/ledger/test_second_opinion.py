"""Programs of other authors read our books and must come to our figures.

hledger and beancount are run as commands of their own; neither is a part of Sanduq.
"""

from __future__ import annotations

import csv
import random
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from sanduq.kit.money import Asset, currency
from sanduq.ledger import service
from sanduq.ledger.export import (
    account_name,
    commodity,
    export_beancount,
    export_csv,
    export_hledger,
)
from sanduq.ledger.model import TrialLine
from tests.coherent import assert_coherent
from tests.make.ledger import CAPITAL, CASH, post_move, random_year

Work = Callable[..., Any]
SEED = 20240115
GOLD = Asset("XAU", 3)  # milligrams: grams with three decimals
ASSETS = (currency("USD"), currency("TND"), currency("XOF"), GOLD)

hledger = pytest.mark.skipif(
    shutil.which("hledger") is None, reason="hledger is not installed: no second opinion from it"
)

# Run by the interpreter's beancount, outside of our process.
_BEANCOUNT = """
import sys, collections
from beancount import loader
from beancount.core import data
entries, errors, _ = loader.load_file(sys.argv[1])
assert not errors, errors[:3]
for day in sys.argv[2:]:
    sums = collections.Counter()
    for entry in entries:
        if isinstance(entry, data.Transaction) and entry.date.isoformat() <= day:
            for posting in entry.postings:
                sums[posting.account, posting.units.currency] += posting.units.number
    for (account, code), number in sorted(sums.items()):
        print(day, account, code, number)
"""


@pytest.fixture
def books(work: Work) -> Work:
    """A year of journals in three currencies and gold, posted in blocks of many sizes."""
    dice = random.Random(SEED)
    journals = random_year(SEED, ASSETS, 400)
    with work() as uow:
        post_move(uow, CAPITAL, CASH, 123_45)
        service.open_accounts(uow, {entry.place for one in journals for entry in one.entries})
    while journals:
        size = dice.choice((1, 2, 50))
        with work() as uow:
            service.post(uow, journals[:size])
            taken_back = journals[dice.randrange(len(journals[:size]))]
            if dice.random() < 0.5:
                service.post(
                    uow,
                    service.reversal_of(
                        uow, [taken_back.journal_id], effective_on=taken_back.effective_on,
                        memo="taken back",
                    ),
                )  # fmt: skip
        journals = journals[size:]
    with work() as uow:
        assert_coherent(uow)
    return work


def past_days() -> list[date]:
    dice = random.Random(SEED)
    return [date(2023, 1, 1) + timedelta(days=dice.randrange(365)) for _ in range(10)]


def write(path: Path, lines: Iterable[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def key_of(line: TrialLine) -> tuple[str, str]:
    """Account (without its subject) and commodity, as the exported books name them."""
    asset = str(line.asset)
    name = account_name(line.account_class, line.code, line.name, asset, line.fund, None)
    return name, commodity(asset)


def ours(work: Work, day: date | None) -> dict[tuple[str, str], int]:
    """Our trial balance in minor units, zeros left out."""
    with work() as uow:
        found = {
            key_of(line): line.debit_minor - line.credit_minor
            for line in service.trial_balance(uow, day)
        }
    return {key: minor for key, minor in found.items() if minor}


def minor_units(number: str, code: str) -> int:
    digits = {commodity(str(asset)): asset.digits for asset in ASSETS} | {"XAUMG": 0}
    whole, _, rest = number.partition(".")
    return int(whole + rest.ljust(digits[code], "0"))


def summed(rows: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str], int]:
    """Account, commodity and number; subjects summed up into their account's line."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for account, code, number in rows:
        found[":".join(account.split(":")[:4]), code] += minor_units(number, code)
    return {key: minor for key, minor in found.items() if minor}


def hledger_rows(file: Path, day: date | None) -> Iterator[tuple[str, str, str]]:
    command = ["hledger", "-f", str(file), "balance", "--flat", "-N", "-O", "csv", "--layout=bare"]
    if day is not None:
        command += ["--end", str(day + timedelta(days=1))]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for row in csv.DictReader(text.splitlines()):
        if row["commodity"]:
            yield row["account"], row["commodity"], row["balance"].replace(",", "")


@hledger
def test_hledger_finds_the_books_balanced_and_agrees(books: Work, tmp_path: Path) -> None:
    with books() as uow:
        file = write(tmp_path / "books.journal", export_hledger(uow))
    subprocess.run(["hledger", "-f", str(file), "check", "--strict"], check=True)
    for day in (None, *past_days()):
        assert (day, summed(hledger_rows(file, day))) == (day, ours(books, day))


def test_beancount_finds_the_books_balanced_and_agrees(books: Work, tmp_path: Path) -> None:
    with books() as uow:
        file = write(tmp_path / "books.beancount", export_beancount(uow))
    checker = Path(sys.executable).with_name("bean-check")
    subprocess.run([checker, "--no-cache", file], check=True)
    days = [*map(str, past_days()), "9999-12-31"]
    printed = subprocess.run(
        [sys.executable, "-c", _BEANCOUNT, file, *days], check=True, capture_output=True, text=True
    ).stdout
    rows: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for text in printed.splitlines():
        day, account, code, number = text.split()
        rows[day].append((account, code, number))
    for day in days:
        expected = ours(books, None if day == "9999-12-31" else date.fromisoformat(day))
        assert (day, summed(rows[day])) == (day, expected)


def test_the_csv_rows_sum_to_the_trial_balance(books: Work) -> None:
    with books() as uow:
        rows = list(csv.DictReader(export_csv(uow)))
    found: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        name = account_name(row["class"], row["code"], row["name"], row["asset"], row["fund"], None)
        code = commodity(row["asset"])
        found[name, code] += minor_units(row["debit"] or "0", code)
        found[name, code] -= minor_units(row["credit"] or "0", code)
    assert {key: minor for key, minor in found.items() if minor} == ours(books, None)
    assert any("\n" in row["memo"] for row in rows), "the year holds a memo of two lines"


def test_every_fund_balances_by_itself_in_the_export(books: Work) -> None:
    with books() as uow:
        blocks = "\n".join(export_beancount(uow)).split("\n\n")[1:]
    for block in blocks:
        lines = [line.split() for line in block.splitlines() if line.startswith("  ")]
        funds = {line[0].split(":")[3] for line in lines if line[0].count(":") >= 3}
        assert len(funds) == 1, block
