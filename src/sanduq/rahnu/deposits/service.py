"""Deposits: things kept without a loan, for the same fee as things kept with one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from sanduq.access import service as access
from sanduq.assets.items import service as items_service
from sanduq.assets.items.model import Item
from sanduq.audit import service as audit
from sanduq.custody.register import service as register
from sanduq.custody.releases import service as releases
from sanduq.custody.releases.model import NewRelease, ReleaseReason
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.formula import FormulaError
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset, Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.parties import service as parties
from sanduq.rahnu.deposits import events, postings, store
from sanduq.rahnu.deposits.errors import (
    DepositChanged,
    DepositState,
    FeeUnpaid,
    MoreThanDue,
    UnknownDeposit,
)
from sanduq.rahnu.deposits.examining import examine
from sanduq.rahnu.deposits.model import Deposit, DepositPayment, DepositStatus, NewDeposit
from sanduq.rahnu.facts import DepositBasis
from sanduq.rahnu.fees import service as fees
from sanduq.rahnu.fees.model import FeeBasis, FeePeriod, FeePolicy, monthly_fee_minor

# The counter's own decisions: what changes a thing it keeps, and what lets it go.
CHANGE, RELEASE = "pledge.change", "pledge.release"
END_OF_DAY = "deposit_fees"
PREFIX = "dep_"


def open_deposit(uow: UnitOfWork, new: NewDeposit) -> Deposit:
    """Takes things on for safe-keeping; a bag for them is then received by custody.

    Refuses FORBIDDEN; NOT_FOUND a party, branch or policy; VALIDATION_ERROR a thing unknown or
    of another owner, a policy in another currency; CONFLICT a policy not in force, a thing that
    is deposited or kept already; SHARIAH_VIOLATION a fee on a guaranteed deposit (WDI-04), a
    gift for the deposit alone (WDI-07), a fee for a guarantee (WDI-06).
    """
    access.require_authority(uow, CHANGE, None)
    parties.get_party(uow, new.owner_id)
    branch_id = new.branch_id or access.default_branch(uow)
    if not access.known_branches(uow, [branch_id]):
        raise NotFound(f"there is no branch {branch_id}")
    things = _things(uow, new)
    basis = fees.basis_of(
        things, vault_class=new.vault_class, premium_minor=new.takaful_premium_minor
    )
    policy = (
        fees.active_policy(uow, new.fee_policy_id, new.asset)
        if new.fee_policy_id is not None
        else None
    )
    made = Deposit(
        deposit_id=new_id("dep"),
        external_id=new.external_id,
        status=DepositStatus.OPEN,
        owner_id=new.owner_id,
        branch_id=branch_id,
        asset=new.asset,
        item_ids=tuple(sorted(new.item_ids)),
        liability_basis=new.liability_basis,
        fee_policy_id=new.fee_policy_id,
        basis=basis,
        fee_monthly_minor=_monthly(policy, basis),
        kept_from_on=None,
        fee_until_on=None,
        fee_accrued_minor=0,
        fee_paid_minor=0,
        pledged_to=None,
        release_id=None,
        withdrawn_at=None,
        metadata=new.metadata,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        version=1,
    )
    examine(uow, made, policy, "deposit.open", perks=new.perks)
    store.insert(uow, made)
    return _told(uow, [made.deposit_id], events.OPENED, "deposit.open")[0]


def follow_bags(uow: UnitOfWork, confirmed: Sequence[Event]) -> None:
    """Starts the fee of deposits all of whose things two officers now vouch for."""
    ids = _deposits_of(confirmed)
    if not ids:
        return
    found = store.load(uow, ids, is_locked=True)
    held = register.held(uow, list(found))
    begun = [
        replace(one, kept_from_on=uow.today)
        for one in found.values()
        if one.kept_from_on is None
        and {each.item_id for each in held[one.deposit_id]} >= set(one.item_ids)
    ]
    for one in begun:
        store.save(uow, one)
    _told(uow, [one.deposit_id for one in begun], events.KEPT, "deposit.kept")


def follow_handed_over(uow: UnitOfWork, released: Sequence[Event]) -> None:
    """Ends deposits whose things were handed over."""
    found = store.load(uow, _deposits_of(released), is_locked=True)
    ended = [one for one in found.values() if one.release_id is not None]
    for one in ended:
        store.save(uow, replace(one, status=DepositStatus.WITHDRAWN, withdrawn_at=uow.now))
        store.free_items(uow, one.deposit_id)
    _told(uow, [one.deposit_id for one in ended], events.WITHDRAWN, "deposit.withdrawn")


def follow_cancelled(uow: UnitOfWork, cancelled: Sequence[Event]) -> None:
    """Keeps on what its owner did not fetch after all; the fee runs as if never stopped."""
    found = store.load(uow, _deposits_of(cancelled), is_locked=True)
    for one in found.values():
        if one.release_id is not None and one.status is DepositStatus.OPEN:
            store.save(uow, replace(one, release_id=None, fee_until_on=None))


def accrue(uow: UnitOfWork, day: date) -> int:
    """Charges every deposit its fee up to a day; how many were charged. Safe to repeat."""
    before = store.accruing(uow)
    after, journals = _charged(uow, list(before.values()), day)
    totals = {
        one.deposit_id: one.fee_accrued_minor
        for one in after
        if one.fee_accrued_minor > before[one.deposit_id].fee_accrued_minor
    }
    if totals:
        store.set_accrued(uow, totals)
        ledger.post(uow, journals)
    return len(totals)


def pay_fee(
    uow: UnitOfWork, deposit_id: str, paid: Money, *, reference: str | None = None
) -> DepositPayment:
    """Takes the fee at the counter, charged up to today first.

    Refuses FORBIDDEN, NOT_FOUND, LIMIT_EXCEEDED more than is due.
    """
    access.require_authority(uow, CHANGE, None)
    before = _locked(uow, deposit_id, None)
    (deposit,), journals = _charged(uow, [before], uow.today)
    if paid.amount_minor > deposit.fee_due_minor:
        due = Money(deposit.fee_due_minor, deposit.asset)
        raise MoreThanDue(f"the fee due today is {due}; this is {paid}")
    made = DepositPayment(
        payment_id=new_id("dpp"),
        deposit_id=deposit_id,
        amount=paid,
        paid_on=uow.today,
        reference=reference,
        journal_id=new_id("jrn"),
        recorded_at=uow.now,
        recorded_by=uow.actor.user_id,
    )
    store.save(uow, replace(deposit, fee_paid_minor=deposit.fee_paid_minor + paid.amount_minor))
    store.insert_payment(uow, made)
    audit.record(uow, [audit.Deed("deposit.fee_paid", deposit_id)])
    outbox.record(uow, [events.paid(made)])
    places = postings.fee_places(deposit.asset, deposit_id, deposit.branch_id)
    ledger.open_accounts(uow, places)
    ledger.post(uow, [*journals, postings.fee_paid(deposit, made)])
    return made


def withdraw(
    uow: UnitOfWork,
    deposit_id: str,
    *,
    agent_id: str | None = None,
    proof: str | None = None,
    reason: str | None = None,
    if_match: str | None = None,
) -> Deposit:
    """Makes a deposit ready to be fetched: its fee ends today, and custody has its order.

    Refuses FORBIDDEN; NOT_FOUND; CONFLICT one withdrawn, ready or in pledge, or of which not all
    is in custody; DEPOSIT_FEE_UNPAID while some fee is due; what a release order refuses.
    """
    access.require_authority(uow, RELEASE, None)
    before = _locked(uow, deposit_id, if_match)
    _require_free(before)
    (deposit,), _ = _charged(uow, [before], uow.today)
    if deposit.fee_due_minor > 0:
        due = Money(deposit.fee_due_minor, deposit.asset)
        raise FeeUnpaid(f"{due} is due for keeping; pay it at /payments, then withdraw")
    if deposit.kept_from_on is None:
        return _call_off(uow, deposit, reason)
    order = releases.order(
        uow,
        NewRelease(
            subject_id=deposit_id,
            item_ids=deposit.item_ids,
            recipient_id=deposit.owner_id,
            agent_id=agent_id,
            reason=ReleaseReason.DEPOSIT_WITHDRAWAL,
            proof=proof,
        ),
    )
    store.save(uow, replace(deposit, release_id=order.release_id, fee_until_on=uow.today))
    return _told(uow, [deposit_id], events.READY, "deposit.ready", reason)[0]


def turn_to_pledge(uow: UnitOfWork, deposit_id: str, contract_id: str, owner_id: str) -> Deposit:
    """Lets a deposit stand in pledge where it lies: its own fee ends, and it is held in trust.

    For the room that executes the contract. Refuses NOT_FOUND; CONFLICT one of another owner,
    not whole in custody, withdrawn, ready to be fetched or in pledge; SHARIAH_VIOLATION a fee
    that a pledge may not bear (WDI-02), or a guarantee that would go on (WDI-05).
    """
    before = _locked(uow, deposit_id, None)
    _require_free(before)
    if before.owner_id != owner_id or before.kept_from_on is None:
        raise DepositState(
            f"{deposit_id} is pledged by its owner alone, once two officers vouch for all of it"
        )
    (deposit,), journals = _charged(uow, [before], uow.today)
    turned = replace(
        deposit,
        liability_basis=DepositBasis.AMANAH,
        pledged_to=contract_id,
        fee_until_on=uow.today,
    )
    policy = fees.policy(uow, turned.fee_policy_id) if turned.fee_policy_id else None
    examine(uow, before, policy, "deposit.pledge", after=turned)
    store.save(uow, turned)
    told = _told(uow, [deposit_id], events.PLEDGED, "deposit.pledge")[0]
    if journals:
        ledger.post(uow, journals)
    return told


def get_deposit(uow: UnitOfWork, deposit_id: str) -> Deposit:
    """One deposit. Refuses NOT_FOUND."""
    return load_deposits(uow, [deposit_id])[0]


def load_deposits(uow: UnitOfWork, ids: Sequence[str]) -> list[Deposit]:
    """The deposits of these ids, in their order, in one query. Refuses NOT_FOUND."""
    found = store.load(uow, ids) if ids else {}
    if set(ids) - found.keys():
        raise UnknownDeposit
    return [found[one] for one in ids]


def list_deposits(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    status: DepositStatus | None = None,
    owner_id: str | None = None,
    external_id: str | None = None,
) -> Page[Deposit]:
    """Deposits, newest first."""
    filters = {
        "status": status.value if status is not None else None,
        "owner_id": owner_id,
        "external_id": external_id,
    }
    return store.select_page(uow, request, filters)


def list_payments(uow: UnitOfWork, deposit_id: str, request: PageRequest) -> Page[DepositPayment]:
    """The payments of a deposit's fee, newest first. Refuses NOT_FOUND."""
    return store.payments(uow, get_deposit(uow, deposit_id), request)


