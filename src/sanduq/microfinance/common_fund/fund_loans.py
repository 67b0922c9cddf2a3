"""Loans to a fund that cannot meet its payments: benevolent, and given back as they were lent."""

from __future__ import annotations

from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.ledger import service as ledger
from sanduq.microfinance.common_fund import events, postings, service, store_payments
from sanduq.microfinance.common_fund.facts import Action, CommonFundFacts, LoanFacts
from sanduq.microfinance.common_fund.model import FundLoan
from sanduq.parties import service as parties
from sanduq.shariah import service as shariah
from sanduq.shariah.model import ShariahProfile


def lend(
    uow: UnitOfWork, group_id: str, *, lender_id: str, amount: Money, charge: Money, reason: str
) -> FundLoan:
    """Takes a benevolent loan into a fund of gifts that cannot meet its payments.

    Refuses NOT_FOUND (fund, lender), CONFLICT a closed fund, VALIDATION_ERROR a fund of the
    members' own, SHARIAH_VIOLATION any charge (CMF-05, AAOIFI SS 26 10/8).
    """
    fund = service.locked_fund(uow, group_id)
    if fund.basis.is_owned:
        message = "only a fund of gifts can have a deficit: members' own money is not spent"
        raise ValidationFailed.field("group_id", "fund_is_owned", message)
    parties.get_party(uow, lender_id)
    facts = CommonFundFacts(
        on=uow.today,
        asset=fund.asset,
        profile=ShariahProfile(uow.shariah_profile),
        loan=LoanFacts(amount.amount_minor, charge.amount_minor),
    )
    evaluations = service.judged(facts, Action.LEND)
    loan_id = new_id("cfl")
    journal = postings.lent(fund, loan_id, amount.amount_minor, uow.today)
    loan = FundLoan(
        loan_id, group_id, lender_id, amount, 0, reason, uow.today, journal.journal_id, uow.now,
        uow.actor.user_id,
    )  # fmt: skip
    store_payments.insert_loan(uow, loan)
    shariah.store_evaluations(uow, loan_id, str(Action.LEND), evaluations, facts)
    audit.record(uow, [Deed("common_fund.lend", group_id, reason, {"fund_loan_id": loan_id})])
    outbox.record(uow, [events.told_loan(loan)])
    ledger.open_accounts(uow, postings.places_of(fund, [loan_id]))
    ledger.post(uow, [journal])
    return loan
