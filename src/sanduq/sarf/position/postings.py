"""Losses that promises and falling prices bring, as journals. No gain is ever booked here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.ledger.model import AccountPlace, Journal, credit, debit, without_zeros
from sanduq.sarf.postings import PROMISE_LOSS, WRITTEN_DOWN, provision

REVALUED = "sarf.revalued"
RELEASED = "sarf.provision_released"


def loss(asset: Asset) -> AccountPlace:
    """Losses on promises, and on gold that fell below its cost."""
    return AccountPlace(PROMISE_LOSS, asset)


def written_down(asset: Asset) -> AccountPlace:
    """By how much owned gold stands below its cost."""
    return AccountPlace(WRITTEN_DOWN, asset)


def revalued(
    asset: Asset,
    provisions: Mapping[str, int],
    write_down_minor: int,
    on: date,
    reference: str,
) -> Journal | None:
    """What provisions by facility and the write-down move by, in one journal; None: by nothing."""
    moved = [(provision(asset, one), minor) for one, minor in sorted(provisions.items())]
    moved.append((written_down(asset), write_down_minor))
    entries = without_zeros(
        debit(loss(asset), sum(minor for _, minor in moved)),
        *(credit(place, minor) for place, minor in moved),
    )
    if not entries:
        return None
    return Journal(new_id("jrn"), REVALUED, on, entries, reference=reference)


def released(asset: Asset, facility_id: str, amount_minor: int, on: date) -> Journal:
    """The provision of a promise that nobody can use any more, taken back."""
    entries = (
        debit(provision(asset, facility_id), amount_minor),
        credit(loss(asset), amount_minor),
    )
    return Journal(new_id("jrn"), RELEASED, on, entries, reference=facility_id)