def asset_of_deposit(uow: UnitOfWork, deposit_id: str) -> Asset:
    """In which currency a deposit's fee is paid. Refuses NOT_FOUND."""
    return get_deposit(uow, deposit_id).asset


def _things(uow: UnitOfWork, new: NewDeposit) -> list[Item]:
    found = items_service.load_items(uow, new.item_ids)
    missing = sorted(set(new.item_ids) - found.keys())
    if missing:
        raise ValidationFailed.field("item_ids", "unknown_item", f"there is no item {missing[0]}")
    others = [one.item_id for one in found.values() if one.owner_id != new.owner_id]
    if others:
        message = f"{others[0]} is another's; only its owner deposits a thing"
        raise ValidationFailed.field("item_ids", "other_owner", message)
    held = register.load_holdings(uow, list(new.item_ids))
    if held:
        item_id, where = next(iter(held.items()))
        raise DepositState(f"{item_id} is in custody already, for {where.subject_id}")
    return list(found.values())


def _monthly(policy: FeePolicy | None, basis: FeeBasis) -> int | None:
    if policy is None or policy.period is not FeePeriod.MONTH:
        return None
    try:
        return monthly_fee_minor(policy, basis)
    except FormulaError as error:
        raise ValidationFailed.field("fee_policy_id", error.code, str(error)) from None


