"""Parties: entered in batches, changed one version at a time, verified by documents alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import psycopg

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as events
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id, own_id
from sanduq.kit.money import Asset, Money, json_number
from sanduq.kit.pages import Page, PageRequest
from sanduq.parties import store
from sanduq.parties.errors import (
    ExternalIdTaken,
    PartyChanged,
    PartyIdTaken,
    PartyUnknown,
    TierLimitExceeded,
    TiersMissing,
)
from sanduq.parties.events import PARTY_CREATED, VERIFICATION_COMPLETED
from sanduq.parties.model import (
    NewParty,
    NewVerification,
    Party,
    PartyFilters,
    Standing,
    Tier,
    Verification,
    check_documents,
    check_person,
    check_tiers,
    default_tiers,
    standing_on,
    tier_allowing,
    tier_for,
)
from sanduq.parties.schemas import party_out, verification_out

PREFIX = "cpty"


def create_parties(uow: UnitOfWork, new_parties: Sequence[NewParty]) -> list[Party]:
    """Enters parties on the tier that asks for no document; all of them or none.

    Refuses VALIDATION_ERROR an id of another kind, a day of birth that cannot be, personal facts
    of an organisation and an unknown branch; CONFLICT an id or external id that is taken, and an
    institution without tiers.
    """
    if not new_parties:
        return []
    for new in new_parties:
        if new.party_id is not None:
            own_id(new.party_id, PREFIX)
        check_person(new.kind, birth_on=new.birth_on, gender=new.gender, today=uow.today)
    branch_default = access.default_branch(uow)
    first_tier = tier_for((), list_tiers(uow)).tier
    parties = [
        Party(
            new.party_id or new_id(PREFIX), new.external_id, new.kind, new.name, new.birth_on,
            new.gender, new.phone, new.address, new.language, new.branch_id or branch_default,
            first_tier, None, False, new.metadata, uow.now, uow.actor.user_id, 1,
        )
        for new in new_parties
    ]  # fmt: skip
    try:
        with uow.savepoint():
            inserted = store.insert_parties(uow, parties)
            if len(inserted) < len(parties):
                raise _taken(uow, parties, inserted)
    except psycopg.errors.ForeignKeyViolation as error:
        raise _unknown_branch(error) from error
    audit.record(uow, [Deed("party.create", party.party_id) for party in parties])
    events.record(
        uow, [Event(PARTY_CREATED, party.party_id, party_out(party)) for party in parties]
    )
    return parties


def _unknown_branch(error: psycopg.errors.ForeignKeyViolation) -> ValidationFailed:
    """The refusal of a branch the database did not find; any other missing row is our fault."""
    if error.diag.constraint_name != "party_branch":
        raise error
    return ValidationFailed.field("branch_id", "unknown_branch", "there is no such branch")


def _taken(
    uow: UnitOfWork, parties: Sequence[Party], inserted: Collection[str]
) -> PartyIdTaken | ExternalIdTaken:
    """Why not all of `parties` could be entered."""
    left_out = {
        party.external_id: party
        for party in parties
        if party.external_id is not None and party.party_id not in inserted
    }
    for party_id, external_id in store.holders_of(uow, list(left_out)):
        if party_id != left_out[external_id].party_id:
            return _external_id_taken(external_id)
    return PartyIdTaken()


def _external_id_taken(external_id: str) -> ExternalIdTaken:
    message = f"another party has the external id {external_id!r}"
    detail = {"field": "external_id", "code": "external_id_taken", "message": message}
    return ExternalIdTaken(message, details=[detail])


def get_party(uow: UnitOfWork, party_id: str) -> Party:
    """One party. Refuses NOT_FOUND."""
    return load_parties(uow, [party_id])[party_id]


def load_parties(uow: UnitOfWork, party_ids: Collection[str]) -> dict[str, Party]:
    """The parties of those ids, in one query. Refuses NOT_FOUND when one does not exist."""
    return _found(store.load_parties(uow, party_ids), party_ids)


def parties_by_external_id(uow: UnitOfWork, external_ids: Collection[str]) -> dict[str, Party]:
    """The parties that have one of those external ids, by it; in two queries."""
    holders = store.holders_of(uow, list(external_ids)) if external_ids else []
    parties = store.load_parties(uow, [party_id for party_id, _ in holders])
    return {external_id: parties[party_id] for party_id, external_id in holders}


def _found(found: dict[str, Party], party_ids: Iterable[str]) -> dict[str, Party]:
    missing = sorted(set(party_ids) - found.keys())
    if missing:
        message = f"there is no party {', '.join(missing)} in this institution"
        details = [
            {"field": "party_id", "code": "unknown_party", "message": f"there is no party {one}"}
            for one in missing
        ]
        raise PartyUnknown(message, details=details)
    return found


def lock_party(uow: UnitOfWork, party_id: str) -> None:
    """Holds a party until the unit of work ends, so that what depends on it is decided in turn."""
    store.lock(uow, party_id)


def list_parties(uow: UnitOfWork, filters: PartyFilters, request: PageRequest) -> Page[Party]:
    """A page of the parties that pass every filter, newest first."""
    return store.list_parties(uow, filters, request)


def change_party(
    uow: UnitOfWork, party_id: str, changes: Mapping[str, Any], *, if_match: str | None
) -> Party:
    """Changes the named fields of a party and counts its version up; no change, no new version.

    Refuses NOT_FOUND; CONFLICT when `if_match` names another version, or the external id is
    taken; FORBIDDEN to touch `is_interdicted` without the scope kyc:write; VALIDATION_ERROR as
    `create_parties` does.
    """
    party = _found(store.load_parties(uow, [party_id], for_update=True), [party_id])[party_id]
    if if_match is not None and party.etag not in [tag.strip() for tag in if_match.split(",")]:
        raise PartyChanged(f"the party is at version {party.etag} and If-Match names {if_match}")
    if "is_interdicted" in changes:
        access.require_scope(uow.actor, "kyc:write")
    wanted = replace(party, **changes)
    if wanted == party:
        return party
    check_person(wanted.kind, birth_on=wanted.birth_on, gender=wanted.gender, today=uow.today)
    changed = replace(wanted, version=party.version + 1)
    try:
        with uow.savepoint():
            store.update_party(uow, changed)
    except psycopg.errors.UniqueViolation as error:
        raise _external_id_taken(str(changed.external_id)) from error
    except psycopg.errors.ForeignKeyViolation as error:
        raise _unknown_branch(error) from error
    fields = sorted(name for name in changes if getattr(party, name) != getattr(wanted, name))
    audit.record(uow, [Deed("party.change", party_id, details={"fields": fields})])
    return changed


def list_tiers(uow: UnitOfWork) -> list[Tier]:
    """The institution's tiers, lowest first. Refuses CONFLICT when there are none."""
    tiers = store.list_tiers(uow)
    if not tiers:
        raise TiersMissing
    return tiers


