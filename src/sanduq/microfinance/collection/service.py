"""Collecting meetings: the sheet that says what is due, and the money that came in, recorded in
one run for any number of groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import Refusal, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.ledger import service as ledger
from sanduq.ledger.errors import PeriodClosed
from sanduq.ledger.model import Journal, Period
from sanduq.microfinance.collection import events, postings, store
from sanduq.microfinance.collection.errors import (
    AlreadyCollected,
    CollectionRefused,
    NotCollected,
)
from sanduq.microfinance.collection.model import (
    Collection,
    CollectSheet,
    Denomination,
    Mode,
    Row,
    Sheet,
    SheetLoan,
    SheetMember,
    not_listed,
    owed_on,
    sums_of,
)
from sanduq.microfinance.collection.postings import places_of
from sanduq.microfinance.collection.rows import misplaced, read_cash, read_rows, refused
from sanduq.microfinance.collection.store import OpenLoan
from sanduq.microfinance.collection.tills.service import SETTLE
from sanduq.microfinance.common_fund import service as common_fund
from sanduq.microfinance.common_fund.errors import (
    ContributionDayClosed,
    FundIsClosed,
    FundNotFound,
)
from sanduq.microfinance.common_fund.model import Due, Fund, FundStatus, dues_of
from sanduq.microfinance.common_fund.service import Contribute
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups.errors import GroupStateRefuses
from sanduq.microfinance.groups.meetings import service as meetings
from sanduq.microfinance.groups.meetings.model import Meeting
from sanduq.microfinance.groups.members.model import Membership, stood_in_group_on
from sanduq.microfinance.groups.model import Group, GroupAction, is_allowed
from sanduq.microfinance.loans import repayments
from sanduq.microfinance.loans.repayments import RepayLoan, RepaymentResult
from sanduq.obligations import service as obligations
from sanduq.obligations.model import Debt


@dataclass(slots=True)
class _Draft:
    """One sheet on its way through; `faults` by place of the row."""

    sheet: CollectSheet
    meeting: Meeting
    group: Group
    fund: Fund | None
    roster: tuple[str, ...]
    cash: tuple[Denomination, ...]
    rows: list[Row]
    faults: dict[int, Refusal]

    @property
    def standing(self) -> list[Row]:
        """Rows nothing has been found against."""
        return [row for row in self.rows if row.place not in self.faults]


def sheets(uow: UnitOfWork, meeting_ids: Sequence[str]) -> list[Sheet]:
    """What is due at each of the meetings, in the order asked; as many statements for one as for
    a hundred.

    Members of that day in order of joining, with their open loans in the group and what they owe
    the common fund by then. Refuses NOT_FOUND.
    """
    found = meetings.load_meetings(uow, meeting_ids)
    group_ids = {meeting.group_id for meeting in found.values()}
    of_groups = groups.load_groups(uow, group_ids)
    stays: dict[str, list[Membership]] = {}
    all_stays = common_fund.stays_of(uow, group_ids)
    for stay in all_stays:
        stays.setdefault(stay.group_id, []).append(stay)
    funds = common_fund.load_funds(uow, group_ids)
    today = dict.fromkeys(group_ids, uow.today)
    given = {
        group_id: {due.party_id: due.paid_minor for due in dues}
        for group_id, dues in common_fund.dues_on(uow, funds.values(), all_stays, today).items()
    }
    loans = store.open_loans(uow, group_ids)
    debts = obligations.load(uow, [loan.obligation_id for loan in loans])
    owing: dict[tuple[str, str], list[tuple[OpenLoan, Debt]]] = {}
    for loan in loans:
        pair = (loan, debts[loan.obligation_id].debt)
        owing.setdefault((loan.group_id, loan.borrower_id), []).append(pair)
    done = store.collected(uow, meeting_ids)
    made: list[Sheet] = []
    for meeting_id in meeting_ids:
        meeting = found[meeting_id]
        group_id, fund = meeting.group_id, funds.get(meeting.group_id)
        of_group = stays.get(group_id, [])
        dues = (
            []
            if fund is None or fund.status is FundStatus.CLOSED
            else dues_of(fund, of_group, given[group_id], meeting.meets_on)
        )
        members = _members(meeting, of_group, owing, dues)
        made.append(Sheet(meeting, of_groups[group_id], members, done.get(meeting_id)))
    return made


def collect(uow: UnitOfWork, asked: Sequence[CollectSheet]) -> list[Collection]:
    """Records what was collected at any number of meetings; all of these sheets or none.

    A row (attendance, payments, contribution) is recorded whole or refused whole, with its code,
    in the collection; with mode WHOLE one refused row refuses everything (BATCH_REFUSED). What
    was counted beside what was recorded goes to the officer's till. All of it is posted in one
    call. Money counts as received on the day of the meeting.

    Refuses NOT_FOUND a meeting; CONFLICT one that is cancelled, ahead or collected already, a
    closed group or period; VALIDATION_ERROR an unknown officer, cash that is no amount; FORBIDDEN
    another officer named by one who may not settle tills.
    """
    drafts = _drafts(uow, asked)
    _place(uow, drafts)
    journals = _repay(uow, drafts)
    _require_whole(drafts)
    made = [_made(uow, draft) for draft in drafts]
    meetings.hold_all(
        uow,
        [draft.meeting for draft in drafts],
        {
            draft.meeting.meeting_id: {row.party_id: row.attendance for row in draft.standing}
            for draft in drafts
        },
    )
    differing = [one for one in made if one.journal_id is not None]
    if differing:
        ledger.open_accounts(uow, {place for one in differing for place in places_of(one)})
        journals += [postings.difference(one) for one in differing]
    made = _contribute(uow, made, journals)
    store.insert(uow, made)
    audit.record(uow, [_deed(one) for one in made])
    outbox.record(uow, [events.recorded(one) for one in made])
    return made


def get_collection(uow: UnitOfWork, meeting_id: str) -> Collection:
    """What was collected at a meeting. Refuses NOT_FOUND a meeting, one not collected."""
    found = store.get(uow, meeting_id)
    if found is None:
        meetings.load_meetings(uow, [meeting_id])
        raise NotCollected(f"{meeting_id} has not been collected")
    return found


def _members(
    meeting: Meeting,
    stays: Sequence[Membership],
    owing: Mapping[tuple[str, str], Sequence[tuple[OpenLoan, Debt]]],
    dues: Sequence[Due],
) -> tuple[SheetMember, ...]:
    day = meeting.meets_on
    marks = dict(meeting.attendance)
    due_of = {due.party_id: due for due in dues}
    there = {stay.party_id: stay for stay in stays if stood_in_group_on(stay, day)}
    members: list[SheetMember] = []
    for party_id, stay in there.items():
        loans: list[SheetLoan] = []
        for loan, debt in owing.get((meeting.group_id, party_id), []):
            due_minor, arrears_minor = owed_on(debt, day)
            loans.append(
                SheetLoan(
                    loan.loan_id, loan.loan_type, due_minor, arrears_minor, debt.outstanding_minor
                )
            )
        members.append(SheetMember(stay, marks.get(party_id), tuple(loans), due_of.get(party_id)))
    return tuple(members)


def _drafts(uow: UnitOfWork, asked: Sequence[CollectSheet]) -> list[_Draft]:
    """The sheets with their meetings, which stay locked, their people and their amounts read."""
    ids = [sheet.meeting_id for sheet in asked]
    found = meetings.locked_meetings(uow, ids)
    twice = [one for place, one in enumerate(ids) if one in ids[:place]]
    for meeting_id in [*twice, *sorted(store.collected(uow, ids))]:
        raise AlreadyCollected.of(meeting_id)
    _check_officers(uow, asked)
    group_ids = {meeting.group_id for meeting in found.values()}
    of_groups = groups.load_groups(uow, group_ids)
    for group in of_groups.values():
        if not is_allowed(GroupAction.MEET, group.status):
            raise GroupStateRefuses.of(group.group_id, group.status, GroupAction.MEET)
    _check_days(uow, found.values())
    funds = common_fund.load_funds(uow, group_ids, is_locked=True)
    stays: dict[str, list[Membership]] = {}
    for stay in common_fund.stays_of(uow, group_ids):
        stays.setdefault(stay.group_id, []).append(stay)
    drafts: list[_Draft] = []
    for sheet in asked:
        meeting = found[sheet.meeting_id]
        group = of_groups[meeting.group_id]
        there = [one for one in stays.get(meeting.group_id, [])
                 if stood_in_group_on(one, meeting.meets_on)]  # fmt: skip
        rows, faults = read_rows(sheet.rows, group.asset)
        drafts.append(
            _Draft(
                sheet, meeting, group, funds.get(meeting.group_id),
                tuple(dict.fromkeys(one.party_id for one in there)),
                read_cash(sheet.cash, group.asset), rows, faults,
            )
        )  # fmt: skip
    return drafts


def _check_officers(uow: UnitOfWork, asked: Sequence[CollectSheet]) -> None:
    named = {sheet.officer_id for sheet in asked if sheet.officer_id is not None}
    unknown = sorted(named - store.active_users(uow, named)) if named else []
    if unknown:
        message = f"{unknown[0]} is no user at work here: name who counted the cash"
        raise ValidationFailed.field("officer_id", "unknown_user", message)
    if named - {uow.actor.user_id}:
        # What is missing stands against whom the sheet names: nobody puts it on a colleague.
        access.require_authority(uow, SETTLE, None)


def _check_days(uow: UnitOfWork, held: Iterable[Meeting]) -> None:
    past = [meeting for meeting in held if meeting.meets_on < uow.today]
    closed: Sequence[Period] = ledger.list_periods(uow) if past else []
    for meeting in past:
        if any(one.starts_on <= meeting.meets_on <= one.ends_on for one in closed):
            raise PeriodClosed(
                f"{meeting.meets_on}, the day of the meeting, lies in a closed period; record the"
                " money one by one on a day that is open"
            )


def _place(uow: UnitOfWork, drafts: Sequence[_Draft]) -> None:
    """Marks the rows that are not of their meeting, or whose contribution cannot be taken."""
    rows = [row for draft in drafts for row in draft.rows]
    loans = store.borrowed(uow, {one.loan_id for row in rows for one in row.payments})
    numbers = {row.receipt_number for row in rows if row.receipt_number is not None}
    used = store.known_receipts(uow, numbers) if numbers else set()
    for draft in drafts:
        group_id = draft.group.group_id
        faults = misplaced(draft.rows, group_id, draft.roster, loans, used)
        for row in draft.rows:
            fault = faults.get(row.place) or _fund_fault(draft, row)
            if fault is not None:
                draft.faults.setdefault(row.place, fault)
        used |= {row.receipt_number for row in draft.standing if row.receipt_number is not None}


def _fund_fault(draft: _Draft, row: Row) -> Refusal | None:
    if row.contribution_minor == 0:
        return None
    if draft.fund is None:
        return FundNotFound(f"{draft.group.group_id} keeps no common fund")
    if draft.fund.status is FundStatus.CLOSED:
        return FundIsClosed()
    if draft.meeting.meets_on < draft.fund.opened_on:
        return ContributionDayClosed(
            f"the fund was opened on {draft.fund.opened_on}, after the day of the meeting"
        )
    return None


def _repay(uow: UnitOfWork, drafts: Sequence[_Draft]) -> list[Journal]:
    """Records the payments of every row that stands so far; the journals wait to be posted."""
    paying = [(draft, row) for draft in drafts for row in draft.standing if row.payments]
    results, journals = repayments.record_unposted(
        uow, [_commands(draft, row) for draft, row in paying]
    )
    for (draft, row), result in zip(paying, results, strict=True):
        if isinstance(result, Refusal):
            draft.faults[row.place] = result
        else:
            draft.rows[row.place] = _repaid(row, result)
    return journals


def _commands(draft: _Draft, row: Row) -> list[RepayLoan]:
    return [
        RepayLoan(
            loan_id=payment.loan_id,
            amount=Money(payment.amount_minor, draft.group.asset),
            received_on=draft.meeting.meets_on,
            reference=row.receipt_number,
        )
        for payment in row.payments
    ]


def _repaid(row: Row, results: Sequence[RepaymentResult]) -> Row:
    payments = tuple(
        replace(payment, repayment_id=result.repayment.repayment_id)
        for payment, result in zip(row.payments, results, strict=True)
        if result.repayment is not None
    )
    return replace(row, payments=payments)


def _require_whole(drafts: Sequence[_Draft]) -> None:
    found = [
        (draft.meeting.meeting_id, place, refusal)
        for draft in drafts
        if draft.sheet.mode is Mode.WHOLE
        for place, refusal in sorted(draft.faults.items())
    ]
    if found:
        raise CollectionRefused.of(found)


def _made(uow: UnitOfWork, draft: _Draft) -> Collection:
    rows = [
        refused(row, draft.faults[row.place]) if row.place in draft.faults else row
        for row in draft.rows
    ]
    sums = sums_of(rows, draft.cash)
    return Collection(
        collection_id=new_id("col"),
        meeting_id=draft.meeting.meeting_id,
        group_id=draft.group.group_id,
        branch_id=draft.group.branch_id,
        officer_id=draft.sheet.officer_id or uow.actor.user_id,
        asset=draft.group.asset,
        mode=draft.sheet.mode,
        received_on=draft.meeting.meets_on,
        sums=sums,
        cash=draft.cash,
        journal_id=new_id("jrn") if sums.difference_minor else None,
        rows=tuple(rows),
        not_listed=not_listed(draft.roster, rows),
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )


def _contribute(
    uow: UnitOfWork, made: Sequence[Collection], journals: Sequence[Journal]
) -> list[Collection]:
    """Records the contributions and posts everything; the collections with their ids."""
    giving = [
        (one, row) for one in made for row in one.rows if row.is_recorded and row.contribution_minor
    ]
    results = common_fund.record_contributions(
        uow,
        [
            Contribute(
                one.group_id, row.party_id, Money(row.contribution_minor, one.asset),
                one.received_on, row.receipt_number,
            )
            for one, row in giving
        ],
        beside=journals,
    )  # fmt: skip
    ids: dict[tuple[str, int], str] = {}
    for (one, row), result in zip(giving, results, strict=True):
        if result.contribution is None:
            assert result.refusal is not None
            raise result.refusal
        ids[one.collection_id, row.place] = result.contribution.contribution_id
    return [
        replace(
            one,
            rows=tuple(
                replace(row, contribution_id=ids.get((one.collection_id, row.place)))
                for row in one.rows
            ),
        )
        for one in made
    ]


def _deed(one: Collection) -> Deed:
    details = {
        "collection_id": one.collection_id,
        "officer_id": one.officer_id,
        "refused_rows": sum(1 for row in one.rows if not row.is_recorded),
        "difference_minor": one.sums.difference_minor,
    }
    return Deed("collection.record", one.meeting_id, None, details)
