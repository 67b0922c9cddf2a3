"""Givers and what they gave: donations received, zakat taken in, drawings posted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sanduq.funds.donations import service as donations
from sanduq.funds.donations.model import Donation, ReceiveDonation
from sanduq.funds.donations.schemas import DonationIn
from sanduq.funds.spending import service as spending
from sanduq.funds.spending.model import Draw, FundSource, SpendingUse
from sanduq.funds.zakat import service as zakat
from sanduq.funds.zakat.schemas import ZakatReceiptIn
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money, currency
from sanduq.ledger import service as ledger
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from sanduq.parties import service as parties
from sanduq.parties.model import NewParty, PartyKind
from sanduq.shariah.facts import DebtorState

USD = currency("USD")
DONOR, DEBTOR, SCHOOL = "cpty_donor", "cpty_debtor", "cpty_school"
LOAN = "mfl_0001"

Work = Callable[..., Any]


def usd(units: int) -> Money:
    return Money(units * 100, USD)


def giving_people(work: Work) -> None:
    """A donor, a debtor and a school."""
    with work() as uow:
        parties.install_tiers(uow, [USD])
        parties.create_parties(
            uow,
            [
                NewParty(PartyKind.PERSON, "Amina", DONOR),
                NewParty(PartyKind.PERSON, "Bilal", DEBTOR),
                NewParty(PartyKind.ORGANISATION, "Village school", SCHOOL),
            ],
        )


def a_donation(**changes: Any) -> dict[str, Any]:
    return {
        "amount": 5000,
        "currency": "USD",
        "donor_id": DONOR,
        "type": "one_time",
        "category": "education",
        **changes,
    }


def announced(work: Work, **changes: Any) -> Donation:
    with work() as uow:
        return donations.create_donations(uow, [DonationIn(**a_donation(**changes)).command()])[0]


def given(work: Work, **changes: Any) -> Donation:
    """A donation whose money has come."""
    donation_id = announced(work, **changes).donation_id
    with work() as uow:
        return donations.receive_donations(uow, [ReceiveDonation(donation_id)])[0]


def zakat_given(work: Work, units: int, **changes: Any) -> str:
    body = ZakatReceiptIn(amount=units, currency="USD", **changes)
    with work() as uow:
        return zakat.receive(uow, body.command()).receipt_id


def a_draw(fund: str, amount: Money, **changes: Any) -> Draw:
    facts: dict[str, Any] = {
        "source": FundSource.read(fund),
        "amount": amount,
        "use": SpendingUse.ABSORB_DEFAULT,
        "subject_id": LOAN,
        "party_id": DEBTOR,
        "debtor_state": DebtorState.INSOLVENT,
        "journal_id": new_id("jrn"),
        **changes,
    }
    return Draw(**facts)


def draw_and_post(uow: UnitOfWork, draw: Draw) -> str:
    """The fund pays the lender's branch: both sides in one journal, each fund in balance."""
    (drawn,) = spending.draw(uow, [draw])
    cash = AccountPlace("1000", draw.amount.asset, subject="brn_main")
    income = AccountPlace("4700", draw.amount.asset)
    minor = draw.amount.amount_minor
    entries = (*drawn.entries, debit(cash, minor), credit(income, minor))
    ledger.open_accounts(uow, [*drawn.places, cash, income])
    ledger.post(uow, [Journal(draw.journal_id, "loan.settled", uow.today, entries, reference=LOAN)])
    return drawn.spending_id


def held_minor(uow: UnitOfWork, code: str, fund: str) -> int:
    """What an account of a fund holds, in the direction its class reads."""
    place = AccountPlace(code, USD, fund)
    return ledger.get_balance(uow, place.account_id).normal.amount_minor
