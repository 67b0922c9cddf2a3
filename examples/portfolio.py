"""A portfolio as another system might hand it over: 500 invented loans in three currencies.

    python examples/portfolio.py              writes examples/portfolio-500.csv
    python examples/portfolio.py --xlsx       writes examples/portfolio-500.xlsx beside it

The same seed gives the same bytes. People, numbers of papers and telephones are made up.
"""

from __future__ import annotations

import argparse
import csv
import io
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random

from openpyxl import Workbook

SEED = 1445
LOANS = 500
# Everybody after these borrows once; these come back for a second loan when the first is repaid.
RETURNING = 100
AS_OF = date(2024, 1, 14)
COLUMNS = (
    "external_id", "borrower_external_id", "borrower_name", "birth_date", "gender", "phone",
    "national_id", "currency", "amount", "service_fee", "disbursed_on", "installments",
    "frequency", "first_due_date", "purpose", "group_id", "branch_id", "paid_total", "repayments",
    "due_dates",
)  # fmt: skip


@dataclass(frozen=True)
class Land:
    """Where a borrower lives; all sums in minor units."""

    currency: str
    digits: int
    dialling: str
    women: tuple[str, ...]
    men: tuple[str, ...]
    families: tuple[str, ...]
    amount_min: int
    amount_max: int
    amount_step: int
    fees: tuple[int, ...]


