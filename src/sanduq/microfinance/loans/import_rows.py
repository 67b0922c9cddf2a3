"""One row of a portfolio file → one loan to bring in, or everything that is wrong with the row.

Pure: what the institution holds (borrowers, groups, products) is looked at later, by `importing`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import pairwise

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.json import canonical
from sanduq.kit.money import AmountError, Asset, Money, currency, sum_money
from sanduq.microfinance.loans.import_cells import (
    EXTERNAL_ID_LENGTH_MAX,
    Reading,
    Row,
    RowFault,
)
from sanduq.microfinance.loans.model import Terms
from sanduq.obligations.schedule import (
    Frequency,
    Schedule,
    regular_dates,
    schedule_from_lines,
    spread,
)
from sanduq.parties.model import Gender, PartyKind, check_person

COLUMNS_NEEDED = (
    "external_id", "borrower_external_id", "borrower_name", "currency", "amount", "disbursed_on",
    "installments", "frequency", "first_due_date", "purpose",
)  # fmt: skip
COLUMNS_OPTIONAL = (
    "service_fee", "birth_date", "gender", "phone", "national_id", "group_id", "branch_id",
    "paid_total", "repayments", "due_dates",
)  # fmt: skip
COLUMNS = COLUMNS_NEEDED + COLUMNS_OPTIONAL

INSTALMENTS_MAX = 600
DISBURSED_EARLIEST = date(1970, 1, 1)

_COUNT = re.compile(r"[0-9]{1,6}", re.ASCII)
_PURPOSE = re.compile(r"[a-z][a-z0-9_]{1,60}", re.ASCII)
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{2,38}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ImportedBorrower:
    """Who owes the loan, as the file says."""

    external_id: str
    name: str
    birth_on: date | None
    gender: Gender | None
    phone: str | None
    national_id: str | None


@dataclass(frozen=True, slots=True)
class ImportedRepayment:
    """What was paid. `received_on` is None where the file only knows the sum."""

    received_on: date | None
    amount: Money


@dataclass(frozen=True, slots=True)
class ImportedLoan:
    """A loan as another system kept it; the schedule binds, the repayments are in order of date."""

    row: int
    external_id: str
    borrower: ImportedBorrower
    amount: Money
    service_fee: Money
    disbursed_on: date
    terms: Terms
    schedule: Schedule
    purpose: str
    group_id: str | None
    branch_id: str | None
    repayments: tuple[ImportedRepayment, ...]

    @property
    def asset(self) -> Asset:
        return self.amount.asset

    @property
    def fingerprint(self) -> str:
        """Tells whether a later file says the same of this loan; borrowers' facts stay out."""
        facts = [
            self.borrower.external_id, str(self.asset), self.amount.amount_minor,
            self.service_fee.amount_minor, self.disbursed_on, self.terms.frequency,
            self.schedule.due_on, self.purpose, self.group_id, self.branch_id,
            [(each.received_on, each.amount.amount_minor) for each in self.repayments],
        ]  # fmt: skip
        return sha256(canonical(facts)).hexdigest()[:32]

    def fault(self, column: str, code: str, problem: str, remedy: str) -> RowFault:
        """Something wrong with this loan that only the institution's own data shows."""
        return RowFault(self.row, self.external_id, column, code, problem, remedy)


def parse_row(row: Row, today: date) -> ImportedLoan | list[RowFault]:
    """The loan of a row, or every fault found in it. `today` is the institution's.

    Amounts are read exactly: more digits than the currency has are refused, never rounded.
    Without `due_dates` they are counted from `first_due_date` by `frequency`, on the same day of
    each month or at its end; the sums are divided evenly and the last instalment absorbs the
    rest (rule GEN-20). Nothing falls due before the money was handed over (rule QRD-17), and no
    more is paid than was owed.
    """
    reading = Reading(row)
    if row.surplus_cells:
        problem = f"there are {row.surplus_cells} cells more than the header has columns"
        reading.refuse("row", "surplus_cells", problem, "put text that holds commas into quotes")
    external_id = reading.text("external_id", length_max=EXTERNAL_ID_LENGTH_MAX, is_needed=True)
    borrower = _borrower(reading, today)
    asset = _asset(reading)
    amount, fee = _sums(reading, asset)
    disbursed_on = _past(reading, "disbursed_on", today)
    terms, due_on = _dates(reading, disbursed_on)
    purpose = reading.text("purpose", is_needed=True)
    if purpose is not None and not _PURPOSE.fullmatch(purpose):
        problem = f"{purpose[:40]!r} is no purpose"
        reading.refuse("purpose", "bad_text", problem, "use a word such as small_business")
    group_id, branch_id = reading.text("group_id"), reading.text("branch_id")
    repayments = _repayments(reading, asset, disbursed_on, today)
    if amount is not None and fee is not None:
        _check_paid(reading, amount + fee, repayments)
    if reading.faults:
        return reading.faults
    # Whatever is missing was refused above; said again so that the type checker knows.
    assert external_id is not None
    assert borrower is not None
    assert amount is not None
    assert fee is not None
    assert disbursed_on is not None
    assert terms is not None
    assert purpose is not None
    lines = spread(amount.amount_minor, fee.amount_minor, due_on)
    return ImportedLoan(
        row.number, external_id, borrower, amount, fee, disbursed_on, terms,
        schedule_from_lines(1, lines), purpose, group_id, branch_id, repayments,
    )  # fmt: skip


