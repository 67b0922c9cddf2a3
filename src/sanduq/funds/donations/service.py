"""Donations: announced, received into the fund of their purpose, called off, re-dedicated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.funds.donations import events, postings, rules, store
from sanduq.funds.donations.errors import (
    DonationChanged,
    DonationStateRefused,
    DonationUnknown,
)
from sanduq.funds.donations.facts import Action, DonationFacts, RestrictionChange
from sanduq.funds.donations.model import (
    NEXT,
    Donation,
    DonationStatus,
    NewDonation,
    ReceiveDonation,
    Release,
    ReleaseRestriction,
)
from sanduq.funds.pledges import service as pledges
from sanduq.funds.pledges.model import Pledge, PledgeStatus
from sanduq.funds.purposes import service as purposes
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset, Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.shariah import service as shariah
from sanduq.shariah.model import ShariahProfile

AUTHORITY = "fund.spend"
DEFAULT_CATEGORY = "general"


def create_donations(uow: UnitOfWork, news: Sequence[NewDonation]) -> list[Donation]:
    """Records gifts announced; nothing enters the books before their money comes.

    Refuses VALIDATION_ERROR an unknown donor, recipient or category, and terms that contradict
    the pledge named; NOT_FOUND an unknown pledge; CONFLICT a pledge that is not active, or an
    external id already used.
    """
    dedicated = _Dedications(uow, news)
    donations = [_announced(uow, new, *dedicated.of(new)) for new in news]
    store.insert(uow, donations)
    audit.record(uow, [audit.Deed("sadaqah.donation.create", d.donation_id) for d in donations])
    outbox.record(uow, [events.about(events.CREATED, donation) for donation in donations])
    return donations


class _Dedications:
    """What gifts are for, each question asked of the database once."""

    def __init__(self, uow: UnitOfWork, news: Sequence[NewDonation]) -> None:
        self._uow = uow
        named = {new.pledge_id for new in news if new.pledge_id is not None}
        self._pledges = pledges.load_pledges(uow, named)
        self._purposes: dict[tuple[str, str | None], str] = {}

    def of(self, new: NewDonation) -> tuple[str, str]:
        """Category and purpose of one gift."""
        if new.pledge_id is not None:
            pledge = self._pledges[new.pledge_id]
            _check_pledge(pledge, new)
            return pledge.category, pledge.purpose
        key = (new.category or DEFAULT_CATEGORY, new.recipient_org_id)
        if key not in self._purposes:
            found = purposes.purpose_for(self._uow, key[0], recipient_id=key[1])
            self._purposes[key] = found.code
        return key[0], self._purposes[key]


def _announced(uow: UnitOfWork, new: NewDonation, category: str, purpose: str) -> Donation:
    return Donation(
        donation_id=new_id("sdq"),
        external_id=new.external_id,
        donor_id=new.donor_id,
        asset=new.amount.asset,
        amount_minor=new.amount.amount_minor,
        type=new.type,
        category=category,
        purpose=purpose,
        recipient_org_id=new.recipient_org_id,
        is_anonymous=new.is_anonymous,
        dedication=new.dedication,
        pledge_id=new.pledge_id,
        status=DonationStatus.PENDING,
        received_on=None,
        journal_id=None,
        released_minor=0,
        metadata=new.metadata,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        version=1,
    )


def _check_pledge(pledge: Pledge, new: NewDonation) -> None:
    if pledge.status is not PledgeStatus.ACTIVE:
        raise DonationStateRefused(f"the pledge is {pledge.status}; nothing is given under it now")
    message = "a gift under a pledge is what the pledge says"
    if new.recipient_org_id is not None:
        raise ValidationFailed.field("recipient_org_id", "differs_from_pledge", message)
    if new.category not in (None, pledge.category):
        raise ValidationFailed.field("category", "differs_from_pledge", message)
    if new.donor_id not in (None, pledge.donor_id):
        raise ValidationFailed.field("donor_id", "differs_from_pledge", message)
    if new.amount.asset != pledge.asset:
        raise ValidationFailed.field("currency", "differs_from_pledge", message)


def receive_donations(uow: UnitOfWork, commands: Sequence[ReceiveDonation]) -> list[Donation]:
    """Takes the money of announced gifts into the funds of their purposes; all or none.

    Refuses NOT_FOUND; CONFLICT a donation that is not PENDING, changed since it was read, or
    falls in a closed period; VALIDATION_ERROR a day ahead, or one donation named twice.
    """
    if not commands:
        return []
    found = store.load(uow, {command.donation_id for command in commands}, is_locked=True)
    if len({command.donation_id for command in commands}) < len(commands):
        raise ValidationFailed.field("donation_id", "named_twice", "a gift is received once")
    donations, journals = [], []
    for command in commands:
        donation = _allowed(found, command.donation_id, DonationStatus.RECEIVED, command.if_match)
        on = _day_received(uow, command)
        journal = postings.received(donation, on, command.reference)
        journals.append(journal)
        donations.append(
            replace(
                donation,
                status=DonationStatus.RECEIVED,
                received_on=on,
                journal_id=journal.journal_id,
                version=donation.version + 1,
            )
        )
    store.set_received(uow, donations)
    received: dict[str, int] = {}
    for donation in donations:
        if donation.pledge_id is not None:
            so_far = received.get(donation.pledge_id, 0)
            received[donation.pledge_id] = so_far + donation.amount_minor
    pledges.count_received(uow, received)
    audit.record(uow, [audit.Deed("sadaqah.donation.receive", d.donation_id) for d in donations])
    outbox.record(uow, [events.about(events.RECEIVED, donation) for donation in donations])
    ledger.open_accounts(
        uow, [place for d in donations for place in postings.places(d.asset, d.purpose)]
    )
    ledger.post(uow, journals)
    return donations


def _day_received(uow: UnitOfWork, command: ReceiveDonation) -> date:
    on = command.received_on or uow.today
    if on > uow.today:
        raise ValidationFailed.field("received_date", "in_the_future", "that day has not come yet")
    return on


def cancel_donation(
    uow: UnitOfWork, donation_id: str, *, reason: str | None = None, if_match: str | None = None
) -> Donation:
    """Calls off a gift whose money has not come.

    Refuses NOT_FOUND; CONFLICT when it is not PENDING or changed since it was read.
    """
    found = store.load(uow, [donation_id], is_locked=True)
    _allowed(found, donation_id, DonationStatus.CANCELLED, if_match)
    store.set_cancelled(uow, donation_id)
    donation = get_donation(uow, donation_id)
    audit.record(uow, [audit.Deed("sadaqah.donation.cancel", donation_id, reason)])
    outbox.record(uow, [events.about(events.CANCELLED, donation)])
    return donation


def release_restriction(uow: UnitOfWork, command: ReleaseRestriction) -> Release:
    """Gives a received gift, or a part of it, another purpose: the money changes funds.

    Refuses NOT_FOUND; FORBIDDEN without the authority `fund.spend`; CONFLICT a gift that was
    not received; VALIDATION_ERROR another currency, more than is left under the purpose, the
    same purpose, an unknown category or resolution; SHARIAH_VIOLATION without the donor's
    statement or a resolution in force that names SDQ-01; FUNDS_INSUFFICIENT money spent already.
    """
    donation = store.load(uow, [command.donation_id], is_locked=True).get(command.donation_id)
    if donation is None:
        raise DonationUnknown
    amount = _amount_released(donation, command)
    access.require_authority(uow, AUTHORITY, amount)
    target = purposes.purpose_for(uow, command.to_category)
    if target.code == donation.purpose:
        raise ValidationFailed.field("category", "same_purpose", "the gift has that purpose now")
    _check_release(uow, donation, target.code, command)
    journal = postings.released(donation, target.code, amount.amount_minor, uow.today)
    release = Release(
        new_id("sdr"), donation.donation_id, donation.purpose, target.code, amount,
        command.donor_statement, command.resolution_id, journal.journal_id, uow.now,
        uow.actor.user_id,
    )  # fmt: skip
    store.insert_release(uow, release)
    details = {"from": donation.purpose, "to": target.code, "amount_minor": amount.amount_minor}
    audit.record(
        uow,
        [
            audit.Deed(
                "sadaqah.donation.release_restriction", donation.donation_id,
                command.donor_statement, details,
            )
        ],
    )  # fmt: skip
    outbox.record(uow, [events.released(release)])
    ledger.open_accounts(uow, postings.places(donation.asset, target.code))
    ledger.post(uow, [journal])
    return release


def _amount_released(donation: Donation, command: ReleaseRestriction) -> Money:
    if donation.status is not DonationStatus.RECEIVED:
        raise DonationStateRefused(
            f"the donation is {donation.status}; receive it first, or cancel it and record anew"
        )
    left = Money(donation.amount_minor - donation.released_minor, donation.asset)
    amount = command.amount or left
    if amount.asset != donation.asset:
        message = f"the gift is in {donation.asset.code}"
        raise ValidationFailed.field("currency", "other_currency", message)
    if not 0 < amount.amount_minor <= left.amount_minor:
        message = f"{left} of this gift is still under its purpose"
        raise ValidationFailed.field("amount", "more_than_left", message)
    return amount


def _check_release(
    uow: UnitOfWork, donation: Donation, to_purpose: str, command: ReleaseRestriction
) -> None:
    """Rule SDQ-01 on the change: only the resolution the caller names can carry it."""
    named = [command.resolution_id] if command.resolution_id is not None else []
    resolutions = shariah.load_resolutions(uow, named)
    if len(resolutions) < len(named):
        raise ValidationFailed.field(
            "resolution_id", "unknown_resolution", "there is no such resolution"
        )
    facts = DonationFacts(
        on=uow.today,
        asset=donation.asset,
        profile=ShariahProfile(uow.shariah_profile),
        resolutions=tuple(each.as_resolution for each in resolutions.values()),
        change=RestrictionChange(donation.purpose, to_purpose, command.donor_statement),
    )
    evaluations = rules.evaluate(facts, Action.RELEASE_RESTRICTION)
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    shariah.store_evaluations(
        uow, donation.donation_id, Action.RELEASE_RESTRICTION, evaluations, facts
    )


def _allowed(
    found: Mapping[str, Donation],
    donation_id: str,
    wanted: DonationStatus,
    if_match: str | None,
) -> Donation:
    donation = found.get(donation_id)
    if donation is None:
        raise DonationUnknown
    if if_match is not None and donation.etag not in [tag.strip() for tag in if_match.split(",")]:
        raise DonationChanged
    if wanted not in NEXT[donation.status]:
        raise DonationStateRefused(
            f"the donation is {donation.status}; only a PENDING one becomes {wanted}"
        )
    return donation


def get_donation(uow: UnitOfWork, donation_id: str) -> Donation:
    """One donation. Refuses NOT_FOUND."""
    found = store.load(uow, [donation_id])
    if donation_id not in found:
        raise DonationUnknown
    return found[donation_id]


def releases_of(uow: UnitOfWork, donation_id: str) -> list[Release]:
    """The changes of one gift's purpose, oldest first. Refuses NOT_FOUND."""
    get_donation(uow, donation_id)
    return store.releases_of(uow, donation_id)


def list_donations(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    status: DonationStatus | None = None,
    donor_id: str | None = None,
    category: str | None = None,
    purpose: str | None = None,
    pledge_id: str | None = None,
    asset: Asset | None = None,
    external_id: str | None = None,
) -> Page[Donation]:
    """Donations, newest first."""
    filters = {
        "status": str(status) if status is not None else None,
        "donor_id": donor_id,
        "category": category,
        "purpose": purpose,
        "pledge_id": pledge_id,
        "asset": str(asset) if asset is not None else None,
        "external_id": external_id,
    }
    return store.select_page(uow, request, filters)
