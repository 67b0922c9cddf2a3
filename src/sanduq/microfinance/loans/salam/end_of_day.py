"""End of day: what of a price was not paid by the third day lapses, with its goods (SLM-01)."""

from __future__ import annotations

from datetime import date

from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as events
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.microfinance.loans import events as loan_events
from sanduq.microfinance.loans import store as loans
from sanduq.microfinance.loans.salam import events as names
from sanduq.microfinance.loans.salam import store
from sanduq.microfinance.loans.salam.model import after_lapse
from sanduq.microfinance.loans.salam.schemas import salam_out
from sanduq.microfinance.loans.schemas import loan_out


def lapse_unpaid_prices(uow: UnitOfWork, day: date) -> int:
    """Cuts contracts whose price could be completed on `day` at the latest to what was paid: the
    seller owes the goods of that part, and the loan is DISBURSED. Returns how many were cut.

    Statements per day, not per contract; a second run of the same day finds nothing to do.
    """
    before = store.load_lapsing(uow, day)
    if not before:
        return 0
    after = [after_lapse(salam) for salam in before]
    store.update(uow, after)
    store.set_disbursed(uow, after)
    steps = [
        store.step_fact(
            uow,
            salam,
            "lapse",
            day,
            quantity_milli=salam.lapsed_milli,
            amount_minor=salam.capital_minor - salam.paid_minor,
            details={"rule_id": "SLM-01"},
        )
        for salam in after
    ]
    store.insert_steps(uow, steps)
    found = loans.load(uow, [salam.loan_id for salam in after])
    told = store.load_steps(uow, [salam.contract_id for salam in after])
    news = []
    for salam in after:
        loan = found[salam.loan_id]
        rendered = salam_out(salam, loan, told[salam.contract_id])
        news.append(Event(names.LAPSED, salam.loan_id, rendered))
        news.append(Event(loan_events.DISBURSED, salam.loan_id, loan_out(loan)))
    events.record(uow, news)
    audit.record(
        uow,
        [
            Deed("salam.lapse", salam.loan_id, "price not paid in time", {"rule_id": "SLM-01"})
            for salam in after
        ],
    )
    return len(after)
