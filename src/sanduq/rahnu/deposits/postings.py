"""The fee of a deposit, as journals. The thing kept is in no account."""

from __future__ import annotations

from datetime import date

from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from sanduq.obligations.receipts.postings import cash_place
from sanduq.rahnu.contracts.postings import fee_place, income_place
from sanduq.rahnu.deposits.model import Deposit, DepositPayment


def fee_places(asset: Asset, deposit_id: str, branch_id: str) -> list[AccountPlace]:
    """The accounts that charging and paying the fee need open: those of a pledge's fee."""
    return [fee_place(asset, deposit_id), income_place(asset), cash_place(asset, branch_id)]


def fee_accrued(deposit: Deposit, amount_minor: int, on: date) -> Journal:
    """Keeping given up to a day, charged."""
    entries = (
        debit(fee_place(deposit.asset, deposit.deposit_id), amount_minor),
        credit(income_place(deposit.asset), amount_minor),
    )
    return Journal(new_id("jrn"), "deposit.fee_accrued", on, entries, reference=deposit.deposit_id)


def fee_paid(deposit: Deposit, payment: DepositPayment) -> Journal:
    """The fee paid at the counter."""
    minor = payment.amount.amount_minor
    entries = (
        debit(cash_place(deposit.asset, deposit.branch_id), minor),
        credit(fee_place(deposit.asset, deposit.deposit_id), minor),
    )
    return Journal(
        payment.journal_id, "deposit.fee_paid", payment.paid_on, entries,
        reference=deposit.deposit_id,
    )  # fmt: skip
