"""Whatever is given, drawn, given back and re-dedicated, each fund holds exactly the difference."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sanduq.api import registry
from sanduq.funds.donations import service as donations
from sanduq.funds.donations.schemas import RestrictionReleaseIn
from sanduq.funds.pledges.model import Frequency, Pledge, PledgeStatus, due_dates
from sanduq.funds.spending import service as spending
from sanduq.funds.spending.errors import ReturnTooLarge
from sanduq.funds.spending.model import FundSource, GiveBack
from sanduq.funds.zakat.model import is_overdue, undistributed
from sanduq.kit.errors import FundsInsufficient
from sanduq.kit.ids import new_id
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from tests.coherent import assert_coherent
from tests.make.giving import (
    DEBTOR,
    USD,
    a_draw,
    draw_and_post,
    giving_people,
    held_minor,
    usd,
)
from tests.make.giving import given as gift

PURPOSES = ("debt_relief", "general")
ON = date(2024, 1, 15)
days = st.integers(-800, 0).map(lambda back: ON + timedelta(days=back))
amounts = st.integers(1, 60)
steps = st.lists(
    st.tuples(st.sampled_from(["give", "draw", "return", "release"]),
              st.sampled_from(PURPOSES), amounts),
    min_size=1, max_size=12,
)  # fmt: skip


class Books:
    """What each fund must hold and what it bears, kept beside the real books in plain sums."""

    def __init__(self, work):
        self.work = work
        self.held = dict.fromkeys(PURPOSES, 0)
        self.borne = dict.fromkeys(PURPOSES, 0)
        self.gifts = {purpose: [] for purpose in PURPOSES}

    def give(self, purpose, units):
        donation = gift(self.work, category=purpose, amount=units)
        self.held[purpose] += units
        self.gifts[purpose].append([donation.donation_id, units])

    def draw(self, purpose, units):
        try:
            with self.work() as uow:
                draw_and_post(uow, a_draw(f"sadaqah:{purpose}", usd(units)))
        except FundsInsufficient:
            assert units > self.held[purpose]
        else:
            self.held[purpose] -= units
            self.borne[purpose] += units

    def give_back(self, purpose, units):
        journal_id, source = new_id("jrn"), FundSource.read(f"sadaqah:{purpose}")
        back = GiveBack(source, usd(units), "mfl_0001", DEBTOR, journal_id)
        try:
            with self.work() as uow:
                (found,) = spending.give_back(uow, [back])
                journal = Journal(journal_id, "loan.recovered", uow.today, found.entries)
                ledger.post(uow, [journal])
        except ReturnTooLarge:
            assert units > self.borne[purpose]
        else:
            self.held[purpose] += units
            self.borne[purpose] -= units

    def release(self, purpose, units):
        other = PURPOSES[1 - PURPOSES.index(purpose)]
        fitting = [each for each in self.gifts[purpose] if each[1] >= units]
        if not fitting:
            return
        body = RestrictionReleaseIn(
            category=other, amount=units, currency="USD", donor_statement="letter"
        )
        try:
            with self.work("user_finance") as uow:
                donations.release_restriction(uow, body.command(fitting[0][0]))
        except FundsInsufficient:
            assert units > self.held[purpose]
        else:
            fitting[0][1] -= units
            self.held[purpose] -= units
            self.held[other] += units

    def check(self):
        for purpose in PURPOSES:
            fund = f"sadaqah:{purpose}"
            with self.work() as uow:
                for code in ("1000", "3200"):
                    assert held_minor(uow, code, fund) == self.held[purpose] * 100


def test_a_fund_holds_what_was_given_less_what_it_bears(work, db):
    registry.wire()
    giving_people(work)
    books = Books(work)
    for purpose in PURPOSES:
        books.give(purpose, 1)

    @settings(
        max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(steps)
    def run(taken):
        for step, purpose, units in taken:
            {"give": books.give, "draw": books.draw, "return": books.give_back,
             "release": books.release}[step](purpose, units)  # fmt: skip
        books.check()

    run()
    assert_coherent(db)


@given(st.lists(st.tuples(days, amounts)), st.integers(0, 3000))
def test_zakat_is_overdue_exactly_as_far_as_old_money_is_not_paid_out(receipts, paid):
    receipts = sorted(receipts)
    oldest, overdue = undistributed(receipts, paid, ON)
    old = sum(minor for day, minor in receipts if is_overdue(day, ON))
    assert overdue == max(0, old - paid)
    assert (oldest is None) == (paid >= sum(minor for _, minor in receipts))
    if overdue:
        assert is_overdue(oldest, ON)


@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.sampled_from(Frequency),
    st.integers(1, 120),
    st.integers(0, 2000),
)
def test_what_came_under_a_pledge_is_spread_over_its_days_and_never_lost(
    starts_on, frequency, months, received
):
    dates = due_dates(starts_on, frequency, months)
    assert dates[0] == starts_on
    assert all(early < late for early, late in pairwise(dates))
    pledge = Pledge(
        pledge_id="plg_1", external_id=None, donor_id="cpty_1", asset=USD, amount_minor=7,
        frequency=frequency, project_id=None, category="jariyah", purpose="jariyah",
        duration_months=months, starts_on=starts_on, instalment_count=len(dates),
        received_minor=received, status=PledgeStatus.ACTIVE, metadata={},
        created_at=None, created_by="user_1", version=1,
    )  # fmt: skip
    lines = pledge.instalments(starts_on)
    assert sum(line.received_minor for line in lines) == min(received, pledge.total_minor)
    assert [line.due_on for line in lines] == dates
    filled = [line.received_minor for line in lines]
    assert filled == sorted(filled, reverse=True)


@given(st.integers(1, 10**9))
def test_a_fund_code_is_read_back_as_written(number):
    for text in ("own", "zakat", "charity", f"sadaqah:p{number}", f"waqf:wqf_{number}"):
        assert FundSource.read(text).fund == text
