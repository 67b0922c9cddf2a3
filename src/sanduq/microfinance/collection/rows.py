"""Reading the rows of a sheet: amounts, and whether each row may stand. No I/O."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sanduq.kit.errors import Refusal, ValidationFailed
from sanduq.kit.money import MINOR_MAX, Asset
from sanduq.kit.wire import amount
from sanduq.microfinance.collection.errors import LoanOfAnother, ReceiptNumberTaken, RowTwice
from sanduq.microfinance.collection.model import (
    CashAsked,
    Denomination,
    Payment,
    Row,
    RowAsked,
    RowStatus,
    counted_minor,
)
from sanduq.microfinance.groups.members.errors import NotAMember


@dataclass(frozen=True, slots=True)
class Borrowed:
    """Whose loan it is, and in which group."""

    borrower_id: str
    group_id: str | None


def refused(row: Row, refusal: Refusal) -> Row:
    """The row with the reason for which nothing of it is recorded."""
    return replace(
        row,
        status=RowStatus.REFUSED,
        refusal_code=refusal.code,
        refusal_message=refusal.message,
    )


def read_rows(asked: Sequence[RowAsked], asset: Asset) -> tuple[list[Row], dict[int, Refusal]]:
    """Rows with their amounts read, and the refusals of those that cannot be read, by place.

    Refuses VALIDATION_ERROR a sheet of more money than the books hold.
    """
    rows: list[Row] = []
    faults: dict[int, Refusal] = {}
    for place, one in enumerate(asked):
        row = Row(
            place=place,
            party_id=one.party_id,
            attendance=one.attendance,
            receipt_number=one.receipt_number,
            note=one.note,
        )
        try:
            row = replace(
                row,
                payments=tuple(
                    Payment(
                        payment.loan_id,
                        amount(
                            payment.amount, asset, f"payments.{number}.amount", is_positive=True
                        ).amount_minor,
                    )
                    for number, payment in enumerate(one.payments)
                ),
                contribution_minor=amount(one.contribution, asset, "contribution").amount_minor,
            )
        except Refusal as refusal:
            faults[place] = refusal
        rows.append(row)
    if sum(row.asked_minor for row in rows) > MINOR_MAX:
        raise ValidationFailed.field("rows", "too_large", "more money than the books can hold")
    return rows, faults


def read_cash(asked: Sequence[CashAsked], asset: Asset) -> tuple[Denomination, ...]:
    """Notes and coins as counted. Refuses VALIDATION_ERROR a value that is no amount."""
    cash = tuple(
        Denomination(
            amount(
                one.denomination, asset, f"cash.{number}.denomination", is_positive=True
            ).amount_minor,
            one.count,
        )
        for number, one in enumerate(asked)
    )
    if counted_minor(cash) > MINOR_MAX:
        raise ValidationFailed.field("cash", "too_large", "more cash than the books can hold")
    return cash


def misplaced(
    rows: Sequence[Row],
    group_id: str,
    roster: Collection[str],
    loans: Mapping[str, Borrowed],
    known_receipts: Collection[str],
) -> dict[int, Refusal]:
    """Refusals of rows that are not of this meeting, by place: a second row of one person, a
    stranger, a loan of another, a receipt number in use."""
    faults: dict[int, Refusal] = {}
    seen: set[str] = set()
    receipts = set(known_receipts)
    for row in rows:
        fault = _misplaced(row, group_id, seen, roster, loans, receipts)
        seen.add(row.party_id)
        if fault is not None:
            faults[row.place] = fault
        elif row.receipt_number is not None:
            receipts.add(row.receipt_number)
    return faults


def _misplaced(
    row: Row,
    group_id: str,
    seen: Collection[str],
    roster: Collection[str],
    loans: Mapping[str, Borrowed],
    receipts: Collection[str],
) -> Refusal | None:
    if row.party_id in seen:
        message = f"{row.party_id} has a row already: a member has one"
        return RowTwice.field("party_id", "row_twice", message)
    if row.party_id not in roster:
        return NotAMember(f"{row.party_id} was no member of {group_id} on the day of the meeting")
    for payment in row.payments:
        if loans.get(payment.loan_id) != Borrowed(row.party_id, group_id):
            message = f"{payment.loan_id} is no loan of {row.party_id} in {group_id}"
            return LoanOfAnother(message)
    if row.receipt_number is not None and row.receipt_number in receipts:
        return ReceiptNumberTaken(f"receipt {row.receipt_number} is in use: number it anew")
    return None
