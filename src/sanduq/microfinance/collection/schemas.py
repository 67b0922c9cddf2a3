"""Wire shapes of collection sheets and collections."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from sanduq.kit.money import Asset, Money
from sanduq.kit.wire import AmountIn, AmountOut, Currency, Input, Output, Text, number
from sanduq.microfinance.collection.model import (
    CashAsked,
    Collection,
    CollectSheet,
    Mode,
    PaymentAsked,
    Row,
    RowAsked,
    RowStatus,
    Sheet,
    SheetMember,
)
from sanduq.microfinance.groups.meetings.model import Mark, MeetingStatus
from sanduq.microfinance.groups.members.model import Role

Identifier = Annotated[str, Field(min_length=1, max_length=70)]
Name = Annotated[Text, Field(max_length=70)]

EXAMPLE: dict[str, Any] = {
    "mode": "rows",
    "cash": [{"denomination": 50, "count": 3}, {"denomination": 10, "count": 1}],
    "rows": [
        {
            "party_id": "cpty_amina",
            "attendance": "P",
            "payments": [{"loan_id": "mfl_01hm6z9k3v7y0c2q4s8t5w1x6b", "amount": 110}],
            "contribution": 50,
            "receipt_number": "R-0117",
        },
        {"party_id": "cpty_badia", "attendance": "AA"},
    ],
}


class CollectionPaymentIn(Input):
    """What was paid on one loan."""

    loan_id: Name
    amount: AmountIn


class CollectionRowIn(Input):
    """One member: P present, A absent, AA absent with leave, L late; and what was paid."""

    party_id: Name
    attendance: Mark
    payments: Annotated[tuple[CollectionPaymentIn, ...], Field(max_length=20)] = ()
    contribution: AmountIn = 0
    receipt_number: Name | None = None
    note: Text | None = None


class CashLineIn(Input):
    """So many notes or coins of one value."""

    denomination: AmountIn
    count: Annotated[int, Field(ge=0, le=1_000_000, strict=True)]


class CollectionIn(Input):
    """A meeting's sheet. `officer_id`: who counted the cash; without it, the caller."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    mode: Mode = Mode.ROWS
    officer_id: Name | None = None
    cash: Annotated[list[CashLineIn], Field(max_length=50)]
    rows: Annotated[list[CollectionRowIn], Field(min_length=1, max_length=500)]

    def sheet(self, meeting_id: str) -> CollectSheet:
        """The command inside."""
        return CollectSheet(
            meeting_id=meeting_id,
            mode=self.mode,
            officer_id=self.officer_id,
            cash=tuple(CashAsked(line.denomination, line.count) for line in self.cash),
            rows=tuple(
                RowAsked(
                    party_id=row.party_id,
                    attendance=row.attendance,
                    payments=tuple(PaymentAsked(one.loan_id, one.amount) for one in row.payments),
                    contribution=row.contribution,
                    receipt_number=row.receipt_number,
                    note=row.note,
                )
                for row in self.rows
            ),
        )


class CollectionPaymentOut(Output):
    loan_id: str
    amount: AmountOut
    repayment_id: str | None


class CollectionErrorOut(Output):
    code: str
    message: str


class CollectionRowOut(Output):
    party_id: str
    attendance: Mark
    status: RowStatus
    payments: list[CollectionPaymentOut]
    contribution: AmountOut
    contribution_id: str | None
    receipt_number: str | None
    note: str | None
    error: CollectionErrorOut | None


class CashLineOut(Output):
    denomination: AmountOut
    count: int


class CollectionTotals(Output):
    """repaid + contributed + difference = counted; `difference` below zero is a shortage."""

    asked: AmountOut
    repaid: AmountOut
    contributed: AmountOut
    counted: AmountOut
    difference: AmountOut


class CollectionOut(Output):
    """A meeting as it was collected. `not_listed`: members of that day without a row."""

    id: str
    type: Literal["collection"]
    meeting_id: str
    group_id: str
    branch_id: str
    officer_id: str
    currency: Currency
    mode: Mode
    received_on: date
    recorded: int
    refused: int
    totals: CollectionTotals
    cash: list[CashLineOut]
    rows: list[CollectionRowOut]
    not_listed: list[str]
    difference_journal_id: str | None
    created_at: datetime
    created_by: str


class SheetLoanOut(Output):
    """`due` falls due on the day of the meeting, `arrears` fell due before it."""

    loan_id: str
    loan_type: str
    due: AmountOut
    arrears: AmountOut
    outstanding: AmountOut


