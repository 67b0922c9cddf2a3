"""The true-up of fees: what borrowers paid beyond the cost of serving them is not income."""

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
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset, Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.qard.facts import Action, FeePeriod, QardFacts
from sanduq.qard.rules import evaluate
from sanduq.qard.true_ups import events, postings, store
from sanduq.qard.true_ups.errors import NoSurplus
from sanduq.qard.true_ups.model import (
    DirectCost,
    NewDirectCost,
    Outcome,
    Standing,
    TrueUp,
    refunds,
)
from sanduq.qard.true_ups.schemas import cost_out, true_up_out
from sanduq.shariah import service as shariah
from sanduq.shariah.model import ShariahProfile

RECORD_COST = "cost.record"
RESOLVE = "fee.true_up"


def record_cost(uow: UnitOfWork, new: NewDirectCost) -> DirectCost:
    """Books a direct cost of serving loans, Dr 5100 Cr 1000, on its receipt.

    Only direct costs count against fees (AAOIFI SS 19 9/2). Refuses FORBIDDEN or LIMIT_EXCEEDED,
    NOT_FOUND a branch, VALIDATION_ERROR a day ahead, FUNDS_INSUFFICIENT.
    """
    access.require_authority(uow, RECORD_COST, new.amount)
    if not access.known_branches(uow, [new.branch_id]):
        raise NotFound(f"there is no branch {new.branch_id}")
    if new.incurred_on > uow.today:
        raise ValidationFailed.field(
            "incurred_on", "in_the_future", f"incurred_on must be {uow.today} or earlier"
        )
    cost_id = new_id("dct")
    journal = postings.incurred(new, cost_id)
    cost = DirectCost(
        cost_id, new.amount, new.category, new.receipt, new.branch_id, new.incurred_on,
        journal.journal_id, uow.now, uow.actor.user_id,
    )  # fmt: skip
    store.insert_cost(uow, cost)
    audit.record(uow, [Deed("cost.incurred", cost_id, new.receipt)])
    outbox.record(uow, [Event(events.COST_INCURRED, cost_id, cost_out(cost))])
    _post(uow, journal)
    return cost


def standing_of(uow: UnitOfWork, asset: Asset, starts_on: date, ends_on: date) -> Standing:
    """Fees against their direct cost over some days. Refuses VALIDATION_ERROR reversed days."""
    if ends_on < starts_on:
        raise ValidationFailed.field("ends_on", "before_start", "ends_on lies before starts_on")
    found = [each for each in store.standings(uow, starts_on, ends_on) if each.asset == asset]
    return found[0] if found else Standing(asset, starts_on, ends_on, 0, 0, 0, 0)


def true_up(
    uow: UnitOfWork, asset: Asset, starts_on: date, ends_on: date, outcome: Outcome
) -> TrueUp:
    """Gives back the fees beyond their cost, to who bore them or to charity.

    A refund is owed to each borrower in proportion to the fee borne, Dr 4100 Cr 2000; charity is
    Dr 4100 Cr 2100. Refuses FORBIDDEN without authority, CONFLICT when there is no surplus or
    the days are closed, VALIDATION_ERROR days that are not over.
    """
    access.require_authority(uow, RESOLVE, None)
    if ends_on >= uow.today:
        raise ValidationFailed.field("ends_on", "not_over", "choose a day before today")
    standing = standing_of(uow, asset, starts_on, ends_on)
    surplus = standing.surplus_minor
    if surplus == 0:
        raise NoSurplus
    true_up_id = new_id("ftu")
    borne = store.fees_by_borrower(uow, asset, starts_on, ends_on)
    shares = refunds(surplus, borne) if outcome is Outcome.REFUND and borne else {}
    journal = (
        postings.refunded(asset, shares, ends_on, true_up_id)
        if shares
        else _to_charity(uow, Money(surplus, asset), ends_on, true_up_id)
    )
    made = TrueUp(
        true_up_id, asset, starts_on, ends_on, standing.fees_minor, standing.direct_cost_minor,
        surplus, Outcome.REFUND if shares else Outcome.CHARITY, len(shares), journal.journal_id,
        uow.now, uow.actor.user_id,
    )  # fmt: skip
    store.insert_true_up(uow, made)
    _keep_rule(uow, true_up_id, _resolved(standing, made))
    details = {"outcome": made.outcome.value, "surplus_minor": surplus}
    audit.record(uow, [Deed("fees.trued_up", true_up_id, None, details)])
    outbox.record(uow, [Event(events.TRUED_UP, true_up_id, true_up_out(made))])
    _post(uow, journal)
    return made


def _to_charity(uow: UnitOfWork, surplus: Money, on: date, true_up_id: str) -> Journal:
    journal_id = new_id("jrn")
    (aside,) = charity.receive_entries(
        uow,
        [
            NewCharityReceipt(
                source=CharitySource.FEE_SURPLUS, came_from=true_up_id, amount=surplus,
                income_code=postings.FEES, metadata={},
            )
        ],
        journal_id,
    )  # fmt: skip
    return Journal(journal_id, postings.TRUE_UP, on, aside.entries, reference=true_up_id)


def _post(uow: UnitOfWork, journal: Journal) -> None:
    ledger.open_accounts(uow, {entry.place for entry in journal.entries})
    ledger.post(uow, [journal])


def _resolved(standing: Standing, made: TrueUp) -> Standing:
    if made.outcome is Outcome.REFUND:
        return replace(standing, refunded_minor=standing.refunded_minor + made.surplus_minor)
    return replace(standing, to_charity_minor=standing.to_charity_minor + made.surplus_minor)


def require_resolved(uow: UnitOfWork, starts_on: date, ends_on: date) -> None:
    """Refuses SHARIAH_VIOLATION days about to be closed with fees beyond their cost (QRD-10)."""
    for standing in store.standings(uow, starts_on, ends_on):
        _keep_rule(uow, f"{starts_on}/{ends_on}", standing)


def _keep_rule(uow: UnitOfWork, subject_id: str, standing: Standing) -> None:
    period = FeePeriod(
        standing.fees_minor, max(0, standing.direct_cost_minor), standing.refunded_minor,
        standing.to_charity_minor,
    )  # fmt: skip
    facts = QardFacts(
        on=uow.today,
        asset=standing.asset,
        profile=ShariahProfile(uow.shariah_profile),
        fee_period=period,
    )
    evaluations = evaluate(facts, Action.CLOSE_PERIOD)
    shariah.enforce([finding for each in evaluations for finding in each.findings])
    shariah.store_evaluations(uow, subject_id, "close_period", evaluations, period)


def list_costs(uow: UnitOfWork, request: PageRequest, *, asset: Asset | None) -> Page[DirectCost]:
    """Direct costs, newest first."""
    return store.list_costs(uow, request, asset=asset)


def list_true_ups(uow: UnitOfWork, request: PageRequest, *, asset: Asset | None) -> Page[TrueUp]:
    """True-ups of fees, newest first."""
    return store.list_true_ups(uow, request, asset=asset)