def _charged(
    uow: UnitOfWork, deposits: Sequence[Deposit], on: date
) -> tuple[list[Deposit], list[Journal]]:
    """The deposits with their fee up to a day, and the journals that charge what is new of it."""
    policies = fees.load_policies(uow, {d.fee_policy_id for d in deposits if d.fee_policy_id})
    after, journals, places = [], [], set()
    for one in deposits:
        total = one.accrued_by(policies.get(one.fee_policy_id or ""), on)
        if total > one.fee_accrued_minor:
            journals.append(postings.fee_accrued(one, total - one.fee_accrued_minor, on))
            places.update(postings.fee_places(one.asset, one.deposit_id, one.branch_id))
        after.append(replace(one, fee_accrued_minor=total))
    if places:
        ledger.open_accounts(uow, places)
    return after, journals


def _call_off(uow: UnitOfWork, deposit: Deposit, reason: str | None) -> Deposit:
    # Nothing was ever vouched for: there is nothing to hand over by an order.
    ended = replace(deposit, status=DepositStatus.WITHDRAWN, withdrawn_at=uow.now)
    store.save(uow, ended)
    store.free_items(uow, deposit.deposit_id)
    return _told(uow, [deposit.deposit_id], events.WITHDRAWN, "deposit.withdrawn", reason)[0]


def _require_free(deposit: Deposit) -> None:
    if deposit.status is not DepositStatus.OPEN:
        raise DepositState(f"{deposit.deposit_id} is {deposit.status}")
    if deposit.release_id is not None:
        raise DepositState(f"{deposit.deposit_id} is ready to be fetched by {deposit.release_id}")
    if deposit.pledged_to is not None:
        raise DepositState(
            f"{deposit.deposit_id} stands in pledge for {deposit.pledged_to}, which frees it"
        )


def _locked(uow: UnitOfWork, deposit_id: str, if_match: str | None) -> Deposit:
    found = store.load(uow, [deposit_id], is_locked=True).get(deposit_id)
    if found is None:
        raise UnknownDeposit
    if if_match is not None and found.etag not in [tag.strip() for tag in if_match.split(",")]:
        raise DepositChanged
    return found


def _deposits_of(told: Iterable[Event]) -> list[str]:
    subjects = {str(event.data["subject_id"]) for event in told}
    return sorted(subject for subject in subjects if subject.startswith(PREFIX))


def _told(
    uow: UnitOfWork, ids: Sequence[str], event: str, deed: str, reason: str | None = None
) -> list[Deposit]:
    found = load_deposits(uow, ids)
    audit.record(uow, [audit.Deed(deed, one, reason) for one in ids])
    outbox.record(uow, [events.told(event, one) for one in found])
    return found