class SheetMemberOut(Output):
    """`contribution_due` is null in a group without a common fund."""

    party_id: str
    name: str
    role: Role
    attendance: Mark | None
    loans: list[SheetLoanOut]
    contribution_due: AmountOut | None


class SheetTotals(Output):
    due: AmountOut
    arrears: AmountOut
    outstanding: AmountOut
    contribution_due: AmountOut


class CollectionSheetOut(Output):
    """What is to be collected at a meeting. `collection_id` once it was."""

    type: Literal["collection_sheet"]
    meeting_id: str
    group_id: str
    group_name: str
    currency: Currency
    status: MeetingStatus
    meets_on: date
    time: str
    place: str
    collection_id: str | None
    members: list[SheetMemberOut]
    totals: SheetTotals


def collection_out(collection: Collection) -> dict[str, Any]:
    """A collection as the API writes it."""
    asset, sums = collection.asset, collection.sums
    recorded = sum(1 for row in collection.rows if row.is_recorded)
    return CollectionOut(
        id=collection.collection_id,
        type="collection",
        meeting_id=collection.meeting_id,
        group_id=collection.group_id,
        branch_id=collection.branch_id,
        officer_id=collection.officer_id,
        currency=asset.code,
        mode=collection.mode,
        received_on=collection.received_on,
        recorded=recorded,
        refused=len(collection.rows) - recorded,
        totals=CollectionTotals(
            asked=number(Money(sums.asked_minor, asset)),
            repaid=number(Money(sums.repaid_minor, asset)),
            contributed=number(Money(sums.contributed_minor, asset)),
            counted=number(Money(sums.counted_minor, asset)),
            difference=number(Money(sums.difference_minor, asset)),
        ),
        cash=[
            CashLineOut(denomination=number(Money(line.value_minor, asset)), count=line.count)
            for line in collection.cash
        ],
        rows=[_row(row, asset) for row in collection.rows],
        not_listed=list(collection.not_listed),
        difference_journal_id=collection.journal_id,
        created_at=collection.created_at,
        created_by=collection.created_by,
    ).model_dump()


def _row(row: Row, asset: Asset) -> CollectionRowOut:
    error = None
    if row.refusal_code is not None and row.refusal_message is not None:
        error = CollectionErrorOut(code=row.refusal_code, message=row.refusal_message)
    return CollectionRowOut(
        party_id=row.party_id,
        attendance=row.attendance,
        status=row.status,
        payments=[
            CollectionPaymentOut(
                loan_id=one.loan_id,
                amount=number(Money(one.amount_minor, asset)),
                repayment_id=one.repayment_id,
            )
            for one in row.payments
        ],
        contribution=number(Money(row.contribution_minor, asset)),
        contribution_id=row.contribution_id,
        receipt_number=row.receipt_number,
        note=row.note,
        error=error,
    )


def sheet_out(sheet: Sheet) -> dict[str, Any]:
    """A sheet as the API writes it."""
    asset = sheet.group.asset
    loans = [loan for member in sheet.members for loan in member.loans]
    dues = [each.contribution for each in sheet.members if each.contribution is not None]
    return CollectionSheetOut(
        type="collection_sheet",
        meeting_id=sheet.meeting.meeting_id,
        group_id=sheet.group.group_id,
        group_name=sheet.group.name,
        currency=asset.code,
        status=sheet.meeting.status,
        meets_on=sheet.meeting.meets_on,
        time=f"{sheet.meeting.starts_at:%H:%M}",
        place=sheet.meeting.place,
        collection_id=sheet.collection_id,
        members=[_member(member, asset) for member in sheet.members],
        totals=SheetTotals(
            due=number(Money(sum(loan.due_minor for loan in loans), asset)),
            arrears=number(Money(sum(loan.arrears_minor for loan in loans), asset)),
            outstanding=number(Money(sum(loan.outstanding_minor for loan in loans), asset)),
            contribution_due=number(Money(sum(due.outstanding_minor for due in dues), asset)),
        ),
    ).model_dump()


def _member(member: SheetMember, asset: Asset) -> SheetMemberOut:
    due = member.contribution
    return SheetMemberOut(
        party_id=member.stay.party_id,
        name=member.stay.party_name,
        role=member.stay.role,
        attendance=member.attendance,
        loans=[
            SheetLoanOut(
                loan_id=loan.loan_id,
                loan_type=loan.loan_type,
                due=number(Money(loan.due_minor, asset)),
                arrears=number(Money(loan.arrears_minor, asset)),
                outstanding=number(Money(loan.outstanding_minor, asset)),
            )
            for loan in member.loans
        ],
        contribution_due=None if due is None else number(Money(due.outstanding_minor, asset)),
    )
