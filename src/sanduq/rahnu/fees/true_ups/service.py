"""The true-up of custody fees: what owners paid beyond the cost of keeping is not income."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.funds.charity import service as charity
from sanduq.funds.charity.model import CharitySource, NewCharityReceipt
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset, Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.qard.true_ups.model import Standing, refunds
from sanduq.rahnu.fees import service as fees
from sanduq.rahnu.fees.true_ups import events, postings, store
from sanduq.rahnu.fees.true_ups.errors import DaysCutTrueUp, NobodyToRefund, NoCustodySurplus
from sanduq.rahnu.fees.true_ups.model import CustodyTrueUp, NewTrueUp, SurplusUse
from sanduq.rahnu.fees.true_ups.rules import RULE, over_cost
from sanduq.rahnu.fees.true_ups.schemas import true_up_out
from sanduq.shariah import service as shariah
from sanduq.shariah.model import Evaluation

RESOLVE = "fee.true_up"


def standings(
    uow: UnitOfWork, from_on: date, to_on: date, asset: Asset | None = None
) -> list[Standing]:
    """Custody fees against what keeping cost over some days, one for each currency with either.

    Refuses VALIDATION_ERROR days in the wrong order.
    """
    if to_on < from_on:
        raise ValidationFailed.field("to", "before_start", "to lies before from")
    return store.standings(uow, from_on, to_on, asset)


def standing_of(uow: UnitOfWork, asset: Asset, from_on: date, to_on: date) -> Standing:
    """The same in one currency, nothing where there is nothing. Refuses as `standings`."""
    found = standings(uow, from_on, to_on, asset)
    return found[0] if found else Standing(asset, from_on, to_on, 0, 0, 0, 0)


def true_up(uow: UnitOfWork, new: NewTrueUp) -> CustodyTrueUp:
    """Moves the surplus of custody fees over their cost out of income (RHN-10; SS 57 5/4/2).

    `refund_provision`: Dr 4200 Cr 2000, owed to each owner in proportion to the fees borne;
    `charity`: Dr 4200 Cr 2100. Refuses FORBIDDEN without authority for `fee.true_up`;
    VALIDATION_ERROR days that are not over, a resolution not in force; CONFLICT no surplus,
    nobody to refund, closed days, days that cut through an earlier true-up (TRUE_UP_OVERLAPS).
    """
    access.require_authority(uow, RESOLVE, None)
    if new.to_on >= uow.today:
        raise ValidationFailed.field("to", "not_over", "choose a day before today")
    if new.resolution_id is not None and not fees.is_resolution_live(
        uow, new.resolution_id, uow.today
    ):
        message = "no resolution of the Shariah board with that id is in force today"
        raise ValidationFailed.field("resolution_id", "unknown_resolution", message)
    store.lock(uow)
    standing = standing_of(uow, new.asset, new.from_on, new.to_on)
    if store.is_cut(uow, new.asset, new.from_on, new.to_on):
        raise DaysCutTrueUp
    surplus = Money(standing.surplus_minor, new.asset)
    if surplus.amount_minor == 0:
        raise NoCustodySurplus
    true_up_id = new_id("cft")
    journal, owners = _moved_out(uow, new, surplus, true_up_id)
    made = CustodyTrueUp(
        true_up_id=true_up_id,
        asset=new.asset,
        from_on=new.from_on,
        to_on=new.to_on,
        fees_minor=standing.fees_minor,
        cost_minor=standing.direct_cost_minor,
        surplus_minor=surplus.amount_minor,
        use=new.use,
        owners=owners,
        resolution_id=new.resolution_id,
        journal_id=journal.journal_id,
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    store.insert(uow, made)
    _keep_rule(uow, true_up_id, _resolved(standing, made))
    details = {"use": new.use.value, "surplus_minor": surplus.amount_minor}
    audit.record(uow, [Deed("custody_fees.trued_up", true_up_id, None, details)])
    outbox.record(uow, [Event(events.TRUED_UP, true_up_id, true_up_out(made))])
    ledger.open_accounts(uow, {entry.place for entry in journal.entries})
    ledger.post(uow, [journal])
    return made


def _moved_out(
    uow: UnitOfWork, new: NewTrueUp, surplus: Money, true_up_id: str
) -> tuple[Journal, int]:
    """The journal, and how many owners it owes a part to."""
    if new.use is SurplusUse.REFUND_PROVISION:
        borne = store.fees_by_owner(uow, new.asset, new.from_on, new.to_on)
        if not borne:
            raise NobodyToRefund
        shares = refunds(surplus.amount_minor, borne)
        return postings.refunded(new.asset, shares, new.to_on, true_up_id), len(shares)
    journal_id = new_id("jrn")
    (aside,) = charity.receive_entries(
        uow,
        [
            NewCharityReceipt(
                source=CharitySource.FEE_SURPLUS, came_from=true_up_id, amount=surplus,
                income_code=postings.CUSTODY_FEES, metadata={},
            )
        ],
        journal_id,
    )  # fmt: skip
    entries = aside.entries
    return Journal(journal_id, postings.TRUE_UP, new.to_on, entries, reference=true_up_id), 0


def _resolved(standing: Standing, made: CustodyTrueUp) -> Standing:
    if made.use is SurplusUse.REFUND_PROVISION:
        return replace(standing, refunded_minor=standing.refunded_minor + made.surplus_minor)
    return replace(standing, to_charity_minor=standing.to_charity_minor + made.surplus_minor)


def require_resolved(uow: UnitOfWork, from_on: date, to_on: date) -> None:
    """Refuses SHARIAH_VIOLATION days about to be closed with custody fees beyond their cost."""
    for standing in store.standings(uow, from_on, to_on):
        _keep_rule(uow, f"{from_on}/{to_on}", standing)


def _keep_rule(uow: UnitOfWork, subject_id: str, standing: Standing) -> None:
    findings = tuple(over_cost(standing))
    shariah.enforce(findings)
    facts = {
        "asset": str(standing.asset),
        "fees_minor": standing.fees_minor,
        "cost_minor": standing.direct_cost_minor,
        "refunded_minor": standing.refunded_minor,
        "to_charity_minor": standing.to_charity_minor,
    }
    shariah.store_evaluations(uow, subject_id, "close_period", [Evaluation(RULE, findings)], facts)


def list_true_ups(
    uow: UnitOfWork, request: PageRequest, *, asset: Asset | None
) -> Page[CustodyTrueUp]:
    """True-ups of custody fees, newest first."""
    return store.select_page(uow, request, asset)
