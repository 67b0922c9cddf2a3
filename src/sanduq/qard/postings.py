"""Qard events as journals: the only place that knows both a qard and an account."""

from __future__ import annotations

from datetime import date

from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.ledger.model import AccountPlace, Entry, Journal, credit, debit, without_zeros
from sanduq.obligations.receipts.model import CashSource, Parts, PayDebt
from sanduq.obligations.receipts.postings import (
    cash_place,
    money_in,
    pool_place,
    receipt,
    source_place,
)
from sanduq.qard.contract import Qard

OPENING = "3090"
RECEIVABLE, FEE_RECEIVABLE, FEE_RECOVERY = "1100", "1110", "4100"


def receivable_place(asset: Asset, qard_id: str, fund: str = "own") -> AccountPlace:
    """The unpaid principal of one qard: a claim of the fund whose money was lent."""
    return AccountPlace(RECEIVABLE, asset, fund, qard_id)


def fee_place(asset: Asset, qard_id: str) -> AccountPlace:
    """The unpaid service fee of one qard: the institution's, whoever lends."""
    return AccountPlace(FEE_RECEIVABLE, asset, subject=qard_id)


def lending_place(qard: Qard, source: CashSource) -> AccountPlace:
    """Where the principal comes from: the pool, the branch's cash, or books brought in."""
    if qard.pool_id is not None:
        return pool_place(qard.asset, qard.fund, qard.pool_id)
    return source_place(source, qard.asset, qard.branch_id)


def disbursement_places(qard: Qard, source: CashSource) -> list[AccountPlace]:
    """The accounts a disbursement and later repayments need open."""
    return [
        lending_place(qard, source),
        cash_place(qard.asset, qard.branch_id),
        receivable_place(qard.asset, qard.qard_id, qard.fund),
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
        debit(receivable_place(qard.asset, qard.qard_id, qard.fund), qard.principal_minor),
        credit(lending_place(qard, source), qard.principal_minor),
        debit(fee_place(qard.asset, qard.qard_id), qard.fee_minor),
        credit(fee_side, qard.fee_minor),
    )
    return Journal(new_id("jrn"), "qard.disbursed", on, entries, reference=qard.serves_id)


def repayment(
    command: PayDebt,
    parts: Parts,
    *,
    branch_id: str,
    debtor_id: str,
    fund: str = "own",
    pool_id: str | None = None,
) -> Journal:
    """Money received against principal and fee; an excess is owed back or, if said so, a gift."""
    asset = command.amount.asset
    received = money_in(
        command, branch_id=branch_id, debtor_id=debtor_id, fund=fund, pool_id=pool_id, parts=parts
    )
    return receipt(
        "qard.repaid",
        command,
        parts,
        *received,
        credit(receivable_place(asset, command.obligation_id, fund), parts.principal_minor),
        credit(fee_place(asset, command.obligation_id), parts.fee_minor),
    )


def cleared(
    asset: Asset, qard_id: str, fund: str, principal_minor: int, fee_minor: int
) -> tuple[Entry, ...]:
    """Principal and fee taken off the books; who bears them is the other side."""
    return without_zeros(
        credit(receivable_place(asset, qard_id, fund), principal_minor),
        credit(fee_place(asset, qard_id), fee_minor),
    )
