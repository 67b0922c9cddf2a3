"""What verification recomputes of margins: cash held by the journals, flags by their facts."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork
from sanduq.rahnu.contracts.margin import store_checks


def check_top_ups(uow: UnitOfWork) -> Iterator[str]:
    """Cash held beside each pledge is what its journals put into 2200 and took out again."""
    for contract_id, recorded, booked in store_checks.top_up_faults(uow):
        yield f"{contract_id}: {recorded} is recorded as held, the journals say {booked}"
    for contract_id, held, owed in store_checks.uncovered_top_ups(uow):
        yield f"{contract_id}: {held} is held for the owner, only {owed} is owed on 2200"


def check_margins(uow: UnitOfWork) -> Iterator[str]:
    """A pledge in force shows its flag as its status, by the last fact of it; a called one has an
    open call, and none is open beside another flag."""
    for contract_id, status, flag in store_checks.status_faults(uow):
        yield f"{contract_id}: it is {status} under the flag {flag}"
    for contract_id, flag, last in store_checks.flag_faults(uow):
        yield f"{contract_id}: its flag is {flag}, the last fact of it says {last}"
    for contract_id in store_checks.call_faults(uow):
        yield f"{contract_id}: its margin call and its flag do not agree"
