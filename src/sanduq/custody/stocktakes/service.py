"""Blind stock-takes: begun, scanned, recounted where it differs, signed by two."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.custody.errors import SameOfficer
from sanduq.custody.model import MOVE
from sanduq.custody.places import service as places
from sanduq.custody.stocktakes import events, store
from sanduq.custody.stocktakes.errors import (
    AlreadyCounting,
    InTransit,
    NotWeighed,
    OutOfScope,
    StocktakeState,
    UnknownStocktake,
)
from sanduq.custody.stocktakes.model import (
    OPEN,
    Discrepancy,
    NewScan,
    NewStocktake,
    Stocktake,
    StocktakeFilters,
    StocktakeResult,
    StocktakeStatus,
    compare,
    drawn,
    effective,
    to_recount,
    unweighed,
)
from sanduq.events import service as outbox
from sanduq.kit.clock import rfc3339
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.json import dumps
from sanduq.kit.pages import Page, PageRequest

SIGN = "stocktake.sign"


def start(uow: UnitOfWork, new: NewStocktake, *, seed: int | None = None) -> Stocktake:
    """Begins a blind count of a branch, or of a place and all within it.

    What stands there is frozen as the expected list and shown to nobody; a sample to be weighed
    is drawn from it by a recorded seed. Nothing moves there until the count is closed. Refuses
    FORBIDDEN without authority for `custody.move`; NOT_FOUND; VALIDATION_ERROR a branch and a
    place that do not belong together; CONFLICT places under another count, bags on the way.
    """
    access.require_authority(uow, MOVE, None)
    place = None if new.place_id is None else places.get_place(uow, new.place_id)
    branch_id = place.branch_id if place else new.branch_id or access.default_branch(uow)
    if not access.known_branches(uow, [branch_id]) or new.branch_id not in (None, branch_id):
        raise ValidationFailed.field(
            "branch_id", "unknown_branch", "there is no such branch, or the place is not of it"
        )
    path = place.path if place else None
    scope = places.lock_scope(uow, branch_id, path)
    if any(each.is_being_counted for each in places.load_places(uow, scope).values()):
        raise AlreadyCounting
    found = store.standing(uow, scope)
    if any(is_moving for _, is_moving in found) or store.is_awaited(uow, scope):
        raise InTransit
    one = Stocktake(
        stocktake_id=new_id("stk"),
        branch_id=branch_id,
        place_id=new.place_id,
        scope_path=path,
        status=StocktakeStatus.COUNTING,
        seed=secrets.randbits(62) if seed is None else seed,
        sample_size=new.sample_size,
        weight_tolerance_mg=places.tolerance_mg(uow),
        recounted_place_ids=(),
        result=None,
        certificate=None,
        first_signer_id=None,
        first_signed_at=None,
        second_signer_id=None,
        second_signed_at=None,
        cancel_reason=None,
        scan_count=0,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        closed_at=None,
        version=1,
    )
    store.insert(uow, one)
    sealed = [each.bag_id for each, _ in found if each.is_sealed]
    sample = drawn(one.seed, sealed, new.sample_size)
    store.freeze(
        uow,
        one.stocktake_id,
        [replace(each, is_sampled=each.bag_id in sample) for each, _ in found],
    )
    return _told(uow, one.stocktake_id, "custody.stocktake.start", events.STARTED)


def scan(uow: UnitOfWork, stocktake_id: str, scans: Sequence[NewScan]) -> list[str]:
    """Takes down bags as they are read off the shelf; the numbers of those that must be weighed.

    Whether a bag was drawn is told only now that it has been scanned; scan it again with its
    weight. Refuses NOT_FOUND; FORBIDDEN without authority for `custody.move`; CONFLICT a count
    that is closed, and a place that is not part of it (of the recount: not to be recounted).
    """
    access.require_authority(uow, MOVE, None)
    one = _locked(uow, stocktake_id)
    if not one.is_open:
        raise StocktakeState.of(one, "bags are scanned while the count is open")
    for place in places.load_places(uow, {each.place_id for each in scans}).values():
        is_within = place.branch_id == one.branch_id and (
            one.scope_path is None
            or place.path == one.scope_path
            or place.path.startswith(one.scope_path + "/")
        )
        if one.status is StocktakeStatus.RECOUNTING:
            is_within = place.place_id in one.recounted_place_ids
        if not is_within:
            raise OutOfScope(f"{place.path} ({place.place_id}) is not part of this count")
    store.add_scans(uow, one, scans)
    unweighed_numbers = sorted({each.bag_number for each in scans if each.weight_mg is None})
    return sorted(store.sampled(uow, stocktake_id, unweighed_numbers))


def close(uow: UnitOfWork, stocktake_id: str) -> Stocktake:
    """Ends a round of counting.

    Where all agrees the count is COUNTED. Where it does not, the first round turns into a recount
    of the places concerned, still blind; the second round ends the count whatever it found.
    Refuses NOT_FOUND, FORBIDDEN without authority, CONFLICT a count that is not open,
    SAMPLE_NOT_WEIGHED when a bag that was drawn and scanned has no weight.
    """
    access.require_authority(uow, MOVE, None)
    one = _locked(uow, stocktake_id)
    if not one.is_open:
        raise StocktakeState.of(one, "only an open count is closed")
    expected = store.expected(uow, stocktake_id)
    counted = effective(store.scans(uow, stocktake_id), one.recounted_place_ids)
    waiting = unweighed(expected, counted)
    if waiting:
        raise NotWeighed(
            f"drawn and not weighed: {', '.join(waiting)}; scan them again with their weight"
        )
    found = compare(expected, counted, one.weight_tolerance_mg)
    if found and one.status is StocktakeStatus.COUNTING:
        status = StocktakeStatus.RECOUNTING
        changes: dict[str, Any] = {"recounted_place_ids": list(to_recount(found))}
    else:
        status = StocktakeStatus.COUNTED
        differing = {each.bag_number for each in found if each.bag_id is not None}
        result = StocktakeResult(
            stocktake_id=stocktake_id,
            branch_id=one.branch_id,
            place_id=one.place_id,
            finished_at=None,
            expected_count=len(expected),
            found_count=len(expected) - len(differing),
            sampled_count=sum(each.is_sampled for each in expected),
            weighed_count=sum(each.weight_mg is not None for each in counted.values()),
            expected_weight_mg=sum(each.weight_mg for each in expected),
            discrepancies=tuple(found),
        )
        changes = {"result": store.result_as_json(result), "closed_at": uow.now}
    store.change(uow, stocktake_id, {"status": str(status), **changes})
    return _told(uow, stocktake_id, "custody.stocktake.close", events.CLOSED)


def sign(uow: UnitOfWork, stocktake_id: str) -> Stocktake:
    """Signs what was counted; with the second, another signer it is finished and certified.

    Refuses NOT_FOUND, FORBIDDEN the same signer again and roles without authority for
    `stocktake.sign`, CONFLICT a count that is not COUNTED.
    """
    access.require_authority(uow, SIGN, None)
    one = _locked(uow, stocktake_id)
    if one.status is not StocktakeStatus.COUNTED or one.result is None:
        raise StocktakeState.of(one, "what is signed is a count that is COUNTED")
    user = uow.actor.user_id
    if one.first_signer_id is None:
        store.change(uow, stocktake_id, {"first_signer_id": user, "first_signed_at": uow.now})
        return _told(uow, stocktake_id, "custody.stocktake.sign", events.SIGNED)
    if one.first_signer_id == user:
        raise SameOfficer
    signed = replace(one, second_signer_id=user, second_signed_at=uow.now)
    changes = {
        "status": str(StocktakeStatus.FINISHED),
        "second_signer_id": user,
        "second_signed_at": uow.now,
        "certificate": dumps(_certificate(uow, signed, one.result)).decode(),
    }
    store.change(uow, stocktake_id, changes)
    return _told(uow, stocktake_id, "custody.stocktake.sign", events.FINISHED)


def _certificate(uow: UnitOfWork, one: Stocktake, result: StocktakeResult) -> dict[str, Any]:
    """What both signed, with the seed by which anybody can repeat the draw, and its digest."""
    assert one.first_signed_at is not None
    assert one.second_signed_at is not None
    expected = store.expected(uow, one.stocktake_id)
    told: dict[str, Any] = {
        "stocktake_id": one.stocktake_id,
        "institution": uow.actor.institution,
        "branch_id": one.branch_id,
        "place_id": one.place_id,
        "started_at": rfc3339(one.created_at),
        "finished_at": rfc3339(one.second_signed_at),
        "seed": str(one.seed),
        "sample_bag_ids": sorted(each.bag_id for each in expected if each.is_sampled),
        "expected": [
            {
                "bag_id": each.bag_id,
                "bag_number": each.bag_number,
                "seal_number": each.seal_number,
                "place_id": each.place_id,
                "weight_mg": each.weight_mg,
            }
            for each in expected
        ],
        "expected_count": result.expected_count,
        "found_count": result.found_count,
        "weighed_count": result.weighed_count,
        "expected_weight_mg": result.expected_weight_mg,
        "recounted_place_ids": list(one.recounted_place_ids),
        "discrepancies": [_line(each) for each in result.discrepancies],
        "signers": [
            {"user_id": one.first_signer_id, "signed_at": rfc3339(one.first_signed_at)},
            {"user_id": one.second_signer_id, "signed_at": rfc3339(one.second_signed_at)},
        ],
    }
    return {**told, "sha256": hashlib.sha256(dumps(told)).hexdigest()}


def _line(one: Discrepancy) -> dict[str, str | None]:
    return {
        "outcome": str(one.outcome),
        "bag_number": one.bag_number,
        "bag_id": one.bag_id,
        "expected": one.expected,
        "found": one.found,
    }


def cancel(uow: UnitOfWork, stocktake_id: str, reason: str) -> Stocktake:
    """Gives a count up; it certifies nothing, and things may move again.

    Refuses NOT_FOUND, FORBIDDEN without authority for `stocktake.sign`, CONFLICT a count that is
    finished or cancelled.
    """
    access.require_authority(uow, SIGN, None)
    one = _locked(uow, stocktake_id)
    if one.status not in (*OPEN, StocktakeStatus.COUNTED):
        raise StocktakeState.of(one, "it cannot be given up")
    changes = {"status": str(StocktakeStatus.CANCELLED), "cancel_reason": reason}
    store.change(uow, stocktake_id, {**changes, "closed_at": uow.now})
    return _told(uow, stocktake_id, "custody.stocktake.cancel", events.CANCELLED, reason)


def get_stocktake(uow: UnitOfWork, stocktake_id: str) -> Stocktake:
    """One stock-take. Refuses NOT_FOUND."""
    one = store.get(uow, stocktake_id)
    if one is None:
        raise UnknownStocktake
    return one


def list_stocktakes(
    uow: UnitOfWork, filters: StocktakeFilters, request: PageRequest
) -> Page[Stocktake]:
    """Stock-takes, newest first."""
    return store.select_page(uow, filters, request)


def latest_result(uow: UnitOfWork, branch_id: str) -> StocktakeResult | None:
    """What the last finished stock-take of a whole branch found; of a part of it where the whole
    was never counted; nothing where none was finished."""
    one = store.latest_finished(uow, branch_id)
    return None if one is None else one.result


def _locked(uow: UnitOfWork, stocktake_id: str) -> Stocktake:
    one = store.get(uow, stocktake_id, is_locked=True)
    if one is None:
        raise UnknownStocktake
    return one


def _told(
    uow: UnitOfWork, stocktake_id: str, deed: str, event_type: str, reason: str | None = None
) -> Stocktake:
    one = get_stocktake(uow, stocktake_id)
    audit.record(uow, [Deed(deed, stocktake_id, reason)])
    outbox.record(uow, [events.event(event_type, one)])
    return one
