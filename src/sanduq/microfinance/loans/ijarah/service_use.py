"""Steps while a lease runs: downtime, upkeep, a new rent, a loss made good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sanduq.access import service as access
from sanduq.kit.days import ONE_DAY
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.money import Money, json_number
from sanduq.microfinance.loans.ijarah import events, postings, store
from sanduq.microfinance.loans.ijarah.errors import RentRunsAlready, RentStoppedAlready
from sanduq.microfinance.loans.ijarah.facts import (
    Action,
    Compensation,
    IjarahFacts,
    RentChange,
    Use,
)
from sanduq.microfinance.loans.ijarah.facts import Upkeep as UpkeepFact
from sanduq.microfinance.loans.ijarah.model import Fault, Lease, Side, Step
from sanduq.microfinance.loans.ijarah.model_rents import Downtime, Rent, less_downtime, owed_minor
from sanduq.microfinance.loans.ijarah.reading import LeaseView
from sanduq.microfinance.loans.ijarah.restating import restate
from sanduq.microfinance.loans.ijarah.step_commands import Amendment, Claim, Upkeep
from sanduq.microfinance.loans.ijarah.stepping import (
    STEP,
    check,
    enter,
    fact_of,
    finish,
    step_day,
    step_facts,
)
from sanduq.obligations import service as obligations


def suspend_rent(
    uow: UnitOfWork,
    loan_id: str,
    from_on: date,
    fault: Fault,
    report: str,
    *,
    etag: str | None = None,
) -> LeaseView:
    """The asset cannot be used from a day on: rent stops, unless it is the lessee's fault.

    Refuses CONFLICT while other downtime is open, VALIDATION_ERROR a day ahead, before delivery
    or within earlier downtime (IJR-06; AAOIFI SS 9 5/1/6, 7/1/5).
    """
    _, lease = enter(uow, loan_id, Step.SUSPEND, etag)
    downtimes = store.downtimes_of(uow, [lease.ijarah_id]).get(lease.ijarah_id, ())
    if open_one(downtimes) is not None:
        raise RentStoppedAlready
    earliest = max(
        [each.until_on for each in downtimes if each.until_on is not None]
        + [each.from_on + ONE_DAY for each in downtimes]
        + ([lease.delivered_on] if lease.delivered_on is not None else [])
    )
    day = step_day(uow, from_on, earliest, "from")
    store.insert_downtime(uow, lease.ijarah_id, Downtime(day, fault, report))
    fact = fact_of(uow, lease, Step.SUSPEND, day, details={"fault": str(fault), "report": report})
    return finish(uow, lease.after(), fact, events.RENT_STOPPED)


def open_one(downtimes: Sequence[Downtime]) -> Downtime | None:
    """The downtime that has not ended, if there is one."""
    return next((each for each in downtimes if each.until_on is None), None)


def resume_rent(
    uow: UnitOfWork, loan_id: str, on: date | None, *, etag: str | None = None
) -> LeaseView:
    """The asset can be used again from a day on; a credit note for the days between is made.

    Rent × days unusable ÷ days of the period, rounded in the lessee's favour: 120.00 with 10 of
    30 days gives 40.00 off. Refuses CONFLICT when nothing is open, VALIDATION_ERROR a day ahead,
    before it began, or already credited.
    """
    _, lease = enter(uow, loan_id, Step.RESUME, etag)
    downtimes = store.downtimes_of(uow, [lease.ijarah_id]).get(lease.ijarah_id, ())
    downtime = open_one(downtimes)
    if downtime is None:
        raise RentRunsAlready
    counted = downtime.counted_through_on
    day = step_day(uow, on, counted + ONE_DAY if counted is not None else downtime.from_on)
    ended = replace(downtime, until_on=day)
    downtimes = tuple(ended if each is downtime else each for each in downtimes)
    store.save_downtimes(uow, [(lease.ijarah_id, ended)])
    before = store.rents_of(uow, [lease.ijarah_id])[lease.ijarah_id]
    rents = less_downtime(before, downtimes, day - ONE_DAY)
    check(uow, lease, Action.RESUME, _use_facts(uow, lease, rents), ended)
    debt = obligations.get(uow, lease.ijarah_id, is_locked=True)
    done = restate(uow, lease, before, rents, debt, kind="ijarah.rent_credited", on=uow.today)
    credited = Money(owed_minor(before) - owed_minor(rents), lease.asset)
    fact = fact_of(
        uow, lease, Step.RESUME, day, amount_minor=credited.amount_minor, journal=done.journal,
        details={
            "from": downtime.from_on.isoformat(),
            "days": (day - downtime.from_on).days,
            "fault": str(downtime.fault),
            "credit": json_number(credited),
        },
    )  # fmt: skip
    return finish(uow, done.lease, fact, events.RENT_RESUMED, [done.journal], debt=done.debt)


def _use_facts(uow: UnitOfWork, lease: Lease, rents: Sequence[Rent]) -> IjarahFacts:
    return step_facts(
        uow, lease,
        uses=tuple(
            Use(rent.net_minor, rent.rent_minor, rent.days, rent.days_unusable)
            for rent in rents
            if rent.days_unusable
        ),
    )  # fmt: skip


def maintain(
    uow: UnitOfWork, loan_id: str, command: Upkeep, *, etag: str | None = None
) -> LeaseView:
    """A repair or takaful is paid: major ones and takaful by the lessor, upkeep by the lessee.

    Refuses SHARIAH_VIOLATION a major repair or takaful paid by the lessee (IJR-05), FORBIDDEN a
    role without authority for the amount, FUNDS_INSUFFICIENT.
    """
    _, lease = enter(uow, loan_id, Step.MAINTAIN, etag)
    paid = Money(command.amount_minor, lease.asset)
    is_ours = command.payer is Side.LESSOR
    if is_ours:
        access.require_authority(uow, STEP, paid)
    on = step_day(uow, command.on, lease.acquired_on)
    facts = step_facts(uow, lease, upkeep=UpkeepFact(command.kind, command.payer))
    check(uow, lease, Action.MAINTAIN, facts, command)
    journal = postings.maintenance(lease, command.amount_minor, on) if is_ours else None
    fact = fact_of(
        uow, lease, Step.MAINTAIN, on, document=command.receipt,
        amount_minor=command.amount_minor, journal=journal,
        details={"kind": str(command.kind), "payer": str(command.payer)},
    )  # fmt: skip
    return finish(uow, lease.after(), fact, events.MAINTAINED, [journal])


def amend_rent(
    uow: UnitOfWork, loan_id: str, command: Amendment, *, etag: str | None = None
) -> LeaseView:
    """Both sides agree on another rent from a period on that has not begun.

    Refuses SHARIAH_VIOLATION a period that has begun or was billed (IJR-09; AAOIFI SS 9 5/2/5,
    6/3) and a floating rent outside its floor and cap (IJR-03); NOT_FOUND no such period.
    """
    _, lease = enter(uow, loan_id, Step.AMEND, etag)
    before = store.rents_of(uow, [lease.ijarah_id])[lease.ijarah_id]
    first = next((rent for rent in before if rent.number == command.from_number), None)
    if first is None:
        raise NotFound(f"this lease has {len(before)} rents, no number {command.from_number}")
    floating = lease.terms.floating
    if floating is not None and command.from_number <= floating.fixed_periods:
        raise ValidationFailed.field(
            "from_rent", "fixed", f"the first {floating.fixed_periods} rents are fixed"
        )
    change = RentChange(command.rent_minor, first.starts_on, first.billed_on is not None)
    check(uow, lease, Action.AMEND, step_facts(uow, lease, rent_change=change), command)
    rents = tuple(
        replace(rent, rent_minor=command.rent_minor) if rent.number >= command.from_number else rent
        for rent in before
    )
    debt = obligations.get(uow, lease.ijarah_id, is_locked=True)
    done = restate(uow, lease, before, rents, debt, kind="ijarah.rent_amended", on=uow.today)
    details = {
        "from_rent": command.from_number,
        "from": first.starts_on.isoformat(),
        "rent_before": json_number(Money(first.rent_minor, lease.asset)),
    }
    fact = fact_of(
        uow, lease, Step.AMEND, uow.today, document=command.document,
        amount_minor=command.rent_minor, journal=done.journal, details=details,
    )  # fmt: skip
    return finish(uow, done.lease, fact, events.RENT_AMENDED, [done.journal], debt=done.debt)


def compensate(
    uow: UnitOfWork, loan_id: str, command: Claim, *, etag: str | None = None
) -> LeaseView:
    """The lessee makes good a loss that his misconduct or negligence brought about.

    Refuses SHARIAH_VIOLATION without his fault or beyond the proven loss (IJR-08, IJR-11;
    AAOIFI SS 9 6/5, 7/1/4), FORBIDDEN a role without authority for the amount.
    """
    _, lease = enter(uow, loan_id, Step.COMPENSATE, etag)
    access.require_authority(uow, STEP, Money(command.amount_minor, lease.asset))
    on = step_day(uow, command.on, lease.delivered_on)
    claim = Compensation(command.amount_minor, command.fault, command.proven_minor)
    check(uow, lease, Action.COMPENSATE, step_facts(uow, lease, compensation=claim), command)
    journal = postings.compensation(lease, command.amount_minor, on)
    fact = fact_of(
        uow, lease, Step.COMPENSATE, on, document=command.document,
        amount_minor=command.amount_minor, journal=journal,
        details={"proven_loss": json_number(Money(command.proven_minor, lease.asset))},
    )  # fmt: skip
    return finish(uow, lease.after(), fact, events.COMPENSATED, [journal])