LANDS = (
    Land(
        "MYR", 2, "+60 00",
        ("Aisyah", "Nurul Huda", "Siti Aminah", "Zainab", "Farah", "Rohana", "Noraini", "Hasnah"),
        ("Ahmad", "Faizal", "Hafiz", "Ismail", "Rahman", "Syafiq", "Zulkifli", "Kamal"),
        ("binti Abdullah", "binti Hassan", "binti Ibrahim", "binti Yusof", "binti Osman"),
        1_000_00, 9_500_00, 250_00, (0, 45_00, 65_50, 88_35),
    ),
    Land(
        "PKR", 2, "+92 000",
        ("Ayesha", "Fatima", "Khadija", "Nasreen", "Rukhsana", "Saima", "Shazia", "Zubaida"),
        ("Abdul Rauf", "Bilal", "Farooq", "Imran", "Junaid", "Nadeem", "Tariq", "Waseem"),
        ("Akhtar", "Baig", "Chaudhry", "Hussain", "Iqbal", "Malik", "Qureshi", "Siddiqui"),
        40_000_00, 480_000_00, 2_500_00, (0, 3_500_00, 4_750_50, 9_999_99),
    ),
    Land(
        "TND", 3, "+216 00",
        ("Amel", "Emna", "Hajer", "Ines", "Khaoula", "Mouna", "Rim", "Wafa"),
        ("Anis", "Chokri", "Fethi", "Hamdi", "Karim", "Mehdi", "Nizar", "Sami"),
        ("Ben Ali", "Bouazizi", "Chebbi", "Gharbi", "Jaziri", "Mabrouk", "Trabelsi", "Zouari"),
        600_000, 7_800_000, 62_500, (0, 35_000, 48_750, 71_125),
    ),
)  # fmt: skip
TERMS = {"weekly": (12, 16, 26, 50), "biweekly": (6, 12, 24), "monthly": (3, 6, 10, 12, 18, 24)}
PURPOSES = (
    "small_business", "agriculture", "livestock", "education", "home_improvement", "medical",
    "equipment",
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    number: int
    land: Land
    name: str
    gender: str
    birth_on: date

    @property
    def external_id(self) -> str:
        return f"B-{self.number:04d}"


def people(random: Random, count: int) -> list[Person]:
    """Borrowers of the three lands in turn; two of three are women."""
    found = []
    for number in range(1, count + 1):
        land = LANDS[number % len(LANDS)]
        is_woman = random.random() < 2 / 3
        family = random.choice(land.families)
        if not is_woman:
            family = family.replace("binti", "bin")
        given = random.choice(land.women if is_woman else land.men)
        birth_on = date(1960, 1, 1) + timedelta(days=random.randrange(16_000))
        gender = "female" if is_woman else "male"
        found.append(Person(number, land, f"{given} {family}", gender, birth_on))
    return found


def portfolio(seed: int = SEED, count: int = LOANS) -> Iterator[dict[str, str]]:
    """The rows of the file, by column."""
    random = Random(seed)
    returning = min(RETURNING, count // 5)
    borrowers = people(random, count - returning)
    for number in range(1, count + 1):
        is_second = number > len(borrowers)
        person = borrowers[number - len(borrowers) - 1 if is_second else number - 1]
        is_first_of_two = not is_second and number <= returning
        yield loan(random, number, person, is_old=is_first_of_two, is_second=is_second)


def loan(
    random: Random, number: int, person: Person, *, is_old: bool, is_second: bool
) -> dict[str, str]:
    """One loan. An old one was paid out early in 2022, for a year at most, and repaid."""
    land = person.land
    frequency = random.choice(tuple(TERMS))
    counts = [n for n in TERMS[frequency] if not is_old or n * step_days(frequency) <= 365]
    instalments = random.choice(counts)
    steps = (land.amount_max - land.amount_min) // land.amount_step
    amount = land.amount_min + land.amount_step * random.randrange(steps + 1)
    fee = random.choice(land.fees)
    earliest, days = (date(2022, 1, 3), 90) if is_old else (date(2023, 4, 1), 288)
    disbursed_on = earliest + timedelta(days=random.randrange(days))
    if not is_old and not is_second and random.random() < 0.3:
        disbursed_on -= timedelta(days=250)
    due_on = due_dates(disbursed_on, frequency, instalments)
    due_column = ""
    if random.random() < 0.05:
        # The office was closed on the third due day: that one moved, the others did not.
        due_on = [*due_on[:2], due_on[2] + timedelta(days=1), *due_on[3:]]
        due_column = ";".join(day.isoformat() for day in due_on)
    habit = "steady" if is_old else random.choices(
        ("steady", "early", "behind", "stopped"), (60, 8, 20, 12)
    )[0]  # fmt: skip
    paid = repayments(random, amount + fee, due_on, disbursed_on, habit)
    return {
        "external_id": f"L-{number:05d}",
        "borrower_external_id": person.external_id,
        "borrower_name": person.name,
        "birth_date": person.birth_on.isoformat(),
        "gender": person.gender,
        "phone": f"{land.dialling} 000 {person.number:04d}",
        "national_id": f"{land.currency[:2]}-{person.birth_on:%y%m%d}-{person.number:04d}",
        "currency": land.currency,
        "amount": written(amount, land.digits),
        "service_fee": written(fee, land.digits),
        "disbursed_on": disbursed_on.isoformat(),
        "installments": str(instalments),
        "frequency": frequency,
        "first_due_date": due_on[0].isoformat(),
        "purpose": random.choice(PURPOSES),
        "group_id": "",
        "branch_id": "",
        "paid_total": written(sum(sum_minor for _, sum_minor in paid), land.digits),
        "repayments": ";".join(f"{on}:{written(each, land.digits)}" for on, each in paid),
        "due_dates": due_column,
    }


def step_days(frequency: str) -> int:
    return {"weekly": 7, "biweekly": 14, "monthly": 31}[frequency]


def due_dates(disbursed_on: date, frequency: str, count: int) -> list[date]:
    """Every week, every second week, or on the day of disbursement in the months that follow."""
    if frequency != "monthly":
        step = step_days(frequency)
        return [disbursed_on + timedelta(days=step * turn) for turn in range(1, count + 1)]
    found: list[date] = []
    for turn in range(1, count + 1):
        years, month = divmod(disbursed_on.month - 1 + turn, 12)
        year = disbursed_on.year + years
        # From the second on, the first due day is the anchor: 28 February, then 28 March.
        wanted = found[0].day if found else disbursed_on.day
        found.append(date(year, month + 1, min(wanted, monthrange(year, month + 1)[1])))
    return found


def repayments(
    random: Random, owed: int, due_on: list[date], disbursed_on: date, habit: str
) -> list[tuple[date, int]]:
    """What was paid until AS_OF. Who pays early settles at once; who is behind pays in part."""
    share = round(Fraction(owed, len(due_on)))
    stops_after = random.randrange(len(due_on)) if habit == "stopped" else len(due_on)
    paid: list[tuple[date, int]] = []
    left = owed
    for turn, due in enumerate(due_on):
        on = due + timedelta(days=random.randrange(9) if habit == "behind" else 0)
        if on > AS_OF or turn >= stops_after or left == 0:
            break
        each = left if turn == len(due_on) - 1 else share
        if habit == "behind" and random.random() < 0.35:
            each = each * random.randrange(20, 90) // 100
        if habit == "early" and turn >= len(due_on) // 2:
            each = left
        if each > 0:
            paid.append((max(on, disbursed_on), each))
            left -= each
    return paid


def written(minor: int, digits: int) -> str:
    """The exact amount, with as many decimals as it needs."""
    whole, part = divmod(minor, 10**digits)
    return f"{whole}.{part:0{digits}d}".rstrip("0").rstrip(".")


def as_csv(rows: Iterator[Mapping[str, str]]) -> str:
    """The file's text."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_xlsx(path: Path, rows: Iterator[Mapping[str, str]]) -> None:
    """The same rows as a spreadsheet keeps them: amounts and counts as numbers, days as dates."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Loans")
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append([cell(column, row[column]) for column in COLUMNS])
    workbook.save(path)


def cell(column: str, text: str) -> object:
    """A cell's value as a person would have typed it."""
    if not text:
        return None
    if column in {"amount", "service_fee", "paid_total"}:
        return float(text)
    if column == "installments":
        return int(text)
    if column in {"birth_date", "disbursed_on", "first_due_date"}:
        return date.fromisoformat(text)
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--xlsx", action="store_true", help="write a workbook instead of CSV")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--loans", type=int, default=LOANS)
    parser.add_argument("--directory", type=Path, default=Path(__file__).parent)
    given = parser.parse_args()
    target = given.directory / f"portfolio-{given.loans}{'.xlsx' if given.xlsx else '.csv'}"
    rows = portfolio(given.seed, given.loans)
    if given.xlsx:
        write_xlsx(target, rows)
    else:
        target.write_text(as_csv(rows), encoding="utf-8", newline="")
    print(f"{target} written: {given.loans} loans")


if __name__ == "__main__":
    main()