def _borrower(reading: Reading, today: date) -> ImportedBorrower | None:
    external_id = reading.text("borrower_external_id", length_max=120, is_needed=True)
    name = reading.text("borrower_name", is_needed=True)
    birth_on = reading.day("birth_date")
    genders = {str(gender): gender for gender in Gender}
    gender = reading.choice("gender", genders, is_needed=False)
    phone = reading.pattern("phone", _PHONE, "bad_text", "write it as +216 71 000 000")
    national_id = reading.text("national_id", length_max=120)
    try:
        check_person(PartyKind.PERSON, birth_on=birth_on, gender=gender, today=today)
    except ValidationFailed as refusal:
        code = str(refusal.details[0]["code"])
        reading.refuse("birth_date", code, f"{birth_on} cannot be a day of birth", "correct it")
    if external_id is None or name is None:
        return None
    return ImportedBorrower(external_id, name, birth_on, gender, phone, national_id)


def _asset(reading: Reading) -> Asset | None:
    code = reading.text("currency", is_needed=True)
    if code is None:
        return None
    try:
        return currency(code)
    except AmountError as error:
        remedy = "use an ISO 4217 code in capitals, such as MYR"
        reading.refuse("currency", error.code, f"{code[:10]!r} is no currency known here", remedy)
        return None


def _sums(reading: Reading, asset: Asset | None) -> tuple[Money | None, Money | None]:
    text = reading.text("amount", is_needed=True)
    if asset is None:
        return None, None
    amount = None if text is None else reading.positive("amount", text, asset)
    if not reading.row.cells.get("service_fee", "").strip():
        return amount, Money(0, asset)
    return amount, reading.amount("service_fee", asset, is_needed=False)


def _past(reading: Reading, column: str, today: date) -> date | None:
    day = reading.day(column, is_needed=True)
    if day is None:
        return None
    if day > today:
        problem = f"{day} lies after today, {today}"
        reading.refuse(column, "in_the_future", problem, "leave out loans not paid out yet")
        return None
    if day < DISBURSED_EARLIEST:
        reading.refuse(column, "too_long_ago", f"{day} is long past", "check the year")
        return None
    return day


def _dates(reading: Reading, disbursed_on: date | None) -> tuple[Terms | None, tuple[date, ...]]:
    """The terms and the due dates; both empty-handed when something is wrong with them."""
    fault_count = len(reading.faults)
    count = _count(reading)
    frequencies = {str(frequency): frequency for frequency in Frequency}
    frequency = reading.choice("frequency", frequencies, is_needed=True)
    first = reading.day("first_due_date", is_needed=True)
    if first is not None and disbursed_on is not None and first < disbursed_on:
        problem = f"{first} lies before the disbursement on {disbursed_on}"
        reading.refuse("first_due_date", "before_disbursement", problem, "correct one of the two")
    if first is not None and first.year > 9000:
        reading.refuse("first_due_date", "too_far", f"{first} is far ahead", "check the year")
    if count is None or frequency is None or first is None or len(reading.faults) > fault_count:
        return None, ()
    due_on = _explicit_dates(reading, count, first)
    terms = Terms(instalments=count, frequency=frequency, grace_months=0)
    return terms, due_on or regular_dates(first, count, frequency)


def _count(reading: Reading) -> int | None:
    text = reading.text("installments", is_needed=True)
    if text is None:
        return None
    if not _COUNT.fullmatch(text) or not 1 <= int(text) <= INSTALMENTS_MAX:
        problem = f"{text[:40]!r} is no number of instalments"
        reading.refuse(
            "installments", "out_of_range", problem, f"use a number from 1 to {INSTALMENTS_MAX}"
        )
        return None
    return int(text)


