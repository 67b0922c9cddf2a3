"""The register of instruments: what may be tested with today."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, replace

from sanduq.assets.instruments import events, store
from sanduq.assets.instruments.errors import UnknownInstrument
from sanduq.assets.instruments.model import Calibration, Instrument, InstrumentKind, NewInstrument
from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest


def register_instrument(uow: UnitOfWork, new: NewInstrument) -> Instrument:
    """Puts an instrument and its calibration on record.

    Refuses VALIDATION_ERROR days that cannot be, CONFLICT a serial or an external_id in use.
    """
    _require_sound(uow, new.calibration)
    instrument = Instrument(
        **{each.name: getattr(new, each.name) for each in fields(NewInstrument)},
        instrument_id=new_id("ins"),
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    store.insert(uow, instrument)
    store.insert_calibration(uow, instrument.instrument_id, new.calibration)
    audit.record(uow, [audit.Deed("gold.instrument.register", instrument.instrument_id)])
    outbox.record(uow, [events.registered(instrument)])
    return instrument


def calibrate(uow: UnitOfWork, instrument_id: str, new: Calibration) -> Instrument:
    """Records that an instrument was calibrated again.

    Refuses NOT_FOUND, VALIDATION_ERROR days that cannot be, or before its last calibration.
    """
    instrument = get_instrument(uow, instrument_id)
    _require_sound(uow, new)
    if new.calibrated_on < instrument.calibration.calibrated_on:
        raise ValidationFailed.field(
            "calibrated_on", "before_the_last", "it was calibrated after that day already"
        )
    store.insert_calibration(uow, instrument_id, new)
    calibrated = replace(instrument, calibration=new)
    audit.record(uow, [audit.Deed("gold.instrument.calibrate", instrument_id, new.certificate)])
    outbox.record(uow, [events.calibrated(calibrated)])
    return calibrated


def get_instrument(uow: UnitOfWork, instrument_id: str) -> Instrument:
    """One instrument. Refuses NOT_FOUND."""
    found = store.load(uow, [instrument_id])
    if not found:
        raise UnknownInstrument(f"there is no instrument {instrument_id}")
    return found[0]


def load_instruments(uow: UnitOfWork, ids: Collection[str]) -> dict[str, Instrument]:
    """The instruments of these ids in one query. Refuses NOT_FOUND if one is not there."""
    found = {one.instrument_id: one for one in store.load(uow, ids)} if ids else {}
    missing = sorted(set(ids) - found.keys())
    if missing:
        raise UnknownInstrument(f"there is no instrument {missing[0]}")
    return found


def list_instruments(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    kind: InstrumentKind | None = None,
    external_id: str | None = None,
) -> Page[Instrument]:
    """Instruments, newest first."""
    return store.select_page(uow, request, kind, external_id)


def _require_sound(uow: UnitOfWork, new: Calibration) -> None:
    if new.calibrated_on > uow.today:
        raise ValidationFailed.field("calibrated_on", "in_the_future", "that day has not come yet")
    if new.valid_until_on < new.calibrated_on:
        raise ValidationFailed.field(
            "calibration_valid_until_on", "before_start", "it ends before it was calibrated"
        )
