"""Qard events as journals: the only place that knows both a qard and an account."""

from __future__ import annotations

from datetime import date

from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.ledger.model import AccountPlace, Journal, credit, debit, without_zeros
from sanduq.qard.contract import CashSource, Qard, RepayQard

CASH, OPENING = "1000", "3090"
RECEIVABLE, FEE_RECEIVABLE = "1100", "1110"
PAYABLES, FEE_RECOVERY, GIFTS = "2000", "4100", "4800"


def cash_place(asset: Asset, branch_id: str) -> AccountPlace:
    """The cash of one branch."""
    return AccountPlace(CASH, asset, subject=branch_id)


def source_place(source: CashSource, asset: Asset, branch_id: str) -> AccountPlace:
    """The other side of a movement: the branch's cash, or opening balances brought in."""
    if source is CashSource.OPENING:
        return AccountPlace(OPENING, asset)
    return cash_place(asset, branch_id)


def credit_place(asset: Asset, borrower_id: str) -> AccountPlace:
    """What we owe a borrower who paid more than he owed."""
    return AccountPlace(PAYABLES, asset, subject=borrower_id)


def receivable_place(asset: Asset, qard_id: str) -> AccountPlace:
    """The unpaid principal of one qard."""
    return AccountPlace(RECEIVABLE, asset, subject=qard_id)


def fee_place(asset: Asset, qard_id: str) -> AccountPlace:
    """The unpaid service fee of one qard."""
    return AccountPlace(FEE_RECEIVABLE, asset, subject=qard_id)


def disbursement_places(qard: Qard, source: CashSource) -> list[AccountPlace]:
    """The accounts a disbursement and later repayments need open."""
    return [
        source_place(source, qard.asset, qard.branch_id),
        cash_place(qard.asset, qard.branch_id),
        receivable_place(qard.asset, qard.qard_id),
        fee_place(qard.asset, qard.qard_id),
        AccountPlace(FEE_RECOVERY, qard.asset),
    ]


def disbursement(qard: Qard, on: date, source: CashSource) -> Journal:
    """Principal paid out; the fee is charged as the service is done then.

    A fee brought in from another system was income there, so it does not become ours.
    """
    fee_side = (
        AccountPlace(OPENING, qard.asset)
        if source is CashSource.OPENING
        else AccountPlace(FEE_RECOVERY, qard.asset)
    )
    entries = without_zeros(
        debit(receivable_place(qard.asset, qard.qard_id), qard.principal_minor),
        credit(source_place(source, qard.asset, qard.branch_id), qard.principal_minor),
        debit(fee_place(qard.asset, qard.qard_id), qard.fee_minor),
        credit(fee_side, qard.fee_minor),
    )
    return Journal(new_id("jrn"), "qard.disbursed", on, entries, reference=qard.serves_id)


def repayment(
    command: RepayQard,
    *,
    repayment_id: str,
    branch_id: str,
    borrower_id: str,
    principal_minor: int,
    fee_minor: int,
    excess_minor: int,
    is_gift: bool,
) -> Journal:
    """Money received against principal and fee; an excess is owed back or, if said so, a gift."""
    asset = command.amount.asset
    excess_place = AccountPlace(GIFTS, asset) if is_gift else credit_place(asset, borrower_id)
    entries = without_zeros(
        debit(source_place(command.source, asset, branch_id), command.amount.amount_minor),
        credit(receivable_place(asset, command.qard_id), principal_minor),
        credit(fee_place(asset, command.qard_id), fee_minor),
        credit(excess_place, excess_minor),
    )
    return Journal(
        new_id("jrn"),
        "qard.repaid",
        command.received_on,
        entries,
        reference=repayment_id,
        request_id=command.request_id,
    )
