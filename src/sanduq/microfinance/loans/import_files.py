"""Portfolio files: rows out of CSV and XLSX one by one, and the list of faults back as CSV."""

from __future__ import annotations

import csv
import difflib
import warnings
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from sanduq.microfinance.loans.import_cells import Row, RowFault
from sanduq.microfinance.loans.import_rows import COLUMNS, COLUMNS_NEEDED

_DELIMITERS = ",;\t"
_CELL_LENGTH_MAX = 200_000
_FAULT_COLUMNS = ("row", "external_id", "column", "code", "problem", "remedy")


class UnreadableFile(ValueError):
    """The file cannot be read as a list of loans at all."""


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a .csv or the first sheet of an .xlsx file, blank ones left out.

    Refuses (`UnreadableFile`) another kind of file, text that is not UTF-8, and a header with an
    unknown, doubled or missing column.
    """
    match path.suffix.lower():
        case ".csv":
            return _rows(_csv_lines(path))
        case ".xlsx":
            return _rows(_xlsx_lines(path))
        case other:
            raise UnreadableFile(f"{other or 'a file without ending'} is not read: .csv or .xlsx")


def _rows(lines: Iterator[Sequence[str]]) -> Iterator[Row]:
    header = [cell.strip().lower() for cell in next(lines, [])]
    while header and not header[-1]:
        header.pop()
    _check_header(header)
    width = len(header)
    for number, cells in enumerate(lines, start=2):
        if any(cell.strip() for cell in cells):
            surplus = sum(1 for cell in cells[width:] if cell.strip())
            yield Row(number, dict(zip(header, cells[:width], strict=False)), surplus)


def _check_header(header: Sequence[str]) -> None:
    for position, column in enumerate(header):
        if column not in COLUMNS:
            near = difflib.get_close_matches(column, COLUMNS, n=1)
            hint = f"is {near[0]} meant?" if near else f"there are {', '.join(COLUMNS)}"
            raise UnreadableFile(f"row 1: the column {column[:40]!r} is unknown; {hint}")
        if column in header[:position]:
            raise UnreadableFile(f"row 1: the column {column} stands twice")
    missing = [column for column in COLUMNS_NEEDED if column not in header]
    if missing:
        raise UnreadableFile(f"row 1: missing columns: {', '.join(missing)}")


def _csv_lines(path: Path) -> Iterator[Sequence[str]]:
    csv.field_size_limit(_CELL_LENGTH_MAX)
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        try:
            header = file.readline()
            delimiter = max(_DELIMITERS, key=header.count)
            file.seek(0)
            lines = csv.reader(file, delimiter=delimiter, strict=True)
            yield from lines
        except UnicodeDecodeError:
            raise UnreadableFile(
                "the text is not UTF-8: save it as CSV UTF-8, or as .xlsx"
            ) from None
        except csv.Error as error:
            raise UnreadableFile(f"the text is no CSV at line {lines.line_num}: {error}") from None


def _xlsx_lines(path: Path) -> Iterator[Sequence[str]]:
    try:
        with warnings.catch_warnings():
            # What the library does not keep of a workbook (styles, drop-downs) is no concern here.
            warnings.simplefilter("ignore", UserWarning)
            workbook = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError) as error:
        raise UnreadableFile(f"this is no .xlsx workbook ({error}): save it anew") from None
    try:
        sheet = workbook.worksheets[0]
        # Some programs write a wrong extent into the sheet; the rows themselves are right.
        sheet.reset_dimensions()
        for cells in sheet.iter_rows(values_only=True):
            yield [cell_text(cell) for cell in cells]
    finally:
        workbook.close()


def cell_text(cell: object) -> str:
    """What a spreadsheet cell says, as text.

    A workbook keeps numbers as binary fractions. The shortest decimal text that means the same
    fraction is what was typed: 170.1 is read as 170.1, and 0.1 + 0.2, which the sheet computed as
    0.30000000000000004, keeps all its digits and is refused as an amount.
    """
    match cell:
        case None:
            return ""
        case bool():
            return str(cell).upper()
        case int() | str():
            return str(cell)
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime() | date():
            return cell.isoformat()
        case _:
            return _number_text(repr(cell))


def _number_text(shown: str) -> str:
    try:
        number = Decimal(shown)
    except ArithmeticError:
        return shown
    if not number.is_finite():
        return shown
    whole = number.to_integral_value()
    return f"{whole:f}" if number == whole else f"{number:f}"


def write_faults(path: Path, faults: Iterable[RowFault]) -> None:
    """Writes one line per fault; the file appears whole or not at all."""
    draft = path.with_name(path.name + ".part")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_FAULT_COLUMNS)
            for fault in faults:
                writer.writerow([getattr(fault, column) for column in _FAULT_COLUMNS])
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
