"""A row becomes one loan exactly, or says everything that is wrong with it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from sanduq.kit.money import Money, currency
from sanduq.microfinance.loans.import_cells import Row
from sanduq.microfinance.loans.import_files import (
    UnreadableFile,
    cell_text,
    read_rows,
    write_faults,
)
from sanduq.microfinance.loans.import_rows import COLUMNS, check_file, parse_row
from sanduq.obligations.schedule import Frequency
from tests.make.portfolio import TODAY, a_line, a_loan, a_row, faults_of, written

MYR = currency("MYR")
# A sheet knows no time zones.
MIDNIGHT = datetime(2024, 1, 31)  # noqa: DTZ001


@given(
    minor=st.integers(1, 10**9),
    fee_minor=st.integers(0, 10**6),
    code=st.sampled_from(["MYR", "TND", "XOF"]),
    count=st.integers(1, 60),
)
def test_the_schedule_of_a_row_sums_to_its_amount_and_fee(
    minor: int, fee_minor: int, code: str, count: int
) -> None:
    digits = {"MYR": 2, "TND": 3, "XOF": 0}[code]
    loan = a_loan(
        currency=code,
        amount=f"{Decimal(minor).scaleb(-digits):f}",
        service_fee=f"{Decimal(fee_minor).scaleb(-digits):f}",
        installments=str(count),
        paid_total="",
        repayments="",
    )
    assert loan.amount.amount_minor == sum(loan.schedule.principal_minor) == minor
    assert loan.service_fee.amount_minor == sum(loan.schedule.fee_minor) == fee_minor
    assert len(loan.schedule.due_on) == count


@given(number=st.decimals(0, 10**9, places=3, allow_nan=False))
def test_a_number_typed_into_a_sheet_is_read_as_it_was_typed(number: Decimal) -> None:
    assert Decimal(cell_text(float(str(number)))) == number


def test_a_row_says_what_the_loan_is() -> None:
    loan = a_loan()
    assert (loan.amount, loan.service_fee) == (Money(120000, MYR), Money(6000, MYR))
    assert loan.terms.instalments == 12
    assert loan.terms.frequency is Frequency.MONTHLY
    assert loan.schedule.due_on[::11] == (date(2023, 10, 10), date(2024, 9, 10))
    # (1200 + 60) / 12 = 105, of which 60 / 12 = 5 is fee.
    assert {(line.total_minor, line.fee_minor) for line in loan.schedule.lines} == {(10500, 500)}
    assert [each.received_on for each in loan.repayments] == [
        date(2023, 10, 10), date(2023, 11, 10), date(2023, 12, 11),
    ]  # fmt: skip


def test_repayments_are_taken_in_order_of_date() -> None:
    loan = a_loan(repayments="2023-12-11:100; 2023-10-10:215", paid_total="")
    assert [each.amount.amount_minor for each in loan.repayments] == [21500, 10000]


def test_a_sum_without_days_is_one_repayment_of_unknown_day() -> None:
    (repayment,) = a_loan(repayments="").repayments
    assert (repayment.received_on, repayment.amount.amount_minor) == (None, 31500)
    assert a_loan(repayments="", paid_total="0").repayments == ()


def test_due_dates_given_are_the_due_dates() -> None:
    loan = a_loan(installments="3", due_dates="2023-10-10;2023-11-12;2023-12-10")
    assert loan.schedule.due_on == (date(2023, 10, 10), date(2023, 11, 12), date(2023, 12, 10))


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"external_id": ""}, "external_id", "missing"),
        ({"external_id": "L" * 111}, "external_id", "too_long"),
        ({"borrower_external_id": " "}, "borrower_external_id", "missing"),
        ({"borrower_name": ""}, "borrower_name", "missing"),
        ({"borrower_name": "Sal\x00ma"}, "borrower_name", "bad_text"),
        ({"birth_date": "17/05/1988"}, "birth_date", "not_a_date"),
        ({"birth_date": "2024-01-16"}, "birth_date", "in_the_future"),
        ({"birth_date": "1788-05-17"}, "birth_date", "too_long_ago"),
        ({"gender": "woman"}, "gender", "unknown_value"),
        ({"phone": "none"}, "phone", "bad_text"),
        ({"currency": ""}, "currency", "missing"),
        ({"currency": "myr"}, "currency", "unknown_currency"),
        ({"amount": ""}, "amount", "missing"),
        ({"amount": "0"}, "amount", "not_positive"),
        ({"amount": "-1200"}, "amount", "negative"),
        ({"amount": "1,200"}, "amount", "not_a_number"),
        ({"amount": "1200.005"}, "amount", "too_many_decimals"),
        ({"amount": "1200", "currency": "XOF", "service_fee": "60.5"}, "service_fee",
         "too_many_decimals"),
        ({"amount": "99999999999999999"}, "amount", "too_large"),
        ({"service_fee": "free"}, "service_fee", "not_a_number"),
        ({"disbursed_on": "2023-02-29"}, "disbursed_on", "not_a_date"),
        ({"disbursed_on": "2024-01-16"}, "disbursed_on", "in_the_future"),
        ({"disbursed_on": "0203-09-10"}, "disbursed_on", "too_long_ago"),
        ({"installments": "0"}, "installments", "out_of_range"),
        ({"installments": "12.5"}, "installments", "out_of_range"),
        ({"frequency": "daily"}, "frequency", "unknown_value"),
        ({"first_due_date": "2023-09-09"}, "first_due_date", "before_disbursement"),
        ({"first_due_date": "9999-09-09"}, "first_due_date", "too_far"),
        ({"purpose": "Small business"}, "purpose", "bad_text"),
        ({"due_dates": "2023-10-10"}, "due_dates", "wrong_count"),
        ({"due_dates": "soon"}, "due_dates", "not_a_date"),
        ({"installments": "2", "due_dates": "2023-10-11;2023-11-11"}, "due_dates",
         "first_differs"),
        ({"installments": "2", "due_dates": "2023-10-10;2023-10-10"}, "due_dates",
         "not_in_order"),
        ({"repayments": "105"}, "repayments", "bad_text"),
        ({"repayments": "10.10.2023:105"}, "repayments", "not_a_date"),
        ({"repayments": "2023-10-10:0"}, "repayments", "not_positive"),
        ({"repayments": "2023-09-09:315"}, "repayments", "impossible_date"),
        ({"repayments": "2024-01-16:315"}, "repayments", "impossible_date"),
        ({"repayments": "2023-10-10:1260.01", "paid_total": ""}, "repayments", "more_than_owed"),
        ({"repayments": "", "paid_total": "1260.01"}, "paid_total", "more_than_owed"),
        ({"paid_total": "316"}, "paid_total", "sum_differs"),
    ],
)  # fmt: skip
def test_a_fault_names_the_row_the_column_and_what_to_do(
    changes: dict[str, str], column: str, code: str
) -> None:
    (fault,) = faults_of(**changes)
    assert (fault.row, fault.column, fault.code) == (2, column, code)
    assert fault.problem
    assert fault.remedy


def test_every_fault_of_a_row_is_said_at_once() -> None:
    faults = faults_of(amount="x", gender="?", first_due_date="", purpose="")
    assert [fault.column for fault in faults] == ["gender", "amount", "first_due_date", "purpose"]


def test_papers_and_telephones_are_not_repeated_in_messages() -> None:
    (fault,) = faults_of(phone="secret")
    assert "secret" not in str(fault)


def test_a_cell_too_many_is_a_fault_of_its_row() -> None:
    parsed = parse_row(Row(7, a_line(), surplus_cells=1), TODAY)
    assert isinstance(parsed, list)
    assert (parsed[0].row, parsed[0].code) == (7, "surplus_cells")


def test_rows_that_share_an_external_id_are_both_left_out_also_when_one_is_refused() -> None:
    loans = [a_loan(1), a_loan(2), a_loan(3, external_id="L-1")]
    agreeing, faults = check_file(loans, [])
    assert [loan.external_id for loan in agreeing] == ["L-2"]
    assert [(fault.row, fault.code) for fault in faults] == [(2, "twice"), (4, "twice")]
    refused = faults_of(external_id="L-2", amount="x")
    assert check_file([a_loan(2)], refused)[0] == []


def test_one_borrower_is_one_person_in_all_rows() -> None:
    same = {"borrower_external_id": "B-1", "borrower_name": "Salma", "national_id": "N-1"}
    other = {**same, "borrower_name": "Huda"}
    loans = [a_loan(1, **same), a_loan(2, **other), a_loan(3, **same)]
    agreeing, (fault,) = check_file(loans, [])
    assert [loan.external_id for loan in agreeing] == ["L-1", "L-3"]
    assert (fault.row, fault.column, fault.code) == (3, "borrower_external_id", "differs")


def test_the_fingerprint_tells_facts_of_the_loan_from_their_spelling() -> None:
    loan = a_loan()
    assert a_loan(amount="1200.00", phone="").fingerprint == loan.fingerprint
    for changes in (
        {"amount": "1200.01"},
        {"repayments": "2023-10-10:105;2023-11-10:105;2023-12-12:105"},
        {"due_dates": ";".join(f"2024-{month:02d}-10" for month in range(1, 13)),
         "first_due_date": "2024-01-10"},
    ):  # fmt: skip
        assert a_loan(**changes).fingerprint != loan.fingerprint


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_file_is_read_with_the_delimiter_of_its_header(
    tmp_path: Path, delimiter: str
) -> None:
    path = tmp_path / "loans.csv"
    cells = [f'"{text}"' for text in a_line().values()]
    text = "\n".join([delimiter.join(a_line()), "", delimiter.join(cells)])
    path.write_text("\ufeff" + text, encoding="utf-8")
    assert [(row.number, dict(row.cells)) for row in read_rows(path)] == [(3, a_line())]


def test_a_workbook_says_the_same_as_the_csv_file(tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    line: dict[str, object] = dict(a_line(service_fee="60.1", repayments="", paid_total="0"))
    line |= {"amount": 1200, "service_fee": 60.1, "installments": 12, "paid_total": 0}
    line |= {"disbursed_on": date(2023, 9, 10), "first_due_date": MIDNIGHT.replace(2023, 10, 10)}
    sheet.append(list(COLUMNS))
    sheet.append([line.get(column) for column in COLUMNS])
    workbook.save(tmp_path / "loans.xlsx")
    (row,) = read_rows(tmp_path / "loans.xlsx")
    expected = a_loan(service_fee="60.1", repayments="", paid_total="0")
    assert parse_row(row, TODAY) == expected


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""), (True, "TRUE"), (1001, "1001"), ("007", "007"), (12.0, "12"),
        (170.1, "170.1"), (0.1 + 0.2, "0.30000000000000004"), (6e10, "60000000000"),
        (1.5e-7, "0.00000015"), (MIDNIGHT, "2024-01-31"),
        (MIDNIGHT.replace(hour=9), "2024-01-31T09:00:00"), (date(2024, 1, 31), "2024-01-31"),
    ],
)  # fmt: skip
def test_a_cell_of_a_sheet_is_what_was_typed(cell: object, text: str) -> None:
    assert cell_text(cell) == text


def test_a_number_the_sheet_computed_inexactly_is_refused_as_an_amount() -> None:
    (fault,) = faults_of(service_fee=cell_text(0.1 + 0.2))
    assert fault.code == "too_many_decimals"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("loans.ods", b"x", ".csv or .xlsx"),
        ("loans.csv", b"", "missing columns: external_id"),
        ("loans.csv", b"external_id,borower_name\n", "is borrower_name meant?"),
        ("loans.csv", b"external_id,external_id\n", "stands twice"),
        ("loans.csv", b"external_id,amount\n", "missing columns: borrower_external_id"),
        ("loans.csv", b"external_id,\xff\n", "not UTF-8"),
        ("loans.xlsx", b"no workbook", "no .xlsx workbook"),
    ],
)
def test_a_file_that_is_no_list_of_loans_is_refused_whole(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFile, match=says.replace(".", r"\.").replace("?", r"\?")):
        list(read_rows(tmp_path / name))


def test_a_broken_quote_is_said_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path / "loans.csv", [a_line()])
    path.write_text(path.read_text() + '"L-2"x,\n')
    with pytest.raises(UnreadableFile, match="line 3"):
        list(read_rows(path))


def test_faults_are_written_as_a_table(tmp_path: Path) -> None:
    path = tmp_path / "faults.csv"
    write_faults(path, faults_of(amount="x"))
    header, line = path.read_text().splitlines()
    assert header == "row,external_id,column,code,problem,remedy"
    assert line.startswith("2,L-1,amount,not_a_number,")
    assert [each.name for each in tmp_path.iterdir()] == ["faults.csv"]


def test_a_blank_row_is_no_row(tmp_path: Path) -> None:
    path = written(tmp_path / "loans.csv", [a_line(), {"external_id": " "}, a_line(2)])
    assert [row.number for row in read_rows(path)] == [2, 4]
    assert a_row().cells["amount"] == "1200"
