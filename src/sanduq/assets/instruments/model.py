"""Instruments of weighing and testing, and until when their calibration holds. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class InstrumentKind(StrEnum):
    BALANCE = "balance"
    DENSITY_KIT = "density_kit"
    XRF = "xrf"
    ACID_SET = "acid_set"
    ULTRASONIC = "ultrasonic"
    MAGNET = "magnet"


@dataclass(frozen=True, slots=True)
class Calibration:
    """It was found right on a day and is trusted through another, both included."""

    calibrated_on: date
    valid_until_on: date
    certificate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInstrument:
    """An instrument about to be put on record."""

    kind: InstrumentKind
    serial: str
    description: str | None
    calibration: Calibration
    external_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument(NewInstrument):
    """An instrument on record, with its newest calibration."""

    instrument_id: str
    created_at: datetime
    created_by: str

    def is_calibrated_on(self, day: date) -> bool:
        """Whether its newest calibration holds on a day."""
        return self.calibration.calibrated_on <= day <= self.calibration.valid_until_on
