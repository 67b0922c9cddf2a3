"""Debtors in difficulty in the demonstration world, and the money that bears their debts."""

from __future__ import annotations

from sanduq import demo
from sanduq.funds.donations import service as donations
from sanduq.funds.donations.model import DonationType, NewDonation, ReceiveDonation
from sanduq.funds.endowments import service as endowments
from sanduq.funds.endowments.schemas import EndowmentIn
from sanduq.funds.pools import service as pools
from sanduq.funds.pools.model import Origin
from sanduq.funds.pools.schemas import PoolIn
from sanduq.kit.money import Money
from sanduq.ledger.model import AccountPlace
from sanduq.microfinance.loans.hardship import service as hardship
from sanduq.microfinance.loans.hardship import write_offs
from sanduq.microfinance.loans.hardship.model import WriteOff
from sanduq.parties import service as parties
from sanduq.parties.model import NewParty, PartyKind
from sanduq.shariah.facts import DebtorState
from tests.make.institution import balance_minor
from tests.make.loans import USD, Work
from tests.make.waqf import FOUNDER, KIN, NAZIR, a_cash_waqf


def classed(demo_work: Work, loan_id: str, state: DebtorState = DebtorState.INSOLVENT) -> None:
    """The borrower's means were looked at."""
    with demo_work(demo.CHECKER) as uow:
        hardship.assess(uow, loan_id, hardship.NewAssessment(state, "visited twice, no income"))


def defaulted(demo_work: Work, loan_id: str, state: DebtorState = DebtorState.INSOLVENT) -> None:
    """The loan is in default, its borrower classed."""
    classed(demo_work, loan_id, state)
    with demo_work(demo.CHECKER) as uow:
        hardship.default(uow, loan_id, reason="no income since November")


def written_off(demo_work: Work, loan_id: str, fund: str | None = "own") -> WriteOff:
    """A write-off asked for by one and approved by another."""
    defaulted(demo_work, loan_id)
    with demo_work(demo.MAKER) as uow:
        waiting = write_offs.ask(uow, loan_id, fund=fund, reason="cannot pay")
    with demo_work(demo.CHECKER) as uow:
        return write_offs.approve(uow, waiting.write_off_id)


def given(demo_work: Work, minor: int, purpose: str = "debt_relief") -> None:
    """A donor gives for a purpose: the relief of debtors, or lending."""
    with demo_work(demo.MAKER) as uow:
        (donor,) = parties.create_parties(uow, [NewParty(PartyKind.PERSON, "A donor")])
        new = NewDonation(
            amount=Money(minor, USD), donor_id=donor.party_id, type=DonationType.ONE_TIME,
            category=purpose, metadata={},
        )  # fmt: skip
        (donation,) = donations.create_donations(uow, [new])
        donations.receive_donations(uow, [ReceiveDonation(donation.donation_id)])


def endowed(demo_work: Work) -> str:
    """The id of an active cash waqf of 10,000 that may be lent and may bear losses."""
    with demo_work(demo.MAKER) as uow:
        people = [NewParty(PartyKind.ORGANISATION, one, one) for one in (FOUNDER, NAZIR, KIN)]
        parties.create_parties(uow, people)
        new = EndowmentIn(**a_cash_waqf(nazir_pay=None)).command()
        wqf_id = endowments.create_endowment(uow, new).endowment.endowment_id
        endowments.submit_endowment(uow, wqf_id)
    with demo_work(demo.SHARIAH) as uow:
        endowments.approve_endowment(uow, wqf_id)
    return wqf_id


def lending_pool(demo_work: Work, origin: Origin, minor: int) -> str:
    """The id of an approved pool for qard that holds this capital."""
    body = {"name": "Pool", "currency": "USD", "security_policy": "guarantee of the group"}
    with demo_work(demo.MAKER) as uow:
        pool_id = pools.create_pool(uow, PoolIn(**body).command()).pool.pool_id
    with demo_work(demo.FINANCE) as uow:
        pools.approve_pool(uow, pool_id)
        pools.place_capital(uow, pool_id, origin, Money(minor, USD))
    return pool_id


def holds(demo_url: str, code: str, fund: str = "own", subject: str | None = None) -> int:
    """The debit balance of an account, in US cents."""
    return balance_minor(demo_url, AccountPlace(code, USD, fund, subject))
