"""The life of groups: meetings and who came, the common fund, guarantees and a call on them."""

from __future__ import annotations

from datetime import date, time

from sanduq import demo
from sanduq.demo_world import desk
from sanduq.demo_world.telling import Story
from sanduq.demo_world.world import ENDS_ON, Role, Village, World, usd
from sanduq.microfinance.common_fund import service as common_funds
from sanduq.microfinance.common_fund.facts import BylawFacts
from sanduq.microfinance.common_fund.model import Basis, Nature, SurplusMode, Use
from sanduq.microfinance.common_fund.service import Contribute, NewFund
from sanduq.microfinance.groups.guarantees import service as guarantees
from sanduq.microfinance.groups.guarantees.model import (
    Consent,
    ConsentMethod,
    NewGuarantee,
    Scope,
)
from sanduq.microfinance.groups.meetings import service as meetings
from sanduq.microfinance.groups.meetings.model import Mark, MeetingRule, meeting_dates
from sanduq.microfinance.groups.meetings.service import NewCalendar
from sanduq.microfinance.guarantee_calls import recourses
from sanduq.microfinance.guarantee_calls import service as calls
from sanduq.microfinance.guarantee_calls.model import CallRule
from sanduq.microfinance.guarantee_calls.service import NewCall
from sanduq.microfinance.loans.hardship import service as hardship
from sanduq.microfinance.loans.hardship.model import Channel
from sanduq.obligations.schedule import Frequency

MEETING_GROUPS = 6
"""So many groups, the last ones formed, meet once a month and keep a common fund."""

FIRST_YEAR = date(2023, 1, 1)
MEETINGS = 13
CAP_MINOR = 150_00
MARKS, ODDS = tuple(Mark), (86, 3, 5, 6)
NOTES = "Savings counted and signed by two; next market day discussed."


def begin(world: World) -> None:
    """Puts the stories into the diary."""
    for place, village in enumerate(world.villages[-MEETING_GROUPS:]):
        world.diary.begin(FIRST_YEAR, _year_of_meetings(world, village, place))
    world.diary.begin(date(2023, 7, 31), _called_upon(world))


def _year_of_meetings(world: World, village: Village, place: int) -> Story:
    """Every month they meet, mark who came, and pay into their fund."""
    rule = MeetingRule(Frequency.MONTHLY, weekday=place, nth=1)
    hall = f"{village.branch.region.places[place % 4]}, community hall"
    with world.teller.acting() as uow:
        calendar = NewCalendar(rule, FIRST_YEAR, time(9, 30), hall, MEETINGS)
        meetings.set_calendar(uow, village.group_id, calendar)
        basis = Basis.MEMBER_DEPOSIT if place == 0 else Basis.TABARRU
        common_funds.open_fund(uow, village.group_id, NewFund(_bylaws(basis)))
    for day in meeting_dates(rule, FIRST_YEAR, MEETINGS):
        if day > ENDS_ON:
            return
        yield day
        _meet(world, village, day)


def _bylaws(basis: Basis) -> BylawFacts:
    if basis.is_owned:
        return BylawFacts(
            basis=str(basis), document="by-laws signed by all members",
            uses=frozenset({str(Use.RETURN_ON_LEAVING)}),
        )  # fmt: skip
    return BylawFacts(
        basis=str(basis), document="by-laws signed by all members",
        uses=frozenset({str(Use.COVER_CALL), str(Use.HELP)}), cover_nature=str(Nature.GIFT),
        surplus_modes=frozenset({str(SurplusMode.RESERVES), str(SurplusMode.CHARITY)}),
    )  # fmt: skip


def _meet(world: World, village: Village, day: date) -> None:
    dice = world.teller.dice
    marks = {one.party_id: dice.choices(MARKS, ODDS)[0] for one in village.members}
    here = [who for who, mark in marks.items() if mark in (Mark.PRESENT, Mark.LATE)]
    with world.teller.acting() as uow:
        meeting = meetings.meeting_on(uow, village.group_id, day)
        assert meeting is not None
        meetings.record_attendance(uow, meeting.meeting_id, marks)
        meetings.record_minutes(uow, village.group_id, meeting.meeting_id, NOTES)
        common_funds.record_contributions(
            uow, [Contribute(village.group_id, who, usd(2_00), day) for who in here]
        )


def _called_upon(world: World) -> Story:
    """A member falls behind, and those who answered for her pay; she gives it back in part."""
    role = world.cast()
    village = next(one for one in world.villages if one.group_id == role.group_id)
    with world.teller.acting() as uow:
        for one in village.borrowers:
            guarantees.give(uow, role.group_id, _guarantee(one.party_id, world.teller.today))
    yield date(2023, 8, 7)
    loan_id = desk.disbursed(world, desk.qard(role, "demo-qard-guaranteed", 600_00))
    for day in desk.firsts(date(2023, 8, 7), 2):
        yield day
        desk.pay(world, loan_id, 100_00)
    yield date(2023, 11, 20)
    with world.teller.acting() as uow:
        hardship.demand(uow, loan_id, channel=Channel.MEETING)
    yield date(2023, 12, 11)
    call_id = _call(world, role, loan_id)
    yield date(2023, 12, 18)
    payers = [one.party_id for one in village.borrowers][:4]
    _answered(world, call_id, payers)


def _guarantee(guarantor_id: str, today: date) -> NewGuarantee:
    cap = usd(CAP_MINOR)
    return NewGuarantee(
        guarantor_id=guarantor_id,
        cap=cap,
        scope=Scope.CYCLE,
        loan_ids=(),
        from_on=today,
        to_on=None,
        has_recourse=True,
        consent=Consent(guarantor_id, today, ConsentMethod.THUMB, "deed of the group", cap),
        fee=usd(0),
        annual_surplus=usd(900_00),
        external_id=None,
        metadata={},
    )


def _call(world: World, role: Role, loan_id: str) -> str:
    with world.teller.acting(demo.MAKER) as uow:
        new = NewCall(
            loan_id, "two instalments unpaid", rule=CallRule.EQUAL, external_id="demo-call"
        )
        return calls.call(uow, role.group_id, new).call_id


def _answered(world: World, call_id: str, payers: list[str]) -> None:
    with world.teller.acting() as uow:
        for payer_id in payers:
            share = calls.get(uow, call_id).share_of(payer_id)
            assert share is not None
            paid = calls.pay_share(uow, call_id, payer_id, usd(share.amount_minor))
            if payer_id == payers[0] and paid.recourse is not None:
                recourses.recover(uow, paid.recourse.recourse_id, usd(15_00), note="in two parts")
