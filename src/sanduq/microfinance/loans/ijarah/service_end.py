"""How a lease ends: loss, early end, return, transfer of ownership."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sanduq.access import service as access
from sanduq.kit.days import ONE_DAY
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Money, json_number
from sanduq.ledger.model import Journal
from sanduq.microfinance.loans.ijarah import events, postings, store
from sanduq.microfinance.loans.ijarah.depreciating import catch_up
from sanduq.microfinance.loans.ijarah.errors import RentsUnpaid, TermNotOver
from sanduq.microfinance.loans.ijarah.facts import Action, MarketRefund, Purchase, Transfer, TrueUp
from sanduq.microfinance.loans.ijarah.model import (
    BLAMELESS_ENDS,
    Fault,
    Lease,
    LeaseStatus,
    LeaseType,
    OwnershipTransfer,
    Step,
    TransferKind,
)
from sanduq.microfinance.loans.ijarah.model_rents import (
    Downtime,
    Rent,
    above_market_minor,
    cut_off,
    less_above_market,
    less_downtime,
    owed_minor,
    restated,
)
from sanduq.microfinance.loans.ijarah.reading import LeaseView
from sanduq.microfinance.loans.ijarah.restating import Restated, restate
from sanduq.microfinance.loans.ijarah.service_use import open_one
from sanduq.microfinance.loans.ijarah.step_commands import Ending, Loss, Transferral
from sanduq.microfinance.loans.ijarah.stepping import (
    STEP,
    check,
    enter,
    fact_of,
    finish,
    step_day,
    step_facts,
)
from sanduq.microfinance.loans.model import LoanStatus
from sanduq.obligations import service as obligations
from sanduq.obligations.model import overdue_minor
from sanduq.obligations.service import Obligation

_PROMISED = {
    OwnershipTransfer.GIFT_AT_END: TransferKind.GIFT,
    OwnershipTransfer.SALE_AT_END: TransferKind.SALE,
}


@dataclass(frozen=True, slots=True)
class Cut:
    """The rents of a lease that ends on a day: as they were, for the use had, and as they stay."""

    before: tuple[Rent, ...]
    for_use: tuple[Rent, ...]
    rents: tuple[Rent, ...]
    debt: Obligation
    market_refund: MarketRefund | None


def total_loss(
    uow: UnitOfWork, loan_id: str, command: Loss, *, etag: str | None = None
) -> LeaseView:
    """The asset is lost: the remaining rents fall away and the books write it off.

    Without the lessee's doing a lease that was to end in ownership gives back the rent above
    market rent. Refuses SHARIAH_VIOLATION where that market rent is not stated (IJR-14; AAOIFI
    SS 9 7/1/3, 8/8), FORBIDDEN a role without authority for what the books hold.
    """
    _, lease = enter(uow, loan_id, Step.LOSE, etag)
    access.require_authority(uow, STEP, Money(lease.carrying_minor, lease.asset))
    on = step_day(uow, command.on, lease.delivered_on or lease.acquired_on)
    journal = postings.loss(lease, on)
    over = lease.after(status=LeaseStatus.LOST, closed_on=on, next_depreciation_on=None)
    details = {
        "fault": str(command.fault),
        "report": command.report,
        "written_off": json_number(Money(lease.carrying_minor, lease.asset)),
    }
    if lease.status is LeaseStatus.ACQUIRED:
        fact = fact_of(
            uow, over, Step.LOSE, on, document=command.document, journal=journal, details=details
        )
        return finish(uow, over, fact, events.LOST, [journal], status=LoanStatus.CANCELLED)
    is_blameless = command.fault is Fault.NONE
    cut = _cut(uow, lease, on, on - ONE_DAY, is_blameless, command.market_rent_minor)
    _check_cut(uow, lease, cut, on, Action.LOSE)
    done = _carry_out(uow, over, cut, "ijarah.rent_fell_away", on)
    fact = fact_of(
        uow, over, Step.LOSE, on, document=command.document, journal=journal,
        amount_minor=owed_minor(cut.before) - owed_minor(cut.rents), details=details,
    )  # fmt: skip
    return finish(uow, done.lease, fact, events.LOST, [done.journal, journal], debt=done.debt)


def end_lease(
    uow: UnitOfWork, loan_id: str, command: Ending, *, etag: str | None = None
) -> LeaseView:
    """The lease ends before its term and the asset comes back to the institution.

    Rent is owed for the use had; what was paid beyond it goes back (IJR-10; AAOIFI SS 9 6/2).
    Refuses SHARIAH_VIOLATION a reason the contract does not know, or non-payment where nothing
    is past due (IJR-18; 7/2/1-7/2/2).
    """
    _, lease = enter(uow, loan_id, Step.END, etag)
    on = step_day(uow, command.on, lease.delivered_on or lease.acquired_on)
    over = lease.after(status=LeaseStatus.ENDED, closed_on=on, next_depreciation_on=None)
    details = {"reason": command.reason, "report": command.report}
    if lease.status is LeaseStatus.ACQUIRED:
        facts = step_facts(uow, lease, end_reason=command.reason)
        check(uow, lease, Action.END, facts, command)
        fact = fact_of(uow, over, Step.END, on, document=command.document, details=details)
        return finish(uow, over, fact, events.ENDED, status=LoanStatus.CANCELLED)
    is_blameless = command.reason in BLAMELESS_ENDS
    cut = _cut(uow, lease, on, on, is_blameless, command.market_rent_minor)
    _check_cut(
        uow, lease, cut, on + ONE_DAY, Action.END, command.reason, overdue_minor(cut.debt.debt, on)
    )
    done = _carry_out(uow, over, cut, "ijarah.rent_fell_away", on)
    fact = fact_of(
        uow, over, Step.END, on, document=command.document, journal=done.journal,
        amount_minor=owed_minor(cut.before) - owed_minor(cut.rents), details=details,
    )  # fmt: skip
    return finish(uow, done.lease, fact, events.ENDED, [done.journal], debt=done.debt)


def _cut(
    uow: UnitOfWork,
    lease: Lease,
    on: date,
    last_used_on: date,
    is_blameless: bool,
    market_rent_minor: int | None,
) -> Cut:
    before = store.rents_of(uow, [lease.ijarah_id])[lease.ijarah_id]
    rents = less_downtime(before, close_downtime(uow, lease, last_used_on + ONE_DAY), on)
    for_use = rents = cut_off(rents, last_used_on, on)
    refund = None
    if is_blameless and lease.terms.lease_type is LeaseType.MBT:
        market = lease.terms.market_rent_minor if market_rent_minor is None else market_rent_minor
        if market is None:
            refund = MarketRefund(None)
        else:
            rents = less_above_market(for_use, market)
            above = sum(above_market_minor(for_use, market))
            refund = MarketRefund(above, owed_minor(for_use) - owed_minor(rents))
    debt = obligations.get(uow, lease.ijarah_id, is_locked=True)
    return Cut(before, for_use, rents, debt, refund)


def _check_cut(
    uow: UnitOfWork,
    lease: Lease,
    cut: Cut,
    after_on: date,
    action: Action,
    reason: str | None = None,
    overdue: int = 0,
) -> None:
    position = restated(cut.rents, lease.position(cut.debt.debt.paid_minor))
    true_up = TrueUp(
        accrued_minor=owed_minor(cut.rents),
        kept_minor=position.paid_minor + position.cleared_minor - position.refunded_minor,
        later_minor=sum(rent.net_minor for rent in cut.rents if rent.starts_on >= after_on),
    )
    facts = step_facts(
        uow, lease, true_up=true_up, market_refund=cut.market_refund, end_reason=reason,
        overdue_minor=overdue,
    )  # fmt: skip
    check(uow, lease, action, facts, {"on": after_on, "true_up": true_up})


def _carry_out(uow: UnitOfWork, lease: Lease, cut: Cut, kind: str, on: date) -> Restated:
    return restate(uow, lease, cut.before, cut.rents, cut.debt, kind=kind, on=on)


def close_downtime(uow: UnitOfWork, lease: Lease, on: date) -> tuple[Downtime, ...]:
    """Downtime ends with the lease, on a day; all downtimes of the lease as they then are."""
    downtimes = store.downtimes_of(uow, [lease.ijarah_id]).get(lease.ijarah_id, ())
    downtime = open_one(downtimes)
    if downtime is None:
        return downtimes
    ended = replace(downtime, until_on=max(on, downtime.from_on))
    store.save_downtimes(uow, [(lease.ijarah_id, ended)])
    return tuple(ended if each is downtime else each for each in downtimes)


def return_asset(
    uow: UnitOfWork,
    loan_id: str,
    on: date | None,
    condition: str,
    document: str,
    *,
    etag: str | None = None,
) -> LeaseView:
    """The term is over and the asset comes back; the loan is completed once the rents are paid.

    Refuses CONFLICT before the term is over.
    """
    _, lease = enter(uow, loan_id, Step.RETURN, etag)
    day = step_day(uow, on, lease.delivered_on)
    if lease.ends_on is None or day < lease.ends_on:
        raise TermNotOver(f"the lease runs to {lease.ends_on}; end it early with end-lease")
    before = store.rents_of(uow, [lease.ijarah_id])[lease.ijarah_id]
    rents = less_downtime(before, close_downtime(uow, lease, day), day)
    debt = obligations.get(uow, lease.ijarah_id, is_locked=True)
    lease, journals = catch_up(lease, day)
    over = lease.after(status=LeaseStatus.RETURNED, closed_on=day, next_depreciation_on=None)
    done = restate(uow, over, before, rents, debt, kind="ijarah.rent_credited", on=day)
    fact = fact_of(uow, over, Step.RETURN, day, document=document, details={"condition": condition})
    return finish(uow, done.lease, fact, events.RETURNED, [*journals, done.journal], debt=done.debt)


def transfer(
    uow: UnitOfWork, loan_id: str, command: Transferral, *, etag: str | None = None
) -> LeaseView:
    """Ownership passes to the lessee by a contract of its own: the gift or sale promised.

    Refuses SHARIAH_VIOLATION a transfer in the lease's own document or dated ahead (IJR-12),
    without a new contract, or a gift while rent is unpaid (IJR-13), or too soon back to whoever
    sold the asset (IJR-02); CONFLICT while the term runs or rents are unpaid; VALIDATION_ERROR
    another kind or a higher price than promised.
    """
    _, lease = enter(uow, loan_id, Step.TRANSFER, etag)
    access.require_authority(uow, STEP, Money(command.price_minor, lease.asset))
    _check_promise(lease, command)
    on = command.on or uow.today
    debt = obligations.get(uow, lease.ijarah_id, is_locked=True)
    rents = store.rents_of(uow, [lease.ijarah_id])[lease.ijarah_id]
    unpaid = Money(debt.debt.outstanding_minor, lease.asset)
    check_transfer(uow, lease, command, on, unpaid)
    if command.accepted_on is not None:
        step_day(uow, command.accepted_on, lease.delivered_on, "accepted_on")
    if unpaid.amount_minor:
        raise RentsUnpaid(f"{unpaid} of the rents is unpaid; receive it before ownership passes")
    if any(rent.billed_on is None for rent in rents):
        raise TermNotOver(f"the lease runs to {lease.ends_on} and its last rent is not billed yet")
    return pass_ownership(uow, lease, debt, command, on)


def _check_promise(lease: Lease, command: Transferral) -> None:
    promised = lease.terms.ownership_transfer
    if promised is None or _PROMISED.get(promised) is not command.kind:
        raise ValidationFailed.field(
            "kind", "not_promised",
            f"this lease promised {promised or 'no transfer of ownership'}, not a {command.kind}",
        )  # fmt: skip
    most = lease.terms.transfer_price_minor
    if most is not None and command.price_minor > most:
        price = Money(most, lease.asset)
        raise ValidationFailed.field("price", "above_promise", f"the price promised is {price}")


def check_transfer(
    uow: UnitOfWork, lease: Lease, command: Transferral, on: date, unpaid: Money
) -> None:
    """Runs the rules of a transfer. Refuses SHARIAH_VIOLATION (IJR-02, IJR-12, IJR-13)."""
    facts = step_facts(
        uow, lease,
        purchase=Purchase(is_from_lessee=lease.is_sale_and_lease_back),
        acquired_on=lease.acquired_on,
        transfer=Transfer(
            kind=command.kind,
            document=command.document,
            lease_document=lease.lease_document,
            effective_on=on,
            has_new_contract=command.accepted_on is not None,
            is_conditional_gift=lease.is_gift_conditional,
            unpaid_minor=unpaid.amount_minor,
        ),
    )  # fmt: skip
    check(uow, lease, Action.TRANSFER, facts, command)


def pass_ownership(
    uow: UnitOfWork, lease: Lease, debt: Obligation, command: Transferral, on: date
) -> LeaseView:
    """Writes a transfer that was checked: the books give up the asset, the loan is completed."""
    lease, journals = catch_up(lease, on)
    journal = postings.transfer(lease, command.price_minor, on)
    close_downtime(uow, lease, on)
    over = lease.after(status=LeaseStatus.TRANSFERRED, closed_on=on, next_depreciation_on=None)
    details = {
        "kind": str(command.kind),
        "accepted_on": command.accepted_on.isoformat() if command.accepted_on else None,
    }
    fact = fact_of(
        uow, over, Step.TRANSFER, on, document=command.document,
        amount_minor=command.price_minor, journal=journal, details=details,
    )  # fmt: skip
    posted: Sequence[Journal | None] = [*journals, journal]
    return finish(uow, over, fact, events.TRANSFERRED, posted, debt=debt)
