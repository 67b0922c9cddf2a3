"""The fee meter of pledges: what custody has come to by a day, and charging it to the books.

It reads days and the fee of each stretch of days, never the loan, its ratio or the value
(rules RHN-10 to RHN-12). It stops when the pledge is free or sold (RHN-19, ARN-10).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sanduq.kit.db import UnitOfWork
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.rahnu.contracts import postings, store
from sanduq.rahnu.contracts.model import Contract
from sanduq.rahnu.fees.accrual import FeeSegment, accrued_minor


def accrued_by(contract: Contract, segments: Sequence[FeeSegment], on: date) -> int:
    """All custody fee of a pledge up to a day, in minor units; nothing after it stopped."""
    until = on if contract.fee_until_on is None else min(on, contract.fee_until_on)
    return accrued_minor(segments, until) if segments else 0


def due_by(contract: Contract, segments: Sequence[FeeSegment], on: date) -> int:
    """Custody fee that is unpaid on a day."""
    return max(0, accrued_by(contract, segments, on) - contract.fee_paid_minor)


def fees_due(uow: UnitOfWork, contracts: Sequence[Contract], on: date) -> Mapping[str, int]:
    """Unpaid custody fee of many pledges on a day, by contract id, in one query."""
    segments = store.segments_of(uow, [contract.contract_id for contract in contracts])
    return {one.contract_id: due_by(one, segments[one.contract_id], on) for one in contracts}


def charge(uow: UnitOfWork, contracts: Sequence[Contract], on: date) -> list[Journal]:
    """Brings the charged fee of pledges up to a day: the journals, for the caller to post.

    The contracts must be locked. Their running totals and accounts are written here; what is
    charged already is not charged again, so it is safe to repeat.
    """
    segments = store.segments_of(uow, [contract.contract_id for contract in contracts])
    journals: list[Journal] = []
    totals: dict[str, int] = {}
    for contract in contracts:
        total = accrued_by(contract, segments[contract.contract_id], on)
        if total > contract.fee_accrued_minor:
            totals[contract.contract_id] = total
            journals.append(postings.fee_accrued(contract, total - contract.fee_accrued_minor, on))
    if journals:
        charged = [one for one in contracts if one.contract_id in totals]
        ledger.open_accounts(uow, {place for one in charged for place in postings.fee_places(one)})
        store.set_fee_accrued(uow, totals)
    return journals