def _explicit_dates(reading: Reading, count: int, first: date) -> tuple[date, ...]:
    cell = reading.text("due_dates", length_max=INSTALMENTS_MAX * 12)
    if cell is None:
        return ()
    found = [reading.day_in("due_dates", text) for text in _parts(cell)]
    days = [day for day in found if day is not None]
    if len(days) < len(found):
        return ()
    if len(days) != count:
        problem = f"there are {len(days)} dates for {count} instalments"
        reading.refuse("due_dates", "wrong_count", problem, "give one date per instalment")
    elif days[0] != first:
        problem = f"the first date is {days[0]}, first_due_date is {first}"
        reading.refuse("due_dates", "first_differs", problem, "make them agree")
    elif any(later <= day for day, later in pairwise(days)):
        problem = "the dates do not follow each other"
        reading.refuse("due_dates", "not_in_order", problem, "give them in order, each once")
    return tuple(days)


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _repayments(
    reading: Reading, asset: Asset | None, disbursed_on: date | None, today: date
) -> tuple[ImportedRepayment, ...]:
    """What was paid, in order of date; a sum alone when the file knows no more."""
    total = reading.amount("paid_total", asset, is_needed=False)
    cell = reading.text("repayments", length_max=100_000)
    if asset is None:
        return ()
    if cell is None:
        is_paid = total is not None and total.amount_minor > 0
        return (ImportedRepayment(None, total),) if total is not None and is_paid else ()
    fault_count = len(reading.faults)
    found = [
        each
        for part in _parts(cell)
        if (each := _repayment(reading, part, asset, disbursed_on or DISBURSED_EARLIEST, today))
    ]
    if len(reading.faults) > fault_count:
        return ()
    found.sort(key=lambda each: each[0])
    paid = sum_money((money for _, money in found), asset)
    if total is not None and total != paid:
        problem = f"{total} is said to be paid, the repayments add up to {paid}"
        reading.refuse("paid_total", "sum_differs", problem, "correct one of the two")
    return tuple(ImportedRepayment(on, money) for on, money in found)


def _repayment(
    reading: Reading, part: str, asset: Asset, earliest: date, today: date
) -> tuple[date, Money] | None:
    day_text, colon, amount_text = part.partition(":")
    if not colon:
        remedy = "write each as 2024-01-31:170.50, with ; between them"
        reading.refuse("repayments", "bad_text", f"{part[:40]!r} is no repayment", remedy)
        return None
    on = reading.day_in("repayments", day_text.strip())
    money = reading.positive("repayments", amount_text.strip(), asset)
    if on is None or money is None:
        return None
    if not earliest <= on <= today:
        problem = f"{on} lies outside the loan's life, {earliest} to {today}"
        reading.refuse("repayments", "impossible_date", problem, "correct the date")
        return None
    return on, money


def _check_paid(reading: Reading, owed: Money, repayments: Sequence[ImportedRepayment]) -> None:
    paid = sum_money((each.amount for each in repayments), owed.asset)
    if paid.amount_minor > owed.amount_minor:
        column = "repayments" if reading.row.cells.get("repayments", "").strip() else "paid_total"
        problem = f"{paid} is paid, which is more than the {owed} owed"
        remedy = "leave the excess out and book it as owed to the borrower"
        reading.refuse(column, "more_than_owed", problem, remedy)


def check_file(
    loans: Sequence[ImportedLoan], refused: Sequence[RowFault]
) -> tuple[list[ImportedLoan], list[RowFault]]:
    """Loans whose rows agree with the rest of the file, and the faults of those that do not.

    An external id stands once in a file: which of two rows is right nobody here can know, so
    neither comes in, not even where the other was `refused`. And one borrower is one person.
    """
    rows: dict[str, set[int]] = {}
    for loan in loans:
        rows.setdefault(loan.external_id, set()).add(loan.row)
    for fault in refused:
        rows.setdefault(fault.external_id, set()).add(fault.row)
    borrowers: dict[str, tuple[int, ImportedBorrower]] = {}
    agreeing: list[ImportedLoan] = []
    faults: list[RowFault] = []
    for loan in loans:
        row, borrower = borrowers.setdefault(loan.borrower.external_id, (loan.row, loan.borrower))
        others = sorted(rows[loan.external_id] - {loan.row})
        if others:
            problem = f"{loan.external_id!r} stands in row {others[0]} too"
            faults.append(loan.fault("external_id", "twice", problem, "keep the one that is right"))
        elif borrower != loan.borrower:
            problem = f"{loan.borrower.external_id!r} is described otherwise in row {row}"
            remedy = "give a borrower the same name and facts in every row"
            faults.append(loan.fault("borrower_external_id", "differs", problem, remedy))
        else:
            agreeing.append(loan)
    return agreeing, faults