def install_tiers(uow: UnitOfWork, assets: Iterable[Asset]) -> None:
    """Gives an institution the default tiers, with limits in `assets`. Safe to run again."""
    set_tiers(uow, default_tiers(assets))


def set_tiers(uow: UnitOfWork, tiers: Sequence[Tier]) -> None:
    """Writes tiers and limits over those of the same names; parties keep the tier they have.

    Refuses VALIDATION_ERROR tiers that contradict each other.
    """
    check_tiers(tiers)
    store.upsert_tiers(uow, tiers)
    details = {
        tier.tier: {str(asset): limit.amount_minor for asset, limit in tier.limits.items()}
        for tier in tiers
    }
    audit.record(uow, [Deed("kyc.tiers.set", uow.actor.institution, details=details)])


def record_verifications(
    uow: UnitOfWork, new_verifications: Sequence[NewVerification]
) -> list[Verification]:
    """Records documents and puts each party on the tier that all its valid documents allow.

    Refuses NOT_FOUND an unknown party, VALIDATION_ERROR documents that prove nothing.
    """
    tiers = list_tiers(uow)
    for new in new_verifications:
        own_id(new.party_id, PREFIX, "party_id")
        check_documents(new.documents, tiers, uow.today)
    party_ids = {new.party_id for new in new_verifications}
    parties = _found(store.load_parties(uow, party_ids, for_update=True), party_ids)
    documents = store.documents_of(uow, party_ids)
    standings: dict[str, Standing] = {}
    verifications = []
    for new in new_verifications:
        documents[new.party_id] += new.documents
        standing = standing_on(documents[new.party_id], tiers, uow.today)
        standings[new.party_id] = standing
        verifications.append(
            Verification(
                new_id("kyc"), new.party_id, tuple(new.documents), standing.tier.tier,
                uow.actor.user_id, uow.now,
            )
        )  # fmt: skip
    store.insert_verifications(uow, verifications)
    store.set_standings(uow, standings)
    deeds = [
        Deed(
            "kyc.verify", one.party_id,
            details={"verification_id": one.verification_id, "tier": one.tier,
                     "tier_before": parties[one.party_id].kyc_tier},
        )
        for one in verifications
    ]  # fmt: skip
    audit.record(uow, deeds)
    events.record(
        uow,
        [
            Event(VERIFICATION_COMPLETED, one.party_id, verification_out(one))
            for one in verifications
        ],
    )
    return verifications


