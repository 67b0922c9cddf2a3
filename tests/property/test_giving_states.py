"""Sadaqah, zakat and charity against a model of them: random commands on real books."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sanduq.access import service as access
from sanduq.api import registry
from sanduq.funds.charity import service as charity
from sanduq.funds.charity.schemas import CharityPaymentIn, CharityReceiptIn
from sanduq.funds.donations import service as donations
from sanduq.funds.donations.model import (
    DonationType,
    NewDonation,
    ReceiveDonation,
    ReleaseRestriction,
)
from sanduq.funds.overview import service as overview
from sanduq.funds.pledges import service as pledges
from sanduq.funds.pledges.model import Frequency, NewPledge
from sanduq.funds.purposes.service import install_purposes
from sanduq.funds.spending import service as spending
from sanduq.funds.spending.model import FundSource, GiveBack, Grant, SpendingUse
from sanduq.funds.zakat import service as zakat
from sanduq.funds.zakat.model import NewZakatPayment, NewZakatReceipt, Payee
from sanduq.kit.db import Database
from sanduq.kit.errors import Refusal
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.pages import PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.capital import add_capital
from sanduq.ledger.model import Journal
from sanduq.parties import service as parties
from sanduq.parties.model import NewParty, PartyKind
from sanduq.shariah import service as shariah
from sanduq.shariah.schemas import ResolutionIn
from tests.coherent import assert_coherent
from tests.conftest import INSTITUTION, copied
from tests.make.giving import DEBTOR, USD, a_draw, draw_and_post, giving_people, usd
from tests.make.giving_model import (
    CHARITY,
    PURPOSES,
    ZAKAT,
    ModelCharityPayment,
    ModelGift,
    ModelGiving,
    ModelPledge,
    fund_of,
)
from tests.make.offers import a_resolution

FUNDS = (*map(fund_of, PURPOSES), ZAKAT, CHARITY)
SERVES_US = ("marketing", "debt_to_institution")
ALL = PageRequest(limit=100)
MAKER, CHECKER, FINANCE, SHARIAH = "user_maker", "user_checker", "user_finance", "user_shariah"
amounts = st.integers(1, 60_00)
beyond = st.sampled_from([None, None, 0, 1])  # all a fund has, and a cent more
purposes = st.sampled_from(PURPOSES)
spenders = st.sampled_from([FINANCE, FINANCE, FINANCE, MAKER, CHECKER, SHARIAH])


class GivingMachine(RuleBasedStateMachine):
    """The funds of one institution, which other examples have used before."""

    db: Database
    ruling: str

    def work(self, user=MAKER):
        return access.work_as(self.db, INSTITUTION, user, "req_machine")

    def refused(self, act, user=MAKER):
        """What a command is refused with, or nothing."""
        try:
            with self.work(user) as uow:
                self.answer = act(uow)
        except Refusal as refusal:
            return refusal.code
        return None

    @initialize(cap_bp=st.integers(0, 2_500))
    def enter(self, cap_bp):
        self.donor, self.school, self.loan = new_id("cpty"), new_id("cpty"), new_id("mfl")
        with self.work() as uow:
            person = NewParty(PartyKind.PERSON, "A donor", self.donor)
            school = NewParty(PartyKind.ORGANISATION, "A school", self.school)
            parties.create_parties(uow, [person, school])
        set_cap = lambda u: zakat.set_cap(u, cap_bp, self.ruling)  # noqa: E731
        for user, code in ((CHECKER, "FORBIDDEN"), (FINANCE, None)):
            assert self.refused(set_cap, user) == code
        held = dict.fromkeys(FUNDS, 0)
        with self.work() as uow:
            held |= {one.fund: one.available_minor for one in overview.list_funds(uow, ALL).items}
            stands, _ = zakat.standing(uow, USD)
        self.model = ModelGiving(held, stands.received_minor, stands.administered_minor, cap_bp)
        self.begin()

    def begin(self):
        """Every fund holds something, and a payment of a cent too much of charity waits."""
        for purpose in PURPOSES:
            self.gift(purpose, 80_00, None, None)
            self.take_in([*self.model.gifts][-1:], 0)
        self.receive_zakat(80_00)
        self.set_aside(is_tainted=True, minor=80_00, user=FINANCE)
        self.ask_for_charity(0, 1, "health", is_kin=False)

    # Sadaqah

    @rule(purpose=purposes, minor=amounts)
    def announce(self, purpose, minor):
        self.gift(purpose, minor, None, None)

    def gift(self, purpose, minor, pledge_id, expected):
        new = NewDonation(
            amount=Money(minor, USD), donor_id=self.donor, type=DonationType.ONE_TIME,
            category=purpose, pledge_id=pledge_id, metadata={},
        )  # fmt: skip
        assert self.refused(lambda u: donations.create_donations(u, [new])) == expected
        if expected is None:
            gift = ModelGift(purpose, minor, pledge_id)
            self.model.gifts[self.answer[0].donation_id] = gift

    @rule(purpose=purposes, minor=amounts, months=st.integers(1, 3))
    def pledge(self, purpose, minor, months):
        new = NewPledge(
            amount=Money(minor, USD), donor_id=self.donor, frequency=Frequency.MONTHLY,
            duration_months=months, category=purpose, metadata={},
        )  # fmt: skip
        assert self.refused(lambda u: pledges.create_pledge(u, new)) is None
        self.model.pledges[self.answer.pledge_id] = ModelPledge(purpose, minor, months)

    @precondition(lambda self: self.model.pledges)
    @rule(data=st.data(), share=st.integers(1, 4))
    def give_as_pledged(self, data, share):
        pledge_id = data.draw(st.sampled_from(list(self.model.pledges)))
        pledge = self.model.pledges[pledge_id]
        expected = None if pledge.status == "ACTIVE" else "CONFLICT"
        self.gift(pledge.purpose, pledge.minor * share, pledge_id, expected)

    @precondition(lambda self: self.model.pledges)
    @rule(data=st.data())
    def withdraw_a_pledge(self, data):
        pledge_id = data.draw(st.sampled_from(list(self.model.pledges)))
        expected = self.model.cancel(self.model.pledges[pledge_id], "ACTIVE")
        assert self.refused(lambda u: pledges.cancel_pledge(u, pledge_id)) == expected

    @precondition(lambda self: self.model.gifts)
    @rule(data=st.data(), days=st.sampled_from([0, 0, 0, 0, 1]))
    def receive(self, data, days):
        """Two gifts or one; often those that wait."""
        waiting = [one for one, gift in self.model.gifts.items() if gift.status == "PENDING"]
        one = st.sampled_from(waiting or list(self.model.gifts))
        ids = data.draw(st.lists(one | st.sampled_from(list(self.model.gifts)), min_size=1,
                                 max_size=2))  # fmt: skip
        self.take_in(ids, days)

    def take_in(self, ids, days):
        expected = self.model.receive(ids, is_ahead=days > 0)

        def act(uow):
            on = uow.today + timedelta(days=days)
            donations.receive_donations(uow, [ReceiveDonation(each, on) for each in ids])

        assert self.refused(act) == expected

    @precondition(lambda self: self.model.gifts)
    @rule(data=st.data())
    def call_off(self, data):
        waiting = [one for one, gift in self.model.gifts.items() if gift.status == "PENDING"]
        donation_id = data.draw(st.sampled_from([*waiting * 4, *self.model.gifts]))
        expected = self.model.cancel(self.model.gifts[donation_id], "PENDING")
        assert self.refused(lambda u: donations.cancel_donation(u, donation_id)) == expected

    @precondition(lambda self: self.model.gifts)
    @rule(
        data=st.data(),
        to=purposes,
        more=beyond,
        minor=amounts,
        word=st.sampled_from(["letter 3", "letter 3", None]),
        user=spenders,
    )
    def release(self, data, to, more, minor, word, user):
        came = [one for one, gift in self.model.gifts.items() if gift.status == "RECEIVED"]
        donation_id = data.draw(st.sampled_from(came or list(self.model.gifts)))
        gift = self.model.gifts[donation_id]
        minor = minor if more is None else max(1, gift.minor - gift.released + more)
        command = ReleaseRestriction(donation_id, to, Money(minor, USD), word, None)
        expected = self.model.release(
            gift, to, minor, may=user == FINANCE, is_meant=word is not None
        )
        act = lambda u: donations.release_restriction(u, command)  # noqa: E731
        assert self.refused(act, user) == expected

    # The door of spending

    @rule(fund=st.sampled_from(FUNDS), use=st.sampled_from(SpendingUse), minor=amounts,
          more=beyond)  # fmt: skip
    def draw(self, fund, use, minor, more):
        minor = minor if more is None else max(1, self.model.held[fund] + more)
        if use is SpendingUse.GRANT:
            use = SpendingUse.ABSORB_DEFAULT
        draw = a_draw(fund, Money(minor, USD), use=use, subject_id=self.loan)
        expected = self.model.draw(fund, use, minor)
        assert self.refused(lambda u: draw_and_post(u, draw)) == expected

    @precondition(lambda self: self.model.borne)
    @rule(data=st.data(), is_all=st.booleans(), minor=amounts)
    def give_back(self, data, is_all, minor):
        fund = data.draw(st.sampled_from(sorted(self.model.borne)))
        minor = (is_all and self.model.borne[fund]) or minor
        journal_id = new_id("jrn")
        back = GiveBack(FundSource.read(fund), Money(minor, USD), self.loan, DEBTOR, journal_id)

        def act(uow):
            (found,) = spending.give_back(uow, [back])
            ledger.open_accounts(uow, found.places)
            ledger.post(uow, [Journal(journal_id, "loan.recovered", uow.today, found.entries)])

        assert self.refused(act) == self.model.give_back(fund, minor)

    @rule(purpose=purposes, minor=amounts, more=beyond, user=spenders)
    def grant(self, purpose, minor, more, user):
        held = self.model.held[fund_of(purpose)]
        minor = minor if more is None else max(1, held + more)
        gift = Grant(FundSource.read(fund_of(purpose)), Money(minor, USD), self.school, None, None)
        expected = self.model.grant(purpose, minor, may=user == FINANCE)
        assert self.refused(lambda u: spending.grant(u, gift), user) == expected

    # Zakat

    @rule(minor=amounts)
    def receive_zakat(self, minor):
        new = NewZakatReceipt(amount=Money(minor, USD), payer_id=self.donor, metadata={})
        assert self.refused(lambda u: zakat.receive(u, new)) is None
        self.model.zakat_received += minor
        self.model.held[ZAKAT] += minor

    @rule(
        asnaf=st.sampled_from(["FUQARA", "MASAKIN", "AMILIN", "AMILIN", "NEIGHBOURS"]),
        share=st.sampled_from([1, 1, 3, 10]),
        more=st.integers(0, 2),
        user=spenders,
    )
    def pay_zakat(self, asnaf, share, more, user):
        """All of what is there, a part of it, or a cent or two beyond."""
        minor = max(1, self.model.held[ZAKAT] // share + more)
        new = NewZakatPayment(
            amount=Money(minor, USD), recipient_id=DEBTOR, asnaf_code=asnaf,
            resolution_id=self.ruling, payee=Payee.RECIPIENT, paid_to="his own account",
            metadata={},
        )  # fmt: skip
        expected = self.model.pay_zakat(asnaf, minor, may=user == FINANCE)
        assert self.refused(lambda u: zakat.pay(u, new), user) == expected

    # Charity

    @rule(is_tainted=st.booleans(), minor=amounts, user=st.sampled_from([FINANCE, MAKER]))
    def set_aside(self, is_tainted, minor, user):
        body = {"source": "late_pledge", "came_from": self.loan, "amount": 1, "currency": "USD"}
        if is_tainted:
            body |= {"source": "tainted_income", "income_account": "4900"}
        new = replace(CharityReceiptIn(**body).command(), amount=Money(minor, USD))
        expected = "FORBIDDEN" if is_tainted and user == MAKER else None
        assert self.refused(lambda u: charity.receive(u, new), user) == expected
        if expected is None:
            self.model.held[CHARITY] += minor

    @rule(
        minor=amounts,
        more=beyond,
        use=st.sampled_from(["education", "health", "poor_relief", *SERVES_US]),
        is_kin=st.sampled_from([False, False, False, True]),
    )
    def ask_for_charity(self, minor, more, use, is_kin):
        minor = minor if more is None else max(1, self.model.held[CHARITY] + more)
        body = {"beneficiary_id": self.school, "amount": 1, "currency": "USD", "use": use,
                "description": "x", "beneficiary_is_staff_or_kin": is_kin}  # fmt: skip
        new = replace(CharityPaymentIn(**body).command(), amount=Money(minor, USD))
        expected = "SHARIAH_VIOLATION" if is_kin or use in SERVES_US else None
        assert self.refused(lambda u: charity.request_payment(u, new)) == expected
        if expected is None:
            self.model.payments[self.answer.payment_id] = ModelCharityPayment(minor)

    @precondition(lambda self: self.model.payments)
    @rule(
        data=st.data(),
        user=st.sampled_from([SHARIAH, SHARIAH, SHARIAH, MAKER, CHECKER, FINANCE]),
        is_approved=st.sampled_from([True, True, True, False]),
    )
    def decide(self, data, user, is_approved):
        waiting = [n for n, one in self.model.payments.items() if one.status == "PENDING_APPROVAL"]
        payment_id = data.draw(st.sampled_from([*waiting * 3, *self.model.payments]))
        expected = self.model.decide(
            self.model.payments[payment_id], may=user == SHARIAH, is_approved=is_approved
        )
        verb = charity.approve_payment if is_approved else charity.reject_payment
        assert self.refused(lambda u: verb(u, payment_id), user) == expected

    @invariant()
    def the_books_are_what_the_model_says(self):
        if not hasattr(self, "model"):
            return
        model = self.model
        with self.work() as uow:
            funds = {one.fund: one for one in overview.list_funds(uow, ALL).items}
            stands, _ = zakat.standing(uow, USD)
            gifts = donations.list_donations(uow, ALL, donor_id=self.donor).items
            promised = pledges.list_pledges(uow, ALL, donor_id=self.donor).items
            asked = charity.list_payments(uow, ALL, beneficiary_id=self.school).items
            drawn = spending.spent_on(uow, [self.loan])
        for fund, minor in model.held.items():
            shown = (funds[fund].available_minor, funds[fund].cash_minor) if fund in funds else ()
            assert (shown or (0, 0))[0] == minor >= 0, fund
            assert fund == CHARITY or (shown or (0, 0))[1] == minor
        assert (stands.received_minor, stands.balance_minor, stands.administered_minor) == (
            model.zakat_received, model.held[ZAKAT], model.administered,
        )  # fmt: skip
        assert {one.donation_id: (one.status, one.released_minor) for one in gifts} == {
            donation_id: (gift.status, gift.released) for donation_id, gift in model.gifts.items()
        }
        assert {one.pledge_id: (one.status, one.received_minor) for one in promised} == {
            pledge_id: (one.status, one.received) for pledge_id, one in model.pledges.items()
        }
        assert {one.payment_id: one.status for one in asked} == {
            payment_id: one.status for payment_id, one in model.payments.items()
        }
        for fund, borne in model.borne.items():
            assert sum(one.borne_minor for one in drawn if one.fund == fund) == borne

    def teardown(self):
        if not hasattr(self, "model"):
            return
        with self.work() as uow:
            assert charity.year_report(uow, uow.today.year, USD).unexplained_minor == 0
            assert_coherent(uow)


@pytest.fixture(scope="module")
def world(server_url, template):
    registry.wire()
    with copied(server_url, template) as url, Database(url) as database:

        def work(user=MAKER):
            return access.work_as(database, INSTITUTION, user, "req_machine")

        giving_people(work)
        with work() as uow:
            add_capital(uow, usd(1_000_000), "brn_main")
            install_purposes(uow)
        with work(SHARIAH) as uow:
            board = ResolutionIn(**a_resolution("ZKT-01", "ZKT-08")).command()
            ruling = shariah.create_resolution(uow, board).resolution_id
        yield database, ruling


@pytest.mark.slow
def test_funds_follow_the_model_whatever_is_asked_of_them(world) -> None:
    class Machine(GivingMachine):
        db, ruling = world

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
