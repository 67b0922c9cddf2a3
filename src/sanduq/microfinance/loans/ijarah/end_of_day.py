"""Leases at the end of a day: months written down, rents billed, conditional gifts passed.

Each step reads and writes the whole book in sets; a lease out of use is worked out by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Money
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.microfinance.loans import store as loans_store
from sanduq.microfinance.loans.ijarah import events, postings, store
from sanduq.microfinance.loans.ijarah.depreciating import catch_up
from sanduq.microfinance.loans.ijarah.model import Fault, Lease, TransferKind
from sanduq.microfinance.loans.ijarah.model_rents import Downtime, Rent, billed, less_downtime
from sanduq.microfinance.loans.ijarah.reading import lease_of
from sanduq.microfinance.loans.ijarah.restating import restate
from sanduq.microfinance.loans.ijarah.schemas_out import rent_out
from sanduq.microfinance.loans.ijarah.service_end import check_transfer, pass_ownership
from sanduq.microfinance.loans.ijarah.service_use import open_one
from sanduq.microfinance.loans.ijarah.step_commands import Transferral
from sanduq.obligations import service as obligations
from sanduq.obligations.service import Obligation

DEPRECIATION, RENT, TRANSFER = "ijarah_depreciation", "ijarah_rent", "ijarah_transfer"


def depreciate(uow: UnitOfWork, day: date) -> int:
    """Writes down every leased asset whose month ended by `day`; how many there were."""
    ids = store.leases_to_depreciate(uow, day)
    changed: list[Lease] = []
    journals: list[Journal] = []
    for lease in store.load(uow, ids, is_locked=True).values():
        after, made = catch_up(lease, day)
        changed.append(after)
        journals += made
    if changed:
        store.save(uow, changed)
    if journals:
        ledger.post(uow, journals)
    return len(changed)


def bill_rents(uow: UnitOfWork, day: date) -> int:
    """Bills every rent due by `day`, using up rent paid ahead first; how many rents there were.

    What downtime without the lessee's fault takes off is credited before a rent is billed, and
    on a rent billed ahead as the days go by: no revenue stands for unusable days (IJR-06).
    """
    ids = store.leases_to_bill(uow, day)
    if not ids:
        return 0
    down = _out_of_use(uow, ids)
    # A lease out of use changes its debt, as a step does: locks are taken in the same order.
    unlocked = store.load(uow, sorted(down))
    loans_store.load_locked(uow, sorted(one.loan_id for one in unlocked.values()))
    leases = store.load(uow, ids, is_locked=True)
    debts = obligations.load_locked(uow, ids)
    journals: list[Journal | None] = []
    saved: list[Lease] = []
    told: list[tuple[Lease, Rent]] = []
    plain = [each for each in ids if each not in down]
    for ijarah_id, rents in store.rents_due(uow, plain, day).items():
        after, journal = _billed(leases[ijarah_id], rents, debts[ijarah_id], day)
        saved.append(after)
        journals.append(journal)
        told += [(after, replace(rent, billed_on=day)) for rent in rents]
    store.save_rents(uow, [(lease.ijarah_id, rent) for lease, rent in told])
    for ijarah_id, downtimes in down.items():
        lease = leases[ijarah_id]
        after, journal, new = _billed_in_part(uow, lease, downtimes, debts[ijarah_id], day)
        saved.append(after)
        journals.append(journal)
        told += [(after, rent) for rent in new]
    store.save(uow, saved)
    outbox.record(uow, [_told(lease, rent, debts) for lease, rent in told])
    said = [journal for journal in journals if journal is not None]
    if said:
        ledger.post(uow, said)
    return len(told)


def _out_of_use(uow: UnitOfWork, ids: Sequence[str]) -> dict[str, tuple[Downtime, ...]]:
    found = {}
    for ijarah_id, downtimes in store.downtimes_of(uow, ids).items():
        current = open_one(downtimes)
        if current is not None and current.fault is Fault.NONE:
            found[ijarah_id] = downtimes
    return found


def _billed(
    lease: Lease, rents: Sequence[Rent], debt: Obligation, day: date
) -> tuple[Lease, Journal | None]:
    before = lease.position(debt.debt.paid_minor)
    earned = lease.earned_minor + sum(rent.net_minor for rent in rents)
    after = lease.after(earned_minor=earned)
    position = after.position(debt.debt.paid_minor)
    return after, postings.restatement(lease, "ijarah.rent_billed", day, before, position)


def _billed_in_part(
    uow: UnitOfWork,
    lease: Lease,
    downtimes: tuple[Downtime, ...],
    debt: Obligation,
    day: date,
) -> tuple[Lease, Journal | None, list[Rent]]:
    before = store.rents_of(uow, [lease.ijarah_id])[lease.ijarah_id]
    # Rents that are not due yet wait: how long the asset is out of use is known later.
    called = [rent for rent in before if rent.billed_on is not None or rent.due_on <= day]
    credited = {rent.number: rent for rent in less_downtime(called, downtimes, day)}
    current = open_one(downtimes)
    assert current is not None
    if any(current.days_within(rent.starts_on, rent.ends_on, day) for rent in called):
        counted = replace(current, counted_through_on=day)
        store.save_downtimes(uow, [(lease.ijarah_id, counted)])
    rents = billed([credited.get(rent.number, rent) for rent in before], day)
    done = restate(uow, lease, before, rents, debt, kind="ijarah.rent_billed", on=day)
    if done.debt is not debt:
        loans_store.set_stage(
            uow, lease.loan_id, str(lease.status),
            repayable_minor=done.debt.debt.schedule.total_minor,
        )  # fmt: skip
    new = [now for was, now in zip(before, rents, strict=True) if was.billed_on != now.billed_on]
    return done.lease, done.journal, new


def _told(lease: Lease, rent: Rent, debts: Mapping[str, Obligation]) -> Event:
    paid = debts[lease.ijarah_id].debt.paid_minor
    ahead = lease.after(earned_minor=lease.earned_minor - rent.net_minor).position(paid)
    data = rent_out(lease.loan_id, lease.asset, rent, min(ahead.advance_minor, rent.net_minor))
    return Event(events.RENT_BILLED, lease.loan_id, data)


def pass_gifts(uow: UnitOfWork, day: date) -> int:
    """Passes ownership where the gift hung on the rents alone, and all are billed and paid.

    The one contract that takes effect by itself (rule IJR-13; AAOIFI SS 9 8/3-8/4).
    """
    due = store.gifts_due(uow)
    loans_store.load_locked(uow, sorted(loan_id for _, loan_id in due))
    for ijarah_id, _ in due:
        lease = lease_of(uow, ijarah_id, is_locked=True)
        debt = obligations.get(uow, ijarah_id, is_locked=True)
        command = Transferral(TransferKind.GIFT, lease.gift_document, on=day)
        unpaid = Money(debt.debt.outstanding_minor, lease.asset)
        check_transfer(uow, lease, command, day, unpaid)
        pass_ownership(uow, lease, debt, command, day)
    return len(due)
