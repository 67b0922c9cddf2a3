"""Guarantee calls and the fund: who signs before it pays, and what of a cover comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.wire import amount
from sanduq.ledger import service as ledger
from sanduq.microfinance.common_fund import events, postings, service, store, store_payments
from sanduq.microfinance.common_fund.errors import FundIsClosed
from sanduq.microfinance.common_fund.model import (
    Contribution,
    ContributionKind,
    FundStatus,
    PaymentStatus,
)
from sanduq.microfinance.guarantee_calls.errors import FundPaysElsewhere
from sanduq.microfinance.guarantee_calls.model import COMMON_FUND, Call
from sanduq.microfinance.guarantee_calls.service import SharePayment


def refuse_unsigned(_uow: UnitOfWork, call: Call, money: Money) -> SharePayment:
    """What a call is told that asks the fund to pay at once: its officers sign first (CMF-09).

    Refuses CONFLICT, always.
    """
    message = (
        f"two officers of {call.group_id} sign before its fund pays {money}: ask by"
        f" POST /groups/{call.group_id}/fund/payments with use cover_call and call_id"
        f" {call.call_id}"
    )
    detail = {"field": "payer_id", "code": "needs_officers", "rule_id": "CMF-09"}
    raise FundPaysElsewhere(message, details=[{**detail, "message": message}])


def follow_reversals(uow: UnitOfWork, reversals: Sequence[Event]) -> None:
    """Brings covers back to their funds when the repayments they made are taken back.

    Refuses CONFLICT once the fund was wound up: there is no purse to come back to.
    """
    reversed_ids = [str(one.data["reverses"]) for one in reversals if one.data.get("reverses")]
    payments = store_payments.covering(uow, reversed_ids)
    if not payments:
        return
    funds = store.load(uow, [one.group_id for one in payments], is_locked=True)
    for fund in funds.values():
        if fund.status is FundStatus.CLOSED:
            raise FundIsClosed(f"{fund.group_id} wound up the fund that paid: nothing can return")
    journals = ledger.reversal_of(
        uow,
        [one.journal_id for one in payments if one.journal_id],
        effective_on=uow.today,
        memo="the cover was taken back",
    )
    for payment in payments:
        after = replace(payment, status=PaymentStatus.RETURNED, version=payment.version + 1)
        store_payments.update(uow, after)
        details = {"payment_id": after.payment_id}
        audit.record(uow, [Deed("common_fund.return", after.group_id, None, details)])
        outbox.record(uow, [events.told_payment(events.PAYMENT_RETURNED, after)])
    ledger.post(uow, journals)


def follow_recoveries(uow: UnitOfWork, recoveries: Sequence[Event]) -> None:
    """Takes into the fund what a debtor gave back of a cover that was a qard.

    Refuses CONFLICT once the fund was wound up.
    """
    for one in recoveries:
        if one.data["creditor_id"] != COMMON_FUND:
            continue
        fund = service.locked_fund(uow, str(one.data["group_id"]))
        last, debtor_id = one.data["recoveries"][-1], str(one.data["debtor_id"])
        money = amount(last["amount"], fund.asset, "amount")
        made_id = new_id("cfc")
        journal = postings.contributed(fund, debtor_id, money.amount_minor, last["on"], made_id)
        made = Contribution(
            made_id, fund.group_id, debtor_id, ContributionKind.RECOVERY, money, last["on"],
            str(one.data["id"]), journal.journal_id, uow.now, uow.actor.user_id,
        )  # fmt: skip
        store.insert_contributions(uow, [made])
        details = {"contribution_id": made_id, "party_id": debtor_id}
        audit.record(uow, [Deed("common_fund.recovery", fund.group_id, None, details)])
        outbox.record(uow, [events.told_contribution(made)])
        ledger.post(uow, [journal])