def list_verifications(
    uow: UnitOfWork, party_id: str | None, request: PageRequest
) -> Page[Verification]:
    """A page of verifications, newest first, optionally of one party."""
    return store.list_verifications(uow, party_id, request)


def lower_lapsed_tiers(uow: UnitOfWork) -> int:
    """Puts parties whose documents expired on the tier the rest allow; how many. Safe to repeat."""
    lapsed = store.lapsed_party_ids(uow, uow.today)
    if not lapsed:
        return 0
    tiers = list_tiers(uow)
    documents = store.documents_of(uow, lapsed)
    standings = {one: standing_on(documents[one], tiers, uow.today) for one in lapsed}
    store.set_standings(uow, standings)
    audit.record(
        uow,
        [
            Deed("kyc.tier.lapse", party_id, details={"tier": standing.tier.tier})
            for party_id, standing in standings.items()
        ],
    )
    return len(lapsed)


def check_exposure(uow: UnitOfWork, exposures: Mapping[str, Money]) -> None:
    """Whether each party's tier allows what it would owe in all, the new debt included.

    Refuses NOT_FOUND an unknown party; LIMIT_EXCEEDED with one entry of `details` per party above
    its limit, naming the tier that would allow the exposure and the documents it still needs.
    """
    refusals = refused_exposures(uow, exposures)
    if refusals:
        details = [detail for refusal in refusals.values() for detail in refusal.details]
        raise TierLimitExceeded(next(iter(refusals.values())).message, details=details)


def refused_exposures(
    uow: UnitOfWork, exposures: Mapping[str, Money]
) -> dict[str, TierLimitExceeded]:
    """As `check_exposure`, but the refusals by party: one of a batch does not spoil the others.

    A tier that rests on an expired document does not count, whatever the party's row still says.
    """
    parties = load_parties(uow, exposures.keys())
    tiers = list_tiers(uow)
    by_name = {tier.tier: tier for tier in tiers}
    lapsed = [
        one.party_id
        for one in parties.values()
        if one.kyc_tier_through_on is not None and one.kyc_tier_through_on < uow.today
    ]
    documents = store.documents_of(uow, lapsed) if lapsed else {}
    refusals = {}
    for party_id, exposure in exposures.items():
        tier = by_name[parties[party_id].kyc_tier]
        if party_id in documents:
            tier = standing_on(documents[party_id], tiers, uow.today).tier
        if not tier.allows(exposure):
            refusals[party_id] = _exceeded(party_id, exposure, tier, tiers)
    return refusals


def _exceeded(
    party_id: str, exposure: Money, tier: Tier, tiers: Sequence[Tier]
) -> TierLimitExceeded:
    limit = tier.limits.get(exposure.asset, Money(0, exposure.asset))
    allowing = tier_allowing(exposure, tiers)
    documents = () if allowing is None else allowing.required_documents
    missing = [kind for kind in documents if kind not in tier.required_documents]
    if exposure.asset not in tier.limits:
        message = f"tier {tier.tier} has no limit in {exposure.asset.code}"
    else:
        message = f"tier {tier.tier} of {party_id} allows {limit} in all; this makes {exposure}"
    if allowing is None:
        message += "; no tier allows that much"
    else:
        message += f"; tier {allowing.tier} would allow it and needs {', '.join(missing)}"
    detail = {
        "field": "amount",
        "code": "kyc_tier_limit",
        "message": message,
        "party_id": party_id,
        "limit": json_number(limit),
        "currency": exposure.asset.code,
        "tier": tier.tier,
        "allowing_tier": None if allowing is None else allowing.tier,
        "documents": list(documents),
        "missing_documents": missing,
    }
    return TierLimitExceeded(message, details=[detail])
