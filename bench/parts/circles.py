"""Groups that meet today: people who owe, a common fund each, and a meeting to collect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta

from parts.world import FEE_MINOR, PRINCIPAL_MINOR, TODAY, World
from sanduq import demo
from sanduq.access import service as access
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money, currency
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.collection.model import CashAsked, CollectSheet, PaymentAsked, RowAsked
from sanduq.microfinance.common_fund import service as common_fund
from sanduq.microfinance.common_fund.facts import BylawFacts
from sanduq.microfinance.common_fund.service import NewFund
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups.meetings import service as meetings
from sanduq.microfinance.groups.meetings.model import Mark, MeetingRule
from sanduq.microfinance.groups.meetings.service import NewCalendar
from sanduq.microfinance.groups.members import service as members
from sanduq.microfinance.groups.members.service import NewMember
from sanduq.microfinance.groups.model import GroupType, NewGroup
from sanduq.microfinance.loans import store as loan_store
from sanduq.microfinance.loans.model import Loan, LoanStatus, LoanType, Terms
from sanduq.obligations.calendar import Calendar
from sanduq.obligations.model import ComponentOrder
from sanduq.obligations.receipts.model import CashSource
from sanduq.obligations.schedule import Anchor, AnchorKind, Frequency, ScheduleTerms, build_schedule
from sanduq.parties import service as parties
from sanduq.parties.model import NewParty, PartyKind
from sanduq.qard import service as qard
from sanduq.qard.service import Disbursement, NewQard

INSTALMENTS = 24
PAID, CONTRIBUTED = 1, 2  # dollars of each member at a meeting
PER_UNIT = 10  # groups formed in one unit of work
MEETS_IN = 13  # meetings planned ahead: weekly, a quarter


@dataclass(frozen=True, slots=True)
class Circle:
    """A group whose members each owe on one loan. `meeting_ids`: the days gone by, and today."""

    group_id: str
    meeting_ids: tuple[str, ...]
    loans: dict[str, str]

    def sheet(self, meeting: int) -> CollectSheet:
        """Everybody pays and contributes; the cash is right."""
        rows = tuple(
            RowAsked(
                party_id=party_id,
                attendance=Mark.PRESENT,
                payments=(PaymentAsked(loan_id, PAID),),
                contribution=CONTRIBUTED,
            )
            for party_id, loan_id in self.loans.items()
        )
        counted = (CashAsked(1, len(rows) * (PAID + CONTRIBUTED)),)
        return CollectSheet(meeting_id=self.meeting_ids[meeting], rows=rows, cash=counted)


def load_circles(world: World, count: int, size: int, meetings_each: int) -> list[Circle]:
    """Forms the groups through the services, with `meetings_each` meetings up to today."""
    found: list[Circle] = []
    for first in range(0, count, PER_UNIT):
        with world.work(demo.NOW) as uow:
            product = uow.one(
                "select product_id from microfinance.product where asset = 'USD/2' limit 1"
            )
            assert product is not None
            for number in range(first, min(first + PER_UNIT, count)):
                found.append(_circle(uow, str(product[0]), number, size, meetings_each))
        if first == 0:
            world.owner("analyze")
    world.owner("vacuum (analyze)")
    return found


def _circle(uow: UnitOfWork, product_id: str, number: int, size: int, meetings_each: int) -> Circle:
    usd = currency("USD")
    starts_on = TODAY - timedelta(days=7 * (meetings_each - 1))
    group = groups.form_group(
        uow,
        NewGroup(
            name=f"Circle {number}", type=GroupType.VILLAGE_BANK, asset=usd, max_members=size,
            contribution=CONTRIBUTED, contribution_frequency=Frequency.WEEKLY,
        ),
    )  # fmt: skip
    people = [
        party.party_id
        for party in parties.create_parties(
            uow, [NewParty(PartyKind.PERSON, f"Member {number}.{place}") for place in range(size)]
        )
    ]
    members.add_members(
        uow, group.group_id, [NewMember(one, joined_on=starts_on) for one in people]
    )
    groups.activate(uow, group.group_id)
    laws = BylawFacts(basis="MEMBER_DEPOSIT", document="by-laws")
    common_fund.open_fund(uow, group.group_id, NewFund(laws))
    uow.execute(  # the fund has stood since the first of these meetings
        "update microfinance.common_fund set opened_on = %s"
        " where institution_id = %s and group_id = %s",
        starts_on, uow.institution_id, group.group_id,
    )  # fmt: skip
    rule = MeetingRule(Frequency.WEEKLY, TODAY.weekday())
    calendar = NewCalendar(rule, starts_on, time(9, 0), "School", meetings_each + MEETS_IN)
    meetings.set_calendar(uow, group.group_id, calendar)
    page = meetings.list_meetings(
        uow, group.group_id, starts_on, TODAY, PageRequest(limit=meetings_each)
    )
    loans = _loans(uow, product_id, group.group_id, people)
    return Circle(group.group_id, tuple(one.meeting_id for one in page.items), loans)


def _loans(
    uow: UnitOfWork, product_id: str, group_id: str, people: Sequence[str]
) -> dict[str, str]:
    """A loan for each, paid out before the meetings, as balances another system brought in."""
    branch, usd = access.default_branch(uow), currency("USD")
    contracts = qard.agree(
        uow,
        [
            NewQard(
                new_id("mfl"), one, branch, Money(PRINCIPAL_MINOR, usd), FEE_MINOR,
                ComponentOrder.PRO_RATA, None,
            )
            for one in people
        ],
    )  # fmt: skip
    on = TODAY - timedelta(days=120)
    terms = ScheduleTerms(
        INSTALMENTS, frequency=Frequency.MONTHLY, anchor=Anchor(AnchorKind.DAYS_AFTER, 30)
    )
    schedule = build_schedule(PRINCIPAL_MINOR, FEE_MINOR, terms, on, Calendar())
    loan_store.insert(
        uow,
        [
            Loan(
                one.serves_id, None, LoanType.QARD_HASAN, LoanStatus.APPROVED, one.qard_id,
                product_id, one.borrower_id, group_id, branch, usd, PRINCIPAL_MINOR, FEE_MINOR,
                "small_business", None, Terms(INSTALMENTS, Frequency.MONTHLY, 0),
                schedule.lines[0].total_minor, schedule.due_on[0], {}, None, uow.now,
                demo.CHECKER, uow.now, demo.SHARIAH, None, None, None, 1,
                demo.MAKER, PRINCIPAL_MINOR + FEE_MINOR,
            )
            for one in contracts
        ],
    )  # fmt: skip
    opened = [Disbursement(one.qard_id, on, schedule, CashSource.OPENING) for one in contracts]
    qard.disburse(uow, opened)
    ids = [one.serves_id for one in contracts]
    loan_store.set_disbursed(
        uow, ids, at=[uow.now] * len(ids), first_due_on=[schedule.due_on[0]] * len(ids)
    )
    return dict(zip(people, ids, strict=True))
